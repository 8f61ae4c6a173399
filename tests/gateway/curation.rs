//! Which things are one and which are not, as callers say who may: what a merge moves, what leads on from old ids, and
//! who is refused.

use reqwest::Method;
use serde_json::{Value, json};
use weft::config::{Config, Hash, Key, May};

use crate::support::{Answer, Gateway, both, both_with};

const DATA: &str = r#"{"type":"Brand","key":"b1","name":"North"}
{"type":"Concept","key":"k1","prefLabel":"Summer"}
{"type":"Concept","key":"k2","prefLabel":"Winter"}
{"type":"Asset","key":"a1","title":"One","concepts":["k1"]}
{"type":"Asset","key":"a2","title":"Two","description":"a lighthouse","brand":"b1","concepts":["k1","k2"],"derivedFrom":["a1"],"externalIds":[{"source":"cms","value":"7"}]}
{"type":"Asset","key":"a3","title":"Three","derivedFrom":["a1","a2"]}
{"type":"Rendition","key":"r1","name":"small","asset":"a2"}
{"type":"Collection","key":"c1","name":"Both","assets":["a1","a2"]}
{"type":"Collection","key":"c2","name":"Second","assets":["a2"]}
{"type":"Incident","key":"i1","title":"Broken","subject":{"type":"Asset","key":"a2"}}
{"type":"Change","key":"g1","title":"Redone","changed":[{"type":"Asset","key":"a1"},{"type":"Asset","key":"a2"}]}
"#;

const MERGE: &str = "mutation ($into: ID!, $from: [ID!]!) { merge(into: $into, from: $from) { node { id ... on Asset { title } } } }";

/// Anybody may ask; the librarian may curate, the reader may not.
pub(crate) fn keys() -> Config {
    let key = |name: &str, may: Vec<May>| Key { name: name.into(), hash: Hash::of(name), may };
    let keys = vec![key("librarian", vec![May::Curate]), key("reader", Vec::new())];
    Config { keys, anonymous: true, ..Config::default() }
}

/// Sends this with a key.
pub(crate) async fn sent(gateway: &Gateway, key: &str, query: &str, variables: Value) -> Answer {
    let request = gateway.request(Method::POST, "/graphql").bearer_auth(key);
    let request = request.header("accept", "application/graphql-response+json");
    Answer::of(request.json(&json!({ "query": query, "variables": variables }))).await
}

