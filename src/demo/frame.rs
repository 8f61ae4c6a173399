//! Writes what stands around the content of a unit: brands, products, guardrails, templates, placements, segments, rights.

use std::io;

use super::channels::CHANNELS;
use super::line::{DAY, HOUR, Line};
use super::plan::{Brand, State, Unit};
use super::words::{COMMON, LANGUAGES, SECTORS, slug};
use super::writer::{Writer, team_key};

/// The slots of every template: name, whether content is chosen, what fits.
const SLOTS: [(&str, &str, &[&str]); 5] = [
    ("hero", "VARIABLE", &["IMAGE", "VIDEO"]),
    ("headline", "VARIABLE", &["HEADLINE"]),
    ("copy", "VARIABLE", &["BODY"]),
    ("action", "VARIABLE", &["CALL_TO_ACTION", "OFFER"]),
    ("small print", "FIXED", &["DISCLAIMER"]),
];

/// Writes the frame of a unit.
pub(super) fn frame(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for brand in &unit.brands {
        writer.put(
            Line::new("Brand", &brand.key)
                .set("name", &brand.name)
                .set("description", brand.about)
                .set("requiresRightsPolicy", &brand.wants_rights),
        )?;
        products(brand, writer)?;
        guardrails(brand, writer)?;
        small_print(brand, writer)?;
        templates(brand, writer)?;
    }
    audiences(unit, writer)?;
    campaigns(unit, writer)?;
    rights(unit, writer)
}

/// The key of a brand's product.
pub(super) fn product_key(brand: &Brand, product: usize) -> String {
    format!("prd-{}-{}", brand.key, slug(SECTORS[brand.sector].rows("product")[product][0]))
}

/// The key of a placement of a brand.
pub(super) fn placement_key(brand: &Brand, channel: &str, format: usize) -> String {
    format!("plc-{}-{}-{}", brand.key, slug(channel), format + 1)
}

fn products(brand: &Brand, writer: &mut Writer<'_>) -> io::Result<()> {
    for (place, row) in SECTORS[brand.sector].rows("product").iter().enumerate() {
        let sku = format!(
            "{}-{:04}",
            brand.key.to_uppercase().chars().take(3).collect::<String>(),
            1000 + place * 7
        );
        let concepts = writer.tags("subject", 1);
        let line = Line::new("Product", &product_key(brand, place)).set("name", row[0]);
        let line = line.set("description", row[1]).set("sku", &sku);
        writer.put(line.set("brand", &brand.key).set("concepts", &concepts))?;
    }
    Ok(())
}

