//! An upstream that does what a test says, over bare TCP: a library's server would not close half-way, drip or
//! send what is no HTTP. It records what it was asked and counts what it could send.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

/// A running upstream; it goes with the test.
pub(crate) struct Upstream {
    /// Where it listens, such as `http://127.0.0.1:41234`.
    pub(crate) address: String,
    script: Arc<Script>,
    task: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

struct Script {
    behave: Box<dyn Fn(&Asked) -> Reply + Send + Sync>,
    asked: watch::Sender<Vec<Asked>>,
    hung_up: watch::Sender<usize>,
    written: AtomicU64,
}

/// A request that came in.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The how-manieth it is, from 0.
    pub(crate) number: usize,
    /// The method.
    pub(crate) method: String,
    /// The path and what stands behind `?`.
    pub(crate) target: String,
    /// The headers, by their names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// A header, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Holds replies back until it is opened.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

impl Gate {
    /// A gate that is shut.
    pub(crate) fn shut() -> Self {
        Gate(Arc::new(Semaphore::new(0)))
    }

    /// Opens it for good.
    pub(crate) fn open(&self) {
        self.0.close();
    }
}

/// What is sent back.
#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    manner: Manner,
    gate: Option<Gate>,
}

/// How it is sent.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Whole,
    Never,
    HalfThenNothing,
    HalfThenClose,
    Close,
    Drip,
    Endless(u64),
    Raw,
}

impl Reply {
    /// 200 with this JSON.
    pub(crate) fn json(body: &Value) -> Self {
        Reply::text(body.to_string()).header("content-type", "application/json")
    }

    /// 200 with this body and nothing said about it.
    pub(crate) fn text(body: impl Into<Vec<u8>>) -> Self {
        Reply { status: 200, headers: Vec::new(), body: body.into(), manner: Manner::Whole, gate: None }
    }

    /// This status without a body.
    pub(crate) fn status(status: u16) -> Self {
        Reply { status, ..Reply::text("") }
    }

    /// Nothing, for as long as the other side waits.
    pub(crate) fn never() -> Self {
        Reply { manner: Manner::Never, ..Reply::text("") }
    }

    /// An end of the connection.
    pub(crate) fn close() -> Self {
        Reply { manner: Manner::Close, ..Reply::text("") }
    }

    /// These bytes, and an end of the connection.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Reply { manner: Manner::Raw, ..Reply::text(bytes) }
    }

    /// A JSON string of so many bytes, in chunks and without its length.
    pub(crate) fn endless(bytes: u64) -> Self {
        Reply { manner: Manner::Endless(bytes), ..Reply::text("") }.header("content-type", "application/json")
    }

    /// With this status.
    pub(crate) fn with_status(self, status: u16) -> Self {
        Reply { status, ..self }
    }

    /// With this header too.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Deflated, and saying so.
    pub(crate) fn gzip(mut self) -> Self {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(&self.body).expect("memory takes it");
        self.body = writer.finish().expect("memory takes it");
        self.header("content-encoding", "gzip")
    }

    /// Half of it, and then nothing more.
    pub(crate) fn then_nothing(self) -> Self {
        Reply { manner: Manner::HalfThenNothing, ..self }
    }

    /// Half of it, and then an end of the connection.
    pub(crate) fn then_close(self) -> Self {
        Reply { manner: Manner::HalfThenClose, ..self }
    }

    /// The head, and then spaces one by one for as long as the other side waits.
    pub(crate) fn dripping(self) -> Self {
        Reply { manner: Manner::Drip, ..self }
    }

    /// Only when the gate is open.
    pub(crate) fn behind(self, gate: &Gate) -> Self {
        Reply { gate: Some(gate.clone()), ..self }
    }

    fn head(&self) -> Vec<u8> {
        let length = match self.manner {
            Manner::Endless(_) => "transfer-encoding: chunked\r\n".to_owned(),
            Manner::Drip => "content-length: 1000000\r\n".to_owned(),
            _ if self.status == 304 || self.status == 204 => String::new(),
            _ => format!("content-length: {}\r\n", self.body.len()),
        };
        let headers: String =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        format!("HTTP/1.1 {} Said\r\n{length}{headers}\r\n", self.status).into_bytes()
    }
}

impl Upstream {
    /// An upstream that does the same with every request.
    pub(crate) async fn always(reply: Reply) -> Self {
        Upstream::start(move |_| reply.clone()).await
    }

    /// An upstream that sends one reply after another, and the last one from then on.
    pub(crate) async fn replies(replies: Vec<Reply>) -> Self {
        Upstream::start(move |asked| replies[asked.number.min(replies.len() - 1)].clone()).await
    }

    /// An upstream that looks at what it is asked.
    pub(crate) async fn start(behave: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let script = Arc::new(Script {
            behave: Box::new(behave),
            asked: watch::Sender::default(),
            hung_up: watch::Sender::default(),
            written: AtomicU64::new(0),
        });
        let mut upstream = Upstream { address, script, task: None };
        upstream.serve(listener);
        upstream
    }

    /// Ends it with all of its connections, as a crash does.
    pub(crate) async fn stop(&mut self) {
        if let Some((stop, task)) = self.task.take() {
            let _ = stop.send(());
            task.await.expect("it ends");
        }
    }

