//! As a subgraph: entities in batches by their ids, and one that fails taking nothing else with it.

use serde_json::{Value, json};

use crate::support::both;

const DATA: &str = r#"{"type":"Brand","key":"b1","name":"North"}
{"type":"Asset","key":"a1","title":"One","brand":"b1"}
{"type":"Asset","key":"a2","title":"Two","brand":"b1"}
"#;

#[tokio::test]
async fn entities_come_in_their_order_and_in_one_statement_for_each_level() {
    both(|gateway| async move {
        gateway.import(DATA).await;
        let found = gateway
            .data("{ assets(orderBy: {field: TITLE}) { edges { node { id } } } brands { edges { node { id } } } }", json!({}))
            .await;
        let id = |list: &str, place: usize| found[list]["edges"][place]["node"]["id"].clone();
        let representations = json!([
            { "__typename": "Asset", "id": id("assets", 1) },
            { "__typename": "Brand", "id": id("brands", 0) },
            { "__typename": "Asset", "id": "nonsense" },
            { "__typename": "Asset", "id": id("assets", 0) },
            { "__typename": "Asset", "id": id("brands", 0) },
        ]);
        let query = "query($all: [_Any!]!) { _entities(representations: $all) { __typename ... on Asset { title brand { name } } ... on Brand { name } } }";
        let answer = gateway.query(query, json!({ "all": representations })).await;
        assert_eq!(
            answer.body["data"]["_entities"],
            json!([
                { "__typename": "Asset", "title": "Two", "brand": { "name": "North" } },
                { "__typename": "Brand", "name": "North" },
                null,
                { "__typename": "Asset", "title": "One", "brand": { "name": "North" } },
                null,
            ])
        );
        assert_eq!(answer.codes(), ["INVALID_ID", "INVALID_ID"]);
        let paths: Vec<&Value> =
            answer.body["errors"].as_array().expect("errors").iter().map(|error| &error["path"]).collect();
        assert_eq!(paths, [&json!(["_entities", 2]), &json!(["_entities", 4])]);
        assert_eq!(answer.statements(), 3);
    })
    .await;
}

#[tokio::test]
async fn the_service_tells_its_schema_with_the_keys() {
    both(|gateway| async move {
        let data = gateway.data("{ _service { sdl } }", json!({})).await;
        let sdl = data["_service"]["sdl"].as_str().expect("text");
        assert!(sdl.contains("type Asset implements Node @key(fields: \"id\")"));
        assert!(sdl.contains("https://specs.apollo.dev/federation/v2"));
    })
    .await;
}

#[tokio::test]
async fn look_ups_at_the_root_share_their_statement() {
    both(|gateway| async move {
        gateway.import(DATA).await;
        let query = "{ a: asset(key: {source: \"import\", value: \"a1\"}) { title } b: asset(key: {source: \"import\", value: \"a2\"}) { title } none: asset(key: {source: \"import\", value: \"x\"}) { title } }";
        let answer = gateway.query(query, json!({})).await;
        assert_eq!(answer.statements(), 2);
        assert_eq!(answer.data(), json!({ "a": { "title": "One" }, "b": { "title": "Two" }, "none": null }));
    })
    .await;
}
