//! The floor on SQLite: nested prepared statements on threads that each hold one connection.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use rusqlite::{Connection, OpenFlags, Row, Statement, params};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::Outcome;
use crate::floor::{Asked, PAGE, written};
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

type Work = (Asked, oneshot::Sender<Outcome<Vec<u8>>>);

/// The threads, taken in turns.
pub(crate) struct Threads {
    senders: Vec<Sender<Work>>,
    turn: AtomicUsize,
}

impl Threads {
    /// Starts a thread for each processor.
    pub(crate) fn start(path: &str) -> Outcome<Self> {
        let mut senders = Vec::new();
        for _ in 0..std::thread::available_parallelism()?.get() {
            let (sender, receiver) = channel();
            let connection = Connection::open_with_flags(
                Path::new(path),
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?;
            connection.execute_batch("PRAGMA cache_size = -16000")?;
            std::thread::spawn(move || work(&connection, &receiver));
            senders.push(sender);
        }
        Ok(Threads { senders, turn: AtomicUsize::new(0) })
    }

    /// Answers one question.
    pub(crate) async fn answer(&self, asked: Asked) -> Outcome<Vec<u8>> {
        let (sender, receiver) = oneshot::channel();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.senders.len();
        self.senders[turn].send((asked, sender)).map_err(|_| "the thread has ended")?;
        receiver.await?
    }
}

struct Statements<'a> {
    assets: Statement<'a>,
    concepts: Statement<'a>,
    variants: Statement<'a>,
    decisions: Statement<'a>,
    audiences: Statement<'a>,
    lookup: Statement<'a>,
    first: Statement<'a>,
    next: Statement<'a>,
    unknown: Statement<'a>,
}

fn work(connection: &Connection, receiver: &Receiver<Work>) -> Outcome<()> {
    let mut statements = Statements {
        assets: connection.prepare(ASSETS)?,
        concepts: connection.prepare(CONCEPTS)?,
        variants: connection.prepare(VARIANTS)?,
        decisions: connection.prepare(DECISIONS)?,
        audiences: connection.prepare(AUDIENCES)?,
        lookup: connection.prepare(LOOKUP)?,
        first: connection.prepare(FIRST)?,
        next: connection.prepare(NEXT)?,
        unknown: connection.prepare(UNKNOWN)?,
    };
    for (asked, sender) in receiver {
        let answer = match asked {
            Asked::Tree { after } => statements.tree(after),
            Asked::Lookup { id } => statements.lookup(id),
            Asked::Page { kind, status, after } => statements.page((&kind, &status), after),
        };
        // Whoever asked may have gone away.
        let _ = sender.send(answer);
    }
    Ok(())
}

fn id<'a>(row: &'a Row<'_>) -> Outcome<&'a [u8]> {
    Ok(row.get_ref(0)?.as_blob()?)
}

fn text<'a>(row: &'a Row<'_>, place: usize) -> Outcome<Option<&'a [u8]>> {
    Ok(row.get_ref(place)?.as_bytes_or_null()?)
}

fn int(row: &Row<'_>, place: usize) -> Outcome<Option<i64>> {
    Ok(row.get_ref(place)?.as_i64_or_null()?)
}

impl Statements<'_> {
    fn tree(&mut self, after: Uuid) -> Outcome<Vec<u8>> {
        let mut json = Json::new(r#"{"data":{"assets":{"edges":["#, 128 * 1024);
        let mut assets = self.assets.query([after.as_bytes().as_slice()])?;
        while let Some(asset) = assets.next()? {
            json.comma();
            json.raw(r#"{"node":{"id":"#);
            json.id(1, id(asset)?)?;
            json.raw(r#","title":"#);
            json.text(text(asset, 1)?)?;
            json.raw(r#","kind":"#);
            json.text(text(asset, 2)?)?;
            json.raw(r#","concepts":{"edges":["#);
            let mut concepts = self.concepts.query([id(asset)?])?;
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
            let mut variants = self.variants.query([id(asset)?])?;
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
                let mut decisions = self.decisions.query([id(variant)?])?;
                while let Some(decision) = decisions.next()? {
                    json.comma();
                    json.raw(r#"{"node":{"id":"#);
                    json.id(25, id(decision)?)?;
                    json.raw(r#","name":"#);
                    json.text(text(decision, 1)?)?;
                    json.raw(r#","status":"#);
                    json.text(text(decision, 2)?)?;
                    json.raw(r#","audiences":{"edges":["#);
                    let mut audiences = self.audiences.query([id(decision)?])?;
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

    fn lookup(&mut self, wanted: Uuid) -> Outcome<Vec<u8>> {
        let mut rows = self.lookup.query([wanted.as_bytes().as_slice()])?;
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

    fn page(&mut self, only: (&str, &str), after: Option<(Option<i64>, Uuid)>) -> Outcome<Vec<u8>> {
        let mut page =
            Page { json: Json::new(r#"{"data":{"assets":{"edges":["#, 32 * 1024), rows: 0, end: None };
        let limit = i64::try_from(PAGE + 1)?;
        let (kind, status) = only;
        let mut after_known = None;
        match after {
            None => page.take(self.first.query(params![kind, status, limit])?)?,
            Some((Some(modified), id)) => {
                page.take(self.next.query(params![
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
            page.take(self.unknown.query(params![kind, status, rest, id.as_bytes().as_slice()])?)?;
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
