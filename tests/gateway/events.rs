//! Events: in every mode of their transport, once each, in whatever order, with what is wrong kept and told.

mod crash;
mod file;
mod long;
mod names;
mod order;
mod waiting;
mod wrong;

use std::io::Write;
use std::sync::atomic::Ordering;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};
use weft::clock::Clock;
use weft::config::{Config, Hash, Key, May};
use weft::ingest::events::settle_waiting;

use crate::support::{Answer, Gateway, both, both_with};

const SINGLE: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";
const LINES: &str = "application/x-ndjson";

/// An event of the source `ads`.
fn event(id: &str, kind: &str, time: &str, data: Value) -> Value {
    json!({ "specversion": "1.0", "source": "ads", "id": id, "type": kind, "time": time, "data": data })
}

async fn send(gateway: &Gateway, media: &str, body: impl Into<reqwest::Body>) -> Answer {
    Answer::of(gateway.request(Method::POST, "/events").header("content-type", media).body(body)).await
}

/// Sends a batch, and answers what became of each.
async fn batch(gateway: &Gateway, events: &[Value]) -> Vec<Value> {
    let answer = send(gateway, BATCH, json!(events).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body.as_array().expect("an array").clone()
}

fn outcomes(told: &[Value]) -> Vec<&str> {
    told.iter().map(|told| told["outcome"].as_str().expect("an outcome")).collect()
}

/// Lets time go by.
fn later(gateway: &Gateway, seconds: i64) {
    let Clock::Set(now) = &gateway.clock else { panic!("the tests' clock stands still") };
    now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
}

/// Tries those again that wait.
async fn settle(gateway: &Gateway) -> usize {
    settle_waiting(&gateway.store, &gateway.clock).await.expect("they are tried again")
}

/// What a batch must come to.
async fn comes_to(gateway: &Gateway, events: &[Value], expected: &[&str]) -> Vec<Value> {
    let told = batch(gateway, events).await;
    assert_eq!(outcomes(&told), expected, "{told:#?}");
    told
}

const CHANGES: &str = "{ changes(orderBy: {field: TITLE}) { edges { node { title decidedAt liveAt } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn they_come_in_every_mode() {
    both(|gateway| async move {
        let decided = event("1", "weft.change.decided", "2026-05-01T08:00:00Z", json!({ "key": "c1", "title": "A" }));
        let answer = send(&gateway, SINGLE, decided.to_string()).await;
        assert_eq!((answer.status.as_u16(), &answer.body["outcome"]), (200, &json!("TAKEN")), "{}", answer.text);
        let live = event("2", "weft.change.live", "2026-05-02T08:00:00Z", json!({ "key": "c1" }));
        comes_to(&gateway, &[live.clone(), decided.clone()], &["TAKEN", "DUPLICATE"]).await;
        // The attributes in headers, the data as the body; what is not plain by percent signs.
        let binary = gateway
            .request(Method::POST, "/events")
            .header("content-type", "application/json")
            .header("ce-specversion", "1.0")
            .header("ce-id", "3")
            .header("ce-source", "%61ds")
            .header("ce-type", "weft.change.decided")
            .header("ce-subject", "c2")
            .header("ce-time", "2026-05-03T08:00:00Z")
            .body(json!({ "title": "B" }).to_string());
        let answer = Answer::of(binary).await;
        assert_eq!((answer.status.as_u16(), &answer.body["source"]), (200, &json!("ads")), "{}", answer.text);
        let third = event("4", "weft.change.live", "2026-05-04T08:00:00Z", json!({ "key": "c2" }));
        let wrong = event("5", "weft.change.live", "2026-05-04T08:00:00Z", json!({ "key": "c2", "titel": "x" }));
        let lines = format!("{third}\n\n{wrong}\nno event\n{live}");
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(lines.as_bytes()).expect("it is packed");
        let packed = packer.finish().expect("it is packed");
        for (encoding, body) in [("gzip", packed), ("identity", lines.into_bytes())] {
            let request = gateway.request(Method::POST, "/events").header("content-type", LINES);
            let answer = Answer::of(request.header("content-encoding", encoding).body(body)).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let told: Vec<Value> =
                answer.text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
            assert_eq!(told[0]["line"], 3, "{told:#?}");
            assert!(told[0]["reason"].as_str().is_some_and(|why| why.contains("titel")), "{told:#?}");
            assert_eq!((&told[1]["line"], &told[1]["source"]), (&json!(4), &json!("")), "{told:#?}");
            let (taken, duplicate) = if encoding == "gzip" { (1, 1) } else { (0, 2) };
            let total = json!({ "taken": taken, "duplicate": duplicate, "waiting": 0, "rejected": 2 });
            assert_eq!(told[2], json!({ "onDisk": 5, "total": total }));
            assert_eq!(told[3], json!({ "done": true, "lines": 5, "total": total }));
        }
        let node = |title: &str, decided: &str, live: &str| {
            json!({ "node": { "title": title, "decidedAt": decided, "liveAt": live } })
        };
        assert_eq!(
            gateway.data(CHANGES, json!({})).await["changes"]["edges"],
            json!([
                node("A", "2026-05-01T08:00:00Z", "2026-05-02T08:00:00Z"),
                node("B", "2026-05-03T08:00:00Z", "2026-05-04T08:00:00Z"),
            ])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_counts_once_however_often_and_from_wherever_it_is_sent() {
    both(|gateway| async move {
        gateway.import("{\"type\":\"Delivery\",\"key\":\"d\",\"name\":\"D\"}\n").await;
        let fact = |id: usize| {
            let day = format!("2026-05-{:02}", id % 28 + 1);
            let delivery = json!({ "source": "import", "key": "d" });
            let data = json!({ "day": day, "delivery": delivery, "territory": format!("T{}", id / 28), "impressions": 10 });
            event(&format!("f{id}"), "weft.fact.observed", "2026-05-30T00:00:00Z", data)
        };
        let facts: Vec<Value> = (0..100).map(fact).collect();
        let taken = futures_util::future::join_all((0..8).map(|turn| {
            let (gateway, mut mine) = (&gateway, facts.clone());
            mine.rotate_left(turn * 13);
            async move {
                let mut taken = 0;
                for part in mine.chunks(9) {
                    let told = batch(gateway, part).await;
                    taken += outcomes(&told).iter().filter(|outcome| **outcome == "TAKEN").count();
                }
                taken
            }
        }))
        .await;
        assert_eq!(taken.iter().sum::<usize>(), 100);
        assert_eq!(gateway.number("SELECT sum(impressions) FROM performance_fact").await, 1_000);
        assert_eq!(gateway.number("SELECT sum(impressions) FROM performance_day").await, 1_000);
        gateway.assert_sums().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_yet_is_waited_for() {
    both(|gateway| async move {
        let seen = "2026-05-30T00:00:00Z";
        let fact = event("f", "weft.fact.observed", seen, json!({ "day": "2026-05-01", "variant": "v", "impressions": 7 }));
        let live = event("l", "weft.change.live", seen, json!({ "key": "c", "campaign": { "source": "import", "key": "k" } }));
        let told = comes_to(&gateway, &[fact.clone(), live.clone()], &["WAITING", "WAITING"]).await;
        assert!(told[0]["reason"].as_str().is_some_and(|why| why.contains("the Variant v")), "{told:#?}");
        assert_eq!(send(&gateway, SINGLE, fact.to_string()).await.status, 202);
        let waiting = "{ rejectedEvents(filter: {state: WAITING}) { totalCount edges { node { id type state event } } } }";
        let list = &gateway.data(waiting, json!({})).await["rejectedEvents"];
        assert_eq!(list["totalCount"], 2, "{list:#}");
        assert_eq!(gateway.number("SELECT count(*) FROM performance_fact").await, 0);
        // The thing itself, and what it names, become known one after the other.
        gateway.import("{\"type\":\"Campaign\",\"key\":\"k\",\"name\":\"K\"}\n").await;
        let decided = event("d", "weft.change.decided", "2026-05-02T00:00:00Z", json!({ "key": "c", "title": "C" }));
        comes_to(&gateway, &[decided], &["TAKEN"]).await;
        let change = "{ changes { edges { node { title liveAt campaign { name } } } } }";
        let expected = json!({ "title": "C", "liveAt": seen, "campaign": { "name": "K" } });
        assert_eq!(gateway.data(change, json!({})).await["changes"]["edges"][0]["node"], expected);
        let lines = "{\"type\":\"Variant\",\"key\":{\"source\":\"ads\",\"key\":\"v\"},\"name\":\"V\"}\n";
        gateway.import(lines).await;
        settle(&gateway).await;
        let facts = "{ performanceFacts { edges { node { impressions variant { name } source { name } } } } }";
        let expected = json!({ "impressions": 7, "variant": { "name": "V" }, "source": { "name": "ads" } });
        assert_eq!(gateway.data(facts, json!({})).await["performanceFacts"]["edges"][0]["node"], expected);
        assert_eq!(gateway.data(waiting, json!({})).await["rejectedEvents"]["totalCount"], 0);
        comes_to(&gateway, &[fact, live], &["DUPLICATE", "DUPLICATE"]).await;
        gateway.assert_sums().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_key_that_may_ingest_sends_them() {
    let key = |name: &str, may: Vec<May>| Key { name: name.into(), hash: Hash::of(name), may };
    let keys = vec![key("adserver", vec![May::Ingest]), key("reader", vec![May::Curate])];
    let config = Config { keys, anonymous: true, ..Config::default() };
    both_with(config, |gateway| async move {
        let fact = event(
            "1",
            "weft.fact.observed",
            "2026-05-01T00:00:00Z",
            json!({ "day": "2026-05-01", "clicks": 1 }),
        );
        let sent = async |key: Option<&str>| {
            let request = gateway.request(Method::POST, "/events").header("content-type", SINGLE);
            let request = match key {
                Some(key) => request.bearer_auth(key),
                None => request,
            };
            Answer::of(request.body(fact.to_string())).await
        };
        for (key, status, code) in [
            (None, 403, "FORBIDDEN"),
            (Some("reader"), 403, "FORBIDDEN"),
            (Some("nobody"), 401, "UNAUTHENTICATED"),
        ] {
            let answer = sent(key).await;
            assert_eq!((answer.status.as_u16(), &answer.body["error"]["code"]), (status, &json!(code)));
        }
        assert_eq!(gateway.number("SELECT count(*) FROM performance_fact").await, 0);
        assert_eq!(sent(Some("adserver")).await.status, 200);
        let schema = Answer::of(gateway.request(Method::GET, "/events/schema/weft.handoff.exited")).await;
        let outcome = &schema.body["properties"]["data"]["properties"]["outcome"]["enum"];
        assert_eq!(outcome, &json!(["ACCEPTED", "RETURNED", "REJECTED", null]), "{}", schema.text);
        assert_eq!(Answer::of(gateway.request(Method::GET, "/events/schema/weft.nothing")).await.status, 404);
        let all = Answer::of(gateway.request(Method::GET, "/events/schema")).await;
        assert_eq!(all.body["types"].as_array().map(Vec::len), Some(14));
    })
    .await;
}
