//! A vendor's values turned into ours, or into nothing: texts, numbers, moments, days, addresses. A value is never
//! guessed at.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde_json::{Number, Value};
use url::Url;

use crate::clock;

/// Up to here every whole number is one of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a number stands for where a moment is given as one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Unit {
    Seconds,
    Millis,
}

/// The value as an error shows it: short, and never the inside of an object.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => {
            let text = other.to_string();
            match text.char_indices().nth(60) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}

/// An address: whole as it stands, or completed by where the source stands.
pub(super) fn complete(value: &Value, base: &str) -> Option<String> {
    let text = value.as_str()?;
    match Url::parse(text) {
        Ok(url) => matches!(url.scheme(), "http" | "https").then(|| text.to_owned()),
        Err(_) => Some(Url::parse(base).ok()?.join(text).ok()?.to_string()),
    }
}

/// Bytes as hex, as signatures are written.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a number was read as it was written. One beyond what is counted exactly may have lost its last digits, and two
/// that differ in those would come to be one.
pub(super) fn exact(number: &Number) -> bool {
    !number.is_f64() || number.as_f64().is_some_and(|float| float.abs() < EXACT)
}

/// What is one text, number or truth, as a text; nothing for a number that was not read exactly.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => exact(number).then(|| number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

pub(super) fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT).map(|float| {
                #[expect(clippy::cast_possible_truncation, reason = "whole and within what is exact")]
                let whole = float as i64;
                whole
            })
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => match text.to_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        },
        Value::Number(number) => number.as_i64().filter(|n| (0..=1).contains(n)).map(|n| n == 1),
        _ => None,
    }
}

/// A moment: RFC 3339; a time without an offset is UTC, a day its midnight in UTC; a number counts since 1970.
pub(super) fn moment(value: &Value, unit: Unit) -> Option<clock::Micros> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            let offset = DateTime::parse_from_rfc3339(text)
                .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
                .map(|time| time.timestamp_micros());
            offset
                .or_else(|_| {
                    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
                        .iter()
                        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
                        .map(|time| time.and_utc().timestamp_micros())
                        .ok_or(())
                })
                .ok()
                .or_else(|| Some(day(value)?.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros()))
        }
        Value::Number(_) => {
            let scale = match unit {
                Unit::Seconds => 1_000_000,
                Unit::Millis => 1_000,
            };
            let at = int(value)?.checked_mul(scale)?;
            DateTime::from_timestamp_micros(at).map(|_| at)
        }
        _ => None,
    }
}

/// A day: `2026-11-24`, `20261124`, the UTC day of a moment, or an object of year, month and day.
pub(super) fn day(value: &Value) -> Option<NaiveDate> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .or_else(|_| NaiveDate::parse_from_str(text, "%Y%m%d"))
                .ok()
                .or_else(|| {
                    clock::read(text).and_then(DateTime::from_timestamp_micros).map(|at| at.date_naive())
                })
        }
        Value::Object(parts) => {
            let part = |name: &str| parts.get(name).and_then(int);
            let small = |name: &str| part(name).and_then(|number| u32::try_from(number).ok());
            NaiveDate::from_ymd_opt(i32::try_from(part("year")?).ok()?, small("month")?, small("day")?)
        }
        _ => None,
    }
}
