//! Reading and parsing on a thread of their own, beside the writing of the staging tables. Between them stand
//! chunks of bounded size, so memory does not grow with the file.

use std::io::Read;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use tokio::sync::mpsc;
use uuid::{ContextV7, Timestamp, Uuid};

use super::input::{LONGEST_LINE, Line, Lines};
use super::layout::LAYOUT;
use super::line::{Parser, Rejection, Rows};
use super::session::{Chunk, rows_a_statement};
use super::value::Cell;
use super::{ImportError, Progress};
use crate::clock::Micros;
use crate::store::Dialect;

/// What the reading thread tells.
pub(super) enum Event {
    Chunk(Chunk),
    Done(Box<Parser>),
    Failed(ImportError),
}

/// What is read.
pub(super) struct Reading {
    pub(super) what: What,
    pub(super) source: String,
    pub(super) now: Micros,
    pub(super) dialect: Dialect,
    pub(super) progress: Arc<dyn Progress>,
}

/// Files of lines, or events that stand in memory, in the order in which they count.
pub(super) enum What {
    Lines(Vec<Box<dyn Read + Send>>),
    Events(Vec<Came>),
}

/// An event as it came.
pub(super) struct Came {
    pub(super) bytes: Vec<u8>,
    /// Its place among those that came with it.
    pub(super) place: usize,
    /// When it came for the first time, where that was before.
    pub(super) at: Option<Micros>,
}

/// Ids that grow from line to line, so that new rows come into the store in their order.
struct Ids {
    context: ContextV7,
    seconds: u64,
    nanos: u32,
}

impl Ids {
    fn at(now: Micros) -> Self {
        let seconds = u64::try_from(now.div_euclid(1_000_000)).unwrap_or_default();
        let nanos = u32::try_from(now.rem_euclid(1_000_000)).unwrap_or_default() * 1_000;
        Ids { context: ContextV7::new(), seconds, nanos }
    }

    fn next(&self) -> Uuid {
        Uuid::new_v7(Timestamp::from_unix(&self.context, self.seconds, self.nanos))
    }
}

/// Starts the thread. It ends by itself when nobody listens any more.
pub(super) fn start(reading: Reading) -> mpsc::Receiver<Event> {
    const WAITING: usize = 4;
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        let last = match read(reading, &sender) {
            Ok(parser) => Event::Done(Box::new(parser)),
            Err(error) => Event::Failed(error),
        };
        // Nobody listens where the import was given up.
        let _ = sender.blocking_send(last);
    });
    receiver
}

fn read(reading: Reading, sender: &mpsc::Sender<Event>) -> Result<Parser, ImportError> {
    let Reading { what, source, now, dialect, progress } = reading;
    let ids = Ids::at(now);
    let mut parser = Parser::new(&source);
    let mut buffers = Buffers::new(dialect, sender);
    match what {
        What::Lines(inputs) => read_lines(inputs, (&mut parser, &mut buffers), &ids, progress.as_ref())?,
        What::Events(events) => {
            for (number, event) in (1..).zip(events) {
                let now = event.at.unwrap_or(now);
                buffers.take(parser.event(number, &event, (ids.next(), ids.next()), now))?;
                parser.met.read += 1;
            }
        }
    }
    let sources = parser.sources.rows(|| ids.next());
    buffers.take(sources.into_iter().map(|row| (LAYOUT.sources(), row)).collect())?;
    buffers.finish()?;
    Ok(parser)
}

fn read_lines(
    inputs: Vec<Box<dyn Read + Send>>,
    (parser, buffers): (&mut Parser, &mut Buffers<'_>),
    ids: &Ids,
    progress: &dyn Progress,
) -> Result<(), ImportError> {
    const TELL_EVERY: u64 = 1_000;
    // Lines are counted over all files, so that a later file wins over an earlier one as a later line does.
    let (mut number, mut bytes) = (0, 0);
    for (file, input) in inputs.into_iter().enumerate() {
        let before = number;
        let failed = |number: u64| move |error| ImportError::Input { file, line: number - before + 1, error };
        parser.met.before.push(before);
        let mut lines = Lines::new(input).map_err(failed(number))?;
        while let Some(line) = lines.next().map_err(failed(number))? {
            number += 1;
            let parsed = match line {
                Line::Bytes([]) => continue,
                Line::Bytes(bytes) => parser.parse(number, bytes, ids.next()),
                Line::TooLong => Err(Rejection {
                    file,
                    line: number,
                    noun: None,
                    key: None,
                    reason: format!("the line is longer than {LONGEST_LINE} bytes"),
                }),
            };
            parser.met.read += 1;
            buffers.take(parsed.unwrap_or_else(rejected))?;
            if number % TELL_EVERY == 0 {
                progress.lines(number);
                progress.bytes(bytes + lines.bytes());
            }
        }
        bytes += lines.bytes();
    }
    progress.lines(number);
    progress.bytes(bytes);
    Ok(())
}

fn rejected(rejection: Rejection) -> Rows {
    let text = |text: Option<String>| text.map_or(Cell::Null, Cell::Text);
    let row = vec![
        Cell::Big(i64::try_from(rejection.line).unwrap_or(i64::MAX)),
        text(rejection.noun),
        text(rejection.key.map(|key| key.replace('\0', "\u{fffd}"))),
        Cell::Text(rejection.reason.replace('\0', "\u{fffd}")),
        Cell::Small(-1),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Small(0),
    ];
    vec![(LAYOUT.rejected(), row)]
}

/// Rows that wait to be sent, table by table.
struct Buffers<'s> {
    dialect: Dialect,
    sender: &'s mpsc::Sender<Event>,
    bytes: Vec<Vec<u8>>,
    cells: Vec<Vec<Cell>>,
    /// How much text waits in `cells`.
    texts: Vec<usize>,
}

