//! The demo's upstream systems, emulated on loopback: one of each kind, as slow, as limited and as moody as real
//! ones. They answer for any id from the id alone, so that the same question has the same answer on every machine.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::clock::{Clock, written};

/// The kinds of system that are emulated, by the names that they have as sources.
pub const SYSTEMS: [&str; 8] = ["dam", "cms", "cdp", "decisioning", "ads", "email", "analytics", "work"];

macro_rules! connector {
    ($name:literal) => {
        ($name, include_str!(concat!("../../demo/connectors/", $name, ".yaml")))
    };
}

/// The connector files that read them.
pub const CONNECTORS: [(&str, &str); 8] = [
    connector!("dam"),
    connector!("cms"),
    connector!("cdp"),
    connector!("decisioning"),
    connector!("ads"),
    connector!("email"),
    connector!("analytics"),
    connector!("work"),
];

/// What every system asks for in `Authorization`.
pub const TOKEN: &str = "demo";

/// Every how manyth call of a system fails, and passes when it is repeated.
const MOODY: u64 = 97;
/// How many calls a second a system takes.
const PER_SECOND: u64 = 200;

/// The emulated systems.
#[derive(Debug)]
struct Emulator {
    clock: Clock,
    broken: Vec<String>,
    calls: AtomicU64,
    /// The second that is counted, and its calls, in one number.
    second: AtomicU64,
}

/// Routes of all emulated systems; those named in `broken` only fail.
pub fn emulator(clock: Clock, broken: Vec<String>) -> Router {
    let state = Arc::new(Emulator { clock, broken, calls: AtomicU64::new(0), second: AtomicU64::new(0) });
    Router::new()
        .route("/{system}/v1/items", get(items))
        .route("/{system}/v1/figures", get(figures))
        .route("/{system}/v1/items/{id}/decide", post(decide))
        .with_state(state)
}

impl Emulator {
    /// Lets a call in after a moment, or refuses it as a real system would.
    async fn enter(&self, system: &str, headers: &HeaderMap) -> Result<(), Response> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(8 + seed(&[system]) % 20 + call % 7)).await;
        if !SYSTEMS.contains(&system) {
            return Err(StatusCode::NOT_FOUND.into_response());
        }
        if self.broken.iter().any(|broken| broken == system) || call % MOODY == MOODY - 1 {
            return Err(told(
                StatusCode::SERVICE_UNAVAILABLE,
                &json!({ "error": { "code": "maintenance", "message": "Back soon." } }),
            ));
        }
        let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
        if sent.and_then(|value| value.strip_prefix("Bearer ")) != Some(TOKEN) {
            return Err(told(
                StatusCode::UNAUTHORIZED,
                &json!({ "error": { "code": "unauthorized", "message": "Send the token." } }),
            ));
        }
        if self.is_over() {
            let mut refused = told(
                StatusCode::TOO_MANY_REQUESTS,
                &json!({ "error": { "code": "too_many", "message": "Slow down." } }),
            );
            refused.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
            return Err(refused);
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        let second = self.clock.now().unsigned_abs() / 1_000_000;
        let counted = self.second.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
            Some(if last >> 20 == second & 0xfff_ffff { last + 1 } else { (second & 0xfff_ffff) << 20 | 1 })
        });
        counted.is_ok_and(|last| last >> 20 == second & 0xfff_ffff && last & 0xf_ffff >= PER_SECOND)
    }
}

/// The ids that a query asks for.
fn ids(asked: Option<&str>) -> Vec<String> {
    let asked = form_urlencoded::parse(asked.unwrap_or_default().as_bytes());
    let lists = asked.filter(|(name, _)| name == "ids").map(|(_, ids)| ids.into_owned()).collect::<Vec<_>>();
    lists
        .iter()
        .flat_map(|ids| ids.split(','))
        .filter(|id| id.len() > 3)
        .take(100)
        .map(str::to_owned)
        .collect()
}

