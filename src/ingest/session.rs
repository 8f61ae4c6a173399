//! The one connection an import works on, in one transaction; and how rows get into its staging tables fastest:
//! `COPY` on Postgres, many rows a prepared statement on SQLite.

use std::time::Instant;

use sea_orm::sqlx::{self, AssertSqlSafe, Executor, Postgres, Row, Sqlite, Transaction};

use super::Progress;
use super::layout::LAYOUT;
use super::sheet::{Sheet, Type};
use super::value::Cell;
use crate::store::{Dialect, Store};

/// A transaction on one connection.
pub(super) enum Session {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>),
}

/// Rows for one staging table, as its database takes them.
pub(super) enum Chunk {
    /// What `COPY … (FORMAT binary)` reads.
    Bytes { sheet: usize, bytes: Vec<u8> },
    /// Values row by row.
    Cells { sheet: usize, cells: Vec<Cell> },
}

impl Chunk {
    /// The place of the staging table.
    pub(super) fn sheet(&self) -> usize {
        match self {
            Chunk::Bytes { sheet, .. } | Chunk::Cells { sheet, .. } => *sheet,
        }
    }
}

impl Session {
    /// Begins.
    pub(super) async fn begin(store: &Store) -> Result<Self, sqlx::Error> {
        match store.dialect {
            Dialect::Postgres => {
                let mut transaction = store.db.get_postgres_connection_pool().begin().await?;
                let settings = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off";
                transaction.execute(sqlx::raw_sql(settings)).await?;
                Ok(Session::Postgres(transaction))
            }
            Dialect::Sqlite => {
                let mut transaction = store.db.get_sqlite_connection_pool().begin().await?;
                transaction.execute(sqlx::raw_sql("PRAGMA cache_size = -65536")).await?;
                transaction.execute(sqlx::raw_sql("PRAGMA temp.cache_size = -16000")).await?;
                Ok(Session::Sqlite(transaction))
            }
        }
    }

    /// Waits until no other import writes, and keeps others from it until the end. Says so where it has to wait.
    pub(super) async fn take_turn(&mut self, progress: &dyn Progress) -> Result<(), sqlx::Error> {
        const WAITING: &str = "waiting for another import to end";
        let turn = self.dialect().turn();
        match self.dialect().turn_if_free() {
            Some(free) => {
                if self.number(&free).await? == 0 {
                    progress.phase(WAITING);
                    self.run(&turn).await?;
                }
            }
            None => {
                // A long import writes for minutes; SQLite by itself would not wait so long, and say nothing.
                self.run("PRAGMA busy_timeout = 200").await?;
                let mut waits = false;
                while let Err(error) = self.run(&turn).await {
                    if !is_busy(&error) {
                        return Err(error);
                    }
                    if !std::mem::replace(&mut waits, true) {
                        progress.phase(WAITING);
                    }
                }
                self.run("PRAGMA busy_timeout = 5000").await?;
            }
        }
        Ok(())
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Session::Postgres(_) => Dialect::Postgres,
            Session::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Runs a statement made of our own words; answers how many rows it touched.
    pub(super) async fn run(&mut self, sql: &str) -> Result<u64, sqlx::Error> {
        let (shown, begun) = (sql, Instant::now());
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let rows = match self {
            Session::Postgres(transaction) => transaction.execute(sql).await?.rows_affected(),
            Session::Sqlite(transaction) => transaction.execute(sql).await?.rows_affected(),
        };
        tracing::debug!(
            rows,
            milliseconds = begun.elapsed().as_millis(),
            sql = shown,
            "a statement of an import"
        );
        Ok(rows)
    }

    /// The rows of a statement all of whose columns are text.
    pub(super) async fn texts(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, sqlx::Error> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Session::Postgres(transaction) => {
                let rows = transaction.fetch_all(sql).await?;
                rows.iter().map(|row| (0..row.len()).map(|place| row.try_get(place)).collect()).collect()
            }
            Session::Sqlite(transaction) => {
                let rows = transaction.fetch_all(sql).await?;
                rows.iter().map(|row| (0..row.len()).map(|place| row.try_get(place)).collect()).collect()
            }
        }
    }

    /// The number that a statement answers in its column `n`, 0 where it answers no row.
    pub(super) async fn number(&mut self, sql: &str) -> Result<i64, sqlx::Error> {
        let rows = self.texts(&format!("SELECT CAST(n AS text) FROM ({sql}) AS numbers")).await?;
        let number = rows.into_iter().flatten().flatten().next();
        Ok(number.and_then(|number| number.parse().ok()).unwrap_or_default())
    }

    /// Whether a statement answers any row.
    pub(super) async fn any(&mut self, sql: &str) -> Result<bool, sqlx::Error> {
        Ok(self.number(&format!("SELECT CASE WHEN EXISTS ({sql}) THEN 1 ELSE 0 END AS n")).await? == 1)
    }

