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
