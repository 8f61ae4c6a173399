//! Search by words over titles, descriptions, labels and copy: FTS5 on SQLite, tsvector on Postgres.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::dialect::Dialect;
use super::reader::Reader;
use super::rows::Cell;
use super::sql::Sql;
use super::table::{Asked, FLOAT};
use crate::catalogue::{Code, Holds};
use crate::error::{ClientError, Code as ErrorCode, Error};

/// The most words that one search looks for.
const MOST_WORDS: usize = 16;

/// What is searched for.
#[derive(Debug, Clone)]
pub struct Found {
    words: Vec<String>,
    codes: Vec<Code>,
    /// Only what ranks behind this place.
    pub after: Option<(f64, Uuid)>,
}

/// One thing that was found: its noun, its id, and how well it fits, the greater the better.
pub type Hit = (Code, Uuid, f64);

impl Found {
    /// A search for all words of `text`, each whole or as a beginning, in these nouns (all, if there are none).
    pub fn new(text: &str, codes: Vec<Code>, after: Option<&str>) -> Result<Self, ClientError> {
        let words: Vec<String> = text
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        if words.is_empty() {
            return Err(ClientError::input("text must have at least one letter or digit to search for."));
        }
        if words.len() > MOST_WORDS {
            let sentence = format!("text may have at most {MOST_WORDS} words; this one has {}.", words.len());
            return Err(ClientError::input(sentence));
        }
        Ok(Found { words, codes, after: after.map(read).transpose()? })
    }

    fn query(&self, dialect: Dialect) -> String {
        let word = |word: &String| match dialect {
            Dialect::Sqlite => format!("\"{word}\"*"),
            Dialect::Postgres => format!("'{word}':*"),
        };
        let words: Vec<String> = self.words.iter().map(word).collect();
        words.join(if dialect == Dialect::Postgres { " & " } else { " " })
    }

    fn hits(&self, sql: &mut Sql) {
        let query = sql.hold(self.query(sql.dialect()));
        match sql.dialect() {
            Dialect::Postgres => sql.push(&format!(
                "SELECT e.entity_type AS code, e.entity_id AS id, ts_rank(e.words, q.q)::float8 AS score \
                 FROM to_tsquery('simple', {query}) AS q(q) JOIN search_entry e ON e.words @@ q.q"
            )),
            Dialect::Sqlite => sql.push(&format!(
                "SELECT e.entity_type AS code, e.entity_id AS id, -bm25(search_words, 10.0, 4.0, 1.0) AS score \
                 FROM search_words JOIN search_entry e ON e.place = search_words.rowid \
                 WHERE search_words MATCH {query}"
            )),
        };
        if !self.codes.is_empty() {
            let codes: Vec<String> = self.codes.iter().map(ToString::to_string).collect();
            let word = if sql.dialect() == Dialect::Postgres { "WHERE" } else { "AND" };
            sql.push(&format!(" {word} e.entity_type IN ({})", codes.join(", ")));
        }
    }
}

/// The place of a hit among all, as clients carry it.
pub fn mark(hit: &Hit) -> String {
    let (_, id, score) = hit;
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(score, id.simple().to_string())).unwrap_or_default())
}

fn read(text: &str) -> Result<(f64, Uuid), ClientError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
        ClientError::new(
            ErrorCode::InvalidCursor,
            format!("{text:?} is not a cursor of a search; take one from an edge."),
        )
    })
}

impl Reader {
    /// The best hits, best first, with one more than `limit` where there is one.
    pub async fn search(&self, found: &Found, limit: usize) -> Result<Vec<Hit>, Error> {
        let mut sql = self.sql();
        sql.push("SELECT code, id, score FROM (");
        found.hits(&mut sql);
        sql.push(") h");
        if let Some((score, id)) = found.after {
            let (score, id) = (sql.hold(score), sql.hold(id));
            sql.push(&format!(" WHERE score < {score} OR (score = {score} AND id > {id})"));
        }
        sql.push(" ORDER BY score DESC, id LIMIT ").bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        // The search index ranks within one step of SQLite's machine, where nobody can look at it.
        let (statement, holds) = (sql.finish(), &[Holds::Code, Holds::Id, FLOAT]);
        let hits = self.ask(Asked { long: true, ..Asked::new(&statement, holds) }).await?;
        let hit = |row: &[Cell]| match row {
            [Cell::Int(code), Cell::Id(id), Cell::Float(score)] => {
                Some((Code::try_from(*code).ok()?, *id, *score))
            }
            _ => None,
        };
        Ok(hits.rows().filter_map(hit).collect())
    }

    /// How many hits there are.
    pub async fn count_found(&self, found: &Found) -> Result<i64, Error> {
        let mut sql = self.sql();
        sql.push("SELECT count(*) FROM (");
        found.hits(&mut sql);
        sql.push(") h");
        self.number(sql.finish(), true).await
    }
}
