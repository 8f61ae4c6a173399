//! Every page of `cases/connectors` is a shipped connector and what its vendor answers: the real engine asks a real
//! server over HTTP that knows these exchanges and nothing else. The snapshot beside the page holds the records.
//!
//! A page names settings and secrets, `exchanges` (a request, and the answer to it, each once) and `ask` (what the
//! engine is asked, in order). `${url}` anywhere in it is where the server stands. `answer.snap` files are written
//! by `cargo insta accept`. An exchange that is not asked for fails the case, and so does a question without one.

mod guide;
mod parts;
mod wrong;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;
use weft::clock::{self, Clock};
use weft::config::{Secret, Source as Configured};
use weft::outbound::{Allowed, Failure, Outbound};
use weft::upstream::port::Purpose;
use weft::upstream::read::read;
use weft::upstream::shipped::SHIPPED;
use weft::upstream::{Ask, Fetched, Found, Record, Source};

use crate::support::NOW;

/// A page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What follows the server's address in the source's `url`.
    #[serde(default)]
    path: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    exchanges: Vec<Exchange>,
    ask: Vec<Question>,
}

/// A request that is expected, and the answer to it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    request: Expected,
    answer: Given,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(default = "get")]
    method: String,
    path: String,
    /// All of the query; a list for a parameter that is repeated.
    #[serde(default)]
    query: BTreeMap<String, Texts>,
    /// The headers that matter.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The body as JSON; that of a form as an object of texts.
    #[serde(default)]
    body: Value,
}

fn get() -> String {
    "GET".to_owned()
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
}

fn ok() -> u16 {
    200
}

/// What the engine is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    entity: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    /// `list: N`: at most so many records.
    List(usize),
    /// `changes: MOMENT`: what changed since.
    Changes(String),
    GetMany(Vec<String>),
    Size(Vec<String>),
    Stats(Vec<String>),
    /// `evaluate: { id: …, context: … }`.
    Evaluate {
        id: String,
        context: Value,
    },
}

/// The vendor: what it was not yet asked, and what it was asked for nothing.
#[derive(Debug, Default)]
struct Vendor {
    open: Vec<Exchange>,
    strange: Vec<String>,
}

#[tokio::test]
async fn every_shipped_connector_reads_what_its_case_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/cases/connectors");
    for (file, connector) in SHIPPED {
        let name = Path::new(file).file_stem().expect("a name").to_string_lossy().into_owned();
        let page = folder.join(format!("{name}.yaml"));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|error| {
            panic!("{}: every shipped connector has a case: {error}", page.display())
        });
        let told = run(&name, (file, connector), &text).await;
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, told));
    }
}

async fn run(name: &str, (file, connector): (&str, &str), page: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let yaml = serde_saphyr::options! { strict_booleans: true };
    let case: Case = serde_saphyr::from_str_with_options(&page.replace("${url}", &url), yaml)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let vendor = Arc::new(Mutex::new(Vendor { open: case.exchanges.clone(), strange: Vec::new() }));
    let asked = vendor.clone();
    let server = Router::new().fallback(move |request: Request| answer(asked.clone(), request));
    let server = tokio::spawn(async move { axum::serve(listener, server).await });

    let clock = Clock::at(clock::read(NOW).expect("a moment"));
    let outbound = Outbound::new(clock.clone(), Allowed::default()).expect("a client");
    let configured = Configured {
        name: Arc::from(name),
        connector: name.to_owned(),
        url: Some(format!("{url}{}", case.path)),
        secrets: case.secrets.iter().map(|(name, text)| (name.clone(), Secret::new(text))).collect(),
        settings: case.settings.clone(),
        sync_every: None,
        joins: Vec::new(),
        wins: Vec::new(),
        place: None,
    };
    let connector = read(file, connector).unwrap_or_else(|error| panic!("{error}"));
    let source = Source::new(&configured, Arc::new(connector), &outbound, &clock)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut told = String::new();
    for question in &case.ask {
        let (head, answer) = question.put(&source).await;
        let text = serde_json::to_string_pretty(&answer).expect("JSON").replace(&url, "${url}");
        told.push_str(&format!("{} {head}\n{text}\n\n", question.entity));
    }
    server.abort();
    let vendor = vendor.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(
        vendor.strange.is_empty(),
        "{name}: asked for what no exchange is:\n{}",
        vendor.strange.join("\n")
    );
    let open: Vec<&Expected> = vendor.open.iter().map(|exchange| &exchange.request).collect();
    assert!(open.is_empty(), "{name}: never asked for: {open:#?}");
    told
}

