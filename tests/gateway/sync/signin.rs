//! Tokens of OAuth: fetched within the time of the call that needs them, whoever waits, and kept however long they hold.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use weft::upstream::Ask;
use weft::upstream::port::Purpose;

use super::{ground, settings};
use crate::support::{Gateway, Said, Vendor};

const OAUTH: &str = r#"
connector: dam
kind: dam
auth: { oauth2: { token_url: "${setting.token_url}", client_id: weft, client_secret: "${secret.token}" } }
settings: { token_url: null }
http: { retries: 0, timeout: 2s }
entities:
  asset:
    port: dam.asset
    get_many: { request: { path: /assets, query: { ids: "${ids}" } }, max_ids: 10, items: data }
    map: { id: id, title: title }
"#;

fn asking(time: Duration) -> Ask {
    Ask { max_age: None, stand_in: false, deadline: Instant::now() + time, caller: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_come_costs_no_more_than_the_calls_time() {
    let vendor = Vendor::start().await;
    let more = format!("    settings: {{ token_url: \"{}/token\" }}\n", vendor.url);
    let config = settings(&[OAUTH], &super::one("dam", &vendor, &more));
    let gateway = Gateway::sqlite(config.config.clone()).await;
    let source = ground(&gateway, &config).upstreams.source("dam").expect("a source").clone();
    vendor.says(|asked| match asked.path.as_str() {
        "/token" => Said::never(),
        _ => json!({ "data": [] }).into(),
    });
    let ids = ["1".to_owned()];
    let code = |fetched: &weft::upstream::Fetched| match &fetched["1"] {
        Ok(found) => panic!("it was found: {found:?}"),
        Err(failure) => failure.code().as_str(),
    };
    // One who may wait for longer is at it already.
    let patient = {
        let (source, ids) = (source.clone(), ids.clone());
        tokio::spawn(async move {
            source.fetch("asset", Purpose::GetMany, &ids, &asking(Duration::from_secs(60))).await
        })
    };
    vendor.asked_for("/token", 1).await;
    let hasty = source.fetch("asset", Purpose::GetMany, &ids, &asking(Duration::from_millis(200))).await;
    assert_eq!(code(&hasty), "UPSTREAM_TIMEOUT");
    assert!(!patient.is_finished(), "who waits for its turn has a time of its own");
    let patient = timeout(Duration::from_secs(4), patient).await.expect("the operation's timeout holds");
    assert_eq!(code(&patient.expect("it ends")), "UPSTREAM_TIMEOUT");
    // One that holds for ever is a token too.
    vendor.says(|asked| match asked.path.as_str() {
        "/token" => json!({ "access_token": "t", "expires_in": u64::MAX }).into(),
        _ => json!({ "data": [{ "id": "1", "title": "One" }] }).into(),
    });
    for _ in 0..2 {
        let found = source.fetch("asset", Purpose::GetMany, &ids, &asking(Duration::from_secs(2))).await;
        assert_eq!(found["1"].as_ref().expect("it is found").record.fields["title"], Value::from("One"));
    }
    assert_eq!(vendor.paths().iter().filter(|path| *path == "/token").count(), 1);
}
