//! The floor on SQLite: nested prepared statements, run where the request is answered, on a connection for each
//! thread of the server.

use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use crate::Outcome;
use crate::floor::{Asked, PAGE, written};
use crate::held::with_file;
use crate::json::Json;

const ASSETS: &str = "SELECT id, title, kind FROM asset WHERE id > ?1 ORDER BY id LIMIT 50";
const CONCEPTS: &str = "SELECT t.id, t.pref_label, t.notation FROM concept_tag l CROSS JOIN concept t \
    ON t.id = l.concept_id WHERE l.subject_id = ?1 ORDER BY l.concept_id LIMIT 5";
const VARIANTS: &str = "SELECT t.id, t.text, t.channel, t.language FROM variant_asset l CROSS JOIN variant t \
    ON t.id = l.variant_id WHERE l.asset_id = ?1 ORDER BY l.variant_id LIMIT 2";
const DECISIONS: &str = "SELECT t.id, t.name, t.status FROM decision t \
    WHERE t.id IN (SELECT r.decision_id FROM rule r WHERE r.variant_id = ?1) ORDER BY t.id LIMIT 2";
const AUDIENCES: &str = "SELECT t.id, t.name, t.size FROM audience t \
    WHERE t.id IN (SELECT r.audience_id FROM rule r WHERE r.decision_id = ?1) ORDER BY t.id LIMIT 2";
const LOOKUP: &str = "SELECT a.id, a.title, a.description, a.creator, a.format, a.kind, a.status, a.language, \
    a.alt_text, a.credit_line, b.name FROM asset a LEFT JOIN brand b ON b.id = a.brand_id WHERE a.id = ?1";

// The signs keep SQLite from reading all assets of a kind or a status and sorting them: by hand one knows that
// there are many, so that walking the index of the order and leaving out what does not fit is far less.
macro_rules! page {
    ($condition:literal, $order:literal) => {
        concat!(
            "SELECT a.id, a.title, a.kind, a.status, a.format, a.language, a.production_cost, a.currency, \
             a.modified, b.name FROM asset a LEFT JOIN brand b ON b.id = a.brand_id \
             WHERE +a.kind = ?1 AND +a.status = ?2 ",
            $condition,
            " ORDER BY ",
            $order,
            " LIMIT ?3"
        )
    };
}

const FIRST: &str = page!("", "a.modified DESC, a.id DESC");
const NEXT: &str = page!("AND (a.modified, a.id) < (?4, ?5)", "a.modified DESC, a.id DESC");
const UNKNOWN: &str = page!("AND a.modified IS NULL AND a.id < ?4", "a.id DESC");

/// The file, which each thread opens for itself.
pub(crate) struct File(String);

impl File {
    /// The file at this path.
    pub(crate) fn at(path: &str) -> Self {
        File(path.to_owned())
    }

    /// Answers one question.
    pub(crate) fn answer(&self, asked: Asked) -> Outcome<Vec<u8>> {
        with_file(&self.0, |connection| {
            let prepared = Prepared(connection);
            match asked {
                Asked::Tree { after } => prepared.tree(after),
                Asked::Lookup { id } => prepared.lookup(id),
                Asked::Page { kind, status, after } => prepared.page((&kind, &status), after),
            }
        })
    }
}

/// A connection that keeps its statements prepared.
struct Prepared<'a>(&'a Connection);

fn id<'a>(row: &'a Row<'_>) -> Outcome<&'a [u8]> {
    Ok(row.get_ref(0)?.as_blob()?)
}

fn text<'a>(row: &'a Row<'_>, place: usize) -> Outcome<Option<&'a [u8]>> {
    Ok(row.get_ref(place)?.as_bytes_or_null()?)
}

fn int(row: &Row<'_>, place: usize) -> Outcome<Option<i64>> {
    Ok(row.get_ref(place)?.as_i64_or_null()?)
}

