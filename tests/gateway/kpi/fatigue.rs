//! Fatigue: what is flagged is what plain loops over the lines flag, for one variant and for all, and the edges of its
//! definition hold to the click and to the day.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use weft::config::Config;

use super::chance::Chance;
use crate::support::{Gateway, both, both_with};

const VARIANTS: usize = 6;
const AUDIENCES: usize = 3;
const CHANNELS: [&str; 2] = ["WEB", "EMAIL"];
const TERRITORIES: [&str; 2] = ["DE", "FR"];
const SOURCES: [&str; 2] = ["ads", "desk"];

/// One fact: everything that it was measured by, and what was measured.
#[derive(Debug, Clone)]
struct Fact {
    day: i64,
    variant: Option<usize>,
    audience: Option<usize>,
    channel: &'static str,
    territory: &'static str,
    delivery: Option<usize>,
    source: &'static str,
    impressions: Option<i64>,
    clicks: Option<i64>,
}

/// Days are counted from the first of May; today, the first of June, is 31.
fn day(number: i64) -> String {
    let first = chrono::NaiveDate::from_ymd_opt(2026, 5, 1).expect("a day");
    (first + chrono::Days::new(u64::try_from(number).expect("not before"))).to_string()
}

/// A delivery's campaign and its own source: four deliveries, two campaigns.
const DELIVERIES: [(Option<usize>, Option<&str>); 4] =
    [(Some(0), Some("ads")), (Some(1), Some("desk")), (Some(1), None), (None, Some("elsewhere"))];

fn line(fact: &Fact) -> Value {
    let mut line = json!({
        "type": "PerformanceFact", "day": day(fact.day), "channel": fact.channel, "territory": fact.territory,
        "source": fact.source,
    });
    let named =
        [("variant", "v", fact.variant), ("audience", "a", fact.audience), ("delivery", "d", fact.delivery)];
    for (field, stem, number) in named {
        if let Some(number) = number {
            line[field] = json!(format!("{stem}{number}"));
        }
    }
    for (field, measure) in [("impressions", fact.impressions), ("clicks", fact.clicks)] {
        if let Some(measure) = measure {
            line[field] = json!(measure);
        }
    }
    line
}

fn things() -> Vec<Value> {
    let mut lines = vec![
        json!({ "type": "Team", "key": "t0", "name": "Team" }),
        json!({ "type": "Brand", "key": "b0", "name": "Brand" }),
        json!({ "type": "Campaign", "key": "c0", "name": "C0", "brand": "b0" }),
        json!({ "type": "Campaign", "key": "c1", "name": "C1", "ownerTeam": "t0" }),
        json!({ "type": "Component", "key": "k", "name": "K" }),
    ];
    for source in ["ads", "desk", "elsewhere"] {
        lines.push(json!({ "type": "Source", "name": source }));
    }
    for (number, (campaign, source)) in DELIVERIES.into_iter().enumerate() {
        let mut line = json!({ "type": "Delivery", "key": format!("d{number}") });
        if let Some(campaign) = campaign {
            line["campaign"] = json!(format!("c{campaign}"));
        }
        if let Some(source) = source {
            line["source"] = json!(source);
        }
        lines.push(line);
    }
    let named = |noun: &str, stem: &str, number: usize| json!({ "type": noun, "key": format!("{stem}{number}"), "name": format!("{stem}{number}") });
    lines.extend((0..VARIANTS).map(|number| named("Variant", "v", number)));
    lines.extend((0..AUDIENCES).map(|number| named("Audience", "a", number)));
    lines
}

fn facts(chance: &mut Chance) -> Vec<Fact> {
    let mut seen = BTreeSet::new();
    let mut facts = Vec::new();
    for _ in 0..900 {
        let impressions = chance.often(95).then(|| i64::try_from(chance.below(900)).expect("small"));
        let most = usize::try_from(impressions.unwrap_or(0)).expect("small") / 3 + 1;
        let fact = Fact {
            day: i64::try_from(chance.below(34)).expect("small"),
            variant: chance.often(95).then(|| chance.below(VARIANTS)),
            audience: chance.often(85).then(|| chance.below(AUDIENCES)),
            channel: chance.one(&CHANNELS),
            territory: chance.one(&TERRITORIES),
            delivery: chance.often(70).then(|| chance.below(DELIVERIES.len())),
            source: chance.one(&SOURCES),
            impressions,
            clicks: chance.often(90).then(|| i64::try_from(chance.below(most)).expect("small")),
        };
        let place =
            (fact.day, fact.variant, fact.audience, fact.channel, fact.territory, fact.delivery, fact.source);
        if seen.insert(place) {
            facts.push(fact);
        }
    }
    facts
}

