//! Thinks up how content goes live: experiences, decisions with rules, deliveries, and the usages that say what is used where.

use std::collections::HashMap;

use crate::clock::Micros;

use super::chance::Chance;
use super::channels::Channel;
use super::content::tested_channel;
use super::line::{DAY, Span};
use super::plan::{Decision, Delivery, Experience, Place, Rule, State, Unit, Usage, Used};
use super::words::MARKETS;

/// What a campaign has in a channel and a market.
type Grid = HashMap<(&'static str, usize), (usize, usize)>;

/// Everything that activates the campaigns.
pub(super) fn activation(unit: &mut Unit, now: Micros, chance: &mut Chance) {
    let mut grids = Vec::with_capacity(unit.campaigns.len());
    for campaign in 0..unit.campaigns.len() {
        grids.push(grid(unit, campaign, chance));
    }
    for (campaign, grid) in grids.iter().enumerate() {
        pictures(unit, (campaign, grid), chance);
        copy(unit, (campaign, grid), chance);
        reused(unit, (campaign, grid), chance);
    }
    for usage in &mut unit.usages {
        finish(usage, now, chance);
    }
}

fn status(state: State, ended: &'static str, live: &'static str) -> &'static str {
    if state == State::Ended { ended } else { live }
}

fn grid(unit: &mut Unit, campaign: usize, chance: &mut Chance) -> Grid {
    let mut grid = Grid::new();
    let stem = unit.campaigns[campaign].key.replacen("cmp-", "", 1);
    let channels = unit.campaigns[campaign].channels.clone();
    for channel in &channels {
        let decision = decision(unit, (campaign, channel, &stem), chance);
        for market in unit.campaigns[campaign].markets.clone() {
            let territory = MARKETS[market].territory;
            let span = unit.campaigns[campaign].span;
            let state = unit.campaigns[campaign].state;
            let end = format!("{stem}-{}-{}", channel.label, territory.to_lowercase());
            let variants = spoken(unit, campaign, (Some(channel), market));
            unit.experiences.push(Experience {
                key: format!("exp-{end}"),
                campaign,
                channel,
                market,
                span,
                variants,
            });
            let experience = unit.experiences.len() - 1;
            let paused = state == State::Live && chance.percent(4);
            unit.deliveries.push(Delivery {
                key: format!("dlv-{end}"),
                campaign,
                decision,
                experience,
                channel,
                market,
                status: if paused { "PAUSED" } else { status(state, "ENDED", "ACTIVE") },
                span,
                wear: Vec::new(),
            });
            grid.insert((channel.name, market), (experience, unit.deliveries.len() - 1));
        }
    }
    grid
}

