//! Live fields, measured: the gateway beside a handler written by hand for one question, by CPU per request, and how
//! many calls reach the source when many ask the same at once. See `benches/README.md`.

#[path = "../shared/client.rs"]
mod client;
mod fill;
mod floor;
#[path = "../shared/measure.rs"]
#[expect(dead_code, reason = "the other bench looks at more than this one")]
mod measure;
#[path = "../shared/process.rs"]
mod process;
mod run;
#[path = "../shared/serving.rs"]
mod serving;
mod system;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What everything here answers: nobody but a person reads the errors.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Measures live fields beside a hand-written handler that makes one batched call.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// How many requests are sent in each of three rounds
    #[arg(long, default_value_t = 2_000)]
    requests: usize,
    /// Send the gateway the first workload alone for so many seconds, to look at it from outside
    #[arg(long, value_name = "SECONDS")]
    soak: Option<u64>,
    #[arg(long, hide = true, num_args = 3)]
    floor: Option<Vec<String>>,
    #[arg(long, hide = true)]
    system: Option<String>,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match (&arguments.floor, &arguments.system) {
        (Some(floor), _) => runtime(true).and_then(|on| on.block_on(floor::serve(floor))),
        (_, Some(listen)) => runtime(false).and_then(|on| on.block_on(system::serve(listen))),
        _ => runtime(false).and_then(|on| on.block_on(run::run(&arguments))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "upstream: {error}");
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
