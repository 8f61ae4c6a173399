//! Writes the assets of a unit with their files, what is said about them, and the sets they are kept in.

use std::collections::BTreeSet;
use std::io;

use serde_json::json;

use crate::clock::Micros;

use super::activation::is_outtake;
use super::company::field_key;
use super::frame::product_key;
use super::line::{DAY, HOUR, Line, day};
use super::plan::{Asset, State, Unit};
use super::words::SECTORS;
use super::writer::{Writer, team_key};

/// When something may be shown, as the governed field's options say it.
const SEASONS: [&str; 5] = ["spring", "summer", "autumn", "winter", "all year"];

/// Writes the assets of a unit.
pub(super) fn assets(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    let masters: Vec<usize> = (0..unit.assets.len())
        .filter(|asset| unit.assets[*asset].from.is_none() && !is_outtake(unit, *asset))
        .collect();
    let contradicted: BTreeSet<usize> =
        writer.chance.some(6, masters.len()).into_iter().map(|place| masters[place]).collect();
    for (place, asset) in unit.assets.iter().enumerate() {
        let made = made(unit, asset, writer);
        write(unit, (place, made), writer)?;
        if asset.has_renditions {
            renditions(unit, asset, writer)?;
        }
        metadata(unit, (place, made), contradicted.contains(&place), writer)?;
    }
    collections(unit, &masters, writer)
}

/// When an asset was made: some weeks before its campaign, crops and versions after the master.
fn made(unit: &Unit, asset: &Asset, writer: &mut Writer<'_>) -> Micros {
    let start = unit.campaigns[unit.families[asset.family].campaign].span.from;
    let days = if asset.from.is_none() { writer.chance.within(36, 42) } else { writer.chance.within(14, 30) };
    start - days * DAY + writer.chance.within(8, 17) * HOUR
}

/// Whether a part made by a model stands in an asset: in the motif, all that comes from it.
fn source_type(unit: &Unit, asset: &Asset) -> &'static str {
    let family = &unit.families[asset.family];
    match (family.made_by_model, asset.language.is_some(), family.kind) {
        (true, _, _) => "TRAINED_ALGORITHMIC_MEDIA",
        (false, true, _) => "COMPOSITE",
        (false, false, "VIDEO") => "HUMAN_EDITS",
        (false, false, _) => "DIGITAL_CAPTURE",
    }
}

fn write(unit: &Unit, (place, made): (usize, Micros), writer: &mut Writer<'_>) -> io::Result<()> {
    let asset = &unit.assets[place];
    let family = &unit.families[asset.family];
    let campaign = &unit.campaigns[family.campaign];
    let brand = &unit.brands[campaign.brand];
    let scene = &SECTORS[brand.sector].rows("scene")[family.scene];
    let film = family.kind == "VIDEO";
    let cost = match (asset.from, film) {
        (None, true) => writer.chance.within(4000, 22_000) * 100,
        (None, false) => writer.chance.within(300, 2900) * 100,
        (Some(_), _) => writer.chance.within(2500, 19_000),
    };
    let changed = (made + writer.chance.within(1, 6) * DAY).min(writer.now - HOUR);
    let creator = match (family.made_by_model, film) {
        (true, _) => "Creative studio, with an image model",
        (false, true) => "Film agency",
        (false, false) => "Creative studio",
    };
    let policies: Vec<&str> =
        family.policies.iter().map(|policy| unit.policies[*policy].key.as_str()).collect();
    let mut concepts = writer.shown("subject", scene[1]);
    concepts.extend(writer.tags("mood", 1));
    let mut line = Line::new("Asset", &asset.key).known_to("dam", &asset.key).set("title", &asset.title);
    line = line.set("description", &format!("{}. Made for {}.", scene[1], campaign.name));
    line = line.set("creator", creator).set("format", if film { "video/mp4" } else { "image/jpeg" });
    line = line.set("kind", family.kind).set("status", asset.status).may("language", asset.language);
    if asset.has_alt_text {
        line = line.set("altText", &format!("{}.", scene[1]));
    }
    if !policies.is_empty() {
        line = line.set("creditLine", &format!("{creator} for {}", brand.name)).set("rights", &policies);
    }
    line = line.set("digitalSourceType", source_type(unit, asset)).set("checksum", &writer.chance.checksum());
    line = line.money("productionCost", cost).set("currency", "EUR");
    line = line.time("created", made).time("modified", changed).set("brand", &brand.key);
    line = line.set("ownerTeam", &team_key(if asset.from.is_none() { "studio" } else { "assets" }));
    line = line.set("brief", &campaign.key.replacen("cmp-", "brf-", 1));
    if let Some(from) = asset.from {
        line = line.set("derivedFrom", &[&unit.assets[from].key]);
    }
    line = line.set("products", &[product_key(brand, campaign.product)]);
    writer.put(line.set("concepts", &concepts))
}

