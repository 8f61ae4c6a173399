//! One line of an export, written as import reads it.

use uuid::Uuid;

use super::dated::EVER;
use super::export::{Batch, Pair, Past};
use super::former::measures;
use super::layout::{List, NounSheet, Pointer};
use super::names::{Identity, Key, Names};
use super::value::written_money;
use crate::catalogue::{Code, Kind, Target, by_code};
use crate::clock::written;
use crate::store::{Cell, encode_id};

/// A line while it is being written.
pub(super) struct Line {
    json: String,
}

impl Line {
    /// The line of one row.
    pub(super) fn of(batch: &Batch, row: usize) -> Self {
        let Batch { noun, rows, pairs, histories, past, names } = batch;
        let id = rows.id(row);
        let mut line = Line { json: String::with_capacity(512) };
        line.json.push_str("{\"type\":");
        line.text(noun.entry.noun.name);
        if let Some(key) = names.key(id).filter(|_| noun.has_key()) {
            line.member("key");
            line.key(None, key);
        }
        line.member("id");
        line.text(&encode_id(noun.code(), id));
        if noun.has_key() {
            line.identities(names, id);
        }
        for slot in &noun.fields {
            let is_name = noun.name_column() == Some(slot.field.column);
            if let Some(column) = noun.entry.column(slot.field.column).filter(|_| !is_name) {
                line.field(&slot.field.name, slot.field.kind, rows.cell(row, column));
            }
        }
        if let Some(history) = histories.get(&id) {
            line.history(history);
        }
        if let Some(past) = past.get(&id) {
            line.past(noun, past);
        }
        for pointer in &noun.pointers {
            if let Some((code, far)) = far(batch, pointer, row) {
                line.member(pointer.name);
                line.json.push_str(&reference(
                    names,
                    pointer.target,
                    &Pair { far: (code, far), valid: (None, None) },
                ));
            }
        }
        for (place, list) in noun.lists.iter().enumerate() {
            if let Some(pairs) = pairs.get(&place).and_then(|pairs| pairs.get(&id)) {
                line.list(list, names, pairs);
            }
        }
        line
    }

    /// The finished line, without its end.
    pub(super) fn finish(mut self) -> String {
        self.json.push('}');
        self.json
    }

    fn text(&mut self, text: &str) {
        self.json.push_str(&quoted(text));
    }

    fn member(&mut self, name: &str) {
        self.json.push(',');
        self.text(name);
        self.json.push(':');
    }

    fn key(&mut self, noun: Option<&str>, key: Key<'_>) {
        self.json.push_str(&key_of(noun, key, (None, None)));
    }

    fn identities(&mut self, names: &Names, id: Uuid) {
        let others: Vec<String> = names.others(id).map(identity).collect();
        if !others.is_empty() {
            self.member("externalIds");
            self.json.push_str(&format!("[{}]", others.join(",")));
        }
    }

    fn field(&mut self, name: &str, kind: Kind, cell: &Cell) {
        let json = match (kind, cell) {
            (_, Cell::Null) => return,
            (kind, Cell::Text(list)) if kind.is_list() => match list.as_str() {
                "[]" => return,
                list => list.to_owned(),
            },
            (Kind::Money, Cell::Int(amount)) => written_money(*amount),
            (_, Cell::Int(number)) => number.to_string(),
            (_, Cell::Float(number)) => serde_json::Value::from(*number).to_string(),
            (_, Cell::Bool(yes)) => yes.to_string(),
            (_, Cell::Time(at)) => quoted(&written(*at)),
            (_, Cell::Text(text) | Cell::Date(text)) => quoted(text),
            (_, Cell::Id(id)) => quoted(&id.to_string()),
        };
        self.member(name);
        self.json.push_str(&json);
    }

    fn history(&mut self, history: &[(i64, String)]) {
        let entries: Vec<String> = history
            .iter()
            .map(|(since, status)| {
                let status = if status.is_empty() { "null".to_owned() } else { quoted(status) };
                let since = if *since == EVER { "null".to_owned() } else { quoted(&written(*since)) };
                format!("{{\"status\":{status},\"since\":{since}}}")
            })
            .collect();
        self.member("statuses");
        self.json.push_str(&format!("[{}]", entries.join(",")));
    }

