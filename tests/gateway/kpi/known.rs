//! What was known at a moment, told to its end: lineage adds up to the numbers of then, freshness is never later, and what
//! takes the past of something that is not kept says so.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use weft::clock::{self, Clock};

use crate::support::{Answer, Gateway, both};

fn set(gateway: &Gateway, at: &str) {
    let Clock::Set(now) = &gateway.clock else { panic!("the tests' clock can be set") };
    now.store(moment(at), std::sync::atomic::Ordering::SeqCst);
}

fn moment(text: &str) -> i64 {
    clock::read(text).expect("a moment")
}

const THINGS: &str = r#"{"type":"Source","name":"ads"}
{"type":"Source","name":"own"}
{"type":"Campaign","key":"c","name":"C"}
{"type":"Delivery","key":"d","campaign":"c","source":"own"}
{"type":"Journey","key":"j","name":"J","campaign":"c"}
{"type":"JourneyStep","key":"s","name":"S","journey":"j"}
"#;

/// What was imported when: the day of the import in May, and the line.
fn imports() -> Vec<(u32, Value)> {
    let fact = |day: &str, source: &str, cost: i64, revenue: i64| {
        json!({ "type": "PerformanceFact", "day": day, "delivery": "d", "source": source, "channel": "WEB",
            "cost": cost, "revenue": revenue, "currency": "EUR" })
    };
    let journey = |day: &str, entries: i64, conversions: i64| json!({ "type": "JourneyFact", "day": day, "step": "s", "source": "ads", "entries": entries, "conversions": conversions });
    let handoff = |key: &str, started: &str, exited: &str| {
        json!({ "type": "Handoff", "key": key, "enteredAt": "2026-05-01T00:00:00Z",
            "startedAt": format!("2026-05-01T{started}:00:00Z"), "exitedAt": format!("2026-05-01T{exited}:00:00Z") })
    };
    vec![
        (10, fact("2026-05-01", "ads", 10, 20)),
        (10, handoff("h1", "02", "08")),
        (10, journey("2026-05-01", 10, 1)),
        (11, fact("2026-05-01", "ads", 10, 30)),
        (11, handoff("h1", "04", "16")),
        (11, fact("2026-05-03", "ads", 4, 8)),
        (12, fact("2026-05-02", "ads", 5, 50)),
        (12, handoff("h2", "01", "02")),
        (12, journey("2026-05-01", 8, 2)),
        // Said again, which is nothing new.
        (13, fact("2026-05-02", "ads", 5, 50)),
        (13, handoff("h2", "01", "02")),
        // The delivery's own source begins to report, and the word of the other stops to count.
        (14, fact("2026-05-02", "own", 7, 90)),
        (15, handoff("h2", "03", "02")),
        (15, fact("2026-05-02", "own", 8, 90)),
    ]
}

/// What was known on a day: for each thing the last that was imported of it by then.
fn known(day: u32) -> Vec<Value> {
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for (_, line) in imports().into_iter().filter(|(at, _)| *at <= day) {
        let same = ["type", "day", "source", "key"].map(|field| line[field].to_string()).join(" ");
        known.insert(same, line);
    }
    known.into_values().collect()
}

/// The two sides of a measure as they were on a day.
fn plain(key: &str, day: u32) -> (f64, f64) {
    let known = known(day);
    let of = |noun: &str| known.iter().filter(|line| line["type"] == noun).collect::<Vec<_>>();
    let number = |line: &Value, field: &str| line[field].as_f64().expect("a number");
    match key {
        "content_roi" => {
            let facts = of("PerformanceFact");
            let own = facts.iter().any(|fact| fact["source"] == "own");
            let counts = facts.iter().filter(|fact| !own || fact["source"] == "own");
            counts.fold((0.0, 0.0), |(above, below), fact| {
                (above + number(fact, "revenue") - number(fact, "cost"), below + number(fact, "cost"))
            })
        }
        "journey_effectiveness" => of("JourneyFact").iter().fold((0.0, 0.0), |(above, below), fact| {
            (above + number(fact, "conversions"), below + number(fact, "entries"))
        }),
        "handoff_wait_share" => {
            let hours = |line: &Value, field: &str| {
                let text = line[field].as_str().expect("a moment");
                (moment(text) - moment("2026-05-01T00:00:00Z")) as f64 / 3_600_000_000.0
            };
            let handoffs = of("Handoff").into_iter();
            let times = handoffs.map(|line| (hours(line, "startedAt"), hours(line, "exitedAt")));
            times
                .filter(|(started, exited)| started <= exited)
                .fold((0.0, 0.0), |(above, below), (wait, all)| (above + wait, below + all))
        }
        other => panic!("{other}"),
    }
}

