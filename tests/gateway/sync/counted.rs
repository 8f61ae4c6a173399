//! Sizes that a source counts in calls of their own: counted by sync, a few at once, and served from the store; and
//! what a vendor asks before it calls.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ground, later, lines, one, settings, synced};
use crate::support::{Answer, Asked, Gateway, Said, Vendor, both_with};

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

/// Segments from s1 to s5. Of these the first cannot be counted: not known, not allowed, failed within the answer.
fn segments(asked: &Asked, bad: &[(&str, u16)]) -> Said {
    let Some(of) = asked.query.get("of") else {
        return json!({ "data": (1..=5).map(|place| json!({ "id": format!("s{place}") })).collect::<Vec<_>>() }).into();
    };
    let ids: Vec<&str> = of.split(',').collect();
    match bad.iter().find(|(id, status)| *status != 200 && ids.contains(id)) {
        Some((_, status)) => Said::status(*status),
        None => {
            let counted = ids.iter().map(|id| match bad.iter().any(|(bad, _)| bad == id) {
                true => json!({ "segment": id, "error": "too large" }),
                false => json!({ "segment": id, "people": 7 }),
            });
            json!({ "counts": counted.collect::<Vec<_>>() }).into()
        }
    }
}

/// What was asked to be counted, call by call.
fn counted(vendor: &Vendor) -> Vec<String> {
    vendor.asked().iter().filter_map(|asked| asked.query.get("of").cloned()).collect()
}

async fn sizes(gateway: &Gateway) -> Vec<Value> {
    lines(gateway, "Audience").await.iter().map(|line| line["size"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_budget_is_waited_for_and_what_cannot_be_counted_is_passed_by() {
    let connector = SEGMENTS.replace("max_ids: 2", "budget: [1/s]");
    let connector =
        connector.replace("http: { retries: 0 }", "http: { retries: 0 }\nerrors: { item: error }");
    let vendor = Vendor::start().await;
    let config = settings(&[&connector], &one("dam", &vendor, ""));
    both_with((*config).clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            vendor.says(|asked| segments(asked, &[("s1", 404), ("s2", 403), ("s3", 200)]));
            let begun = gateway.clock.now();
            let ran = synced(&ground(&gateway, &config), "dam", false).await;
            assert_eq!(counted(&vendor), ["s1", "s2", "s3", "s4", "s5"], "a call a second");
            let passed = gateway.clock.now() - begun;
            assert!((4_000_000..5_000_000).contains(&passed), "{passed}");
            assert_eq!(sizes(&gateway).await, [json!(null), json!(null), json!(null), json!(7), json!(7)]);
            assert!(ran.notes.iter().any(|note| note.contains("3 failed and 0 are left")), "{ran:#?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_budget_leaves_over_has_its_turn_at_the_next_sync() {
    let connector = SEGMENTS.replace("max_ids: 2", "budget: [2/10m]");
    let vendor = Vendor::start().await;
    let config = settings(&[&connector], &one("dam", &vendor, ""));
    both_with((*config).clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            vendor.says(|asked| segments(asked, &[("s1", 404)]));
            let ground = ground(&gateway, &config);
            for expected in [vec!["s1", "s2"], vec!["s3", "s4"], vec!["s5"], vec!["s1", "s2"]] {
                synced(&ground, "dam", false).await;
                assert_eq!(counted(&vendor), expected);
                later(&gateway, 600);
            }
            assert_eq!(sizes(&gateway).await, [json!(null), json!(7), json!(7), json!(7), json!(7)]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_spoils_a_call_for_others_is_asked_for_alone() {
    let connector = SEGMENTS.replace("max_ids: 2", "max_ids: 4");
    let vendor = Vendor::start().await;
    let config = settings(&[&connector], &one("dam", &vendor, ""));
    both_with((*config).clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            vendor.says(|asked| segments(asked, &[("s2", 400)]));
            synced(&ground(&gateway, &config), "dam", false).await;
            assert_eq!(counted(&vendor), ["s1,s2,s3,s4", "s1,s2", "s1", "s2", "s3,s4", "s5"]);
            assert_eq!(sizes(&gateway).await, [json!(7), json!(null), json!(7), json!(7), json!(7)]);
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
