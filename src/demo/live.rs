//! Writes what goes live in a unit: components and their versions, experiences, decisions, deliveries, usages.

use std::io;

use super::content::hypothesis;
use super::frame::placement_key;
use super::line::{DAY, HOUR, Line};
use super::plan::{Place, State, Unit, Used};
use super::words::{LANGUAGES, MARKETS, OPERATIONS};
use super::writer::Writer;

/// Writes what goes live.
pub(super) fn live(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    components(unit, writer)?;
    variants(unit, writer)?;
    experiences(unit, writer)?;
    decisions(unit, writer)?;
    deliveries(unit, writer)?;
    usages(unit, writer)
}

fn components(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for component in &unit.components {
        let assets: Vec<&str> =
            component.assets.iter().map(|asset| unit.assets[*asset].key.as_str()).collect();
        let campaign = &unit.campaigns[component.campaign];
        let mut line = Line::new("Component", &component.key).set("name", &component.name);
        line = line.set("kind", component.kind).set("description", &format!("For {}.", campaign.name));
        if let Some(span) = component.span {
            line = line.span(span);
        }
        if let Some(fallback) = component.fallback {
            line = line.set("fallback", &unit.components[fallback].key);
        }
        if !assets.is_empty() {
            line = line.set("assets", &assets);
        }
        let concepts = writer.tags("message", 1);
        writer.put(line.set("concepts", &concepts))?;
    }
    Ok(())
}

fn variants(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    let mut meant: Vec<Vec<&str>> = vec![Vec::new(); unit.variants.len()];
    for rule in unit.decisions.iter().flat_map(|decision| &decision.rules) {
        let audience = unit.audiences[rule.audience].key.as_str();
        if rule.measured && !meant[rule.variant].contains(&audience) {
            meant[rule.variant].push(audience);
        }
    }
    for (variant, audiences) in unit.variants.iter().zip(meant) {
        let assets: Vec<&str> = variant.assets.iter().map(|asset| unit.assets[*asset].key.as_str()).collect();
        let component = &unit.components[variant.component];
        let mut line = Line::new("Variant", &variant.key).set("name", &component.name);
        line = line.may("text", variant.text.as_ref());
        line = line.may("channel", variant.channel.map(|channel| channel.name));
        line = line.may("language", variant.language.map(|language| LANGUAGES[language]));
        line = line.may("treatment", variant.treatment).set("status", variant.status);
        line = line.set("component", &component.key);
        if !assets.is_empty() {
            line = line.set("assets", &assets);
        }
        if !audiences.is_empty() {
            line = line.set("audiences", &audiences);
        }
        writer.put(line)?;
    }
    Ok(())
}

fn experiences(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for experience in &unit.experiences {
        let campaign = &unit.campaigns[experience.campaign];
        let brand = &unit.brands[campaign.brand];
        let market = MARKETS[experience.market];
        let variants: Vec<&str> =
            experience.variants.iter().map(|variant| unit.variants[*variant].key.as_str()).collect();
        let channel = experience.channel;
        let name = format!("{}, {} {}", campaign.name, channel.label, market.territory);
        let url = format!(
            "https://{}.example/{}/{}/{}",
            brand.key.replace('-', ""),
            market.territory.to_lowercase(),
            channel.label,
            campaign.number
        );
        let concepts = writer.tags("stage", 1);
        let line = Line::new("Experience", &experience.key)
            .known_to("cms", &experience.key)
            .set("name", &name)
            .set("kind", channel.experience);
        let line = line.set("channel", channel.name).set("url", &url).time("liveFrom", experience.span.from);
        let line = line.may_time("liveTo", experience.span.to).set("campaign", &campaign.key);
        let line = line.set("template", &format!("tpl-{}-{}", brand.key, channel.label));
        let line = line.set("brief", &campaign.key.replacen("cmp-", "brf-", 1)).set("variants", &variants);
        let placement = placement_key(brand, channel.label, campaign.number % 2);
        writer.put(line.set("placements", &[placement]).set("concepts", &concepts))?;
    }
    Ok(())
}

