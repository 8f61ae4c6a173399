//! What import refuses, line by line, and what goes with it.

use std::sync::Arc;

use serde_json::json;
use weft::ingest::Rejection;

use super::{all, nameless, take, take_all, text};
use crate::support::both;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_line_is_rejected_with_its_number_and_reason() {
    let long = format!("{{\"type\":\"Brand\",\"key\":\"b\",\"name\":\"{}\"}}", "x".repeat(1024 * 1024));
    let wide = format!("{{\"type\":\"Brand\",\"key\":\"b\",\"name\":\"{}\"}}", "x".repeat(2001));
    let wrong: Vec<(&[u8], &str)> = vec![
        (b"{\"type\":", "not JSON"),
        (b"[1, 2]", "one JSON object"),
        (b"{\"key\":\"x\"}", "`type` is missing"),
        (b"{\"type\":\"Assett\",\"key\":\"x\"}", "there is no type Assett (did you mean Asset"),
        (b"{\"type\":\"Asset\",\"title\":\"x\"}", "`key` is missing"),
        (b"{\"type\":\"Asset\",\"key\":\"\",\"title\":\"x\"}", "not empty"),
        (b"{\"type\":\"Asset\",\"key\":7,\"title\":\"x\"}", "`key` takes a text such as"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"titel\":\"x\"}", "Asset has no field `titel` (did you mean title"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":7}", "`title` takes a text, not 7"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":null}", "`title` cannot be empty"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"kind\":\"PHOTO\"}", "`kind` takes one of IMAGE, VIDEO"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"created\":\"2026-05-01\"}", "RFC 3339"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"productionCost\":0.0000001}", "at most 6 decimals"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"productionCost\":1e30}", "an amount from"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"a\",\"title\":\"b\"}", "`title` is given twice"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"key\":\"y\",\"title\":\"a\"}", "`key` is given twice"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"a\\u0000b\"}", "NUL"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"\xff\"}", "not UTF-8"),
        (b"{\"type\":\"Asset\",\"key\":\"x\"}", "a new Asset needs `title`"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"brand\":\"nowhere\"}", "`brand` names the Brand nowhere, which is neither"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"concepts\":[\"nowhere\"]}", "`concepts` names nowhere, which is neither"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"concepts\":[7]}", "`concepts` takes an array"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"usages\":[\"u\"]}", "Asset.usages is written from the other side: Usage.asset"),
        (b"{\"type\":\"Variant\",\"key\":\"x\",\"decisions\":[\"u\"]}", "Rule.variant and Rule.decision"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"brand\":{\"type\":\"Team\",\"key\":\"t\"}}", "`brand` takes a reference to Brand, not {"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"brand\":{\"key\":\"t\",\"key\":\"t\"}}", "`key` twice"),
        (b"{\"type\":\"Incident\",\"key\":\"x\",\"subject\":\"a\"}", "`subject` takes {\"type\": …, \"key\": …}"),
        (b"{\"type\":\"Incident\",\"key\":\"x\",\"id\":\"abc\"}", "`id` takes an id as the graph gives it"),
        (b"{\"type\":\"Rendition\",\"key\":\"x\",\"name\":\"x\",\"width\":2147483648}", "`width` takes a whole number"),
        (b"{\"type\":\"Rendition\",\"key\":\"x\",\"name\":\"x\",\"duration\":1e999}", "`duration` takes a number from -1.7976931348623157e308 to"),
        (b"{\"type\":\"PerformanceFact\",\"day\":\"2026-02-30\"}", "`day` takes a day of the calendar"),
        (b"{\"type\":\"PerformanceFact\",\"impressions\":1}", "`day` is missing"),
        (b"{\"type\":\"PerformanceFact\",\"key\":\"x\",\"day\":\"2026-02-03\"}", "has no `key`"),
        (b"{\"type\":\"Source\",\"key\":\"x\",\"name\":\"y\"}", "are the same"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"externalIds\":[{\"source\":\"dam\"}]}", "both a `source` and a `value`"),
        (b"{\"type\":\"Concept\",\"key\":\"x\",\"prefLabel\":\"x\",\"tagged\":[{\"type\":\"Team\",\"key\":\"t\"}]}", "things that can be tagged"),
        (wide.as_bytes(), "at most 2000 bytes"),
        (long.as_bytes(), "longer than"),
    ];
    let wrong = Arc::new(
        wrong.into_iter().map(|(bytes, reason)| (bytes.to_vec(), reason.to_owned())).collect::<Vec<_>>(),
    );
    both(move |gateway| {
        let wrong = wrong.clone();
        async move {
            let good = b"{\"type\":\"Brand\",\"key\":\"good\",\"name\":\"Good\"}\n\n";
            let mut file = Vec::new();
            for (bytes, _) in wrong.iter() {
                file.extend_from_slice(good);
                file.extend_from_slice(bytes);
                file.push(b'\n');
            }
            let report = take(&gateway, file, false).await;
            for (place, (bytes, reason)) in wrong.iter().enumerate() {
                let number = place as u64 * 3 + 3;
                let shown: String = String::from_utf8_lossy(bytes).chars().take(100).collect();
                let told = report.rejected.iter().find(|rejection| rejection.line == number);
                let told = told.map(|rejection| rejection.reason.clone()).unwrap_or_default();
                assert!(told.contains(reason), "{shown}: expected {reason:?}, was told {told:?}");
            }
            assert_eq!(report.rejected_total, wrong.len() as u64, "{:#?}", report.rejected);
            assert_eq!(report.taken, wrong.len() as u64);
            assert!(report.rejected.is_sorted_by_key(|rejection| rejection.line));
            let left = all(&gateway.store).await;
            assert_eq!(left.lines().count(), 2, "a brand and the import's source: {left}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_a_rejected_line_goes_with_it() {
    both(|gateway| async move {
        let lines = [
            json!({"type": "Usage", "key": "u", "variant": "v", "status": "ACTIVE"}),
            json!({"type": "Variant", "key": "v", "component": "c"}),
            json!({"type": "Component", "key": "c", "name": "C", "assets": ["a"]}),
            json!({"type": "Asset", "key": "a", "title": "A", "derivedFrom": ["b"]}),
            json!({"type": "Asset", "key": "b", "title": "B", "brand": "nowhere"}),
            json!({"type": "Asset", "key": "kept", "title": "Kept"}),
            json!({"type": "Asset", "key": "kept", "brand": "nowhere"}),
            json!({"type": "Usage", "key": "fine", "asset": "kept"}),
            json!({"type": "Brand", "key": {"source": "other", "key": "x"}, "name": "X", "description": 7}),
        ];
        let report = take(&gateway, text(&lines), false).await;
        let numbers: Vec<u64> = report.rejected.iter().map(|rejection| rejection.line).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 7, 9], "{:#?}", report.rejected);
        let Rejection { noun, key, reason, .. } = &report.rejected[0];
        assert_eq!((noun.as_deref(), key.as_deref()), (Some("Usage"), Some("u")));
        assert!(reason.contains("`variant` names the Variant v, whose own line was rejected"), "{reason}");
        let left = nameless(&gateway.store).await;
        assert_eq!(left.len(), 3, "{left:#?}");
        // Nothing of the rejected lines is left: their keys are free.
        let report = take_all(&gateway, &[json!({"type": "Asset", "key": "b", "title": "Another"})]).await;
        assert_eq!(report.added, 1);
    })
    .await;
}