const ASKED: &str = "query($key: String!, $asOf: DateTime, $filter: KpiFilterInput, $first: Int, $after: String) { \
    kpiResult(key: $key, asOf: $asOf, filter: $filter, window: {from: \"2026-05-01T00:00:00Z\", to: \"2026-05-08T00:00:00Z\"}) { \
    numerator denominator complete freshness { source observedAt } lineage(first: $first, after: $after) { \
    pageInfo { hasNextPage endCursor } edges { node { included numerator denominator currency } } } } }";

/// The result, and the sums over its lineage, read by pages of this size.
async fn added(
    gateway: &Gateway,
    key: &str,
    at: Option<&str>,
    (filter, first): (&Value, usize),
) -> (Value, (f64, f64)) {
    let (mut sums, mut after) = ((0.0, 0.0), Value::Null);
    loop {
        let variables = json!({ "key": key, "asOf": at, "filter": filter, "first": first, "after": after });
        let result = gateway.data(ASKED, variables).await["kpiResult"].take();
        for edge in result["lineage"]["edges"].as_array().expect("edges") {
            let adds = |side: &str| edge["node"][side].as_f64().expect("a number");
            sums = (sums.0 + adds("numerator"), sums.1 + adds("denominator"));
            let currency = if key == "content_roi" { json!("EUR") } else { Value::Null };
            assert_eq!(edge["node"]["currency"], currency);
        }
        if result["lineage"]["pageInfo"]["hasNextPage"] == false {
            return (result, sums);
        }
        after = result["lineage"]["pageInfo"]["endCursor"].clone();
    }
}

async fn fill(gateway: &Gateway) {
    set(gateway, "2026-05-09T00:00:00Z");
    gateway.import(THINGS).await;
    for day in 10..=15 {
        set(gateway, &format!("2026-05-{day}T00:00:00Z"));
        let lines = imports().into_iter().filter(|(at, _)| *at == day).map(|(_, line)| line.to_string());
        gateway.import(&lines.collect::<Vec<_>>().join("\n")).await;
    }
    set(gateway, "2026-05-20T00:00:00Z");
}

