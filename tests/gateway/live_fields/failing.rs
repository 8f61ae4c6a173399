//! Sources that fail: what they were asked for is null, each with its error, and the rest of the answer stands.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use weft::clock::Clock;
use weft::config::Limits;

use super::world::{self, ads, cdp, dam, dam_one_by_one, decided, flags, known, named, of, settings};
use crate::support::{Answer, Asked, Gateway, Said, Vendor, both_with};

/// The errors of an answer: path, code and source of each.
fn errors(answer: &Answer) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
    let told = errors.iter().map(|error| {
        let path = error["path"].as_array().cloned().unwrap_or_default();
        let path: Vec<String> =
            path.iter().map(|step| step.as_str().map_or(step.to_string(), str::to_owned)).collect();
        assert!(error["locations"][0]["line"].is_number(), "{error}");
        (path.join("."), text(&error["extensions"]["code"]), text(&error["extensions"]["source"]))
    });
    told.collect()
}

fn told(path: &str, code: &str, source: &str) -> (String, String, String) {
    (path.to_owned(), code.to_owned(), source.to_owned())
}

#[tokio::test]
async fn what_fails_is_null_alone() {
    let upstream = Vendor::saying(|asked: &Asked| match asked.path.as_str() {
        path if path.starts_with("/line-items") => named(asked),
        path if path.starts_with("/stats") => Said::of(503, &json!({ "secret": "inside" })),
        path if path.ends_with("-1/count") => Said::status(403),
        "/segments" => Said::status(429),
        _ => named(asked),
    })
    .await;
    let sources = settings(&[("cdp", cdp(), &upstream.url), ("ads", ads(), &upstream.url)]);
    both_with(sources, |gateway| async move {
        gateway.import(&(of("Audience", "cdp", 2) + &of("Delivery", "ads", 1))).await;
        let query = "{ deliveries { edges { node { name live { source status fetchedAt spend performance { clicks cost } } } } }
            audiences { edges { node { name live { source size status } } } } }";
        let answer = gateway.query(query, json!({})).await;
        assert_eq!(answer.status, 200);
        let data = &answer.body["data"];
        assert_eq!(
            data["deliveries"]["edges"][0]["node"],
            json!({ "name": "Stored delivery-0", "live": { "source": "ads", "status": "ACTIVE",
                    "fetchedAt": "2026-06-01T12:00:00Z", "spend": null, "performance": null } })
        );
        let audiences: Vec<&Value> = (0..2).map(|place| &data["audiences"]["edges"][place]["node"]["live"]).collect();
        assert_eq!(audiences[0], &json!({ "source": "cdp", "size": 5_000_000_000_i64, "status": null }));
        assert_eq!(audiences[1], &json!({ "source": "cdp", "size": null, "status": null }));
        let mut found = errors(&answer);
        found.sort();
        assert_eq!(
            found,
            [
                told("audiences.edges.0.node.live.status", "UPSTREAM_RATE_LIMITED", "cdp"),
                told("audiences.edges.1.node.live.size", "UPSTREAM_DENIED", "cdp"),
                told("audiences.edges.1.node.live.status", "UPSTREAM_RATE_LIMITED", "cdp"),
                told("deliveries.edges.0.node.live.performance", "UPSTREAM_UNAVAILABLE", "ads"),
                told("deliveries.edges.0.node.live.spend", "UPSTREAM_UNAVAILABLE", "ads"),
            ]
        );
        assert!(!answer.text.contains("inside") && !answer.text.contains("127.0.0.1"), "{}", answer.text);
    })
    .await;
}

