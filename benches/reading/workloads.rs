//! What is asked: three documents, and for each many sets of variables, taken from the content itself.

use serde_json::{Value, json};

use crate::Outcome;
use crate::client::{Connection, request};

/// One thing that is measured.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    /// The path at the floor.
    pub(crate) path: &'static str,
    /// How many requests are sent for each one of the tree.
    pub(crate) share: usize,
    query: &'static str,
    variables: Vec<Value>,
}

const TREE: &str = "query Tree($after: String) { assets(first: 50, after: $after) { edges { node { \
    id title kind \
    concepts(first: 5) { edges { node { id prefLabel notation } } } \
    variants(first: 2) { edges { node { id text channel language \
    decisions(first: 2) { edges { node { id name status \
    audiences(first: 2) { edges { node { id name size } } } } } } } } } } } } }";

const LOOKUP: &str = "query Lookup($id: ID!) { asset(id: $id) { \
    id title description creator format kind status language altText creditLine brand { name } } }";

const PAGE: &str = "query Page($kind: AssetKind!, $status: ContentStatus!, $after: String) { \
    assets(first: 50, after: $after, filter: { status: { eq: $status }, kind: { eq: $kind } }, \
    orderBy: { field: MODIFIED, direction: DESC }) { \
    edges { node { id title kind status format language productionCost currency modified brand { name } } } \
    pageInfo { hasNextPage endCursor } } }";

const WALK: &str = "query Walk($after: String) { assets(first: 100, after: $after) { \
    edges { node { id } } pageInfo { hasNextPage endCursor } } }";

impl Workload {
    /// The requests to the gateway, one for each set of variables.
    pub(crate) fn to_weft(&self) -> Vec<Vec<u8>> {
        self.requests("/graphql")
    }

    /// The same requests to the floor, which is told by the path what is asked.
    pub(crate) fn to_floor(&self) -> Vec<Vec<u8>> {
        self.requests(self.path)
    }

    fn requests(&self, path: &str) -> Vec<Vec<u8>> {
        self.variables.iter().map(|variables| request(path, &body(self.query, variables))).collect()
    }
}

fn body(query: &str, variables: &Value) -> Vec<u8> {
    json!({ "query": query, "variables": variables }).to_string().into_bytes()
}

async fn ask(connection: &mut Connection, query: &str, variables: &Value) -> Outcome<Value> {
    let answer = connection.send(&request("/graphql", &body(query, variables))).await?;
    let answer: Value = serde_json::from_slice(answer)?;
    match answer.get("errors") {
        Some(errors) => Err(format!("the gateway answers: {errors}").into()),
        None => Ok(answer),
    }
}

/// The workloads, with the cursors and ids that the gateway at `address` gives.
pub(crate) async fn workloads(address: &str) -> Outcome<Vec<Workload>> {
    let mut connection = Connection::open(address).await?;
    let mut trees = vec![json!({ "after": null })];
    let mut lookups = Vec::new();
    let mut after = Value::Null;
    loop {
        let answer = ask(&mut connection, WALK, &json!({ "after": after })).await?;
        let list = &answer["data"]["assets"];
        let nodes = list["edges"].as_array().map(Vec::as_slice).unwrap_or_default();
        lookups.extend(nodes.iter().step_by(10).map(|edge| json!({ "id": edge["node"]["id"] })));
        if list["pageInfo"]["hasNextPage"] != Value::Bool(true) {
            break;
        }
        after = list["pageInfo"]["endCursor"].clone();
        trees.push(json!({ "after": after }));
    }
    let mut pages = Vec::new();
    for (kind, status) in [("IMAGE", "APPROVED"), ("VIDEO", "APPROVED"), ("IMAGE", "IN_REVIEW")] {
        let mut variables = json!({ "kind": kind, "status": status, "after": null });
        for _ in 0..10 {
            let answer = ask(&mut connection, PAGE, &variables).await?;
            pages.push(variables.clone());
            variables["after"] = answer["data"]["assets"]["pageInfo"]["endCursor"].clone();
        }
    }
    // A step that has no common factor with the number of pages, so that neighbours in time are none in the store.
    let trees = scattered(trees);
    let lookups = scattered(lookups);
    let workload = |name, path, share, query, variables| Workload { name, path, share, query, variables };
    Ok(vec![
        workload("tree", "/tree", 1, TREE, trees),
        workload("filtered, sorted page", "/page", 4, PAGE, scattered(pages)),
        workload("lookup by id", "/lookup", 10, LOOKUP, lookups),
    ])
}

fn scattered(variables: Vec<Value>) -> Vec<Value> {
    let length = variables.len();
    (0..length).map(|place| variables[place * 7919 % length].clone()).collect()
}

/// How many leaves an answer has.
pub(crate) fn leaves(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(leaves).sum(),
        Value::Object(map) => map.values().map(leaves).sum(),
        _ => 1,
    }
}
