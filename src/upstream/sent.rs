//! What of a connector's format is sent: requests, with parameters that may be repeated and bodies with places.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Formatter};

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{IntoDeserializer, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::template::Template;
use super::words::Written;

/// A request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method. Default GET.
    pub method: Option<Method>,
    /// The path behind the base URL.
    pub path: Written<Template>,
    /// The query, in the order of the file. A value that comes to nothing is left out. A list is a parameter that
    /// is repeated; `${ids}` in it is repeated for each id.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Values>")]
    pub query: IndexMap<String, Values>,
    /// Headers of this request.
    #[serde(default)]
    pub headers: BTreeMap<String, Written<Template>>,
    /// A JSON body. A text in it that is one place, such as `${ids}`, becomes what stands there: a list, a number.
    /// A list of one element that asks for `${id}` has that element for each id.
    pub body: Option<Body>,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
    Get,
    /// POST, for what is asked with a body.
    Post,
    /// SEARCH.
    Search,
}

/// JSON with places in its texts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Body {
    /// true or false.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text with places.
    Text(Written<Template>),
    /// A list.
    List(Vec<Body>),
    /// An object.
    Object(IndexMap<String, Body>),
    /// null.
    Null(()),
}

/// What a parameter of a query is: one value, or a list of them, each of which is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// The values.
    pub each: Vec<Written<Template>>,
    /// Whether they were written as a list.
    pub listed: bool,
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Values;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a list of texts")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Values, E> {
                let one = Written::deserialize(text.into_deserializer())?;
                Ok(Values { each: vec![one], listed: false })
            }

            fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<Values, E> {
                self.visit_str(&truth.to_string())
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Values, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Values, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Values, A::Error> {
                let each = Vec::deserialize(SeqAccessDeserializer::new(list))?;
                Ok(Values { each, listed: true })
            }
        }
        from.deserialize_any(Either)
    }
}

impl JsonSchema for Values {
    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A text with places such as `${since}`, or a list of them: one parameter for each.",
            "anyOf": [
                { "type": ["string", "number", "boolean"] },
                { "type": "array", "items": { "type": ["string", "number", "boolean"] } },
            ],
        })
    }
}

impl Body {
    /// Whether it is a list that has its one element for each id.
    pub(super) fn is_for_each_id(&self) -> bool {
        let Body::List(items) = self else { return false };
        let mut templates = Vec::new();
        let [only] = items.as_slice() else { return false };
        only.templates(&mut templates);
        templates.iter().any(|template| template.names().any(|name| name == "id"))
    }

    /// Whether there is such a list anywhere in it.
    pub(super) fn holds_each_id(&self) -> bool {
        match self {
            Body::List(items) => self.is_for_each_id() || items.iter().any(Body::holds_each_id),
            Body::Object(members) => members.values().any(Body::holds_each_id),
            _ => false,
        }
    }

    /// Every text in it.
    pub(super) fn templates<'a>(&'a self, into: &mut Vec<&'a Template>) {
        match self {
            Body::Text(text) => into.push(text),
            Body::List(items) => items.iter().for_each(|item| item.templates(into)),
            Body::Object(members) => members.values().for_each(|member| member.templates(into)),
            Body::Bool(_) | Body::Number(_) | Body::Null(()) => {}
        }
    }
}

impl JsonSchema for Body {
    fn schema_name() -> Cow<'static, str> {
        "Body".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Any JSON, with places such as `${ids}` in its texts." })
    }
}

impl Request {
    /// Every template in it.
    pub(super) fn templates<'a>(&'a self, into: &mut Vec<&'a Template>) {
        into.push(&self.path);
        into.extend(self.query.values().flat_map(|values| &values.each).map(|value| &**value));
        into.extend(self.headers.values().map(|value| &**value));
        self.body.iter().for_each(|body| body.templates(into));
    }
}