impl Question {
    async fn put(&self, source: &Source) -> (String, Value) {
        let ask = Ask {
            max_age: None,
            stand_in: true,
            deadline: Instant::now() + Duration::from_secs(20),
            caller: None,
        };
        let entity = self.entity.as_str();
        let by_ids = async |purpose: Purpose, ids: &[String]| {
            let fetched = source.fetch(entity, purpose, ids, &ask).await;
            (format!("{} {}", purpose.name(), ids.join(", ")), by_id(ids, &fetched))
        };
        match &self.what {
            What::List(most) => {
                ("list".to_owned(), listed(source.preview(entity, Purpose::List, None, *most).await))
            }
            What::Changes(since) => {
                let at = clock::read(since).expect("`changes` is a moment");
                let records = source.preview(entity, Purpose::Changes, Some(at), 1_000).await;
                (format!("changes since {since}"), listed(records))
            }
            What::GetMany(ids) => by_ids(Purpose::GetMany, ids).await,
            What::Size(ids) => by_ids(Purpose::Size, ids).await,
            What::Stats(ids) => by_ids(Purpose::Stats, ids).await,
            What::Evaluate { id, context } => {
                let told = match source.evaluate(entity, id, context, &ask).await {
                    Ok(None) => json!("not known"),
                    Ok(Some(found)) => of_found(&found),
                    Err(failure) => of_failure(&failure),
                };
                (format!("evaluate {id} for {context}"), told)
            }
        }
    }
}

fn listed(records: Result<Vec<Record>, Failure>) -> Value {
    match records {
        Ok(records) => records.iter().map(of_record).collect(),
        Err(failure) => of_failure(&failure),
    }
}

fn by_id(ids: &[String], fetched: &Fetched) -> Value {
    let told = |id: &String| match fetched.get(id) {
        None => json!("not known"),
        Some(Ok(found)) => of_found(found),
        Some(Err(failure)) => of_failure(failure),
    };
    ids.iter().map(|id| (id.clone(), told(id))).collect::<Map<_, _>>().into()
}

fn of_found(found: &Found) -> Value {
    let mut told = of_record(&found.record);
    if !found.within.is_empty() {
        let within =
            found.within.iter().map(|(entity, record)| json!({ entity.as_str(): of_record(record) }));
        told["within"] = within.collect();
    }
    told
}

fn of_record(record: &Record) -> Value {
    let mut told = Map::new();
    if let Some(id) = &record.id {
        told.insert("id".to_owned(), json!(id));
    }
    told.extend(record.fields.clone());
    if !record.problems.is_empty() {
        told.insert("problems".to_owned(), json!(record.problems));
    }
    told.into()
}

fn of_failure(failure: &Failure) -> Value {
    json!({ "failure": failure.code().as_str(), "message": failure.to_string() })
}

/// Answers by the first exchange that is still open and fits.
async fn answer(vendor: Arc<Mutex<Vendor>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.expect("a body");
    let is_form =
        head.headers.get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    let sent = match is_form {
        _ if bytes.is_empty() => Value::Null,
        true => form_urlencoded::parse(&bytes)
            .map(|(k, v)| (k.into_owned(), json!(v)))
            .collect::<Map<_, _>>()
            .into(),
        false => serde_json::from_slice(&bytes).unwrap_or_else(|_| json!("no JSON")),
    };
    let query = pairs(form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()));
    let fits = |exchange: &Exchange| {
        let expected = &exchange.request;
        expected.method == head.method.as_str()
            && expected.path == head.uri.path()
            && expected.pairs() == query
            && expected.body == sent
            && expected
                .headers
                .iter()
                .all(|(name, value)| head.headers.get(name).is_some_and(|own| own == value))
    };
    let mut vendor = vendor.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(place) = vendor.open.iter().position(fits) else {
        vendor.strange.push(format!(
            "{} {} {query:?} {:?} {sent}",
            head.method,
            head.uri.path(),
            head.headers
        ));
        return Response::builder().status(599).body(Body::empty()).expect("an answer");
    };
    let given = vendor.open.remove(place).answer;
    let mut response = Response::builder().status(given.status);
    if !given.headers.contains_key("content-type") {
        response = response.header("content-type", "application/json");
    }
    for (name, value) in &given.headers {
        response = response.header(name, value);
    }
    let body = match given.body {
        Value::Null => Body::empty(),
        body => Body::from(body.to_string()),
    };
    response.body(body).expect("an answer")
}

impl Expected {
    fn pairs(&self) -> Vec<(String, String)> {
        let each = self.query.iter().flat_map(|(name, texts)| {
            let texts = match texts {
                Texts::One(text) => std::slice::from_ref(text),
                Texts::Many(texts) => texts,
            };
            texts.iter().map(|text| (name.as_str().into(), text.as_str().into()))
        });
        pairs(each)
    }
}

fn pairs<'a>(
    pairs: impl Iterator<Item = (std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)>,
) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    pairs.sort();
    pairs
}
