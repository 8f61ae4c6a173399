//! The handoff map: every edge, the slowest of them and how much work is covered, against plain loops over the lines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::chance::Chance;
use crate::support::{Gateway, both};

const TEAMS: usize = 3;
const HOUR: i64 = 3_600;
/// The window of the tests in hours since the first of May.
const WINDOW: (i64, i64) = (240, 480);

#[derive(Debug, Clone, Default)]
struct Item {
    campaign: Option<usize>,
    owner: Option<usize>,
    opened: Option<i64>,
    closed: Option<i64>,
}

#[derive(Debug, Clone, Default)]
struct Handoff {
    item: Option<usize>,
    from: Option<usize>,
    to: Option<usize>,
    entered: Option<i64>,
    started: Option<i64>,
    exited: Option<i64>,
    outcome: Option<&'static str>,
    rework_of: Option<usize>,
}

fn moment(hours: i64) -> String {
    let start = weft::clock::read("2026-05-01T00:00:00Z").expect("a moment");
    weft::clock::written(start + hours * HOUR * 1_000_000)
}

fn named(line: &mut Value, field: &str, stem: &str, number: Option<usize>) {
    if let Some(number) = number {
        line[field] = json!(format!("{stem}{number}"));
    }
}

fn dated(line: &mut Value, field: &str, hours: Option<i64>) {
    if let Some(hours) = hours {
        line[field] = json!(moment(hours));
    }
}

fn lines(items: &[Item], handoffs: &[Handoff]) -> String {
    let mut lines = vec![
        json!({ "type": "Brand", "key": "b0", "name": "B0" }),
        json!({ "type": "Campaign", "key": "c0", "name": "C0", "brand": "b0" }),
        json!({ "type": "Campaign", "key": "c1", "name": "C1" }),
    ];
    lines.extend(
        (0..TEAMS)
            .map(|team| json!({ "type": "Team", "key": format!("t{team}"), "name": format!("t{team}") })),
    );
    for (number, item) in items.iter().enumerate() {
        let mut line = json!({ "type": "WorkItem", "key": format!("w{number}"), "title": "Work" });
        named(&mut line, "campaign", "c", item.campaign);
        named(&mut line, "ownerTeam", "t", item.owner);
        dated(&mut line, "openedAt", item.opened);
        dated(&mut line, "closedAt", item.closed);
        lines.push(line);
    }
    for (number, handoff) in handoffs.iter().enumerate() {
        let mut line = json!({ "type": "Handoff", "key": format!("h{number}") });
        named(&mut line, "workItem", "w", handoff.item);
        named(&mut line, "fromTeam", "t", handoff.from);
        named(&mut line, "toTeam", "t", handoff.to);
        named(&mut line, "reworkOf", "h", handoff.rework_of);
        dated(&mut line, "enteredAt", handoff.entered);
        dated(&mut line, "startedAt", handoff.started);
        dated(&mut line, "exitedAt", handoff.exited);
        if let Some(outcome) = handoff.outcome {
            line["outcome"] = json!(outcome);
        }
        lines.push(line);
    }
    lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
}

fn random(chance: &mut Chance) -> (Vec<Item>, Vec<Handoff>) {
    let hours = |chance: &mut Chance, end: usize| i64::try_from(chance.below(end)).expect("small");
    let items = (0..20)
        .map(|_| Item {
            campaign: chance.maybe(2),
            owner: chance.maybe(TEAMS),
            opened: chance.often(85).then(|| hours(chance, 600)),
            closed: chance.often(50).then(|| hours(chance, 700)),
        })
        .collect();
    let handoffs = (0..160)
        .map(|number| {
            let entered = hours(chance, 560);
            let started = entered + hours(chance, 40) - 2;
            Handoff {
                item: chance.often(90).then(|| chance.below(14)),
                from: chance.often(90).then(|| chance.below(TEAMS)),
                to: chance.often(90).then(|| chance.below(TEAMS)),
                entered: chance.often(95).then_some(entered),
                started: chance.often(80).then_some(started),
                exited: chance.often(85).then(|| started + hours(chance, 60) - 2),
                outcome: chance.often(80).then(|| chance.one(&["ACCEPTED", "RETURNED", "REJECTED"])),
                rework_of: (number > 0 && chance.often(20)).then(|| chance.below(number)),
            }
        })
        .collect();
    (items, handoffs)
}

