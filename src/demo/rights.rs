//! Thinks up the rights: licences for motifs, bought for a time, for territories, channels and audiences.
//! What is live is licensed; which licences fail is decided where faults are planted.

use std::collections::HashSet;

use crate::clock::{self, Micros};

use super::campaigns::PEOPLED;
use super::chance::Chance;
use super::line::DAY;
use super::plan::{Constraint, Policy, Unit};
use super::words::MARKETS;

/// Countries the company does not sell in; prohibitions that never come to bear name these.
const ELSEWHERE: [&str; 4] = ["JP", "KR", "BR", "AU"];

/// The motifs with a member that a usage shows which is live now or still to come.
pub(super) fn wanted_families(unit: &Unit, now: Micros) -> HashSet<usize> {
    let open = |to: Option<Micros>| to.is_none_or(|to| to > now);
    unit.usages
        .iter()
        .filter(|usage| open(usage.span.to))
        .flat_map(|usage| unit.shown(usage))
        .map(|asset| unit.assets[asset].family)
        .collect()
}

/// Policies for every motif that needs one.
pub(super) fn rights(unit: &mut Unit, now: Micros, chance: &mut Chance) {
    let wanted = wanted_families(unit, now);
    let houses: Vec<usize> = (0..unit.brands.len()).map(|brand| house(unit, brand)).collect();
    for family in 0..unit.families.len() {
        let brand = unit.campaigns[unit.families[family].campaign].brand;
        if chance.percent(38) {
            let ends = if !wanted.contains(&family) && chance.percent(45) {
                now - chance.within(20, 380) * DAY
            } else {
                now + chance.within(60, 500) * DAY
            };
            let policy = licence(unit, family, ends, chance);
            unit.families[family].policies.push(policy);
        } else if unit.brands[brand].wants_rights {
            unit.families[family].policies.push(houses[brand]);
        }
        if chance.percent(8) {
            let two = chance
                .some(2, ELSEWHERE.len())
                .into_iter()
                .map(|place| ELSEWHERE[place].to_owned())
                .collect();
            let policy = prohibition(unit, family, two);
            unit.families[family].policies.push(policy);
        }
    }
}

fn add(unit: &mut Unit, policy: Policy) -> usize {
    unit.policies.push(policy);
    unit.policies.len() - 1
}

fn constraint(left: &'static str, operator: &'static str, right: Vec<String>) -> Constraint {
    Constraint { left, operator, right }
}

fn house(unit: &mut Unit, brand: usize) -> usize {
    let brand = &unit.brands[brand];
    let territories = brand.markets.iter().map(|market| MARKETS[*market].territory.to_owned()).collect();
    let policy = Policy {
        key: format!("pol-{}-house", brand.key),
        title: format!("{}: own work", brand.name),
        about: "Made by our own people; may be used in every market of the brand.".to_owned(),
        kind: "PERMISSION",
        constraints: vec![constraint("SPATIAL", "IS_ANY_OF", territories)],
    };
    add(unit, policy)
}

/// A licence for a motif until `ends`.
pub(super) fn licence(unit: &mut Unit, family: usize, ends: Micros, chance: &mut Chance) -> usize {
    let brand = unit.brand_of(unit.families[family].campaign);
    let before = *chance.pick(&["LT", "LT", "LTEQ"]);
    let mut constraints = vec![constraint("DATE_TIME", before, vec![clock::written(ends)])];
    if chance.percent(50) {
        let territories = brand.markets.iter().map(|market| MARKETS[*market].territory.to_owned()).collect();
        constraints.push(constraint("SPATIAL", "IS_ANY_OF", territories));
    }
    if chance.percent(30) {
        let never = ["PRINT", "IN_STORE"].map(str::to_owned).to_vec();
        constraints.push(constraint("DELIVERY_CHANNEL", "IS_NONE_OF", never));
    }
    if chance.percent(25) {
        constraints.push(constraint("COUNT", "LTEQ", vec![chance.pick(&["200", "400", "1000"]).to_string()]));
    }
    if chance.percent(20) {
        let outside = &unit.audiences[PEOPLED + 2 + chance.below(2)];
        constraints.push(constraint("RECIPIENT", "IS_NONE_OF", vec![outside.key.clone()]));
    }
    let number = unit.policies.len();
    let (from, title) = *chance.pick(&[
        ("picture agency", "Picture licence"),
        ("cast", "Talent agreement"),
        ("photographer", "Commission"),
        ("location owner", "Location release"),
    ]);
    let policy = Policy {
        key: format!("pol-{}-{number:03}", unit.families[family].key),
        title: format!("{title} {}", 4100 + number),
        about: format!("Bought from the {from} for this motif and everything cut from it."),
        kind: "PERMISSION",
        constraints,
    };
    add(unit, policy)
}

/// A prohibition for a motif in these territories.
pub(super) fn prohibition(unit: &mut Unit, family: usize, territories: Vec<String>) -> usize {
    let number = unit.policies.len();
    let policy = Policy {
        key: format!("pol-{}-{number:03}", unit.families[family].key),
        title: format!("Exclusion {}", 700 + number),
        about: format!("Not to be shown in {}.", territories.join(", ")),
        kind: "PROHIBITION",
        constraints: vec![constraint("SPATIAL", "IS_ANY_OF", territories)],
    };
    add(unit, policy)
}
