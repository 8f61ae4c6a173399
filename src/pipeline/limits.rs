//! May it run: what an operation asks for, counted with its fragments expanded and before anything is read.
//! Each fragment is weighed once, so that fragments within fragments cannot make the counting itself dear.

use std::collections::HashMap;

use async_graphql::parser::types::{
    ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, Value as Given, Variables};
use async_graphql_value::Value;

use super::fault::Fault;
use super::types::{Input, Shape, Types, named};
use crate::config::Limits;
use crate::error::Code;
use crate::graph::{DEFAULT_PAGE, LARGEST_PAGE};

/// How many items a plain list is taken to have; such lists are short by nature.
const PLAIN_LIST: u64 = 10;

/// What counting all of a list costs, and a condition on what stands at the other end of a relation. Both make
/// the store look at far more than comes back.
const TOTAL: &str = "totalCount";
const TOTAL_COST: u64 = 20;
const FILTER: &str = "filter";
const RELATION_COST: u64 = 50;

/// What asking sources costs, for each thing: its state goes with those of others in one call where the source takes
/// many ids; what is decided for a context is a call of its own.
const LIVE: &str = "live";
const LIVE_COST: u64 = 20;
const EVALUATE: &str = "evaluate";
const EVALUATE_COST: u64 = 100;

/// What it costs to measure something: each result, and each part of it that is read apart, is a statement or several over
/// sums of facts or over all things of a window, however little comes back. By the type that a field answers with.
const MEASURED: [&str; 8] = [
    "KpiResult",
    "KpiPart",
    "KpiRow",
    "KpiComparison",
    "KpiFreshness",
    "KpiLineageConnection",
    "HandoffMap",
    "FatigueConnection",
];
const MEASURED_COST: u64 = 500;
/// The filter by which measures are chosen by what they came to, so that all of them are computed.
const BY_STATUS: &str = "KpiStatusFilter";
/// Whether a variant wears out is read for all variants of a level at once, from the facts of each.
const FATIGUE: &str = "Fatigue";
const FATIGUE_COST: u64 = 20;

/// How many fields introspection may name, how deep it may go, and how deep lists of fields and types may
/// stand within each other there. What tools ask needs about 230, fourteen and two.
const INTROSPECTION_FIELDS: u64 = 400;
const INTROSPECTION_DEPTH: u64 = 20;
const INTROSPECTION_LISTS: u64 = 2;

/// What a selection asks for.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    /// Fields at its top.
    fields: u64,
    /// Values and things that can come back.
    cost: u64,
    /// What comes once for a list, however long its page is.
    once: u64,
    /// Fields within fields.
    depth: u64,
    aliases: u64,
    directives: u64,
    /// The same below `__schema` and `__type`, where lists cannot be paged.
    inner_fields: u64,
    inner_depth: u64,
    inner_lists: u64,
}

impl Weight {
    fn add(&mut self, other: Weight) {
        self.fields = self.fields.saturating_add(other.fields);
        self.cost = self.cost.saturating_add(other.cost);
        self.once = self.once.saturating_add(other.once);
        self.depth = self.depth.max(other.depth);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.inner_fields = self.inner_fields.saturating_add(other.inner_fields);
        self.inner_depth = self.inner_depth.max(other.inner_depth);
        self.inner_lists = self.inner_lists.max(other.inner_lists);
    }
}

/// Refuses an operation that asks for more than one request may.
pub(super) fn check(
    limits: &Limits,
    types: &Types,
    document: &ExecutableDocument,
    operation: &Positioned<OperationDefinition>,
    variables: &Variables,
) -> Result<(), Fault> {
    let mut scale = Scale { types, document, operation: &operation.node, variables, weighed: HashMap::new() };
    let root = scale.root();
    let mut weight = scale.selection(&operation.node.selection_set.node, root)?;
    weight.directives = weight.directives.saturating_add(count(operation.node.directives.len()));
    let at = Some(operation.pos);
    for (name, found, allowed) in [
        ("root fields", weight.fields, count(limits.root_fields)),
        ("aliases", weight.aliases, count(limits.aliases)),
        ("directives", weight.directives, count(limits.directives)),
        ("depth", weight.depth, count(limits.depth)),
        ("introspection fields", weight.inner_fields, INTROSPECTION_FIELDS),
        ("introspection depth", weight.inner_depth, INTROSPECTION_DEPTH),
        ("introspection lists", weight.inner_lists, INTROSPECTION_LISTS),
        ("cost", weight.cost, limits.cost),
    ] {
        if found > allowed {
            return Err(Fault::limit(name, found, allowed, at));
        }
    }
    Ok(())
}

/// Where the document asks for the schema, if it does.
pub(super) fn introspects(document: &ExecutableDocument) -> Option<Pos> {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    operations.chain(fragments).find_map(asks_for_schema)
}

