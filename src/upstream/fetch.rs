//! Asking a source for some things by their ids: in as few calls as it allows, each answer put to its id by what it
//! says of itself and never by its place.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::Value;
use tokio::time::Instant;

use super::answer::{Record, record};
use super::connector::{Entity, Missing, Operation};
use super::path::Scope;
use super::port::Purpose;
use super::source::{Source, Words};
use crate::caller::Caller;
use crate::clock::Micros;
use crate::outbound::{Answer, Failure, State};

/// What goes with the asking.
#[derive(Debug, Clone)]
pub struct Ask {
    /// How old an answer may be.
    pub max_age: Option<Duration>,
    /// Whether an answer from before may stand in when the source is away.
    pub stand_in: bool,
    /// When it must be there.
    pub deadline: Instant,
    /// For whom, where the answer depends on it.
    pub caller: Option<Caller>,
}

impl Ask {
    /// Asks the source itself, whatever is kept from before, for at most so long.
    pub(super) fn anew(within: Duration) -> Self {
        Ask {
            max_age: Some(Duration::ZERO),
            stand_in: false,
            deadline: Instant::now() + within,
            caller: None,
        }
    }
}

/// One thing as its source says it now.
#[derive(Debug, Clone)]
pub struct Found {
    /// The thing.
    pub record: Record,
    /// What stands within it, by entity.
    pub within: Vec<(String, Record)>,
    /// When the source was asked.
    pub fetched_at: Micros,
    /// How the answer came here.
    pub state: State,
}

/// What became of each id: one that the source does not know is not among them.
pub type Fetched = HashMap<String, Result<Found, Failure>>;

/// When a source was asked, and how its answer came here.
pub type Told = (Micros, State);

impl Source {
    /// Asks for things of an entity by their ids; each id is asked for once.
    pub async fn fetch(&self, entity: &str, purpose: Purpose, ids: &[String], ask: &Ask) -> Fetched {
        self.fetch_and_tell(entity, purpose, ids, ask).await.0
    }

    /// The same, and beside it when the source said of an id that it does not know it.
    pub async fn fetch_and_tell(
        &self,
        entity: &str,
        purpose: Purpose,
        ids: &[String],
        ask: &Ask,
    ) -> (Fetched, HashMap<String, Told>) {
        let mut once = HashSet::new();
        let ids: Vec<String> = ids.iter().filter(|id| once.insert(id.as_str())).cloned().collect();
        let declared = self.entities().find(|(name, _)| *name == entity).map(|(_, entity)| entity);
        let by_ids = matches!(purpose, Purpose::GetMany | Purpose::Size | Purpose::Stats);
        let operation = declared.and_then(|entity| entity.of(purpose)).filter(|_| by_ids);
        let (Some(declared), Some(operation)) = (declared, operation) else { return Default::default() };
        let size = usize::try_from(operation.max_ids.unwrap_or(1)).unwrap_or(1).max(1);
        let asked =
            ids.chunks(size).map(|ids| self.chunk(Batch { entity, declared, purpose, operation, ids }, ask));
        let (mut fetched, mut unknown) = (Fetched::new(), HashMap::new());
        for (ids, (found, told)) in ids.chunks(size).zip(join_all(asked).await) {
            let missing = ids.iter().filter(|id| !found.contains_key(*id));
            unknown
                .extend(told.into_iter().flat_map(|told| missing.clone().map(move |id| (id.clone(), told))));
            fetched.extend(found);
        }
        (fetched, unknown)
    }

    async fn chunk(&self, batch: Batch<'_>, ask: &Ask) -> (Fetched, Option<Told>) {
        let failed =
            |failure: Failure| batch.ids.iter().map(|id| (id.clone(), Err(failure.clone()))).collect();
        match self.ask(&batch, ask).await {
            Ok(answer) => {
                let told = Some((answer.fetched_at, answer.state));
                match batch.says_missing(&answer) {
                    true => (Fetched::new(), told),
                    false => (self.align(&batch, &answer).unwrap_or_else(failed), told),
                }
            }
            Err(failure) => (failed(failure), None),
        }
    }

