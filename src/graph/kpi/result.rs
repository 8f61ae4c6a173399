//! What a measure came to, as an object of the graph. Only what is selected is read, and the figures as a whole once.

use std::sync::Arc;

use async_graphql::{Context, Object};
use tokio::sync::OnceCell;

use super::input::{KpiDimension, KpiInterval, KpiPeriod, KpiStatus};
use super::lineage::{self, KpiLineageConnection};
use super::parts::{
    KpiComparison, KpiFreshness, KpiMissing, KpiOfCurrency, KpiPart, KpiRate, KpiRow, KpiUnfinished,
    KpiWindow, by_currency, number,
};
use super::target::KpiTarget;
use crate::catalogue;
use crate::clock::Micros;
use crate::config::Rate;
use crate::error::{ClientError, Error};
use crate::graph::answer::{operation, or_none};
use crate::graph::operation::Operation;
use crate::graph::scalars::DateTime;
use crate::kpi::{
    Definition, Figure, Filter, Key, Kpis, Missing, Question, Status, Window, freshness, targets,
};
use crate::store::encode_id;

/// What a measure came to in a window.
pub(in crate::graph) struct KpiResult {
    kpis: Arc<Kpis>,
    definition: Arc<Definition>,
    window: Window,
    filter: Filter,
    as_of: Option<Micros>,
    now: Micros,
    whole: OnceCell<Result<Arc<Figure>, Error>>,
    missing: OnceCell<Result<Arc<Vec<Missing>>, Error>>,
    target: OnceCell<Result<Option<f64>, Error>>,
}

impl KpiResult {
    /// Asks for a measure by its key.
    pub(in crate::graph) fn ask(
        operation: &Operation,
        key: &str,
        (window, filter): (Window, Filter),
        as_of: Option<Micros>,
    ) -> Result<Self, ClientError> {
        let kpis = operation.kpis.clone();
        let definition = kpis.find(key)?.clone();
        let result = KpiResult {
            kpis,
            definition: Arc::new(definition),
            window,
            filter,
            as_of,
            now: operation.now,
            whole: OnceCell::new(),
            missing: OnceCell::new(),
            target: OnceCell::new(),
        };
        result.question().checked()?;
        Ok(result)
    }

    /// The question that it answers.
    pub(super) fn question(&self) -> Question<'_> {
        Question {
            kpis: &self.kpis,
            definition: &self.definition,
            window: self.window,
            filter: self.filter.clone(),
            as_of: self.as_of,
            now: self.now,
        }
    }

    /// Its figures as a whole, read by the first field that needs them. What is read stands on the heap: a field's
    /// future is as large as the largest that it may wait for, and so would be those of all fields above it.
    async fn whole(&self, ctx: &Context<'_>) -> Result<Arc<Figure>, Error> {
        let read = async { Ok(Arc::new(self.question().whole(&operation(ctx).reader).await?)) };
        self.whole.get_or_init(|| Box::pin(read)).await.clone()
    }

    async fn all_missing(&self, ctx: &Context<'_>) -> Result<Arc<Vec<Missing>>, Error> {
        let read = async {
            let mut missing = self.question().missing(&operation(ctx).reader).await?;
            missing.extend(self.whole(ctx).await?.missing.iter().cloned());
            Ok(Arc::new(missing))
        };
        self.missing.get_or_init(|| Box::pin(read)).await.clone()
    }

    async fn agreed(&self, ctx: &Context<'_>) -> Result<Option<f64>, Error> {
        let read = async {
            let stored = targets(&operation(ctx).reader).await?;
            Ok(self.kpis.agreed(&self.definition.key, &stored))
        };
        self.target.get_or_init(|| Box::pin(read)).await.clone()
    }
}

/// What a measure came to in a window. Durations are in hours. What there is nothing of to measure is null, never 0.
#[Object(name = "KpiResult")]
impl KpiResult {
    /// The measure's own key.
    async fn key(&self) -> &str {
        &self.definition.key
    }

    /// The version of the definition that it was computed by.
    async fn version(&self) -> i32 {
        self.definition.version
    }

    /// The window that it is about.
    async fn window(&self) -> KpiWindow {
        self.window.into()
    }

    /// The value; null where there is nothing to measure, or where it cannot be told, which `missing` says.
    async fn value(&self, ctx: &Context<'_>) -> Option<f64> {
        or_none(ctx, self.whole(ctx).await)?.value
    }

    /// What the value counts, such as `hours` or `ratio`.
    async fn unit(&self) -> &str {
        &self.definition.unit
    }

    /// What stands above the line: the sum, or of a median how many were measured.
    async fn numerator(&self, ctx: &Context<'_>) -> Option<f64> {
        or_none(ctx, self.whole(ctx).await)?.numerator
    }

    /// What stands below the line: the sum, or of a median how many there are, measured or unfinished.
    async fn denominator(&self, ctx: &Context<'_>) -> Option<f64> {
        or_none(ctx, self.whole(ctx).await)?.denominator
    }

    /// How many facts and things it was computed from: of a median those that were measured, of reuse the assets in use.
    async fn measured(&self, ctx: &Context<'_>) -> Option<i64> {
        or_none(ctx, Box::pin(self.question().measured(&operation(ctx).reader)).await)
    }

    /// Of a median: the value below which nine of ten lie.
    async fn p90(&self, ctx: &Context<'_>) -> Option<f64> {
        or_none(ctx, self.whole(ctx).await)?.p90
    }

    /// Of a median: what began in the window and did not end before its end.
    async fn unfinished(&self, ctx: &Context<'_>) -> Option<KpiUnfinished> {
        let unfinished = or_none(ctx, self.whole(ctx).await)?.unfinished?;
        Some(KpiUnfinished { count: number(unfinished.count), oldest_hours: unfinished.oldest_hours })
    }

