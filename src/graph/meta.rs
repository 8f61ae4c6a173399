//! Short ways to write the registry's entries. async-graphql shows its registry to derive macros and not in
//! its documentation, so all that Weft uses of it stands in this file, under the exact version pinned.

use async_graphql::Value;
use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaField, MetaInputValue, MetaType, Registry};

/// An argument or the field of an input object: its name, type and description.
pub(super) fn input(name: &str, ty: &str, doc: &str) -> MetaInputValue {
    MetaInputValue {
        name: name.to_owned(),
        description: Some(doc.to_owned()),
        ty: ty.to_owned(),
        deprecation: Deprecation::NoDeprecated,
        default_value: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        is_secret: false,
        directive_invocations: Vec::new(),
    }
}

/// The same with a default, written as GraphQL writes it.
pub(super) fn input_or(name: &str, ty: &str, default: &str, doc: &str) -> MetaInputValue {
    MetaInputValue { default_value: Some(default.to_owned()), ..input(name, ty, doc) }
}

/// A field: its name, type and description.
pub(super) fn field(name: &str, ty: &str, doc: &str) -> MetaField {
    field_with(name, ty, doc, Vec::new())
}

/// The same with arguments.
pub(super) fn field_with(name: &str, ty: &str, doc: &str, args: Vec<MetaInputValue>) -> MetaField {
    MetaField {
        name: name.to_owned(),
        description: Some(doc.to_owned()),
        args: args.into_iter().map(|arg| (arg.name.clone(), arg)).collect(),
        ty: ty.to_owned(),
        deprecation: Deprecation::NoDeprecated,
        cache_control: Default::default(),
        external: false,
        requires: None,
        provides: None,
        visible: None,
        shareable: false,
        inaccessible: false,
        tags: Vec::new(),
        override_from: None,
        compute_complexity: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

fn by_name(fields: Vec<MetaField>) -> IndexMap<String, MetaField> {
    fields.into_iter().map(|field| (field.name.clone(), field)).collect()
}

/// Adds an object type. `shareable` ones may be resolved by other subgraphs too.
pub(super) fn object(
    registry: &mut Registry,
    name: &str,
    doc: &str,
    fields: Vec<MetaField>,
    shareable: bool,
) {
    registry.types.insert(
        name.to_owned(),
        MetaType::Object {
            name: name.to_owned(),
            description: Some(doc.to_owned()),
            fields: by_name(fields),
            cache_control: Default::default(),
            extends: false,
            shareable,
            resolvable: true,
            keys: None,
            visible: None,
            inaccessible: false,
            interface_object: false,
            tags: Vec::new(),
            is_subscription: false,
            rust_typename: None,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
    );
}

/// Adds an interface that these types implement.
pub(super) fn interface(
    registry: &mut Registry,
    name: &str,
    doc: &str,
    fields: Vec<MetaField>,
    types: &[&str],
) {
    registry.types.insert(
        name.to_owned(),
        MetaType::Interface {
            name: name.to_owned(),
            description: Some(doc.to_owned()),
            fields: by_name(fields),
            possible_types: types.iter().map(|ty| (*ty).to_owned()).collect(),
            extends: false,
            keys: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: None,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
    );
    for ty in types {
        registry.add_implements(ty, name);
    }
}

/// Adds an enum.
pub(super) fn enumeration(registry: &mut Registry, name: &str, doc: &str, values: &[(String, String)]) {
    let value = |(name, doc): &(String, String)| {
        let value = MetaEnumValue {
            name: name.clone(),
            description: Some(doc.clone()),
            deprecation: Deprecation::NoDeprecated,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            directive_invocations: Vec::new(),
        };
        (name.clone(), value)
    };
    registry.types.insert(
        name.to_owned(),
        MetaType::Enum {
            name: name.to_owned(),
            description: Some(doc.to_owned()),
            enum_values: values.iter().map(value).collect(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: None,
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
    );
}

/// Adds an input object.
pub(super) fn input_object(registry: &mut Registry, name: &str, doc: &str, fields: Vec<MetaInputValue>) {
    registry.types.insert(
        name.to_owned(),
        MetaType::InputObject {
            name: name.to_owned(),
            description: Some(doc.to_owned()),
            input_fields: fields.into_iter().map(|field| (field.name.clone(), field)).collect(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: None,
            oneof: false,
            directive_invocations: Vec::new(),
        },
    );
}

/// Adds a scalar with the specification it follows and the check of values that clients send.
pub(super) fn scalar(
    registry: &mut Registry,
    name: &str,
    doc: &str,
    url: Option<&str>,
    valid: fn(&Value) -> bool,
) {
    registry.types.insert(
        name.to_owned(),
        MetaType::Scalar {
            name: name.to_owned(),
            description: Some(doc.to_owned()),
            is_valid: Some(std::sync::Arc::new(valid)),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            specified_by_url: url.map(str::to_owned),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        },
    );
}
