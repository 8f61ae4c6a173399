//! The content that is read: made from numbers alone, so that every run and both databases hold the same.

use uuid::Uuid;

/// One value of a row.
#[derive(Debug)]
pub(crate) enum Cell {
    Null,
    Id(Uuid),
    Int(i64),
    Text(String),
    Word(&'static str),
}

/// A table and how its `n`th row is made, if there is one.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) rows: u64,
    pub(crate) row: fn(u64, Size) -> Option<Vec<Cell>>,
}

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) assets: u64,
}

const CONCEPTS: u64 = 2_110;
const AUDIENCES: u64 = 2_000;
const BRANDS: u64 = 20;
/// Tags and variants of an asset at most; decisions of a variant.
const TAGS: u64 = 5;
const VARIANTS: u64 = 6;
const RULES: u64 = 2;

const ASSET: u64 = 1;
const COMPONENT: u64 = 4;
const VARIANT: u64 = 5;
const SCHEME: u64 = 10;
const CONCEPT: u64 = 11;
const BRAND: u64 = 18;
const AUDIENCE: u64 = 20;
const DECISION: u64 = 25;
const RULE: u64 = 26;

/// A moment in 2026, in microseconds.
const MOMENT: i64 = 1_767_225_600_000_000;
const DAY: i64 = 86_400_000_000;

const KINDS: [&str; 8] = ["IMAGE", "IMAGE", "IMAGE", "IMAGE", "VIDEO", "VIDEO", "DOCUMENT", "AUDIO"];
const STATUSES: [&str; 8] =
    ["APPROVED", "APPROVED", "APPROVED", "APPROVED", "IN_REVIEW", "IN_REVIEW", "DRAFT", "ARCHIVED"];
const CHANNELS: [&str; 6] = ["WEB", "EMAIL", "PAID_SOCIAL", "DISPLAY", "APP", "PUSH"];
const LANGUAGES: [&str; 5] = ["de", "en", "fr", "it", "es"];
const THINGS: [&str; 8] = [
    "Spring hero",
    "Winter sale",
    "Loyalty card",
    "Family plan",
    "City break",
    "New arrivals",
    "Gift",
    "Recipe",
];

impl Size {
    fn decisions(self) -> u64 {
        self.assets * 5 / 2
    }

    fn components(self) -> u64 {
        self.assets / 2
    }
}

/// Mixes a number, so that neighbours look unlike each other.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The id of the `n`th thing of a noun: a UUIDv7, in the order in which an import would have made them.
fn id(noun: u64, n: u64) -> Cell {
    let millis = 1_767_225_600_000 + noun * 100_000 + n / 40;
    let random = mixed(noun << 40 | n);
    let front = millis << 16 | 0x7000 | (n % 40) << 6 | random >> 58;
    let back = 1 << 63 | (random & (u64::MAX >> 2));
    Cell::Id(Uuid::from_u64_pair(front, back))
}