    /// The ISO 4217 currency of numerator and denominator, where they are amounts.
    async fn currency(&self, ctx: &Context<'_>) -> Option<String> {
        or_none(ctx, self.whole(ctx).await)?.currency.clone()
    }

    /// The rates by which amounts of other currencies were converted; empty where none was.
    async fn rates(&self, ctx: &Context<'_>) -> Option<Vec<KpiRate>> {
        let whole = or_none(ctx, self.whole(ctx).await)?;
        let rates = if whole.converted { self.kpis.rates.rates.as_slice() } else { &[] };
        let rate = |rate: &Rate| KpiRate {
            currency: rate.currency.clone(),
            rate: rate.millionths as f64 / 1e6,
            date: rate.date.clone(),
        };
        Some(rates.iter().map(rate).collect())
    }

    /// The figures of each currency, where amounts are in several and no rate is configured; empty otherwise.
    async fn by_currency(&self, ctx: &Context<'_>) -> Option<Vec<KpiOfCurrency>> {
        let whole = or_none(ctx, self.whole(ctx).await)?;
        Some(by_currency(&whole))
    }

    /// Whether nothing is missing.
    async fn complete(&self, ctx: &Context<'_>) -> Option<bool> {
        Some(or_none(ctx, self.all_missing(ctx).await)?.is_empty())
    }

    /// What is missing, and why; empty where it is complete.
    async fn missing(&self, ctx: &Context<'_>) -> Option<Vec<KpiMissing>> {
        let missing = or_none(ctx, self.all_missing(ctx).await)?;
        Some(missing.iter().cloned().map(KpiMissing).collect())
    }

    /// For each source of what is counted, when it last observed something of it; with `asOf`, as was known then.
    async fn freshness(&self, ctx: &Context<'_>) -> Option<Vec<KpiFreshness>> {
        let fresh = or_none(ctx, Box::pin(freshness::read(&self.question(), &operation(ctx).reader)).await)?;
        let each = fresh
            .into_iter()
            .map(|(source, observed)| KpiFreshness { source, observed_at: DateTime(observed) });
        Some(each.collect())
    }

    /// The same over time, in parts that meet without overlap. What began in a part is measured if it ended before the
    /// end of the whole window, so that the members of the parts add up.
    async fn series(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How long the parts are.")] interval: KpiInterval,
    ) -> Option<Vec<KpiPart>> {
        let parts = Box::pin(self.question().series(&operation(ctx).reader, interval.into())).await;
        let parts = or_none(ctx, parts)?.into_iter().map(|part| KpiPart {
            from: DateTime(part.window.from),
            to: DateTime(part.window.to),
            value: part.figure.value,
            numerator: part.figure.numerator,
            denominator: part.figure.denominator,
            by_currency: by_currency(&part.figure),
            complete: part.figure.missing.is_empty(),
            currency: part.figure.currency,
        });
        Some(parts.collect())
    }

    /// The same for each value of a dimension, as a filter by it would have it, and once for what has none. Rows of
    /// what stands under several values overlap; those with nothing below the line are left out.
    async fn breakdown(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The dimension.")] by: KpiDimension,
    ) -> Option<Vec<KpiRow>> {
        let by = by.0;
        let rows = or_none(ctx, Box::pin(self.question().breakdown(&operation(ctx).reader, by)).await)?;
        let code = by.noun().and_then(catalogue::by_name).map_or(0, |entry| entry.noun.code);
        let rows = rows.into_iter().map(|row| KpiRow {
            key: row.key.map(|key| match key {
                Key::Id(id) => encode_id(code, id),
                Key::Word(word) => word,
            }),
            label: row.label,
            value: row.figure.value,
            numerator: row.figure.numerator,
            denominator: row.figure.denominator,
            by_currency: by_currency(&row.figure),
            complete: row.figure.missing.is_empty(),
            currency: row.figure.currency,
        });
        Some(rows.collect())
    }

    /// The same in another window, and how far this one is from it.
    async fn compare(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The other window.")] to: KpiPeriod,
    ) -> Option<KpiComparison> {
        let other =
            or_none(ctx, Box::pin(self.question().compared(&operation(ctx).reader, to.into())).await)?;
        let whole = or_none(ctx, self.whole(ctx).await)?;
        Some(KpiComparison {
            window: other.window.into(),
            value: other.figure.value,
            numerator: other.figure.numerator,
            denominator: other.figure.denominator,
            change: self.question().change(&whole, &other.figure),
            by_currency: by_currency(&other.figure),
            currency: other.figure.currency,
        })
    }

    /// What stands behind the numbers: every fact and thing that was looked at, how it counted, what it added, and why
    /// not. Null only with an error.
    async fn lineage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many: at most 100, 20 if it is not given.")] first: Option<i64>,
        #[graphql(desc = "Only what stands after this cursor.")] after: Option<String>,
    ) -> Option<KpiLineageConnection> {
        or_none(ctx, Box::pin(lineage::read(ctx, &self.question(), (first, after))).await)
    }

    /// What was agreed on; null where nothing was.
    async fn target(&self, ctx: &Context<'_>) -> Option<KpiTarget> {
        let value = or_none(ctx, self.agreed(ctx).await)??;
        Some(KpiTarget { value, better: Some(self.definition.better.into()) })
    }

    /// Whether what was agreed on is met.
    async fn status(&self, ctx: &Context<'_>) -> Option<KpiStatus> {
        let target = or_none(ctx, self.agreed(ctx).await)?;
        let value = or_none(ctx, self.whole(ctx).await)?.value;
        Some(Status::of(&self.definition, value, target).into())
    }
}
