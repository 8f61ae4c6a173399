//! What the configuration says of measures, read into what measures are made of: definitions of its own from the same
//! parts, targets, rates of currencies, whose measures count, and the numbers of fatigue.

use std::collections::BTreeMap;

use super::definition::{Better, Definition, End, Scale, Span, Term, Things, Value, moment};
use super::dimension::Counted;
use super::shipped::shipped;
use crate::catalogue::{self, Entry, Kind, SUMMED};
use crate::config::{self, Config};
use crate::error::ClientError;

/// All measures, and what the configuration says of them.
#[derive(Debug, Clone, Default)]
pub struct Kpis {
    /// The definitions, those of the configuration behind the shipped ones.
    pub definitions: Vec<Definition>,
    /// What was agreed on, by the measure's key.
    pub targets: BTreeMap<String, config::KpiTarget>,
    /// What currencies are converted by.
    pub rates: Rates,
    /// For each measure of facts, the sources that count where several report on one delivery, the first most.
    pub counting: BTreeMap<String, Vec<String>>,
    /// The sources in the order of the configuration.
    pub sources: Vec<String>,
    /// When content is worn out.
    pub fatigue: config::Fatigue,
}

/// What currencies are converted by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rates {
    /// What they are converted into.
    pub base: Option<String>,
    /// Each currency, and what one of it is worth in the base.
    pub rates: Vec<config::Rate>,
}

/// What is wrong with the settings of measures, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}{message}", place.map(|(line, column)| format!("line {line}, column {column}: ")).unwrap_or_default())]
pub struct KpisError {
    /// Line and column in the file.
    pub place: Option<(u64, u64)>,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Rates {
    /// What one of a currency is worth in the base, where there is one and that is known.
    pub fn of(&self, currency: &str) -> Option<f64> {
        let base = self.base.as_deref()?;
        if currency == base || currency.is_empty() {
            return Some(1.0);
        }
        let rate = self.rates.iter().find(|rate| rate.currency == currency)?;
        Some(rate.millionths as f64 / 1e6)
    }
}

impl Kpis {
    /// The measures of a configuration.
    pub fn new(config: &Config) -> Result<Self, KpisError> {
        let part = &config.kpis;
        let mut definitions = shipped(part.threshold);
        for own in &part.definitions {
            let definition = Reading(own).definition()?;
            if definitions.iter().any(|other| other.key == definition.key) {
                return Err(wrong(own.place, format!("two measures have the key `{}`", definition.key)));
            }
            definitions.push(definition);
        }
        for (key, target) in &part.targets {
            if !definitions.iter().any(|definition| definition.key == *key) {
                let keys: Vec<&str> = definitions.iter().map(|known| known.key.as_str()).collect();
                let keys = keys.join(", ");
                return Err(wrong(target.place, format!("`{key}` is no measure; expected one of: {keys}")));
            }
        }
        for (measure, (_, place)) in &part.counting {
            if !is_measure("PerformanceFact", measure) {
                return Err(wrong(*place, no_measure("PerformanceFact", measure)));
            }
        }
        Ok(Kpis {
            definitions,
            targets: part.targets.clone(),
            rates: Rates { base: part.base.clone(), rates: part.rates.clone() },
            counting: part
                .counting
                .iter()
                .map(|(measure, (sources, _))| (measure.clone(), sources.clone()))
                .collect(),
            sources: config.sources.iter().map(|source| source.name.to_string()).collect(),
            fatigue: part.fatigue,
        })
    }

    /// What was agreed on for a measure: what the configuration says, else what the store has.
    pub fn agreed(&self, key: &str, stored: &BTreeMap<String, f64>) -> Option<f64> {
        let configured = self.targets.get(key).and_then(|target| target.target);
        configured.or_else(|| stored.get(key).copied())
    }

    /// The definition with this key, or a sentence that names those like it.
    pub fn find(&self, key: &str) -> Result<&Definition, ClientError> {
        self.get(key).ok_or_else(|| {
            let keys = self.definitions.iter().map(|definition| definition.key.as_str());
            let near: Vec<&str> = keys.clone().filter(|known| is_near(key, known)).collect();
            let told = match near.as_slice() {
                [] => format!("it is one of: {}.", keys.collect::<Vec<_>>().join(", ")),
                near => format!("did you mean {}?", near.join(" or ")),
            };
            ClientError::input(format!("{key:?} is no measure; {told}"))
        })
    }

