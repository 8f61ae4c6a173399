//! The floor on Postgres: one flat prepared statement a level on a held connection, read as the bytes that came.

use sea_orm::sqlx::postgres::{PgArguments, PgRow, Postgres};
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::{self, PgConnection, Row};
use uuid::Uuid;

use crate::Outcome;
use crate::floor::{Asked, PAGE, written};
use crate::held::Connections;
use crate::json::Json;

const ASSETS: &str = "SELECT id, title, kind FROM asset WHERE id > $1 ORDER BY id LIMIT 50";

const CONCEPTS: &str = "SELECT p.n, q.id, q.pref_label, q.notation \
    FROM unnest($1::uuid[]) WITH ORDINALITY AS p(id, n) CROSS JOIN LATERAL (\
    SELECT t.id, t.pref_label, t.notation FROM concept_tag l JOIN concept t ON t.id = l.concept_id \
    WHERE l.subject_id = p.id ORDER BY l.concept_id LIMIT 5) q ORDER BY p.n, q.id";

const VARIANTS: &str = "SELECT p.n, q.id, q.text, q.channel, q.language \
    FROM unnest($1::uuid[]) WITH ORDINALITY AS p(id, n) CROSS JOIN LATERAL (\
    SELECT t.id, t.text, t.channel, t.language FROM variant_asset l JOIN variant t ON t.id = l.variant_id \
    WHERE l.asset_id = p.id ORDER BY l.variant_id LIMIT 2) q ORDER BY p.n, q.id";

const DECISIONS: &str = "SELECT p.n, t.id, t.name, t.status \
    FROM unnest($1::uuid[]) WITH ORDINALITY AS p(id, n) CROSS JOIN LATERAL (\
    SELECT DISTINCT r.decision_id FROM rule r WHERE r.variant_id = p.id ORDER BY r.decision_id LIMIT 2) q \
    JOIN decision t ON t.id = q.decision_id ORDER BY p.n, t.id";

const AUDIENCES: &str = "SELECT p.n, t.id, t.name, t.size \
    FROM unnest($1::uuid[]) WITH ORDINALITY AS p(id, n) CROSS JOIN LATERAL (\
    SELECT DISTINCT r.audience_id FROM rule r WHERE r.decision_id = p.id ORDER BY r.audience_id LIMIT 2) q \
    JOIN audience t ON t.id = q.audience_id ORDER BY p.n, t.id";

const LOOKUP: &str = "SELECT a.id, a.title, a.description, a.creator, a.format, a.kind, a.status, a.language, \
    a.alt_text, a.credit_line, b.name FROM asset a LEFT JOIN brand b ON b.id = a.brand_id WHERE a.id = $1";

macro_rules! page {
    ($condition:literal, $order:literal) => {
        concat!(
            "SELECT a.id, a.title, a.kind, a.status, a.format, a.language, a.production_cost, a.currency, \
             a.modified, b.name FROM asset a LEFT JOIN brand b ON b.id = a.brand_id \
             WHERE a.kind = $1 AND a.status = $2 ",
            $condition,
            " ORDER BY ",
            $order,
            " LIMIT $3"
        )
    };
}

const FIRST: &str = page!("", "a.modified DESC NULLS LAST, a.id DESC");
const NEXT: &str = page!("AND (a.modified, a.id) < ($4, $5)", "a.modified DESC NULLS LAST, a.id DESC");
const UNKNOWN: &str = page!("AND a.modified IS NULL AND a.id < $4", "a.id DESC");

type Asking = Query<'static, Postgres, PgArguments>;

/// The database, over held connections.
pub(crate) struct Pool(Connections);

impl Pool {
    /// Opens all connections.
    pub(crate) async fn open(url: &str) -> Outcome<Self> {
        Ok(Pool(Connections::open(url).await?))
    }

