//! An event as a line of import: its data are the fields, its source is whose the keys are, its time the moment it
//! speaks of. Beside the rows of the line stands one for the event itself.

use std::borrow::Cow;

use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::envelope::{self, AHEAD, Envelope, Refused};
use crate::catalogue::EventType;
use crate::clock::{Micros, written};
use crate::ingest::former::observed_at;
use crate::ingest::json::{Members, shown};
use crate::ingest::layout::{BY_NAME, LAYOUT, NounSheet};
use crate::ingest::line::{Draft, Parser, Rows, begin};
use crate::ingest::stage::Came;
use crate::ingest::value::Cell;

/// The microseconds of a day.
const DAY: Micros = 86_400 * 1_000_000;

/// Between the parts of the text that a thing is known by; no name holds it.
pub(super) const APART: char = '\u{1f}';

/// What an event gives beside its data: names and values.
type Implied = Vec<(&'static str, Box<RawValue>)>;

impl Parser {
    /// Reads an event, counted over all of its batch. `id` is what it gets if it speaks of something new, `row` what it is
    /// kept under if it is rejected. `now` is when it came for the first time.
    pub(in crate::ingest) fn event(
        &mut self,
        line: u64,
        came: &Came,
        (id, row): (Uuid, Uuid),
        now: Micros,
    ) -> Rows {
        let body = String::from_utf8_lossy(&came.bytes).replace('\0', "\u{fffd}");
        let refused = |refused: Refused| {
            let hash = envelope::hash(&body);
            let known = Event {
                source: refused.source.unwrap_or_default(),
                id: refused.id.unwrap_or_else(|| hash.simple().to_string()),
                kind: refused.kind,
                hash,
                time: now,
                happened_at: None,
                thing: None,
            };
            vec![(LAYOUT.events(), known.row((line, row, came.place), &body, Some(&refused.reason)))]
        };
        let envelope = match std::str::from_utf8(&came.bytes) {
            Ok(json) => envelope::read(json, now),
            Err(_) => Err(Refused { reason: "it is not UTF-8".to_owned(), ..Refused::default() }),
        };
        let envelope = match envelope {
            Ok(envelope) => envelope,
            Err(why) => return refused(why),
        };
        let told = |reason: String, envelope: &Envelope<'_>| Refused {
            source: Some(envelope.source.clone()),
            id: Some(envelope.id.clone()),
            kind: Some(envelope.kind.name.to_owned()),
            reason,
        };
        let Some(noun) = LAYOUT.nouns.iter().find(|noun| noun.entry.noun.name == envelope.kind.noun) else {
            return refused(told("its type speaks of nothing".to_owned(), &envelope));
        };
        if let Err(expected) = self.sources.speak_as(&envelope.source) {
            return refused(told(format!("`source` takes {expected}"), &envelope));
        }
        let (implied, hash) = (implied(&envelope, noun, now), envelope.hash());
        let Envelope { source, id: name, kind, time, data: Members(mut members), .. } = envelope;
        let foreign: Vec<String> = members
            .iter()
            .filter(|(name, _)| is_of_import(noun, name))
            .map(|(name, _)| format!("`{name}` is not taken from events; `weft import` takes it"))
            .collect();
        members.extend(implied.iter().map(|(name, raw)| (Cow::Borrowed(*name), &**raw)));
        let draft = Draft { whole: !noun.has_key(), ..begin(noun, line, id) };
        let moment = noun.fields.iter().find(|slot| slot.field.name == kind.moment);
        let judge = |draft: &mut Draft| {
            draft.problems.extend(foreign);
            if let Some((field, Cell::Big(at))) = moment.map(|slot| (&slot.field.name, &draft.cells[slot.at]))
                && *at > now + AHEAD
            {
                draft.problems.push(format!("`{field}` lies in the future"));
            }
            if day_of(draft).is_some_and(|day| day > now + AHEAD) {
                draft.problems.push("`day` lies in the future".to_owned());
            }
        };
        let mut event = Event {
            source,
            id: name,
            kind: Some(kind.name.to_owned()),
            hash,
            time: time.unwrap_or(now),
            happened_at: None,
            thing: None,
        };
        match self.of_noun(draft, &Members(members), judge) {
            Ok(mut rows) => {
                if let Some((_, cells)) = rows.last() {
                    event.happened_at = day_in(noun, cells).or_else(|| match &cells[moment?.at] {
                        Cell::Big(at) => Some(*at),
                        _ => None,
                    });
                    event.thing = noun.has_key().then(|| self.thing(noun, cells));
                }
                let row = event.row((line, row, came.place), &body, None);
                rows.insert(0, (LAYOUT.events(), row));
                rows
            }
            Err(reason) => vec![(LAYOUT.events(), event.row((line, row, came.place), &body, Some(&reason)))],
        }
    }

    /// The thing that a line speaks of, as a text that is the same for all events on it.
    fn thing(&self, noun: &NounSheet, cells: &[Cell]) -> String {
        let code = noun.code();
        match (&cells[4], &cells[5], &cells[1]) {
            (Cell::Small(BY_NAME), Cell::Text(key), _) => format!("{code}{APART}{APART}{key}"),
            (Cell::Small(source), Cell::Text(key), _) => {
                format!("{code}{APART}{}{APART}{key}", self.sources.name(*source))
            }
            (_, _, Cell::Id(id)) => format!("{code}{APART}{}", id.simple()),
            _ => format!("{code}"),
        }
    }
}

