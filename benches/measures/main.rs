//! Events, sums and measures, by time and CPU: ingest beside the databases' own bulk way, measures beside SQL written by
//! hand, and pages of lineage beside each other. See `benches/README.md`.

#[path = "../shared/client.rs"]
mod client;
mod content;
mod events;
mod fill;
mod floor;
mod floor_postgres;
mod floor_sqlite;
#[path = "../shared/held.rs"]
mod held;
mod ingest;
mod ingest_postgres;
mod ingest_sqlite;
mod kpi;
mod lineage;
#[path = "../shared/measure.rs"]
mod measure;
#[path = "../shared/process.rs"]
mod process;
#[path = "../shared/servers.rs"]
mod servers;
#[path = "../shared/serving.rs"]
mod serving;
mod stores;
mod sums;
mod workloads;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What everything here answers: nobody but a person reads the errors.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures ingest, KPIs and lineage.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// Only the part whose name contains this: ingest, kpi, lineage
    filter: Option<String>,
    /// Only this database: sqlite or postgres
    #[arg(long)]
    only: Option<String>,
    /// How many events are taken in
    #[arg(long, default_value_t = 500_000, value_parser = clap::value_parser!(i64).range(10_000..=5_000_000))]
    events: i64,
    /// How many facts the larger store of measures holds; the smaller has a tenth, in which each delivery must still
    /// have a fact on each day that it is live
    #[arg(long, default_value_t = 5_000_000, value_parser = clap::value_parser!(i64).range(4_368_000..=50_000_000))]
    facts: i64,
    /// How many requests are sent in each of three rounds
    #[arg(long, default_value_t = 300)]
    requests: usize,
    /// How many rows lie before the page of lineage that is deep in the set
    #[arg(long, default_value_t = 200_000)]
    deep: usize,
    /// Use databases `weft_bench…` of this Postgres instead of starting one; its administrator's address
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Keep the stores of measures, SQLite's in this folder, and use those that are there
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Send the gateway this measure alone for so many seconds, to look at it from outside: campaign, weeks, journeys
    #[arg(long, value_name = "SECONDS:MEASURE")]
    soak: Option<String>,
    #[arg(long, hide = true, requires = "listen")]
    floor: Option<String>,
    #[arg(long, hide = true)]
    listen: Option<String>,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    /// Whether this part is asked for.
    fn asks(&self, part: &str) -> bool {
        self.filter.as_deref().is_none_or(|filter| part.contains(filter))
    }

    /// Whether this database is asked for.
    fn wants(&self, database: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == database)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match (&arguments.floor, &arguments.listen) {
        (Some(url), Some(listen)) => runtime(true).and_then(|on| on.block_on(floor::serve(url, listen))),
        // The client does little, so that one thread is enough and the rest is left to what is measured.
        _ => runtime(false).and_then(|on| on.block_on(run(&arguments))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "measures: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Outcome<()> {
    if arguments.asks("ingest") && arguments.soak.is_none() {
        ingest::run(arguments).await?;
    }
    if arguments.asks("kpi") || arguments.asks("lineage") {
        kpi::run(arguments).await?;
    }
    Ok(())
}

fn runtime(many: bool) -> Outcome<tokio::runtime::Runtime> {
    let mut builder = match many {
        true => tokio::runtime::Builder::new_multi_thread(),
        false => tokio::runtime::Builder::new_current_thread(),
    };
    Ok(builder.enable_all().build()?)
}
