//! Whom of a source is asked for a thing: which of its entities, and by which of its names.

use serde_json::{Value, json};

use super::world::{dam, known, named, settings};
use crate::curation::{keys, sent};
use crate::support::{Vendor, both_with};

const TWO: &str = r#"connector: test-two
kind: dam
entities:
  image:
    port: dam.asset
    get_many: { request: { path: /images, query: { ids: "${ids}" } }, max_ids: 50, items: data }
    map: { id: id, title: name }
  video:
    port: dam.asset
    ids_of: image
    get_many: { request: { path: /videos, query: { ids: "${ids}" } }, max_ids: 50, items: data }
    map: { id: id, title: name }
"#;

#[tokio::test]
async fn what_one_entity_of_a_source_does_not_know_the_next_is_asked_for() {
    let vendor = Vendor::start().await;
    both_with(settings(&[("dam", TWO, &vendor.url)]), |gateway| {
        let vendor = &vendor;
        async move {
            vendor.says(|asked| {
                let kind = asked.path.trim_start_matches('/').trim_end_matches('s').to_owned();
                let mine = |id: &String| id.starts_with(&kind);
                let item = |id: String| json!({ "id": id, "name": format!("Live {id}") });
                let items: Vec<Value> = asked.ids().into_iter().filter(mine).map(item).collect();
                json!({ "data": items }).into()
            });
            let all = ["image-1", "image-2", "lost-1", "video-1", "video-2"];
            let lines: String = all.iter().map(|key| known("Asset", "dam", key)).collect();
            gateway.import(&lines).await;
            let query =
                "{ assets(orderBy: {field: TITLE}) { edges { node { title live { title source } } } } }";
            let answer = gateway.query(query, json!({})).await;
            assert_eq!(answer.statements(), 2);
            let data = answer.data();
            let expected: Vec<Value> = (all.iter())
                .map(|key| {
                    let live = json!({ "title": format!("Live {key}"), "source": "dam" });
                    let live = if key.starts_with("lost") { Value::Null } else { live };
                    json!({ "node": { "title": format!("Stored {key}"), "live": live } })
                })
                .collect();
            assert_eq!(data["assets"]["edges"], json!(expected));
            let mut asked: Vec<(String, Vec<String>)> = (vendor.asked().into_iter())
                .map(|asked| {
                    let mut ids = asked.ids();
                    ids.sort();
                    (asked.path, ids)
                })
                .collect();
            asked.sort();
            let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
            assert_eq!(
                asked,
                [("/images".to_owned(), texts(&all)), ("/videos".to_owned(), texts(&all[2..]))],
                "each once, and the second only for what the first does not know"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_names_in_one_source_the_one_that_was_merged_away_is_not_asked_for() {
    let vendor = Vendor::saying(named).await;
    let mut config = settings(&[("dam", dam(), &vendor.url)]);
    (config.keys, config.anonymous) = (keys().keys, true);
    both_with(config, |gateway| {
        let vendor = &vendor;
        async move {
            gateway.import(&(known("Asset", "dam", "a") + &known("Asset", "dam", "b"))).await;
            let query = "{ a: asset(key: {source: \"dam\", value: \"a\"}) { id } b: asset(key: {source: \"dam\", value: \"b\"}) { id } }";
            let ids = gateway.data(query, Value::Null).await;
            let merge = "mutation ($into: ID!, $from: [ID!]!) { merge(into: $into, from: $from) { node { id } } }";
            let pair = json!({ "into": ids["b"]["id"], "from": [ids["a"]["id"]] });
            sent(&gateway, "librarian", merge, pair).await.data();
            vendor.asked();
            let data = gateway.data("{ assets { edges { node { live { title } } } } }", json!({})).await;
            assert_eq!(data["assets"]["edges"], json!([{ "node": { "live": { "title": "Live b" } } }]));
            assert_eq!(vendor.asked()[0].ids(), ["b"]);
        }
    })
    .await;
}
