//! Plants the faults of content and decisions. Each takes motifs, decisions or pairs of its own,
//! so that no fault brings about another and the manifest can name every place exactly.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::json;

use crate::clock::{self, Micros};

use super::activation::is_outtake;
use super::campaigns::PEOPLED;
use super::chance::Chance;
use super::line::{DAY, HOUR, Span};
use super::manifest::Manifest;
use super::plan::{Place, Rule, State, Unit, Wear};
use super::rights;
use super::words::MARKETS;

/// What is live when the faults are planted.
struct Stage {
    now: Micros,
    /// Live usages of each asset that is shown by any.
    shown: BTreeMap<usize, Vec<usize>>,
    /// Motifs in live use that no fault has taken yet.
    free: Vec<usize>,
}

/// Plants everything that is planned in a unit.
pub(super) fn plant(unit: &mut Unit, now: Micros, manifest: &mut Manifest, chance: &mut Chance) {
    never_used(unit, manifest);
    let mut stage = stage(unit, now, chance);
    expired(unit, &mut stage, manifest, chance);
    ending(unit, &mut stage, manifest, chance);
    missing_renditions(unit, &mut stage, manifest);
    forbidden(unit, &mut stage, manifest);
    missing_alt_text(unit, &mut stage, manifest, chance);
    undisclosed(unit, manifest, chance);
    let mut decisions = live_decisions(unit, now);
    chance.shuffle(&mut decisions);
    ended_decisions(unit, &mut decisions, (now, manifest), chance);
    empty_audiences(unit, &mut decisions, manifest);
    ended_offers(unit, &stage, manifest, chance);
    fatigue(unit, &decisions, (now, manifest), chance);
}

fn never_used(unit: &Unit, manifest: &mut Manifest) {
    for (place, asset) in unit.assets.iter().enumerate() {
        if is_outtake(unit, place) {
            manifest.add(
                "neverUsed",
                &asset.key,
                json!({ "status": asset.status, "brand": unit.asset_brand(place).name }),
            );
        }
    }
}

fn stage(unit: &Unit, now: Micros, chance: &mut Chance) -> Stage {
    let mut shown: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for usage in unit.live_usages(now) {
        for asset in unit.shown(&unit.usages[usage]) {
            shown.entry(asset).or_default().push(usage);
        }
    }
    let mut families: BTreeMap<usize, usize> = BTreeMap::new();
    for (asset, usages) in &shown {
        *families.entry(unit.assets[*asset].family).or_default() += usages.len();
    }
    let mut free: Vec<usize> =
        families.into_iter().filter(|(_, usages)| *usages > 2).map(|(family, _)| family).collect();
    chance.shuffle(&mut free);
    Stage { now, shown, free }
}

impl Stage {
    fn family(&mut self, count: usize) -> Vec<usize> {
        self.free.split_off(self.free.len().saturating_sub(count))
    }

    /// The live usages that show a member of a motif.
    fn usages(&self, unit: &Unit, family: usize) -> BTreeSet<usize> {
        unit.families[family]
            .members
            .iter()
            .filter_map(|asset| self.shown.get(asset))
            .flatten()
            .copied()
            .collect()
    }
}

fn about(unit: &Unit, usage: usize) -> serde_json::Value {
    let usage = &unit.usages[usage];
    let (noun, key) = match usage.place {
        Place::Delivery(delivery) => ("Delivery", &unit.deliveries[delivery].key),
        Place::Experience(experience) => ("Experience", &unit.experiences[experience].key),
    };
    json!({
        "usedIn": { "type": noun, "key": key },
        "territory": unit.market(usage).territory,
        "channel": unit.channel(usage).name,
    })
}

fn expired(unit: &mut Unit, stage: &mut Stage, manifest: &mut Manifest, chance: &mut Chance) {
    for family in stage.family(3) {
        let ends = stage.now - chance.within(3, 40) * DAY + 22 * HOUR;
        let policy = rights::licence(unit, family, ends, chance);
        unit.families[family].policies = vec![policy];
        for usage in stage.usages(unit, family) {
            let mut with = about(unit, usage);
            with["ended"] = json!(clock::written(ends));
            with["policy"] = json!(unit.policies[policy].key);
            manifest.add("expiredRightsLive", &unit.usages[usage].key, with);
        }
    }
}

