//! `weft schema`: the SDL on standard output, the same that `schema.graphql` holds.

use std::io::Write;
use std::process::ExitCode;

use super::Outcome;
use crate::graph;

/// Prints the schema of the graph as SDL, as a Federation v2 subgraph publishes it.
///
/// The file schema.graphql holds the same; a test holds one to the other.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) async fn run(_arguments: Arguments) -> Outcome {
    std::io::stdout().lock().write_all(graph::sdl().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
