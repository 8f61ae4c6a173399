//! A made-up operation as lines of import, from the same seed the same. Nothing here knows how Weft computes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::chance::Chance;

pub(super) const DAY: i64 = 86_400_000_000;
const HOUR: i64 = 3_600_000_000;

/// Lines by their keys; facts have a key that no line carries.
#[derive(Default)]
pub(super) struct Made {
    pub(super) lines: BTreeMap<String, Value>,
}

/// What the made-up facts may hold that leaves a measure without a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Money {
    /// One currency, and every cost known.
    Plain,
    /// Costs that nobody said.
    Unknown,
    /// Two currencies.
    Mixed,
}

/// A moment as lines write it.
pub(super) fn written(moment: i64) -> String {
    weft::clock::written(moment)
}

/// The moment that a line has in a field.
pub(super) fn moment(line: &Value, field: &str) -> Option<i64> {
    line.get(field).and_then(Value::as_str).map(|text| weft::clock::read(text).expect("a moment"))
}

fn day(text: &str) -> i64 {
    weft::clock::read(&format!("{text}T00:00:00Z")).expect("a day")
}

/// The midnight of a fact's day.
pub(super) fn midnight(line: &Value) -> i64 {
    day(line["day"].as_str().expect("a day"))
}

const CHANNELS: [&str; 3] = ["WEB", "EMAIL", "PRINT"];
const TERRITORIES: [&str; 2] = ["DE", "FR"];

struct Making<'a> {
    chance: &'a mut Chance,
    made: Made,
    /// Where the made-up time begins.
    from: i64,
}

impl Making<'_> {
    fn put(&mut self, noun: &str, key: String, mut line: Value) {
        line["type"] = json!(noun);
        line["key"] = json!(key);
        for text in ["title", "name"] {
            if line.get(text).is_none() && NAMED.contains(&(noun, text)) {
                line[text] = json!(format!("{noun} {key}"));
            }
        }
        self.made.lines.insert(key, line);
    }

    fn refer(&mut self, line: &mut Value, field: &str, to: &str, many: usize) {
        if let Some(other) = self.chance.maybe(many) {
            line[field] = json!(format!("{to}-{other}"));
        }
    }

    fn word(&mut self, line: &mut Value, field: &str, of: &[&str]) {
        if self.chance.often(75) {
            line[field] = json!(self.chance.one(of));
        }
    }

    /// Some moment of the hundred days.
    fn time(&mut self) -> i64 {
        self.from + i64::try_from(self.chance.below(100 * 24)).expect("small") * HOUR
    }

    fn dated(&mut self, line: &mut Value, field: &str, percent: usize) {
        if self.chance.often(percent) {
            line[field] = json!(written(self.time()));
        }
    }

    /// A later moment, and now and then an earlier one.
    fn later(&mut self, line: &mut Value, (field, than): (&str, &str), percent: usize) {
        let Some(from) = moment(line, than) else { return };
        if self.chance.often(percent) {
            let hours = i64::try_from(self.chance.below(30 * 24)).expect("small");
            let wrong = self.chance.often(8);
            let sign = if wrong { -1 } else { 1 };
            line[field] = json!(written(from + sign * hours * HOUR + 1_000));
        }
    }
}

const NAMED: [(&str, &str); 18] = [
    ("Brand", "name"),
    ("Team", "name"),
    ("Audience", "name"),
    ("Campaign", "name"),
    ("Decision", "name"),
    ("Experience", "name"),
    ("Journey", "name"),
    ("JourneyStep", "name"),
    ("Asset", "title"),
    ("Component", "name"),
    ("Variant", "name"),
    ("Change", "title"),
    ("Insight", "title"),
    ("Brief", "title"),
    ("Incident", "title"),
    ("WorkItem", "title"),
    ("Delivery", "name"),
    ("Guardrail", "name"),
];

/// An operation of a hundred days from the first of February 2026.
pub(super) fn made(chance: &mut Chance, money: Money) -> Made {
    let mut making = Making { chance, made: Made::default(), from: day("2026-02-01") };
    for place in 0..2 {
        making.put("Brand", format!("brand-{place}"), json!({}));
    }
    for (noun, stem, many) in [("Team", "team", 3), ("Audience", "audience", 2)] {
        for place in 0..many {
            making.put(noun, format!("{stem}-{place}"), json!({}));
        }
    }
    for place in 0..4 {
        let mut line = json!({});
        making.refer(&mut line, "brand", "brand", 2);
        making.refer(&mut line, "ownerTeam", "team", 3);
        making.put("Campaign", format!("campaign-{place}"), line);
    }
    content(&mut making);
    work(&mut making);
    facts(&mut making, money);
    making.made
}

