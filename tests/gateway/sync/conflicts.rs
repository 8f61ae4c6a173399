//! Sources that disagree on a field: whose word counts, what is kept of the others', and who follows when one lets go.

use serde_json::{Value, json};
use uuid::Uuid;
use weft::upstream::sync::{Ground, conflicts};

use super::{DAM, ground, later, lines, one, serve, settings, synced};
use crate::curation::{keys, sent};
use crate::support::{Gateway, Vendor, both_with};

/// What the sources say of each field they disagree on; the word that counts has a star.
async fn told(gateway: &Gateway, ground: &Ground) -> Vec<(String, Vec<String>)> {
    let data = gateway.data("{ assets { edges { node { id } } } }", Value::Null).await;
    let id =
        |edge: &Value| weft::store::decode_id(edge["node"]["id"].as_str().expect("an id")).expect("an id").1;
    let ids: Vec<Uuid> = data["assets"]["edges"].as_array().expect("edges").iter().map(id).collect();
    let found = conflicts(&gateway.store, ground.upstreams.ranking(), &ids).await.expect("they are read");
    let found = found.into_values().flatten();
    let shown = found.map(|conflict| {
        let values = conflict
            .values
            .iter()
            .map(|claim| format!("{}{}: {}", claim.source, if claim.counts { "*" } else { "" }, claim.value));
        (conflict.field, values.collect())
    });
    shown.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_winners_word_counts_and_the_next_ones_when_it_lets_go() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let more = "    joins: [{ by: key, type: Asset, source: dam }]\n    wins: [Asset.description]\n";
    let config = settings(&[DAM], &(one("dam", &dam, "") + &one("cms", &cms, more)));
    both_with(config.config.clone(), |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            let ours = |text: Value| json!({ "id": "a", "title": "DAM", "text": text, "mime": "image/png" });
            let theirs = |text: Value| json!({ "id": 1, "source_id": "a", "title": "CMS", "text": text });
            serve(&dam, vec![ours(json!("from the DAM"))], Vec::new());
            serve(&cms, vec![theirs(json!("from the CMS"))], Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            later(&gateway, 60);
            synced(&ground, "cms", false).await;
            let both = |description: &str| {
                json!({
                    "key": "a", "title": "DAM", "description": description, "format": "image/png",
                    "externalIds": [{ "source": "cms", "value": "1" }],
                })
            };
            assert_eq!(lines(&gateway, "Asset").await, [both("from the CMS")]);
            let disagreed = [
                (
                    "description".to_owned(),
                    vec!["cms*: \"from the CMS\"".to_owned(), "dam: \"from the DAM\"".to_owned()],
                ),
                ("title".to_owned(), vec!["dam*: \"DAM\"".to_owned(), "cms: \"CMS\"".to_owned()]),
            ];
            assert_eq!(told(&gateway, &ground).await, disagreed);
            // Whoever is asked again, and in whichever order.
            let before = super::all(&gateway).await;
            for name in ["dam", "cms", "cms", "dam"] {
                later(&gateway, 60);
                synced(&ground, name, true).await;
                assert_eq!(super::all(&gateway).await, before);
            }
            // The winner says nothing any more.
            serve(&cms, vec![theirs(Value::Null)], Vec::new());
            synced(&ground, "cms", true).await;
            assert_eq!(lines(&gateway, "Asset").await, [both("from the DAM")]);
            assert_eq!(told(&gateway, &ground).await, disagreed[1..]);
            // It has one again, and then it has the whole thing no longer.
            serve(&cms, vec![theirs(json!("from the CMS"))], Vec::new());
            synced(&ground, "cms", true).await;
            assert_eq!(lines(&gateway, "Asset").await, [both("from the CMS")]);
            serve(&cms, vec![json!({ "id": 2, "title": "Another" })], Vec::new());
            synced(&ground, "cms", true).await;
            let stored = lines(&gateway, "Asset").await;
            let kept = stored.iter().find(|line| line["key"] == "a").expect("it stays");
            assert_eq!((&kept["description"], &kept["title"]), (&json!("from the DAM"), &json!("DAM")));
            assert!(told(&gateway, &ground).await.is_empty());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_graph_shows_them_in_one_statement_for_all() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let more = "    joins: [{ by: key, type: Asset, source: dam }]\n    wins: [Asset.description]\n";
    let config = settings(&[DAM], &(one("dam", &dam, "") + &one("cms", &cms, more)));
    both_with(config.config.clone(), |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            let ours = |id: &str, title: &str| json!({ "id": id, "title": title, "text": "from the DAM" });
            serve(&dam, vec![ours("a", "A"), ours("b", "B"), ours("c", "C")], Vec::new());
            let theirs = |id: u64, of: &str, title: &str, text: &str| {
                json!({ "id": id, "source_id": of, "title": title, "text": text })
            };
            let both = vec![theirs(1, "a", "A", "from the CMS"), theirs(2, "b", "Bee", "from the DAM")];
            serve(&cms, both, Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            later(&gateway, 60);
            synced(&ground, "cms", false).await;
            let query = "{ assets(orderBy: {field: TITLE}) { edges { node { title conflicts { field values { source value observedAt counts } } } } } }";
            let answer = gateway.query(query, Value::Null).await;
            assert_eq!(answer.statements(), 2);
            let said = |source: &str, value: &str, at: &str, counts: bool| {
                json!({ "source": source, "value": value, "observedAt": at, "counts": counts })
            };
            let (first, second) = ("2026-06-01T12:00:00Z", "2026-06-01T12:01:00Z");
            let text = [
                said("cms", "from the CMS", second, true),
                said("dam", "from the DAM", first, false),
            ];
            let title = [said("dam", "B", first, true), said("cms", "Bee", second, false)];
            let node = |title: &str, conflicts: Value| json!({ "node": { "title": title, "conflicts": conflicts } });
            assert_eq!(
                answer.data()["assets"]["edges"],
                json!([
                    node("A", json!([{ "field": "description", "values": text }])),
                    node("B", json!([{ "field": "title", "values": title }])),
                    node("C", json!([])),
                ])
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_names_of_one_thing_are_no_conflict() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let more = "    joins: [{ by: key, type: Asset, source: dam }]\n";
    let config = settings(&[DAM], &(one("dam", &dam, "") + &one("cms", &cms, more)));
    both_with(config.config.clone(), |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            let ours = |from: &str| json!({ "id": "a", "title": "A", "made_from": [from] });
            let others = || vec![json!({ "id": "b", "title": "B" }), json!({ "id": "c", "title": "C" })];
            serve(&dam, [vec![ours("b")], others()].concat(), Vec::new());
            let theirs = |id: u64, of: &str, title: &str, from: Value| {
                json!({ "id": id, "source_id": of, "title": title, "made_from": from })
            };
            let there = vec![
                theirs(1, "a", "A", json!([2])),
                theirs(2, "b", "B", Value::Null),
                theirs(3, "c", "C", Value::Null),
            ];
            serve(&cms, there, Vec::new());
            let ground = ground(&gateway, &config);
            for name in ["dam", "cms", "dam", "cms"] {
                synced(&ground, name, true).await;
                assert!(told(&gateway, &ground).await.is_empty());
            }
            // Now they differ, and the first one's word counts.
            serve(&dam, [vec![ours("c")], others()].concat(), Vec::new());
            for name in ["dam", "cms"] {
                synced(&ground, name, true).await;
                let found = told(&gateway, &ground).await;
                let said = [
                    "dam*: [{\"key\":\"c\",\"source\":\"dam\"}]".to_owned(),
                    "cms: [{\"key\":\"2\",\"source\":\"cms\"}]".to_owned(),
                ];
                assert_eq!(found, [("derivedFrom".to_owned(), said.to_vec())]);
                let stored = lines(&gateway, "Asset").await;
                let a = stored.iter().find(|line| line["key"] == "a").expect("it is there");
                assert_eq!(a["derivedFrom"], json!(["c"]));
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tried_again_says_no_others_word() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let more = "    joins: [{ by: key, type: Asset, source: dam }]\n";
    let connector = DAM.replace("derivedFrom: made_from", "derivedFrom: made_from\n      concepts: tags");
    let config = settings(&[&connector], &(one("dam", &dam, "") + &one("cms", &cms, more)));
    both_with(config.config.clone(), |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            let plain = |id: &str| json!({ "id": id, "title": id });
            let ours = json!({ "id": "a", "title": "A", "made_from": ["o"] });
            serve(&dam, vec![ours, plain("o")], Vec::new());
            // What it is tagged with is not known, so that the record waits.
            let theirs =
                json!({ "id": "1", "source_id": "a", "title": "A", "made_from": ["p"], "tags": ["none"] });
            serve(&cms, vec![plain("p"), theirs], Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            synced(&ground, "cms", false).await;
            let disagreed = told(&gateway, &ground).await;
            assert_eq!(disagreed.len(), 1, "{disagreed:#?}");
            assert_eq!(disagreed[0].1[1], "cms: [{\"key\":\"p\",\"source\":\"cms\"}]");
            gateway
                .import_as("cms", "{\"type\":\"Concept\",\"key\":\"none\",\"prefLabel\":\"None\"}\n")
                .await;
            synced(&ground, "cms", false).await;
            assert_eq!(told(&gateway, &ground).await, disagreed);
            let stored = lines(&gateway, "Asset").await;
            let a = stored.iter().find(|line| line["key"] == "a").expect("it is there");
            assert_eq!(
                (&a["concepts"], &a["derivedFrom"]),
                (&json!([{ "source": "cms", "key": "none" }]), &json!(["o"]))
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_names_that_became_one_are_no_conflict() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let more = "    joins: [{ by: key, type: Asset, source: dam }]\n";
    let config = settings(&[DAM], &(one("dam", &dam, "") + &one("cms", &cms, more)));
    let mut served = config.config.clone();
    (served.keys, served.anonymous) = (keys().keys, true);
    both_with(served, |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            let plain = |id: &str| json!({ "id": id, "title": id });
            let ours = json!({ "id": "a", "title": "A", "made_from": ["b", "c"] });
            serve(&dam, vec![ours, plain("b"), plain("c")], Vec::new());
            let theirs = json!({ "id": "1", "source_id": "a", "title": "A", "made_from": ["2"] });
            let same = json!({ "id": "2", "source_id": "b", "title": "b" });
            serve(&cms, vec![same, theirs], Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            synced(&ground, "cms", false).await;
            assert_eq!(told(&gateway, &ground).await[0].0, "derivedFrom");
            let query = "{ b: asset(key: {source: \"dam\", value: \"b\"}) { id } c: asset(key: {source: \"dam\", value: \"c\"}) { id } }";
            let ids = gateway.data(query, Value::Null).await;
            let merge = "mutation ($into: ID!, $from: [ID!]!) { merge(into: $into, from: $from) { node { id } } }";
            let pair = json!({ "into": ids["b"]["id"], "from": [ids["c"]["id"]] });
            sent(&gateway, "librarian", merge, pair).await.data();
            assert!(told(&gateway, &ground).await.is_empty());
        }
    })
    .await;
}

async fn amounts(gateway: &Gateway) -> Value {
    let query = "{ campaigns { edges { node { budgetedCost actualCost currency } } } }";
    gateway.data(query, Value::Null).await["campaigns"]["edges"][0]["node"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_amount_is_given_in_anothers_currency() {
    const WORK: &str = r#"
connector: dam
kind: work
auth: { bearer: "${secret.token}" }
http: { retries: 0 }
entities:
  campaign:
    port: graph.Campaign
    list: { request: { path: /campaigns }, items: data }
    map: { id: id, ref: of, name: name, budgetedCost: planned, actualCost: spent, currency: currency }
"#;
    let (ads, work) = (Vendor::start().await, Vendor::start().await);
    let more = "    joins: [{ by: key, type: Campaign, source: ads }]\n";
    let config = settings(&[WORK], &(one("ads", &ads, "") + &one("work", &work, more)));
    both_with(config.config.clone(), |gateway| {
        let (ads, work, config) = (ads.clone(), work.clone(), config.clone());
        async move {
            let says = |vendor: &Vendor, items: Value| vendor.says(move |_| json!({ "data": items }).into());
            let spent = json!([{ "id": "c", "name": "C", "spent": 5, "currency": "USD" }]);
            let planned = |currency: &str| json!([{ "id": "w", "of": "c", "name": "C", "planned": 1000, "currency": currency }]);
            let costs = |planned: Value, spent: Value, currency: &str| json!({ "budgetedCost": planned, "actualCost": spent, "currency": currency });
            says(&ads, spent.clone());
            says(&work, planned("EUR"));
            let ground = ground(&gateway, &config);
            // Whichever comes first.
            for name in ["work", "ads", "work", "ads"] {
                later(&gateway, 60);
                synced(&ground, name, true).await;
            }
            assert_eq!(amounts(&gateway).await, costs(Value::Null, json!(5), "USD"));
            says(&work, planned("USD"));
            synced(&ground, "work", true).await;
            assert_eq!(amounts(&gateway).await, costs(json!(1000), json!(5), "USD"));
            says(&work, planned("EUR"));
            synced(&ground, "work", true).await;
            assert_eq!(amounts(&gateway).await, costs(Value::Null, json!(5), "USD"));
            // The one whose currency counted lets go.
            says(&ads, json!([]));
            synced(&ground, "ads", true).await;
            assert_eq!(amounts(&gateway).await, costs(json!(1000), Value::Null, "EUR"));
        }
    })
    .await;
}
