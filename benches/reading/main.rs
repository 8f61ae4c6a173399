//! Reading, measured: the gateway beside a hand-written floor, on SQLite and on Postgres, by CPU per request.
//! See `benches/README.md`.

#[path = "../shared/client.rs"]
mod client;
mod data;
mod fill;
mod floor;
mod floor_postgres;
mod floor_sqlite;
#[path = "../shared/held.rs"]
mod held;
mod import_floor;
mod importing;
mod json;
mod lines;
#[path = "../shared/measure.rs"]
mod measure;
#[path = "../shared/process.rs"]
mod process;
mod run;
#[path = "../shared/servers.rs"]
mod servers;
#[path = "../shared/serving.rs"]
mod serving;
mod table;
mod workloads;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What everything here answers: nobody but a person reads the errors.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures the reading of the graph beside a hand-written floor.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// Only workloads whose name contains this: tree, page, lookup
    filter: Option<String>,
    /// Only this database: sqlite or postgres
    #[arg(long)]
    only: Option<String>,
    /// How many assets there are
    #[arg(long, default_value_t = 50_000)]
    assets: u64,
    /// How many trees are asked for in each of three rounds; pages four times, look-ups ten times as many
    #[arg(long, default_value_t = 300)]
    requests: usize,
    /// Fill the database `weft_bench` of this Postgres instead of starting one; its administrator's address
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Keep the SQLite file in this folder, and use the one that is there
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Send the gateway this workload alone for so many seconds, without the floor, to look at it from outside
    #[arg(long, value_name = "SECONDS")]
    soak: Option<u64>,
    /// Measure `weft import` instead
    #[arg(long)]
    import: bool,
    #[arg(long, hide = true, requires = "listen")]
    floor: Option<String>,
    #[arg(long, hide = true)]
    listen: Option<String>,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match (&arguments.floor, &arguments.listen) {
        (Some(url), Some(listen)) => runtime(true).and_then(|on| on.block_on(floor::serve(url, listen))),
        // The client does little, so that one thread is enough and the rest is left to what is measured.
        _ if arguments.import => runtime(false).and_then(|on| on.block_on(importing::run(&arguments))),
        _ => runtime(false).and_then(|on| on.block_on(run::run(&arguments))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "reading: {error}");
            ExitCode::FAILURE
        }
    }
}

fn runtime(many: bool) -> Outcome<tokio::runtime::Runtime> {
    let mut builder = match many {
        true => tokio::runtime::Builder::new_multi_thread(),
        false => tokio::runtime::Builder::new_current_thread(),
    };
    Ok(builder.enable_all().build()?)
}
