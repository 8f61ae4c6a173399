//! `weft schema`: the SDL on standard output, the same that `schema.graphql` holds.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use super::Outcome;
use crate::graph;

/// Prints the schema of the graph as SDL
///
/// The file schema.graphql holds the same; a test holds one to the other.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) async fn run(_arguments: Arguments) -> Outcome {
    match std::io::stdout().lock().write_all(graph::sdl().as_bytes()) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        written => Ok(written.map(|()| ExitCode::SUCCESS)?),
    }
}
