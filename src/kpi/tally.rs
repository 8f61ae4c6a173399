//! What is known of a measure in one place (the whole, a part of a series, a row of a breakdown), and the figures that
//! come of it. Pure: nothing here reads.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::arithmetic::{hours, percentile, ratio};
use super::definition::{Definition, Scale, Value};
use super::settings::Rates;
use crate::catalogue::Code;
use crate::clock::Micros;

/// How many of the things that are missing are named.
const NAMED: usize = 20;

/// What a row of a breakdown is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A word, such as a channel or a territory.
    Word(String),
    /// A thing.
    Id(Uuid),
}

/// The side of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Above it.
    Numerator,
    /// Below it.
    Denominator,
}

/// What is known of a measure in one place.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// How long what was measured took.
    pub spans: Vec<Micros>,
    /// When what is not finished began.
    pub open: Vec<Micros>,
    /// The sums above and below the line, by currency; what has none stands under the empty text.
    pub sums: BTreeMap<String, [i128; 2]>,
    /// What is left out, and why.
    pub left_out: BTreeMap<Reason, LeftOut>,
}

/// Things that are left out.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub things: BTreeSet<(Code, Uuid)>,
}

/// Why something is missing from a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The window is not over.
    WindowOpen,
    /// Events wait for something they name that is not known yet.
    Unresolved,
    /// Something earned or was shown without a known cost.
    CostMissing,
    /// Amounts are in several currencies, and no rate is configured.
    MixedCurrencies,
    /// It ended before it began.
    NegativeDuration,
    /// Nobody said when it began.
    BeginningUnknown,
    /// Nobody said when it ended.
    EndUnknown,
    /// It would take the past of something whose past is not kept.
    PastNotKept,
}

/// The figures of a measure in one place.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Figure {
    /// The value; nothing where there was nothing to measure, or it cannot be told.
    pub value: Option<f64>,
    /// What stands above the line.
    pub numerator: Option<f64>,
    /// What stands below the line.
    pub denominator: Option<f64>,
    /// The span below which nine of ten lie.
    pub p90: Option<f64>,
    /// What is not finished; only where spans are measured.
    pub unfinished: Option<Unfinished>,
    /// The currency that amounts are told in.
    pub currency: Option<String>,
    /// Whether amounts of other currencies were converted into it.
    pub converted: bool,
    /// The figures of each currency, where they cannot be added.
    pub by_currency: Vec<OfCurrency>,
    /// What is missing.
    pub missing: Vec<Missing>,
}

/// What is not finished.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unfinished {
    /// How many.
    pub count: u64,
    /// How old the oldest is at the window's end.
    pub oldest_hours: Option<f64>,
}

/// The figures of one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct OfCurrency {
    /// The currency.
    pub currency: String,
    /// The value.
    pub value: Option<f64>,
    /// What stands above the line.
    pub numerator: f64,
    /// What stands below the line.
    pub denominator: f64,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Missing {
    /// Why.
    pub reason: Reason,
    /// The source whose it is, where it is one's.
    pub source: Option<String>,
    /// How many things, where things are missing.
    pub count: Option<u64>,
    /// The first of them.
    pub things: Vec<(Code, Uuid)>,
}

impl Missing {
    /// Something that is not a matter of things.
    pub fn of(reason: Reason) -> Self {
        Missing { reason, source: None, count: None, things: Vec::new() }
    }

    /// What is left out, reason by reason.
    pub fn left_out(left_out: &BTreeMap<Reason, LeftOut>) -> impl Iterator<Item = Self> {
        left_out.iter().map(|(reason, left_out)| Missing {
            count: Some(left_out.count),
            things: left_out.things.iter().copied().collect(),
            ..Missing::of(*reason)
        })
    }
}

impl LeftOut {
    /// Takes things that are left out, and which it is where it is one.
    pub(super) fn take(&mut self, count: u64, thing: Option<(Code, Uuid)>) {
        self.count += count;
        self.things.extend(thing.filter(|_| self.things.len() < NAMED));
    }
}

impl Tally {
    /// Takes a part of a sum.
    pub fn add(&mut self, side: Side, currency: &str, amount: i128) {
        let place = match side {
            Side::Numerator => 0,
            Side::Denominator => 1,
        };
        if !self.sums.contains_key(currency) {
            self.sums.insert(currency.to_owned(), [0; 2]);
        }
        if let Some(sums) = self.sums.get_mut(currency) {
            sums[place] += amount;
        }
    }

