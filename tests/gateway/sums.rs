//! The sums of facts per day: they say what the facts add up to at every moment, whatever comes, in whatever order.

mod parted;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use weft::clock::Clock;

use crate::curation::{keys, sent};
use crate::support::{Gateway, both, both_with};

/// What facts are measured on.
const GROUND: &str = r#"{"type":"Variant","key":"v0","name":"One"}
{"type":"Variant","key":"v1","name":"Two"}
{"type":"Audience","key":"a0","name":"All"}
{"type":"Audience","key":"a1","name":"Some"}
{"type":"Delivery","key":"d0","name":"First"}
{"type":"Delivery","key":"d1","name":"Second"}
{"type":"Journey","key":"j0","name":"Welcome"}
{"type":"JourneyStep","key":"s0","name":"Hello","journey":"j0"}
{"type":"JourneyStep","key":"s1","name":"Again","journey":"j0"}
"#;

/// Some facts, of which many are observations of one fact; none of the columns is always there.
fn facts(chance: &mut ChaCha8Rng, count: usize, source: &str) -> Vec<Value> {
    let mut lines = Vec::with_capacity(count);
    for _ in 0..count {
        let day = format!("2026-05-{:02}", chance.random_range(1..=4));
        let mut line = if chance.random_bool(0.3) {
            json!({ "type": "JourneyFact", "day": day, "source": source, "entries": chance.random_range(0..50) })
        } else {
            let mut fact = json!({
                "type": "PerformanceFact", "day": day, "source": source, "impressions": chance.random_range(0..9000),
            });
            if chance.random_bool(0.7) {
                fact["cost"] = json!(chance.random_range(0..500));
                fact["revenue"] = json!(chance.random_range(0..900));
                fact["currency"] = json!(if chance.random_bool(0.8) { "EUR" } else { "USD" });
            }
            for (name, stem) in [("variant", "v"), ("delivery", "d")] {
                if chance.random_bool(0.8) {
                    fact[name] =
                        json!({ "source": "import", "key": format!("{stem}{}", chance.random_range(0..2)) });
                }
            }
            if chance.random_bool(0.5) {
                fact["territory"] = json!(if chance.random_bool(0.5) { "DE" } else { "FR" });
            }
            fact
        };
        if line["type"] == "JourneyFact" {
            line["step"] = json!({ "source": "import", "key": format!("s{}", chance.random_range(0..2)) });
        }
        if chance.random_bool(0.5) {
            line["audience"] =
                json!({ "source": "import", "key": format!("a{}", chance.random_range(0..2)) });
        }
        if chance.random_bool(0.5) {
            line["channel"] = json!("EMAIL");
        }
        if chance.random_bool(0.5) {
            line["observedAt"] = json!(format!("2026-05-05T{:02}:00:00Z", chance.random_range(0..24)));
        }
        lines.push(line);
    }
    lines
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn they_follow_every_fact_that_comes_or_changes() {
    both(|gateway| async move {
        gateway.import(GROUND).await;
        gateway.assert_sums().await;
        let mut chance = ChaCha8Rng::seed_from_u64(7);
        for round in 0..12 {
            let source = if round % 3 == 0 { "analytics" } else { "ads" };
            gateway.import(&text(&facts(&mut chance, 60, source))).await;
            let Clock::Set(now) = &gateway.clock else { return };
            now.fetch_add(60_000_000, Ordering::SeqCst);
            gateway.assert_sums().await;
        }
        assert!(gateway.number("SELECT count(*) FROM performance_fact_history").await > 0);
        assert!(gateway.number("SELECT count(*) FROM contested_delivery").await > 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_right_at_every_moment_while_several_write() {
    both(|gateway| async move {
        gateway.import(GROUND).await;
        let writing = |seed: u64| {
            let gateway = &gateway;
            async move {
                let mut chance = ChaCha8Rng::seed_from_u64(seed);
                for _ in 0..6 {
                    gateway.import(&text(&facts(&mut chance, 40, "ads"))).await;
                }
            }
        };
        let watching = async {
            for _ in 0..20 {
                gateway.assert_sums().await;
            }
        };
        tokio::join!(writing(1), writing(2), writing(3), watching);
        gateway.assert_sums().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_follow_facts_whose_things_turn_out_to_be_one() {
    both_with(keys(), |gateway| async move {
        gateway.import(GROUND).await;
        let fact = |delivery: &str, source: &str, impressions: i64| {
            json!({ "type": "PerformanceFact", "day": "2026-05-01", "delivery": { "source": "import", "key": delivery },
                    "source": source, "impressions": impressions, "cost": 3, "currency": "EUR" })
        };
        gateway.import(&text(&[fact("d0", "ads", 10), fact("d1", "analytics", 7)])).await;
        assert_eq!(gateway.number("SELECT count(*) FROM contested_delivery").await, 0);
        let ids = gateway
            .data("{ deliveries { edges { node { id name } } } }", json!({}))
            .await;
        let id = |name: &str| {
            let edges = ids["deliveries"]["edges"].as_array().expect("edges");
            let edge = edges.iter().find(|edge| edge["node"]["name"] == name).expect("a delivery");
            edge["node"]["id"].clone()
        };
        let merge = "mutation ($into: ID!, $from: [ID!]!) { merge(into: $into, from: $from) { node { id } } }";
        let variables = json!({ "into": id("First"), "from": [id("Second")] });
        sent(&gateway, "librarian", merge, variables).await.data();
        gateway.assert_sums().await;
        assert_eq!(gateway.number("SELECT count(*) FROM contested_delivery").await, 1);
    })
    .await;
}

/// The history of observations in plain Rust: the latest counts, of two of one moment the one that says more.
#[tokio::test(flavor = "multi_thread")]
async fn the_latest_observation_counts_in_whatever_order_they_come() {
    both(|gateway| async move {
        let mut chance = ChaCha8Rng::seed_from_u64(11);
        let mut all: Vec<(String, String, i64)> = Vec::new();
        for _ in 0..80 {
            let day = format!("2026-05-{:02}", chance.random_range(1..=3));
            let at = format!("2026-05-05T{:02}:00:00Z", chance.random_range(0..12));
            all.push((day, at, chance.random_range(0..1000)));
        }
        let mut expected: BTreeMap<String, (String, i64)> = BTreeMap::new();
        for (day, at, impressions) in &all {
            let said = (at.clone(), *impressions);
            let known = expected.entry(day.clone()).or_insert_with(|| said.clone());
            if *known < said {
                *known = said;
            }
        }
        let mut left = all.as_slice();
        while !left.is_empty() {
            let (now, later) = left.split_at(chance.random_range(1..=9).min(left.len()));
            left = later;
            let lines: Vec<Value> = now
                .iter()
                .map(|(day, at, impressions)| {
                    json!({ "type": "PerformanceFact", "day": day, "observedAt": at, "impressions": impressions })
                })
                .collect();
            gateway.import(&text(&lines)).await;
        }
        assert_eq!(shown(&gateway).await, expected);
        gateway.assert_sums().await;
        // Nothing that was said is lost, and nothing is kept twice.
        let mut said: Vec<(String, i64)> = all.iter().map(|(day, _, n)| (day.clone(), *n)).collect();
        said.sort();
        said.dedup();
        let kept = gateway.number("SELECT count(*) FROM performance_fact_history").await;
        assert!(kept > 0 && kept <= i64::try_from(said.len()).expect("few"), "{kept} of {}", said.len());
    })
    .await;
}

async fn shown(gateway: &Gateway) -> BTreeMap<String, (String, i64)> {
    let data = gateway
        .data("{ performanceFacts { edges { node { day observedAt impressions } } } }", json!({}))
        .await;
    let edges = data["performanceFacts"]["edges"].as_array().expect("edges");
    edges
        .iter()
        .map(|edge| {
            let text = |name: &str| edge["node"][name].as_str().expect("text").to_owned();
            (text("day"), (text("observedAt"), edge["node"]["impressions"].as_i64().expect("a number")))
        })
        .collect()
}
