//! The parts of a result as objects of the graph.

use async_graphql::{Context, Enum, Object, SimpleObject};

use crate::graph::answer::or_none;
use crate::graph::record::{Record, records};
use crate::graph::scalars::DateTime;
use crate::kpi::{Figure, Missing, OfCurrency, Reason, Window};

/// A window of time, half-open.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "KpiWindow")]
pub(super) struct KpiWindow {
    /// When it begins, inclusive.
    pub(super) from: DateTime,
    /// When it ends, exclusive.
    pub(super) to: DateTime,
}

impl From<Window> for KpiWindow {
    fn from(window: Window) -> Self {
        KpiWindow { from: DateTime(window.from), to: DateTime(window.to) }
    }
}

/// What began in the window and did not end before its end.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "KpiUnfinished")]
pub(super) struct KpiUnfinished {
    /// How many.
    pub(super) count: i64,
    /// How old the oldest of them is at the window's end; null where there is none.
    pub(super) oldest_hours: Option<f64>,
}

/// What a currency was converted by.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "KpiRate")]
pub(super) struct KpiRate {
    /// The ISO 4217 currency.
    pub(super) currency: String,
    /// What one of it is worth in the currency of the result.
    pub(super) rate: f64,
    /// The day of the rate.
    pub(super) date: String,
}

/// The figures of one currency.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "KpiOfCurrency")]
pub(super) struct KpiOfCurrency {
    /// The ISO 4217 currency.
    pub(super) currency: String,
    /// The value; null where there is nothing below the line.
    pub(super) value: Option<f64>,
    /// What stands above the line.
    pub(super) numerator: f64,
    /// What stands below the line.
    pub(super) denominator: f64,
}

/// The figures of each currency, where they cannot be added.
pub(super) fn by_currency(figure: &Figure) -> Vec<KpiOfCurrency> {
    let of = |of: &OfCurrency| KpiOfCurrency {
        currency: of.currency.clone(),
        value: of.value,
        numerator: of.numerator,
        denominator: of.denominator,
    };
    figure.by_currency.iter().map(of).collect()
}

/// How fresh a source is.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "KpiFreshness")]
pub(super) struct KpiFreshness {
    /// The name of the source.
    pub(super) source: String,
    /// When it last observed something of what is counted, or where it does not say so, when Weft learnt of it.
    pub(super) observed_at: DateTime,
}

/// A part of a series.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "KpiPart")]
pub(super) struct KpiPart {
    /// When it begins, inclusive.
    pub(super) from: DateTime,
    /// When it ends, exclusive.
    pub(super) to: DateTime,
    /// The value; null where there is nothing to measure.
    pub(super) value: Option<f64>,
    /// What stands above the line.
    pub(super) numerator: Option<f64>,
    /// What stands below the line.
    pub(super) denominator: Option<f64>,
    /// The ISO 4217 currency of numerator and denominator, where they are amounts.
    pub(super) currency: Option<String>,
    /// The figures of each currency, where amounts are in several and no rate is configured; empty otherwise.
    pub(super) by_currency: Vec<KpiOfCurrency>,
    /// Whether nothing is missing from it.
    pub(super) complete: bool,
}

/// A row of a breakdown.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "KpiRow")]
pub(super) struct KpiRow {
    /// The id of the thing, the channel or the territory; null for what has none.
    pub(super) key: Option<String>,
    /// What to call it; null for what has none.
    pub(super) label: Option<String>,
    /// The value; null where it cannot be told.
    pub(super) value: Option<f64>,
    /// What stands above the line.
    pub(super) numerator: Option<f64>,
    /// What stands below the line.
    pub(super) denominator: Option<f64>,
    /// The ISO 4217 currency of numerator and denominator, where they are amounts.
    pub(super) currency: Option<String>,
    /// The figures of each currency, where amounts are in several and no rate is configured; empty otherwise.
    pub(super) by_currency: Vec<KpiOfCurrency>,
    /// Whether nothing is missing from it. Events that wait may belong to any row, so that none is complete while some do.
    pub(super) complete: bool,
}

/// The same in another window.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "KpiComparison")]
pub(super) struct KpiComparison {
    /// The other window.
    pub(super) window: KpiWindow,
    /// The value there; null where there was nothing to measure.
    pub(super) value: Option<f64>,
    /// What stood above the line.
    pub(super) numerator: Option<f64>,
    /// What stood below the line.
    pub(super) denominator: Option<f64>,
    /// The ISO 4217 currency of numerator and denominator there, where they are amounts.
    pub(super) currency: Option<String>,
    /// The figures of each currency there, where amounts are in several and no rate is configured; empty otherwise.
    pub(super) by_currency: Vec<KpiOfCurrency>,
    /// The value of the result less the value there, in the measure's unit; null where either has none, or where they
    /// are amounts of two currencies.
    pub(super) change: Option<f64>,
}

/// Why something is missing from a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "KpiMissingReason")]
pub(super) enum KpiMissingReason {
    /// The window is not over.
    WindowOpen,
    /// Events wait for something that they name and that is not known yet.
    Unresolved,
    /// Deliveries, or facts without one, earned something or were shown and have no known cost.
    CostMissing,
    /// Amounts are in several currencies, and no rate is configured.
    MixedCurrencies,
    /// Things ended before they began; they are left out.
    NegativeDuration,
    /// Nobody said when things began; they are left out.
    BeginningUnknown,
    /// Nobody said when things ended; they are left out.
    EndUnknown,
    /// It would take the past of something whose past is not kept.
    PastNotKept,
}

/// Something that is missing from a measure.
pub(super) struct KpiMissing(pub(super) Missing);

/// Something that is missing from a measure.
#[Object(name = "KpiMissing")]
impl KpiMissing {
    /// Why.
    async fn reason(&self) -> KpiMissingReason {
        match self.0.reason {
            Reason::WindowOpen => KpiMissingReason::WindowOpen,
            Reason::Unresolved => KpiMissingReason::Unresolved,
            Reason::CostMissing => KpiMissingReason::CostMissing,
            Reason::MixedCurrencies => KpiMissingReason::MixedCurrencies,
            Reason::NegativeDuration => KpiMissingReason::NegativeDuration,
            Reason::BeginningUnknown => KpiMissingReason::BeginningUnknown,
            Reason::EndUnknown => KpiMissingReason::EndUnknown,
            Reason::PastNotKept => KpiMissingReason::PastNotKept,
        }
    }

    /// The name of the source whose it is, where it is one's.
    async fn source(&self) -> Option<&str> {
        self.0.source.as_deref()
    }

    /// How many of what the reason is about: things that are left out, events that wait, currencies that are mixed. Null
    /// where nothing can be counted.
    async fn count(&self) -> Option<i64> {
        self.0.count.map(number)
    }

    /// The first of the things, at most 20; empty where they are not known.
    async fn things(&self, ctx: &Context<'_>) -> Option<Vec<Record>> {
        let ends = self.0.things.iter().map(|thing| Some(*thing)).collect();
        Some(or_none(ctx, Box::pin(records(ctx, ends)).await)?.into_iter().flatten().collect())
    }
}

pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
