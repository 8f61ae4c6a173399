//! The ways from what is counted to the dimensions, over random graphs: the value of each row and the rows that each
//! filter lets through are those that plain look-ups in Rust find.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;
use weft::caller::Caller;
use weft::catalogue::Holds;
use weft::kpi::dimension::{Counted, Dimension, check};
use weft::kpi::filter::{Filter, Values};
use weft::store::{Cell, NUMBER, Reader, TEXT};

use super::chance::Chance;
use super::world::world;
use crate::support::{Gateway, both};

/// What is counted, its table, and the column in which a fact carries its number.
const COUNTED: [(Counted, &str, &str); 11] = [
    (Counted::Change, "change", "Change"),
    (Counted::Insight, "insight", "Insight"),
    (Counted::Brief, "brief", "Brief"),
    (Counted::Incident, "incident", "Incident"),
    (Counted::Finding, "guardrail_finding", "GuardrailFinding"),
    (Counted::WorkItem, "work_item", "WorkItem"),
    (Counted::Handoff, "handoff", "Handoff"),
    (Counted::Delivery, "delivery", "Delivery"),
    (Counted::Usage, "usage", "Usage"),
    (Counted::Performance, "performance_fact", "PerformanceFact"),
    (Counted::Journey, "journey_fact", "JourneyFact"),
];

/// The names of everything that has a key: from its id, and back.
struct Names {
    keys: HashMap<Uuid, String>,
    ids: HashMap<String, Uuid>,
}

async fn names(reader: &Reader) -> Names {
    let mut sql = reader.sql();
    sql.push("SELECT x.entity_id, x.value FROM external_id x");
    let table = reader.all(sql.finish(), &[Holds::Id, TEXT]).await.expect("the keys");
    let mut names = Names { keys: HashMap::new(), ids: HashMap::new() };
    for row in table.rows() {
        let [Cell::Id(id), Cell::Text(key)] = row else { panic!("{row:?}") };
        names.keys.insert(*id, key.clone());
        names.ids.insert(key.clone(), *id);
    }
    names
}

/// Reads the keys of all rows of a noun that a filter lets through, each with its value in a dimension.
async fn read(
    (reader, names): (&Reader, &Names),
    (counted, table, noun): (Counted, &str, &str),
    dimension: Dimension,
    filter: &Filter,
) -> BTreeMap<String, Option<String>> {
    let mut sql = reader.sql();
    let value = counted.expression(&mut sql, dimension, "t");
    let (number, holds) = match counted {
        Counted::Performance => ("t.impressions", NUMBER),
        Counted::Journey => ("t.entries", NUMBER),
        _ => ("t.id", Holds::Id),
    };
    sql.push(&format!("SELECT {number}, {value} FROM {table} t WHERE TRUE"));
    filter.write(&mut sql, counted, "t");
    let found = reader.many(sql.finish(), &[holds, dimension.holds()]).await.expect("the rows");
    let row = |row: &[Cell]| {
        let key = match &row[0] {
            Cell::Int(number) => format!("{noun}-{number}"),
            Cell::Id(id) => names.keys[id].clone(),
            cell => panic!("{cell:?}"),
        };
        let value = match &row[1] {
            Cell::Id(id) => Some(names.keys[id].clone()),
            Cell::Text(text) => Some(text.clone()),
            Cell::Null => None,
            cell => panic!("{cell:?}"),
        };
        (key, value)
    };
    found.rows().map(row).collect()
}

fn chosen(names: &Names, dimension: Dimension, words: &[String]) -> Values {
    if dimension.noun().is_some() {
        Values::Ids(words.iter().map(|word| names.ids[word]).collect())
    } else {
        Values::Texts(words.to_vec())
    }
}

