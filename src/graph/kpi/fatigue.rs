//! Content that wears out, in the graph: what is flagged, and what there is to say of one variant.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::registry::{MetaField, Registry};
use async_graphql::{ComplexObject, Context, Enum, OutputType, ServerResult, SimpleObject, Value};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::beside::{Audience, Beside, Variant};
use super::input::KpiFilterInput;
use crate::catalogue;
use crate::clock::{self, Micros};
use crate::config;
use crate::error::{ClientError, Code, Error};
use crate::graph::answer::{operation, size, text, unread};
use crate::graph::connection::PageInfo;
use crate::graph::filter::id_of;
use crate::graph::meta::{field_with, input};
use crate::graph::record::Record;
use crate::graph::scalars::{BigInt, DateTime};
use crate::graph::types::DEFAULT_PAGE;
use crate::kpi::Filter;
use crate::kpi::fatigue::{Asked, Evidence, Periods, Seen, Status};

/// Whether people still click what they are shown: a flag with its evidence, not a verdict. Clicks are held against
/// impressions of the whole days before a moment, and the same of the days before those.
#[derive(Debug, SimpleObject)]
#[graphql(name = "Fatigue", complex)]
pub(in crate::graph) struct Fatigue {
    /// Whether it wears out.
    status: FatigueStatus,
    /// By how much the recent share of clicks is below the one before, as a part of that one: 0.2 is a fifth fewer, and
    /// a negative number is more. Absent where one of them is not known, or nobody clicked before.
    drop: Option<f64>,
    /// The days that are compared.
    recent: FatiguePeriod,
    /// The days before them, with which they are compared.
    baseline: FatiguePeriod,
    #[graphql(skip)]
    variants: Arc<Beside>,
    #[graphql(skip)]
    audiences: Arc<Beside>,
    #[graphql(skip)]
    row: usize,
}

/// What was seen and clicked in some days.
#[derive(Debug, SimpleObject)]
#[graphql(name = "FatiguePeriod")]
pub(in crate::graph) struct FatiguePeriod {
    /// The midnight at which it begins, inclusive.
    from: DateTime,
    /// The midnight at which it ends, exclusive.
    to: DateTime,
    /// How often it was shown, as the sources say that count.
    impressions: BigInt,
    /// How often it was clicked, as the sources say that count.
    clicks: BigInt,
    /// Clicks over impressions; absent where nothing was shown.
    click_through: Option<f64>,
}

/// Whether content is worn out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "FatigueStatus")]
pub(in crate::graph) enum FatigueStatus {
    /// It is clicked clearly less than before.
    Fatigued,
    /// It is not.
    Fine,
    /// It was shown too rarely, lately or before, to tell.
    NotEnoughData,
}

/// A page of what is worn out.
#[derive(Debug, SimpleObject)]
#[graphql(name = "FatigueConnection")]
pub(in crate::graph) struct FatigueConnection {
    /// The page, in the order in which Weft learnt of the variants.
    edges: Vec<FatigueEdge>,
    /// Where the page stands in the list.
    page_info: PageInfo,
    /// How many there are on all pages.
    total_count: usize,
}

/// One place in a list of what is worn out.
#[derive(Debug, SimpleObject)]
#[graphql(name = "FatigueEdge")]
pub(in crate::graph) struct FatigueEdge {
    /// The place of this edge in the list, for `after`.
    cursor: String,
    /// What stands here.
    node: Fatigue,
}

#[ComplexObject]
impl Fatigue {
    /// The variant.
    async fn variant(&self, ctx: &Context<'_>) -> Option<Variant> {
        self.variants.at(ctx, self.row).await.map(Variant)
    }

    /// The audience it was shown to; absent where all are taken together.
    async fn audience(&self, ctx: &Context<'_>) -> Option<Audience> {
        self.audiences.at(ctx, self.row).await.map(Audience)
    }
}

/// Adds the types.
pub(in crate::graph) fn register(registry: &mut Registry) {
    <FatigueConnection as OutputType>::create_type_info(registry);
}

/// The field at the root.
pub(in crate::graph) fn root_field() -> MetaField {
    field_with(
        "fatigue",
        "FatigueConnection",
        "The variants that wear out, each for one audience: over whole days before a moment, clicks over impressions at \
         least so much below the same over the days before, with enough impressions in both. How much, how many and how \
         long stands in the configuration under `kpis.fatigue`.",
        vec![
            at_argument(),
            input("filter", "KpiFilterInput", "Of what; it narrows the facts that are counted."),
            input("first", "Int", "How many: at most 100, 20 if it is not given."),
            input("after", "String", "Only what stands after this cursor."),
        ],
    )
}

/// The field of a variant.
pub(in crate::graph) fn variant_field() -> MetaField {
    field_with(
        "fatigue",
        "Fatigue",
        "Whether this variant wears out, for one audience or, without one, for all together. Null only with an error.",
        vec![input("audience", "ID", "For this audience."), at_argument()],
    )
}

fn at_argument() -> async_graphql::registry::MetaInputValue {
    input("at", "DateTime", "The moment before which the days are compared; without it, now.")
}

fn rule(ctx: &Context<'_>) -> config::Fatigue {
    operation(ctx).kpis.fatigue
}

/// The moment that is asked about.
fn moment(ctx: &Context<'_>) -> Result<Micros, Error> {
    match text(ctx, "at").map_err(unread)? {
        None => Ok(operation(ctx).now),
        Some(text) => clock::read(&text).ok_or_else(|| {
            let why = format!("{text:?} is not a moment; write it like 2026-05-01T12:00:00Z.");
            ClientError::input(why).into()
        }),
    }
}

