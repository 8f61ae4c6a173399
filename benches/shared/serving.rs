//! How a floor, or a system that is asked, answers over HTTP.

use std::net::SocketAddr;
use std::str::FromStr;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;

use crate::Outcome;

/// The answer as a response.
pub(crate) fn responded(answer: Outcome<Vec<u8>>) -> Response {
    match answer {
        Ok(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Serves until the process is ended.
pub(crate) async fn served(router: Router, listen: &str) -> Outcome<()> {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from_str(listen)?).await?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}
