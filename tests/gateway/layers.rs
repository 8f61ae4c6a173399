//! Imports run one way. This test reads every `use crate::…` of the source and holds it to the table below.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every module, and those of ours that it may import beside itself.
const GROUND: &[&str] = &["caller", "catalogue", "clock", "config", "error", "money", "telemetry"];

fn allowed(module: &str) -> Option<Vec<&'static str>> {
    let over = |more: &[&'static str]| Some([GROUND, more].concat());
    match module {
        // The ground imports nothing of ours but what is ground itself.
        "caller" | "catalogue" | "clock" | "config" | "error" | "money" => Some(Vec::new()),
        "telemetry" => Some(vec!["config"]),
        "outbound" => Some(vec!["caller", "catalogue", "clock", "config", "error"]),
        "store" => over(&[]),
        "ingest" => over(&["store"]),
        "kpi" => over(&["store"]),
        "graph" => over(&["store", "kpi", "ingest", "upstream", "outbound"]),
        "upstream" => over(&["store", "ingest", "outbound"]),
        "demo" => over(&["store", "ingest"]),
        "pipeline" => over(&["store", "kpi", "upstream", "outbound", "graph"]),
        "server" => over(&["store", "pipeline"]),
        "app" => over(&["store", "kpi", "graph", "ingest", "pipeline", "server", "upstream", "outbound"]),
        "commands" => over(&["store", "kpi", "graph", "ingest", "demo", "app", "upstream", "outbound"]),
        "lib" | "main" => Some(Vec::new()),
        _ => None,
    }
}

#[test]
fn imports_run_one_way() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = BTreeSet::new();
    for file in files(&source) {
        let inside = file.strip_prefix(&source).expect("inside src").to_string_lossy().replace('\\', "/");
        let module = inside.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        let Some(allowed) = allowed(&module) else {
            wrong.insert(format!("src/{inside}: the module `{module}` has no row in the table"));
            continue;
        };
        let text = std::fs::read_to_string(&file).expect("a source file");
        for imported in imports(&text) {
            if imported != module && !allowed.contains(&imported.as_str()) {
                wrong.insert(format!("src/{inside}: `{module}` imports `{imported}`"));
            }
        }
        if module == "graph" && text.contains("axum::") {
            wrong.insert(format!("src/{inside}: `graph` knows nothing of HTTP, but names axum"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn one_owner_each() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = BTreeSet::new();
    for (word, owner) in [
        ("env::var", "config"),
        ("Utc::now", "clock.rs"),
        ("SystemTime::now", "clock.rs"),
        ("reqwest::", "outbound/"),
    ] {
        for file in files(&source) {
            let inside = file.strip_prefix(&source).expect("inside src").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&file).expect("a source file");
            if text.contains(word) && !inside.starts_with(owner) {
                wrong.insert(format!("src/{inside}: `{word}` belongs to src/{owner}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The first segment behind every `crate::`, in `use` lines and in paths alike.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    for line in code {
        for (place, _) in line.match_indices("crate::") {
            let before = line[..place].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            let rest = &line[place + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(list) => found.extend(list.split(',').filter_map(segment)),
                None => found.extend(segment(rest)),
            }
        }
    }
    found
}

fn segment(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}
