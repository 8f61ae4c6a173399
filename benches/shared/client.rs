//! A small HTTP client: keep-alive connections that send ready bytes and read bodies of a known length.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// One connection to a server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

/// A request as it goes over the wire.
pub(crate) fn request(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, read: Vec::with_capacity(256 * 1024) })
    }

    /// Sends a request and answers the body of a response of status 200.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Outcome<&[u8]> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let mut whole = None;
        loop {
            if let Some((start, end)) = whole
                && self.read.len() >= end
            {
                return Ok(&self.read[start..end]);
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if whole.is_none() {
                whole = body_place(&self.read)?;
            }
        }
    }
}

/// Where the body begins and ends, once the head is there.
fn body_place(read: &[u8]) -> Outcome<Option<(usize, usize)>> {
    let Some(head) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
    let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .ok_or_else(|| format!("a response without a length: {text}"))?;
    let length: usize = length.trim().parse()?;
    let start = head + 4;
    if !text.starts_with("http/1.1 200") {
        let body = String::from_utf8_lossy(&read[start..]);
        return Err(format!("the server refused: {text}\n{body}").into());
    }
    Ok(Some((start, start + length)))
}

/// Sends `count` requests over `connections` connections, the next as soon as one is answered.
pub(crate) async fn load(
    address: &str,
    requests: &Arc<Vec<Vec<u8>>>,
    (connections, count): (usize, usize),
) -> Outcome<Duration> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let began = Instant::now();
    let tasks: Vec<_> = open
        .into_iter()
        .map(|mut connection| {
            let (next, requests) = (next.clone(), requests.clone());
            tokio::spawn(async move {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= count {
                        return Ok::<(), Box<dyn std::error::Error + Send + Sync>>(());
                    }
                    connection.send(&requests[place % requests.len()]).await?;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(began.elapsed())
}
