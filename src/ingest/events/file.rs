//! Events in files, as `weft import` takes them: told from files of things by their first line, and taken in by the chunk.

use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::{CHUNK, Outcome, Told, settle_waiting, take};
use crate::clock::Clock;
use crate::ingest::input::{Line, Lines};
use crate::ingest::{ImportError, Progress};
use crate::store::Store;

/// How many bytes of events are taken in at once.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// How a file of events went in.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// Events that were read.
    pub read: u64,
    /// Those that count.
    pub taken: u64,
    /// Those that came before.
    pub duplicate: u64,
    /// Those that wait for something that is not known yet.
    pub waiting: u64,
    /// Those that cannot count.
    pub rejected: u64,
    /// The first that do not count, each with its line.
    pub shown: Vec<(u64, Told)>,
}

impl Report {
    /// How many of them are shown.
    pub const SHOWN: usize = 1_000;
}

/// An input whose first bytes were looked at.
type Input = Box<dyn Read + Send>;

/// What a reader has read so far, beside the reader itself.
#[derive(Clone)]
struct Recorder(Arc<Mutex<(Vec<u8>, Input)>>);

impl Read for Recorder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (record, input) = &mut *inside;
        let read = input.read(buffer)?;
        record.extend_from_slice(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Whether a file holds events, by its first line; and the file, from its beginning. What cannot be read is told by
/// whoever reads it then.
pub fn is_events(input: Input) -> (bool, Input) {
    let recorder = Recorder(Arc::new(Mutex::new((Vec::new(), input))));
    let events = begins_with_event(Box::new(recorder.clone())).unwrap_or(false);
    (events, Box::new(Again { begin: None, recorder }))
}

fn begins_with_event(input: Input) -> io::Result<bool> {
    let mut lines = Lines::new(input)?;
    loop {
        match lines.next()? {
            Some(Line::Bytes([])) => {}
            Some(Line::Bytes(bytes)) => {
                let first: Result<serde_json::Map<String, serde_json::Value>, _> =
                    serde_json::from_slice(bytes);
                return Ok(first.is_ok_and(|first| first.contains_key("specversion")));
            }
            Some(Line::TooLong) | None => return Ok(false),
        }
    }
}

/// What was recorded, and then the rest.
struct Again {
    begin: Option<Cursor<Vec<u8>>>,
    recorder: Recorder,
}

impl Read for Again {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inside = self.recorder.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (record, input) = &mut *inside;
        let begin = self.begin.get_or_insert_with(|| Cursor::new(std::mem::take(record)));
        match begin.read(buffer)? {
            0 => input.read(buffer),
            read => Ok(read),
        }
    }
}

/// Takes a file of events in, chunk by chunk: what was taken stays, wherever it ends.
pub async fn take_file(
    store: &Store,
    clock: &Clock,
    input: Input,
    progress: Arc<dyn Progress>,
) -> Result<Report, ImportError> {
    let mut report = Report::default();
    let mut chunks = reading(input);
    progress.phase("taking events in");
    while let Some(chunk) = chunks.recv().await {
        let (numbers, events, bytes) = chunk?;
        report.read += numbers.len() as u64;
        for (line, told) in numbers.into_iter().zip(take(store, clock, events).await?.told) {
            match told.outcome {
                Outcome::Taken => report.taken += 1,
                Outcome::Duplicate => report.duplicate += 1,
                Outcome::Waiting => report.waiting += 1,
                Outcome::Rejected => report.rejected += 1,
            }
            let counts = matches!(told.outcome, Outcome::Taken | Outcome::Duplicate);
            if !counts && report.shown.len() < Report::SHOWN {
                report.shown.push((line, told));
            }
        }
        progress.lines(report.read);
        progress.bytes(bytes);
    }
    settle_waiting(store, clock).await?;
    Ok(report)
}

/// The lines of some events, the events, and how many bytes of the file have been read.
type Chunk = Result<(Vec<u64>, Vec<Vec<u8>>, u64), ImportError>;

/// Reads on a thread of its own, beside the writing.
fn reading(input: Input) -> mpsc::Receiver<Chunk> {
    let (sender, receiver) = mpsc::channel(2);
    std::thread::spawn(move || {
        if let Err(error) = read(input, &sender) {
            // Nobody listens where the import was given up.
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn read(input: Input, sender: &mpsc::Sender<Chunk>) -> Result<(), ImportError> {
    let failed = |line: u64| move |error| ImportError::Input { file: 0, line: line + 1, error };
    let mut lines = Lines::new(input).map_err(failed(0))?;
    let (mut number, mut length) = (0, 0);
    let (mut numbers, mut events) = (Vec::new(), Vec::new());
    loop {
        let line = lines.next().map_err(failed(number))?;
        let ended = line.is_none();
        if let Some(line) = line {
            number += 1;
            let event = match line {
                Line::Bytes([]) => continue,
                Line::Bytes(bytes) => bytes.to_vec(),
                // It is rejected for being no JSON, and kept as what it is.
                Line::TooLong => b"a line that is too long".to_vec(),
            };
            length += event.len();
            numbers.push(number);
            events.push(event);
        }
        if ended || events.len() >= CHUNK || length >= CHUNK_BYTES {
            length = 0;
            let chunk = (std::mem::take(&mut numbers), std::mem::take(&mut events), lines.bytes());
            if sender.blocking_send(Ok(chunk)).is_err() || ended {
                return Ok(());
            }
        }
    }
}
