//! Measures, measured: the gateway beside the floor over a store of facts and over one with a tenth of them, by CPU per
//! request.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Connection, load};
use crate::content::Shape;
use crate::fill::fill;
use crate::measure::{cpu, peak_memory};
use crate::process::Server;
use crate::servers::Postgres;
use crate::stores::{address, database_cpu, file, say, texts};
use crate::workloads::{DAYS, Workload, workloads};
use crate::{Arguments, Outcome, lineage};

/// Both sides are measured in turns, so that what else the machine does falls on both.
pub(crate) const ROUNDS: usize = 3;

/// What one side has used.
#[derive(Debug, Default)]
pub(crate) struct Side {
    /// CPU seconds of the server itself, and of the database server behind it.
    server: f64,
    database: f64,
    wall: f64,
    requests: usize,
}

impl Side {
    /// Milliseconds a request.
    fn each(&self, seconds: f64) -> f64 {
        seconds * 1e3 / self.requests.max(1) as f64
    }

    pub(crate) fn total(&self) -> f64 {
        self.each(self.server + self.database)
    }

    pub(crate) fn wall(&self) -> f64 {
        self.each(self.wall)
    }

    pub(crate) fn cpu(&self) -> String {
        let (server, database) = (self.each(self.server), self.each(self.database));
        if self.database > 0.0 { format!("{server:.2} + {database:.2}") } else { format!("{server:.2}") }
    }

    fn rate(&self) -> f64 {
        self.requests as f64 / self.wall.max(f64::MIN_POSITIVE)
    }
}

/// One kind of question on one store with so many connections.
struct Line {
    name: &'static str,
    connections: usize,
    weft: Side,
    floor: Side,
}

/// Where measures are asked of.
pub(crate) struct Place<'a> {
    pub(crate) database: &'static str,
    pub(crate) postgres: Option<&'a Postgres>,
    pub(crate) url: String,
    pub(crate) facts: i64,
    pub(crate) folder: &'a Path,
}

/// Runs it on both databases.
pub(crate) async fn run(arguments: &Arguments) -> Outcome<()> {
    let temporary = tempfile::tempdir()?;
    let (mut measures, mut pages) = (Vec::new(), Vec::new());
    for database in ["sqlite", "postgres"].into_iter().filter(|name| arguments.wants(name)) {
        let mut server = match database {
            "postgres" => Some(Postgres::open(arguments.postgres.clone()).await?),
            _ => None,
        };
        let mut stores = Vec::new();
        for facts in [arguments.facts, arguments.facts / 10] {
            let url = store(arguments, server.as_ref(), (temporary.path(), facts)).await?;
            let postgres = server.as_ref();
            let place = Place { database, postgres, url, facts, folder: temporary.path() };
            if arguments.soak.is_some() {
                return soak(arguments, &place).await;
            }
            if arguments.asks("kpi") {
                stores.push((facts, measured(arguments, &place).await?));
            }
            if arguments.asks("lineage") {
                pages.extend(lineage::pages(arguments, &place).await?);
            }
        }
        measures.extend(told(database, &stores));
        if let Some(server) = &mut server {
            server.stop();
        }
    }
    let mut out = std::io::stdout();
    if !measures.is_empty() {
        writeln!(out, "Measures: CPU in ms a request, server + database. Sharing off. The mark is 1.5.\n")?;
        writeln!(
            out,
            "| measure | database | facts | connections | Weft | floor | ratio | requests/s: Weft, floor | beside a tenth of the facts |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|---|---|\n{}\n", measures.join("\n"))?;
    }
    lineage::print(&pages)
}

/// The store of so many facts; one that was kept is used again.
async fn store(
    arguments: &Arguments,
    postgres: Option<&Postgres>,
    (temporary, facts): (&Path, i64),
) -> Outcome<String> {
    let name = format!("weft_bench_{facts}");
    let folder = arguments.keep.as_deref().unwrap_or(temporary);
    let shape = Shape { facts, days: DAYS, sources: 3 };
    let url = address(postgres, folder, &name)?;
    let is_there = arguments.keep.is_some()
        && match (postgres, file(&url)) {
            (_, Some(file)) => file.exists(),
            (Some(server), None) => {
                let sql = format!("SELECT datname::text FROM pg_database WHERE datname = '{name}'");
                !texts(&server.url, &sql).await?.is_empty()
            }
            (None, None) => false,
        };
    match is_there {
        true => Ok(url),
        false => fill(postgres, (folder, &name), shape).await,
    }
}

