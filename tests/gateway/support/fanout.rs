//! A scripted system behind Weft, spoken to over real HTTP: it answers as it is told and keeps every call.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The path, with its query.
    pub(crate) path: String,
    /// The body; null where there is none.
    pub(crate) body: Value,
}

impl Asked {
    /// The ids that a call by `ids` asks for: in the body, or in the query with commas between.
    pub(crate) fn ids(&self) -> Vec<String> {
        if let Some(ids) = self.body["ids"].as_array() {
            return ids.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        let query = self.path.split_once("ids=").map_or("", |(_, rest)| rest);
        let ids = query.split('&').next().unwrap_or_default();
        ids.split([',']).flat_map(|id| id.split("%2C")).map(str::to_owned).collect()
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) enum Say {
    /// JSON with a status.
    Json(u16, Value),
    /// Text as it stands, which may be no JSON.
    Text(&'static str),
    /// Nothing, for ever.
    Hang,
}

type Script = Arc<dyn Fn(&Asked) -> Say + Send + Sync>;

/// A running system.
pub(crate) struct Fanout {
    /// Where it listens.
    pub(crate) url: String,
    told: Arc<Told>,
}

struct Told {
    script: Mutex<Script>,
    calls: Mutex<Vec<Asked>>,
}

impl Fanout {
    /// Starts one that answers so.
    pub(crate) async fn start(script: impl Fn(&Asked) -> Say + Send + Sync + 'static) -> Self {
        let told = Arc::new(Told { script: Mutex::new(Arc::new(script)), calls: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(answered).with_state(told.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Fanout { url, told }
    }

    /// From now on it answers so.
    pub(crate) fn now(&self, script: impl Fn(&Asked) -> Say + Send + Sync + 'static) {
        *self.told.script.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(script);
    }

    /// The calls since this was last asked.
    pub(crate) fn calls(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.told.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The paths of the calls since this was last asked, without their queries and in order of the alphabet.
    pub(crate) fn paths(&self) -> Vec<String> {
        let path = |asked: Asked| asked.path.split('?').next().unwrap_or_default().to_owned();
        let mut paths: Vec<String> = self.calls().into_iter().map(path).collect();
        paths.sort();
        paths
    }
}

async fn answered(State(told): State<Arc<Told>>, request: Request) -> Response {
    let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let body = to_bytes(request.into_body(), 1 << 20).await.expect("the body arrives");
    let asked = Asked { path, body: serde_json::from_slice(&body).unwrap_or_default() };
    told.calls.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
    let script = told.script.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match script(&asked) {
        Say::Json(status, value) => {
            let status = StatusCode::from_u16(status).expect("a status");
            (status, [("content-type", "application/json")], value.to_string()).into_response()
        }
        Say::Text(text) => ([("content-type", "application/json")], text).into_response(),
        Say::Hang => {
            std::future::pending::<()>().await;
            Response::new(Body::empty())
        }
    }
}
