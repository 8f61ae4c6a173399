//! A request of very many events: what the server holds in memory does not grow with them, and its report comes while
//! they are still being sent.

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::crash::Served;
use super::{LINES, event};
use crate::import::command::url;
use crate::support::servers::long;
use crate::support::{both, client};

/// How many facts there are; all further events say them again or are wrong.
const FACTS: usize = 12_000;

/// How many lines are handed over at once.
const TOGETHER: usize = 1_000;

/// How many are sent before the first word of the report: more than one transaction takes in.
const BEFORE: usize = 20_000;

/// The most memory that the server may ever have held, in kibibytes, and by how much that may grow while most of the
/// events come. A million of them are twice as much.
const MOST: u64 = 400 * 1024;
const GROWTH: u64 = 100 * 1024;

fn is_wrong(number: usize) -> bool {
    number % 10 == 9
}

/// An event of the stream: every tenth is wrong, and the others come round again.
fn line(number: usize) -> String {
    let (id, impressions) = match is_wrong(number) {
        true => (format!("w{}", number % 5_000), -1),
        false => (format!("n{}", number % FACTS), 1),
    };
    let place = number % FACTS;
    let day = format!("2026-{:02}-{:02}", place / 28 % 4 + 1, place % 28 + 1);
    let data = json!({ "day": day, "territory": format!("T{}", place / 112), "impressions": impressions });
    format!("{}\n", event(&id, "weft.fact.observed", "2026-05-30T00:00:00Z", data))
}

/// The most memory that a process held until now, in kibibytes.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux tells it");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("its peak");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_end_is_reported_on_while_it_comes_and_bound_in_memory() {
    let count = if long() { 1_000_000 } else { 40_000 };
    both(|gateway| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = format!("database:\n  url: {}\n", url(&gateway).await);
        std::fs::write(folder.path().join("weft.yaml"), settings).expect("the settings are written");
        let served = Served::start(folder.path());
        let (lines, sent) = mpsc::channel::<Result<String, std::io::Error>>(4);
        let body =
            futures_util::stream::unfold(sent, |mut sent| async move { Some((sent.recv().await?, sent)) });
        let request = client().post(format!("{}/events", served.address)).header("content-type", LINES);
        let answer = tokio::spawn(request.body(reqwest::Body::wrap_stream(body)).send());
        let send = async |numbers: std::ops::Range<usize>| {
            for first in numbers.step_by(TOGETHER) {
                let part = (first..first + TOGETHER).map(line).collect();
                lines.send(Ok(part)).await.expect("the server reads on");
            }
        };
        send(0..BEFORE).await;
        // The rest is kept back until the report of the first of them is there.
        let mut answer = answer.await.expect("it is sent").expect("it is answered");
        assert_eq!(answer.status(), 200);
        let mut report = String::new();
        while !report.contains("onDisk") {
            let part = answer.chunk().await.expect("the report comes").expect("it is not over");
            report.push_str(std::str::from_utf8(&part).expect("text"));
        }
        let reading = tokio::spawn(async move {
            while let Some(part) = answer.chunk().await.expect("the report comes") {
                report.push_str(std::str::from_utf8(&part).expect("text"));
            }
            report
        });
        let at_first = peak(served.child.id());
        send(BEFORE..count).await;
        drop(lines);
        let report = reading.await.expect("the report ends");
        let last: Value = serde_json::from_str(report.lines().last().expect("a line")).expect("JSON");
        let wrong = (0..count).filter(|number| is_wrong(*number)).count();
        let facts: std::collections::HashSet<usize> =
            (0..count).filter(|number| !is_wrong(*number)).map(|number| number % FACTS).collect();
        let (taken, duplicate) = (facts.len(), count - wrong - facts.len());
        let total = json!({ "taken": taken, "duplicate": duplicate, "waiting": 0, "rejected": wrong });
        assert_eq!(last, json!({ "done": true, "lines": count, "total": total }));
        assert!(report.lines().filter(|line| line.contains("onDisk")).count() >= count / 10_000, "{report}");
        let at_last = peak(served.child.id());
        assert!(at_last < MOST && at_last < at_first + GROWTH, "{at_first} and then {at_last} kibibytes");
        let held = gateway.number("SELECT sum(impressions) FROM performance_day").await;
        assert_eq!(held, i64::try_from(taken).expect("few"));
        gateway.assert_sums().await;
        println!(
            "{count} events on {:?}: {at_first} KiB at first, {at_last} KiB in the end",
            gateway.dialect()
        );
    })
    .await;
}