    async fn ask(&self, batch: &Batch<'_>, ask: &Ask) -> Result<Answer, Failure> {
        let of = (batch.entity, batch.purpose);
        let words = Words::ids(batch.ids);
        if batch.operation.report.is_some() {
            return self.report(of, batch.operation, &batch.operation.request, &words).await;
        }
        let mut call = self.call(of, batch.operation, &batch.operation.request, &words).await?;
        call.max_age = ask.max_age;
        call.stand_in = ask.stand_in;
        call.deadline = call.deadline.min(ask.deadline);
        call.caller.clone_from(&ask.caller);
        self.send(call, batch.operation.auth.as_ref()).await
    }

    /// Puts each item to the id it speaks of. Ids that were not asked for, and second words on one id, are left out.
    fn align(&self, batch: &Batch<'_>, answer: &Answer) -> Result<Fetched, Failure> {
        let items = self.items(batch.operation, answer)?;
        let map = batch.operation.map.as_ref().unwrap_or(&batch.declared.map);
        let wanted: HashSet<&str> = batch.ids.iter().map(String::as_str).collect();
        let mut fetched = Fetched::with_capacity(wanted.len());
        for item in items.each() {
            let scope = Scope { item, parent: item, answer: &items.answer, around: &self.around };
            let Some(id) = batch.id_of(scope) else { continue };
            if !wanted.contains(id.as_str()) || fetched.contains_key(&id) {
                continue;
            }
            if self.failed(item) {
                fetched.insert(id, Err(self.invalid("it failed for this one")));
                continue;
            }
            let within = self.within(batch.entity, item, &items.answer);
            let within = within.map(|(name, _, record)| (name.to_owned(), record)).collect();
            let record = record(&map.value, scope);
            fetched
                .insert(id, Ok(Found { record, within, fetched_at: answer.fetched_at, state: answer.state }));
        }
        Ok(fetched)
    }

    /// Asks what is decided for a context.
    pub async fn evaluate(
        &self,
        entity: &str,
        id: &str,
        context: &Value,
        ask: &Ask,
    ) -> Result<Option<Found>, Failure> {
        let declared = self.entities().find(|(name, _)| *name == entity).map(|(_, entity)| entity);
        let Some((declared, operation)) =
            declared.and_then(|entity| Some((entity, entity.of(Purpose::Evaluate)?)))
        else {
            return Ok(None);
        };
        let ids = [id.to_owned()];
        let batch = Batch { entity, declared, purpose: Purpose::Evaluate, operation, ids: &ids };
        let words = Words::ids(&ids).with("context", context.clone());
        let mut call = self.call((entity, Purpose::Evaluate), operation, &operation.request, &words).await?;
        call.max_age = ask.max_age;
        call.stand_in = ask.stand_in;
        call.deadline = call.deadline.min(ask.deadline);
        call.caller.clone_from(&ask.caller);
        let answer = self.send(call, operation.auth.as_ref()).await?;
        if batch.says_missing(&answer) {
            return Ok(None);
        }
        let items = self.items(operation, &answer)?;
        let map = operation.map.as_ref().unwrap_or(&declared.map);
        let Some(item) = items.each().first().copied() else { return Ok(None) };
        let record =
            record(&map.value, Scope { item, parent: item, answer: &items.answer, around: &self.around });
        Ok(Some(Found { record, within: Vec::new(), fetched_at: answer.fetched_at, state: answer.state }))
    }
}

/// Some ids of one entity, in one call.
struct Batch<'a> {
    entity: &'a str,
    declared: &'a Entity,
    purpose: Purpose,
    operation: &'a Operation,
    ids: &'a [String],
}

impl Batch<'_> {
    /// Whether the answer says that the one id asked for is not known.
    fn says_missing(&self, answer: &Answer) -> bool {
        let status = match self.operation.missing {
            Missing::Absent => return false,
            Missing::NotFound => StatusCode::NOT_FOUND,
            Missing::Forbidden => StatusCode::FORBIDDEN,
        };
        answer.status == status
    }

    fn id_of(&self, scope: Scope<'_>) -> Option<String> {
        if let Some(expression) = &self.operation.match_on {
            return expression.id(scope);
        }
        let own = self.operation.map.as_ref().and_then(|map| map.value.get("id"));
        let id = own.or_else(|| self.declared.map.value.get("id"));
        // An operation that takes one id and says none back speaks of that one.
        id.and_then(|expression| expression.value.id(scope)).or_else(|| match self.ids {
            [only] if self.operation.items.is_none() => Some(only.clone()),
            _ => None,
        })
    }
}
