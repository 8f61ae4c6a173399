//! Whether the values of variables are what the operation declares them to be. Found out before anything runs, as the
//! specification asks; whether what is declared fits where it stands is found out in `positions`. A value of a scalar
//! of the schema's own is left to validation, which such an operation goes through every time.

use std::cell::Cell;

use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use async_graphql::{Pos, ServerError, Value, Variables};

use super::fault::{Fault, error};
use super::types::{Input, Types};
use crate::error::Code;

/// How deep a value may be nested.
const DEPTH: usize = 64;

/// Which variables of the operation are given, as a set of their places; nothing where validation must judge the
/// values of some, or where they are too many.
pub(super) type Given = Option<u64>;

/// Refuses variables that the operation cannot take. Answers which are given, if all their values were judged here.
pub(super) fn check(
    types: &Types,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<Given, Fault> {
    let mut errors = Vec::new();
    let checker = Checker { types, judged: Cell::new(operation.variable_definitions.len() < 64) };
    let mut given = 0;
    for (place, definition) in operation.variable_definitions.iter().enumerate() {
        let (name, ty) = (&definition.node.name.node, &definition.node.var_type.node);
        let wrong = match variables.get(name) {
            Some(value) => {
                given |= 1_u64.checked_shl(u32::try_from(place).unwrap_or(u32::MAX)).unwrap_or_default();
                checker.value(ty, value, DEPTH).err().map(|wrong| {
                    format!("The variable `${name}{}` cannot be used: {}.", wrong.path(), wrong.message)
                })
            }
            None if ty.nullable || definition.node.default_value.is_some() => None,
            None => Some(format!("The variable `${name}` of type {ty} is missing.")),
        };
        errors.extend(wrong.map(|message| told(message, definition.pos)));
    }
    if errors.is_empty() { Ok(checker.judged.get().then_some(given)) } else { Err(Fault::documents(errors)) }
}

fn told(message: String, at: Pos) -> ServerError {
    error(Code::BadUserInput, message, Some(at))
}

/// What is wrong, and where within the value, innermost last found first.
struct Wrong {
    message: String,
    within: Vec<String>,
}

impl Wrong {
    fn new(message: String) -> Self {
        Wrong { message, within: Vec::new() }
    }

    fn within(mut self, place: String) -> Self {
        self.within.push(place);
        self
    }

    fn path(&self) -> String {
        self.within.iter().rev().map(String::as_str).collect()
    }
}

struct Checker<'a> {
    types: &'a Types,
    /// Whether no value was left to validation.
    judged: Cell<bool>,
}

impl Checker<'_> {
    fn value(&self, ty: &Type, value: &Value, room: usize) -> Result<(), Wrong> {
        if let Value::Null = value {
            return if ty.nullable { Ok(()) } else { Err(Wrong::new(format!("{ty} must not be null"))) };
        }
        let Some(room) = room.checked_sub(1) else {
            return Err(Wrong::new(format!("it is nested more than {DEPTH} deep")));
        };
        match (&ty.base, value) {
            (BaseType::List(of), Value::List(items)) => {
                for (place, item) in items.iter().enumerate() {
                    self.value(of, item, room).map_err(|wrong| wrong.within(format!("[{place}]")))?;
                }
                Ok(())
            }
            // One thing stands for a list of it.
            (BaseType::List(of), one) => self.value(of, one, room),
            (BaseType::Named(name), value) => self.named(name, value, room),
        }
    }

    fn named(&self, name: &str, value: &Value, room: usize) -> Result<(), Wrong> {
        let fits = match (name, value) {
            ("Int", Value::Number(number)) => {
                number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            ("Float", value) => matches!(value, Value::Number(_)),
            ("String", value) => matches!(value, Value::String(_)),
            ("Boolean", value) => matches!(value, Value::Boolean(_)),
            ("ID", Value::Number(number)) => number.is_i64() || number.is_u64(),
            ("ID", value) => matches!(value, Value::String(_)),
            ("Int", _) => false,
            _ => return self.declared(name, value, room),
        };
        if fits { Ok(()) } else { Err(Wrong::new(format!("{name} cannot be {}", shown(value)))) }
    }

    fn declared(&self, name: &str, value: &Value, room: usize) -> Result<(), Wrong> {
        match (self.types.input(name), value) {
            (Some(Input::Enum(words)), Value::String(word)) if words.contains(word.as_str()) => Ok(()),
            (Some(Input::Enum(_)), value) => {
                Err(Wrong::new(format!("{} is no value of {name}", shown(value))))
            }
            (Some(Input::Object(members)), Value::Object(values)) => {
                for (member, value) in values {
                    let Some(known) = members.get(member) else {
                        return Err(Wrong::new(format!("{name} has no field `{member}`")));
                    };
                    self.value(&known.ty, value, room).map_err(|wrong| wrong.within(format!(".{member}")))?;
                }
                match members.iter().find(|(member, known)| !known.optional && !values.contains_key(*member))
                {
                    Some((member, known)) => {
                        Err(Wrong::new(format!("{name} needs the field `{member}` of type {}", known.ty)))
                    }
                    None => Ok(()),
                }
            }
            (Some(Input::Object(_)), value) => Err(Wrong::new(format!("{name} cannot be {}", shown(value)))),
            // Of its own kind, or unknown, which validation says with its place.
            (Some(Input::Scalar) | None, _) => {
                self.judged.set(false);
                Ok(())
            }
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::List(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        value => {
            let text = value.to_string();
            match text.char_indices().nth(60) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}