fn content(making: &mut Making<'_>) {
    for place in 0..3 {
        let mut line = json!({});
        making.refer(&mut line, "campaign", "campaign", 4);
        making.put("Decision", format!("decision-{place}"), line);
    }
    for place in 0..30 {
        let mut line = json!({});
        making.refer(&mut line, "campaign", "campaign", 4);
        making.dated(&mut line, "requestedAt", 95);
        making.put("Brief", format!("brief-{place}"), line);
    }
    for place in 0..40 {
        let mut line = json!({});
        making.refer(&mut line, "campaign", "campaign", 4);
        making.refer(&mut line, "brief", "brief", 30);
        making.word(&mut line, "channel", &CHANNELS);
        making.dated(&mut line, "liveFrom", 85);
        making.later(&mut line, ("liveTo", "liveFrom"), 50);
        making.put("Experience", format!("experience-{place}"), line);
    }
    for place in 0..24 {
        let mut line = json!({});
        for (field, to, many) in
            [("campaign", "campaign", 4), ("decision", "decision", 3), ("experience", "experience", 40)]
        {
            if making.chance.often(60) {
                making.refer(&mut line, field, to, many);
            }
        }
        making.word(&mut line, "channel", &CHANNELS);
        making.word(&mut line, "status", &["ACTIVE", "ACTIVE", "PAUSED", "CANCELLED", "ENDED"]);
        making.dated(&mut line, "startTime", 90);
        making.later(&mut line, ("endTime", "startTime"), 70);
        statuses(making, &mut line);
        making.put("Delivery", format!("delivery-{place}"), line);
    }
    for place in 0..16 {
        let mut line = json!({});
        making.refer(&mut line, "brand", "brand", 2);
        making.refer(&mut line, "ownerTeam", "team", 3);
        making.put("Asset", format!("asset-{place}"), line);
    }
    making.put("Component", "component-0".to_owned(), json!({ "kind": "HEADLINE" }));
    for place in 0..6 {
        let assets: Vec<String> =
            (0..making.chance.below(3)).map(|_| format!("asset-{}", making.chance.below(16))).collect();
        making.put(
            "Variant",
            format!("variant-{place}"),
            json!({ "component": "component-0", "assets": assets }),
        );
    }
    for place in 0..60 {
        let mut line = json!({});
        if making.chance.often(70) {
            line["asset"] = json!(format!("asset-{}", making.chance.below(16)));
        } else {
            line["variant"] = json!(format!("variant-{}", making.chance.below(6)));
        }
        making.refer(&mut line, "delivery", "delivery", 24);
        if line.get("delivery").is_none() || making.chance.often(30) {
            making.refer(&mut line, "experience", "experience", 40);
        }
        making.word(&mut line, "channel", &CHANNELS[..2]);
        making.word(&mut line, "territory", &TERRITORIES);
        making.word(&mut line, "status", &["ACTIVE", "ACTIVE", "ACTIVE", "PAUSED", "ENDED"]);
        making.dated(&mut line, "startTime", 95);
        making.later(&mut line, ("endTime", "startTime"), 50);
        statuses(making, &mut line);
        making.put("Usage", format!("usage-{place}"), line);
    }
}

/// Now and then, when statuses changed; the last of them is the status itself.
fn statuses(making: &mut Making<'_>, line: &mut Value) {
    if !making.chance.often(40) {
        return;
    }
    let mut times: Vec<i64> = (0..1 + making.chance.below(3)).map(|_| making.time()).collect();
    times.sort_unstable();
    times.dedup();
    let mut statuses = Vec::new();
    for time in times {
        let status = making.chance.one(&["ACTIVE", "PAUSED"]);
        statuses.push(json!({ "status": status, "since": written(time) }));
        line["status"] = json!(status);
    }
    line["statuses"] = json!(statuses);
}

