//! Import and export: what goes in, what is told of what does not, and that what comes out makes the same graph.

mod bounds;
pub(crate) mod command;
mod facts;
mod learnt;
mod rejections;
mod validity;
mod world;

use std::io::{Cursor, Read, Write};
use std::sync::Arc;

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Map, Value, json};
use weft::clock::Clock;
use weft::config::Config;
use weft::ingest::{Import, Report, Silent, export, import};
use weft::store::Store;

use self::world::world;
use crate::support::{Gateway, both};

async fn take(gateway: &Gateway, bytes: impl Into<Vec<u8>>, strict: bool) -> Report {
    import(&gateway.store, &gateway.clock, order(bytes, strict)).await.expect("the import runs")
}

/// What orders the import of one file.
fn order(bytes: impl Into<Vec<u8>>, strict: bool) -> Import {
    let inputs: Vec<Box<dyn Read + Send>> = vec![Box::new(Cursor::new(bytes.into()))];
    Import { source: "import".to_owned(), strict, inputs, progress: Arc::new(Silent) }
}

/// Takes lines all of which are right.
async fn take_all(gateway: &Gateway, lines: &[Value]) -> Report {
    let report = take(gateway, text(lines), false).await;
    assert_eq!(report.rejected, []);
    assert_eq!(report.taken, lines.len() as u64);
    report
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

async fn all(store: &Store) -> String {
    let mut out = Vec::new();
    export(store, "import", &mut out).await.expect("the export runs");
    String::from_utf8(out).expect("the export is text")
}

/// The lines of an export without ids, in an order that does not follow from them.
async fn nameless(store: &Store) -> Vec<String> {
    let mut lines: Vec<String> = all(store)
        .await
        .lines()
        .map(|line| {
            let mut line: Map<String, Value> = serde_json::from_str(line).expect("a line is JSON");
            line.remove("id");
            Value::Object(line).to_string()
        })
        .collect();
    lines.sort();
    lines
}

/// The line of an export with this type and key.
async fn line(gateway: &Gateway, noun: &str, key: &str) -> Value {
    let lines = all(&gateway.store).await;
    lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"))
        .find(|line| line["type"] == noun && line["key"] == key)
        .unwrap_or(Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_twice_changes_nothing() {
    both(|gateway| async move {
        let lines = world();
        let report = take_all(&gateway, &lines).await;
        assert!(report.added >= lines.len() as u64 - 3, "{report:?}");
        let before = all(&gateway.store).await;
        assert_eq!(before.lines().count(), lines.len() + 1, "every line, and the import's own source");
        let Clock::Set(now) = &gateway.clock else { panic!("the tests' clock stands still") };
        now.fetch_add(60_000_000, std::sync::atomic::Ordering::SeqCst);
        let report = take_all(&gateway, &lines).await;
        assert_eq!((report.added, report.changed), (0, 0));
        assert_eq!(all(&gateway.store).await, before);
        // A file that holds everything twice, too.
        let report = take_all(&gateway, &[lines.clone(), lines].concat()).await;
        assert_eq!((report.added, report.changed), (0, 0));
        assert_eq!(all(&gateway.store).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_may_come_in_any_order() {
    both(|gateway| async move {
        let mut lines = world();
        take_all(&gateway, &lines).await;
        let expected = nameless(&gateway.store).await;
        lines.reverse();
        for turn in [0, 17, 61] {
            lines.rotate_left(turn);
            let other = Gateway::sqlite(Config::default()).await;
            take_all(&other, &lines).await;
            assert_eq!(nameless(&other.store).await, expected);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_makes_the_same_graph_on_either_database() {
    both(|gateway| async move {
        take_all(&gateway, &world()).await;
        // Names in several sources, some of which say more than a key.
        take_all(
            &gateway,
            &[
                json!({"type": "Asset", "key": "asset-0", "externalIds": [
                {"source": "dam", "value": "d0", "matchMethod": "CHECKSUM", "confidence": 0.5},
                {"source": "cms", "value": "c0", "validFrom": "2026-01-01T00:00:00Z"}]}),
                json!({"type": "Asset", "key": {"source": "dam", "key": "only"}, "title": "Only in the DAM"}),
                json!({"type": "Usage", "key": "u", "asset": {"source": "dam", "key": "only"}}),
            ],
        )
        .await;
        let written = all(&gateway.store).await;
        let mut others = vec![Gateway::sqlite(Config::default()).await];
        others.extend(Gateway::postgres(Config::default()).await);
        for other in others {
            other.clock_to(1);
            let report = take(&other, written.clone(), true).await;
            assert_eq!(report.rejected, []);
            assert_eq!(all(&other.store).await, written);
            let report = take(&other, written.clone(), true).await;
            assert_eq!((report.added, report.changed), (0, 0));
            assert_eq!(all(&other.store).await, written);
        }
    })
    .await;
}

impl Gateway {
    fn clock_to(&self, now: i64) {
        if let Clock::Set(clock) = &self.clock {
            clock.store(now, std::sync::atomic::Ordering::SeqCst);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strict_takes_all_or_nothing() {
    both(|gateway| async move {
        let before = all(&gateway.store).await;
        let lines = [
            json!({"type": "Brand", "key": "b", "name": "B"}),
            json!({"type": "Product", "key": "p", "name": "P", "brand": "nowhere"}),
        ];
        let report = take(&gateway, text(&lines), true).await;
        assert_eq!((report.read, report.taken, report.rejected_total), (2, 0, 1));
        assert_eq!(all(&gateway.store).await, before);
        let report = take(&gateway, text(&lines[..1]), true).await;
        assert_eq!((report.taken, report.rejected_total), (1, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_line_wins_field_by_field() {
    both(|gateway| async move {
        take_all(&gateway, &[
            json!({"type": "Concept", "key": "c1", "prefLabel": "One", "altLabels": ["1", "I"]}),
            json!({"type": "Concept", "key": "c2", "prefLabel": "Two"}),
            json!({"type": "Asset", "key": "a", "kind": "IMAGE", "productionCost": 4.20, "currency": "EUR", "concepts": ["c1", "c2"]}),
            json!({"type": "Asset", "key": "a", "title": "First", "description": "Old", "language": "de"}),
            json!({"type": "Asset", "key": "a", "description": "New", "language": null}),
        ])
        .await;
        let asset = line(&gateway, "Asset", "a").await;
        assert_eq!(asset["title"], "First");
        assert_eq!(asset["description"], "New");
        assert_eq!(asset["language"], Value::Null);
        assert_eq!(asset["productionCost"], 4.2);
        assert_eq!(asset["concepts"], json!(["c1", "c2"]));
        take_all(&gateway, &[
            json!({"type": "Asset", "key": "a", "description": null, "kind": "VIDEO"}),
            json!({"type": "Asset", "key": "a", "concepts": "c2"}),
            json!({"type": "Concept", "key": "c1", "altLabels": null}),
        ])
        .await;
        let asset = line(&gateway, "Asset", "a").await;
        assert_eq!((&asset["description"], &asset["kind"]), (&Value::Null, &json!("VIDEO")));
        assert_eq!(asset["concepts"], json!(["c2"]));
        assert_eq!(line(&gateway, "Concept", "c1").await["altLabels"], Value::Null);
        take_all(&gateway, &[json!({"type": "Asset", "key": "a", "concepts": []})]).await;
        assert_eq!(line(&gateway, "Asset", "a").await["concepts"], Value::Null);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pairs_may_be_given_from_either_end() {
    both(|gateway| async move {
        let things = [
            json!({"type": "Asset", "key": "a1", "title": "1"}),
            json!({"type": "Asset", "key": "a2", "title": "2"}),
            json!({"type": "Collection", "key": "c", "name": "C", "assets": ["a1"]}),
            json!({"type": "Asset", "key": "a2", "collections": ["c"]}),
        ];
        take_all(&gateway, &things).await;
        assert_eq!(line(&gateway, "Collection", "c").await["assets"], json!(["a1", "a2"]));
        // The collection comes last and decides for all its pairs.
        take_all(&gateway, &[things[3].clone(), things[2].clone()]).await;
        assert_eq!(line(&gateway, "Collection", "c").await["assets"], json!(["a1"]));
        take_all(&gateway, &[json!({"type": "Asset", "key": "a1", "collections": []})]).await;
        assert_eq!(line(&gateway, "Collection", "c").await["assets"], Value::Null);
        take_all(&gateway, &[
            json!({"type": "Concept", "key": "t", "prefLabel": "T", "tagged": [{"type": "Asset", "key": "a1"}]}),
        ])
        .await;
        assert_eq!(line(&gateway, "Asset", "a1").await["concepts"], json!(["t"]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_is_known_by_what_it_was_measured_on() {
    both(|gateway| async move {
        let fact = |impressions: i64| {
            json!({"type": "PerformanceFact", "day": "2026-05-01", "channel": "EMAIL", "territory": "DE",
                   "impressions": impressions, "cost": 4.20, "revenue": 19.00, "currency": "EUR"})
        };
        let elsewhere = json!({"type": "PerformanceFact", "day": "2026-05-01", "channel": "EMAIL", "impressions": 5});
        let other = json!({"type": "PerformanceFact", "day": "2026-05-01", "channel": "EMAIL", "source": "ads", "impressions": 6});
        let report = take_all(&gateway, &[fact(1), elsewhere.clone(), fact(2), other.clone()]).await;
        assert_eq!(report.added, 3);
        let report = take_all(&gateway, &[fact(3), elsewhere, other]).await;
        assert_eq!((report.added, report.changed), (0, 1));
        let lines = all(&gateway.store).await;
        let facts = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"));
        let said: Vec<Value> = facts.map(|mut fact| fact["impressions"].take()).filter(Value::is_i64).collect();
        assert_eq!(said, [3, 5, 6]);
        assert!(lines.contains("\"cost\":4.2,\"revenue\":19,"), "{lines}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn further_identities_name_the_same_thing() {
    both(|gateway| async move {
        take_all(&gateway, &[json!({"type": "Asset", "key": {"source": "dam", "key": "d1"}, "title": "One"})]).await;
        let report = take_all(&gateway, &[
            json!({"type": "Usage", "key": "u", "asset": {"source": "cms", "key": "m1"}}),
            json!({"type": "Asset", "key": "x", "description": "Met again", "externalIds": [
                {"source": "dam", "value": "d1"}, {"source": "cms", "value": "m1", "matchMethod": "CURATED", "confidence": 0.9}]}),
        ])
        .await;
        assert_eq!((report.added, report.changed), (1, 1));
        let asset = line(&gateway, "Asset", "x").await;
        assert_eq!(asset["title"], "One");
        assert_eq!(asset["externalIds"][0]["confidence"], 0.9);
        // What belongs to one thing cannot be given to another.
        let report = take(&gateway, text(&[
            json!({"type": "Asset", "key": "y", "title": "Y"}),
            json!({"type": "Asset", "key": "y", "externalIds": [{"source": "dam", "value": "d1"}]}),
        ]), false)
        .await;
        assert_eq!(report.rejected_total, 1, "{:?}", report.rejected);
        assert!(report.rejected[0].reason.contains("belongs to something else"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_stands_where_there_is_no_key() {
    both(|gateway| async move {
        let id = |noun: &str, number: u128| {
            let code = weft::catalogue::by_name(noun).expect("a noun").noun.code;
            weft::store::encode_id(code, uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number))
        };
        let lines = [
            json!({"type": "Change", "key": "c", "title": "C", "changed": [
                {"type": "PerformanceFact", "id": id("PerformanceFact", 2)}, {"type": "Asset", "id": id("Asset", 1)}]}),
            json!({"type": "Usage", "key": "u", "asset": {"id": id("Asset", 1)}, "status": "ACTIVE"}),
            json!({"type": "Asset", "id": id("Asset", 1), "title": "Nameless"}),
            json!({"type": "PerformanceFact", "id": id("PerformanceFact", 2), "day": "2026-05-01", "impressions": 1}),
        ];
        take_all(&gateway, &lines).await;
        let exported = all(&gateway.store).await;
        let other = Gateway::sqlite(Config::default()).await;
        assert_eq!(take(&other, exported.clone(), true).await.rejected, []);
        assert_eq!(all(&other.store).await, exported);
        take_all(&gateway, &lines).await;
        assert_eq!(all(&gateway.store).await, exported);
        let wrong = [
            (json!({"type": "Usage", "key": "u", "asset": {"id": id("Asset", 9)}}), "gives an id that names nothing"),
            (json!({"type": "Usage", "key": "u", "asset": {"id": id("Team", 1)}}), "a reference to Asset"),
            (json!({"type": "Change", "key": "c", "changed": [{"id": id("Asset", 9)}]}), "gives an id that names nothing"),
            (json!({"type": "Usage", "key": "u", "id": id("Usage", 5)}), "`id` and `key` are of different things"),
            (json!({"type": "PerformanceFact", "id": id("PerformanceFact", 2), "day": "2026-05-02"}), "of another day"),
        ];
        let report = take(&gateway, text(&wrong.clone().map(|(line, _)| line)), false).await;
        for (rejection, (line, reason)) in report.rejected.iter().zip(&wrong) {
            assert!(rejection.reason.contains(reason), "{line}: {}", rejection.reason);
        }
        assert_eq!(report.rejected_total, wrong.len() as u64);
        assert_eq!(all(&gateway.store).await, exported);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_dated_when_it_is_learnt() {
    both(|gateway| async move {
        let learn = async |now: i64, status: Value| {
            gateway.clock_to(now);
            take_all(&gateway, &[json!({"type": "Usage", "key": "u", "status": status})]).await;
            let statement = "SELECT since, status FROM status_change ORDER BY since";
            let statement = Statement::from_string(gateway.store.dialect.backend(), statement);
            let rows = gateway.store.db.query_all_raw(statement).await.expect("the store answers");
            let read = |row: &sea_orm::QueryResult| (row.try_get_by_index(0), row.try_get_by_index(1));
            let all: Vec<(i64, String)> = rows
                .iter()
                .map(read)
                .map(|(since, status)| (since.expect("a moment"), status.expect("a status")))
                .collect();
            all
        };
        let held = |rows: &[(i64, &str)]| {
            rows.iter().map(|(since, status)| (*since, (*status).to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(learn(1_000, Value::Null).await, []);
        assert_eq!(learn(2_000, json!("ACTIVE")).await, held(&[(i64::MIN, "ACTIVE")]));
        assert_eq!(learn(3_000, json!("ACTIVE")).await, held(&[(i64::MIN, "ACTIVE")]));
        let paused = held(&[(i64::MIN, "ACTIVE"), (4_000, "PAUSED")]);
        assert_eq!(learn(4_000, json!("PAUSED")).await, paused);
        assert_eq!(learn(5_000, json!("PAUSED")).await, paused);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_is_unpacked() {
    both(|gateway| async move {
        let packed = |lines: &[Value]| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(text(lines).as_bytes()).expect("the lines are packed");
            packer.finish().expect("the lines are packed")
        };
        let lines = world();
        let (front, back) = lines.split_at(50);
        let report = take(&gateway, [packed(front), packed(back)].concat(), true).await;
        assert_eq!((report.taken, report.rejected_total), (lines.len() as u64, 0), "{:?}", report.rejected);
        // A file that ends in the middle is not a file.
        let mut torn = packed(&lines);
        torn.truncate(torn.len() / 2);
        assert!(import(&gateway.store, &gateway.clock, order(torn, false)).await.is_err());
    })
    .await;
}
