//! What resolvers share: reading arguments, telling errors, and what a selection needs of a noun.

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{Any, Context, ErrorExtensions, Pos, Positioned, ServerError, ServerResult, Value};

use super::filter::Filters;
use super::operation::Operation;
use super::own::Own;
use super::types::{DEFAULT_PAGE, LARGEST_PAGE, enum_name};
use crate::catalogue::{self, CATALOGUE, Entry, Member, Target, Way};
use crate::error::{ClientError, Error};
use crate::store::{Columns, Cursor, End, Order, Predicate, Wanted};

/// The operation that a field belongs to.
pub(super) fn operation<'a>(ctx: &Context<'a>) -> &'a Operation {
    ctx.data_unchecked::<std::sync::Arc<Operation>>()
}

/// The value of a field that is null when it fails: the client is told of the error, what it must not see is
/// logged, and the rest of the answer stands.
pub(super) fn or_null(
    ctx: &Context<'_>,
    result: Result<ServerResult<Value>, Error>,
) -> ServerResult<Option<Value>> {
    Ok(Some(match result {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => {
            ctx.add_error(error);
            Value::Null
        }
        Err(error) => {
            ctx.add_error(told(ctx, &error));
            Value::Null
        }
    }))
}

/// The same for a field whose value is made by the library.
pub(super) fn or_none<T>(ctx: &Context<'_>, result: Result<T, Error>) -> Option<T> {
    result.inspect_err(|error| ctx.add_error(told(ctx, error))).ok()
}

/// What the client is told of an error at this field. What it must not see is logged.
pub(super) fn told(ctx: &Context<'_>, error: &Error) -> ServerError {
    let told = logged(error, ctx.item.node.name.node.as_str());
    let error = async_graphql::Error::new(told.message)
        .extend_with(|_, extensions| extensions.set("code", told.code.as_str()))
        .into_server_error(ctx.item.pos);
    ctx.set_error_path(error)
}

/// What the client is told of an error at a field. What it must not see is logged.
pub(super) fn logged(error: &Error, field: &str) -> ClientError {
    if let Error::Internal(inside) = error {
        tracing::error!(error = %inside, field, "a field failed");
    }
    error.told()
}

/// An argument, if it was given and is not null.
pub(super) fn argument(ctx: &Context<'_>, name: &str) -> ServerResult<Option<Value>> {
    let (_, value) = ctx.param_value::<Option<Any>>(name, None)?;
    Ok(value.map(|value| value.0))
}

