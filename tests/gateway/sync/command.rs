//! The commands as a person runs them, and the schedule of a server.

use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value, json};
use weft::clock::Clock;
use weft::ingest::export;
use weft::store::{Dialect, Store};
use weft::upstream::Upstreams;
use weft::upstream::sync::{Ground, Order, SyncError, Unwatched, sync};

use super::{DAM, asset, ground, load, one, page, serve, settings, synced};
use crate::support::{Gateway, Said, Vendor, both_with};

/// Runs the program in a folder that has a configuration.
async fn weft(folder: &std::path::Path, arguments: &'static [&'static str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
    command.args(arguments).current_dir(folder).env("TOKEN", "secret");
    tokio::task::spawn_blocking(move || command.output().expect("the program runs")).await.expect("it ends")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_fails_does_not_stop_the_others() {
    let (up, down) = (Vendor::start().await, Vendor::start().await);
    let folder = tempfile::tempdir().expect("a folder");
    load(folder.path(), &[DAM], &(one("away", &down, "") + &one("dam", &up, ""))).expect("it is right");
    serve(&up, vec![asset(1), asset(2)], Vec::new());
    down.says(|_| Said::status(401));
    let output = weft(folder.path(), &["sync"]).await;
    let told = said(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("away: FAILED at asset") && told.contains("weft sync away"), "{told}");
    let row = told.lines().find(|line| line.starts_with("dam     asset")).unwrap_or_default();
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells, ["dam", "asset", "2", "2", "0", "0", "0", "0"], "{told}");
    let output = weft(folder.path(), &["sync", "dam", "--full"]).await;
    assert!(output.status.success(), "{}", said(&output));
    let output = weft(folder.path(), &["sync", "nobody"]).await;
    assert!(said(&output).contains("there is no source `nobody`; expected one of: away, dam"));
    let output = weft(folder.path(), &["check", "--live"]).await;
    let told = said(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let row = |name: &str| -> Vec<String> {
        let line = told.lines().rfind(|line| line.starts_with(name) && line.contains(" ms"));
        line.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(row("dam ")[1..5], ["asset.list", "yes", "yes", "2"], "{told}");
    assert_eq!(row("away ")[1..5], ["asset.list", "yes", "NO", "-"], "{told}");
    let output = weft(folder.path(), &["check"]).await;
    assert!(said(&output).contains("sources        ok, 2: away (dam), dam (dam)"), "{}", said(&output));
    let output = weft(folder.path(), &["check", "--connector-schema"]).await;
    let schema: Value = serde_json::from_slice(&output.stdout).expect("a schema");
    assert_eq!(schema["title"], "Weft connector");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_call_to_each_source_shows_is_told_in_a_table() {
    const OAUTH: &str = "auth: { oauth2: { token_url: \"http://ADDRESS/token\", client_id: me, client_secret: \"${secret.token}\" } }";
    let (good, strange, refusing) = (Vendor::start().await, Vendor::start().await, Vendor::start().await);
    serve(&good, vec![asset(1), asset(2), asset(3)], Vec::new());
    strange.says(|_| Said::status(404));
    refusing.says(|_| Said::of(400, &json!({ "error": "invalid_client" })));
    let budget = DAM.replace("http: {", "rate_limit: { budget: [100/min] }\nhttp: {");
    let oauth = OAUTH.replace("http://ADDRESS", &refusing.url);
    let oauth = DAM
        .replace("connector: dam", "connector: oauth")
        .replace("auth: { bearer: \"${secret.token}\" }", &oauth);
    let sources = one("good", &good, "")
        + &one("strange", &strange, "")
        + &one("refusing", &refusing, "").replace("connector: dam", "connector: oauth");
    let folder = tempfile::tempdir().expect("a folder");
    load(folder.path(), &[&budget, &oauth], &sources).expect("it is right");
    let told = said(&weft(folder.path(), &["check", "--live"]).await);
    let cells = |name: &str| -> Vec<String> {
        let line =
            told.lines().rfind(|line| line.starts_with(name) && line.contains(" ms")).unwrap_or_default();
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        cells.map(str::to_owned).collect()
    };
    let head = told.lines().find(|line| line.starts_with("source ")).unwrap_or_default();
    for column in ["source", "asked", "reachable", "authenticated", "rows", "latency", "budget left"] {
        assert!(head.contains(column), "{column}: {told}");
    }
    // Where what answers is no answer to the question, nothing is known of who we are to it.
    for (name, expected, left) in [
        ("good", ["asset.list", "yes", "yes", "3"], "99"),
        ("strange", ["asset.list", "yes", "-", "-"], "99"),
        ("refusing", ["asset.list", "yes", "NO", "-"], "-"),
    ] {
        let row = cells(name);
        assert_eq!((&row[1..5], row[6].as_str()), (&expected.map(str::to_owned)[..], left), "{told}");
        let latency = row[5].strip_suffix(" ms").and_then(|number| number.parse::<u64>().ok());
        assert!(latency.is_some_and(|latency| latency < 10_000), "{told}");
    }
    let output = weft(folder.path(), &["check", "--show", "good"]).await;
    let told = said(&output);
    assert!(output.status.success(), "{told}");
    let shown: Vec<Value> =
        told.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let of = |entity: &str| shown.iter().filter(|line| line["entity"] == entity).count();
    assert_eq!((of("asset"), of("rendition"), of("collection")), (3, 3, 0), "{told}");
    assert_eq!(shown[0]["fields"]["title"], "Asset 1");
    let output = weft(folder.path(), &["check", "--show", "strange"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("asset: The source `strange` sent an answer that cannot be used"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_with_its_place() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let wrong =
        |connector: &str, sources: &str| load(folder.path(), &[connector], sources).expect_err("it is wrong");
    let good = one("dam", &vendor, "");
    let told = wrong(&DAM.replace("title: title", "titel: title"), &good);
    assert!(told.contains("c0.yaml:") && told.contains("no field `titel`"), "{told}");
    for (sources, expected) in [
        (
            good.replace("connector: dam", "connector: damm"),
            "weft.yaml:3:5: source `dam`: there is no connector `damm`",
        ),
        (good.replace("token:", "tokn:"), "needs the secret `token`"),
        (one("dam", &vendor, "    wins: [Asset.titel]\n"), "wins: `Asset.titel` is no field"),
        (
            one("dam", &vendor, "    joins: [{ by: key, type: Assset, source: cms }]\n"),
            "joins: there is no type `Assset`",
        ),
        (
            one("dam", &vendor, "    joins: [{ by: key, type: Collection, source: cms }]\n"),
            "joins: by key needs `ref` in the mapping of Collection",
        ),
        (
            one("dam", &vendor, "    joins: [{ by: file, file: nowhere.csv }]\n"),
            "nowhere.csv: the list of joins cannot be read",
        ),
    ] {
        let told = wrong(DAM, &sources);
        assert!(told.contains(expected), "{told}");
    }
    let output = weft(folder.path(), &["check"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("sources        WRONG"), "{}", said(&output));
    let output = weft(folder.path(), &["serve", "--listen", "127.0.0.1:0"]).await;
    assert!(said(&output).contains("nowhere.csv"), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_syncs_by_itself_and_starts_although_a_source_is_down() {
    let (up, down) = (Vendor::start().await, Vendor::start().await);
    serve(&up, vec![asset(1)], Vec::new());
    down.says(|_| Said::status(500));
    let sync = "    sync: 1s\n";
    let config = settings(&[DAM], &(one("dam", &up, sync) + &one("away", &down, sync)));
    let gateway = Gateway::sqlite(config.config.clone()).await;
    // Runs follow each other, so that the second of them says that the first has ended.
    up.asked_for("/assets", 2).await;
    down.asked_for("/assets", 2).await;
    let data = gateway.data("{ assets { edges { node { title } } } }", Value::Null).await;
    assert_eq!(data, json!({ "assets": { "edges": [{ "node": { "title": "Asset 1" } }] } }));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_and_run_again_it_ends_the_same() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    let whole = Gateway::sqlite(config.config.clone()).await;
    serve(
        &vendor,
        (0..4_000).map(asset).collect(),
        vec![json!({ "id": 1, "name": "C", "members": ["a0001"] })],
    );
    synced(&ground(&whole, &config), "dam", false).await;
    let folder = tempfile::tempdir().expect("a folder");
    load(folder.path(), &[DAM], &one("dam", &vendor, "")).expect("it is right");
    let mut from = 1;
    for pages in [2, 12, 17] {
        vendor.asked();
        let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
        command.arg("sync").current_dir(folder.path()).env("TOKEN", "secret");
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        vendor.asked_for("/assets", pages).await;
        child.kill().expect("it is killed");
        child.wait().expect("it has ended");
        let began = vendor.asked()[0].number("page").expect("a page");
        assert!(began >= from, "it went back from page {from} to {began}");
        from = began;
    }
    assert!(from > 1, "nothing was taken up again");
    let output = weft(folder.path(), &["sync"]).await;
    assert!(output.status.success(), "{}", said(&output));
    assert!(vendor.asked()[0].number("page") > Some(from), "{}", said(&output));
    let store = Store::open_file(&folder.path().join("weft.db"), 2).await.expect("the store opens");
    assert_eq!(nameless(&store).await, nameless(&whole.store).await);
}

/// The lines of an export without what differs from store to store.
async fn nameless(store: &Store) -> Vec<Value> {
    let mut out = Vec::new();
    export(store, "dam", &mut out).await.expect("the export runs");
    let text = String::from_utf8(out).expect("the export is text");
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| {
            let mut line: Map<String, Value> = serde_json::from_str(line).expect("a line is JSON");
            line.retain(|name, _| !matches!(name.as_str(), "id" | "createdAt" | "updatedAt"));
            Value::Object(line)
        })
        .collect();
    lines.sort_by_key(ToString::to_string);
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_asks_for_a_pause_gets_it() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    let gateway = Gateway::sqlite(config.config.clone()).await;
    let refused = AtomicBool::new(false);
    vendor.says(move |asked| match (asked.path.as_str(), asked.number("page")) {
        ("/assets", Some(2)) if !refused.swap(true, Ordering::SeqCst) => {
            let mut said = Said::status(429);
            said.headers.push(("retry-after", "1".to_owned()));
            said
        }
        ("/assets", _) => page(asked, &(0..150).map(asset).collect::<Vec<_>>()),
        _ => json!({ "data": [] }).into(),
    });
    let upstreams = Upstreams::new(&config, "weft.yaml", &Clock::Wall).expect("the sources are set up");
    let ground = Ground { store: gateway.store.clone(), clock: Clock::Wall, upstreams };
    let ran = synced(&ground, "dam", false).await;
    assert_eq!(super::counts(&ran, "asset").new, 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_synced_by_one_at_a_time() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let (release, wait) = std::sync::mpsc::channel::<()>();
            let wait = std::sync::Mutex::new(wait);
            vendor.says(move |asked| {
                if asked.path == "/collections" {
                    tokio::task::block_in_place(|| wait.lock().expect("one waits").recv().ok());
                }
                page(asked, &[asset(1)])
            });
            let first = ground(&gateway, &config);
            let running = tokio::spawn({
                let first = first.clone();
                async move { synced(&first, "dam", false).await }
            });
            vendor.asked_for("/assets", 1).await;
            // Another server is another ground; on SQLite there is only this one.
            let second =
                if gateway.dialect() == Dialect::Postgres { ground(&gateway, &config) } else { first };
            let source = second.upstreams.source("dam").expect("a source").clone();
            let refused = sync(&second, &source, &Order::default(), &Unwatched).await;
            assert!(matches!(refused, Err(SyncError::Busy(_))), "{refused:?}");
            release.send(()).expect("it waits");
            running.await.expect("it ends");
            drop(release);
            synced(&second, "dam", false).await;
        }
    })
    .await;
}
