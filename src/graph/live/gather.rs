//! Asking: which source answers for which thing, each asked once for everything that is wanted of it, all at the same
//! time and no longer than the operation may take.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::Value as Json;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::Asked;
use super::answered::Answered;
use super::plan::{Plan, Tied, TiedWhat};
use crate::catalogue;
use crate::clock::Micros;
use crate::error::Error;
use crate::graph::operation::Operation;
use crate::graph::record::{Level, Record};
use crate::outbound::{Cause, Failure};
use crate::store::Columns;
use crate::upstream::port::Purpose;
use crate::upstream::{Ask, Fetched, Found, Source, Speaker, Told};

/// Everything that the sources said.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// For each mark, who answers it.
    pub(super) targets: Vec<Option<Target>>,
    pub(super) ties: Vec<Tie>,
    pub(super) calls: Vec<Call>,
    pub(super) decisions: Vec<Decision>,
    pub(super) stored: HashMap<Uuid, Record>,
    /// When each source was last synced to its end.
    pub(super) synced: HashMap<String, Micros>,
}

/// Who answers for one thing.
#[derive(Debug)]
pub(super) struct Target {
    /// The plan with its source.
    pub(super) tie: usize,
    /// What the source calls it.
    pub(super) key: String,
    /// What is decided of it, in the order of the plan's contexts.
    pub(super) decisions: Vec<usize>,
    /// The place of who answers among those who speak of such things.
    speaker: usize,
}

/// A plan with a source that answers it.
#[derive(Debug)]
pub(super) struct Tie {
    pub(super) speaker: Speaker,
    pub(super) tied: Tied,
    /// For each operation that is asked, its place among the calls.
    pub(super) calls: Vec<(Purpose, usize)>,
}

/// One operation of one source, asked for all things at once.
#[derive(Debug)]
pub(super) struct Call {
    speaker: Speaker,
    purpose: Purpose,
    ids: Vec<String>,
    /// How many of them were asked for.
    asked: usize,
    max_age: Option<Duration>,
    pub(super) fetched: Fetched,
    pub(super) unknown: HashMap<String, Told>,
}

/// One thing that is decided for one context.
#[derive(Debug)]
pub(super) struct Decision {
    speaker: Speaker,
    id: String,
    context: Json,
    max_age: Option<Duration>,
    asked: bool,
    pub(super) outcome: Result<Option<Found>, Failure>,
}

/// Asks for all that the marks stand for.
pub(super) async fn gather(operation: &Operation, asked: &Asked) -> Result<Gathered, Error> {
    let mut gathered = Gathered::default();
    let keys = keys(operation, asked).await?;
    let mut choosing = Choosing { operation, asked, tied: HashMap::new(), decided: HashMap::new() };
    for (place, id) in &asked.marks {
        let known = keys.get(id).map(Vec::as_slice).unwrap_or_default();
        let target = choosing.target(*place, known, &mut gathered);
        gathered.targets.push(target);
    }
    if gathered.ties.iter().any(|tie| tie.tied.stored) {
        gathered.synced = operation.synced().await?.clone();
        gathered.stored = stored(operation, asked, &gathered).await?;
    }
    // What is waited for now may take seconds, and the connection is wanted by others.
    operation.reader.rest().await;
    loop {
        gathered.ask(operation.live.deadline).await;
        if !choosing.pass_on(&keys, &mut gathered) {
            return Ok(gathered);
        }
    }
}

impl Gathered {
    /// Asks for all that was not asked for yet.
    async fn ask(&mut self, deadline: Instant) {
        let calls = join_all(self.calls.iter_mut().map(|call| call.ask(deadline)));
        let decisions = join_all(self.decisions.iter_mut().map(|decision| decision.ask(deadline)));
        join(calls, decisions).await;
    }
}