/// A rule with its short name, what it asks for, how it is evaluated, how bad a breach is, and who keeps it.
type Guardrail = (&'static str, &'static str, &'static str, &'static str, &'static str);

const ALT_TEXT: Guardrail = (
    "alt-text",
    "Pictures and films on the site and in display ads say what they show.",
    "channel in [WEB, DISPLAY] implies altText is present",
    "HIGH",
    "web",
);

const FOR_ALL: [Guardrail; 3] = [
    (
        "disclosure",
        "What a model made says so.",
        "digitalSourceType = TRAINED_ALGORITHMIC_MEDIA implies metadata.aiDisclosure is present",
        "CRITICAL",
        "legal",
    ),
    (
        "small-print",
        "An offer never stands without its small print.",
        "component.kind = OFFER implies slot[small print] is filled",
        "HIGH",
        "legal",
    ),
    ("logo-space", "The logo has room around it.", "logo.margin >= logo.height / 2", "LOW", "brand"),
];

fn guardrails(brand: &Brand, writer: &mut Writer<'_>) -> io::Result<()> {
    let own = if brand.wants_alt_text { Some(ALT_TEXT) } else { None };
    for (short, description, expression, severity, team) in own.into_iter().chain(FOR_ALL) {
        let name = format!("{}: {}", brand.name, short.replace('-', " "));
        let line = Line::new("Guardrail", &format!("grd-{}-{short}", brand.key)).set("name", &name);
        let line = line.set("description", description).set("expression", expression);
        writer
            .put(line.set("severity", severity).set("brand", &brand.key).set("ownerTeam", &team_key(team)))?;
    }
    Ok(())
}

fn small_print(brand: &Brand, writer: &mut Writer<'_>) -> io::Result<()> {
    let key = format!("cpt-{}-small-print", brand.key);
    let line = Line::new("Component", &key).set("name", &format!("{}: small print", brand.name));
    writer.put(line.set("kind", "DISCLAIMER").set("description", "Stands under every offer."))?;
    let texts = &COMMON.rows("small print")[0];
    for (language, text) in LANGUAGES.iter().zip(texts) {
        let line = Line::new("Variant", &format!("var-{}-small-print-{language}", brand.key));
        let line = line.set("text", text).set("language", language).set("status", "APPROVED");
        writer.put(line.set("component", &key))?;
    }
    Ok(())
}

fn templates(brand: &Brand, writer: &mut Writer<'_>) -> io::Result<()> {
    for channel in &CHANNELS {
        let key = format!("tpl-{}-{}", brand.key, channel.label);
        let line =
            Line::new("Template", &key).set("name", &format!("{} {} master", brand.name, channel.label));
        let line = line.set("description", &format!("The frame of everything {} shows here.", brand.name));
        writer.put(line.set("channel", channel.name))?;
        for (position, (name, kind, accepts)) in SLOTS.iter().enumerate() {
            let mut line = Line::new("Slot", &format!("slt-{}-{}-{}", brand.key, channel.label, slug(name)));
            line = line.set("name", name).set("kind", kind).set("accepts", accepts);
            line = line.set("position", &(position + 1)).set("template", &key);
            if *kind == "FIXED" {
                line = line.set("components", &[format!("cpt-{}-small-print", brand.key)]);
            }
            writer.put(line)?;
        }
        for (place, (name, format)) in channel.formats.iter().enumerate() {
            let line = Line::new("Placement", &placement_key(brand, channel.label, place));
            let line = line.set("name", &format!("{} {}: {name}", brand.name, channel.label));
            writer.put(line.set("channel", channel.name).set("format", format))?;
        }
    }
    Ok(())
}

fn audiences(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for audience in &unit.audiences {
        let row = &COMMON.rows("audience")[audience.row];
        let counted = writer.now - writer.chance.within(1, 20) * HOUR;
        let basis = *writer.chance.pick(&["CONSENT", "CONSENT", "LEGITIMATE_INTERESTS", "CONTRACT"]);
        let concepts = writer.tags("stage", 1);
        let line = Line::new("Audience", &audience.key).known_to("cdp", &audience.key);
        let line = line.set("name", &audience.name);
        let line = line.set("description", row[1]).set("expression", row[2]).set("status", audience.status);
        let line = line.set("size", &audience.size).time("sizeAsOf", counted).set("consentBasis", basis);
        writer.put(line.set("concepts", &concepts))?;
    }
    Ok(())
}

fn campaigns(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for campaign in &unit.campaigns {
        let brand = &unit.brands[campaign.brand];
        let product = &SECTORS[brand.sector].rows("product")[campaign.product];
        let kind = match campaign.state {
            State::AlwaysOn => "RETENTION",
            _ => *writer.chance.pick(&[
                "BRAND",
                "ACQUISITION",
                "PROMOTION",
                "LAUNCH",
                "PROMOTION",
                "RETENTION",
            ]),
        };
        let status = match campaign.state {
            State::Ended => "ENDED",
            State::Planned => "PLANNED",
            State::AlwaysOn | State::Live => "ACTIVE",
        };
        let budget = writer.chance.within(40, 240) * 100_000;
        let until = campaign.span.to.unwrap_or(writer.now + 200 * DAY);
        let share = (writer.now - campaign.span.from) as f64 / (until - campaign.span.from).max(1) as f64;
        let spent = budget as f64 * share.clamp(0.0, 1.0) * writer.chance.real(0.85, 1.12);
        let audiences: Vec<&str> =
            campaign.audiences.iter().map(|audience| unit.audiences[*audience].key.as_str()).collect();
        let team = *writer.chance.pick(&["crm", "media", "web"]);
        let concepts = writer.tags("message", 2);
        let line = Line::new("Campaign", &campaign.key).set("name", &campaign.name);
        let line = line.set("description", &format!("{} for everyone who might want it.", product[0]));
        let line = line.set("kind", kind).set("status", status).span(campaign.span);
        let line =
            line.money("budgetedCost", budget).money("actualCost", spent as i64).set("currency", "EUR");
        let line =
            line.set("brand", &brand.key).set("ownerTeam", &team_key(team)).set("audiences", &audiences);
        let line = line.set("products", &[product_key(brand, campaign.product)]);
        writer.put(line.set("concepts", &concepts))?;
    }
    Ok(())
}

fn rights(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    for policy in &unit.policies {
        let line = Line::new("RightsPolicy", &policy.key).set("title", &policy.title);
        writer.put(line.set("description", &policy.about).set("kind", policy.kind))?;
        for (number, constraint) in policy.constraints.iter().enumerate() {
            let line = Line::new("RightsConstraint", &format!("{}-c{number}", policy.key));
            let line = line.set("leftOperand", constraint.left).set("operator", constraint.operator);
            writer.put(line.set("rightOperand", &constraint.right).set("policy", &policy.key))?;
        }
    }
    Ok(())
}
