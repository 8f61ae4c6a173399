//! `weft demo`: makes up a company, fills a temporary store with it by the ordinary import, and serves it.
//! The store is a folder of its own and goes when the command ends.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::serve::{Signals, bound, served};
use super::{Outcome, configured};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Secret, Source, Sources};
use crate::demo::{self, Manifest, Order, SOURCE, emulator};
use crate::ingest::{Import, Progress, analyze, import};
use crate::store::Store;

/// How many bytes of lines are handed over at once.
const CHUNK: usize = 1 << 16;
/// How many connections read the store.
const CONNECTIONS: u32 = 10;

/// Serves a made-up company, to try the graph at once
///
/// The company is made from the seed: brands, assets, audiences, decisions, eighteen months of performance, and
/// the faults a real company has. What was planted stands in a manifest beside the temporary store. Both are
/// removed at the end.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many times the company is as large
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    scale: u32,

    /// What everything is made from: the same seed on the same day gives the same company
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Listen here instead of where the settings say, such as 127.0.0.1:8080
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,

    /// Let this emulated system fail, to see what an answer says then; may be given several times
    #[arg(long = "break", value_name = "SYSTEM", value_parser = clap::builder::PossibleValuesParser::new(emulator::SYSTEMS))]
    broken: Vec<String>,

    /// Write the manifest of the planted faults here as well, to keep it
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
}

pub(super) async fn run(arguments: Arguments, sources: Sources) -> Outcome {
    let mut config = configured(&Sources { listen: arguments.listen, ..sources })?;
    let listener = bound(config.listen).await?;
    let mut signals = Signals::listen()?;
    let temporary = std::env::temp_dir();
    let home = tempfile::Builder::new().prefix("weft-demo-").tempdir_in(&temporary).map_err(|error| {
        format!(
            "no folder for the demo's store can be made in {} ({error}); set TMPDIR to one in which this user can write",
            temporary.display()
        )
    })?;
    let store = Store::open_file(&home.path().join("weft.db"), CONNECTIONS).await?;
    store.migrate().await?;
    let clock = Clock::Wall;
    let order = Order { seed: arguments.seed, scale: arguments.scale, now: clock.now() };
    let filled = tokio::select! {
        filled = fill(&store, &clock, order) => filled?,
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let beside = home.path().join("manifest.json");
    for path in [Some(&beside), arguments.manifest.as_ref()].into_iter().flatten() {
        keep(&filled.manifest, path)?;
    }
    let systems = Systems::start(home.path(), &clock, arguments.broken).await?;
    config.connectors = Some(systems.connectors.clone());
    config.sources = systems.sources();
    let app = App::new(config, store.clone(), clock)?;
    app.publish().await?;
    say(&filled, &format!("http://{}", listener.local_addr()?), &beside)?;
    let code = served(app, listener, signals).await?;
    systems.serving.abort();
    store.close().await?;
    home.close()?;
    Ok(code)
}

/// The emulated upstream systems: where they listen, and the folder of the connector files that read them.
struct Systems {
    address: SocketAddr,
    connectors: PathBuf,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Systems {
    /// Starts them on a free port of this machine alone.
    async fn start(home: &Path, clock: &Clock, broken: Vec<String>) -> std::io::Result<Self> {
        let connectors = home.join("connectors");
        std::fs::create_dir(&connectors)?;
        for (name, text) in emulator::CONNECTORS {
            std::fs::write(connectors.join(format!("{name}.yaml")), text)?;
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let serving =
            tokio::spawn(axum::serve(listener, emulator::emulator(clock.clone(), broken)).into_future());
        Ok(Systems { address, connectors, serving })
    }

    /// What a configuration would say of them.
    fn sources(&self) -> Vec<Source> {
        let source = |name: &str| Source {
            url: Some(format!("http://{}/{name}", self.address)),
            secrets: BTreeMap::from([("token".to_owned(), Secret::new(emulator::TOKEN))]),
            ..Source::named(name, &format!("demo-{name}"))
        };
        emulator::SYSTEMS.into_iter().map(source).collect()
    }
}

/// What filling the store came to.
struct Filled {
    manifest: Manifest,
    took: Duration,
}

/// Makes the company up on one thread and imports it on another; a pipe between them holds little, so that
/// memory does not grow with the scale.
async fn fill(
    store: &Store,
    clock: &Clock,
    order: Order,
) -> Result<Filled, Box<dyn std::error::Error + Send + Sync>> {
    let began = Instant::now();
    let (read, write) = std::io::pipe()?;
    let making = tokio::task::spawn_blocking(move || {
        let mut write = BufWriter::with_capacity(CHUNK, write);
        let manifest = demo::generate(order, &mut write)?;
        write.flush()?;
        Ok::<_, std::io::Error>(manifest)
    });
    let progress = Arc::new(Shown::new());
    let lines = Import {
        source: SOURCE.to_owned(),
        strict: true,
        inputs: vec![Box::new(read)],
        progress: progress.clone(),
    };
    let report = import(store, clock, lines).await?;
    analyze(store, &report).await;
    progress.bar.finish_and_clear();
    let manifest = making.await??;
    match report.rejected.first() {
        Some(first) => Err(format!("the demo's own lines were refused: {first:?}").into()),
        None => Ok(Filled { manifest, took: began.elapsed() }),
    }
}

/// Shows how far it is on a terminal, and in plain lines elsewhere.
struct Shown {
    bar: ProgressBar,
    plain: bool,
}

impl Shown {
    fn new() -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg}: {human_pos} lines, {elapsed}");
        let bar =
            ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_millis(100));
        Shown { bar, plain: !std::io::stderr().is_terminal() }
    }
}

