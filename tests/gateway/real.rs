//! The shipped connectors against software that nobody here wrote: an OFREP server, Unleash and Wagtail, synced,
//! asked live across all three in one query, changed, killed and brought back.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use weft::clock::Clock;
use weft::config::{Config, Secret, Source};
use weft::upstream::Upstreams;
use weft::upstream::sync::{Ground, Order, Unwatched, sync};

use crate::support::servers::{Server, installed, long};
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

/// What the store knows of a feature of Unleash.
const FEATURE: &str = r#"{ decision(key: {source: "unleash", value: "hero-banner-01"}) { status } }"#;

/// What the store and the server know of the flags of the OFREP server.
const FLAGS: &str = r#"{
  decisions { totalCount }
  added: decision(key: {source: "ofrep", value: "announcement"}) { name }
  discount: decision(key: {source: "ofrep", value: "discount"}) { live(maxAge: 0) { evaluate { value } } }
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
        let mut all = vec![
            source("wagtail", self.wagtail.url() + "/api/v2", &[]),
            source("unleash", self.unleash.url(), &[("token", "*:*.admin"), ("webhook", "Bearer s3cret")]),
            source("ofrep", self.ofrep.url(), &[("key", "none")]),
        ];
        all[1].settings.insert("environment".to_owned(), "development".to_owned());
        all
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

async fn feature(gateway: &Gateway) -> Value {
    gateway.data(FEATURE, json!({})).await["decision"]["status"].clone()
}

/// How many decisions are known, the name of the flag that a change adds, and what another evaluates to.
async fn flags(gateway: &Gateway) -> (Value, Value, Value) {
    let data = gateway.data(FLAGS, json!({})).await;
    let evaluated = &data["discount"]["live"]["evaluate"]["value"];
    (data["decisions"]["totalCount"].clone(), data["added"]["name"].clone(), evaluated.clone())
}

/// Syncs every source, as `weft sync` does.
async fn synced(gateway: &Gateway, config: &Config) {
    let upstreams = Upstreams::new(config, "the test", &gateway.clock).expect("the sources are set up");
    let ground = Ground { store: gateway.store.clone(), clock: gateway.clock.clone(), upstreams };
    for source in ground.upstreams.sources() {
        let ran = sync(&ground, source, &Order::default(), &Unwatched).await.expect("the sync runs");
        assert!(ran.failures.is_empty(), "{}: {:?}", source.name, ran.failures);
    }
}

async fn tell(mut three: Three, config: Config, gateway: Gateway) -> Three {
    synced(&gateway, &config).await;
    // 45 images and 43 pages; 12 segments; 60 features and 30 flags, of which one says that it failed.
    for (nouns, count) in [("assets", 45), ("experiences", 43), ("audiences", 12), ("decisions", 89)] {
        let data = gateway.data(&format!("{{ {nouns} {{ totalCount }} }}"), json!({})).await;
        assert_eq!(data[nouns]["totalCount"], count, "{nouns}");
    }
    let data = gateway.data(ACROSS, json!({})).await;
    assert_eq!(data["asset"]["live"]["title"], data["asset"]["title"], "{data:#}");
    assert!(
        data["asset"]["live"]["renditions"][0]["url"].as_str().is_some_and(|url| url.starts_with("http")),
        "{data:#}"
    );
    assert_eq!(data["audience"]["live"]["status"], "ACTIVE", "{data:#}");
    assert_eq!(data["decision"]["live"]["evaluate"]["variant"], "B", "{data:#}");

    // A change in each: two are listed again, Unleash is read from where it stood.
    let (title, status) = (data["asset"]["title"].clone(), feature(&gateway).await);
    assert_eq!(flags(&gateway).await, (json!(89), Value::Null, json!(false)));
    for server in [&three.wagtail, &three.unleash, &three.ofrep] {
        server.run("change", &[]);
    }
    synced(&gateway, &config).await;
    assert_ne!(gateway.data(ACROSS, json!({})).await["asset"]["title"], title);
    let changed = feature(&gateway).await;
    assert_ne!(changed, status);
    assert_eq!(flags(&gateway).await, (json!(90), json!("announcement"), json!(true)));
    three.ofrep.run("change", &[]);

    // Unleash tells by itself, once it has started with the webhook.
    three.unleash.run("hook", &[&format!("{}/hooks/unleash", gateway.address), "Bearer s3cret"]);
    three.unleash.kill();
    three.unleash.start_again();
    three.unleash.ready().await;
    three.unleash.run("change", &[]);
    until(&gateway, FEATURE, |body| body["data"]["decision"]["status"] == status).await;

    // One is killed: its fields fail alone, what was asked before stands in, and all comes back with it.
    three.wagtail.kill();
    let fresh = ACROSS.replace("value: \"1\"}) {\n    title", "value: \"2\"}) {\n    title");
    let answer = gateway.query(&fresh, json!({})).await;
    assert_eq!(answer.codes().first(), Some(&"UPSTREAM_UNAVAILABLE"), "{:#}", answer.body);
    assert_eq!(answer.body["errors"][0]["extensions"]["source"], "wagtail", "{:#}", answer.body);
    assert_eq!(answer.body["data"]["audience"]["live"]["status"], "ACTIVE", "{:#}", answer.body);
    assert!(answer.body["data"]["asset"]["title"].is_string(), "{:#}", answer.body);
    let asked = json!({ "query": ACROSS, "extensions": { "provenance": true } });
    let stale = gateway.post(&asked).await.body;
    assert_eq!(stale["extensions"]["provenance"][0]["state"], "STALE", "{stale:#}");
    three.wagtail.start_again();
    three.wagtail.ready().await;
    // The breaker asks again when its time is over.
    if let Clock::Set(now) = &gateway.clock {
        now.fetch_add(60_000_000, Ordering::SeqCst);
    }
    until(&gateway, &fresh, |body| body["errors"].is_null()).await;
    three
}