/// The variants of a campaign's copy that are read in this channel and market.
fn spoken(unit: &Unit, campaign: usize, (channel, market): (Option<&'static Channel>, usize)) -> Vec<usize> {
    let language = MARKETS[market].language;
    let read = |variant: &super::plan::Variant| {
        let component = &unit.components[variant.component];
        component.campaign == campaign
            && variant.text.is_some()
            && variant.language == Some(language)
            && (variant.channel.is_none() || variant.channel == channel)
    };
    (0..unit.variants.len()).filter(|variant| read(&unit.variants[*variant])).collect()
}

fn headlines(unit: &Unit, campaign: usize, channel: &'static Channel) -> Vec<usize> {
    let is = |variant: &super::plan::Variant| {
        let component = &unit.components[variant.component];
        component.campaign == campaign && component.kind == "HEADLINE" && variant.channel == Some(channel)
    };
    (0..unit.variants.len()).filter(|variant| is(&unit.variants[*variant])).collect()
}

fn decision(
    unit: &mut Unit,
    (campaign, channel, stem): (usize, &'static Channel, &str),
    chance: &mut Chance,
) -> usize {
    let tested = tested_channel(campaign, &unit.campaigns[campaign].channels) == Some(channel);
    let audiences = unit.campaigns[campaign].audiences.clone();
    let headlines = headlines(unit, campaign, channel);
    let mut rules = Vec::new();
    for variant in &headlines {
        let treatment = unit.variants[*variant].treatment;
        let two = [audiences[0], audiences[1]];
        for (place, audience) in two.into_iter().enumerate() {
            if treatment.is_none() || treatment == Some(["A", "B"][place]) {
                rules.push(Rule { audience, variant: *variant, measured: true });
            }
        }
    }
    let campaign_ = &unit.campaigns[campaign];
    let brand = campaign_.brand;
    let evergreen = unit.variants.iter().position(|variant| {
        let component = &unit.components[variant.component];
        let other = &unit.campaigns[component.campaign];
        component.kind == "HEADLINE" && other.brand == brand && other.state == State::AlwaysOn
    });
    let kind = if tested { "EXPERIMENT" } else { *chance.pick(&["RULE", "RULE", "RANKED"]) };
    unit.decisions.push(Decision {
        key: format!("dec-{stem}-{}", channel.label),
        campaign,
        channel,
        kind,
        status: status(
            campaign_.state,
            "ENDED",
            if campaign_.state == State::Planned { "DRAFT" } else { "ACTIVE" },
        ),
        span: campaign_.span,
        fallback: evergreen.filter(|_| campaign_.state != State::Ended || chance.percent(70)),
        rules,
    });
    unit.decisions.len() - 1
}

fn usage(unit: &mut Unit, what: Used, place: Place) {
    let number = unit.usages.len();
    let (stem, span, ended) = match place {
        Place::Delivery(delivery) => {
            let delivery = &unit.deliveries[delivery];
            (&delivery.key, delivery.span, delivery.status == "ENDED")
        }
        Place::Experience(experience) => {
            let experience = &unit.experiences[experience];
            let ended = unit.campaigns[experience.campaign].state == State::Ended;
            (&experience.key, experience.span, ended)
        }
    };
    let key = format!("use-{stem}-{number}");
    let status = if ended { "ENDED" } else { "ACTIVE" };
    unit.usages.push(Usage { key, what, place, status, span, says_channel: true });
}

/// Uses of the motifs: masters on the site, crops where they were cut for, language versions where they are read.
fn pictures(unit: &mut Unit, (campaign, grid): (usize, &Grid), chance: &mut Chance) {
    let markets = unit.campaigns[campaign].markets.clone();
    let carried: HashMap<usize, usize> = unit
        .variants
        .iter()
        .enumerate()
        .filter(|(_, variant)| unit.components[variant.component].campaign == campaign)
        .flat_map(|(place, variant)| variant.assets.iter().map(move |asset| (*asset, place)))
        .collect();
    let assets: Vec<usize> = (0..unit.families.len())
        .filter(|family| unit.families[*family].campaign == campaign)
        .flat_map(|family| unit.families[family].members.clone())
        .collect();
    for asset in assets {
        let master = unit.assets[asset].from.is_none();
        if is_outtake(unit, asset) {
            continue;
        }
        let language = unit.assets[asset].language;
        let fits: Vec<usize> = markets
            .iter()
            .copied()
            .filter(|market| language.is_none_or(|tag| MARKETS[*market].language_tag() == tag))
            .collect();
        let market = *chance.pick(&fits);
        let channel = unit.assets[asset].channel.map_or("WEB", |channel| channel.name);
        let Some((experience, delivery)) = grid.get(&(channel, market)).copied() else { continue };
        match carried.get(&asset) {
            Some(variant) => {
                usage(unit, Used::Variant(*variant), Place::Delivery(delivery));
                if chance.percent(45) {
                    let other = *chance.pick(&markets);
                    if let Some((_, delivery)) = grid.get(&(channel, other)) {
                        usage(unit, Used::Asset(asset), Place::Delivery(*delivery));
                    }
                }
            }
            None if master => usage(unit, Used::Asset(asset), Place::Experience(experience)),
            None => usage(unit, Used::Asset(asset), Place::Delivery(delivery)),
        }
    }
}

/// Whether an asset was made and never used: it stands alone in its motif, beside the master.
pub(super) fn is_outtake(unit: &Unit, asset: usize) -> bool {
    let family = &unit.families[unit.assets[asset].family];
    unit.assets[asset].from.is_none() && family.members.first() != Some(&asset)
}

/// Uses of copy: what the rules show, and offers on the site and in email.
fn copy(unit: &mut Unit, (campaign, grid): (usize, &Grid), chance: &mut Chance) {
    let mut places: Vec<(usize, usize)> = grid.values().copied().collect();
    places.sort_unstable();
    for (experience, delivery) in places {
        let language = MARKETS[unit.deliveries[delivery].market].language;
        let decision = &unit.decisions[unit.deliveries[delivery].decision];
        let mut shown: Vec<usize> = decision
            .rules
            .iter()
            .map(|rule| rule.variant)
            .filter(|variant| unit.variants[*variant].language == Some(language))
            .collect();
        shown.dedup();
        for variant in shown {
            usage(unit, Used::Variant(variant), Place::Delivery(delivery));
        }
        let channel = unit.deliveries[delivery].channel.name;
        if matches!(channel, "WEB" | "EMAIL") {
            let offers: Vec<usize> = (0..unit.variants.len())
                .filter(|variant| {
                    let variant = &unit.variants[*variant];
                    let component = &unit.components[variant.component];
                    component.campaign == campaign
                        && component.kind == "OFFER"
                        && variant.language == Some(language)
                })
                .collect();
            for offer in offers {
                let at_site = channel == "WEB" || chance.percent(50);
                let place = if at_site { Place::Experience(experience) } else { Place::Delivery(delivery) };
                usage(unit, Used::Variant(offer), place);
            }
        }
    }
}

/// Good pictures are used again: some of earlier campaigns of the brand in another channel of this one.
fn reused(unit: &mut Unit, (campaign, grid): (usize, &Grid), chance: &mut Chance) {
    let brand = unit.campaigns[campaign].brand;
    let earlier: Vec<usize> = (0..unit.assets.len())
        .filter(|asset| {
            let made_for = unit.families[unit.assets[*asset].family].campaign;
            unit.campaigns[made_for].brand == brand && made_for < campaign && !is_outtake(unit, *asset)
        })
        .collect();
    if earlier.is_empty() {
        return;
    }
    let mut places: Vec<(usize, usize)> = grid.values().copied().collect();
    places.sort_unstable();
    for _ in 0..8 {
        let asset = *chance.pick(&earlier);
        let (_, delivery) = *chance.pick(&places);
        let language = unit.assets[asset].language;
        let market = MARKETS[unit.deliveries[delivery].market];
        if language.is_none_or(|tag| market.language_tag() == tag) {
            usage(unit, Used::Asset(asset), Place::Delivery(delivery));
        }
    }
}

/// Some usages ended early, and some leave their channel to what they are used in.
fn finish(usage: &mut Usage, now: Micros, chance: &mut Chance) {
    usage.says_channel = chance.percent(85);
    let early = now - chance.within(3, 20) * DAY;
    let open = usage.span.to.is_none_or(|to| to > now);
    if open && usage.span.from < early - DAY && chance.percent(6) {
        usage.span = Span { from: usage.span.from, to: Some(early) };
        usage.status = "ENDED";
    }
}
