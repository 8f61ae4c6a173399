//! Thinks up the content of the campaigns: motifs with their crops and language versions, and copy in four languages.

use super::chance::Chance;
use super::channels::Channel;
use super::line::Span;
use super::plan::{Asset, Component, Family, State, Unit, Variant};
use super::words::{COMMON, LANGUAGES, MARKETS, OPERATIONS, SECTORS};

/// The treatments of a headline that are tested against each other.
const TREATMENTS: [&str; 2] = ["A", "B"];

/// The content of every campaign.
pub(super) fn content(unit: &mut Unit, chance: &mut Chance) {
    for campaign in 0..unit.campaigns.len() {
        let motifs = 3 + chance.below(3);
        for number in 0..motifs {
            picture_family(unit, (campaign, number), chance);
        }
        film_family(unit, (campaign, motifs), chance);
        copy(unit, campaign, chance);
    }
}

fn stem(unit: &Unit, campaign: usize) -> String {
    unit.campaigns[campaign].key.replacen("cmp-", "", 1)
}

fn languages(unit: &Unit, campaign: usize) -> Vec<usize> {
    let mut languages: Vec<usize> =
        unit.campaigns[campaign].markets.iter().map(|market| MARKETS[*market].language).collect();
    languages.sort_unstable();
    languages.dedup();
    languages
}

fn family(
    unit: &mut Unit,
    (campaign, number): (usize, usize),
    kind: &'static str,
    chance: &mut Chance,
) -> usize {
    let scenes = SECTORS[unit.brand_of(campaign).sector].rows("scene").len();
    unit.families.push(Family {
        key: format!("{}-m{number}", stem(unit, campaign)),
        campaign,
        scene: chance.below(scenes),
        kind,
        made_by_model: kind == "IMAGE" && chance.percent(9),
        members: Vec::new(),
        policies: Vec::new(),
    });
    unit.families.len() - 1
}

/// Adds a member to a motif. What of it is missing by fault is decided later.
fn member(unit: &mut Unit, family: usize, from: Option<usize>, title: String, chance: &mut Chance) -> usize {
    let place = unit.assets.len();
    let Family { key, campaign, members, .. } = &mut unit.families[family];
    let key = format!("ast-{key}-{:02}", members.len());
    members.push(place);
    let status = match unit.campaigns[*campaign].state {
        State::Planned if chance.percent(30) => "IN_REVIEW",
        _ => "APPROVED",
    };
    unit.assets.push(Asset {
        key,
        title,
        family,
        from,
        channel: None,
        language: None,
        status,
        has_alt_text: chance.percent(80),
        has_renditions: true,
        disclosed: true,
    });
    place
}

fn scene(unit: &Unit, family: usize) -> &'static str {
    let Family { campaign, scene, .. } = unit.families[family];
    SECTORS[unit.brand_of(campaign).sector].rows("scene")[scene][0]
}

fn picture_family(unit: &mut Unit, (campaign, number): (usize, usize), chance: &mut Chance) {
    let family = family(unit, (campaign, number), "IMAGE", chance);
    let scene = scene(unit, family);
    let product =
        SECTORS[unit.brand_of(campaign).sector].rows("product")[unit.campaigns[campaign].product][0];
    let master = member(unit, family, None, format!("{scene}, {product}"), chance);
    let component = component(unit, campaign, ("IMAGE", &format!("img{number}")), scene);
    let channels = unit.campaigns[campaign].channels.clone();
    let mut last = master;
    for channel in channels {
        let crop = member(unit, family, Some(master), format!("{scene}, {}", channel.label), chance);
        unit.assets[crop].channel = Some(channel);
        unit.components[component].assets.push(crop);
        let variant = variant(unit, component, (Some(channel), None), chance);
        unit.variants[variant].assets.push(crop);
        last = crop;
    }
    for language in languages(unit, campaign) {
        let title = format!(
            "{scene}, {} with text, {}",
            unit.assets[last].channel.map_or("", |c| c.label),
            LANGUAGES[language]
        );
        let version = member(unit, family, Some(last), title, chance);
        unit.assets[version].channel = unit.assets[last].channel;
        unit.assets[version].language = Some(LANGUAGES[language]);
    }
    outtakes(unit, (family, component), chance);
}

/// What was made and never used: every campaign has some. A few got as far as a draft.
fn outtakes(unit: &mut Unit, (family, component): (usize, usize), chance: &mut Chance) {
    let scene = scene(unit, family);
    for take in 0..usize::from(chance.percent(85)) {
        let title = format!("{scene}, outtake {}", take + 2);
        let outtake = member(unit, family, None, title, chance);
        unit.assets[outtake].status =
            *chance.pick(&["DRAFT", "IN_REVIEW", "APPROVED", "APPROVED", "ARCHIVED"]);
        unit.assets[outtake].has_renditions = chance.percent(80);
        if chance.percent(20) {
            let draft = variant(unit, component, (None, None), chance);
            unit.variants[draft].assets.push(outtake);
            unit.variants[draft].status = "DRAFT";
        }
    }
}

