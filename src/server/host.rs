//! By which name the server was called. Without keys, only this machine is served; a page from elsewhere could
//! still reach it from a browser here, by giving its own name this machine's address. The name gives it away.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Refuses what was not called by a name of the loopback.
pub(super) async fn only_loopback(request: Request, next: Next) -> Response {
    let mut called = request.headers().get_all(HOST).iter().map(header).peekable();
    let by_header = called.peek().is_some() && called.all(|host| host.is_some_and(is_loopback));
    let by_address = request.uri().authority().is_none_or(|host| is_loopback(host.host()));
    if by_header && by_address {
        return next.run(request).await;
    }
    let sentence = "Without keys only this machine is served, by its own names: localhost, 127.0.0.1 or [::1]. \
                    To be reached by another name, configure a key under `keys`.\n";
    (StatusCode::FORBIDDEN, sentence).into_response()
}

/// The name in a Host header, without its port.
fn header(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?;
    let authority: Authority = text.parse().ok()?;
    if text.contains('@') {
        return None;
    }
    text.get(..authority.host().len())
}

fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let address = address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    address || host.eq_ignore_ascii_case("localhost")
}
