//! Sizes that a source counts in calls of their own: counted by sync, a few at once, and served from the store; and
//! what a vendor asks before it calls.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ground, lines, one, settings, synced};
use crate::support::{Answer, Said, Vendor, both_with};

/// Segments whose sizes are counted by two, and a webhook with a handshake.
const SEGMENTS: &str = r#"
connector: dam
kind: cdp
auth: { bearer: "${secret.token}" }
http: { retries: 0 }
webhook:
  verify: { header: x-signature, scheme: hmac-sha256-hex, secret: "${secret.token}" }
  echo: x-hello
  names:
    - { entity: segment, ids: "ids" }
entities:
  segment:
    port: cdp.audience
    list: { request: { path: /segments }, items: data }
    size:
      request: { path: /counts, query: { of: "${ids}" } }
      items: counts
      max_ids: 2
      background: true
      map: { id: segment, size: people | int }
    map: { id: id, name: id }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_counted_by_sync_and_what_was_counted_stays() {
    let vendor = Vendor::start().await;
    let config = settings(&[SEGMENTS], &one("dam", &vendor, ""));
    both_with((*config).clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            vendor.says(|asked| match (asked.path.as_str(), asked.query.get("of").map(String::as_str)) {
                ("/segments", _) => {
                    json!({ "data": [{ "id": "s1" }, { "id": "s2" }, { "id": "s3" }] }).into()
                }
                ("/counts", Some("s1,s2")) => {
                    json!({ "counts": [{ "segment": "s2", "people": 0 }, { "segment": "s1", "people": 7 }] })
                        .into()
                }
                _ => Said::status(503),
            });
            let ran = synced(&ground(&gateway, &config), "dam", false).await;
            assert!(
                ran.notes.iter().any(|note| note.contains("not everything could be counted")),
                "{ran:#?}"
            );
            let sizes: Vec<Value> =
                lines(&gateway, "Audience").await.iter().map(|line| line["size"].clone()).collect();
            assert_eq!(sizes, [json!(7), json!(0), Value::Null], "nothing is never 0");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_is_answered_and_nothing_learnt_from_it() {
    let vendor = Vendor::start().await;
    let config = settings(&[SEGMENTS], &one("dam", &vendor, ""));
    both_with((*config).clone(), |gateway| {
        let vendor = vendor.clone();
        async move {
            let before = vendor.asked().len();
            let request = gateway.request(Method::POST, "/hooks/dam").header("x-hello", "abc");
            let answer = Answer::of(request.body(json!({ "ids": ["s1"] }).to_string())).await;
            assert_eq!((answer.status.as_u16(), answer.header("x-hello")), (200, "abc"));
            let signed = gateway
                .request(Method::POST, "/hooks/dam")
                .header("x-hello", "abc")
                .header("x-signature", "00");
            assert_eq!(Answer::of(signed.body("{}")).await.status.as_u16(), 401);
            assert_eq!(vendor.asked().len(), before);
        }
    })
    .await;
}
