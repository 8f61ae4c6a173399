//! References to what is not known yet: they outlive a run that is killed, a later word takes their place, and what is
//! gone is not brought back by them.

use std::time::Duration;

use serde_json::{Value, json};
use weft::upstream::sync::{Order, SyncError, Unwatched, sync};

use super::{DAM, asset, counts, ground, later, lines, one, page, serve, settings, synced};
use crate::support::{Said, Vendor, both_with};

fn made_from(mut asset: Value, from: Value, day: &str) -> Value {
    asset["made_from"] = from;
    asset["modified"] = json!(format!("2026-05-{day}T00:00:00Z"));
    asset
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_loses_none() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let mut assets: Vec<Value> = (0..620).map(asset).collect();
            assets[0] = made_from(asset(0), json!(["a0619"]), "01");
            let first = assets.clone();
            vendor.says(move |asked| match (asked.path.as_str(), asked.number("page")) {
                ("/assets", Some(6)) => Said::never(),
                ("/assets", _) => page(asked, &first),
                _ => json!({ "data": [] }).into(),
            });
            let killed = ground(&gateway, &config);
            let run = tokio::spawn(async move {
                let source = killed.upstreams.source("dam").expect("a source").clone();
                sync(&killed, &source, &Order::default(), &Unwatched).await
            });
            vendor.asked_for("/assets", 6).await;
            run.abort();
            assert!(run.await.expect_err("it was killed").is_cancelled());
            assert_eq!(lines(&gateway, "Asset").await.len(), 500);
            serve(&vendor, assets, Vec::new());
            let ground = ground(&gateway, &config);
            let source = ground.upstreams.source("dam").expect("a source").clone();
            // Postgres may take a moment to learn that the other is dead.
            let ran = loop {
                match sync(&ground, &source, &Order::default(), &Unwatched).await {
                    Err(SyncError::Busy(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
                    ran => break ran.expect("the sync runs"),
                }
            };
            assert_eq!(vendor.asked()[0].number("page"), Some(6), "it is taken up again");
            assert_eq!(counts(&ran, "asset").unresolved, 0, "{ran:#?}");
            assert_eq!(lines(&gateway, "Asset").await[0]["derivedFrom"], json!(["a0619"]));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_said_again_when_it_is_known_unless_something_later_was_said() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let late = |place: usize| made_from(asset(place), json!(["a0009", "a0005"]), "01");
            let mut assets = vec![late(1), late(2), late(3), asset(5)];
            serve(&vendor, assets.clone(), Vec::new());
            let ground = ground(&gateway, &config);
            let ran = synced(&ground, "dam", false).await;
            assert_eq!(counts(&ran, "asset").unresolved, 3);
            // The second is made from nothing now, the third is gone, the first is not spoken of.
            later(&gateway, 60);
            assets[1] = made_from(asset(2), Value::Null, "02");
            assets[2] = json!({ "id": "a0003", "deleted": true, "modified": "2026-05-02T00:00:00Z" });
            serve(&vendor, assets.clone(), Vec::new());
            let ran = synced(&ground, "dam", false).await;
            assert_eq!((counts(&ran, "asset").unresolved, counts(&ran, "asset").gone), (1, 1), "{ran:#?}");
            later(&gateway, 60);
            assets = vec![made_from(asset(9), Value::Null, "03")];
            serve(&vendor, assets, Vec::new());
            let ran = synced(&ground, "dam", false).await;
            assert_eq!(counts(&ran, "asset").unresolved, 0, "{ran:#?}");
            let stored = lines(&gateway, "Asset").await;
            assert_eq!(stored[0]["derivedFrom"], json!(["a0005", "a0009"]));
            assert_eq!(stored[1].get("derivedFrom"), None);
            assert!(!stored[2]["externalIds"][0]["validTo"].is_null(), "it is gone: {:#}", stored[2]);
        }
    })
    .await;
}