    /// Leaves something out.
    pub fn leave_out(&mut self, reason: Reason, count: u64, thing: Option<(Code, Uuid)>) {
        self.left_out.entry(reason).or_default().take(count, thing);
    }

    /// The figures that come of it, for a window that ends there.
    pub fn figure(&self, definition: &Definition, rates: &Rates, end: Micros) -> Figure {
        let mut figure = match &definition.value {
            Value::Median(_) => self.of_spans(end),
            Value::Ratio { .. } | Value::Reuse { .. } => self.of_sums(definition.scales(), rates),
        };
        figure.missing.extend(Missing::left_out(&self.left_out));
        figure
    }

    fn of_spans(&self, end: Micros) -> Figure {
        let mut spans = self.spans.clone();
        spans.sort_unstable();
        let measured = spans.len() as f64;
        let oldest = self.open.iter().min();
        Figure {
            value: percentile(&spans, 0.5).map(hours),
            numerator: Some(measured),
            denominator: Some(measured + self.open.len() as f64),
            p90: percentile(&spans, 0.9).map(hours),
            unfinished: Some(Unfinished {
                count: u64::try_from(self.open.len()).unwrap_or(u64::MAX),
                oldest_hours: oldest.map(|began| hours(end.saturating_sub(*began) as f64)),
            }),
            ..Figure::default()
        }
    }

    fn of_sums(&self, scales: [Scale; 2], rates: &Rates) -> Figure {
        if self.left_out.contains_key(&Reason::CostMissing) {
            return Figure::default();
        }
        let told = |sums: [f64; 2]| [sums[0] / scales[0].of_one(), sums[1] / scales[1].of_one()];
        if !scales.contains(&Scale::Money) {
            let [numerator, denominator] = told(self.total(|_| 1.0, scales));
            return Figure { currency: None, ..line(numerator, denominator) };
        }
        let mut currencies: Vec<&str> = self.currencies(true);
        if currencies.is_empty() {
            // All of them are nothing, which is nothing in any of them.
            currencies = self.currencies(false).into_iter().take(1).collect();
        }
        let known = currencies.iter().all(|currency| rates.of(currency).is_some());
        if let (Some(base), true) = (&rates.base, known && !currencies.is_empty()) {
            let [numerator, denominator] =
                told(self.total(|currency| rates.of(currency).unwrap_or(1.0), scales));
            let converted = currencies.iter().any(|currency| currency != base);
            return Figure { currency: Some(base.clone()), converted, ..line(numerator, denominator) };
        }
        if let [] | [_] = currencies[..] {
            let [numerator, denominator] = told(self.total(|_| 1.0, scales));
            let currency = currencies.first().map(|currency| (*currency).to_owned());
            return Figure { currency, ..line(numerator, denominator) };
        }
        let count = u64::try_from(currencies.len()).ok();
        let of_one = |currency: &str| {
            let sums = self.sums.get(currency).copied().unwrap_or_default();
            let [numerator, denominator] = told([sums[0] as f64, sums[1] as f64]);
            OfCurrency {
                currency: currency.to_owned(),
                value: ratio(numerator, denominator),
                numerator,
                denominator,
            }
        };
        Figure {
            by_currency: currencies.into_iter().map(of_one).collect(),
            missing: vec![Missing { count, ..Missing::of(Reason::MixedCurrencies) }],
            ..Figure::default()
        }
    }

    /// The currencies in which there are sums, or only those in which they are more than nothing.
    fn currencies(&self, more: bool) -> Vec<&str> {
        let sums = self.sums.iter().filter(|(_, sums)| !more || sums.iter().any(|sum| *sum != 0));
        sums.map(|(currency, _)| currency.as_str()).filter(|currency| !currency.is_empty()).collect()
    }

    /// The sums of all currencies together, amounts at these rates.
    fn total(&self, rate: impl Fn(&str) -> f64, scales: [Scale; 2]) -> [f64; 2] {
        let mut whole = [0_i128; 2];
        let mut total = [0.0; 2];
        for (currency, sums) in &self.sums {
            for side in 0..2 {
                let rate = if scales[side] == Scale::Money { rate(currency) } else { 1.0 };
                if rate == 1.0 {
                    whole[side] += sums[side];
                } else {
                    total[side] += sums[side] as f64 * rate;
                }
            }
        }
        [total[0] + whole[0] as f64, total[1] + whole[1] as f64]
    }
}

fn line(numerator: f64, denominator: f64) -> Figure {
    Figure {
        value: ratio(numerator, denominator),
        numerator: Some(numerator),
        denominator: Some(denominator),
        ..Figure::default()
    }
}
