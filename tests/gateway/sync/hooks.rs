//! Webhooks: a delivery is believed by its signature, counts once, and names what is read again.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{DAM, asset, ground, lines, one, serve, settings, synced};
use crate::support::{Answer, Gateway, NOW, Vendor, both_with};

/// A delivery, signed with this secret at this moment.
pub(super) async fn deliver(
    gateway: &Gateway,
    body: &Value,
    (id, secret, moment): (&str, &str, &str),
) -> Answer {
    let body = body.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(moment.as_bytes());
    mac.update(body.as_bytes());
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = gateway
        .request(Method::POST, "/hooks/dam")
        .header("x-signature", format!("sha256={signature}"))
        .header("x-moment", moment)
        .header("x-delivery", id)
        .body(body);
    Answer::of(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_has_what_it_names_read_again() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            serve(&vendor, vec![asset(1), asset(2)], Vec::new());
            synced(&ground(&gateway, &config), "dam", false).await;
            let mut changed = asset(1);
            changed["title"] = json!("Changed");
            changed["files"] = json!([{ "id": "f-new", "name": "print" }]);
            serve(&vendor, vec![changed, asset(3)], vec![json!({ "id": 9, "name": "New" })]);
            let event =
                json!({ "event": "asset.changed", "ids": ["a0001", "a0002", "a0003"], "title": "A lie" });
            let answer = deliver(&gateway, &event, ("d1", "secret", NOW)).await;
            assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
            assert_eq!(vendor.asked().len(), 1, "all of them in one call");
            let stored = lines(&gateway, "Asset").await;
            let titles: Vec<&str> = stored.iter().filter_map(|line| line["title"].as_str()).collect();
            assert_eq!(titles, ["Changed", "Asset 2", "Asset 3"]);
            assert!(!stored[1]["externalIds"][0]["validTo"].is_null(), "it is gone: {:#}", stored[1]);
            assert!(lines(&gateway, "Rendition").await.iter().any(|line| line["key"] == "f-new"));
            // Once more, and nothing is asked.
            assert_eq!(deliver(&gateway, &event, ("d1", "secret", NOW)).await.status, 204);
            assert!(vendor.asked().is_empty());
            // What can't be read by its id is walked.
            let event = json!({ "event": "collection.changed", "id": 9 });
            assert_eq!(deliver(&gateway, &event, ("d2", "secret", NOW)).await.status, 204);
            assert_eq!(lines(&gateway, "Collection").await.len(), 1);
            // Neither under another id, which nobody has signed.
            let event =
                json!({ "event": "asset.changed", "ids": ["a0001", "a0002", "a0003"], "title": "A lie" });
            assert_eq!(deliver(&gateway, &event, ("d9", "secret", NOW)).await.status, 204);
            assert!(vendor.asked().iter().all(|asked| asked.path != "/assets"));
            assert_eq!(deliver(&gateway, &event, ("d9", "secret", "2026-06-01T12:00:01Z")).await.status, 204);
            assert_eq!(vendor.asked().len(), 1, "the same again, later");
            // What nobody asked about.
            let event = json!({ "event": "ping" });
            assert_eq!(deliver(&gateway, &event, ("d3", "secret", NOW)).await.status, 204);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_brings_is_what_events_waited_for() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let vendor = vendor.clone();
        async move {
            serve(&vendor, vec![asset(1)], Vec::new());
            let opened = json!({ "specversion": "1.0", "source": "ads", "id": "1", "type": "weft.incident.opened",
                "time": "2026-05-05T00:00:00Z",
                "data": { "key": "i", "title": "Broken", "subject": { "type": "Asset", "source": "dam", "key": "a0001" } } });
            let request = gateway.request(Method::POST, "/events");
            let request = request.header("content-type", "application/cloudevents+json");
            let answer = Answer::of(request.body(opened.to_string())).await;
            assert_eq!((answer.status.as_u16(), &answer.body["outcome"]), (202, &json!("WAITING")), "{}", answer.text);
            let event = json!({ "event": "asset.changed", "ids": ["a0001"] });
            assert_eq!(deliver(&gateway, &event, ("d1", "secret", NOW)).await.status, 204);
            let query = "{ incidents { edges { node { title subject { ... on Asset { title } } } } } }";
            let expected = json!([{ "node": { "title": "Broken", "subject": { "title": "Asset 1" } } }]);
            assert_eq!(gateway.data(query, json!({})).await["incidents"]["edges"], expected);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_vendors_is_refused() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let vendor = vendor.clone();
        async move {
            serve(&vendor, vec![asset(1)], Vec::new());
            let event = json!({ "event": "asset.changed", "ids": ["a0001"] });
            for (secret, moment) in [
                ("guess", NOW),
                ("secret", "2026-06-01T11:54:59Z"),
                ("secret", "1780315501"),
                ("secret", "soon"),
            ] {
                let answer = deliver(&gateway, &event, ("d1", secret, moment)).await;
                assert_eq!(answer.status, 401, "{secret} at {moment}");
                assert_eq!(answer.body["error"]["code"], "UNAUTHENTICATED");
            }
            for (name, value) in [("x-other", "1"), ("x-signature", "sha256=zz"), ("x-signature", "00")] {
                let request = gateway.request(Method::POST, "/hooks/dam").header(name, value).body("{}");
                assert_eq!(Answer::of(request).await.status, 401);
            }
            let unknown = gateway.request(Method::POST, "/hooks/nobody").body("{}");
            let unknown = Answer::of(unknown).await;
            assert_eq!((unknown.status.as_u16(), &unknown.body["error"]["code"]), (404, &json!("NOT_FOUND")));
            let large = gateway.request(Method::POST, "/hooks/dam").body("x".repeat(1_048_577));
            assert_eq!(Answer::of(large).await.status, 413);
            assert!(vendor.asked().is_empty(), "nothing was asked for any of them");
            // A source that is away: the sender may try again, and is heard then.
            vendor.says(|_| crate::support::Said::status(500));
            let answer = deliver(&gateway, &event, ("d1", "secret", NOW)).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.body["error"]["code"]),
                (503, &json!("UPSTREAM_UNAVAILABLE"))
            );
            serve(&vendor, vec![asset(1)], Vec::new());
            assert_eq!(deliver(&gateway, &event, ("d1", "secret", NOW)).await.status, 204);
            assert_eq!(lines(&gateway, "Asset").await.len(), 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_moment_with_its_body_is_the_id_of_a_delivery_that_has_none() {
    let signed = DAM
        .replace("hmac-sha256-hex", "hmac-sha256-base64")
        .replace(", prefix: \"sha256=\"", "")
        .replace("  delivery: header.x-delivery\n", "");
    let unsigned = signed.replace("connector: dam", "connector: plain").replace(", timestamp: x-moment", "");
    let vendor = Vendor::start().await;
    let sources =
        one("dam", &vendor, "") + &one("plain", &vendor, "").replace("connector: dam", "connector: plain");
    let config = settings(&[&signed, &unsigned], &sources);
    both_with(config.config.clone(), |gateway| {
        let vendor = vendor.clone();
        async move {
            serve(&vendor, vec![asset(1)], Vec::new());
            let body = json!({ "event": "asset.changed", "ids": ["a0001"] }).to_string();
            let post = async |source: &str, moment: &str, sent: &str| {
                let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").expect("a key");
                mac.update(moment.as_bytes());
                mac.update(body.as_bytes());
                let request = gateway
                    .request(Method::POST, &format!("/hooks/{source}"))
                    .header("x-signature", STANDARD.encode(mac.finalize().into_bytes()))
                    .header("x-moment", moment)
                    .body(sent.to_owned());
                (Answer::of(request).await.status.as_u16(), vendor.asked().len())
            };
            assert_eq!(post("dam", NOW, &body).await, (204, 1));
            assert_eq!(post("dam", NOW, &body).await, (204, 0), "it came again");
            assert_eq!(
                post("dam", "2026-06-01T12:00:01Z", &body).await,
                (204, 1),
                "the same change once more"
            );
            assert_eq!(post("dam", NOW, "{}").await, (401, 0));
            // Without a moment nothing tells the two apart.
            assert_eq!(post("plain", "", &body).await, (204, 1));
            assert_eq!(post("plain", "", &body).await, (204, 1));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_delivery_names_beyond_a_budget_is_read_by_a_sync() {
    let few = DAM.replace("max_ids: 50", "max_ids: 1\n      budget: [20/h]");
    let vendor = Vendor::start().await;
    let config = settings(&[&few], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let vendor = vendor.clone();
        async move {
            serve(&vendor, (0..30).map(asset).collect(), Vec::new());
            let ids: Vec<String> = (0..30).map(|place| format!("a{place:04}")).collect();
            let event = json!({ "event": "asset.changed", "ids": ids });
            assert_eq!(deliver(&gateway, &event, ("d1", "secret", NOW)).await.status, 204);
            let complete = async {
                while lines(&gateway, "Asset").await.len() < 30 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(30), complete).await.expect("the rest comes");
            let asked = vendor.asked();
            let by_id = asked.iter().filter(|asked| asked.query.contains_key("ids")).count();
            assert_eq!(by_id, 20, "the budget holds");
            // With nothing left of it nothing is taken, and the sender has to try again.
            let event = json!({ "event": "asset.changed", "ids": ["a0001"] });
            let answer = deliver(&gateway, &event, ("d2", "secret", NOW)).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.body["error"]["code"]),
                (503, &json!("UPSTREAM_RATE_LIMITED"))
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_was_cut_off_is_heard_again() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let vendor = vendor.clone();
        async move {
            serve(&vendor, vec![asset(1)], Vec::new());
            let event = json!({ "event": "asset.changed", "ids": ["a0001"] });
            let begun = |id: &str, seconds: i64| {
                let at = gateway.clock.now() - seconds * 1_000_000;
                format!(
                    "INSERT INTO hook_delivery (source, delivery, received_at) VALUES ('dam', '{id}', {at})"
                )
            };
            for statement in [begun("now", 1), begun("long ago", 600)] {
                gateway.store.db.execute_unprepared(&statement).await.expect("it is written");
            }
            let answer = deliver(&gateway, &event, ("now", "secret", NOW)).await;
            assert_eq!(answer.status, 503, "another is at it");
            assert!(vendor.asked().is_empty());
            assert_eq!(deliver(&gateway, &event, ("long ago", "secret", NOW)).await.status, 204);
            assert_eq!(vendor.asked().len(), 1);
        }
    })
    .await;
}
