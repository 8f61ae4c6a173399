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
