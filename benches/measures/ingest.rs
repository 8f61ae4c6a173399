//! Ingest, measured: events posted to the gateway over one connection, beside the same rows by the database's own bulk way
//! into the same tables, with their sums.

use std::io::Write;
use std::path::Path;

use crate::content::{Shape, Words};
use crate::events::Body;
use crate::measure::{cpu, peak_memory};
use crate::process::Server;
use crate::servers::Postgres;
use crate::stores::{database_cpu, file, fresh, remove, run as run_all, say, texts};
use crate::sums::compared;
use crate::{Arguments, Outcome, ingest_postgres, ingest_sqlite};

/// Over how many days the facts of the events lie.
const DAYS: i64 = 60;

/// As many as the gateway takes in by one transaction.
pub(crate) const CHUNK: i64 = 10_000;

/// What one way took.
#[derive(Debug, Default)]
struct Took {
    seconds: f64,
    /// CPU seconds of the gateway or of the floor's own process, and of the database server.
    server: f64,
    database: f64,
    memory: f64,
    /// What came out, table by table.
    rows: Vec<(&'static str, String)>,
}

/// Runs it on both databases.
pub(crate) async fn run(arguments: &Arguments) -> Outcome<()> {
    let shape = Shape { facts: arguments.events, days: DAYS, sources: 1 };
    let mut lines = vec![
        "| database | way | s | events/s | speed of the floor: the same transactions, one | CPU s: server + database | peak MB |"
            .to_owned(),
        "|---|---|---|---|---|---|---|".to_owned(),
    ];
    let bodies = [Body::new(shape, false)?, Body::new(shape, true)?];
    for name in ["sqlite", "postgres"].into_iter().filter(|name| arguments.wants(name)) {
        let mut server = match name {
            "postgres" => Some(Postgres::open(arguments.postgres.clone()).await?),
            _ => None,
        };
        lines.extend(on(name, server.as_ref(), (shape, &bodies)).await?);
        if let Some(server) = &mut server {
            server.stop();
        }
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "Ingest: {} events as lines ({:.0} MB, {:.0} MB packed) over one connection; the mark is half the floor's speed.\n",
        shape.facts,
        bodies[0].megabytes(),
        bodies[1].megabytes()
    )?;
    Ok(writeln!(out, "{}\n", lines.join("\n"))?)
}

async fn on(
    name: &str,
    postgres: Option<&Postgres>,
    (shape, bodies): (Shape, &[Body; 2]),
) -> Outcome<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let mut floors = Vec::new();
    for (way, chunk) in [("floor, 10,000 a transaction", CHUNK), ("floor, one transaction", shape.facts)] {
        say(&format!("{name}: {} events by hand, {chunk} a transaction", shape.facts))?;
        let url = store(postgres, folder.path(), shape).await?;
        floors.push((way, floor(&url, postgres, (shape, chunk)).await?));
    }
    let mut weft = Vec::new();
    for (way, body) in [("Weft", &bodies[0]), ("Weft, gzip", &bodies[1])] {
        say(&format!("{name}: {} events posted, {:.0} MB", shape.facts, body.megabytes()))?;
        let url = store(postgres, folder.path(), shape).await?;
        weft.push((way, posted(&url, postgres, (shape, body), folder.path()).await?));
    }
    let first = floors.first().map(|(_, took)| &took.rows).ok_or("no floor")?;
    for (way, took) in floors.iter().chain(&weft) {
        if let Some((other, one)) = took.rows.iter().zip(first).find(|(one, other)| one != other) {
            return Err(format!("{name}, {way}: {other:?} beside {one:?}").into());
        }
    }
    say(&format!("{name}: all ways end with the same rows and sums"))?;
    let against: Vec<f64> = floors.iter().map(|(_, took)| took.seconds).collect();
    let line = |way: &str, took: &Took, is_weft: bool| {
        let ratios: Vec<String> =
            against.iter().map(|floor| format!("{:.2}", floor / took.seconds)).collect();
        let ratios = if is_weft { ratios.join(", ") } else { String::new() };
        format!(
            "| {name} | {way} | {:.1} | {:.0} | {ratios} | {:.1} + {:.1} | {:.0} |",
            took.seconds,
            shape.facts as f64 / took.seconds,
            took.server,
            took.database,
            took.memory,
        )
    };
    let floors = floors.iter().map(|(way, took)| line(way, took, false));
    Ok(weft.iter().map(|(way, took)| line(way, took, true)).chain(floors).collect())
}

/// An empty store with the things that facts are about.
async fn store(postgres: Option<&Postgres>, folder: &Path, shape: Shape) -> Outcome<String> {
    let url = fresh(postgres, folder, "weft_bench_ingest").await?;
    let dialect = dialect(&url);
    let mut statements = Words(dialect).things(shape.sources);
    statements.push("ANALYZE".to_owned());
    if postgres.is_some() {
        statements.push("CHECKPOINT".to_owned());
    }
    run_all(&url, &statements).await?;
    Ok(url)
}

/// Which database is at this address.
pub(crate) fn dialect(url: &str) -> weft::store::Dialect {
    match file(url) {
        Some(_) => weft::store::Dialect::Sqlite,
        None => weft::store::Dialect::Postgres,
    }
}

async fn posted(
    url: &str,
    postgres: Option<&Postgres>,
    (shape, body): (Shape, &Body),
    folder: &Path,
) -> Outcome<Took> {
    let weft = Server::weft(url, folder).await?;
    let before = (cpu(weft.pid())?, database_cpu(postgres)?);
    let (seconds, taken) = body.send(&weft.address).await?;
    if taken != shape.facts {
        return Err(format!("{taken} of {} events were taken", shape.facts).into());
    }
    let mut took = Took {
        seconds,
        server: cpu(weft.pid())? - before.0,
        database: database_cpu(postgres)? - before.1,
        memory: peak_memory(weft.pid())?,
        rows: Vec::new(),
    };
    drop(weft);
    took.rows = rows(url).await?;
    remove(url);
    Ok(took)
}

async fn floor(url: &str, postgres: Option<&Postgres>, (shape, chunk): (Shape, i64)) -> Outcome<Took> {
    let this = std::process::id();
    let before = (cpu(this)?, database_cpu(postgres)?);
    let seconds = match file(url) {
        Some(file) => ingest_sqlite::take(file, shape, chunk)?,
        None => ingest_postgres::take(url, shape, chunk).await?,
    };
    let mut took = Took {
        seconds,
        server: cpu(this)? - before.0,
        database: database_cpu(postgres)? - before.1,
        ..Took::default()
    };
    took.rows = rows(url).await?;
    remove(url);
    Ok(took)
}

/// What is in the store, table by table, as far as it must be the same.
async fn rows(url: &str) -> Outcome<Vec<(&'static str, String)>> {
    let mut rows = Vec::new();
    for (table, sql) in compared() {
        rows.push((table, texts(url, &sql).await?.pop().unwrap_or_default()));
    }
    Ok(rows)
}
