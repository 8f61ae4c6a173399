//! Filters: whatever a filter is made of, it lists exactly the rows that a plain evaluation of it in Rust finds.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::both;

/// How many filters are tried on each database.
const FILTERS: usize = 120;

#[derive(Debug, Clone)]
struct Asset {
    title: String,
    status: Option<&'static str>,
    cost: Option<i64>,
    created: Option<i64>,
    brand: Option<usize>,
    concepts: Vec<usize>,
}

const STATUSES: [&str; 3] = ["DRAFT", "APPROVED", "ARCHIVED"];
/// Each concept's broader one, if it has one.
const BROADER: [Option<usize>; 5] = [None, Some(0), Some(1), None, Some(3)];
const LABELS: [&str; 5] = ["a", "ab", "b", "ba", "c"];

fn asset() -> impl Strategy<Value = Asset> {
    (
        "[ab]{1,3}",
        prop::option::of(prop::sample::select(STATUSES.to_vec())),
        prop::option::of(0_i64..4),
        prop::option::of(0_i64..4),
        prop::option::of(0_usize..2),
        prop::collection::btree_set(0_usize..5, 0..3),
    )
        .prop_map(|(title, status, cost, created, brand, concepts)| Asset {
            title,
            status,
            cost,
            created,
            brand,
            concepts: concepts.into_iter().collect(),
        })
}