fn word<const N: usize>(words: [&'static str; N], number: u64) -> Cell {
    Cell::Word(words[(number % N as u64) as usize])
}

fn stamps(mut cells: Vec<Cell>) -> Option<Vec<Cell>> {
    cells.extend([Cell::Int(MOMENT), Cell::Int(MOMENT)]);
    Some(cells)
}

fn brand(n: u64, _: Size) -> Option<Vec<Cell>> {
    stamps(vec![id(BRAND, n), Cell::Text(format!("Brand {n}"))])
}

fn scheme(n: u64, _: Size) -> Option<Vec<Cell>> {
    stamps(vec![id(SCHEME, n), Cell::Text(format!("Taxonomy {n}"))])
}

/// Ten terms at the top, a hundred below them, two thousand below those.
fn broader(n: u64) -> Option<u64> {
    match n {
        0..10 => None,
        10..110 => Some((n - 10) / 10),
        _ => Some(10 + (n - 110) / 20),
    }
}

fn concept(n: u64, _: Size) -> Option<Vec<Cell>> {
    let notation = match (broader(n), broader(n).and_then(broader)) {
        (Some(one), Some(two)) => format!("{two}.{one}.{n}"),
        (Some(one), None) => format!("{one}.{n}"),
        _ => n.to_string(),
    };
    stamps(vec![id(CONCEPT, n), Cell::Text(format!("Term {n}")), Cell::Text(notation), id(SCHEME, 0)])
}

fn concept_broader(n: u64, _: Size) -> Option<Vec<Cell>> {
    Some(vec![id(CONCEPT, n), id(CONCEPT, broader(n)?)])
}

fn audience(n: u64, _: Size) -> Option<Vec<Cell>> {
    let size = i64::try_from(mixed(n) % 900_000).ok()?;
    stamps(vec![id(AUDIENCE, n), Cell::Text(format!("Segment {n}")), Cell::Word("ACTIVE"), Cell::Int(size)])
}

fn component(n: u64, _: Size) -> Option<Vec<Cell>> {
    let kind = word(["HEADLINE", "BODY", "IMAGE", "OFFER"], n);
    stamps(vec![id(COMPONENT, n), Cell::Text(format!("Module {n}")), kind])
}

fn asset(n: u64, _: Size) -> Option<Vec<Cell>> {
    let random = mixed(ASSET << 40 | n);
    let thing = THINGS[(random % 8) as usize];
    let days = i64::try_from(random >> 8 & 0x1ff).ok()?;
    let modified = match random % 100 {
        0 => Cell::Null,
        _ => Cell::Int(MOMENT - days * DAY + i64::try_from(random >> 20 & 0xffff_ffff).ok()?),
    };
    stamps(vec![
        id(ASSET, n),
        Cell::Text(format!("{thing} {n}")),
        Cell::Text(format!("{thing} for the season, shot for {} channels, take {n}.", 1 + random % 6)),
        Cell::Word("Studio North"),
        Cell::Word("image/jpeg"),
        word(KINDS, random >> 40),
        word(STATUSES, random >> 44),
        word(LANGUAGES, random >> 50),
        Cell::Text(format!("{thing}, seen from the front")),
        Cell::Word("© Studio North"),
        Cell::Int(i64::try_from(random >> 30 & 0xfff).ok()? * 1_250_000),
        Cell::Word("EUR"),
        Cell::Int(MOMENT - 600 * DAY),
        modified,
        id(BRAND, random % BRANDS),
    ])
}

fn concept_tag(n: u64, _: Size) -> Option<Vec<Cell>> {
    let (asset, place) = (n / TAGS, n % TAGS);
    let random = mixed(n / TAGS);
    let concept = (random + place * 397) % CONCEPTS;
    (place < 3 + asset % 3).then(|| {
        vec![id(ASSET, asset), Cell::Int(i64::try_from(ASSET).unwrap_or_default()), id(CONCEPT, concept)]
    })
}

/// Four to six variants an asset, five on average.
fn has_variant(n: u64) -> bool {
    n % VARIANTS < 4 + n / VARIANTS % 3
}

fn variant(n: u64, size: Size) -> Option<Vec<Cell>> {
    let random = mixed(VARIANT << 40 | n);
    has_variant(n).then_some(())?;
    stamps(vec![
        id(VARIANT, n),
        Cell::Text(format!("{} – now for you, {n}", THINGS[(random % 8) as usize])),
        word(CHANNELS, random >> 8),
        word(LANGUAGES, random >> 16),
        word(STATUSES, random >> 24),
        id(COMPONENT, random % size.components().max(1)),
    ])
}

fn variant_asset(n: u64, _: Size) -> Option<Vec<Cell>> {
    has_variant(n).then(|| vec![id(VARIANT, n), id(ASSET, n / VARIANTS)])
}

fn decision(n: u64, _: Size) -> Option<Vec<Cell>> {
    let kind = word(["RULE", "EXPERIMENT", "RANKED"], n);
    let status = word(["ACTIVE", "ACTIVE", "PAUSED", "ENDED"], mixed(n));
    stamps(vec![id(DECISION, n), Cell::Text(format!("Decision {n}")), kind, status])
}

/// Each variant in two decisions; a decision has one audience or two.
fn rule(n: u64, size: Size) -> Option<Vec<Cell>> {
    let variant = n / RULES;
    has_variant(variant).then_some(())?;
    let decision = (mixed(variant) + (n % RULES) * 7_919) % size.decisions().max(1);
    let audience = (mixed(decision) + u64::from(mixed(n).is_multiple_of(8))) % AUDIENCES;
    let priority = i64::try_from(n % 10).ok()?;
    stamps(vec![
        id(RULE, n),
        Cell::Int(priority),
        id(DECISION, decision),
        id(AUDIENCE, audience),
        id(VARIANT, variant),
    ])
}

/// Every table, in an order in which each finds what it refers to.
pub(crate) fn tables(size: Size) -> Vec<Table> {
    let table = |name, columns, rows, row| Table { name, columns, rows, row };
    let variants = size.assets * VARIANTS;
    vec![
        table("brand", &["id", "name", "created_at", "updated_at"], BRANDS, brand),
        table("concept_scheme", &["id", "title", "created_at", "updated_at"], 1, scheme),
        table(
            "concept",
            &["id", "pref_label", "notation", "scheme_id", "created_at", "updated_at"],
            CONCEPTS,
            concept,
        ),
        table("concept_broader", &["concept_id", "broader_id"], CONCEPTS, concept_broader),
        table("audience", &["id", "name", "status", "size", "created_at", "updated_at"], AUDIENCES, audience),
        table("component", &["id", "name", "kind", "created_at", "updated_at"], size.components(), component),
        table(
            "asset",
            &[
                "id",
                "title",
                "description",
                "creator",
                "format",
                "kind",
                "status",
                "language",
                "alt_text",
                "credit_line",
                "production_cost",
                "currency",
                "created",
                "modified",
                "brand_id",
                "created_at",
                "updated_at",
            ],
            size.assets,
            asset,
        ),
        table("concept_tag", &["subject_id", "subject_type", "concept_id"], size.assets * TAGS, concept_tag),
        table(
            "variant",
            &["id", "text", "channel", "language", "status", "component_id", "created_at", "updated_at"],
            variants,
            variant,
        ),
        table("variant_asset", &["variant_id", "asset_id"], variants, variant_asset),
        table(
            "decision",
            &["id", "name", "kind", "status", "created_at", "updated_at"],
            size.decisions(),
            decision,
        ),
        table(
            "rule",
            &["id", "priority", "decision_id", "audience_id", "variant_id", "created_at", "updated_at"],
            variants * RULES,
            rule,
        ),
    ]
}
