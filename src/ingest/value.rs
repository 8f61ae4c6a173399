//! One JSON value of a line into one cell of a staging table, exactly and without guessing.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::catalogue::{Bound, Kind};
use crate::clock;

/// A staged value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Small(i16),
    Int(i32),
    Big(i64),
    Float(f64),
    Bool(bool),
    Text(String),
    Day(NaiveDate),
    Id(Uuid),
}

/// What was expected instead of what stands there, as the end of the sentence "`field` takes …".
pub(super) type Expected = Cow<'static, str>;

/// Reads a value of a field. `null` is for the caller to handle.
pub(super) fn value(kind: Kind, raw: &RawValue) -> Result<Cell, Expected> {
    match kind {
        Kind::Text => text(raw).map(Cell::Text),
        Kind::Int => match whole(raw).and_then(|number| i32::try_from(number).ok()) {
            Some(number) => Ok(Cell::Int(number)),
            None => Err("a whole number from -2147483648 to 2147483647".into()),
        },
        Kind::BigInt => match whole(raw) {
            Some(number) => Ok(Cell::Big(number)),
            None => Err("a whole number from -9223372036854775808 to 9223372036854775807".into()),
        },
        Kind::Float => float(raw).map(Cell::Float),
        Kind::Bool => match raw.get() {
            "true" => Ok(Cell::Bool(true)),
            "false" => Ok(Cell::Bool(false)),
            _ => Err("true or false".into()),
        },
        Kind::Time => time(raw).map(Cell::Big),
        Kind::Date => day(raw).map(Cell::Day),
        Kind::Money => money(raw.get()).map(Cell::Big),
        Kind::Texts => texts(raw).map(|texts| Cell::Text(serde_json::Value::from(texts).to_string())),
        Kind::Choice(choice) => match text(raw) {
            Ok(word) if choice.has(&word) => Ok(Cell::Text(word)),
            _ => Err(format!("one of {}", choice.listed()).into()),
        },
        Kind::Choices(choice) => match texts(raw) {
            Ok(words) if words.iter().all(|word| choice.has(word)) => {
                Ok(Cell::Text(serde_json::Value::from(words).to_string()))
            }
            _ => Err(format!("an array of {}", choice.listed()).into()),
        },
    }
}

/// Holds a value of this kind to the bound of its field.
pub(super) fn bounded((kind, bound): (Kind, Bound), cell: Cell) -> Result<Cell, Expected> {
    let (least, most) = match bound {
        Bound::Free => return Ok(cell),
        Bound::AtLeast(least) => (i64::from(least), None),
        Bound::Within(least, most) => (least, Some(most)),
        Bound::Currency => {
            let letters = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
            return match &cell {
                Cell::Text(text) if letters(text) => Ok(cell),
                _ => Err("a currency in its three capital letters, such as EUR".into()),
            };
        }
    };
    let unit = if matches!(kind, Kind::Money) { 1_000_000 } else { 1 };
    let whole = |number: i64| {
        number >= least.saturating_mul(unit) && most.is_none_or(|most| number <= most.saturating_mul(unit))
    };
    let right = match cell {
        Cell::Int(number) => whole(i64::from(number)),
        Cell::Big(number) => whole(number),
        Cell::Float(number) => number >= least as f64 && most.is_none_or(|most| number <= most as f64),
        _ => true,
    };
    match (right, most) {
        (true, _) => Ok(cell),
        (false, Some(most)) => Err(format!("a number from {least} to {most}").into()),
        (false, None) => Err(format!("a number from {least} on").into()),
    }
}

/// Reads a text that the store can hold.
pub(super) fn text(raw: &RawValue) -> Result<String, Expected> {
    let json = raw.get();
    let Some(inside) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Err("a text".into());
    };
    if !inside.contains('\\') {
        return Ok(inside.to_owned());
    }
    let text: String =
        serde_json::from_str(json).map_err(|_| Expected::from("a text whose escapes are right"))?;
    if text.contains('\0') { Err("a text without NUL characters".into()) } else { Ok(text) }
}

