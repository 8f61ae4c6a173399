//! Finds the faults by plain evaluation of the lines, without any of what planted them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::check::{Lines, at, keys, text};
use super::line::DAY;
use crate::clock;

/// The faults as plain evaluation finds them.
pub(super) struct Faults<'a> {
    lines: &'a Lines,
    now: i64,
    live: Vec<&'a Value>,
    constraints: HashMap<&'a str, Vec<&'a Value>>,
}

type Keys = BTreeSet<String>;

fn key(line: &Value) -> String {
    text(line, "key").unwrap_or_default().to_owned()
}

impl<'a> Faults<'a> {
    pub(super) fn new(lines: &'a Lines, now: i64) -> Self {
        let mut constraints: HashMap<&str, Vec<&Value>> = HashMap::new();
        for constraint in lines.of("RightsConstraint") {
            constraints.entry(text(constraint, "policy").unwrap_or_default()).or_default().push(constraint);
        }
        let mut faults = Faults { lines, now, live: Vec::new(), constraints };
        faults.live = lines.of("Usage").filter(|usage| faults.usage_live(usage)).collect();
        faults
    }

    pub(super) fn all(&self) -> BTreeMap<&'static str, Keys> {
        BTreeMap::from([
            ("expiredRightsLive", self.usages(|asset, _| self.ends(asset).any(|ends| ends <= self.now))),
            ("rightsEndingSoon", self.ending()),
            ("neverUsed", self.never_used()),
            ("emptyAudience", self.empty_audiences()),
            ("fatigue", self.fatigue()),
            ("slowHandoff", self.slow()),
            ("endedDecision", self.ended_decisions()),
            ("missingRendition", self.missing_renditions()),
            ("endedOffer", self.ended_offers()),
            ("missingAltText", self.missing_alt_text()),
            ("undisclosedModel", self.undisclosed()),
            ("deadEndStep", self.dead_ends()),
            ("stalledChange", self.stalled()),
            ("metadataConflict", self.conflicts()),
            ("forbiddenTerritory", self.usages(|asset, usage| self.forbids(asset, usage))),
        ])
    }

    fn holds(&self, line: &Value, from: &str, to: &str) -> bool {
        at(line, from).is_some_and(|from| from <= self.now) && at(line, to).is_none_or(|to| self.now < to)
    }

    fn running(&self, line: &Value) -> bool {
        !matches!(text(line, "status"), Some("PAUSED" | "CANCELLED"))
            && self.holds(line, "startTime", "endTime")
    }

    fn usage_live(&self, usage: &Value) -> bool {
        let delivery = text(usage, "delivery").and_then(|key| self.lines.get("Delivery", key));
        let experience = text(usage, "experience").and_then(|key| self.lines.get("Experience", key));
        self.running(usage)
            && delivery.is_none_or(|delivery| self.running(delivery))
            && experience.is_none_or(|experience| self.holds(experience, "liveFrom", "liveTo"))
    }

    fn channel(&self, usage: &'a Value) -> Option<&'a str> {
        let of = |noun, field| text(usage, field).and_then(|key| self.lines.get(noun, key));
        text(usage, "channel")
            .or_else(|| of("Delivery", "delivery").and_then(|delivery| text(delivery, "channel")))
            .or_else(|| of("Experience", "experience").and_then(|experience| text(experience, "channel")))
    }

    fn shown(&self, usage: &'a Value) -> Vec<&'a Value> {
        let carried = text(usage, "variant").and_then(|key| self.lines.get("Variant", key));
        let mut assets = carried.map(|variant| keys(variant, "assets")).unwrap_or_default();
        assets.extend(text(usage, "asset"));
        assets.into_iter().filter_map(|key| self.lines.get("Asset", key)).collect()
    }

    fn usages(&self, wrong: impl Fn(&'a Value, &'a Value) -> bool) -> Keys {
        let wrong = |usage: &&&'a Value| self.shown(usage).into_iter().any(|asset| wrong(asset, usage));
        self.live.iter().filter(wrong).map(|usage| key(usage)).collect()
    }

    fn live_assets(&self) -> BTreeMap<String, &'a Value> {
        self.live.iter().flat_map(|usage| self.shown(usage)).map(|asset| (key(asset), asset)).collect()
    }

    /// The constraints of an asset's policies of one kind, its own and those of what it derives from.
    fn rules(&self, asset: &'a Value, kind: &'static str) -> Vec<&'a Value> {
        let mut open = vec![asset];
        let mut rules = Vec::new();
        while let Some(asset) = open.pop() {
            for policy in keys(asset, "rights") {
                let is = self.lines.get("RightsPolicy", policy).is_some_and(|policy| policy["kind"] == kind);
                if is {
                    rules.extend(self.constraints.get(policy).into_iter().flatten().copied());
                }
            }
            open.extend(
                keys(asset, "derivedFrom").into_iter().filter_map(|key| self.lines.get("Asset", key)),
            );
        }
        rules
    }

    fn ends(&self, asset: &'a Value) -> impl Iterator<Item = i64> {
        self.rules(asset, "PERMISSION")
            .into_iter()
            .filter(|rule| {
                rule["leftOperand"] == "DATE_TIME" && matches!(text(rule, "operator"), Some("LT" | "LTEQ"))
            })
            .filter_map(|rule| keys(rule, "rightOperand").first().and_then(|moment| clock::read(moment)))
    }

    fn forbids(&self, asset: &'a Value, usage: &'a Value) -> bool {
        let territory = text(usage, "territory").unwrap_or_default();
        self.rules(asset, "PROHIBITION")
            .iter()
            .any(|rule| rule["leftOperand"] == "SPATIAL" && keys(rule, "rightOperand").contains(&territory))
    }

    fn ending(&self) -> Keys {
        let soon = self.now + 7 * DAY;
        let ends = |asset| self.ends(asset).any(|ends| ends > self.now && ends <= soon);
        self.live_assets().into_iter().filter(|(_, asset)| ends(asset)).map(|(key, _)| key).collect()
    }

    fn never_used(&self) -> Keys {
        let used: Keys = self.lines.of("Usage").flat_map(|usage| self.shown(usage)).map(key).collect();
        self.lines.of("Asset").map(key).filter(|key| !used.contains(key)).collect()
    }

    fn empty_audiences(&self) -> Keys {
        let targeted = self.lines.of("Rule").filter(|rule| {
            let decision = text(rule, "decision").and_then(|key| self.lines.get("Decision", key));
            decision.is_some_and(|decision| decision["status"] == "ACTIVE")
        });
        targeted
            .filter_map(|rule| text(rule, "audience").and_then(|key| self.lines.get("Audience", key)))
            .filter(|audience| audience["status"] == "ACTIVE" && audience["size"] == 0)
            .map(key)
            .collect()
    }

    fn fatigue(&self) -> Keys {
        let mut pairs: BTreeMap<(&str, &str), [i64; 4]> = BTreeMap::new();
        for fact in self.lines.of("PerformanceFact") {
            let day = text(fact, "day").and_then(|day| clock::read(&format!("{day}T00:00:00Z")));
            let ago = day.map_or(i64::MIN, |day| (day - self.now) / DAY);
            let place = match ago {
                -7..=-1 => 0,
                -21..=-8 => 2,
                _ => continue,
            };
            let (Some(variant), Some(audience)) = (text(fact, "variant"), text(fact, "audience")) else {
                continue;
            };
            let sums = pairs.entry((variant, audience)).or_default();
            sums[place] += fact["impressions"].as_i64().unwrap_or_default();
            sums[place + 1] += fact["clicks"].as_i64().unwrap_or_default();
        }
        let worn = |[seen, clicked, seen_before, clicked_before]: [i64; 4]| {
            seen >= 1000
                && seen_before >= 1000
                && clicked_before > 0
                && 100 * clicked * seen_before <= 85 * clicked_before * seen
        };
        pairs
            .into_iter()
            .filter(|(_, sums)| worn(*sums))
            .map(|((variant, audience), _)| format!("{variant} {audience}"))
            .collect()
    }

    fn slow(&self) -> Keys {
        let waited = |handoff: &&Value| {
            let entered = at(handoff, "enteredAt").unwrap_or_default();
            at(handoff, "startedAt").unwrap_or(self.now) - entered > 10 * DAY
        };
        self.lines.of("Handoff").filter(waited).map(key).collect()
    }

    fn ended_decisions(&self) -> Keys {
        let live = self.lines.of("Delivery").filter(|delivery| self.running(delivery));
        live.filter_map(|delivery| text(delivery, "decision").and_then(|key| self.lines.get("Decision", key)))
            .filter(|decision| at(decision, "endTime").is_some_and(|end| end <= self.now))
            .filter(|decision| text(decision, "fallback").is_none())
            .map(key)
            .collect()
    }

    fn missing_renditions(&self) -> Keys {
        let have: HashSet<&str> = self.lines.of("Rendition").filter_map(|file| text(file, "asset")).collect();
        self.usages(|asset, _| !text(asset, "key").is_some_and(|key| have.contains(key)))
    }

    fn ended_offers(&self) -> Keys {
        let variants = self.live.iter().filter_map(|usage| text(usage, "variant"));
        variants
            .filter_map(|key| self.lines.get("Variant", key))
            .filter_map(|variant| text(variant, "component").and_then(|key| self.lines.get("Component", key)))
            .filter(|component| component["kind"] == "OFFER" && text(component, "fallback").is_none())
            .filter(|component| at(component, "endTime").is_some_and(|end| end <= self.now))
            .map(key)
            .collect()
    }

    fn missing_alt_text(&self) -> Keys {
        let asking: HashSet<&str> = self
            .lines
            .of("Guardrail")
            .filter(|guardrail| text(guardrail, "expression").is_some_and(|rule| rule.contains("altText")))
            .filter_map(|guardrail| text(guardrail, "brand"))
            .collect();
        let seen = self.live.iter().filter(|usage| matches!(self.channel(usage), Some("WEB" | "DISPLAY")));
        seen.flat_map(|usage| self.shown(usage))
            .filter(|asset| text(asset, "altText").is_none())
            .filter(|asset| text(asset, "brand").is_some_and(|brand| asking.contains(brand)))
            .map(key)
            .collect()
    }

    fn undisclosed(&self) -> Keys {
        let disclosed: Keys = self
            .lines
            .of("MetadataValue")
            .filter(|value| value["field"] == "field-aidisclosure")
            .filter_map(|value| text(&value["subject"], "key").map(str::to_owned))
            .collect();
        let made =
            self.lines.of("Asset").filter(|asset| asset["digitalSourceType"] == "TRAINED_ALGORITHMIC_MEDIA");
        made.map(key).filter(|key| !disclosed.contains(key)).collect()
    }

    fn dead_ends(&self) -> Keys {
        let dead = |step: &&Value| {
            let later = |other: &Value| {
                other["journey"] == step["journey"] && other["position"].as_i64() > step["position"].as_i64()
            };
            text(step, "next").is_none() && self.lines.of("JourneyStep").any(later)
        };
        self.lines.of("JourneyStep").filter(dead).map(key).collect()
    }

    fn stalled(&self) -> Keys {
        let old = |change: &&Value| {
            at(change, "liveAt").is_none()
                && at(change, "decidedAt").is_some_and(|at| at < self.now - 60 * DAY)
        };
        self.lines.of("Change").filter(old).map(key).collect()
    }

    fn conflicts(&self) -> Keys {
        let mut said: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for value in self.lines.of("MetadataValue") {
            let subject = text(&value["subject"], "key").unwrap_or_default();
            let field = text(value, "field").unwrap_or_default();
            said.entry((subject, field)).or_default().extend(text(value, "value"));
        }
        said.into_iter()
            .filter(|(_, values)| values.len() > 1)
            .map(|((subject, _), _)| subject.to_owned())
            .collect()
    }
}
