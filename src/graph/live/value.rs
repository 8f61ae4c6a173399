//! A source's values as values of the graph. What has the wrong shape is told, never passed on.

use async_graphql::{Name, Value};
use serde_json::Value as Json;

use super::types::Of;
use crate::catalogue::Kind;
use crate::clock::{read, written};
use crate::money;

/// The value as the graph gives it, or what was expected instead.
pub(super) fn value(of: Of, given: &Json) -> Result<Value, String> {
    if given.is_null() {
        return Ok(Value::Null);
    }
    let kind = match of {
        Of::Json => return Value::from_json(given.clone()).map_err(|_| "JSON".to_owned()),
        Of::Kind(kind) => kind,
    };
    let expected = || expected(kind);
    match (kind, given) {
        (Kind::Text, Json::String(text)) => Ok(Value::String(text.clone())),
        (Kind::Int, _) => {
            let number = whole(given).and_then(|number| i32::try_from(number).ok());
            number.map(Value::from).ok_or_else(expected)
        }
        (Kind::BigInt, _) => whole(given).map(Value::from).ok_or_else(expected),
        (Kind::Float, Json::Number(number)) => Ok(Value::Number(number.clone())),
        (Kind::Bool, Json::Bool(yes)) => Ok(Value::Boolean(*yes)),
        (Kind::Time, Json::String(text)) => {
            read(text).map(|moment| Value::String(written(moment))).ok_or_else(expected)
        }
        (Kind::Date, Json::String(text)) if text.parse::<chrono::NaiveDate>().is_ok() => {
            Ok(Value::String(text.clone()))
        }
        (Kind::Money, Json::Number(number)) => amount(&number.to_string()).ok_or_else(expected),
        (Kind::Money, Json::String(text)) => amount(text).ok_or_else(expected),
        (Kind::Choice(choice), Json::String(word)) => {
            let known = choice.values.iter().any(|(value, _)| value == word);
            known.then(|| Value::Enum(Name::new(word))).ok_or_else(expected)
        }
        (Kind::Texts | Kind::Choices(_), Json::Array(items)) => {
            let one = match kind {
                Kind::Choices(choice) => Kind::Choice(choice),
                _ => Kind::Text,
            };
            items.iter().map(|item| value(Of::Kind(one), item)).collect::<Result<_, _>>().map(Value::List)
        }
        _ => Err(expected()),
    }
}

/// A whole number, written as such or with nothing behind its point.
fn whole(given: &Json) -> Option<i64> {
    let number = given.as_number()?;
    number.as_i64().or_else(|| {
        // Beyond these a float no longer tells one whole number from the next.
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15)?;
        Some(float as i64)
    })
}

/// An amount of money. What has more decimals than the graph keeps is rounded by nobody, and refused.
fn amount(text: &str) -> Option<Value> {
    let amount = money::written(money::read(text)?);
    serde_json::from_str(&amount).ok().map(Value::Number)
}

fn expected(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Int => "a whole number of 32 bits".to_owned(),
        Kind::BigInt => "a whole number of 64 bits".to_owned(),
        Kind::Float => "a number".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::Time => "a date-time".to_owned(),
        Kind::Date => "a date".to_owned(),
        Kind::Money => "an amount with at most six decimals".to_owned(),
        Kind::Texts => "a list of texts".to_owned(),
        Kind::Choice(choice) | Kind::Choices(choice) => format!("a {}", choice.name),
    }
}
