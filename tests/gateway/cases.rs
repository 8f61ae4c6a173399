//! Every folder of `cases` is a question and its answer. Both databases must give the same answer with the
//! same number of statements; the snapshot holds both.
//!
//! A case is `query.graphql`, and where it needs them `variables.json` and `data.ndjson`; without data of its
//! own it asks `cases/data.ndjson`. `answer.snap` is written by `cargo insta accept`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use weft::config::Config;

use crate::support::{Gateway, placeholders};

struct Case {
    name: String,
    query: String,
    variables: Value,
}

#[tokio::test]
async fn every_case_is_answered_as_before_on_both_databases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/cases");
    for (data, cases) in by_data(&folder) {
        let lines = std::fs::read_to_string(&data).expect("the lines of a case");
        let sqlite = Gateway::sqlite(Config::default()).await;
        sqlite.import(&lines).await;
        let postgres = Gateway::postgres(Config::default()).await;
        if let Some(postgres) = &postgres {
            postgres.import(&lines).await;
        }
        for case in &cases {
            let told = asked(&sqlite, case).await;
            if let Some(postgres) = &postgres {
                let other = asked(postgres, case).await;
                assert_eq!(told, other, "{}: SQLite (left) and Postgres (right) differ", case.name);
            }
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(folder.join(&case.name));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!("answer", told));
        }
    }
}

/// The cases, by the lines they ask.
fn by_data(folder: &Path) -> BTreeMap<PathBuf, Vec<Case>> {
    let mut found: BTreeMap<PathBuf, Vec<Case>> = BTreeMap::new();
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the cases").map(|entry| entry.expect("a case").path()).collect();
    names.sort();
    // What connectors are asked has a runner of its own.
    for path in names.into_iter().filter(|path| path.is_dir() && !path.ends_with("connectors")) {
        let query = std::fs::read_to_string(path.join("query.graphql"))
            .unwrap_or_else(|error| panic!("{}/query.graphql: {error}", path.display()));
        let variables = match std::fs::read_to_string(path.join("variables.json")) {
            Ok(text) => serde_json::from_str(&text).expect("variables.json is JSON"),
            Err(_) => json!({}),
        };
        let own = path.join("data.ndjson");
        let data = if own.exists() { own } else { folder.join("data.ndjson") };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.entry(data).or_default().push(Case { name, query, variables });
    }
    found
}

async fn asked(gateway: &Gateway, case: &Case) -> String {
    let answer = gateway.query(&case.query, case.variables.clone()).await;
    let body = serde_json::to_string_pretty(&placeholders(&answer.body)).expect("JSON");
    format!("{} statements, status {}\n\n{body}", answer.statements(), answer.status.as_u16())
}
