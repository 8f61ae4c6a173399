//! Values of types that the catalogue describes, for the few objects that are written by hand.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use crate::clock::{Micros, written};

/// A moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct DateTime(pub(super) Micros);

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
leaf!(MatchMethod, "MatchMethod", |method| method.0.clone());
leaf!(NodeType, "NodeType", |ty| ty.0.clone());
