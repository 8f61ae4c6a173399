//! Events that wait for something they name, and would count: what a measure cannot know of yet.

use super::definition::{End, Value};
use super::question::{Question, Split};
use super::tally::{Missing, Reason};
use super::window::{DAY, Window, bucket_of, day_of, midnight};
use crate::catalogue::{self, EventType, Target};
use crate::error::Error;
use crate::store::{Cell, NUMBER, Reader, TEXT};

/// The types of events that tell something of things of a noun that a measure counts.
fn events(noun: &str) -> impl Iterator<Item = &'static str> {
    // A usage is live no longer than the delivery that it stands in.
    EventType::about(if noun == "Usage" { "Delivery" } else { noun })
}

/// The events that wait, tell something of things of a noun and happened in a window, by source.
pub async fn of_noun(noun: &str, window: Window, reader: &Reader) -> Result<Vec<Missing>, Error> {
    let mut sql = reader.sql();
    let types: Vec<String> = events(noun).map(str::to_owned).collect();
    let wanted = sql.one_of_texts(&types);
    sql.push(&format!(
        "SELECT v.source, count(*) FROM event v WHERE v.state = 'WAITING' AND v.type {wanted} AND v.happened_at >= "
    ));
    sql.bind(window.from).push(" AND v.happened_at < ").bind(window.to);
    sql.push(" GROUP BY v.source ORDER BY v.source");
    let mut waiting = Vec::new();
    for row in reader.all(sql.finish(), &[TEXT, NUMBER]).await?.rows() {
        let [Cell::Text(source), Cell::Int(count)] = row else { continue };
        let (source, count) = (Some(source.clone()), u64::try_from(*count).ok());
        waiting.push(Missing { source, count, ..Missing::of(Reason::Unresolved) });
    }
    Ok(waiting)
}

/// The types of events that a question would count.
pub(super) fn types(question: &Question<'_>) -> Vec<String> {
    let mut nouns = question.definition.nouns();
    if let Value::Median(span) = &question.definition.value
        && let End::Earliest { edge, .. } = span.to
        && let Some(edge) = catalogue::by_name(span.noun).and_then(|entry| entry.edge(edge))
        && let Target::Noun(code) = edge.target
    {
        nouns.extend(catalogue::by_code(code).map(|entry| entry.noun.name));
    }
    nouns.into_iter().flat_map(events).map(str::to_owned).collect()
}

/// The events that wait, or waited at the moment that is asked about, and happened in the window, by part of the series
/// and source.
pub(super) async fn read(
    question: &Question<'_>,
    reader: &Reader,
    split: &Split,
) -> Result<Vec<(usize, Missing)>, Error> {
    let types = types(question);
    if types.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = reader.sql();
    let origin = midnight(day_of(question.window.from));
    let day = match split {
        Split::Series(..) => {
            let origin = sql.hold(origin);
            format!("(v.happened_at - {origin}) / {DAY}")
        }
        Split::Whole | Split::By(_) => "CAST(0 AS bigint)".to_owned(),
    };
    let wanted = sql.one_of_texts(&types);
    let (from, to) = (sql.hold(question.window.from), sql.hold(question.window.to));
    let those = |which: &str| {
        format!(
            "SELECT {day} AS day, v.source FROM event v WHERE {which} AND v.type {wanted} \
             AND v.happened_at >= {from} AND v.happened_at < {to}"
        )
    };
    let events = match question.as_of {
        None => those("v.state = 'WAITING'"),
        Some(as_of) => {
            let at = sql.hold(as_of);
            // Two sets rather than one condition: each has an index of its own.
            [
                format!("v.state = 'WAITING' AND v.received_at <= {at}"),
                format!("v.settled_at > {at} AND v.received_at <= {at}"),
            ]
            .map(|which| those(&which))
            .join(" UNION ALL ")
        }
    };
    sql.push(&format!(
        "SELECT v.day, v.source, count(*) FROM ({events}) v GROUP BY v.day, v.source ORDER BY v.source"
    ));
    let mut waiting: Vec<(usize, Missing)> = Vec::new();
    for row in reader.all(sql.finish(), &[NUMBER, TEXT, NUMBER]).await?.rows() {
        let [Cell::Int(day), Cell::Text(source), Cell::Int(count)] = row else { continue };
        let place = match split {
            Split::Series(buckets, _) => {
                let moment = origin.saturating_add(day.saturating_mul(DAY));
                bucket_of(buckets, moment.max(question.window.from))
            }
            Split::Whole | Split::By(_) => 0,
        };
        let count = u64::try_from(*count).ok();
        let source = Some(source.clone());
        waiting.push((place, Missing { source, count, ..Missing::of(Reason::Unresolved) }));
    }
    Ok(waiting)
}
