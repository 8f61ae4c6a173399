//! OAuth 2: a token is fetched once for many, kept, renewed before it ends and after it was refused; and what is told
//! where there is none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use weft::config::{Config, Secret};

use super::world::{of, settings};
use crate::support::{Asked, Gateway, Said, Vendor, both_with};

/// Assets that are read one by one, so that many calls need a token at the same time.
const OAUTH: &str = r#"connector: test-oauth
kind: dam
settings: { tokens: null }
auth: { oauth2: { token_url: "${setting.tokens}", client_id: weft, client_secret: "${secret.client}", scope: read all } }
http: { retries: 0 }
entities:
  asset:
    port: dam.asset
    get_many: { request: { path: "/assets/${id}" }, missing: "404" }
    map: { id: id, title: name }
"#;

const TITLES: &str = "{ assets { edges { node { live { title } } } } }";

/// How many tokens were given, and the number of the one that holds.
#[derive(Default)]
struct Tokens {
    given: AtomicUsize,
    holds: AtomicUsize,
}

fn config(vendor: &Vendor) -> Config {
    let mut config = settings(&[("dam", OAUTH, &vendor.url)]);
    let source = &mut config.sources[0];
    source.settings.insert("tokens".to_owned(), format!("{}/token", vendor.url));
    source.secrets.insert("client".to_owned(), Secret::new("s3cret"));
    config
}

/// Gives tokens that end after so many seconds, and assets to who shows the one that holds.
fn grants(tokens: Arc<Tokens>, ends: u64) -> impl Fn(&Asked) -> Said + Send + Sync + 'static {
    move |asked| {
        if asked.path == "/token" {
            let number = tokens.given.fetch_add(1, Ordering::SeqCst) + 1;
            tokens.holds.store(number, Ordering::SeqCst);
            return json!({ "access_token": format!("t{number}"), "token_type": "Bearer", "expires_in": ends }).into();
        }
        match asked.authorization == format!("Bearer t{}", tokens.holds.load(Ordering::SeqCst)) {
            true => json!({ "id": asked.path.trim_start_matches("/assets/"), "name": "Live" }).into(),
            false => Said::status(401),
        }
    }
}

/// Asks for ten things, which must all be there; answers what was sent for tokens.
async fn ten(gateway: &Gateway, vendor: &Vendor) -> Vec<Asked> {
    let data = gateway.data(TITLES, json!({})).await;
    let edges = data["assets"]["edges"].as_array().expect("edges");
    assert_eq!(edges.len(), 10);
    assert!(edges.iter().all(|edge| edge["node"]["live"]["title"] == "Live"), "{data}");
    vendor.asked().into_iter().filter(|asked| asked.path == "/token").collect()
}

