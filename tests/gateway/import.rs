//! Import and export: what goes in, what is told of what does not, and that what comes out makes the same graph.

use std::io::{BufRead, Cursor, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Map, Value, json};
use weft::catalogue::{CATALOGUE, Entry, Identity, Kind, Target, Way};
use weft::clock::{Clock, written};
use weft::config::Config;
use weft::ingest::{Import, Rejection, Report, Silent, export, import};
use weft::store::{Dialect, Store};

use crate::support::{Gateway, both, server};

async fn take(gateway: &Gateway, bytes: impl Into<Vec<u8>>, strict: bool) -> Report {
    let input = Box::new(Cursor::new(bytes.into()));
    let order = Import { source: "import".to_owned(), strict, input, progress: Arc::new(Silent) };
    import(&gateway.store, &gateway.clock, order).await.expect("the import runs")
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

/// A few things of every noun, with every field and every relation that import writes.
fn world() -> Vec<Value> {
    const EACH: usize = 3;
    let mut lines = Vec::new();
    for (number, entry) in CATALOGUE.iter().enumerate() {
        for place in 0..EACH {
            lines.push(Value::Object(thing(entry, number + place, place)));
        }
    }
    lines
}

fn key(entry: &Entry, place: usize) -> String {
    format!("{}-{}", entry.noun.table, place % 3)
}

fn keyed() -> Vec<&'static Entry> {
    CATALOGUE.iter().filter(|entry| !matches!(entry.noun.identity, Identity::Dimensions(_))).collect()
}

