//! What a source says about its rate: how long to wait and how many calls are left, in every form that was met.

use std::fmt;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use http::header::{DATE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use crate::clock::{self, Micros};

/// No wait is believed for longer: a source that says "in a year" by mistake is asked again after this.
pub(super) const LONGEST_WAIT: Micros = 3_600 * SECOND;
const SECOND: Micros = 1_000_000;

/// How a source says that there were too many calls.
#[derive(Debug, Clone)]
pub struct RateRules {
    /// Statuses that mean it.
    pub statuses: Vec<StatusCode>,
    /// Statuses that mean it where the answer says how long to wait.
    pub with_wait: Vec<StatusCode>,
    /// Where the wait stands; the first that is there counts.
    pub waits: Vec<Wait>,
}

impl Default for RateRules {
    fn default() -> Self {
        RateRules {
            statuses: vec![StatusCode::TOO_MANY_REQUESTS],
            with_wait: vec![StatusCode::SERVICE_UNAVAILABLE],
            waits: vec![Wait::Header(RETRY_AFTER)],
        }
    }
}

/// Where an answer says how long to wait. Each may hold seconds from now, seconds or milliseconds since 1970,
/// an HTTP date, or an ISO date-time.
#[derive(Clone)]
pub enum Wait {
    /// In this header.
    Header(HeaderName),
    /// Where this finds it, in the headers or the body.
    Read(ReadWait),
}

/// Finds the text of a wait in headers and body.
pub type ReadWait = Arc<dyn Fn(&HeaderMap, &[u8]) -> Option<String> + Send + Sync>;

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wait::Header(name) => f.debug_tuple("Header").field(name).finish(),
            Wait::Read(_) => f.write_str("Read"),
        }
    }
}

impl RateRules {
    /// Whether an answer of this status may mean too many calls.
    pub(super) fn concern(&self, status: StatusCode) -> bool {
        self.statuses.contains(&status) || self.with_wait.contains(&status)
    }

    /// Whether the body must be read to find the wait.
    pub(super) fn read_body(&self) -> bool {
        self.waits.iter().any(|wait| matches!(wait, Wait::Read(_)))
    }

    /// Until when to wait, where the answer says so.
    pub(super) fn until(&self, headers: &HeaderMap, body: &[u8], now: Micros) -> Option<Micros> {
        self.waits.iter().find_map(|wait| match wait {
            Wait::Header(name) => moment(text(headers, name)?, headers, now),
            Wait::Read(read) => moment(&read(headers, body)?, headers, now),
        })
    }
}

/// How many calls a source says are left, and when it counts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) calls: u64,
    pub(super) until: Micros,
}

impl Left {
    /// Reads `RateLimit-*` and its relatives. A number without the moment it ends at is of no use: nobody could
    /// say when to forget it.
    pub(super) fn read(headers: &HeaderMap, now: Micros) -> Option<Left> {
        for prefix in ["ratelimit", "x-ratelimit", "x-rate-limit"] {
            let field = |name: &str| text(headers, format!("{prefix}-{name}"));
            let calls = field("remaining").and_then(|text| text.trim().parse().ok());
            let until = field("reset").and_then(|text| moment(text, headers, now));
            if let (Some(calls), Some(until)) = (calls, until) {
                return Some(Left { calls, until });
            }
        }
        structured(text(headers, "ratelimit")?, headers, now)
    }
}

/// The one header of the newer drafts: `limit=100, remaining=0, reset=5`, or `"burst";r=0;t=1, "daily";r=9;t=60`
/// with the tightest counting.
fn structured(field: &str, headers: &HeaderMap, now: Micros) -> Option<Left> {
    let read = |part: &str| {
        let mut calls = None;
        let mut until = None;
        for parameter in part.split([',', ';']) {
            match parameter.trim().split_once('=') {
                Some(("remaining" | "r", value)) => calls = value.trim().parse().ok(),
                Some(("reset" | "t", value)) => until = moment(value, headers, now),
                _ => {}
            }
        }
        Some(Left { calls: calls?, until: until? })
    };
    match field.contains("remaining=") {
        true => read(field),
        false => field.split(',').filter_map(read).min_by_key(|left| left.calls),
    }
}

fn text(headers: &HeaderMap, name: impl http::header::AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The moment that a text means, between now and the longest wait that is believed.
fn moment(text: &str, headers: &HeaderMap, now: Micros) -> Option<Micros> {
    let text = text.trim();
    let until = match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => from_number(number, headers, now),
        Ok(_) => return None,
        Err(_) => on_our_clock(date(text)?, headers, now),
    };
    Some(until.clamp(now, now.saturating_add(LONGEST_WAIT)))
}

/// Numbers are told apart by their size: three years of seconds to wait, or a moment since 1970.
fn from_number(number: f64, headers: &HeaderMap, now: Micros) -> Micros {
    // A cast to an integer stops at its ends.
    let micros = |unit: f64| (number * unit) as Micros;
    match number {
        _ if number < 1e8 => now.saturating_add(micros(1e6)),
        _ if number < 1e11 => on_our_clock(micros(1e6), headers, now),
        _ => on_our_clock(micros(1e3), headers, now),
    }
}

/// A moment of the source's clock on ours: what counts is how far it lies from the moment it was said.
fn on_our_clock(moment: Micros, headers: &HeaderMap, now: Micros) -> Micros {
    let said = text(headers, DATE).and_then(http_date).unwrap_or(now);
    now.saturating_add(moment.saturating_sub(said))
}

fn date(text: &str) -> Option<Micros> {
    http_date(text).or_else(|| clock::read(text)).or_else(|| clock::read(&format!("{text}Z")))
}

fn http_date(text: &str) -> Option<Micros> {
    let time = httpdate::parse_http_date(text).ok()?;
    Micros::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_micros()).ok()
}
