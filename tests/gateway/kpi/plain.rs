//! The eight KPIs once more, in plain loops over the lines: what Weft must come to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::made::{Made, midnight, moment};

/// What a KPI comes to.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Plain {
    pub(super) value: Option<f64>,
    pub(super) numerator: Option<f64>,
    pub(super) denominator: Option<f64>,
    pub(super) p90: Option<f64>,
    /// How many are not finished, and how old the oldest is.
    pub(super) unfinished: Option<(usize, Option<f64>)>,
    /// How many ended before they began.
    pub(super) negative: usize,
    /// The deliveries without a cost.
    pub(super) without_cost: usize,
}

/// A question: the whole window, the part of it that is looked at, and what is narrowed down to.
pub(super) struct Asked<'a> {
    pub(super) made: &'a Made,
    pub(super) whole: (i64, i64),
    pub(super) part: (i64, i64),
    /// A dimension, and its value or the want of one.
    pub(super) narrowed: Option<(&'a str, Option<String>)>,
}

const HOUR: f64 = 3_600_000_000.0;

impl Asked<'_> {
    fn in_part(&self, at: i64) -> bool {
        self.part.0 <= at && at < self.part.1
    }

    fn fits(&self, line: &Value) -> bool {
        match &self.narrowed {
            None => true,
            Some((dimension, value)) => self.made.value(line, dimension) == *value,
        }
    }

    /// The lines of a noun that fit and whose moment lies in the part.
    fn members(&self, noun: &str, at: &str) -> Vec<(i64, Value)> {
        let lines = self.made.of(noun).into_iter().map(|(_, line)| line);
        lines
            .filter_map(|line| Some((moment(&line, at)?, line)))
            .filter(|(at, line)| self.in_part(*at) && self.fits(line))
            .collect()
    }

    /// What a KPI comes to.
    pub(super) fn of(&self, key: &str) -> Plain {
        let made = self.made;
        match key {
            "system_responsiveness" => self.spans("Change", "decidedAt", |line| moment(line, "liveAt")),
            "learning_speed" => self.spans("Insight", "observedAt", |line| Some(made.first_change(line)?.0)),
            "content_velocity" => {
                self.spans("Brief", "requestedAt", |line| Some(made.first_experience(line)?.0))
            }
            "exception_rate" => self.exceptions(),
            "handoff_wait_share" => self.waits(),
            "journey_effectiveness" => self.journeys(),
            "content_roi" => self.roi(),
            "asset_reuse_rate" => self.reuse(),
            other => panic!("{other}"),
        }
    }

    fn spans(&self, noun: &str, from: &str, ended: impl Fn(&Value) -> Option<i64>) -> Plain {
        let (mut took, mut open, mut negative) = (Vec::new(), Vec::new(), 0);
        for (began, line) in self.members(noun, from) {
            match ended(&line) {
                Some(end) if end < began => negative += 1,
                Some(end) if end < self.whole.1 => took.push((end - began) as f64 / HOUR),
                _ => open.push((self.whole.1 - began) as f64 / HOUR),
            }
        }
        took.sort_by(f64::total_cmp);
        Plain {
            value: between(&took, 0.5),
            numerator: Some(took.len() as f64),
            denominator: Some((took.len() + open.len()) as f64),
            p90: between(&took, 0.9),
            unfinished: Some((open.len(), open.iter().copied().max_by(f64::total_cmp))),
            negative,
            ..Plain::default()
        }
    }

    fn exceptions(&self) -> Plain {
        let exited = self.members("Handoff", "exitedAt");
        let back = |line: &Value| ["RETURNED", "REJECTED"].contains(&line["outcome"].as_str().unwrap_or(""));
        let bad = self.members("Incident", "openedAt").len()
            + self.members("GuardrailFinding", "foundAt").len()
            + exited.iter().filter(|(_, line)| back(line)).count();
        let all = exited.len() + self.members("Delivery", "startTime").len();
        line(bad as f64, all as f64)
    }

    fn waits(&self) -> Plain {
        let (mut waited, mut all, mut negative) = (0.0, 0.0, 0);
        for (exited, handoff) in self.members("Handoff", "exitedAt") {
            let Some(entered) = moment(&handoff, "enteredAt") else { continue };
            let started = moment(&handoff, "startedAt").unwrap_or(exited);
            if exited < entered || started < entered || exited < started {
                negative += 1;
                continue;
            }
            waited += (started - entered) as f64 / HOUR;
            all += (exited - entered) as f64 / HOUR;
        }
        Plain { negative, ..line(waited, all) }
    }

    fn journeys(&self) -> Plain {
        let steps = self.made.of("JourneyStep");
        let led_to: BTreeSet<&str> =
            steps.iter().filter_map(|(_, step)| step.get("next")?.as_str()).collect();
        let (mut conversions, mut entries) = (0, 0);
        for (_, fact) in self.made.of("JourneyFact") {
            if !self.in_part(midnight(&fact)) || !self.fits(&fact) {
                continue;
            }
            conversions += fact.get("conversions").and_then(Value::as_i64).unwrap_or(0);
            if !led_to.contains(fact["step"].as_str().expect("a step")) {
                entries += fact["entries"].as_i64().expect("entries");
            }
        }
        line(conversions as f64, entries as f64)
    }

    fn roi(&self) -> Plain {
        // Who counts for a delivery: nobody is its own source and none is configured, so the first by name.
        let mut reporters: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let facts = self.made.of("PerformanceFact");
        let text = |fact: &Value, field: &str| fact.get(field).and_then(Value::as_str).map(str::to_owned);
        for (_, fact) in &facts {
            if let Some(delivery) = text(fact, "delivery") {
                reporters.entry(delivery).or_default().extend(text(fact, "source"));
            }
        }
        let (mut cost, mut revenue) = (0.0, 0.0);
        let mut of_delivery: BTreeMap<Option<String>, Vec<&Value>> = BTreeMap::new();
        for (_, fact) in &facts {
            if !self.in_part(midnight(fact)) || !self.fits(fact) {
                continue;
            }
            let delivery = text(fact, "delivery");
            let counts = delivery.as_ref().and_then(|delivery| reporters[delivery].first().cloned());
            if counts.is_some() && counts != text(fact, "source") {
                continue;
            }
            let number = |field: &str| fact.get(field).and_then(Value::as_f64);
            cost += number("cost").unwrap_or(0.0);
            revenue += number("revenue").unwrap_or(0.0);
            of_delivery.entry(delivery).or_default().push(fact);
        }
        let costless = |fact: &&Value| fact.get("cost").is_none();
        let brought = |fact: &&Value| {
            fact["impressions"] != 0 || fact.get("revenue").and_then(Value::as_f64).unwrap_or(0.0) != 0.0
        };
        let mut without_cost = 0;
        for (delivery, facts) in of_delivery {
            without_cost += match delivery {
                None => facts.iter().copied().filter(costless).filter(brought).count(),
                Some(_) => {
                    let (costless, brought) = (facts.iter().any(&costless), facts.iter().any(&brought));
                    usize::from(costless && brought)
                }
            };
        }
        if without_cost > 0 {
            return Plain { without_cost, ..Plain::default() };
        }
        line(revenue - cost, cost)
    }

    fn reuse(&self) -> Plain {
        let made = self.made;
        let mut uses: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (_, used) in made.of("Usage") {
            if !self.live(&used) {
                continue;
            }
            let mut assets: BTreeSet<String> =
                used.get("asset").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
            if let Some(variant) = used.get("variant").and_then(Value::as_str) {
                let carried = made.lines[variant]["assets"].as_array().expect("assets");
                assets.extend(carried.iter().map(|asset| asset.as_str().expect("a key").to_owned()));
            }
            for asset in assets {
                uses.entry(asset).or_default().push(used.clone());
            }
        }
        let (mut reused, mut all) = (0, 0);
        for (asset, uses) in uses {
            let fits = |used: &Value| match &self.narrowed {
                None => true,
                Some(("BRAND", value)) => made.text(&asset, "brand") == *value,
                Some(("TEAM", value)) => made.text(&asset, "ownerTeam") == *value,
                Some((dimension, value)) => made.value(used, dimension) == *value,
            };
            if !uses.iter().any(fits) {
                continue;
            }
            let pairs: BTreeSet<_> =
                uses.iter().map(|used| (made.campaign(used), made.value(used, "CHANNEL"))).collect();
            all += 1;
            reused += usize::from(pairs.len() >= 2);
        }
        line(reused as f64, all as f64)
    }

    /// Whether a usage was live at some moment of the part, tried at every moment at which that can begin.
    fn live(&self, used: &Value) -> bool {
        let held: Vec<&Value> = ["delivery", "experience"]
            .iter()
            .filter_map(|field| used.get(*field)?.as_str())
            .map(|key| &self.made.lines[key])
            .collect();
        if held.is_empty() {
            return false;
        }
        let mut tried = vec![self.part.0];
        for thing in held.iter().copied().chain([used]) {
            tried.extend(["startTime", "liveFrom"].iter().filter_map(|field| moment(thing, field)));
            tried.extend(statuses(thing).into_iter().map(|(since, _)| since));
        }
        let live_at = |at: i64| {
            held.iter().copied().chain([used]).all(|thing| {
                let (from, to) = if thing["type"] == "Experience" {
                    ("liveFrom", "liveTo")
                } else {
                    ("startTime", "endTime")
                };
                let begun = moment(thing, from).is_some_and(|from| from <= at);
                let over = moment(thing, to).is_some_and(|to| to <= at);
                begun && !over && !off(thing, at)
            })
        };
        tried.into_iter().any(|at| self.in_part(at) && live_at(at))
    }
}

fn statuses(thing: &Value) -> Vec<(i64, String)> {
    let given = thing.get("statuses").and_then(Value::as_array).cloned().unwrap_or_default();
    let one = |change: &Value| {
        (moment(change, "since").expect("a moment"), change["status"].as_str().expect("a status").to_owned())
    };
    given.iter().map(one).collect()
}

/// Whether a thing was paused or cancelled: by its last change, before the first as it is now.
fn off(thing: &Value, at: i64) -> bool {
    let last = statuses(thing).into_iter().filter(|(since, _)| *since <= at).max_by_key(|(since, _)| *since);
    let now = thing.get("status").and_then(Value::as_str).unwrap_or("").to_owned();
    let status = last.map_or(now, |(_, status)| status);
    ["PAUSED", "CANCELLED"].contains(&status.as_str())
}

fn line(numerator: f64, denominator: f64) -> Plain {
    Plain {
        value: (denominator != 0.0).then(|| numerator / denominator),
        numerator: Some(numerator),
        denominator: Some(denominator),
        ..Plain::default()
    }
}

/// As `percentile_cont` does.
fn between(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = last as f64 * share;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(low + (high - low) * (place - place.floor()))
}
