//! In which media type the answer goes out: `application/graphql-response+json` or `application/json`,
//! by the Accept header with its quality values.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};

use super::fault::Fault;
use crate::error::Code;

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: the status says whether the document ran.
    Response,
    /// `application/json`: every well-formed request is answered with 200.
    Json,
}

impl Media {
    /// The value of Content-Type.
    pub fn content_type(self) -> &'static str {
        match self {
            Media::Response => "application/graphql-response+json; charset=utf-8",
            Media::Json => "application/json; charset=utf-8",
        }
    }

    fn essence(self) -> &'static str {
        match self {
            Media::Response => "application/graphql-response+json",
            Media::Json => "application/json",
        }
    }
}

/// One range of the Accept header.
struct Range<'a> {
    essence: &'a str,
    quality: f32,
    place: usize,
}

/// How much a media type is wanted: by quality, by how exactly it was named, by being named first.
type Wish = (f32, u8, std::cmp::Reverse<usize>);

/// The media type that is wanted most. Nothing said means `application/json`, as the specification
/// advises for clients that know nothing else.
pub(super) fn negotiate(headers: &HeaderMap) -> Result<Media, Fault> {
    let lines: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok()).collect();
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Ok(Media::Json);
    }
    let ranges: Vec<Range<'_>> = lines
        .iter()
        .flat_map(|line| line.split(','))
        .enumerate()
        .filter_map(|(place, text)| range(place, text))
        .collect();
    match (wish(&ranges, Media::Json), wish(&ranges, Media::Response)) {
        (None, None) => Err(Fault::http(
            StatusCode::NOT_ACCEPTABLE,
            Code::BadRequest,
            "Answers are application/graphql-response+json or application/json; Accept names neither.",
        )),
        (None, Some(_)) => Ok(Media::Response),
        (Some(json), Some(response)) if response > json => Ok(Media::Response),
        _ => Ok(Media::Json),
    }
}

fn range(place: usize, text: &str) -> Option<Range<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().filter(|essence| !essence.is_empty())?;
    let mut quality = 1.0;
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim().trim_matches('"');
        match name.trim() {
            "q" | "Q" => quality = value.parse().ok().filter(|q| (0.0..=1.0).contains(q))?,
            name if name.eq_ignore_ascii_case("charset") && !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some(Range { essence, quality, place })
}

/// Whether a charset is the one that JSON has.
pub(super) fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// The most exact range that fits decides, even when it says no.
fn wish(ranges: &[Range<'_>], media: Media) -> Option<Wish> {
    let (exactness, range) = ranges
        .iter()
        .filter_map(|range| {
            let exactness = match range.essence {
                "*/*" => 0,
                essence if essence.eq_ignore_ascii_case("application/*") => 1,
                essence if essence.eq_ignore_ascii_case(media.essence()) => 2,
                _ => return None,
            };
            Some((exactness, range))
        })
        .max_by_key(|(exactness, range)| (*exactness, std::cmp::Reverse(range.place)))?;
    (range.quality > 0.0).then_some((range.quality, exactness, std::cmp::Reverse(range.place)))
}
