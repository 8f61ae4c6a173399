//! How fresh a measure is: for each source that says anything of what it counts, when that was last observed.

use std::collections::BTreeMap;

use super::definition::{Term, Value};
use super::dimension::Counted;
use super::facts::{from_where, needed};
use super::question::{Question, Split};
use crate::catalogue;
use crate::clock::Micros;
use crate::error::Error;
use crate::store::{Cell, Reader, Sql, TEXT, TIME};

/// When each source last observed something that the question is about, by its name.
pub async fn read(question: &Question<'_>, reader: &Reader) -> Result<BTreeMap<String, Micros>, Error> {
    let mut fresh = BTreeMap::new();
    let mut read = Vec::new();
    for (noun, at) in moments(question) {
        if read.contains(&(noun, at)) {
            continue;
        }
        read.push((noun, at));
        let mut sql = reader.sql();
        match (noun, at) {
            ("PerformanceFact", _) => facts(&mut sql, question, Counted::PerformanceSums)?,
            ("JourneyFact", _) => facts(&mut sql, question, Counted::JourneySums)?,
            (noun, at) => things(&mut sql, question, (noun, at))?,
        }
        for row in reader.all(sql.finish(), &[TEXT, TIME]).await?.rows() {
            if let [Cell::Text(source), Cell::Time(observed)] = row {
                let known = fresh.entry(source.clone()).or_insert(*observed);
                *known = (*known).max(*observed);
            }
        }
    }
    Ok(fresh)
}

/// The nouns that a question counts, each with the column by which things are in the window.
fn moments<'a>(question: &Question<'a>) -> Vec<(&'a str, &'a str)> {
    match &question.definition.value {
        Value::Median(span) => vec![(span.noun, span.from)],
        Value::Reuse { .. } => vec![("Usage", "")],
        Value::Ratio { .. } => question
            .terms()
            .map(|(_, term)| match term {
                Term::Count { of } | Term::Duration { of, .. } => (of.noun, of.at),
                Term::Fact { .. } | Term::Journey { .. } => (term.noun(), ""),
            })
            .collect(),
    }
}

fn facts(sql: &mut Sql, question: &Question<'_>, counted: Counted) -> Result<(), Error> {
    sql.push("SELECT (SELECT s.name FROM source s WHERE s.id = f.source_id), max(f.observed_at)");
    from_where(sql, question, (counted, &needed(question, &Split::Whole, counted)))?;
    sql.push(" GROUP BY f.source_id");
    Ok(())
}

fn things(sql: &mut Sql, question: &Question<'_>, (noun, at): (&str, &str)) -> Result<(), Error> {
    let entry = catalogue::by_name(noun).ok_or_else(|| Error::broken("a measure counts no noun"))?;
    let counted = Counted::of(noun).ok_or_else(|| Error::broken("a measure counts what nobody counts"))?;
    let code = entry.noun.code;
    let table = if counted == Counted::Usage { question.uses(sql) } else { question.table(sql, entry) };
    sql.push(&format!(
        "SELECT (SELECT s.name FROM source s WHERE s.id = x.source_id), max(m.updated_at) FROM {table} m \
         JOIN external_id x ON x.entity_id = m.id AND x.entity_type = {code} WHERE "
    ));
    if counted == Counted::Usage {
        sql.push("m.start_time < ").bind(question.window.to);
        sql.push(" AND (m.end_time IS NULL OR m.end_time > ").bind(question.window.from).push(")");
    } else {
        sql.push(&format!("m.{at} >= ")).bind(question.window.from);
        sql.push(&format!(" AND m.{at} < ")).bind(question.window.to);
    }
    question.filter.write(sql, counted, "m");
    sql.push(" GROUP BY x.source_id");
    Ok(())
}
