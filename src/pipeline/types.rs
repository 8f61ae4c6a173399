//! What the pipeline knows of the schema, read from its SDL: which fields are lists and pages, and what
//! variables may hold. Read from the text so that it holds for any schema that is published as one.

use std::collections::{HashMap, HashSet};

use async_graphql::Name;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};

use crate::error::Error;

/// The types of the schema.
#[derive(Debug)]
pub(super) struct Types {
    /// The fields of each object and interface.
    fields: HashMap<Name, HashMap<Name, Shape>>,
    /// What each input type holds. Built-in scalars are known without standing here.
    inputs: HashMap<Name, Input>,
}

/// What a field answers with.
#[derive(Debug)]
pub(super) struct Shape {
    /// The type of one thing.
    pub(super) of: Name,
    /// Whether it is a list of them.
    pub(super) list: bool,
    /// Whether `first` and `last` say how many.
    pub(super) paged: bool,
    /// The type of its argument `filter`, where it has one.
    pub(super) filter: Option<Name>,
    /// Its arguments.
    pub(super) arguments: HashMap<Name, Member>,
}

/// What an input type holds.
#[derive(Debug)]
pub(super) enum Input {
    /// Something that only its own type can judge.
    Scalar,
    /// One of these words.
    Enum(HashSet<Name>),
    /// An object with these members.
    Object(HashMap<Name, Member>),
}

/// A member of an input object, or an argument.
#[derive(Debug)]
pub(super) struct Member {
    /// Its type.
    pub(super) ty: Type,
    /// Whether it can be left out.
    pub(super) optional: bool,
}

impl Types {
    /// Reads them from the SDL.
    pub(super) fn read(sdl: &str) -> Result<Self, Error> {
        let document = parse_schema(sdl)
            .map_err(|error| Error::broken(format!("the schema's own SDL cannot be read: {error}")))?;
        let mut types = Types { fields: HashMap::new(), inputs: HashMap::new() };
        for definition in document.definitions {
            if let TypeSystemDefinition::Type(definition) = definition {
                types.add(definition.node);
            }
        }
        Ok(types)
    }

    fn add(&mut self, definition: TypeDefinition) {
        let name = definition.name.node;
        match definition.kind {
            TypeKind::Object(object) => {
                let fields = object.fields.into_iter().map(|field| shape(field.node));
                self.fields.entry(name).or_default().extend(fields);
            }
            TypeKind::Interface(interface) => {
                let fields = interface.fields.into_iter().map(|field| shape(field.node));
                self.fields.entry(name).or_default().extend(fields);
            }
            TypeKind::Enum(words) => {
                let words = words.values.into_iter().map(|word| word.node.value.node).collect();
                self.inputs.insert(name, Input::Enum(words));
            }
            TypeKind::InputObject(object) => {
                let members = object.fields.into_iter().map(|field| member(field.node)).collect();
                self.inputs.insert(name, Input::Object(members));
            }
            TypeKind::Scalar => {
                self.inputs.insert(name, Input::Scalar);
            }
            TypeKind::Union(_) => {}
        }
    }

    /// What `field` of `parent` answers with.
    pub(super) fn field(&self, parent: &str, field: &str) -> Option<&Shape> {
        self.fields.get(parent)?.get(field)
    }

    /// Whether an input type is a filter over things: conditions can be put together in it.
    pub(super) fn is_filter(&self, name: &str) -> bool {
        matches!(self.input(name), Some(Input::Object(members)) if members.contains_key("and"))
    }

    /// Whether an input type says of how many things at the other end of a relation a filter must hold.
    pub(super) fn is_list_filter(&self, name: &str) -> bool {
        matches!(self.input(name), Some(Input::Object(members))
            if members.get("some").is_some_and(|some| self.is_filter(named(&some.ty))))
    }

    /// What the input type of this name holds.
    pub(super) fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.get(name)
    }
}

fn shape(field: FieldDefinition) -> (Name, Shape) {
    let takes = |name: &str| field.arguments.iter().any(|argument| argument.node.name.node == name);
    let paged = takes("first") || takes("last");
    let list = matches!(field.ty.node.base, BaseType::List(_));
    let of = named(&field.ty.node).clone();
    let filter = field.arguments.iter().find(|argument| argument.node.name.node == "filter");
    let filter = filter.map(|filter| named(&filter.node.ty.node).clone());
    let arguments = field.arguments.into_iter().map(|argument| member(argument.node)).collect();
    (field.name.node, Shape { of, list, paged, filter, arguments })
}

/// The name of the type, of which there may be a list.
pub(super) fn named(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

fn member(value: InputValueDefinition) -> (Name, Member) {
    let optional = value.ty.node.nullable || value.default_value.is_some();
    (value.name.node, Member { ty: value.ty.node, optional })
}