#[tokio::test]
async fn a_source_that_hangs_costs_no_more_than_the_deadline() {
    let upstream = Vendor::saying(|asked: &Asked| match asked.path.starts_with("/assets") {
        true => Said::never(),
        false => named(asked),
    })
    .await;
    let mut config = settings(&[("dam", dam(), &upstream.url), ("cdp", cdp(), &upstream.url)]);
    config.graphql.limits = Limits { seconds: 1, ..Limits::default() };
    both_with(config, |gateway| async move {
        gateway.import(&(of("Asset", "dam", 1) + &of("Audience", "cdp", 1))).await;
        let query = "{ assets { edges { node { title live { source title status } } } } audiences { edges { node { live { size } } } } }";
        let asked = gateway.query(query, json!({}));
        let answer = tokio::time::timeout(Duration::from_secs(10), asked).await.expect("long before the source's own time");
        assert_eq!(answer.status, 200, "{:#}", answer.body);
        let data = &answer.body["data"];
        let asset = json!({ "title": "Stored asset-0", "live": { "source": "dam", "title": null, "status": null } });
        assert_eq!(data["assets"]["edges"][0]["node"], asset);
        assert_eq!(data["audiences"]["edges"][0]["node"]["live"]["size"], 5_000_000_000_i64);
        assert_eq!(
            errors(&answer),
            [
                told("assets.edges.0.node.live.title", "UPSTREAM_TIMEOUT", "dam"),
                told("assets.edges.0.node.live.status", "UPSTREAM_TIMEOUT", "dam"),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn who_waits_for_a_source_holds_no_connection_to_the_store() {
    let (heard, mut hear) = tokio::sync::mpsc::unbounded_channel();
    let upstream = Vendor::saying(move |_: &Asked| {
        heard.send(()).expect("somebody listens");
        Said::never()
    })
    .await;
    // More queries wait than the store has connections.
    const WAITING: usize = 8;
    let gateway = Gateway::sqlite(settings(&[("dam", dam(), &upstream.url)])).await;
    gateway.import(&of("Asset", "dam", WAITING)).await;
    let waiting = futures_util::future::join_all((0..WAITING).map(|place| {
        let query =
            format!(r#"{{ asset(key: {{source: "dam", value: "asset-{place}"}}) {{ live {{ title }} }} }}"#);
        let gateway = &gateway;
        async move { gateway.query(&query, json!({})).await }
    }));
    let asked = async {
        for _ in 0..WAITING {
            hear.recv().await.expect("a call");
        }
        gateway.data("{ assets { totalCount } }", json!({})).await
    };
    tokio::select! {
        _ = waiting => panic!("nobody is answered while the source hangs"),
        data = tokio::time::timeout(Duration::from_secs(20), asked) => {
            assert_eq!(data.expect("all calls go out"), json!({ "assets": { "totalCount": WAITING } }));
        }
    }
}

async fn source(gateway: &Gateway, name: &str) -> Value {
    let query =
        "query ($name: String) { source(name: $name) { health breaker lastSync lag remainingBudget } }";
    gateway.data(query, json!({ "name": name })).await["source"].take()
}

#[tokio::test]
async fn a_source_that_keeps_failing_is_left_alone_and_shown_so() {
    let upstream = Vendor::saying(|_: &Asked| Said::status(500)).await;
    both_with(settings(&[("dam", dam_one_by_one(), &upstream.url)]), |gateway| {
        let upstream = &upstream;
        async move {
            gateway.import(&(of("Asset", "dam", 1) + r#"{"type":"Source","key":"paper","name":"paper"}"#)).await;
            upstream.says(|_| Said::status(500));
            upstream.asked();
            let state = |health: &str, breaker: &str| {
                json!({ "health": health, "breaker": breaker, "lastSync": null, "lag": null, "remainingBudget": null })
            };
            assert_eq!(source(&gateway, "dam").await, state("UNKNOWN", "CLOSED"));
            let nothing = json!({ "health": null, "breaker": null, "lastSync": null, "lag": null, "remainingBudget": null });
            assert_eq!(source(&gateway, "paper").await, nothing);
            let query = "{ assets { edges { node { title live { title } } } } }";
            for _ in 0..5 {
                assert_eq!(gateway.query(query, json!({})).await.codes(), ["UPSTREAM_UNAVAILABLE"]);
            }
            assert_eq!(upstream.asked().len(), 5);
            assert_eq!(source(&gateway, "dam").await, state("FAILING", "OPEN"));
            for _ in 0..3 {
                let answer = gateway.query(query, json!({})).await;
                assert_eq!(answer.codes(), ["UPSTREAM_UNAVAILABLE"]);
                assert_eq!(answer.body["data"]["assets"]["edges"][0]["node"]["title"], "Stored asset-0");
            }
            assert_eq!(upstream.asked().len(), 0, "an open breaker lets no call through");
            upstream.says(named);
            let Clock::Set(now) = &gateway.clock else { panic!("the tests' clock can be set") };
            now.fetch_add(60_000_000, Ordering::SeqCst);
            assert_eq!(source(&gateway, "dam").await, state("FAILING", "HALF_OPEN"));
            let data = gateway.data(query, json!({})).await;
            assert_eq!(data["assets"]["edges"][0]["node"]["live"]["title"], "Live asset-0");
            assert_eq!(source(&gateway, "dam").await, state("OK", "CLOSED"));
            let all = gateway.data("{ sources { health name } }", json!({})).await;
            assert!(all["sources"].as_array().is_some_and(|all| all.contains(&json!({ "health": "OK", "name": "dam" }))), "{all}");
        }
    })
    .await;
}

#[tokio::test]
async fn values_of_the_wrong_shape_are_null_with_their_errors() {
    let upstream = Vendor::saying(|asked: &Asked| {
        let id = asked.ids().first().cloned().unwrap_or_default();
        Said::from(json!({
            "rows": [{ "id": id, "cost": "twelve", "currency": 7, "frequency": "often", "shown": 1.5, "clicked": 20, "until": "soon" }],
            "items": [{ "id": id, "state": "sideways" }],
        }))
    })
    .await;
    both_with(settings(&[("ads", ads(), &upstream.url)]), |gateway| async move {
        gateway.import(&of("Delivery", "ads", 1)).await;
        let query = "{ deliveries { edges { node { live { status spend currency frequency
            performance { impressions clicks observedAt } } } } } }";
        let answer = gateway.query(query, json!({})).await;
        assert_eq!(
            answer.body["data"]["deliveries"]["edges"][0]["node"]["live"],
            json!({ "status": null, "spend": null, "currency": null, "frequency": null,
                    "performance": { "impressions": null, "clicks": 20, "observedAt": null } })
        );
        let at =
            |field: &str| told(&format!("deliveries.edges.0.node.live.{field}"), "UPSTREAM_INVALID", "ads");
        assert_eq!(
            errors(&answer),
            [
                at("status"),
                at("spend"),
                at("currency"),
                at("frequency"),
                at("performance.impressions"),
                at("performance.observedAt"),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_none_fails_what_needed_it() {
    let upstream = Vendor::saying(|_: &Asked| Said::text("{\"items\": [")).await;
    both_with(settings(&[("dam", dam(), &upstream.url)]), |gateway| async move {
        gateway.import(&of("Asset", "dam", 1)).await;
        let query = "{ assets { edges { node { live { title renditions { url } } } } } }";
        let answer = gateway.query(query, json!({})).await;
        assert_eq!(answer.codes(), ["UPSTREAM_INVALID", "UPSTREAM_INVALID"]);
        assert_eq!(
            answer.body["data"]["assets"]["edges"][0]["node"]["live"],
            json!({ "title": null, "renditions": null })
        );
    })
    .await;
}

#[tokio::test]
async fn what_a_source_does_not_know_is_null_without_an_error() {
    let (batched, single, deciding) =
        (Vendor::saying(named).await, Vendor::saying(named).await, Vendor::saying(decided).await);
    let sources = settings(&[
        ("dam", dam(), &batched.url),
        ("other", dam_one_by_one(), &single.url),
        ("flags", flags(), &deciding.url),
        ("cdp", cdp(), &single.url),
    ]);
    both_with(sources, |gateway| async move {
        let lines = known("Asset", "dam", "gone-1")
            + &known("Asset", "other", "gone-2")
            + &known("Decision", "flags", "gone-3")
            + &known("Audience", "cdp", "gone-4")
            + &of("Asset", "dam", 1);
        gateway.import(&lines).await;
        let query = "{ assets { edges { node { live { source title renditions { url } } } } }
            decisions { edges { node { live { source evaluate { variant } } } } }
            audiences { edges { node { live { source size status } } } } }";
        let data = gateway.data(query, json!({})).await;
        let live = |list: &str| -> Vec<&Value> {
            data[list]["edges"].as_array().expect("edges").iter().map(|edge| &edge["node"]["live"]).collect()
        };
        assert_eq!(live("assets").iter().filter(|live| live.is_null()).count(), 2, "{data}");
        assert_eq!(live("decisions"), [&Value::Null]);
        assert_eq!(live("audiences"), [&Value::Null]);
    })
    .await;
}

#[tokio::test]
async fn a_decision_that_could_not_be_come_to_is_null_with_its_error() {
    let upstream = Vendor::saying(decided).await;
    both_with(settings(&[("flags", flags(), &upstream.url)]), |gateway| async move {
        gateway.import(&of("Decision", "flags", 1)).await;
        let query = r#"{ decisions { edges { node { live { bad: evaluate(context: {country: "XX"}) { variant } good: evaluate { variant } } } } } }"#;
        let answer = gateway.query(query, json!({})).await;
        assert_eq!(errors(&answer), [told("decisions.edges.0.node.live.bad", "UPSTREAM_INVALID", "flags")]);
        assert!(answer.message().contains("TARGETING_KEY_MISSING"), "{}", answer.message());
        let live = &answer.body["data"]["decisions"]["edges"][0]["node"]["live"];
        assert_eq!(live, &json!({ "bad": null, "good": { "variant": "plain" } }));
    })
    .await;
}

#[tokio::test]
async fn what_is_counted_in_the_background_is_answered_from_the_store() {
    let upstream = Vendor::saying(named).await;
    both_with(settings(&[("cdp", world::cdp_in_background(), &upstream.url)]), |gateway| {
        let upstream = &upstream;
        async move {
            let known = json!({ "type": "Audience", "key": "1", "externalIds": [{ "source": "cdp", "value": "a" }], "name": "A", "size": 7, "sizeAsOf": "2026-05-30T00:00:00Z" });
            gateway.import(&known.to_string()).await;
            let body = json!({ "query": "{ audiences { edges { node { live { source size sizeAsOf fetchedAt } } } } }",
                               "extensions": { "provenance": true } });
            let answer = gateway.post(&body).await;
            assert_eq!(
                answer.body["data"]["audiences"]["edges"][0]["node"]["live"],
                json!({ "source": "cdp", "size": 7, "sizeAsOf": "2026-05-30T00:00:00Z", "fetchedAt": null })
            );
            let told = &answer.body["extensions"]["provenance"][0];
            assert_eq!((&told["state"], &told["observedAt"]), (&json!("STORED"), &json!("2026-05-30T00:00:00Z")));
            let alone = json!({ "query": "{ audiences { edges { node { live { size } } } } }", "extensions": { "provenance": true } });
            assert_eq!(gateway.post(&alone).await.body["extensions"]["provenance"][0], *told);
            assert_eq!(upstream.asked().len(), 0);
            let data = gateway.data("{ audiences { edges { node { live { size status } } } } }", json!({})).await;
            assert_eq!(data["audiences"]["edges"][0]["node"]["live"], json!({ "size": 7, "status": "ACTIVE" }));
            assert_eq!(upstream.paths(), ["/segments"]);
            let data = gateway.data(r#"{ source(name: "cdp") { remainingBudget health } }"#, json!({})).await;
            assert_eq!(data["source"], json!({ "remainingBudget": 2, "health": "OK" }));
        }
    })
    .await;
}
