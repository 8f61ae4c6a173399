//! Changes that are a list of their own, where the list of everything does not say when a thing was changed.

use serde_json::{Value, json};

use super::{DAM, counts, ground, later, lines, one, settings, synced};
use crate::support::{Said, Vendor, both_with};

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_asked_for_from_when_a_list_without_moments_was_walked() {
    let changes = "    changes:\n      request: { path: /events }\n      items: events\n      since: { query: { from: \"${since}\" }, watermark: at | datetime }\n    get_many:";
    let connector = DAM
        .replace("      since: { query: { since: \"${since}\" }, watermark: modified, overlap: 1m }\n", "");
    let connector = connector.replacen("    get_many:", changes, 1);
    let vendor = Vendor::start().await;
    let config = settings(&[&connector], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let says = |listed: Value, events: Value| {
                vendor.says(move |asked| match (asked.path.as_str(), asked.number("page")) {
                    ("/assets", Some(1)) => json!({ "data": listed }).into(),
                    ("/events", _) => json!({ "events": events }).into(),
                    ("/assets", _) | ("/collections", _) => json!({ "data": [] }).into(),
                    _ => Said::status(404),
                });
            };
            let ground = ground(&gateway, &config);
            // Nothing was read: the list is asked for again.
            says(json!([]), json!([]));
            synced(&ground, "dam", false).await;
            says(json!([{ "id": "a", "title": "One" }, { "id": "b", "title": "Two" }]), json!([]));
            later(&gateway, 60);
            synced(&ground, "dam", false).await;
            assert_eq!(vendor.asked()[0].path, "/assets");
            later(&gateway, 60);
            says(json!([]), json!([{ "id": "b", "title": "Changed", "at": "2026-06-01T12:01:30Z" }]));
            let ran = synced(&ground, "dam", false).await;
            let asked = vendor.asked();
            assert_eq!(
                (asked[0].path.as_str(), &*asked[0].query["from"]),
                ("/events", "2026-06-01T12:01:00Z")
            );
            assert_eq!((counts(&ran, "asset").changed, counts(&ran, "asset").gone), (1, 0), "{ran:#?}");
            assert_eq!(lines(&gateway, "Asset").await[1]["title"], "Changed");
            synced(&ground, "dam", false).await;
            assert_eq!(vendor.asked()[0].query["from"], "2026-06-01T12:01:30Z");
        }
    })
    .await;
}