impl Progress for Shown {
    fn phase(&self, name: &str) {
        self.bar.set_message(name.to_owned());
        if self.plain {
            let _ = writeln!(std::io::stderr(), "filling the store: {name}");
        }
    }

    fn lines(&self, read: u64) {
        self.bar.set_position(read);
    }

    fn bytes(&self, _read: u64) {}
}

fn keep(manifest: &Manifest, path: &Path) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let file =
        File::create(path).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    let mut file = BufWriter::new(file);
    serde_json::to_writer_pretty(&mut file, manifest)?;
    file.write_all(b"\n")?;
    file.flush()?;
    Ok(())
}

fn say(filled: &Filled, address: &str, manifest: &Path) -> std::io::Result<()> {
    let Filled { manifest: planted, took } = filled;
    let mut out = std::io::stdout().lock();
    let faults: usize = planted.faults.iter().map(|planted| planted.found.len()).sum();
    writeln!(
        out,
        "A made-up company of {} lines is in the store, after {:.1} s.",
        planted.lines,
        took.as_secs_f64()
    )?;
    writeln!(out, "{faults} faults were planted in it; {} says where.", manifest.display())?;
    writeln!(out)?;
    writeln!(out, "The page is at {address}/, GraphQL at {address}/graphql. Six questions to paste:")?;
    for (number, question) in demo::questions(planted).iter().enumerate() {
        writeln!(out, "\n# {}. {}\n{}", number + 1, question.title, question.pasted())?;
    }
    writeln!(
        out,
        "\n# What the systems themselves say at this moment. They are emulated on this machine, with latency, a rate limit"
    )?;
    writeln!(
        out,
        "# and now and then an error; `weft demo --break cdp` lets one fail. The header `weft-provenance: 1` adds where"
    )?;
    writeln!(
        out,
        "# each value came from. The connector files that read them are in {}.",
        manifest.with_file_name("connectors").display()
    )?;
    writeln!(out, "{}", demo::NOW.lines().skip(1).collect::<Vec<_>>().join("\n"))?;
    writeln!(out, "\nListening on {address}/ until it is told to stop (Ctrl-C).")?;
    out.flush()
}
