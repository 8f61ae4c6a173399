//! Lists whose texts are what another field of the same row says, such as the right operands of rights constraints:
//! each text is held to its form. Where a line gives only one of the two fields, the other is looked up.

use std::borrow::Cow;

use sea_orm::sqlx;

use super::json::shown;
use super::layout::{FieldSlot, LAYOUT, LONGEST_INDEXED, NounSheet};
use super::line::Draft;
use super::resolve::resolved;
use super::value::{Cell, Expected};
use super::work::Work;
use crate::catalogue::{Form, Forms, by_name};
use crate::clock;

/// The two fields of a noun.
pub(super) struct Formed {
    /// The list.
    pub(super) list: &'static FieldSlot,
    /// What says what its texts are.
    pub(super) by: &'static FieldSlot,
    pub(super) forms: Forms,
}

/// The fields of a noun of which one says what the texts of the other are.
pub(super) fn formed(noun: &'static NounSheet) -> Option<Formed> {
    let list = &noun.fields[noun.formed?];
    let forms = list.field.forms?;
    let by = noun.fields.iter().find(|slot| slot.field.column == forms.by)?;
    Some(Formed { list, by, forms })
}

/// Holds the texts of a line's list to their form.
pub(super) fn operands(draft: &mut Draft) {
    let Some(formed) = formed(draft.noun) else { return };
    let Formed { list, by, .. } = formed;
    let given = draft.present & (list.bit | by.bit);
    if given != list.bit | by.bit {
        draft.unformed = given != 0;
        return;
    }
    if let (Cell::Text(json), Cell::Text(word)) = (&draft.cells[list.at], &draft.cells[by.at]) {
        match formed.read(word, json) {
            Ok(kept) => draft.cells[list.at] = Cell::Text(kept),
            Err(problem) => draft.problems.push(problem),
        }
    }
}

impl Formed {
    /// Reads a list as this word says; answers it as it is kept, or what is wrong with it.
    fn read(&self, word: &str, json: &str) -> Result<String, String> {
        let texts: Vec<String> = serde_json::from_str(json).unwrap_or_default();
        let Some(form) = self.forms.form(word) else { return Ok(json.to_owned()) };
        let mut kept = Vec::with_capacity(texts.len());
        for text in texts {
            kept.push(one(form, &text).map_err(|expected| {
                let (list, by) = (&self.list.field.name, &self.by.field.name);
                format!("`{list}` takes {expected} where `{by}` is {word}, not {:?}", shown(&text))
            })?);
        }
        Ok(serde_json::Value::from(kept).to_string())
    }
}

/// Reads a text of a list.
fn one(form: Form, text: &str) -> Result<String, Expected> {
    let (right, expected): (bool, Cow<'static, str>) = match form {
        Form::Moment => {
            let moment = clock::read(text).or_else(|| clock::read(&format!("{text}T00:00:00Z")));
            return moment
                .map(clock::written)
                .ok_or_else(|| "moments such as \"2026-05-01T00:00:00Z\"".into());
        }
        Form::Territory => {
            (is_territory(text), "ISO 3166 codes such as DE or DE-BY, or names of groups such as EU,".into())
        }
        Form::Word(choice) => (choice.has(text), format!("words of {}", choice.listed()).into()),
        Form::Count => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            (digits && text.parse::<i64>().is_ok(), "whole numbers from 0 on".into())
        }
        Form::Key(noun) => {
            (!text.is_empty() && text.len() <= LONGEST_INDEXED, format!("keys of type {noun}").into())
        }
    };
    if right { Ok(text.to_owned()) } else { Err(expected) }
}

/// Whether this is a country, a part of one, or the name of a group.
fn is_territory(text: &str) -> bool {
    let capitals = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase());
    let mixed = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    match text.split_once('-') {
        Some((country, part)) => {
            country.len() == 2 && capitals(country) && (1..=3).contains(&part.len()) && mixed(part)
        }
        None if text.len() == 2 => capitals(text),
        None => {
            text.len() > 2
                && text.starts_with(|first: char| first.is_ascii_uppercase())
                && text.split('_').all(mixed)
        }
    }
}

impl Work {
    /// Holds the lists to their form that stand at the end and whose line gives only one of the two fields.
    pub(super) async fn form_operands(&mut self, round: i64) -> Result<u64, sqlx::Error> {
        let mut found = 0;
        for (noun, met) in self.nouns() {
            if let (true, Some(formed)) = (met.unformed, formed(noun)) {
                self.begin_forming(noun, &formed).await?;
                let mut last = Some(0);
                while let Some(line) = last {
                    last = self.form_page(noun, &formed, line).await?;
                }
                found += self.reject_where(noun, ("o.bad", "0"), "o.bad IS NOT NULL", round).await?;
                self.met.nouns[noun.sheet].present |= formed.list.bit;
            }
        }
        Ok(found)
    }

    /// Lets the lines say again what they said before another round noted more, some of it from lines that are gone.
    async fn begin_forming(&mut self, noun: &NounSheet, formed: &Formed) -> Result<(), sqlx::Error> {
        let (table, Formed { list, by, .. }) = (resolved(noun), formed);
        self.session.run(&format!("CREATE INDEX IF NOT EXISTS {table}_id ON {table} (id)")).await?;
        self.session
            .run(&format!(
                "UPDATE {table} SET {by} = x.f_{by}, {list} = x.f_{list}, present = x.present FROM {} x \
                 WHERE x.line = {table}.line AND (x.present & {}) IN ({}, {})",
                LAYOUT.sheets[noun.sheet].table,
                list.bit | by.bit,
                list.bit,
                by.bit,
                by = by.field.column,
                list = list.field.column
            ))
            .await?;
        self.measure(&[table]).await
    }

