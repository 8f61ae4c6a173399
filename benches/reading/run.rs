//! One run: for each database the content, the servers, the proof that both answer the same, and the measuring.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Executor, PgConnection};
use serde_json::Value;

use crate::client::{Connection, load};
use crate::data::Size;
use crate::fill::fill;
use crate::measure::{cpu, cpu_of_family, peak_memory};
use crate::process::Server;
use crate::servers::Postgres;
use crate::table::{Line, Side, print};
use crate::workloads::{Workload, leaves, workloads};
use crate::{Arguments, Outcome};

/// Both sides are measured in turns, so that what else the machine does falls on both.
const ROUNDS: usize = 3;

/// Where a store is, and which process does its work beside the gateway.
struct Stored {
    name: &'static str,
    url: String,
    server: Option<u32>,
}

/// Runs everything that the arguments ask for.
pub(crate) async fn run(arguments: &Arguments) -> Outcome<()> {
    let size = Size { assets: arguments.assets };
    let temporary = tempfile::tempdir()?;
    let mut lines = Vec::new();
    if wanted(arguments, "sqlite") {
        let folder = arguments.keep.as_deref().unwrap_or(temporary.path());
        let file = folder.join(format!("weft-bench-{}.db", size.assets));
        let url = format!("sqlite:{}", file.display());
        if !file.exists() {
            say(&format!("filling SQLite with {} assets and what belongs to them", size.assets))?;
            fill(&url, size).await?;
        }
        let stored = Stored { name: "SQLite", url, server: None };
        lines.extend(measured(arguments, &stored, temporary.path()).await?);
    }
    if wanted(arguments, "postgres") {
        let mut postgres = Postgres::open(arguments.postgres.clone()).await?;
        let url = database(&postgres.url).await?;
        say(&format!("filling Postgres with {} assets and what belongs to them", size.assets))?;
        fill(&url, size).await?;
        let stored = Stored { name: "Postgres", url, server: postgres.pid };
        lines.extend(measured(arguments, &stored, temporary.path()).await?);
        postgres.stop();
    }
    print(&lines)
}

/// Whether this database is asked for.
pub(crate) fn wanted(arguments: &Arguments, name: &str) -> bool {
    arguments.only.as_deref().is_none_or(|only| only == name)
}

/// Tells how far the run is.
pub(crate) fn say(words: &str) -> Outcome<()> {
    Ok(writeln!(std::io::stderr(), "{words}")?)
}

/// A database of our own on the server at `url`.
pub(crate) async fn database(url: &str) -> Outcome<String> {
    let mut connection = PgConnection::connect(url).await?;
    for sql in ["DROP DATABASE IF EXISTS weft_bench", "CREATE DATABASE weft_bench"] {
        connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    }
    let (server, _) = url.rsplit_once('/').ok_or("the address names no database")?;
    Ok(format!("{server}/weft_bench"))
}

async fn measured(arguments: &Arguments, stored: &Stored, folder: &Path) -> Outcome<Vec<Line>> {
    let weft = Server::weft(&stored.url, folder).await?;
    let all = workloads(&weft.address).await?;
    let asked = all
        .iter()
        .filter(|workload| arguments.filter.as_deref().is_none_or(|filter| workload.name.contains(filter)));
    if let Some(seconds) = arguments.soak {
        for workload in asked {
            say(&format!("{} on {}: the gateway is process {}", workload.name, stored.name, weft.pid()))?;
            soak(&weft, workload, Duration::from_secs(seconds)).await?;
        }
        return Ok(Vec::new());
    }
    let floor = Server::floor(&stored.url).await?;
    let mut lines = Vec::new();
    for workload in asked {
        let (bytes, leaves) = same(&weft, &floor, workload).await?;
        say(&format!("{} on {}: both answer the same", workload.name, stored.name))?;
        for connections in [1, 32] {
            let count = arguments.requests * workload.share;
            let mut sides = [Side::default(), Side::default()];
            for _ in 0..ROUNDS {
                let requests = [workload.to_weft(), workload.to_floor()];
                for ((server, requests), side) in [&weft, &floor].into_iter().zip(requests).zip(&mut sides) {
                    let load = (Arc::new(requests), connections, count);
                    round(server, stored.server, load, side).await?;
                }
            }
            let [weft, floor] = sides;
            lines.push(Line {
                workload: workload.name,
                database: stored.name,
                connections,
                bytes,
                leaves,
                weft,
                floor,
                memory: 0.0,
            });
        }
    }
    // The peak is that of the whole run: every workload, with 32 connections.
    let memory = peak_memory(weft.pid())?;
    lines.iter_mut().for_each(|line| line.memory = memory);
    Ok(lines)
}

/// Sends a few requests unmeasured, then as many as asked for.
async fn round(
    server: &Server,
    database: Option<u32>,
    (requests, connections, count): (Arc<Vec<Vec<u8>>>, usize, usize),
    side: &mut Side,
) -> Outcome<()> {
    load(&server.address, &requests, (connections, count / 10 + connections * 4)).await?;
    let used = || -> Outcome<(f64, f64)> {
        Ok((cpu(server.pid())?, database.map(cpu_of_family).transpose()?.unwrap_or_default()))
    };
    let before = used()?;
    let wall = load(&server.address, &requests, (connections, count)).await?;
    let after = used()?;
    side.server += after.0 - before.0;
    side.database += after.1 - before.1;
    side.wall += wall.as_secs_f64();
    side.requests += count;
    Ok(())
}

async fn soak(weft: &Server, workload: &Workload, time: Duration) -> Outcome<()> {
    let requests = Arc::new(workload.to_weft());
    let began = Instant::now();
    while began.elapsed() < time {
        load(&weft.address, &requests, (32, 100 * workload.share)).await?;
    }
    Ok(())
}

/// Holds every answer of the floor to the gateway's. Answers the mean bytes and leaves of an answer.
async fn same(weft: &Server, floor: &Server, workload: &Workload) -> Outcome<(usize, usize)> {
    let mut left = Connection::open(&weft.address).await?;
    let mut right = Connection::open(&floor.address).await?;
    let (mut bytes, mut count, mut all) = (0, 0, 0);
    for (to_weft, to_floor) in workload.to_weft().iter().zip(&workload.to_floor()) {
        let (ours, theirs) = (left.send(to_weft).await?, right.send(to_floor).await?);
        let value: Value = serde_json::from_slice(ours)?;
        if value != serde_json::from_slice::<Value>(theirs)? {
            let (ours, theirs) = (String::from_utf8_lossy(ours), String::from_utf8_lossy(theirs));
            return Err(format!("{}: the answers differ:\n{ours}\n{theirs}", workload.name).into());
        }
        bytes += ours.len();
        all += leaves(&value);
        count += 1;
    }
    Ok((bytes / count.max(1), all / count.max(1)))
}
