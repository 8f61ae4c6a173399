//! `weft import`: files into the store, with the progress on standard error and the rejected lines in a report.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::progress::{Reported, Shown};
use super::replacing::Replacing;
use super::serve::Signals;
use super::{INTERRUPTED, Outcome};
use crate::clock::Clock;
use crate::config::Config;
use crate::ingest::{self, Import, ImportError, Progress, Report};
use crate::store::Store;

/// Takes files of lines into the store
///
/// A file holds one JSON object a line, plain or gzip: things, or events as they are sent to /events.
///
///   {"type":"Asset","key":"a1","title":"Hero","brand":"b1","concepts":["c1","c2"]}
///
/// Fields are named as in the schema; a relation to one is given by its key, a relation to many by an array of keys,
/// a relation to any type as {"type":…,"key":…}. A field left out stays, null clears it. A line may name what a later
/// line or file brings. Where two speak of one thing, the later wins field by field. The same file twice changes
/// nothing. Several files go in as one would and at once: what is interrupted leaves nothing behind and can be run
/// again. Files of events go in behind those of things, some thousand events at a time; each counts once, so that what is
/// interrupted can be run again too.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The files to take in; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The source whose keys these are
    #[arg(long, value_name = "NAME", default_value = "import")]
    source: String,

    /// Take nothing of any file where any line of any is wrong, and end with exit code 1
    #[arg(long)]
    strict: bool,

    /// Write every rejected line with its number and reason into this file, as NDJSON; it is replaced at the end
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// How many rejected lines are printed.
const PRINTED: usize = 20;