    fn past(&mut self, noun: &NounSheet, past: &[Past]) {
        self.member("observations");
        for (number, Past { since, until, said }) in past.iter().enumerate() {
            let (since, until) = (quoted(&written(*since)), quoted(&written(*until)));
            self.json.push_str(if number == 0 { "[" } else { "," });
            self.json.push_str(&format!("{{\"since\":{since},\"until\":{until}"));
            for (slot, cell) in measures(noun).zip(said) {
                self.field(&slot.field.name, slot.field.kind, cell);
            }
            self.json.push('}');
        }
        self.json.push(']');
    }

    fn list(&mut self, list: &List, names: &Names, pairs: &[Pair]) {
        let mut items: Vec<String> = pairs.iter().map(|pair| reference(names, list.target, pair)).collect();
        items.sort_unstable();
        self.member(list.name);
        self.json.push_str(&format!("[{}]", items.join(",")));
    }
}

/// What a relation to one points to.
fn far(batch: &Batch, pointer: &Pointer, row: usize) -> Option<(Code, Uuid)> {
    let NounSheet { entry, .. } = batch.noun;
    let Cell::Id(id) = batch.rows.cell(row, entry.column(pointer.column)?) else { return None };
    let code = match (pointer.target, pointer.code) {
        (Target::Noun(code), _) => code,
        (Target::Any, column) => match batch.rows.cell(row, entry.column(column?)?) {
            Cell::Int(code) => Code::try_from(*code).ok()?,
            _ => return None,
        },
    };
    Some((code, *id))
}

/// A reference as import reads it.
fn reference(names: &Names, target: Target, pair: &Pair) -> String {
    let (code, id) = pair.far;
    let noun = match target {
        Target::Any => by_code(code).map(|entry| entry.noun.name),
        Target::Noun(_) => None,
    };
    let has_key = by_code(code)
        .and_then(|entry| super::layout::LAYOUT.noun(entry.noun.code))
        .is_some_and(NounSheet::has_key);
    match names.key(id).filter(|_| has_key) {
        Some(key) => key_of(noun, key, pair.valid),
        None => {
            let noun = noun.map(|noun| format!("\"type\":{},", quoted(noun))).unwrap_or_default();
            format!("{{{noun}\"id\":{}{}}}", quoted(&encode_id(code, id)), validity(pair.valid))
        }
    }
}

fn key_of(noun: Option<&str>, key: Key<'_>, valid: (Option<i64>, Option<i64>)) -> String {
    let noun = noun.map(|noun| format!("\"type\":{},", quoted(noun))).unwrap_or_default();
    let validity = validity(valid);
    match key {
        Key::Plain(key) if noun.is_empty() && validity.is_empty() => quoted(key),
        Key::Plain(key) => format!("{{{noun}\"key\":{}{validity}}}", quoted(key)),
        Key::Of(source, key) => {
            format!("{{{noun}\"source\":{},\"key\":{}{validity}}}", quoted(source), quoted(key))
        }
    }
}

fn validity((from, to): (Option<i64>, Option<i64>)) -> String {
    let member = |name: &str, at: Option<i64>| {
        at.map(|at| format!(",\"{name}\":{}", quoted(&written(at)))).unwrap_or_default()
    };
    format!("{}{}", member("validFrom", from), member("validTo", to))
}

fn identity(identity: &Identity) -> String {
    let method = match identity.match_method.as_str() {
        "EXACT_KEY" => String::new(),
        method => format!(",\"matchMethod\":{}", quoted(method)),
    };
    let confidence = identity
        .confidence
        .map(|confidence| format!(",\"confidence\":{}", serde_json::Value::from(confidence)))
        .unwrap_or_default();
    format!(
        "{{\"source\":{},\"value\":{}{method}{confidence}{}}}",
        quoted(&identity.source),
        quoted(&identity.value),
        validity(identity.valid)
    )
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
