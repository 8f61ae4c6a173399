//! The server killed while events come in: every one that was acknowledged is there once.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{BATCH, event};
use crate::import::command::url;
use crate::support::servers::long;
use crate::support::{both, client};

/// A server of its own, as anybody starts it.
pub(super) struct Served {
    pub(super) child: Child,
    pub(super) address: String,
}

impl Served {
    pub(super) fn start(folder: &std::path::Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).current_dir(folder).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let mut lines = lines.map_while(Result::ok);
        let said = lines.find(|line| line.contains("http://")).expect("it says where it listens");
        let at = said.find("http://").expect("an address");
        let address = said[at..].split('/').take(3).collect::<Vec<_>>().join("/");
        // Nobody may stop reading, or the server would wait for a reader of its log.
        std::thread::spawn(move || lines.for_each(drop));
        Served { child, address }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn fact(number: usize) -> Value {
    let day = format!("2026-{:02}-{:02}", number / 28 % 5 + 1, number % 28 + 1);
    let data = json!({ "day": day, "territory": format!("T{}", number / 140), "impressions": 1 });
    event(&format!("k{number}"), "weft.fact.observed", "2026-05-30T00:00:00Z", data)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_once_whenever_it_is_killed() {
    let kills = if long() { 50 } else { 3 };
    both(|gateway| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = format!("database:\n  url: {}\n", url(&gateway).await);
        std::fs::write(folder.path().join("weft.yaml"), settings).expect("the settings are written");
        let next = Arc::new(AtomicUsize::new(0));
        let mut acknowledged: HashSet<String> = HashSet::new();
        for _ in 0..kills {
            let mut served = Served::start(folder.path());
            let (stopped, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
            let senders: Vec<_> = (0..4)
                .map(|_| {
                    let (next, stopped, answered) = (next.clone(), stopped.clone(), answered.clone());
                    let address = format!("{}/events", served.address);
                    tokio::spawn(async move {
                        let (client, mut acknowledged) = (client(), Vec::new());
                        while !stopped.load(Ordering::SeqCst) {
                            let first = next.fetch_add(5, Ordering::SeqCst);
                            let events: Vec<Value> = (first..first + 5).map(fact).collect();
                            let request = client.post(&address).header("content-type", BATCH);
                            let Ok(answer) = request.body(json!(events).to_string()).send().await else {
                                break;
                            };
                            if answer.status() != 200 {
                                continue;
                            }
                            let Ok(told) = answer.json::<Vec<Value>>().await else { break };
                            acknowledged.extend(told.iter().map(|told| {
                                assert_eq!(told["outcome"], "TAKEN", "{told}");
                                told["id"].as_str().expect("an id").to_owned()
                            }));
                            answered.fetch_add(1, Ordering::SeqCst);
                        }
                        acknowledged
                    })
                })
                .collect();
            while answered.load(Ordering::SeqCst) < 12 {
                tokio::task::yield_now().await;
            }
            served.child.kill().expect("it is killed");
            stopped.store(true, Ordering::SeqCst);
            for sender in senders {
                acknowledged.extend(sender.await.expect("a sender ends"));
            }
        }
        let known: HashSet<String> = {
            use sea_orm::{ConnectionTrait, Statement};
            let statement = Statement::from_string(gateway.dialect().backend(), "SELECT id FROM event");
            let rows = gateway.store.db.query_all_raw(statement).await.expect("the store answers");
            rows.iter().map(|row| row.try_get_by_index(0).expect("an id")).collect()
        };
        assert!(acknowledged.len() >= kills * 60 && acknowledged.is_subset(&known));
        // Each fact is a day and a territory of its own, so that one that counted twice or half would show.
        let facts = gateway.number("SELECT count(*) FROM performance_fact").await;
        assert_eq!(facts, i64::try_from(known.len()).expect("few"));
        assert_eq!(gateway.number("SELECT sum(impressions) FROM performance_day").await, facts);
        gateway.assert_sums().await;
    })
    .await;
}
