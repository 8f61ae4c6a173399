//! A row of any noun as an object of the graph. Rows that were read together stay together in a level, and an edge
//! that is asked of one of them is read for all of them in one statement.

use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Name, OutputType, Pos, Positioned, ServerResult, Value,
};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::answer::{needed, operation, or_null, told};
use super::conflict::{self, FieldConflict};
use super::connection::{Connection, Listing};
use super::external_id::Identity;
use super::fields::{AtHand, resolve_fields, resolve_items};
use super::live;
use super::own::Own;
use crate::catalogue::{self, Edge, Entry, Holds, Kind, Member, Target, Way};
use crate::clock::{Micros, written};
use crate::error::Error;
use crate::money;
use crate::store::{Cell, Columns, Ends, ExternalId, Hold, Order, Rows, Wanted, encode_id};
use crate::upstream::sync::Conflict;

/// Rows that were read together, and what has been read for all of them since.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) rows: Rows,
    /// What was read, by the field that asked for it.
    read: Mutex<HashMap<Pos, Once>>,
}

/// Something that is read once, by whoever asks first.
type Once = Arc<OnceCell<Result<Read, Error>>>;

/// What was read for all rows of a level.
#[derive(Debug, Clone)]
enum Read {
    /// For each row, what stands at the other end, if anything.
    One(Arc<Vec<Option<Record>>>),
    /// For each row, a list.
    Lists(Arc<Listing>),
    /// What sources call each of them.
    Names(Arc<HashMap<Uuid, Vec<ExternalId>>>),
    /// What sources disagree on.
    Conflicts(Arc<HashMap<Uuid, Vec<Conflict>>>),
    /// What a field of one noun alone needs.
    Own(Arc<dyn Any + Send + Sync>),
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Record {
    level: Arc<Level>,
    row: usize,
}

impl Level {
    pub(super) fn new(rows: Rows) -> Arc<Self> {
        Arc::new(Level { rows, read: Mutex::default() })
    }

    /// Rows whose edges have been read with them, and the places at which each of them is asked for.
    pub(super) fn with_ends(rows: Rows, ends: Vec<Ends>, places: &[(Pos, usize)]) -> Arc<Self> {
        let read = ends.into_iter().map(|Ends { rows, places }| {
            let records: Vec<Record> = Record::all(&Level::new(rows)).collect();
            Arc::new(places.iter().map(|place| records.get((*place)?).cloned()).collect::<Vec<_>>())
        });
        let read: Vec<_> = read.collect();
        let read = places.iter().filter_map(|(pos, end)| {
            let records = Read::One(read.get(*end)?.clone());
            Some((*pos, Arc::new(OnceCell::new_with(Some(Ok(records))))))
        });
        let read = Mutex::new(read.collect());
        Arc::new(Level { rows, read })
    }

    fn once(&self, pos: Pos) -> Once {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).entry(pos).or_default().clone()
    }
}

impl Record {
    /// All rows of a level.
    pub(super) fn all(level: &Arc<Level>) -> impl ExactSizeIterator<Item = Record> {
        (0..level.rows.len()).map(|row| Record { level: level.clone(), row })
    }

    /// The same row in a level of its own.
    pub(super) fn apart(self) -> Record {
        Record { level: Level::new(self.level.rows.only(self.row)), row: 0 }
    }

    /// The row's id.
    pub(super) fn id(&self) -> Uuid {
        self.level.rows.id(self.row)
    }

