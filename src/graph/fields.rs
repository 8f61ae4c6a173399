//! The fields of an object and the things of a list, resolved one after the other. The library puts a future on the
//! heap for every field of every row; a value that is at hand needs none, and what must be read is read for all rows
//! of a level by the first that asks, so that waiting side by side gains nothing.

use std::pin::Pin;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, OutputType, Positioned, ServerResult, Value,
};

/// An object some of whose fields need not be waited for.
pub(super) trait AtHand: ContainerType {
    /// The field's value, where it is at hand.
    fn at_hand(&self, field: &Field) -> Option<Value>;

    /// The field's value, where it needs the field's place and arguments but need not be waited for.
    fn at_once(&self, _ctx: &Context<'_>) -> Option<Value> {
        None
    }
}

type Resolving<'a> = Pin<Box<dyn Future<Output = ServerResult<Option<Value>>> + Send + 'a>>;

/// Resolves the fields that are selected of an object. Fragments, directives and one name for two fields are rare,
/// and left to the library.
pub(super) async fn resolve_fields<'a, T: AtHand>(
    ctx: &ContextSelectionSet<'a>,
    object: &'a T,
) -> ServerResult<Value> {
    let selections = &ctx.item.node.items;
    let mut values = IndexMap::with_capacity(selections.len());
    for selection in selections {
        let Selection::Field(field) = &selection.node else { return resolve_container(ctx, object).await };
        if !field.node.directives.is_empty() {
            return resolve_container(ctx, object).await;
        }
        let value = if field.node.name.node == "__typename" {
            Value::String(object.introspection_type_name().into_owned())
        } else if let Some(value) = object.at_hand(&field.node) {
            value
        } else {
            let ctx = ctx.with_field(field);
            if let Some(value) = object.at_once(&ctx) {
                value
            } else {
                let resolving: Resolving<'_> = Box::pin(object.resolve_field(&ctx));
                resolving.await?.unwrap_or_default()
            }
        };
        if values.insert(field.node.response_key().node.clone(), value).is_some() {
            return resolve_container(ctx, object).await;
        }
    }
    Ok(Value::Object(values))
}

/// Resolves the things of a list.
pub(super) async fn resolve_items<T: OutputType>(
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    items: impl ExactSizeIterator<Item = T>,
) -> ServerResult<Value> {
    let mut values = Vec::with_capacity(items.len());
    for (place, item) in items.enumerate() {
        let ctx = ctx.with_index(place);
        values.push(item.resolve(&ctx, field).await.map_err(|error| ctx.set_error_path(error))?);
    }
    Ok(Value::List(values))
}
