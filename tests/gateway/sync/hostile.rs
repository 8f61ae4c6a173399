//! A source that answers as none should: whatever it is, a sync and a live query end in bounded time with a stable code,
//! little of it is read, and nothing that was known changes.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{all, ground, later, run, settings, synced};
use crate::support::both_with;
use crate::support::upstream::{Asked, Reply, Upstream};

const DAM: &str = r#"
connector: dam
kind: dam
http: { retries: 0, timeout: 1s, max_bytes: 1048576 }
errors: { item: fault }
entities:
  asset:
    port: dam.asset
    list: { request: { path: /list }, items: data }
    get_many: { request: { path: /some, query: { ids: "${ids}" } }, items: data, max_ids: 10 }
    map: { id: id, title: title, modified: modified | datetime, productionCost: cost | int, currency: '"EUR"' }
  rendition:
    port: dam.rendition
    within: { entity: asset, each: "files[*]" }
    map: { id: id, asset: ^.id, width: width | int }
"#;

const LIVE: &str =
    r#"{ asset(key: {source: "dam", value: "a"}) { title live(maxAge: 0) { title renditions { width } } } }"#;

/// What either of two questions is answered with, and what comes of it: the codes of sync and of the live query, none
/// where they end well, and the live title.
struct Row {
    name: &'static str,
    list: Reply,
    some: Reply,
    codes: (Option<&'static str>, Option<&'static str>),
    title: Value,
}

fn known() -> Value {
    json!({ "id": "a", "title": "Known", "modified": "2026-05-01T00:00:00Z", "cost": 12,
            "files": [{ "id": "f", "width": 10 }] })
}

fn items(items: &[Value]) -> Reply {
    Reply::json(&json!({ "data": items }))
}

/// The same for both, which then fail alike.
fn failing(name: &'static str, reply: Reply, code: &'static str) -> Row {
    Row { name, list: reply.clone(), some: reply, codes: (Some(code), Some(code)), title: Value::Null }
}

/// What the list is well without.
fn some(name: &'static str, given: &[Value], code: Option<&'static str>, title: Value) -> Row {
    Row { name, list: items(&[known()]), some: items(given), codes: (None, code), title }
}

fn with(member: &str, value: Value) -> Value {
    let mut item = known();
    item[member] = value;
    item
}

fn rows() -> Vec<Row> {
    let good = items(&[known()]);
    let html = Reply::text("<html></html>").header("content-type", "text/html");
    let huge: Value = serde_json::from_str("92233720368547758070").expect("a number");
    let large = with("files", json!([{ "id": "f", "width": huge }]));
    let fault = json!({ "id": "a", "title": "A lie", "fault": "lost" });
    let deep = r#"{"data":"#.repeat(5_000);
    vec![
        failing("slow", good.clone().dripping(), "UPSTREAM_TIMEOUT"),
        failing("hanging", Reply::never(), "UPSTREAM_TIMEOUT"),
        failing("half, then nothing", good.clone().then_nothing(), "UPSTREAM_TIMEOUT"),
        failing("half, then closed", good.clone().then_close(), "UPSTREAM_UNAVAILABLE"),
        failing("closed", Reply::close(), "UPSTREAM_UNAVAILABLE"),
        failing("another media type", html, "UPSTREAM_INVALID"),
        failing("half a gigabyte", Reply::endless(500_000_000), "UPSTREAM_INVALID"),
        failing("nested deeply", Reply::text(deep), "UPSTREAM_INVALID"),
        failing(
            "no UTF-8",
            Reply::text(b"{\"data\":[{\"id\":\"a\",\"title\":\"\xff\"}]}".to_vec()),
            "UPSTREAM_INVALID",
        ),
        failing("no JSON", Reply::text("{\"data\":[{\"id\":"), "UPSTREAM_INVALID"),
        failing("no items", Reply::json(&json!({ "else": [] })), "UPSTREAM_INVALID"),
        failing("401", good.clone().with_status(401), "UPSTREAM_DENIED"),
        failing("403", good.clone().with_status(403), "UPSTREAM_DENIED"),
        failing("404", good.clone().with_status(404), "UPSTREAM_INVALID"),
        failing("429", good.clone().with_status(429), "UPSTREAM_RATE_LIMITED"),
        failing("500", good.clone().with_status(500), "UPSTREAM_UNAVAILABLE"),
        Row {
            name: "207 with an item that failed",
            list: items(std::slice::from_ref(&fault)).with_status(207),
            some: items(&[fault]).with_status(207),
            codes: (None, Some("UPSTREAM_INVALID")),
            title: Value::Null,
        },
        some("an id that was not asked for", &[json!({ "id": "b", "title": "Another" })], None, Value::Null),
        some("an id twice", &[known(), json!({ "id": "a", "title": "Again" })], None, json!("Known")),
        Row {
            name: "a number beyond i64",
            list: items(std::slice::from_ref(&large)),
            some: items(&[large]),
            codes: (None, Some("UPSTREAM_INVALID")),
            title: json!("Known"),
        },
        Row {
            name: "a date that is none",
            list: items(&[with("modified", json!("2026-02-31"))]),
            some: items(&[with("modified", json!("soon"))]),
            codes: (None, None),
            title: json!("Known"),
        },
        Row {
            name: "the same id twice in the list",
            list: items(&[known(), json!({ "id": "a", "title": "Again" })]),
            some: items(&[known()]),
            codes: (None, None),
            title: json!("Known"),
        },
        Row {
            name: "an empty list",
            list: items(&[]),
            some: items(&[]),
            codes: (None, None),
            title: Value::Null,
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_source_answers_nothing_that_was_known_changes() {
    let said = Arc::new(Mutex::new((items(&[known()]), items(&[known()]))));
    let saying = said.clone();
    let upstream = Upstream::start(move |asked: &Asked| {
        let said = saying.lock().expect("two replies");
        if asked.target.starts_with("/list") { said.0.clone() } else { said.1.clone() }
    })
    .await;
    let source = format!("  - name: dam\n    connector: dam\n    url: {}\n", upstream.address);
    let config = settings(&[DAM], &source);
    both_with((*config).clone(), |gateway| {
        let (said, config, upstream) = (said.clone(), config.clone(), &upstream);
        async move {
            *said.lock().expect("two replies") = (items(&[known()]), items(&[known()]));
            synced(&ground(&gateway, &config), "dam", false).await;
            let before = all(&gateway).await;
            for row in rows() {
                let name = row.name;
                // Past what breakers and pauses remember of the row before.
                later(&gateway, 600);
                *said.lock().expect("two replies") = (row.list, row.some);
                let (begun, taken) = (Instant::now(), upstream.written());
                let ran = run(&ground(&gateway, &config), "dam", false).await;
                let code = ran.failures.first().map(|(_, failure)| failure.code().as_str());
                assert_eq!(code, row.codes.0, "{name}: {ran:#?}");
                let answer = gateway.query(LIVE, json!({})).await;
                assert_eq!(answer.codes().first().copied(), row.codes.1, "{name}: {:#}", answer.body);
                let asset = &answer.body["data"]["asset"];
                assert_eq!(asset["title"], "Known", "{name}");
                assert_eq!(asset["live"]["title"], row.title, "{name}: {:#}", answer.body);
                assert!(begun.elapsed() < Duration::from_secs(8), "{name}: {:?}", begun.elapsed());
                let taken = upstream.written() - taken;
                assert!(taken < 32_000_000, "{name}: {taken}");
                assert_eq!(all(&gateway).await, before, "{name}");
            }
        }
    })
    .await;
}