async fn compare(gateway: &Gateway, seed: u64) {
    let mut chance = Chance(seed);
    let world = world(&mut chance);
    let lines: Vec<String> = world.0.values().map(|line| line.to_string()).collect();
    gateway.import(&lines.join("\n")).await;
    let reader = Reader::new(gateway.store.clone(), Caller::Anonymous);
    let names = names(&reader).await;
    for counted in COUNTED {
        for dimension in Dimension::ALL {
            let mut wanted = BTreeMap::new();
            for (key, line) in world.0.iter().filter(|(_, line)| line["type"] == counted.2) {
                assert_eq!(line["type"], counted.2);
                wanted.insert(key.clone(), world.value(counted.0, key, dimension));
            }
            let all = read((&reader, &names), counted, dimension, &Filter::default()).await;
            assert_eq!(all, wanted, "{counted:?} by {dimension:?}, seed {seed}");
            let known: Vec<String> = wanted.values().flatten().cloned().collect();
            assert_eq!(
                known.is_empty(),
                !counted.0.has(dimension),
                "{counted:?} by {dimension:?}, seed {seed}"
            );
            for many in [1, 3] {
                let words: Vec<String> = match known.as_slice() {
                    [] if dimension.noun().is_some() => vec!["brand-1".to_owned()],
                    [] => vec!["DE".to_owned()],
                    known => (0..many).map(|_| known[chance.below(known.len())].clone()).collect(),
                };
                let values = chosen(&names, dimension, &words);
                let fits = |value: &Option<String>| value.as_ref().is_some_and(|value| words.contains(value));
                let (within, outside): (BTreeMap<_, _>, BTreeMap<_, _>) =
                    wanted.clone().into_iter().partition(|(_, value)| fits(value));
                let filter = Filter::default().with(dimension, values.clone());
                let found = read((&reader, &names), counted, dimension, &filter).await;
                assert_eq!(found, within, "{counted:?} within {dimension:?} {words:?}, seed {seed}");
                let filter = Filter::default().without(dimension, values);
                let found = read((&reader, &names), counted, dimension, &filter).await;
                assert_eq!(found, outside, "{counted:?} outside {dimension:?} {words:?}, seed {seed}");
            }
        }
    }
}

#[tokio::test]
async fn every_way_leads_where_plain_look_ups_lead() {
    both(|gateway| async move {
        compare(&gateway, 1).await;
    })
    .await;
    both(|gateway| async move {
        compare(&gateway, 2).await;
    })
    .await;
}

#[tokio::test]
async fn sums_know_the_absent_from_the_empty() {
    both(|gateway| async move {
        gateway
            .import(
                r#"{"type":"Audience","key":"a","name":"A"}
{"type":"PerformanceFact","day":"2026-05-01","impressions":1}
{"type":"PerformanceFact","day":"2026-05-01","channel":"WEB","audience":"a","territory":"DE","impressions":2}"#,
            )
            .await;
        let reader = Reader::new(gateway.store.clone(), Caller::Anonymous);
        let nil = gateway.dialect().nil();
        let sums = "(SELECT t.impressions, coalesce(t.channel, '') AS channel, coalesce(t.audience_id, NIL) AS audience_id, \
                    coalesce(t.territory, '') AS territory FROM performance_fact t)"
            .replace("NIL", nil);
        let names = names(&reader).await;
        let rows = (Counted::PerformanceSums, sums.as_str());
        for (dimension, value) in
            [(Dimension::Channel, "WEB"), (Dimension::Audience, "a"), (Dimension::Territory, "DE")]
        {
            let mut sql = reader.sql();
            let expression = rows.0.expression(&mut sql, dimension, "t");
            sql.push(&format!("SELECT t.impressions, {expression} FROM {} t ORDER BY 1", rows.1));
            let table = reader.all(sql.finish(), &[NUMBER, dimension.holds()]).await.expect("rows");
            let found: Vec<&[Cell]> = table.rows().collect();
            assert_eq!(found[0][1], Cell::Null);
            assert_ne!(found[1][1], Cell::Null);
            for nobody in [chosen(&names, dimension, &[value.to_owned()]), nothing(dimension)] {
                let wanted = usize::from(nobody != nothing(dimension));
                let mut sql = reader.sql();
                sql.push(&format!("SELECT t.impressions FROM {} t WHERE TRUE", rows.1));
                Filter::default().with(dimension, nobody).write(&mut sql, rows.0, "t");
                let table = reader.all(sql.finish(), &[NUMBER]).await.expect("rows");
                assert_eq!(table.rows().count(), wanted, "{dimension:?}");
            }
        }
    })
    .await;
}

/// What stands in tables of sums where there is nothing, as a client could write it.
fn nothing(dimension: Dimension) -> Values {
    match dimension {
        Dimension::Audience => Values::Ids(vec![Uuid::nil()]),
        _ => Values::Texts(Vec::new()),
    }
}

#[test]
fn a_dimension_without_a_way_is_refused_by_name() {
    let counted = [Counted::Incident, Counted::Finding, Counted::Handoff, Counted::Delivery];
    assert!(
        check("exception_rate", &counted, [Dimension::Brand, Dimension::Campaign, Dimension::Team]).is_ok()
    );
    let error =
        check("exception_rate", &counted, [Dimension::Brand, Dimension::Audience]).expect_err("refused");
    assert_eq!(error.code.as_str(), "BAD_USER_INPUT");
    assert_eq!(
        error.message,
        "exception_rate cannot be asked by audience; nothing that it counts has one. It can be asked by brand, \
         campaign and team."
    );
}
