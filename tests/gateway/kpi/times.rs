//! Times that are added up, also where a measure counts the same things and by some of them alone: what has a time that
//! cannot be added up is left out everywhere, and told once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::told::settings;
use crate::support::{Gateway, both_with};

/// Handoffs in hours since the first of May: when they were entered, started and exited, with their outcome and team.
type Handoff = (&'static str, Option<i64>, Option<i64>, Option<i64>, &'static str, Option<&'static str>);
const HANDOFFS: [Handoff; 9] = [
    ("plain", Some(0), Some(2), Some(5), "ACCEPTED", Some("t0")),
    ("returned", Some(0), Some(1), Some(9), "RETURNED", Some("t0")),
    ("unbegun", Some(0), None, Some(4), "REJECTED", Some("t1")),
    ("begun after its end", Some(0), Some(10), Some(5), "RETURNED", Some("t1")),
    ("begun before it came", Some(5), Some(3), Some(8), "RETURNED", Some("t0")),
    ("ended before it came", Some(6), None, Some(5), "ACCEPTED", None),
    ("came at some time", None, Some(2), Some(5), "REJECTED", Some("t1")),
    ("came at some time and returned", None, Some(2), Some(5), "RETURNED", None),
    ("open", Some(1), Some(2), None, "ACCEPTED", Some("t0")),
];

const OWN: &str = "kpis:
  definitions:
    - key: wait_each
      numerator: [{ duration: Handoff, at: exitedAt, from: enteredAt, to: startedAt, or_to: exitedAt }]
      denominator: [{ count: Handoff, at: exitedAt }]
    - key: wait_of_returned
      numerator: [{ duration: Handoff, at: exitedAt, from: enteredAt, to: startedAt, or_to: exitedAt, where: { outcome: [RETURNED] } }]
      denominator: [{ count: Handoff, at: exitedAt, where: { outcome: [RETURNED, REJECTED] } }]
    - key: time_of_entered
      numerator: [{ duration: Handoff, at: enteredAt, from: enteredAt, to: exitedAt }]
      denominator: [{ count: Handoff, at: enteredAt }]
";

const ASKED: &str = "query($key: String!) { kpiResult(key: $key, window: \
    {from: \"2026-05-01T00:00:00Z\", to: \"2026-06-01T00:00:00Z\"}) { value numerator denominator measured complete \
    missing { reason count } breakdown(by: TEAM) { label numerator denominator complete } \
    lineage(first: 100) { edges { node { included reason numerator denominator fact { externalIds { value } } } } } } }";

fn lines() -> String {
    let start = weft::clock::read("2026-05-01T00:00:00Z").expect("a moment");
    let mut lines: Vec<Value> =
        ["t0", "t1"].map(|team| json!({ "type": "Team", "key": team, "name": team })).to_vec();
    for (key, entered, started, exited, outcome, team) in HANDOFFS {
        let mut line = json!({ "type": "Handoff", "key": key, "outcome": outcome });
        for (field, hours) in [("enteredAt", entered), ("startedAt", started), ("exitedAt", exited)] {
            if let Some(hours) = hours {
                line[field] = json!(weft::clock::written(start + hours * 3_600_000_000));
            }
        }
        if let Some(team) = team {
            line["toTeam"] = json!(team);
        }
        lines.push(line);
    }
    lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

/// What a handoff adds above and below the line, or why it is left out; nothing where it does not count at all.
type Adds = Option<Result<(i64, i64), &'static str>>;

/// How long somebody waited for it to begin, or why that cannot be told.
fn waited(handoff: &Handoff) -> Result<i64, &'static str> {
    let (_, entered, started, exited, ..) = *handoff;
    let exited = exited.expect("it is asked by its end");
    let entered = entered.ok_or("BEGINNING_UNKNOWN")?;
    let started = started.unwrap_or(exited);
    if started < entered || exited < started { Err("NEGATIVE_DURATION") } else { Ok(started - entered) }
}

fn wait_each(handoff: &Handoff) -> Adds {
    handoff.3?;
    Some(waited(handoff).map(|waited| (waited, 1)))
}

fn wait_of_returned(handoff: &Handoff) -> Adds {
    handoff.3?;
    match handoff.4 {
        "RETURNED" => Some(waited(handoff).map(|waited| (waited, 1))),
        "REJECTED" => Some(Ok((0, 1))),
        _ => None,
    }
}

fn time_of_entered(handoff: &Handoff) -> Adds {
    let entered = handoff.1?;
    Some(match handoff.3 {
        None => Err("END_UNKNOWN"),
        Some(exited) if exited < entered => Err("NEGATIVE_DURATION"),
        Some(exited) => Ok((exited - entered, 1)),
    })
}

fn wait_share(handoff: &Handoff) -> Adds {
    handoff.3?;
    Some(waited(handoff).map(|waited| (waited, handoff.3.unwrap_or(0) - handoff.1.unwrap_or(0))))
}

async fn hold(gateway: &Gateway, key: &str, adds: fn(&Handoff) -> Adds) {
    let told = gateway.data(ASKED, json!({ "key": key })).await["kpiResult"].take();
    let (mut sums, mut measured, mut missing) = ((0, 0), 0, BTreeMap::<&str, i64>::new());
    let mut wanted = Vec::new();
    let mut teams: BTreeMap<&str, (i64, i64, bool)> = BTreeMap::new();
    for handoff in &HANDOFFS {
        let Some(adds) = adds(handoff) else { continue };
        let team = teams.entry(handoff.5.unwrap_or("")).or_insert((0, 0, true));
        match adds {
            Ok((above, below)) => {
                sums = (sums.0 + above, sums.1 + below);
                (team.0, team.1) = (team.0 + above, team.1 + below);
                measured += 1;
                wanted.push(json!([handoff.0, true, null, above as f64, below as f64]));
            }
            Err(reason) => {
                *missing.entry(reason).or_default() += 1;
                team.2 = false;
                wanted.push(json!([handoff.0, false, reason, 0.0, 0.0]));
            }
        }
    }
    assert_eq!(told["numerator"], sums.0 as f64, "{key}: {told:#}");
    assert_eq!(told["denominator"], sums.1 as f64, "{key}: {told:#}");
    assert_eq!(told["value"], sums.0 as f64 / sums.1 as f64, "{key}: {told:#}");
    assert_eq!(told["measured"], measured, "{key}: {told:#}");
    assert_eq!(told["complete"], missing.is_empty(), "{key}");
    let mut found: Vec<Value> = told["missing"].as_array().expect("a list").clone();
    found.sort_by_key(|missing| missing["reason"].to_string());
    let missing: Vec<Value> =
        missing.iter().map(|(reason, count)| json!({ "reason": reason, "count": count })).collect();
    assert_eq!(found, missing, "{key}");
    let mut lines: Vec<Value> = told["lineage"]["edges"]
        .as_array()
        .expect("edges")
        .iter()
        .map(|edge| {
            let node = &edge["node"];
            let name = &node["fact"]["externalIds"][0]["value"];
            json!([name, node["included"], node["reason"], node["numerator"], node["denominator"]])
        })
        .collect();
    lines.sort_by_key(|line| line[0].to_string());
    wanted.sort_by_key(|line| line[0].to_string());
    assert_eq!(lines, wanted, "{key}");
    let rows = told["breakdown"].as_array().expect("rows");
    for row in rows {
        let (above, below, complete) = teams[row["label"].as_str().unwrap_or("")];
        let row = (&row["numerator"], &row["denominator"], &row["complete"]);
        assert_eq!(row, (&json!(above as f64), &json!(below as f64), &json!(complete)), "{key}");
    }
    assert_eq!(rows.len(), teams.values().filter(|team| team.1 > 0).count(), "{key}");
}

#[tokio::test]
async fn what_cannot_be_added_up_is_left_out_everywhere() {
    both_with(settings(OWN), |gateway| async move {
        gateway.import(&lines()).await;
        hold(&gateway, "handoff_wait_share", wait_share).await;
        hold(&gateway, "wait_each", wait_each).await;
        hold(&gateway, "wait_of_returned", wait_of_returned).await;
        hold(&gateway, "time_of_entered", time_of_entered).await;
    })
    .await;
}