#[tokio::test]
async fn a_token_is_fetched_once_for_many_and_kept() {
    let vendor = Vendor::start().await;
    both_with(config(&vendor), |gateway| {
        let vendor = &vendor;
        async move {
            vendor.says(grants(Arc::default(), 3_600));
            gateway.import(&of("Asset", "dam", 10)).await;
            let asked = ten(&gateway, vendor).await;
            assert_eq!(asked.len(), 1);
            let form: Vec<(&str, &str)> =
                asked[0].form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(
                form,
                [
                    ("client_id", "weft"),
                    ("client_secret", "s3cret"),
                    ("grant_type", "client_credentials"),
                    ("scope", "read all"),
                ]
            );
            assert_eq!(ten(&gateway, vendor).await.len(), 0, "it is kept");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_renewed_first() {
    let vendor = Vendor::start().await;
    both_with(config(&vendor), |gateway| {
        let vendor = &vendor;
        async move {
            let tokens: Arc<Tokens> = Arc::default();
            vendor.says(grants(tokens.clone(), 20));
            gateway.import(&of("Asset", "dam", 1)).await;
            for given in 1..=2 {
                gateway.data(TITLES, json!({})).await;
                assert_eq!(tokens.given.load(Ordering::SeqCst), given);
            }
            let refused =
                vendor.asked().iter().any(|asked| asked.path != "/token" && asked.authorization.is_empty());
            assert!(!refused);
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_that_was_refused_is_renewed_once() {
    let vendor = Vendor::start().await;
    both_with(config(&vendor), |gateway| {
        let vendor = &vendor;
        async move {
            let tokens: Arc<Tokens> = Arc::default();
            vendor.says(grants(tokens.clone(), 3_600));
            gateway.import(&of("Asset", "dam", 1)).await;
            gateway.data(TITLES, json!({})).await;
            // It is taken back, and nobody says so.
            tokens.holds.store(0, Ordering::SeqCst);
            vendor.asked();
            let data = gateway.data(TITLES, json!({})).await;
            assert_eq!(data["assets"]["edges"][0]["node"]["live"]["title"], "Live");
            assert_eq!(vendor.paths(), ["/assets/asset-0", "/assets/asset-0", "/token"]);
            // Where no token helps, it ends with that.
            vendor.says(|asked| match asked.path.as_str() {
                "/token" => json!({ "access_token": "useless" }).into(),
                _ => Said::status(401),
            });
            assert_eq!(gateway.query(TITLES, json!({})).await.codes(), ["UPSTREAM_DENIED"]);
            assert_eq!(vendor.paths(), ["/assets/asset-0", "/assets/asset-0", "/token"]);
        }
    })
    .await;
}

#[tokio::test]
async fn where_there_is_no_token_the_credentials_are_to_blame_or_the_source() {
    let vendor = Vendor::start().await;
    for (status, body, code, health) in [
        (400, json!({ "error": "invalid_client" }), "UPSTREAM_DENIED", "OK"),
        (400, json!({ "error": "invalid_grant", "error_description": "secret" }), "UPSTREAM_DENIED", "OK"),
        (401, json!({ "error": "invalid_client" }), "UPSTREAM_DENIED", "FAILING"),
        (400, json!({ "error": "invalid_request" }), "UPSTREAM_INVALID", "OK"),
        (200, json!({ "token": "misnamed" }), "UPSTREAM_INVALID", "OK"),
        (503, json!({}), "UPSTREAM_UNAVAILABLE", "FAILING"),
    ] {
        both_with(config(&vendor), |gateway| {
            let (vendor, body) = (&vendor, body.clone());
            async move {
                let told = body.clone();
                vendor.says(move |_| Said::of(status, &told));
                gateway.import(&of("Asset", "dam", 1)).await;
                let answer = gateway.query(TITLES, json!({})).await;
                assert_eq!(answer.codes(), [code], "{status} {body}");
                assert!(!answer.text.contains("secret"), "{}", answer.text);
                assert!(vendor.paths().iter().all(|path| path == "/token"), "nothing is sent without one");
                let source: Value = gateway.data(r#"{ source(name: "dam") { health } }"#, json!({})).await;
                assert_eq!(source["source"]["health"], health, "{status} {body}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn one_token_that_was_refused_to_many_is_renewed_once() {
    let vendor = Vendor::start().await;
    both_with(config(&vendor), |gateway| {
        let vendor = &vendor;
        async move {
            let tokens: Arc<Tokens> = Arc::default();
            vendor.says(grants(tokens.clone(), 3_600));
            gateway.import(&of("Asset", "dam", 100)).await;
            let all = "{ assets(first: 100) { edges { node { live { title } } } } }";
            for given in 1..=3 {
                let data = gateway.data(all, json!({})).await;
                let edges = data["assets"]["edges"].as_array().expect("edges");
                assert_eq!(edges.len(), 100);
                assert!(edges.iter().all(|edge| edge["node"]["live"]["title"] == "Live"), "{data}");
                assert_eq!(tokens.given.load(Ordering::SeqCst), given);
                tokens.holds.store(0, Ordering::SeqCst);
            }
        }
    })
    .await;
}

/// Deliveries whose figures are read with a token of their own.
const TWO: &str = r#"connector: test-oauth
kind: ads
settings: { tokens: null }
auth: { oauth2: { token_url: "${setting.tokens}", client_id: weft, client_secret: "${secret.client}", scope: items } }
http: { retries: 0 }
entities:
  delivery:
    port: ads.delivery
    get_many: { request: { path: /items, query: { ids: "${ids}" } }, max_ids: 10, items: data }
    stats:
      request: { path: /figures, query: { ids: "${ids}" } }
      max_ids: 10
      items: data
      auth: { oauth2: { token_url: "${setting.tokens}", client_id: weft, client_secret: "${secret.client}", scope: figures } }
      map: { id: id, frequency: frequency | float }
    map: { id: id, name: name, status: "state | enum(on=ACTIVE)" }
"#;

#[tokio::test]
async fn an_operation_with_credentials_of_its_own_has_a_token_of_its_own() {
    let vendor = Vendor::start().await;
    let mut config = settings(&[("ads", TWO, &vendor.url)]);
    let source = &mut config.sources[0];
    source.settings.insert("tokens".to_owned(), format!("{}/token", vendor.url));
    source.secrets.insert("client".to_owned(), Secret::new("s3cret"));
    both_with(config, |gateway| {
        let vendor = &vendor;
        async move {
            vendor.says(|asked| {
                let shown = asked.authorization.as_str();
                match (asked.path.as_str(), shown) {
                    ("/token", _) => {
                        json!({ "access_token": asked.form["scope"], "expires_in": 3_600 }).into()
                    }
                    ("/items", "Bearer items") => {
                        json!({ "data": [{ "id": "delivery-0", "name": "D", "state": "on" }] }).into()
                    }
                    ("/figures", "Bearer figures") => {
                        json!({ "data": [{ "id": "delivery-0", "frequency": 1.5 }] }).into()
                    }
                    _ => Said::status(401),
                }
            });
            gateway.import(&of("Delivery", "ads", 1)).await;
            for tokens in [2, 0] {
                let query = "{ deliveries { edges { node { live { status frequency } } } } }";
                let data = gateway.data(query, json!({})).await;
                assert_eq!(
                    data["deliveries"]["edges"][0]["node"]["live"],
                    json!({ "status": "ACTIVE", "frequency": 1.5 })
                );
                assert_eq!(vendor.paths().iter().filter(|path| *path == "/token").count(), tokens);
            }
        }
    })
    .await;
}
