//! Writes eighteen months of performance, one delivery after another: seasons, weekdays, wear, cost and revenue.
//! In the last three weeks a pair's click rate stands still unless it was planted to wear out.

use std::io;

use super::channels::Channel;
use super::line::{DAY, Line, day};
use super::live::days;
use super::plan::{Delivery, State, Unit, Wear};
use super::words::MARKETS;
use super::writer::Writer;

/// How the year goes for each sort of brand, month by month.
const SEASONS: [[f64; 12]; 4] = [
    [0.85, 0.85, 1.0, 1.05, 1.05, 0.95, 0.85, 0.9, 1.15, 1.25, 1.3, 1.2],
    [0.9, 0.85, 0.95, 1.0, 0.95, 0.85, 0.8, 0.85, 1.0, 1.1, 1.35, 1.5],
    [1.35, 1.2, 1.1, 1.05, 1.1, 1.15, 1.05, 0.9, 0.85, 0.8, 0.85, 0.95],
    [0.95, 0.9, 0.95, 0.95, 0.9, 0.85, 0.85, 0.9, 1.05, 1.15, 1.35, 1.45],
];
/// How the week goes, from Sunday.
const WEEK: [f64; 7] = [1.12, 1.02, 0.97, 0.96, 0.98, 0.94, 1.05];
/// What an order is worth, in hundredths, for each sort of brand.
const ORDER: [f64; 4] = [9200.0, 6100.0, 41_200.0, 4800.0];
/// In how many days a click rate falls to its floor.
const WEARS_FOR: i64 = 75;

/// Writes the facts of a unit.
pub(super) fn facts(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for delivery in &unit.deliveries {
        let rules = &unit.decisions[delivery.decision].rules;
        let language = MARKETS[delivery.market].language;
        for (place, rule) in rules.iter().enumerate() {
            if rule.measured && unit.variants[rule.variant].language == Some(language) {
                let wear = delivery.wear.iter().find(|(worn, _)| *worn == place).map(|(_, wear)| *wear);
                let mut pair = pair(unit, delivery, (rule.variant, rule.audience), wear);
                pair.affinity = writer.chance.real(0.8, 1.25);
                write(&mut pair, writer)?;
            }
        }
    }
    Ok(())
}

/// A variant and an audience in one delivery, with all that its numbers come from.
struct Pair<'a> {
    delivery: &'a Delivery,
    channel: &'static Channel,
    variant: &'a str,
    audience: &'a str,
    sector: usize,
    /// Impressions on a usual day.
    usual: f64,
    quality: f64,
    affinity: f64,
    wear: Option<Wear>,
    /// Whether a second system reports on it too.
    reported_twice: bool,
    clicks: Carry,
    conversions: Carry,
}

/// Whole numbers of a rate, with what is left over kept for the next day, so that sums stay true.
#[derive(Default)]
struct Carry(f64);

impl Carry {
    fn take(&mut self, amount: f64) -> i64 {
        self.0 += amount;
        let whole = self.0.floor();
        self.0 -= whole;
        whole as i64
    }
}

fn pair<'a>(
    unit: &'a Unit,
    delivery: &'a Delivery,
    (variant, audience): (usize, usize),
    wear: Option<Wear>,
) -> Pair<'a> {
    let channel = delivery.channel;
    let size = unit.audiences[audience].size as f64;
    let market = 1.0 / (1.0 + 0.15 * delivery.market as f64);
    let usual = if channel.sent {
        size * 0.2 * market
    } else {
        channel.impressions * market * (size / 80_000.0).sqrt().clamp(0.35, 2.0)
    };
    let campaign = &unit.campaigns[delivery.campaign];
    Pair {
        delivery,
        channel,
        variant: &unit.variants[variant].key,
        audience: &unit.audiences[audience].key,
        sector: unit.brands[campaign.brand].sector,
        usual,
        quality: unit.variants[variant].quality,
        affinity: 1.0,
        wear,
        reported_twice: campaign.state == State::Ended
            && channel.name == "DISPLAY"
            && delivery.campaign.is_multiple_of(3),
        clicks: Carry::default(),
        conversions: Carry::default(),
    }
}

