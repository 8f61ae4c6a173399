//! Whether a body may be parsed as JSON at all: its media type, its encoding, and how deep it nests. Looked at
//! before any parser sees it, since a parser's own limit is not the configuration's.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::failure::Cause;

/// Judges a body that is to be parsed as JSON, or as lines of JSON.
pub(super) fn check(headers: &HeaderMap, body: &[u8], max_depth: usize) -> Result<(), Cause> {
    if body.is_empty() {
        return Ok(());
    }
    if !may_be_json(headers) {
        return Err(Cause::invalid("its media type is not JSON's"));
    }
    if std::str::from_utf8(body).is_err() {
        return Err(Cause::invalid("it is not UTF-8"));
    }
    match depth_within(body, max_depth) {
        true => Ok(()),
        false => Err(Cause::invalid(format!("it nests deeper than {max_depth} levels"))),
    }
}

/// Some servers send JSON as plain text, as bytes or as nothing in particular; none sends it as HTML or an image.
fn may_be_json(headers: &HeaderMap) -> bool {
    let Some(media) = headers.get(CONTENT_TYPE) else { return true };
    let media = media.to_str().unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.contains("json") || matches!(essence.as_str(), "" | "text/plain" | "application/octet-stream")
}

/// Counts brackets outside strings; whether they match is the parser's matter.
fn depth_within(body: &[u8], max: usize) -> bool {
    let mut depth = 0_usize;
    let mut bytes = body.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                while let Some(inner) = bytes.next() {
                    match inner {
                        b'\\' => {
                            bytes.next();
                        }
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > max {
                    return false;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}
