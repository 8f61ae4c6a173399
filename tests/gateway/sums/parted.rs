//! The sums of facts whose things turn out to be one, and two again: held to the facts, and the facts to plain loops.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::text;
use crate::curation::{keys, sent};
use crate::support::{Gateway, both_with};

const SOURCES: [&str; 2] = ["ads", "desk"];

/// What facts are measured on, and the letter that its keys begin with.
const THINGS: [(&str, &str, &str); 4] = [
    ("variant", "v", "performance"),
    ("audience", "a", "performance"),
    ("delivery", "d", "performance"),
    ("journeyStep", "s", "facts"),
];

const MERGE: &str =
    "mutation ($into: ID!, $from: [ID!]!) { merge(into: $into, from: $from) { node { id } } }";
const SPLIT: &str =
    "mutation ($ids: [Key!]!, $from: ID!) { split(externalIds: $ids, from: $from) { node { id } } }";

/// What a source calls its things; of its two deliveries one is of its campaign.
fn things() -> Vec<Value> {
    let mut lines = vec![
        json!({ "type": "Campaign", "key": "c0", "name": "C" }),
        json!({ "type": "Journey", "key": "j0", "name": "J" }),
    ];
    for place in 0..2 {
        for (noun, stem) in [("Variant", "v"), ("Audience", "a")] {
            lines.push(json!({ "type": noun, "key": format!("{stem}{place}"), "name": stem }));
        }
        lines
            .push(json!({ "type": "JourneyStep", "key": format!("s{place}"), "name": "S", "journey": "j0" }));
    }
    lines.push(json!({ "type": "Delivery", "key": "d0", "name": "D", "campaign": "c0" }));
    lines.push(json!({ "type": "Delivery", "key": "d1", "name": "E" }));
    lines
}

/// Facts of a source on its own things, each a fact of its own.
fn measured(chance: &mut ChaCha8Rng) -> Vec<Value> {
    let mut facts: BTreeMap<String, Value> = BTreeMap::new();
    for _ in 0..60 {
        let mut line = json!({ "day": format!("2026-05-{:02}", chance.random_range(1..=5)) });
        let performed = chance.random_bool(0.7);
        let stems: &[&str] = if performed { &["variant", "audience", "delivery"] } else { &["audience"] };
        for field in stems {
            if chance.random_bool(0.8) {
                line[*field] = json!(format!("{}{}", &field[..1], chance.random_range(0..2)));
            }
        }
        if chance.random_bool(0.5) {
            line["channel"] = json!("EMAIL");
        }
        if !performed {
            line["step"] = json!(format!("s{}", chance.random_range(0..2)));
        }
        let place = line.to_string();
        line["type"] = json!(if performed { "PerformanceFact" } else { "JourneyFact" });
        let count = chance.random_range(1..900);
        if performed {
            line["impressions"] = json!(count);
            line["cost"] = json!(count % 7 + 1);
            line["currency"] = json!("EUR");
        } else {
            line["entries"] = json!(count);
        }
        facts.insert(place, line);
    }
    facts.into_values().collect()
}

/// What was measured, and which things of the two sources are one.
struct Parted<'a> {
    gateway: &'a Gateway,
    facts: BTreeMap<&'static str, Vec<Value>>,
    /// The keys that mean one thing in both sources.
    one: BTreeSet<String>,
}

