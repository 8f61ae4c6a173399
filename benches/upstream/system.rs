//! The system behind both: it answers for assets by their ids, counts its calls, and takes as long as it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Outcome;
use crate::serving::served;

/// The connector with which the gateway reads it.
pub(crate) const CONNECTOR: &str = r#"
connector: bench-dam
kind: dam
http: { timeout: 10s }
entities:
  asset:
    port: dam.asset
    get_many:
      request: { method: POST, path: /assets, body: { ids: "${ids}" } }
      max_ids: 200
      items: items
    map: { id: id, title: name, status: "state | enum(live=APPROVED, *=DRAFT)" }
"#;

#[derive(Default)]
struct System {
    calls: AtomicU64,
    millis: AtomicU64,
}

#[derive(Deserialize)]
struct Wanted {
    ids: Vec<String>,
}

async fn assets(State(system): State<Arc<System>>, body: Bytes) -> Response {
    system.calls.fetch_add(1, Ordering::Relaxed);
    let Ok(Wanted { ids }) = serde_json::from_slice(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let millis = system.millis.load(Ordering::Relaxed);
    if millis > 0 {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    let item = |id: &String| {
        json!({ "id": id, "name": format!("Live {id}"), "state": "live", "width": 4000, "height": 3000,
                "owner": { "id": "team-7", "name": "Studio" }, "tags": ["summer", "lake"] })
    };
    let items: Vec<Value> = ids.iter().map(item).collect();
    ([(CONTENT_TYPE, "application/json")], json!({ "items": items }).to_string()).into_response()
}

/// The calls since it was last asked.
async fn calls(State(system): State<Arc<System>>) -> String {
    json!({ "calls": system.calls.swap(0, Ordering::Relaxed) }).to_string()
}

async fn slow(State(system): State<Arc<System>>, Path(millis): Path<u64>) -> String {
    system.millis.store(millis, Ordering::Relaxed);
    "{}".to_owned()
}

/// Serves until the process is ended.
pub(crate) async fn serve(listen: &str) -> Outcome<()> {
    let router = Router::new()
        .route("/assets", post(assets))
        .route("/calls", get(calls).post(calls))
        .route("/slow/{millis}", post(slow))
        .with_state(Arc::new(System::default()));
    served(router, listen).await
}