/// Answers the field at the root.
pub(in crate::graph) async fn list(ctx: &Context<'_>) -> Result<ServerResult<Value>, Error> {
    let (_, filter) = ctx.param_value::<Option<KpiFilterInput>>("filter", None).map_err(unread)?;
    let filter = filter.map_or_else(|| Ok(Filter::default()), KpiFilterInput::read)?;
    let limit = size(ctx, "first")?.unwrap_or(DEFAULT_PAGE);
    let after = text(ctx, "after").map_err(unread)?.map(|text| place_of(&text)).transpose()?;
    let (rule, operation) = (rule(ctx), operation(ctx));
    let periods = rule.periods(moment(ctx)?);
    let asked = (operation.kpis.as_ref(), Asked::All(&filter));
    let mut found = rule.evidence(&operation.reader, asked, periods).await?;
    found.retain(|evidence| rule.judge(evidence) == Status::Fatigued);
    let total = found.len();
    let front = after.map_or(0, |after| found.partition_point(|evidence| place(evidence) <= after));
    let rest = found.split_off(front);
    let page = rest.get(..limit.min(rest.len())).unwrap_or_default();
    let variants = Beside::of("Variant", page.iter().map(|evidence| Some(evidence.variant)));
    let audiences = Beside::of("Audience", page.iter().map(|evidence| evidence.audience));
    let edges: Vec<FatigueEdge> = page
        .iter()
        .enumerate()
        .map(|(row, evidence)| FatigueEdge {
            cursor: cursor(evidence),
            node: fatigue((rule, periods), evidence, (&variants, &audiences, row)),
        })
        .collect();
    let page_info = PageInfo {
        has_next_page: rest.len() > page.len(),
        has_previous_page: front > 0,
        start_cursor: page.first().map(cursor),
        end_cursor: page.last().map(cursor),
    };
    let connection = FatigueConnection { edges, page_info, total_count: total };
    let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
    Ok(connection.resolve(&selection, ctx.item).await)
}

/// Answers the field of a variant; what all variants of its level need is read at once.
pub(in crate::graph) async fn of_variant(
    ctx: &Context<'_>,
    record: &Record,
) -> Result<ServerResult<Value>, Error> {
    let audience = text(ctx, "audience").map_err(unread)?;
    let audience = match (audience, catalogue::by_name("Audience")) {
        (Some(text), Some(entry)) => Some(id_of(&text, entry)?),
        _ => None,
    };
    let (rule, operation) = (rule(ctx), operation(ctx));
    let periods = rule.periods(moment(ctx)?);
    let variants = record.ids_of_level();
    let read = async {
        let asked = (operation.kpis.as_ref(), Asked::These(&variants, audience));
        let found = rule.evidence(&operation.reader, asked, periods).await?;
        Ok(OfLevel {
            found: found.into_iter().map(|evidence| (evidence.variant, evidence)).collect(),
            variants: Beside::of("Variant", variants.iter().copied().map(Some)),
            audiences: Beside::of("Audience", variants.iter().map(|_| audience)),
        })
    };
    let level = record.once_in_level(ctx, read).await?;
    let variant = record.id();
    let unseen = Evidence { variant, audience, recent: Seen::default(), baseline: Seen::default() };
    let evidence = level.found.get(&variant).unwrap_or(&unseen);
    let beside = (&level.variants, &level.audiences, record.row());
    let fatigue = fatigue((rule, periods), evidence, beside);
    let selection = ctx.with_selection_set(&ctx.item.node.selection_set);
    Ok(fatigue.resolve(&selection, ctx.item).await)
}

/// What all variants of a level need.
struct OfLevel {
    found: HashMap<Uuid, Evidence>,
    variants: Arc<Beside>,
    audiences: Arc<Beside>,
}

fn fatigue(
    (rule, periods): (config::Fatigue, Periods),
    evidence: &Evidence,
    (variants, audiences, row): (&Arc<Beside>, &Arc<Beside>, usize),
) -> Fatigue {
    let period = |window: crate::kpi::Window, seen: Seen| FatiguePeriod {
        from: DateTime(window.from),
        to: DateTime(window.to),
        impressions: BigInt(seen.impressions),
        clicks: BigInt(seen.clicks),
        click_through: seen.click_through(),
    };
    Fatigue {
        status: match rule.judge(evidence) {
            Status::Fatigued => FatigueStatus::Fatigued,
            Status::Fine => FatigueStatus::Fine,
            Status::NotEnoughData => FatigueStatus::NotEnoughData,
        },
        drop: evidence.drop(),
        recent: period(periods.recent, evidence.recent),
        baseline: period(periods.baseline, evidence.baseline),
        variants: variants.clone(),
        audiences: audiences.clone(),
        row,
    }
}

type Place = (Uuid, Option<Uuid>);

fn place(evidence: &Evidence) -> Place {
    (evidence.variant, evidence.audience)
}

fn cursor(evidence: &Evidence) -> String {
    let mark = ("fatigue", evidence.variant.simple().to_string(), evidence.audience);
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&mark).unwrap_or_default())
}

fn place_of(cursor: &str) -> Result<Place, ClientError> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (mark, variant, audience): (String, Uuid, Option<Uuid>) = serde_json::from_slice(&bytes).ok()?;
        (mark == "fatigue").then_some((variant, audience))
    };
    read().ok_or_else(|| {
        let why = format!("{cursor:?} is not a cursor of this list; take one from an edge.");
        ClientError::new(Code::InvalidCursor, why)
    })
}
