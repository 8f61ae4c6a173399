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
            assert_eq!(counts(&ran, "asset").gone, 5, "{ran:#?}");
            assert_eq!(ended(&gateway).await, ["a0115", "a0116", "a0117", "a0118", "a0119"]);
            later(&gateway, 60);
            let ran = synced(&ground, "dam", true).await;
            assert_eq!(counts(&ran, "asset").gone, 5, "files cannot be asked for: {ran:#?}");
            later(&gateway, 60);
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

/// A vendor that lets go of its first asset while its list is walked, so that the one that stood first on the second
/// page is on no page. It still has it.
fn shifting(vendor: &Vendor, assets: &[Value], by_ids: impl Fn(Vec<Value>) -> Said + Send + Sync + 'static) {
    let (all, left) = (assets.to_vec(), assets[1..].to_vec());
    vendor.says(move |asked| match (asked.path.as_str(), asked.query.contains_key("ids")) {
        ("/assets", true) => {
            let ids = asked.ids();
            let found = left.iter().filter(|asset| ids.iter().any(|id| asset["id"] == *id));
            by_ids(found.cloned().collect())
        }
        ("/assets", false) if asked.number("page") == Some(1) => page(asked, &all),
        ("/assets", false) => page(asked, &left),
        _ => json!({ "data": [] }).into(),
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_list_that_shifts_leaves_out_is_asked_for() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let mut assets: Vec<Value> = (0..250).map(asset).collect();
            serve(&vendor, assets.clone(), Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            later(&gateway, 60);
            assets[100]["title"] = json!("Between two pages");
            shifting(&vendor, &assets, |_| Said::status(500));
            let ran = synced(&ground, "dam", true).await;
            assert_eq!(counts(&ran, "asset").gone, 0, "{ran:#?}");
            assert!(
                ran.notes.iter().any(|note| note.contains("could be asked for by their ids")),
                "{ran:#?}"
            );
            shifting(&vendor, &assets, |found| json!({ "data": found }).into());
            let ran = synced(&ground, "dam", true).await;
            assert_eq!((counts(&ran, "asset").gone, ran.notes.len()), (0, 0), "{ran:#?}");
            let asked = vendor.asked();
            assert_eq!(
                asked.iter().filter_map(|asked| asked.query.get("ids")).collect::<Vec<_>>(),
                ["a0100"]
            );
            assert_eq!(ended(&gateway).await, Vec::<String>::new());
            assert_eq!(lines(&gateway, "Asset").await[100]["title"], "Between two pages");
            serve(&vendor, assets[1..].to_vec(), Vec::new());
            synced(&ground, "dam", true).await;
            assert_eq!(ended(&gateway).await, ["a0000"]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_gone_when_two_walks_missed_it() {
    let vendor = Vendor::start().await;
    let (before, rest) = DAM.split_once("    get_many:").expect("it can be asked for");
    let (_, after) = rest.split_once("    map:").expect("a mapping");
    let connector = format!("{before}    map:{after}");
    let config = settings(&[&connector], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let assets: Vec<Value> = (0..250).map(asset).collect();
            serve(&vendor, assets.clone(), Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            shifting(&vendor, &assets, |_| Said::status(404));
            later(&gateway, 60);
            let ran = synced(&ground, "dam", true).await;
            assert_eq!(counts(&ran, "asset").gone, 0, "{ran:#?}");
            assert!(ran.notes.iter().any(|note| note.contains("left out 1 of the assets")), "{ran:#?}");
            // The next walk sees what that one missed, and misses the one that is gone.
            serve(&vendor, assets[1..].to_vec(), Vec::new());
            for _ in 0..2 {
                assert_eq!(ended(&gateway).await, Vec::<String>::new());
                later(&gateway, 60);
                synced(&ground, "dam", true).await;
            }
            assert_eq!(ended(&gateway).await, ["a0000"]);
            // Seen in between is seen: by what changed, not by a walk over everything.
            let mut last = assets[249].clone();
            last["modified"] = json!("2026-05-04T00:00:00Z");
            let without = assets[1..249].to_vec();
            serve(&vendor, without.clone(), Vec::new());
            later(&gateway, 60);
            synced(&ground, "dam", true).await;
            serve(&vendor, vec![last], Vec::new());
            later(&gateway, 60);
            synced(&ground, "dam", false).await;
            serve(&vendor, without, Vec::new());
            later(&gateway, 60);
            synced(&ground, "dam", true).await;
            assert_eq!(ended(&gateway).await, ["a0000"]);
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

#[tokio::test(flavor = "multi_thread")]
async fn what_says_that_it_is_not_gone_is_not() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let living = [json!(null), json!(false), json!(0), json!(""), json!("false"), json!("No"), json!([])];
            let gone = [json!(true), json!(1), json!("true"), json!("2026-05-01T00:00:00Z"), json!(1_780_000_000)];
            let said = |prefix: &str, all: &[Value]| -> Vec<Value> {
                let one = |(place, deleted): (usize, &Value)| {
                    json!({ "id": format!("{prefix}{place}"), "title": "T", "deleted": deleted })
                };
                all.iter().enumerate().map(one).collect()
            };
            serve(&vendor, said("l", &living).into_iter().chain(said("g", &gone)).collect(), Vec::new());
            synced(&ground(&gateway, &config), "dam", false).await;
            let stored = lines(&gateway, "Asset").await;
            let keys: Vec<&str> = stored.iter().filter_map(|line| line["key"].as_str()).collect();
            assert_eq!(keys, ["l0", "l1", "l2", "l3", "l4", "l5", "l6"]);
        }
    })
    .await;
}
