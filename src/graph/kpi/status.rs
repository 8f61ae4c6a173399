//! Measures by whether what was agreed on for them is met.

use async_graphql::{Context, Value};

use super::input::{KpiFilterInput, KpiStatus, KpiStatusFilter};
use crate::error::{ClientError, Error};
use crate::graph::answer::{operation, unread};
use crate::graph::record::Record;
use crate::graph::types::LARGEST_PAGE;
use crate::kpi::{Filter, Question, Status, targets};

/// Those of the measures whose status is asked for; all of them where none is.
pub(in crate::graph) async fn with_status(
    ctx: &Context<'_>,
    records: Vec<Record>,
) -> Result<Vec<Record>, Error> {
    let (_, asked) = ctx.param_value::<Option<KpiStatusFilter>>("filter", None).map_err(unread)?;
    let Some(KpiStatusFilter { status, window, filter, keys }) = asked else { return Ok(records) };
    let (window, operation) = (window.read()?, operation(ctx));
    let filter = filter.map_or_else(|| Ok(Filter::default()), KpiFilterInput::read)?;
    let kpis = operation.kpis.as_ref();
    if let Some(keys) = &keys {
        if keys.len() > LARGEST_PAGE {
            let why = format!("keys may name at most {LARGEST_PAGE} measures, not {}.", keys.len());
            return Err(ClientError::input(why).into());
        }
        keys.iter().try_for_each(|key| kpis.find(key).map(drop))?;
    }
    let reader = operation.reader.as_ref();
    let targets = targets(reader).await?;
    let mut chosen = Vec::new();
    for record in records {
        let key = match record.field("key") {
            Some(Value::String(key)) => key,
            _ => String::new(),
        };
        if keys.as_ref().is_some_and(|keys| !keys.contains(&key)) {
            continue;
        }
        let question = kpis.get(&key).zip(kpis.agreed(&key, &targets)).map(|(definition, target)| {
            let filter = filter.clone();
            (Question { kpis, definition, window, filter, as_of: None, now: operation.now }, target)
        });
        chosen.push((record, question));
    }
    let questions: Vec<&Question<'_>> =
        chosen.iter().filter_map(|(_, question)| question.as_ref().map(|(question, _)| question)).collect();
    answerable(&questions, &filter)?;
    let mut kept = Vec::new();
    for (record, question) in chosen {
        let found = match question {
            Some((question, target)) => {
                Status::of(question.definition, question.whole(reader).await?.value, Some(target))
            }
            None => Status::Unknown,
        };
        if KpiStatus::from(found) == status {
            kept.push(record);
        }
    }
    Ok(kept)
}

/// Refuses a filter that some of the measures have no way to, and names all of them, so that they can be left out.
fn answerable(questions: &[&Question<'_>], filter: &Filter) -> Result<(), ClientError> {
    let refused: Vec<String> = filter
        .dimensions()
        .filter_map(|dimension| {
            let without: Vec<&str> = questions
                .iter()
                .filter(|question| question.can_be_asked_by([dimension]).is_err())
                .map(|question| question.definition.key.as_str())
                .collect();
            let name = dimension.name();
            (!without.is_empty()).then(|| format!("by {name}: {}", without.join(", ")))
        })
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(ClientError::input(format!(
        "These measures cannot be asked {}. Name those that are meant in keys.",
        refused.join("; ")
    )))
}
