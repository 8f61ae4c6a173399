//! What the configuration says of measures: further definitions, targets and owners, currencies, whose measures count,
//! and when content is worn out. Whether the names in it exist is judged where the graph is known.

mod part;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::file::Place;
pub(super) use part::KpisPart;

/// What the configuration says of measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Kpis {
    /// In how many pairs of campaign and channel an asset must be used to be reused.
    pub threshold: u32,
    /// Further measures.
    pub definitions: Vec<KpiDefinition>,
    /// What was agreed on and who owns it, by the measure's key.
    pub targets: BTreeMap<String, KpiTarget>,
    /// The currency that others are converted into.
    pub base: Option<String>,
    /// What one of each other currency is worth in it.
    pub rates: Vec<Rate>,
    /// For measures of facts, the sources that count where several report on one delivery, the first most; and where
    /// that stands in the file.
    pub counting: BTreeMap<String, (Vec<String>, Place)>,
    /// When content is worn out.
    pub fatigue: Fatigue,
}

impl Default for Kpis {
    fn default() -> Self {
        Kpis {
            threshold: 2,
            definitions: Vec::new(),
            targets: BTreeMap::new(),
            base: None,
            rates: Vec::new(),
            counting: BTreeMap::new(),
            fatigue: Fatigue::default(),
        }
    }
}

/// What was agreed on for a measure.
#[derive(Debug, Clone, PartialEq)]
pub struct KpiTarget {
    /// The value.
    pub target: Option<f64>,
    /// The team that owns the measure: a source and the key there.
    pub owner: Option<(String, String)>,
    /// Line and column in the file.
    pub place: Place,
}

/// What a currency is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The currency.
    pub currency: String,
    /// Millionths of the base that one of it is worth.
    pub millionths: i64,
    /// The day of the rate.
    pub date: String,
}

/// When content is worn out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fatigue {
    /// By how much of it, in millionths, click-through must have fallen.
    pub drop_millionths: i64,
    /// How many days are looked at.
    pub recent: u32,
    /// How many days before them they are held against.
    pub baseline: u32,
    /// How many impressions each of the two must have.
    pub impressions: i64,
}

impl Default for Fatigue {
    fn default() -> Self {
        Fatigue { drop_millionths: 150_000, recent: 7, baseline: 14, impressions: 1_000 }
    }
}

/// A measure that the configuration defines.
#[derive(Debug, Clone, PartialEq)]
pub struct KpiDefinition {
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: i32,
    /// What to call it.
    pub label: Option<String>,
    /// What the value counts.
    pub unit: Option<String>,
    /// What it tells.
    pub description: Option<String>,
    /// What stands above the line, in words.
    pub above: Option<String>,
    /// What stands below the line, in words.
    pub below: Option<String>,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// The span whose median it is.
    pub median: Option<KpiSpan>,
    /// What is added up above the line.
    pub numerator: Vec<KpiTerm>,
    /// What is added up below the line.
    pub denominator: Vec<KpiTerm>,
    /// Whether a delivery without a known cost leaves no value.
    pub needs_cost: bool,
    /// Line and column in the file.
    pub place: Place,
}

/// A span of time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KpiSpan {
    /// The type of the things.
    #[serde(rename = "of")]
    pub noun: String,
    /// The field that says when it began.
    pub from: String,
    /// The field that says when it ended; behind a relation and a dot, the earliest that things there say.
    pub to: String,
}

/// A part of a sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KpiTerm {
    /// A measure of performance facts.
    Fact {
        /// The measure.
        measure: String,
        /// Whether it is taken off.
        minus: bool,
    },
    /// A measure of journey facts.
    Journey {
        /// The measure.
        measure: String,
        /// Whether only first steps count.
        first_steps_only: bool,
    },
    /// How many things there are.
    Count {
        /// The things.
        of: KpiThings,
    },
    /// How long things took.
    Duration {
        /// The things.
        of: KpiThings,
        /// The field that says when it began.
        from: String,
        /// The field that says when it ended.
        to: String,
        /// The field that says so where that one says nothing, and which that one must not lie behind.
        or_to: Option<String>,
    },
}

/// Things that count by a time of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiThings {
    /// Their type.
    pub noun: String,
    /// The field whose moment must be in the window.
    pub at: String,
    /// The field that must hold one of these words.
    pub only: Option<(String, Vec<String>)>,
}
