//! What resolvers share: reading arguments, telling errors, and what a selection needs of a noun.

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::{Any, Context, ErrorExtensions, Pos, Positioned, ServerError, ServerResult, Value};

use super::filter::Filters;
use super::live;
use super::operation::Operation;
use super::types::{DEFAULT_PAGE, LARGEST_PAGE, enum_name};
use crate::catalogue::{self, Entry, Member, Target, Way};
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
    each(ctx, set, &mut |field| {
        columns = match entry.member(field.node.name.node.as_str()) {
            Some(Member::Column(place)) => columns.with(place),
            Some(Member::Edge(place)) => match &entry.edges[place].way {
                Way::Own(id) => with(columns, entry, id),
                Way::OwnAny(code, id) => with(with(columns, entry, code), entry, id),
                Way::Theirs(_) | Way::Pairs(_) | Way::PairsOfAny(_) => columns,
            },
            None if live::is_of_source(entry, field.node.name.node.as_str()) => with(columns, entry, "name"),
            Some(Member::Id | Member::ExternalIds | Member::Conflicts) | None => columns,
        }
    });
    columns
}

/// The edges to one below this field, each with its place, so that their ends can be read with the rows themselves.
pub(super) fn ahead(ctx: &Context<'_>, entry: &'static Entry) -> Vec<(Pos, End)> {
    let mut ends = Vec::new();
    ends_in(ctx, &ctx.item.node.selection_set.node, entry, &mut ends);
    ends
}

/// The same below the nodes of a connection.
pub(super) fn ahead_of_nodes(ctx: &Context<'_>, entry: &'static Entry) -> Vec<(Pos, End)> {
    let mut ends = Vec::new();
    each(ctx, &ctx.item.node.selection_set.node, &mut |edge| {
        if edge.node.name.node == "edges" {
            each(ctx, &edge.node.selection_set.node, &mut |node| {
                if node.node.name.node == "node" {
                    ends_in(ctx, &node.node.selection_set.node, entry, &mut ends);
                }
            });
        }
    });
    ends
}

fn ends_in(ctx: &Context<'_>, set: &SelectionSet, entry: &'static Entry, ends: &mut Vec<(Pos, End)>) {
    each(ctx, set, &mut |field| {
        let Some(Member::Edge(place)) = entry.member(field.node.name.node.as_str()) else { return };
        let edge = &entry.edges[place];
        let (Way::Own(column), Target::Noun(code)) = (&edge.way, edge.target) else { return };
        if let Some(entry) = catalogue::by_code(code)
            && ends.iter().all(|(pos, _)| *pos != field.pos)
        {
            let columns = needed_by(ctx, &field.node.selection_set.node, entry);
            ends.push((field.pos, End { column, entry, columns }));
        }
    });
}

/// Visits the fields of a selection, those in its fragments too. What is skipped has been taken out before, and
/// fragments do not contain themselves: validation says so.
fn each<'a>(ctx: &Context<'a>, set: &'a SelectionSet, visit: &mut dyn FnMut(&'a Positioned<Field>)) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => visit(field),
            Selection::InlineFragment(fragment) => each(ctx, &fragment.node.selection_set.node, visit),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = ctx.query_env.fragments.get(&spread.node.fragment_name.node) {
                    each(ctx, &fragment.node.selection_set.node, visit);
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
        Some(order) => read_order(entry, &order),
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

fn read_order(entry: &Entry, given: &Value) -> Order {
    let Value::Object(map) = given else { return Order::BY_ID };
    let word = |name: &str| match map.get(name) {
        Some(Value::Enum(word)) => word.to_string(),
        Some(Value::String(word)) => word.clone(),
        _ => String::new(),
    };
    let name = word("field");
    let place = entry.noun.fields.iter().position(|field| enum_name(&field.name) == name);
    Order { column: place.map_or(0, |place| place + 1), descending: word("direction") == "DESC" }
}

/// An argument that the library could not read.
pub(super) fn unread(error: async_graphql::ServerError) -> Error {
    ClientError::input(error.message).into()
}