    /// The row's noun.
    pub(super) fn entry(&self) -> &'static Entry {
        self.level.rows.entry
    }

    /// The text in a column.
    pub(super) fn text(&self, column: usize) -> Option<&str> {
        match self.level.rows.cell(self.row, column) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The moment in a column.
    pub(super) fn moment(&self, column: &str) -> Option<Micros> {
        match self.level.rows.cell(self.row, self.entry().column(column)?) {
            Cell::Time(moment) => Some(*moment),
            _ => None,
        }
    }

    /// The row's place in a list of this order.
    pub(super) fn cursor(&self, order: Order) -> String {
        order.cursor(&self.level.rows, self.row)
    }

    /// The value of one of the noun's own fields, where its column was read.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        match self.entry().member(name)? {
            Member::Column(place) => Some(self.value(place)),
            Member::Id | Member::Edge(_) | Member::ExternalIds | Member::Conflicts => None,
        }
    }

    fn value(&self, column: usize) -> Value {
        let cell = self.level.rows.cell(self.row, column);
        match (cell, self.entry().columns[column].holds) {
            (Cell::Text(text), Holds::Value(Kind::Choice(_))) => Value::Enum(Name::new(text)),
            (Cell::Text(text), Holds::Value(kind)) if kind.is_list() => list(text),
            (Cell::Int(amount), Holds::Value(Kind::Money)) => decimal(*amount),
            (cell, _) => plain(cell),
        }
    }

    async fn edge(&self, ctx: &Context<'_>, edge: &'static Edge) -> Result<ServerResult<Value>, Error> {
        let once = self.level.once(ctx.item.pos);
        let read = once.get_or_init(|| self.read_edge(ctx, edge)).await.clone()?;
        let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
        Ok(match read {
            Read::One(records) => match records.get(self.row) {
                Some(Some(record)) => record.resolve(&selection, ctx.item).await,
                _ => Ok(Value::Null),
            },
            Read::Lists(listing) if edge.plain => {
                resolve_items(&selection, ctx.item, listing.records_of(self.row).iter()).await
            }
            Read::Lists(listing) => Connection::new(listing, self.row).resolve(&selection, ctx.item).await,
            Read::Names(_) | Read::Conflicts(_) | Read::Own(_) => Ok(Value::Null),
        })
    }

    async fn read_edge(&self, ctx: &Context<'_>, edge: &'static Edge) -> Result<Read, Error> {
        let rows = &self.level.rows;
        match &edge.way {
            Way::Own(column) => {
                let place = self.entry().column(column).unwrap_or_default();
                let code = match edge.target {
                    Target::Noun(code) => code,
                    Target::Any => return Err(Error::broken("an edge by one column leads to no noun")),
                };
                let ends = (0..rows.len()).map(|row| match rows.cell(row, place) {
                    Cell::Id(id) => Some((code, *id)),
                    _ => None,
                });
                Ok(Read::One(Arc::new(records(ctx, ends.collect()).await?)))
            }
            Way::OwnAny(code, id) => {
                let code = self.entry().column(code).unwrap_or_default();
                let id = self.entry().column(id).unwrap_or_default();
                let ends = (0..rows.len()).map(|row| match (rows.cell(row, code), rows.cell(row, id)) {
                    (Cell::Int(code), Cell::Id(id)) => i16::try_from(*code).ok().map(|code| (code, *id)),
                    _ => None,
                });
                Ok(Read::One(Arc::new(records(ctx, ends.collect()).await?)))
            }
            Way::Theirs(column) => self.read_list(ctx, edge, Hold::Column(column)).await,
            Way::Pairs(pairs) => self.read_list(ctx, edge, Hold::Pairs(*pairs)).await,
            Way::PairsOfAny(pairs) => {
                Ok(Read::Lists(Arc::new(Listing::of_any(ctx, *pairs, rows.ids()).await?)))
            }
        }
    }

    async fn read_list(
        &self,
        ctx: &Context<'_>,
        edge: &'static Edge,
        hold: Hold<'static>,
    ) -> Result<Read, Error> {
        let parents = self.level.rows.ids();
        let listing = if edge.plain {
            let Target::Noun(code) = edge.target else {
                return Err(Error::broken("a plain list of any type"));
            };
            let entry = catalogue::by_code(code).ok_or_else(|| Error::broken("an edge leads to no noun"))?;
            let asked = (entry, needed(ctx, entry));
            Listing::of_edge(ctx, asked, (edge, hold), Wanted::all(), parents).await?
        } else {
            Listing::of_arguments(ctx, (edge, hold), self.entry(), parents).await?
        };
        Ok(Read::Lists(Arc::new(listing)))
    }

    /// Which row of its level it is.
    pub(super) fn row(&self) -> usize {
        self.row
    }

    /// The ids of all rows of its level.
    pub(super) fn ids_of_level(&self) -> Vec<Uuid> {
        self.level.rows.ids()
    }

    /// What this field needs for all rows of the level, read by the first that asks.
    pub(super) async fn once_in_level<T: Any + Send + Sync>(
        &self,
        ctx: &Context<'_>,
        read: impl Future<Output = Result<T, Error>>,
    ) -> Result<Arc<T>, Error> {
        let once = self.level.once(ctx.item.pos);
        let read = once.get_or_init(|| async { Ok(Read::Own(Arc::new(read.await?))) }).await.clone()?;
        let Read::Own(read) = read else { return Err(Error::broken("a field reads two things")) };
        read.downcast().map_err(|_| Error::broken("a field reads two things"))
    }

    async fn names(&self, ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
        let once = self.level.once(ctx.item.pos);
        let read = once.get_or_init(|| async {
            let names = operation(ctx).reader.external_ids(&self.level.rows.ids()).await?;
            Ok(Read::Names(Arc::new(names)))
        });
        let Read::Names(names) = read.await.clone()? else { return Ok(Ok(Value::Null)) };
        let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
        let names: Vec<Identity> =
            names.get(&self.id()).into_iter().flatten().cloned().map(Identity::from).collect();
        Ok(names.resolve(&selection, ctx.item).await)
    }

    async fn conflicts(&self, ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
        let once = self.level.once(ctx.item.pos);
        let read = once.get_or_init(|| async {
            let found = conflict::read(operation(ctx), &self.level.rows.ids()).await?;
            Ok(Read::Conflicts(Arc::new(found)))
        });
        let Read::Conflicts(found) = read.await.clone()? else { return Ok(Ok(Value::Null)) };
        let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
        let conflicts: Vec<FieldConflict> =
            found.get(&self.id()).into_iter().flatten().cloned().map(FieldConflict::from).collect();
        Ok(conflicts.resolve(&selection, ctx.item).await)
    }
}

