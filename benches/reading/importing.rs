//! Import, measured: `weft import` over a file of lines beside the floor, and its memory at two sizes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Statement};
use weft::store::Store;

use crate::data::Size;
use crate::measure::{cpu, cpu_of_family, peak_memory};
use crate::run::{database, say, wanted};
use crate::servers::Postgres;
use crate::{Arguments, Outcome, import_floor, lines};

/// What one import took.
#[derive(Debug, Default)]
struct Took {
    lines: u64,
    seconds: f64,
    cpu: f64,
    memory: f64,
    rows: i64,
}

/// Runs it on both databases.
pub(crate) async fn run(arguments: &Arguments) -> Outcome<()> {
    let size = Size { assets: arguments.assets };
    let small = Size { assets: (size.assets / 10).max(1) };
    let temporary = tempfile::tempdir()?;
    let mut out = std::io::stdout();
    let mut table = vec![
        "| database | lines | Weft: s, lines/s | floor: s | speed of the floor | CPU s: Weft + database | peak MB, and of a tenth |".to_owned(),
        "|---|---|---|---|---|---|---|".to_owned(),
    ];
    let mut server = match wanted(arguments, "postgres") {
        true => Some(Postgres::open(arguments.postgres.clone()).await?),
        false => None,
    };
    for name in ["sqlite", "postgres"].into_iter().filter(|name| wanted(arguments, name)) {
        let postgres = server.as_ref().filter(|_| name == "postgres");
        let mut took = Vec::new();
        for size in [small, size] {
            say(&format!("{name}: importing {} assets and what belongs to them", size.assets))?;
            let url = fresh(postgres, temporary.path()).await?;
            took.push(weft(&url, postgres.and_then(|server| server.pid), temporary.path(), size).await?);
        }
        say(&format!("{name}: the same by hand"))?;
        let url = fresh(postgres, temporary.path()).await?;
        let floor = floor(&url, temporary.path(), size).await?;
        let [small, whole] = took.as_slice() else { return Err("an import is missing".into()) };
        if whole.rows != floor.rows {
            return Err(format!("{} rows beside {} by hand", whole.rows, floor.rows).into());
        }
        table.push(format!(
            "| {name} | {} | {:.1}, {:.0} | {:.1} | {:.2} | {:.1} | {:.0}, {:.0} |",
            whole.lines,
            whole.seconds,
            whole.lines as f64 / whole.seconds,
            floor.seconds,
            floor.seconds / whole.seconds,
            whole.cpu,
            whole.memory,
            small.memory,
        ));
    }
    if let Some(server) = &mut server {
        server.stop();
    }
    Ok(writeln!(out, "{}", table.join("\n"))?)
}

/// An empty store with its tables.
async fn fresh(postgres: Option<&Postgres>, folder: &Path) -> Outcome<String> {
    let url = match postgres {
        Some(server) => database(&server.url).await?,
        None => {
            let file = folder.join("import.db");
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(PathBuf::from(format!("{}{end}", file.display())));
            }
            format!("sqlite:{}", file.display())
        }
    };
    let store = Store::open(&url, 1).await?;
    store.migrate().await?;
    store.db.close().await?;
    Ok(url)
}

async fn weft(url: &str, database: Option<u32>, folder: &Path, size: Size) -> Outcome<Took> {
    let file = folder.join("lines.ndjson");
    let mut out = BufWriter::new(File::create(&file)?);
    let mut took = Took { lines: lines::write(&mut out, size)?, ..Took::default() };
    out.flush()?;
    let settings = folder.join("import.yaml");
    std::fs::write(&settings, format!("database: {{ url: '{url}' }}\nlog: {{ level: warn }}\n"))?;
    let before = database.map(cpu_of_family).transpose()?.unwrap_or_default();
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_weft"))
        .args(["import", "--strict", "--config"])
        .arg(&settings)
        .arg(&file)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    let status = loop {
        // Read while it lives: an ended process has no memory.
        took.memory = peak_memory(child.id()).unwrap_or(took.memory).max(took.memory);
        took.cpu = cpu(child.id()).unwrap_or(took.cpu).max(took.cpu);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    took.seconds = began.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("the import ended: {status}").into());
    }
    took.cpu += database.map(cpu_of_family).transpose()?.unwrap_or_default() - before;
    took.rows = rows(url).await?;
    Ok(took)
}

async fn floor(url: &str, folder: &Path, size: Size) -> Outcome<Took> {
    let mut took = Took::default();
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let began = Instant::now();
            import_floor::sqlite(Path::new(path), size)?;
            took.seconds = began.elapsed().as_secs_f64();
        }
        None => {
            import_floor::prepare(folder, size)?;
            let began = Instant::now();
            import_floor::postgres(url, folder, size).await?;
            took.seconds = began.elapsed().as_secs_f64();
        }
    }
    took.rows = rows(url).await?;
    Ok(took)
}

async fn rows(url: &str) -> Outcome<i64> {
    let store = Store::open(url, 1).await?;
    let statement = Statement::from_string(store.dialect.backend(), import_floor::COUNTED);
    let row = store.db.query_one_raw(statement).await?.ok_or("a count without a row")?;
    Ok(row.try_get_by_index(0)?)
}
