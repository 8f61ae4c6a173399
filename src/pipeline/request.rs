//! What was sent: a GraphQL request out of a GET's parameters or a POST's JSON, or why it is none.
//! A POST must be JSON by its Content-Type, which no other site's form can send.

use std::time::Duration;

use async_graphql::Variables;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value};

use super::fault::Fault;
use super::negotiate::is_utf8;
use crate::error::Code;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// A GraphQL request as it was sent.
#[derive(Debug)]
pub(super) struct Sent {
    /// The document.
    pub(super) query: String,
    /// Which operation of it.
    pub(super) operation_name: Option<String>,
    /// Its variables.
    pub(super) variables: Variables,
    /// Whether it came as a GET, which may change nothing.
    pub(super) by_get: bool,
    /// Whether it asks where the answer comes from.
    pub(super) provenance: bool,
}

/// The header that asks where the answer comes from, by `1` or `true`; the request's own extension of the name
/// `provenance` asks the same.
const PROVENANCE: &str = "weft-provenance";

/// Reads the request.
pub(super) async fn read(parts: &Parts, body: Body, body_bytes: usize) -> Result<Sent, Fault> {
    let mut sent = match parts.method {
        Method::GET => from_parameters(parts.uri.query().unwrap_or_default())?,
        Method::POST => {
            check_content_type(&parts.headers)?;
            from_json(&received(&parts.headers, body, body_bytes).await?)?
        }
        _ => return Err(Fault::method("GET, POST", "GraphQL is asked for by POST, or by GET for queries.")),
    };
    sent.provenance |= parts.headers.get(PROVENANCE).is_some_and(|value| value == "1" || value == "true");
    Ok(sent)
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Fault> {
    let wrong =
        |message: &str| Err(Fault::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::BadRequest, message));
    let sent = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = sent.split(';').map(str::trim);
    if !parts.next().unwrap_or_default().eq_ignore_ascii_case("application/json") {
        return wrong("The body must be JSON and say so: Content-Type: application/json.");
    }
    for part in parts {
        if let Some((name, value)) = part.split_once('=')
            && name.trim().eq_ignore_ascii_case("charset")
            && !is_utf8(value.trim().trim_matches('"'))
        {
            return wrong("The body must be JSON in UTF-8.");
        }
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => wrong("A compressed body is not read; send it as it is."),
        _ => Ok(()),
    }
}

async fn received(headers: &HeaderMap, body: Body, limit: usize) -> Result<axum::body::Bytes, Fault> {
    let too_large = || {
        Fault::http(
            StatusCode::PAYLOAD_TOO_LARGE,
            Code::LimitExceeded,
            format!("The body is larger than {limit} bytes, which is the limit."),
        )
    };
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    match tokio::time::timeout(PATIENCE, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length_limit(&error) => Err(too_large()),
        Ok(Err(_)) => Err(Fault::bad("The body broke off.")),
        Err(_) => Err(Fault::http(
            StatusCode::REQUEST_TIMEOUT,
            Code::BadRequest,
            "The body did not arrive in time.",
        )),
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.to_string().contains("length limit") {
            return true;
        }
        source = error.source();
    }
    false
}

fn from_parameters(query: &str) -> Result<Sent, Fault> {
    let mut members = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = match name.as_ref() {
            "query" => Value::from(value.as_ref()),
            // An empty parameter says nothing, as forms and URL builders write it.
            "operationName" | "variables" | "extensions" if value.is_empty() => Value::Null,
            "operationName" => Value::from(value.as_ref()),
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|error| Fault::bad(format!("`{name}` must be JSON: {error}")))?,
            _ => continue,
        };
        if members.insert(name.to_string(), value).is_some() {
            return Err(Fault::bad(format!("`{name}` stands twice in the address; send it once.")));
        }
    }
    sent(members, true)
}

fn from_json(body: &[u8]) -> Result<Sent, Fault> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => sent(members, false),
        Ok(Value::Array(_)) => {
            Err(Fault::bad("A list of requests is not answered; send one request at a time."))
        }
        Ok(_) => Err(Fault::bad("The body must be a JSON object with `query`.")),
        Err(_) if body.is_empty() => {
            Err(Fault::bad("The body is missing; expected a JSON object with `query`."))
        }
        Err(error) => Err(Fault::bad(format!("The body is not JSON: {error}."))),
    }
}

fn sent(mut members: Map<String, Value>, by_get: bool) -> Result<Sent, Fault> {
    let query = match members.remove("query") {
        Some(Value::String(query)) => query,
        None | Some(Value::Null) => return Err(Fault::bad("`query` is missing; it holds the document.")),
        Some(_) => return Err(Fault::bad("`query` must be a string.")),
    };
    let operation_name = match members.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(Fault::bad("`operationName` must be a string.")),
    };
    let variables = match members.remove("variables") {
        None | Some(Value::Null) => Variables::default(),
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(_) => return Err(Fault::bad("`variables` must be an object.")),
    };
    let provenance = match members.remove("extensions") {
        None | Some(Value::Null) => false,
        Some(Value::Object(extensions)) => extensions.get("provenance") == Some(&Value::Bool(true)),
        Some(_) => return Err(Fault::bad("`extensions` must be an object.")),
    };
    Ok(Sent { query, operation_name, variables, by_get, provenance })
}