    /// The definition with this key.
    pub fn get(&self, key: &str) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.key == key)
    }
}

/// Whether one key may have been meant by another: they share a word, or few letters are wrong.
fn is_near(given: &str, known: &str) -> bool {
    let words = |key: &str| -> Vec<String> {
        key.to_ascii_lowercase().split(['_', '-', ' ']).map(str::to_owned).collect()
    };
    let (given_words, known_words) = (words(given), words(known));
    let shared = given_words.iter().any(|word| word.len() > 3 && known_words.contains(word));
    let letters = given.chars().zip(known.chars()).filter(|(one, other)| one != other).count();
    shared || (letters <= 2 && given.len().abs_diff(known.len()) <= 2)
}

fn wrong(place: Option<(u64, u64)>, message: impl Into<String>) -> KpisError {
    KpisError { place, message: message.into() }
}

/// Whether things of a noun count by a moment of their own. Facts have days and are summed, and a usage counts for the
/// assets that it is a use of.
fn can_be_counted(entry: &Entry) -> bool {
    Counted::of(entry.noun.name)
        .is_some_and(|counted| !matches!(counted, Counted::Performance | Counted::Journey | Counted::Usage))
}

/// Whether facts of this noun are summed by this column.
fn is_measure(noun: &str, measure: &str) -> bool {
    measures(noun).any(|known| known == measure)
}

fn measures(noun: &str) -> impl Iterator<Item = &'static str> {
    let summed = SUMMED.iter().find(move |summed| summed.noun == noun);
    let sums = summed.map(|summed| summed.sums).unwrap_or_default();
    sums.iter().map(|(sum, _)| *sum).filter(|sum| !["uncosted", "unpriced"].contains(sum))
}

fn no_measure(noun: &str, measure: &str) -> String {
    let known: Vec<&str> = measures(noun).collect();
    format!("`{measure}` is no sum of a {noun}; expected one of: {}", known.join(", "))
}

/// One definition of the configuration while it is read.
struct Reading<'a>(&'a config::KpiDefinition);

