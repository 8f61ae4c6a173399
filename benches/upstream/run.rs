//! One run: the servers, the proof that both answer the same, the measuring, and the sharing.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Connection, load, request};
use crate::fill::fill;
use crate::measure::cpu;
use crate::process::{Server, free_address};
use crate::system::CONNECTOR;
use crate::{Arguments, Outcome};

/// Both sides are measured in turns, so that what else the machine does falls on both.
const ROUNDS: usize = 3;

/// How many ask the same at once.
const TOGETHER: usize = 32;

const WORKLOADS: [(&str, &str, &str); 2] = [
    (
        "100 parents with 10 things",
        "usages",
        "query Usages($after: String) { usages(first: 100, after: $after) { \
         edges { node { id asset { id live { source status title } } } } } }",
    ),
    (
        "100 parents with 100 things",
        "assets",
        "query Assets($after: String) { assets(first: 100, after: $after) { \
         edges { node { id live { source status title } } } } }",
    ),
];

impl Server {
    async fn again(words: &[&str]) -> Outcome<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(words).arg(&address);
        Server::start(command, address).await
    }

    async fn weft(folder: &Path, file: &Path, system: &str) -> Outcome<Self> {
        std::fs::write(folder.join("bench-dam.yaml"), CONNECTOR)?;
        let settings = folder.join("weft.conf");
        std::fs::write(
            &settings,
            format!(
                "database: {{ url: 'sqlite:{}', connections: 10 }}\nlog: {{ level: warn }}\nconnectors: .\n\
                 sources: [{{ name: dam, connector: bench-dam, url: '{system}' }}]\n",
                file.display()
            ),
        )?;
        let address = free_address()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
        command.args(["serve", "--listen", &address, "--config"]).arg(&settings);
        Server::start(command, address).await
    }

    fn cpu(&self) -> Outcome<f64> {
        cpu(self.pid())
    }
}

/// Runs everything that the arguments ask for.
pub(crate) async fn run(arguments: &Arguments) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("weft.db");
    fill(&file).await?;
    let system = Server::again(&["--system"]).await?;
    let base = format!("http://{}", system.address);
    let weft = Server::weft(folder.path(), &file, &base).await?;
    let floor = Server::again(&["--floor", &file.display().to_string(), &base]).await?;
    let mut out = std::io::stdout();
    if let Some(seconds) = arguments.soak {
        let (_, list, query) = WORKLOADS[0];
        let requests = Arc::new(bodies("/graphql", &pages(&weft, (list, query)).await?, query));
        writeln!(std::io::stderr(), "the gateway is process {}", weft.pid())?;
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(seconds) {
            load(&weft.address, &requests, (32, 1_000)).await?;
        }
        return Ok(());
    }
    writeln!(out, "CPU in ms a request, SQLite. Sharing off: no two requests in flight ask the same.\n")?;
    writeln!(
        out,
        "| workload | connections | Weft | floor | ratio | requests/s: Weft, floor | upstream calls a request: Weft, floor |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for (name, list, query) in WORKLOADS {
        let pages = pages(&weft, (list, query)).await?;
        let sides =
            [bodies("/graphql", &pages, query), bodies(&format!("/{list}"), &pages, query)].map(Arc::new);
        same(&weft, &floor, &sides).await?;
        for connections in [1, 32] {
            let mut measured = [Measured::default(), Measured::default()];
            for _ in 0..ROUNDS {
                for ((server, requests), into) in [&weft, &floor].into_iter().zip(&sides).zip(&mut measured) {
                    load(&server.address, requests, (connections, arguments.requests / 10)).await?;
                    calls(&system).await?;
                    let before = server.cpu()?;
                    let wall = load(&server.address, requests, (connections, arguments.requests)).await?;
                    into.cpu += server.cpu()? - before;
                    into.wall += wall.as_secs_f64();
                    into.calls += calls(&system).await?;
                    into.requests += arguments.requests;
                }
            }
            let [ours, theirs] = measured;
            let each = |measured: &Measured, sum: f64| sum / measured.requests.max(1) as f64;
            writeln!(
                out,
                "| {name} | {connections} | {:.2} | {:.2} | {:.2} | {:.0}, {:.0} | {:.2}, {:.2} |",
                each(&ours, ours.cpu) * 1e3,
                each(&theirs, theirs.cpu) * 1e3,
                each(&ours, ours.cpu) / each(&theirs, theirs.cpu).max(f64::MIN_POSITIVE),
                ours.requests as f64 / ours.wall,
                theirs.requests as f64 / theirs.wall,
                each(&ours, ours.calls as f64),
                each(&theirs, theirs.calls as f64),
            )?;
        }
    }
    shared(&weft, &system).await
}

