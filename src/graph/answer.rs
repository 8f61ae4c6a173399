//! What resolvers share: reading arguments, telling errors, and what a selection needs of a noun.

use async_graphql::{Any, Context, ErrorExtensions, ServerError, ServerResult, Value};

use super::filter::Filters;
use super::live;
use super::operation::Operation;
use super::types::{DEFAULT_PAGE, LARGEST_PAGE, enum_name};
use crate::catalogue::{Entry, Member, Way};
use crate::error::{ClientError, Error};
use crate::store::{Columns, Cursor, Order, Predicate, Wanted};

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
    needed_by(ctx.field().selection_set(), entry)
}

/// What the selection of the nodes of a connection needs of `entry`.
pub(super) fn needed_of_nodes(ctx: &Context<'_>, entry: &Entry) -> Columns {
    let mut columns = Columns::id();
    for edge in ctx.field().selection_set().filter(|field| field.name() == "edges") {
        for node in edge.selection_set().filter(|field| field.name() == "node") {
            columns = columns.and(needed_by(node.selection_set(), entry));
        }
    }
    columns
}

fn needed_by<'a>(fields: impl Iterator<Item = async_graphql::SelectionField<'a>>, entry: &Entry) -> Columns {
    fields.fold(Columns::id(), |columns, field| match entry.member(field.name()) {
        Some(Member::Column(place)) => columns.with(place),
        Some(Member::Edge(place)) => match &entry.edges[place].way {
            Way::Own(id) => with(columns, entry, id),
            Way::OwnAny(code, id) => with(with(columns, entry, code), entry, id),
            Way::Theirs(_) | Way::Pairs(_) | Way::PairsOfAny(_) => columns,
        },
        None if live::is_of_source(entry, field.name()) => with(columns, entry, "name"),
        Some(Member::Id | Member::ExternalIds) | None => columns,
    })
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
