//! Whether the variables of an operation fit where they stand, by the specification's rule (All Variable Usages Are
//! Allowed). The library asks it of hardly any place; and only a value that was judged as what its place takes may
//! be used without being validated again.

use std::collections::HashSet;

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet, Type,
};
use async_graphql::{Name, Pos, Positioned, ServerError, Value as Given};
use async_graphql_value::Value;

use super::fault::{Fault, error};
use super::types::{Input, Member, Types};
use crate::error::Code;

/// Refuses an operation with a variable that does not fit where it stands. Fragments must not contain themselves.
pub(super) fn check(
    types: &Types,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
) -> Result<(), Fault> {
    if operation.variable_definitions.is_empty() {
        return Ok(());
    }
    // What `@include` and `@skip` take.
    let condition = Type { base: BaseType::Named(Name::new("Boolean")), nullable: false };
    let mut walk = Walk { types, document, operation, condition, seen: HashSet::new(), errors: Vec::new() };
    walk.directives(&operation.directives);
    let root = match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    walk.selection(&operation.selection_set.node, Some(root));
    if walk.errors.is_empty() { Ok(()) } else { Err(Fault::documents(walk.errors)) }
}

struct Walk<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    condition: Type,
    /// The fragments that have been looked at.
    seen: HashSet<&'a Name>,
    errors: Vec<ServerError>,
}

impl<'a> Walk<'a> {
    /// What is not known of the schema is left to validation.
    fn selection(&mut self, set: &'a SelectionSet, parent: Option<&'a str>) {
        for selection in &set.items {
            self.directives(selection.node.directives());
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, parent),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map(|condition| condition.node.on.node.as_str());
                    self.selection(&fragment.node.selection_set.node, on.or(parent));
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.seen.insert(name)
                    {
                        self.directives(&fragment.node.directives);
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.selection(&fragment.node.selection_set.node, Some(on));
                    }
                }
            }
        }
    }

    fn field(&mut self, field: &'a Field, parent: Option<&'a str>) {
        let shape = parent.and_then(|parent| self.types.field(parent, field.name.node.as_str()));
        for (name, value) in &field.arguments {
            if let Some(place) = shape.and_then(|shape| shape.arguments.get(&name.node)) {
                self.member(place, &value.node, value.pos);
            }
        }
        self.selection(&field.selection_set.node, shape.map(|shape| shape.of.as_str()));
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        for directive in directives {
            if let "include" | "skip" = directive.node.name.node.as_str()
                && let Some(value) = directive.node.get_argument("if")
                && let Value::Variable(variable) = &value.node
            {
                let condition = self.condition.clone();
                self.variable(&condition, false, variable, value.pos);
            }
        }
    }

    fn member(&mut self, place: &Member, value: &Value, at: Pos) {
        // What must not be null and can be left out has a value of its own.
        let has_default = place.optional && !place.ty.nullable;
        match value {
            Value::Variable(variable) => self.variable(&place.ty, has_default, variable, at),
            value => self.value(&place.ty, value, at),
        }
    }

    fn value(&mut self, ty: &Type, value: &Value, at: Pos) {
        match (&ty.base, value) {
            (_, Value::Variable(variable)) => self.variable(ty, false, variable, at),
            (BaseType::List(of), Value::List(items)) => {
                items.iter().for_each(|item| self.value(of, item, at));
            }
            (BaseType::List(of), one) => self.value(of, one, at),
            (BaseType::Named(name), Value::Object(values)) => {
                let types = self.types;
                let Some(Input::Object(members)) = types.input(name) else { return };
                for (name, value) in values {
                    if let Some(member) = members.get(name) {
                        self.member(member, value, at);
                    }
                }
            }
            (BaseType::Named(_), _) => {}
        }
    }

    /// A variable that is not declared is left to validation.
    fn variable(&mut self, place: &Type, place_has_default: bool, variable: &Name, at: Pos) {
        let mut declared = self.operation.variable_definitions.iter();
        let Some(declared) = declared.find(|declared| declared.node.name.node == *variable) else { return };
        let has_default = place_has_default
            || declared.node.default_value.as_ref().is_some_and(|value| value.node != Given::Null);
        let ty = &declared.node.var_type.node;
        let fits = match place.nullable || !ty.nullable || !has_default {
            true => fits(ty, place),
            false => fits(ty, &Type { nullable: true, ..place.clone() }),
        };
        if !fits {
            let message =
                format!("The variable `${variable}` of type {ty} cannot stand where {place} is wanted.");
            self.errors.push(error(Code::GraphqlValidationFailed, message, Some(at)));
        }
    }
}

/// Whether every value of one type is one of the other.
fn fits(ty: &Type, place: &Type) -> bool {
    (place.nullable || !ty.nullable)
        && match (&ty.base, &place.base) {
            (BaseType::List(ty), BaseType::List(place)) => fits(ty, place),
            (BaseType::Named(ty), BaseType::Named(place)) => ty == place,
            _ => false,
        }
}