    /// Makes a table that only this import sees; `keyed` where no two rows have the same first column.
    pub(super) async fn create(&mut self, sheet: &Sheet, keyed: bool) -> Result<(), sqlx::Error> {
        let dialect = self.dialect();
        let mut columns: Vec<String> = sheet
            .columns
            .iter()
            .map(|(name, kind)| format!("{name} {}", type_name(dialect, *kind)))
            .collect();
        if let (true, Dialect::Sqlite, Some(first)) = (keyed, dialect, columns.first_mut()) {
            // This makes the line the row's own place, which costs nothing and finds it at once.
            first.push_str(" PRIMARY KEY");
        }
        let (table, end) = (&sheet.table, until_end(dialect));
        self.run(&format!("CREATE TEMPORARY TABLE {table} ({}){end}", columns.join(", "))).await?;
        Ok(())
    }

    /// Puts rows into a staging table.
    pub(super) async fn put(&mut self, chunk: Chunk) -> Result<(), sqlx::Error> {
        match (self, chunk) {
            (Session::Postgres(transaction), Chunk::Bytes { sheet, bytes }) => {
                let table = &LAYOUT.sheets[sheet].table;
                let mut copy =
                    transaction.copy_in_raw(&format!("COPY {table} FROM STDIN (FORMAT binary)")).await?;
                copy.send(bytes).await?;
                copy.finish().await?;
                Ok(())
            }
            (Session::Sqlite(transaction), Chunk::Cells { sheet, cells }) => {
                insert(transaction, &LAYOUT.sheets[sheet], cells).await
            }
            _ => Err(sqlx::Error::Protocol("a chunk was made for the other database".to_owned())),
        }
    }

    /// Ends; everything is there.
    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.reset().await?;
        match self {
            Session::Postgres(transaction) => transaction.commit().await,
            Session::Sqlite(transaction) => transaction.commit().await,
        }
    }

    /// Ends; nothing happened.
    pub(super) async fn rollback(mut self) -> Result<(), sqlx::Error> {
        self.reset().await?;
        match self {
            Session::Postgres(transaction) => transaction.rollback().await,
            Session::Sqlite(transaction) => transaction.rollback().await,
        }
    }

    async fn reset(&mut self) -> Result<(), sqlx::Error> {
        if let Session::Sqlite(_) = self {
            self.run("PRAGMA cache_size = -16000").await?;
        }
        Ok(())
    }
}

/// Whether SQLite only says that another writes.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| Dialect::Sqlite.is_busy(&code))
}

/// The end of such a table's definition.
pub(super) fn until_end(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => " ON COMMIT DROP",
        Dialect::Sqlite => "",
    }
}

/// A column's type.
pub(super) fn type_name(dialect: Dialect, kind: Type) -> &'static str {
    match (dialect, kind) {
        (Dialect::Postgres, Type::Small) => "smallint",
        (Dialect::Postgres, Type::Int) => "integer",
        (Dialect::Postgres, Type::Big) => "bigint",
        (Dialect::Postgres, Type::Float) => "double precision",
        (Dialect::Postgres, Type::Bool) => "boolean",
        (Dialect::Postgres, Type::Text) => "text COLLATE \"C\"",
        (Dialect::Postgres, Type::Day) => "date",
        (Dialect::Postgres, Type::Id) => "uuid",
        (Dialect::Sqlite, Type::Small | Type::Int | Type::Big | Type::Bool) => "integer",
        (Dialect::Sqlite, Type::Float) => "real",
        (Dialect::Sqlite, Type::Text | Type::Day) => "text",
        (Dialect::Sqlite, Type::Id) => "blob",
    }
}

/// Rows in statements of at most this many values, so that few different statements are prepared.
const VALUES: usize = 4_096;

/// How many rows one statement puts into a table of this many columns.
pub(super) fn rows_a_statement(columns: usize) -> usize {
    (VALUES / columns.max(1)).max(1)
}

async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    sheet: &Sheet,
    cells: Vec<Cell>,
) -> Result<(), sqlx::Error> {
    let width = sheet.columns.len();
    let most = rows_a_statement(width);
    let mut left = cells.len() / width;
    let mut cells = cells.into_iter();
    while left > 0 {
        // Whole statements first, then ever smaller ones: a rest never needs a statement of its own.
        let rows = if left >= most { most } else { 1 << left.ilog2() };
        let row = format!("({})", vec!["?"; width].join(","));
        let sql = format!("INSERT INTO {} VALUES {}", sheet.table, vec![row; rows].join(","));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for cell in cells.by_ref().take(rows * width) {
            query = match cell {
                Cell::Null => query.bind(None::<i64>),
                Cell::Small(number) => query.bind(i64::from(number)),
                Cell::Int(number) => query.bind(i64::from(number)),
                Cell::Big(number) => query.bind(number),
                Cell::Float(number) => query.bind(number),
                Cell::Bool(yes) => query.bind(yes),
                Cell::Text(text) => query.bind(text),
                Cell::Day(day) => query.bind(day.to_string()),
                Cell::Id(id) => query.bind(id.as_bytes().to_vec()),
            };
        }
        transaction.execute(query).await?;
        left -= rows;
    }
    Ok(())
}
