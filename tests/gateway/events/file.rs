//! Files of events, as `weft import` takes them beside files of things.

use std::io::Write;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::event;
use crate::import::command::url;
use crate::support::{Gateway, both};

/// A folder with settings that name a gateway's store.
async fn place(gateway: &Gateway) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = format!("database:\n  url: {}\n", url(gateway).await);
    std::fs::write(folder.path().join("weft.yaml"), settings).expect("the settings are written");
    folder
}

/// Runs an import with this on its standard input; answers whether it ended well, and what it told.
fn run(folder: &std::path::Path, files: &[&str], input: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
    command.arg("import").args(files).current_dir(folder).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it is written");
    let output = child.wait_with_output().expect("it ends");
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&told).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_events_go_in_behind_those_of_things() {
    both(|gateway| async move {
        let folder = place(&gateway).await;
        let fact = |id: &str, day: &str, impressions: Value| {
            let delivery = json!({ "source": "import", "key": "d" });
            let data = json!({ "day": day, "delivery": delivery, "impressions": impressions });
            event(id, "weft.fact.observed", "2026-05-30T00:00:00Z", data)
        };
        let wrong = fact("3", "2026-05-03", json!(-1));
        let lines = [fact("1", "2026-05-01", json!(4)), fact("2", "2026-05-02", json!(5)), wrong.clone()];
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(format!("\n{text}").as_bytes()).expect("it is packed");
        let packed = packer.finish().expect("it is packed");
        std::fs::write(folder.path().join("events"), packed).expect("a file is written");
        let things = "{\"type\":\"Delivery\",\"key\":\"d\",\"name\":\"D\"}\n";
        std::fs::write(folder.path().join("things"), things).expect("a file is written");
        let (good, told) = run(folder.path(), &["events", "things"], "");
        assert!(good, "{told}");
        assert!(told.contains("things: 1 of 1 lines taken"), "{told}");
        assert!(
            told.contains("events:4: ads 3: `impressions` takes a number from 0 to 1000000000000"),
            "{told}"
        );
        assert!(told.contains("events: 2 of 3 events taken, 0 came before, 0 wait, 1 rejected"), "{told}");
        // Once more, from standard input: each counts once.
        let (good, told) = run(folder.path(), &["-"], &text);
        assert!(good && told.contains("0 of 3 events taken, 2 came before, 0 wait, 1 rejected"), "{told}");
        assert_eq!(gateway.number("SELECT sum(impressions) FROM performance_day").await, 9);
        let (good, told) = run(folder.path(), &["--strict", "events"], "");
        assert!(!good && told.contains("events holds events, which count one by one"), "{told}");
        // What a thing brings that events waited for, counts when it is imported.
        let waits = event(
            "4",
            "weft.fact.observed",
            "2026-05-30T00:00:00Z",
            json!({ "day": "2026-05-04", "variant": { "source": "import", "key": "v" }, "impressions": 7 }),
        );
        let (good, told) = run(folder.path(), &["-"], &waits.to_string());
        assert!(good && told.contains("waits: `variant` names the Variant v"), "{told}");
        let (good, told) =
            run(folder.path(), &["-"], "{\"type\":\"Variant\",\"key\":\"v\",\"name\":\"V\"}\n");
        assert!(good, "{told}");
        assert_eq!(gateway.number("SELECT sum(impressions) FROM performance_day").await, 16);
        gateway.assert_sums().await;
    })
    .await;
}
