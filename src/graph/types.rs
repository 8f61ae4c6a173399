//! The types of the schema, made from the catalogue: an object, a connection, a filter and an order for each noun.

use async_graphql::Value;
use async_graphql::registry::{MetaField, MetaInputValue, Registry};
use heck::ToShoutySnakeCase;

use super::filter_types;
use super::live;
use super::meta::{enumeration, field, field_with, input, input_object, input_or, interface, object, scalar};
use super::own::Own;
use crate::catalogue::{self, CATALOGUE, Edge, Entry, Kind, Target, choices};
use crate::clock;

/// The page sizes of every list: what comes when nothing is said, and the most that may be asked for.
pub const DEFAULT_PAGE: usize = 20;
/// The most rows of one list in one answer.
pub const LARGEST_PAGE: usize = 100;

/// The name of a field as an enum value, such as `START_TIME`.
pub(super) fn enum_name(name: &str) -> String {
    name.to_shouty_snake_case()
}

/// The type of a field's values.
pub(super) fn kind_type(kind: Kind) -> String {
    match kind {
        Kind::Text => "String".to_owned(),
        Kind::Int => "Int".to_owned(),
        Kind::BigInt => "BigInt".to_owned(),
        Kind::Float => "Float".to_owned(),
        Kind::Bool => "Boolean".to_owned(),
        Kind::Time => "DateTime".to_owned(),
        Kind::Date => "Date".to_owned(),
        Kind::Money => "Decimal".to_owned(),
        Kind::Texts => "[String!]".to_owned(),
        Kind::Choice(choice) => choice.name.to_owned(),
        Kind::Choices(choice) => format!("[{}!]", choice.name),
    }
}

/// Adds every type that the catalogue describes.
pub(super) fn register(registry: &mut Registry) {
    scalars(registry);
    for choice in choices::ALL {
        let values: Vec<(String, String)> =
            choice.values.iter().map(|(value, doc)| ((*value).to_owned(), (*doc).to_owned())).collect();
        enumeration(registry, choice.name, choice.doc, &values);
    }
    let types: Vec<(String, String)> =
        CATALOGUE.iter().map(|entry| (enum_name(entry.noun.name), entry.noun.doc.to_owned())).collect();
    enumeration(registry, "NodeType", "The types of the graph that have ids.", &types);
    enumeration(
        registry,
        "OrderDirection",
        "Which end of an order comes first. What is not known comes last either way.",
        &[
            ("ASC".to_owned(), "The smallest, the earliest, A first.".to_owned()),
            ("DESC".to_owned(), "The greatest, the latest, Z first.".to_owned()),
        ],
    );
    filter_types::register(registry);
    live::register(registry);
    for entry in CATALOGUE.iter() {
        noun(registry, entry);
    }
    let names: Vec<&str> = CATALOGUE.iter().map(|entry| entry.noun.name).collect();
    interface(
        registry,
        "Node",
        "Anything in the graph that has an id of its own.",
        vec![
            field("id", "ID!", "The global id: opaque, and the same for ever."),
            external_ids(),
            conflicts(),
            field("createdAt", "DateTime!", "When Weft first learnt of it. Never used for a measure."),
            field(
                "updatedAt",
                "DateTime!",
                "When Weft last learnt something new of it. Never used for a measure.",
            ),
        ],
        &names,
    );
    connection(registry, "Node", "Node", false);
    for entry in CATALOGUE.iter() {
        registry.add_keys(entry.noun.name, "id");
    }
}

fn external_ids() -> MetaField {
    field("externalIds", "[ExternalId!]", "Who it is in each source that knows it; null only with an error.")
}

fn conflicts() -> MetaField {
    field(
        "conflicts",
        "[FieldConflict!]",
        "What its sources disagree on, field by field; empty where they agree or only one knows it. Null only with an error.",
    )
}

fn noun(registry: &mut Registry, entry: &'static Entry) {
    let noun = &entry.noun;
    let mut fields = vec![
        field("id", "ID!", "The global id: opaque, and the same for ever."),
        external_ids(),
        conflicts(),
    ];
    for member in &noun.fields {
        let required = member.required || member.kind.is_list();
        let ty = format!("{}{}", kind_type(member.kind), if required { "!" } else { "" });
        let ty = Own::of(entry, &member.name).and_then(Own::in_place).map_or(ty, str::to_owned);
        fields.push(field(&member.name, &ty, member.doc));
    }
    for edge in &entry.edges {
        fields.push(edge_field(edge));
        if edge.valid {
            connection(registry, &edge_types(entry, edge), target_name(edge), true);
        }
    }
    fields.extend(live::live_field(noun.name));
    fields.extend(Own::fields(noun.name));
    object(registry, noun.name, noun.doc, fields, false);
    connection(registry, noun.name, noun.name, false);
    filter_types::register_noun(registry, entry);
    let orders: Vec<(String, String)> = noun
        .fields
        .iter()
        .filter(|member| member.kind.orders())
        .map(|member| (enum_name(&member.name), format!("By `{}`.", member.name)))
        .collect();
    enumeration(
        registry,
        &format!("{}OrderField", noun.name),
        &format!("What {} can be ordered by.", noun.plural),
        &orders,
    );
    input_object(
        registry,
        &format!("{}Order", noun.name),
        &format!(
            "The order of {}; what is equal keeps the order of ids, what is not known comes last.",
            noun.plural
        ),
        vec![
            input("field", &format!("{}OrderField!", noun.name), "What to order by."),
            input_or("direction", "OrderDirection!", "ASC", "Which end comes first."),
        ],
    );
}

