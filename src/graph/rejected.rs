//! The events that do not count, as a list of the graph: those that were rejected, and those that wait.

use async_graphql::registry::{MetaField, Registry};
use async_graphql::{Context, Enum, Json, OutputType, ServerResult, SimpleObject, Value};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::answer::{argument, operation, size, text, unread};
use super::connection::PageInfo;
use super::meta::{field_with, input, input_object};
use super::scalars::DateTime;
use super::types::DEFAULT_PAGE;
use crate::error::{ClientError, Code, Error};
use crate::ingest::events::{self, Rejections, count_rejected, rejected_events};

/// Why an event does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "RejectedEventState")]
enum State {
    /// It cannot count; sent again as it should be, it will.
    Rejected,
    /// It names something that is not known yet, and counts as soon as it is.
    Waiting,
}

/// An event that was sent to Weft and does not count.
#[derive(Debug, SimpleObject)]
struct RejectedEvent {
    /// Its source; empty where it gave none.
    source: String,
    /// Its id; where it gave none, a number made of what it holds.
    id: String,
    /// Its type, where it gave one.
    #[graphql(name = "type")]
    kind: Option<String>,
    /// When it happened by its own word, else when it came.
    time: Option<DateTime>,
    /// When it came last.
    received_at: DateTime,
    /// Whether it was rejected, or waits.
    state: State,
    /// What is wrong, in words.
    reason: String,
    /// The event as it came; as text where it is no JSON.
    event: Json<serde_json::Value>,
}

/// One place in a list of events that do not count.
#[derive(Debug, SimpleObject)]
struct RejectedEventEdge {
    /// The place of this edge in the list, for `after`.
    cursor: String,
    /// What stands here.
    node: RejectedEvent,
}

/// A page of a list of events that do not count, those that came last first.
#[derive(Debug, SimpleObject)]
pub(super) struct RejectedEventConnection {
    /// The page, in the order of the list.
    edges: Vec<RejectedEventEdge>,
    /// Where the page stands in the list.
    page_info: PageInfo,
    /// How many there are on all pages; counted only when it is asked for.
    total_count: Option<i64>,
}

/// The root field.
pub(super) fn root_field() -> MetaField {
    let args = vec![
        input("first", "Int", "How many: at most 100, 20 if it is not given."),
        input("after", "String", "Only what stands after this cursor."),
        input("filter", "RejectedEventFilter", "What must hold of those listed."),
    ];
    field_with(
        "rejectedEvents",
        "RejectedEventConnection",
        "The events that do not count, those that came last first: what was rejected is kept with its reason until it is \
         sent again as it should be, and what names something unknown waits until that is known. Null only with an error.",
        args,
    )
}

/// Adds the types.
pub(super) fn register(registry: &mut Registry) {
    <RejectedEventConnection as OutputType>::create_type_info(registry);
    input_object(
        registry,
        "RejectedEventFilter",
        "Which events that do not count are wanted.",
        vec![
            input("source", "String", "Only of this source."),
            input("type", "String", "Only of this type, such as `weft.fact.observed`."),
            input("state", "RejectedEventState", "Only those that were rejected, or only those that wait."),
        ],
    );
}

/// Answers the root field.
pub(super) async fn list(ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
    let limit = size(ctx, "first")?.unwrap_or(DEFAULT_PAGE);
    let filter = argument(ctx, "filter").map_err(unread)?;
    let part = |name: &str| match &filter {
        Some(Value::Object(filter)) => match filter.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Enum(word)) => Some(word.to_string()),
            _ => None,
        },
        _ => None,
    };
    let after = text(ctx, "after").map_err(unread)?;
    let wanted = Rejections {
        source: part("source"),
        kind: part("type"),
        waits: part("state").map(|state| state == "WAITING"),
        before: after.as_deref().map(place).transpose()?,
    };
    let store = operation(ctx).reader.beside();
    let mut found = rejected_events(store, &wanted, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let asked = |name: &str| ctx.field().selection_set().any(|field| field.name() == name);
    let total_count = match asked("totalCount") {
        true => Some(count_rejected(store, &Rejections { before: None, ..wanted.clone() }).await?),
        false => None,
    };
    let edges: Vec<RejectedEventEdge> = found
        .into_iter()
        .map(|event| RejectedEventEdge {
            cursor: cursor(&event),
            node: RejectedEvent {
                event: Json(serde_json::from_str(&event.body).unwrap_or_else(|_| event.body.clone().into())),
                source: event.source,
                id: event.id,
                kind: event.kind,
                time: event.time.map(DateTime),
                received_at: DateTime(event.received_at),
                state: if event.waits { State::Waiting } else { State::Rejected },
                reason: event.reason,
            },
        })
        .collect();
    let end = |edge: Option<&RejectedEventEdge>| edge.map(|edge| edge.cursor.clone());
    let page_info = PageInfo {
        has_next_page: more,
        has_previous_page: wanted.before.is_some(),
        start_cursor: end(edges.first()),
        end_cursor: end(edges.last()),
    };
    let page = RejectedEventConnection { edges, page_info, total_count };
    let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
    Ok(page.resolve(&selection, ctx.item).await)
}

fn cursor(event: &events::RejectedEvent) -> String {
    let place = (event.received_at, &event.source, &event.id, event.hash.simple().to_string());
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&place).unwrap_or_default())
}

fn place(text: &str) -> Result<(i64, String, String, Uuid), ClientError> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (at, source, id, hash): (i64, String, String, String) = serde_json::from_slice(&bytes).ok()?;
        Some((at, source, id, Uuid::parse_str(&hash).ok()?))
    };
    read().ok_or_else(|| {
        let message = format!("{text:?} is not a cursor of this list; take one from an edge.");
        ClientError::new(Code::InvalidCursor, message)
    })
}