    /// A page of them, behind this line; answers its last.
    async fn form_page(
        &mut self,
        noun: &'static NounSheet,
        formed: &Formed,
        behind: i64,
    ) -> Result<Option<i64>, sqlx::Error> {
        const PAGE: usize = 1_000;
        let (table, Formed { list, by, .. }) = (resolved(noun), formed);
        let both = list.bit | by.bit;
        // What the line says itself, else what the last line says on the same thing, else what the store says.
        let said = |slot: &FieldSlot| {
            let (column, bit) = (slot.field.column, slot.bit);
            format!(
                "CASE WHEN (o.present & {bit}) <> 0 THEN o.{column} ELSE coalesce(\
                 (SELECT y.{column} FROM {table} y WHERE y.id = o.id AND (y.present & {bit}) <> 0 \
                 ORDER BY y.line DESC LIMIT 1), \
                 (SELECT t.{column} FROM {} t WHERE t.id = o.id)) END",
                noun.table()
            )
        };
        // Only the last line that names either of the two decides, with the last that names the other.
        let rows = self
            .session
            .texts(&format!(
                "SELECT CAST(o.line AS text), {}, {} FROM {table} o WHERE o.line > {behind} \
                 AND (o.present & {both}) IN ({}, {}) AND NOT EXISTS (SELECT 1 FROM {table} y \
                 WHERE y.id = o.id AND y.line > o.line AND (y.present & {both}) <> 0) \
                 ORDER BY o.line LIMIT {PAGE}",
                said(by),
                said(list),
                list.bit,
                by.bit
            ))
            .await?;
        let last = rows.last().and_then(|row| row.first()).and_then(|line| line.as_deref()?.parse().ok());
        let (mut kept, mut wrong) = (Vec::new(), Vec::new());
        for row in rows {
            let [Some(line), Some(word), Some(json)] = row.as_slice() else { continue };
            match formed.read(word, json) {
                Ok(json) => kept.push(format!("({line}, {}, {})", quoted(word), quoted(&json))),
                Err(problem) => wrong.push(format!("({line}, {})", quoted(&problem))),
            }
        }
        if !kept.is_empty() {
            // The list may be kept otherwise than it was given; what decides is only noted for the checks to come.
            let (list, by, bit) = (list.field.column, by.field.column, list.bit);
            self.session
                .run(&format!(
                    "WITH v (line, word, json) AS (VALUES {}) UPDATE {table} \
                     SET {by} = v.word, {list} = v.json, present = present | {bit} FROM v \
                     WHERE v.line = {table}.line",
                    kept.join(", ")
                ))
                .await?;
        }
        if !wrong.is_empty() {
            self.session
                .run(&format!(
                    "WITH v (line, reason) AS (VALUES {}) UPDATE {table} \
                     SET bad = v.reason FROM v WHERE v.line = {table}.line",
                    wrong.join(", ")
                ))
                .await?;
        }
        Ok(last)
    }

    /// Rejects the lines in whose lists stands the key of nothing.
    pub(super) async fn operand_keys(&mut self, round: i64) -> Result<u64, sqlx::Error> {
        let mut found = 0;
        for (noun, met) in self.nouns() {
            let Some(Formed { list, by, forms }) = formed(noun) else { continue };
            if met.present & list.bit == 0 {
                continue;
            }
            for (word, form) in forms.of {
                let Form::Key(far) = form else { continue };
                let Some(code) = by_name(far).map(|far| far.noun.code) else { continue };
                let texts = self.dialect.array_rows(&format!("o.{}", list.field.column));
                // A key stands here without its source: any that calls something so will do.
                let unknown = format!(
                    "FROM {texts} j WHERE NOT EXISTS (SELECT 1 FROM source s CROSS JOIN external_id e \
                     WHERE e.source_id = s.id AND e.entity_type = {code} AND e.value = j.text)"
                );
                let reason = format!(
                    "'`{}` names the {far} ' || (SELECT substr(j.text, 1, 60) {unknown} LIMIT 1) \
                     || ', which is neither in the store nor in an accepted line'",
                    list.field.name
                );
                let which =
                    format!("o.{} = {} AND EXISTS (SELECT 1 {unknown})", by.field.column, quoted(word));
                found += self.reject_where(noun, (&reason, "0"), &which, round).await?;
            }
        }
        Ok(found)
    }
}

/// A text as a statement writes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn territories_are_codes_or_groups() {
        for right in
            ["DE", "DE-BY", "US-CA", "GB-ENG", "FR-2A", "EU", "EEA", "DACH", "NORTH_AMERICA", "MENA2"]
        {
            assert!(is_territory(right), "{right}");
        }
        for wrong in ["", "D", "de", "Germany", "DE-", "DE-BAYERN", "D1", "1AB", "DE BY", "ÄÖ", "äöü"] {
            assert!(!is_territory(wrong), "{wrong}");
        }
    }

    #[test]
    fn texts_are_held_to_their_form() {
        assert_eq!(one(Form::Moment, "2026-05-01").as_deref(), Ok("2026-05-01T00:00:00Z"));
        assert!(one(Form::Moment, "tomorrow").is_err());
        assert!(one(Form::Count, "0").is_ok() && one(Form::Count, "9223372036854775807").is_ok());
        for wrong in ["", "-1", "+1", "1.5", "many", "9223372036854775808"] {
            assert!(one(Form::Count, wrong).is_err(), "{wrong}");
        }
        assert!(one(Form::Key("Audience"), "").is_err());
    }
}
