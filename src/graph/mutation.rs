//! What can be changed through the graph: which things are one, and which are not. For callers whose key allows it.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
};
use uuid::Uuid;

use super::answer::{argument, needed, operation, or_null, text, unread};
use super::filter::items;
use super::meta::{field, field_with, input, object};
use super::operation::{By, Lookup, Operation};
use super::types::LARGEST_PAGE;
use crate::catalogue::Entry;
use crate::error::{ClientError, Code, Error};
use crate::store::decode_id;
use crate::upstream::sync::Curator;

/// The root type of what changes things.
#[derive(Debug, Clone, Copy)]
pub struct Mutation;

/// What a change answers with.
struct Payload {
    name: &'static str,
    entry: &'static Entry,
    /// The fields, each with the thing that stands there.
    things: Vec<(&'static str, Uuid)>,
}

impl Mutation {
    async fn merge(&self, ctx: &Context<'_>) -> Result<Payload, Error> {
        let operation = allowed(ctx)?;
        let (entry, into) = thing("into", &text(ctx, "into").map_err(unread)?.unwrap_or_default())?;
        let given = argument(ctx, "from").map_err(unread)?.unwrap_or_default();
        let mut from = Vec::new();
        for id in bounded("from", &given)? {
            let (other, id) = thing("from", &written(id))?;
            if other.noun.code != entry.noun.code {
                let (one, other) = (entry.noun.name, other.noun.name);
                let why = format!("from: a {other} cannot be merged into a {one}; name things of one type.");
                return Err(ClientError::new(Code::InvalidId, why).into());
            }
            from.push(id);
        }
        operation.reader.rest().await;
        let node = operation.curator().merge(entry, into, &from).await?;
        Ok(Payload { name: "Merged", entry, things: vec![("node", node)] })
    }

    async fn split(&self, ctx: &Context<'_>) -> Result<Payload, Error> {
        let operation = allowed(ctx)?;
        let (entry, from) = thing("from", &text(ctx, "from").map_err(unread)?.unwrap_or_default())?;
        let given = argument(ctx, "externalIds").map_err(unread)?.unwrap_or_default();
        let mut away = Vec::new();
        for key in bounded("externalIds", &given)? {
            let Value::Object(key) = key else { continue };
            let part = |name: &str| key.get(name).map(written).unwrap_or_default();
            away.push((part("source"), part("value")));
        }
        operation.reader.rest().await;
        let parted = operation.curator().split(entry, from, &away).await?;
        Ok(Payload { name: "Split", entry, things: vec![("node", parted.away), ("from", parted.rest)] })
    }
}

impl Operation {
    fn curator(&self) -> Curator<'_> {
        Curator { store: self.reader.beside(), ranking: self.live.ranking(), now: self.now }
    }
}

/// The operation, where its caller may do this.
fn allowed<'a>(ctx: &Context<'a>) -> Result<&'a Operation, Error> {
    let operation = operation(ctx);
    operation.curating.clone()?;
    Ok(operation)
}

/// What a client's id names, where it stands in this argument.
fn thing(argument: &str, id: &str) -> Result<(&'static Entry, Uuid), ClientError> {
    decode_id(id).ok_or_else(|| {
        let why = format!("{argument}: {id:?} is not an id of this graph; take one from an answer.");
        ClientError::new(Code::InvalidId, why)
    })
}

fn bounded<'v>(argument: &str, given: &'v Value) -> Result<impl Iterator<Item = &'v Value>, ClientError> {
    let count = items(given).count();
    if count > LARGEST_PAGE {
        let why = format!("{argument} may name at most {LARGEST_PAGE} things, not {count}.");
        return Err(ClientError::input(why));
    }
    Ok(items(given))
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

async fn told(ctx: &Context<'_>, done: Result<Payload, Error>) -> ServerResult<Option<Value>> {
    let result = match done {
        Ok(payload) => {
            let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
            Ok(payload.resolve(&selection, ctx.item).await)
        }
        Err(error) => Err(error),
    };
    or_null(ctx, result)
}

impl ContainerType for Mutation {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        match ctx.item.node.name.node.as_str() {
            "merge" => told(ctx, self.merge(ctx).await).await,
            "split" => told(ctx, self.split(ctx).await).await,
            _ => Ok(None),
        }
    }
}

impl OutputType for Mutation {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("Mutation")
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let merged =
            vec![field("node", "Node", "What they are now, by the id of `into`. Null only with an error.")];
        object(registry, "Merged", "Things that are one from now on.", merged, false);
        let split = vec![
            field("node", "Node", "The new thing. Null only with an error."),
            field("from", "Node", "What it was taken from, as it is now. Null only with an error."),
        ];
        object(registry, "Split", "Two things that were one until now.", split, false);
        let fields = vec![
            field_with(
                "merge",
                "Merged",
                "Says that things of one type are one. Their names in the sources, what sources said of them and all that \
                 leads to them goes to `into`, which takes over what it lacks; old ids lead to it. For keys that may \
                 curate.",
                vec![
                    input("into", "ID!", "The one that stays."),
                    input("from", "[ID!]!", "Those that it is too, at most 100."),
                ],
            ),
            field_with(
                "split",
                "Split",
                "Says that what some sources mean is another thing. The names go to a new one, with what only the \
                 sources behind them said; what cannot be told apart stays, and old ids lead to what stays. For keys \
                 that may curate.",
                vec![
                    input(
                        "externalIds",
                        "[Key!]!",
                        "The names that the new one has, at most 100; not all of them.",
                    ),
                    input("from", "ID!", "The thing that has them now."),
                ],
            ),
        ];
        object(registry, "Mutation", "What can be changed through the graph.", fields, false);
        "Mutation!".to_owned()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl ObjectType for Mutation {}

impl Payload {
    async fn thing(&self, ctx: &Context<'_>, id: Uuid) -> Result<ServerResult<Value>, Error> {
        let columns = needed(ctx, self.entry);
        let lookup = Lookup { code: self.entry.noun.code, columns, by: By::Id(id) };
        Ok(match operation(ctx).find(lookup).await? {
            Some(record) => {
                record.apart().resolve(&ctx.with_selection_set(&ctx.item.node.selection_set), ctx.item).await
            }
            None => Ok(Value::Null),
        })
    }
}

impl ContainerType for Payload {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        let name = ctx.item.node.name.node.as_str();
        match self.things.iter().find(|(field, _)| *field == name) {
            Some((_, id)) => or_null(ctx, self.thing(ctx, *id).await),
            None => Ok(None),
        }
    }
}

impl OutputType for Payload {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("Payload")
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.name)
    }

    fn create_type_info(_registry: &mut Registry) -> String {
        "Payload!".to_owned()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}
