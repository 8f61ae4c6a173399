//! The commands as a person runs them: their report, their exit code, and what is left when they are killed.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use weft::config::Config;
use weft::ingest::{Progress, import};
use weft::store::Dialect;

use super::{all, line, nameless, order, take, text};
use crate::support::{Gateway, both, server};

/// The address of a gateway's store.
pub(crate) async fn url(gateway: &Gateway) -> String {
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

/// A folder with settings that name a gateway's store, to run the program in.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    async fn over(gateway: &Gateway) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(
            folder.path().join("weft.yaml"),
            format!("database:\n  url: {}\n", url(gateway).await),
        )
        .expect("the settings are written");
        Place { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file is written");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file is read")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        command
    }

    /// Whether it ended well, and what it told.
    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.command(arguments).output().expect("the program runs");
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&told).into_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_files_are_one_import() {
    both(|gateway| async move {
        let place = Place::over(&gateway).await;
        place.write("a", "{\"type\":\"Product\",\"key\":\"p\",\"name\":\"P\",\"brand\":\"b\"}\n");
        place.write("b", "\n{\"type\":\"Brand\",\"key\":\"b\",\"name\":\"B\"}");
        place.write(
            "c",
            "{\"type\":\"Brand\",\"key\":\"c\",\"name\":\"C\"}\n\n{\"type\":\"Brand\",\"key\":\"d\"}\n",
        );
        let before = all(&gateway.store).await;
        let (good, told) = place.run(&["import", "--strict", "--report", "report", "a", "b", "c"]);
        assert!(
            !good && told.contains("3 files: nothing was taken, because 1 of 4 lines are wrong"),
            "{told}"
        );
        assert!(told.contains("c:3: Brand d: a new Brand needs `name`"), "{told}");
        let report: Value = serde_json::from_str(&place.read("report")).expect("one line of JSON");
        assert_eq!((&report["file"], &report["line"]), (&json!("c"), &json!(3)));
        assert_eq!(all(&gateway.store).await, before);
        let (good, told) = place.run(&["import", "a", "b", "c"]);
        assert!(good && told.contains("3 files: 3 of 4 lines taken, 1 rejected"), "{told}");
        // What cannot be read takes the others with it, too.
        place.write("d", "{\"type\":\"Brand\",\"key\":\"e\",\"name\":\"E\"}\n");
        std::fs::write(place.path("torn"), [0x1f, 0x8b, 8, 0]).expect("a file is written");
        let before = all(&gateway.store).await;
        let (good, told) = place.run(&["import", "d", "torn"]);
        assert!(!good && told.contains("torn: line 1 cannot be read"), "{told}");
        assert_eq!(all(&gateway.store).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_takes_the_place_of_the_former_file_when_it_is_whole() {
    let gateway = Gateway::sqlite(Config::default()).await;
    let place = Place::over(&gateway).await;
    place.write("lines", "{\"type\":\"Brand\",\"key\":\"b\",\"name\":\"B\"}\n{\"type\":\"Brand\"}\n");
    for (former, arguments) in [
        ("former report", vec!["import", "--report", "out", "lines"]),
        ("former export", vec!["export", "--output", "out"]),
    ] {
        // A second name of the former file shows whether anything was written into it.
        place.write("out", former);
        std::fs::hard_link(place.path("out"), place.path("kept")).expect("a second name");
        let (good, told) = place.run(&arguments);
        assert!(good, "{told}");
        assert_eq!(place.read("kept"), former);
        assert!(place.read("out").contains("Brand"));
        std::fs::remove_file(place.path("kept")).expect("the second name goes");
    }
    assert_eq!(place.read("out"), all(&gateway.store).await);
    let left = std::fs::read_dir(place.folder.path()).expect("a folder").count();
    assert_eq!(left, 3, "the settings, the lines and the export");
    // What fails in the middle leaves the former file, and nothing beside it.
    place.write("torn", "");
    std::fs::write(place.path("torn"), [0x1f, 0x8b, 8, 0]).expect("a file is written");
    assert!(!place.run(&["import", "--report", "out", "torn"]).0);
    assert_eq!(place.read("out"), all(&gateway.store).await);
    assert_eq!(std::fs::read_dir(place.folder.path()).expect("a folder").count(), 4);
    // So does what is told to stop: this import waits for lines that never come.
    let mut command = place.command(&["import", "--report", "out", "-"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut told = std::io::BufReader::new(child.stderr.take().expect("what it tells"));
    told.read_line(&mut String::new()).expect("it reads");
    let id = child.id().to_string();
    assert!(
        Command::new("sh").args(["-c", "kill -INT $0", &id]).status().expect("a signal is sent").success()
    );
    assert!(!child.wait().expect("the program has ended").success());
    assert_eq!(std::fs::read_dir(place.folder.path()).expect("a folder").count(), 4);
    // A link stays a link, also where nothing stands yet where it leads to.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nothing-yet", place.path("link")).expect("a link");
        for _ in 0..2 {
            let (good, told) = place.run(&["export", "--output", "link"]);
            assert!(good, "{told}");
            assert!(place.path("link").is_symlink());
            assert_eq!(place.read("nothing-yet"), all(&gateway.store).await);
        }
    }
    // What may not be written to is not replaced either; whoever may write to anything may do that too.
    place.write("kept", "kept");
    let mut permissions = std::fs::metadata(place.path("kept")).expect("a file").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(place.path("kept"), permissions).expect("a file that is only read");
    let forbidden = std::fs::OpenOptions::new().write(true).open(place.path("kept")).is_err();
    let (good, told) = place.run(&["export", "--output", "kept"]);
    assert_eq!(good, !forbidden, "{told}");
    assert_eq!(place.read("kept") == "kept", forbidden);
    // The store's own files are no place to write to.
    let store = url(&gateway).await.trim_start_matches("sqlite:").to_owned();
    for own in [store.clone(), format!("{store}-wal"), format!("{store}-shm")] {
        for arguments in [["export", "--output", &own].as_slice(), &["import", "--report", &own, "lines"]] {
            let (good, told) = place.run(arguments);
            assert!(!good && told.contains("belongs to the store itself"), "{told}");
        }
    }
    assert!(all(&gateway.store).await.contains("Brand"));
}

/// Tells when an import comes to a phase, and lets it go on only when it is told to.
struct Gate {
    phase: &'static str,
    reached: Sender<()>,
    go: Mutex<Receiver<()>>,
}

impl Progress for Gate {
    fn phase(&self, name: &str) {
        if name == self.phase {
            let _ = self.reached.send(());
            let _ = self.go.lock().expect("the gate").recv();
        }
    }
    fn lines(&self, _: u64) {}
    fn bytes(&self, _: u64) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_waits_for_the_first_and_says_so() {
    both(|gateway| async move {
        let place = Place::over(&gateway).await;
        place.write("second", "{\"type\":\"Brand\",\"key\":\"second\",\"name\":\"Second\"}\n");
        let (reached, is_reached) = channel();
        let (go, may_go) = channel();
        let mut first = order("{\"type\":\"Brand\",\"key\":\"first\",\"name\":\"First\"}\n", true);
        first.progress = Arc::new(Gate { phase: "writing", reached, go: Mutex::new(may_go) });
        let (store, clock) = (gateway.store.clone(), gateway.clock.clone());
        let first = tokio::spawn(async move { import(&store, &clock, first).await });
        is_reached.recv().expect("the first import writes");
        let mut second = place
            .command(&["import", "second"])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let told = std::io::BufReader::new(second.stderr.take().expect("what it tells"));
        let mut told = told.lines().map_while(Result::ok);
        let said = told.any(|line| line == "waiting for another import to end");
        go.send(()).expect("the first import goes on");
        assert!(said, "it never said that it waits");
        let rest: Vec<String> = told.collect();
        assert!(second.wait().expect("the program ends").success(), "{rest:?}");
        assert_eq!(first.await.expect("it ends").expect("the first import runs").taken, 1);
        let left = all(&gateway.store).await;
        assert!(left.contains("First") && left.contains("Second"), "{left}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_began_before_another_and_takes_its_turn_behind_it_writes_later() {
    both(|gateway| async move {
        let lines = |status: &str, impressions: i64| {
            text(&[
                json!({"type": "Usage", "key": "u", "status": status}),
                json!({"type": "PerformanceFact", "day": "2026-05-01", "impressions": impressions}),
            ])
        };
        let dated = async |statuses: Value, observations: Value| {
            let usage = line(&gateway, "Usage", "u").await;
            assert_eq!(usage["statuses"], statuses);
            let all = all(&gateway.store).await;
            let fact = all.lines().find(|line| line.contains("PerformanceFact")).expect("the fact");
            let fact: Value = serde_json::from_str(fact).expect("a line is JSON");
            assert_eq!(fact["observations"], observations);
            [usage, fact].map(|mut line| line["updatedAt"].take())
        };
        let at = |second: i64| json!(format!("1970-01-01T00:00:0{second}Z"));
        gateway.clock_to(1_000_000);
        take(&gateway, lines("ACTIVE", 1), true).await;
        gateway.clock_to(2_000_000);
        let (reached, is_reached) = channel();
        let (go, may_go) = channel();
        let mut first = order(lines("ENDED", 3), true);
        first.progress = Arc::new(Gate { phase: "reading", reached, go: Mutex::new(may_go) });
        let (store, clock) = (gateway.store.clone(), gateway.clock.clone());
        let first = tokio::spawn(async move { import(&store, &clock, first).await });
        is_reached.recv().expect("the first import reads");
        gateway.clock_to(3_000_000);
        take(&gateway, lines("PAUSED", 2), true).await;
        gateway.clock_to(4_000_000);
        go.send(()).expect("the first import goes on");
        first.await.expect("it ends").expect("the first import runs");
        let mut statuses = vec![
            json!({"status": "ACTIVE", "since": null}),
            json!({"status": "PAUSED", "since": at(3)}),
            json!({"status": "ENDED", "since": at(4)}),
        ];
        let mut observations = vec![
            json!({"since": at(1), "until": at(3), "impressions": 1}),
            json!({"since": at(3), "until": at(4), "impressions": 2}),
        ];
        let updated = dated(json!(statuses), json!(observations)).await;
        assert_eq!(updated, [at(4), at(4)]);
        // A clock that was put back does not make what is learnt later the earlier.
        gateway.clock_to(2_000_000);
        for _ in 0..2 {
            take(&gateway, lines("ACTIVE", 4), true).await;
        }
        statuses.push(json!({"status": "ACTIVE", "since": "1970-01-01T00:00:04.000001Z"}));
        observations.push(json!({"since": at(4), "until": at(4), "impressions": 3}));
        dated(json!(statuses), json!(observations)).await;
    })
    .await;
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
