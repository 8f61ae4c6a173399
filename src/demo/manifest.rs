//! What was planted: the table of faults, and the manifest that names each one's exact keys.

use serde::Serialize;
use serde_json::Value;

use crate::clock::{self, Micros};

/// The source whose keys the demo's lines carry.
pub const SOURCE: &str = "demo";

/// A kind of fault that a real company has.
#[derive(Debug)]
pub struct Kind {
    /// Its name in the manifest.
    pub name: &'static str,
    /// What exactly is wrong, so that it can be found by asking.
    pub what: &'static str,
    /// The question of the domain it belongs to.
    pub question: u8,
    /// The type that its keys are of.
    pub noun: &'static str,
}

const fn kind(name: &'static str, question: u8, noun: &'static str, what: &'static str) -> Kind {
    Kind { name, what, question, noun }
}

/// Every kind of fault, in the manifest's order.
pub const FAULTS: [Kind; 15] = [
    kind(
        "expiredRightsLive",
        6,
        "Usage",
        "A live usage that shows an asset whose permission ended (DATE_TIME LT or LTEQ a past moment).",
    ),
    kind(
        "rightsEndingSoon",
        1,
        "Asset",
        "An asset in live use whose permission ends within the next seven days; with the territories of its live usages.",
    ),
    kind("neverUsed", 3, "Asset", "An asset without a usage of its own or of a variant that carries it."),
    kind(
        "emptyAudience",
        6,
        "Audience",
        "An active audience of size 0 that a rule of an active decision targets.",
    ),
    kind(
        "fatigue",
        4,
        "Variant",
        "A variant and audience whose click rate in the last 7 days is at least 15 % below the 14 days before, with 1,000 impressions in each.",
    ),
    kind(
        "slowHandoff",
        2,
        "Handoff",
        "A handoff that waited more than ten days before the receiving team began.",
    ),
    kind(
        "endedDecision",
        6,
        "Decision",
        "An ended decision without a fallback that still has a live delivery.",
    ),
    kind("missingRendition", 6, "Usage", "A live usage that shows an asset without any rendition."),
    kind(
        "endedOffer",
        6,
        "Component",
        "An offer that ended, without a fallback, of which a variant is still in live use.",
    ),
    kind(
        "missingAltText",
        6,
        "Asset",
        "An asset without altText in live use in WEB or DISPLAY, where a guardrail of its brand asks for altText.",
    ),
    kind(
        "undisclosedModel",
        5,
        "Asset",
        "An asset of digitalSourceType TRAINED_ALGORITHMIC_MEDIA without a value of the field aiDisclosure.",
    ),
    kind(
        "deadEndStep",
        6,
        "JourneyStep",
        "A step without a next though its journey has steps of a higher position.",
    ),
    kind("stalledChange", 2, "Change", "A change decided more than sixty days ago that is not live."),
    kind("metadataConflict", 7, "Asset", "An asset of which two sources say different things in one field."),
    kind(
        "forbiddenTerritory",
        5,
        "Usage",
        "A live usage in a territory that a prohibition of an asset it shows names (SPATIAL).",
    ),
];

/// Everything planted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// The seed it was made from.
    pub seed: u64,
    /// How many times the company is as large.
    pub scale: u32,
    /// The moment it was made for; every fault is to be found when asked at this moment.
    pub now: String,
    /// The source that the keys belong to.
    pub source: &'static str,
    /// How many lines there are.
    pub lines: u64,
    /// The faults, kind by kind.
    pub faults: Vec<Planted>,
}

/// What was planted of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planted {
    /// The kind's name.
    pub name: &'static str,
    /// What exactly is wrong.
    pub what: &'static str,
    /// The question of the domain it belongs to.
    pub question: u8,
    /// The type that the keys are of.
    #[serde(rename = "type")]
    pub noun: &'static str,
    /// Where it was planted, in the order of the keys.
    pub found: Vec<Found>,
}

/// One place where a fault was planted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The key of what is at fault.
    pub key: String,
    /// What else there is to say of it.
    pub with: Value,
}

impl Manifest {
    pub(super) fn new(seed: u64, scale: u32, now: Micros) -> Self {
        let faults = FAULTS
            .iter()
            .map(|kind| Planted {
                name: kind.name,
                what: kind.what,
                question: kind.question,
                noun: kind.noun,
                found: Vec::new(),
            })
            .collect();
        Manifest { seed, scale, now: clock::written(now), source: SOURCE, lines: 0, faults }
    }

    pub(super) fn add(&mut self, name: &str, key: &str, with: Value) {
        if let Some(planted) = self.faults.iter_mut().find(|planted| planted.name == name) {
            planted.found.push(Found { key: key.to_owned(), with });
        }
    }

    pub(super) fn sort(&mut self) {
        for planted in &mut self.faults {
            planted.found.sort_by(|one, other| {
                one.key.cmp(&other.key).then_with(|| one.with.to_string().cmp(&other.with.to_string()))
            });
        }
    }

    /// What was planted of the kind `name`.
    pub fn found(&self, name: &str) -> &[Found] {
        self.faults
            .iter()
            .find(|planted| planted.name == name)
            .map(|planted| planted.found.as_slice())
            .unwrap_or_default()
    }
}