fn thing(entry: &'static Entry, number: usize, place: usize) -> Map<String, Value> {
    let mut line = Map::new();
    line.insert("type".to_owned(), json!(entry.noun.name));
    let name = match entry.noun.identity {
        Identity::Name(column) => Some(column),
        _ => None,
    };
    if !matches!(entry.noun.identity, Identity::Dimensions(_)) {
        line.insert("key".to_owned(), json!(key(entry, place)));
    }
    for field in &entry.noun.fields {
        let bare = place == 2 && !field.required;
        if bare || name == Some(field.column) || ["createdAt", "updatedAt"].contains(&field.name.as_str()) {
            continue;
        }
        let value = match field.kind {
            Kind::Text => json!(format!("{} \"{number}\" \\ ü 漢", field.name)),
            Kind::Int => json!(number),
            Kind::BigInt => json!(9_007_199_254_740_993_i64 + number as i64),
            Kind::Float => json!(number as f64 / 7.0),
            Kind::Bool => json!(number.is_multiple_of(2)),
            Kind::Time => json!(written(1_750_000_000_000_001 + number as i64 * 3_600_000_000)),
            Kind::Date => json!(format!("2026-05-{:02}", number % 28 + 1)),
            Kind::Money => serde_json::from_str(&format!("-{number}.000001")).expect("a number"),
            Kind::Texts if field.name == "rightOperand" => json!(["2026-05-01T00:00:00Z"]),
            Kind::Texts => json!(["one", "two, \"three\""]),
            Kind::Choice(choice) => json!(choice.values[number % choice.values.len()].0),
            Kind::Choices(choice) => json!([choice.values[0].0]),
        };
        line.insert(field.name.clone(), value);
    }
    let keyed = keyed();
    for edge in &entry.edges {
        let far = |step: usize| {
            let noun = match edge.target {
                Target::Noun(code) => weft::catalogue::by_code(code).expect("a noun"),
                Target::Any => keyed[(number + step) % keyed.len()],
            };
            let mut far = Map::from_iter([("key".to_owned(), json!(key(noun, place + step)))]);
            if edge.target == Target::Any {
                far.insert("type".to_owned(), json!(noun.noun.name));
            }
            if edge.valid && step == 2 {
                far.insert("validFrom".to_owned(), json!("2026-01-01T00:00:00Z"));
            }
            if far.len() == 1 { far.remove("key").expect("its key") } else { Value::Object(far) }
        };
        let value = match &edge.way {
            Way::Own(_) | Way::OwnAny(..) if place < 2 => far(1),
            Way::Pairs(pairs) if pairs.unique && edge.forward && place < 2 => json!([far(1), far(2)]),
            Way::PairsOfAny(pairs) if pairs.table != "external_id" && edge.forward && place < 2 => {
                json!([far(1), far(2)])
            }
            _ => continue,
        };
        line.insert(edge.field.to_owned(), value);
    }
    line
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

impl Gateway {
    fn clock_to(&self, now: i64) {
        if let Clock::Set(clock) = &self.clock {
            clock.store(now, std::sync::atomic::Ordering::SeqCst);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_line_is_rejected_with_its_number_and_reason() {
    let long = format!("{{\"type\":\"Brand\",\"key\":\"b\",\"name\":\"{}\"}}", "x".repeat(1024 * 1024));
    let wide = format!("{{\"type\":\"Brand\",\"key\":\"b\",\"name\":\"{}\"}}", "x".repeat(2001));
    let wrong: Vec<(&[u8], &str)> = vec![
        (b"{\"type\":", "not JSON"),
        (b"[1, 2]", "one JSON object"),
        (b"{\"key\":\"x\"}", "`type` is missing"),
        (b"{\"type\":\"Assett\",\"key\":\"x\"}", "there is no type Assett (did you mean Asset"),
        (b"{\"type\":\"Asset\",\"title\":\"x\"}", "`key` is missing"),
        (b"{\"type\":\"Asset\",\"key\":\"\",\"title\":\"x\"}", "not empty"),
        (b"{\"type\":\"Asset\",\"key\":7,\"title\":\"x\"}", "`key` takes a text such as"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"titel\":\"x\"}", "Asset has no field `titel` (did you mean title"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":7}", "`title` takes a text, not 7"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":null}", "`title` cannot be empty"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"kind\":\"PHOTO\"}", "`kind` takes one of IMAGE, VIDEO"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"created\":\"2026-05-01\"}", "RFC 3339"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"productionCost\":0.0000001}", "at most 6 decimals"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"productionCost\":1e30}", "an amount from"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"a\",\"title\":\"b\"}", "`title` is given twice"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"key\":\"y\",\"title\":\"a\"}", "`key` is given twice"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"a\\u0000b\"}", "NUL"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"\xff\"}", "not UTF-8"),
        (b"{\"type\":\"Asset\",\"key\":\"x\"}", "a new Asset needs `title`"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"brand\":\"nowhere\"}", "`brand` names the Brand nowhere, which is neither"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"concepts\":[\"nowhere\"]}", "`concepts` names nowhere, which is neither"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"concepts\":[7]}", "`concepts` takes an array"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"usages\":[\"u\"]}", "Asset.usages is written from the other side: Usage.asset"),
        (b"{\"type\":\"Variant\",\"key\":\"x\",\"decisions\":[\"u\"]}", "Rule.variant and Rule.decision"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"brand\":{\"type\":\"Team\",\"key\":\"t\"}}", "`brand` takes a reference to Brand, not {"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"brand\":{\"key\":\"t\",\"key\":\"t\"}}", "`key` twice"),
        (b"{\"type\":\"Incident\",\"key\":\"x\",\"subject\":\"a\"}", "`subject` takes {\"type\": …, \"key\": …}"),
        (b"{\"type\":\"Incident\",\"key\":\"x\",\"id\":\"abc\"}", "`id` takes an id as the graph gives it"),
        (b"{\"type\":\"Rendition\",\"key\":\"x\",\"name\":\"x\",\"width\":2147483648}", "`width` takes a whole number"),
        (b"{\"type\":\"Rendition\",\"key\":\"x\",\"name\":\"x\",\"duration\":1e999}", "`duration` takes a number that fits"),
        (b"{\"type\":\"PerformanceFact\",\"day\":\"2026-02-30\"}", "`day` takes a day of the calendar"),
        (b"{\"type\":\"PerformanceFact\",\"impressions\":1}", "`day` is missing"),
        (b"{\"type\":\"PerformanceFact\",\"key\":\"x\",\"day\":\"2026-02-03\"}", "has no `key`"),
        (b"{\"type\":\"Source\",\"key\":\"x\",\"name\":\"y\"}", "are the same"),
        (b"{\"type\":\"Asset\",\"key\":\"x\",\"title\":\"x\",\"externalIds\":[{\"source\":\"dam\"}]}", "both a `source` and a `value`"),
        (b"{\"type\":\"Concept\",\"key\":\"x\",\"prefLabel\":\"x\",\"tagged\":[{\"type\":\"Team\",\"key\":\"t\"}]}", "things that can be tagged"),
        (wide.as_bytes(), "at most 2000 bytes"),
        (long.as_bytes(), "longer than"),
    ];
    let wrong = Arc::new(
        wrong.into_iter().map(|(bytes, reason)| (bytes.to_vec(), reason.to_owned())).collect::<Vec<_>>(),
    );
    both(move |gateway| {
        let wrong = wrong.clone();
        async move {
            let good = b"{\"type\":\"Brand\",\"key\":\"good\",\"name\":\"Good\"}\n\n";
            let mut file = Vec::new();
            for (bytes, _) in wrong.iter() {
                file.extend_from_slice(good);
                file.extend_from_slice(bytes);
                file.push(b'\n');
            }
            let report = take(&gateway, file, false).await;
            for (place, (bytes, reason)) in wrong.iter().enumerate() {
                let number = place as u64 * 3 + 3;
                let shown: String = String::from_utf8_lossy(bytes).chars().take(100).collect();
                let told = report.rejected.iter().find(|rejection| rejection.line == number);
                let told = told.map(|rejection| rejection.reason.clone()).unwrap_or_default();
                assert!(told.contains(reason), "{shown}: expected {reason:?}, was told {told:?}");
            }
            assert_eq!(report.rejected_total, wrong.len() as u64, "{:#?}", report.rejected);
            assert_eq!(report.taken, wrong.len() as u64);
            assert!(report.rejected.is_sorted_by_key(|rejection| rejection.line));
            let left = all(&gateway.store).await;
            assert_eq!(left.lines().count(), 2, "a brand and the import's source: {left}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_a_rejected_line_goes_with_it() {
    both(|gateway| async move {
        let lines = [
            json!({"type": "Usage", "key": "u", "variant": "v", "status": "ACTIVE"}),
            json!({"type": "Variant", "key": "v", "component": "c"}),
            json!({"type": "Component", "key": "c", "name": "C", "assets": ["a"]}),
            json!({"type": "Asset", "key": "a", "title": "A", "derivedFrom": ["b"]}),
            json!({"type": "Asset", "key": "b", "title": "B", "brand": "nowhere"}),
            json!({"type": "Asset", "key": "kept", "title": "Kept"}),
            json!({"type": "Asset", "key": "kept", "brand": "nowhere"}),
            json!({"type": "Usage", "key": "fine", "asset": "kept"}),
            json!({"type": "Brand", "key": {"source": "other", "key": "x"}, "name": "X", "description": 7}),
        ];
        let report = take(&gateway, text(&lines), false).await;
        let numbers: Vec<u64> = report.rejected.iter().map(|rejection| rejection.line).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 7, 9], "{:#?}", report.rejected);
        let Rejection { noun, key, reason, .. } = &report.rejected[0];
        assert_eq!((noun.as_deref(), key.as_deref()), (Some("Usage"), Some("u")));
        assert!(reason.contains("`variant` names the Variant v, whose own line was rejected"), "{reason}");
        let left = nameless(&gateway.store).await;
        assert_eq!(left.len(), 3, "{left:#?}");
        // Nothing of the rejected lines is left: their keys are free.
        let report = take_all(&gateway, &[json!({"type": "Asset", "key": "b", "title": "Another"})]).await;
        assert_eq!(report.added, 1);
    })
    .await;
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
            json!({"type": "Asset", "key": "a", "kind": "IMAGE", "productionCost": 4.20, "concepts": ["c1", "c2"]}),
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
        assert!(lines.contains("\"impressions\":3") && !lines.contains("\"impressions\":2"), "{lines}");
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
        let order = Import {
            source: "import".to_owned(),
            strict: false,
            input: Box::new(Cursor::new(torn)),
            progress: Arc::new(Silent),
        };
        assert!(import(&gateway.store, &gateway.clock, order).await.is_err());
    })
    .await;
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
