//! Stores on both databases: made empty, asked for a text, and what a run tells meanwhile.

use std::io::Write;
use std::path::{Path, PathBuf};

use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Executor, PgConnection, Row};
use weft::store::Store;

use crate::Outcome;
use crate::measure::cpu_of_family;
use crate::servers::Postgres;

/// Tells how far the run is.
pub(crate) fn say(words: &str) -> Outcome<()> {
    Ok(writeln!(std::io::stderr(), "{words}")?)
}

/// The file of a store on SQLite, or nothing for Postgres.
pub(crate) fn file(url: &str) -> Option<&Path> {
    url.strip_prefix("sqlite:").map(Path::new)
}

/// The CPU seconds of the database server, where there is one on this machine.
pub(crate) fn database_cpu(postgres: Option<&Postgres>) -> Outcome<f64> {
    Ok(postgres.and_then(|server| server.pid).map(cpu_of_family).transpose()?.unwrap_or_default())
}

/// The address of the store of this name.
pub(crate) fn address(postgres: Option<&Postgres>, folder: &Path, name: &str) -> Outcome<String> {
    match postgres {
        Some(server) => {
            let (server, _) = server.url.rsplit_once('/').ok_or("the address names no database")?;
            Ok(format!("{server}/{name}"))
        }
        None => Ok(format!("sqlite:{}", folder.join(format!("{name}.db")).display())),
    }
}

/// An empty store with its tables, in the place of what had its name.
pub(crate) async fn fresh(postgres: Option<&Postgres>, folder: &Path, name: &str) -> Outcome<String> {
    let url = address(postgres, folder, name)?;
    match postgres {
        Some(server) => {
            let mut connection = PgConnection::connect(&server.url).await?;
            for sql in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
                connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
            }
        }
        None => remove(&url),
    }
    let store = Store::open(&url, 1).await?;
    store.migrate().await?;
    store.db.close().await?;
    Ok(url)
}

/// Removes the files of a store on SQLite.
pub(crate) fn remove(url: &str) {
    if let Some(file) = file(url) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(PathBuf::from(format!("{}{end}", file.display())));
        }
    }
}

/// Runs statements one after the other.
pub(crate) async fn run(url: &str, statements: &[String]) -> Outcome<()> {
    match file(url) {
        Some(file) => {
            let connection = rusqlite::Connection::open(file)?;
            for sql in statements {
                connection.execute_batch(sql).map_err(|error| format!("{error}: {sql}"))?;
            }
        }
        None => {
            let mut connection = PgConnection::connect(url).await?;
            for sql in statements {
                let ran = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.as_str()))).await;
                ran.map_err(|error| format!("{error}: {sql}"))?;
            }
        }
    }
    Ok(())
}

/// The texts that a statement answers, one a row.
pub(crate) async fn texts(url: &str, sql: &str) -> Outcome<Vec<String>> {
    match file(url) {
        Some(file) => {
            let connection = rusqlite::Connection::open(file)?;
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0))?;
            Ok(rows.map(|row| row.map(Option::unwrap_or_default)).collect::<Result<_, _>>()?)
        }
        None => {
            let mut connection = PgConnection::connect(url).await?;
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await?;
            let text = |row: &sqlx::postgres::PgRow| row.try_get::<Option<String>, _>(0);
            Ok(rows.iter().map(|row| text(row).map(Option::unwrap_or_default)).collect::<Result<_, _>>()?)
        }
    }
}
