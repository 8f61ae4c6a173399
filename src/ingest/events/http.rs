//! `POST /events`: CloudEvents in the modes of their HTTP binding and as lines without end. What is answered with 2xx is
//! on disk.

use std::io::Read;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::{Intake, LONGEST, Outcome, Told, schema};
use crate::error::Code;
use crate::ingest::ImportError;

mod stream;

/// How large a single event or a batch may be, before and after it is unpacked. Lines may be without end.
const BODY: usize = 16 * 1024 * 1024;

/// Up to where a body that is too large is still read.
const PASSED_BY: usize = 4 * BODY;

/// The routes, over the queue of what comes.
pub fn routes(intake: Intake) -> Router {
    Router::new()
        .route("/events", post(events))
        .route("/events/schema", get(async || answered(StatusCode::OK, &schema::listed())))
        .route("/events/schema/{type}", get(schema_of))
        .with_state(intake)
}

/// Why a request is not taken as events at all.
#[derive(Debug)]
enum Refusal {
    Type,
    Encoding,
    TooLarge,
    Broken(String),
    Store,
}

/// How events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Single,
    Batch,
    Binary,
    Lines,
}

async fn events(State(intake): State<Intake>, headers: HeaderMap, body: Body) -> Response {
    let taken = match mode(&headers) {
        Ok((Mode::Lines, packed)) => stream::lines(intake, body, packed).await,
        Ok((mode, packed)) => whole(&intake, mode, (&headers, body, packed)).await,
        Err(refusal) => Err(refusal),
    };
    taken.unwrap_or_else(|refusal| refused(&refusal))
}

async fn schema_of(Path(name): Path<String>) -> Response {
    match schema::schema(&name) {
        Some(schema) => {
            let kind = [(CONTENT_TYPE, "application/schema+json")];
            (kind, format!("{schema}\n")).into_response()
        }
        None => told_error(
            StatusCode::NOT_FOUND,
            Code::BadRequest,
            "There is no type of event of this name; /events/schema lists them all.",
        ),
    }
}

/// How events come by their headers, and whether they are packed.
fn mode(headers: &HeaderMap) -> Result<(Mode, bool), Refusal> {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let packed = match text(CONTENT_ENCODING).map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "identity") => false,
        Some("gzip" | "x-gzip") => true,
        Some(_) => return Err(Refusal::Encoding),
    };
    let media = text(CONTENT_TYPE).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mode = match media.as_str() {
        "application/cloudevents+json" => Mode::Single,
        "application/cloudevents-batch+json" => Mode::Batch,
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Mode::Lines,
        "application/json" if headers.contains_key("ce-specversion") => Mode::Binary,
        _ => return Err(Refusal::Type),
    };
    Ok((mode, packed))
}