/// An answer in JSON.
fn told(status: StatusCode, body: &Value) -> Response {
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

async fn items(
    State(emulator): State<Arc<Emulator>>,
    Path(system): Path<String>,
    RawQuery(asked): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Response> {
    emulator.enter(&system, &headers).await?;
    let now = emulator.clock.now();
    let items: Vec<Value> = ids(asked.as_deref()).iter().map(|id| item(&system, id, now)).collect();
    Ok(told(StatusCode::OK, &json!({ "items": items, "total": items.len() })))
}

fn item(system: &str, id: &str, now: i64) -> Value {
    let number = seed(&[system, id]);
    match system {
        "dam" => {
            let files: Vec<Value> = [("original", "image/jpeg", 6000, 4000), ("large", "image/webp", 2000, 1333)]
                .into_iter()
                .map(|(name, format, width, height)| {
                    json!({ "file": format!("{id}/{name}"), "name": name, "type": format, "width": width,
                            "height": height, "size": width * height / 7 + i64::try_from(number % 9_000).unwrap_or(0),
                            "link": format!("https://files.quillmoor.example/{id}/{name}") })
                })
                .collect();
            json!({ "id": id, "title": id.replace('-', " "), "state": pick(number, &["approved", "approved", "approved", "review", "archived"]), "files": files })
        }
        "cdp" => {
            // People come and go by the hour.
            let hour = now.unsigned_abs() / 3_600_000_000;
            let base = 2_000 + number % 400_000;
            let people = base + seed(&[id, &hour.to_string()]) % (base / 20);
            json!({ "id": id, "title": id.replace('-', " "), "state": pick(number, &["active", "active", "active", "paused"]),
                    "people": people, "counted": written(now - now.rem_euclid(3_600_000_000)) })
        }
        _ => {
            json!({ "id": id, "title": id.replace('-', " "), "state": pick(number, &["active", "active", "active", "paused"]) })
        }
    }
}

async fn figures(
    State(emulator): State<Arc<Emulator>>,
    Path(system): Path<String>,
    RawQuery(asked): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Response> {
    emulator.enter(&system, &headers).await?;
    let now = emulator.clock.now();
    let minutes = now.rem_euclid(86_400_000_000).unsigned_abs() / 60_000_000;
    let rows: Vec<Value> = ids(asked.as_deref())
        .iter()
        .map(|id| {
            let number = seed(&[system.as_str(), id.as_str()]);
            let shown = (20 + number % 400) * minutes;
            json!({ "id": id, "shown": shown, "people": shown / 3, "clicked": shown / (60 + number % 80),
                    "done": shown / (2_000 + number % 3_000), "spent": shown as f64 / 400.0, "currency": "EUR",
                    "often": f64::from(u32::try_from(10 + number % 25).unwrap_or(10)) / 10.0, "until": written(now) })
        })
        .collect();
    Ok(told(StatusCode::OK, &json!({ "rows": rows })))
}

async fn decide(
    State(emulator): State<Arc<Emulator>>,
    Path((system, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    emulator.enter(&system, &headers).await?;
    let context: Value = serde_json::from_slice(&body)
        .map_err(|_| told(StatusCode::BAD_REQUEST, &json!({ "error": { "code": "bad_context" } })))?;
    let whom = context["context"]["targetingKey"].as_str().unwrap_or_default();
    let arm = pick(seed(&[&id, whom]), &["A", "B", "control"]);
    let reason = if whom.is_empty() { "DEFAULT" } else { "SPLIT" };
    Ok(told(StatusCode::OK, &json!({ "item": id, "arm": arm, "reason": reason })))
}

/// A number that depends on nothing but the texts.
fn seed(texts: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    texts.hash(&mut hasher);
    hasher.finish()
}

fn pick<'a>(number: u64, words: &[&'a str]) -> &'a str {
    let place = usize::try_from(number % words.len() as u64).unwrap_or(0);
    words[place]
}
