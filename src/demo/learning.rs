//! Writes what was decided, what went wrong and what was learnt: insights, changes, incidents, findings.
//! A change stays undone for more than sixty days only where that was planted.

use std::io;

use serde_json::json;

use crate::clock::{self, Micros};

use super::content::tested_channel;
use super::line::{DAY, HOUR, Line};
use super::live::experiment_key;
use super::operations::{Item, handoffs, open};
use super::plan::{State, Unit};
use super::words::OPERATIONS;
use super::writer::Writer;

/// Writes what was learnt and done about it.
pub(super) fn learning(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for place in 0..unit.campaigns.len() {
        let campaign = &unit.campaigns[place];
        if campaign.state == State::Planned {
            continue;
        }
        let insight = insight(unit, place, writer)?;
        changes(unit, (place, insight), writer)?;
        incidents(unit, place, writer)?;
        findings(unit, place, writer)?;
        if campaign.state == State::AlwaysOn {
            stalled(unit, place, writer)?;
        }
    }
    open_findings(unit, writer)
}

fn stem(unit: &Unit, campaign: usize) -> String {
    unit.campaigns[campaign].key.replacen("cmp-", "", 1)
}

/// A moment of a campaign's run, at least `room` days before now.
fn moment(unit: &Unit, campaign: usize, room: i64, writer: &mut Writer<'_>) -> Micros {
    let span = unit.campaigns[campaign].span;
    let last = span.to.unwrap_or(writer.now).min(writer.now - room * DAY);
    let days = ((last - span.from) / DAY).max(1);
    span.from + writer.chance.within(0, days - 1) * DAY + writer.chance.within(1, 12) * HOUR
}

fn insight(unit: &Unit, place: usize, writer: &mut Writer<'_>) -> io::Result<Option<(String, Micros)>> {
    let campaign = &unit.campaigns[place];
    let tested = tested_channel(place, &campaign.channels);
    if tested.is_none() && writer.chance.percent(55) {
        return Ok(None);
    }
    let at = moment(unit, place, 6, writer);
    let key = format!("ins-{}", stem(unit, place));
    let title = writer.chance.pick(OPERATIONS.rows("insight"))[0];
    let concepts = writer.tags("stage", 1);
    let mut line = Line::new("Insight", &key).set("title", title);
    line = line.set("description", &format!("Seen in {}.", campaign.name)).time("observedAt", at);
    line = line.set("campaign", &campaign.key).set("concepts", &concepts);
    line = match tested {
        Some(channel) => {
            let decision = format!("dec-{}-{}", stem(unit, place), channel.label);
            line.set("experiment", &experiment_key(&decision))
        }
        None => line
            .set("kpi", *writer.chance.pick(&["content_roi", "journey_effectiveness", "asset_reuse_rate"])),
    };
    writer.put(line)?;
    Ok(Some((key, at)))
}

/// A change to be written.
struct Change<'a> {
    key: String,
    campaign: usize,
    decided: Micros,
    live: Option<Micros>,
    insight: Option<&'a str>,
}

fn changes(
    unit: &Unit,
    (place, insight): (usize, Option<(String, Micros)>),
    writer: &mut Writer<'_>,
) -> io::Result<()> {
    let stem = stem(unit, place);
    let count = 1 + writer.chance.below(2);
    for number in 0..count {
        let acts = insight.as_ref().filter(|_| number == 0);
        let decided = match acts {
            Some((_, at)) => at + writer.chance.within(10, 90) * HOUR,
            None => moment(unit, place, 1, writer),
        };
        if decided > writer.now {
            continue;
        }
        let live = Some(decided + writer.chance.within(20, 400) * HOUR).filter(|at| *at <= writer.now);
        let key = format!("chg-{stem}-{number}");
        let insight = acts.map(|(key, _)| key.as_str());
        change(unit, Change { key, campaign: place, decided, live, insight }, writer)?;
    }
    Ok(())
}