/// As `percentile_cont` interpolates, by its textbook.
fn percentile(values: &[f64], share: f64) -> Value {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return Value::Null };
    let place = share * last as f64;
    let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
    json!(low + (high - low) * place.fract())
}

#[derive(Debug, Default)]
struct Sum {
    count: usize,
    open: usize,
    waits: Vec<f64>,
    touches: Vec<f64>,
    returned: usize,
    rejected: usize,
    reworked: usize,
}

type Team = Option<usize>;
type Sums = BTreeMap<(Team, Team), Sum>;

fn map(handoffs: &[Handoff], fits: impl Fn(&Handoff) -> bool) -> (Sums, BTreeMap<&'static str, usize>) {
    let mut sums = Sums::new();
    let mut missing = BTreeMap::new();
    for (number, handoff) in handoffs.iter().enumerate().filter(|(_, handoff)| fits(handoff)) {
        let place = (handoff.from, handoff.to);
        let over = handoff.exited.is_some_and(|exited| exited < WINDOW.1);
        if handoff.entered.is_some_and(|entered| entered < WINDOW.1) && !over {
            sums.entry(place).or_default().open += 1;
        }
        let Some(exited) = handoff.exited.filter(|exited| (WINDOW.0..WINDOW.1).contains(exited)) else {
            continue;
        };
        let sum = sums.entry(place).or_default();
        sum.count += 1;
        sum.returned += usize::from(handoff.outcome == Some("RETURNED"));
        sum.rejected += usize::from(handoff.outcome == Some("REJECTED"));
        sum.reworked += usize::from(handoffs.iter().any(|other| other.rework_of == Some(number)));
        let Some(entered) = handoff.entered else {
            *missing.entry("BEGINNING_UNKNOWN").or_default() += 1;
            continue;
        };
        let started = handoff.started.unwrap_or(exited);
        if started < entered || exited < started {
            *missing.entry("NEGATIVE_DURATION").or_default() += 1;
            continue;
        }
        sum.waits.push((started - entered) as f64);
        sum.touches.push((exited - started) as f64);
    }
    (sums, missing)
}

fn told(sums: &Sums) -> Vec<Value> {
    let team = |team: Team| team.map_or(Value::Null, |team| json!({ "name": format!("t{team}") }));
    let spread =
        |values: &[f64]| json!({ "median": percentile(values, 0.5), "p90": percentile(values, 0.9) });
    sums.iter()
        .map(|((from, to), sum)| {
            json!({
                "from": team(*from), "to": team(*to), "count": sum.count, "open": sum.open,
                "waitHours": spread(&sum.waits), "touchHours": spread(&sum.touches),
                "returned": sum.returned, "rejected": sum.rejected, "reworked": sum.reworked,
            })
        })
        .collect()
}

const MAP: &str = "query($window: WindowInput!, $filter: KpiFilterInput) { handoffMap(window: $window, filter: $filter) { \
    edges { from { name } to { name } count open waitHours { median p90 } touchHours { median p90 } returned rejected reworked } \
    slowest(first: 2) { from { name } to { name } waitHours { median } } \
    coverage { workItems withHandoffs share } complete missing { reason source count } } }";

fn window() -> Value {
    json!({ "from": moment(WINDOW.0), "to": moment(WINDOW.1) })
}

/// Numbers that were computed in another order may differ in their last places.
fn close(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len()
                && found.iter().zip(wanted).all(|(found, wanted)| close(found, wanted))
        }
        (Value::Object(found), Value::Object(wanted)) => {
            found.len() == wanted.len() && found.iter().all(|(name, found)| close(found, &wanted[name]))
        }
        (Value::Number(found), Value::Number(wanted)) => {
            (found.as_f64().expect("a number") - wanted.as_f64().expect("a number")).abs() < 1e-9
        }
        (found, wanted) => found == wanted,
    }
}

