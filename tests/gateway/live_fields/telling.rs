//! Where each answer came from, for who asks: by a header, or by an extension of the request.

use std::sync::atomic::Ordering;

use reqwest::Method;
use serde_json::{Value, json};
use weft::clock::Clock;

use super::world::{ads, cdp, dam, decided, flags, named, of, settings};
use crate::support::{Answer, Asked, Gateway, Said, Vendor, both_with};

const TITLES: &str = "{ assets { edges { node { live { title } } } } }";

async fn telling(gateway: &Gateway, query: &str) -> Value {
    let request = gateway.request(Method::POST, "/graphql").header("weft-provenance", "1");
    let answer = Answer::of(request.json(&json!({ "query": query }))).await;
    answer.body["extensions"]["provenance"].clone()
}

fn entry(state: &str, fetched_at: Value) -> Value {
    json!([{ "path": ["assets", "edges", 0, "node", "live"], "source": "dam", "operation": "get_many",
             "fetchedAt": fetched_at, "observedAt": null, "state": state }])
}

#[tokio::test]
async fn each_answer_says_whether_it_was_fetched_kept_or_stood_in() {
    let upstream = Vendor::saying(named).await;
    both_with(settings(&[("dam", dam(), &upstream.url)]), |gateway| {
        let upstream = &upstream;
        async move {
            upstream.says(named);
            upstream.asked();
            gateway.import(&of("Asset", "dam", 1)).await;
            let Clock::Set(now) = &gateway.clock else { panic!("the tests' clock can be set") };
            let later = |seconds: i64| now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
            let first = json!("2026-06-01T12:00:00Z");
            assert_eq!(telling(&gateway, TITLES).await, entry("LIVE", first.clone()));
            later(30);
            assert_eq!(telling(&gateway, TITLES).await, entry("CACHED", first));
            let renewed = json!("2026-06-01T12:00:30Z");
            let now = TITLES.replace("live", "live(maxAge: 10)");
            assert_eq!(telling(&gateway, &now).await, entry("LIVE", renewed.clone()));
            assert_eq!(upstream.asked().len(), 2);
            upstream.says(|_| Said::status(503));
            later(600);
            assert_eq!(telling(&gateway, TITLES).await, entry("STALE", renewed));
            later(7_200);
            assert_eq!(telling(&gateway, TITLES).await, entry("FAILED", Value::Null));
            upstream.says(|_| Said::status(401));
            assert_eq!(telling(&gateway, TITLES).await, entry("DENIED", Value::Null));
        }
    })
    .await;
}

#[tokio::test]
async fn every_operation_is_told_of_by_itself() {
    let upstream = Vendor::saying(|asked: &Asked| match asked.path.starts_with("/evaluate") {
        true => decided(asked),
        false => named(asked),
    })
    .await;
    let sources = settings(&[
        ("cdp", cdp(), &upstream.url),
        ("ads", ads(), &upstream.url),
        ("flags", flags(), &upstream.url),
    ]);
    both_with(sources, |gateway| async move {
        gateway.import(&(of("Audience", "cdp", 1) + &of("Delivery", "ads", 1) + &of("Decision", "flags", 1))).await;
        let query = "{ audiences { edges { node { live { size status } } } }
            deliveries { edges { node { live { spend } } } }
            decisions { edges { node { live { what: evaluate { variant } } } } } }";
        let at = |list: &str, more: &[&str]| -> Vec<Value> {
            let base = [json!(list), json!("edges"), json!(0), json!("node"), json!("live")];
            base.into_iter().chain(more.iter().map(|step| json!(step))).collect()
        };
        let entry = |path: Vec<Value>, source: &str, operation: &str, observed: Value| {
            json!({ "path": path, "source": source, "operation": operation, "fetchedAt": "2026-06-01T12:00:00Z",
                    "observedAt": observed, "state": "LIVE" })
        };
        assert_eq!(
            telling(&gateway, query).await,
            json!([
                entry(at("audiences", &[]), "cdp", "size", json!("2026-06-01T10:00:00Z")),
                entry(at("audiences", &[]), "cdp", "get_many", Value::Null),
                entry(at("deliveries", &[]), "ads", "stats", json!("2026-06-01T11:00:00Z")),
                entry(at("decisions", &["what"]), "flags", "evaluate", Value::Null),
            ])
        );
    })
    .await;
}

#[tokio::test]
async fn nothing_is_told_unless_it_is_asked_for() {
    let upstream = Vendor::saying(named).await;
    both_with(settings(&[("dam", dam(), &upstream.url)]), |gateway| async move {
        gateway.import(&of("Asset", "dam", 1)).await;
        let answer = gateway.query(TITLES, json!({})).await;
        assert!(answer.body["extensions"].is_null(), "{}", answer.text);
        assert_eq!(telling(&gateway, "{ assets { edges { node { title } } } }").await, json!([]));
        for (given, told) in [
            (json!({ "provenance": true }), true),
            (json!({ "provenance": false }), false),
            (json!({}), false),
        ] {
            let answer = gateway.post(&json!({ "query": TITLES, "extensions": given })).await;
            assert_eq!(answer.body["extensions"]["provenance"].is_array(), told, "{given}");
        }
    })
    .await;
}
