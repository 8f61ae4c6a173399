//! Random graphs of what KPIs count and of what leads from there to their dimensions, with plain look-ups by the rules of
//! inheritance.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use weft::kpi::dimension::{Counted, Dimension};

use super::chance::Chance;

const CHANNELS: [&str; 3] = ["WEB", "EMAIL", "PRINT"];
const TERRITORIES: [&str; 3] = ["DE", "DE-BY", "FR"];
/// How many there are of each noun.
const MANY: usize = 24;

/// The lines by their keys, each with its type in it.
#[derive(Default)]
pub(super) struct World(pub(super) BTreeMap<String, Value>);

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

    /// The value of something that is counted in a dimension.
    pub(super) fn value(&self, counted: Counted, key: &str, dimension: Dimension) -> Option<String> {
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
            (Dimension::Team, Counted::Change | Counted::Incident | Counted::WorkItem) => text("ownerTeam"),
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

/// A graph.
pub(super) fn world(chance: &mut Chance) -> World {
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
    making.things("WorkItem", &[("campaign", "campaign"), ("ownerTeam", "team")], &[]);
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