/// An argument that is text.
pub(super) fn text(ctx: &Context<'_>, name: &str) -> ServerResult<Option<String>> {
    Ok(match argument(ctx, name)? {
        Some(Value::String(text)) if text.contains('\0') => {
            return Err(ServerError::new(format!("{name} must not have a NUL letter."), Some(ctx.item.pos)));
        }
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

/// What the selection below this field needs of `entry`, so that no more is read.
pub(super) fn needed(ctx: &Context<'_>, entry: &Entry) -> Columns {
    needed_by(ctx, &ctx.item.node.selection_set.node, entry)
}

/// What the selection of the nodes of a connection needs of `entry`.
pub(super) fn needed_of_nodes(ctx: &Context<'_>, entry: &Entry) -> Columns {
    let mut columns = Columns::id();
    each(ctx, &ctx.item.node.selection_set.node, &mut |edge| {
        if edge.node.name.node == "edges" {
            each(ctx, &edge.node.selection_set.node, &mut |node| {
                if node.node.name.node == "node" {
                    columns = columns.and(needed_by(ctx, &node.node.selection_set.node, entry));
                }
            });
        }
    });
    columns
}

fn needed_by(ctx: &Context<'_>, set: &SelectionSet, entry: &Entry) -> Columns {
    let mut columns = Columns::id();
    each_of(ctx, set, entry, &mut |field| {
        let name = field.node.name.node.as_str();
        if let Some(own) = Own::of(entry, name) {
            columns = own.needs().iter().fold(columns, |columns, column| with(columns, entry, column));
            return;
        }
        columns = match entry.member(name) {
            Some(Member::Column(place)) => columns.with(place),
            Some(Member::Edge(place)) => match &entry.edges[place].way {
                Way::Own(id) => with(columns, entry, id),
                Way::OwnAny(code, id) => with(with(columns, entry, code), entry, id),
                Way::Theirs(_) | Way::Pairs(_) | Way::PairsOfAny(_) => columns,
            },
            Some(Member::Id | Member::ExternalIds | Member::Conflicts) | None => columns,
        }
    });
    columns
}

/// How many edges to one are read with the rows they leave. A statement joins no more than 64 tables on SQLite, and
/// plans badly with many before that; what is left over is read for its level.
const JOINED: usize = 8;

/// Edges to one that are to be read with the rows they leave.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// What is wanted of the other ends, each edge once, however often it is asked for.
    pub(super) ends: Vec<End>,
    /// Where they are asked for, and which of the ends it is.
    pub(super) places: Vec<(Pos, usize)>,
}

impl Ahead {
    fn add(&mut self, ctx: &Context<'_>, set: &SelectionSet, entry: &'static Entry) {
        each_of(ctx, set, entry, &mut |field| {
            let Some(Member::Edge(place)) = entry.member(field.node.name.node.as_str()) else { return };
            let edge = &entry.edges[place];
            let (Way::Own(column), Target::Noun(code)) = (&edge.way, edge.target) else { return };
            let Some(entry) = catalogue::by_code(code) else { return };
            let columns = needed_by(ctx, &field.node.selection_set.node, entry);
            let known = self.ends.iter().position(|end| end.column == column.as_str());
            let end = match known {
                Some(end) => {
                    self.ends[end].columns = self.ends[end].columns.and(columns);
                    end
                }
                None if self.ends.len() < JOINED => {
                    self.ends.push(End { column, entry, columns });
                    self.ends.len() - 1
                }
                None => return,
            };
            if !self.places.contains(&(field.pos, end)) {
                self.places.push((field.pos, end));
            }
        });
    }
}

/// The edges to one below this field, each with its places, so that their ends can be read with the rows themselves.
pub(super) fn ahead(ctx: &Context<'_>, entry: &'static Entry) -> Ahead {
    let mut ahead = Ahead::default();
    ahead.add(ctx, &ctx.item.node.selection_set.node, entry);
    ahead
}

/// The same below the nodes of a connection.
pub(super) fn ahead_of_nodes(ctx: &Context<'_>, entry: &'static Entry) -> Ahead {
    let mut ahead = Ahead::default();
    each(ctx, &ctx.item.node.selection_set.node, &mut |edge| {
        if edge.node.name.node == "edges" {
            each(ctx, &edge.node.selection_set.node, &mut |node| {
                if node.node.name.node == "node" {
                    ahead.add(ctx, &node.node.selection_set.node, entry);
                }
            });
        }
    });
    ahead
}

/// Visits the fields of a selection, those in its fragments too. What is skipped has been taken out before, and
/// fragments do not contain themselves: validation says so.
fn each<'a>(ctx: &Context<'a>, set: &'a SelectionSet, visit: &mut dyn FnMut(&'a Positioned<Field>)) {
    each_where(ctx, set, &|_| true, visit);
}

/// The same for things of a noun, without the fragments that are for another.
fn each_of<'a>(
    ctx: &Context<'a>,
    set: &'a SelectionSet,
    entry: &Entry,
    visit: &mut dyn FnMut(&'a Positioned<Field>),
) {
    let others = |on: &str| CATALOGUE.iter().any(|other| other.noun.name == on);
    each_where(ctx, set, &|on| on == entry.noun.name || !others(on), visit);
}

