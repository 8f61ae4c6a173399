//! The outside of an event, as CloudEvents 1.0 writes it in JSON, and what makes two of them the same.

use std::borrow::Cow;

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::catalogue::{EVENT_TYPES, EventType};
use crate::clock::{self, Micros};
use crate::ingest::json::{Members, hint, members, shown};
use crate::ingest::layout::LONGEST_INDEXED;
use crate::ingest::value::text;

/// An event while it is read.
pub(super) struct Envelope<'l> {
    pub(super) source: String,
    pub(super) id: String,
    pub(super) kind: &'static EventType,
    pub(super) time: Option<Micros>,
    pub(super) subject: Option<&'l RawValue>,
    pub(super) data: Members<'l>,
}

/// What is known of an event that cannot be read.
#[derive(Debug, Default)]
pub(super) struct Refused {
    pub(super) source: Option<String>,
    pub(super) id: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) reason: String,
}

/// Reads an event.
pub(super) fn read(json: &str, now: Micros) -> Result<Envelope<'_>, Refused> {
    let refused = |reason: String| Refused { reason, ..Refused::default() };
    let Members(outside) =
        members(json).map_err(|reason| refused(reason.replace("a line is", "an event is")))?;
    let mut problems = Vec::new();
    for (place, (name, _)) in outside.iter().enumerate() {
        if outside[..place].iter().any(|(other, _)| other == name) {
            problems.push(format!("`{}` is given twice", shown(name)));
        }
    }
    let member = |wanted: &str| outside.iter().find(|(name, _)| name == wanted).map(|(_, raw)| *raw);
    let given = |wanted: &str| member(wanted).filter(|raw| raw.get() != "null");
    let mut named = |name: &str| match given(name).map(text) {
        Some(Ok(text)) if !text.is_empty() && text.len() <= LONGEST_INDEXED => Some(text),
        Some(_) => {
            problems.push(format!("`{name}` takes a text of 1 to {LONGEST_INDEXED} bytes"));
            None
        }
        None => {
            problems.push(format!("`{name}` is missing"));
            None
        }
    };
    let (version, id, source, kind_name) =
        (named("specversion"), named("id"), named("source"), named("type"));
    if version.as_deref().is_some_and(|version| version != "1.0") {
        problems.push("`specversion` takes \"1.0\"".to_owned());
    }
    let kind = kind_name.as_deref().and_then(EventType::named);
    if let (Some(name), None) = (&kind_name, kind) {
        let near = hint(name, EVENT_TYPES.iter().map(|kind| kind.name));
        problems.push(format!("there is no type of event {}{near}", shown(name)));
    }
    let time = match given("time").map(text) {
        Some(Ok(written)) => {
            let time = clock::read(&written);
            if time.is_none() {
                problems.push("`time` takes a moment as RFC 3339 writes it".to_owned());
            }
            time
        }
        Some(Err(_)) => {
            problems.push("`time` takes a moment as RFC 3339 writes it".to_owned());
            None
        }
        None => None,
    };
    if time.is_some_and(|time| time > now + AHEAD) {
        problems.push("`time` lies in the future".to_owned());
    }
    if given("data_base64").is_some() {
        problems.push("`data_base64` is not taken; put an object under `data`".to_owned());
    }
    let data = match given("data").map(|raw| members(raw.get())) {
        Some(Ok(data)) => Some(data),
        Some(Err(_)) => {
            problems.push("`data` takes an object".to_owned());
            None
        }
        None => {
            problems.push("`data` is missing".to_owned());
            None
        }
    };
    match (source, id, kind, data) {
        (Some(source), Some(id), Some(kind), Some(data)) if problems.is_empty() => {
            Ok(Envelope { source, id, kind, time, subject: given("subject"), data })
        }
        (source, id, ..) => Err(Refused { source, id, kind: kind_name, reason: problems.join("; ") }),
    }
}

/// How far ahead another machine's clock may be.
pub(super) const AHEAD: Micros = 300 * 1_000_000;

impl Envelope<'_> {
    /// What the event says, as a number: the same however its object is written and ordered.
    pub(super) fn hash(&self) -> Uuid {
        let mut said: Vec<(&str, Cow<'_, str>)> =
            self.data.0.iter().map(|(name, raw)| (name.as_ref(), bare(raw.get()))).collect();
        said.sort_unstable();
        let mut hash = Sha256::new();
        hash.update(self.kind.name);
        hash.update(self.time.unwrap_or_default().to_be_bytes());
        hash.update(self.subject.map_or("", RawValue::get));
        for (name, value) in said {
            hash.update([0]);
            hash.update(name);
            hash.update([1]);
            hash.update(value.as_bytes());
        }
        number(hash)
    }
}

/// What stands there, as a number.
pub(super) fn hash(text: &str) -> Uuid {
    number(Sha256::new().chain_update(text))
}

fn number(hash: Sha256) -> Uuid {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    Uuid::from_bytes(bytes)
}

/// JSON without the blanks between its parts.
fn bare(json: &str) -> Cow<'_, str> {
    if !json.starts_with(['{', '[']) {
        return Cow::Borrowed(json);
    }
    let (mut bare, mut inside, mut escaped) = (String::with_capacity(json.len()), false, false);
    for letter in json.chars() {
        if inside || !matches!(letter, ' ' | '\t' | '\r' | '\n') {
            bare.push(letter);
        }
        inside = if inside { escaped || letter != '"' } else { letter == '"' };
        escaped = inside && !escaped && letter == '\\';
    }
    Cow::Owned(bare)
}

#[cfg(test)]
mod tests {
    use super::{bare, read};

    const EVENT: &str = r#"{"specversion":"1.0","id":"1","source":"ads","type":"weft.change.live","data":{"key":"c","campaign":{"source":"x", "key":"y"}}}"#;

    #[test]
    fn the_same_said_otherwise_is_the_same() {
        let other = r#"{"id":"1","type":"weft.change.live","source":"ads","specversion":"1.0","data":{"campaign":{"source":"x","key":"y"},"key":"c"}}"#;
        let hash = |json: &str| read(json, 0).map_err(|refused| refused.reason).unwrap().hash();
        assert_eq!(hash(EVENT), hash(other));
        assert_ne!(hash(EVENT), hash(&other.replace("\"y\"", "\"z\"")));
        assert_eq!(bare(r#"{"a" : " \" b", "c": [1, 2]}"#), r#"{"a":" \" b","c":[1,2]}"#);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (wrong, told) in [
            (EVENT.replace("1.0", "0.3"), "`specversion` takes \"1.0\""),
            (EVENT.replace("\"id\":\"1\",", ""), "`id` is missing"),
            (EVENT.replace("\"ads\"", "\"\""), "`source` takes a text"),
            (
                EVENT.replace("change.live", "change.alive"),
                "there is no type of event weft.change.alive (did you mean weft.change.live",
            ),
            (EVENT.replace("\"data\":{", "\"time\":\"soon\",\"data\":{"), "`time` takes a moment"),
            (
                EVENT.replace("\"data\":{", "\"time\":\"2026-01-01T00:00:00Z\",\"data\":{"),
                "lies in the future",
            ),
            (EVENT.replace("\"data\":", "\"date\":"), "`data` is missing"),
            ("[]".to_owned(), "an event is one JSON object"),
        ] {
            let reason = read(&wrong, 0).map(|_| ()).unwrap_err().reason;
            assert!(reason.contains(told), "{wrong}: {reason}");
        }
    }
}
