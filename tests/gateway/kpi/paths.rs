//! The ways from what is counted to the dimensions, over random graphs: the value of each row and the rows that each
//! filter lets through are those that plain look-ups in Rust find.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};
use uuid::Uuid;
use weft::caller::Caller;
use weft::catalogue::Holds;
use weft::kpi::dimension::{Counted, Dimension, check};
use weft::kpi::filter::{Filter, Values};
use weft::store::{Cell, NUMBER, Reader, TEXT};

use super::chance::Chance;
use crate::support::{Gateway, both};

const CHANNELS: [&str; 3] = ["WEB", "EMAIL", "PRINT"];
const TERRITORIES: [&str; 3] = ["DE", "DE-BY", "FR"];
/// How many there are of each noun.
const MANY: usize = 24;

/// The lines by their keys, each with its type in it.
#[derive(Default)]
struct World(BTreeMap<String, Value>);

impl World {
    fn line(&self, key: &str) -> &Map<String, Value> {
        self.0[key].as_object().expect("a line")
    }

    fn text(&self, key: &str, field: &str) -> Option<String> {
        self.line(key).get(field).and_then(Value::as_str).map(str::to_owned)
    }

    /// The text at the end of a way of fields.
    fn follow(&self, key: &str, way: &[&str]) -> Option<String> {
        way.iter().try_fold(key.to_owned(), |key, field| self.text(&key, field))
    }

    /// The campaign of a thing, by the rules of inheritance.
    fn campaign(&self, key: &str) -> Option<String> {
        let follow = |way: &[&str]| self.follow(key, way);
        match self.line(key)["type"].as_str().expect("a type") {
            "Campaign" => Some(key.to_owned()),
            "JourneyStep" => follow(&["journey", "campaign"]),
            "Rule" | "Experiment" => follow(&["decision", "campaign"]),
            "Handoff" => follow(&["workItem", "campaign"]),
            "Delivery" => follow(&["campaign"])
                .or_else(|| follow(&["decision", "campaign"]))
                .or_else(|| follow(&["experience", "campaign"])),
            "Usage" => follow(&["delivery"])
                .and_then(|delivery| self.campaign(&delivery))
                .or_else(|| follow(&["experience", "campaign"])),
            "PerformanceFact" => follow(&["delivery"]).and_then(|delivery| self.campaign(&delivery)),
            "JourneyFact" => follow(&["step", "journey", "campaign"]),
            _ => follow(&["campaign"]),
        }
    }

    /// The same of what may have it from the things that it names.
    fn inherited(&self, key: &str) -> Option<String> {
        let named = |thing: &Value| self.campaign(thing["key"].as_str().expect("a key"));
        self.text(key, "campaign").or_else(|| match self.line(key).get("changed") {
            Some(changed) => {
                let mut of_things: Vec<String> =
                    changed.as_array().expect("things").iter().filter_map(named).collect();
                of_things.sort();
                of_things.dedup();
                if of_things.len() == 1 { of_things.pop() } else { None }
            }
            None => self.line(key).get("subject").and_then(named),
        })
    }

    /// The first of the things that this led to.
    fn first(&self, of: Vec<String>, at: &str, not_before: Option<String>) -> Option<String> {
        let not_before = not_before?;
        let dated = of.into_iter().filter_map(|key| Some((self.text(&key, at)?, key)));
        dated.filter(|(at, _)| *at >= not_before).min().map(|(_, key)| key)
    }

    fn first_change(&self, insight: &str) -> Option<String> {
        let acts = |key: &&String| {
            let acts_on = self.line(key).get("insights").and_then(Value::as_array);
            acts_on.is_some_and(|insights| insights.contains(&json!(insight)))
        };
        let changes = self.0.keys().filter(|key| key.starts_with("change-")).filter(acts).cloned().collect();
        self.first(changes, "liveAt", self.text(insight, "observedAt"))
    }