    /// Answers one question.
    pub(crate) async fn answer(&self, asked: &Asked) -> Outcome<Vec<u8>> {
        let (_turn, mut connection) = self.0.take().await?;
        let answer = match asked {
            Asked::Tree { after } => tree(&mut connection, *after).await,
            Asked::Lookup { id } => lookup(&mut connection, *id).await,
            Asked::Page { kind, status, after } => page(&mut connection, (kind, status), *after).await,
        };
        self.0.give(connection);
        answer
    }
}

fn bytes(row: &PgRow, place: usize) -> Outcome<Option<&[u8]>> {
    let value = row.try_get_raw(place)?;
    if sqlx::ValueRef::is_null(&value) { Ok(None) } else { Ok(Some(value.as_bytes()?)) }
}

fn int(row: &PgRow, place: usize) -> Outcome<Option<i64>> {
    bytes(row, place)?.map(|bytes| Ok(i64::from_be_bytes(bytes.try_into()?))).transpose()
}

fn id(row: &PgRow, place: usize) -> Outcome<&[u8]> {
    Ok(bytes(row, place)?.ok_or("an id is missing")?)
}

fn ids(rows: &[PgRow], place: usize) -> Outcome<Vec<Uuid>> {
    rows.iter().map(|row| Ok(Uuid::from_slice(id(row, place)?)?)).collect()
}

/// The rows of a level, handed out parent by parent.
struct Level(std::iter::Enumerate<std::vec::IntoIter<PgRow>>, Option<(usize, PgRow)>);

impl Level {
    fn new(rows: Vec<PgRow>) -> Self {
        let mut rows = rows.into_iter().enumerate();
        let next = rows.next();
        Level(rows, next)
    }

    /// The next row of this parent, with its place in the level.
    fn next(&mut self, parent: usize) -> Outcome<Option<(usize, PgRow)>> {
        match &self.1 {
            Some((_, row)) if int(row, 0)? == Some(i64::try_from(parent)? + 1) => {
                Ok(std::mem::replace(&mut self.1, self.0.next()))
            }
            _ => Ok(None),
        }
    }
}

async fn below(connection: &mut PgConnection, sql: &'static str, parents: Vec<Uuid>) -> Outcome<Vec<PgRow>> {
    Ok(sqlx::query(sql).bind(parents).fetch_all(connection).await?)
}

