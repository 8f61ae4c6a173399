//! `weft export`: everything in the store as lines that `weft import` reads back exactly.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::Outcome;
use crate::config::Config;
use crate::ingest::{self, ExportError};

/// Writes everything as lines that import reads
///
/// Taken into an empty store of either kind with the same --source, the lines make the same graph: ids, keys,
/// moments and the dates of past changes of status included.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write the keys of this source plainly, all others with their source
    #[arg(long, value_name = "NAME", default_value = "import")]
    source: String,

    /// Write into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(arguments: Arguments, config: Config) -> Outcome {
    let Arguments { source, output } = arguments;
    let store = super::opened(&config).await?;
    let mut out: Box<dyn Write + Send> = match &output {
        Some(path) => Box::new(
            File::create(path).map_err(|error| format!("{} cannot be written: {error}", path.display()))?,
        ),
        None => Box::new(io::stdout()),
    };
    let exported = ingest::export(&store, &source, &mut BufWriter::with_capacity(1 << 18, &mut out)).await;
    match exported {
        // Whoever reads has read enough.
        Err(ExportError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Ok(lines) => {
            writeln!(io::stderr(), "{lines} lines written")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(error.into()),
    }
}
