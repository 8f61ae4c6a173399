//! Facts: a later observation takes the place of the one before, and what was said before is kept.

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use weft::config::Config;

use super::{all, take, take_all, text};
use crate::support::{Gateway, both};

fn fact(territory: &str, more: Value) -> Value {
    let mut line =
        json!({"type": "PerformanceFact", "day": "2026-05-01", "channel": "EMAIL", "territory": territory});
    let members = line.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    line
}

fn second(second: i64) -> String {
    format!("1970-01-01T00:00:{second:02}Z")
}

/// What the history of all facts in a territory holds, oldest first: impressions, clicks, since, until.
async fn history(gateway: &Gateway, territory: &str) -> Vec<[Option<i64>; 4]> {
    let statement = format!(
        "SELECT h.impressions, h.clicks, h.since, h.until FROM performance_fact_history h \
         JOIN performance_fact f ON f.id = h.fact_id WHERE f.territory = '{territory}' ORDER BY h.observation"
    );
    rows(gateway, &statement).await
}

async fn rows(gateway: &Gateway, statement: &str) -> Vec<[Option<i64>; 4]> {
    let statement = Statement::from_string(gateway.dialect().backend(), statement);
    let rows = gateway.store.db.query_all_raw(statement).await.expect("the store answers");
    let read = |row: &sea_orm::QueryResult| {
        [0, 1, 2, 3].map(|place| row.try_get_by_index(place).expect("a number or nothing"))
    };
    rows.iter().map(read).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_fact_said_before_is_kept() {
    both(|gateway| async move {
        let at = async |now: i64, lines: &[Value]| {
            gateway.clock_to(now);
            take_all(&gateway, lines).await
        };
        let first =
            [fact("DE", json!({"impressions": 10, "clicks": 1})), fact("AT", json!({"impressions": 5}))];
        at(1_000, &first).await;
        assert_eq!(history(&gateway, "DE").await, [[None; 4]; 0]);
        // The same file twice, or another word for the same: nothing was replaced.
        at(2_000, &first).await;
        at(2_500, &[fact("DE", json!({"clicks": 1, "reach": null}))]).await;
        assert_eq!(history(&gateway, "DE").await, [[None; 4]; 0]);
        let report = at(3_000, &[fact("DE", json!({"impressions": 12}))]).await;
        assert_eq!((report.added, report.changed), (0, 1));
        let once = [Some(10), Some(1), Some(1_000), Some(3_000)];
        assert_eq!(history(&gateway, "DE").await, [once]);
        at(4_000, &[fact("DE", json!({"clicks": null}))]).await;
        at(5_000, &[fact("DE", json!({"clicks": null}))]).await;
        assert_eq!(history(&gateway, "DE").await, [once, [Some(12), Some(1), Some(3_000), Some(4_000)]]);
        assert_eq!(history(&gateway, "AT").await, [[None; 4]; 0]);
        assert!(all(&gateway.store).await.contains("\"impressions\":12"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn observations_that_one_file_replaces_are_kept_too() {
    both(|gateway| async move {
        let moment = |since: i64| Some(since);
        gateway.clock_to(1_000);
        take_all(&gateway, &[fact("DE", json!({"impressions": 1}))]).await;
        gateway.clock_to(2_000);
        let file = [
            fact("DE", json!({"impressions": 2, "clicks": 1})),
            fact("AT", json!({"impressions": 7})),
            fact("DE", json!({"impressions": 3})),
            fact("AT", json!({"impressions": 8})),
            fact("DE", json!({"impressions": 3, "clicks": 2})),
        ];
        let report = take_all(&gateway, &file).await;
        assert_eq!((report.added, report.changed), (1, 1));
        let german = [
            [Some(1), None, moment(1_000), moment(2_000)],
            [Some(2), Some(1), moment(2_000), moment(2_000)],
            [Some(3), Some(1), moment(2_000), moment(2_000)],
        ];
        let austrian = [[Some(7), None, moment(2_000), moment(2_000)]];
        assert_eq!(history(&gateway, "DE").await, german);
        assert_eq!(history(&gateway, "AT").await, austrian);
        gateway.clock_to(3_000);
        let report = take_all(&gateway, &file).await;
        assert_eq!((report.added, report.changed), (0, 0));
        assert_eq!(history(&gateway, "DE").await, german);
        assert_eq!(history(&gateway, "AT").await, austrian);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_facts_said_before_goes_through_an_export() {
    both(|gateway| async move {
        for (now, more) in [
            (1_000, json!({"impressions": 1, "cost": 0.5, "currency": "EUR"})),
            (2_000, json!({"impressions": 2, "cost": 0.75})),
            (3_000, json!({"impressions": null, "cost": 1, "currency": "CHF"})),
        ] {
            gateway.clock_to(now);
            take_all(&gateway, &[fact("DE", more)]).await;
        }
        let exported = all(&gateway.store).await;
        let said = "\"observations\":[\
            {\"since\":\"1970-01-01T00:00:00.001Z\",\"until\":\"1970-01-01T00:00:00.002Z\",\
            \"impressions\":1,\"cost\":0.5,\"currency\":\"EUR\"},\
            {\"since\":\"1970-01-01T00:00:00.002Z\",\"until\":\"1970-01-01T00:00:00.003Z\",\
            \"impressions\":2,\"cost\":0.75,\"currency\":\"EUR\"}]";
        assert!(exported.contains(said), "{exported}");
        let lines: Vec<Value> =
            exported.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
        let other = Gateway::sqlite(Config::default()).await;
        for _ in 0..2 {
            take_all(&other, &lines).await;
            assert_eq!(all(&other.store).await, exported);
        }
        // It goes on from there.
        other.clock_to(4_000);
        take_all(&other, &[fact("DE", json!({"impressions": 4}))]).await;
        assert_eq!(history(&other, "DE").await.len(), 3);
        let wrong = [
            (json!({"observations": [{"since": "1970-01-01T00:00:00Z"}]}), "both a `since` and an `until`"),
            (json!({"observations": [{"territory": "DE"}]}), "nothing called `territory`"),
            (json!({"observations": {}}), "`observations` takes an array of"),
            (json!({"observations": []}), "at least one"),
            (
                json!({"observations": [{"since": second(2), "until": second(1)}]}),
                "no `until` before its `since`",
            ),
            (
                json!({"observations": [
                    {"since": second(2), "until": second(3)},
                    {"since": second(1), "until": second(2)},
                ]}),
                "in the order of its `since` and `until`",
            ),
        ];
        for (more, reason) in wrong {
            let report = take(&other, text(&[fact("DE", more)]), false).await;
            assert!(report.rejected[0].reason.contains(reason), "{:?}", report.rejected);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_that_is_given_joins_the_one_that_is_kept() {
    both(|gateway| async move {
        for (now, impressions) in [(20_000_000, 3), (30_000_000, 4), (40_000_000, 5)] {
            gateway.clock_to(now);
            take_all(&gateway, &[fact("DE", json!({"impressions": impressions}))]).await;
        }
        let observations = |said: &[(i64, i64, i64)]| {
            let said: Vec<Value> = said
                .iter()
                .map(|(since, until, clicks)| {
                    json!({"since": second(*since), "until": second(*until), "clicks": clicks})
                })
                .collect();
            json!({ "observations": said })
        };
        // Of two lines on one fact the last that gives its past decides, whichever of them gives it.
        let file = [
            fact("DE", observations(&[(1, 2, 9)])),
            fact("DE", json!({"impressions": 5})),
            fact("DE", observations(&[(1, 10, 1), (25, 26, 2)])),
            fact("DE", json!({"impressions": 5})),
            fact("AT", json!({"impressions": 1})),
            fact("AT", observations(&[(1, 2, 3)])),
        ];
        for now in [50_000_000, 60_000_000] {
            gateway.clock_to(now);
            take_all(&gateway, &file).await;
            let micros = |second: i64| Some(second * 1_000_000);
            assert_eq!(
                history(&gateway, "DE").await,
                [
                    [None, Some(1), micros(1), micros(10)],
                    [Some(3), None, micros(20), micros(30)],
                    [None, Some(2), micros(25), micros(26)],
                    [Some(4), None, micros(30), micros(40)],
                ]
            );
            assert_eq!(history(&gateway, "AT").await, [[None, Some(3), micros(1), micros(2)]]);
        }
        // What was kept and what was given go through an export as one.
        let exported = all(&gateway.store).await;
        let other = Gateway::sqlite(Config::default()).await;
        assert_eq!(take(&other, exported.clone(), true).await.rejected, []);
        assert_eq!(all(&other.store).await, exported);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn journey_facts_have_a_history_of_their_own() {
    both(|gateway| async move {
        let fact = |entries: i64| {
            [
                json!({"type": "JourneyStep", "key": "s", "name": "S"}),
                json!({"type": "JourneyFact", "day": "2026-05-01", "step": "s", "channel": "EMAIL",
                       "entries": entries, "exits": 2, "conversions": 1}),
            ]
        };
        for (now, entries) in [(1_000, 30), (2_000, 31), (3_000, 31)] {
            gateway.clock_to(now);
            take_all(&gateway, &fact(entries)).await;
        }
        let statement = "SELECT entries, conversions, since, until FROM journey_fact_history";
        assert_eq!(rows(&gateway, statement).await, [[Some(30), Some(1), Some(1_000), Some(2_000)]]);
    })
    .await;
}
