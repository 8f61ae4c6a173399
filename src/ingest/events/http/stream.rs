//! Events as lines, as many as there are: read as they come, taken in by the chunk, and the report written meanwhile. What
//! is held in memory does not grow with them.

use std::io::Write;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use flate2::write::MultiGzDecoder;
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::mpsc;

use super::{Counts, Refusal, unavailable};
use crate::ingest::events::{CHUNK, Intake, LONGEST, Outcome};

/// How many bytes of events are taken in at once.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// How many bytes are unpacked at once: gzip makes at most about a thousand times as much of them.
const PACKED: usize = 4 * 1024;

/// How many events that do not count are told of one by one; all of them can be listed.
const SHOWN: u64 = 1_000;

/// Takes in a body of lines. The answer begins when the first chunk is on disk, and goes on with a line for each chunk:
/// whatever is told is there. It breaks off where the store fails.
pub(super) async fn lines(intake: Intake, body: Body, packed: bool) -> Result<Response, Refusal> {
    let mut taking = Taking {
        intake,
        lines: Lines { unpacking: packed.then(|| MultiGzDecoder::new(Vec::new())), ..Lines::default() },
        chunk: Vec::new(),
        bytes: 0,
        read: 0,
        counts: Counts::default(),
        shown: 0,
        ended: false,
    };
    let mut incoming = body.into_data_stream();
    let mut first = Vec::new();
    let ended = taking.chunk_from(&mut incoming, &mut first).await?;
    // Whoever sends may not read before everything is sent, so that writing the report must never wait for the reader. It
    // is short: what does not count is told of up to a bound, and else a line for thousands of events.
    let (report, reported) = mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    let _ = report.send(Ok(Bytes::from(first)));
    tokio::spawn(async move {
        let mut ended = ended;
        while !ended {
            let mut told = Vec::new();
            match taking.chunk_from(&mut incoming, &mut told).await {
                Ok(end) => ended = end,
                Err(refusal) => {
                    let why = super::refused(&refusal).into_body();
                    let why = axum::body::to_bytes(why, LONGEST).await.unwrap_or_default();
                    let _ = report.send(Ok([&told, &why[..]].concat().into()));
                    let _ = report.send(Err(std::io::Error::other("the events were not all taken")));
                    return;
                }
            }
            if report.send(Ok(Bytes::from(told))).is_err() && ended {
                return;
            }
        }
        let mut last = Vec::new();
        let _ = writeln!(last, "{}", json!({ "done": true, "lines": taking.read, "total": taking.counts }));
        let _ = report.send(Ok(Bytes::from(last)));
    });
    let stream = futures_util::stream::unfold(reported, |mut reported| async move {
        reported.recv().await.map(|part| (part, reported))
    });
    Ok((StatusCode::OK, [(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(stream)).into_response())
}

struct Taking {
    intake: Intake,
    lines: Lines,
    /// The events of the next chunk, each with its line.
    chunk: Vec<(u64, Vec<u8>)>,
    bytes: usize,
    read: u64,
    counts: Counts,
    shown: u64,
    /// Whether everything has come.
    ended: bool,
}

impl Taking {
    /// Reads until a chunk is full or all is read, and takes it in. Answers whether that was all.
    async fn chunk_from(
        &mut self,
        incoming: &mut axum::body::BodyDataStream,
        report: &mut Vec<u8>,
    ) -> Result<bool, Refusal> {
        loop {
            while let Some(line) = self.lines.next() {
                self.read += 1;
                if !line.is_empty() {
                    self.bytes += line.len();
                    self.chunk.push((self.read, line));
                }
                if self.chunk.len() >= CHUNK || self.bytes >= CHUNK_BYTES {
                    self.take(report).await?;
                    return Ok(false);
                }
            }
            if self.ended {
                if let Some(last) = self.lines.last() {
                    self.read += 1;
                    self.chunk.push((self.read, last));
                }
                self.take(report).await?;
                return Ok(true);
            }
            match incoming.next().await {
                Some(Ok(bytes)) => self.lines.feed(&bytes)?,
                Some(Err(_)) => {
                    self.take(report).await?;
                    let message =
                        "The body broke off; what was told of before is taken, the rest is to be sent again.";
                    return Err(Refusal::Broken(message.to_owned()));
                }
                None => {
                    self.lines.finish()?;
                    self.ended = true;
                }
            }
        }
    }

    async fn take(&mut self, report: &mut Vec<u8>) -> Result<(), Refusal> {
        self.bytes = 0;
        let (numbers, events): (Vec<u64>, Vec<Vec<u8>>) = self.chunk.drain(..).unzip();
        if events.is_empty() {
            return Ok(());
        }
        let told = self.intake.bring(events).await.map_err(unavailable)?;
        for (line, told) in numbers.into_iter().zip(told) {
            self.counts.add(&told);
            if matches!(told.outcome, Outcome::Waiting | Outcome::Rejected) && self.shown < SHOWN {
                self.shown += 1;
                let mut shown = json!(told);
                shown["line"] = line.into();
                let _ = writeln!(report, "{shown}");
            }
        }
        let _ = writeln!(report, "{}", json!({ "onDisk": self.read, "total": self.counts }));
        Ok(())
    }
}

/// Bytes as they come into lines.
#[derive(Default)]
struct Lines {
    unpacking: Option<MultiGzDecoder<Vec<u8>>>,
    rest: Vec<u8>,
    /// Where in it the next line begins.
    next: usize,
    /// Whether the line that is being read is longer than one may be.
    skipping: bool,
}

impl Lines {
    fn feed(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.rest.drain(..std::mem::take(&mut self.next));
        let Some(unpacking) = &mut self.unpacking else {
            self.rest.extend_from_slice(bytes);
            return Ok(());
        };
        for part in bytes.chunks(PACKED) {
            unpacking.write_all(part).map_err(|_| broken())?;
            self.rest.append(unpacking.get_mut());
        }
        Ok(())
    }

    /// The next whole line. Of one that is too long comes the beginning, which no event is.
    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let left = self.rest.get(self.next..).unwrap_or_default();
            let Some(end) = left.iter().position(|byte| *byte == b'\n') else {
                if left.len() <= LONGEST {
                    return None;
                }
                let line = cut(left);
                self.next = self.rest.len();
                return (!std::mem::replace(&mut self.skipping, true)).then_some(line);
            };
            let line = cut(left.get(..end).unwrap_or_default());
            self.next += end + 1;
            if !std::mem::take(&mut self.skipping) {
                return Some(line);
            }
        }
    }

    /// Nothing more comes.
    fn finish(&mut self) -> Result<(), Refusal> {
        if let Some(mut unpacking) = self.unpacking.take() {
            unpacking.try_finish().map_err(|_| broken())?;
            self.rest.append(unpacking.get_mut());
        }
        Ok(())
    }

    /// What stands behind the last end of a line.
    fn last(&mut self) -> Option<Vec<u8>> {
        let line = cut(self.rest.get(self.next..).unwrap_or_default());
        self.next = self.rest.len();
        (!line.is_empty() && !self.skipping).then_some(line)
    }
}

fn broken() -> Refusal {
    Refusal::Broken("The body is not gzip, or breaks off; what was told of before is taken.".to_owned())
}

/// A line without its end and the blanks around it, and no longer than one may be.
fn cut(line: &[u8]) -> Vec<u8> {
    let line = line.trim_ascii();
    line.get(..LONGEST).unwrap_or(line).to_vec()
}
