//! Whatever the order in which events come, the store ends the same; held against the same rule in plain Rust.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::{batch, event, outcomes};
use crate::support::{Gateway, both};

/// Events on few things, so that many speak of one, several at one moment, and each leaves something out.
fn events(chance: &mut ChaCha8Rng, count: usize) -> Vec<Value> {
    let moment = |chance: &mut ChaCha8Rng| {
        format!("2026-05-{:02}T{:02}:00:00Z", chance.random_range(1..=3), chance.random_range(0..6))
    };
    (0..count)
        .map(|number| {
            let time = moment(chance);
            let id = format!("e{number:03}");
            match chance.random_range(0..4) {
                0 => {
                    let mut data = json!({ "key": format!("c{}", chance.random_range(0..3)), "title": format!("T{number}") });
                    if chance.random_bool(0.4) {
                        data["decidedAt"] = json!(moment(chance));
                    }
                    event(&id, "weft.change.decided", &time, data)
                }
                1 => {
                    let mut data = json!({ "key": format!("c{}", chance.random_range(0..3)) });
                    if chance.random_bool(0.5) {
                        data["description"] = json!(format!("D{number}"));
                    }
                    event(&id, "weft.change.live", &time, data)
                }
                2 => {
                    let kind = ["weft.handoff.entered", "weft.handoff.started", "weft.handoff.exited"][chance.random_range(0..3)];
                    let mut data = json!({ "key": format!("h{}", chance.random_range(0..3)) });
                    if kind.ends_with("exited") && chance.random_bool(0.7) {
                        data["outcome"] = json!(["ACCEPTED", "RETURNED"][chance.random_range(0..2)]);
                    }
                    event(&id, kind, &time, data)
                }
                _ => {
                    let day = format!("2026-05-{:02}", chance.random_range(1..=2));
                    let mut data = json!({ "day": day, "impressions": chance.random_range(0..100) });
                    if chance.random_bool(0.5) {
                        data["conversions"] = json!(chance.random_range(0..9));
                    }
                    event(&id, "weft.fact.observed", &time, data)
                }
            }
        })
        .collect()
}

/// What each thing must say at the end: of every field the latest word, and of a fact the latest as a whole.
fn expected(events: &[Value]) -> BTreeMap<String, Map<String, Value>> {
    let mut sorted: Vec<&Value> = events.iter().collect();
    sorted.sort_by_key(|event| (event["time"].to_string(), event["id"].to_string()));
    let mut things: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut facts: BTreeMap<String, (String, i64, i64)> = BTreeMap::new();
    for event in sorted {
        let data = event["data"].as_object().expect("an object");
        let kind = event["type"].as_str().expect("a type");
        if kind == "weft.fact.observed" {
            let number = |name: &str| data.get(name).and_then(Value::as_i64);
            let said = (
                event["time"].as_str().expect("a time").to_owned(),
                number("impressions").unwrap_or(-1),
                number("conversions").unwrap_or(-1),
            );
            let day = data["day"].as_str().expect("a day").to_owned();
            let known = facts.entry(day).or_insert_with(|| said.clone());
            if *known < said {
                *known = said;
            }
            continue;
        }
        let key = data["key"].as_str().expect("a key").to_owned();
        let thing = things.entry(key).or_default();
        let moment = match kind.rsplit('.').next() {
            Some("decided") => "decidedAt",
            Some("live") => "liveAt",
            Some("entered") => "enteredAt",
            Some("started") => "startedAt",
            _ => "exitedAt",
        };
        thing.insert(moment.to_owned(), event["time"].clone());
        for (name, value) in data.iter().filter(|(name, _)| *name != "key") {
            thing.insert(name.clone(), value.clone());
        }
    }
    things.retain(|key, thing| !key.starts_with('c') || thing.contains_key("title"));
    for (day, (time, impressions, conversions)) in facts {
        let shown = |number: i64| if number < 0 { Value::Null } else { json!(number) };
        let fact = json!({ "observedAt": time, "impressions": shown(impressions), "conversions": shown(conversions) });
        things.insert(day, fact.as_object().expect("an object").clone());
    }
    for thing in things.values_mut() {
        thing.retain(|_, value| !value.is_null());
    }
    things
}

async fn shown(gateway: &Gateway) -> BTreeMap<String, Map<String, Value>> {
    let query = "{
        changes(first: 100) { edges { node { externalIds { value } title description decidedAt liveAt } } }
        handoffs(first: 100) { edges { node { externalIds { value } enteredAt startedAt exitedAt outcome } } }
        performanceFacts(first: 100) { edges { node { day observedAt impressions conversions } } }
    }";
    let data = gateway.data(query, json!({})).await;
    let mut things = BTreeMap::new();
    for list in ["changes", "handoffs", "performanceFacts"] {
        for edge in data[list]["edges"].as_array().expect("edges") {
            let mut node = edge["node"].as_object().expect("a node").clone();
            let key = match node.remove("externalIds") {
                Some(names) => names[0]["value"].clone(),
                None => node.remove("day").unwrap_or_default(),
            };
            node.retain(|_, value| !value.is_null());
            things.insert(key.as_str().expect("a name").to_owned(), node);
        }
    }
    things
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_in_which_they_come_decides_nothing() {
    let rounds = if crate::support::servers::long() { 12 } else { 3 };
    for seed in 0..rounds {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let all = events(&mut chance, 90);
        let expected = expected(&all);
        both(|gateway| {
            let (mut chance, mut all, expected) =
                (ChaCha8Rng::seed_from_u64(seed + 100), all.clone(), expected.clone());
            async move {
                all.shuffle(&mut chance);
                // Some come twice, and days late.
                let again: Vec<Value> = all.iter().filter(|_| chance.random_bool(0.2)).cloned().collect();
                all.extend(again);
                let mut left = all.as_slice();
                while !left.is_empty() {
                    let (now, later) = left.split_at(chance.random_range(1..=12).min(left.len()));
                    left = later;
                    let told = batch(&gateway, now).await;
                    assert!(!outcomes(&told).contains(&"REJECTED"), "{told:#?}");
                }
                assert_eq!(shown(&gateway).await, expected, "seed {seed}");
                gateway.assert_sums().await;
            }
        })
        .await;
    }
}
