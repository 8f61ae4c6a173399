//! Entities that several systems know: joined by exact key, by checksum, by a list that somebody keeps, never by guess.

use serde_json::{Value, json};

use super::{DAM, asset, counts, ground, lines, load, one, serve, settings, synced};
use crate::curation::{keys, sent};
use crate::support::{Vendor, both_with};

fn hashed(id: &str, hash: &str) -> Value {
    json!({ "id": id, "title": id, "hash": hash, "modified": "2026-05-01T00:00:00Z" })
}

#[tokio::test(flavor = "multi_thread")]
async fn by_exact_key_whichever_comes_first() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let joins = "    joins: [{ by: key, type: Asset, source: dam }]\n";
    let config = settings(&[DAM], &(one("dam", &dam, "") + &one("cms", &cms, joins)));
    both_with(config.config.clone(), |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            let image = |id: u64, of: &str| json!({ "id": id, "title": "In the CMS", "source_id": of });
            serve(&dam, vec![asset(1)], Vec::new());
            serve(
                &cms,
                vec![image(1, "a0001"), image(2, "a0002"), image(3, "a0009"), image(4, "a0009")],
                Vec::new(),
            );
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            let ran = synced(&ground, "cms", false).await;
            assert_eq!(counts(&ran, "asset").ambiguous, 2, "two that say they are the same one: {ran:#?}");
            // The second is known to the DAM too, which says so only now.
            serve(&dam, vec![asset(1), asset(2)], Vec::new());
            let ran = synced(&ground, "dam", true).await;
            assert_eq!(counts(&ran, "asset").new, 0, "{ran:#?}");
            let stored = lines(&gateway, "Asset").await;
            assert_eq!(stored.len(), 4, "{stored:#?}");
            let joined: Vec<&Value> = stored.iter().filter(|line| line["externalIds"].is_array()).collect();
            assert_eq!(joined.len(), 2, "{stored:#?}");
            for line in joined {
                assert_eq!(line["title"].as_str().map(|title| &title[..6]), Some("Asset "), "{line:#}");
            }
            let before = super::all(&gateway).await;
            synced(&ground, "cms", true).await;
            synced(&ground, "dam", true).await;
            assert_eq!(super::all(&gateway).await, before);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_checksum_unless_it_could_be_two() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let joins = "    joins: [{ by: checksum }]\n";
    let config = settings(&[DAM], &(one("dam", &dam, "") + &one("cms", &cms, joins)));
    both_with(config.config.clone(), |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            serve(&dam, vec![hashed("a", "md5:1"), hashed("b", "md5:2"), hashed("c", "md5:2")], Vec::new());
            let here = [("x", "md5:1"), ("y", "md5:2"), ("z", "md5:3"), ("w", "md5:3")];
            serve(&cms, here.iter().map(|(id, hash)| hashed(id, hash)).collect(), Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            let ran = synced(&ground, "cms", false).await;
            assert_eq!((counts(&ran, "asset").new, counts(&ran, "asset").ambiguous), (3, 1), "{ran:#?}");
            let stored = lines(&gateway, "Asset").await;
            let a = stored.iter().find(|line| line["key"] == "a").expect("it is there");
            assert_eq!(
                a["externalIds"],
                json!([{ "source": "cms", "value": "x", "matchMethod": "CHECKSUM", "confidence": 1.0 }])
            );
            let before = super::all(&gateway).await;
            let ran = synced(&ground, "cms", true).await;
            assert_eq!(counts(&ran, "asset").ambiguous, 0, "they are known by now: {ran:#?}");
            assert_eq!(super::all(&gateway).await, before);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_list_that_somebody_keeps() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("same.csv"), "type,key,source,other\nAsset,x,dam,a0001\n")
        .expect("a list");
    let joins = "    joins: [{ by: file, file: same.csv }]\n";
    let sources = one("dam", &dam, "") + &one("cms", &cms, joins);
    let config = load(folder.path(), &[DAM], &sources).expect("the settings are right");
    both_with(config.clone(), |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            serve(&dam, vec![asset(1)], Vec::new());
            serve(&cms, vec![hashed("x", "-"), hashed("y", "-")], Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            synced(&ground, "cms", false).await;
            let stored = lines(&gateway, "Asset").await;
            assert_eq!(stored.len(), 2);
            assert_eq!(
                stored[0]["externalIds"],
                json!([{ "source": "cms", "value": "x", "matchMethod": "CURATED", "confidence": 1.0 }])
            );
        }
    })
    .await;
    std::fs::write(folder.path().join("same.csv"), "Asset,x,dam,a0001\nAsset,x\n").expect("a list");
    let said = load(folder.path(), &[DAM], &sources).expect_err("it is wrong");
    assert!(said.contains("same.csv:2:1: expected 4 cells"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_about_what_is_known_as_two_is_told_with_what_makes_them_one() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("same.csv"), "Asset,x,dam,a0001\n").expect("a list");
    let joins = "    joins: [{ by: file, file: same.csv }]\n";
    let sources = |more: &str| one("dam", &dam, "") + &one("cms", &cms, more);
    let without = load(folder.path(), &[DAM], &sources("")).expect("the settings are right");
    let with = load(folder.path(), &[DAM], &sources(joins)).expect("the settings are right");
    let mut served = with.clone();
    (served.keys, served.anonymous) = (keys().keys, true);
    both_with(served, |gateway| {
        let (dam, cms, without, with) = (dam.clone(), cms.clone(), without.clone(), with.clone());
        async move {
            serve(&dam, vec![asset(1)], Vec::new());
            serve(&cms, vec![hashed("x", "-")], Vec::new());
            for name in ["dam", "cms"] {
                synced(&ground(&gateway, &without), name, false).await;
            }
            let ground = ground(&gateway, &with);
            let ran = synced(&ground, "cms", true).await;
            assert_eq!((counts(&ran, "asset").ambiguous, ran.notes.len()), (0, 1), "{ran:#?}");
            let query = "{ ours: asset(key: {source: \"dam\", value: \"a0001\"}) { id } theirs: asset(key: {source: \"cms\", value: \"x\"}) { id } }";
            let ids = gateway.data(query, Value::Null).await;
            let (ours, theirs) = (ids["ours"]["id"].as_str().unwrap(), ids["theirs"]["id"].as_str().unwrap());
            let said = format!("mutation {{ merge(into: \"{ours}\", from: [\"{theirs}\"]) {{ node {{ id }} }} }}");
            assert!(ran.notes[0].contains(&said), "{:?}", ran.notes);
            // What it says does it.
            sent(&gateway, "librarian", &said, Value::Null).await.data();
            let ran = synced(&ground, "cms", true).await;
            assert_eq!((counts(&ran, "asset").ambiguous, ran.notes.len()), (0, 0), "{ran:#?}");
            assert_eq!(lines(&gateway, "Asset").await.len(), 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_name_one_thing_twice_are_not_called_uncertain() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let folder = tempfile::tempdir().expect("a folder");
    let list = "Asset,x,dam,a0001\nAsset,y,dam,a0001\n";
    std::fs::write(folder.path().join("same.csv"), list).expect("a list");
    let joins = "    joins: [{ by: file, file: same.csv }]\n";
    let sources = one("dam", &dam, "") + &one("cms", &cms, joins);
    let config = load(folder.path(), &[DAM], &sources).expect("the settings are right");
    both_with(config.clone(), |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            serve(&cms, vec![hashed("x", "-"), hashed("y", "-")], Vec::new());
            serve(&dam, vec![asset(1)], Vec::new());
            let ground = ground(&gateway, &config);
            // Before the other source has given it the first of them stands for it.
            for (name, notes) in [("cms", 0), ("dam", 0), ("cms", 1)] {
                let ran = synced(&ground, name, true).await;
                assert_eq!((counts(&ran, "asset").ambiguous, ran.notes.len()), (0, notes), "{ran:#?}");
            }
            assert_eq!(lines(&gateway, "Asset").await.len(), 2);
        }
    })
    .await;
}
