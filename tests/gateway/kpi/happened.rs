//! A made-up operation as it is told by events: things by what happened to them and facts by what was observed, with
//! earlier and wrong versions among them, and as lines what no event tells. Nothing here knows how Weft computes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::chance::Chance;
use super::made::{Made, Money, made, midnight, moment, written};

const HOUR: i64 = 3_600_000_000;

/// What events say of a field beside the moments.
enum Says {
    Text,
    Word(&'static [&'static str]),
    One(&'static str, usize),
    Many(&'static str, usize),
    Thing(&'static str, &'static str, usize),
    Things(&'static str, &'static str, usize),
}

use Says::{Many, One, Text, Thing, Things, Word};

/// The things that events speak of: the types of their events, each with the moment that it is, and their other fields.
type Spoken = (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, Says)]);

const CAMPAIGN: Says = One("campaign", 4);
const TEAM: Says = One("team", 3);

const SPOKEN: [Spoken; 6] = [
    (
        "Change",
        &[("weft.change.decided", "decidedAt"), ("weft.change.live", "liveAt")],
        &[
            ("title", Text),
            ("campaign", CAMPAIGN),
            ("ownerTeam", TEAM),
            ("changed", Things("Delivery", "delivery", 24)),
            ("insights", Many("insight", 40)),
        ],
    ),
    (
        "Handoff",
        &[
            ("weft.handoff.entered", "enteredAt"),
            ("weft.handoff.started", "startedAt"),
            ("weft.handoff.exited", "exitedAt"),
        ],
        &[
            ("workItem", One("workitem", 20)),
            ("fromTeam", TEAM),
            ("toTeam", TEAM),
            ("outcome", Word(&["ACCEPTED", "RETURNED", "REJECTED"])),
        ],
    ),
    (
        "Incident",
        &[("weft.incident.opened", "openedAt"), ("weft.incident.closed", "closedAt")],
        &[
            ("title", Text),
            ("campaign", CAMPAIGN),
            ("ownerTeam", TEAM),
            ("subject", Thing("Delivery", "delivery", 24)),
        ],
    ),
    ("Insight", &[("weft.insight.observed", "observedAt")], &[("title", Text), ("campaign", CAMPAIGN)]),
    (
        "Delivery",
        &[("weft.delivery.started", "startTime"), ("weft.delivery.stopped", "endTime")],
        &[
            ("name", Text),
            ("campaign", CAMPAIGN),
            ("decision", One("decision", 3)),
            ("experience", One("experience", 40)),
            ("channel", Word(&["WEB", "EMAIL", "PRINT"])),
        ],
    ),
    (
        "GuardrailFinding",
        &[("weft.guardrail.found", "foundAt"), ("weft.guardrail.resolved", "resolvedAt")],
        &[
            ("guardrail", One("guardrail", 1)),
            ("campaign", CAMPAIGN),
            ("subject", Thing("Experience", "experience", 40)),
        ],
    ),
];

/// The operation, and how it is told.
pub(super) struct Happened {
    /// What all that is told comes to.
    pub(super) made: Made,
    /// Lines that come before the events, behind most of them, and at the end: those name what events bring.
    pub(super) lines: [String; 3],
    /// The events, each once.
    pub(super) events: Vec<Value>,
    /// The things that are told by nothing but events.
    pub(super) told: Vec<String>,
}

struct Telling<'a> {
    chance: &'a mut Chance,
    keys: BTreeSet<String>,
    events: Vec<Value>,
}

/// An operation as events tell it.
pub(super) fn happened(chance: &mut Chance, money: Money) -> Happened {
    let mut made = made(chance, money);
    for line in made.lines.values_mut() {
        for (from, to) in [("openedAt", "closedAt"), ("foundAt", "resolvedAt")] {
            if let (Some(at), true) = (moment(line, from), chance.often(50)) {
                line[to] = json!(written(at + hours(chance, 200)));
            }
        }
    }
    let replaced = alone(&mut made);
    let keys = made.lines.keys().cloned().collect();
    let mut telling = Telling { chance, keys, events: Vec::new() };
    let (mut told, mut implied, mut left) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (key, line) in &made.lines {
        let noun = line["type"].as_str().expect("a type");
        let spoken = SPOKEN.iter().find(|(name, ..)| *name == noun);
        if noun.ends_with("Fact") {
            telling.fact(line, replaced.get(key).map(Vec::as_slice).unwrap_or_default());
        } else if let Some(spoken) = spoken.filter(|spoken| is_told(spoken, line)) {
            let last = telling.thing(spoken, line);
            implied.extend(
                status(&last).filter(|_| line.get("status").is_none()).map(|word| (key.clone(), word)),
            );
            told.push(key.clone());
        } else {
            left.insert(key.clone());
        }
    }
    let Telling { chance, keys, events } = telling;
    for (key, word) in implied {
        made.lines.get_mut(&key).expect("it is told")["status"] = json!(word);
    }
    let names = |key: &str| {
        let mut names = BTreeSet::new();
        named(&made.lines[key], &keys, &mut names);
        names.remove(key);
        names
    };
    // What comes first names nothing that comes later.
    let mut first: BTreeSet<String> = left.iter().filter(|_| chance.often(70)).cloned().collect();
    while let Some(key) = first.iter().find(|key| !names(key).is_subset(&first)).cloned() {
        first.remove(&key);
    }
    let last = |key: &String| !names(key).is_subset(&left);
    let parts: [Vec<&String>; 3] = [
        first.iter().collect(),
        left.iter().filter(|key| !first.contains(*key) && !last(key)).collect(),
        left.iter().filter(|key| last(key)).collect(),
    ];
    let lines = parts.map(|keys| keys.into_iter().map(|key| format!("{}\n", made.lines[key])).collect());
    Happened { made, lines, events, told }
}

