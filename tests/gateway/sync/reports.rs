//! A list that is made as a job: submitted, asked for until it is done, then fetched.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{counts, ground, lines, one, run, settings, synced};
use crate::support::{Said, Vendor, both_with};

const JOBS: &str = r#"
connector: dam
kind: dam
auth: { bearer: "${secret.token}" }
http: { retries: 0 }
entities:
  asset:
    port: dam.asset
    list:
      request: { method: POST, path: /jobs, body: { of: assets } }
      since: { body: { from: "${since}" }, watermark: changed | datetime }
      items: rows
      report:
        job: job.id
        poll: { path: "/jobs/${job}" }
        state: state
        done: ready
        failed: [broken]
        every: 1ms
        within: 30s
        download: { path: "/jobs/${job}/rows" }
    map: { id: id, title: title }
"#;

fn rows(of: &[(&str, &str)]) -> Value {
    let row =
        |(id, title): &(&str, &str)| json!({ "id": id, "title": title, "changed": "2026-05-01T00:00:00Z" });
    json!({ "rows": of.iter().map(row).collect::<Vec<_>>() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_submitted_once_asked_for_until_it_is_done_and_fetched() {
    let vendor = Vendor::start().await;
    let config = settings(&[JOBS], &one("dam", &vendor, ""));
    both_with((*config).clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let polls = AtomicUsize::new(0);
            vendor.says(move |asked| match asked.path.as_str() {
                "/jobs" => json!({ "job": { "id": 7 } }).into(),
                "/jobs/7" if polls.fetch_add(1, Ordering::SeqCst) < 2 => json!({ "state": "queued" }).into(),
                "/jobs/7" => json!({ "state": "ready" }).into(),
                "/jobs/7/rows" => rows(&[("a", "One"), ("b", "Two")]).into(),
                _ => Said::status(404),
            });
            let ground = ground(&gateway, &config);
            let ran = synced(&ground, "dam", false).await;
            assert_eq!(counts(&ran, "asset").new, 2);
            let asked = vendor.asked();
            let paths: Vec<&str> = asked.iter().map(|asked| asked.path.as_str()).collect();
            assert_eq!(paths, ["/jobs", "/jobs/7", "/jobs/7", "/jobs/7", "/jobs/7/rows"]);
            assert_eq!((asked[0].method.as_str(), &asked[0].body), ("POST", &json!({ "of": "assets" })));
            // The next one asks only for what changed.
            vendor.says(move |asked| match asked.path.as_str() {
                "/jobs" => json!({ "job": { "id": "next" } }).into(),
                "/jobs/next" => json!({ "state": "ready" }).into(),
                _ => rows(&[("b", "Changed")]).into(),
            });
            let ran = synced(&ground, "dam", false).await;
            assert_eq!((counts(&ran, "asset").changed, counts(&ran, "asset").gone), (1, 0), "{ran:#?}");
            let from = json!({ "of": "assets", "from": "2026-05-01T00:00:00Z" });
            assert_eq!(vendor.asked()[0].body, from);
            let stored = lines(&gateway, "Asset").await;
            assert_eq!((&stored[0]["title"], &stored[1]["title"]), (&json!("One"), &json!("Changed")));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_waited_for_where_its_budget_is_small_and_not_submitted_again() {
    let few = JOBS.replace("      items: rows\n", "      items: rows\n      budget: [2/min]\n");
    let few = few.replace("within: 30s", "within: 5m");
    let vendor = Vendor::start().await;
    let config = settings(&[&few], &one("dam", &vendor, ""));
    both_with((*config).clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let (began, polls) = (gateway.clock.now(), AtomicUsize::new(0));
            vendor.says(move |asked| match asked.path.as_str() {
                "/jobs" => json!({ "job": { "id": 7 } }).into(),
                "/jobs/7" if polls.fetch_add(1, Ordering::SeqCst) < 2 => json!({ "state": "queued" }).into(),
                "/jobs/7" => json!({ "state": "ready" }).into(),
                "/jobs/7/rows" => rows(&[("a", "One"), ("b", "Two")]).into(),
                _ => Said::status(404),
            });
            let ran = synced(&ground(&gateway, &config), "dam", false).await;
            assert_eq!(counts(&ran, "asset").new, 2, "{ran:#?}");
            let asked = vendor.asked();
            let paths: Vec<&str> = asked.iter().map(|asked| asked.path.as_str()).collect();
            assert_eq!(paths, ["/jobs", "/jobs/7", "/jobs/7", "/jobs/7", "/jobs/7/rows"]);
            // Five calls of which two go in a minute take two minutes.
            let took = (gateway.clock.now() - began) / 1_000_000;
            assert_eq!(took, 120);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_fails_or_never_ends_changes_nothing() {
    let vendor = Vendor::start().await;
    let hasty = JOBS.replace("connector: dam", "connector: hasty").replace("within: 30s", "within: 20ms");
    let sources =
        one("dam", &vendor, "") + &one("hasty", &vendor, "").replace("connector: dam", "connector: hasty");
    let config = settings(&[JOBS, &hasty], &sources);
    both_with((*config).clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let ground = ground(&gateway, &config);
            for (source, state, code) in [
                ("dam", json!("broken"), "UPSTREAM_INVALID"),
                ("hasty", json!("queued"), "UPSTREAM_TIMEOUT"),
                ("hasty", json!({ "is": "none" }), "UPSTREAM_TIMEOUT"),
            ] {
                vendor.says(move |asked| match asked.path.as_str() {
                    "/jobs" => json!({ "job": { "id": 7 } }).into(),
                    "/jobs/7" => json!({ "state": state }).into(),
                    _ => rows(&[("a", "One")]).into(),
                });
                let ran = run(&ground, source, false).await;
                assert_eq!(ran.failures[0].1.code().as_str(), code, "{ran:#?}");
                let submitted = vendor.asked().iter().filter(|asked| asked.path == "/jobs").count();
                assert_eq!(submitted, 1, "a job is paid for");
                assert!(lines(&gateway, "Asset").await.is_empty());
            }
            vendor.says(|_| json!({ "job": {} }).into());
            let ran = run(&ground, "dam", false).await;
            assert!(ran.failures[0].1.to_string().contains("it named no job"), "{ran:#?}");
        }
    })
    .await;
}
