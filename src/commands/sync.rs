//! `weft sync`: what sources have, into the store, with the progress on standard error and a table at the end.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Outcome, configured, opened, upstreams};
use crate::clock::Clock;
use crate::config::Sources;
use crate::error::Code;
use crate::outbound::Failure;
use crate::upstream::Source;
use crate::upstream::sync::{Counts, Ground, How, Order, Ran, SyncError, Watch, sync};

/// Brings into the store what the configured sources have
///
/// The first run reads everything; later ones ask for what changed, where the source can say so. What is interrupted
/// is taken up again where it stopped, and the same run twice changes nothing. What a source has no longer is marked
/// as gone there, never deleted.
///
/// One source after the other; where one fails the others go on, and the exit code is 1.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The sources, by their names in the configuration; without any, all of them
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,

    /// Read everything again, not only what changed, and believe a list that comes back empty
    #[arg(long)]
    full: bool,
}

/// How long after a walk over everything the next one does the same, although only changes were asked for.
const FULL_AFTER: Duration = Duration::from_secs(24 * 3_600);

pub(super) async fn run(arguments: Arguments, sources: Sources) -> Outcome {
    let config = configured(&sources)?;
    let upstreams = upstreams(&config, &sources)?;
    let chosen = chosen(&arguments.sources, upstreams.sources())?;
    let store = opened(&config).await?;
    let ground = Ground { store, clock: Clock::Wall, upstreams };
    let order = Order { full: arguments.full, full_after: Some(FULL_AFTER), ..Order::default() };
    let mut ran = Vec::new();
    for source in chosen {
        let shown = Shown { bar: bar(), told: Mutex::new(Instant::now()) };
        let begun = Instant::now();
        let outcome = sync(&ground, &source, &order, &shown).await;
        shown.bar.finish_and_clear();
        ran.push((source, outcome, begun.elapsed()));
    }
    let mut out = io::stdout().lock();
    table(&mut out, &ran)?;
    let mut failed = false;
    for (source, outcome, took) in &ran {
        failed |= tell(&mut out, source, outcome, *took)?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// One source's run.
type Run = (Arc<Source>, Result<Ran, SyncError>, Duration);

fn chosen(names: &[String], known: &[Arc<Source>]) -> Result<Vec<Arc<Source>>, String> {
    if known.is_empty() {
        return Err("no source is configured; name one under `sources` in the configuration".to_owned());
    }
    if names.is_empty() {
        return Ok(known.to_vec());
    }
    let mut chosen: Vec<Arc<Source>> = Vec::new();
    for name in names {
        let source = known.iter().find(|source| *source.name == **name).ok_or_else(|| {
            let known: Vec<&str> = known.iter().map(|source| &*source.name).collect();
            format!("there is no source `{name}`; expected one of: {}", known.join(", "))
        })?;
        if !chosen.iter().any(|other| other.name == source.name) {
            chosen.push(source.clone());
        }
    }
    Ok(chosen)
}

/// What was counted, a line for each entity.
fn table(out: &mut impl Write, ran: &[Run]) -> io::Result<()> {
    let head = ["source", "entity", "read", "new", "changed", "gone", "rejected", "unresolved"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (source, outcome, _) in ran {
        let Ok(ran) = outcome else { continue };
        for (entity, counts) in &ran.entities {
            let Counts { read, new, changed, gone, rejected, unresolved, .. } = counts;
            let numbers = [read, new, changed, gone, rejected, unresolved].map(ToString::to_string);
            rows.push([vec![source.name.to_string(), entity.clone()], numbers.to_vec()].concat());
        }
    }
    super::columns(out, &rows, 2)
}

/// Says what else there is to say of a source; answers whether it failed.
fn tell(
    out: &mut impl Write,
    source: &Source,
    outcome: &Result<Ran, SyncError>,
    took: Duration,
) -> io::Result<bool> {
    let name = &source.name;
    let ran = match outcome {
        Ok(ran) => ran,
        Err(error) => {
            writeln!(out, "{name}: FAILED: {error}")?;
            return Ok(true);
        }
    };
    let (mut rejected, mut unreadable, mut ambiguous) = (0, 0, 0);
    for (_, counts) in &ran.entities {
        rejected += counts.rejected;
        unreadable += counts.unreadable;
        ambiguous += counts.ambiguous;
    }
    for sentence in &ran.rejected {
        writeln!(out, "{name}: {sentence}")?;
    }
    let shown = u64::try_from(ran.rejected.len()).unwrap_or(u64::MAX);
    if let Some(more) = (rejected + unreadable).checked_sub(shown).filter(|more| *more > 0 && shown > 0) {
        writeln!(out, "{name}: … and {more} more; the log has them")?;
    }
    if unreadable > 0 {
        writeln!(out, "{name}: {unreadable} fields could not be read; their records went in without them")?;
    }
    if ambiguous > 0 {
        writeln!(
            out,
            "{name}: {ambiguous} records may be the same as something of another source and were not joined, \
             since that is not certain"
        )?;
    }
    for note in &ran.notes {
        writeln!(out, "{name}: {note}")?;
    }
    for (entity, failure) in &ran.failures {
        writeln!(out, "{name}: FAILED at {entity}: {failure} {}", advice(name, failure))?;
    }
    if ran.failures.is_empty() {
        writeln!(out, "{name}: ok, {:.1} s", took.as_secs_f64())?;
    }
    Ok(!ran.failures.is_empty())
}

/// What to do about a failure.
fn advice(name: &str, failure: &Failure) -> String {
    match failure.code() {
        Code::UpstreamDenied => format!("Mend its `secrets` in the configuration, then: weft sync {name}"),
        Code::UpstreamInvalid => {
            format!(
                "Its connector may not fit this system; `weft check --live` asks it once. Then: weft sync {name}"
            )
        }
        _ => format!("When it is back: weft sync {name} goes on where this one stopped."),
    }
}

/// The progress: one line that changes on a terminal, a plain line every few seconds elsewhere.
struct Shown {
    bar: ProgressBar,
    told: Mutex<Instant>,
}

fn bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

impl Watch for Shown {
    fn begin(&self, source: &str, entity: &str, how: How) {
        let what = if how.full { "everything" } else { "what changed" };
        let resumed = if how.resumed { ", from where an earlier run stopped" } else { "" };
        let line = format!("{source} {entity}: {what}{resumed}");
        if self.bar.is_hidden() {
            // The progress is a courtesy: where nobody can read it, the sync goes on.
            let _ = writeln!(io::stderr(), "{line}");
        }
        self.bar.set_message(line);
    }

    fn counted(&self, source: &str, entity: &str, counts: &Counts) {
        const EVERY: Duration = Duration::from_secs(3);
        let line = format!(
            "{source} {entity}: {} read, {} new, {} changed",
            counts.read, counts.new, counts.changed
        );
        self.bar.set_message(line.clone());
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if self.bar.is_hidden() && told.elapsed() >= EVERY {
            *told = Instant::now();
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}