impl Parted<'_> {
    async fn id(&self, noun: &str, (source, key): (&str, &str)) -> Value {
        let query = format!("{{ one: {noun}(key: {{source: {source:?}, value: {key:?}}}) {{ id }} }}");
        self.gateway.data(&query, Value::Null).await["one"]["id"].clone()
    }

    async fn merge(&mut self, noun: &str, key: &str) {
        let (into, from) = (self.id(noun, ("ads", key)).await, self.id(noun, ("desk", key)).await);
        assert_ne!(into, from);
        sent(self.gateway, "librarian", MERGE, json!({ "into": into, "from": [from] })).await.data();
        self.one.insert(key.to_owned());
        self.check(&format!("{noun} {key} merged")).await;
    }

    async fn split(&mut self, noun: &str, key: &str) {
        let from = self.id(noun, ("ads", key)).await;
        let ids = json!([{ "source": "desk", "value": key }]);
        sent(self.gateway, "librarian", SPLIT, json!({ "ids": ids, "from": from })).await.data();
        self.one.remove(key);
        self.check(&format!("{noun} {key} split")).await;
    }

    fn sum(&self, measure: &str, fits: impl Fn(&str, &Value) -> bool) -> i64 {
        let facts =
            self.facts.iter().flat_map(|(source, facts)| facts.iter().map(move |fact| (*source, fact)));
        facts.filter(|(source, fact)| fits(source, fact)).filter_map(|(_, fact)| fact[measure].as_i64()).sum()
    }

    async fn check(&self, about: &str) {
        self.gateway.assert_sums().await;
        for (table, measure) in [("performance_day", "impressions"), ("journey_day_step", "entries")] {
            let kept = self.gateway.number(&format!("SELECT sum({measure}) FROM {table}")).await;
            assert_eq!(kept, self.sum(measure, |_, _| true), "{about}: {table}");
        }
        for (noun, stem, facts) in THINGS {
            for (source, key) in SOURCES.iter().flat_map(|source| [(*source, "0"), (*source, "1")]) {
                let key = format!("{stem}{key}");
                let (measure, field) =
                    if noun == "journeyStep" { ("entries", "step") } else { ("impressions", noun) };
                let query = format!(
                    "{{ one: {noun}(key: {{source: {source:?}, value: {key:?}}}) {{ \
                     {facts}(first: 100) {{ pageInfo {{ hasNextPage }} edges {{ node {{ {measure} }} }} }} }} }}"
                );
                let page = self.gateway.data(&query, Value::Null).await["one"][facts].take();
                assert_eq!(page["pageInfo"]["hasNextPage"], false);
                let edges = page["edges"].as_array().expect("edges").iter();
                let told: i64 = edges.map(|edge| edge["node"][measure].as_i64().expect("a number")).sum();
                let is_one = self.one.contains(&key);
                let plain = self.sum(measure, |from, fact| fact[field] == key && (is_one || from == source));
                assert_eq!(told, plain, "{about}: {key} of {source}");
            }
        }
    }

    /// What a campaign cost by the sums, and by plain loops: on a delivery of two sources the first by name counts.
    async fn cost(&self, source: &str) {
        let query = "query($filter: KpiFilterInput) { kpiResult(key: \"content_roi\", filter: $filter, \
                     window: {from: \"2026-05-01T00:00:00Z\", to: \"2026-06-01T00:00:00Z\"}) { denominator } }";
        let filter = json!({ "campaign": self.id("campaign", (source, "c0")).await });
        let told = self.gateway.data(query, json!({ "filter": filter })).await["kpiResult"].take();
        let (campaigns, deliveries) = (self.one.contains("c0"), self.one.contains("d0"));
        let plain = self.sum("cost", |from, fact| {
            fact["delivery"] == "d0" && if deliveries { from == "ads" } else { campaigns || from == source }
        });
        assert_eq!(told["denominator"].as_f64(), Some(plain as f64), "{source}, {:?}", self.one);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_follow_facts_whose_things_are_one_and_two_again() {
    both_with(keys(), |gateway| async move {
        let mut chance = ChaCha8Rng::seed_from_u64(5);
        let mut facts = BTreeMap::new();
        for source in SOURCES {
            let mine = measured(&mut chance);
            gateway.import_as(source, &text(&[things(), mine.clone()].concat())).await;
            facts.insert(source, mine);
        }
        let mut parted = Parted { gateway: &gateway, facts, one: BTreeSet::new() };
        parted.check("at first").await;
        for source in SOURCES {
            parted.cost(source).await;
        }
        parted.merge("campaign", "c0").await;
        parted.cost("ads").await;
        for (noun, key) in [("variant", "v0"), ("audience", "a1"), ("journeyStep", "s0"), ("delivery", "d0")]
        {
            parted.merge(noun, key).await;
        }
        parted.cost("ads").await;
        assert_eq!(gateway.number("SELECT count(*) FROM contested_delivery").await, 1);
        for (noun, key) in [("audience", "a1"), ("delivery", "d0"), ("variant", "v0"), ("journeyStep", "s0")]
        {
            parted.split(noun, key).await;
        }
        assert_eq!(gateway.number("SELECT count(*) FROM contested_delivery").await, 0);
        parted.split("campaign", "c0").await;
        // What a source says again of its things as they are now changes nothing.
        for source in SOURCES {
            let mine = text(&parted.facts[source]);
            gateway.import_as(source, &mine).await;
        }
        parted.check("said again").await;
    })
    .await;
}
