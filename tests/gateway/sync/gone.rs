//! What a source has no longer is marked, comes back, and is never taken for gone on a guess.

use serde_json::{Value, json};
use weft::upstream::sync::{Order, Unwatched, sync};

use super::{DAM, asset, counts, ground, later, lines, one, page, run, serve, settings, synced};
use crate::support::{Gateway, Said, Vendor, both_with};

/// The keys of assets whose identity has ended.
async fn ended(gateway: &Gateway) -> Vec<String> {
    let ended = |line: &Value| {
        let all = line["externalIds"].as_array().cloned().unwrap_or_default();
        all.iter().any(|identity| !identity["validTo"].is_null())
    };
    let lines = lines(gateway, "Asset").await;
    lines
        .iter()
        .filter(|line| ended(line))
        .map(|line| line["key"].as_str().expect("a key").to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_and_back() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let assets: Vec<Value> = (0..120).map(asset).collect();
            serve(&vendor, assets.clone(), Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            let before = lines(&gateway, "Asset").await;
            later(&gateway, 60);
            // A walk that fails in the middle marks nothing.
            let most = assets[..115].to_vec();
            vendor.says(move |asked| match (asked.path.as_str(), asked.number("page")) {
                ("/assets", Some(2)) => Said::status(503),
                ("/assets", _) => page(asked, &most),
                _ => json!({ "data": [] }).into(),
            });
            assert_eq!(run(&ground, "dam", true).await.failures.len(), 1);
            assert_eq!(ended(&gateway).await, Vec::<String>::new());
            serve(&vendor, assets[..115].to_vec(), Vec::new());
            let ran = synced(&ground, "dam", true).await;
            assert_eq!(counts(&ran, "asset").gone, 10, "five assets and their files: {ran:#?}");
            assert_eq!(ended(&gateway).await, ["a0115", "a0116", "a0117", "a0118", "a0119"]);
            let ran = synced(&ground, "dam", true).await;
            assert_eq!(counts(&ran, "asset").gone, 0, "what is gone goes once");
            serve(&vendor, assets.clone(), Vec::new());
            synced(&ground, "dam", true).await;
            assert_eq!(lines(&gateway, "Asset").await, before);
            // One that the source itself calls deleted.
            let mut said = assets.clone();
            said[3] = json!({ "id": "a0003", "deleted": true, "modified": "2026-05-03T00:00:00Z" });
            serve(&vendor, said, Vec::new());
            let ran = synced(&ground, "dam", false).await;
            assert_eq!(counts(&ran, "asset").gone, 1);
            assert_eq!(ended(&gateway).await, ["a0003"]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_is_not_believed_at_once() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let collections = vec![json!({ "id": 1, "name": "One", "members": [] })];
            serve(&vendor, vec![asset(1)], collections);
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            // Collections are always walked whole.
            serve(&vendor, vec![asset(1)], Vec::new());
            let ran = synced(&ground, "dam", false).await;
            assert_eq!(counts(&ran, "collection").gone, 0);
            assert!(ran.notes.iter().any(|note| note.contains("weft sync dam --full")), "{ran:#?}");
            let ran = synced(&ground, "dam", true).await;
            assert_eq!(counts(&ran, "collection").gone, 1, "{ran:#?}");
            // Records without an id leave open who is still there.
            serve(&vendor, vec![asset(1)], vec![json!({ "id": 1, "name": "One" })]);
            synced(&ground, "dam", true).await;
            serve(
                &vendor,
                vec![asset(1)],
                vec![json!({ "id": 2, "name": "Two" }), json!({ "name": "Who?" })],
            );
            let ran = synced(&ground, "dam", true).await;
            assert_eq!(
                (counts(&ran, "collection").gone, counts(&ran, "collection").rejected),
                (0, 1),
                "{ran:#?}"
            );
            assert!(ran.notes.iter().any(|note| note.contains("no id")), "{ran:#?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_syncs_is_left_to_it() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    let gateway = Gateway::sqlite((*config).clone()).await;
    let ground = ground(&gateway, &config);
    let files = ground.store.files().await.expect("the store has files");
    let lock = std::fs::File::create(format!("{}-sync-dam", files[0].display())).expect("a file");
    lock.lock().expect("it can be locked");
    let source = ground.upstreams.source("dam").expect("a source").clone();
    let told =
        sync(&ground, &source, &Order::default(), &Unwatched).await.expect_err("it is busy").to_string();
    assert!(told.contains("being synced by another run"), "{told}");
    assert!(vendor.asked().is_empty());
}