fn ending(unit: &mut Unit, stage: &mut Stage, manifest: &mut Manifest, chance: &mut Chance) {
    for (place, family) in stage.family(3).into_iter().enumerate() {
        let ends = stage.now + (2 + 2 * place as i64) * DAY + 22 * HOUR;
        let policy = rights::licence(unit, family, ends, chance);
        unit.families[family].policies = vec![policy];
        for asset in unit.families[family].members.clone() {
            let Some(usages) = stage.shown.get(&asset) else { continue };
            let territories: BTreeSet<&str> =
                usages.iter().map(|usage| unit.market(&unit.usages[*usage]).territory).collect();
            let with = json!({
                "ends": clock::written(ends),
                "policy": unit.policies[policy].key,
                "territories": territories,
                "liveUsages": usages.len(),
            });
            manifest.add("rightsEndingSoon", &unit.assets[asset].key, with);
        }
    }
}

fn missing_renditions(unit: &mut Unit, stage: &mut Stage, manifest: &mut Manifest) {
    for family in stage.family(4) {
        let asset =
            unit.families[family].members.iter().copied().find(|asset| stage.shown.contains_key(asset));
        let Some(asset) = asset else { continue };
        unit.assets[asset].has_renditions = false;
        for usage in &stage.shown[&asset] {
            let mut with = about(unit, *usage);
            with["asset"] = json!(unit.assets[asset].key);
            manifest.add("missingRendition", &unit.usages[*usage].key, with);
        }
    }
}

fn forbidden(unit: &mut Unit, stage: &mut Stage, manifest: &mut Manifest) {
    for family in stage.family(3) {
        let usages = stage.usages(unit, family);
        let Some(first) = usages.first() else { continue };
        let territory = unit.market(&unit.usages[*first]).territory;
        let policy = rights::prohibition(unit, family, vec!["JP".to_owned(), territory.to_owned()]);
        unit.families[family].policies.push(policy);
        for usage in usages {
            if unit.market(&unit.usages[usage]).territory == territory {
                let mut with = about(unit, usage);
                with["policy"] = json!(unit.policies[policy].key);
                manifest.add("forbiddenTerritory", &unit.usages[usage].key, with);
            }
        }
    }
}

fn missing_alt_text(unit: &mut Unit, stage: &mut Stage, manifest: &mut Manifest, chance: &mut Chance) {
    let mut asked: Vec<usize> = Vec::new();
    for (asset, usages) in &stage.shown {
        let seen =
            usages.iter().any(|usage| matches!(unit.channel(&unit.usages[*usage]).name, "WEB" | "DISPLAY"));
        if seen && unit.asset_brand(*asset).wants_alt_text {
            unit.assets[*asset].has_alt_text = true;
            asked.push(*asset);
        }
    }
    asked.retain(|asset| stage.free.contains(&unit.assets[*asset].family));
    chance.shuffle(&mut asked);
    for asset in asked.into_iter().take(5) {
        unit.assets[asset].has_alt_text = false;
        manifest.add(
            "missingAltText",
            &unit.assets[asset].key,
            json!({ "brand": unit.asset_brand(asset).key }),
        );
    }
}

fn undisclosed(unit: &mut Unit, manifest: &mut Manifest, chance: &mut Chance) {
    let mut made: Vec<usize> = (0..unit.assets.len())
        .filter(|asset| unit.families[unit.assets[*asset].family].made_by_model)
        .collect();
    chance.shuffle(&mut made);
    for asset in made.into_iter().take(4) {
        unit.assets[asset].disclosed = false;
        manifest.add("undisclosedModel", &unit.assets[asset].key, json!({ "field": "aiDisclosure" }));
    }
}

/// The active decisions with a delivery that is live now.
fn live_decisions(unit: &Unit, now: Micros) -> Vec<usize> {
    let live: HashSet<usize> = (0..unit.deliveries.len())
        .filter(|delivery| unit.delivery_live(*delivery, now))
        .map(|delivery| unit.deliveries[delivery].decision)
        .collect();
    (0..unit.decisions.len())
        .filter(|place| live.contains(place) && unit.decisions[*place].status == "ACTIVE")
        .filter(|place| unit.campaigns[unit.decisions[*place].campaign].state == State::Live)
        .collect()
}

/// Three that ended and fall back to nothing, and two that ended and fall back to something, which is no fault.
fn ended_decisions(
    unit: &mut Unit,
    free: &mut Vec<usize>,
    (now, manifest): (Micros, &mut Manifest),
    chance: &mut Chance,
) {
    for (place, decision) in free.split_off(free.len().saturating_sub(5)).into_iter().enumerate() {
        let ended = now - chance.within(4, 20) * DAY;
        let live: Vec<&str> = (0..unit.deliveries.len())
            .filter(|delivery| {
                unit.deliveries[*delivery].decision == decision && unit.delivery_live(*delivery, now)
            })
            .map(|delivery| unit.deliveries[delivery].key.as_str())
            .collect();
        if place < 3 {
            let with = json!({ "ended": clock::written(ended), "liveDeliveries": live });
            manifest.add("endedDecision", &unit.decisions[decision].key, with);
            unit.decisions[decision].fallback = None;
        }
        let decision = &mut unit.decisions[decision];
        decision.status = "ENDED";
        decision.span = Span { from: decision.span.from, to: Some(ended) };
    }
}

