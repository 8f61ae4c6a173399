//! `weft export`: everything in the store as lines that `weft import` reads back exactly.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::replacing::Replacing;
use super::serve::Signals;
use super::{INTERRUPTED, Outcome};
use crate::config::Config;
use crate::ingest::{self, ExportError};
use crate::store::Store;

/// Writes everything as lines that import reads
///
/// Taken into an empty store of either kind with the same --source, the lines make the same graph: ids, keys,
/// moments, the dates of past changes of status and what facts said before included.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write the keys of this source plainly, all others with their source
    #[arg(long, value_name = "NAME", default_value = "import")]
    source: String,

    /// Write into this file instead of standard output; it is replaced when the last line is written
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(arguments: Arguments, config: Config) -> Outcome {
    let Arguments { source, output } = arguments;
    let store = super::opened(&config).await?;
    let lines = match &output {
        Some(path) => {
            let mut file = Replacing::at(path, &store).await?;
            let mut signals = Signals::listen()?;
            let lines = tokio::select! {
                lines = written(&store, &source, &mut file) => lines?,
                () = signals.next() => return Err(INTERRUPTED.into()),
            };
            file.finish().map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
            lines
        }
        None => match written(&store, &source, &mut io::stdout()).await {
            // Whoever reads has read enough.
            Err(ExportError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {
                return Ok(ExitCode::SUCCESS);
            }
            lines => lines?,
        },
    };
    writeln!(io::stderr(), "{lines} lines written")?;
    Ok(ExitCode::SUCCESS)
}

async fn written(store: &Store, source: &str, out: &mut (dyn Write + Send)) -> Result<u64, ExportError> {
    ingest::export(store, source, &mut BufWriter::with_capacity(1 << 18, out)).await
}
