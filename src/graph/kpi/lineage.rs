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
    /// What it adds above the line: 1 where it is counted, hours, or an amount in its own `currency`, and 0 where it does
    /// not count. Over all pages, and with `asOf` as it was known then, that adds up to the numerator of the result. Null
    /// for usages, several of which stand for one asset.
    numerator: Option<f64>,
    /// What it adds below the line, in the same way.
    denominator: Option<f64>,
    /// The ISO 4217 currency of what it adds, where that is an amount; it is not converted.
    currency: Option<String>,
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
    /// Nobody said when it ended.
    EndUnknown,
    /// It had not ended by the window's end: it is counted as unfinished, and how long it takes is not measured.
    Unfinished,
    /// The usage was live at no time in the window; or under a filter, no usage of its asset that the filter asks for was.
    NotLive,
    /// Its asset is used in too few pairs of campaign and channel to count as reused.
    TooFewPairs,
}

#[ComplexObject]
impl KpiLineage {
    /// The fact or the thing itself, as it is now, also where the result is as of a moment. Null only with an error.
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
            numerator: line.adds.as_ref().map(|adds| adds.numerator),
            denominator: line.adds.as_ref().map(|adds| adds.denominator),
            currency: line.adds.as_ref().and_then(|adds| adds.currency.clone()),
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
            Why::EndUnknown => KpiLineageReason::EndUnknown,
            Why::Unfinished => KpiLineageReason::Unfinished,
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
