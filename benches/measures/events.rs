//! Facts as events, one a line, and their way over one connection.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;
use crate::content::{Shape, day, mixed};

/// How many bytes are written at once.
const PIECE: usize = 256 * 1024;

/// How long a server may take for all events.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// A body that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Bytes,
    packed: bool,
}

/// The id of the `n`th event: like the ids that senders make, in no order.
pub(crate) fn name(n: i64) -> String {
    format!("{:016x}", mixed(n))
}

fn line(out: &mut String, shape: Shape, n: i64) -> Outcome<()> {
    let fact = shape.fact(n);
    writeln!(
        out,
        r#"{{"specversion":"1.0","id":"{}","source":"bench-0","type":"weft.fact.observed","time":"{}","data":{{"day":"{}","delivery":"delivery-{}","variant":"variant-{}","audience":"audience-{}","channel":"{}","territory":"{}","impressions":{},"clicks":{},"conversions":{},"cost":{},"revenue":{},"currency":"EUR"}}}}"#,
        name(n),
        weft::clock::written(fact.observed_at),
        day(fact.day),
        fact.delivery,
        fact.variant,
        fact.audience,
        fact.channel,
        fact.territory,
        fact.impressions,
        fact.clicks,
        fact.conversions,
        weft::money::written(fact.cost),
        weft::money::written(fact.revenue),
    )?;
    Ok(())
}

impl Body {
    /// All events as lines, packed or as they are.
    pub(crate) fn new(shape: Shape, packed: bool) -> Outcome<Self> {
        let mut text = String::new();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        for n in 0..shape.facts {
            line(&mut text, shape, n)?;
            if packed && text.len() > PIECE {
                gzip.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        let bytes = match packed {
            true => {
                gzip.write_all(text.as_bytes())?;
                gzip.finish()?
            }
            false => text.into_bytes(),
        };
        Ok(Body { bytes: bytes.into(), packed })
    }

    /// Its size in MB.
    pub(crate) fn megabytes(&self) -> f64 {
        self.bytes.len() as f64 / 1e6
    }

    /// Sends it over one connection and reads the report meanwhile. Answers how long it took until the last is on disk,
    /// and how many were taken.
    pub(crate) async fn send(&self, address: &str) -> Outcome<(f64, i64)> {
        let began = Instant::now();
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (mut read, mut write) = stream.into_split();
        let encoding = if self.packed { "content-encoding: gzip\r\n" } else { "" };
        let head = format!(
            "POST /events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/x-ndjson\r\n\
             {encoding}content-length: {}\r\n\r\n",
            self.bytes.len()
        );
        let bytes = self.bytes.clone();
        let sending = tokio::spawn(async move {
            write.write_all(head.as_bytes()).await?;
            for piece in bytes.chunks(PIECE) {
                write.write_all(piece).await?;
            }
            Ok::<_, std::io::Error>(write)
        });
        let mut report = Vec::new();
        tokio::time::timeout(PATIENCE, read.read_to_end(&mut report)).await??;
        let seconds = began.elapsed().as_secs_f64();
        sending.await??;
        let report = String::from_utf8_lossy(&report);
        let last = report.lines().rev().find(|line| line.contains("\"done\"")).ok_or_else(|| {
            let shown: String = report.chars().take(2_000).collect();
            format!("the report breaks off:\n{shown}")
        })?;
        let last: Value = serde_json::from_str(last)?;
        Ok((seconds, last["total"]["taken"].as_i64().unwrap_or_default()))
    }
}