    fn first_experience(&self, brief: &str) -> Option<String> {
        let led = |key: &&String| {
            key.starts_with("experience-") && self.text(key, "brief").as_deref() == Some(brief)
        };
        let experiences = self.0.keys().filter(led).cloned().collect();
        self.first(experiences, "liveFrom", self.text(brief, "requestedAt"))
    }

    fn value(&self, counted: Counted, key: &str, dimension: Dimension) -> Option<String> {
        let campaign = match counted {
            Counted::Change | Counted::Incident | Counted::Finding => self.inherited(key),
            _ => self.campaign(key),
        };
        let owner = || self.text(campaign.as_deref()?, "ownerTeam");
        let text = |field| self.text(key, field);
        match (dimension, counted) {
            (Dimension::Brand, Counted::Usage) => self.follow(key, &["asset", "brand"]),
            (Dimension::Brand, _) => self.text(campaign.as_deref()?, "brand"),
            (Dimension::Campaign, _) => campaign,
            (Dimension::Channel, Counted::Brief) => self.text(&self.first_experience(key)?, "channel"),
            (Dimension::Channel, Counted::Usage) => text("channel")
                .or_else(|| self.follow(key, &["delivery", "channel"]))
                .or_else(|| self.follow(key, &["experience", "channel"])),
            (Dimension::Channel, Counted::Performance | Counted::Journey) => text("channel"),
            (Dimension::Audience, Counted::Performance | Counted::Journey) => text("audience"),
            (Dimension::Team, Counted::Change | Counted::Incident) => text("ownerTeam"),
            (Dimension::Team, Counted::Insight) => self.text(&self.first_change(key)?, "ownerTeam"),
            (Dimension::Team, Counted::Handoff) => text("toTeam"),
            (Dimension::Team, Counted::Usage) => self.follow(key, &["asset", "ownerTeam"]),
            (Dimension::Team, Counted::Brief | Counted::Performance | Counted::Journey) => owner(),
            (Dimension::Territory, Counted::Usage | Counted::Performance) => text("territory"),
            _ => None,
        }
    }
}

/// A day of its own for each of some facts, so that no two of them are the same fact.
fn day(place: usize) -> String {
    format!("2026-{:02}-{:02}", 4 + place / 28, 1 + place % 28)
}

struct Making<'a> {
    chance: &'a mut Chance,
    world: World,
}

impl Making<'_> {
    /// Makes things of a noun, each with some of these references and words.
    fn things(&mut self, noun: &str, refs: &[(&str, &str)], words: &[(&str, &[&str])]) {
        for place in 0..MANY {
            let key = format!("{}-{place}", noun.to_lowercase());
            let mut line = json!({ "type": noun, "key": key });
            match noun {
                "Handoff" | "Usage" | "Delivery" | "Rule" => {}
                "Change" | "Insight" | "Brief" | "Incident" | "WorkItem" | "Asset" => {
                    line["title"] = json!(key)
                }
                "GuardrailFinding" => line["message"] = json!(key),
                _ => line["name"] = json!(key),
            }
            for (field, to) in refs {
                if let Some(other) = self.chance.maybe(MANY) {
                    line[*field] = json!(format!("{to}-{other}"));
                }
            }
            for (field, of) in words {
                if self.chance.often(66) {
                    line[*field] = json!(self.chance.one(of));
                }
            }
            self.world.0.insert(key, line);
        }
    }

    fn thing(&mut self) -> Value {
        let noun = self.chance.one(&[
            "Campaign",
            "Journey",
            "JourneyStep",
            "Decision",
            "Rule",
            "Experience",
            "Delivery",
            "Usage",
            "Brief",
            "WorkItem",
            "Handoff",
            "Insight",
            "Asset",
        ]);
        json!({ "type": noun, "key": format!("{}-{}", noun.to_lowercase(), self.chance.below(MANY)) })
    }

    fn subjects(&mut self, noun: &str) {
        for place in 0..MANY {
            if self.chance.often(80) {
                let thing = self.thing();
                let key = format!("{}-{place}", noun.to_lowercase());
                self.world.0.get_mut(&key).expect("made before")["subject"] = thing;
            }
        }
    }

    fn facts(&mut self, noun: &str, refs: &[(&str, &str)], measure: &str) {
        for place in 0..MANY * 2 {
            let mut line = json!({ "type": noun, "day": day(place), "channel": self.chance.one(&CHANNELS) });
            line[measure] = json!(place);
            for (field, to) in refs {
                if let Some(other) = self.chance.maybe(MANY) {
                    line[*field] = json!(format!("{to}-{other}"));
                }
            }
            if self.chance.often(30) {
                line.as_object_mut().expect("a line").remove("channel");
            }
            if noun == "PerformanceFact" && self.chance.often(66) {
                line["territory"] = json!(self.chance.one(&TERRITORIES));
            }
            self.world.0.insert(format!("{noun}-{place}"), line);
        }
    }
}