impl Prepared<'_> {
    fn tree(&self, after: Uuid) -> Outcome<Vec<u8>> {
        let mut json = Json::new(r#"{"data":{"assets":{"edges":["#, 128 * 1024);
        let mut read_assets = self.0.prepare_cached(ASSETS)?;
        let mut read_concepts = self.0.prepare_cached(CONCEPTS)?;
        let mut read_variants = self.0.prepare_cached(VARIANTS)?;
        let mut read_decisions = self.0.prepare_cached(DECISIONS)?;
        let mut read_audiences = self.0.prepare_cached(AUDIENCES)?;
        let mut assets = read_assets.query([after.as_bytes().as_slice()])?;
        while let Some(asset) = assets.next()? {
            json.comma();
            json.raw(r#"{"node":{"id":"#);
            json.id(1, id(asset)?)?;
            json.raw(r#","title":"#);
            json.text(text(asset, 1)?)?;
            json.raw(r#","kind":"#);
            json.text(text(asset, 2)?)?;
            json.raw(r#","concepts":{"edges":["#);
            let mut concepts = read_concepts.query([id(asset)?])?;
            while let Some(concept) = concepts.next()? {
                json.comma();
                json.raw(r#"{"node":{"id":"#);
                json.id(11, id(concept)?)?;
                json.raw(r#","prefLabel":"#);
                json.text(text(concept, 1)?)?;
                json.raw(r#","notation":"#);
                json.text(text(concept, 2)?)?;
                json.raw("}}");
            }
            json.raw(r#"]},"variants":{"edges":["#);
            let mut variants = read_variants.query([id(asset)?])?;
            while let Some(variant) = variants.next()? {
                json.comma();
                json.raw(r#"{"node":{"id":"#);
                json.id(5, id(variant)?)?;
                json.raw(r#","text":"#);
                json.text(text(variant, 1)?)?;
                json.raw(r#","channel":"#);
                json.text(text(variant, 2)?)?;
                json.raw(r#","language":"#);
                json.text(text(variant, 3)?)?;
                json.raw(r#","decisions":{"edges":["#);
                let mut decisions = read_decisions.query([id(variant)?])?;
                while let Some(decision) = decisions.next()? {
                    json.comma();
                    json.raw(r#"{"node":{"id":"#);
                    json.id(25, id(decision)?)?;
                    json.raw(r#","name":"#);
                    json.text(text(decision, 1)?)?;
                    json.raw(r#","status":"#);
                    json.text(text(decision, 2)?)?;
                    json.raw(r#","audiences":{"edges":["#);
                    let mut audiences = read_audiences.query([id(decision)?])?;
                    while let Some(audience) = audiences.next()? {
                        json.comma();
                        json.raw(r#"{"node":{"id":"#);
                        json.id(20, id(audience)?)?;
                        json.raw(r#","name":"#);
                        json.text(text(audience, 1)?)?;
                        json.raw(r#","size":"#);
                        json.int(int(audience, 2)?)?;
                        json.raw("}}");
                    }
                    json.raw("]}}}");
                }
                json.raw("]}}}");
            }
            json.raw("]}}}");
        }
        json.raw("]}}}");
        Ok(json.0)
    }

    fn lookup(&self, wanted: Uuid) -> Outcome<Vec<u8>> {
        let mut lookup = self.0.prepare_cached(LOOKUP)?;
        let mut rows = lookup.query([wanted.as_bytes().as_slice()])?;
        let Some(row) = rows.next()? else { return Ok(br#"{"data":{"asset":null}}"#.to_vec()) };
        let mut json = Json::new(r#"{"data":{"asset":{"id":"#, 1024);
        json.id(1, id(row)?)?;
        for (place, name) in crate::json::LOOKUP.iter().enumerate() {
            json.raw(name);
            json.text(text(row, place + 1)?)?;
        }
        json.brand(text(row, 10)?)?;
        json.raw("}}}");
        Ok(json.0)
    }

    fn page(&self, only: (&str, &str), after: Option<(Option<i64>, Uuid)>) -> Outcome<Vec<u8>> {
        let mut page =
            Page { json: Json::new(r#"{"data":{"assets":{"edges":["#, 32 * 1024), rows: 0, end: None };
        let limit = i64::try_from(PAGE + 1)?;
        let (kind, status) = only;
        let mut after_known = None;
        match after {
            None => page.take(self.0.prepare_cached(FIRST)?.query(params![kind, status, limit])?)?,
            Some((Some(modified), id)) => {
                page.take(self.0.prepare_cached(NEXT)?.query(params![
                    kind,
                    status,
                    limit,
                    modified,
                    id.as_bytes().as_slice()
                ])?)?;
                after_known = Some(Uuid::max());
            }
            Some((None, id)) => after_known = Some(id),
        }
        if let Some(id) = after_known.filter(|_| page.rows <= PAGE) {
            let rest = limit - i64::try_from(page.rows)?;
            page.take(self.0.prepare_cached(UNKNOWN)?.query(params![
                kind,
                status,
                rest,
                id.as_bytes().as_slice()
            ])?)?;
        }
        let end = page.end.map(|(modified, id)| written(modified, id.as_bytes())).transpose()?;
        page.json.page_info(page.rows > PAGE, end.as_deref())?;
        Ok(page.json.0)
    }
}

/// The page while it is written.
struct Page {
    json: Json,
    rows: usize,
    end: Option<(Option<i64>, Uuid)>,
}

impl Page {
    fn take(&mut self, mut rows: rusqlite::Rows<'_>) -> Outcome<()> {
        let json = &mut self.json;
        while let Some(row) = rows.next()? {
            self.rows += 1;
            if self.rows > PAGE {
                continue;
            }
            json.comma();
            json.raw(r#"{"node":{"id":"#);
            json.id(1, id(row)?)?;
            for (place, name) in crate::json::PAGE.iter().enumerate() {
                json.raw(name);
                match place {
                    5 => json.money(int(row, 6)?),
                    7 => json.moment(int(row, 8)?),
                    _ => json.text(text(row, place + 1)?)?,
                }
            }
            json.brand(text(row, 9)?)?;
            json.raw("}}");
            self.end = Some((int(row, 8)?, Uuid::from_slice(id(row)?)?));
        }
        Ok(())
    }
}