async fn measured(arguments: &Arguments, place: &Place<'_>) -> Outcome<Vec<Line>> {
    let weft = Server::weft(&place.url, place.folder).await?;
    let floor = Server::floor(&place.url).await?;
    let mut lines = Vec::new();
    for workload in workloads() {
        same(&weft, &floor, &workload).await?;
        say(&format!("{}, {} facts, {}: both answer the same", place.database, place.facts, workload.name))?;
        for connections in [1, 32] {
            let mut sides = [Side::default(), Side::default()];
            let requests = [workload.to_weft(), workload.to_floor()].map(Arc::new);
            for _ in 0..ROUNDS {
                for ((server, requests), side) in [&weft, &floor].into_iter().zip(&requests).zip(&mut sides) {
                    round(server, place.postgres, (requests, connections, arguments.requests), side).await?;
                }
            }
            let [weft, floor] = sides;
            lines.push(Line { name: workload.name, connections, weft, floor });
        }
    }
    say(&format!("the gateway held {:.0} MB at most", peak_memory(weft.pid())?))?;
    Ok(lines)
}

/// Sends a few requests unmeasured, then as many as asked for.
pub(crate) async fn round(
    server: &Server,
    postgres: Option<&Postgres>,
    (requests, connections, count): (&Arc<Vec<Vec<u8>>>, usize, usize),
    side: &mut Side,
) -> Outcome<()> {
    load(&server.address, requests, (connections, count / 10 + connections * 4)).await?;
    let before = (cpu(server.pid())?, database_cpu(postgres)?);
    let wall = load(&server.address, requests, (connections, count)).await?;
    side.server += cpu(server.pid())? - before.0;
    side.database += database_cpu(postgres)? - before.1;
    side.wall += wall.as_secs_f64();
    side.requests += count;
    Ok(())
}

/// Holds every answer of the floor to the gateway's.
async fn same(weft: &Server, floor: &Server, workload: &Workload) -> Outcome<()> {
    let mut left = Connection::open(&weft.address).await?;
    let mut right = Connection::open(&floor.address).await?;
    for (to_weft, to_floor) in workload.to_weft().iter().zip(&workload.to_floor()) {
        let (ours, theirs) = (left.send(to_weft).await?, right.send(to_floor).await?);
        let (ours, theirs) = (String::from_utf8_lossy(ours), String::from_utf8_lossy(theirs));
        let value: Value = serde_json::from_str(&ours)?;
        if value != serde_json::from_str::<Value>(&theirs)? || ours.contains("null") {
            return Err(format!("{}: the answers differ:\n{ours}\n{theirs}", workload.name).into());
        }
    }
    Ok(())
}

async fn soak(arguments: &Arguments, place: &Place<'_>) -> Outcome<()> {
    let (seconds, path) =
        arguments.soak.as_deref().and_then(|soak| soak.split_once(':')).ok_or("--soak SECONDS:MEASURE")?;
    let seconds: u64 = seconds.parse()?;
    let all = workloads();
    let workload = all.iter().find(|workload| workload.path == path).ok_or("no such measure")?;
    let weft = Server::weft(&place.url, place.folder).await?;
    say(&format!("{} on {}: the gateway is process {}", workload.name, place.database, weft.pid()))?;
    let requests = Arc::new(workload.to_weft());
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds) {
        load(&weft.address, &requests, (32, 320)).await?;
    }
    Ok(())
}

/// The lines of the table; those of the first store say how it stands to the second.
fn told(database: &str, stores: &[(i64, Vec<Line>)]) -> Vec<String> {
    let mut told = Vec::new();
    for (place, (facts, lines)) in stores.iter().enumerate() {
        for (row, line) in lines.iter().enumerate() {
            let fewer = stores.get(1).and_then(|(_, lines)| lines.get(row)).filter(|_| place == 0);
            let beside = fewer.map_or_else(String::new, |fewer| {
                format!("{:.2}", line.weft.total() / fewer.weft.total().max(f64::MIN_POSITIVE))
            });
            told.push(format!(
                "| {} | {database} | {facts} | {} | {} | {} | {:.2} | {:.0}, {:.0} | {beside} |",
                line.name,
                line.connections,
                line.weft.cpu(),
                line.floor.cpu(),
                line.weft.total() / line.floor.total().max(f64::MIN_POSITIVE),
                line.weft.rate(),
                line.floor.rate(),
            ));
        }
    }
    told
}