impl Reading<'_> {
    fn wrong(&self, message: impl Into<String>) -> KpisError {
        wrong(self.0.place, format!("the measure `{}`: {}", self.0.key, message.into()))
    }

    fn definition(&self) -> Result<Definition, KpisError> {
        let own = self.0;
        let value = match (&own.median, own.numerator.as_slice(), own.denominator.as_slice()) {
            (Some(span), [], []) => Value::Median(self.span(span)?),
            (None, [_, ..], [_, ..]) => Value::Ratio {
                numerator: self.side(&own.numerator)?,
                denominator: self.side(&own.denominator)?,
                needs_cost: own.needs_cost,
            },
            _ => {
                return Err(self.wrong("expected `median`, or both `numerator` and `denominator`"));
            }
        };
        let text = |given: &Option<String>, or: &str| given.clone().unwrap_or_else(|| or.to_owned());
        Ok(Definition {
            key: own.key.clone(),
            version: own.version,
            label: text(&own.label, &own.key),
            unit: text(&own.unit, if matches!(value, Value::Median(_)) { "hours" } else { "ratio" }),
            description: text(&own.description, ""),
            numerator: text(&own.above, ""),
            denominator: text(&own.below, ""),
            better: if own.lower_is_better { Better::Lower } else { Better::Higher },
            value,
        })
    }

    fn side(&self, parts: &[config::KpiTerm]) -> Result<Vec<Term>, KpisError> {
        let terms: Vec<Term> = parts.iter().map(|part| self.term(part)).collect::<Result<_, _>>()?;
        let mut scales = terms.iter().map(Term::scale);
        let first = scales.next();
        if scales.any(|scale| Some(scale) != first) {
            return Err(
                self.wrong("what is added up on one side must be all numbers, all amounts or all times")
            );
        }
        let minus = terms.iter().any(|term| matches!(term, Term::Fact { minus: true, .. }));
        match (first, minus) {
            (Some(Scale::Time), true) => Err(self.wrong("times cannot be taken off")),
            _ => Ok(terms),
        }
    }

    fn term(&self, part: &config::KpiTerm) -> Result<Term, KpisError> {
        match part {
            config::KpiTerm::Fact { measure, minus } => {
                let known = measures("PerformanceFact").find(|known| known == measure);
                let measure = known.ok_or_else(|| self.wrong(no_measure("PerformanceFact", measure)))?;
                Ok(Term::Fact { measure, minus: *minus })
            }
            config::KpiTerm::Journey { measure, first_steps_only } => {
                let known = measures("JourneyFact").find(|known| known == measure);
                let measure = known.ok_or_else(|| self.wrong(no_measure("JourneyFact", measure)))?;
                Ok(Term::Journey { measure, first_steps_only: *first_steps_only })
            }
            config::KpiTerm::Count { of } => Ok(Term::Count { of: self.things(of)? }),
            config::KpiTerm::Duration { of, from, to, or_to } => {
                let things = self.things(of)?;
                let or_to = or_to.as_ref().map(|to| self.moment(things.noun, to)).transpose()?;
                Ok(Term::Duration {
                    from: self.moment(things.noun, from)?,
                    to: self.moment(things.noun, to)?,
                    or_to,
                    of: things,
                })
            }
        }
    }

    fn things(&self, of: &config::KpiThings) -> Result<Things, KpisError> {
        let entry = self.noun(&of.noun)?;
        let at = self.moment(&of.noun, &of.at)?;
        let only = match &of.only {
            None => None,
            Some((field, words)) => {
                let field = entry.noun.field(field);
                let known = field.and_then(|field| match field.kind {
                    Kind::Choice(choice) => Some((field.column, choice)),
                    _ => None,
                });
                let (column, choice) =
                    known.ok_or_else(|| self.wrong("`where` names a field that holds one of a few words"))?;
                if let Some(word) = words.iter().find(|word| !choice.has(word)) {
                    return Err(self.wrong(format!("`{word}` is no {}", choice.name)));
                }
                Some((column, words.clone()))
            }
        };
        Ok(Things { noun: entry.noun.name, at, only })
    }

    fn span(&self, span: &config::KpiSpan) -> Result<Span, KpisError> {
        let entry = self.noun(&span.noun)?;
        let from = self.moment(&span.noun, &span.from)?;
        let to = match span.to.split_once('.') {
            None => End::Own(self.moment(&span.noun, &span.to)?),
            Some((edge, field)) => {
                let edge = entry
                    .edge(edge)
                    .ok_or_else(|| self.wrong(format!("{} has no relation `{edge}`", entry.noun.name)))?;
                let far = match edge.target {
                    catalogue::Target::Noun(code) => catalogue::by_code(code),
                    catalogue::Target::Any => None,
                };
                let far = far.ok_or_else(|| {
                    self.wrong(format!(
                        "`{}` may lead to any type; expected one that leads to one",
                        edge.field
                    ))
                })?;
                End::Earliest { edge: edge.field, column: self.moment(far.noun.name, field)? }
            }
        };
        Ok(Span { noun: entry.noun.name, from, to })
    }

    /// A noun that can be counted.
    fn noun(&self, name: &str) -> Result<&'static Entry, KpisError> {
        let entry = catalogue::by_name(name).filter(|entry| can_be_counted(entry));
        entry.ok_or_else(|| {
            let known: Vec<&str> = catalogue::CATALOGUE
                .iter()
                .filter(|entry| can_be_counted(entry))
                .map(|entry| entry.noun.name)
                .collect();
            self.wrong(format!(
                "`{name}` is no type that can be counted; expected one of: {}",
                known.join(", ")
            ))
        })
    }

    fn moment(&self, noun: &str, field: &str) -> Result<&'static str, KpisError> {
        moment(noun, field)
            .map(|(_, column)| column)
            .ok_or_else(|| self.wrong(format!("{noun} has no moment `{field}`")))
    }
}
