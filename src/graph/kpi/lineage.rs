//! What stands behind a number, in the graph, page by page.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, SimpleObject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::beside::Beside;
use crate::error::{ClientError, Code, Error};
use crate::graph::answer::operation;
use crate::graph::connection::PageInfo;
use crate::graph::record::Record;
use crate::graph::types::{DEFAULT_PAGE, LARGEST_PAGE};
use crate::kpi::Question;
use crate::kpi::lineage::{Line, Mark, Role, Why, page};

/// A page of what stands behind a number.
#[derive(Debug, SimpleObject)]
#[graphql(name = "KpiLineageConnection")]
pub(super) struct KpiLineageConnection {
    /// The page: the parts of the measure one after the other.
    edges: Vec<KpiLineageEdge>,
    /// Where the page stands in the list.
    page_info: PageInfo,
}

/// One place in a list of what stands behind a number.
#[derive(Debug, SimpleObject)]
#[graphql(name = "KpiLineageEdge")]
pub(super) struct KpiLineageEdge {
    /// The place of this edge in the list, for `after`.
    cursor: String,
    /// What stands here.
    node: KpiLineage,
}

/// Something that stands behind a number, and how it counts.
#[derive(Debug, SimpleObject)]
#[graphql(name = "KpiLineage", complex)]
pub(super) struct KpiLineage {
    /// On which side of the line it stands, or would if it counted.
    role: KpiRole,
    /// Whether it counts.
    included: bool,
    /// Why it does not count, or not everywhere; absent where it simply counts.
    reason: Option<KpiLineageReason>,
    #[graphql(skip)]
    facts: Arc<Beside>,
    #[graphql(skip)]
    row: usize,
}

/// On which side of the line something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "KpiRole")]
pub(super) enum KpiRole {
    /// Above it.
    Numerator,
    /// Below it.
    Denominator,
    /// On both sides.
    Both,
}

/// Why something behind a number does not count, or not everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "KpiLineageReason")]
pub(super) enum KpiLineageReason {
    /// Several sources report on its delivery, and the word of another counts, for all or for a part of what it says.
    OtherSourceCounts,
    /// Nobody said what it cost, so that its delivery has no cost.
    CostMissing,
    /// It ended before it began.
    NegativeDuration,
    /// Nobody said when it began.
    BeginningUnknown,
    /// It was not live by the window's end: a member that is counted as unfinished.
    NotLiveByEnd,
    /// It was never live in the window, or what the filter would choose its asset by was not.
    NotLive,
    /// Its asset is used in too few pairs of campaign and channel to count as reused.
    TooFewPairs,
}

#[ComplexObject]
impl KpiLineage {
    /// The fact or the thing itself; null only with an error.
    async fn fact(&self, ctx: &Context<'_>) -> Option<Record> {
        self.facts.at(ctx, self.row).await
    }
}

/// Reads a page.
pub(super) async fn read(
    ctx: &Context<'_>,
    question: &Question<'_>,
    (first, after): (Option<i64>, Option<String>),
) -> Result<KpiLineageConnection, Error> {
    let limit = match first.map(usize::try_from) {
        None => DEFAULT_PAGE,
        Some(Ok(first)) if first <= LARGEST_PAGE => first,
        _ => {
            let first = first.unwrap_or_default();
            let why = format!("first must be from 0 to {LARGEST_PAGE}, not {first}.");
            return Err(ClientError::input(why).into());
        }
    };
    let key = &question.definition.key;
    let after = after.map(|text| mark_of(&text, key)).transpose()?;
    let (lines, more) = page(question, &operation(ctx).reader, after.as_ref(), limit).await?;
    let facts = Beside::new(lines.iter().map(|line| Some(line.thing)).collect());
    let cursor = |line: &Line| cursor(&line.mark, key);
    let page_info = PageInfo {
        has_next_page: more,
        has_previous_page: after.is_some(),
        start_cursor: lines.first().map(cursor),
        end_cursor: lines.last().map(cursor),
    };
    let edges = lines.iter().enumerate().map(|(row, line)| KpiLineageEdge {
        cursor: cursor(line),
        node: KpiLineage {
            role: match line.role {
                Role::Numerator => KpiRole::Numerator,
                Role::Denominator => KpiRole::Denominator,
                Role::Both => KpiRole::Both,
            },
            included: line.included,
            reason: line.reason.map(KpiLineageReason::from),
            facts: facts.clone(),
            row,
        },
    });
    Ok(KpiLineageConnection { edges: edges.collect(), page_info })
}

impl From<Why> for KpiLineageReason {
    fn from(why: Why) -> Self {
        match why {
            Why::OtherSourceCounts => KpiLineageReason::OtherSourceCounts,
            Why::CostMissing => KpiLineageReason::CostMissing,
            Why::NegativeDuration => KpiLineageReason::NegativeDuration,
            Why::BeginningUnknown => KpiLineageReason::BeginningUnknown,
            Why::NotLiveByEnd => KpiLineageReason::NotLiveByEnd,
            Why::NotLive => KpiLineageReason::NotLive,
            Why::TooFewPairs => KpiLineageReason::TooFewPairs,
        }
    }
}

/// The place of a line as clients carry it. It belongs to one measure.
fn cursor(mark: &Mark, key: &str) -> String {
    let written = (key, mark.walk, mark.under, mark.at, mark.id);
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&written).unwrap_or_default())
}

fn mark_of(cursor: &str, key: &str) -> Result<Mark, ClientError> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (of, walk, under, at, id): (String, usize, Option<Uuid>, i64, Uuid) =
            serde_json::from_slice(&bytes).ok()?;
        (of == key).then_some(Mark { walk, under, at, id })
    };
    read().ok_or_else(|| {
        let why = format!("{cursor:?} is not a cursor of the lineage of {key}; take one from an edge of it.");
        ClientError::new(Code::InvalidCursor, why)
    })
}
