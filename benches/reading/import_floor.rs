//! The floor of import: rows that need no parsing into staging tables, by `COPY` or one prepared statement a table,
//! then the same upserts, identity rows and search rows, all in one transaction.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Executor, PgConnection};
use weft::catalogue::{Entry, Weight};

use crate::Outcome;
use crate::data::{Size, Table, tables};
use crate::fill::{bind, copied};
use crate::lines::{is_stamp, noun_of, staged, target};

/// The words that the databases spell differently.
struct Words {
    /// The id of the source that all keys belong to.
    source: &'static str,
    /// The collation of keys.
    collation: &'static str,
}

const POSTGRES: Words =
    Words { source: "'00000000-0000-7000-8000-000000000001'::uuid", collation: " COLLATE \"C\"" };
const SQLITE: Words = Words { source: "x'00000000000070008000000000000001'", collation: "" };

/// Writes the files that `COPY` reads; not part of what is timed.
pub(crate) fn prepare(folder: &Path, size: Size) -> Outcome<()> {
    for table in tables(size) {
        let mut out = BufWriter::new(File::create(folder.join(table.name))?);
        for row in (0..table.rows).filter_map(|n| (table.row)(n, size)) {
            out.write_all(copied(&staged(&table, row))?.as_bytes())?;
        }
        out.flush()?;
    }
    Ok(())
}

/// Takes the files of `folder` into Postgres.
pub(crate) async fn postgres(url: &str, folder: &Path, size: Size) -> Outcome<()> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute(sqlx::raw_sql("BEGIN; SET LOCAL work_mem = '64MB'")).await?;
    for table in tables(size) {
        connection.execute(sqlx::raw_sql(AssertSqlSafe(made(&table, &POSTGRES)))).await?;
        let mut copy = connection.copy_in_raw(&format!("COPY in_{} FROM STDIN", table.name)).await?;
        let mut file = File::open(folder.join(table.name))?;
        let mut chunk = vec![0; 1 << 20];
        loop {
            match file.read(&mut chunk)? {
                0 => break,
                length => {
                    copy.send(&chunk[..length]).await?;
                }
            }
        }
        copy.finish().await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(format!("ANALYZE in_{}", table.name)))).await?;
    }
    for sql in statements(&POSTGRES, size) {
        connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    }
    connection.execute(sqlx::raw_sql("COMMIT; ANALYZE")).await?;
    Ok(())
}

/// Takes the same rows into SQLite.
pub(crate) fn sqlite(path: &Path, size: Size) -> Outcome<()> {
    let mut connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536; \
         PRAGMA temp_store = FILE",
    )?;
    let transaction = connection.transaction()?;
    for table in tables(size) {
        transaction.execute_batch(&made(&table, &SQLITE))?;
        let places = vec!["?"; columns(&table).len()].join(", ");
        let mut statement =
            transaction.prepare(&format!("INSERT INTO in_{} VALUES ({places})", table.name))?;
        for row in (0..table.rows).filter_map(|n| (table.row)(n, size)) {
            bind(&mut statement, &staged(&table, row))?;
            statement.raw_execute()?;
        }
    }
    for sql in statements(&SQLITE, size) {
        transaction.execute_batch(&sql)?;
    }
    transaction.commit()?;
    connection.execute_batch("PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

/// The columns of a staging table.
fn columns(table: &Table) -> Vec<&'static str> {
    let kept = table.columns.iter().copied().filter(|column| !is_stamp(column));
    kept.flat_map(|column| if column == "id" { vec!["id", "key"] } else { vec![column] }).collect()
}

/// The statement that makes a staging table, with keys where the table has ids.
fn made(table: &Table, words: &Words) -> String {
    let text = |name: &str| format!("CAST('' AS text){} AS {name}", words.collation);
    let columns: Vec<String> = columns(table)
        .into_iter()
        .map(
            |column| {
                if column == "key" || column.ends_with("_id") { text(column) } else { column.to_owned() }
            },
        )
        .collect();
    let name = table.name;
    format!("CREATE TEMPORARY TABLE in_{name} AS SELECT {} FROM {name} WHERE FALSE", columns.join(", "))
}