/// What stands before and behind the rows of a binary `COPY`.
const COPY_HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const COPY_END: [u8; 2] = (-1_i16).to_be_bytes();

impl<'s> Buffers<'s> {
    fn new(dialect: Dialect, sender: &'s mpsc::Sender<Event>) -> Self {
        let sheets = LAYOUT.sheets.len();
        Buffers {
            dialect,
            sender,
            bytes: vec![Vec::new(); sheets],
            cells: vec![Vec::new(); sheets],
            texts: vec![0; sheets],
        }
    }

    fn take(&mut self, rows: Rows) -> Result<(), ImportError> {
        const FULL: usize = 256 * 1024;
        for (sheet, row) in rows {
            let full = match self.dialect {
                Dialect::Postgres => {
                    let bytes = &mut self.bytes[sheet];
                    if bytes.is_empty() {
                        bytes.extend_from_slice(COPY_HEAD);
                    }
                    encode(bytes, &row);
                    bytes.len() >= FULL
                }
                Dialect::Sqlite => {
                    let width = row.len();
                    let text = |cell: &Cell| if let Cell::Text(text) = cell { text.len() } else { 0 };
                    self.texts[sheet] += row.iter().map(text).sum::<usize>();
                    self.cells[sheet].extend(row);
                    self.cells[sheet].len() >= rows_a_statement(width) * width || self.texts[sheet] >= FULL
                }
            };
            if full {
                self.flush(sheet)?;
            }
        }
        Ok(())
    }

    fn flush(&mut self, sheet: usize) -> Result<(), ImportError> {
        let mut bytes = std::mem::take(&mut self.bytes[sheet]);
        let cells = std::mem::take(&mut self.cells[sheet]);
        self.texts[sheet] = 0;
        let chunk = if !bytes.is_empty() {
            bytes.extend_from_slice(&COPY_END);
            Chunk::Bytes { sheet, bytes }
        } else if !cells.is_empty() {
            Chunk::Cells { sheet, cells }
        } else {
            return Ok(());
        };
        self.sender.blocking_send(Event::Chunk(chunk)).map_err(|_| ImportError::GivenUp)
    }

    fn finish(&mut self) -> Result<(), ImportError> {
        (0..self.bytes.len()).try_for_each(|sheet| self.flush(sheet))
    }
}

/// A row as a binary `COPY` reads it.
fn encode(bytes: &mut Vec<u8>, row: &[Cell]) {
    fn put<const N: usize>(bytes: &mut Vec<u8>, value: [u8; N]) {
        bytes.extend_from_slice(&(N as i32).to_be_bytes());
        bytes.extend_from_slice(&value);
    }
    bytes.extend_from_slice(&(row.len() as i16).to_be_bytes());
    for cell in row {
        match cell {
            Cell::Null => bytes.extend_from_slice(&(-1_i32).to_be_bytes()),
            Cell::Small(number) => put(bytes, number.to_be_bytes()),
            Cell::Int(number) => put(bytes, number.to_be_bytes()),
            Cell::Big(number) => put(bytes, number.to_be_bytes()),
            Cell::Float(number) => put(bytes, number.to_be_bytes()),
            Cell::Bool(yes) => put(bytes, [u8::from(*yes)]),
            Cell::Text(text) => {
                bytes.extend_from_slice(&(text.len() as i32).to_be_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
            Cell::Day(day) => put(bytes, days(*day).to_be_bytes()),
            Cell::Id(id) => put(bytes, *id.as_bytes()),
        }
    }
}

/// Days since 2000, as Postgres counts them.
fn days(day: NaiveDate) -> i32 {
    const FIRST_OF_2000: i32 = 730_120;
    day.num_days_from_ce() - FIRST_OF_2000
}