/// The source that counts for a delivery, by plain look-ups: its own where it reports, else the first by name.
fn counting(facts: &[Fact], delivery: usize) -> &'static str {
    let reporting: BTreeSet<&'static str> =
        facts.iter().filter(|fact| fact.delivery == Some(delivery)).map(|fact| fact.source).collect();
    let own = DELIVERIES[delivery].1.and_then(|own| reporting.iter().find(|source| **source == own));
    own.or(reporting.first()).copied().expect("somebody reports")
}

/// Impressions and clicks of both periods, in plain loops: recent first.
fn seen(facts: &[Fact], today: i64, fits: impl Fn(&Fact) -> bool) -> [i64; 4] {
    let mut sums = [0; 4];
    for fact in facts.iter().filter(|fact| fits(fact)) {
        if fact.delivery.is_some_and(|delivery| counting(facts, delivery) != fact.source) {
            continue;
        }
        let place = match today - fact.day {
            1..=7 => 0,
            8..=21 => 2,
            _ => continue,
        };
        sums[place] += fact.impressions.unwrap_or(0);
        sums[place + 1] += fact.clicks.unwrap_or(0);
    }
    sums
}

/// What is to be said of these sums, in decimal fractions that are exact.
fn status([seen, clicked, seen_before, clicked_before]: [i64; 4]) -> &'static str {
    if seen < 1_000 || seen_before < 1_000 {
        "NOT_ENOUGH_DATA"
    } else if clicked_before > 0 && 100 * clicked * seen_before <= 85 * clicked_before * seen {
        "FATIGUED"
    } else {
        "FINE"
    }
}

const LIST: &str = "query($at: DateTime, $filter: KpiFilterInput, $first: Int, $after: String) { \
    fatigue(at: $at, filter: $filter, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } \
    edges { cursor node { status drop variant { name } audience { name } \
    recent { from to impressions clicks clickThrough } baseline { from to impressions clicks } } } } }";

/// All that is flagged, page by page: variant and audience with the four sums.
async fn listed(
    gateway: &Gateway,
    at: &str,
    filter: &Value,
    first: usize,
) -> BTreeMap<(String, String), [i64; 4]> {
    let mut found = BTreeMap::new();
    let mut after = Value::Null;
    loop {
        let variables = json!({ "at": at, "filter": filter, "first": first, "after": after });
        let data = gateway.data(LIST, variables).await;
        let page = &data["fatigue"];
        for edge in page["edges"].as_array().expect("edges") {
            let node = &edge["node"];
            assert_eq!(node["status"], "FATIGUED");
            let name = |field: &str| node[field]["name"].as_str().expect("a name").to_owned();
            let number = |period: &str, field: &str| node[period][field].as_i64().expect("a number");
            let sums = [
                number("recent", "impressions"),
                number("recent", "clicks"),
                number("baseline", "impressions"),
                number("baseline", "clicks"),
            ];
            let told = node["drop"].as_f64().expect("a share");
            let share = |seen: i64, clicked: i64| clicked as f64 / seen as f64;
            let wanted = 1.0 - share(sums[0], sums[1]) / share(sums[2], sums[3]);
            assert!((told - wanted).abs() < 1e-9);
            assert!(found.insert((name("variant"), name("audience")), sums).is_none());
        }
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], found.len());
            return found;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

async fn id(gateway: &Gateway, noun: &str, key: &str) -> Value {
    let query = format!("{{ {noun}(key: {{source: \"import\", value: {key:?}}}) {{ id }} }}");
    gateway.data(&query, json!({})).await[noun]["id"].clone()
}