fn statements(words: &Words, size: Size) -> Vec<String> {
    let source = words.source;
    let mut all = vec![format!(
        "INSERT INTO source (id, name, created_at, updated_at) VALUES ({source}, 'import', 0, 0)"
    )];
    for table in tables(size) {
        match noun_of(&table) {
            Some(entry) => {
                let (name, code) = (table.name, entry.noun.code);
                all.push(format!(
                    "INSERT INTO external_id (source_id, entity_type, value, entity_id, match_method) \
                     SELECT {source}, {code}, key, id, 'EXACT_KEY' FROM in_{name} WHERE TRUE ON CONFLICT DO NOTHING"
                ));
                all.push(upsert(&table, entry, source));
                all.extend(search(entry));
            }
            None => all.push(pairs(&table, source)),
        }
    }
    all
}

fn identity(alias: &str, code: i16, key: &str, source: &str) -> String {
    format!(
        "external_id {alias} ON {alias}.source_id = {source} AND {alias}.entity_type = {code} \
         AND {alias}.value = i.{key}"
    )
}

fn upsert(table: &Table, entry: &Entry, source: &str) -> String {
    let name = table.name;
    let mut from = format!("in_{name} i JOIN {}", identity("e", entry.noun.code, "key", source));
    let (mut values, mut sets, mut differs) = (Vec::new(), Vec::new(), Vec::new());
    for column in table.columns {
        values.push(match (*column, target(entry, column)) {
            ("id", _) => "e.entity_id".to_owned(),
            (column, Some(code)) => {
                from.push_str(&format!(
                    " LEFT JOIN {}",
                    identity(&format!("to_{column}"), code, column, source)
                ));
                format!("to_{column}.entity_id")
            }
            (column, None) if is_stamp(column) => "0".to_owned(),
            (column, None) => format!("i.{column}"),
        });
        if *column != "id" && *column != "created_at" {
            sets.push(format!("{column} = excluded.{column}"));
            differs.push(format!("{name}.{column} IS DISTINCT FROM excluded.{column}"));
        }
    }
    format!(
        "INSERT INTO {name} ({}) SELECT {} FROM {from} WHERE TRUE ON CONFLICT (id) DO UPDATE SET {} WHERE {}",
        table.columns.join(", "),
        values.join(", "),
        sets.join(", "),
        differs.join(" OR ")
    )
}

/// The nouns at both ends of a table of pairs, by the names of its columns.
fn pairs(table: &Table, source: &str) -> String {
    let name = table.name;
    let code = |column: &str| match column {
        "subject_id" | "asset_id" => 1,
        "variant_id" => 5,
        _ => 11,
    };
    let ends: Vec<&str> = table.columns.iter().copied().filter(|column| !is_stamp(column)).collect();
    let (near, far) = (ends[0], ends[1]);
    let (column, value) = if name == "concept_tag" { (", subject_type", ", 1") } else { ("", "") };
    format!(
        "INSERT INTO {name} ({near}, {far}{column}) SELECT a.entity_id, b.entity_id{value} FROM in_{name} i \
         JOIN {} JOIN {} WHERE TRUE ON CONFLICT DO NOTHING",
        identity("a", code(near), near, source),
        identity("b", code(far), far, source),
    )
}

fn search(entry: &Entry) -> Option<String> {
    let texts = [Weight::A, Weight::B, Weight::C].map(|weight| {
        let fields = entry.noun.fields.iter().filter(|field| field.searched == Some(weight));
        let columns: Vec<&str> =
            fields.filter(|field| !field.kind.is_list()).map(|field| field.column).collect();
        match columns.as_slice() {
            [] => "''".to_owned(),
            columns => format!("concat_ws(' ', {})", columns.join(", ")),
        }
    });
    entry.noun.fields.iter().any(|field| field.searched.is_some()).then(|| {
        format!(
            "INSERT INTO search_entry (entity_id, entity_type, a, b, c) SELECT id, {}, {} FROM {} WHERE TRUE \
             ON CONFLICT (entity_id) DO UPDATE SET a = excluded.a, b = excluded.b, c = excluded.c",
            entry.noun.code,
            texts.join(", "),
            entry.noun.table
        )
    })
}

/// What must be the same after both ways.
pub(crate) const COUNTED: &str = "SELECT (SELECT count(*) FROM asset) + (SELECT count(*) FROM rule) \
    + (SELECT count(*) FROM concept_tag) + (SELECT count(*) FROM variant_asset) \
    + (SELECT count(*) FROM external_id) AS n";