fn empty_audiences(unit: &mut Unit, free: &mut Vec<usize>, manifest: &mut Manifest) {
    for (place, decision) in free.split_off(free.len().saturating_sub(2)).into_iter().enumerate() {
        let audience = PEOPLED + place;
        let variant = unit.decisions[decision].rules[0].variant;
        unit.decisions[decision].rules.push(Rule { audience, variant, measured: false });
        let with = json!({ "decision": unit.decisions[decision].key });
        manifest.add("emptyAudience", &unit.audiences[audience].key, with);
    }
    let archived = unit.audiences.len() - 1;
    if let Some(ended) = unit.decisions.iter_mut().find(|decision| decision.status == "ENDED") {
        let variant = ended.rules[0].variant;
        ended.rules.push(Rule { audience: archived, variant, measured: false });
    }
}

/// Offers that ended in live use: three without a fallback, and one with, which is no fault.
fn ended_offers(unit: &mut Unit, stage: &Stage, manifest: &mut Manifest, chance: &mut Chance) {
    let live: HashSet<usize> = unit
        .live_usages(stage.now)
        .into_iter()
        .filter_map(|usage| match unit.usages[usage].what {
            super::plan::Used::Variant(variant) => Some(unit.variants[variant].component),
            super::plan::Used::Asset(_) => None,
        })
        .collect();
    let mut offers: Vec<usize> = (0..unit.components.len())
        .filter(|place| live.contains(place) && unit.components[*place].kind == "OFFER")
        .filter(|place| unit.campaigns[unit.components[*place].campaign].state == State::Live)
        .collect();
    chance.shuffle(&mut offers);
    let evergreen = |unit: &Unit, offer: usize| {
        let brand = unit.campaigns[unit.components[offer].campaign].brand;
        unit.components.iter().position(|component| {
            let campaign = &unit.campaigns[component.campaign];
            component.kind == "OFFER" && campaign.brand == brand && campaign.state == State::AlwaysOn
        })
    };
    for (place, offer) in offers.into_iter().take(4).enumerate() {
        let ended = stage.now - chance.within(2, 15) * DAY;
        let stand_in = evergreen(unit, offer);
        let component = &mut unit.components[offer];
        component.span = component.span.map(|span| Span { from: span.from, to: Some(ended) });
        component.fallback = if place < 3 { None } else { stand_in };
        if place < 3 {
            manifest.add("endedOffer", &component.key, json!({ "ended": clock::written(ended) }));
        }
    }
}

/// Six pairs that wear out, one of them by exactly fifteen of a hundred, and as many that nearly do.
fn fatigue(unit: &mut Unit, free: &[usize], (now, manifest): (Micros, &mut Manifest), chance: &mut Chance) {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (place, delivery) in unit.deliveries.iter().enumerate() {
        let campaign = &unit.campaigns[delivery.campaign];
        let language = MARKETS[delivery.market].language;
        let alone =
            campaign.markets.iter().filter(|market| MARKETS[**market].language == language).count() == 1;
        let counted = matches!(delivery.channel.name, "WEB" | "DISPLAY" | "PAID_SOCIAL" | "VIDEO");
        if alone && counted && free.contains(&delivery.decision) && unit.delivery_live(place, now) {
            let rules = &unit.decisions[delivery.decision].rules;
            pairs.extend(
                (0..rules.len())
                    .filter(|rule| {
                        rules[*rule].measured
                            && unit.variants[rules[*rule].variant].language == Some(language)
                    })
                    .map(|rule| (place, rule)),
            );
        }
    }
    chance.shuffle(&mut pairs);
    for (number, (delivery, rule)) in pairs.into_iter().take(12).enumerate() {
        let wear = match number {
            0 => Wear::Exactly,
            1..=5 => Wear::Falls(chance.real(0.5, 0.78)),
            _ => Wear::Falls(chance.real(0.89, 0.94)),
        };
        unit.deliveries[delivery].wear.push((rule, wear));
        if number < 6 {
            let delivery = &unit.deliveries[delivery];
            let Rule { audience, variant, .. } = unit.decisions[delivery.decision].rules[rule];
            let with = json!({
                "audience": unit.audiences[audience].key,
                "audienceName": unit.audiences[audience].name,
                "delivery": delivery.key,
            });
            manifest.add("fatigue", &unit.variants[variant].key, with);
        }
    }
}