async fn id(gateway: &Gateway, noun: &str, key: &str) -> String {
    let query = format!("{{ one: {noun}(key: {{source: \"import\", value: {key:?}}}) {{ id }} }}");
    gateway.data(&query, Value::Null).await["one"]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_merge_moves_all_that_leads_to_a_thing_and_old_ids_lead_on() {
    both_with(keys(), |gateway| async move {
        gateway.import(DATA).await;
        let (one, two, three) =
            (id(&gateway, "asset", "a1").await, id(&gateway, "asset", "a2").await, id(&gateway, "asset", "a3").await);
        let query = "mutation ($into: ID!, $from: [ID!]!) { merge(into: $into, from: $from) { node { id ... on Asset {
            title description brand { name } externalIds { source value matchMethod }
            concepts { edges { node { prefLabel } } } renditions { name } collections(orderBy: {field: NAME}) { totalCount edges { node { name } } }
            derivedFrom { totalCount } derivatives { edges { node { title } } }
            subjectOfIncidents { totalCount } changedBy { totalCount } conflicts { field }
        } } } }";
        let answer = sent(&gateway, "librarian", query, json!({ "into": one, "from": [two] })).await;
        let named = |source: &str, value: &str, method: &str| {
            json!({ "source": source, "value": value, "matchMethod": method })
        };
        let mut node = answer.data()["merge"]["node"].take();
        let names = node["externalIds"].as_array_mut().expect("names");
        names.sort_by_key(ToString::to_string);
        let found = [named("import", "a1", "EXACT_KEY"), named("cms", "7", "CURATED"), named("import", "a2", "CURATED")];
        let mut found = found.to_vec();
        found.sort_by_key(ToString::to_string);
        assert_eq!(json!(names), json!(found));
        let labelled = |labels: &[&str]| -> Vec<Value> {
            labels.iter().map(|label| json!({ "node": { "prefLabel": label } })).collect()
        };
        assert_eq!(node["concepts"]["edges"], json!(labelled(&["Summer", "Winter"])));
        node.as_object_mut().expect("a node").retain(|name, _| name != "externalIds" && name != "concepts");
        assert_eq!(
            node,
            json!({
                "id": one, "title": "One", "description": "a lighthouse", "brand": { "name": "North" },
                "renditions": [{ "name": "small" }],
                "collections": { "totalCount": 2, "edges": [{ "node": { "name": "Both" } }, { "node": { "name": "Second" } }] },
                "derivedFrom": { "totalCount": 0 }, "derivatives": { "edges": [{ "node": { "title": "Three" } }] },
                "subjectOfIncidents": { "totalCount": 1 }, "changedBy": { "totalCount": 1 }, "conflicts": [{ "field": "concepts" }, { "field": "title" }],
            })
        );
        let query = "query ($old: ID!, $three: ID!, $all: [_Any!]!) {
            node(id: $old) { id } nodes(ids: [$three, $old]) { id } asset(id: $old) { id }
            ours: asset(key: {source: \"import\", value: \"a2\"}) { id } theirs: asset(key: {source: \"cms\", value: \"7\"}) { id }
            is: assets(filter: {id: {eq: $old}}) { edges { node { id } } }
            isOne: assets(filter: {id: {in: [$old, $three]}}) { totalCount }
            isNot: assets(filter: {id: {ne: $old}}) { edges { node { id } } }
            of: renditions(filter: {asset: {id: {eq: $old}}}) { totalCount }
            about: incidents(filter: {subject: {id: [$old]}}) { totalCount }
            changing: changes(filter: {changed: {id: [$old]}}) { totalCount }
            assets { totalCount } words: search(text: \"lighthouse\") { edges { node { id } } } gone: search(text: \"Two\") { edges { node { id } } }
            _entities(representations: $all) { ... on Asset { id } }
            collections(orderBy: {field: NAME}) { edges { node { assets { edges { node { id } } } } } }
        }";
        let given = json!({ "old": two, "three": three, "all": [{ "__typename": "Asset", "id": two }] });
        let it = json!({ "id": one });
        let listed = json!({ "edges": [{ "node": it }] });
        assert_eq!(
            gateway.data(query, given).await,
            json!({
                "node": it, "nodes": [{ "id": three }, it], "asset": it, "ours": it, "theirs": it, "is": listed,
                "isOne": { "totalCount": 2 }, "isNot": { "edges": [{ "node": { "id": three } }] }, "of": { "totalCount": 1 },
                "about": { "totalCount": 1 }, "changing": { "totalCount": 1 }, "assets": { "totalCount": 2 },
                "words": listed, "gone": { "edges": [] }, "_entities": [it],
                "collections": { "edges": [{ "node": { "assets": listed } }, { "node": { "assets": listed } }] },
            })
        );
        let alone = gateway.query("query ($old: ID!) { node(id: $old) { id } }", json!({ "old": two })).await;
        assert_eq!((alone.statements(), alone.data()), (3, json!({ "node": it })));
        // Files may name it by its old id, and its old line is a line of what it is now.
        let line = |value: Value| format!("{value}\n");
        let named = line(json!({ "type": "Rendition", "key": "r2", "name": "large", "asset": { "id": two } }))
            + &line(json!({ "type": "Collection", "key": "c3", "name": "Third", "assets": [{ "id": two }] }))
            + &line(json!({ "type": "Asset", "key": "a2", "id": two, "title": "Two again" }));
        gateway.import(&named).await;
        let query = "query ($one: ID!) { asset(id: $one) { title collections { totalCount } } assets { totalCount } renditions(filter: {asset: {id: {eq: $one}}}) { totalCount } }";
        assert_eq!(
            gateway.data(query, json!({ "one": one })).await,
            json!({
                "asset": { "title": "Two again", "collections": { "totalCount": 3 } },
                "assets": { "totalCount": 2 }, "renditions": { "totalCount": 2 },
            })
        );
        // And on through the next merge.
        sent(&gateway, "librarian", MERGE, json!({ "into": three, "from": [two] })).await.data();
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } asset(key: {source: \"cms\", value: \"7\"}) { derivedFrom { totalCount } } }";
        assert_eq!(
            gateway.data(query, json!({ "ids": [one, two, three] })).await,
            json!({ "nodes": [{ "id": three }, { "id": three }, { "id": three }], "asset": { "derivedFrom": { "totalCount": 0 } } })
        );
    })
    .await;
}

