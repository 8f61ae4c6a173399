//! Measures by whether what was agreed on for them is met.

use async_graphql::{Context, Value};

use super::input::{KpiFilterInput, KpiStatus, KpiStatusFilter};
use crate::error::Error;
use crate::graph::answer::{operation, unread};
use crate::graph::record::Record;
use crate::kpi::{Filter, Question, Status, targets};

/// Those of the measures whose status is asked for; all of them where none is.
pub(in crate::graph) async fn with_status(
    ctx: &Context<'_>,
    records: Vec<Record>,
) -> Result<Vec<Record>, Error> {
    let (_, asked) = ctx.param_value::<Option<KpiStatusFilter>>("filter", None).map_err(unread)?;
    let Some(KpiStatusFilter { status, window, filter }) = asked else { return Ok(records) };
    let (window, operation) = (window.read()?, operation(ctx));
    let filter = filter.map_or_else(|| Ok(Filter::default()), KpiFilterInput::read)?;
    let reader = operation.reader.as_ref();
    let targets = targets(reader).await?;
    let mut kept = Vec::new();
    for record in records {
        let key = match record.field("key") {
            Some(Value::String(key)) => key,
            _ => String::new(),
        };
        let (definition, target) = (operation.kpis.get(&key), operation.kpis.agreed(&key, &targets));
        let found = match (definition, target) {
            (Some(definition), Some(_)) => {
                let kpis = operation.kpis.as_ref();
                let filter = filter.clone();
                let question = Question { kpis, definition, window, filter, as_of: None, now: operation.now };
                let value = match question.checked() {
                    Ok(question) => question.whole(reader).await?.value,
                    // Nothing that it counts has such a thing, so that there is nothing to measure.
                    Err(_) => None,
                };
                Status::of(definition, value, target)
            }
            _ => Status::Unknown,
        };
        if KpiStatus::from(found) == status {
            kept.push(record);
        }
    }
    Ok(kept)
}