/// The records at these ends, one statement for each noun among them.
pub(super) async fn records(
    ctx: &Context<'_>,
    ends: Vec<Option<(i16, Uuid)>>,
) -> Result<Vec<Option<Record>>, Error> {
    records_with(ctx, ends, needed).await
}

/// The same, where the columns are found in another way than below this very field.
pub(super) async fn records_with(
    ctx: &Context<'_>,
    ends: Vec<Option<(i16, Uuid)>>,
    needed: fn(&Context<'_>, &Entry) -> Columns,
) -> Result<Vec<Option<Record>>, Error> {
    let mut by_code: HashMap<i16, Vec<Uuid>> = HashMap::new();
    for (code, id) in ends.iter().flatten() {
        by_code.entry(*code).or_default().push(*id);
    }
    let mut found: HashMap<(i16, Uuid), Record> = HashMap::new();
    for (code, mut ids) in by_code {
        let entry = catalogue::by_code(code).ok_or_else(|| Error::broken("an edge leads to no noun"))?;
        ids.sort_unstable();
        ids.dedup();
        let level = Level::new(operation(ctx).reader.by_ids(entry, needed(ctx, entry), &ids).await?);
        found.extend(Record::all(&level).map(|record| ((code, record.id()), record)));
    }
    Ok(ends.into_iter().map(|end| end.and_then(|end| found.get(&end).cloned())).collect())
}

fn plain(cell: &Cell) -> Value {
    match cell {
        Cell::Null | Cell::Id(_) => Value::Null,
        Cell::Int(number) => Value::from(*number),
        Cell::Float(number) => Value::from(*number),
        Cell::Bool(yes) => Value::from(*yes),
        Cell::Text(text) | Cell::Date(text) => Value::String(text.clone()),
        Cell::Time(moment) => Value::String(written(*moment)),
    }
}

fn list(json: &str) -> Value {
    let texts: Vec<String> = serde_json::from_str(json).unwrap_or_default();
    Value::List(texts.into_iter().map(Value::String).collect())
}

fn decimal(millionths: i64) -> Value {
    serde_json::from_str(&money::written(millionths)).map_or(Value::Null, Value::Number)
}

impl ContainerType for Record {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let (entry, name) = (self.entry(), ctx.item.node.name.node.as_str());
        if let Some(own) = Own::of(entry, name) {
            return or_null(ctx, Box::pin(own.resolve(ctx, self)).await);
        }
        match entry.member(name) {
            Some(Member::Edge(place)) => or_null(ctx, self.edge(ctx, &entry.edges[place]).await),
            Some(Member::ExternalIds) => or_null(ctx, self.names(ctx).await),
            Some(Member::Conflicts) => or_null(ctx, self.conflicts(ctx).await),
            Some(Member::Id | Member::Column(_)) => Ok(self.at_hand(&ctx.item.node)),
            None => Ok(self.at_once(ctx)),
        }
    }
}

impl AtHand for Record {
    fn at_hand(&self, field: &Field) -> Option<Value> {
        let entry = self.entry();
        match entry.member(field.name.node.as_str())? {
            Member::Id => Some(Value::String(encode_id(entry.noun.code, self.id()))),
            Member::Column(_) if Own::of(entry, &field.name.node).is_some() => None,
            Member::Column(place) => Some(self.value(place)),
            Member::Edge(_) | Member::ExternalIds | Member::Conflicts => None,
        }
    }

    /// What sources say now is asked later; here it leaves its mark.
    fn at_once(&self, ctx: &Context<'_>) -> Option<Value> {
        let (entry, name) = (self.entry(), ctx.item.node.name.node.as_str());
        if entry.member(name).is_some() || Own::of(entry, name).is_some() {
            return None;
        }
        Some(live::ask(ctx, entry.noun.name, self.id()).unwrap_or_else(|error| {
            ctx.add_error(told(ctx, &error));
            Value::Null
        }))
    }
}

impl OutputType for Record {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("Node")
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.entry().noun.name)
    }

    fn create_type_info(_registry: &mut Registry) -> String {
        "Node!".to_owned()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_fields(ctx, self).await
    }
}
