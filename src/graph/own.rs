//! What one noun alone can do: fields that are no plain value of a column and no edge. Which they are, what they need of
//! the row, and who answers them.

use async_graphql::registry::MetaField;
use async_graphql::{Context, ServerResult, Value};

use super::kpi::{fatigue, pilot, target};
use super::live;
use super::record::Record;
use crate::catalogue::Entry;
use crate::error::Error;

/// A field that one noun alone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    /// How a source is doing.
    Source,
    /// What was agreed on for a measure, with which way is better.
    Target,
    /// Whether a variant wears out.
    Fatigue,
    /// The measures of a pilot.
    PilotKpis,
}

impl Own {
    /// What this field of a noun stands for, if it is one of these.
    pub(super) fn of(entry: &Entry, field: &str) -> Option<Self> {
        match (entry.noun.name, field) {
            ("Source", _) if live::is_of_source(field) => Some(Own::Source),
            ("Kpi", "target") => Some(Own::Target),
            ("Variant", "fatigue") => Some(Own::Fatigue),
            ("Pilot", "kpis") => Some(Own::PilotKpis),
            _ => None,
        }
    }

    /// The fields of a noun that have no column.
    pub(super) fn fields(noun: &str) -> Vec<MetaField> {
        match noun {
            "Source" => live::source_fields(),
            "Variant" => vec![fatigue::variant_field()],
            "Pilot" => vec![pilot::field()],
            _ => Vec::new(),
        }
    }

    /// The type in place of a column's own.
    pub(super) fn in_place(self) -> Option<&'static str> {
        (self == Own::Target).then_some("KpiTarget")
    }

    /// The columns of the row without which it cannot be answered.
    pub(super) fn needs(self) -> &'static [&'static str] {
        match self {
            Own::Source => &["name"],
            Own::Target => &["key", "target"],
            Own::Fatigue => &[],
            Own::PilotKpis => &["pilot_from", "pilot_to", "baseline_from", "baseline_to"],
        }
    }

    /// The value for a row.
    pub(super) async fn resolve(
        self,
        ctx: &Context<'_>,
        record: &Record,
    ) -> Result<ServerResult<Value>, Error> {
        match self {
            Own::Source => {
                let name = record.entry().column("name").and_then(|place| record.text(place));
                live::of_source(ctx, name.unwrap_or_default()).await.map(Ok)
            }
            Own::Target => Ok(target::of_record(ctx, record).await),
            Own::Fatigue => fatigue::of_variant(ctx, record).await,
            Own::PilotKpis => pilot::of_pilot(ctx, record).await,
        }
    }
}