/// Leaves of several lines on one fact the last; answers the others by its key.
fn alone(made: &mut Made) -> BTreeMap<String, Vec<Value>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, line) in &made.lines {
        let noun = line["type"].as_str().expect("a type");
        if noun.ends_with("Fact") {
            let part = |field: &str| line.get(field).map(ToString::to_string).unwrap_or_default();
            let same = ["type", "source", "day", "delivery", "step", "audience", "channel", "territory"];
            places.entry(same.map(part).join("|")).or_default().push(key.clone());
        }
    }
    let mut replaced = BTreeMap::new();
    for mut keys in places.into_values() {
        if let Some(last) = keys.pop() {
            let others = keys.iter().filter_map(|key| made.lines.remove(key)).collect();
            replaced.insert(last, others);
        }
    }
    replaced
}

/// The status that follows from the last of what happened to a delivery, where that is one.
fn status(last: &[&str]) -> Option<&'static str> {
    match last {
        ["weft.delivery.started"] => Some("ACTIVE"),
        ["weft.delivery.stopped"] => Some("ENDED"),
        _ => None,
    }
}

/// Whether events can tell all of a thing: no event gives the history of a status.
fn is_told((_, events, _): &Spoken, line: &Value) -> bool {
    line.get("statuses").is_none() && events.iter().any(|(_, field)| moment(line, field).is_some())
}

/// The keys that stand in a value.
fn named(value: &Value, keys: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if keys.contains(text) => {
            found.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| named(value, keys, found)),
        Value::Object(members) => members.values().for_each(|value| named(value, keys, found)),
        _ => {}
    }
}

fn hours(chance: &mut Chance, most: usize) -> i64 {
    (1 + i64::try_from(chance.below(most)).expect("small")) * HOUR
}

