//! Variables: what is declared must fit where it stands, and a value is judged each time, also where the document is
//! known to be valid.

use serde_json::{Value, json};

use crate::support::both;

#[tokio::test]
async fn a_variable_that_does_not_fit_where_it_stands_is_refused_whatever_its_value() {
    let search = |declared: &str, types: &str| {
        format!("query ($x: {declared}) {{ search(text: \"hero\", types: {types}) {{ totalCount }} }}")
    };
    let assets = |declared: &str, given: &str| {
        format!("query ($x: {declared}) {{ assets({given}) {{ totalCount }} }}")
    };
    let refused = [
        (assets("Float", "first: $x"), json!(1)),
        (assets("[Int]", "first: $x"), json!([1])),
        (search("[String!]", "$x"), json!(["ASSET"])),
        (search("[NodeType]", "$x"), json!(["ASSET"])),
        (search("NodeType!", "$x"), json!("ASSET")),
        (search("NodeType", "[$x]"), json!("ASSET")),
        (assets("Int", "filter: {title: {eq: $x}}"), json!(1)),
        (assets("String", "filter: {title: {in: [$x]}}"), json!("hero")),
        (assets("String", "orderBy: {field: $x}"), json!("TITLE")),
        (assets("AssetOrderField", "orderBy: {field: $x}"), json!("TITLE")),
        (assets("String", "orderBy: {field: TITLE, direction: $x}"), json!("ASC")),
        (assets("String! = \"1\"", "first: $x"), json!("1")),
        ("query ($x: String) { asset(key: {source: \"test\", value: $x}) { id } }".to_owned(), json!("hero")),
        ("query ($x: ID) { node(id: $x) { id } }".to_owned(), json!("hero")),
        ("query ($x: Boolean) { assets { totalCount @include(if: $x) } }".to_owned(), json!(true)),
        (
            "query ($x: Int) { ...A } fragment A on Query { assets(after: $x) { totalCount } }".to_owned(),
            json!(1),
        ),
    ];
    both(|gateway| {
        let refused = refused.clone();
        async move {
            for (text, good) in refused {
                for value in [good, json!(null), json!("NOPE")] {
                    let answer = gateway.query(&text, json!({ "x": value })).await;
                    assert_eq!(answer.codes(), ["GRAPHQL_VALIDATION_FAILED"], "{text} {value}");
                    assert!(
                        answer.message().starts_with("The variable `$x` of type"),
                        "{}",
                        answer.message()
                    );
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_value_is_judged_each_time() {
    let cases: [(&str, Value, Vec<Value>); 7] = [
        (
            "query ($x: [NodeType!]) { search(text: \"hero\", types: $x) { totalCount } }",
            json!(["ASSET"]),
            vec![json!(["NOPE"]), json!(["ASSET", "NOPE"]), json!([null])],
        ),
        (
            "query ($x: NodeType! = BRAND) { search(text: \"hero\", types: [$x]) { totalCount } }",
            json!("ASSET"),
            vec![json!("NOPE"), json!(null)],
        ),
        (
            "query ($x: AssetOrderField!) { assets(orderBy: {field: $x}) { totalCount } }",
            json!("CREATED_AT"),
            vec![json!("NOPE"), json!(null), json!(1)],
        ),
        (
            "query ($x: OrderDirection) { assets(orderBy: {field: TITLE, direction: $x}) { totalCount } }",
            json!("DESC"),
            vec![json!("NOPE"), json!(null)],
        ),
        (
            "query ($x: AssetOrder) { assets(orderBy: $x) { totalCount } }",
            json!({ "field": "TITLE", "direction": "DESC" }),
            vec![json!({ "field": "NOPE" }), json!({ "field": "TITLE", "direction": "NOPE" }), json!({})],
        ),
        (
            "query ($x: String = \"hero\") { asset(key: {source: \"test\", value: $x}) { id } }",
            json!("hero"),
            vec![json!(1), json!(null)],
        ),
        ("query ($x: Int) { assets(first: $x) { totalCount } }", json!(2), vec![json!(2.5), json!("2")]),
    ];
    both(|gateway| {
        let cases = cases.clone();
        async move {
            for (text, good, bad) in cases {
                for _ in 0..2 {
                    gateway.data(text, json!({ "x": good })).await;
                }
                for bad in bad {
                    let answer = gateway.query(text, json!({ "x": bad })).await;
                    assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{text} {bad}");
                }
                gateway.data(text, json!({ "x": good })).await;
            }
        }
    })
    .await;
}
