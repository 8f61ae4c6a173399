//! The shipped connectors against software that nobody here wrote: an OFREP server, Unleash and Wagtail, synced,
//! asked live across all three in one query, changed, killed and brought back.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use weft::config::{Config, Secret, Source};

use crate::support::servers::{Server, installed};
use crate::support::{Database, Gateway, server};

/// The longest that a change may take until it has arrived.
const PATIENCE: Duration = Duration::from_secs(60);

/// One question across all three.
const ACROSS: &str = r#"{
  asset(key: {source: "wagtail", value: "1"}) {
    title
    live(maxAge: 0) { source title renditions { width height url } }
  }
  audience(key: {source: "unleash", value: "1"}) { name live(maxAge: 0) { source status } }
  decision(key: {source: "ofrep", value: "hero-banner"}) {
    name
    live { evaluate(context: {targetingKey: "u1", country: "NO"}) { variant value reason } }
  }
}"#;

struct Three {
    wagtail: Server,
    unleash: Server,
    ofrep: Server,
    _database: Database,
}

impl Three {
    async fn start(postgres: &str) -> Self {
        let database = Database::make(postgres).await;
        let three = Three {
            wagtail: Server::start("wagtail", "/api/v2/images/", ""),
            unleash: Server::start("unleash", "/health", &database.url),
            ofrep: Server::start("ofrep", "/admin/api/flags", ""),
            _database: database,
        };
        for server in [&three.ofrep, &three.wagtail, &three.unleash] {
            server.ready().await;
            server.run("fill", &[]);
        }
        three
    }

    fn sources(&self) -> Vec<Source> {
        let source = |name: &str, url: String, secrets: &[(&str, &str)]| Source {
            url: Some(url),
            secrets: secrets.iter().map(|(name, text)| ((*name).to_owned(), Secret::new(text))).collect(),
            settings: BTreeMap::new(),
            ..Source::named(name, name)
        };
        vec![
            source("wagtail", self.wagtail.url() + "/api/v2", &[]),
            source("unleash", self.unleash.url(), &[("token", "*:*.admin"), ("webhook", "Bearer s3cret")]),
            source("ofrep", self.ofrep.url(), &[("key", "none")]),
        ]
    }
}

/// Asks until the answer is as it should be.
async fn until(gateway: &Gateway, question: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let body = gateway.query(question, json!({})).await.body;
        if wanted(&body) {
            return body;
        }
        assert!(Instant::now() < end, "it never came: {body:#}");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn tell(mut three: Three, gateway: Gateway) -> Three {
    let report = gateway.sync(&[]).await;
    for (source, noun, count) in [("wagtail", "assets", 45), ("unleash", "audiences", 12), ("ofrep", "decisions", 30)] {
        let question = format!("{{ {noun}(filter: {{externalIds: {{source: {{eq: \"{source}\"}}}}}}) {{ totalCount }} }}");
        let data = gateway.data(&question, json!({})).await;
        assert_eq!(data[noun]["totalCount"], count, "{source}: {report}");
    }
    let data = gateway.data(ACROSS, json!({})).await;
    assert_eq!(data["asset"]["live"]["title"], data["asset"]["title"], "{data:#}");
    assert!(data["asset"]["live"]["renditions"][0]["url"].as_str().is_some_and(|url| url.starts_with("http")), "{data:#}");
    assert_eq!(data["audience"]["live"]["status"], "ACTIVE", "{data:#}");
    assert_eq!(data["decision"]["live"]["evaluate"]["variant"], "B", "{data:#}");

    // A change in each: two are listed again, Unleash is read from where it stood.
    for server in [&three.wagtail, &three.unleash, &three.ofrep] {
        server.run("change", &[]);
    }
    let before = data["asset"]["title"].clone();
    gateway.sync(&[]).await;
    until(&gateway, ACROSS, |body| body["data"]["asset"]["title"] != before).await;

    // One is killed: its fields fail alone, and come back with it.
    three.wagtail.kill();
    let answer = gateway.query(ACROSS, json!({})).await;
    assert_eq!(answer.codes().first(), Some(&"UPSTREAM_UNAVAILABLE"), "{:#}", answer.body);
    assert_eq!(answer.body["data"]["audience"]["live"]["status"], "ACTIVE", "{:#}", answer.body);
    assert!(answer.body["data"]["asset"]["title"].is_string(), "{:#}", answer.body);
    three.wagtail.start_again();
    three.wagtail.ready().await;
    until(&gateway, ACROSS, |body| body["errors"].is_null()).await;
    three
}

#[tokio::test(flavor = "multi_thread")]
async fn three_real_systems_are_one_graph() {
    let (Some(_), Some(postgres)) = (installed(), server()) else { return };
    let three = Three::start(&postgres).await;
    let config = || Config { sources: three.sources(), ..Config::default() };
    let (over_sqlite, over_postgres) = (config(), config());
    let three = tell(three, Gateway::sqlite(over_sqlite).await).await;
    if let Some(gateway) = Gateway::postgres(over_postgres).await {
        tell(three, gateway).await;
    }
}
