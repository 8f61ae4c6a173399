//! Pages: walking a list forwards or backwards while rows are inserted meets every row that was there exactly once,
//! in order, whatever it is ordered by, at the root and on an edge.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::{Gateway, both};

/// How many lists are walked on each database.
const LISTS: usize = 24;

#[derive(Debug, Clone)]
struct Asset {
    title: String,
    created: Option<u32>,
    cost: Option<u32>,
}

fn asset() -> impl Strategy<Value = Asset> {
    let few = || prop::option::weighted(0.7, 0_u32..4);
    ("[ab]{1,2}", few(), few()).prop_map(|(title, created, cost)| Asset { title, created, cost })
}

#[derive(Debug, Clone)]
struct Walk {
    before: Vec<Asset>,
    during: Vec<Asset>,
    size: usize,
    order: Option<(&'static str, &'static str)>,
    backward: bool,
    nested: bool,
}

fn walk() -> impl Strategy<Value = Walk> {
    let field = prop::sample::select(vec!["TITLE", "CREATED", "PRODUCTION_COST"]);
    let direction = prop::sample::select(vec!["ASC", "DESC"]);
    (
        prop::collection::vec(asset(), 0..14),
        prop::collection::vec(asset(), 0..8),
        1_usize..5,
        prop::option::weighted(0.85, (field, direction)),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(before, during, size, order, backward, nested)| Walk {
            before,
            during,
            size,
            order,
            backward,
            nested,
        })
}

fn lines(list: usize, from: usize, assets: &[Asset]) -> String {
    let line = |(place, asset): (usize, &Asset)| {
        json!({
            "type": "Asset", "key": format!("{list}-{}", from + place), "brand": format!("brand-{list}"),
            "title": asset.title, "productionCost": asset.cost, "currency": "EUR",
            "created": asset.created.map(|day| format!("2026-01-0{}T00:00:00Z", day + 1)),
        })
        .to_string()
            + "\n"
    };
    assets.iter().enumerate().map(line).collect()
}

/// One page: its keys, its cursors' outer one, and whether more follow in the direction of the walk.
async fn page(
    gateway: &Gateway,
    list: usize,
    walk: &Walk,
    cursor: Option<&str>,
) -> (Vec<Value>, Option<String>, bool) {
    let (size, place, more, outer) = if walk.backward {
        ("last", "before", "hasPreviousPage", "startCursor")
    } else {
        ("first", "after", "hasNextPage", "endCursor")
    };
    let order = walk.order.map_or(String::new(), |(field, direction)| {
        format!(", orderBy: {{field: {field}, direction: {direction}}}")
    });
    let cursor = cursor.map_or(String::new(), |cursor| format!(", {place}: {cursor:?}"));
    let body = "edges { node { title created productionCost externalIds { value } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
    let brand = format!("brand-{list}");
    let size = format!("{size}: {}", walk.size);
    let query = if walk.nested {
        format!(
            "{{ brand(key: {{source: \"import\", value: {brand:?}}}) {{ assets({size}{cursor}{order}) {{ {body} }} }} }}"
        )
    } else {
        format!(
            "{{ assets({size}{cursor}{order}, filter: {{brand: {{name: {{eq: {brand:?}}}}}}}) {{ {body} }} }}"
        )
    };
    let data = gateway.data(&query, json!({})).await;
    let connection = if walk.nested { &data["brand"]["assets"] } else { &data["assets"] };
    let nodes =
        connection["edges"].as_array().expect("edges").iter().map(|edge| edge["node"].clone()).collect();
    let info = &connection["pageInfo"];
    (nodes, info[outer].as_str().map(str::to_owned), info[more].as_bool().expect("a flag"))
}

/// The value that a node is ordered by, so that unknown comes last in either direction.
fn rank(node: &Value, field: &str) -> (bool, String) {
    let value = match field {
        "TITLE" => &node["title"],
        "CREATED" => &node["created"],
        _ => &node["productionCost"],
    };
    (value.is_null(), value.to_string())
}

fn in_order(nodes: &[Value], (field, direction): (&str, &str)) -> bool {
    nodes.windows(2).all(|pair| {
        let (a, b) = (rank(&pair[0], field), rank(&pair[1], field));
        if a.0 != b.0 {
            b.0
        } else if direction == "ASC" {
            a.1 <= b.1
        } else {
            a.1 >= b.1
        }
    })
}