fn target_name(edge: &Edge) -> &'static str {
    match edge.target {
        Target::Noun(code) => catalogue::by_code(code).map_or("Node", |entry| entry.noun.name),
        Target::Any => "Node",
    }
}

/// The stem of the names of an edge's connection types; edges with a validity have types of their own.
pub(super) fn edge_types(entry: &Entry, edge: &Edge) -> String {
    if edge.valid {
        let mut field = edge.field.chars();
        let first = field.next().map(|first| first.to_ascii_uppercase()).into_iter();
        format!("{}{}", entry.noun.name, first.chain(field).collect::<String>())
    } else {
        target_name(edge).to_owned()
    }
}

fn edge_field(edge: &Edge) -> MetaField {
    let target = target_name(edge);
    if edge.is_single() {
        return field(edge.field, target, &edge.doc);
    }
    let doc = format!("{} Null only with an error.", edge.doc);
    if edge.plain {
        return field(edge.field, &format!("[{target}!]"), &doc);
    }
    let holder = edge.relation;
    let stem = if edge.valid {
        let (name, _) =
            if edge.forward { holder.from } else { holder.to }.split_once('.').unwrap_or_default();
        catalogue::by_name(name).map_or_else(String::new, |entry| edge_types(entry, edge))
    } else {
        target.to_owned()
    };
    let args = match edge.target {
        Target::Noun(_) => list_arguments(target),
        Target::Any => any_arguments(),
    };
    field_with(edge.field, &format!("{stem}Connection"), &doc, args)
}

fn page_arguments() -> Vec<MetaInputValue> {
    vec![
        input(
            "first",
            "Int",
            "How many from the front: at most 100, 20 if neither this nor `last` is given.",
        ),
        input("after", "String", "Only what stands after this cursor."),
        input("last", "Int", "How many from the back: at most 100. Not together with `first`."),
        input("before", "String", "Only what stands before this cursor."),
    ]
}

/// The arguments of a list of one noun.
pub(super) fn list_arguments(noun: &str) -> Vec<MetaInputValue> {
    let mut args = page_arguments();
    args.push(input("filter", &format!("{noun}Filter"), "What must hold of those listed."));
    args.push(input(
        "orderBy",
        &format!("{noun}Order"),
        "Their order; without it, the order in which Weft learnt of them.",
    ));
    args
}

/// The arguments of a list of any type.
pub(super) fn any_arguments() -> Vec<MetaInputValue> {
    let mut args = page_arguments();
    args.push(input("types", "[NodeType!]", "Only these types."));
    args
}

fn connection(registry: &mut Registry, stem: &str, node: &str, valid: bool) {
    let mut edge = vec![
        field("cursor", "String!", "The place of this edge in the list, for `after` and `before`."),
        field("node", &format!("{node}!"), "What stands here."),
    ];
    if valid {
        edge.push(field(
            "validFrom",
            "DateTime",
            "From when the edge holds, inclusive; absent means since ever.",
        ));
        edge.push(field(
            "validTo",
            "DateTime",
            "Until when the edge holds, exclusive; absent means for ever.",
        ));
    }
    object(registry, &format!("{stem}Edge"), &format!("One place in a list of {node}."), edge, false);
    object(
        registry,
        &format!("{stem}Connection"),
        &format!("A page of a list of {node}."),
        vec![
            field("edges", &format!("[{stem}Edge!]!"), "The page, in the order of the list."),
            field("pageInfo", "PageInfo!", "Where the page stands in the list."),
            field("totalCount", "Int", "How many there are on all pages; counted only when it is asked for."),
        ],
        false,
    );
}

fn scalars(registry: &mut Registry) {
    scalar(
        registry,
        "DateTime",
        "A moment, written as RFC 3339; answers are in UTC, such as `2026-05-01T12:00:00Z`.",
        Some("https://scalars.graphql.org/andimarek/date-time"),
        |value| matches!(value, Value::String(text) if clock::read(text).is_some()),
    );
    scalar(
        registry,
        "Date",
        "A day, written as `2026-05-01`.",
        Some("https://scalars.graphql.org/andimarek/local-date"),
        |value| matches!(value, Value::String(text) if text.parse::<chrono::NaiveDate>().is_ok()),
    );
    scalar(
        registry,
        "BigInt",
        "A whole number of up to 64 bits, written as a JSON number.",
        None,
        |value| matches!(value, Value::Number(number) if number.is_i64()),
    );
    scalar(
        registry,
        "Decimal",
        "An amount of money in the currency beside it, written as a JSON number with at most six decimals, such as `4.2`.",
        None,
        |value| matches!(value, Value::Number(_)),
    );
}
