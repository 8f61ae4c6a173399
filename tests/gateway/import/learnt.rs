//! When Weft last learnt something new of a thing: `updatedAt` moves with its fields and with its relations to many,
//! and stays where a line says nothing new.

use serde_json::{Value, json};
use weft::config::Config;

use super::{all, line, take_all};
use crate::support::{Gateway, both};

/// Takes a line at a moment; answers how many things changed and what `updatedAt` of the asset is then.
async fn at(gateway: &Gateway, second: i64, given: Value) -> (u64, Value) {
    gateway.clock_to(second * 1_000_000);
    let report = take_all(gateway, &[given]).await;
    assert_eq!(report.added, 0);
    (report.changed, line(gateway, "Asset", "a").await["updatedAt"].take())
}

fn moment(second: u32) -> Value {
    json!(format!("1970-01-01T00:00:{second:02}Z"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_relation_to_many_is_something_new() {
    both(|gateway| async move {
        gateway.clock_to(1_000_000);
        take_all(
            &gateway,
            &[
                json!({"type": "Concept", "key": "c1", "prefLabel": "1"}),
                json!({"type": "Concept", "key": "c2", "prefLabel": "2"}),
                json!({"type": "RightsPolicy", "key": "p", "title": "P"}),
                json!({"type": "Asset", "key": "a", "title": "A", "concepts": ["c1"], "rights": ["p"]}),
                json!({"type": "Collection", "key": "c", "name": "C"}),
            ],
        )
        .await;
        let asset = |member: &str, value: Value| {
            let mut line = json!({"type": "Asset", "key": "a"});
            line[member] = value;
            line
        };
        // Nothing new.
        assert_eq!(at(&gateway, 2, asset("concepts", json!(["c1"]))).await, (0, moment(1)));
        assert_eq!(at(&gateway, 3, asset("title", json!("A"))).await, (0, moment(1)));
        // One comes, one goes, one holds for another time.
        assert_eq!(at(&gateway, 4, asset("concepts", json!(["c1", "c2"]))).await, (1, moment(4)));
        assert_eq!(at(&gateway, 5, asset("concepts", json!(["c2"]))).await, (1, moment(5)));
        assert_eq!(at(&gateway, 6, asset("concepts", json!(["c2"]))).await, (0, moment(5)));
        let until = json!([{"key": "p", "validTo": "2027-01-01T00:00:00Z"}]);
        assert_eq!(at(&gateway, 7, asset("rights", until.clone())).await, (1, moment(7)));
        assert_eq!(at(&gateway, 8, asset("rights", until)).await, (0, moment(7)));
        assert_eq!(at(&gateway, 9, asset("collections", json!(["c"]))).await, (1, moment(9)));
        assert_eq!(at(&gateway, 10, asset("collections", json!([]))).await, (1, moment(10)));
        // A pair belongs to the thing whose line gives it.
        let collection = json!({"type": "Collection", "key": "c", "assets": ["a"]});
        assert_eq!(at(&gateway, 11, collection).await, (1, moment(10)));
        assert_eq!(line(&gateway, "Collection", "c").await["updatedAt"], moment(11));
        assert_eq!(line(&gateway, "Concept", "c1").await["updatedAt"], moment(1));
        // What an export says of it counts.
        let mut said = asset("concepts", json!([]));
        said["updatedAt"] = moment(30);
        assert_eq!(at(&gateway, 12, said).await, (1, moment(30)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relations_of_a_fact_are_those_of_the_fact_it_means() {
    both(|gateway| async move {
        let fact = |impressions: i64| {
            json!({"type": "PerformanceFact", "day": "2026-05-01", "impressions": impressions, "changedBy": ["c"]})
        };
        let change = json!({"type": "Change", "key": "c", "title": "C"});
        take_all(&gateway, &[fact(1), change, fact(2)]).await;
        let before = all(&gateway.store).await;
        assert_eq!(line(&gateway, "Change", "c").await["changed"].as_array().map(Vec::len), Some(1));
        let report = take_all(&gateway, &[fact(2)]).await;
        assert_eq!((report.added, report.changed), (0, 0));
        assert_eq!(all(&gateway.store).await, before);
        let lines: Vec<Value> = before.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        take_all(&gateway, &lines).await;
        assert_eq!(all(&gateway.store).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_is_cleared_is_dated_and_goes_through_an_export() {
    both(|gateway| async move {
        let usage = |status: Value| json!({"type": "Usage", "key": "u", "status": status});
        for (now, status) in
            [(1, json!("ACTIVE")), (2, Value::Null), (3, Value::Null), (4, json!("ENDED")), (5, Value::Null)]
        {
            gateway.clock_to(now * 1_000_000);
            take_all(&gateway, &[usage(status)]).await;
        }
        let dated = json!([
            {"status": "ACTIVE", "since": null},
            {"status": null, "since": moment(2)},
            {"status": "ENDED", "since": moment(4)},
            {"status": null, "since": moment(5)},
        ]);
        let written = line(&gateway, "Usage", "u").await;
        assert_eq!((&written["statuses"], &written["status"]), (&dated, &Value::Null));
        let exported = all(&gateway.store).await;
        let lines: Vec<Value> =
            exported.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let other = Gateway::sqlite(Config::default()).await;
        take_all(&other, &lines).await;
        assert_eq!(all(&other.store).await, exported);
        // A line without the dates does not take them away.
        take_all(&other, &[usage(Value::Null)]).await;
        assert_eq!(all(&other.store).await, exported);
    })
    .await;
}
