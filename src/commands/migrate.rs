//! `weft migrate`: brings the tables up to date and says what it did.

use std::io::Write;
use std::process::ExitCode;

use super::{Outcome, configured, measures, migrated};
use crate::app::publish;
use crate::clock::Clock;
use crate::config::Sources;
use crate::store::Store;

/// Brings the tables of the store up to date
///
/// `weft serve` does so by itself when it starts; this command is for those who want it done before.
/// It may run beside other Wefts on the same store: one of them does the work, the others wait.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) async fn run(_arguments: Arguments, sources: Sources) -> Outcome {
    let config = configured(&sources)?;
    let kpis = measures(&config, &sources)?;
    let shown = config.shown_database();
    let store = Store::open(&config.database.url, config.database.connections)
        .await
        .map_err(|error| format!("the store {shown} cannot be opened: {error}"))?;
    let done = match migrated(&store, &shown).await? {
        0 => "nothing to do, the tables are up to date".to_owned(),
        1 => "1 migration was run, the tables are up to date".to_owned(),
        many => format!("{many} migrations were run, the tables are up to date"),
    };
    publish(&kpis, &store, &Clock::Wall).await?;
    writeln!(std::io::stdout(), "{shown}: {done}")?;
    Ok(ExitCode::SUCCESS)
}
