//! Measures in the graph: their results, and what was agreed on for them.

mod asked;
pub(super) mod filter;
mod input;
mod parts;
mod result;
mod target;

use async_graphql::registry::{MetaField, Registry};
use async_graphql::{Context, InputType, OutputType, ServerResult, Value};

use super::answer::unread;
use super::meta::{field_with, input as argument};
use super::scalars::DateTime;
use crate::error::Error;
use crate::kpi::Filter;

pub(super) use asked::with_status;
pub(super) use input::{KpiFilterInput, KpiStatusFilter, WindowInput};
pub(super) use result::KpiResult;
pub(super) use target::{is_target, of_record};

/// Adds the types of results.
pub(super) fn register(registry: &mut Registry) {
    <KpiResult as OutputType>::create_type_info(registry);
    <target::KpiTarget as OutputType>::create_type_info(registry);
    <WindowInput as InputType>::create_type_info(registry);
    <KpiStatusFilter as InputType>::create_type_info(registry);
}

/// The root field of results.
pub(super) fn root_field() -> MetaField {
    field_with(
        "kpiResult",
        "KpiResult",
        "What a measure came to in a window; null only with an error.",
        vec![
            argument("key", "String!", "The measure's own key, such as `asset_reuse_rate`."),
            argument("window", "WindowInput!", "When."),
            argument("filter", "KpiFilterInput", "Of what; without it, of everything."),
            argument(
                "asOf",
                "DateTime",
                "With what was known until then; without it, with all that is known.",
            ),
        ],
    )
}

/// The root field of measures.
pub(super) fn list_field(name: &str) -> MetaField {
    field_with(
        name,
        "[Kpi!]",
        "All measures, or those whose target is met, missed or unknown in a window.",
        vec![argument("filter", "KpiStatusFilter", "Only those of this status.")],
    )
}

/// Resolves the root field of results.
pub(super) async fn result(ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
    let operation = super::answer::operation(ctx);
    let (_, key) = ctx.param_value::<String>("key", None).map_err(unread)?;
    let (_, window) = ctx.param_value::<WindowInput>("window", None).map_err(unread)?;
    let (_, filter) = ctx.param_value::<Option<KpiFilterInput>>("filter", None).map_err(unread)?;
    let (_, as_of) = ctx.param_value::<Option<DateTime>>("asOf", None).map_err(unread)?;
    let filter = filter.map_or_else(|| Ok(Filter::default()), KpiFilterInput::read)?;
    let result = KpiResult::ask(operation, &key, (window.read()?, filter), as_of.map(|moment| moment.0))?;
    let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
    Ok(OutputType::resolve(&result, &selection, ctx.item).await)
}