const MOMENTS: [&str; 4] =
    ["2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z", "2026-05-04T00:00:00Z"];

fn world(chance: &mut Chance) -> World {
    let mut making = Making { chance, world: World::default() };
    let campaign = [("campaign", "campaign")];
    making.things("Brand", &[], &[]);
    making.things("Team", &[], &[]);
    making.things("Audience", &[], &[]);
    making.things("Campaign", &[("brand", "brand"), ("ownerTeam", "team")], &[]);
    making.things("Journey", &campaign, &[]);
    making.things("JourneyStep", &[("journey", "journey")], &[]);
    making.things("Decision", &campaign, &[]);
    making.things("Rule", &[("decision", "decision")], &[]);
    making.things("Asset", &[("brand", "brand"), ("ownerTeam", "team")], &[]);
    making.things("Brief", &campaign, &[("requestedAt", &MOMENTS)]);
    let words: [(&str, &[&str]); 2] = [("channel", &CHANNELS), ("liveFrom", &MOMENTS)];
    making.things("Experience", &[("campaign", "campaign"), ("brief", "brief")], &words);
    let links = [("campaign", "campaign"), ("decision", "decision"), ("experience", "experience")];
    making.things("Delivery", &links, &[("channel", &CHANNELS)]);
    let links = [("asset", "asset"), ("delivery", "delivery"), ("experience", "experience")];
    making.things("Usage", &links, &[("channel", &CHANNELS), ("territory", &TERRITORIES)]);
    making.things("WorkItem", &campaign, &[]);
    making.things("Handoff", &[("workItem", "workitem"), ("toTeam", "team")], &[]);
    making.things("Insight", &campaign, &[("observedAt", &MOMENTS)]);
    let owned = [("campaign", "campaign"), ("ownerTeam", "team")];
    making.things("Change", &owned, &[("liveAt", &MOMENTS)]);
    making.things("Incident", &owned, &[]);
    making.things("GuardrailFinding", &campaign, &[]);
    making.subjects("Incident");
    making.subjects("GuardrailFinding");
    for place in 0..MANY {
        let mut changed: Vec<Value> = (0..making.chance.below(4)).map(|_| making.thing()).collect();
        changed.dedup();
        let insights: Vec<String> =
            (0..making.chance.below(3)).map(|_| format!("insight-{}", making.chance.below(MANY))).collect();
        let line = making.world.0.get_mut(&format!("change-{place}")).expect("made before");
        line["changed"] = json!(changed);
        line["insights"] = json!(insights);
        // Half of them say nothing of their own, so that what they name is asked.
        if place % 2 == 0 {
            line.as_object_mut().expect("a line").remove("campaign");
        }
    }
    making.facts("PerformanceFact", &[("delivery", "delivery"), ("audience", "audience")], "impressions");
    making.facts("JourneyFact", &[("step", "journeystep"), ("audience", "audience")], "entries");
    making.world
}

/// What is counted, its table, and the column in which a fact carries its number.
const COUNTED: [(Counted, &str, &str); 10] = [
    (Counted::Change, "change", "Change"),
    (Counted::Insight, "insight", "Insight"),
    (Counted::Brief, "brief", "Brief"),
    (Counted::Incident, "incident", "Incident"),
    (Counted::Finding, "guardrail_finding", "GuardrailFinding"),
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
