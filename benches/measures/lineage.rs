//! Pages of lineage, measured: the first page and one deep in the set beside each other, behind a number of everything and
//! behind one of a campaign.

use std::io::Write;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::client::{Connection, request};
use crate::kpi::{Place, ROUNDS, Side, round};
use crate::process::Server;
use crate::stores::say;
use crate::workloads::{DAYS, campaign, window};
use crate::{Arguments, Outcome};

/// How many rows a page has that is walked over on the way to the deep one.
const STRIDE: usize = 100;

const WALK: &str = "query ($window: WindowInput!, $filter: KpiFilterInput, $after: String) { \
    kpiResult(key: \"content_roi\", window: $window, filter: $filter) { lineage(first: 100, after: $after) { \
    edges { cursor } pageInfo { hasNextPage endCursor } } } }";

const PAGE: &str = "query ($window: WindowInput!, $filter: KpiFilterInput, $after: String) { \
    kpiResult(key: \"content_roi\", window: $window, filter: $filter) { lineage(first: 20, after: $after) { \
    edges { cursor node { role included reason fact { id } } } pageInfo { hasNextPage endCursor } } } }";

/// A set with its two pages.
#[derive(Debug)]
pub(crate) struct Line {
    set: &'static str,
    database: &'static str,
    facts: i64,
    /// How many rows lie before the deep page.
    before: usize,
    first: Side,
    deep: Side,
}

/// Measures the pages on one store.
pub(crate) async fn pages(arguments: &Arguments, place: &Place<'_>) -> Outcome<Vec<Line>> {
    let weft = Server::weft(&place.url, place.folder).await?;
    let filter = json!({ "campaign": campaign(7) });
    let mut lines = Vec::new();
    for (set, filter) in [("everything, 18 months", json!({})), ("a campaign, 18 months", filter)] {
        let variables = json!({ "window": window(0, DAYS), "filter": filter });
        say(&format!("{}, {} facts: walking to a page deep in {set}", place.database, place.facts))?;
        let Some((before, cursor)) = walked(&weft, &variables, arguments.deep).await? else {
            say("this gateway has no lineage of measures")?;
            return Ok(lines);
        };
        let body = |after: &Value| Arc::new(vec![asked(PAGE, &variables, after)]);
        let bodies = [body(&Value::Null), body(&cursor)];
        let mut sides = [Side::default(), Side::default()];
        for _ in 0..ROUNDS {
            for (requests, side) in bodies.iter().zip(&mut sides) {
                round(&weft, place.postgres, (requests, 1, arguments.requests), side).await?;
            }
        }
        let [first, deep] = sides;
        lines.push(Line { set, database: place.database, facts: place.facts, before, first, deep });
    }
    Ok(lines)
}

/// Prints all of them.
pub(crate) fn print(lines: &[Line]) -> Outcome<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "Lineage: pages of 20 behind content ROI, one connection; CPU in ms, server + database, and time.\n"
    )?;
    writeln!(
        out,
        "| behind | database | facts | first page: CPU, ms | rows before the other | CPU, ms | ratio of CPU |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for line in lines {
        writeln!(
            out,
            "| {} | {} | {} | {}, {:.2} | {} | {}, {:.2} | {:.2} |",
            line.set,
            line.database,
            line.facts,
            line.first.cpu(),
            line.first.wall(),
            line.before,
            line.deep.cpu(),
            line.deep.wall(),
            line.deep.total() / line.first.total().max(f64::MIN_POSITIVE),
        )?;
    }
    Ok(writeln!(out)?)
}

fn asked(query: &str, variables: &Value, after: &Value) -> Vec<u8> {
    let mut variables = variables.clone();
    variables["after"] = after.clone();
    request("/graphql", json!({ "query": query, "variables": variables }).to_string().as_bytes())
}

/// Walks over so many rows, or to the last page but one. Answers how many were passed and the cursor of the last of them;
/// nothing where the gateway knows no lineage.
async fn walked(weft: &Server, variables: &Value, rows: usize) -> Outcome<Option<(usize, Value)>> {
    let mut connection = Connection::open(&weft.address).await?;
    let (mut passed, mut after) = (0, Value::Null);
    loop {
        let answer: Value = serde_json::from_slice(connection.send(&asked(WALK, variables, &after)).await?)?;
        if answer["errors"].to_string().contains("Unknown field") {
            return Ok(None);
        }
        let page = &answer["data"]["kpiResult"]["lineage"];
        let Some(edges) = page["edges"].as_array() else {
            return Err(format!("no page of lineage: {answer}").into());
        };
        if passed + STRIDE > rows || page["pageInfo"]["hasNextPage"] != true {
            return Ok(Some((passed, after)));
        }
        passed += edges.len();
        after = page["pageInfo"]["endCursor"].clone();
    }
}
