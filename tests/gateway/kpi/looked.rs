//! Plain look-ups in a made-up operation: its lines, and what hangs on what by the rules of inheritance.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::made::{Made, moment};

impl Made {
    /// The lines as an import takes them. Two lines on one fact are one fact, of which the later counts.
    pub(super) fn import(&self) -> String {
        self.lines.values().map(|line| format!("{line}\n")).collect()
    }

    /// The lines of a noun; of several on one fact, what is left when all are taken in.
    pub(super) fn of(&self, noun: &str) -> Vec<(&String, Value)> {
        let mut facts: BTreeMap<String, (&String, Value)> = BTreeMap::new();
        for (key, line) in self.lines.iter().filter(|(_, line)| line["type"] == noun) {
            let same = if noun.ends_with("Fact") {
                let part = |field: &str| line.get(field).map(ToString::to_string).unwrap_or_default();
                ["source", "day", "delivery", "step", "audience", "channel", "territory"].map(part).join("|")
            } else {
                key.clone()
            };
            let known = facts.entry(same).or_insert_with(|| (key, json!({})));
            let members = known.1.as_object_mut().expect("an object");
            members.extend(line.as_object().expect("an object").clone());
        }
        facts.into_values().collect()
    }

    pub(super) fn text(&self, key: &str, field: &str) -> Option<String> {
        self.lines[key].get(field).and_then(Value::as_str).map(str::to_owned)
    }

    /// A delivery's campaign: its own, else its decision's, else its experience's.
    fn of_delivery(&self, delivery: &str) -> Option<String> {
        let through = |field: &str| self.text(delivery, field).and_then(|key| self.text(&key, "campaign"));
        self.text(delivery, "campaign").or_else(|| through("decision")).or_else(|| through("experience"))
    }

    fn named(&self, thing: &Value) -> Option<String> {
        let key = thing["key"].as_str().expect("a key");
        match thing["type"].as_str().expect("a type") {
            "Delivery" => self.of_delivery(key),
            _ => self.text(key, "campaign"),
        }
    }

    /// The campaign of a line.
    pub(super) fn campaign(&self, line: &Value) -> Option<String> {
        let text = |field: &str| line.get(field).and_then(Value::as_str).map(str::to_owned);
        let noun = line["type"].as_str().expect("a type");
        match noun {
            "Delivery" => self.of_delivery(line["key"].as_str().expect("a key")),
            "PerformanceFact" => self.of_delivery(&text("delivery")?),
            "JourneyFact" => self.text(&self.text(&text("step")?, "journey")?, "campaign"),
            "Handoff" => self.text(&text("workItem")?, "campaign"),
            "Usage" => text("delivery")
                .and_then(|delivery| self.of_delivery(&delivery))
                .or_else(|| self.text(&text("experience")?, "campaign")),
            "Incident" | "GuardrailFinding" => {
                text("campaign").or_else(|| line.get("subject").and_then(|thing| self.named(thing)))
            }
            "Change" => text("campaign").or_else(|| {
                let changed = line.get("changed").and_then(Value::as_array).cloned().unwrap_or_default();
                let mut known: Vec<String> = changed.iter().filter_map(|thing| self.named(thing)).collect();
                known.sort();
                known.dedup();
                if known.len() == 1 { known.pop() } else { None }
            }),
            _ => text("campaign"),
        }
    }

    /// The first change of an insight: when it was live, and which it is.
    pub(super) fn first_change(&self, insight: &Value) -> Option<(i64, String)> {
        let (key, observed) = (&insight["key"], moment(insight, "observedAt")?);
        let acts = |line: &Value| {
            line.get("insights").and_then(Value::as_array).is_some_and(|insights| insights.contains(key))
        };
        let changes = self.lines.iter().filter(|(_, line)| line["type"] == "Change" && acts(line));
        let live = changes.filter_map(|(key, line)| Some((moment(line, "liveAt")?, key.clone())));
        live.filter(|(at, _)| *at >= observed).min()
    }

    /// The first experience of a brief: when it was live, and which it is.
    pub(super) fn first_experience(&self, brief: &Value) -> Option<(i64, String)> {
        let requested = moment(brief, "requestedAt")?;
        let of_brief = self
            .lines
            .iter()
            .filter(|(_, line)| line["type"] == "Experience" && line.get("brief") == Some(&brief["key"]));
        let live = of_brief.filter_map(|(key, line)| Some((moment(line, "liveFrom")?, key.clone())));
        live.filter(|(at, _)| *at >= requested).min()
    }

    /// The value of a line in a dimension.
    pub(super) fn value(&self, line: &Value, dimension: &str) -> Option<String> {
        let text = |field: &str| line.get(field).and_then(Value::as_str).map(str::to_owned);
        let of_campaign = |field: &str| self.text(&self.campaign(line)?, field);
        let noun = line["type"].as_str().expect("a type");
        match (dimension, noun) {
            ("CAMPAIGN", _) => self.campaign(line),
            ("BRAND", _) => of_campaign("brand"),
            ("TEAM", "Change" | "Incident") => text("ownerTeam"),
            ("TEAM", "Insight") => self.text(&self.first_change(line)?.1, "ownerTeam"),
            ("TEAM", "Handoff") => text("toTeam"),
            ("TEAM", "PerformanceFact" | "JourneyFact" | "Brief") => of_campaign("ownerTeam"),
            ("TEAM", _) => None,
            ("CHANNEL", "Brief") => self.text(&self.first_experience(line)?.1, "channel"),
            ("CHANNEL", "Usage") => text("channel")
                .or_else(|| self.text(&text("delivery")?, "channel"))
                .or_else(|| self.text(&text("experience")?, "channel")),
            ("CHANNEL", "PerformanceFact" | "JourneyFact") => text("channel"),
            ("AUDIENCE", "PerformanceFact" | "JourneyFact") => text("audience"),
            ("TERRITORY", "PerformanceFact" | "Usage") => text("territory"),
            _ => None,
        }
    }
}