#[tokio::test]
async fn facts_move_and_a_source_that_measured_both_tells_them_apart() {
    both_with(keys(), |gateway| async move {
        gateway
            .import(
                r#"{"type":"Audience","key":"u1","name":"One"}
{"type":"Audience","key":"u2","name":"Two"}
{"type":"PerformanceFact","day":"2026-05-01","audience":"u1","impressions":1}
{"type":"PerformanceFact","day":"2026-05-02","audience":"u2","impressions":2}
"#,
            )
            .await;
        let (one, two) = (id(&gateway, "audience", "u1").await, id(&gateway, "audience", "u2").await);
        let facts = "query ($id: ID!) { audience(id: $id) { performance { totalCount } } }";
        let pair = json!({ "into": one, "from": [two] });
        // One source that measures both on a day tells them apart.
        gateway.import("{\"type\":\"PerformanceFact\",\"day\":\"2026-05-01\",\"audience\":\"u2\",\"impressions\":3}\n").await;
        let answer = sent(&gateway, "librarian", MERGE, pair).await;
        assert_eq!((answer.codes(), &answer.body["data"]["merge"]), (vec!["BAD_USER_INPUT"], &Value::Null));
        assert!(answer.message().contains("tells them apart"), "{}", answer.message());
        let data = gateway.data(facts, json!({ "id": two })).await;
        assert_eq!(data["audience"]["performance"]["totalCount"], 2);
        gateway.import("{\"type\":\"Audience\",\"key\":\"u3\",\"name\":\"Three\"}\n").await;
        let three = id(&gateway, "audience", "u3").await;
        sent(&gateway, "librarian", MERGE, json!({ "into": three, "from": [two] })).await.data();
        let data = gateway.data(facts, json!({ "id": two })).await;
        assert_eq!(data["audience"]["performance"]["totalCount"], 2);
    })
    .await;
}

const SPLIT: &str = "mutation ($ids: [Key!]!, $from: ID!) { split(externalIds: $ids, from: $from) { node { id } from { id } } }";