async fn compare(gateway: &Gateway, seed: u64) {
    let facts = facts(&mut Chance(seed));
    let lines: Vec<String> =
        things().iter().chain(&facts.iter().map(line).collect::<Vec<_>>()).map(Value::to_string).collect();
    gateway.import(&lines.join("\n")).await;
    let id = async |noun: &str, key: &str| id(gateway, noun, key).await;
    let campaign = |fact: &Fact| fact.delivery.and_then(|delivery| DELIVERIES[delivery].0);
    type Fits<'a> = Box<dyn Fn(&Fact) -> bool + 'a>;
    let filters: Vec<(Value, Fits<'_>)> = vec![
        (Value::Null, Box::new(|_| true)),
        (json!({ "channel": "WEB" }), Box::new(|fact| fact.channel == "WEB")),
        (
            json!({ "territory": "FR", "channel": "EMAIL" }),
            Box::new(|fact| fact.channel == "EMAIL" && fact.territory == "FR"),
        ),
        (json!({ "audience": id("audience", "a1").await }), Box::new(|fact| fact.audience == Some(1))),
        (json!({ "campaign": id("campaign", "c1").await }), Box::new(|fact| campaign(fact) == Some(1))),
        (json!({ "brand": id("brand", "b0").await }), Box::new(|fact| campaign(fact) == Some(0))),
        (json!({ "team": id("team", "t0").await }), Box::new(|fact| campaign(fact) == Some(1))),
    ];
    let mut flagged = 0;
    for (at, today) in
        [("2026-06-01T12:00:00Z", 31), ("2026-05-29T00:00:00Z", 28), ("2026-05-24T23:59:59Z", 23)]
    {
        for (filter, fits) in &filters {
            let mut wanted = BTreeMap::new();
            for variant in 0..VARIANTS {
                for audience in 0..AUDIENCES {
                    let sums = seen(&facts, today, |fact| {
                        fact.variant == Some(variant) && fact.audience == Some(audience) && fits(fact)
                    });
                    if status(sums) == "FATIGUED" {
                        wanted.insert((format!("v{variant}"), format!("a{audience}")), sums);
                    }
                }
            }
            flagged += wanted.len();
            assert_eq!(listed(gateway, at, filter, 100).await, wanted, "{filter} at {at}, seed {seed}");
            assert_eq!(listed(gateway, at, filter, 2).await, wanted, "{filter} at {at}, seed {seed}");
        }
        let query = "query($at: DateTime, $audience: ID) { variants { edges { node { name fatigue(audience: $audience, at: $at) { \
                     status audience { name } recent { impressions clicks } baseline { impressions clicks } } } } } }";
        for audience in [None, Some(2)] {
            let given = match audience {
                Some(audience) => id("audience", &format!("a{audience}")).await,
                None => Value::Null,
            };
            let answer = gateway.query(query, json!({ "at": at, "audience": given })).await;
            let statements = answer.statements();
            let data = answer.data();
            assert!(
                statements <= 4,
                "one for the variants, two for all their facts, one for audiences: {statements}"
            );
            for edge in data["variants"]["edges"].as_array().expect("edges") {
                let node = &edge["node"];
                let variant: usize = node["name"].as_str().expect("a name")[1..].parse().expect("a number");
                let sums = seen(&facts, today, |fact| {
                    fact.variant == Some(variant) && (audience.is_none() || fact.audience == audience)
                });
                let wanted = json!({
                    "status": status(sums),
                    "audience": audience.map(|audience| json!({ "name": format!("a{audience}") })),
                    "recent": { "impressions": sums[0], "clicks": sums[1] },
                    "baseline": { "impressions": sums[2], "clicks": sums[3] },
                });
                assert_eq!(node["fatigue"], wanted, "{} at {at}, seed {seed}", node["name"]);
            }
        }
    }
    assert!(flagged > 5, "too little is flagged to tell anything: {flagged}, seed {seed}");
}

#[tokio::test]
async fn what_is_flagged_is_what_plain_loops_flag() {
    both(|gateway| async move { compare(&gateway, 7).await }).await;
    both(|gateway| async move { compare(&gateway, 8).await }).await;
}

/// Each variant's impressions and clicks on a day of each period, and what is to be said of it.
const EDGES: [(&str, [i64; 4], &str); 7] = [
    ("exactly", [1_000, 85, 1_000, 100], "FATIGUED"),
    ("a click more", [1_000, 86, 1_000, 100], "FINE"),
    ("nothing before", [1_000, 0, 1_000, 0], "FINE"),
    ("nothing now", [1_000, 0, 1_000, 1], "FATIGUED"),
    ("too few now", [999, 0, 1_000, 100], "NOT_ENOUGH_DATA"),
    ("too few before", [1_000, 0, 999, 100], "NOT_ENOUGH_DATA"),
    ("never shown", [0, 0, 0, 0], "NOT_ENOUGH_DATA"),
];

