//! What is wrong: each event with its reason, kept until it is sent again as it should be, and nothing half taken.

use serde_json::{Value, json};

use super::{BATCH, LINES, SINGLE, batch, comes_to, event, send};
use crate::support::both;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_and_kept() {
    both(|gateway| async move {
        gateway.import("{\"type\":\"Delivery\",\"key\":\"d\",\"name\":\"D\"}\n").await;
        let at = "2026-05-30T00:00:00Z";
        let fact = |data: Value| event("x", "weft.fact.observed", at, data);
        let day = "2026-05-01";
        let cases = [
            (fact(json!({ "day": day, "impressions": 3, "clicks": 4 })), "`clicks` is 4, which is more than `impressions`, 3"),
            (fact(json!({ "day": day, "impressions": -1 })), "`impressions` takes a number from 0 on"),
            (fact(json!({ "day": day, "cost": 4 })), "`cost` needs `currency`"),
            (fact(json!({ "day": day, "cost": 4, "currency": "euro" })), "a currency in its three capital letters"),
            (fact(json!({ "day": "2026-06-02", "impressions": 1 })), "`day` lies in the future"),
            (fact(json!({ "impressions": 1 })), "`day` is missing"),
            (fact(json!({ "day": day, "key": "k" })), "a PerformanceFact has no `key`"),
            (fact(json!({ "day": day, "impresions": 1 })), "has no field `impresions` (did you mean impressions?)"),
            (fact(json!({ "day": day, "impressions": 1, "impressions ": 1 })), "has no field `impressions `"),
            (event("x", "weft.change.live", at, json!({ "key": "c", "liveAt": "2026-06-01T13:00:00Z" })), "`liveAt` lies in the future"),
            (event("x", "weft.change.live", at, json!({})), "`key` is missing"),
            (event("x", "weft.change.alive", at, json!({})), "there is no type of event weft.change.alive"),
            (event("x", "weft.change.live", "2026-06-01T13:00:00Z", json!({ "key": "c" })), "`time` lies in the future"),
            (json!({ "id": "x", "source": "ads" }), "`specversion` is missing; `type` is missing; `data` is missing"),
            (json!([1]), "an event is one JSON object"),
        ];
        for (number, (mut wrong, expected)) in cases.into_iter().enumerate() {
            if let Some(wrong) = wrong.as_object_mut() {
                wrong.insert("id".to_owned(), json!(format!("x{number}")));
            }
            let answer = send(&gateway, SINGLE, wrong.to_string()).await;
            let reason = answer.body["reason"].as_str().unwrap_or_default();
            assert_eq!(answer.status, 422, "{wrong}: {}", answer.text);
            assert!(reason.contains(expected), "{wrong}: {reason}");
        }
        for table in ["performance_fact", "change", "event"] {
            assert_eq!(gateway.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
        }
        let page = "query ($after: String) { rejectedEvents(first: 4, after: $after, filter: {source: \"ads\", state: REJECTED}) {
            totalCount pageInfo { hasNextPage endCursor } edges { node { id reason event } } } }";
        let (mut after, mut ids) = (Value::Null, Vec::new());
        loop {
            let list = gateway.data(page, json!({ "after": after })).await["rejectedEvents"].take();
            assert_eq!(list["totalCount"], 14);
            ids.extend(list["edges"].as_array().expect("edges").iter().map(|edge| edge["node"]["id"].clone()));
            if list["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
        ids.sort_by_key(ToString::to_string);
        ids.dedup();
        assert_eq!(ids.len(), 14);
        // Sent again as it should be, it counts and is no longer listed.
        let right = event("x0", "weft.fact.observed", at, json!({ "day": day, "impressions": 4, "clicks": 3 }));
        comes_to(&gateway, std::slice::from_ref(&right), &["TAKEN"]).await;
        assert_eq!(gateway.data(page, json!({})).await["rejectedEvents"]["totalCount"], 13);
        // The first stands: another with its id is rejected, and the same one is the same however it is written.
        let other = event("x0", "weft.fact.observed", at, json!({ "day": day, "impressions": 5, "clicks": 3 }));
        let told = comes_to(&gateway, &[other, right], &["REJECTED", "DUPLICATE"]).await;
        assert!(told[0]["reason"].as_str().is_some_and(|why| why.contains("the first stands")), "{told:#?}");
        assert_eq!(gateway.number("SELECT sum(impressions) FROM performance_fact").await, 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_events_at_all_is_refused() {
    both(|gateway| async move {
        let refused = async |media: &str, body: &str| {
            let answer = send(&gateway, media, body.to_owned()).await;
            (answer.status.as_u16(), answer.body["error"]["message"].as_str().unwrap_or_default().to_owned())
        };
        let (status, why) = refused("application/json", "{}").await;
        assert!(status == 415 && why.contains("application/cloudevents+json"), "{why}");
        let (status, why) = refused(BATCH, "[{},").await;
        assert!(status == 400 && why.contains("line 1, column"), "{why}");
        let large = format!("[{}]", " ".repeat(17 * 1024 * 1024));
        let (status, why) = refused(BATCH, &large).await;
        assert!(status == 413 && why.contains("application/x-ndjson"), "{why}");
        let one = format!("[\"{}\"]", "x".repeat(2 * 1024 * 1024));
        let (status, why) = refused(BATCH, &one).await;
        assert!(status == 400 && why.contains("Event 1 is larger"), "{why}");
        let request = gateway.request(reqwest::Method::POST, "/events").header("content-type", LINES);
        let answer =
            crate::support::Answer::of(request.header("content-encoding", "gzip").body("no gzip")).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(batch(&gateway, &[]).await, Vec::<Value>::new());
        assert_eq!(gateway.number("SELECT count(*) FROM event_rejected").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_without_end_are_taken_by_the_chunk() {
    both(|gateway| async move {
        let line = |number: usize| {
            let day = format!("2026-{:02}-{:02}", number / 28 % 4 + 1, number % 28 + 1);
            let data = json!({ "day": day, "territory": format!("T{}", number / 112), "impressions": 1 });
            format!("{}\n", event(&format!("n{number}"), "weft.fact.observed", "2026-05-30T00:00:00Z", data))
        };
        let too_long = format!("{{\"specversion\":\"{}\"}}\n", "x".repeat(3 * 1024 * 1024));
        let mut body: String = (0..21_000).map(line).collect();
        body.insert_str(0, &too_long);
        let answer = send(&gateway, LINES, body).await;
        let last: Value = serde_json::from_str(answer.text.lines().last().expect("a line")).expect("JSON");
        let total = json!({ "taken": 21_000, "duplicate": 0, "waiting": 0, "rejected": 1 });
        assert_eq!(last, json!({ "done": true, "lines": 21_001, "total": total }), "{}", answer.text);
        assert!(answer.text.lines().filter(|line| line.contains("onDisk")).count() >= 3);
        assert_eq!(gateway.number("SELECT sum(impressions) FROM performance_day").await, 21_000);
        gateway.assert_sums().await;
    })
    .await;
}
