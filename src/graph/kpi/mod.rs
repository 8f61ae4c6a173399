//! Measures in the graph: their results, and what was agreed on for them.

mod beside;
pub(super) mod fatigue;
mod filter;
mod handoffs;
mod input;
mod lineage;
mod parts;
pub(super) mod pilot;
mod result;
mod status;
pub(super) mod target;

use async_graphql::registry::{MetaField, Registry};
use async_graphql::{Context, InputType, OutputType, ServerResult, Value};

use super::answer::unread;
use super::meta::{field_with, input as argument};
use super::scalars::DateTime;
use crate::error::Error;
use crate::kpi::Filter;

use input::{KpiFilterInput, KpiStatusFilter, WindowInput};
use result::KpiResult;
pub(super) use status::with_status;

/// A field at the root that measures something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Root {
    /// What a measure came to.
    Result,
    /// What wears out.
    Fatigue,
    /// The handoff map.
    Handoffs,
}

impl Root {
    /// All of them, with their names.
    pub(super) const ALL: [(&'static str, Root); 3] =
        [("kpiResult", Root::Result), ("fatigue", Root::Fatigue), ("handoffMap", Root::Handoffs)];

    /// The field as the schema has it.
    pub(super) fn field(self) -> MetaField {
        match self {
            Root::Result => root_field(),
            Root::Fatigue => fatigue::root_field(),
            Root::Handoffs => handoffs::root_field(),
        }
    }

    /// Answers it.
    pub(super) async fn resolve(self, ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
        match self {
            Root::Result => result(ctx).await,
            Root::Fatigue => fatigue::list(ctx).await,
            Root::Handoffs => handoffs::map(ctx).await,
        }
    }
}

/// Adds the types of results.
pub(super) fn register(registry: &mut Registry) {
    filter::register(registry);
    fatigue::register(registry);
    handoffs::register(registry);
    <pilot::PilotKpi as OutputType>::create_type_info(registry);
    <KpiResult as OutputType>::create_type_info(registry);
    <target::KpiTarget as OutputType>::create_type_info(registry);
    <WindowInput as InputType>::create_type_info(registry);
    <KpiStatusFilter as InputType>::create_type_info(registry);
}

/// The root field of results.
fn root_field() -> MetaField {
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
        "All measures, or those whose target is met, missed or unknown in a window. Null only with an error.",
        vec![argument("filter", "KpiStatusFilter", "Only those of this status.")],
    )
}

/// Resolves the root field of results.
async fn result(ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
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