fn renditions(unit: &Unit, asset: &Asset, writer: &mut Writer<'_>) -> io::Result<()> {
    let film = unit.families[asset.family].kind == "VIDEO";
    let (width, height) = asset.channel.map_or((6000, 4000), |channel| channel.size);
    let files: &[(&str, &str, i64)] = match (film, asset.from.is_none()) {
        (true, _) => &[("master", "video/mp4", 1), ("poster", "image/jpeg", 3)],
        (false, true) => {
            &[("original", "image/jpeg", 1), ("large", "image/webp", 3), ("thumb", "image/webp", 12)]
        }
        (false, false) => &[("full", "image/jpeg", 1), ("web", "image/webp", 2)],
    };
    for (name, format, part) in files {
        let (width, height) = ((width / part).max(60), (height / part).max(40));
        let bytes =
            if *format == "video/mp4" { writer.chance.within(6, 90) * 1_000_000 } else { width * height / 7 };
        let key = format!("{}-{name}", asset.key.replacen("ast-", "rnd-", 1));
        let url = format!("https://files.quillmoor.example/{key}");
        let mut line = Line::new("Rendition", &key).set("name", name).set("format", format);
        line = line.set("width", &width).set("height", &height).set("bytes", &bytes);
        if *format == "video/mp4" {
            line = line.set("duration", &(writer.chance.within(12, 90) as f64 / 2.0));
        }
        line = line.set("url", &url).set("checksum", &writer.chance.checksum());
        writer.put(line.set("asset", &asset.key))?;
    }
    Ok(())
}

/// One thing that is said: which asset, which field, by whom, what.
struct Said<'a> {
    asset: &'a str,
    field: &'a str,
    source: &'a str,
    value: &'a str,
}

fn say(writer: &mut Writer<'_>, made: Micros, said: Said<'_>) -> io::Result<()> {
    let Said { asset, field, source, value } = said;
    let at = (made + writer.chance.within(1, 20) * DAY).min(writer.now - HOUR);
    let line = Line::new("MetadataValue", &format!("mdv-{}-{field}-{source}", asset.replacen("ast-", "", 1)));
    let line = line.set("value", value).time("observedAt", at).set("field", &field_key(field));
    writer.put(line.any("subject", "Asset", asset).set("source", source))
}

/// What is said about an asset. Not everything is; where the site's system says something too, it agrees,
/// but for the few that are contradicted.
fn metadata(
    unit: &Unit,
    (place, made): (usize, Micros),
    contradicted: bool,
    writer: &mut Writer<'_>,
) -> io::Result<()> {
    let asset = &unit.assets[place];
    let family = &unit.families[asset.family];
    let key = asset.key.as_str();
    let reviewed = day((made + 9 * DAY).min(writer.now - DAY));
    let dam = |field, value| Said { asset: key, field, source: "dam", value };
    let cms = |field, value| Said { asset: key, field, source: "cms", value };
    if writer.chance.percent(70) {
        say(writer, made, dam("reviewedOn", &reviewed))?;
    }
    if family.kind == "IMAGE" && asset.from.is_none() && writer.chance.percent(75) {
        say(writer, made, dam("modelRelease", "true"))?;
    }
    if family.made_by_model && asset.disclosed {
        let how = if asset.from.is_none() { "made by a model" } else { "edited by a model" };
        say(writer, made, dam("aiDisclosure", how))?;
    }
    if asset.from.is_some() {
        return Ok(());
    }
    let season = writer.chance.below(SEASONS.len());
    say(writer, made, dam("season", SEASONS[season]))?;
    if contradicted {
        let other = SEASONS[(season + 1 + writer.chance.below(SEASONS.len() - 1)) % SEASONS.len()];
        say(writer, made, cms("season", other))?;
        let with = json!({ "field": "season", "dam": SEASONS[season], "cms": other });
        writer.manifest.add("metadataConflict", key, with);
    } else if writer.chance.percent(30) {
        say(writer, made, cms("season", SEASONS[season]))?;
    }
    if writer.chance.percent(20) {
        say(
            writer,
            made,
            dam("usageNotes", "Do not crop the sky; leave room for a line of copy on the left."),
        )?;
    }
    Ok(())
}

fn collections(unit: &Unit, masters: &[usize], writer: &mut Writer<'_>) -> io::Result<()> {
    for (place, campaign) in unit.campaigns.iter().enumerate() {
        let of_campaign = |asset: &&usize| unit.families[unit.assets[**asset].family].campaign == place;
        let keys: Vec<&str> =
            masters.iter().filter(of_campaign).map(|asset| unit.assets[*asset].key.as_str()).collect();
        let name = match campaign.state {
            State::AlwaysOn => format!("{}: evergreen", unit.brands[campaign.brand].name),
            _ => format!("{}: key visuals", campaign.name),
        };
        let line = Line::new("Collection", &campaign.key.replacen("cmp-", "col-", 1)).set("name", &name);
        writer.put(line.set("description", "What the campaign is recognised by.").set("assets", &keys))?;
    }
    Ok(())
}
