//! The demo's emulated systems: what they say at this moment, and what `weft demo --break cdp` shows a newcomer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use weft::clock::{self, Clock};
use weft::config::{Config, Secret, Source};
use weft::demo::{self, emulator};

use super::fill;
use crate::support::{Answer, Gateway, NOW};

/// A gateway over the demo's company and its systems, of which these are broken.
async fn company(broken: &[&str]) -> (Gateway, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in emulator::CONNECTORS {
        std::fs::write(folder.path().join(format!("{name}.yaml")), text).expect("a connector");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let clock = Clock::at(clock::read(NOW).expect("a moment"));
    let systems = emulator::emulator(clock, broken.iter().map(|name| (*name).to_owned()).collect());
    tokio::spawn(async move { axum::serve(listener, systems).await });
    let source = |name: &str| Source {
        url: Some(format!("http://{address}/{name}")),
        secrets: BTreeMap::from([("token".to_owned(), Secret::new(emulator::TOKEN))]),
        ..Source::named(name, &format!("demo-{name}"))
    };
    let sources = emulator::SYSTEMS.into_iter().map(source).collect();
    let config = Config { sources, connectors: Some(folder.path().to_owned()), ..Config::default() };
    let gateway = Gateway::sqlite(config).await;
    fill(&gateway, 1).await;
    (gateway, folder)
}

/// What the systems say, with where it came from.
async fn now(gateway: &Gateway) -> Answer {
    gateway.post(&json!({ "query": demo::NOW, "extensions": { "provenance": true } })).await
}

/// The states of what was told of each source.
fn states(answer: &Answer) -> BTreeMap<String, BTreeSet<String>> {
    let mut states: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for told in answer.body["extensions"]["provenance"].as_array().expect("provenance") {
        let word = |key: &str| told[key].as_str().expect("a word").to_owned();
        states.entry(word("source")).or_default().insert(word("state"));
    }
    states
}

#[tokio::test]
async fn every_system_says_what_it_knows_at_this_moment() {
    let (gateway, _folder) = company(&[]).await;
    let answer = now(&gateway).await;
    assert!(answer.body["errors"].is_null(), "{:#}", answer.body);
    let live = BTreeSet::from(["LIVE".to_owned()]);
    let expected = ["ads", "cdp", "dam", "decisioning"].map(|name| (name.to_owned(), live.clone()));
    assert_eq!(states(&answer), BTreeMap::from(expected));
}

#[tokio::test]
async fn a_system_that_is_broken_fails_alone() {
    let (gateway, _folder) = company(&["cdp"]).await;
    let answer = now(&gateway).await;
    let errors = answer.body["errors"].as_array().expect("errors");
    for error in errors {
        assert_eq!(error["extensions"]["source"], "cdp", "{error}");
        assert_eq!(error["extensions"]["code"], "UPSTREAM_UNAVAILABLE", "{error}");
        assert_eq!(error["path"][0], "audiences", "{error}");
    }
    let audiences = answer.body["data"]["audiences"]["edges"].as_array().expect("edges");
    assert!(!errors.is_empty() && audiences.len() == 3);
    for edge in audiences {
        assert!(edge["node"]["name"].is_string(), "what is stored stands: {edge}");
        assert_eq!(edge["node"]["live"], json!({ "source": "cdp", "size": null, "sizeAsOf": null }));
    }
    for (source, states) in states(&answer) {
        let expected = if source == "cdp" { "FAILED" } else { "LIVE" };
        assert_eq!(states, BTreeSet::from([expected.to_owned()]), "{source}");
    }
    let health: Vec<&Value> = answer.body["data"]["sources"].as_array().expect("sources").iter().collect();
    assert!(health.len() >= emulator::SYSTEMS.len());
}