fn change(unit: &Unit, change: Change<'_>, writer: &mut Writer<'_>) -> io::Result<()> {
    let campaign = &unit.campaigns[change.campaign];
    let title = writer.chance.pick(OPERATIONS.rows("change"))[0];
    let team = writer.team();
    let concepts = writer.tags("message", 1);
    let of_campaign = |place: &usize| unit.decisions[*place].campaign == change.campaign;
    let decisions: Vec<usize> = (0..unit.decisions.len()).filter(of_campaign).collect();
    let decision = *writer.chance.pick(&decisions);
    let mut changed = vec![json!({ "type": "Decision", "key": unit.decisions[decision].key })];
    let shown = unit.experiences.iter().find(|experience| experience.campaign == change.campaign);
    if let Some(experience) = shown.filter(|_| writer.chance.percent(50)) {
        changed.push(json!({ "type": "Experience", "key": experience.key }));
    }
    let line = Line::new("Change", &change.key).set("title", title);
    let line = line.set("description", &format!("Decided for {}.", campaign.name));
    let line = line.time("decidedAt", change.decided).may_time("liveAt", change.live);
    let line = line.set("changed", &changed).may("insights", change.insight.map(|insight| [insight]));
    let line = line.set("campaign", &campaign.key).set("ownerTeam", &team);
    writer.put(line.set("concepts", &concepts))?;
    let slow = change.live.is_none() && change.decided < writer.now - 60 * DAY;
    let key = change.key.replacen("chg-", "wrk-change-", 1);
    let row = writer.chance.pick(OPERATIONS.rows("work"));
    let item = Item { key: &key, team: row[1], opens: change.decided + 6 * HOUR, slow };
    if item.opens > writer.now {
        return Ok(());
    }
    let closed = handoffs(&item, writer)?;
    let closed = closed.filter(|_| !slow);
    let line = open(&item, (&format!("{}: {title}", row[0]), closed), writer);
    writer.put(line.set("change", &change.key).set("campaign", &campaign.key))
}

fn stalled(unit: &Unit, place: usize, writer: &mut Writer<'_>) -> io::Result<()> {
    let key = format!("chg-{}-stalled", stem(unit, place));
    let decided = writer.now - writer.chance.within(65, 150) * DAY + 10 * HOUR;
    writer.manifest.add("stalledChange", &key, json!({ "decidedAt": clock::written(decided) }));
    change(unit, Change { key, campaign: place, decided, live: None, insight: None }, writer)
}

fn incidents(unit: &Unit, place: usize, writer: &mut Writer<'_>) -> io::Result<()> {
    if !writer.chance.percent(60) {
        return Ok(());
    }
    let row = writer.chance.pick(OPERATIONS.rows("incident"));
    let at = moment(unit, place, 3, writer);
    let of_campaign = |delivery: &&super::plan::Delivery| delivery.campaign == place;
    let deliveries: Vec<&str> =
        unit.deliveries.iter().filter(of_campaign).map(|delivery| delivery.key.as_str()).collect();
    let subject = *writer.chance.pick(&deliveries);
    let lasted = writer.chance.within(1, 60) * HOUR;
    let team = writer.team();
    let concepts = writer.tags("stage", 1);
    let line = Line::new("Incident", &format!("inc-{}", stem(unit, place))).set("title", row[1]);
    let line =
        line.set("kind", row[0]).set("description", &format!("{}, noticed by a routine check.", row[1]));
    let line = line.time("openedAt", at).time("closedAt", at + lasted).set("system", row[2]);
    let line = line.any("subject", "Delivery", subject).set("campaign", &unit.campaigns[place].key);
    writer.put(line.set("ownerTeam", &team).set("concepts", &concepts))
}

fn findings(unit: &Unit, place: usize, writer: &mut Writer<'_>) -> io::Result<()> {
    if !writer.chance.percent(45) {
        return Ok(());
    }
    let at = moment(unit, place, 12, writer);
    let resolved = at + writer.chance.within(4, 240) * HOUR;
    let brand = &unit.brand_of(place).key;
    let short = *writer.chance.pick(&["logo-space", "small-print"]);
    let severity = *writer.chance.pick(&["LOW", "MEDIUM", "HIGH"]);
    let experience = unit.experiences.iter().find(|experience| experience.campaign == place);
    let Some(experience) = experience else { return Ok(()) };
    let line = Line::new("GuardrailFinding", &format!("fnd-{}", stem(unit, place))).set("severity", severity);
    let line = line.set("message", "Found by the weekly check of what is live.").time("foundAt", at);
    let line = line.time("resolvedAt", resolved).set("guardrail", &format!("grd-{brand}-{short}"));
    let line = line.any("subject", "Experience", &experience.key);
    writer.put(line.set("campaign", &unit.campaigns[place].key))
}

/// Some of the missing texts were found by a check and are still open.
fn open_findings(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    let known: Vec<(String, String)> = unit
        .assets
        .iter()
        .enumerate()
        .filter(|(_, asset)| {
            writer.manifest.found("missingAltText").iter().any(|found| found.key == asset.key)
        })
        .map(|(place, asset)| (asset.key.clone(), unit.asset_brand(place).key.clone()))
        .take(2)
        .collect();
    for (asset, brand) in known {
        let key = format!("fnd-{}", asset.replacen("ast-", "", 1));
        let line = Line::new("GuardrailFinding", &key).set("severity", "HIGH");
        let line = line.set("message", "Live without a text that says what it shows.");
        let line = line.time("foundAt", writer.now - 30 * HOUR).any("subject", "Asset", &asset);
        writer.put(line.set("guardrail", &format!("grd-{brand}-alt-text")))?;
    }
    Ok(())
}
