//! Thinks up the brands, the segments and the campaigns: eighteen months of them, some over, some live, some to come.

use crate::clock::{self, Micros};

use super::chance::Chance;
use super::channels::{CHANNELS, DISPLAY, EMAIL, WEB};
use super::line::{DAY, HOUR, Span};
use super::plan::{Audience, Brand, Campaign, State, Unit};
use super::words::{COMMON, MARKETS, SECTORS, slug};

/// How many campaigns a brand has.
const PER_BRAND: usize = 15;
/// How far back the company goes, in days: eighteen months.
pub(super) const PAST: i64 = 548;
/// The segments that hold people; the ones behind them are empty.
pub(super) const PEOPLED: usize = 38;

/// Brands, one of each sort.
pub(super) fn brands(unit: &mut Unit, chance: &mut Chance) {
    for (sector, words) in SECTORS.iter().enumerate() {
        let rows = words.rows("brand");
        let row = &rows[unit.number % rows.len()];
        let round = unit.number / rows.len();
        let name = if round == 0 { row[0].to_owned() } else { format!("{} No. {}", row[0], round + 1) };
        unit.brands.push(Brand {
            key: slug(&name),
            name,
            about: row[1],
            sector,
            wants_rights: sector == 2,
            wants_alt_text: sector != 3,
            markets: chance.some(6, MARKETS.len()),
        });
    }
}

/// Segments with their sizes. The last four of the list are empty, two of them in use.
pub(super) fn audiences(unit: &mut Unit, chance: &mut Chance) {
    let tail = if unit.number == 0 { String::new() } else { format!("-{}", unit.number + 1) };
    let rows = COMMON.rows("audience");
    for (row, words) in rows.iter().enumerate() {
        let usual: f64 = words[3].parse().unwrap_or_default();
        let name = match unit.number {
            0 => words[0].to_owned(),
            number => format!("{}, group {}", words[0], number + 1),
        };
        unit.audiences.push(Audience {
            key: format!("aud-{}{tail}", slug(words[0])),
            row,
            name,
            size: (usual * chance.real(0.85, 1.15)) as i64,
            status: if row + 1 == rows.len() { "ARCHIVED" } else { "ACTIVE" },
        });
    }
}

/// Campaigns of every brand, in the order of their numbers.
pub(super) fn campaigns(unit: &mut Unit, now: Micros, chance: &mut Chance) {
    for brand in 0..unit.brands.len() {
        for number in 0..PER_BRAND {
            let campaign = campaign(unit, (brand, number), now, chance);
            unit.campaigns.push(campaign);
        }
    }
}

fn campaign(unit: &Unit, (brand, number): (usize, usize), now: Micros, chance: &mut Chance) -> Campaign {
    let (state, span) = times(number, now, chance);
    let Brand { key, sector, markets, .. } = &unit.brands[brand];
    let words = &SECTORS[*sector];
    let product = chance.below(words.rows("product").len());
    let date = clock::written(span.from);
    let fitting: Vec<_> = words.rows("season").iter().filter(|row| row[1] == season_of(&date)).collect();
    let season = if fitting.is_empty() { words.rows("season")[0][0] } else { chance.pick(&fitting)[0] };
    let year: String = date.chars().take(4).collect();
    let mut name = match state {
        State::AlwaysOn => format!("{}: always on", unit.brands[brand].name),
        _ => format!("{season} {year}: {}", words.rows("product")[product][0]),
    };
    while unit.campaigns.iter().any(|other| other.name == name) {
        name.push_str(", again");
    }
    let always = state == State::AlwaysOn;
    let mut channels = vec![&CHANNELS[WEB], &CHANNELS[EMAIL], &CHANNELS[DISPLAY]];
    if !always {
        channels.truncate(if chance.percent(70) { 3 } else { 2 });
        let mut others: Vec<_> = CHANNELS.iter().skip(DISPLAY + 1).collect();
        chance.shuffle(&mut others);
        channels.extend(others.into_iter().take(4 - channels.len().min(3)));
    }
    channels.truncate(4);
    let count = if always { 2 } else { 3 };
    let chosen = chance.some(count, markets.len()).into_iter().map(|place| markets[place]).collect();
    Campaign {
        key: format!("cmp-{key}-{number:02}"),
        name,
        brand,
        number,
        state,
        span,
        product,
        channels,
        markets: chosen,
        audiences: chance.some(if always { 2 } else { 3 }, PEOPLED),
    }
}

/// The season that a moment lies in.
fn season_of(written: &str) -> &'static str {
    match written.get(5..7) {
        Some("03" | "04" | "05") => "Spring",
        Some("06" | "07" | "08") => "Summer",
        Some("09" | "10" | "11") => "Autumn",
        _ => "Winter",
    }
}

/// When a campaign runs. Nothing begins or ends within two days before or nine days after now,
/// so that what is live at `now` stays live while people look at it.
fn times(number: usize, now: Micros, chance: &mut Chance) -> (State, Span) {
    let at = |day: i64| now + day * DAY;
    match number {
        0 => (State::AlwaysOn, Span { from: at(-PAST), to: None }),
        1..=10 => {
            let from = -PAST + 14 + (number as i64 - 1) * 47 + chance.within(0, 18);
            let to = from + chance.within(28, 56);
            (State::Ended, Span { from: at(from) + 6 * HOUR, to: Some(at(to) + 22 * HOUR) })
        }
        11..=13 => {
            let from = at(-chance.within(30, 70)) + 6 * HOUR;
            (State::Live, Span { from, to: Some(at(chance.within(12, 45)) + 22 * HOUR) })
        }
        _ => {
            let from = chance.within(12, 30);
            let to = at(from + chance.within(28, 50)) + 22 * HOUR;
            (State::Planned, Span { from: at(from) + 6 * HOUR, to: Some(to) })
        }
    }
}