#[tokio::test]
async fn lineage_adds_up_to_what_was_known_then() {
    both(|gateway| async move {
        fill(&gateway).await;
        let query = "{ campaign(key: {source: \"import\", value: \"c\"}) { id } }";
        let campaign = json!({ "campaign": gateway.data(query, json!({})).await["campaign"]["id"] });
        let channel = json!({ "channel": "WEB" });
        for (key, filters) in [
            ("content_roi", vec![Value::Null, campaign, channel]),
            ("journey_effectiveness", vec![Value::Null]),
            ("handoff_wait_share", vec![Value::Null]),
        ] {
            for day in 10..=16 {
                let at = (day < 16).then(|| format!("2026-05-{day}T23:59:59Z"));
                let wanted = plain(key, day);
                for (filter, first) in filters.iter().flat_map(|filter| [(filter, 1), (filter, 100)]) {
                    let (result, sums) = added(&gateway, key, at.as_deref(), (filter, first)).await;
                    let about = format!("{key} {filter} on {at:?}: {result:#}");
                    assert_eq!(sums, wanted, "{about}");
                    let told = ["numerator", "denominator"].map(|side| result[side].as_f64());
                    assert_eq!(told, [Some(wanted.0), Some(wanted.1)], "{about}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn freshness_is_never_later_than_the_moment_that_is_asked_of() {
    both(|gateway| async move {
        fill(&gateway).await;
        for key in ["content_roi", "journey_effectiveness", "handoff_wait_share"] {
            for day in 10..=15 {
                let at = format!("2026-05-{day}T23:59:59Z");
                let (result, _) = added(&gateway, key, Some(&at), (&Value::Null, 1)).await;
                let noun = match key {
                    "content_roi" => "PerformanceFact",
                    "journey_effectiveness" => "JourneyFact",
                    _ => "Handoff",
                };
                // The last day on which a source said something new.
                let mut fresh: BTreeMap<String, u32> = BTreeMap::new();
                let mut said: Vec<Value> = Vec::new();
                for (on, line) in imports().into_iter().filter(|(on, line)| *on <= day && line["type"] == noun) {
                    if !said.contains(&line) {
                        fresh.insert(line["source"].as_str().unwrap_or("import").to_owned(), on);
                    }
                    said.push(line);
                }
                let wanted: Vec<Value> = fresh
                    .iter()
                    .map(|(source, day)| json!({ "source": source, "observedAt": format!("2026-05-{day}T00:00:00Z") }))
                    .collect();
                assert_eq!(result["freshness"], json!(wanted), "{key} on {at}");
            }
        }
        // A source that says when it looked says so of then, and that it looks again does not change what was known.
        for (day, looked) in [(16, "2026-05-04T08:00:00Z"), (18, "2026-05-17T08:00:00Z")] {
            set(&gateway, &format!("2026-05-{day}T00:00:00Z"));
            let line = json!({ "type": "PerformanceFact", "day": "2026-05-07", "source": "desk", "cost": 1, "revenue": 2,
                "currency": "EUR", "observedAt": looked });
            gateway.import(&line.to_string()).await;
        }
        for (at, wanted) in [
            ("2026-05-16T12:00:00Z", "2026-05-16T00:00:00Z"),
            ("2026-05-18T12:00:00Z", "2026-05-17T08:00:00Z"),
        ] {
            let (result, _) = added(&gateway, "content_roi", Some(at), (&Value::Null, 1)).await;
            let fresh = result["freshness"].as_array().expect("a list").iter();
            let desk: Vec<&Value> = fresh.filter(|fresh| fresh["source"] == "desk").collect();
            assert_eq!(desk, [&json!({ "source": "desk", "observedAt": wanted })], "{at}");
        }
    })
    .await;
}

const ROWS: &str = "query($key: String!, $asOf: DateTime, $by: KpiDimension!) { kpiResult(key: $key, asOf: $asOf, \
    window: {from: \"2026-05-01T00:00:00Z\", to: \"2026-05-08T00:00:00Z\"}) { complete breakdown(by: $by) { key complete } } }";

async fn rows(gateway: &Gateway, key: &str, (at, by): (Option<&str>, &str), complete: bool) {
    let result = gateway.data(ROWS, json!({ "key": key, "asOf": at, "by": by })).await["kpiResult"].take();
    let rows = result["breakdown"].as_array().expect("rows");
    assert!(!rows.is_empty(), "{key} by {by} at {at:?}");
    for row in rows {
        assert_eq!(row["complete"], complete, "{key} by {by} at {at:?}: {result:#}");
    }
}

#[tokio::test]
async fn rows_say_where_the_past_is_not_kept_or_events_wait() {
    both(|gateway| async move {
        fill(&gateway).await;
        let then = Some("2026-05-12T23:59:59Z");
        for (key, by, kept) in [
            ("content_roi", "CHANNEL", true),
            ("content_roi", "TERRITORY", true),
            // What a delivery belonged to then is not known any more.
            ("content_roi", "CAMPAIGN", false),
            ("content_roi", "BRAND", false),
            ("handoff_wait_share", "TEAM", true),
            ("handoff_wait_share", "CAMPAIGN", false),
        ] {
            rows(&gateway, key, (then, by), kept).await;
            let now = (None, by);
            // By now a handoff ended before it began.
            rows(&gateway, key, now, key == "content_roi").await;
        }
        let event = json!({ "specversion": "1.0", "source": "ads", "id": "1", "type": "weft.fact.observed",
            "time": "2026-05-04T00:00:00Z", "data": { "day": "2026-05-04", "delivery": "nobody", "impressions": 1 } });
        let request = gateway.request(Method::POST, "/events").header("content-type", "application/cloudevents+json");
        let answer = Answer::of(request.body(event.to_string())).await;
        assert_eq!(answer.body["outcome"], "WAITING", "{}", answer.text);
        rows(&gateway, "content_roi", (None, "CHANNEL"), false).await;
        rows(&gateway, "content_roi", (then, "CHANNEL"), true).await;
    })
    .await;
}
