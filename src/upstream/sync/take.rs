//! A batch of records into the store: who each is, whose word counts for each field, what of their references is known,
//! and then as lines of an import.

use std::collections::{BTreeMap, HashSet};
use std::io::Cursor;
use std::sync::{Arc, PoisonError};

use sea_orm::DbErr;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::address::{Address, Addresses};
use super::amounts::Voices;
use super::claims::{self, Said, Written, is_nothing};
use super::joins::Curated;
use super::rank::Ranking;
use super::refs::{self, Name};
use super::state::Counts;
use super::stored::stored;
use super::turn::Turn;
use super::waiting::Missing;
use super::{SyncError, gone};
use crate::catalogue::{Entry, Identity};
use crate::clock::{Clock, Micros};
use crate::ingest::{self, Import, Progress, Rejection, Report};
use crate::store::Store;
use crate::upstream::Source;

/// A record on its way into the store.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The source's key; empty for observations, which have none.
    pub(super) key: String,
    /// The key that another source uses for it.
    pub(super) reference: Option<String>,
    pub(super) fields: Map<String, Value>,
    /// When the source was asked.
    pub(super) at: Micros,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) new: u64,
    pub(super) changed: u64,
    pub(super) ambiguous: u64,
    pub(super) unreadable: u64,
    /// References that wait for what they name.
    pub(super) unresolved: u64,
    /// Records that did not go in, each with a sentence.
    pub(super) rejected: Vec<String>,
    /// What the person who keeps the list of joins should know.
    pub(super) notes: Vec<String>,
    /// What is not known of what which record names.
    missing: BTreeMap<usize, Vec<Missing>>,
}

/// Takes records in, for one source.
pub(super) struct Taker<'a> {
    pub(super) store: &'a Store,
    pub(super) clock: &'a Clock,
    pub(super) source: &'a Source,
    pub(super) ranking: &'a Ranking,
    pub(super) curated: Arc<Curated>,
    /// Held while it is found out and written whose word counts.
    pub(super) words: Arc<Mutex<()>>,
}

/// A line of an import.
struct Line {
    says: Vec<(&'static str, Value)>,
    fields: Map<String, Value>,
    item: usize,
}

impl Taken {
    fn refuse(&mut self, item: usize, reason: String) {
        self.missing.remove(&item);
        self.rejected.push(reason);
    }