fn work(making: &mut Making<'_>) {
    for place in 0..40 {
        let mut line = json!({});
        making.refer(&mut line, "campaign", "campaign", 4);
        making.dated(&mut line, "observedAt", 95);
        making.put("Insight", format!("insight-{place}"), line);
    }
    for place in 0..60 {
        let mut line = json!({});
        if place % 2 == 0 {
            making.refer(&mut line, "campaign", "campaign", 4);
        } else {
            let changed: Vec<Value> = (0..making.chance.below(3))
                .map(
                    |_| json!({ "type": "Delivery", "key": format!("delivery-{}", making.chance.below(24)) }),
                )
                .collect();
            line["changed"] = json!(changed);
        }
        making.refer(&mut line, "ownerTeam", "team", 3);
        making.dated(&mut line, "decidedAt", 95);
        making.later(&mut line, ("liveAt", "decidedAt"), 75);
        let insights: Vec<String> =
            (0..making.chance.below(3)).map(|_| format!("insight-{}", making.chance.below(40))).collect();
        line["insights"] = json!(insights);
        making.put("Change", format!("change-{place}"), line);
    }
    making.put("Guardrail", "guardrail-0".to_owned(), json!({}));
    for place in 0..40 {
        let mut line = json!({});
        making.refer(&mut line, "campaign", "campaign", 4);
        making.refer(&mut line, "ownerTeam", "team", 3);
        making.dated(&mut line, "openedAt", 95);
        if making.chance.often(60) {
            line["subject"] =
                json!({ "type": "Delivery", "key": format!("delivery-{}", making.chance.below(24)) });
        }
        making.put("Incident", format!("incident-{place}"), line);
        let mut line = json!({ "guardrail": "guardrail-0" });
        making.refer(&mut line, "campaign", "campaign", 4);
        making.dated(&mut line, "foundAt", 95);
        if making.chance.often(60) {
            let experience = format!("experience-{}", making.chance.below(40));
            line["subject"] = json!({ "type": "Experience", "key": experience });
        }
        making.put("GuardrailFinding", format!("finding-{place}"), line);
    }
    for place in 0..20 {
        let mut line = json!({});
        making.refer(&mut line, "campaign", "campaign", 4);
        making.put("WorkItem", format!("workitem-{place}"), line);
    }
    for place in 0..120 {
        let mut line = json!({});
        making.refer(&mut line, "workItem", "workitem", 20);
        making.refer(&mut line, "fromTeam", "team", 3);
        making.refer(&mut line, "toTeam", "team", 3);
        making.dated(&mut line, "enteredAt", 95);
        making.later(&mut line, ("startedAt", "enteredAt"), 70);
        making.later(&mut line, ("exitedAt", "enteredAt"), 80);
        if line.get("enteredAt").is_none() {
            making.dated(&mut line, "exitedAt", 60);
        }
        if line.get("exitedAt").is_some() {
            making.word(&mut line, "outcome", &["ACCEPTED", "ACCEPTED", "RETURNED", "REJECTED"]);
        }
        making.put("Handoff", format!("handoff-{place:03}"), line);
    }
}

fn facts(making: &mut Making<'_>, money: Money) {
    for place in 0..2 {
        let mut line = json!({});
        making.refer(&mut line, "campaign", "campaign", 4);
        making.put("Journey", format!("journey-{place}"), line);
    }
    for place in 0..8 {
        let mut line = json!({ "journey": format!("journey-{}", place / 4) });
        if place % 4 != 3 && making.chance.often(80) {
            line["next"] = json!(format!("step-{}", place + 1));
        }
        making.put("JourneyStep", format!("step-{place}"), line);
    }
    for place in 0..300_i64 {
        let day = written(making.from + (place % 100) * DAY)[..10].to_owned();
        let mut line = json!({ "day": day, "type": "PerformanceFact" });
        line["source"] = json!(making.chance.one(&["ads", "shop"]));
        making.refer(&mut line, "delivery", "delivery", 24);
        making.refer(&mut line, "audience", "audience", 2);
        making.word(&mut line, "channel", &CHANNELS);
        making.word(&mut line, "territory", &TERRITORIES);
        let amount = |making: &mut Making<'_>| json!(making.chance.below(100_000) as f64 / 1_000.0);
        line["impressions"] = json!(making.chance.below(5_000));
        line["clicks"] = json!(making.chance.below(1) + 1);
        line["currency"] = json!("EUR");
        line["cost"] = amount(making);
        if making.chance.often(80) {
            line["revenue"] = amount(making);
        }
        if money == Money::Mixed && making.chance.often(20) {
            line["currency"] = json!("USD");
        }
        if money == Money::Unknown && making.chance.often(6) {
            line.as_object_mut().expect("a line").remove("cost");
            if making.chance.often(30) {
                line["impressions"] = json!(0);
                line.as_object_mut().expect("a line").remove("revenue");
            }
        }
        if line["impressions"] == json!(0) {
            line["clicks"] = json!(0);
        }
        making.made.lines.insert(format!("fact-{place:03}"), line);
    }
    for place in 0..150_i64 {
        let day = written(making.from + (place % 100) * DAY)[..10].to_owned();
        let mut line = json!({ "day": day, "type": "JourneyFact", "source": "shop" });
        line["step"] = json!(format!("step-{}", making.chance.below(8)));
        making.refer(&mut line, "audience", "audience", 2);
        making.word(&mut line, "channel", &CHANNELS);
        line["entries"] = json!(making.chance.below(500));
        if making.chance.often(80) {
            line["conversions"] = json!(making.chance.below(50));
        }
        making.made.lines.insert(format!("journeyfact-{place:03}"), line);
    }
}
