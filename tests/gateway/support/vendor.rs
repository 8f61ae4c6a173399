//! A vendor's server, scripted by the test: it answers what the test says and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The method.
    pub(crate) method: String,
    /// The path.
    pub(crate) path: String,
    /// The query.
    pub(crate) query: BTreeMap<String, String>,
    /// The body; null where there is none, or none in JSON.
    pub(crate) body: Value,
    /// The fields of a form.
    pub(crate) form: BTreeMap<String, String>,
    /// What it says of who asks; empty where it says nothing.
    pub(crate) authorization: String,
}

/// What it answers: a status, headers, a body.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body, which may be no JSON; nothing where it never answers.
    body: Option<String>,
}

type Script = Box<dyn Fn(&Asked) -> Said + Send + Sync>;

/// A vendor's server.
#[derive(Clone)]
pub(crate) struct Vendor {
    /// Where it stands, such as `http://127.0.0.1:41234`.
    pub(crate) url: String,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    script: Mutex<Option<Script>>,
    asked: Mutex<Vec<Asked>>,
    told: Notify,
}

impl From<Value> for Said {
    fn from(body: Value) -> Self {
        Said::of(200, &body)
    }
}

impl Said {
    /// JSON with a status.
    pub(crate) fn of(status: u16, body: &Value) -> Self {
        Said { status, headers: Vec::new(), body: Some(body.to_string()) }
    }

    /// Nothing but a status.
    pub(crate) fn status(status: u16) -> Self {
        Said::of(status, &json!({}))
    }

    /// Text as it stands, under the name of JSON.
    pub(crate) fn text(text: &str) -> Self {
        Said { status: 200, headers: Vec::new(), body: Some(text.to_owned()) }
    }

    /// Nothing, for ever.
    pub(crate) fn never() -> Self {
        Said { status: 200, headers: Vec::new(), body: None }
    }
}

impl Asked {
    /// A number of the query, where it stands there.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.query.get(name).and_then(|text| text.parse().ok())
    }

    /// The ids that a call by `ids` asks for: in the body, or in the query with commas between.
    pub(crate) fn ids(&self) -> Vec<String> {
        match (self.body["ids"].as_array(), self.query.get("ids")) {
            (Some(ids), _) => ids.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            (None, Some(ids)) => ids.split(',').map(str::to_owned).collect(),
            (None, None) => Vec::new(),
        }
    }
}

impl Vendor {
    /// Starts it. It says 404 to everything until it has a script.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let inner = Arc::new(Inner::default());
        let router = Router::new().fallback(answer).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Vendor { url, inner }
    }

    /// Starts one that answers so.
    pub(crate) async fn saying(script: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Self {
        let vendor = Vendor::start().await;
        vendor.says(script);
        vendor
    }

    /// Lets it answer so from now on, and forgets what it was asked.
    pub(crate) fn says(&self, script: impl Fn(&Asked) -> Said + Send + Sync + 'static) {
        *self.inner.script.lock().expect("a script") = Some(Box::new(script));
        self.asked();
    }

    /// What it was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.inner.asked.lock().expect("what was asked"))
    }

    /// The paths of the same, in order of the alphabet.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.asked().into_iter().map(|asked| asked.path).collect();
        paths.sort();
        paths
    }

    /// Waits until it was asked for a path so often.
    pub(crate) async fn asked_for(&self, path: &str, times: usize) {
        let enough = async {
            loop {
                let told = self.inner.told.notified();
                let asked = self.inner.asked.lock().expect("what was asked").clone();
                if asked.iter().filter(|asked| asked.path == path).count() >= times {
                    return;
                }
                told.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), enough).await.expect("it is asked in time");
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let body = to_bytes(body, 1 << 20).await.expect("the body arrives");
    let asked = Asked {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: query.into_owned().collect(),
        form: url::form_urlencoded::parse(&body).into_owned().collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        authorization: parts
            .headers
            .get("authorization")
            .map_or("", |value| value.to_str().unwrap_or_default())
            .to_owned(),
    };
    let said = match &*inner.script.lock().expect("a script") {
        Some(script) => script(&asked),
        None => Said::status(404),
    };
    inner.asked.lock().expect("what was asked").push(asked);
    inner.told.notify_one();
    let Some(body) = said.body else { return std::future::pending().await };
    let mut response = Response::builder().status(said.status).header("content-type", "application/json");
    for (name, value) in said.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).expect("an answer")
}
