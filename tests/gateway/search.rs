//! Search: the same words find the same things on both databases, the better first, and a walk over the pages meets
//! each of them once.

use serde_json::{Value, json};

use crate::support::{Gateway, both};

async fn found(gateway: &Gateway, arguments: &str) -> Vec<String> {
    let query = format!("{{ search({arguments}) {{ edges {{ node {{ externalIds {{ value }} }} }} }} }}");
    let data = gateway.data(&query, json!({})).await;
    let edges = data["search"]["edges"].as_array().expect("edges").clone();
    let mut keys: Vec<String> = edges
        .iter()
        .map(|edge| edge["node"]["externalIds"][0]["value"].as_str().expect("a key").to_owned())
        .collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn words_are_found_wherever_signs_part_them() {
    both(|gateway| async move {
        let texts = [
            ("dash", "summer-2026"),
            ("host", "see www.example.com/offer now"),
            ("mail", "me@shop.example"),
            ("number", "version 3.5"),
            ("under", "hero_banner_final"),
            ("umlaut", "Größe wählen"),
            ("plain", "Hero"),
        ];
        let lines: Vec<String> = texts
            .iter()
            .map(|(key, title)| json!({ "type": "Asset", "key": key, "title": title }).to_string() + "\n")
            .collect();
        gateway.import(&lines.concat()).await;
        for (text, keys) in [
            ("2026", vec!["dash"]),
            ("summer-2026", vec!["dash"]),
            ("offer", vec!["host"]),
            ("example", vec!["host", "mail"]),
            ("shop", vec!["mail"]),
            ("5", vec!["number"]),
            ("banner", vec!["under"]),
            ("HERO", vec!["plain", "under"]),
            ("her", vec!["plain", "under"]),
            ("größe", vec!["umlaut"]),
            ("hero banner", vec!["under"]),
            ("hero nothing", vec![]),
        ] {
            assert_eq!(found(&gateway, &format!("text: {text:?}")).await, keys, "{text}");
        }
        assert_eq!(found(&gateway, "text: \"hero\", types: [BRAND]").await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_title_counts_for_more_than_copy() {
    both(|gateway| async move {
        gateway
            .import(concat!(
                r#"{"type":"Variant","key":"copy","name":"other","text":"harbour at night with boats and lamps"}"#,
                "\n",
                r#"{"type":"Asset","key":"description","title":"other","description":"harbour at night with boats and lamps"}"#,
                "\n",
                r#"{"type":"Asset","key":"title","title":"harbour at night with boats and lamps"}"#,
                "\n",
            ))
            .await;
        let query = "{ search(text: \"harbour\") { totalCount edges { node { __typename externalIds { value } } } } }";
        let data = gateway.data(query, json!({})).await;
        let edges = data["search"]["edges"].as_array().expect("edges");
        let keys: Vec<&Value> = edges.iter().map(|edge| &edge["node"]["externalIds"][0]["value"]).collect();
        assert_eq!(keys, ["title", "description", "copy"]);
        assert_eq!(data["search"]["totalCount"], 3);
    })
    .await;
}

/// Walks a list by its cursors and answers the keys that were met, which must end.
async fn walked(gateway: &Gateway, list: &str, arguments: &str) -> Vec<String> {
    let (mut keys, mut after) = (Vec::new(), String::new());
    for _ in 0..200 {
        let query = format!(
            "{{ list: {list}(first: 7{arguments}{after}) {{ edges {{ node {{ externalIds {{ value }} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let data = gateway.data(&query, json!({})).await;
        let edges = data["list"]["edges"].as_array().expect("edges");
        keys.extend(
            edges
                .iter()
                .map(|edge| edge["node"]["externalIds"][0]["value"].as_str().expect("a key").to_owned()),
        );
        let info = &data["list"]["pageInfo"];
        if info["hasNextPage"] == json!(false) {
            return keys;
        }
        after = format!(", after: {}", info["endCursor"]);
    }
    panic!("the walk over {list} does not end");
}

#[tokio::test]
async fn a_walk_by_numbers_with_many_digits_meets_each_once() {
    both(|gateway| async move {
        let words = ["alpha", "beta", "gamma"];
        let mut lines = String::new();
        for number in 0_u32..150 {
            let title =
                format!("thing {} {}", words[number as usize % 3], "filler ".repeat(number as usize % 11));
            let line = json!({ "type": "Collection", "key": format!("c{number}"), "name": title.trim() });
            lines += &format!("{line}\n");
            let weight = f64::from(number.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24);
            lines +=
                &format!("{}\n", json!({ "type": "Rule", "key": format!("r{number}"), "weight": weight }));
        }
        gateway.import(&lines).await;
        for (list, arguments) in [
            ("search", ", text: \"thing\""),
            ("rules", ", orderBy: {field: WEIGHT}"),
            ("rules", ", orderBy: {field: WEIGHT, direction: DESC}"),
        ] {
            let mut keys = walked(&gateway, list, arguments).await;
            assert_eq!(keys.len(), 150, "{list}{arguments}");
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), 150, "{list}{arguments}");
        }
    })
    .await;
}