#[derive(Debug, Clone)]
enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Title(&'static str, String),
    TitleIn(bool, Vec<String>),
    Status(&'static str, &'static str),
    Cost(&'static str, i64),
    Created(&'static str, i64),
    Null(&'static str, bool),
    Brand(Option<String>),
    Concepts(bool, Option<String>),
    Within(bool, Vec<usize>),
}

fn filter() -> impl Strategy<Value = Filter> {
    let compare = || prop::sample::select(vec!["eq", "ne", "lt", "lte", "gt", "gte"]);
    let text = || "[ab]{1,2}";
    let leaf = prop_oneof![
        (prop::sample::select(vec!["eq", "ne", "contains", "startsWith"]), text())
            .prop_map(|(op, text)| Filter::Title(op, text)),
        (any::<bool>(), prop::collection::vec(text(), 0..3))
            .prop_map(|(not, texts)| Filter::TitleIn(not, texts)),
        (prop::sample::select(vec!["eq", "ne"]), prop::sample::select(STATUSES.to_vec()))
            .prop_map(|(op, word)| Filter::Status(op, word)),
        (compare(), 0_i64..4).prop_map(|(op, cost)| Filter::Cost(op, cost)),
        (compare(), 0_i64..4).prop_map(|(op, day)| Filter::Created(op, day)),
        (prop::sample::select(vec!["status", "productionCost", "created"]), any::<bool>())
            .prop_map(|(field, null)| Filter::Null(field, null)),
        prop::option::of(prop::sample::select(vec!["b0", "b1", "b2"]))
            .prop_map(|name| Filter::Brand(name.map(str::to_owned))),
        (any::<bool>(), prop::option::of(text())).prop_map(|(none, label)| Filter::Concepts(none, label)),
        (any::<bool>(), prop::collection::vec(0_usize..5, 0..3))
            .prop_map(|(none, ids)| Filter::Within(none, ids)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

fn day(number: i64) -> String {
    format!("2026-01-0{}T00:00:00Z", number + 1)
}

impl Filter {
    fn written(&self, concepts: &[String]) -> Value {
        let list = |none: &bool, inner: Value| {
            if *none { json!({ "none": inner }) } else { json!({ "some": inner }) }
        };
        match self {
            Filter::And(parts) => {
                json!({ "and": parts.iter().map(|part| part.written(concepts)).collect::<Vec<_>>() })
            }
            Filter::Or(parts) => {
                json!({ "or": parts.iter().map(|part| part.written(concepts)).collect::<Vec<_>>() })
            }
            Filter::Not(part) => json!({ "not": part.written(concepts) }),
            Filter::Title(op, text) => json!({ "title": { *op: text } }),
            Filter::TitleIn(not, texts) => json!({ "title": { if *not { "notIn" } else { "in" }: texts } }),
            Filter::Status(op, word) => json!({ "status": { *op: word } }),
            Filter::Cost(op, cost) => json!({ "productionCost": { *op: cost } }),
            Filter::Created(op, created) => json!({ "created": { *op: day(*created) } }),
            Filter::Null(field, unknown) => json!({ *field: { "isNull": unknown } }),
            Filter::Brand(None) => json!({ "brand": {} }),
            Filter::Brand(Some(name)) => json!({ "brand": { "name": { "eq": name } } }),
            Filter::Concepts(none, None) => json!({ "concepts": list(none, json!({})) }),
            Filter::Concepts(none, Some(label)) => {
                json!({ "concepts": list(none, json!({ "prefLabel": { "startsWith": label } })) })
            }
            Filter::Within(none, ids) => {
                let ids: Vec<&String> = ids.iter().map(|id| &concepts[*id]).collect();
                json!({ "concepts": list(none, json!({ "within": ids })) })
            }
        }
    }

    fn holds(&self, asset: &Asset) -> bool {
        fn compares(op: &str, value: Option<i64>, with: i64) -> bool {
            value.is_some_and(|value| match op {
                "eq" => value == with,
                "ne" => value != with,
                "lt" => value < with,
                "lte" => value <= with,
                "gt" => value > with,
                _ => value >= with,
            })
        }
        fn under(concept: usize, tops: &[usize]) -> bool {
            tops.contains(&concept) || BROADER[concept].is_some_and(|broader| under(broader, tops))
        }
        match self {
            Filter::And(parts) => parts.iter().all(|part| part.holds(asset)),
            Filter::Or(parts) => parts.iter().any(|part| part.holds(asset)),
            Filter::Not(part) => !part.holds(asset),
            Filter::Title("eq", text) => asset.title == *text,
            Filter::Title("ne", text) => asset.title != *text,
            Filter::Title("contains", text) => asset.title.contains(text),
            Filter::Title(_, text) => asset.title.starts_with(text),
            Filter::TitleIn(not, texts) => texts.contains(&asset.title) != *not,
            Filter::Status(op, word) => asset.status.is_some_and(|status| (status == *word) == (*op == "eq")),
            Filter::Cost(op, cost) => compares(op, asset.cost, *cost),
            Filter::Created(op, created) => compares(op, asset.created, *created),
            Filter::Null("status", null) => asset.status.is_none() == *null,
            Filter::Null("created", null) => asset.created.is_none() == *null,
            Filter::Null(_, null) => asset.cost.is_none() == *null,
            Filter::Brand(None) => asset.brand.is_some(),
            Filter::Brand(Some(name)) => asset.brand.is_some_and(|brand| format!("b{brand}") == *name),
            Filter::Concepts(none, None) => asset.concepts.is_empty() == *none,
            Filter::Concepts(none, Some(label)) => {
                asset.concepts.iter().any(|concept| LABELS[*concept].starts_with(label.as_str())) != *none
            }
            Filter::Within(none, ids) => asset.concepts.iter().any(|concept| under(*concept, ids)) != *none,
        }
    }
}

fn data(assets: &[Asset]) -> String {
    let mut lines = Vec::new();
    for brand in 0..2 {
        lines.push(json!({ "type": "Brand", "key": format!("b{brand}"), "name": format!("b{brand}") }));
    }
    for (concept, label) in LABELS.iter().enumerate() {
        let broader: Vec<String> = BROADER[concept].iter().map(|broader| format!("c{broader}")).collect();
        lines.push(json!({ "type": "Concept", "key": format!("c{concept}"), "prefLabel": label, "broader": broader }));
    }
    for (place, asset) in assets.iter().enumerate() {
        let concepts: Vec<String> = asset.concepts.iter().map(|concept| format!("c{concept}")).collect();
        lines.push(json!({
            "type": "Asset", "key": format!("{place}"), "title": asset.title, "status": asset.status,
            "productionCost": asset.cost, "currency": "EUR", "created": asset.created.map(day),
            "brand": asset.brand.map(|brand| format!("b{brand}")), "concepts": concepts,
        }));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn a_filter_lists_what_a_plain_evaluation_finds() {
    both(|gateway| async move {
        let mut runner = TestRunner::deterministic();
        let assets =
            prop::collection::vec(asset(), 60).new_tree(&mut runner).expect("assets").current();
        gateway.import(&data(&assets)).await;
        let keys: Vec<String> = (0..LABELS.len()).map(|concept| format!("c{concept}: concept(key: {{source: \"import\", value: \"c{concept}\"}}) {{ id }}")).collect();
        let found = gateway.data(&format!("{{ {} }}", keys.join(" ")), json!({})).await;
        let concepts: Vec<String> =
            (0..LABELS.len()).map(|concept| found[format!("c{concept}")]["id"].as_str().expect("an id").to_owned()).collect();
        let mut told_apart = 0;
        for _ in 0..FILTERS {
            let filter = filter().new_tree(&mut runner).expect("a filter").current();
            let query = "query($filter: AssetFilter) { assets(first: 100, filter: $filter) { totalCount edges { node { externalIds { value } } } } }";
            let data = gateway.data(query, json!({ "filter": filter.written(&concepts) })).await;
            let edges = data["assets"]["edges"].as_array().expect("edges");
            let mut listed: Vec<usize> = edges
                .iter()
                .map(|edge| edge["node"]["externalIds"][0]["value"].as_str().expect("a key").parse().expect("a number"))
                .collect();
            listed.sort_unstable();
            let expected: Vec<usize> =
                (0..assets.len()).filter(|place| filter.holds(&assets[*place])).collect();
            assert_eq!(listed, expected, "{filter:?}");
            assert_eq!(data["assets"]["totalCount"], expected.len(), "{filter:?}");
            told_apart += usize::from(!expected.is_empty() && expected.len() < assets.len());
        }
        assert!(told_apart > FILTERS / 4, "too few filters told anything apart: {told_apart}");
    })
    .await;
}

#[tokio::test]
async fn a_filter_without_measure_is_refused_by_name() {
    both(|gateway| async move {
        let query = "query($filter: AssetFilter) { assets(filter: $filter) { totalCount } }";
        let titles = |count: usize| {
            let one = json!({ "title": { "eq": "a" } });
            json!({ "filter": { "or": vec![one; count] } })
        };
        assert_eq!(gateway.query(query, titles(250)).await.codes(), Vec::<&str>::new());
        let answer = gateway.query(query, titles(2000)).await;
        assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
        assert!(answer.message().contains("at most 800"), "{}", answer.message());
        let mut deep = json!({ "title": { "eq": "a" } });
        for _ in 0..20 {
            deep = json!({ "not": deep });
        }
        assert_eq!(gateway.query(query, json!({ "filter": deep })).await.codes(), ["LIMIT_EXCEEDED"]);
        let values: Vec<String> = (0..700).map(|value| value.to_string()).collect();
        let listed = json!({ "filter": { "title": { "in": values } } });
        assert_eq!(gateway.query(query, listed).await.codes(), Vec::<&str>::new());
    })
    .await;
}
