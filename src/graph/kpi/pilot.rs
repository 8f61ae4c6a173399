//! The measures of a pilot: in its window, beside the window before it and beside all that is not part of it.

use std::collections::HashMap;

use async_graphql::registry::MetaField;
use async_graphql::{Context, Object, OutputType, ServerResult, Value};
use uuid::Uuid;

use super::beside::Kpi;
use super::result::KpiResult;
use crate::catalogue::{self, Holds};
use crate::error::{ClientError, Error};
use crate::graph::answer::{argument, needed, operation, or_none, unread};
use crate::graph::filter::items;
use crate::graph::meta::{field_with, input};
use crate::graph::operation::{By, Lookup};
use crate::graph::record::Record;
use crate::graph::types::LARGEST_PAGE;
use crate::kpi::{Dimension, Filter, Values, Window};
use crate::store::{Cell, Reader};

/// What a pilot covers: its campaigns, else its teams.
type Covered = HashMap<Uuid, (Dimension, Vec<Uuid>)>;

/// A measure of a pilot.
pub(in crate::graph) struct PilotKpi {
    key: String,
    covered: Option<(Dimension, Vec<Uuid>)>,
    pilot: Option<Window>,
    baseline: Option<Window>,
}

/// The field of a pilot.
pub(in crate::graph) fn field() -> MetaField {
    field_with(
        "kpis",
        "[PilotKpi!]",
        "Its measures, each in its window, in the window before it, and for all that is not part of it. Null only with \
         an error.",
        vec![input("keys", "[String!]", "The measures' own keys; without it, all of them.")],
    )
}

/// Answers it.
pub(in crate::graph) async fn of_pilot(
    ctx: &Context<'_>,
    record: &Record,
) -> Result<ServerResult<Value>, Error> {
    let operation = operation(ctx);
    let keys = match argument(ctx, "keys").map_err(unread)? {
        None => operation.kpis.definitions.iter().map(|definition| definition.key.clone()).collect(),
        Some(given) => keys(&given)?,
    };
    for key in &keys {
        operation.kpis.find(key)?;
    }
    let pilots = record.ids_of_level();
    let covered = record.once_in_level(ctx, covered(&operation.reader, pilots)).await?;
    let window = |from: &str, to: &str| match (record.moment(from), record.moment(to)) {
        (Some(from), Some(to)) => Window::new(from, to).ok(),
        _ => None,
    };
    let kpis: Vec<PilotKpi> = keys
        .into_iter()
        .map(|key| PilotKpi {
            key,
            covered: covered.get(&record.id()).cloned(),
            pilot: window("pilot_from", "pilot_to"),
            baseline: window("baseline_from", "baseline_to"),
        })
        .collect();
    let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
    Ok(kpis.resolve(&selection, ctx.item).await)
}

fn keys(given: &Value) -> Result<Vec<String>, ClientError> {
    let count = items(given).count();
    if count > LARGEST_PAGE {
        return Err(ClientError::input(format!(
            "keys may name at most {LARGEST_PAGE} measures, not {count}."
        )));
    }
    let key = |value: &Value| match value {
        Value::String(key) => key.clone(),
        value => value.to_string(),
    };
    Ok(items(given).map(key).collect())
}

/// Reads what pilots cover.
async fn covered(reader: &Reader, pilots: Vec<Uuid>) -> Result<Covered, Error> {
    let mut covered = Covered::new();
    // Campaigns stand behind teams, so that they win.
    for (dimension, table) in [(Dimension::Team, "pilot_team"), (Dimension::Campaign, "pilot_campaign")] {
        let mut sql = reader.sql();
        let pilots = sql.one_of_ids(&pilots);
        let column = dimension.name();
        sql.push(&format!("SELECT p.pilot_id, p.{column}_id FROM {table} p WHERE p.pilot_id {pilots}"));
        for row in reader.all(sql.finish(), &[Holds::Id, Holds::Id]).await?.rows() {
            let [Cell::Id(pilot), Cell::Id(thing)] = row else { continue };
            let known = covered.entry(*pilot).or_insert_with(|| (dimension, Vec::new()));
            if known.0 != dimension {
                *known = (dimension, Vec::new());
            }
            known.1.push(*thing);
        }
    }
    Ok(covered)
}

/// A measure of a pilot, three times: in its window, before, and outside of it. It covers its campaigns or, where it has
/// none, what its teams look after. `measured` says of each how much it was computed from.
#[Object(name = "PilotKpi")]
impl PilotKpi {
    /// The measure; null where the store does not know it yet.
    async fn kpi(&self, ctx: &Context<'_>) -> Option<Kpi> {
        let entry = catalogue::by_name("Kpi")?;
        let by = By::Name(self.key.clone());
        let lookup = Lookup { code: entry.noun.code, columns: needed(ctx, entry), by };
        or_none(ctx, Box::pin(operation(ctx).find(lookup)).await)?.map(Kpi)
    }

    /// The measure's own key.
    async fn key(&self) -> &str {
        &self.key
    }

    /// What the pilot came to in its window; null where that, or what it covers, is not known.
    async fn pilot(&self, ctx: &Context<'_>) -> Option<KpiResult> {
        self.ask(ctx, self.pilot, false)
    }

    /// The same things in the baseline's window.
    async fn baseline(&self, ctx: &Context<'_>) -> Option<KpiResult> {
        self.ask(ctx, self.baseline, false)
    }

    /// Everything outside the pilot in the pilot's window, what belongs to no campaign or team included.
    async fn outside(&self, ctx: &Context<'_>) -> Option<KpiResult> {
        self.ask(ctx, self.pilot, true)
    }
}

impl PilotKpi {
    fn ask(&self, ctx: &Context<'_>, window: Option<Window>, outside: bool) -> Option<KpiResult> {
        let (dimension, ids) = self.covered.clone()?;
        let values = Values::Ids(ids);
        let filter = match outside {
            true => Filter::default().without(dimension, values),
            false => Filter::default().with(dimension, values),
        };
        let asked = KpiResult::ask(operation(ctx), &self.key, (window?, filter), None);
        or_none(ctx, asked.map_err(Error::from))
    }
}
