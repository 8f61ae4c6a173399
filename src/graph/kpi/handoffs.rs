//! The handoff map in the graph.

use std::sync::Arc;

use async_graphql::registry::{MetaField, Registry};
use async_graphql::{ComplexObject, Context, Object, OutputType, ServerResult, SimpleObject, Value};
use tokio::sync::OnceCell;

use super::beside::{Beside, Team};
use super::input::{KpiFilterInput, WindowInput};
use super::parts::KpiMissing;
use crate::error::Error;
use crate::graph::answer::{operation, or_none, unread};
use crate::graph::meta::{field_with, input};
use crate::kpi::dimension::check;
use crate::kpi::handoffs::{Coverage, Edge, Map, Spread};
use crate::kpi::waiting;
use crate::kpi::{Counted, Filter, Missing, Reason, Window};

/// Between which teams work was passed on in a window, and where it waited.
#[derive(Debug)]
pub(in crate::graph) struct HandoffMap {
    window: Window,
    filter: Filter,
    map: OnceCell<Result<Arc<Map>, Error>>,
}

/// The handoffs from one team to another.
#[derive(Debug, SimpleObject)]
#[graphql(name = "HandoffMapEdge", complex)]
pub(in crate::graph) struct HandoffEdge {
    /// How many left the team in the window.
    count: i64,
    /// How many were with the team at the window's end: entered and not exited.
    open: i64,
    /// How long they waited until somebody began, in hours; all of their time where nobody did.
    wait_hours: HandoffHours,
    /// How long they were worked on, in hours.
    touch_hours: HandoffHours,
    /// How many of them were sent back to be done again.
    returned: i64,
    /// How many of them were refused.
    rejected: i64,
    /// How many of them were done again in a later handoff.
    reworked: i64,
    #[graphql(skip)]
    from: Arc<Beside>,
    #[graphql(skip)]
    to: Arc<Beside>,
    #[graphql(skip)]
    row: usize,
}

/// How times are spread, in hours; absent where none is known.
#[derive(Debug, SimpleObject)]
#[graphql(name = "HandoffHours")]
pub(in crate::graph) struct HandoffHours {
    /// Half of them are shorter.
    median: Option<f64>,
    /// Nine of ten are shorter.
    p90: Option<f64>,
}

/// How much of the work had handoffs at all.
#[derive(Debug, SimpleObject)]
#[graphql(name = "HandoffCoverage")]
pub(in crate::graph) struct HandoffCoverage {
    /// The pieces of work that were open at some time in the window; those of which nobody said when are among them.
    work_items: i64,
    /// Those of them that were ever passed on.
    with_handoffs: i64,
    /// The share; absent where there was no work.
    share: Option<f64>,
}

#[ComplexObject]
impl HandoffEdge {
    /// The team that passed the work on; absent where it is not known.
    async fn from(&self, ctx: &Context<'_>) -> Option<Team> {
        self.from.at(ctx, self.row).await.map(Team)
    }

    /// The team that it went to; absent where it is not known.
    async fn to(&self, ctx: &Context<'_>) -> Option<Team> {
        self.to.at(ctx, self.row).await.map(Team)
    }
}

/// Between which teams work was passed on in a window, and where it waited.
#[Object(name = "HandoffMap")]
impl HandoffMap {
    /// Every pair of teams between which work was passed on in the window, or waits or is worked on at its end; null only
    /// with an error.
    async fn edges(&self, ctx: &Context<'_>) -> Option<Vec<HandoffEdge>> {
        let map = self.map(ctx).await?;
        Some(edges(map.edges.iter()))
    }

