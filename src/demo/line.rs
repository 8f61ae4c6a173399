//! One line of the import format while it is being written, and the moments that lines carry.
//! Fields stand in the order they are set, so that a line reads as people would write it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::json;

use crate::clock::{self, Micros};

/// A day in microseconds.
pub(super) const DAY: Micros = 86_400_000_000;
/// An hour in microseconds.
pub(super) const HOUR: Micros = 3_600_000_000;

/// From a moment, inclusive, until another, exclusive, or for ever.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The beginning.
    pub from: Micros,
    /// The end.
    pub to: Option<Micros>,
}

impl Span {
    /// Whether `at` lies within.
    pub(super) fn holds(self, at: Micros) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

/// The day of a moment, as facts write it.
pub(super) fn day(at: Micros) -> String {
    clock::written(at).chars().take(10).collect()
}

/// A line under construction.
#[derive(Debug)]
pub(super) struct Line {
    text: String,
    failed: Option<serde_json::Error>,
}

impl Line {
    /// A line of this type with this key.
    pub(super) fn new(noun: &str, key: &str) -> Self {
        Line::fact(noun).set("key", key)
    }

    /// A line of this type that needs no key.
    pub(super) fn fact(noun: &str) -> Self {
        let mut line = Line { text: String::with_capacity(256), failed: None };
        line.text.push('{');
        line.set("type", noun)
    }

    /// Sets a field, or a relation to one by its key or to many by theirs.
    pub(super) fn set<T: Serialize + ?Sized>(mut self, field: &str, value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(value) => {
                if self.text.len() > 1 {
                    self.text.push(',');
                }
                self.text.push('"');
                self.text.push_str(field);
                self.text.push_str("\":");
                self.text.push_str(&value);
            }
            Err(error) => self.failed = Some(error),
        }
        self
    }

    /// Sets a field where there is a value; leaves it out otherwise.
    pub(super) fn may<T: Serialize>(self, field: &str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.set(field, &value),
            None => self,
        }
    }

    /// Sets a moment.
    pub(super) fn time(self, field: &str, at: Micros) -> Self {
        self.set(field, &clock::written(at))
    }

    /// Sets a moment where there is one.
    pub(super) fn may_time(self, field: &str, at: Option<Micros>) -> Self {
        self.may(field, at.map(clock::written))
    }

    /// Sets `startTime` and `endTime`.
    pub(super) fn span(self, span: Span) -> Self {
        self.time("startTime", span.from).may_time("endTime", span.to)
    }

    /// Sets an amount given in hundredths.
    pub(super) fn money(self, field: &str, cents: i64) -> Self {
        let whole = cents / 100;
        if cents % 100 == 0 { self.set(field, &whole) } else { self.set(field, &(cents as f64 / 100.0)) }
    }

    /// Says which system knows it too, by the same key, so that what that system says now can be asked.
    pub(super) fn known_to(self, source: &str, key: &str) -> Self {
        self.set("externalIds", &[json!({ "source": source, "value": key })])
    }

    /// Sets a relation to something of any type.
    pub(super) fn any(self, field: &str, noun: &str, key: &str) -> Self {
        self.set(field, &json!({ "type": noun, "key": key }))
    }
}

/// Where the lines go.
pub(super) struct Out<'a> {
    write: &'a mut dyn Write,
    /// How many lines there were.
    pub lines: u64,
}

impl<'a> Out<'a> {
    /// Lines go to `write`.
    pub(super) fn new(write: &'a mut dyn Write) -> Self {
        Out { write, lines: 0 }
    }

    /// Writes a line.
    pub(super) fn put(&mut self, mut line: Line) -> io::Result<()> {
        if let Some(error) = line.failed {
            return Err(io::Error::from(error));
        }
        line.text.push_str("}\n");
        self.lines += 1;
        self.write.write_all(line.text.as_bytes())
    }
}