/// What the sources that can be asked call the things that are asked for, in one statement.
async fn keys(operation: &Operation, asked: &Asked) -> Result<HashMap<Uuid, Vec<(String, String)>>, Error> {
    let mut names: Vec<String> = Vec::new();
    for (plan, _) in &asked.plans {
        let speakers = operation.live.sources.of_noun(plan.object.noun).iter();
        names.extend(speakers.map(|speaker| speaker.source.name.to_string()));
    }
    names.sort_unstable();
    names.dedup();
    let mut ids: Vec<Uuid> = asked.marks.iter().map(|(_, id)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    operation.reader.keys(&ids, &names, operation.now).await
}

/// What is stored of things that are answered from the store, in one statement for each noun.
async fn stored(
    operation: &Operation,
    asked: &Asked,
    gathered: &Gathered,
) -> Result<HashMap<Uuid, Record>, Error> {
    let mut wanted: HashMap<&str, Vec<Uuid>> = HashMap::new();
    for ((place, id), target) in asked.marks.iter().zip(&gathered.targets) {
        let tie = target.as_ref().and_then(|target| gathered.ties.get(target.tie));
        if tie.is_some_and(|tie| tie.tied.stored) {
            wanted.entry(asked.plans[*place].0.object.noun).or_default().push(*id);
        }
    }
    let mut found = HashMap::new();
    for (noun, mut ids) in wanted {
        let Some(entry) = catalogue::by_name(noun) else { continue };
        ids.sort_unstable();
        ids.dedup();
        let fields =
            gathered.ties.iter().flat_map(|tie| &tie.tied.nodes).filter_map(|node| match node.what {
                TiedWhat::Stored(field) => entry.member(field),
                _ => None,
            });
        // Provenance says when it was counted, whether that is selected or not.
        let fields = fields.chain(entry.member("sizeAsOf"));
        let columns = fields.fold(Columns::id(), |columns, member| match member {
            catalogue::Member::Column(place) => columns.with(place),
            _ => columns,
        });
        let level = Level::new(operation.reader.by_ids(entry, columns, &ids).await?);
        found.extend(Record::all(&level).map(|record| (record.id(), record)));
    }
    Ok(found)
}

/// Chooses who answers, and collects what must be asked.
struct Choosing<'a> {
    operation: &'a Operation,
    asked: &'a Asked,
    /// The place of a plan tied to the speaker at a place.
    tied: HashMap<(usize, usize), usize>,
    /// The place of what is decided, by the tie, the key and the context's place.
    decided: HashMap<(Arc<str>, String, String), usize>,
}

impl Choosing<'_> {
    /// The first source that knows the thing and can say something of what is asked; else the first that knows it.
    fn target(&mut self, place: usize, known: &[(String, String)], into: &mut Gathered) -> Option<Target> {
        let plan = &self.asked.plans[place].0;
        let speakers = self.operation.live.sources.of_noun(plan.object.noun);
        let mut first = None;
        for (at, speaker) in speakers.iter().enumerate() {
            let Some((_, key)) = known.iter().find(|(source, _)| **source == *speaker.source.name) else {
                continue;
            };
            let tie = self.tie((place, at), plan, speaker, into);
            if into.ties[tie].tied.says_something() {
                return Some(self.asking(plan, (tie, at), key, into));
            }
            first.get_or_insert_with(|| Target { tie, key: key.clone(), decisions: Vec::new(), speaker: at });
        }
        first
    }

    /// A source may speak of things of one type by several of its entities, and which of them an id belongs to is found
    /// out by asking: what one does not know the next is asked for. Says whether there is anybody left to ask.
    fn pass_on(&mut self, keys: &HashMap<Uuid, Vec<(String, String)>>, into: &mut Gathered) -> bool {
        let mut passed = false;
        for (mark, (place, id)) in self.asked.marks.iter().enumerate() {
            let Some(Some(target)) = into.targets.get(mark) else { continue };
            let tie = &into.ties[target.tie];
            if tie.tied.stored || !Answered::new(into, tie, target).unknown() {
                continue;
            }
            let (source, behind) = (tie.speaker.source.clone(), target.speaker + 1);
            let plan = &self.asked.plans[*place].0;
            let speakers = self.operation.live.sources.of_noun(plan.object.noun);
            let known = keys.get(id).map(Vec::as_slice).unwrap_or_default();
            let Some((_, key)) = known.iter().find(|(name, _)| **name == *source.name) else { continue };
            for (at, speaker) in speakers.iter().enumerate().skip(behind) {
                if !Arc::ptr_eq(&speaker.source, &source) {
                    continue;
                }
                let tie = self.tie((*place, at), plan, speaker, into);
                if into.ties[tie].tied.says_something() && !into.ties[tie].tied.stored {
                    into.targets[mark] = Some(self.asking(plan, (tie, at), key, into));
                    passed = true;
                    break;
                }
            }
        }
        passed
    }

    fn tie(&mut self, at: (usize, usize), plan: &Plan, speaker: &Speaker, into: &mut Gathered) -> usize {
        *self.tied.entry(at).or_insert_with(|| {
            let tied = plan.tie(speaker);
            into.ties.push(Tie { speaker: speaker.clone(), tied, calls: Vec::new() });
            into.ties.len() - 1
        })
    }

    fn asking(
        &mut self,
        plan: &Plan,
        (tie, speaks): (usize, usize),
        key: &str,
        into: &mut Gathered,
    ) -> Target {
        let Gathered { ties, calls, decisions, .. } = into;
        let Tie { speaker, tied, calls: places } = &mut ties[tie];
        if places.is_empty() {
            let called = tied.calls.iter().map(|purpose| (*purpose, call(calls, speaker, *purpose, plan)));
            places.extend(called);
        }
        for (_, place) in places {
            calls[*place].want(key);
        }
        let decided = tied.contexts.iter().map(|context| {
            let same =
                (speaker.source.name.clone(), format!("{}\0{key}", speaker.entity), context.to_string());
            let place = *self.decided.entry(same).or_insert_with(|| {
                let (speaker, id) = (speaker.clone(), key.to_owned());
                let (context, max_age) = (context.clone(), plan.max_age);
                decisions.push(Decision { speaker, id, context, max_age, asked: false, outcome: Ok(None) });
                decisions.len() - 1
            });
            decisions[place].max_age = younger(decisions[place].max_age, plan.max_age);
            place
        });
        Target { tie, key: key.to_owned(), decisions: decided.collect(), speaker: speaks }
    }
}

