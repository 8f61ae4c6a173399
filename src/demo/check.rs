//! Holds the generator to its word: the same bytes again, lines that fit the catalogue, keys that resolve, and
//! every planted fault there, with no other beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::emulator::SYSTEMS;
use super::found::Faults;
use super::{Found, Manifest, Order, generate};
use crate::catalogue::{self, Identity, Kind, Target, Way};
use crate::clock;

const NOW: &str = "2026-11-20T00:00:00Z";

fn order(seed: u64) -> Order {
    Order { seed, scale: 1, now: clock::read(NOW).expect("a moment") }
}

fn company(seed: u64) -> (Manifest, Vec<u8>) {
    let mut bytes = Vec::new();
    let manifest = generate(order(seed), &mut bytes).expect("memory takes every line");
    (manifest, bytes)
}

#[test]
fn the_same_order_gives_the_same_bytes() {
    let (manifest, bytes) = company(7);
    let (again, same) = company(7);
    assert_eq!(manifest, again);
    assert!(bytes == same);
    assert!(bytes != company(8).1);
    let counted: BTreeMap<String, usize> = Lines::read(&bytes).counts();
    assert!((60_000..120_000).contains(&manifest.lines), "{} lines: {counted:?}", manifest.lines);
    assert!((1700..2400).contains(&counted["Asset"]), "{counted:?}");
}

#[test]
fn a_scale_multiplies_and_every_line_fits_the_catalogue() {
    let mut bytes = Vec::new();
    let manifest = generate(Order { scale: 2, ..order(3) }, &mut bytes).expect("memory takes every line");
    let lines = Lines::read(&bytes);
    assert!(manifest.lines > 120_000);
    lines.check();
    lines.compare(&manifest);
}

#[test]
fn every_planted_fault_is_there_and_no_other() {
    for seed in [1, 2] {
        let (manifest, bytes) = company(seed);
        Lines::read(&bytes).compare(&manifest);
    }
}

/// The lines as they were read.
pub(super) struct Lines {
    all: Vec<Value>,
    by_key: HashMap<(String, String), usize>,
}

pub(super) fn text<'a>(line: &'a Value, field: &str) -> Option<&'a str> {
    line.get(field).and_then(Value::as_str)
}

pub(super) fn at(line: &Value, field: &str) -> Option<i64> {
    text(line, field).and_then(clock::read)
}

pub(super) fn keys<'a>(line: &'a Value, field: &str) -> Vec<&'a str> {
    line.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

impl Lines {
    fn read(bytes: &[u8]) -> Self {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let all: Vec<Value> = lines.map(|line| serde_json::from_slice(line).expect("JSON")).collect();
        let mut by_key = HashMap::new();
        for (place, line) in all.iter().enumerate() {
            if let (Some(noun), Some(key)) = (text(line, "type"), text(line, "key")) {
                let clash = by_key.insert((noun.to_owned(), key.to_owned()), place);
                assert!(clash.is_none(), "{noun} {key} stands there twice");
            }
        }
        Lines { all, by_key }
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for line in &self.all {
            *counts.entry(text(line, "type").unwrap_or_default().to_owned()).or_default() += 1;
        }
        counts
    }

    pub(super) fn of(&self, noun: &str) -> impl Iterator<Item = &Value> {
        self.all.iter().filter(move |line| line["type"] == noun)
    }

    pub(super) fn get(&self, noun: &str, key: &str) -> Option<&Value> {
        self.by_key.get(&(noun.to_owned(), key.to_owned())).map(|place| &self.all[*place])
    }

