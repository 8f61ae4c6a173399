//! The demo: every fault that was planted is found by asking over HTTP, exactly, and the questions it prints
//! are answered. The company goes the same road into the store as real data.

mod systems;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::sync::Arc;

use serde_json::{Value, json};
use weft::clock;
use weft::config::Config;
use weft::demo::{self, Found, Manifest, Order, SOURCE};
use weft::ingest::{Import, Progress, import};

use crate::support::{Gateway, both};

/// The moment the company is made for.
const NOW: &str = "2026-06-01T00:00:00Z";
const DAY: i64 = 86_400_000_000;

#[tokio::test]
async fn what_was_planted_is_found_and_nothing_else() {
    both(|gateway| async move { holds(&gateway, 1).await }).await;
}

#[tokio::test]
async fn another_seed_makes_another_company_of_which_the_same_holds() {
    let gateway = Gateway::sqlite(Config::default()).await;
    holds(&gateway, 7).await;
}

/// Whether what was planted in the company of this seed is found, and nothing else.
async fn holds(gateway: &Gateway, seed: u64) {
    let manifest = fill(gateway, seed).await;
    let asked = Asked { gateway, now: clock::read(NOW).expect("a moment") };
    let found = [
        ("expiredRightsLive", asked.expired_rights_live().await),
        ("rightsEndingSoon", asked.rights_ending_soon(&manifest).await),
        ("neverUsed", asked.never_used().await),
        ("emptyAudience", asked.empty_audience().await),
        ("fatigue", asked.fatigue().await),
        ("slowHandoff", asked.slow_handoff().await),
        ("endedDecision", asked.ended_decision().await),
        ("missingRendition", asked.missing_rendition().await),
        ("endedOffer", asked.ended_offer().await),
        ("missingAltText", asked.missing_alt_text().await),
        ("undisclosedModel", asked.undisclosed_model().await),
        ("deadEndStep", asked.dead_end_step().await),
        ("stalledChange", asked.stalled_change().await),
        ("metadataConflict", asked.metadata_conflict().await),
        ("forbiddenTerritory", asked.forbidden_territory().await),
    ];
    assert_eq!(found.len(), manifest.faults.len(), "each kind of fault is asked for");
    for ((name, found), planted) in found.iter().zip(&manifest.faults) {
        assert_eq!(*name, planted.name);
        let planted: BTreeSet<String> = planted.found.iter().map(named).collect();
        assert!(!planted.is_empty(), "nothing was planted of {name}");
        assert_eq!(found, &planted, "{name}");
    }
    for question in demo::questions(&manifest) {
        let data = gateway.data(question.query, question.variables.clone()).await;
        assert!(says_something(&data), "{}: {data:#}", question.title);
        assert_eq!(gateway.data(&question.pasted(), json!({})).await, data, "{}", question.title);
    }
}

async fn fill(gateway: &Gateway, seed: u64) -> Manifest {
    let mut lines = Vec::new();
    let order = Order { seed, scale: 1, now: clock::read(NOW).expect("a moment") };
    let manifest = demo::generate(order, &mut lines).expect("memory takes every line");
    let order = Import {
        source: SOURCE.to_owned(),
        strict: true,
        inputs: vec![Box::new(Cursor::new(lines))],
        progress: Arc::new(Silent),
    };
    let report = import(&gateway.store, &gateway.clock, order).await.expect("the lines can be imported");
    assert_eq!(report.rejected_total, 0, "{:#?}", report.rejected);
    assert_eq!(report.read, manifest.lines);
    manifest
}

struct Silent;

impl Progress for Silent {
    fn phase(&self, _name: &str) {}
    fn lines(&self, _read: u64) {}
    fn bytes(&self, _read: u64) {}
}

/// What was planted, as a text: its key, and for fatigue that of the audience too.
fn named(found: &Found) -> String {
    match found.with["audience"].as_str() {
        Some(audience) => format!("{} {audience}", found.key),
        None => found.key.clone(),
    }
}

/// Whether every root field has something to say: a thing, or a list with something in it.
fn says_something(data: &Value) -> bool {
    let full = |value: &Value| match value.get("totalCount") {
        Some(count) => count.as_i64() > Some(0),
        None => !value.is_null(),
    };
    data.as_object().is_some_and(|fields| !fields.is_empty() && fields.values().all(full))
}

type Keys = BTreeSet<String>;

/// The key that the demo uses for a thing.
fn key(node: &Value) -> String {
    let ids = node["externalIds"].as_array().cloned().unwrap_or_default();
    let own = ids.iter().find(|id| id["source"] == SOURCE);
    own.and_then(|id| id["value"].as_str()).unwrap_or_else(|| panic!("no key: {node}")).to_owned()
}

fn nodes(connection: &Value) -> impl Iterator<Item = &Value> {
    connection["edges"].as_array().into_iter().flatten().map(|edge| &edge["node"])
}

fn time(node: &Value, field: &str) -> Option<i64> {
    node[field].as_str().and_then(clock::read)
}

