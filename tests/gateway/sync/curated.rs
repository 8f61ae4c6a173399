//! What sources give, merged and split by hand: whose word is kept, and that the next sync agrees.

use serde_json::{Value, json};

use super::{DAM, asset, ground, later, lines, one, serve, settings, synced};
use crate::curation::{keys, sent};
use crate::support::{Gateway, Vendor, both_with};

async fn id(gateway: &Gateway, source: &str, key: &str) -> Value {
    let query = "query ($key: Key!) { asset(key: $key) { id } }";
    let key = json!({ "key": { "source": source, "value": key } });
    gateway.data(query, key).await["asset"]["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_merged_shows_what_they_disagree_on_and_is_split_again() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let config = settings(&[DAM], &(one("dam", &dam, "") + &one("cms", &cms, "")));
    let mut served = config.config.clone();
    (served.keys, served.anonymous) = (keys().keys, true);
    both_with(served, |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            let origin = |id: &str| json!({ "id": id, "title": id });
            serve(
                &dam,
                vec![json!({ "id": "a", "title": "DAM", "mime": "image/png", "made_from": ["o"] }), origin("o")],
                Vec::new(),
            );
            serve(
                &cms,
                vec![json!({ "id": "1", "title": "CMS", "text": "from the CMS", "made_from": ["p"] }), origin("p")],
                Vec::new(),
            );
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            synced(&ground, "cms", false).await;
            let apart = lines(&gateway, "Asset").await;
            let (ours, theirs) = (id(&gateway, "dam", "a").await, id(&gateway, "cms", "1").await);
            let merge = "mutation ($into: ID!, $from: [ID!]!) { merge(into: $into, from: $from) { node { ... on Asset {
                title description format conflicts { field values { source counts } }
                derivedFrom(orderBy: {field: TITLE}) { edges { node { title } } } } } } }";
            later(&gateway, 60);
            let answer = sent(&gateway, "librarian", merge, json!({ "into": ours, "from": [theirs] })).await;
            let values = json!([{ "source": "dam", "counts": true }, { "source": "cms", "counts": false }]);
            let origins = json!([{ "node": { "title": "o" } }, { "node": { "title": "p" } }]);
            assert_eq!(
                answer.data()["merge"]["node"],
                json!({
                    "title": "DAM", "description": "from the CMS", "format": "image/png",
                    "conflicts": [{ "field": "derivedFrom", "values": values }, { "field": "title", "values": values }],
                    "derivedFrom": { "edges": origins },
                })
            );
            // Both sources find it, and nothing is made anew.
            for name in ["dam", "cms", "dam"] {
                later(&gateway, 60);
                let ran = synced(&ground, name, true).await;
                assert_eq!(ran.entities[0].1.new, 0, "{ran:#?}");
            }
            let split = "mutation ($ids: [Key!]!, $from: ID!) { split(externalIds: $ids, from: $from) {
                node { id ... on Asset { title description format conflicts { field } externalIds { source } derivedFrom { edges { node { title } } } } }
                from { id ... on Asset { title description format conflicts { field } externalIds { source } derivedFrom { edges { node { title } } } } } } }";
            let ids = json!([{ "source": "cms", "value": "1" }]);
            let answer = sent(&gateway, "librarian", split, json!({ "ids": ids, "from": theirs })).await;
            let parted = answer.data()["split"].take();
            assert_eq!(
                parted["from"],
                json!({
                    "id": ours, "title": "DAM", "description": null, "format": "image/png", "conflicts": [],
                    "externalIds": [{ "source": "dam" }], "derivedFrom": { "edges": [{ "node": { "title": "o" } }] },
                })
            );
            let new = parted["node"]["id"].clone();
            assert_eq!(
                parted["node"],
                json!({
                    "id": new, "title": "CMS", "description": "from the CMS", "format": null, "conflicts": [],
                    "externalIds": [{ "source": "cms" }], "derivedFrom": { "edges": [{ "node": { "title": "p" } }] },
                })
            );
            assert!(new != ours && new != theirs);
            let found = gateway.data(
                "query ($old: ID!) { node(id: $old) { id } theirs: search(text: \"CMS\", types: [ASSET]) { edges { node { id } } } ours: search(text: \"DAM\", types: [ASSET]) { edges { node { id } } } }",
                json!({ "old": theirs }),
            );
            assert_eq!(
                found.await,
                json!({ "node": { "id": ours }, "theirs": { "edges": [{ "node": { "id": new } }] }, "ours": { "edges": [{ "node": { "id": ours } }] } })
            );
            for name in ["cms", "dam"] {
                synced(&ground, name, true).await;
                assert_eq!(lines(&gateway, "Asset").await, apart);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_names_in_one_source_the_first_ones_word_stays() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    let mut served = config.config.clone();
    (served.keys, served.anonymous) = (keys().keys, true);
    both_with(served, |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            // So far apart that they come in at two times.
            let mut assets: Vec<Value> = (0..620).map(asset).collect();
            assets[1]["made_from"] = json!(["a0000", "a0619"]);
            serve(&vendor, assets, Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            let (first, last) = (id(&gateway, "dam", "a0000").await, id(&gateway, "dam", "a0619").await);
            let merge =
                "mutation ($into: ID!, $from: [ID!]!) { merge(into: $into, from: $from) { node { id } } }";
            sent(&gateway, "librarian", merge, json!({ "into": last, "from": [first] })).await.data();
            let before = super::all(&gateway).await;
            assert!(before.contains("Asset 619") && !before.contains("\"Asset 0\""));
            for _ in 0..2 {
                later(&gateway, 60);
                let ran = synced(&ground, "dam", true).await;
                let changed: u64 = ran.entities.iter().map(|(_, counts)| counts.changed).sum();
                assert_eq!((changed, ran.entities[0].1.gone), (0, 0), "{ran:#?}");
                assert_eq!(super::all(&gateway).await, before);
            }
        }
    })
    .await;
}
