//! How far an import is: a bar with rate and time left on a terminal, a plain line every few seconds elsewhere; and
//! the rejected lines into their report.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tokio::time::{Instant as Tick, interval_at};

use super::replacing::Replacing;
use crate::ingest::{Progress, Rejection};

/// How often a plain line is written.
const EVERY: Duration = Duration::from_secs(3);

/// The report of the rejected lines, and the names of the files where there are several.
pub(super) struct Reported {
    pub(super) writer: BufWriter<Replacing>,
    pub(super) files: Option<Vec<String>>,
}

/// The progress of one import.
pub(super) struct Shown {
    bar: ProgressBar,
    length: Option<u64>,
    read: Arc<AtomicU64>,
    bytes: AtomicU64,
    phase: Mutex<Phase>,
    /// Where it goes, or why it cannot be written further.
    report: Mutex<io::Result<Option<Reported>>>,
}

struct Phase {
    name: String,
    begun: Instant,
    /// How many came before it; the first is the reading.
    before: usize,
}

impl Shown {
    /// Nothing is done yet of files that are so long.
    pub(super) fn new(length: Option<u64>, report: Option<Reported>) -> Self {
        let bar = if io::stderr().is_terminal() {
            ProgressBar::new(length.unwrap_or_default())
        } else {
            ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden())
        };
        let phase = Phase { name: String::new(), begun: Instant::now(), before: 0 };
        Shown {
            bar,
            length,
            read: Arc::default(),
            bytes: AtomicU64::new(0),
            phase: Mutex::new(phase),
            report: Mutex::new(Ok(report)),
        }
    }

    /// Does the work while saying now and then how far it is.
    pub(super) async fn over<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut ticks = interval_at(Tick::now() + EVERY, EVERY);
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                _ = ticks.tick() => self.tell(),
            }
        };
        self.bar.finish_and_clear();
        done
    }

    /// Puts the report into its place.
    pub(super) fn finish(&self) -> io::Result<()> {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *report, Ok(None))? {
            Some(report) => report.writer.into_inner().map_err(io::IntoInnerError::into_error)?.finish(),
            None => Ok(()),
        }
    }

    /// Takes away the report that is not finished, which a reader that still runs would hold on to.
    pub(super) fn give_up(&self) {
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = Ok(None);
    }

    /// A plain line on how far it is.
    fn tell(&self) {
        if !self.bar.is_hidden() {
            return;
        }
        let phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = phase.begun.elapsed().as_secs_f64().max(0.001);
        // The progress is a courtesy: where nobody can read it, the import goes on.
        let _ = if phase.before > 0 {
            writeln!(io::stderr(), "{}, {seconds:.0} s", phase.name)
        } else {
            let read = self.read.load(Ordering::Relaxed);
            let (rate, left) = (read as f64 / seconds, self.left(seconds));
            writeln!(io::stderr(), "{read} lines read, {rate:.0} a second{left}")
        };
    }

    /// The time left, where the length of the files is known.
    fn left(&self, seconds: f64) -> String {
        let read = self.bytes.load(Ordering::Relaxed);
        match self.length {
            Some(length) if read > 0 && length >= read => {
                let left = seconds * (length - read) as f64 / read as f64;
                format!(", about {left:.0} s of reading left")
            }
            _ => String::new(),
        }
    }

    fn style(&self, reading: bool) -> ProgressStyle {
        let template = match (reading, self.length) {
            (true, Some(_)) => {
                "{msg} {bar:30} {binary_bytes}/{binary_total_bytes}, {lines}, {elapsed} so far, {eta} left"
            }
            (true, None) => "{msg} {spinner} {binary_bytes}, {lines}, {elapsed} so far",
            (false, _) => "{msg} {spinner} {elapsed} so far",
        };
        let read = self.read.clone();
        let lines = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let (read, seconds) = (read.load(Ordering::Relaxed), state.elapsed().as_secs_f64().max(0.001));
            let _ = write!(out, "{read} lines, {:.0} a second", read as f64 / seconds);
        };
        ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key("lines", lines)
    }
}

impl Progress for Shown {
    fn phase(&self, name: &str) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let before = if phase.name.is_empty() { 0 } else { phase.before + 1 };
        *phase = Phase { name: name.to_owned(), begun: Instant::now(), before };
        self.bar.set_style(self.style(before == 0));
        self.bar.set_message(name.to_owned());
        self.bar.reset_elapsed();
        if self.bar.is_hidden() {
            let _ = writeln!(io::stderr(), "{name}");
        } else {
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    fn lines(&self, read: u64) {
        self.read.store(read, Ordering::Relaxed);
    }

    fn bytes(&self, read: u64) {
        self.bytes.store(read, Ordering::Relaxed);
        self.bar.set_position(read);
    }

    fn rejected(&self, rejection: &Rejection) {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(Some(Reported { writer, files })) = report.as_mut() else { return };
        let mut line = serde_json::Map::new();
        if let Some(file) = files.as_ref().and_then(|files| files.get(rejection.file)) {
            line.insert("file".to_owned(), file.as_str().into());
        }
        line.insert("line".to_owned(), rejection.line.into());
        line.insert("type".to_owned(), rejection.noun.as_deref().into());
        line.insert("key".to_owned(), rejection.key.as_deref().into());
        line.insert("reason".to_owned(), rejection.reason.as_str().into());
        if let Err(error) = writeln!(writer, "{}", serde_json::Value::Object(line)) {
            *report = Err(error);
        }
    }
}
