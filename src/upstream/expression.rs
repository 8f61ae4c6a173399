//! Expressions of the mapping: the first path that holds something, through a closed list of functions.

use chrono::TimeDelta;
use serde_json::{Number, Value};

use super::convert::{Unit, complete, day, int, moment, number, shown, text_of, truth};
use super::path::{Path, Scope};
use super::template::Template;
use crate::clock;

/// `title ?? name | lower`: the first of the operands that is there, through the functions from left to right.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    operands: Vec<Operand>,
    functions: Vec<Function>,
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Path(Path),
    Text(String),
    Template(Template),
}

#[derive(Debug, Clone, PartialEq)]
enum Function {
    String,
    Int,
    Float,
    Bool,
    Datetime(Unit),
    Date(i64),
    Lower,
    Join(String),
    Json,
    Url,
    Enum { words: Vec<(String, Value)>, other: Other },
}

/// What a word becomes that an `enum` does not name.
#[derive(Debug, Clone, PartialEq)]
enum Other {
    /// An error.
    Unknown,
    /// Itself: `*=*`.
    Same,
    /// This.
    Always(Value),
}

const FUNCTIONS: &str = "string, int, float, bool, datetime, datetime(millis), date, date(+1), lower, \
                         join(\", \"), json, url, enum(theirs=OURS, *=OTHER)";

impl Expression {
    /// Reads an expression. The error says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = split(text, "|").into_iter();
        let choice = parts.next().unwrap_or_default();
        let operands = split(choice, "??").into_iter().map(operand).collect::<Result<_, _>>()?;
        let functions = parts.map(function).collect::<Result<_, _>>()?;
        Ok(Expression { operands, functions })
    }

    /// What it comes to. Nothing found is null; what is found and cannot be turned into what is asked is an error
    /// that says so.
    pub fn of(&self, scope: Scope<'_>) -> Result<Value, String> {
        let mut value = Value::Null;
        for operand in &self.operands {
            value = match operand {
                Operand::Path(path) if path.is_many() => {
                    Value::Array(path.all(scope).into_iter().cloned().collect())
                }
                Operand::Path(path) => path.one(scope).cloned().unwrap_or_default(),
                Operand::Text(text) => Value::String(text.clone()),
                Operand::Template(template) => template.of_item(scope).map_or(Value::Null, Value::String),
            };
            if !is_nothing(&value) {
                break;
            }
        }
        for function in &self.functions {
            value = function.each(value, &scope.around.base)?;
        }
        Ok(value)
    }

    /// The same as text, for ids: nothing where there is none. A number too large to be read exactly is none, since
    /// two of them could come to be one.
    pub fn id(&self, scope: Scope<'_>) -> Option<String> {
        match self.of(scope).ok()? {
            Value::String(text) if !text.is_empty() => Some(text),
            Value::Number(number) if !number.is_f64() => Some(number.to_string()),
            _ => None,
        }
    }

    /// The settings that it asks for.
    pub fn settings(&self) -> Vec<&str> {
        let asked = self.operands.iter().flat_map(|operand| match operand {
            Operand::Path(path) => path.settings().collect::<Vec<_>>(),
            Operand::Template(template) => template.settings().collect(),
            Operand::Text(_) => Vec::new(),
        });
        asked.collect()
    }

    /// The words of ours that its `enum` can come to, where it ends in one.
    pub fn words(&self) -> Option<Vec<&str>> {
        let Some(Function::Enum { words, other }) = self.functions.last() else { return None };
        let other = match other {
            Other::Always(word) => Some(word),
            Other::Unknown | Other::Same => None,
        };
        Some(words.iter().map(|(_, ours)| ours).chain(other).filter_map(Value::as_str).collect())
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

impl Function {
    /// Over each element where the value is a list, except for what takes lists whole.
    fn each(&self, value: Value, base: &str) -> Result<Value, String> {
        match (self, value) {
            (_, Value::Null) => Ok(Value::Null),
            (Function::Join(between), Value::Array(items)) => {
                let texts: Vec<String> = items.iter().filter_map(text_of).collect();
                Ok(if texts.is_empty() { Value::Null } else { Value::String(texts.join(between)) })
            }
            (Function::Json, value) => Ok(Value::String(value.to_string())),
            (_, Value::Array(items)) => items.into_iter().map(|item| self.each(item, base)).collect(),
            (Function::Url, value) => {
                complete(&value, base).map(Value::String).ok_or_else(|| self.told(&value))
            }
            (_, value) => self.one(&value),
        }
    }

    fn one(&self, value: &Value) -> Result<Value, String> {
        let found = match self {
            Function::String | Function::Join(_) | Function::Json | Function::Url => {
                text_of(value).map(Value::String)
            }
            Function::Lower => text_of(value).map(|text| Value::String(text.to_lowercase())),
            Function::Int => int(value).map(Value::from),
            Function::Float => number(value).and_then(Number::from_f64).map(Value::Number),
            Function::Bool => truth(value).map(Value::Bool),
            Function::Datetime(unit) => moment(value, *unit).map(|at| Value::String(clock::written(at))),
            Function::Date(days) => day(value)
                .and_then(|day| day.checked_add_signed(TimeDelta::try_days(*days)?))
                .map(|day| Value::String(day.to_string())),
            Function::Enum { words, other } => {
                let theirs = text_of(value).unwrap_or_default();
                let named = words.iter().find(|(word, _)| *word == theirs).map(|(_, ours)| ours.clone());
                named.or_else(|| match other {
                    Other::Unknown => None,
                    Other::Same => Some(value.clone()),
                    Other::Always(word) => Some(word.clone()),
                })
            }
        };
        found.ok_or_else(|| self.told(value))
    }

    fn told(&self, value: &Value) -> String {
        format!("expected {}, found {}", self.wants(), shown(value))
    }

    fn wants(&self) -> String {
        match self {
            Function::String | Function::Lower | Function::Join(_) | Function::Json => "a text".to_owned(),
            Function::Url => "an address".to_owned(),
            Function::Int => "a whole number".to_owned(),
            Function::Float => "a number".to_owned(),
            Function::Bool => "true or false".to_owned(),
            Function::Datetime(_) => "a date and time".to_owned(),
            Function::Date(_) => "a day".to_owned(),
            Function::Enum { words, .. } => {
                let words: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
                format!("one of {}", words.join(", "))
            }
        }
    }
}

fn operand(text: &str) -> Result<Operand, String> {
    let text = text.trim();
    if let Some(inside) = text.strip_prefix("template(").and_then(|rest| rest.strip_suffix(')')) {
        let quoted =
            literal(inside).ok_or_else(|| format!("`{text}`: expected template(\"…${{item.id}}…\")"))?;
        let template = Template::parse(&quoted)?;
        return match template.foreign() {
            None => Ok(Operand::Template(template)),
            Some(name) => Err(format!(
                "`{text}`: expected ${{item.…}}, ${{parent.…}} or ${{setting.…}}, found ${{{name}}}"
            )),
        };
    }
    if text.starts_with(['"', '\''])
        && let Some(text) = literal(text)
    {
        return Ok(Operand::Text(text));
    }
    Path::parse(text).map(Operand::Path)
}

fn literal(text: &str) -> Option<String> {
    let text = text.trim();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inside.contains(quote)).then(|| inside.to_owned())
}

