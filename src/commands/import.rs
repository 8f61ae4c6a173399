//! `weft import`: files into the store, with the progress on standard error and the rejected lines in a report.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Outcome;
use crate::clock::Clock;
use crate::config::Config;
use crate::ingest::{self, Import, Progress, Rejection, Report};

/// Takes files of lines into the store
///
/// A file holds one JSON object a line, plain or gzip, in any order:
///
///   {"type":"Asset","key":"a1","title":"Hero","brand":"b1","concepts":["c1","c2"]}
///
/// Fields are named as in the schema; a relation to one is given by its key, a relation to many by an array of keys,
/// a relation to any type as {"type":…,"key":…}. A field left out stays, null clears it. The same file twice changes
/// nothing. Each file goes in by itself and at once: what is interrupted leaves nothing behind and can be run again.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The files to take in; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The source whose keys these are
    #[arg(long, value_name = "NAME", default_value = "import")]
    source: String,

    /// Take nothing of a file in which any line is wrong, and end with exit code 1
    #[arg(long)]
    strict: bool,

    /// Write every rejected line with its number and reason into this file, as NDJSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// How many rejected lines are printed of each file.
const PRINTED: usize = 20;

pub(super) async fn run(arguments: Arguments, config: Config) -> Outcome {
    let Arguments { files, source, strict, report } = arguments;
    if let Some(path) = report.as_deref().and_then(|path| path.canonicalize().ok())
        && files.iter().any(|file| file.canonicalize().is_ok_and(|file| file == path))
    {
        return Err(format!("{} is to be imported; the report needs another file", path.display()).into());
    }
    let store = super::opened(&config).await?;
    let writer = match &report {
        Some(path) => Some(BufWriter::new(
            File::create(path).map_err(|error| format!("{} cannot be written: {error}", path.display()))?,
        )),
        None => None,
    };
    let writer = Arc::new(Mutex::new(writer));
    let mut rejected = 0;
    for path in &files {
        let shown = shown(path);
        let (input, length) = opened(path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
        let several = files.len() > 1;
        let progress = Arc::new(Shown {
            bar: bar(length),
            told: Mutex::new(Instant::now()),
            file: several.then(|| shown.clone()),
            report: writer.clone(),
        });
        let begun = Instant::now();
        let order = Import { source: source.clone(), strict, input, progress: progress.clone() };
        let outcome = ingest::import(&store, &Clock::Wall, order).await;
        progress.bar.finish_and_clear();
        let outcome = outcome.map_err(|error| format!("{shown}: {error}"))?;
        tell(&shown, &outcome, strict, begun.elapsed(), report.as_deref())?;
        rejected += outcome.rejected_total;
    }
    if let Some(writer) = writer.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        writer.flush()?;
    }
    Ok(if strict && rejected > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn shown(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// The input, and how long it is where that is known.
fn opened(path: &Path) -> io::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((Box::new(file), metadata.is_file().then_some(metadata.len())))
}

/// Prints how it went.
fn tell(shown: &str, report: &Report, strict: bool, took: Duration, file: Option<&Path>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let refused = strict && report.rejected_total > 0;
    for rejection in report.rejected.iter().take(PRINTED) {
        let noun = rejection.noun.as_deref().unwrap_or("line");
        let key = rejection.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
        writeln!(out, "{shown}:{}: {noun}{key}: {}", rejection.line, rejection.reason)?;
    }
    let printed = report.rejected.len().min(PRINTED) as u64;
    match (report.rejected_total - printed, file) {
        (0, _) => {}
        (more, Some(file)) => writeln!(out, "{shown}: … and {more} more, all of them in {}", file.display())?,
        (more, None) => writeln!(out, "{shown}: … and {more} more; --report FILE writes them all")?,
    }
    let seconds = took.as_secs_f64().max(0.001);
    if refused {
        return writeln!(
            out,
            "{shown}: nothing was taken, because {} of {} lines are wrong",
            report.rejected_total, report.read
        );
    }
    writeln!(
        out,
        "{shown}: {} of {} lines taken, {} rejected; {} new, {} changed; {seconds:.1} s, {:.0} lines a second",
        report.taken,
        report.read,
        report.rejected_total,
        report.added,
        report.changed,
        report.read as f64 / seconds
    )
}

/// The progress: a bar on a terminal, a plain line every few seconds elsewhere.
struct Shown {
    bar: ProgressBar,
    told: Mutex<Instant>,
    file: Option<String>,
    report: Arc<Mutex<Option<BufWriter<File>>>>,
}

fn bar(length: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
    }
    let (bar, template) = match length {
        Some(length) => (
            ProgressBar::new(length),
            "{msg} {bar:30} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}, {eta} left",
        ),
        None => (ProgressBar::new_spinner(), "{msg} {spinner} {binary_bytes} {binary_bytes_per_sec}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

impl Progress for Shown {
    fn phase(&self, name: &str) {
        self.bar.set_message(name.to_owned());
        if self.bar.is_hidden() {
            // The progress is a courtesy: where nobody can read it, the import goes on.
            let _ = writeln!(io::stderr(), "{name}");
        }
    }

    fn lines(&self, read: u64) {
        const EVERY: Duration = Duration::from_secs(3);
        if !self.bar.is_hidden() {
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.elapsed() >= EVERY {
            *told = Instant::now();
            let seconds = self.bar.elapsed().as_secs_f64().max(0.001);
            let (rate, left) = (read as f64 / seconds, self.left());
            let _ = writeln!(io::stderr(), "{read} lines read, {rate:.0} a second{left}");
        }
    }

    fn bytes(&self, read: u64) {
        self.bar.set_position(read);
    }

    fn rejected(&self, rejection: &Rejection) {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(writer) = report.as_mut() else { return };
        let mut line = serde_json::Map::new();
        if let Some(file) = &self.file {
            line.insert("file".to_owned(), file.as_str().into());
        }
        line.insert("line".to_owned(), rejection.line.into());
        line.insert("type".to_owned(), rejection.noun.as_deref().into());
        line.insert("key".to_owned(), rejection.key.as_deref().into());
        line.insert("reason".to_owned(), rejection.reason.as_str().into());
        if let Err(error) = writeln!(writer, "{}", serde_json::Value::Object(line)) {
            let _ = writeln!(io::stderr(), "the report cannot be written further: {error}");
            *report = None;
        }
    }
}

impl Shown {
    /// The time left as a plain line says it, where the length of the file is known.
    fn left(&self) -> String {
        let (read, seconds) = (self.bar.position(), self.bar.elapsed().as_secs_f64());
        match self.bar.length() {
            Some(length) if read > 0 && length >= read => {
                let left = seconds * (length - read) as f64 / read as f64;
                format!(", about {left:.0} s of reading left")
            }
            _ => String::new(),
        }
    }
}
