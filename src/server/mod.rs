//! The routes: the page, GraphQL, the schema, health. Every request gets an id and a line in the log.

mod health;
mod host;
mod observe;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::json;

use crate::clock::Clock;
use crate::pipeline::{Answer, Fault, Pipeline};
use crate::store::Store;
use health::Health;

/// The page at `/`. It asks nothing of any other host.
const PAGE: &str = include_str!("page.html");

/// What the page may do: its own style and script, and requests to where it came from.
const PAGE_MAY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                        connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'";

struct Served {
    pipeline: Pipeline,
    health: Health,
}

/// The routes over a pipeline and the store it reads; the clock is for the ids of requests. `events` are the routes for
/// those who may send events.
pub fn router(pipeline: Pipeline, store: Store, clock: Clock, events: Router) -> Router {
    let keyless = pipeline.keyless();
    let served = Arc::new(Served { pipeline, health: Health::new(store) });
    let events = events.layer(middleware::from_fn_with_state(served.clone(), ingesting));
    let router = Router::new()
        .route("/", get(page))
        .route("/graphql", any(graphql))
        .route("/schema.graphql", get(schema))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .fallback(nothing);
    let router = router.with_state(served).merge(events);
    let router = match keyless {
        true => router.layer(middleware::from_fn(host::only_loopback)),
        false => router,
    };
    router.layer(middleware::from_fn_with_state(clock, observe::observe))
}

/// Lets through whoever may send events, and to what they may hold whoever may ask.
async fn ingesting(State(served): State<Arc<Served>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let caller = match *request.method() {
        Method::POST => served.pipeline.may_ingest(headers),
        _ => served.pipeline.caller(headers),
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(fault) => {
            let body = json!({ "error": { "code": fault.code(), "message": fault.message() } });
            let headers: HeaderMap = fault.headers().iter().cloned().collect();
            let kind = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
            return (fault.status(), headers, kind, format!("{body}\n")).into_response();
        }
    };
    let mut response = next.run(request).await;
    response.extensions_mut().insert(observe::Told {
        caller: Some(caller),
        operation: None,
        statements: 0,
        errors: 0,
    });
    response
}

async fn page() -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_MAY)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, PAGE).into_response()
}

async fn graphql(State(served): State<Arc<Served>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    sent(served.pipeline.answer(&parts, body).await)
}

fn sent(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.media.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept, authorization"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.extend(answer.headers);
    response.extensions_mut().insert(observe::Told {
        caller: answer.caller,
        operation: answer.operation,
        statements: answer.statements,
        errors: answer.errors,
    });
    response
}

async fn schema(State(served): State<Arc<Served>>, headers: HeaderMap) -> Response {
    match served.pipeline.sdl(&headers) {
        Ok(sdl) => {
            let kind = [(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
            (kind, sdl.to_owned()).into_response()
        }
        Err(fault) => refused(&fault),
    }
}

fn refused(fault: &Fault) -> Response {
    let status = match fault.status() {
        StatusCode::BAD_REQUEST => StatusCode::FORBIDDEN,
        status => status,
    };
    let headers: HeaderMap = fault.headers().iter().cloned().collect();
    (status, headers, format!("{}\n", fault.message())).into_response()
}

async fn live() -> &'static str {
    "live\n"
}

async fn ready(State(served): State<Arc<Served>>) -> Response {
    match served.health.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")).into_response(),
    }
}

async fn nothing(uri: Uri) -> Response {
    let text =
        format!("There is nothing at {}. GraphQL is at /graphql, a page to try it at /.\n", uri.path());
    (StatusCode::NOT_FOUND, text).into_response()
}
