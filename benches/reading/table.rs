//! The result as a table, in the form that `benches/README.md` holds.

use std::io::Write;

use crate::Outcome;

/// What one side has used.
#[derive(Debug, Default)]
pub(crate) struct Side {
    /// CPU seconds of the server itself, and of the database server behind it.
    pub(crate) server: f64,
    pub(crate) database: f64,
    pub(crate) wall: f64,
    pub(crate) requests: usize,
}

/// One workload on one database with so many connections.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) workload: &'static str,
    pub(crate) database: &'static str,
    pub(crate) connections: usize,
    pub(crate) bytes: usize,
    pub(crate) leaves: usize,
    pub(crate) weft: Side,
    pub(crate) floor: Side,
    pub(crate) memory: f64,
}

impl Side {
    fn millis(&self, seconds: f64) -> f64 {
        seconds * 1000.0 / self.requests.max(1) as f64
    }

    fn cpu(&self) -> String {
        let (server, database) = (self.millis(self.server), self.millis(self.database));
        if self.database > 0.0 { format!("{server:.2} + {database:.2}") } else { format!("{server:.2}") }
    }

    fn rate(&self) -> f64 {
        self.requests as f64 / self.wall.max(f64::MIN_POSITIVE)
    }
}

/// Prints everything.
pub(crate) fn print(lines: &[Line]) -> Outcome<()> {
    let mut out = std::io::stdout();
    writeln!(out, "CPU in ms a request: server + database. Sharing off.\n")?;
    writeln!(
        out,
        "| workload | leaves, KB | database | connections | Weft | floor | ratio | requests/s: Weft, floor | peak MB |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
    for line in lines {
        let total = |side: &Side| side.millis(side.server + side.database);
        writeln!(
            out,
            "| {} | {}, {:.1} | {} | {} | {} | {} | {:.2} | {:.0}, {:.0} | {:.0} |",
            line.workload,
            line.leaves,
            line.bytes as f64 / 1000.0,
            line.database,
            line.connections,
            line.weft.cpu(),
            line.floor.cpu(),
            total(&line.weft) / total(&line.floor).max(f64::MIN_POSITIVE),
            line.weft.rate(),
            line.floor.rate(),
            line.memory,
        )?;
    }
    Ok(())
}
