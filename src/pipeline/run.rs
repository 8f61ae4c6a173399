//! The whole way, step by step, and the answer: what ran, what could not, and which status says so.

use std::any::Any;
use std::collections::HashSet;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_graphql::parser::types::{OperationDefinition, OperationType};
use async_graphql::{Name, Positioned, Request, Response, ServerError, Value};
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Serialize;
use tokio::time::Instant;

use super::document::Document;
use super::fault::{Fault, Status, error};
use super::negotiate::{Media, negotiate};
use super::request::Sent;
use super::variables::Given;
use super::{Answer, Pipeline, document, limits, positions, request, variables};
use crate::error::Code;
use crate::graph::{Live, Operation, lookups};

impl Pipeline {
    /// Answers one request.
    pub async fn answer(&self, parts: &Parts, body: Body) -> Answer {
        let (media, unacceptable) = match negotiate(&parts.headers) {
            Ok(media) => (media, None),
            Err(fault) => (Media::Json, Some(fault)),
        };
        let mut answer = Answer {
            status: StatusCode::OK,
            media,
            body: Vec::new(),
            headers: Vec::new(),
            caller: None,
            operation: None,
            statements: 0,
            errors: 0,
        };
        let ran = match unacceptable {
            Some(fault) => Err(fault),
            None => self.ran(parts, body, &mut answer).await,
        };
        let told = match ran {
            Ok(response) => Told {
                errors: &response.errors,
                data: Some(&response.data),
                extensions: (!response.extensions.is_empty()).then_some(&response.extensions),
            }
            .write(&mut answer),
            Err(fault) => {
                answer.status = match (fault.status, media) {
                    (Status::Http(status), _) => status,
                    (Status::Document, Media::Response) => StatusCode::BAD_REQUEST,
                    (Status::Document, Media::Json) => StatusCode::OK,
                };
                answer.headers = fault.headers.clone();
                Told::<()> { errors: &fault.errors, data: None, extensions: None }.write(&mut answer)
            }
        };
        if let Err(error) = told {
            tracing::error!(%error, "the answer cannot be written");
            answer.status = StatusCode::INTERNAL_SERVER_ERROR;
        }
        answer
    }

    async fn ran(&self, parts: &Parts, body: Body, answer: &mut Answer) -> Result<Response, Fault> {
        let caller = self.keys.caller(&parts.headers)?;
        answer.caller = Some(caller.clone());
        let sent = request::read(parts, body, self.limits.body_bytes).await?;
        let document = self.documents.get(&sent.query)?;
        let (name, operation) = document::operation(&document.parsed, sent.operation_name.as_deref())?;
        answer.operation = name.map(ToString::to_string);
        let given = self.may_run(&sent, &document, operation)?;
        let lookups = lookups(&document.parsed, name.map(Name::as_str), &sent.variables);
        let deadline = Instant::now() + Duration::from_secs(self.limits.seconds);
        let live = Live::new(self.sources.clone(), deadline).telling(sent.provenance);
        let curating = self.keys.may_curate(&caller);
        let reading = Operation::new(self.store.clone(), &self.clock, caller, lookups, live);
        let reading = Arc::new(reading.curating(curating).measuring(self.kpis.clone()));
        let response = self.executed(sent, &document, given, &reading).await;
        answer.statements = reading.statements();
        response
    }

    fn may_run(
        &self,
        sent: &Sent,
        document: &Document,
        operation: &Positioned<OperationDefinition>,
    ) -> Result<Given, Fault> {
        let parsed = &document.parsed;
        match operation.node.ty {
            OperationType::Query => {}
            OperationType::Mutation if sent.by_get => {
                return Err(Fault::method("POST", "A mutation changes things and must be sent by POST."));
            }
            OperationType::Mutation => {}
            OperationType::Subscription => {
                return Err(Fault::document(
                    Code::BadRequest,
                    "Subscriptions are not answered over this transport.",
                    Some(operation.pos),
                ));
            }
        }
        if !self.introspection
            && let Some(at) = limits::introspects(parsed)
        {
            return Err(Fault::introspection_off(Some(at)));
        }
        limits::check(&self.limits, &self.types, parsed, operation, &sent.variables)?;
        if !document.was_found_valid() {
            positions::check(&self.types, parsed, &operation.node)?;
        }
        variables::check(&self.types, &operation.node, &sent.variables)
    }

