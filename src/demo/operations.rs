//! Writes how the work went: briefs, work items and handoffs with their waits, and trials of working together.
//! A handoff waits more than ten days only where that was planted.

use std::io;

use serde_json::json;

use crate::clock::Micros;

use super::line::{DAY, HOUR, Line};
use super::plan::{Campaign, State, Unit};
use super::words::OPERATIONS;
use super::writer::{Writer, team_key};

/// Writes the work of a unit.
pub(super) fn work(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for place in 0..unit.campaigns.len() {
        campaign(unit, place, writer)?;
    }
    pilot(unit, writer)
}

fn campaign(unit: &Unit, place: usize, writer: &mut Writer<'_>) -> io::Result<()> {
    let campaign = &unit.campaigns[place];
    let stem = campaign.key.replacen("cmp-", "", 1);
    let brief = format!("brf-{stem}");
    let asked = campaign.span.from - writer.chance.within(44, 52) * DAY;
    let concepts = writer.tags("message", 1);
    let line = Line::new("Brief", &brief).set("title", &format!("{}: content", campaign.name));
    let text = format!("Everything {} needs, in {} channels.", campaign.name, campaign.channels.len());
    let line = line.set("description", &text).time("requestedAt", asked);
    writer.put(line.set("campaign", &campaign.key).set("concepts", &concepts))?;
    let mut opens = asked + DAY;
    for (number, row) in OPERATIONS.rows("work").iter().enumerate() {
        opens += writer.chance.within(20, 90) * HOUR;
        let key = format!("wrk-{stem}-{number}");
        // Of every brand, the third, sixth and ninth campaign had one handoff that lay about.
        let slow = number == 4 && campaign.state == State::Ended && campaign.number.is_multiple_of(3);
        let item = Item { key: &key, team: row[1], opens, slow };
        let closed = handoffs(&item, writer)?;
        if opens > writer.now {
            break;
        }
        let asset = asset_of(unit, place, writer);
        let title = format!("{}: {}", row[0], campaign.name);
        let line = open(&item, (&title, closed), writer).set("brief", &brief);
        writer.put(line.set("campaign", &campaign.key).may("asset", asset))?;
    }
    Ok(())
}

fn asset_of<'a>(unit: &'a Unit, campaign: usize, writer: &mut Writer<'_>) -> Option<&'a str> {
    let families: Vec<usize> =
        (0..unit.families.len()).filter(|family| unit.families[*family].campaign == campaign).collect();
    let members = &unit.families[*writer.chance.pick(&families)].members;
    let asset = *writer.chance.pick(members);
    writer.chance.percent(60).then(|| unit.assets[asset].key.as_str())
}

/// A work item whose handoffs are to be written.
pub(super) struct Item<'a> {
    /// Its key.
    pub key: &'a str,
    /// The short name of the team that works on it.
    pub team: &'static str,
    /// When it was opened.
    pub opens: Micros,
    /// Whether its first handoff waits too long.
    pub slow: bool,
}

/// The line of a work item, as far as it has come; whoever calls adds what it belongs to.
pub(super) fn open(
    item: &Item<'_>,
    (title, closed): (&str, Option<Micros>),
    writer: &mut Writer<'_>,
) -> Line {
    let concepts = writer.tags("message", 1);
    let status = match closed {
        Some(_) => "DONE",
        None if item.slow => "BLOCKED",
        None => "IN_PROGRESS",
    };
    let line =
        Line::new("WorkItem", item.key).known_to("work", item.key).set("title", title).set("status", status);
    let line = line.time("openedAt", item.opens).may_time("closedAt", closed);
    line.set("ownerTeam", &team_key(item.team)).set("concepts", &concepts)
}

/// Writes the handoffs of a work item, and answers when the last of them was let go of.
pub(super) fn handoffs(item: &Item<'_>, writer: &mut Writer<'_>) -> io::Result<Option<Micros>> {
    let mut enters = item.opens + writer.chance.within(2, 20) * HOUR;
    let mut from = "brand".to_owned();
    let mut rework: Option<String> = None;
    let count = 1 + writer.chance.below(3);
    let mut number = 0;
    while number < count || rework.is_some() {
        if enters > writer.now {
            return Ok(None);
        }
        let slow = item.slow && number == 0;
        let waits = waits(slow, writer);
        let starts = Some(enters + waits).filter(|at| *at <= writer.now);
        let works = writer.chance.within(6, 80) * HOUR;
        let exits = starts.map(|at| at + works).filter(|at| *at <= writer.now);
        let to = if number == 0 { team_key(item.team) } else { writer.team() };
        let returned = writer.chance.percent(if rework.is_some() { 0 } else { 12 });
        let outcome = match (returned, writer.chance.percent(3)) {
            (true, _) => "RETURNED",
            (false, true) => "REJECTED",
            (false, false) => "ACCEPTED",
        };
        let key = format!("hnd-{}-{number}", item.key.replacen("wrk-", "", 1));
        let line = Line::new("Handoff", &key).time("enteredAt", enters).may_time("startedAt", starts);
        let line = line.may_time("exitedAt", exits).may("outcome", exits.map(|_| outcome));
        let line = line.set("workItem", item.key).set("fromTeam", &team_key(&from)).set("toTeam", &to);
        writer.put(line.may("reworkOf", rework.take()))?;
        if slow {
            let with = json!({ "workItem": item.key, "toTeam": to, "hours": waits / HOUR });
            writer.manifest.add("slowHandoff", &key, with);
        }
        let Some(left) = exits else { return Ok(None) };
        rework = returned.then_some(key);
        from = to.replacen("team-", "", 1);
        enters = left + writer.chance.within(1, 12) * HOUR;
        number += 1;
    }
    Ok(Some(enters))
}

/// Most work waits a day or two, some a week, and only what was planted longer than ten days.
fn waits(slow: bool, writer: &mut Writer<'_>) -> Micros {
    let hours = match (slow, writer.chance.below(10)) {
        (true, _) => writer.chance.within(270, 520),
        (false, 0) => writer.chance.within(96, 190),
        (false, 1..=4) => writer.chance.within(24, 80),
        (false, _) => writer.chance.within(1, 24),
    };
    hours * HOUR
}

fn pilot(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    let brand = &unit.brands[0];
    let of_brand = |campaign: &&Campaign| campaign.brand == 0 && campaign.state == State::Live;
    let campaigns: Vec<&str> =
        unit.campaigns.iter().filter(of_brand).map(|campaign| campaign.key.as_str()).collect();
    let at = |day: i64| writer.now + day * DAY;
    let line = Line::new("Pilot", &format!("plt-{}", brand.key));
    let line = line.set("name", &format!("{}: one board for content and channels", brand.name));
    let line = line.set("description", "Studio, media and decisioning plan in one weekly round.");
    let line = line.time("baselineFrom", at(-180)).time("baselineTo", at(-90));
    let line = line.time("pilotFrom", at(-90)).time("pilotTo", at(30)).set("campaigns", &campaigns);
    writer.put(line.set("teams", &["studio", "media", "decisions"].map(team_key)))
}
