//! What the file says of measures, read with a sentence and a place for all that is wrong.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Fatigue, KpiDefinition, KpiSpan, KpiTarget, KpiTerm, KpiThings, Kpis, Rate};
use crate::config::ConfigError;
use crate::config::file::{Reader, place};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct KpisPart {
    reuse_threshold: Option<Spanned<u64>>,
    #[serde(default)]
    definitions: Vec<Spanned<DefinitionPart>>,
    #[serde(default)]
    targets: BTreeMap<String, Spanned<TargetPart>>,
    currency: Option<CurrencyPart>,
    #[serde(default)]
    measures: BTreeMap<String, Spanned<Vec<String>>>,
    fatigue: Option<FatiguePart>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetPart {
    target: Option<f64>,
    owner: Option<OwnerPart>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnerPart {
    source: String,
    key: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CurrencyPart {
    base: Spanned<String>,
    #[serde(default)]
    rates: Vec<Spanned<RatePart>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RatePart {
    currency: Spanned<String>,
    rate: f64,
    date: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FatiguePart {
    drop: Option<Spanned<f64>>,
    recent: Option<Spanned<u64>>,
    baseline: Option<Spanned<u64>>,
    impressions: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DefinitionPart {
    key: Spanned<String>,
    version: Option<i32>,
    label: Option<String>,
    unit: Option<String>,
    description: Option<String>,
    in_words: Option<WordsPart>,
    better: Option<BetterPart>,
    median: Option<KpiSpan>,
    #[serde(default)]
    numerator: Vec<Spanned<TermPart>>,
    #[serde(default)]
    denominator: Vec<Spanned<TermPart>>,
    #[serde(default)]
    needs_cost: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsPart {
    numerator: Option<String>,
    denominator: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum BetterPart {
    Higher,
    Lower,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermPart {
    fact: Option<String>,
    journey: Option<String>,
    count: Option<String>,
    duration: Option<String>,
    minus: Option<bool>,
    first_steps: Option<bool>,
    at: Option<String>,
    r#where: Option<BTreeMap<String, Vec<String>>>,
    from: Option<String>,
    to: Option<String>,
    or_to: Option<String>,
}

impl Reader<'_> {
    /// What is said of measures.
    pub(in crate::config) fn kpis(&self, part: KpisPart) -> Result<Kpis, ConfigError> {
        let mut kpis = Kpis::default();
        if let Some(threshold) = part.reuse_threshold {
            kpis.threshold = u32::try_from(self.within(&threshold, 1..=1_000)?).unwrap_or(u32::MAX);
        }
        for definition in &part.definitions {
            kpis.definitions.push(self.definition(definition)?);
        }
        for (key, target) in part.targets {
            let place = place(target.referenced);
            let TargetPart { target, owner } = target.value;
            let owner = owner.map(|owner| (owner.source, owner.key));
            kpis.targets.insert(key, KpiTarget { target, owner, place });
        }
        if let Some(currency) = part.currency {
            self.currency(currency, &mut kpis)?;
        }
        for (measure, sources) in part.measures {
            kpis.counting.insert(measure, (sources.value, place(sources.referenced)));
        }
        if let Some(part) = part.fatigue {
            self.fatigue(part, &mut kpis.fatigue)?;
        }
        Ok(kpis)
    }

    fn currency(&self, part: CurrencyPart, kpis: &mut Kpis) -> Result<(), ConfigError> {
        let code = |given: &Spanned<String>| {
            let code = given.value.as_str();
            if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) {
                return Ok(code.to_owned());
            }
            let what = format!("`{code}` is no currency; expected its ISO 4217 code, such as EUR");
            Err(self.wrong(place(given.referenced), what))
        };
        let base = code(&part.base)?;
        for rate in part.rates {
            let (here, rate) = (place(rate.referenced), rate.value);
            let currency = code(&rate.currency)?;
            if currency == base || kpis.rates.iter().any(|known| known.currency == currency) {
                return Err(self.wrong(here, format!("the rate of {currency} is known already")));
            }
            let millionths = (rate.rate * 1e6).round();
            if !(1.0..=1e15).contains(&millionths) {
                let what = format!("expected what one {currency} is worth in {base}, such as 0.92");
                return Err(self.wrong(here, what));
            }
            if rate.date.value.parse::<chrono::NaiveDate>().is_err() {
                let what = format!("`{}` is no day; expected one such as 2026-05-01", rate.date.value);
                return Err(self.wrong(place(rate.date.referenced), what));
            }
            kpis.rates.push(Rate { currency, millionths: millionths as i64, date: rate.date.value });
        }
        kpis.base = Some(base);
        Ok(())
    }

    fn fatigue(&self, part: FatiguePart, fatigue: &mut Fatigue) -> Result<(), ConfigError> {
        if let Some(drop) = part.drop {
            let millionths = (drop.value * 1e6).round();
            if !(1.0..=1e6).contains(&millionths) {
                let what = "expected a share above 0 and up to 1, such as 0.15";
                return Err(self.wrong(place(drop.referenced), what));
            }
            fatigue.drop_millionths = millionths as i64;
        }
        for (given, into) in [(part.recent, &mut fatigue.recent), (part.baseline, &mut fatigue.baseline)] {
            if let Some(days) = given {
                *into = u32::try_from(self.within(&days, 1..=366)?).unwrap_or(u32::MAX);
            }
        }
        if let Some(impressions) = part.impressions {
            let least = self.within(&impressions, 1..=1_000_000_000_000)?;
            fatigue.impressions = i64::try_from(least).unwrap_or(i64::MAX);
        }
        Ok(())
    }

    fn definition(&self, part: &Spanned<DefinitionPart>) -> Result<KpiDefinition, ConfigError> {
        let (here, part) = (place(part.referenced), &part.value);
        let key = part.key.value.as_str();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if key.is_empty() || !key.chars().all(plain) {
            let what = format!("`{key}` is no key of a measure; expected small letters, digits and `_`");
            return Err(self.wrong(place(part.key.referenced), what));
        }
        let terms = |parts: &[Spanned<TermPart>]| -> Result<Vec<KpiTerm>, ConfigError> {
            parts.iter().map(|part| self.term(part)).collect()
        };
        let words = |word: fn(&WordsPart) -> &Option<String>| {
            part.in_words.as_ref().and_then(|words| word(words).clone())
        };
        Ok(KpiDefinition {
            key: key.to_owned(),
            version: part.version.unwrap_or(1),
            label: part.label.clone(),
            unit: part.unit.clone(),
            description: part.description.clone(),
            above: words(|words| &words.numerator),
            below: words(|words| &words.denominator),
            lower_is_better: part.better == Some(BetterPart::Lower),
            median: part.median.clone(),
            numerator: terms(&part.numerator)?,
            denominator: terms(&part.denominator)?,
            needs_cost: part.needs_cost,
            place: here,
        })
    }

    fn term(&self, part: &Spanned<TermPart>) -> Result<KpiTerm, ConfigError> {
        let (here, part) = (place(part.referenced), &part.value);
        let wrong = || {
            self.wrong(
                here,
                "expected {fact: MEASURE}, {journey: MEASURE}, {count: TYPE, at: FIELD} or {duration: TYPE, at: FIELD, \
                 from: FIELD, to: FIELD}",
            )
        };
        let things = |noun: &str| {
            let only = match part.r#where.as_ref().map(|only| (only.len(), only.iter().next())) {
                None => None,
                Some((1, Some((field, words)))) => Some((field.clone(), words.clone())),
                Some(_) => return Err(self.wrong(here, "expected one field under `where`, with its words")),
            };
            let at = part.at.clone().ok_or_else(wrong)?;
            Ok(KpiThings { noun: noun.to_owned(), at, only })
        };
        match (&part.fact, &part.journey, &part.count, &part.duration) {
            (Some(measure), None, None, None) => {
                Ok(KpiTerm::Fact { measure: measure.clone(), minus: part.minus.unwrap_or_default() })
            }
            (None, Some(measure), None, None) => Ok(KpiTerm::Journey {
                measure: measure.clone(),
                first_steps_only: part.first_steps.unwrap_or_default(),
            }),
            (None, None, Some(noun), None) => Ok(KpiTerm::Count { of: things(noun)? }),
            (None, None, None, Some(noun)) => match (&part.from, &part.to) {
                (Some(from), Some(to)) => Ok(KpiTerm::Duration {
                    of: things(noun)?,
                    from: from.clone(),
                    to: to.clone(),
                    or_to: part.or_to.clone(),
                }),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        }
    }
}
