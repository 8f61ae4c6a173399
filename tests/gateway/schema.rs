//! The schema: what is published, that everything in it is described, and that the catalogue fits the store.

use async_graphql::parser::types::{ServiceDocument, TypeKind, TypeSystemDefinition};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use weft::catalogue::{CATALOGUE, Way};
use weft::store::Dialect;

use crate::support::both;

const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");

#[test]
fn the_published_schema_is_the_one_served() {
    let published = std::fs::read_to_string(PUBLISHED).expect("schema.graphql");
    assert!(
        published == weft::graph::sdl(),
        "schema.graphql is old; write it anew with: cargo run -- schema > schema.graphql"
    );
}

fn parsed() -> ServiceDocument {
    async_graphql::parser::parse_schema(weft::graph::sdl()).expect("the schema is GraphQL")
}

#[test]
fn everything_is_described() {
    let mut bare = Vec::new();
    for definition in parsed().definitions {
        let TypeSystemDefinition::Type(ty) = definition else { continue };
        let ty = ty.node;
        let name = ty.name.node.to_string();
        if ty.description.is_none() {
            bare.push(name.clone());
        }
        let fields = match &ty.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::InputObject(input) => {
                let bare_inputs = input.fields.iter().filter(|field| field.node.description.is_none());
                bare.extend(bare_inputs.map(|field| format!("{name}.{}", field.node.name.node)));
                continue;
            }
            TypeKind::Enum(words) => {
                let bare_words = words.values.iter().filter(|word| word.node.description.is_none());
                bare.extend(bare_words.map(|word| format!("{name}.{}", word.node.value.node)));
                continue;
            }
            TypeKind::Scalar | TypeKind::Union(_) => continue,
        };
        for field in fields {
            if field.node.description.is_none() {
                bare.push(format!("{name}.{}", field.node.name.node));
            }
            for argument in field.node.arguments.iter().filter(|argument| argument.node.description.is_none())
            {
                bare.push(format!("{name}.{}({})", field.node.name.node, argument.node.name.node));
            }
        }
    }
    // What begins with an underscore is federation's own and described in its specification.
    bare.retain(|name| !name.split('.').any(|part| part.starts_with('_')));
    assert_eq!(bare, Vec::<String>::new());
}

#[test]
fn every_relation_can_be_followed_both_ways() {
    for relation in weft::catalogue::RELATIONS {
        for end in [relation.from, relation.to] {
            let (name, field) = end.split_once('.').expect("Type.field");
            let mut found = false;
            for entry in CATALOGUE.iter().filter(|entry| name == "*" || entry.noun.name == name) {
                found |= entry.edge(field).is_some();
            }
            assert!(found, "{end} is a field of nothing");
        }
    }
}

#[test]
fn no_two_members_of_a_noun_share_a_name() {
    for entry in CATALOGUE.iter() {
        let fields = entry.noun.fields.iter().map(|field| field.name.as_str());
        let mut names: Vec<&str> = fields.chain(entry.edges.iter().map(|edge| edge.field)).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{}", entry.noun.name);
        assert!(entry.columns.len() <= 64, "{} has more columns than a set of them holds", entry.noun.name);
    }
}

#[tokio::test]
async fn the_tables_have_the_columns_of_the_catalogue() {
    both(|gateway| async move {
        for entry in CATALOGUE.iter() {
            let table = entry.noun.table;
            let sql = match gateway.dialect() {
                Dialect::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
                Dialect::Postgres => {
                    format!("SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}'")
                }
            };
            let statement = Statement::from_string(gateway.dialect().backend(), sql);
            let rows = gateway.store.db.query_all_raw(statement).await.expect("the table is there");
            let mut there: Vec<String> =
                rows.iter().map(|row| row.try_get_by_index(0).expect("a name")).collect();
            let mut wanted: Vec<String> = entry.columns.iter().map(|column| column.name.clone()).collect();
            there.sort();
            wanted.sort();
            assert_eq!(there, wanted, "{table}");
            for edge in &entry.edges {
                if let Way::Pairs(pairs) = &edge.way {
                    let sql = format!("SELECT {}, {} FROM {} LIMIT 1", pairs.near, pairs.far, pairs.table);
                    let statement = Statement::from_string(gateway.dialect().backend(), sql);
                    gateway.store.db.query_all_raw(statement).await.expect("the table of pairs is there");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_graph_has_a_map_of_itself() {
    both(|gateway| async move {
        let data = gateway
            .data("{ relations { from field reason to inverseField inverseReason toMany dated } }", json!({}))
            .await;
        let relations = data["relations"].as_array().expect("a list");
        assert_eq!(relations.len(), weft::catalogue::RELATIONS.len());
        let brand =
            relations.iter().find(|relation| relation["from"] == "ASSET" && relation["field"] == "brand");
        assert_eq!(
            brand.expect("an asset has a brand"),
            &json!({ "from": "ASSET", "field": "brand", "reason": "belongs to", "to": "BRAND",
                     "inverseField": "assets", "inverseReason": "owns", "toMany": false, "dated": false })
        );
    })
    .await;
}