fn decisions(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for decision in &unit.decisions {
        let campaign = &unit.campaigns[decision.campaign];
        let brand = &unit.brands[campaign.brand];
        let mut line = Line::new("Decision", &decision.key).known_to("decisioning", &decision.key);
        line = line.set("name", &format!("{}: who sees what, {}", campaign.name, decision.channel.label));
        line = line.set("kind", decision.kind).set("status", decision.status).span(decision.span);
        line = line.set("priority", &writer.chance.within(1, 9)).set("campaign", &campaign.key);
        line = line.set("placement", &placement_key(brand, decision.channel.label, campaign.number % 2));
        if let Some(fallback) = decision.fallback {
            line = line.set("fallback", &unit.variants[fallback].key);
        }
        writer.put(line)?;
        for (place, rule) in decision.rules.iter().enumerate() {
            let line = Line::new("Rule", &format!("rul-{}-{place}", decision.key.replacen("dec-", "", 1)));
            let line =
                line.set("condition", *writer.chance.pick(&["always", "not seen today", "stock > 20"]));
            let weight = if decision.kind == "EXPERIMENT" { 0.5 } else { 1.0 };
            let line = line
                .set("weight", &weight)
                .set("priority", &(place + 1))
                .time("validFrom", decision.span.from);
            let line = line.may_time("validTo", decision.span.to).set("decision", &decision.key);
            let line = line.set("audience", &unit.audiences[rule.audience].key);
            writer.put(line.set("variant", &unit.variants[rule.variant].key))?;
        }
        if decision.kind == "EXPERIMENT" {
            experiment(unit, decision, writer)?;
        }
    }
    Ok(())
}

/// The key of the experiment of a decision.
pub(super) fn experiment_key(decision: &str) -> String {
    decision.replacen("dec-", "xpt-", 1)
}

fn experiment(unit: &Unit, decision: &super::plan::Decision, writer: &mut Writer<'_>) -> io::Result<()> {
    let row = &OPERATIONS.rows("hypothesis")[hypothesis(decision.campaign)];
    let arms: Vec<&str> = row[1].split(';').collect();
    let campaign = &unit.campaigns[decision.campaign];
    let over = campaign.state == State::Ended;
    let lift = writer.chance.within(-4, 19);
    let line = Line::new("Experiment", &experiment_key(&decision.key));
    let line =
        line.set("name", &format!("{}: {}", campaign.name, arms[arms.len() - 1])).set("hypothesis", row[0]);
    let line = line.set("phases", &["ramp", "full"]).set("arms", &arms).set("decision", &decision.key);
    let result = format!("{} against control: {lift} % of conversions", arms[arms.len() - 1]);
    let line = line.may("result", over.then_some(result));
    let line = line.may_time("concludedAt", campaign.span.to.filter(|_| over).map(|to| to + 30 * HOUR));
    let kpi = *writer.chance.pick(&["content_roi", "journey_effectiveness"]);
    writer.put(line.set("kpi", kpi))
}

fn deliveries(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for delivery in &unit.deliveries {
        let campaign = &unit.campaigns[delivery.campaign];
        let territory = MARKETS[delivery.market].territory;
        let channel = delivery.channel;
        let capped = channel.runs_in == "ads" && writer.chance.percent(60);
        let cap = capped.then(|| writer.chance.within(2, 6));
        let line = Line::new("Delivery", &delivery.key).known_to(channel.runs_in, &delivery.key);
        let line = line.set("name", &format!("{}, {} {territory}", campaign.name, channel.label));
        let line = line.set("kind", channel.delivery).set("status", delivery.status).span(delivery.span);
        let line =
            line.set("channel", channel.name).set("territories", &[territory]).may("frequencyCap", cap);
        let line =
            line.set("campaign", &campaign.key).set("decision", &unit.decisions[delivery.decision].key);
        let line = line.set("experience", &unit.experiences[delivery.experience].key);
        writer.put(line.set("source", channel.runs_in))?;
    }
    Ok(())
}

fn usages(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for usage in &unit.usages {
        let mut line = Line::new("Usage", &usage.key).set("status", usage.status).span(usage.span);
        line = line.set("territory", unit.market(usage).territory);
        line = line.may("channel", usage.says_channel.then(|| unit.channel(usage).name));
        line = match usage.what {
            Used::Asset(asset) => line.set("asset", &unit.assets[asset].key),
            Used::Variant(variant) => line.set("variant", &unit.variants[variant].key),
        };
        line = match usage.place {
            Place::Delivery(delivery) => line.set("delivery", &unit.deliveries[delivery].key),
            Place::Experience(experience) => line.set("experience", &unit.experiences[experience].key),
        };
        writer.put(line)?;
    }
    Ok(())
}

/// Days between two moments.
pub(super) fn days(from: i64, to: i64) -> i64 {
    (to - from).div_euclid(DAY)
}