fn function(text: &str) -> Result<Function, String> {
    let text = text.trim();
    let (name, inside) = match text.split_once('(') {
        Some((name, rest)) => {
            let inside = rest.strip_suffix(')').ok_or_else(|| format!("`{text}`: a `(` is not closed"))?;
            (name.trim(), Some(inside.trim()))
        }
        None => (text, None),
    };
    match (name, inside) {
        ("string", None) => Ok(Function::String),
        ("int", None) => Ok(Function::Int),
        ("float", None) => Ok(Function::Float),
        ("bool", None) => Ok(Function::Bool),
        ("date", None) => Ok(Function::Date(0)),
        ("date", Some(days)) => {
            days.parse().map(Function::Date).map_err(|_| format!("`{text}`: expected date(+1)"))
        }
        ("datetime", None | Some("seconds")) => Ok(Function::Datetime(Unit::Seconds)),
        ("datetime", Some("millis")) => Ok(Function::Datetime(Unit::Millis)),
        ("json", None) => Ok(Function::Json),
        ("url", None) => Ok(Function::Url),
        ("lower", None) => Ok(Function::Lower),
        ("join", None) => Ok(Function::Join(", ".to_owned())),
        ("join", Some(inside)) => {
            literal(inside).map(Function::Join).ok_or_else(|| format!("`{text}`: expected join(\", \")"))
        }
        ("enum", Some(inside)) => {
            words(inside).ok_or_else(|| format!("`{text}`: expected enum(theirs=OURS, *=OTHER)"))
        }
        _ => Err(format!("`{text}` is no function; expected one of: {FUNCTIONS}")),
    }
}

fn words(inside: &str) -> Option<Function> {
    let (mut words, mut other) = (Vec::new(), Other::Unknown);
    for pair in split(inside, ",") {
        let (theirs, ours) = pair.split_once('=')?;
        let (theirs, ours) = (theirs.trim(), ours.trim());
        if (theirs, ours) == ("*", "*") {
            other = Other::Same;
            continue;
        }
        let ours = match ours {
            "null" => Value::Null,
            "" => return None,
            ours => Value::String(ours.to_owned()),
        };
        match theirs {
            "*" => other = Other::Always(ours),
            _ => words.push((literal(theirs).unwrap_or_else(|| theirs.to_owned()), ours)),
        }
    }
    Some(Function::Enum { words, other })
}

