//! Whether the times of a thing that a measure adds up can be added up: the one rule for sums, for lineage and for how
//! much was measured.

use super::counts::{end, only};
use super::definition::Term;
use super::tally::Reason;
use crate::store::Sql;

/// Conditions on the thing `m`; each is true or false and never unknown.
#[derive(Debug)]
pub(super) struct Times {
    /// It is known when all of them began.
    pub(super) begun: String,
    /// It is known when all of them ended.
    pub(super) ended: String,
    /// All of them can be added up.
    pub(super) usable: String,
}

impl Times {
    /// The times of a thing that these terms add up; nothing where they add up none. A time of the wrong sign, or one
    /// that is not known, leaves the whole thing out, wherever it counts. A term that does not count a thing says nothing
    /// of it.
    pub(super) fn of<'a>(sql: &mut Sql, terms: impl Iterator<Item = &'a Term>) -> Option<Self> {
        let (mut begun, mut ended, mut usable) = (Vec::new(), Vec::new(), Vec::new());
        for term in terms {
            let Term::Duration { of, from, to, or_to } = term else { continue };
            let (only, end) = (only(sql, of), end(to, *or_to));
            let where_it_counts =
                |condition: &str| format!("(({only}) IS NOT TRUE OR ({condition}) IS TRUE)");
            begun.push(where_it_counts(&format!("m.{from} IS NOT NULL")));
            ended.push(where_it_counts(&format!("{end} IS NOT NULL")));
            usable.push(where_it_counts(&format!("{end} >= m.{from}")));
            if let Some(or_to) = or_to {
                // What ends a time at the latest cannot lie before what ended it.
                usable.push(where_it_counts(&format!("coalesce(m.{to} <= m.{or_to}, TRUE)")));
            }
        }
        let all = |conditions: Vec<String>| format!("({})", conditions.join(" AND "));
        (!begun.is_empty()).then(|| Times { begun: all(begun), ended: all(ended), usable: all(usable) })
    }
}

/// Why times cannot be added up of which it is known when they began and ended, or is not.
pub(super) fn reason(begun: bool, ended: bool) -> Reason {
    match (begun, ended) {
        (false, _) => Reason::BeginningUnknown,
        (true, false) => Reason::EndUnknown,
        (true, true) => Reason::NegativeDuration,
    }
}