/// Asks for the faults.
struct Asked<'a> {
    gateway: &'a Gateway,
    now: i64,
}

impl Asked<'_> {
    /// Every node of a list that a filter leaves, page by page.
    async fn all(&self, list: &str, filter: &str, fields: &str) -> Vec<Value> {
        let query = format!(
            "query($after: String) {{ {list}(first: 100, after: $after, filter: {{ {filter} }}) {{ \
             pageInfo {{ hasNextPage endCursor }} \
             edges {{ node {{ externalIds {{ source value }} {fields} }} }} }} }}"
        );
        let mut all = Vec::new();
        let mut after = Value::Null;
        loop {
            let data = self.gateway.data(&query, json!({ "after": after })).await;
            all.extend(nodes(&data[list]).cloned());
            if data[list]["pageInfo"]["hasNextPage"] != true {
                return all;
            }
            after = data[list]["pageInfo"]["endCursor"].clone();
        }
    }

    async fn keys(&self, list: &str, filter: &str) -> Keys {
        self.all(list, filter, "").await.iter().map(key).collect()
    }

    async fn expired_rights_live(&self) -> Keys {
        let filter = format!(
            r#"live: {{ at: "{NOW}" }}, or: [{{ asset: {{ rightsEndBefore: "{NOW}" }} }},
               {{ variant: {{ assets: {{ some: {{ rightsEndBefore: "{NOW}" }} }} }} }}]"#
        );
        self.keys("usages", &filter).await
    }

    async fn rights_ending_soon(&self, manifest: &Manifest) -> Keys {
        let week = clock::written(self.now + 7 * DAY);
        let live = format!(r#"usages: {{ some: {{ live: {{ at: "{NOW}" }} }} }}"#);
        let filter = format!(
            r#"rightsEndBefore: "{week}", not: {{ rightsEndBefore: "{NOW}" }},
               or: [{{ {live} }}, {{ variants: {{ some: {{ {live} }} }} }}]"#
        );
        let used = format!(
            r#"usages(first: 100, filter: {{ live: {{ at: "{NOW}" }} }}) {{ edges {{ node {{ territory }} }} }}"#
        );
        let fields = format!("{used} variants(first: 5) {{ edges {{ node {{ {used} }} }} }}");
        let found = self.all("assets", &filter, &fields).await;
        for asset in &found {
            let carried = nodes(&asset["variants"]).flat_map(|variant| nodes(&variant["usages"]));
            let territories: BTreeSet<&str> = nodes(&asset["usages"])
                .chain(carried)
                .filter_map(|usage| usage["territory"].as_str())
                .collect();
            let planted = manifest.found("rightsEndingSoon").iter().find(|found| found.key == key(asset));
            let planted = planted.map(|planted| &planted.with["territories"]);
            assert_eq!(planted, Some(&json!(territories)), "the territories of {}", key(asset));
        }
        found.iter().map(key).collect()
    }

    async fn never_used(&self) -> Keys {
        self.keys("assets", "usages: { none: {} }, variants: { none: { usages: { some: {} } } }").await
    }

    async fn empty_audience(&self) -> Keys {
        let targeted = "rules: { some: { decision: { status: { eq: ACTIVE } } } }";
        self.keys("audiences", &format!("status: {{ eq: ACTIVE }}, size: {{ eq: 0 }}, {targeted}")).await
    }

    async fn fatigue(&self) -> Keys {
        let day = |days: i64| clock::written(self.now - days * DAY)[..10].to_owned();
        let filter = format!(r#"day: {{ gte: "{}", lt: "{}" }}"#, day(21), day(0));
        let fields = "day impressions clicks variant { externalIds { source value } } \
                      audience { externalIds { source value } }";
        let mut pairs: BTreeMap<String, [i64; 4]> = BTreeMap::new();
        for fact in self.all("performanceFacts", &filter, fields).await {
            let place = if fact["day"].as_str() >= Some(day(7).as_str()) { 0 } else { 2 };
            let pair = format!("{} {}", key(&fact["variant"]), key(&fact["audience"]));
            let sums = pairs.entry(pair).or_default();
            sums[place] += number(&fact["impressions"]);
            sums[place + 1] += number(&fact["clicks"]);
        }
        let worn = |[seen, clicked, seen_before, clicked_before]: &[i64; 4]| {
            *seen >= 1000
                && *seen_before >= 1000
                && *clicked_before > 0
                && 100 * clicked * seen_before <= 85 * clicked_before * seen
        };
        pairs.into_iter().filter(|(_, sums)| worn(sums)).map(|(pair, _)| pair).collect()
    }

    async fn slow_handoff(&self) -> Keys {
        let handoffs = self.all("handoffs", "", "enteredAt startedAt").await;
        let waited = |handoff: &&Value| {
            let began = time(handoff, "startedAt").unwrap_or(self.now);
            time(handoff, "enteredAt").is_some_and(|entered| began - entered > 10 * DAY)
        };
        handoffs.iter().filter(waited).map(key).collect()
    }

    async fn ended_decision(&self) -> Keys {
        let live = format!(r#"deliveries: {{ some: {{ live: {{ at: "{NOW}" }} }} }}"#);
        self.keys("decisions", &format!("status: {{ eq: ENDED }}, not: {{ fallback: {{}} }}, {live}")).await
    }

    async fn missing_rendition(&self) -> Keys {
        let filter = format!(
            r#"live: {{ at: "{NOW}" }}, or: [{{ asset: {{ renditions: {{ none: {{}} }} }} }},
               {{ variant: {{ assets: {{ some: {{ renditions: {{ none: {{}} }} }} }} }} }}]"#
        );
        self.keys("usages", &filter).await
    }

    async fn ended_offer(&self) -> Keys {
        let filter = format!(
            r#"kind: {{ eq: OFFER }}, endTime: {{ lte: "{NOW}" }}, not: {{ fallback: {{}} }},
               variants: {{ some: {{ usages: {{ some: {{ live: {{ at: "{NOW}" }} }} }} }} }}"#
        );
        self.keys("components", &filter).await
    }

    async fn missing_alt_text(&self) -> Keys {
        let there = "channel: { in: [WEB, DISPLAY] }";
        let silent = "channel: { isNull: true }";
        let live = format!(
            r#"usages: {{ some: {{ live: {{ at: "{NOW}" }}, or: [{{ {there} }},
               {{ {silent}, delivery: {{ {there} }} }}, {{ {silent}, experience: {{ {there} }} }}] }} }}"#
        );
        let filter = format!(
            r#"altText: {{ isNull: true }},
               brand: {{ guardrails: {{ some: {{ expression: {{ contains: "altText" }} }} }} }},
               or: [{{ {live} }}, {{ variants: {{ some: {{ {live} }} }} }}]"#
        );
        self.keys("assets", &filter).await
    }

    async fn undisclosed_model(&self) -> Keys {
        let filter = r#"digitalSourceType: { eq: TRAINED_ALGORITHMIC_MEDIA },
                        metadata: { none: { field: { name: { eq: "aiDisclosure" } } } }"#;
        self.keys("assets", filter).await
    }

    async fn dead_end_step(&self) -> Keys {
        let fields = "position journey { steps(first: 100) { edges { node { position } } } }";
        let last = self.all("journeySteps", "not: { next: {} }", fields).await;
        let dead = |step: &&Value| {
            nodes(&step["journey"]["steps"])
                .any(|other| number(&other["position"]) > number(&step["position"]))
        };
        last.iter().filter(dead).map(key).collect()
    }

    async fn stalled_change(&self) -> Keys {
        let before = clock::written(self.now - 60 * DAY);
        self.keys("changes", &format!(r#"liveAt: {{ isNull: true }}, decidedAt: {{ lt: "{before}" }}"#)).await
    }

    async fn metadata_conflict(&self) -> Keys {
        let fields = "value field { name } source { name } subject { externalIds { source value } }";
        let mut said: BTreeMap<(String, String), BTreeMap<String, String>> = BTreeMap::new();
        for value in self.all("metadataValues", "", fields).await {
            let field = value["field"]["name"].to_string();
            let by = said.entry((key(&value["subject"]), field)).or_default();
            by.insert(value["source"]["name"].to_string(), value["value"].to_string());
        }
        let differ = |by: &BTreeMap<String, String>| by.values().collect::<BTreeSet<_>>().len() > 1;
        said.into_iter().filter(|(_, by)| differ(by)).map(|((subject, _), _)| subject).collect()
    }

    async fn forbidden_territory(&self) -> Keys {
        let prohibited = "rights: { some: { kind: { eq: PROHIBITION } } }";
        let filter = format!(
            r#"live: {{ at: "{NOW}" }}, or: [{{ asset: {{ {prohibited} }} }},
               {{ variant: {{ assets: {{ some: {{ {prohibited} }} }} }} }}]"#
        );
        let rights = "rights(first: 5, filter: { kind: { eq: PROHIBITION } }) { edges { node { \
                      constraints(first: 5, filter: { leftOperand: { eq: SPATIAL } }) { \
                      edges { node { rightOperand } } } } } }";
        let fields = format!(
            "territory asset {{ {rights} }} variant {{ assets(first: 5) {{ edges {{ node {{ {rights} }} }} }} }}"
        );
        let usages = self.all("usages", &filter, &fields).await;
        let forbidden = |usage: &&Value| {
            nodes(&usage["variant"]["assets"])
                .chain([&usage["asset"]])
                .flat_map(|asset| nodes(&asset["rights"]))
                .flat_map(|policy| nodes(&policy["constraints"]))
                .any(|rule| {
                    rule["rightOperand"].as_array().is_some_and(|list| list.contains(&usage["territory"]))
                })
        };
        usages.iter().filter(forbidden).map(key).collect()
    }
}

/// A whole number, which the wire may carry as a text.
fn number(value: &Value) -> i64 {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}