fn asks_for_schema(set: &SelectionSet) -> Option<Pos> {
    set.items.iter().find_map(|selection| match &selection.node {
        Selection::Field(field) => match field.node.name.node.as_str() {
            "__schema" | "__type" | "_service" => Some(field.pos),
            _ => asks_for_schema(&field.node.selection_set.node),
        },
        Selection::InlineFragment(fragment) => asks_for_schema(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => None,
    })
}

/// The type whose fields a selection names; absent where it is unknown or introspection's own.
#[derive(Debug, Clone, Copy)]
enum Parent<'a> {
    Known(&'a str),
    Unknown,
    Introspection,
}

struct Scale<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// Each fragment's weight; nothing while it is being weighed.
    weighed: HashMap<&'a Name, Option<Weight>>,
}

impl<'a> Scale<'a> {
    fn root(&self) -> Parent<'a> {
        match self.operation.ty {
            OperationType::Mutation => Parent::Known("Mutation"),
            OperationType::Query | OperationType::Subscription => Parent::Known("Query"),
        }
    }

    fn selection(&mut self, set: &'a SelectionSet, parent: Parent<'a>) -> Result<Weight, Fault> {
        let mut weight = Weight::default();
        for selection in &set.items {
            let directives = count(selection.node.directives().len());
            let mut found = match &selection.node {
                Selection::Field(field) => self.field(&field.node, parent)?,
                Selection::InlineFragment(fragment) => {
                    let parent = match &fragment.node.type_condition {
                        Some(condition) => parent_of(&condition.node.on.node),
                        None => parent,
                    };
                    self.selection(&fragment.node.selection_set.node, parent)?
                }
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get_key_value(&spread.node.fragment_name.node) {
                        Some((name, fragment)) => self.fragment(name, fragment, spread.pos)?,
                        // Validation says so, with the name.
                        None => Weight::default(),
                    }
                }
            };
            found.directives = found.directives.saturating_add(directives);
            weight.add(found);
        }
        Ok(weight)
    }

    fn fragment(
        &mut self,
        name: &'a Name,
        fragment: &'a Positioned<FragmentDefinition>,
        at: Pos,
    ) -> Result<Weight, Fault> {
        match self.weighed.get(name) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => {
                return Err(Fault::document(
                    Code::GraphqlValidationFailed,
                    format!("The fragment `{name}` contains itself."),
                    Some(at),
                ));
            }
            None => {}
        }
        self.weighed.insert(name, None);
        let parent = parent_of(&fragment.node.type_condition.node.on.node);
        let mut weight = self.selection(&fragment.node.selection_set.node, parent)?;
        weight.directives = weight.directives.saturating_add(count(fragment.node.directives.len()));
        self.weighed.insert(name, Some(weight));
        Ok(weight)
    }

    fn field(&mut self, field: &'a Field, parent: Parent<'a>) -> Result<Weight, Fault> {
        let name = field.name.node.as_str();
        let starts = matches!(name, "__schema" | "__type");
        let shape = match parent {
            Parent::Known(parent) => self.types.field(parent, name),
            Parent::Unknown | Parent::Introspection => None,
        };
        let below = match (parent, shape) {
            _ if starts => Parent::Introspection,
            (Parent::Introspection, _) => Parent::Introspection,
            (_, Some(shape)) => Parent::Known(shape.of.as_str()),
            (_, None) => Parent::Unknown,
        };
        let inner = self.selection(&field.selection_set.node, below)?;
        let times = match shape {
            _ if field.selection_set.node.items.is_empty() => 0,
            Some(shape) if shape.paged => self.page(field),
            Some(shape) if shape.list => match parent {
                // The page was counted where the connection stands.
                Parent::Known(parent) if parent.ends_with("Connection") => 1,
                _ => self.listed(field).unwrap_or(PLAIN_LIST),
            },
            Some(_) => 1,
            None => self.listed(field).unwrap_or(1),
        };
        let mut weight = Weight {
            fields: 1,
            aliases: inner.aliases.saturating_add(u64::from(field.alias.is_some())),
            directives: inner.directives,
            ..Weight::default()
        };
        if matches!(parent, Parent::Introspection) || starts {
            let lists = matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes");
            weight.depth = u64::from(starts);
            weight.cost = u64::from(starts);
            weight.inner_fields = inner.inner_fields.saturating_add(u64::from(!starts));
            weight.inner_depth = inner.inner_depth.saturating_add(u64::from(!starts));
            weight.inner_lists = inner.inner_lists.saturating_add(u64::from(lists));
        } else {
            weight.depth = inner.depth.saturating_add(1);
            let below = inner.cost.saturating_mul(times).saturating_add(inner.once);
            (weight.cost, weight.once) = own_cost(parent, shape, field);
            weight.cost = weight.cost.saturating_add(below).saturating_add(self.conditions(shape, field));
            weight.inner_fields = inner.inner_fields;
            weight.inner_depth = inner.inner_depth;
            weight.inner_lists = inner.inner_lists;
        }
        Ok(weight)
    }

    /// How many items the page that a field asks for can have.
    fn page(&self, field: &Field) -> u64 {
        ["first", "last"]
            .into_iter()
            .find_map(|name| self.number(&field.get_argument(name)?.node))
            .unwrap_or(count(DEFAULT_PAGE))
            .min(count(LARGEST_PAGE))
    }

    /// How many items a list in the field's arguments has, such as `ids`: it answers with one each.
    fn listed(&self, field: &Field) -> Option<u64> {
        field.arguments.iter().filter_map(|(_, value)| self.length(&value.node)).max()
    }

    fn number(&self, value: &Value) -> Option<u64> {
        match value {
            Value::Number(number) => {
                Some(number.as_u64().unwrap_or_else(|| if number.is_f64() { count(LARGEST_PAGE) } else { 0 }))
            }
            Value::Variable(name) => self.number(&self.variable(name)?.into_value()),
            _ => None,
        }
    }

    fn length(&self, value: &Value) -> Option<u64> {
        match value {
            Value::List(items) => Some(count(items.len())),
            Value::Variable(name) => match self.variables.get(name) {
                Some(Given::List(items)) => Some(count(items.len())),
                _ => None,
            },
            _ => None,
        }
    }

    /// What the field's filter costs: each condition, and more for each that looks at other things.
    fn conditions(&self, shape: Option<&Shape>, field: &Field) -> u64 {
        let Some(ty) = shape.and_then(|shape| shape.filter.as_ref()) else { return 0 };
        let Some(given) = field.get_argument(FILTER) else { return 0 };
        if ty == BY_STATUS {
            return PLAIN_LIST.saturating_mul(MEASURED_COST);
        }
        let given =
            given.node.clone().into_const_with(|name| Ok::<_, ()>(self.variable(&name).unwrap_or_default()));
        given.map_or(0, |given| self.condition(ty, &given))
    }

    fn condition(&self, ty: &Name, given: &Given) -> u64 {
        match (self.types.input(ty), given) {
            (_, Given::List(items)) => {
                items.iter().fold(0, |sum, item| sum.saturating_add(self.condition(ty, item)))
            }
            (Some(Input::Object(members)), Given::Object(values)) => {
                values.iter().fold(0, |sum, (name, value)| {
                    let of = members.get(name).map(|member| named(&member.ty));
                    let own = match (name.as_str(), of) {
                        ("and" | "or" | "not", _) => 0,
                        ("some" | "none", _) => RELATION_COST,
                        (_, Some(of)) if self.types.is_filter(of) => RELATION_COST,
                        (_, Some(of)) if self.types.is_list_filter(of) => 0,
                        // The words of a condition, such as `eq`, are weighed where it stands.
                        _ => 1,
                    };
                    let within = match of {
                        Some(of) if self.types.is_filter(of) || self.types.is_list_filter(of) => {
                            self.condition(of, value)
                        }
                        _ => 0,
                    };
                    sum.saturating_add(own).saturating_add(within)
                })
            }
            _ => 0,
        }
    }

    fn variable(&self, name: &Name) -> Option<Given> {
        self.variables.get(name).cloned().or_else(|| {
            let definition = self
                .operation
                .variable_definitions
                .iter()
                .find(|definition| definition.node.name.node == *name)?;
            definition.node.default_value().cloned()
        })
    }
}

/// What a field costs by itself, for each item and once for its list: the frame of a page, such as `edges` and
/// `node`, brings nothing, and counting all of a list reads more than it brings.
fn own_cost(parent: Parent<'_>, shape: Option<&Shape>, field: &Field) -> (u64, u64) {
    let Parent::Known(parent) = parent else { return (1, 0) };
    let of = shape.map_or("", |shape| shape.of.as_str());
    let (page, edge) = (parent.ends_with("Connection"), parent.ends_with("Edge"));
    match field.selection_set.node.items.is_empty() {
        true if page && field.name.node == TOTAL => (0, TOTAL_COST),
        false if page || edge => (0, 0),
        false if MEASURED.contains(&of) => (MEASURED_COST, 0),
        false if of == FATIGUE => (FATIGUE_COST, 0),
        false if field.name.node == LIVE => (LIVE_COST, 0),
        false if field.name.node == EVALUATE => (EVALUATE_COST, 0),
        _ => (1, 0),
    }
}

fn parent_of(name: &Name) -> Parent<'_> {
    if name.starts_with("__") { Parent::Introspection } else { Parent::Known(name.as_str()) }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