async fn tree(connection: &mut PgConnection, after: Uuid) -> Outcome<Vec<u8>> {
    let assets = sqlx::query(ASSETS).bind(after).fetch_all(&mut *connection).await?;
    let concepts = below(connection, CONCEPTS, ids(&assets, 0)?).await?;
    let variants = below(connection, VARIANTS, ids(&assets, 0)?).await?;
    let decisions = below(connection, DECISIONS, ids(&variants, 1)?).await?;
    let audiences = below(connection, AUDIENCES, ids(&decisions, 1)?).await?;
    let (mut concepts, mut variants) = (Level::new(concepts), Level::new(variants));
    let (mut decisions, mut audiences) = (Level::new(decisions), Level::new(audiences));
    let mut json = Json::new(r#"{"data":{"assets":{"edges":["#, 128 * 1024);
    for (place, asset) in assets.iter().enumerate() {
        json.comma();
        json.raw(r#"{"node":{"id":"#);
        json.id(1, id(asset, 0)?)?;
        json.raw(r#","title":"#);
        json.text(bytes(asset, 1)?)?;
        json.raw(r#","kind":"#);
        json.text(bytes(asset, 2)?)?;
        json.raw(r#","concepts":{"edges":["#);
        while let Some((_, concept)) = concepts.next(place)? {
            json.comma();
            json.raw(r#"{"node":{"id":"#);
            json.id(11, id(&concept, 1)?)?;
            json.raw(r#","prefLabel":"#);
            json.text(bytes(&concept, 2)?)?;
            json.raw(r#","notation":"#);
            json.text(bytes(&concept, 3)?)?;
            json.raw("}}");
        }
        json.raw(r#"]},"variants":{"edges":["#);
        while let Some((place, variant)) = variants.next(place)? {
            json.comma();
            json.raw(r#"{"node":{"id":"#);
            json.id(5, id(&variant, 1)?)?;
            json.raw(r#","text":"#);
            json.text(bytes(&variant, 2)?)?;
            json.raw(r#","channel":"#);
            json.text(bytes(&variant, 3)?)?;
            json.raw(r#","language":"#);
            json.text(bytes(&variant, 4)?)?;
            json.raw(r#","decisions":{"edges":["#);
            while let Some((place, decision)) = decisions.next(place)? {
                json.comma();
                json.raw(r#"{"node":{"id":"#);
                json.id(25, id(&decision, 1)?)?;
                json.raw(r#","name":"#);
                json.text(bytes(&decision, 2)?)?;
                json.raw(r#","status":"#);
                json.text(bytes(&decision, 3)?)?;
                json.raw(r#","audiences":{"edges":["#);
                while let Some((_, audience)) = audiences.next(place)? {
                    json.comma();
                    json.raw(r#"{"node":{"id":"#);
                    json.id(20, id(&audience, 1)?)?;
                    json.raw(r#","name":"#);
                    json.text(bytes(&audience, 2)?)?;
                    json.raw(r#","size":"#);
                    json.int(int(&audience, 3)?)?;
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

async fn lookup(connection: &mut PgConnection, wanted: Uuid) -> Outcome<Vec<u8>> {
    let Some(row) = sqlx::query(LOOKUP).bind(wanted).fetch_optional(connection).await? else {
        return Ok(br#"{"data":{"asset":null}}"#.to_vec());
    };
    let mut json = Json::new(r#"{"data":{"asset":{"id":"#, 1024);
    json.id(1, id(&row, 0)?)?;
    for (place, name) in crate::json::LOOKUP.iter().enumerate() {
        json.raw(name);
        json.text(bytes(&row, place + 1)?)?;
    }
    json.brand(bytes(&row, 10)?)?;
    json.raw("}}}");
    Ok(json.0)
}

async fn page(
    connection: &mut PgConnection,
    (kind, status): (&str, &str),
    after: Option<(Option<i64>, Uuid)>,
) -> Outcome<Vec<u8>> {
    let limit = i64::try_from(PAGE + 1)?;
    let asking = |sql: &'static str, limit: i64| -> Asking {
        sqlx::query(sql).bind(kind.to_owned()).bind(status.to_owned()).bind(limit)
    };
    let rows = match after {
        None => asking(FIRST, limit).fetch_all(&mut *connection).await?,
        Some((Some(modified), id)) => {
            let known = asking(NEXT, limit).bind(modified).bind(id);
            let mut rows = known.fetch_all(&mut *connection).await?;
            if rows.len() <= PAGE {
                let rest = limit - i64::try_from(rows.len())?;
                rows.extend(asking(UNKNOWN, rest).bind(Uuid::max()).fetch_all(connection).await?);
            }
            rows
        }
        Some((None, id)) => asking(UNKNOWN, limit).bind(id).fetch_all(connection).await?,
    };
    let mut json = Json::new(r#"{"data":{"assets":{"edges":["#, 32 * 1024);
    let mut end = None;
    for row in rows.iter().take(PAGE) {
        json.comma();
        json.raw(r#"{"node":{"id":"#);
        json.id(1, id(row, 0)?)?;
        for (place, name) in crate::json::PAGE.iter().enumerate() {
            json.raw(name);
            match place {
                5 => json.money(int(row, 6)?),
                7 => json.moment(int(row, 8)?),
                _ => json.text(bytes(row, place + 1)?)?,
            }
        }
        json.brand(bytes(row, 9)?)?;
        json.raw("}}");
        end = Some((int(row, 8)?, id(row, 0)?));
    }
    let end = end.map(|(modified, id)| written(modified, id)).transpose()?;
    json.page_info(rows.len() > PAGE, end.as_deref())?;
    Ok(json.0)
}