    /// Adds what was counted.
    pub(super) fn count(&self, counts: &mut Counts) {
        counts.new += self.new;
        counts.changed += self.changed;
        counts.ambiguous += self.ambiguous;
        counts.unreadable += self.unreadable;
        counts.rejected += u64::try_from(self.rejected.len()).unwrap_or(u64::MAX);
    }
}

impl Taker<'_> {
    /// Takes the records of one entity in. What several sources may know is nobody else's until it is in: of two that
    /// looked at once what the other said, the one that comes last would have its word stand.
    pub(super) async fn take(
        &self,
        (entity, noun): (&str, &'static Entry),
        mut items: Vec<Item>,
    ) -> Result<Taken, SyncError> {
        if noun.noun.identity != Identity::Key {
            return self.take_in((entity, noun), items).await;
        }
        let turn = Turn::of_words(self).await?;
        self.leave_refreshed(noun, &mut items).await?;
        let taken = self.take_in((entity, noun), items).await;
        turn.end().await;
        taken
    }

    async fn take_in(
        &self,
        (entity, noun): (&str, &'static Entry),
        mut items: Vec<Item>,
    ) -> Result<Taken, SyncError> {
        let mut taken = Taken::default();
        if items.is_empty() {
            return Ok(taken);
        }
        for item in &mut items {
            let problems = refs::write_out(noun, &mut item.fields, &self.source.name);
            taken.unreadable += u64::try_from(problems.len()).unwrap_or(u64::MAX);
        }
        let mut lines = match noun.noun.identity {
            Identity::Key => self.addressed(noun, &items, &mut taken).await?,
            Identity::Name(_) => line_each(&items, true),
            Identity::Dimensions(_) => line_each(&items, false),
        };
        let wanted = lines.iter().flat_map(|line| refs::names(noun, &line.fields));
        let mut known: HashSet<Name> = refs::look_up(&self.store.db, wanted).await?.into_keys().collect();
        // Records may name each other.
        known.extend(items.iter().map(|item| Name {
            code: noun.noun.code,
            source: self.source.name.to_string(),
            key: item.key.clone(),
        }));
        lines.retain_mut(|line| prune(noun, line, &known, &mut taken.missing));
        let refused = self.import(noun, &lines, &mut taken).await?;
        self.again(noun, &mut lines, refused, &mut taken).await?;
        let missing = std::mem::take(&mut taken.missing);
        taken.unresolved = missing.values().flatten().map(|_| 1).sum();
        self.wait((entity, noun), &items, missing).await?;
        if noun.noun.identity == Identity::Key {
            let keys: Vec<String> = items.into_iter().map(|item| item.key).collect();
            gone::back(self.store, (&self.source.name, noun.noun.code), &keys).await?;
        }
        Ok(taken)
    }

    /// Tries refused lines once more, without what they name of lines that were refused themselves. Nothing waits for
    /// a record that does not go in even so.
    async fn again(
        &self,
        noun: &'static Entry,
        lines: &mut [Line],
        refused: Vec<(usize, String)>,
        taken: &mut Taken,
    ) -> Result<(), SyncError> {
        let wanted = refused.iter().flat_map(|(place, _)| refs::names(noun, &lines[*place].fields));
        let known: HashSet<Name> = refs::look_up(&self.store.db, wanted).await?.into_keys().collect();
        let mut second = Vec::new();
        for (place, reason) in refused {
            let line = &mut lines[place];
            let names = refs::names(noun, &line.fields);
            if names.iter().all(|name| known.contains(name)) {
                taken.refuse(line.item, reason);
            } else if prune(noun, line, &known, &mut taken.missing) {
                second.push(Line { says: line.says.clone(), fields: line.fields.clone(), item: line.item });
            }
        }
        let refused = self.import(noun, &second, taken).await?;
        for (place, reason) in refused {
            taken.refuse(second[place].item, reason);
        }
        Ok(())
    }

    /// The lines of records that have keys, with whose word counts for each field.
    async fn addressed(
        &self,
        noun: &'static Entry,
        items: &[Item],
        taken: &mut Taken,
    ) -> Result<Vec<Line>, SyncError> {
        let addresses = self.addresses(noun, items).await?;
        taken.ambiguous += addresses.ambiguous;
        taken.notes.extend(addresses.apart.iter().map(|apart| apart.told(noun)));
        let mut lines: Vec<Line> = (items.iter().zip(&addresses.of).enumerate())
            .map(|(item, (of, who))| Line { says: who.says.clone(), fields: of.fields.clone(), item })
            .collect();
        self.arbitrate(noun, items, &addresses, &mut lines).await?;
        lines.retain(|line| !addresses.of[line.item].second);
        Ok(lines)
    }

    /// Writes down what the source says of what others know too, and puts the word that counts into each line. The
    /// records keep the source's own: what waits of them is said again later.
    async fn arbitrate(
        &self,
        noun: &'static Entry,
        items: &[Item],
        addresses: &Addresses,
        lines: &mut [Line],
    ) -> Result<(), DbErr> {
        let own = &*self.source.name;
        let shared: Vec<(usize, Uuid, &Address)> = (addresses.of.iter().enumerate())
            .filter(|(_, address)| addresses.shared(address, own) && !address.second)
            .filter_map(|(place, address)| Some((place, address.entity?, address)))
            .collect();
        if shared.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> =
            shared.iter().map(|(_, id, _)| *id).collect::<HashSet<_>>().into_iter().collect();
        let mut claims = claims::load(&self.store.db, &ids).await?;
        let mut written = Vec::new();
        let joining: Vec<Uuid> = (shared.iter())
            .filter(|(_, id, address)| !address.own && !claims.contains_key(id))
            .map(|(_, id, _)| *id)
            .collect();
        let seeds = self.seeds(noun, &joining, addresses).await?;
        for Written { entity, field, source, said } in &seeds {
            if let Some(said) = said {
                let of_field = claims.entry(*entity).or_default().entry(field.clone()).or_default();
                of_field.insert(source.clone(), said.clone());
            }
        }
        written.extend(seeds);
        for (place, id, _) in shared {
            let sources = addresses.knowing.get(&id);
            let knows =
                |name: &str| name == own || sources.and_then(|all| all.get(name)).copied().unwrap_or(false);
            let of_entity = claims.entry(id).or_default();
            let (at, line) = (items[place].at, &mut lines[place].fields);
            for (field, value) in &*line {
                let said = of_entity.entry(field.clone()).or_default();
                let claim = |said: Option<Said>| Written {
                    entity: id,
                    field: field.clone(),
                    source: own.to_owned(),
                    said,
                };
                match said.get(own).map(|said| &said.value) {
                    before if is_nothing(value) => {
                        if before.is_some() {
                            said.remove(own);
                            written.push(claim(None));
                        }
                    }
                    Some(before) if before == value => {}
                    _ => {
                        let now = Said { value: value.clone(), at };
                        said.insert(own.to_owned(), now.clone());
                        written.push(claim(Some(now)));
                    }
                }
            }
            let voices = Voices { ranking: self.ranking, noun, knows: &knows };
            for (field, value) in &mut *line {
                match voices.counting(of_entity, field) {
                    Some((_, counts)) => value.clone_from(counts),
                    // What the source says of it cannot stand beside what counts of the rest.
                    None if !is_nothing(value) => *value = Value::Null,
                    None => {}
                }
            }
            voices.follow(of_entity, line);
        }
        claims::write(self.store, noun.noun.code, &written).await
    }

    /// What is stored of an entity that is joined now is what the one source said that knew it until now.
    async fn seeds(
        &self,
        noun: &'static Entry,
        joining: &[Uuid],
        addresses: &Addresses,
    ) -> Result<Vec<Written>, DbErr> {
        let mut seeds = Vec::new();
        for (entity, (fields, at)) in stored(&self.store.db, noun, joining).await? {
            let others = addresses.knowing.get(&entity).into_iter().flatten().filter(|(_, active)| **active);
            let best = others.map(|(name, _)| name).min_by_key(|name| self.ranking.rank("", "", name));
            let Some(source) = best else { continue };
            let fields = fields.into_iter().filter(|(_, value)| !is_nothing(value));
            seeds.extend(fields.map(|(field, value)| Written {
                entity,
                field,
                source: source.clone(),
                said: Some(Said { value, at }),
            }));
        }
        Ok(seeds)
    }

    /// Imports lines; answers those that were refused, by their place, with a sentence.
    async fn import(
        &self,
        noun: &'static Entry,
        lines: &[Line],
        taken: &mut Taken,
    ) -> Result<Vec<(usize, String)>, SyncError> {
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        let mut text = String::new();
        for line in lines {
            let mut fields = line.fields.clone();
            refs::as_given(noun, &mut fields);
            fields.insert("type".to_owned(), noun.noun.name.into());
            fields.extend(line.says.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
            text.push_str(&Value::Object(fields).to_string());
            text.push('\n');
        }
        let (report, refused) = imported(self.store, self.clock, &self.source.name, text).await?;
        taken.new += report.added;
        taken.changed += report.changed;
        let place = |line: u64| usize::try_from(line).unwrap_or_default().saturating_sub(1);
        let told = refused.into_iter().map(|rejection| {
            let key = rejection.key.map(|key| format!(" {key}")).unwrap_or_default();
            (place(rejection.line), format!("{}{key}: {}", noun.noun.name, rejection.reason))
        });
        Ok(told.filter(|(place, _)| *place < lines.len()).collect())
    }
}

/// A line for each record whose identity needs no finding out.
fn line_each(items: &[Item], keyed: bool) -> Vec<Line> {
    let line = |(place, item): (usize, &Item)| Line {
        says: if keyed { vec![("key", item.key.as_str().into())] } else { Vec::new() },
        fields: item.fields.clone(),
        item: place,
    };
    items.iter().enumerate().map(line).collect()
}

/// Takes out of a line what is not known, and notes what of which record waits for it. An observation is what it was
/// measured on, so that it has to wait as a whole: without it, it would be another one.
fn prune(
    noun: &'static Entry,
    line: &mut Line,
    known: &HashSet<Name>,
    missing: &mut BTreeMap<usize, Vec<Missing>>,
) -> bool {
    let lost = refs::prune(noun, &mut line.fields, &|name| known.contains(name));
    let whole = lost.is_empty();
    if !whole {
        missing.entry(line.item).or_default().extend(lost);
    }
    whole || !matches!(noun.noun.identity, Identity::Dimensions(_))
}

/// Every line that was refused.
#[derive(Default)]
struct Refused(std::sync::Mutex<Vec<Rejection>>);

impl Progress for Refused {
    fn phase(&self, _: &str) {}
    fn lines(&self, _: u64) {}
    fn bytes(&self, _: u64) {}

    fn rejected(&self, rejection: &Rejection) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(rejection.clone());
    }
}

/// Imports lines of a source.
pub(super) async fn imported(
    store: &Store,
    clock: &Clock,
    source: &str,
    lines: String,
) -> Result<(Report, Vec<Rejection>), SyncError> {
    let refused = Arc::new(Refused::default());
    let order = Import {
        source: source.to_owned(),
        strict: false,
        inputs: vec![Box::new(Cursor::new(lines))],
        progress: refused.clone(),
    };
    let report = ingest::import(store, clock, order).await?;
    let refused = std::mem::take(&mut *refused.0.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((report, refused))
}