fn texts(raw: &RawValue) -> Result<Vec<String>, Expected> {
    let items: Vec<&RawValue> =
        serde_json::from_str(raw.get()).map_err(|_| Expected::from("an array of texts"))?;
    items.into_iter().map(|item| text(item).map_err(|_| Expected::from("an array of texts"))).collect()
}

fn whole(raw: &RawValue) -> Option<i64> {
    let digits = raw.get();
    let is_number = digits.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// Reads a number that both databases give back as it is.
pub(super) fn float(raw: &RawValue) -> Result<f64, Expected> {
    let json = raw.get();
    if !json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Err("a number".into());
    }
    match json.parse::<f64>() {
        // A negative zero does not survive in SQLite.
        Ok(number) if number.is_finite() => Ok(number + 0.0),
        _ => Err("a number from -1.7976931348623157e308 to 1.7976931348623157e308".into()),
    }
}

/// Reads a moment.
pub(super) fn time(raw: &RawValue) -> Result<i64, Expected> {
    let json = raw.get();
    let inside = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    clock::read(inside).ok_or_else(|| "a moment as RFC 3339 writes it, such as 2026-05-01T00:00:00Z".into())
}

fn day(raw: &RawValue) -> Result<NaiveDate, Expected> {
    let json = raw.get();
    let inside = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    let shaped = inside.len() == 10
        && inside.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    NaiveDate::parse_from_str(inside, "%Y-%m-%d")
        .ok()
        .filter(|day| shaped && day.year() > 0)
        .ok_or_else(|| "a day of the calendar, such as 2026-05-01".into())
}

/// Reads an amount of money from its decimal text, in millionths, without passing through a float.
pub(super) fn money(json: &str) -> Result<i64, Expected> {
    const NOT_MONEY: &str = "an amount as a plain number, such as 4.20";
    let (negative, digits) = match json.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, json),
    };
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(NOT_MONEY.into());
    }
    let (digits, exponent) = match digits.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i64>().map_err(|_| Expected::from(NOT_MONEY))?),
        None => (digits, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let all = all.trim_start_matches('0');
    if all.is_empty() {
        return Ok(0);
    }
    // How many places the digits have to move to the left to count millionths.
    let fraction = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let shift = exponent.saturating_sub(fraction).saturating_add(6);
    let kept = match usize::try_from(shift) {
        Ok(zeros) if zeros < 20 => format!("{all}{}", "0".repeat(zeros)),
        Ok(_) => return Err(too_large()),
        Err(_) => {
            let lost = usize::try_from(shift.unsigned_abs()).unwrap_or(usize::MAX);
            let (kept, lost) = all.split_at(all.len().saturating_sub(lost));
            if lost.bytes().any(|digit| digit != b'0') {
                return Err("an amount with at most 6 decimals".into());
            }
            kept.to_owned()
        }
    };
    if kept.is_empty() {
        return Ok(0);
    }
    let sign = if negative { "-" } else { "" };
    format!("{sign}{kept}").parse().map_err(|_| too_large())
}

fn too_large() -> Expected {
    "an amount from -9223372036854.775808 to 9223372036854.775807".into()
}

