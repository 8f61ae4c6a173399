//! What is seen of a request from outside: its id, in the answer and in every line of the log that belongs
//! to it; how long it took and how many statements it sent; and one line when it is done.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::caller::Caller;
use crate::clock::Clock;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// How long an id may be that the client chose.
const LONGEST_ID: usize = 64;

/// What GraphQL tells the log of a request.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) caller: Option<Caller>,
    pub(super) operation: Option<String>,
    pub(super) statements: u64,
    pub(super) errors: usize,
}

/// Goes round every request.
pub(super) async fn observe(State(clock): State<Clock>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = id_of(request.headers(), &clock);
    // Of the highest level, so that it is there whatever the log leaves out.
    let span = tracing::error_span!("request", id = %id);
    async move {
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let mut response = next.run(request).await;
        let took = began.elapsed().as_secs_f64() * 1_000.0;
        let told = response.extensions_mut().remove::<Told>();
        let status = response.status().as_u16();
        let statements = told.as_ref().map_or(0, |told| told.statements);
        if let Some(told) = &told {
            tracing::info!(
                %method,
                path,
                status,
                took_ms = (took * 1_000.0).round() / 1_000.0,
                caller = told.caller.as_ref().map(Caller::name),
                operation = told.operation,
                statements,
                errors = told.errors,
                "answered"
            );
        } else {
            tracing::info!(%method, path, status, took_ms = (took * 1_000.0).round() / 1_000.0, "answered");
        }
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(REQUEST_ID, id);
        }
        let timing = match told {
            Some(_) => format!("total;dur={took:.3}, store;desc=\"{statements} statements\""),
            None => format!("total;dur={took:.3}"),
        };
        if let Ok(timing) = HeaderValue::from_str(&timing) {
            headers.insert(SERVER_TIMING, timing);
        }
        response
    }
    .instrument(span)
    .await
}

/// The id that the client chose, where it is a plain token, else a new one.
fn id_of(headers: &HeaderMap, clock: &Clock) -> String {
    let sane = |id: &&str| {
        !id.is_empty()
            && id.len() <= LONGEST_ID
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    match headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sane) {
        Some(id) => id.to_owned(),
        None => clock.id().to_string(),
    }
}
