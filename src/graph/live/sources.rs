//! How each source is doing, as fields of `Source`: by the calls that were made to it, and by when it was synced.

use std::collections::HashMap;

use async_graphql::{Context, Name, Value};

use crate::clock::{Micros, written};
use crate::error::Error;
use crate::graph::answer::operation;
use crate::graph::operation::Operation;
use crate::outbound::{BreakerState, Health};
use crate::upstream::sync::sync_health;

/// The fields of a source that no column holds.
const FIELDS: [&str; 5] = ["health", "breaker", "lastSync", "lag", "remainingBudget"];

/// Whether this is a field of a source that no column holds; it needs the source's name.
pub(in crate::graph) fn is_of_source(field: &str) -> bool {
    FIELDS.contains(&field)
}

/// The value of such a field.
pub(in crate::graph) async fn of_source(ctx: &Context<'_>, source: &str) -> Result<Value, Error> {
    let operation = operation(ctx);
    let field = ctx.item.node.name.node.as_str();
    if let "lastSync" | "lag" = field {
        let synced = operation.synced().await?.get(source).copied();
        return Ok(synced.map_or(Value::Null, |synced| match field {
            "lag" => Value::from(operation.now.saturating_sub(synced).max(0) / 1_000_000),
            _ => Value::String(written(synced)),
        }));
    }
    let Some(source) = operation.live.sources.named(source) else { return Ok(Value::Null) };
    let of_all = source.health(operation.now);
    Ok(match field {
        "health" => Value::Enum(Name::new(health(&of_all))),
        "breaker" => Value::Enum(Name::new(breaker(&of_all))),
        _ => of_all.iter().filter_map(|of| of.remaining).min().map_or(Value::Null, Value::from),
    })
}

fn health(of_all: &[Health]) -> &'static str {
    let called = |of: &Health| of.last_success.is_some() || of.last_failure.is_some();
    let failing = |of: &Health| match (of.last_failure, of.last_success) {
        _ if matches!(of.breaker, BreakerState::Open { .. }) => true,
        (Some((_, failed)), Some(succeeded)) => failed > succeeded,
        (failed, None) => failed.is_some(),
        (None, Some(_)) => false,
    };
    let limited = |of: &Health| of.limited_until.is_some() || of.remaining == Some(0);
    match of_all {
        _ if of_all.iter().any(|of| failing(of) && !limited(of)) => "FAILING",
        _ if of_all.iter().any(limited) => "LIMITED",
        _ if of_all.iter().any(called) => "OK",
        _ => "UNKNOWN",
    }
}

fn breaker(of_all: &[Health]) -> &'static str {
    let any = |state: fn(&BreakerState) -> bool| of_all.iter().any(|of| state(&of.breaker));
    match of_all {
        _ if any(|state| matches!(state, BreakerState::Open { .. })) => "OPEN",
        _ if any(|state| matches!(state, BreakerState::HalfOpen)) => "HALF_OPEN",
        _ => "CLOSED",
    }
}

impl Operation {
    /// When each source was last synced to its end, read once for an operation.
    pub(super) async fn synced(&self) -> Result<&HashMap<String, Micros>, Error> {
        self.live.synced.get_or_try_init(|| last_syncs(self)).await
    }
}

/// When each source was last synced to its end, by its name.
async fn last_syncs(operation: &Operation) -> Result<HashMap<String, Micros>, Error> {
    let known = sync_health(operation.reader.beside(), operation.now).await?;
    Ok(known.into_iter().filter_map(|(source, health)| Some((source, health.synced_at?))).collect())
}