fn edges() -> String {
    let mut lines = vec![json!({ "type": "Audience", "key": "a", "name": "A" })];
    for (name, [seen, clicked, seen_before, clicked_before], _) in EDGES {
        lines.push(json!({ "type": "Variant", "key": name, "name": name }));
        // The outermost days of both periods, and the days right outside of them, which must not count.
        for (day, impressions, clicks) in [
            ("2026-06-01", 500, 400),
            ("2026-05-31", seen / 2, clicked),
            ("2026-05-25", seen - seen / 2, 0),
            ("2026-05-24", seen_before / 2, 0),
            ("2026-05-11", seen_before - seen_before / 2, clicked_before),
            ("2026-05-10", 500, 400),
        ] {
            let day = json!({ "type": "PerformanceFact", "day": day, "variant": name, "audience": "a",
                "impressions": impressions, "clicks": clicks });
            lines.push(day);
        }
    }
    lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

const STATUSES: &str = "query($at: DateTime) { variants { edges { node { name fatigue(at: $at) { status \
    recent { from to impressions clicks } baseline { from to impressions clicks } } } } } \
    fatigue(at: $at) { edges { node { variant { name } } } } }";

#[tokio::test]
async fn the_definition_holds_to_the_click_and_to_the_day() {
    both(|gateway| async move {
        gateway.import(&edges()).await;
        for at in [Value::Null, json!("2026-06-01T00:00:00Z"), json!("2026-06-01T23:59:59Z")] {
            let data = gateway.data(STATUSES, json!({ "at": at })).await;
            let found = data["variants"]["edges"].as_array().expect("edges");
            for (name, sums, status) in EDGES {
                let edge = found.iter().find(|edge| edge["node"]["name"] == name).expect("the variant");
                let wanted = json!({
                    "status": status,
                    "recent": { "from": "2026-05-25T00:00:00Z", "to": "2026-06-01T00:00:00Z",
                        "impressions": sums[0], "clicks": sums[1] },
                    "baseline": { "from": "2026-05-11T00:00:00Z", "to": "2026-05-25T00:00:00Z",
                        "impressions": sums[2], "clicks": sums[3] },
                });
                assert_eq!(edge["node"]["fatigue"], wanted, "{name}");
            }
            let flagged: BTreeSet<&str> = data["fatigue"]["edges"]
                .as_array()
                .expect("edges")
                .iter()
                .map(|edge| edge["node"]["variant"]["name"].as_str().expect("a name"))
                .collect();
            assert_eq!(flagged, BTreeSet::from(["exactly", "nothing now"]));
        }
    })
    .await;
}

#[tokio::test]
async fn its_numbers_are_settings() {
    let mut config = Config::default();
    config.kpis.fatigue.drop_millionths = 500_000;
    config.kpis.fatigue.recent = 1;
    config.kpis.fatigue.baseline = 6;
    config.kpis.fatigue.impressions = 10;
    both_with(config, |gateway| async move {
        gateway.import(&edges()).await;
        let data = gateway.data(STATUSES, json!({})).await;
        // Yesterday has all clicks and half of the impressions of the week, the days before have none.
        let found = data["variants"]["edges"].as_array().expect("edges");
        for (name, ..) in EDGES.iter().take(3) {
            let edge = found.iter().find(|edge| edge["node"]["name"] == *name).expect("the variant");
            assert_eq!(edge["node"]["fatigue"]["status"], "FINE");
            assert_eq!(edge["node"]["fatigue"]["recent"]["from"], "2026-05-31T00:00:00Z");
            assert_eq!(edge["node"]["fatigue"]["baseline"]["from"], "2026-05-25T00:00:00Z");
        }
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    both(|gateway| async move {
        gateway.import(&edges()).await;
        let variant = id(&gateway, "variant", "exactly").await;
        for (query, code) in [
            ("{ fatigue(first: 101) { totalCount } }".to_owned(), "BAD_USER_INPUT"),
            ("{ fatigue(after: \"x\") { totalCount } }".to_owned(), "INVALID_CURSOR"),
            ("{ fatigue(filter: {territory: \"Germany\"}) { totalCount } }".to_owned(), "BAD_USER_INPUT"),
            ("{ fatigue(at: \"today\") { totalCount } }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
            (format!("{{ fatigue(filter: {{audience: {variant}}}) {{ totalCount }} }}"), "INVALID_ID"),
            (
                format!("{{ variant(id: {variant}) {{ fatigue(audience: {variant}) {{ status }} }} }}"),
                "INVALID_ID",
            ),
        ] {
            let answer = gateway.query(&query, json!({})).await;
            assert_eq!(answer.codes(), [code], "{query}: {}", answer.body);
        }
    })
    .await;
}
