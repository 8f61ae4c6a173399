//! Events that wait: they mean the moment at which they came, are told as missing while they wait, also to whoever asks
//! about that time later, and wait no longer where they turn out to be wrong.

use serde_json::{Value, json};

use super::{comes_to, event, later, settle};
use crate::support::{Gateway, NOW, both};

const HOUR: i64 = 3_600;
const CAMPAIGN: &str = "{\"type\":\"Campaign\",\"key\":\"k\",\"name\":\"K\"}\n";

/// An event that does not say when it happened.
fn timeless(id: &str, kind: &str, data: Value) -> Value {
    let mut event = event(id, kind, NOW, data);
    event.as_object_mut().expect("an object").remove("time");
    event
}

/// A change in a campaign that is not known at first.
fn change(key: &str, more: Value) -> Value {
    let mut data = json!({ "key": key, "title": key, "campaign": { "source": "import", "key": "k" } });
    data.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    data
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_no_time_happened_when_it_came() {
    both(|gateway| async move {
        let first = timeless("1", "weft.change.live", change("a", json!({ "description": "first" })));
        let again = timeless("2", "weft.change.live", change("b", json!({})));
        comes_to(&gateway, &[first, again.clone()], &["WAITING", "WAITING"]).await;
        later(&gateway, 24 * HOUR);
        let second = event("3", "weft.change.live", "2026-06-02T11:00:00Z", change("a", json!({ "description": "second" })));
        comes_to(&gateway, std::slice::from_ref(&second), &["WAITING"]).await;
        later(&gateway, 48 * HOUR);
        gateway.import(CAMPAIGN).await;
        // Sent again it is the same event, which came two days ago.
        comes_to(&gateway, &[again], &["TAKEN"]).await;
        settle(&gateway).await;
        let query = "{ changes(orderBy: {field: TITLE}) { edges { node { title description liveAt } } } }";
        let node = |title: &str, description: Value, live: &str| {
            json!({ "node": { "title": title, "description": description, "liveAt": live } })
        };
        assert_eq!(
            gateway.data(query, json!({})).await["changes"]["edges"],
            json!([
                node("a", json!("second"), "2026-06-02T11:00:00Z"),
                node("b", Value::Null, NOW),
            ])
        );
        let booked = "SELECT count(*) FROM event WHERE happened_at <> time";
        assert_eq!(gateway.number(booked).await, 0);
    })
    .await;
}

/// Of what a measure misses, how much waits, by source; and whether it is complete.
async fn waits(gateway: &Gateway, key: &str, as_of: Option<&str>) -> (Vec<(String, i64)>, Vec<bool>) {
    let query = "query ($key: String!, $asOf: DateTime) { kpiResult(key: $key, asOf: $asOf,
        window: {from: \"2026-05-01T00:00:00Z\", to: \"2026-05-15T00:00:00Z\"}) {
        complete missing { reason source count } series(interval: WEEK) { complete } } }";
    let mut told = gateway.data(query, json!({ "key": key, "asOf": as_of })).await["kpiResult"].take();
    let missing = told["missing"].take();
    let waits = missing
        .as_array()
        .expect("a list")
        .iter()
        .filter(|missing| missing["reason"] == "UNRESOLVED")
        .map(|missing| {
            (
                missing["source"].as_str().expect("a source").to_owned(),
                missing["count"].as_i64().expect("a count"),
            )
        })
        .collect();
    let complete = told["series"].as_array().expect("a list").iter().map(|part| part["complete"] == true);
    let complete = std::iter::once(told["complete"] == true).chain(complete).collect();
    (waits, complete)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_at_a_moment_is_missing_in_what_was_known_then() {
    both(|gateway| async move {
        let fact = |id: &str, day: &str, variant: &str| {
            let data =
                json!({ "day": day, "variant": variant, "impressions": 7, "cost": 1, "currency": "EUR" });
            event(id, "weft.fact.observed", "2026-05-30T00:00:00Z", data)
        };
        comes_to(&gateway, &[fact("1", "2026-05-05", "v"), fact("2", "2026-05-05", "w")], &["WAITING"; 2])
            .await;
        later(&gateway, HOUR);
        comes_to(&gateway, &[fact("3", "2026-05-12", "v")], &["WAITING"]).await;
        later(&gateway, HOUR);
        gateway
            .import("{\"type\":\"Variant\",\"key\":{\"source\":\"ads\",\"key\":\"v\"},\"name\":\"V\"}\n")
            .await;
        assert_eq!(settle(&gateway).await, 2);
        later(&gateway, HOUR);
        let ads = |count: i64| vec![("ads".to_owned(), count)];
        for (as_of, missing, complete) in [
            (None, ads(1), [false, true, false, true]),
            (Some("2026-06-01T14:30:00Z"), ads(1), [false, true, false, true]),
            (Some("2026-06-01T13:30:00Z"), ads(3), [false, true, false, false]),
            (Some("2026-06-01T12:30:00Z"), ads(2), [false, true, false, true]),
            (Some("2026-06-01T11:30:00Z"), Vec::new(), [true, true, true, true]),
        ] {
            assert_eq!(
                waits(&gateway, "content_roi", as_of).await,
                (missing, complete.to_vec()),
                "{as_of:?}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_that_tells_something_of_what_is_counted_is_missing_while_it_waits() {
    both(|gateway| async move {
        let campaign = json!({ "source": "import", "key": "k" });
        let kinds = [
            ("weft.incident.opened", 1),
            ("weft.incident.closed", 2),
            ("weft.guardrail.found", 3),
            ("weft.guardrail.resolved", 4),
            ("weft.delivery.started", 5),
            ("weft.delivery.stopped", 6),
            ("weft.insight.observed", 6),
            ("weft.handoff.exited", 7),
        ];
        for (kind, count) in kinds {
            let named = if kind.contains("handoff") { "workItem" } else { "campaign" };
            let data = json!({ "key": "x", named: campaign });
            comes_to(&gateway, &[event(kind, kind, "2026-05-05T00:00:00Z", data)], &["WAITING"]).await;
            let (missing, _) = waits(&gateway, "exception_rate", None).await;
            assert_eq!(missing, [("ads".to_owned(), count)], "{kind}");
        }
        // What an asset is used in ends when its delivery does.
        let (missing, _) = waits(&gateway, "asset_reuse_rate", None).await;
        assert_eq!(missing, [("ads".to_owned(), 2)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_turns_out_to_be_wrong_waits_no_longer() {
    both(|gateway| async move {
        let names = json!({ "externalIds": [{ "source": "wf", "value": "1" }] });
        let live = event("1", "weft.change.live", "2026-05-05T00:00:00Z", change("c", names));
        comes_to(&gateway, &[live], &["WAITING"]).await;
        let other = |source: &str, key: &str| {
            json!({ "type": "Change", "key": { "source": source, "key": key }, "title": key })
        };
        gateway.import(&format!("{}\n{}\n{CAMPAIGN}", other("ads", "c"), other("wf", "1"))).await;
        settle(&gateway).await;
        let query = "{ rejectedEvents { totalCount edges { node { id state reason } } } }";
        let list = &gateway.data(query, json!({})).await["rejectedEvents"];
        assert_eq!((&list["totalCount"], &list["edges"][0]["node"]["state"]), (&json!(1), &json!("REJECTED")), "{list:#}");
        let reason = list["edges"][0]["node"]["reason"].as_str().unwrap_or_default();
        assert!(reason.contains("which belongs to something else"), "{reason}");
        assert_eq!(gateway.number("SELECT count(*) FROM event").await, 0);
    })
    .await;
}
