//! The input types of filters: the comparisons that fit each kind of value, and a filter for each noun.

use async_graphql::registry::{MetaInputValue, Registry};

use super::meta::{input, input_object};
use super::types::kind_type;
use crate::catalogue::{self, Edge, Entry, Kind, Target, choices};

/// Adds the filters that all nouns share.
pub(super) fn register(registry: &mut Registry) {
    for kind in
        [Kind::Text, Kind::Int, Kind::BigInt, Kind::Float, Kind::Bool, Kind::Time, Kind::Date, Kind::Money]
    {
        let ty = kind_type(kind);
        comparisons(registry, &filter_name(kind), &ty, kind);
    }
    comparisons(registry, "IDFilter", "ID", Kind::Bool);
    lists(registry, "StringListFilter", "String");
    for choice in choices::ALL {
        comparisons(registry, &format!("{}Filter", choice.name), choice.name, Kind::Bool);
        lists(registry, &format!("{}ListFilter", choice.name), choice.name);
    }
    input_object(
        registry,
        "NodeFilter",
        "Conditions on something of any type; `{}` means that there is something.",
        vec![
            input("type", "[NodeType!]", "It is of one of these types."),
            input("id", "[ID!]", "It is one of these."),
            input("isNull", "Boolean", "Whether there is nothing."),
        ],
    );
    input_object(
        registry,
        "LiveFilter",
        "Live at a moment: begun, not over, neither paused nor cancelled.",
        vec![input("at", "DateTime", "The moment; without it, now.")],
    );
}

fn comparisons(registry: &mut Registry, name: &str, ty: &str, kind: Kind) {
    let list = format!("[{ty}!]");
    let mut fields = vec![
        input("eq", ty, "Is this."),
        input("ne", ty, "Is known and not this."),
        input("in", &list, "Is one of these."),
        input("notIn", &list, "Is known and none of these."),
    ];
    if matches!(kind, Kind::Int | Kind::BigInt | Kind::Float | Kind::Time | Kind::Date | Kind::Money) {
        fields.push(input("lt", ty, "Is less, or before."));
        fields.push(input("lte", ty, "Is at most, or not after."));
        fields.push(input("gt", ty, "Is more, or after."));
        fields.push(input("gte", ty, "Is at least, or not before."));
    }
    if matches!(kind, Kind::Text) {
        fields.push(input("contains", ty, "Contains this, letter by letter; `search` is more forgiving."));
        fields.push(input("startsWith", ty, "Starts with this, letter by letter."));
    }
    fields.push(input("isNull", "Boolean", "Whether nothing is known."));
    let doc = format!(
        "Conditions on a {ty}; all that are given must hold. What is not known fits none but `isNull`."
    );
    input_object(registry, name, &doc, fields);
}

fn lists(registry: &mut Registry, name: &str, ty: &str) {
    let fields = vec![
        input("has", ty, "Has this."),
        input("hasAny", &format!("[{ty}!]"), "Has one of these."),
        input("hasAll", &format!("[{ty}!]"), "Has all of these."),
        input("isEmpty", "Boolean", "Whether there are none."),
    ];
    input_object(
        registry,
        name,
        &format!("Conditions on a list of {ty}; all that are given must hold."),
        fields,
    );
}

fn filter_name(kind: Kind) -> String {
    match kind {
        Kind::Choice(choice) => format!("{}Filter", choice.name),
        Kind::Choices(choice) => format!("{}ListFilter", choice.name),
        Kind::Texts => "StringListFilter".to_owned(),
        kind => format!("{}Filter", kind_type(kind)),
    }
}

/// Adds the filter of one noun.
pub(super) fn register_noun(registry: &mut Registry, entry: &'static Entry) {
    let noun = &entry.noun;
    let own = format!("{}Filter", noun.name);
    let mut fields = vec![
        input("and", &format!("[{own}!]"), "All of these hold."),
        input("or", &format!("[{own}!]"), "At least one of these holds; an empty list holds of nothing."),
        input("not", &own, "This does not hold."),
        input("id", "IDFilter", "Conditions on the id."),
    ];
    for field in &noun.fields {
        fields.push(input(
            &field.name,
            &filter_name(field.kind),
            &format!("Conditions on `{}`.", field.name),
        ));
    }
    for edge in &entry.edges {
        fields.push(edge_input(edge));
    }
    fields.extend(special_inputs(noun.name));
    let doc =
        format!("What must hold of {}; all that is given must hold, `{{}}` holds of each.", noun.plural);
    input_object(registry, &own, &doc, fields);
    let list = vec![
        input("some", &own, "There is at least one of which this holds."),
        input("none", &own, "There is none of which this holds; `{}` means that there are none at all."),
    ];
    let doc = format!("What must hold of the {} at the other end.", noun.plural);
    input_object(registry, &format!("{}ListFilter", noun.name), &doc, list);
}

fn edge_input(edge: &Edge) -> MetaInputValue {
    let doc = format!("Conditions on `{}`.", edge.field);
    let target = match edge.target {
        Target::Noun(code) => catalogue::by_code(code),
        Target::Any => None,
    };
    match target {
        Some(target) if edge.is_single() => {
            let doc = format!("Conditions on `{}`; `{{}}` means that there is one.", edge.field);
            input(edge.field, &format!("{}Filter", target.noun.name), &doc)
        }
        Some(target) => input(edge.field, &format!("{}ListFilter", target.noun.name), &doc),
        None => input(edge.field, "NodeFilter", &doc),
    }
}

fn special_inputs(noun: &str) -> Vec<MetaInputValue> {
    match noun {
        "Asset" => vec![input(
            "rightsEndBefore",
            "DateTime",
            "It has permissions, its own or those of what it derives from, and all of them end before this moment.",
        )],
        "Concept" => {
            vec![input("within", "[ID!]", "It is one of these concepts, or narrower than one, however deep.")]
        }
        "Delivery" | "Experience" => {
            vec![input("live", "LiveFilter", "It is live by its own times and status.")]
        }
        "Usage" => {
            vec![input(
                "live",
                "LiveFilter",
                "It is live itself, and so is the delivery or experience it is used in.",
            )]
        }
        _ => Vec::new(),
    }
}
