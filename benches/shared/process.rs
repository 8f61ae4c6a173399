//! A process that is measured: started on a free port, waited for, and stopped with whoever holds it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::client::Connection;

/// A server that is stopped when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
}

impl Server {
    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Starts it, and waits until it listens at this address.
    pub(crate) async fn start(mut command: Command, address: String) -> Outcome<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let mut server = Server { child, address };
        let began = Instant::now();
        while Connection::open(&server.address).await.is_err() {
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("{command:?} ended: {status}").into());
            }
            if began.elapsed() > Duration::from_secs(30) {
                return Err(format!("{command:?} does not listen").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this machine that nobody listens at.
pub(crate) fn free_address() -> Outcome<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}
