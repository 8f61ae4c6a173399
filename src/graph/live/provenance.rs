//! Where each live answer came from, for those who ask: `extensions.provenance`.

use async_graphql::{Name, Value};

use super::fill::Step;
use crate::clock::{Micros, read, written as moment};
use crate::error::Code;
use crate::outbound::State;
use crate::upstream::port::Purpose;
use crate::upstream::{Found, Told};

/// Where one operation's answer came from.
pub(super) struct Entry<'a> {
    source: &'a str,
    operation: Option<Purpose>,
    fetched_at: Option<Micros>,
    observed_at: Option<Micros>,
    state: &'static str,
}

impl<'a> Entry<'a> {
    pub(super) fn found(source: &'a str, purpose: Purpose, found: &Found) -> Self {
        let observed =
            ["observedAt", "sizeAsOf"].iter().find_map(|field| found.record.fields.get(*field)?.as_str());
        Entry {
            observed_at: observed.and_then(read),
            ..Entry::unknown(source, purpose, (found.fetched_at, found.state))
        }
    }

    pub(super) fn unknown(source: &'a str, purpose: Purpose, (fetched_at, state): Told) -> Self {
        let state = match state {
            State::Live => "LIVE",
            State::Cached => "CACHED",
            State::Stale => "STALE",
        };
        Entry { source, operation: Some(purpose), fetched_at: Some(fetched_at), observed_at: None, state }
    }

    /// The source was asked and knows nothing of it.
    pub(super) fn known_nothing(source: &'a str, purpose: Purpose) -> Self {
        Entry { source, operation: Some(purpose), fetched_at: None, observed_at: None, state: "LIVE" }
    }

    pub(super) fn failed(source: &'a str, purpose: Purpose, code: Code) -> Self {
        let state = if code == Code::UpstreamDenied { "DENIED" } else { "FAILED" };
        Entry { state, ..Entry::known_nothing(source, purpose) }
    }

    /// What is stored, when it was last synced, and when it was counted where that is known.
    pub(super) fn stored(source: &'a str, synced: Option<Micros>, observed_at: Option<Micros>) -> Self {
        Entry { source, operation: None, fetched_at: synced, observed_at, state: "STORED" }
    }
}

/// An entry as the answer carries it.
pub(super) fn written(path: &[Step], entry: &Entry<'_>) -> Value {
    let path = path.iter().map(|step| match step {
        Step::Key(key) => Value::String(key.to_string()),
        Step::Item(place) => Value::from(*place),
    });
    let time = |micros: Option<Micros>| micros.map_or(Value::Null, |micros| Value::String(moment(micros)));
    let members = [
        ("path", Value::List(path.collect())),
        ("source", Value::from(entry.source)),
        ("operation", entry.operation.map_or(Value::Null, |purpose| Value::from(purpose.name()))),
        ("fetchedAt", time(entry.fetched_at)),
        ("observedAt", time(entry.observed_at)),
        ("state", Value::from(entry.state)),
    ];
    Value::Object(members.into_iter().map(|(name, value)| (Name::new(name), value)).collect())
}
