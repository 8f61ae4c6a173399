//! Why a request is not executed: a status, errors with stable codes, and the headers that go with them.

use async_graphql::{ErrorExtensionValues, Pos, ServerError};
use axum::http::header::{ALLOW, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};

use crate::error::Code;

/// Why a request is not executed.
#[derive(Debug)]
pub struct Fault {
    /// The status; that of a well-formed request whose document is wrong depends on the media type.
    pub(super) status: Status,
    /// What the client is told.
    pub(super) errors: Vec<ServerError>,
    /// Headers that go with it.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

/// Which status an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// This one, whatever the media type: the HTTP request itself is wrong.
    Http(StatusCode),
    /// The request is well formed and its document cannot run: 400, but 200 in `application/json`.
    Document,
}

impl Fault {
    /// The HTTP request itself is wrong.
    pub(super) fn http(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Fault { status: Status::Http(status), errors: vec![error(code, message, None)], headers: Vec::new() }
    }

    /// The request is not a GraphQL request.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Fault::http(StatusCode::BAD_REQUEST, Code::BadRequest, message)
    }

    /// The document cannot run.
    pub(super) fn document(code: Code, message: impl Into<String>, at: Option<Pos>) -> Self {
        Fault::documents(vec![error(code, message, at)])
    }

    /// The document cannot run, for these reasons.
    pub(super) fn documents(errors: Vec<ServerError>) -> Self {
        Fault { status: Status::Document, errors, headers: Vec::new() }
    }

    /// The method is none that can be used here.
    pub(super) fn method(allow: &'static str, message: impl Into<String>) -> Self {
        Fault {
            headers: vec![(ALLOW, HeaderValue::from_static(allow))],
            ..Fault::http(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, message)
        }
    }

    /// The caller is not known.
    pub(super) fn unauthenticated(message: &str) -> Self {
        Fault {
            headers: vec![(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))],
            ..Fault::http(StatusCode::UNAUTHORIZED, Code::Unauthenticated, message)
        }
    }

    /// The schema was asked for and is not told.
    pub(super) fn introspection_off(at: Option<Pos>) -> Self {
        Fault::document(
            Code::IntrospectionDisabled,
            "Introspection is switched off here; ask the people who run this server for the schema.",
            at,
        )
    }

    /// The document asks for more than one request may.
    pub(super) fn limit(limit: &'static str, found: u64, allowed: u64, at: Option<Pos>) -> Self {
        let message = match limit {
            "tokens" => format!("The document has more than {allowed} tokens, which is the limit."),
            "depth" => format!("The fields are nested {found} deep; the limit is {allowed}."),
            "introspection depth" => {
                format!(
                    "The fields below __schema or __type are nested {found} deep; the limit is {allowed}."
                )
            }
            "introspection lists" => format!(
                "Lists of fields and types stand {found} deep within each other below __schema or __type; \
                 the limit is {allowed}."
            ),
            "introspection fields" => {
                format!(
                    "Below __schema and __type the operation names {found} fields; the limit is {allowed}."
                )
            }
            "nesting" => format!("Brackets are nested more than {allowed} deep, which is the limit."),
            "cost" => format!(
                "The operation could bring {found} values; the limit is {allowed}. Ask for fewer fields or \
                 shorter pages (`first`)."
            ),
            "root fields" => format!("The operation has {found} root fields; the limit is {allowed}."),
            other => format!("The operation has {found} {other}; the limit is {allowed}."),
        };
        let mut error = error(Code::LimitExceeded, message, at);
        if let Some(extensions) = &mut error.extensions {
            extensions.set("limit", limit);
            extensions.set("found", found);
            extensions.set("allowed", allowed);
        }
        Fault::documents(vec![error])
    }

    /// The operation ran for as long as it may, and was given up.
    pub(super) fn overdue(allowed: u64) -> Self {
        let message = format!(
            "The operation ran for {allowed} seconds, which is the limit, and was given up. Ask for less."
        );
        let mut error = error(Code::LimitExceeded, message, None);
        if let Some(extensions) = &mut error.extensions {
            extensions.set("limit", "seconds");
            extensions.set("allowed", allowed);
        }
        Fault { errors: vec![error], ..Fault::http(StatusCode::GATEWAY_TIMEOUT, Code::LimitExceeded, "") }
    }

    /// The first reason, in words.
    pub fn message(&self) -> &str {
        self.errors.first().map_or("", |error| &error.message)
    }

    /// The first reason's code.
    pub fn code(&self) -> String {
        let code = self.errors.first().and_then(|error| error.extensions.as_ref()?.get("code"));
        match code {
            Some(async_graphql::Value::String(code)) => code.clone(),
            _ => String::new(),
        }
    }

    /// The status outside GraphQL.
    pub fn status(&self) -> StatusCode {
        match self.status {
            Status::Http(status) => status,
            Status::Document => StatusCode::BAD_REQUEST,
        }
    }

    /// Headers that go with it.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }
}

/// An error with a stable code.
pub(super) fn error(code: Code, message: impl Into<String>, at: Option<Pos>) -> ServerError {
    let mut error = ServerError::new(message, at);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code.as_str());
    error.extensions = Some(extensions);
    error
}