pub(super) async fn run(arguments: Arguments, config: Config) -> Outcome {
    let Arguments { files, source, strict, report } = arguments;
    if let Some(path) = report.as_deref().and_then(|path| path.canonicalize().ok())
        && files.iter().any(|file| file.canonicalize().is_ok_and(|file| file == path))
    {
        return Err(format!("{} is to be imported; the report needs another file", path.display()).into());
    }
    let names: Vec<String> = files.iter().map(|path| shown(path)).collect();
    let mut opened_files = Vec::with_capacity(files.len());
    for (path, name) in files.iter().zip(names) {
        let (input, length) = opened(path).map_err(|error| format!("{name} cannot be read: {error}"))?;
        opened_files.push(Input { name, input, length });
    }
    let store = super::opened(&config).await?;
    let mut signals = Signals::listen()?;
    let (events, things) = sorted(opened_files, &mut signals).await?;
    if let Some(Input { name, .. }) = events.first().filter(|_| strict || report.is_some()) {
        return Err(format!(
            "{name} holds events, which count one by one, and of which `rejectedEvents` in the graph lists those that do \
             not; --strict and --report are for files of things"
        )
        .into());
    }
    if things.is_empty() {
        return take_events(&store, events, &mut signals).await;
    }
    let names: Vec<String> = things.iter().map(|file| file.name.clone()).collect();
    let length = things.iter().map(|file| file.length).sum();
    let inputs = things.into_iter().map(|file| file.input).collect();
    let reported = match &report {
        Some(path) => Some(Reported {
            writer: BufWriter::new(Replacing::at(path, &store).await?),
            files: (names.len() > 1).then(|| names.clone()),
        }),
        None => None,
    };
    let progress = Arc::new(Shown::new(length, reported));
    let begun = Instant::now();
    let order = Import { source, strict, inputs, progress: progress.clone() };
    let outcome = tokio::select! {
        outcome = progress.over(ingest::import(&store, &Clock::Wall, order)) => outcome,
        () = signals.next() => {
            progress.give_up();
            return Err(INTERRUPTED.into());
        }
    };
    let outcome = outcome.map_err(|error| {
        progress.give_up();
        match &error {
            ImportError::Input { file, .. } => {
                format!("{}: {error}", names.get(*file).map_or("", String::as_str))
            }
            _ => error.to_string(),
        }
    })?;
    let reported = progress.finish();
    let told = Told { names: &names, strict, took: begun.elapsed(), file: report.as_deref() };
    told.tell(&outcome)?;
    // Everything is in, and told: whoever stops it from here on stops nothing that counts.
    tokio::select! {
        () = ingest::analyze(&store, &outcome) => {}
        () = signals.next() => {}
    }
    reported.map_err(|error| format!("the report cannot be written: {error}"))?;
    if !(strict && outcome.rejected_total > 0) {
        ingest::events::settle_waiting(&store, &Clock::Wall).await?;
    }
    if !events.is_empty() {
        return take_events(&store, events, &mut signals).await;
    }
    Ok(if strict && outcome.rejected_total > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A file to take in, and how long it is where that is known.
struct Input {
    name: String,
    input: Box<dyn Read + Send>,
    length: Option<u64>,
}

/// The files that hold events, and those that hold things, by their first lines; one that is written meanwhile may keep
/// them waiting.
async fn sorted(
    files: Vec<Input>,
    signals: &mut Signals,
) -> Result<(Vec<Input>, Vec<Input>), Box<dyn std::error::Error + Send + Sync>> {
    let progress = Shown::new(None, None);
    progress.phase("reading");
    let looking = tokio::task::spawn_blocking(move || {
        let looked = files.into_iter().map(|file| {
            let (is_events, input) = ingest::events::is_events(file.input);
            (is_events, Input { input, ..file })
        });
        looked.partition::<Vec<_>, _>(|(is_events, _)| *is_events)
    });
    let (events, things) = tokio::select! {
        sorted = progress.over(looking) => sorted?,
        () = signals.next() => return Err(INTERRUPTED.into()),
    };
    let bare = |files: Vec<(bool, Input)>| files.into_iter().map(|(_, file)| file).collect();
    Ok((bare(events), bare(things)))
}

/// Takes files of events in, one after the other.
async fn take_events(store: &Store, files: Vec<Input>, signals: &mut Signals) -> Outcome {
    for Input { name, input, length } in files {
        let progress = Arc::new(Shown::new(length, None));
        let begun = Instant::now();
        let taking = ingest::events::take_file(store, &Clock::Wall, input, progress.clone());
        let outcome = tokio::select! {
            outcome = progress.over(taking) => outcome,
            () = signals.next() => {
                progress.give_up();
                return Err(INTERRUPTED.into());
            }
        };
        let report = outcome.map_err(|error| {
            progress.give_up();
            format!("{name}: {error}")
        })?;
        progress.finish().map_err(|error| format!("the report cannot be written: {error}"))?;
        let mut out = io::stdout().lock();
        for (line, told) in report.shown.iter().take(PRINTED) {
            let why = told.reason.as_deref().unwrap_or_default();
            let waits = if told.outcome == ingest::events::Outcome::Waiting { "waits: " } else { "" };
            writeln!(out, "{name}:{line}: {} {}: {waits}{why}", told.source, told.id)?;
        }
        let hidden = report.waiting + report.rejected - report.shown.len().min(PRINTED) as u64;
        if hidden > 0 {
            writeln!(out, "{name}: … and {hidden} more; `rejectedEvents` in the graph lists them all")?;
        }
        let seconds = begun.elapsed().as_secs_f64().max(0.001);
        writeln!(
            out,
            "{name}: {} of {} events taken, {} came before, {} wait, {} rejected; {seconds:.1} s, {:.0} events a second",
            report.taken,
            report.read,
            report.duplicate,
            report.waiting,
            report.rejected,
            report.read as f64 / seconds
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn shown(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// The input, and how long it is where that is known.
fn opened(path: &Path) -> io::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    // Only a file can be opened to see whether it may be read; whoever fills a pipe would take it for the end.
    let length = if metadata.is_file() { File::open(path).map(|_| Some(metadata.len()))? } else { None };
    Ok((Box::new(Later { path: path.to_owned(), file: None }), length))
}

/// A file that is opened when its turn comes, so that any number of files can be named.
struct Later {
    path: PathBuf,
    file: Option<File>,
}

impl Read for Later {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.read(buffer),
            file => file.insert(File::open(&self.path)?).read(buffer),
        }
    }
}

/// How an import was ordered, and how long it took.
struct Told<'a> {
    names: &'a [String],
    strict: bool,
    took: Duration,
    file: Option<&'a Path>,
}

impl Told<'_> {
    /// Prints how it went.
    fn tell(&self, report: &Report) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let all = match self.names {
            [only] => only.clone(),
            several => format!("{} files", several.len()),
        };
        for rejection in report.rejected.iter().take(PRINTED) {
            let name = self.names.get(rejection.file).map_or("", String::as_str);
            let noun = rejection.noun.as_deref().unwrap_or("line");
            let key = rejection.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
            writeln!(out, "{name}:{}: {noun}{key}: {}", rejection.line, rejection.reason)?;
        }
        let printed = report.rejected.len().min(PRINTED) as u64;
        match (report.rejected_total - printed, self.file) {
            (0, _) => {}
            (more, Some(file)) => {
                writeln!(out, "{all}: … and {more} more, all of them in {}", file.display())?
            }
            (more, None) => writeln!(out, "{all}: … and {more} more; --report FILE writes them all")?,
        }
        let seconds = self.took.as_secs_f64().max(0.001);
        if self.strict && report.rejected_total > 0 {
            let (wrong, read) = (report.rejected_total, report.read);
            return writeln!(out, "{all}: nothing was taken, because {wrong} of {read} lines are wrong");
        }
        writeln!(
            out,
            "{all}: {} of {} lines taken, {} rejected; {} new, {} changed; {seconds:.1} s, {:.0} lines a second",
            report.taken,
            report.read,
            report.rejected_total,
            report.added,
            report.changed,
            report.read as f64 / seconds
        )
    }
}