/// Whether a member of a line is import's alone: what Weft itself knows of a thing and a store takes over from another,
/// what is said by further events, and what an event says beside its data.
pub(super) fn is_of_import(noun: &NounSheet, member: &str) -> bool {
    match member {
        "type" | "createdAt" | "updatedAt" => true,
        "statuses" => noun.dated().is_some(),
        "observations" | "id" => !noun.has_key(),
        _ => false,
    }
}

/// The names of all that an event says of its thing.
pub(super) fn said(body: &str, now: Micros) -> Vec<String> {
    let Ok(envelope) = envelope::read(body, now) else { return Vec::new() };
    let Some(noun) = LAYOUT.nouns.iter().find(|noun| noun.entry.noun.name == envelope.kind.noun) else {
        return Vec::new();
    };
    let implied = implied(&envelope, noun, now);
    let names = envelope.data.0.iter().map(|(name, _)| shown(name).into_owned());
    names.chain(implied.into_iter().map(|(name, _)| name.to_owned())).collect()
}

/// What follows from the event where its data do not say otherwise.
fn implied(envelope: &Envelope<'_>, noun: &NounSheet, now: Micros) -> Implied {
    let gives = |name: &str| envelope.data.0.iter().any(|(given, _)| given == name);
    let mut implied = Implied::new();
    let mut imply = |name: &'static str, text: &str| {
        if let (false, Ok(raw)) = (gives(name), to_raw_value(text)) {
            implied.push((name, raw));
        }
    };
    let EventType { moment, sets, .. } = *envelope.kind;
    // An observation that does not say when it was made is known by no time, and the order of arrival decides.
    match (envelope.time, observed_at(noun)) {
        (Some(time), _) => imply(moment, &written(time)),
        (None, None) => imply(moment, &written(now)),
        (None, Some(_)) => {}
    }
    if let Some((field, word)) = sets {
        imply(field, word);
    }
    if let (true, false, Some(subject)) = (noun.has_key(), gives("key") || gives("id"), envelope.subject) {
        implied.push(("key", subject.to_owned()));
    }
    implied
}

fn day_of(draft: &Draft) -> Option<Micros> {
    day_in(draft.noun, &draft.cells)
}

/// The midnight that the day of a fact begins with.
fn day_in(noun: &NounSheet, cells: &[Cell]) -> Option<Micros> {
    let slot = noun.fields.iter().find(|slot| slot.field.column == "day")?;
    match &cells[slot.at] {
        Cell::Day(day) => {
            let days = day.signed_duration_since(chrono::NaiveDate::default()).num_days();
            days.checked_mul(DAY)
        }
        _ => None,
    }
}

/// What is kept of an event.
struct Event {
    source: String,
    id: String,
    kind: Option<String>,
    hash: Uuid,
    time: Micros,
    happened_at: Option<Micros>,
    thing: Option<String>,
}

impl Event {
    /// The row of its staging table.
    fn row(self, (line, row, place): (u64, Uuid, usize), body: &str, reason: Option<&str>) -> Vec<Cell> {
        let text =
            |text: Option<String>| text.map_or(Cell::Null, |text| Cell::Text(text.replace('\0', "\u{fffd}")));
        vec![
            Cell::Big(i64::try_from(line).unwrap_or(i64::MAX)),
            Cell::Id(row),
            text(Some(self.source)),
            text(Some(self.id)),
            text(self.kind),
            Cell::Id(self.hash),
            Cell::Big(self.time),
            self.happened_at.map_or(Cell::Null, Cell::Big),
            text(self.thing),
            Cell::Text(body.to_owned()),
            text(reason.map(|_| "REJECTED".to_owned())),
            text(reason.map(str::to_owned)),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Big(i64::try_from(place).unwrap_or(i64::MAX)),
        ]
    }
}