#[derive(Default)]
struct Measured {
    cpu: f64,
    wall: f64,
    calls: u64,
    requests: usize,
}

/// Many ask the same while the system takes its time.
async fn shared(weft: &Server, system: &Server) -> Outcome<()> {
    let (_, _, query) = WORKLOADS[0];
    let requests = Arc::new(bodies("/graphql", &[Value::Null], query));
    post(system, "/slow/200").await?;
    calls(system).await?;
    load(&weft.address, &requests, (TOGETHER, TOGETHER)).await?;
    let made = calls(system).await?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "\nSharing on: {TOGETHER} identical requests in flight, a source that takes 200 ms: upstream calls {made}."
    )?;
    match made {
        1 => Ok(()),
        _ => Err(format!("expected one upstream call, not {made}").into()),
    }
}

async fn post(server: &Server, path: &str) -> Outcome<Value> {
    let mut connection = Connection::open(&server.address).await?;
    Ok(serde_json::from_slice(connection.send(&request(path, b"{}")).await?)?)
}

async fn calls(system: &Server) -> Outcome<u64> {
    post(system, "/calls").await?["calls"].as_u64().ok_or_else(|| "no number of calls".into())
}

fn bodies(path: &str, pages: &[Value], query: &str) -> Vec<Vec<u8>> {
    let body = |after: &Value| json!({ "query": query, "variables": { "after": after } }).to_string();
    pages.iter().map(|after| request(path, body(after).as_bytes())).collect()
}

/// Where the pages of a list begin, whole pages only.
async fn pages(weft: &Server, (list, _): (&str, &str)) -> Outcome<Vec<Value>> {
    let query = format!(
        "query ($after: String) {{ {list}(first: 100, after: $after) {{ pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    let mut connection = Connection::open(&weft.address).await?;
    let mut pages = vec![Value::Null];
    loop {
        let after = pages.last().cloned().unwrap_or_default();
        let [body] = bodies("/graphql", &[after], &query).try_into().map_err(|_| "one request")?;
        let answer: Value = serde_json::from_slice(connection.send(&body).await?)?;
        let info = &answer["data"][list]["pageInfo"];
        if info["hasNextPage"] != Value::Bool(true) {
            return Ok(pages);
        }
        pages.push(info["endCursor"].clone());
    }
}

/// Holds every answer of the floor to the gateway's, and each to have no nulls.
async fn same(weft: &Server, floor: &Server, [ours, theirs]: &[Arc<Vec<Vec<u8>>>; 2]) -> Outcome<()> {
    let mut left = Connection::open(&weft.address).await?;
    let mut right = Connection::open(&floor.address).await?;
    for (to_weft, to_floor) in ours.iter().zip(theirs.iter()) {
        let (ours, theirs) = (left.send(to_weft).await?, right.send(to_floor).await?);
        let (ours, theirs) = (String::from_utf8_lossy(ours), String::from_utf8_lossy(theirs));
        let value: Value = serde_json::from_str(&ours)?;
        if value != serde_json::from_str::<Value>(&theirs)? || ours.contains("null") {
            return Err(format!("the answers differ:\n{ours}\n{theirs}").into());
        }
    }
    Ok(())
}