/// The place of the call of an operation, which serves every plan that needs it.
fn call(calls: &mut Vec<Call>, speaker: &Speaker, purpose: Purpose, plan: &Plan) -> usize {
    let same = |call: &Call| {
        call.purpose == purpose
            && Arc::ptr_eq(&call.speaker.source, &speaker.source)
            && call.speaker.entity == speaker.entity
    };
    if let Some(place) = calls.iter().position(same) {
        calls[place].max_age = younger(calls[place].max_age, plan.max_age);
        return place;
    }
    calls.push(Call {
        speaker: speaker.clone(),
        purpose,
        ids: Vec::new(),
        asked: 0,
        max_age: plan.max_age,
        fetched: Fetched::new(),
        unknown: HashMap::new(),
    });
    calls.len() - 1
}

/// The stricter of two ages: what satisfies it satisfies both.
fn younger(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl Call {
    fn want(&mut self, id: &str) {
        // The source asks for each id once; this only keeps neighbours of one parent from piling up.
        if self.ids.last().is_none_or(|last| last != id) {
            self.ids.push(id.to_owned());
        }
    }

    async fn ask(&mut self, deadline: Instant) {
        let Speaker { source, entity } = &self.speaker;
        let known = |id: &&String| self.fetched.contains_key(*id) || self.unknown.contains_key(*id);
        let ids: Vec<String> = self.ids[self.asked..].iter().filter(|id| !known(id)).cloned().collect();
        self.asked = self.ids.len();
        if ids.is_empty() {
            return;
        }
        let ask = Ask { max_age: self.max_age, stand_in: true, deadline, caller: None };
        let asked = source.fetch_and_tell(entity, self.purpose, &ids, &ask);
        let fetched = match in_time(source, deadline, asked).await {
            Ok((fetched, unknown)) => {
                self.unknown.extend(unknown);
                fetched
            }
            Err(failure) => ids.into_iter().map(|id| (id, Err(failure.clone()))).collect(),
        };
        let failed = fetched.values().filter_map(|fetched| fetched.as_ref().err());
        let count = failed.clone().count();
        if let Some(failure) = failed.last() {
            tracing::warn!(operation = %format_args!("{entity}.{}", self.purpose.name()), count, %failure, "a source failed");
        }
        self.fetched.extend(fetched);
    }
}

impl Decision {
    async fn ask(&mut self, deadline: Instant) {
        if std::mem::replace(&mut self.asked, true) {
            return;
        }
        let Speaker { source, entity } = &self.speaker;
        let ask = Ask { max_age: self.max_age, stand_in: true, deadline, caller: None };
        let asked = source.evaluate(entity, &self.id, &self.context, &ask);
        self.outcome = in_time(source, deadline, asked).await.flatten();
    }
}

/// Waits no longer than the deadline, whatever the source is doing.
async fn in_time<T>(
    source: &Source,
    deadline: Instant,
    asked: impl Future<Output = T>,
) -> Result<T, Failure> {
    timeout_at(deadline, asked).await.map_err(|_| Failure::new(source.name.clone(), Cause::Timeout))
}