/// Takes a request in that is read whole.
async fn whole(
    intake: &Intake,
    mode: Mode,
    (headers, body, packed): (&HeaderMap, Body, bool),
) -> Result<Response, Refusal> {
    let sent = received(body).await?;
    let bytes = if packed { unpacked(&sent)? } else { sent };
    let events = match mode {
        Mode::Batch => batch(&bytes)?,
        Mode::Binary => vec![binary(headers, &bytes)?],
        Mode::Single | Mode::Lines => vec![bytes],
    };
    if let Some(place) = events.iter().position(|event| event.len() > LONGEST) {
        let which = place + 1;
        return Err(Refusal::Broken(format!(
            "Event {which} is larger than {LONGEST} bytes, which is the most."
        )));
    }
    let mut told = intake.bring(events).await.map_err(unavailable)?;
    if mode == Mode::Batch {
        return Ok(answered(StatusCode::OK, &json!(told)));
    }
    let told = told.pop().ok_or(Refusal::Store)?;
    let status = match told.outcome {
        Outcome::Taken | Outcome::Duplicate => StatusCode::OK,
        Outcome::Waiting => StatusCode::ACCEPTED,
        Outcome::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(answered(status, &json!(told)))
}

/// All of a body. One that is too large is read on for a while and dropped: many clients send all before they read, and
/// would see a broken connection in the place of the reason.
async fn received(body: Body) -> Result<Vec<u8>, Refusal> {
    let mut parts = body.into_data_stream();
    let (mut kept, mut length) = (Vec::new(), 0_usize);
    while let Some(part) = parts.next().await {
        let part =
            part.map_err(|_| Refusal::Broken("The body ended before all of it had come.".to_owned()))?;
        length = length.saturating_add(part.len());
        if length <= BODY {
            kept.extend_from_slice(&part);
        } else if length > PASSED_BY {
            break;
        } else {
            kept = Vec::new();
        }
    }
    if length > BODY { Err(Refusal::TooLarge) } else { Ok(kept) }
}

fn unavailable(error: Arc<ImportError>) -> Refusal {
    tracing::warn!(%error, "events were not taken");
    Refusal::Store
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut unpacked = Vec::new();
    let most = u64::try_from(BODY).unwrap_or(u64::MAX);
    let mut reader = MultiGzDecoder::new(bytes).take(most + 1);
    reader.read_to_end(&mut unpacked).map_err(|_| Refusal::Broken("The body is not gzip.".to_owned()))?;
    if unpacked.len() > BODY { Err(Refusal::TooLarge) } else { Ok(unpacked) }
}

fn batch(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Refusal> {
    let events: Vec<&RawValue> = serde_json::from_slice(bytes).map_err(|error| {
        Refusal::Broken(format!(
            "A batch is a JSON array of events; this is none, from line {}, column {} on.",
            error.line(),
            error.column()
        ))
    })?;
    Ok(events.into_iter().map(|event| event.get().as_bytes().to_vec()).collect())
}

/// An event whose attributes stand in headers, as one that has them inside.
fn binary(headers: &HeaderMap, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let data: &RawValue = serde_json::from_slice(bytes)
        .map_err(|_| Refusal::Broken("The body is not JSON, and it holds the event's data.".to_owned()))?;
    let mut event = Map::new();
    for (name, value) in headers {
        if let Some(name) = name.as_str().strip_prefix("ce-") {
            let value = value.to_str().map(percent_decoded).map_err(|_| {
                Refusal::Broken(format!("The header ce-{name} holds something else than text."))
            })?;
            event.insert(name.to_owned(), Value::from(value));
        }
    }
    let mut text = Value::Object(event).to_string();
    text.pop();
    if text.len() > 1 {
        text.push(',');
    }
    Ok(format!("{text}\"data\":{}}}", data.get()).into_bytes())
}

/// Attributes in headers have what is not plain written by percent signs.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut place) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(place) {
        let pair = text.get(place + 1..place + 3).filter(|_| *byte == b'%');
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                place += 3;
            }
            None => {
                decoded.push(*byte);
                place += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn answered(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
}

fn told_error(status: StatusCode, code: Code, message: &str) -> Response {
    answered(status, &json!({ "error": { "code": code.as_str(), "message": message } }))
}

fn refused(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Type => told_error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadRequest,
            "Events come as application/cloudevents+json (one), application/cloudevents-batch+json (an array), \
             application/x-ndjson (one a line), or application/json with ce- headers.",
        ),
        Refusal::Encoding => told_error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadRequest,
            "A body comes as it is, or packed with `Content-Encoding: gzip`.",
        ),
        Refusal::TooLarge => told_error(
            StatusCode::PAYLOAD_TOO_LARGE,
            Code::LimitExceeded,
            &format!(
                "A single event or a batch has at most {BODY} bytes; send more as application/x-ndjson, one event a line."
            ),
        ),
        Refusal::Broken(message) => told_error(StatusCode::BAD_REQUEST, Code::BadRequest, message),
        Refusal::Store => told_error(
            StatusCode::SERVICE_UNAVAILABLE,
            Code::StoreUnavailable,
            "The events cannot be taken at this moment; none of them counts. Send them again later.",
        ),
    }
}

/// What became of the events of a request, counted.
#[derive(Debug, Default, Clone, Copy, serde::Serialize)]
struct Counts {
    taken: u64,
    duplicate: u64,
    waiting: u64,
    rejected: u64,
}

impl Counts {
    fn add(&mut self, told: &Told) {
        match told.outcome {
            Outcome::Taken => self.taken += 1,
            Outcome::Duplicate => self.duplicate += 1,
            Outcome::Waiting => self.waiting += 1,
            Outcome::Rejected => self.rejected += 1,
        }
    }
}
