//! The demo's company: made up from a seed as lines of the import format, with the faults a real company has.
//! Pure: the same seed, scale and moment give the same bytes, and a manifest of what was planted.

mod activation;
mod assets;
mod campaigns;
mod chance;
mod channels;
#[cfg(test)]
mod check;
mod company;
mod content;
pub mod emulator;
mod facts;
mod faults;
#[cfg(test)]
mod found;
mod frame;
mod journeys;
mod learning;
mod line;
mod live;
mod manifest;
mod operations;
mod plan;
mod questions;
mod rights;
mod words;
mod writer;

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::clock::Micros;

use chance::Chance;
use line::{DAY, Out};
use plan::Unit;
use writer::Writer;

pub use manifest::{FAULTS, Found, Kind, Manifest, Planted, SOURCE};
pub use questions::{NOW, Question, questions};

/// Which company to make up.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// What every choice comes from.
    pub seed: u64,
    /// How many times it is as large.
    pub scale: u32,
    /// The moment it is made for; the midnight before it counts.
    pub now: Micros,
}

/// Writes the company's lines, and answers what was planted in it.
pub fn generate(order: Order, write: &mut dyn Write) -> io::Result<Manifest> {
    let now = order.now - order.now.rem_euclid(DAY);
    let mut writer = Writer {
        out: Out::new(write),
        chance: Chance::new(order.seed, 0),
        now,
        manifest: Manifest::new(order.seed, order.scale, now),
        concepts: BTreeMap::new(),
    };
    company::company(&mut writer)?;
    for number in 0..order.scale {
        writer.chance = Chance::new(order.seed, u64::from(number) + 1);
        let unit = think_up(number as usize, &mut writer);
        put(&unit, &mut writer)?;
    }
    let Writer { mut manifest, out, .. } = writer;
    manifest.lines = out.lines;
    manifest.sort();
    Ok(manifest)
}

fn think_up(number: usize, writer: &mut Writer<'_>) -> Unit {
    let Writer { chance, now, manifest, .. } = writer;
    let mut unit = Unit { number, ..Unit::default() };
    campaigns::brands(&mut unit, chance);
    campaigns::audiences(&mut unit, chance);
    campaigns::campaigns(&mut unit, *now, chance);
    content::content(&mut unit, chance);
    activation::activation(&mut unit, *now, chance);
    rights::rights(&mut unit, *now, chance);
    journeys::plan(&mut unit, manifest, chance);
    faults::plant(&mut unit, *now, manifest, chance);
    unit
}

fn put(unit: &Unit, writer: &mut Writer<'_>) -> io::Result<()> {
    frame::frame(unit, writer)?;
    assets::assets(unit, writer)?;
    live::live(unit, writer)?;
    operations::work(unit, writer)?;
    learning::learning(unit, writer)?;
    journeys::journeys(unit, writer)?;
    journeys::facts(unit, writer)?;
    facts::facts(unit, writer)
}
