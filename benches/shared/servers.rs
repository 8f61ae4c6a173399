//! The processes that are measured, each on its own: the gateway, the floor, and Postgres.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use sea_orm::sqlx::{self, Connection as _, PgConnection, Row};

use crate::Outcome;
use crate::measure::parent;
use crate::process::{Server, free_address};

impl Server {
    /// Starts Weft over the store at `url`, as people start it, without keys and with a quiet log.
    pub(crate) async fn weft(url: &str, folder: &Path) -> Outcome<Self> {
        let settings = folder.join("weft.yaml");
        std::fs::write(
            &settings,
            format!("database: {{ url: '{url}', connections: 10 }}\nlog: {{ level: warn }}\n"),
        )?;
        let address = free_address()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
        command.args(["serve", "--listen", &address, "--config"]).arg(&settings);
        Server::start(command, address).await
    }

    /// Starts the floor over the store at `url`: this program again.
    pub(crate) async fn floor(url: &str) -> Outcome<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--floor", url, "--listen", &address]);
        Server::start(command, address).await
    }
}

/// A database server, with the process whose children do its work where it runs on this machine.
#[derive(Debug)]
pub(crate) struct Postgres {
    /// The address of a database that may be filled.
    pub(crate) url: String,
    /// The parent of all its backends.
    pub(crate) pid: Option<u32>,
    /// Closing this lets the script stop a server that was started here.
    private: Option<(Child, ChildStdin)>,
}

/// Starts a private server with the script of the tests and stops it when standard input ends.
const SCRIPT: &str = r#"
set -eu
cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/weft
mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || { cache=$PWD/target/tools; mkdir -p "$cache"; }
temporary=${TMPDIR:-/tmp}
[ "$(id -u)" != 0 ] || temporary=/tmp
work=$(mktemp -d "$temporary/weft-bench.XXXXXX")
. scripts/postgres.sh
trap 'postgres_stop; rm -rf "$work"' EXIT
trap '' INT
{ postgres_ready; postgres_start; } >&2
echo "$WEFT_TEST_POSTGRES"
read -r _ || true
"#;

impl Postgres {
    /// Uses the server at `url`, or starts one.
    pub(crate) async fn open(url: Option<String>) -> Outcome<Self> {
        let (url, private) = match url {
            Some(url) => (url, None),
            None => {
                let (url, held) = private()?;
                (url, Some(held))
            }
        };
        let mut connection = PgConnection::connect(&url).await?;
        let row = sqlx::query("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
        let backend: i32 = row.try_get(0)?;
        let here = ["@127.0.0.1", "@localhost", "@[::1]"].iter().any(|host| url.contains(host));
        let pid = u32::try_from(backend).ok().filter(|_| here).and_then(|pid| parent(pid).ok());
        Ok(Postgres { url, pid, private })
    }

    /// Stops a server that was started here.
    pub(crate) fn stop(&mut self) {
        if let Some((mut child, input)) = self.private.take() {
            drop(input);
            let _ = child.wait();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

fn private() -> Outcome<(String, (Child, ChildStdin))> {
    let mut child = Command::new("bash")
        .args(["-c", SCRIPT])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let input = child.stdin.take().ok_or("no standard input")?;
    let output = child.stdout.take().ok_or("no standard output")?;
    let mut url = String::new();
    BufReader::new(output).read_line(&mut url)?;
    if url.trim().is_empty() {
        return Err("Postgres did not start; name one with --postgres URL".into());
    }
    Ok((url.trim().to_owned(), (child, input)))
}
