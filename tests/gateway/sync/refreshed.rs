//! A webhook in the middle of a walk: what it had read again is newer than what the walk asked for before.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::hooks::deliver;
use super::{DAM, counts, ground, later, lines, settings, synced};
use crate::support::upstream::{Gate, Reply, Upstream};
use crate::support::{NOW, both_with};

/// What the source has on its first page, what it has by now, and what holds its second page back.
struct Shelf {
    listed: Vec<Value>,
    now: Vec<Value>,
    gate: Gate,
}

fn named(id: &str, title: &str) -> Value {
    json!({ "id": id, "title": title, "modified": "2026-05-01T00:00:00Z" })
}

fn answer(shelf: &Shelf, target: &str) -> Reply {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let of = |name: &str| asked.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str());
    match (path, of("ids"), of("page")) {
        ("/assets", Some(ids), _) => {
            let ids: Vec<&str> = ids.split(',').collect();
            let wanted = |item: &&Value| item["id"].as_str().is_some_and(|id| ids.contains(&id));
            Reply::json(&json!({ "data": shelf.now.iter().filter(wanted).collect::<Vec<_>>() }))
        }
        ("/assets", None, Some("1")) => Reply::json(&json!({ "data": shelf.listed })),
        ("/assets", None, _) => Reply::json(&json!({ "data": [] })).behind(&shelf.gate),
        _ => Reply::json(&json!({ "data": [] })),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_undoes_nothing_that_a_webhook_had_read_again() {
    let open = Gate::shut();
    open.open();
    let shelf = Arc::new(Mutex::new(Shelf { listed: Vec::new(), now: Vec::new(), gate: open.clone() }));
    let script = shelf.clone();
    let vendor = Upstream::start(move |asked| answer(&script.lock().expect("a shelf"), &asked.target)).await;
    let source = format!(
        "  - name: dam\n    connector: dam\n    url: {}\n    secrets: {{ token: {{ env: TOKEN }} }}\n",
        vendor.address
    );
    let config = settings(&[DAM], &source);
    both_with(config.config.clone(), |gateway| {
        let (vendor, shelf, config, open) = (&vendor, shelf.clone(), config.clone(), open.clone());
        async move {
            let before = vec![named("a1", "One"), named("a2", "Two"), named("a3", "Three")];
            let set = |listed: &[Value], now: &[Value], gate: &Gate| {
                let mut shelf = shelf.lock().expect("a shelf");
                *shelf = Shelf { listed: listed.to_vec(), now: now.to_vec(), gate: gate.clone() };
            };
            set(&before, &before, &open);
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            let shut = Gate::shut();
            let now = [named("a1", "Changed"), named("a3", "Three"), named("a4", "New")];
            set(&before, &now, &shut);
            let calls = vendor.calls();
            let walk = {
                let ground = ground.clone();
                tokio::spawn(async move { synced(&ground, "dam", true).await })
            };
            // The first page is read, and the second one is asked for.
            vendor.reached(calls + 2).await;
            later(&gateway, 1);
            let event = json!({ "event": "asset.changed", "ids": ["a1", "a2", "a4"] });
            assert_eq!(deliver(&gateway, &event, ("d1", "secret", NOW)).await.status, 204);
            let taken = lines(&gateway, "Asset").await;
            shut.open();
            let ran = walk.await.expect("the walk ends");
            let stored = lines(&gateway, "Asset").await;
            let titles: Vec<&str> = stored.iter().filter_map(|line| line["title"].as_str()).collect();
            assert_eq!(titles, ["Changed", "Two", "Three", "New"]);
            let ended = |key: &str| {
                let line = stored.iter().find(|line| line["key"] == key).expect("it is there");
                line["externalIds"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|id| !id["validTo"].is_null()))
            };
            assert_eq!(["a1", "a2", "a3", "a4"].map(ended), [false, true, false, false], "{stored:#?}");
            assert_eq!(stored, taken);
            assert_eq!((counts(&ran, "asset").gone, counts(&ran, "asset").changed), (0, 0), "{ran:#?}");
            // The next walk is newer than the webhook, and is believed again.
            set(&before, &before, &open);
            later(&gateway, 1);
            let ran = synced(&ground, "dam", true).await;
            assert_eq!((counts(&ran, "asset").gone, counts(&ran, "asset").changed), (1, 1), "{ran:#?}");
            let stored = lines(&gateway, "Asset").await;
            let titles: Vec<&str> = stored.iter().filter_map(|line| line["title"].as_str()).collect();
            assert_eq!(titles, ["One", "Two", "Three", "New"]);
        }
    })
    .await;
}