    async fn executed(
        &self,
        sent: Sent,
        document: &Arc<Document>,
        given: Given,
        reading: &Arc<Operation>,
    ) -> Result<Response, Fault> {
        let mut request = Request::new(sent.query).variables(sent.variables).data(Arc::clone(reading));
        request.operation_name = sent.operation_name;
        request.set_parsed_query(document.parsed.clone());
        let allowed = self.limits.seconds;
        let known = document.is_valid_with(given);
        let schema = if known { &self.schema_for_valid } else { &self.schema };
        let running = unbroken(schema.execute(request));
        let mut response = match tokio::time::timeout(Duration::from_secs(allowed), running).await {
            Ok(Ok(response)) => response,
            Err(_) => return Err(Fault::overdue(allowed)),
            Ok(Err(panic)) => return Err(broke(&*panic)),
        };
        // What sources are waited for ends at the deadline by itself, and the rest of the answer stands.
        unbroken(reading.complete(&mut response)).await.map_err(|panic| broke(&*panic))?;
        if never_ran(&response) {
            return Err(Fault::documents(once_each(response.errors.into_iter().map(refused))));
        }
        if !known {
            self.documents.keep(document, given);
        }
        response.errors = once_each(response.errors.into_iter().map(failed));
        Ok(response)
    }
}

fn broke(panic: &(dyn Any + Send)) -> Fault {
    tracing::error!(panic = text_of(panic), "a resolver broke");
    Fault::http(
        StatusCode::INTERNAL_SERVER_ERROR,
        Code::InternalServerError,
        "Something went wrong inside; the log has it under this request's id.",
    )
}

/// Whether validation refused the document: nothing came back, and no error has a place in the answer.
fn never_ran(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty() && !has_code(error))
}

/// The errors without those that say the same of the same place, as the library finds some of them twice.
fn once_each(errors: impl Iterator<Item = ServerError>) -> Vec<ServerError> {
    let mut told = HashSet::new();
    errors
        .filter(|error| told.insert(format!("{:?} {:?} {}", error.locations, error.path, error.message)))
        .collect()
}

fn has_code(error: &ServerError) -> bool {
    error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some())
}

/// An error of validation, with its code. The library bounds how deep fragments and fields are nested together.
fn refused(mut error: ServerError) -> ServerError {
    let code = match error.message.starts_with("The recursion depth of the query") {
        true => Code::LimitExceeded,
        false => Code::GraphqlValidationFailed,
    };
    error.extensions.get_or_insert_default().set("code", code.as_str());
    error
}

/// An error of a field. What has no code comes from the library: it judged an argument, or it broke.
fn failed(mut found: ServerError) -> ServerError {
    const JUDGED: [&str; 3] = ["Failed to parse", "Invalid value", "Expected input type"];
    if has_code(&found) {
        return found;
    }
    if JUDGED.iter().any(|beginning| found.message.starts_with(beginning)) {
        found.extensions.get_or_insert_default().set("code", Code::BadUserInput.as_str());
        return found;
    }
    tracing::error!(error = found.message, "a field failed without a code");
    ServerError {
        locations: found.locations,
        path: found.path,
        ..error(
            Code::InternalServerError,
            "Something went wrong inside; the log has it under this request's id.",
            None,
        )
    }
}

/// The answer as it is sent; errors first, where people look.
#[derive(Serialize)]
struct Told<'a, E = std::collections::BTreeMap<String, Value>> {
    #[serde(skip_serializing_if = "<[ServerError]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<&'a E>,
}

impl<E: Serialize> Told<'_, E> {
    fn write(&self, answer: &mut Answer) -> serde_json::Result<()> {
        answer.errors = self.errors.len();
        answer.body = serde_json::to_vec(self)?;
        Ok(())
    }
}

/// Waits for a future, and answers with its panic where it has one, so that one request alone fails.
async fn unbroken<T>(future: impl Future<Output = T>) -> Result<T, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

#[cfg(test)]
mod tests {
    use super::{text_of, unbroken};

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        assert_eq!(unbroken(async { 7 }).await.ok(), Some(7));
        let broken = unbroken(async { panic!("on purpose") }).await;
        assert_eq!(
            broken.map_err(|panic| text_of(&*panic).to_owned()),
            Err::<(), _>("on purpose".to_owned())
        );
    }
}