    /// The edges at which work waits longest, by the median; null only with an error.
    async fn slowest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many.", default = 5)] first: u32,
    ) -> Option<Vec<HandoffEdge>> {
        let map = self.map(ctx).await?;
        let slowest = map.slowest(usize::try_from(first).unwrap_or(usize::MAX));
        Some(edges(slowest.into_iter()))
    }

    /// How much of the work had handoffs at all; null only with an error.
    async fn coverage(&self, ctx: &Context<'_>) -> Option<HandoffCoverage> {
        let read = Coverage::read(&operation(ctx).reader, self.window, &self.filter).await;
        let coverage = or_none(ctx, read)?;
        Some(HandoffCoverage {
            work_items: coverage.work_items,
            with_handoffs: coverage.with_handoffs,
            share: coverage.share(),
        })
    }

    /// Whether nothing is missing; null only with an error.
    async fn complete(&self, ctx: &Context<'_>) -> Option<bool> {
        Some(self.missing_of(ctx).await?.is_empty())
    }

    /// What is missing and why; null only with an error.
    async fn missing(&self, ctx: &Context<'_>) -> Option<Vec<KpiMissing>> {
        Some(self.missing_of(ctx).await?.into_iter().map(KpiMissing).collect())
    }
}

impl HandoffMap {
    async fn map(&self, ctx: &Context<'_>) -> Option<Arc<Map>> {
        let map = self.map.get_or_init(|| async {
            Box::pin(Map::read(&operation(ctx).reader, self.window, &self.filter)).await.map(Arc::new)
        });
        or_none(ctx, map.await.clone())
    }

    async fn missing_of(&self, ctx: &Context<'_>) -> Option<Vec<Missing>> {
        let operation = operation(ctx);
        let mut missing = Vec::new();
        if operation.now < self.window.to {
            missing.push(Missing::of(Reason::WindowOpen));
        }
        missing.extend(or_none(ctx, waiting::of_noun("Handoff", self.window, &operation.reader).await)?);
        missing.extend(self.map(ctx).await?.missing());
        Some(missing)
    }
}

fn edges<'a>(edges: impl ExactSizeIterator<Item = &'a Edge> + Clone) -> Vec<HandoffEdge> {
    let from = Beside::of("Team", edges.clone().map(|edge| edge.from));
    let to = Beside::of("Team", edges.clone().map(|edge| edge.to));
    let hours = |spread: Spread| HandoffHours { median: spread.median, p90: spread.p90 };
    edges
        .enumerate()
        .map(|(row, edge)| HandoffEdge {
            count: edge.count,
            open: edge.open,
            wait_hours: hours(edge.wait),
            touch_hours: hours(edge.touch),
            returned: edge.returned,
            rejected: edge.rejected,
            reworked: edge.reworked,
            from: from.clone(),
            to: to.clone(),
            row,
        })
        .collect()
}

/// Adds the types.
pub(in crate::graph) fn register(registry: &mut Registry) {
    <HandoffMap as OutputType>::create_type_info(registry);
}

/// The field at the root.
pub(in crate::graph) fn root_field() -> MetaField {
    field_with(
        "handoffMap",
        "HandoffMap",
        "Between which teams work was passed on in a window, how long it waited and was worked on, and how much of the \
         work had handoffs at all.",
        vec![
            input("window", "WindowInput!", "When; handoffs count by the moment at which they were left."),
            input(
                "filter",
                "KpiFilterInput",
                "Of what: brand and campaign are the work item's, team is the one that the work went to.",
            ),
        ],
    )
}

/// Answers the field at the root.
pub(in crate::graph) async fn map(ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
    let (_, window) = ctx.param_value::<WindowInput>("window", None).map_err(unread)?;
    let (_, filter) = ctx.param_value::<Option<KpiFilterInput>>("filter", None).map_err(unread)?;
    let filter = filter.map_or_else(|| Ok(Filter::default()), KpiFilterInput::read)?;
    check("handoffMap", &[Counted::Handoff], filter.dimensions())?;
    let map = HandoffMap { window: window.read()?, filter, map: OnceCell::new() };
    let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
    Ok(map.resolve(&selection, ctx.item).await)
}
