//! Real servers that nobody here wrote, started on free ports from what scripts/upstreams.sh installed, and stopped
//! with the test. Their programs stand in tests/upstreams.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::client;

/// The longest that a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(180);

/// Where scripts/upstreams.sh put the servers, when it did.
#[expect(clippy::disallowed_methods, reason = "it says where the tests run, which is no setting of Weft's")]
pub(crate) fn installed() -> Option<PathBuf> {
    static SAID: Once = Once::new();
    let found = std::env::var("WEFT_UPSTREAMS").ok().map(PathBuf::from);
    if found.is_none() {
        SAID.call_once(|| {
            let _ = writeln!(
                std::io::stderr(),
                "left out: the real upstream servers; WEFT_UPSTREAMS names no folder"
            );
        });
    }
    found
}

/// Whether the tests are run the long way.
#[expect(clippy::disallowed_methods, reason = "it says how the tests run, which is no setting of Weft's")]
pub(crate) fn long() -> bool {
    std::env::var("WEFT_LONG").is_ok()
}

/// A running server.
pub(crate) struct Server {
    name: &'static str,
    port: u16,
    ready: &'static str,
    arguments: [String; 3],
    folder: tempfile::TempDir,
    child: Option<Child>,
}

impl Server {
    /// Starts one. `ready` is the path that answers 200 as soon as it can be used.
    pub(crate) fn start(name: &'static str, ready: &'static str, database: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the server");
        let port = free_port();
        let arguments = [port.to_string(), folder.path().display().to_string(), database.to_owned()];
        let mut server = Server { name, port, ready, arguments, folder, child: None };
        server.start_again();
        server
    }

    /// Starts it anew on its port, with what it had on disk.
    pub(crate) fn start_again(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).expect("a log");
        let mut command = self.program("start");
        command.stdout(log.try_clone().expect("the log twice")).stderr(log).process_group(0);
        self.child = Some(command.spawn().expect("the server starts"));
    }

    /// Kills it and all that it started.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-9", "--", &group]).status();
            let _ = child.wait();
        }
    }

    /// Waits until it can be used.
    pub(crate) async fn ready(&self) {
        let (client, until) = (client(), Instant::now() + PATIENCE);
        loop {
            let answer = client.get(self.url() + self.ready).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            assert!(Instant::now() < until, "{} does not answer:\n{}", self.name, self.log());
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Runs one of its programs, such as `fill`, which must end well.
    pub(crate) fn run(&self, program: &str, more: &[&str]) {
        let mut command = self.program(program);
        if !more.is_empty() {
            command = Command::new(self.path(program));
            command.arg(&self.arguments[0]).args(more).env("WEFT_UPSTREAMS", installed().unwrap_or_default());
        }
        let output = command.output().expect("the program runs");
        let told = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{} {program}: {}", self.name, String::from_utf8_lossy(&told));
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn path(&self, program: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upstreams").join(self.name).join(program)
    }

    fn program(&self, program: &str) -> Command {
        let mut command = Command::new(self.path(program));
        command.args(&self.arguments).stdin(Stdio::null());
        command.env("WEFT_UPSTREAMS", installed().unwrap_or_default());
        command
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