impl Telling<'_> {
    /// Tells an event, by the source of the keys, by another one, or by the one that a fact is of.
    fn say(&mut self, kind: &str, time: Option<i64>, mut data: Map<String, Value>) {
        let id = format!("e{:05}", self.events.len());
        let mut event = json!({ "specversion": "1.0", "id": id, "type": kind });
        if let Some(time) = time {
            event["time"] = json!(written(time));
        }
        if self.chance.often(50) {
            event["source"] = json!("import");
            if let (true, Some(key)) = (self.chance.often(30), data.get("key").cloned()) {
                data.remove("key");
                event["subject"] = key;
            }
        } else {
            event["source"] = data.remove("source").unwrap_or_else(|| json!("desk"));
            data = data.into_iter().map(|(name, value)| (name, self.of_import(value))).collect();
        }
        event["data"] = Value::Object(data);
        self.events.push(event);
    }

    /// A value in which every key says whose it is.
    fn of_import(&self, value: Value) -> Value {
        match value {
            Value::String(key) if self.keys.contains(&key) => json!({ "source": "import", "key": key }),
            Value::Array(values) => values.into_iter().map(|value| self.of_import(value)).collect(),
            Value::Object(mut members) => {
                members.insert("source".to_owned(), json!("import"));
                Value::Object(members)
            }
            value => value,
        }
    }

    /// Tells a thing: the last event on it says all of it, those before say some of it, and not always what is so. Answers
    /// the type of the last, or of all that were last.
    fn thing(&mut self, (_, events, says): &Spoken, line: &Value) -> Vec<&'static str> {
        let rights: Vec<(&'static str, &str, i64, i64)> = events
            .iter()
            .filter_map(|(kind, field)| Some((*kind, *field, moment(line, field)?)))
            .map(|(kind, field, at)| {
                let told = if self.chance.often(20) { at + hours(self.chance, 48) } else { at };
                (kind, field, at, told)
            })
            .collect();
        let last = rights.iter().map(|(.., told)| *told).max().expect("something happened");
        let begun = self.begun(line);
        let (many, mut ended) = (rights.len(), Vec::new());
        for (kind, field, at, told) in rights {
            let mut wrongs = 0;
            while self.chance.often(30) {
                wrongs += 1;
                let mut data = begun.clone();
                if self.chance.often(30) {
                    data.insert(field.to_owned(), json!(written(at - hours(self.chance, 500))));
                }
                self.some(&mut data, (says, line), 0);
                let earlier = told - hours(self.chance, 72);
                self.say(kind, Some(earlier), data);
            }
            let mut data = begun.clone();
            // One that does not say when it was said is said last of all.
            let timeless = many == 1 && wrongs == 0 && self.chance.often(15);
            if told != at || timeless {
                data.insert(field.to_owned(), json!(written(at)));
            }
            if told == last {
                ended.push(kind);
                let all = says.iter().map(|(name, _)| (*name, line.get(*name).cloned().unwrap_or_default()));
                data.extend(all.map(|(name, value)| (name.to_owned(), value)));
            } else {
                self.some(&mut data, (says, line), 50);
            }
            self.say(kind, (!timeless).then_some(told), data);
        }
        ended
    }

    /// What every event on a thing says. A status is dated by when it was learnt, so that of one that matters all say
    /// the same.
    fn begun(&mut self, line: &Value) -> Map<String, Value> {
        let fields = ["key", "status"].map(|name| (name.to_owned(), line.get(name).cloned()));
        fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// Says half of the fields, so many in a hundred as they are.
    fn some(
        &mut self,
        data: &mut Map<String, Value>,
        (says, line): (&[(&'static str, Says)], &Value),
        right: usize,
    ) {
        for (name, says) in says {
            if self.chance.often(50) {
                let value = match self.chance.often(right) {
                    true => line.get(*name).cloned().unwrap_or_default(),
                    false => self.anything(says),
                };
                data.insert((*name).to_owned(), value);
            }
        }
    }

    fn anything(&mut self, says: &Says) -> Value {
        let one = |chance: &mut Chance, stem: &str, many: usize| format!("{stem}-{}", chance.below(many));
        match says {
            Text => json!(format!("Draft {}", self.chance.below(1_000))),
            Word(words) => json!(self.chance.one(words)),
            One(stem, many) => json!(one(self.chance, stem, *many)),
            Many(stem, many) => {
                (0..self.chance.below(3)).map(|_| json!(one(self.chance, stem, *many))).collect()
            }
            Thing(noun, stem, many) => json!({ "type": noun, "key": one(self.chance, stem, *many) }),
            Things(noun, stem, many) => (0..self.chance.below(3))
                .map(|_| json!({ "type": noun, "key": one(self.chance, stem, *many) }))
                .collect(),
        }
    }

    /// Tells a fact and what was observed of it before.
    fn fact(&mut self, line: &Value, replaced: &[Value]) {
        let kind = match line["type"].as_str() {
            Some("PerformanceFact") => "weft.fact.observed",
            _ => "weft.journey.observed",
        };
        let mut before = replaced.to_vec();
        while self.chance.often(35) {
            before.push(self.otherwise(line));
        }
        let measured = |line: &Value| {
            let mut data = line.as_object().expect("an object").clone();
            data.remove("type");
            data
        };
        let observed = midnight(line) + hours(self.chance, 400);
        let mut earlier = observed;
        for line in before.iter().rev() {
            earlier -= hours(self.chance, 48);
            self.say(kind, Some(earlier), measured(line));
        }
        let mut data = measured(line);
        if before.is_empty() && self.chance.often(10) {
            self.say(kind, None, data);
        } else if self.chance.often(20) {
            data.insert("observedAt".to_owned(), json!(written(observed)));
            let told = observed + hours(self.chance, 48);
            self.say(kind, Some(told), data);
        } else {
            self.say(kind, Some(observed), data);
        }
    }

    /// The same fact measured otherwise, with some of it left out.
    fn otherwise(&mut self, line: &Value) -> Value {
        let mut other = line.clone();
        let members = other.as_object_mut().expect("an object");
        for measure in ["impressions", "cost", "revenue", "entries", "conversions"] {
            if members.contains_key(measure) {
                members.insert(measure.to_owned(), json!(1 + self.chance.below(3_000)));
                if self.chance.often(20) {
                    members.remove(measure);
                }
            }
        }
        if members.contains_key("currency") && self.chance.often(20) {
            members.insert("currency".to_owned(), json!("USD"));
        }
        other
    }
}
