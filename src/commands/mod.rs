//! The commands, one file each: what they take, and how they are chosen. Each answers with the program's exit code.

mod check;
mod demo;
mod export;
mod import;
mod migrate;
mod progress;
mod replacing;
mod schema;
mod serve;
mod sync;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{Config, ConfigError, FILE, Sources};
use crate::kpi::Kpis;
use crate::store::Store;
use crate::telemetry;
use crate::upstream::{Upstreams, UpstreamsError};

/// What is said where a command was told to stop before its end.
const INTERRUPTED: &str = "told to stop before the end; run it again";

/// How a command ends: with an exit code, or with a sentence for standard error and exit code 1.
pub type Outcome = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

/// Weft presents a company's marketing content as one connected graph, over GraphQL.
#[derive(Debug, Parser)]
#[command(name = "weft", version, arg_required_else_help = true, after_help = AFTER)]
struct Program {
    /// Read the settings from this file [default: weft.yaml, where it stands in the working directory]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "\
Without any configuration the store is the SQLite file ./weft.db and the server listens on 127.0.0.1:4000.
Every setting, its default and what it does stands in the weft.yaml that Weft is shipped with.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Demo(demo::Arguments),
    Migrate(migrate::Arguments),
    Import(import::Arguments),
    Export(export::Arguments),
    Sync(sync::Arguments),
    Schema(schema::Arguments),
    Check(check::Arguments),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let program = Program::parse();
    let outcome =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Into::into).and_then(
            |runtime| {
                let outcome = runtime.block_on(run(program));
                // What still runs on a thread of its own was given up.
                runtime.shutdown_timeout(Duration::from_secs(1));
                outcome
            },
        );
    match outcome {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "weft: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(program: Program) -> Outcome {
    let sources = Sources { file: program.config, listen: None };
    match program.command {
        Command::Serve(arguments) => serve::run(arguments, sources).await,
        Command::Demo(arguments) => demo::run(arguments, sources).await,
        Command::Migrate(arguments) => migrate::run(arguments, sources).await,
        Command::Import(arguments) => import::run(arguments, configured(&sources)?).await,
        Command::Export(arguments) => export::run(arguments, configured(&sources)?).await,
        Command::Sync(arguments) => sync::run(arguments, sources).await,
        Command::Schema(arguments) => schema::run(arguments).await,
        Command::Check(arguments) => check::run(arguments, sources).await,
    }
}

/// Reads the settings and starts the log.
fn configured(sources: &Sources) -> Result<Config, Box<dyn std::error::Error + Send + Sync>> {
    let config = Config::load(sources)?;
    telemetry::start(&config.log)?;
    Ok(config)
}

/// Sets the sources up that the settings name; what is wrong with them is said with its place.
fn upstreams(config: &Config, sources: &Sources) -> Result<Upstreams, UpstreamsError> {
    let file = sources.file.as_ref().map_or_else(|| FILE.to_owned(), |file| file.display().to_string());
    Upstreams::new(config, &file, &Clock::Wall)
}

/// Reads the measures that the settings name; what is wrong with them is said with its place.
fn measures(config: &Config, sources: &Sources) -> Result<Kpis, ConfigError> {
    let file = sources.file.as_ref().map_or_else(|| FILE.to_owned(), |file| file.display().to_string());
    Kpis::new(config).map_err(|wrong| ConfigError {
        source_name: file,
        place: wrong.place,
        message: wrong.message,
    })
}

/// Opens the store that the settings name, and brings its tables up to date.
async fn opened(config: &Config) -> Result<Store, Box<dyn std::error::Error + Send + Sync>> {
    let shown = config.shown_database();
    let store = Store::open(&config.database.url, config.database.connections)
        .await
        .map_err(|error| format!("the store {shown} cannot be opened: {error}"))?;
    let migrations = migrated(&store, &shown).await?;
    if migrations > 0 {
        tracing::info!(store = shown, migrations, "the tables of the store were brought up to date");
    }
    Ok(store)
}

/// Brings the tables of the store up to date, and answers how many migrations that took. Where several Wefts
/// start at once on an empty store, counting can fail; what counts is that the tables are there at the end.
async fn migrated(store: &Store, shown: &str) -> Result<usize, String> {
    let pending = store.pending_migrations().await.unwrap_or_default();
    match store.migrate().await {
        Ok(()) => Ok(pending),
        Err(error) => Err(format!("the tables of {shown} cannot be brought up to date: {error}")),
    }
}

/// Writes rows as columns, the first `left` of them to the left and the others, which are numbers, to the right.
fn columns(out: &mut impl Write, rows: &[Vec<String>], left: usize) -> std::io::Result<()> {
    let wide = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |place: usize| {
        rows.iter()
            .filter_map(|row| row.get(place))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..wide).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (place, cell) in row.iter().enumerate() {
            let width = widths[place];
            match place < left {
                true => line.push_str(&format!("{cell:<width$}  ")),
                false => line.push_str(&format!("{cell:>width$}  ")),
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
