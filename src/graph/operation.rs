//! What one operation reads with, and the look-up of single things, which share a statement across root fields.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use async_graphql::dataloader::{DataLoader, Loader};
use uuid::Uuid;

use super::answer::Ahead;
use super::live::Live;
use super::record::{Level, Record};
use crate::caller::Caller;
use crate::catalogue::{self, Code, Entry, Identity};
use crate::clock::{Clock, Micros};
use crate::error::{ClientError, Code as ErrorCode, Error};
use crate::kpi::Kpis;
use crate::store::{Columns, Reader, Store};

/// What one operation reads with: the store, the caller and the moment it is answered for.
pub struct Operation {
    /// Sends its statements.
    pub(super) reader: Arc<Reader>,
    /// The moment that "now" means for all of it.
    pub(super) now: Micros,
    /// What it asks of sources.
    pub(super) live: Live,
    /// How many things are looked up at the root.
    expected: usize,
    /// What it is asked for measures of.
    pub(super) kpis: Arc<Kpis>,
    /// Whether its caller may say which things are one, and which are not.
    pub(super) curating: Result<(), ClientError>,
    lookups: OnceLock<DataLoader<Lookups>>,
}

impl Operation {
    /// For one operation of `caller`, with `lookups` things looked up at its root: when that many have been
    /// asked for, they are read at once; fewer wait for each other a millisecond.
    pub fn new(store: Store, clock: &Clock, caller: Caller, lookups: usize, live: Live) -> Self {
        Operation {
            reader: Arc::new(Reader::new(store, caller)),
            now: clock.now(),
            expected: lookups,
            lookups: OnceLock::new(),
            live,
            kpis: Arc::default(),
            curating: Err(ClientError::new(ErrorCode::Forbidden, "This caller is not allowed to do this.")),
        }
    }

    /// The same for a caller who may say which things are one and which are not, or why not.
    pub fn curating(self, curating: Result<(), ClientError>) -> Self {
        Operation { curating, ..self }
    }

    /// The same with these measures.
    pub fn measuring(self, kpis: Arc<Kpis>) -> Self {
        Operation { kpis, ..self }
    }

    fn lookups(&self) -> &DataLoader<Lookups> {
        self.lookups.get_or_init(|| {
            let loader = Lookups(self.reader.clone());
            DataLoader::new(loader, tokio::spawn).max_batch_size(self.expected.max(1))
        })
    }

    /// How many statements it has sent to the store.
    pub fn statements(&self) -> u64 {
        self.reader.statements()
    }

    /// Looks up one thing that stands for itself: its edges are read for it alone, whatever was looked up with it. If
    /// nothing else is looked up, edges to one are read with it.
    pub(super) async fn find_apart(
        &self,
        lookup: Lookup,
        ahead: impl FnOnce() -> Ahead,
    ) -> Result<Option<Record>, Error> {
        let (By::Id(id), true, Some(entry)) = (&lookup.by, self.is_alone(), catalogue::by_code(lookup.code))
        else {
            return Ok(self.find(lookup).await?.map(Record::apart));
        };
        let ahead = ahead();
        let (mut rows, mut ends) = self.reader.by_id(entry, lookup.columns, &ahead.ends, *id).await?;
        if rows.is_empty()
            && let Some(now) = self.reader.merged(&[*id]).await?.get(id)
        {
            (rows, ends) = self.reader.by_id(entry, lookup.columns, &ahead.ends, *now).await?;
        }
        Ok(Record::all(&Level::with_ends(rows, ends, &ahead.places)).next())
    }

    /// Looks up one thing. One that stands alone waits for nobody and needs no task of its own.
    pub(super) async fn find(&self, lookup: Lookup) -> Result<Option<Record>, Error> {
        if self.is_alone() {
            let mut found = Lookups(self.reader.clone()).load(std::slice::from_ref(&lookup)).await?;
            return Ok(found.remove(&lookup));
        }
        self.lookups().load_one(lookup).await
    }

    fn is_alone(&self) -> bool {
        self.expected == 1
    }

