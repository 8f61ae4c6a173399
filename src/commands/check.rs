//! `weft check`: says whether the configuration, its connectors and sources are right and the store can be opened, and
//! changes none of them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use futures_util::future::join_all;
use serde_json::json;

use super::{Outcome, columns, measures, upstreams};
use crate::config::{Config, FILE, Sources};
use crate::store::{Store, unusable_file};
use crate::upstream::port::Purpose;
use crate::upstream::{Probed, Source, Upstreams, read};

/// Says whether the configuration and its sources are right and the store can be opened
///
/// Changes nothing, and asks no source anything but with --live. Ends with exit code 1 where something is wrong.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Call each source once, and say what came of it
    #[arg(long)]
    live: bool,

    /// Print the first records of each entity of a source, as sync would take them in, and do nothing else
    #[arg(long, value_name = "SOURCE", conflicts_with = "live")]
    show: Option<String>,

    /// Print the JSON Schema of connector files and do nothing else; editors complete with it
    #[arg(long, conflicts_with_all = ["live", "show"])]
    connector_schema: bool,
}

/// How many records of an entity are shown.
const SHOWN: usize = 3;

pub(super) async fn run(arguments: Arguments, sources: Sources) -> Outcome {
    let mut out = std::io::stdout();
    if arguments.connector_schema {
        writeln!(out, "{}", serde_json::to_string_pretty(&read::json_schema())?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::load(&sources)?;
    if let Some(name) = &arguments.show {
        let upstreams = upstreams(&config, &sources)?;
        let source = upstreams.source(name).ok_or_else(|| format!("there is no source `{name}`"))?;
        return show(&mut out, source).await;
    }
    let whence = match &sources.file {
        Some(file) => file.display().to_string(),
        None if Path::new(FILE).exists() => FILE.to_owned(),
        None => format!("no file (there is no ./{FILE}); every setting has its default"),
    };
    writeln!(out, "configuration  ok, from {whence}")?;
    writeln!(out, "listen         {}", config.listen)?;
    let keys = match (config.keys.len(), config.anonymous) {
        (0, _) => "none; only this machine is served".to_owned(),
        (count, false) => format!("{count}; a request without one is refused"),
        (count, true) => format!("{count}; a request without one is answered too"),
    };
    writeln!(out, "keys           {keys}")?;
    let upstreams = upstreams(&config, &sources);
    match &upstreams {
        Ok(upstreams) => writeln!(out, "sources        {}", listed(upstreams))?,
        Err(problem) => writeln!(out, "sources        WRONG, {problem}")?,
    }
    let measures = measures(&config, &sources);
    match &measures {
        Ok(kpis) => writeln!(out, "measures       ok, {}", kpis.definitions.len())?,
        Err(problem) => writeln!(out, "measures       WRONG, {problem}")?,
    }
    let found = store(&config).await;
    let shown = config.shown_database();
    match &found {
        Ok(state) => writeln!(out, "store          ok, {shown}: {state}")?,
        Err(problem) => writeln!(out, "store          WRONG, {shown}: {problem}")?,
    }
    let mut good = found.is_ok() && upstreams.is_ok() && measures.is_ok();
    if let (true, Ok(upstreams)) = (arguments.live, upstreams) {
        good &= live(&mut out, &upstreams).await?;
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn listed(upstreams: &Upstreams) -> String {
    let sources = upstreams.sources();
    if sources.is_empty() {
        return "none".to_owned();
    }
    let each: Vec<String> =
        sources.iter().map(|source| format!("{} ({})", source.name, source.config.connector)).collect();
    format!("ok, {}: {}", sources.len(), each.join(", "))
}

/// Calls every source once, all at the same time; answers whether all are well.
async fn live(out: &mut impl Write, upstreams: &Upstreams) -> std::io::Result<bool> {
    let probed: Vec<Probed> = join_all(upstreams.sources().iter().map(|source| source.probe())).await;
    let head = ["source", "asked", "reachable", "authenticated", "rows", "latency", "budget left"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let yes = |yes: bool| if yes { "yes" } else { "NO" }.to_owned();
    let or_dash = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
    for (source, probed) in upstreams.sources().iter().zip(&probed) {
        rows.push(vec![
            source.name.to_string(),
            probed.asked.clone(),
            yes(probed.reachable),
            or_dash(probed.authenticated.map(yes)),
            or_dash(probed.rows.map(|rows| rows.to_string())),
            format!("{} ms", probed.took.as_millis()),
            or_dash(probed.left.map(|left| left.to_string())),
        ]);
    }
    writeln!(out)?;
    columns(out, &rows, 4)?;
    let failures = probed.iter().filter_map(|probed| probed.failure.as_ref());
    for failure in failures.clone() {
        writeln!(out, "{}: {failure}", failure.upstream)?;
    }
    Ok(failures.count() == 0)
}

/// Prints the first records of everything that a source lists, one a line; what cannot be read of them stands beside.
async fn show(out: &mut impl Write, source: &Source) -> Outcome {
    let mut good = true;
    for (entity, _) in source.entities() {
        let records = match source.preview(entity, Purpose::List, None, SHOWN).await {
            Ok(records) => records,
            Err(failure) => {
                good = false;
                writeln!(out, "{entity}: {failure}")?;
                continue;
            }
        };
        for record in records {
            let mut line = json!({ "entity": entity, "id": record.id, "fields": record.fields });
            if !record.problems.is_empty() {
                line["problems"] = json!(record.problems.into_iter().collect::<BTreeMap<_, _>>());
            }
            writeln!(out, "{line}")?;
        }
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn store(config: &Config) -> Result<String, String> {
    if let Some(file) = config.database.url.strip_prefix("sqlite:") {
        let path = Path::new(file.split('?').next().unwrap_or(file).trim_start_matches("//"));
        if !path.exists() {
            return match unusable_file(&config.database.url) {
                Some(problem) => Err(problem),
                None => Ok("not there yet; `weft serve` makes it".to_owned()),
            };
        }
    }
    let store = Store::open(&config.database.url, 1).await.map_err(|error| error.to_string())?;
    match store.pending_migrations().await.map_err(|error| error.to_string())? {
        0 => Ok("the tables are up to date".to_owned()),
        pending => {
            Ok(format!("{pending} migrations are still to be run; `weft serve` and `weft migrate` do so"))
        }
    }
}
