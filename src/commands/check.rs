//! `weft check`: says whether the configuration is right and the store can be opened, and changes neither.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use super::Outcome;
use crate::config::{Config, FILE, Sources};
use crate::store::{Store, unusable_file};

/// Says whether the configuration is right and the store can be opened
///
/// Changes nothing. Ends with exit code 1 where something is wrong.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) async fn run(_arguments: Arguments, sources: Sources) -> Outcome {
    let config = Config::load(&sources)?;
    let mut out = std::io::stdout();
    let whence = match &sources.file {
        Some(file) => file.display().to_string(),
        None if Path::new(FILE).exists() => FILE.to_owned(),
        None => format!("no file (there is no ./{FILE}); every setting has its default"),
    };
    writeln!(out, "configuration  ok, from {whence}")?;
    writeln!(out, "listen         {}", config.listen)?;
    let keys = match (config.keys.len(), config.anonymous) {
        (0, _) => "none; only this machine is served".to_owned(),
        (count, false) => format!("{count}; a request without one is refused"),
        (count, true) => format!("{count}; a request without one is answered too"),
    };
    writeln!(out, "keys           {keys}")?;
    let found = store(&config).await;
    let shown = config.shown_database();
    match &found {
        Ok(state) => writeln!(out, "store          ok, {shown}: {state}")?,
        Err(problem) => writeln!(out, "store          WRONG, {shown}: {problem}")?,
    }
    Ok(if found.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn store(config: &Config) -> Result<String, String> {
    if let Some(file) = config.database.url.strip_prefix("sqlite:") {
        let path = Path::new(file.split('?').next().unwrap_or(file).trim_start_matches("//"));
        if !path.exists() {
            return match unusable_file(&config.database.url) {
                Some(problem) => Err(problem),
                None => Ok("not there yet; `weft serve` makes it".to_owned()),
            };
        }
    }
    let store = Store::open(&config.database.url, 1).await.map_err(|error| error.to_string())?;
    match store.pending_migrations().await.map_err(|error| error.to_string())? {
        0 => Ok("the tables are up to date".to_owned()),
        pending => {
            Ok(format!("{pending} migrations are still to be run; `weft serve` and `weft migrate` do so"))
        }
    }
}
