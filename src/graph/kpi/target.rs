//! What was agreed on for a measure, where the measure itself is asked.

use async_graphql::{Context, Enum, OutputType, ServerResult, SimpleObject, Value};

use crate::graph::answer::operation;
use crate::graph::record::Record;
use crate::kpi::Better;

/// What was agreed on for a measure.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "KpiTarget")]
pub(super) struct KpiTarget {
    /// The value.
    pub(super) value: f64,
    /// Which way is better; absent where the measure is not one that Weft computes.
    pub(super) better: Option<KpiBetter>,
}

/// Which way a measure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "KpiBetter")]
pub(super) enum KpiBetter {
    /// More is better: a target is met from its value on.
    Higher,
    /// Less is better: a target is met up to its value.
    Lower,
}

impl From<Better> for KpiBetter {
    fn from(better: Better) -> Self {
        match better {
            Better::Higher => KpiBetter::Higher,
            Better::Lower => KpiBetter::Lower,
        }
    }
}

/// Resolves what was agreed on for a measure.
pub(in crate::graph) async fn of_record(ctx: &Context<'_>, record: &Record) -> ServerResult<Value> {
    let target = match record.field("target") {
        Some(Value::Number(number)) => number.as_f64(),
        _ => None,
    };
    let key = match record.field("key") {
        Some(Value::String(key)) => key,
        _ => String::new(),
    };
    let better = operation(ctx).kpis.get(&key).map(|definition| definition.better.into());
    let target = target.map(|value| KpiTarget { value, better });
    let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
    target.resolve(&selection, ctx.item).await
}