fn each_where<'a>(
    ctx: &Context<'a>,
    set: &'a SelectionSet,
    on: &dyn Fn(&str) -> bool,
    visit: &mut dyn FnMut(&'a Positioned<Field>),
) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => visit(field),
            Selection::InlineFragment(fragment) => {
                let condition = fragment.node.type_condition.as_ref();
                if condition.is_none_or(|condition| on(&condition.node.on.node)) {
                    each_where(ctx, &fragment.node.selection_set.node, on, visit);
                }
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = ctx.query_env.fragments.get(&spread.node.fragment_name.node)
                    && on(&fragment.node.type_condition.node.on.node)
                {
                    each_where(ctx, &fragment.node.selection_set.node, on, visit);
                }
            }
        }
    }
}

fn with(columns: Columns, entry: &Entry, name: &str) -> Columns {
    entry.column(name).map_or(columns, |place| columns.with(place))
}

/// The page that the arguments of a list of `entry` ask for.
pub(super) fn wanted(ctx: &Context<'_>, entry: &'static Entry) -> Result<Wanted, Error> {
    let filter = match argument(ctx, "filter").map_err(unread)? {
        Some(filter) => Filters { now: operation(ctx).now }.read(entry, &filter)?,
        None => Predicate::All(Vec::new()),
    };
    let order = match argument(ctx, "orderBy").map_err(unread)? {
        Some(order) => read_order(entry, &order)?,
        None => Order::BY_ID,
    };
    Ok(Wanted { filter, ..window(ctx, entry, order)? })
}

/// The page that the arguments of a list in a given order ask for.
pub(super) fn window(ctx: &Context<'_>, entry: &Entry, order: Order) -> Result<Wanted, Error> {
    let (first, last) = (size(ctx, "first")?, size(ctx, "last")?);
    if first.is_some() && last.is_some() {
        return Err(ClientError::input("Give first or last, not both.").into());
    }
    Ok(Wanted {
        filter: Predicate::All(Vec::new()),
        order,
        limit: Some(first.or(last).unwrap_or(DEFAULT_PAGE)),
        backward: last.is_some(),
        after: cursor(ctx, "after", (entry, order))?,
        before: cursor(ctx, "before", (entry, order))?,
    })
}

/// How many rows a list is asked for by this argument.
pub(super) fn size(ctx: &Context<'_>, name: &str) -> Result<Option<usize>, Error> {
    match argument(ctx, name).map_err(unread)? {
        None => Ok(None),
        Some(Value::Number(number)) => match number.as_i64().map(usize::try_from) {
            Some(Ok(size)) if size <= LARGEST_PAGE => Ok(Some(size)),
            _ => {
                Err(ClientError::input(format!("{name} must be from 0 to {LARGEST_PAGE}, not {number}."))
                    .into())
            }
        },
        Some(other) => Err(ClientError::input(format!("{name} must be a whole number, not {other}.")).into()),
    }
}

fn cursor(ctx: &Context<'_>, name: &str, (entry, order): (&Entry, Order)) -> Result<Option<Cursor>, Error> {
    match text(ctx, name).map_err(unread)? {
        Some(text) => Ok(Some(order.read(entry, &text)?)),
        None => Ok(None),
    }
}

fn read_order(entry: &Entry, given: &Value) -> Result<Order, ClientError> {
    let unknown =
        |what: &str, value: &Value| ClientError::input(format!("{value} is no {what} to order by."));
    let Value::Object(map) = given else { return Err(unknown("order", given)) };
    let word = |name: &str| match map.get(name) {
        Some(Value::Enum(word)) => Some(word.as_str()),
        Some(Value::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let null = Value::Null;
    let value = |name: &str| map.get(name).unwrap_or(&null);
    let named = word("field")
        .and_then(|name| entry.noun.fields.iter().position(|field| enum_name(&field.name) == name))
        .ok_or_else(|| unknown("field", value("field")))?;
    let descending = match word("direction") {
        Some("DESC") => true,
        Some("ASC") => false,
        None if !map.contains_key("direction") => false,
        _ => return Err(unknown("direction", value("direction"))),
    };
    Ok(Order { column: named + 1, descending })
}

/// An argument that the library could not read.
pub(super) fn unread(error: async_graphql::ServerError) -> Error {
    ClientError::input(error.message).into()
}
