//! What stands behind a number: every fact and thing that was looked at, how it counted, and why not. A page walks an
//! index from where the last one ended, so that it costs the same however much there is.

mod facts;
mod things;
mod uses;

use uuid::Uuid;

use super::definition::{Definition, Scale, Span, Term, Things, Value};
use super::question::Question;
use crate::catalogue::{self, Code, Entry};
use crate::error::Error;
use crate::store::Reader;

/// One thing behind a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The thing: its noun's code and its id.
    pub thing: (Code, Uuid),
    /// On which side of the line it stands, or would.
    pub role: Role,
    /// Whether it counts.
    pub included: bool,
    /// Why it does not, or not everywhere.
    pub reason: Option<Why>,
    /// What it adds to the numbers; none where they are no sums over things like it.
    pub adds: Option<Adds>,
    /// Its place.
    pub mark: Mark,
}

/// What one thing adds to a number: over all that stands behind it, this adds up to its two sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Adds {
    /// Above the line.
    pub numerator: f64,
    /// Below it.
    pub denominator: f64,
    /// The currency, where either is an amount.
    pub currency: Option<String>,
}

/// On which side of the line something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Above it.
    Numerator,
    /// Below it.
    Denominator,
    /// On both sides.
    Both,
}

/// Why something does not count, or not everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Another source's word counts for all that it says, or for a part of it.
    OtherSourceCounts,
    /// Nobody said what it cost.
    CostMissing,
    /// It ended before it began.
    NegativeDuration,
    /// Nobody said when it began.
    BeginningUnknown,
    /// Nobody said when it ended.
    EndUnknown,
    /// It had not ended by the window's end, so that it is counted but not measured.
    Unfinished,
    /// It was never live in the window.
    NotLive,
    /// The asset is used in too few pairs of campaign and channel.
    TooFewPairs,
}

/// A place among all that stands behind a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which part of the measure it belongs to.
    pub walk: usize,
    /// What it is looked up by first, where there is such a thing: its delivery.
    pub under: Option<Uuid>,
    /// What it is ordered by: a moment, or the number of a day.
    pub at: i64,
    /// Its id.
    pub id: Uuid,
}

/// A part of a measure whose things are read along one index.
#[derive(Debug)]
pub(super) enum Walk<'a> {
    Span(&'static Entry, &'a Span),
    Things(&'static Entry, &'a str, Vec<Counting<'a>>),
    Performance,
    Journey,
    Uses(u32),
}

/// A term that things of a walk count for: whether above the line, and which of them do.
#[derive(Debug)]
pub(super) struct Counting<'a> {
    pub(super) above: bool,
    pub(super) term: &'a Term,
    pub(super) things: &'a Things,
}

impl Adds {
    /// What these sums come to as a measure tells them.
    pub(super) fn of(definition: &Definition, [above, below]: [i128; 2], currency: Option<String>) -> Self {
        let scales = definition.scales();
        Adds {
            numerator: above as f64 / scales[0].of_one(),
            denominator: below as f64 / scales[1].of_one(),
            currency: currency.filter(|_| scales.contains(&Scale::Money)),
        }
    }
}

impl Role {
    /// The role of what counts above the line, below it, or both; none where neither.
    pub(super) fn of(above: bool, below: bool) -> Option<Self> {
        match (above, below) {
            (true, true) => Some(Role::Both),
            (true, false) => Some(Role::Numerator),
            (false, true) => Some(Role::Denominator),
            (false, false) => None,
        }
    }
}

/// The parts of a measure, in the order in which their things are listed.
pub(super) fn walks(definition: &Definition) -> Result<Vec<Walk<'_>>, Error> {
    let noun = |name| catalogue::by_name(name).ok_or_else(|| Error::broken("a measure counts no noun"));
    let (above, below) = match &definition.value {
        Value::Median(span) => return Ok(vec![Walk::Span(noun(span.noun)?, span)]),
        Value::Reuse { threshold } => return Ok(vec![Walk::Uses(*threshold)]),
        Value::Ratio { numerator, denominator, .. } => (numerator, denominator),
    };
    let mut walks: Vec<Walk<'_>> = Vec::new();
    let sided = above.iter().map(|term| (true, term)).chain(below.iter().map(|term| (false, term)));
    for (above, term) in sided {
        match term {
            Term::Fact { .. } if !walks.iter().any(|walk| matches!(walk, Walk::Performance)) => {
                walks.push(Walk::Performance);
            }
            Term::Journey { .. } if !walks.iter().any(|walk| matches!(walk, Walk::Journey)) => {
                walks.push(Walk::Journey);
            }
            Term::Fact { .. } | Term::Journey { .. } => {}
            Term::Count { of } | Term::Duration { of, .. } => {
                let counting = Counting { above, term, things: of };
                let known = walks.iter_mut().find_map(|walk| match walk {
                    Walk::Things(entry, at, terms) if entry.noun.name == of.noun && *at == of.at => {
                        Some(terms)
                    }
                    _ => None,
                });
                match known {
                    Some(terms) => terms.push(counting),
                    None => walks.push(Walk::Things(noun(of.noun)?, of.at, vec![counting])),
                }
            }
        }
    }
    Ok(walks)
}

/// A page of what stands behind the answer to a question, behind a place, and whether more follows.
pub async fn page(
    question: &Question<'_>,
    reader: &Reader,
    after: Option<&Mark>,
    limit: usize,
) -> Result<(Vec<Line>, bool), Error> {
    let mut lines = Vec::new();
    let begin = after.map_or(0, |mark| mark.walk);
    for (place, walk) in walks(question.definition)?.iter().enumerate().skip(begin) {
        let after = after.filter(|mark| mark.walk == place);
        let step = Step { question, reader, place, after, limit: limit + 1 - lines.len() };
        lines.extend(match walk {
            Walk::Span(entry, span) => step.span(entry, span).await?,
            Walk::Things(entry, at, terms) => step.things(entry, at, terms).await?,
            Walk::Performance => step.performance().await?,
            Walk::Journey => step.journey().await?,
            Walk::Uses(threshold) => step.uses(*threshold).await?,
        });
        if lines.len() > limit {
            lines.truncate(limit);
            return Ok((lines, true));
        }
    }
    Ok((lines, false))
}

/// The reading of a part of a page along one walk.
pub(super) struct Step<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) reader: &'a Reader,
    /// Which walk it is.
    pub(super) place: usize,
    /// Behind which place of this walk.
    pub(super) after: Option<&'a Mark>,
    /// How many at most.
    pub(super) limit: usize,
}