    /// Every field and relation is one of the catalogue, every value fits, every key resolves.
    fn check(&self) {
        let mut facts = HashSet::new();
        for line in &self.all {
            let name = text(line, "type").expect("a type");
            let entry = catalogue::by_name(name).unwrap_or_else(|| panic!("no type {name}"));
            for (field, value) in line.as_object().expect("an object") {
                if field == "type" || field == "key" {
                    continue;
                }
                if field == "externalIds" {
                    for id in value.as_array().expect("a list of identities") {
                        let system = text(id, "source").unwrap_or_default();
                        assert!(SYSTEMS.contains(&system), "{system} is no system of the demo");
                        assert!(text(id, "value").is_some_and(|value| !value.is_empty()), "{id}");
                    }
                    continue;
                }
                if let Some(known) = entry.noun.field(field) {
                    assert!(fits(known.kind, value), "{name}.{field}: {value}");
                    continue;
                }
                let edge = entry.edge(field).unwrap_or_else(|| panic!("no field {name}.{field}"));
                assert!(edge.forward, "{name}.{field} is not written from this end");
                let many = !matches!(edge.way, Way::Own(_) | Way::OwnAny(..));
                assert_eq!(many, value.is_array(), "{name}.{field}: {value}");
                let items =
                    if many { value.as_array().cloned().unwrap_or_default() } else { vec![value.clone()] };
                for item in items {
                    self.resolves(edge.target, &item, &format!("{name}.{field}"));
                }
            }
            for required in entry.noun.fields.iter().filter(|field| field.required && !field.kind.is_list()) {
                let by_key =
                    matches!(entry.noun.identity, Identity::Name(column) if column == required.column);
                let stamp = matches!(required.name.as_str(), "createdAt" | "updatedAt");
                assert!(
                    by_key || stamp || line.get(&required.name).is_some(),
                    "{line} lacks {}",
                    required.name
                );
            }
            if name == "PerformanceFact" {
                let dimensions = ["source", "day", "variant", "audience", "channel", "territory", "delivery"];
                let is: Vec<_> = dimensions.iter().map(|field| text(line, field)).collect();
                assert!(facts.insert(is), "{line} stands there twice");
            }
        }
    }

    fn resolves(&self, target: Target, item: &Value, field: &str) {
        let (noun, key) = match target {
            Target::Any => (text(item, "type"), text(item, "key")),
            Target::Noun(code) => {
                let noun = catalogue::by_code(code).expect("a noun").noun.name;
                (Some(noun), item.as_str().or_else(|| text(item, "key")))
            }
        };
        let (Some(noun), Some(key)) = (noun, key) else { panic!("{field}: {item}") };
        assert!(self.get(noun, key).is_some(), "{field}: no {noun} {key}");
    }

    fn compare(&self, manifest: &Manifest) {
        let now = clock::read(&manifest.now).expect("a moment");
        let found = Faults::new(self, now).all();
        for planted in &manifest.faults {
            let expected: BTreeSet<String> = planted.found.iter().map(named).collect();
            assert!(!expected.is_empty(), "nothing was planted of {}", planted.name);
            let found =
                found.get(planted.name).unwrap_or_else(|| panic!("{} is not looked for", planted.name));
            assert_eq!(found, &expected, "{} of seed {}", planted.name, manifest.seed);
        }
    }
}

/// What was found, as a text: its key, and for fatigue that of the audience too.
fn named(found: &Found) -> String {
    match text(&found.with, "audience") {
        Some(audience) => format!("{} {audience}", found.key),
        None => found.key.clone(),
    }
}

fn fits(kind: Kind, value: &Value) -> bool {
    let words =
        |choice: &catalogue::Choice, value: &Value| value.as_str().is_some_and(|word| choice.has(word));
    match kind {
        Kind::Text => value.is_string(),
        Kind::Int | Kind::BigInt => value.is_i64() || value.is_u64(),
        Kind::Float | Kind::Money => value.is_number(),
        Kind::Bool => value.is_boolean(),
        Kind::Time => value.as_str().and_then(clock::read).is_some(),
        Kind::Date => value.as_str().is_some_and(|day| day.len() == 10),
        Kind::Texts => value.is_array(),
        Kind::Choice(choice) => words(choice, value),
        Kind::Choices(choice) => {
            value.as_array().is_some_and(|values| values.iter().all(|value| words(choice, value)))
        }
    }
}
