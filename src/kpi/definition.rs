//! What a measure is, as data: the parts of which the shipped ones are made and configuration may make more.

use crate::catalogue::{self, Entry, Kind};

/// A measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Its own key, such as `asset_reuse_rate`.
    pub key: String,
    /// Which version of the definition this is.
    pub version: i32,
    /// What to call it on a dashboard.
    pub label: String,
    /// What the value counts.
    pub unit: String,
    /// What it tells, and what it leaves out.
    pub description: String,
    /// What stands above the line, in words.
    pub numerator: String,
    /// What stands below the line, in words.
    pub denominator: String,
    /// Which way is better.
    pub better: Better,
    /// How it is computed.
    pub value: Value,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better: a target is met from its value on.
    Higher,
    /// Less is better: a target is met up to its value.
    Lower,
}

/// How a measure is computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The median of a span of time, in hours, over all that began in the window.
    Median(Span),
    /// One sum over another.
    Ratio {
        /// What is added up above the line.
        numerator: Vec<Term>,
        /// What is added up below the line.
        denominator: Vec<Term>,
        /// Whether a delivery that brought something without a known cost leaves no value.
        needs_cost: bool,
    },
    /// The assets used in at least so many pairs of campaign and channel, over the assets used at all.
    Reuse {
        /// How many pairs.
        threshold: u32,
    },
}

/// A part of a sum.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A measure of performance facts.
    Fact {
        /// The column that is summed.
        measure: &'static str,
        /// Whether it is taken off.
        minus: bool,
    },
    /// A measure of journey facts.
    Journey {
        /// The column that is summed.
        measure: &'static str,
        /// Whether only the steps count that no other step leads to.
        first_steps_only: bool,
    },
    /// How many things there are.
    Count {
        /// The things.
        of: Things,
    },
    /// How long things took, together.
    Duration {
        /// The things.
        of: Things,
        /// The column that says when it began.
        from: &'static str,
        /// The column that says when it ended.
        to: &'static str,
        /// The column that says so where `to` says nothing, and which `to` must not lie behind.
        or_to: Option<&'static str>,
    },
}

/// Things of a noun that count by a time of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Things {
    /// The type's name.
    pub noun: &'static str,
    /// The column whose moment must be in the window.
    pub at: &'static str,
    /// The column that must hold one of these words, where not all count.
    pub only: Option<(&'static str, Vec<String>)>,
}

/// A span of time that a thing takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The type's name.
    pub noun: &'static str,
    /// The column that says when it began; that moment must be in the window.
    pub from: &'static str,
    /// What says when it ended.
    pub to: End,
}

/// What says when a span ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A column of the thing itself.
    Own(&'static str),
    /// The earliest that things at the other end of an edge say, not before the beginning.
    Earliest {
        /// The field of the edge.
        edge: &'static str,
        /// The column of the things there.
        column: &'static str,
    },
}

/// What the sums on one side of a line are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Plain numbers.
    Count,
    /// Millionths of a currency.
    Money,
    /// Microseconds, told in hours.
    Time,
}

impl Term {
    /// What it adds up.
    pub fn scale(&self) -> Scale {
        match self {
            Term::Fact { measure: "cost" | "revenue", .. } => Scale::Money,
            Term::Fact { .. } | Term::Journey { .. } | Term::Count { .. } => Scale::Count,
            Term::Duration { .. } => Scale::Time,
        }
    }

    /// The type whose things it adds up.
    pub fn noun(&self) -> &'static str {
        match self {
            Term::Fact { .. } => "PerformanceFact",
            Term::Journey { .. } => "JourneyFact",
            Term::Count { of } | Term::Duration { of, .. } => of.noun,
        }
    }
}

impl Scale {
    /// How many of what is summed make one of what is told.
    pub fn of_one(self) -> f64 {
        match self {
            Scale::Count => 1.0,
            Scale::Money => 1e6,
            Scale::Time => super::window::HOUR as f64,
        }
    }
}

impl Better {
    /// Whether a value is as good as was agreed on.
    pub fn met(self, value: f64, target: f64) -> bool {
        match self {
            Better::Higher => value >= target,
            Better::Lower => value <= target,
        }
    }
}

impl Definition {
    /// What is added up above the line and below it; empty where it is no ratio.
    pub fn terms(&self) -> (&[Term], &[Term]) {
        match &self.value {
            Value::Ratio { numerator, denominator, .. } => (numerator, denominator),
            Value::Median(_) | Value::Reuse { .. } => (&[], &[]),
        }
    }

    /// What each side of the line adds up: all its terms the same, as was checked when it was read.
    pub fn scales(&self) -> [Scale; 2] {
        let (above, below) = self.terms();
        [above, below].map(|terms| terms.first().map_or(Scale::Count, Term::scale))
    }

    /// Whether the value is an amount of a currency itself, as what a click cost is. What was earned over what was spent
    /// is a plain number.
    pub fn is_amount(&self) -> bool {
        let [above, below] = self.scales().map(|scale| scale == Scale::Money);
        above != below
    }

    /// The types whose things it measures, each once.
    pub fn nouns(&self) -> Vec<&'static str> {
        let mut nouns = match &self.value {
            Value::Median(span) => vec![span.noun],
            Value::Reuse { .. } => vec!["Usage"],
            Value::Ratio { numerator, denominator, .. } => {
                numerator.iter().chain(denominator).map(Term::noun).collect()
            }
        };
        nouns.sort_unstable();
        nouns.dedup();
        nouns
    }
}

/// The noun of this name with the store's name of one of its moments, by the name of the field.
pub fn moment(noun: &str, field: &str) -> Option<(&'static Entry, &'static str)> {
    let entry = catalogue::by_name(noun)?;
    let field = entry.noun.field(field)?;
    matches!(field.kind, Kind::Time).then_some((entry, field.column))
}
