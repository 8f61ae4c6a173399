//! The fields of an object and the things of a list, resolved one after the other. The library puts a future on the
//! heap for every field of every row; a value that is at hand needs none, and what must be read is read for all rows
//! of a level by the first that asks, so that waiting side by side gains nothing.

use std::pin::Pin;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
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

/// Resolves the fields that are selected of an object. Fragments, directives and one name for two fields are left to
/// the library. Which way is found out before anything is resolved: changing it later would resolve what came before
/// twice, at each level anew.
pub(super) async fn resolve_fields<'a, T: AtHand>(
    ctx: &ContextSelectionSet<'a>,
    object: &'a T,
) -> ServerResult<Value> {
    let selections = &ctx.item.node.items;
    let Some(mut values) = plain(selections) else { return resolve_container(ctx, object).await };
    for (selection, value) in selections.iter().zip(values.values_mut()) {
        let Selection::Field(field) = &selection.node else { continue };
        *value = if field.node.name.node == "__typename" {
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
    }
    Ok(Value::Object(values))
}

/// A place for the value of each field of a selection, where all of them are plain and no two have one name.
fn plain(selections: &[Positioned<Selection>]) -> Option<IndexMap<Name, Value>> {
    let mut values = IndexMap::with_capacity(selections.len());
    for selection in selections {
        let Selection::Field(field) = &selection.node else { return None };
        if !field.node.directives.is_empty()
            || values.insert(field.node.response_key().node.clone(), Value::Null).is_some()
        {
            return None;
        }
    }
    Some(values)
}

/// Resolves the things of a list.
pub(super) async fn resolve_items<T: OutputType>(
    ctx: &ContextSelectionSet<'_>,
    field: &Positioned<Field>,
    items: impl ExactSizeIterator<Item = T>,
) -> ServerResult<Value> {
    let mut values = Vec::with_capacity(items.len());
    for (place, item) in items.enumerate() {
        // Much that is at hand keeps its thread too, and its own deadline from being looked at.
        tokio::task::consume_budget().await;
        let ctx = ctx.with_index(place);
        values.push(item.resolve(&ctx, field).await.map_err(|error| ctx.set_error_path(error))?);
    }
    Ok(Value::List(values))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_graphql::parser::types::Field;
    use async_graphql::registry::Registry;
    use async_graphql::{
        ContainerType, Context, ContextSelectionSet, EmptyMutation, EmptySubscription, ObjectType,
        OutputType, Positioned, Schema, ServerResult, Value,
    };

    use super::{AtHand, resolve_fields};
    use crate::graph::meta::{field, object};

    /// An object that counts how often a field of it is resolved.
    struct Counting(Arc<AtomicUsize>);

    impl ContainerType for Counting {
        async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
            Box::pin(self.resolve(&selection, ctx.item)).await.map(Some)
        }
    }

    impl AtHand for Counting {
        fn at_hand(&self, _field: &Field) -> Option<Value> {
            None
        }
    }

    impl OutputType for Counting {
        fn type_name() -> Cow<'static, str> {
            Cow::Borrowed("Counting")
        }

        fn create_type_info(registry: &mut Registry) -> String {
            object(registry, "Counting", "Counts.", vec![field("inner", "Counting!", "Again.")], false);
            "Counting!".to_owned()
        }

        async fn resolve(
            &self,
            ctx: &ContextSelectionSet<'_>,
            _field: &Positioned<Field>,
        ) -> ServerResult<Value> {
            resolve_fields(ctx, self).await
        }
    }

    impl ObjectType for Counting {}

    #[tokio::test]
    async fn every_field_is_resolved_once_however_deep_what_is_not_plain_stands() {
        for last in ["... { __typename }", "__typename @include(if: true)", "a: __typename a: __typename"] {
            let count = Arc::new(AtomicUsize::new(0));
            let schema = Schema::build(Counting(count.clone()), EmptyMutation, EmptySubscription).finish();
            let text =
                (0..12).fold("{ __typename }".to_owned(), |inner, _| format!("{{ inner {inner} {last} }}"));
            let response = schema.execute(text).await;
            assert!(response.errors.is_empty(), "{:?}", response.errors);
            assert_eq!(count.load(Ordering::Relaxed), 12, "{last}");
        }
    }
}
