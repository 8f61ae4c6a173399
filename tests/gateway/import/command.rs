//! The commands as a person runs them: their report, their exit code, and what is left when they are killed.

use std::io::{BufRead, Write};
use std::process::{Command, Stdio};

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use weft::config::Config;
use weft::store::Dialect;

use super::{all, nameless, text};
use crate::support::{Gateway, both, server};

/// The address of a gateway's store.
async fn url(gateway: &Gateway) -> String {
    let (statement, server) = match gateway.store.dialect {
        Dialect::Sqlite => ("SELECT file AS name FROM pragma_database_list WHERE name = 'main'", None),
        Dialect::Postgres => ("SELECT current_database()::text AS name", server()),
    };
    let statement = Statement::from_string(gateway.store.dialect.backend(), statement);
    let row = gateway.store.db.query_one_raw(statement).await.expect("the store answers").expect("a row");
    let name: String = row.try_get("", "name").expect("a name");
    match server {
        None => format!("sqlite:{name}"),
        Some(server) => {
            let (base, _) = server.rsplit_once('/').expect("an address with a database");
            format!("{base}/{name}")
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_writes_a_report_and_says_by_its_exit_code_how_strict_went() {
    let gateway = Gateway::sqlite(Config::default()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("weft.yaml");
    std::fs::write(&settings, format!("database:\n  url: {}\n", url(&gateway).await))
        .expect("the settings are written");
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
        command
            .current_dir(folder.path())
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let lines = "{\"type\":\"Brand\",\"key\":\"b\",\"name\":\"B\"}\n{\"type\":\"Brand\",\"key\":\"c\"}\n";
        child
            .stdin
            .take()
            .expect("a standard input")
            .write_all(lines.as_bytes())
            .expect("the lines are sent");
        let output = child.wait_with_output().expect("the program ends");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (good, told) = run(&["import", "--strict", "-"]);
    assert!(!good && told.contains("nothing was taken"), "{told}");
    assert!(!all(&gateway.store).await.contains("Brand"));
    let (good, told) = run(&["import", "--report", "report.ndjson", "-"]);
    assert!(good && told.contains("1 of 2 lines taken"), "{told}");
    let report = std::fs::read_to_string(folder.path().join("report.ndjson")).expect("a report");
    let report: Value = serde_json::from_str(report.trim()).expect("one line of JSON");
    assert_eq!(report, json!({"line": 2, "type": "Brand", "key": "c", "reason": "a new Brand needs `name`"}));
    let (good, lines) = run(&["export"]);
    assert!(good && lines == all(&gateway.store).await, "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_and_run_again_it_ends_the_same() {
    both(|gateway| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("lines.ndjson");
        let many: Vec<Value> = (0..20_000)
            .map(|place| json!({"type": "Asset", "key": format!("a{place}"), "title": format!("Asset {place}"), "brand": "b"}))
            .chain([json!({"type": "Brand", "key": "b", "name": "B"})])
            .collect();
        std::fs::write(&file, text(&many)).expect("the file is written");
        let settings = folder.path().join("weft.yaml");
        std::fs::write(&settings, format!("database:\n  url: {}\n", url(&gateway).await)).expect("the settings are written");
        let run = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
            command.arg("--config").arg(&settings).arg("import").arg(&file).current_dir(folder.path());
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let before = nameless(&gateway.store).await;
        let mut landed = 0;
        for phase in ["finding out who is who", "writing", "writing", "writing"] {
            let mut child = run().stderr(Stdio::piped()).spawn().expect("the program starts");
            let told = std::io::BufReader::new(child.stderr.take().expect("what it tells"));
            let met = told.lines().map_while(Result::ok).any(|line| line.contains(phase));
            assert!(met, "it never said {phase:?}");
            child.kill().expect("the program is killed");
            let ended = child.wait().expect("the program has ended").success();
            let left = nameless(&gateway.store).await;
            assert!(ended || left == before, "half an import was left behind");
            landed += usize::from(!ended);
        }
        assert!(landed > 0, "no kill came before the end");
        assert!(run().status().expect("the program runs").success());
        let ended = all(&gateway.store).await;
        assert_eq!(ended.lines().count(), many.len() + 1);
        assert!(run().status().expect("the program runs").success());
        assert_eq!(all(&gateway.store).await, ended);
    })
    .await;
}