/// The parts between the marks that stand outside of quotes and brackets.
fn split<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_u32, None);
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && text[at..].starts_with(mark) => {
                parts.push(&text[start..at]);
                at += mark.len();
                start = at;
                continue;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(expression: &str, value: Value) -> Result<Value, String> {
        Expression::parse(expression)?.of(Scope::whole(&value))
    }

    #[test]
    fn takes_the_first_that_is_there() {
        assert_eq!(of("title ?? name", json!({"title": "", "name": "n"})), Ok(json!("n")));
        assert_eq!(of("title ?? \"none\"", json!({})), Ok(json!("none")));
        assert_eq!(of("a | int", json!({})), Ok(Value::Null));
    }

    #[test]
    fn turns_values_into_ours() {
        assert_eq!(of("a | int", json!({"a": "12"})), Ok(json!(12)));
        assert_eq!(of("a | float", json!({"a": "1.5"})), Ok(json!(1.5)));
        assert_eq!(of("a[*] | lower | join(\"-\")", json!({"a": ["X", "Y"]})), Ok(json!("x-y")));
        assert_eq!(of("a | enum(on=ACTIVE, *=PAUSED)", json!({"a": "on"})), Ok(json!("ACTIVE")));
        assert_eq!(of("a | enum(on=ACTIVE, *=PAUSED)", json!({"a": "off"})), Ok(json!("PAUSED")));
        assert_eq!(of("a | enum(true=ACTIVE, false=PAUSED)", json!({"a": true})), Ok(json!("ACTIVE")));
        assert_eq!(
            of("a | date", json!({"a": {"year": 2026, "month": 2, "day": 3}})),
            Ok(json!("2026-02-03"))
        );
        assert_eq!(of("a | date", json!({"a": "20260203"})), Ok(json!("2026-02-03")));
        assert_eq!(of("a | date(+1)", json!({"a": "2026-02-28"})), Ok(json!("2026-03-01")));
        assert_eq!(of("a | enum(\"(not set)\"=null, *=*)", json!({"a": "DE"})), Ok(json!("DE")));
        assert_eq!(of("a | enum(\"(not set)\"=null, *=*)", json!({"a": "(not set)"})), Ok(Value::Null));
        assert_eq!(of("a | datetime(millis)", json!({"a": 1000})), Ok(json!("1970-01-01T00:00:01Z")));
        assert_eq!(
            of("a | datetime", json!({"a": "2026-01-02T03:04:05+0100"})),
            Ok(json!("2026-01-02T02:04:05Z"))
        );
        assert_eq!(of("a | json", json!({"a": [{"b": 1}]})), Ok(json!("[{\"b\":1}]")));
        assert_eq!(of("a | url", json!({"a": "https://x.example/y"})), Ok(json!("https://x.example/y")));
        assert!(of("a | url", json!({"a": "javascript:alert(1)"})).is_err());
        assert_eq!(of("template(\"/x/${item.id}\")", json!({"id": 7})), Ok(json!("/x/7")));
    }

    #[test]
    fn never_makes_something_of_nothing() {
        assert_eq!(of("template(\"/x/${item.id}\")", json!({})), Ok(Value::Null));
        // Beyond u64 the last digits are lost in the reading.
        let (large, next) = ("{\"id\": 18446744073709551617}", "{\"id\": 18446744073709551615}");
        let template = "template(\"/x/${item.id}\")";
        assert_eq!(of(template, serde_json::from_str(large).unwrap()), Ok(Value::Null));
        assert_eq!(of(template, serde_json::from_str(next).unwrap()), Ok(json!("/x/18446744073709551615")));
        assert_eq!(of("id | string", serde_json::from_str(next).unwrap()), Ok(json!("18446744073709551615")));
        assert_eq!(of("id | string", json!({ "id": 1.5 })), Ok(json!("1.5")));
        for (expression, value) in [
            ("a | int", json!({"a": "x"})),
            ("a | int", json!({"a": 1.5})),
            ("a | int", json!({"a": 1e300})),
            ("a | string", serde_json::from_str("{\"a\": 18446744073709551617}").unwrap()),
            ("a | lower", serde_json::from_str("{\"a\": -9223372036854775809}").unwrap()),
            ("a | datetime", json!({"a": "soon"})),
            ("a | date", json!({"a": "2026-02-30"})),
            ("a | enum(on=ACTIVE)", json!({"a": "off"})),
        ] {
            assert!(of(expression, value).is_err(), "{expression}");
        }
    }

    #[test]
    fn says_what_was_expected() {
        for wrong in ["a | shout", "a | enum(x)", "a | join(x", "template(id)", "template(\"${secret.x}\")"] {
            assert!(Expression::parse(wrong).is_err(), "{wrong}");
        }
    }
}
