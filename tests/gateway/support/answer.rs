//! What came back: status, headers, body, and the number of statements it took.

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

/// An answer to one request.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body as it was sent.
    pub(crate) text: String,
    /// The body as JSON; null where it is none.
    pub(crate) body: Value,
}

impl Answer {
    /// Sends the request and reads the whole answer.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("the body arrives");
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer { status, headers, text, body }
    }

    /// A header, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The data of an answer without errors.
    pub(crate) fn data(self) -> Value {
        assert!(self.body["errors"].is_null(), "{:#}", self.body);
        assert_eq!(self.status, StatusCode::OK);
        let mut body = self.body;
        body["data"].take()
    }

    /// The codes of its errors.
    pub(crate) fn codes(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap_or("none")).collect()
    }

    /// The first error's sentence.
    pub(crate) fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap_or_default()
    }

    /// How many statements were sent to the store for it.
    pub(crate) fn statements(&self) -> u64 {
        let timing = self.header("server-timing");
        let count = timing.split_once("desc=\"").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        count.unwrap_or_else(|| panic!("no statements in {timing:?}"))
    }
}