/// An amount in millionths as the plain decimal number that [`money`] reads back.
pub(super) fn written_money(amount: i64) -> String {
    let (whole, fraction) = (amount.unsigned_abs() / 1_000_000, amount.unsigned_abs() % 1_000_000);
    let sign = if amount < 0 { "-" } else { "" };
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{fraction:06}");
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        for (json, expected) in [
            ("4.20", Some(4_200_000)),
            ("19", Some(19_000_000)),
            ("-0.000001", Some(-1)),
            ("1e3", Some(1_000_000_000)),
            ("1.5E-2", Some(15_000)),
            ("0.1000000", Some(100_000)),
            ("0", Some(0)),
            ("-0.0", Some(0)),
            ("0e99999", Some(0)),
            ("9223372036854.775807", Some(i64::MAX)),
            ("-9223372036854.775808", Some(i64::MIN)),
            ("9223372036854.775808", None),
            ("0.0000001", None),
            ("1e-7", None),
            ("1e20", None),
            ("1e-99999999999999999999", None),
            ("\"4.20\"", None),
            ("true", None),
        ] {
            assert_eq!(money(json).ok(), expected, "{json}");
        }
    }

    #[test]
    fn written_money_is_read_back() {
        for amount in [0, 1, -1, 4_200_000, 1_000_000, i64::MAX, i64::MIN, -100] {
            assert_eq!(money(&written_money(amount)).ok(), Some(amount));
        }
    }

    #[test]
    fn values_are_held_to_their_kind() {
        let read = |kind, json: &str| value(kind, &RawValue::from_string(json.to_owned()).unwrap());
        assert_eq!(read(Kind::Int, "2147483647"), Ok(Cell::Int(i32::MAX)));
        assert!(read(Kind::Int, "2147483648").is_err());
        assert!(read(Kind::Int, "1.5").is_err());
        assert!(read(Kind::Int, "\"1\"").is_err());
        assert!(read(Kind::Float, "1e999").is_err());
        assert_eq!(read(Kind::Float, "-0.0"), Ok(Cell::Float(0.0)));
        assert!(read(Kind::Date, "\"2026-02-30\"").is_err());
        assert!(read(Kind::Date, "\"2026-5-1\"").is_err());
        assert!(read(Kind::Time, "\"2026-05-01\"").is_err());
        assert_eq!(read(Kind::Time, "\"1970-01-01T01:00:00.000001+01:00\""), Ok(Cell::Big(1)));
        assert!(read(Kind::Text, "\"a\\u0000b\"").is_err());
        assert!(read(Kind::Text, "\"\\ud800\"").is_err());
        assert_eq!(read(Kind::Texts, "[\"a\", \"b\"]"), Ok(Cell::Text("[\"a\",\"b\"]".to_owned())));
        assert!(read(Kind::Texts, "\"a\"").is_err());
    }

    #[test]
    fn values_are_held_to_their_bound() {
        let text = |text: &str| Cell::Text(text.to_owned());
        for right in [Cell::Int(0), Cell::Big(i64::MAX), Cell::Float(1e300), Cell::Null] {
            assert_eq!(bounded((Kind::Float, Bound::AtLeast(0)), right.clone()), Ok(right));
        }
        for wrong in [Cell::Int(-1), Cell::Big(i64::MIN), Cell::Float(-0.1)] {
            assert!(bounded((Kind::Float, Bound::AtLeast(0)), wrong).is_err());
        }
        let within = |kind, bound, cell| bounded((kind, bound), cell);
        assert!(within(Kind::Float, Bound::Within(0, 1), Cell::Float(1.0)).is_ok());
        assert!(within(Kind::Float, Bound::Within(0, 1), Cell::Float(1.1)).is_err());
        // As floats the two would be equal.
        let most = 1_i64 << 60;
        assert!(within(Kind::BigInt, Bound::Within(0, most), Cell::Big(most)).is_ok());
        assert!(within(Kind::BigInt, Bound::Within(0, most), Cell::Big(most + 1)).is_err());
        assert!(within(Kind::Money, Bound::Within(-2, 2), Cell::Big(-2_000_000)).is_ok());
        assert!(within(Kind::Money, Bound::Within(-2, 2), Cell::Big(2_000_001)).is_err());
        assert!(within(Kind::Text, Bound::Currency, text("EUR")).is_ok());
        for wrong in ["", "eur", "EURO", "E1R", "€"] {
            assert!(within(Kind::Text, Bound::Currency, text(wrong)).is_err(), "{wrong}");
        }
    }
}
