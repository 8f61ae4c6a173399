//! Fills a store of measures inside the database: facts from numbers alone, without indexes while they come, and the sums
//! from the facts.

use std::path::Path;

use weft::store::Dialect;

use crate::Outcome;
use crate::content::{Shape, Words};
use crate::ingest::dialect;
use crate::servers::Postgres;
use crate::stores::{file, fresh, run, say, texts};
use crate::sums;

/// The tables that are filled without their indexes.
const LARGE: &str = "('performance_fact', 'journey_fact')";

/// Makes the store of this name.
pub(crate) async fn fill(
    postgres: Option<&Postgres>,
    (folder, name): (&Path, &str),
    shape: Shape,
) -> Outcome<String> {
    let url = fresh(postgres, folder, name).await?;
    let dialect = dialect(&url);
    let (names, made) = match dialect {
        Dialect::Postgres => (
            format!(
                "SELECT indexname FROM pg_indexes WHERE tablename IN {LARGE} AND indexname NOT LIKE '%_pkey' ORDER BY 1"
            ),
            format!(
                "SELECT indexdef FROM pg_indexes WHERE tablename IN {LARGE} AND indexname NOT LIKE '%_pkey' ORDER BY 1"
            ),
        ),
        Dialect::Sqlite => {
            let of = format!(
                "FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN {LARGE} ORDER BY name"
            );
            (format!("SELECT name {of}"), format!("SELECT sql {of}"))
        }
    };
    let (names, indexes) = (texts(&url, &names).await?, texts(&url, &made).await?);
    let words = Words(dialect);
    say(&format!("filling {name} with {} facts over {} days", shape.facts, shape.days))?;
    // One connection for all, so that its settings hold.
    let mut all = begin(dialect);
    all.extend(names.iter().map(|name| format!("DROP INDEX {name}")));
    all.extend(words.things(shape.sources));
    all.extend([words.facts(shape), words.journeys(shape), words.events(shape)]);
    all.extend(sums::all(dialect));
    all.extend(indexes);
    all.extend(end(dialect));
    run(&url, &all).await?;
    if let Some(file) = file(&url) {
        let connection = rusqlite::Connection::open(file)?;
        connection.execute_batch("PRAGMA journal_mode = WAL")?;
    }
    Ok(url)
}

fn begin(dialect: Dialect) -> Vec<String> {
    let words: &[&str] = match dialect {
        // Without its triggers a foreign key is not looked at; what it points at is there.
        Dialect::Postgres => &[
            "SET session_replication_role = replica",
            "SET work_mem = '256MB'",
            "SET maintenance_work_mem = '256MB'",
            "SET synchronous_commit = off",
        ],
        Dialect::Sqlite => &[
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "PRAGMA foreign_keys = OFF",
            "PRAGMA cache_size = -400000",
        ],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What a database would do in its own time, done before anything is measured.
fn end(dialect: Dialect) -> Vec<String> {
    let words: &[&str] = match dialect {
        Dialect::Postgres => &["VACUUM ANALYZE", "CHECKPOINT"],
        Dialect::Sqlite => &["PRAGMA analysis_limit = 1000", "ANALYZE"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}