async fn id_in(gateway: &Gateway, noun: &str, (source, key): (&str, &str)) -> String {
    let query = format!("{{ one: {noun}(key: {{source: {source:?}, value: {key:?}}}) {{ id }} }}");
    gateway.data(&query, Value::Null).await["one"]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn what_a_source_measured_goes_with_its_name() {
    both_with(keys(), |gateway| async move {
        let measured = |key: &str, clicks: u64| {
            format!(
                "{{\"type\":\"Audience\",\"key\":\"{key}\",\"name\":\"{key}\"}}\n\
                 {{\"type\":\"PerformanceFact\",\"day\":\"2026-05-01\",\"audience\":\"{key}\",\"clicks\":{clicks}}}\n"
            )
        };
        gateway.import_as("ads", &measured("u1", 1)).await;
        gateway.import_as("cdp", &measured("u2", 2)).await;
        let one = id_in(&gateway, "audience", ("ads", "u1")).await;
        let two = id_in(&gateway, "audience", ("cdp", "u2")).await;
        sent(&gateway, "librarian", MERGE, json!({ "into": one, "from": [two] })).await.data();
        let ids = json!([{ "source": "cdp", "value": "u2" }]);
        sent(&gateway, "librarian", SPLIT, json!({ "ids": ids, "from": one })).await.data();
        // Said again, nothing stands there twice.
        gateway.import_as("cdp", &measured("u2", 2)).await;
        let query = "{ ours: audience(key: {source: \"ads\", value: \"u1\"}) { performance { edges { node { clicks } } } }
            theirs: audience(key: {source: \"cdp\", value: \"u2\"}) { performance { edges { node { clicks } } } } }";
        let clicks = |clicks: u64| json!({ "performance": { "edges": [{ "node": { "clicks": clicks } }] } });
        assert_eq!(gateway.data(query, Value::Null).await, json!({ "ours": clicks(1), "theirs": clicks(2) }));
    })
    .await;
}

#[tokio::test]
async fn statuses_that_a_split_changes_are_dated() {
    both_with(keys(), |gateway| async move {
        let said = |status: &str| {
            format!(
                "{{\"type\":\"Delivery\",\"key\":\"d\",\"name\":\"D\",\"status\":\"{status}\",\"startTime\":\"2026-05-01T00:00:00Z\"}}\n"
            )
        };
        gateway.import_as("ads", &said("ACTIVE")).await;
        gateway.import_as("esp", &said("PAUSED")).await;
        let ours = id_in(&gateway, "delivery", ("ads", "d")).await;
        let theirs = id_in(&gateway, "delivery", ("esp", "d")).await;
        sent(&gateway, "librarian", MERGE, json!({ "into": theirs, "from": [ours] })).await.data();
        let ids = json!([{ "source": "esp", "value": "d" }]);
        let answer = sent(&gateway, "librarian", SPLIT, json!({ "ids": ids, "from": theirs })).await;
        assert_eq!(answer.data()["split"]["from"]["id"], json!(theirs));
        let live = |at: &str| {
            format!("{{ deliveries(filter: {{live: {{at: {at:?}}}}}) {{ edges {{ node {{ status externalIds {{ source }} }} }} }} }}")
        };
        let active = json!([{ "node": { "status": "ACTIVE", "externalIds": [{ "source": "ads" }] } }]);
        let weft::clock::Clock::Set(now) = &gateway.clock else { panic!("the tests' clock can be set") };
        let before = weft::clock::written(gateway.clock.now());
        assert_eq!(gateway.data(&live(&before), Value::Null).await["deliveries"]["edges"], active);
        // What is learnt of the new one later leaves its past as it was.
        now.fetch_add(60_000_000, std::sync::atomic::Ordering::SeqCst);
        gateway.import_as("esp", &said("ACTIVE")).await;
        assert_eq!(gateway.data(&live(&before), Value::Null).await["deliveries"]["edges"], active);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_merged_or_split_is_told() {
    both_with(keys(), |gateway| async move {
        gateway.import(DATA).await;
        gateway.import("{\"type\":\"Kpi\",\"key\":\"reach\"}\n{\"type\":\"Kpi\",\"key\":\"ctr\"}\n").await;
        let (one, two, brand) = (
            id(&gateway, "asset", "a1").await,
            id(&gateway, "asset", "a2").await,
            id(&gateway, "brand", "b1").await,
        );
        let kpis = gateway.data("{ kpis { id } }", Value::Null).await;
        let kpi = |place: usize| kpis["kpis"][place]["id"].clone();
        let (noun, _) = weft::store::decode_id(&one).expect("an id");
        let unknown = weft::store::encode_id(noun.noun.code, gateway.clock.id());
        let all: Vec<String> = (0..101).map(|_| one.clone()).collect();
        for (into, from, code, says) in [
            (json!(one), json!([brand]), "INVALID_ID", "from: a Brand cannot be merged into a Asset"),
            (json!(one), json!([two, two]), "BAD_USER_INPUT", "is named twice"),
            (json!(one), json!([one]), "BAD_USER_INPUT", "is named twice"),
            (json!(one), json!([]), "BAD_USER_INPUT", "from: name at least one"),
            (json!(one), json!(all), "BAD_USER_INPUT", "from may name at most 100"),
            (json!(one), json!([unknown]), "INVALID_ID", "from: there is no Asset"),
            (json!(unknown), json!([one]), "INVALID_ID", "into: there is no Asset"),
            (json!("x"), json!([one]), "INVALID_ID", "into: \"x\" is not an id"),
            (kpi(0), json!([kpi(1)]), "BAD_USER_INPUT", "known by its name alone"),
        ] {
            let answer = sent(&gateway, "librarian", MERGE, json!({ "into": into, "from": from })).await;
            assert_eq!(answer.codes(), [code], "{}", answer.message());
            assert!(answer.message().contains(says), "{}", answer.message());
            assert_eq!(answer.body["errors"][0]["path"], json!(["merge"]));
        }
        let split =
            "mutation ($ids: [Key!]!, $from: ID!) { split(externalIds: $ids, from: $from) { node { id } } }";
        let (ours, theirs) =
            (json!({ "source": "import", "value": "a2" }), json!({ "source": "cms", "value": "7" }));
        for (ids, says) in [
            (json!([ours, theirs]), "nothing would be left"),
            (json!([theirs, theirs]), "named twice"),
            (json!([]), "at least one"),
            (json!([{ "source": "import", "value": "a1" }]), "has no \"a1\" in \"import\""),
        ] {
            let answer = sent(&gateway, "librarian", split, json!({ "ids": ids, "from": two })).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{}", answer.message());
            assert!(answer.message().contains(says), "{}", answer.message());
        }
        let data = gateway.data("{ assets { totalCount } }", Value::Null).await;
        assert_eq!(data["assets"]["totalCount"], 3);
    })
    .await;
}

#[tokio::test]
async fn only_a_key_that_may_curate_does() {
    both_with(keys(), |gateway| async move {
        gateway.import(DATA).await;
        let pair =
            json!({ "into": id(&gateway, "asset", "a1").await, "from": [id(&gateway, "asset", "a2").await] });
        let anonymous = gateway.query(MERGE, pair.clone()).await;
        assert_eq!(anonymous.codes(), ["FORBIDDEN"]);
        assert!(anonymous.message().contains("`may: [curate]`"), "{}", anonymous.message());
        let reader = sent(&gateway, "reader", MERGE, pair.clone()).await;
        assert_eq!(reader.codes(), ["FORBIDDEN"]);
        assert!(reader.message().contains("The key `reader`"), "{}", reader.message());
        assert_eq!(sent(&gateway, "nobody", MERGE, pair.clone()).await.codes(), ["UNAUTHENTICATED"]);
        assert_eq!(gateway.data("{ assets { totalCount } }", Value::Null).await["assets"]["totalCount"], 3);
        sent(&gateway, "librarian", MERGE, pair).await.data();
        assert_eq!(gateway.data("{ assets { totalCount } }", Value::Null).await["assets"]["totalCount"], 2);
    })
    .await;
    both(|gateway| async move {
        gateway.import(DATA).await;
        let pair =
            json!({ "into": id(&gateway, "asset", "a1").await, "from": [id(&gateway, "asset", "a2").await] });
        let answer = gateway.query(MERGE, pair).await;
        assert_eq!(answer.codes(), ["FORBIDDEN"]);
        assert!(answer.message().contains("configure one under `keys`"), "{}", answer.message());
    })
    .await;
}