    /// Looks up many things.
    pub(super) async fn find_all(&self, lookups: Vec<Lookup>) -> Result<HashMap<Lookup, Record>, Error> {
        self.lookups().load_many(lookups).await
    }
}

/// A thing to look up, and the columns that are wanted of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Lookup {
    pub(super) code: Code,
    pub(super) columns: Columns,
    pub(super) by: By,
}

/// What a thing is looked up by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum By {
    /// Its id.
    Id(Uuid),
    /// The key that a source uses for it.
    Key(String, String),
    /// The name that is its identity.
    Name(String),
}

struct Lookups(Arc<Reader>);

impl Loader<Lookup> for Lookups {
    type Value = Record;
    type Error = Error;

    async fn load(&self, lookups: &[Lookup]) -> Result<HashMap<Lookup, Record>, Error> {
        let mut by_code: HashMap<Code, Vec<&Lookup>> = HashMap::new();
        for lookup in lookups {
            by_code.entry(lookup.code).or_default().push(lookup);
        }
        let mut found = HashMap::new();
        for (code, lookups) in by_code {
            self.load_noun(code, &lookups, &mut found).await?;
        }
        Ok(found)
    }
}

impl Lookups {
    /// What things became that nothing was found of by their ids.
    async fn merged(
        &self,
        (entry, columns): (&'static Entry, Columns),
        ids: &[Uuid],
    ) -> Result<Vec<(Uuid, Record)>, Error> {
        let merged = if ids.is_empty() { HashMap::new() } else { self.0.merged(ids).await? };
        if merged.is_empty() {
            return Ok(Vec::new());
        }
        let now: Vec<Uuid> = merged.values().copied().collect();
        let level = Level::new(self.0.by_ids(entry, columns, &now).await?);
        let records: HashMap<Uuid, Record> =
            Record::all(&level).map(|record| (record.id(), record)).collect();
        Ok(merged.iter().filter_map(|(old, now)| Some((*old, records.get(now)?.clone()))).collect())
    }

    async fn load_noun(
        &self,
        code: Code,
        lookups: &[&Lookup],
        found: &mut HashMap<Lookup, Record>,
    ) -> Result<(), Error> {
        let entry = catalogue::by_code(code).ok_or_else(|| Error::broken("a look-up names no noun"))?;
        let mut columns = lookups.iter().fold(Columns::id(), |columns, lookup| columns.and(lookup.columns));
        let mut ids = Vec::new();
        let mut keys = Vec::new();
        let mut names = Vec::new();
        for lookup in lookups {
            match &lookup.by {
                By::Id(id) => ids.push(*id),
                By::Key(source, value) => keys.push((source.clone(), value.clone())),
                By::Name(name) => names.push(name.clone()),
            }
        }
        let keyed = if keys.is_empty() { HashMap::new() } else { self.0.by_keys(entry, &keys).await? };
        ids.extend(keyed.values());
        if !ids.is_empty() {
            let level = Level::new(self.0.by_ids(entry, columns, &ids).await?);
            let mut by_id: HashMap<Uuid, Record> =
                Record::all(&level).map(|record| (record.id(), record)).collect();
            ids.retain(|id| !by_id.contains_key(id));
            for (old, record) in self.merged((entry, columns), &ids).await? {
                by_id.insert(old, record);
            }
            for lookup in lookups {
                let id = match &lookup.by {
                    By::Id(id) => Some(id),
                    By::Key(source, value) => keyed.get(&(source.clone(), value.clone())),
                    By::Name(_) => None,
                };
                if let Some(record) = id.and_then(|id| by_id.get(id)) {
                    found.insert((*lookup).clone(), record.clone());
                }
            }
        }
        if let (Identity::Name(column), false) = (entry.noun.identity, names.is_empty()) {
            let place = entry.column(column).unwrap_or_default();
            columns = columns.with(place);
            let level = Level::new(self.0.by_texts((entry, columns), column, &names).await?);
            for record in Record::all(&level) {
                for lookup in lookups {
                    if matches!(&lookup.by, By::Name(name) if record.text(place) == Some(name)) {
                        found.insert((*lookup).clone(), record.clone());
                    }
                }
            }
        }
        Ok(())
    }
}