#[tokio::test(flavor = "multi_thread")]
async fn three_real_systems_are_one_graph() {
    let (Some(_), Some(postgres)) = (installed(), server()) else { return };
    let three = Three::start(&postgres).await;
    let config = Config { sources: three.sources(), ..Config::default() };
    let gateway = Gateway::sqlite(config.clone()).await;
    let three = tell(three, config.clone(), gateway).await;
    if let Some(gateway) = Gateway::postgres(config.clone()).await {
        tell(three, config, gateway).await;
    }
}

/// Directus takes minutes to install, so it is left to the long way of the tests.
#[tokio::test(flavor = "multi_thread")]
async fn directus_is_read_as_a_dam() {
    let (Some(_), Some(postgres)) = (installed().filter(|folder| folder.join("directus").exists()), server())
    else {
        return;
    };
    if !long() {
        return;
    }
    let database = Database::make(&postgres).await;
    let mut directus = Server::start("directus", "/server/ping", &database.url);
    directus.ready().await;
    directus.run("fill", &[]);
    let mut source = Source::named("directus", "directus");
    source.url = Some(directus.url());
    source.secrets = [("token", "admin"), ("webhook", "s3cret")]
        .map(|(name, text)| (name.to_owned(), Secret::new(text)))
        .into_iter()
        .collect();
    let config = Config { sources: vec![source], ..Config::default() };
    let gateway = Gateway::sqlite(config.clone()).await;
    synced(&gateway, &config).await;
    let question = "{ assets(first: 30) { totalCount edges { node { title live { title source } } } } }";
    let data = gateway.data(question, json!({})).await;
    assert_eq!(data["assets"]["totalCount"], 30);
    for edge in data["assets"]["edges"].as_array().expect("a list") {
        assert_eq!(edge["node"]["live"]["title"], edge["node"]["title"], "{edge:#}");
    }
    directus.run("change", &[]);
    synced(&gateway, &config).await;
    let changed = gateway.data(question, json!({})).await;
    assert_ne!(changed["assets"]["edges"], data["assets"]["edges"]);
    // Another page asks another question, which nothing kept can answer.
    directus.kill();
    let answer =
        gateway.query("{ assets(first: 1) { edges { node { title live { title } } } } }", json!({})).await;
    assert_eq!(answer.codes(), ["UPSTREAM_UNAVAILABLE"], "{:#}", answer.body);
    assert!(answer.body["data"]["assets"]["edges"][0]["node"]["title"].is_string(), "{:#}", answer.body);
    // It comes back with what it had.
    directus.start_again();
    directus.ready().await;
    if let Clock::Set(now) = &gateway.clock {
        now.fetch_add(60_000_000, Ordering::SeqCst);
    }
    until(&gateway, question, |body| {
        body["errors"].is_null()
            && body["data"]["assets"]["edges"][0]["node"]["live"]["title"]
                == body["data"]["assets"]["edges"][0]["node"]["title"]
    })
    .await;
    synced(&gateway, &config).await;
}