fn film_family(unit: &mut Unit, (campaign, number): (usize, usize), chance: &mut Chance) {
    let family = family(unit, (campaign, number), "VIDEO", chance);
    let scene = scene(unit, family);
    let master = member(unit, family, None, format!("{scene}, film"), chance);
    let component = component(unit, campaign, ("VIDEO", &format!("film{number}")), scene);
    for seconds in [6, 20] {
        let cut = member(unit, family, Some(master), format!("{scene}, {seconds} seconds"), chance);
        unit.components[component].assets.push(cut);
        let channel = *chance.pick(&unit.campaigns[campaign].channels);
        unit.assets[cut].channel = Some(channel);
        let variant = variant(unit, component, (Some(channel), None), chance);
        unit.variants[variant].assets.push(cut);
    }
}

fn component(unit: &mut Unit, campaign: usize, (kind, short): (&'static str, &str), name: &str) -> usize {
    unit.components.push(Component {
        key: format!("cpt-{}-{short}", stem(unit, campaign)),
        name: name.to_owned(),
        campaign,
        kind,
        assets: Vec::new(),
        span: None,
        fallback: None,
    });
    unit.components.len() - 1
}

fn variant(
    unit: &mut Unit,
    component: usize,
    (channel, language): (Option<&'static Channel>, Option<usize>),
    chance: &mut Chance,
) -> usize {
    let place = unit.variants.len();
    let stem = unit.components[component].key.replacen("cpt-", "", 1);
    let channel_part = channel.map_or(String::new(), |channel| format!("-{}", channel.label));
    let language_part = language.map_or(String::new(), |language| format!("-{}", LANGUAGES[language]));
    let mut key = format!("var-{stem}{channel_part}{language_part}");
    if unit.variants.iter().rev().take(40).any(|variant| variant.key == key) {
        key.push_str("-b");
    }
    unit.variants.push(Variant {
        key,
        component,
        channel,
        language,
        treatment: None,
        status: "APPROVED",
        text: None,
        assets: Vec::new(),
        quality: chance.real(0.75, 1.3),
    });
    place
}

/// Headlines for every channel and language, body copy for the long ones, calls to action and offers.
fn copy(unit: &mut Unit, campaign: usize, chance: &mut Chance) {
    let words = &SECTORS[unit.brand_of(campaign).sector];
    let product = words.rows("product")[unit.campaigns[campaign].product][0];
    let channels = unit.campaigns[campaign].channels.clone();
    let tested = tested_channel(campaign, &channels);
    let headlines = words.rows("headline");
    let first = chance.below(headlines.len());
    let second = (first + 1 + chance.below(headlines.len() - 1)) % headlines.len();
    let headline = component(unit, campaign, ("HEADLINE", "head"), headlines[first][0]);
    for channel in &channels {
        for language in languages(unit, campaign) {
            let treatments = if Some(*channel) == tested { 2 } else { 1 };
            for (treatment, row) in [first, second].into_iter().enumerate().take(treatments) {
                let place = variant(unit, headline, (Some(channel), Some(language)), chance);
                unit.variants[place].text = Some(headlines[row][language].to_owned());
                if treatments == 2 {
                    unit.variants[place].treatment = Some(TREATMENTS[treatment]);
                }
            }
        }
    }
    let body = chance.below(words.rows("body").len());
    let place = component(unit, campaign, ("BODY", "body"), &format!("About {product}"));
    let action = chance.below(COMMON.rows("action").len());
    let button = component(unit, campaign, ("CALL_TO_ACTION", "cta"), COMMON.rows("action")[action][0]);
    for language in languages(unit, campaign) {
        let long = variant(unit, place, (None, Some(language)), chance);
        unit.variants[long].text = Some(words.rows("body")[body][language].replace("{product}", product));
        let short = variant(unit, button, (None, Some(language)), chance);
        unit.variants[short].text = Some(COMMON.rows("action")[action][language].to_owned());
    }
    let number = unit.campaigns[campaign].number;
    if number == 0 || number > 10 || chance.percent(55) {
        offer(unit, campaign, chance);
    }
}

/// The channel whose headlines are tested: every third campaign has one.
pub(super) fn tested_channel(campaign: usize, channels: &[&'static Channel]) -> Option<&'static Channel> {
    if campaign.is_multiple_of(3) { channels.last().copied() } else { None }
}

/// The hypothesis that a campaign tests, as a row of the word list.
pub(super) fn hypothesis(campaign: usize) -> usize {
    campaign / 3 % OPERATIONS.rows("hypothesis").len()
}

/// An offer. The one of an always-on campaign has no end, and stands in for the others of its brand.
fn offer(unit: &mut Unit, campaign: usize, chance: &mut Chance) {
    let words = &SECTORS[unit.brand_of(campaign).sector];
    let row = chance.below(words.rows("offer").len());
    let Span { from, to } = unit.campaigns[campaign].span;
    let offer = component(unit, campaign, ("OFFER", "offer"), words.rows("offer")[row][0]);
    unit.components[offer].span = Some(Span { from, to });
    if unit.campaigns[campaign].state != State::AlwaysOn && chance.percent(60) {
        let brand = unit.campaigns[campaign].brand;
        unit.components[offer].fallback = unit.components.iter().position(|component| {
            let other = &unit.campaigns[component.campaign];
            component.kind == "OFFER" && other.brand == brand && other.state == State::AlwaysOn
        });
    }
    for language in languages(unit, campaign) {
        let place = variant(unit, offer, (None, Some(language)), chance);
        unit.variants[place].text = Some(words.rows("offer")[row][language].to_owned());
    }
}