    /// Begins again at the same address.
    pub(crate) async fn start_again(&mut self) {
        self.stop().await;
        let address = self.address.trim_start_matches("http://");
        let listener = TcpListener::bind(address).await.expect("the same port");
        self.serve(listener);
    }

    fn serve(&mut self, listener: TcpListener) {
        let (stop, stopped) = oneshot::channel();
        self.task = Some((stop, tokio::spawn(serve(listener, self.script.clone(), stopped))));
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> url::Url {
        format!("{}{path}", self.address).parse().expect("a URL")
    }

    /// Every request that came in so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.asked.borrow().clone()
    }

    /// How many came in so far.
    pub(crate) fn calls(&self) -> usize {
        self.script.asked.borrow().len()
    }

    /// How many bytes the other side took so far.
    pub(crate) fn written(&self) -> u64 {
        self.script.written.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have come in.
    pub(crate) async fn reached(&self, calls: usize) {
        let mut asked = self.script.asked.subscribe();
        asked.wait_for(|asked| asked.len() >= calls).await.expect("the script stays");
    }

    /// Waits until the other side has given up on so many replies that were not whole.
    pub(crate) async fn given_up(&self, replies: usize) {
        let mut hung_up = self.script.hung_up.subscribe();
        hung_up.wait_for(|hung_up| *hung_up >= replies).await.expect("the script stays");
    }
}

async fn serve(listener: TcpListener, script: Arc<Script>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    // A sender that is dropped with its upstream stops it too.
    while let Some(Ok((stream, _))) = tokio::select! {
        accepted = listener.accept() => Some(accepted),
        _ = &mut stopped => None,
    } {
        connections.spawn(connection(stream, script.clone()));
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(mut stream: TcpStream, script: Arc<Script>) {
    let mut read = Vec::new();
    while let Some(mut asked) = request(&mut stream, &mut read).await {
        script.asked.send_modify(|all| {
            asked.number = all.len();
            all.push(asked.clone());
        });
        let reply = (script.behave)(&asked);
        if let Some(gate) = &reply.gate {
            let _ = gate.0.acquire().await;
        }
        if !send(&mut stream, &reply, &script).await {
            return;
        }
    }
}

/// Sends a reply, and says whether the connection goes on.
async fn send(stream: &mut TcpStream, reply: &Reply, script: &Script) -> bool {
    let half = &reply.body[..reply.body.len() / 2];
    match reply.manner {
        Manner::Whole => write(stream, &[reply.head(), reply.body.clone()].concat(), script).await,
        Manner::Close => false,
        Manner::Raw => {
            write(stream, &reply.body, script).await;
            false
        }
        Manner::HalfThenClose => {
            write(stream, &[&reply.head(), half].concat(), script).await;
            false
        }
        Manner::Never => wait(stream, script).await,
        Manner::HalfThenNothing => {
            write(stream, &[&reply.head(), half].concat(), script).await;
            wait(stream, script).await
        }
        Manner::Drip => {
            let mut going = write(stream, &reply.head(), script).await;
            while going {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                going = write(stream, b" ", script).await;
            }
            script.hung_up.send_modify(|hung_up| *hung_up += 1);
            false
        }
        Manner::Endless(bytes) => {
            let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 65_536], b"\r\n".to_vec()].concat();
            let mut going = write(stream, &[&reply.head(), &b"1\r\n\"\r\n"[..]].concat(), script).await;
            for _ in 0..bytes / 65_536 {
                going = going && write(stream, &chunk, script).await;
            }
            if !going {
                script.hung_up.send_modify(|hung_up| *hung_up += 1);
            }
            going && write(stream, b"1\r\n\"\r\n0\r\n\r\n", script).await
        }
    }
}

async fn write(stream: &mut TcpStream, mut bytes: &[u8], script: &Script) -> bool {
    while !bytes.is_empty() {
        match stream.write(bytes).await {
            Ok(0) | Err(_) => return false,
            Ok(taken) => {
                script.written.fetch_add(taken as u64, Ordering::SeqCst);
                bytes = &bytes[taken..];
            }
        }
    }
    true
}

/// Waits until the other side gives up.
async fn wait(stream: &mut TcpStream, script: &Script) -> bool {
    let mut rest = [0; 64];
    while matches!(stream.read(&mut rest).await, Ok(1..)) {}
    script.hung_up.send_modify(|hung_up| *hung_up += 1);
    false
}

/// Reads one request; none where the other side has closed, or does not speak plainly.
async fn request(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<Asked> {
    let end = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        // What opens a TLS handshake is never followed by a line.
        if read.first() == Some(&0x16) {
            return None;
        }
        more(stream, read).await?;
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    read.drain(..end + 4);
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let header = |line: &str| {
        line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers = lines.filter_map(header).collect();
    let mut asked = Asked { number: 0, method, target, headers, body: Vec::new() };
    let length = asked.header("content-length").parse().unwrap_or(0);
    while read.len() < length {
        more(stream, read).await?;
    }
    asked.body = read.drain(..length).collect();
    Some(asked)
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let mut chunk = [0; 8_192];
    let taken = stream.read(&mut chunk).await.ok().filter(|taken| *taken > 0)?;
    read.extend_from_slice(&chunk[..taken]);
    Some(())
}
