//! Thinks up the journeys, and writes them with their steps and what was observed at each.

use std::io;

use serde_json::json;

use super::campaigns::PAST;
use super::chance::Chance;
use super::line::{DAY, Line, day};
use super::manifest::Manifest;
use super::plan::{Journey, State, Unit};
use super::words::OPERATIONS;
use super::writer::Writer;

/// The journeys of a unit. One of them breaks off: a step leads nowhere though others come after it.
pub(super) fn plan(unit: &mut Unit, manifest: &mut Manifest, chance: &mut Chance) {
    let running: Vec<usize> = (0..unit.campaigns.len())
        .filter(|campaign| matches!(unit.campaigns[*campaign].state, State::AlwaysOn | State::Live))
        .collect();
    for row in 0..OPERATIONS.rows("journey").len() {
        let campaign = running[row * 3 % running.len()];
        let key = format!("jny-{}-{row}", unit.brand_of(campaign).key);
        let broken_at = (row == 3).then_some(2);
        if let Some(step) = broken_at {
            manifest.add("deadEndStep", &step_key(&key, step), json!({ "journey": key }));
        }
        let mut audiences = unit.campaigns[campaign].audiences.clone();
        audiences.truncate(1 + chance.below(2));
        unit.journeys.push(Journey { key, row, campaign, audiences, broken_at });
    }
}

fn step_key(journey: &str, step: usize) -> String {
    format!("{}-s{}", journey.replacen("jny-", "stp-", 1), step + 1)
}

fn steps(journey: &Journey) -> Vec<&'static str> {
    OPERATIONS.rows("journey")[journey.row][2].split(';').collect()
}

/// Writes the journeys of a unit.
pub(super) fn journeys(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for journey in &unit.journeys {
        let row = &OPERATIONS.rows("journey")[journey.row];
        let brand = &unit.brand_of(journey.campaign).name;
        let concepts = writer.tags("stage", 1);
        let line = Line::new("Journey", &journey.key)
            .known_to("analytics", &journey.key)
            .set("name", &format!("{brand}: {}", row[0]));
        let line = line.set("description", row[1]).set("status", "ACTIVE");
        writer.put(line.set("campaign", &unit.campaigns[journey.campaign].key).set("concepts", &concepts))?;
        let shown: Vec<&str> = unit
            .experiences
            .iter()
            .filter(|experience| experience.campaign == journey.campaign)
            .map(|experience| experience.key.as_str())
            .collect();
        let steps = steps(journey);
        for (place, name) in steps.iter().enumerate() {
            let mut line = Line::new("JourneyStep", &step_key(&journey.key, place)).set("name", name);
            line = line.set("position", &(place + 1)).set("journey", &journey.key);
            if place + 1 < steps.len() && journey.broken_at != Some(place) {
                line = line.set("next", &step_key(&journey.key, place + 1));
            }
            let experience = shown[place % shown.len()];
            writer.put(line.set("experiences", &[experience]))?;
        }
    }
    Ok(())
}

/// Writes what was observed at the steps: eighteen months of two journeys, a quarter of the others.
pub(super) fn facts(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for journey in &unit.journeys {
        let since = if journey.row < 2 { PAST } else { 90 };
        for audience in &journey.audiences {
            let usual = (unit.audiences[*audience].size as f64 / 400.0).clamp(12.0, 600.0);
            for ago in -since..0 {
                observe(unit, (journey, *audience, usual), ago, writer)?;
            }
        }
    }
    Ok(())
}

fn observe(
    unit: &Unit,
    (journey, audience, usual): (&Journey, usize, f64),
    ago: i64,
    writer: &mut Writer<'_>,
) -> io::Result<()> {
    let date = day(writer.now + ago * DAY);
    let mut entries = (usual * writer.chance.real(0.8, 1.2)) as i64;
    let steps = steps(journey).len();
    for step in 0..steps {
        let last = step + 1 == steps;
        let stays = if last { 0.0 } else { writer.chance.real(0.55, 0.78) };
        let on = (entries as f64 * stays) as i64;
        let rate = if last { 0.22 } else { 0.012 };
        let conversions = (entries as f64 * rate * writer.chance.real(0.8, 1.25)) as i64;
        let line = Line::fact("JourneyFact").set("day", &date).set("step", &step_key(&journey.key, step));
        let line = line.set("audience", &unit.audiences[audience].key).set("channel", "EMAIL");
        let line =
            line.set("entries", &entries).set("exits", &(entries - on)).set("conversions", &conversions);
        writer.put(line.set("source", "analytics"))?;
        let broken = journey.broken_at == Some(step);
        entries = if broken { 0 } else { on };
    }
    Ok(())
}