/// A day of a pair.
struct Numbers {
    impressions: i64,
    clicks: i64,
    conversions: i64,
    cost: i64,
    revenue: i64,
}

fn write(pair: &mut Pair<'_>, writer: &mut Writer<'_>) -> io::Result<()> {
    let now = writer.now;
    let first = days(now, pair.delivery.span.from);
    let last = pair.delivery.span.to.map_or(-1, |to| days(now, to)).min(-1);
    for ago in first..=last {
        let at = now + ago * DAY;
        let number = at.div_euclid(DAY);
        if pair.channel.sent && !matches!(number.rem_euclid(7), 2 | 5) {
            continue;
        }
        let date = day(at);
        let numbers = numbers(pair, (ago, ago - first, &date), writer);
        let line = fact(pair, &date, pair.channel.measured_by);
        let reach = (numbers.impressions as f64 * writer.chance.real(0.62, 0.9)) as i64;
        let line = line.set("impressions", &numbers.impressions).set("reach", &reach);
        let line = line.set("clicks", &numbers.clicks).set("conversions", &numbers.conversions);
        let line = line.money("cost", numbers.cost).money("revenue", numbers.revenue);
        writer.put(line.set("currency", "EUR"))?;
        if pair.reported_twice {
            let line = fact(pair, &date, "analytics").set("clicks", &(numbers.clicks * 93 / 100));
            let line = line.set("conversions", &(numbers.conversions * 9 / 10));
            writer.put(line.money("revenue", numbers.revenue * 9 / 10).set("currency", "EUR"))?;
        }
    }
    Ok(())
}

fn fact(pair: &Pair<'_>, date: &str, source: &str) -> Line {
    let line = Line::fact("PerformanceFact").set("day", date).set("variant", pair.variant);
    let line = line.set("audience", pair.audience).set("channel", pair.channel.name);
    let line = line.set("territory", MARKETS[pair.delivery.market].territory);
    line.set("delivery", &pair.delivery.key).set("source", source)
}

fn numbers(pair: &mut Pair<'_>, (ago, age, date): (i64, i64, &str), writer: &mut Writer<'_>) -> Numbers {
    let Writer { chance, now, .. } = writer;
    let month: usize = date.get(5..7).and_then(|month| month.parse().ok()).unwrap_or(1);
    let weekday = (now.div_euclid(DAY) + ago + 4).rem_euclid(7) as usize;
    let busy = SEASONS[pair.sector][(month - 1).min(11)] * WEEK[weekday];
    let recent = ago >= -21;
    let worn_for = if recent { age - (ago + 21) } else { age }.clamp(0, WEARS_FOR);
    let wear = 1.0 - 0.004 * worn_for as f64;
    let mut rate = pair.channel.click_rate * pair.quality * pair.affinity * wear;
    if !recent {
        rate *= chance.real(0.9, 1.1);
    }
    let mut impressions = (pair.usual * busy * chance.real(0.86, 1.14)) as i64;
    let mut clicks = None;
    match pair.wear {
        Some(Wear::Falls(share)) if ago >= -7 => rate *= share,
        Some(Wear::Exactly) if recent => {
            impressions = 2000;
            clicks = Some(if ago >= -7 { 51 } else { 60 });
        }
        _ => {}
    }
    if pair.wear.is_some() && recent {
        impressions = impressions.max(1500);
    }
    let clicks = clicks.unwrap_or_else(|| pair.clicks.take(impressions as f64 * rate));
    let bought = pair.channel.conversion_rate * chance.real(0.85, 1.15);
    let conversions = pair.conversions.take(clicks as f64 * bought);
    let cost = impressions as f64 / 1000.0 * pair.channel.cost * chance.real(0.94, 1.06);
    let revenue = conversions as f64 * ORDER[pair.sector] * chance.real(0.8, 1.2);
    Numbers { impressions, clicks, conversions, cost: cost as i64, revenue: revenue as i64 }
}
