//! Small words of the connector format that are read from one text: spans of time, budgets, and texts that are parsed
//! where they stand, so that an error names their line.

use std::borrow::Cow;
use std::ops::Deref;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::connector::Where;
use super::expression::Expression;
use super::path::Path;
use super::template::Template;

/// Something that is written as one text.
pub trait Word: Sized {
    /// What it is called in the JSON Schema, and what it is for.
    const DOC: (&'static str, &'static str);

    /// Reads it. The error says what was expected.
    fn read(text: &str) -> Result<Self, String>;
}

/// Something that was parsed from the text it was written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    value: T,
    text: String,
}

impl<T> Written<T> {
    /// The text it was written as.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<T> Deref for Written<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Word> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let value = T::read(&text).map_err(D::Error::custom)?;
        Ok(Written { value, text })
    }
}

impl<T: Word> JsonSchema for Written<T> {
    fn schema_name() -> Cow<'static, str> {
        T::DOC.0.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": T::DOC.1 })
    }
}

impl Word for Path {
    const DOC: (&'static str, &'static str) = (
        "Path",
        "A path into JSON: `a.b[0]`, `[key=value]`, `[*]`; `@` the item, `^` what it stood in, `$` the answer.",
    );

    fn read(text: &str) -> Result<Self, String> {
        Path::parse(text)
    }
}

impl Word for Expression {
    const DOC: (&'static str, &'static str) =
        ("Expression", "Paths with `??` between, the first that is there, then functions with `|` between.");

    fn read(text: &str) -> Result<Self, String> {
        Expression::parse(text)
    }
}

impl Word for Template {
    const DOC: (&'static str, &'static str) =
        ("Template", "A text with places such as `${id}` or `${secret.NAME}`.");

    fn read(text: &str) -> Result<Self, String> {
        Template::parse(text)
    }
}

impl Word for Where {
    const DOC: (&'static str, &'static str) = ("Where", "`header.NAME`, or `body.` and a path.");

    fn read(text: &str) -> Result<Self, String> {
        match text.split_once('.') {
            Some(("header", name)) if !name.is_empty() => Ok(Where::Header(name.to_ascii_lowercase())),
            Some(("body", path)) => Path::parse(path).map(Where::Body),
            _ => Err(format!("`{text}`: expected `header.NAME` or `body.PATH`")),
        }
    }
}

/// A span of time: `300ms`, `3s`, `5m`, `2h`, `1d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let count: u64 = text[..digits].parse().ok()?;
        let millis = match text[digits..].trim() {
            "ms" => 1,
            "s" | "sec" => 1_000,
            "m" | "min" => 60_000,
            "h" | "hour" => 3_600_000,
            "d" | "day" => 86_400_000,
            _ => return None,
        };
        count.checked_mul(millis).map(|millis| Span(Duration::from_millis(millis)))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Span::parse(&text).ok_or_else(|| {
            D::Error::custom(format!("`{text}`: expected a time such as 300ms, 3s, 5m, 2h or 1d"))
        })
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+ ?(ms|s|sec|m|min|h|hour|d|day)$", "description": "A time such as `3s`." })
    }
}

/// How many calls in a time: `750/min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many calls.
    pub calls: u32,
    /// In which time.
    pub per: Duration,
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let read = text.split_once('/').and_then(|(calls, per)| {
            let calls = calls.trim().parse().ok().filter(|calls| *calls > 0)?;
            let per = per.trim();
            let Span(per) = Span::parse(per).or_else(|| Span::parse(&format!("1{per}")))?;
            Some(Budget { calls, per })
        });
        read.ok_or_else(|| {
            D::Error::custom(format!("`{text}`: expected a budget such as 750/min, 2/s or 100/10m"))
        })
    }
}

impl JsonSchema for Budget {
    fn schema_name() -> Cow<'static, str> {
        "Budget".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+ ?/ ?[0-9]* ?(s|sec|m|min|h|hour|d|day)$", "description": "Calls in a time, such as `750/min`." })
    }
}
