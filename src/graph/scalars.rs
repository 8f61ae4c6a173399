//! Values of types that the catalogue describes, for the few objects that are written by hand.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, OutputType, Positioned, ServerResult,
    Value,
};

use crate::clock::{Micros, read, written};

/// A moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct DateTime(pub(super) Micros);

/// A whole number of 64 bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct BigInt(pub(super) i64);

/// A value of the enum `MatchMethod`.
#[derive(Debug, Clone)]
pub(super) struct MatchMethod(pub(super) Value);

/// A value of the enum `NodeType`.
#[derive(Debug, Clone)]
pub(super) struct NodeType(pub(super) Value);

macro_rules! leaf {
    ($ty:ty, $name:literal, $value:expr) => {
        impl OutputType for $ty {
            fn type_name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }

            fn create_type_info(_registry: &mut Registry) -> String {
                concat!($name, "!").to_owned()
            }

            async fn resolve(
                &self,
                _: &ContextSelectionSet<'_>,
                _: &Positioned<Field>,
            ) -> ServerResult<Value> {
                let value: fn(&Self) -> Value = $value;
                Ok(value(self))
            }
        }
    };
}

leaf!(DateTime, "DateTime", |moment| Value::String(written(moment.0)));
leaf!(BigInt, "BigInt", |number| Value::from(number.0));
leaf!(MatchMethod, "MatchMethod", |method| method.0.clone());
leaf!(NodeType, "NodeType", |ty| ty.0.clone());

impl InputType for DateTime {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed("DateTime")
    }

    fn create_type_info(_registry: &mut Registry) -> String {
        "DateTime!".to_owned()
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let moment = match &value {
            Some(Value::String(text)) => read(text).map(DateTime),
            _ => None,
        };
        moment.ok_or_else(|| InputValueError::expected_type(value.unwrap_or_default()))
    }

    fn to_value(&self) -> Value {
        Value::String(written(self.0))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}