#[tokio::test]
async fn a_walk_meets_every_row_once_while_rows_come() {
    both(|gateway| async move {
        let mut runner = TestRunner::deterministic();
        for list in 0..LISTS {
            let walk = walk().new_tree(&mut runner).expect("a walk").current();
            let brand =
                json!({ "type": "Brand", "key": format!("brand-{list}"), "name": format!("brand-{list}") });
            gateway.import(&format!("{brand}\n{}", lines(list, 0, &walk.before))).await;
            let mut met: Vec<Value> = Vec::new();
            let mut cursor: Option<String> = None;
            let mut coming = walk.during.iter().enumerate();
            loop {
                let (mut nodes, next, more) = page(&gateway, list, &walk, cursor.as_deref()).await;
                assert!(nodes.len() <= walk.size, "{walk:?}");
                if walk.backward {
                    nodes.extend(met);
                    met = nodes;
                } else {
                    met.extend(nodes);
                }
                if let Some((place, asset)) = coming.next() {
                    gateway.import(&lines(list, 100 + place, std::slice::from_ref(asset))).await;
                }
                if !more {
                    break;
                }
                cursor = next;
            }
            let mut keys: Vec<&str> =
                met.iter().map(|node| node["externalIds"][0]["value"].as_str().expect("a key")).collect();
            keys.sort_unstable();
            let count = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), count, "a row was met twice: {walk:?}");
            for place in 0..walk.before.len() {
                let key = format!("{list}-{place}");
                assert!(keys.contains(&key.as_str()), "{key} was not met: {walk:?}");
            }
            if let Some(order) = walk.order {
                assert!(in_order(&met, order), "{walk:?}\n{met:#?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn both_directions_tell_the_truth_about_what_is_beyond() {
    both(|gateway| async move {
        let assets: Vec<Asset> =
            ["a", "b", "c"].iter().map(|title| Asset { title: (*title).to_owned(), created: None, cost: None }).collect();
        let brand = json!({ "type": "Brand", "key": "brand-0", "name": "brand-0" });
        gateway.import(&format!("{brand}\n{}", lines(0, 0, &assets))).await;
        let list = "edges { cursor node { title } } pageInfo { hasNextPage hasPreviousPage }";
        let ask = |arguments: String| {
            let query = format!(
                "{{ assets({arguments}, orderBy: {{field: TITLE}}) {{ {list} }} brands {{ edges {{ node {{ assets({arguments}, orderBy: {{field: TITLE}}) {{ {list} }} }} }} }} }}"
            );
            let gateway = &gateway;
            async move {
                let data = gateway.data(&query, json!({})).await;
                let nested = &data["brands"]["edges"][0]["node"]["assets"];
                assert_eq!(&data["assets"], nested);
                data["assets"].clone()
            }
        };
        let first = ask("first: 2".to_owned()).await;
        assert_eq!(first["pageInfo"], json!({ "hasNextPage": true, "hasPreviousPage": false }));
        let second = ask(format!("first: 2, after: {}", first["edges"][1]["cursor"])).await;
        assert_eq!(second["edges"][0]["node"]["title"], "c");
        assert_eq!(second["pageInfo"], json!({ "hasNextPage": false, "hasPreviousPage": true }));
        let back = ask(format!("last: 5, before: {}", second["edges"][0]["cursor"])).await;
        assert_eq!(back["edges"].as_array().map(Vec::len), Some(2));
        assert_eq!(back["pageInfo"], json!({ "hasNextPage": true, "hasPreviousPage": false }));
        let between = format!("first: 5, after: {}, before: {}", first["edges"][0]["cursor"], second["edges"][0]["cursor"]);
        let between = ask(between).await;
        assert_eq!(between["edges"].as_array().map(Vec::len), Some(1));
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_answered_with_what_to_do() {
    both(|gateway| async move {
        let wrong = [
            ("{ assets(first: 1, last: 1) { totalCount } }", "BAD_USER_INPUT", "first or last"),
            ("{ assets(first: 101) { totalCount } }", "BAD_USER_INPUT", "0 to 100"),
            ("{ assets(filter: {title: {eq: null}}) { totalCount } }", "BAD_USER_INPUT", "isNull"),
            ("{ assets(filter: {title: {eq: \"a\\u0000\"}}) { totalCount } }", "BAD_USER_INPUT", "NUL"),
            ("{ assets(last: -1) { totalCount } }", "BAD_USER_INPUT", "0 to 100"),
            ("{ assets(after: \"nonsense\") { totalCount } }", "INVALID_CURSOR", "not a cursor"),
            ("{ node(id: \"nonsense\") { id } }", "INVALID_ID", "not an id"),
            ("{ asset { id } }", "BAD_USER_INPUT", "one of its arguments"),
            ("{ search(text: \"--\") { totalCount } }", "BAD_USER_INPUT", "letter or digit"),
        ];
        for (query, code, sentence) in wrong {
            let answer = gateway.query(query, json!({})).await;
            assert_eq!(answer.codes(), [code], "{query}");
            assert!(answer.message().contains(sentence), "{query}: {}", answer.message());
            assert!(!answer.body["data"].is_null(), "{query} nulls more than its own field");
        }
    })
    .await;
}

#[tokio::test]
async fn both_ends_of_a_page_are_told_apart_from_what_is_outside() {
    both(|gateway| async move {
        let assets: Vec<Asset> = ["a", "b", "c", "d"]
            .iter()
            .map(|title| Asset { title: (*title).to_owned(), created: None, cost: None })
            .collect();
        let brand = json!({ "type": "Brand", "key": "brand-0", "name": "brand-0" });
        gateway.import(&format!("{brand}\n{}", lines(0, 0, &assets))).await;
        let info = "edges { cursor } pageInfo { hasNextPage hasPreviousPage }";
        let data = gateway
            .data(&format!("{{ assets(orderBy: {{field: TITLE}}) {{ {info} }} sources {{ entities {{ {info} }} }} }}"), json!({}))
            .await;
        let third = &data["assets"]["edges"][2]["cursor"];
        let page = gateway
            .data(&format!("{{ assets(before: {third}, orderBy: {{field: TITLE}}) {{ {info} }} }}"), json!({}))
            .await;
        assert_eq!(page["assets"]["edges"].as_array().map(Vec::len), Some(2));
        assert_eq!(page["assets"]["pageInfo"], json!({ "hasNextPage": true, "hasPreviousPage": false }));
        let none = gateway.data("{ assets(first: 0) { edges { cursor } pageInfo { hasNextPage } } }", json!({})).await;
        assert_eq!(none["assets"], json!({ "edges": [], "pageInfo": { "hasNextPage": true } }));
        let first = &data["sources"][0]["entities"]["edges"][0]["cursor"];
        let rest = gateway
            .data(&format!("{{ sources {{ entities(first: 2, after: {first}) {{ {info} }} }} }}"), json!({}))
            .await;
        assert_eq!(
            rest["sources"][0]["entities"]["pageInfo"],
            json!({ "hasNextPage": true, "hasPreviousPage": true })
        );
        let wrong = gateway
            .query(&format!("{{ brands(after: {third}, orderBy: {{field: NAME}}) {{ totalCount edges {{ cursor }} }} }}"), json!({}))
            .await;
        assert_eq!(wrong.codes(), ["INVALID_CURSOR"]);
        let counted = gateway.query("{ assets { totalCount } }", json!({})).await;
        assert_eq!(counted.statements(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_edge_that_is_asked_for_many_times_at_the_root_is_read_once() {
    both(|gateway| async move {
        gateway
            .import(concat!(
                r#"{"type":"Brand","key":"b","name":"North"}"#,
                "\n",
                r#"{"type":"Asset","key":"a","title":"Hero","brand":"b"}"#,
                "\n",
            ))
            .await;
        let fields = ["id", "name", "__typename"];
        let times: String =
            (0..70).map(|time| format!("... on Asset {{ brand {{ {} }} }} ", fields[time % 3])).collect();
        let other = "... on Variant { assets { totalCount } }";
        let list = format!("{{ assets {{ edges {{ node {{ {times} }} }} }} }}");
        let answer = gateway.query(&list, json!({})).await;
        assert_eq!(answer.statements(), 1);
        let brand = answer.data()["assets"]["edges"][0]["node"]["brand"].clone();
        assert_eq!((&brand["name"], &brand["__typename"]), (&json!("North"), &json!("Brand")));
        let id = gateway.data("{ assets { edges { node { id } } } }", json!({})).await;
        let id = &id["assets"]["edges"][0]["node"]["id"];
        let one = format!("query ($id: ID!) {{ node(id: $id) {{ {times} {other} }} }}");
        let answer = gateway.query(&one, json!({ "id": id })).await;
        assert_eq!(answer.statements(), 1);
        assert_eq!(answer.data()["node"]["brand"], brand);
    })
    .await;
}