async fn compare(gateway: &Gateway, seed: u64) {
    let (items, handoffs) = random(&mut Chance(seed));
    gateway.import(&lines(&items, &handoffs)).await;
    let id = async |noun: &str, key: &str| {
        let query = format!("{{ {noun}(key: {{source: \"import\", value: {key:?}}}) {{ id }} }}");
        gateway.data(&query, json!({})).await[noun]["id"].clone()
    };
    let campaign = |handoff: &Handoff| handoff.item.and_then(|item| items[item].campaign);
    type Fits<'a, T> = Box<dyn Fn(&T) -> bool + 'a>;
    let filters: Vec<(Value, Fits<'_, Handoff>, Fits<'_, Item>)> = vec![
        (Value::Null, Box::new(|_| true), Box::new(|_| true)),
        (
            json!({ "campaign": id("campaign", "c1").await }),
            Box::new(|handoff| campaign(handoff) == Some(1)),
            Box::new(|item| item.campaign == Some(1)),
        ),
        (
            json!({ "brand": id("brand", "b0").await, "team": id("team", "t0").await }),
            Box::new(|handoff| campaign(handoff) == Some(0) && handoff.to == Some(0)),
            Box::new(|item| item.campaign == Some(0) && item.owner == Some(0)),
        ),
    ];
    for (filter, fits, fits_item) in &filters {
        let (sums, missing) = map(&handoffs, fits);
        let data = gateway.data(MAP, json!({ "window": window(), "filter": filter })).await;
        let found = &data["handoffMap"];
        let mut edges = found["edges"].as_array().expect("edges").clone();
        let key = |edge: &Value| (edge["from"]["name"].to_string(), edge["to"]["name"].to_string());
        edges.sort_by_key(key);
        let mut wanted = told(&sums);
        wanted.sort_by_key(key);
        assert!(close(&json!(edges), &json!(wanted)), "{filter}, seed {seed}: {edges:#?} is not {wanted:#?}");
        let median = |edge: &Value| edge["waitHours"]["median"].as_f64();
        let mut medians: Vec<f64> = wanted.iter().filter_map(median).collect();
        medians.sort_by(|one, other| other.total_cmp(one));
        let slowest: Vec<f64> =
            found["slowest"].as_array().expect("edges").iter().filter_map(median).collect();
        medians.truncate(2);
        assert!(close(&json!(slowest), &json!(medians)), "{filter}, seed {seed}");
        let work = |item: &Item| {
            item.opened.is_none_or(|opened| opened < WINDOW.1)
                && item.closed.is_none_or(|closed| closed >= WINDOW.0)
        };
        let of: Vec<usize> =
            (0..items.len()).filter(|number| work(&items[*number]) && fits_item(&items[*number])).collect();
        let with =
            of.iter().filter(|number| handoffs.iter().any(|handoff| handoff.item == Some(**number))).count();
        let share = if of.is_empty() { Value::Null } else { json!(with as f64 / of.len() as f64) };
        let wanted = json!({ "workItems": of.len(), "withHandoffs": with, "share": share });
        assert!(close(&found["coverage"], &wanted), "{filter}, seed {seed}: {}", found["coverage"]);
        let left_out: BTreeMap<&str, usize> = found["missing"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|missing| {
                let count = missing["count"].as_u64().expect("a count");
                (missing["reason"].as_str().expect("a word"), usize::try_from(count).expect("small"))
            })
            .collect();
        assert_eq!(left_out, missing, "{filter}, seed {seed}");
        assert_eq!(found["complete"], missing.is_empty());
    }
}

#[tokio::test]
async fn the_map_is_what_plain_loops_make_of_the_lines() {
    both(|gateway| async move { compare(&gateway, 3).await }).await;
    both(|gateway| async move { compare(&gateway, 4).await }).await;
}

#[tokio::test]
async fn an_empty_window_has_no_edges_and_one_that_is_not_over_says_so() {
    both(|gateway| async move {
        let window = json!({ "from": "2026-05-01T00:00:00Z", "to": "2026-07-01T00:00:00Z" });
        let data = gateway.data(MAP, json!({ "window": window })).await;
        let wanted = json!({
            "edges": [], "slowest": [], "coverage": { "workItems": 0, "withHandoffs": 0, "share": null },
            "complete": false, "missing": [{ "reason": "WINDOW_OPEN", "source": null, "count": null }],
        });
        assert_eq!(data["handoffMap"], wanted);
        let none = json!({ "window": { "from": "2026-05-02T00:00:00Z", "to": "2026-05-01T00:00:00Z" } });
        assert_eq!(gateway.query(MAP, none).await.codes(), ["BAD_USER_INPUT"]);
        let filtered = json!({ "window": window, "filter": { "channel": "WEB" } });
        let answer = gateway.query(MAP, filtered).await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
        assert_eq!(
            answer.message(),
            "handoffMap cannot be asked by channel; nothing that it counts has one. It can be asked by brand, \
             campaign and team."
        );
    })
    .await;
}
