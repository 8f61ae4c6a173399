//! Pages as vendors really give them: clamped, repeated, reordered, by cursor, by link, and one that leads elsewhere.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{DAM, counts, ground, later, lines, one, run, serve, settings, synced};
use crate::support::{Said, Vendor, both_with};

/// A connector whose list has these pages.
fn connector(page: &str) -> String {
    format!(
        "connector: dam\nkind: dam\nauth: {{ bearer: \"${{secret.token}}\" }}\nhttp: {{ retries: 0 }}\nentities:\n  \
         asset:\n    port: dam.asset\n    list:\n      request: {{ path: /assets }}\n      items: data\n      \
         page: {page}\n    map: {{ id: id, title: title }}\n"
    )
}

fn titled(place: usize) -> Value {
    json!({ "id": place, "title": format!("Asset {place}") })
}

fn range(from: usize, to: usize) -> Vec<Value> {
    (from..to).map(titled).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_style_of_pages_is_walked_to_its_end() {
    type Script = fn(&crate::support::Asked) -> Said;
    let styles: [(&str, Script); 5] = [
        // Five thousand are asked for, and fifty come.
        ("{ style: offset, param: skip, size_param: limit, size: 5000 }", |asked| {
            let from = asked.number("skip").unwrap_or(0).min(130);
            json!({ "data": range(from, (from + 50).min(130)) }).into()
        }),
        ("{ style: page, param: page, start: 0, total: meta.total }", |asked| {
            let from = asked.number("page").unwrap_or(0) * 50;
            json!({ "data": range(from, (from + 50).min(130)), "meta": { "total": 130 } }).into()
        }),
        ("{ style: cursor, param: after, next: meta.next }", |asked| {
            let from = asked.number("after").unwrap_or(0);
            let next = (from + 50 < 130).then(|| (from + 50).to_string());
            json!({ "data": range(from, (from + 50).min(130)), "meta": { "next": next } }).into()
        }),
        ("{ style: next_url, next: next }", |asked| {
            let from = asked.number("from").unwrap_or(0);
            let next = (from + 50 < 130).then(|| format!("/assets?from={}", from + 50));
            json!({ "data": range(from, (from + 50).min(130)), "next": next }).into()
        }),
        ("{ style: link }", |asked| {
            let from = asked.number("from").unwrap_or(0);
            let mut said: Said = json!({ "data": range(from, (from + 50).min(130)) }).into();
            if from + 50 < 130 {
                let link =
                    format!("</assets?from=0>; rel=\"first\", </assets?from={}>; rel=\"next\"", from + 50);
                said.headers.push(("link", link));
            }
            said
        }),
    ];
    for (style, script) in styles {
        let vendor = Vendor::start().await;
        let config = settings(&[&connector(style)], &one("dam", &vendor, ""));
        both_with(config.config.clone(), |gateway| {
            let (vendor, config) = (vendor.clone(), config.clone());
            async move {
                vendor.says(script);
                let ran = synced(&ground(&gateway, &config), "dam", false).await;
                assert_eq!((counts(&ran, "asset").read, counts(&ran, "asset").new), (130, 130), "{style}");
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leads_nowhere_ends_and_what_came_before_stays() {
    let vendor = Vendor::start().await;
    let config = settings(
        &[
            &connector("{ style: page, param: page }"),
            &connector("{ style: next_url, next: next }").replace("connector: dam", "connector: linked"),
        ],
        &(one("dam", &vendor, "")
            + &one("linked", &vendor, "").replace("connector: dam", "connector: linked")),
    );
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let ground = ground(&gateway, &config);
            // The same page for ever.
            vendor.says(|_| json!({ "data": range(0, 10) }).into());
            let ran = run(&ground, "dam", false).await;
            let (_, failure) = &ran.failures[0];
            assert_eq!(failure.code().as_str(), "UPSTREAM_INVALID");
            assert!(failure.to_string().contains("repeats"), "{failure}");
            assert_eq!(vendor.asked().len(), 2);
            assert_eq!(lines(&gateway, "Asset").await.len(), 10);
            // A next page elsewhere.
            vendor.says(|_| json!({ "data": range(0, 10), "next": "http://127.0.0.2:9/assets" }).into());
            let ran = run(&ground, "linked", false).await;
            assert!(ran.failures[0].1.to_string().contains("another host"), "{ran:#?}");
            assert_eq!(vendor.asked().len(), 1);
            // Twice and in another order: one word on each, and the same one every time.
            vendor.says(|asked| match asked.number("page") {
                Some(1) => json!({ "data": [titled(9), titled(3), titled(9), titled(1)] }).into(),
                Some(2) => json!({ "data": [{ "id": 3, "title": "Again" }, titled(2), {"id": "3", "title": "As text"}] }).into(),
                _ => json!({ "data": [] }).into(),
            });
            let ran = synced(&ground, "dam", true).await;
            assert_eq!((counts(&ran, "asset").read, counts(&ran, "asset").gone), (7, 0));
            later(&gateway, 60);
            let ran = synced(&ground, "dam", true).await;
            assert_eq!(counts(&ran, "asset").gone, 6, "two walks did not see them");
            let before = super::all(&gateway).await;
            assert!(!before.contains("Again") && !before.contains("As text"));
            synced(&ground, "dam", true).await;
            assert_eq!(super::all(&gateway).await, before);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_name_the_same_things_for_ever_end() {
    let vendor = Vendor::start().await;
    let styles = ["{ style: page, param: page }", "{ style: cursor, param: after, next: next }"];
    for style in styles {
        let config = settings(&[&connector(style)], &one("dam", &vendor, ""));
        both_with(config.config.clone(), |gateway| {
            let (vendor, config) = (vendor.clone(), config.clone());
            async move {
                // Something about them is another each time: how often they were seen, a signed address.
                let counter = AtomicUsize::new(0);
                vendor.says(move |_| {
                    let seen = counter.fetch_add(1, Ordering::SeqCst);
                    let item = |place: usize| json!({ "id": place, "title": format!("Asset {place}"), "seen": seen });
                    json!({ "data": (0..10).map(item).collect::<Vec<_>>(), "next": format!("n{seen}") }).into()
                });
                let ran = run(&ground(&gateway, &config), "dam", false).await;
                let (_, failure) = &ran.failures[0];
                assert_eq!(failure.code().as_str(), "UPSTREAM_INVALID");
                assert!(failure.to_string().contains("brought nothing new"), "{failure}");
                assert_eq!(vendor.asked().len(), 102);
                assert_eq!(lines(&gateway, "Asset").await.len(), 10, "what came before stays");
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_is_refused_and_the_rest_goes_in() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, "    joins: [{ by: checksum }]\n"));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let long = "x".repeat(5_000);
            let numbers: Value = serde_json::from_str("[92233720368547758081, 92233720368547758082, 1.5]").expect("JSON");
            let mut items: Vec<Value> = numbers.as_array().expect("numbers").clone();
            items.extend([json!("nul\0"), json!(long), json!(""), json!(null), json!({ "id": 1 }), json!([1]), json!(true)]);
            let mut assets: Vec<Value> = items.iter().map(|id| json!({ "id": id, "title": "No key" })).collect();
            assets.push(json!({ "id": "nul-title", "title": "a\0b" }));
            assets.push(json!({ "id": "object", "title": { "en": "An object" } }));
            assets.push(json!({
                "id": "good", "title": "Good", "hash": "nul\0", "made_from": ["nul\0", long, 1.5, {}, true, null],
                "modified": "2026-13-45", "files": "none",
            }));
            assets.push(json!("no object"));
            assets.push(json!({
                "id": "fine", "title": "Fine", "modified": "9999-01-01T00:00:00Z", "made_from": "good",
                "files": [{ "id": 18446744073709551615_u64, "name": "large" }, null],
            }));
            serve(&vendor, assets, Vec::new());
            let ran = synced(&ground(&gateway, &config), "dam", false).await;
            let stored = lines(&gateway, "Asset").await;
            let keys: Vec<&str> = stored.iter().filter_map(|line| line["key"].as_str()).collect();
            assert_eq!(keys, ["fine"], "{ran:#?}");
            let found = counts(&ran, "asset");
            assert_eq!((found.read, found.rejected, found.nameless), (15, 14, 11), "{ran:#?}");
            assert_eq!(lines(&gateway, "Rendition").await[0]["key"], "18446744073709551615");
            // A moment that lies ahead is not waited for.
            vendor.asked();
            synced(&ground(&gateway, &config), "dam", false).await;
            assert_eq!(vendor.asked()[0].query["since"], "2026-06-01T11:59:00Z");
        }
    })
    .await;
}
