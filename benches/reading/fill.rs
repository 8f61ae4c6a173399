//! Fills a store with the content of `data`: `COPY` on Postgres, one prepared statement a table on SQLite.

use std::fmt::Write as _;
use std::path::Path;

use sea_orm::sqlx::{self, Executor};
use weft::store::{Dialect, Store};

use crate::Outcome;
use crate::data::{Cell, Size, Table, tables};

/// Makes the tables, fills them and lets the database look at what it has.
pub(crate) async fn fill(url: &str, size: Size) -> Outcome<()> {
    let store = Store::open(url, 1).await?;
    store.migrate().await?;
    match store.dialect {
        Dialect::Postgres => postgres(&store, size).await,
        Dialect::Sqlite => {
            store.db.clone().close().await?;
            sqlite(Path::new(url.trim_start_matches("sqlite:")), size)
        }
    }
}

async fn postgres(store: &Store, size: Size) -> Outcome<()> {
    let pool = store.db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await?;
    for table in tables(size) {
        let sql = format!("COPY {} ({}) FROM STDIN", table.name, table.columns.join(", "));
        let mut copy = connection.copy_in_raw(&sql).await?;
        let mut text = String::with_capacity(1 << 20);
        for row in (0..table.rows).filter_map(|n| (table.row)(n, size)) {
            text.push_str(&copied(&row)?);
            if text.len() > 1_000_000 {
                copy.send(text.as_bytes()).await?;
                text.clear();
            }
        }
        copy.send(text.as_bytes()).await?;
        copy.finish().await?;
    }
    // What autovacuum would do in its own time, done before anything is measured.
    connection.execute(sqlx::raw_sql("VACUUM ANALYZE")).await?;
    connection.execute(sqlx::raw_sql("CHECKPOINT")).await?;
    Ok(())
}

fn sqlite(path: &Path, size: Size) -> Outcome<()> {
    let mut connection = rusqlite::Connection::open(path)?;
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000")?;
    let transaction = connection.transaction()?;
    for table in tables(size) {
        insert(&transaction, &table, size)?;
    }
    transaction.commit()?;
    connection.execute_batch("PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

fn insert(connection: &rusqlite::Connection, table: &Table, size: Size) -> Outcome<()> {
    let places = vec!["?"; table.columns.len()].join(", ");
    let sql = format!("INSERT INTO {} ({}) VALUES ({places})", table.name, table.columns.join(", "));
    let mut statement = connection.prepare(&sql)?;
    for row in (0..table.rows).filter_map(|n| (table.row)(n, size)) {
        bind(&mut statement, &row)?;
        statement.raw_execute()?;
    }
    Ok(())
}

/// A row as `COPY` reads it.
pub(crate) fn copied(row: &[Cell]) -> Outcome<String> {
    let mut text = String::with_capacity(256);
    for (place, cell) in row.iter().enumerate() {
        text.push_str(if place > 0 { "\t" } else { "" });
        match cell {
            Cell::Null => text.push_str("\\N"),
            Cell::Id(id) => write!(text, "{id}")?,
            Cell::Int(number) => write!(text, "{number}")?,
            Cell::Text(words) => text.push_str(words),
            Cell::Word(word) => text.push_str(word),
        }
    }
    text.push('\n');
    Ok(text)
}

/// Binds a row to a prepared statement.
pub(crate) fn bind(statement: &mut rusqlite::Statement<'_>, row: &[Cell]) -> Outcome<()> {
    for (place, cell) in row.iter().enumerate() {
        let place = place + 1;
        match cell {
            Cell::Null => statement.raw_bind_parameter(place, rusqlite::types::Null)?,
            Cell::Id(id) => statement.raw_bind_parameter(place, id.as_bytes().as_slice())?,
            Cell::Int(number) => statement.raw_bind_parameter(place, number)?,
            Cell::Text(text) => statement.raw_bind_parameter(place, text.as_str())?,
            Cell::Word(word) => statement.raw_bind_parameter(place, *word)?,
        }
    }
    Ok(())
}
