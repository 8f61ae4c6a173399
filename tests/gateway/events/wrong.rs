//! What is wrong: each event with its reason, kept until it is sent again as it should be, and nothing half taken.

use serde_json::{Value, json};

use super::{BATCH, LINES, SINGLE, batch, comes_to, event, send};
use crate::support::{Answer, both};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_and_kept() {
    both(|gateway| async move {
        gateway.import("{\"type\":\"Delivery\",\"key\":\"d\",\"name\":\"D\"}\n").await;
        let at = "2026-05-30T00:00:00Z";
        let fact = |data: Value| event("x", "weft.fact.observed", at, data);
        let day = "2026-05-01";
        let cases = [
            (fact(json!({ "day": day, "impressions": 3, "clicks": 4 })), "`clicks` is 4, which is more than `impressions`, 3"),
            (fact(json!({ "day": day, "impressions": -1 })), "`impressions` takes a number from 0 to 1000000000000"),
            (fact(json!({ "day": day, "cost": 4 })), "`cost` needs `currency`"),
            (fact(json!({ "day": day, "cost": 4, "currency": "euro" })), "a currency in its three capital letters"),
            (fact(json!({ "day": "2026-06-02", "impressions": 1 })), "`day` lies in the future"),
            (fact(json!({ "impressions": 1 })), "`day` is missing"),
            (fact(json!({ "day": day, "key": "k" })), "a PerformanceFact has no `key`"),
            (fact(json!({ "day": day, "impresions": 1 })), "has no field `impresions` (did you mean impressions?)"),
            (fact(json!({ "day": day, "impressions": 1, "impressions ": 1 })), "has no field `impressions `"),
            (event("x", "weft.change.live", at, json!({ "key": "c", "liveAt": "2026-06-01T13:00:00Z" })), "`liveAt` lies in the future"),
            (event("x", "weft.change.live", at, json!({})), "`key` is missing"),
            (event("x", "weft.change.alive", at, json!({})), "there is no type of event weft.change.alive"),
            (event("x", "weft.change.live", "2026-06-01T13:00:00Z", json!({ "key": "c" })), "`time` lies in the future"),
            (json!({ "id": "x", "source": "ads" }), "`specversion` is missing; `type` is missing; `data` is missing"),
            (json!([1]), "an event is one JSON object"),
        ];
        for (number, (mut wrong, expected)) in cases.into_iter().enumerate() {
            if let Some(wrong) = wrong.as_object_mut() {
                wrong.insert("id".to_owned(), json!(format!("x{number}")));
            }
            let answer = send(&gateway, SINGLE, wrong.to_string()).await;
            let reason = answer.body["reason"].as_str().unwrap_or_default();
            assert_eq!(answer.status, 422, "{wrong}: {}", answer.text);
            assert!(reason.contains(expected), "{wrong}: {reason}");
        }
        for table in ["performance_fact", "change", "event"] {
            assert_eq!(gateway.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
        }
        let page = "query ($after: String) { rejectedEvents(first: 4, after: $after, filter: {source: \"ads\", state: REJECTED}) {
            totalCount pageInfo { hasNextPage endCursor } edges { node { id reason event } } } }";
        let (mut after, mut ids) = (Value::Null, Vec::new());
        loop {
            let list = gateway.data(page, json!({ "after": after })).await["rejectedEvents"].take();
            assert_eq!(list["totalCount"], 14);
            ids.extend(list["edges"].as_array().expect("edges").iter().map(|edge| edge["node"]["id"].clone()));
            if list["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
        ids.sort_by_key(ToString::to_string);
        ids.dedup();
        assert_eq!(ids.len(), 14);
        // Sent again as it should be, it counts and is no longer listed.
        let right = event("x0", "weft.fact.observed", at, json!({ "day": day, "impressions": 4, "clicks": 3 }));
        comes_to(&gateway, std::slice::from_ref(&right), &["TAKEN"]).await;
        assert_eq!(gateway.data(page, json!({})).await["rejectedEvents"]["totalCount"], 13);
        // The first stands: another with its id is rejected, and the same one is the same however it is written.
        let other = event("x0", "weft.fact.observed", at, json!({ "day": day, "impressions": 5, "clicks": 3 }));
        let told = comes_to(&gateway, &[other, right], &["REJECTED", "DUPLICATE"]).await;
        assert!(told[0]["reason"].as_str().is_some_and(|why| why.contains("the first stands")), "{told:#?}");
        assert_eq!(gateway.number("SELECT sum(impressions) FROM performance_fact").await, 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_to_be_summed_is_rejected_alone() {
    const COUNT: i64 = 1_000_000_000_000;
    const AMOUNT: i64 = 10_000_000_000;
    both(|gateway| async move {
        let step = "{\"type\":\"Journey\",\"key\":\"j\",\"name\":\"J\"}\n{\"type\":\"JourneyStep\",\"key\":\"s\",\"name\":\"S\",\"journey\":\"j\"}\n";
        gateway.import(step).await;
        let told = |id: &str, kind: &str, more: Value| {
            let mut data = json!({ "day": "2026-05-01" });
            data.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            event(id, kind, "2026-05-30T00:00:00Z", data)
        };
        let fact = |id: &str, more: Value| told(id, "weft.fact.observed", more);
        let journey = |id: &str, entries: i64| {
            let step = json!({ "source": "import", "key": "s" });
            told(id, "weft.journey.observed", json!({ "step": step, "entries": entries }))
        };
        let euros = |id: &str, name: &str, amount: i64| fact(id, json!({ "territory": id, name: amount, "currency": "EUR" }));
        let wrong = [
            (fact("1", json!({ "impressions": i64::MAX })), "`impressions` takes a number from 0 to 1000000000000"),
            (fact("2", json!({ "reach": COUNT + 1 })), "`reach` takes a number from 0 to 1000000000000"),
            (euros("3", "cost", AMOUNT + 1), "`cost` takes a number from -10000000000 to 10000000000"),
            (euros("4", "revenue", -9_000_000_000_000), "`revenue` takes a number from -10000000000 to 10000000000"),
            (journey("5", COUNT + 1), "`entries` takes a number from 0 to 1000000000000"),
        ];
        let right = [fact("6", json!({ "impressions": 4, "clicks": 1 })), journey("7", 9), euros("8", "cost", -AMOUNT)];
        // So many of the largest as one row of sums holds, and more.
        let largest = |number: usize| {
            fact(
                &format!("m{number}"),
                json!({ "territory": format!("T{number}"), "impressions": COUNT, "clicks": COUNT, "cost": AMOUNT, "currency": "EUR" }),
            )
        };
        let largest: Vec<Value> = (0..500).map(largest).collect();
        let mut all: Vec<Value> = wrong.iter().map(|(event, _)| event.clone()).collect();
        all.extend(right);
        all.extend(largest.clone());
        let told = batch(&gateway, &all).await;
        for (told, (event, reason)) in told.iter().zip(&wrong) {
            assert_eq!(told["outcome"], "REJECTED", "{event}");
            assert!(told["reason"].as_str().is_some_and(|told| told.contains(reason)), "{told:#}");
        }
        assert!(told[wrong.len()..].iter().all(|told| told["outcome"] == "TAKEN"), "{told:#?}");
        gateway.assert_sums().await;
        for (column, expected) in [
            ("impressions", 4 + 500 * COUNT),
            ("clicks", 1 + 500 * COUNT),
            ("cost", 499 * AMOUNT * 1_000_000),
        ] {
            assert_eq!(gateway.number(&format!("SELECT sum({column}) FROM performance_day")).await, expected, "{column}");
        }
        assert_eq!(gateway.number("SELECT sum(entries) FROM journey_day_step").await, 9);
        // Files are held to the same, and the schema says it.
        let (mut import, mut lines) = (Vec::new(), String::new());
        for (event, reason) in &wrong {
            let noun = if event["type"] == "weft.journey.observed" { "JourneyFact" } else { "PerformanceFact" };
            let mut line = event["data"].clone();
            line["type"] = json!(noun);
            lines.push_str(&format!("{line}\n"));
            import.push(*reason);
        }
        let order = weft::ingest::Import {
            source: "import".to_owned(),
            strict: false,
            inputs: vec![Box::new(std::io::Cursor::new(lines))],
            progress: std::sync::Arc::new(weft::ingest::Silent),
        };
        let report = weft::ingest::import(&gateway.store, &gateway.clock, order).await.expect("the import runs");
        assert_eq!((report.taken, report.rejected.len()), (0, import.len()), "{report:#?}");
        for (rejection, reason) in report.rejected.iter().zip(import) {
            assert!(rejection.reason.contains(reason), "{}", rejection.reason);
        }
        let schema = Answer::of(gateway.request(reqwest::Method::GET, "/events/schema/weft.fact.observed")).await;
        let properties = &schema.body["properties"]["data"]["properties"];
        assert_eq!((&properties["clicks"]["minimum"], &properties["clicks"]["maximum"]), (&json!(0), &json!(COUNT)));
        assert_eq!((&properties["cost"]["minimum"], &properties["cost"]["maximum"]), (&json!(-AMOUNT), &json!(AMOUNT)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_weft_or_a_file_says_is_not_taken_from_events() {
    both(|gateway| async move {
        let at = "2026-05-30T00:00:00Z";
        let past = json!([{ "since": at, "until": at, "impressions": 3 }]);
        let fact = json!({ "day": "2026-05-01", "impressions": 4 });
        let delivery = json!({ "key": "d", "name": "D" });
        let cases = [
            ("weft.fact.observed", &fact, "createdAt", json!(at)),
            ("weft.fact.observed", &fact, "updatedAt", json!(at)),
            ("weft.fact.observed", &fact, "observations", past),
            ("weft.fact.observed", &fact, "id", json!("x")),
            ("weft.delivery.started", &delivery, "createdAt", json!(at)),
            ("weft.delivery.started", &delivery, "statuses", json!([{ "since": at, "status": "ACTIVE" }])),
            ("weft.delivery.started", &delivery, "type", json!("Delivery")),
        ];
        for (number, (kind, data, member, value)) in cases.into_iter().enumerate() {
            let mut data = data.clone();
            data[member] = value;
            let told =
                comes_to(&gateway, &[event(&format!("{number}"), kind, at, data)], &["REJECTED"]).await;
            let reason = told[0]["reason"].as_str().unwrap_or_default();
            assert!(reason.contains(&format!("`{member}` is not taken from events")), "{member}: {reason}");
        }
        for table in ["performance_fact", "performance_fact_history", "delivery", "event"] {
            assert_eq!(gateway.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
        }
        let right =
            [event("a", "weft.fact.observed", at, fact), event("b", "weft.delivery.started", at, delivery)];
        comes_to(&gateway, &right, &["TAKEN", "TAKEN"]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_say_otherwise_the_one_that_came_first_stands() {
    both(|gateway| async move {
        let fact = |id: &str, hour: u32, impressions: i64| {
            let data = json!({ "day": "2026-05-01", "territory": id, "impressions": impressions });
            event(id, "weft.fact.observed", &format!("2026-05-30T{hour}:00:00Z"), data)
        };
        let told = comes_to(
            &gateway,
            &[fact("7", 12, 4), fact("7", 11, 5), fact("8", 11, 20), fact("8", 12, 30), fact("7", 12, 4)],
            &["TAKEN", "REJECTED", "TAKEN", "REJECTED", "DUPLICATE"],
        )
        .await;
        assert!(told[1]["reason"].as_str().is_some_and(|why| why.contains("the first stands")), "{told:#?}");
        assert_eq!(gateway.number("SELECT sum(impressions) FROM performance_day").await, 24);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_version_of_one_is_listed_once() {
    both(|gateway| async move {
        let wrong = |id: &str, clicks: i64| {
            event(
                id,
                "weft.fact.observed",
                "2026-05-30T00:00:00Z",
                json!({ "day": "2026-05-01", "clicks": clicks }),
            )
        };
        // The same twice in one batch is one.
        let all = [wrong("a", -1), wrong("a", -2), wrong("a", -3), wrong("a", -2), wrong("b", -4)];
        comes_to(&gateway, &all, &["REJECTED"; 5]).await;
        let page = "query ($after: String) { rejectedEvents(first: 1, after: $after) {
            totalCount pageInfo { hasNextPage endCursor } edges { node { event } } } }";
        let (mut after, mut clicks) = (Value::Null, Vec::new());
        loop {
            let list = gateway.data(page, json!({ "after": after })).await["rejectedEvents"].take();
            assert_eq!(list["totalCount"], 4);
            clicks.extend(
                list["edges"]
                    .as_array()
                    .expect("edges")
                    .iter()
                    .map(|edge| edge["node"]["event"]["data"]["clicks"].as_i64().expect("a number")),
            );
            if list["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
        clicks.sort_unstable();
        assert_eq!(clicks, [-4, -3, -2, -1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_events_at_all_is_refused() {
    both(|gateway| async move {
        let refused = async |media: &str, body: &str| {
            let answer = send(&gateway, media, body.to_owned()).await;
            (answer.status.as_u16(), answer.body["error"]["message"].as_str().unwrap_or_default().to_owned())
        };
        let (status, why) = refused("application/json", "{}").await;
        assert!(status == 415 && why.contains("application/cloudevents+json"), "{why}");
        let (status, why) = refused(BATCH, "[{},").await;
        assert!(status == 400 && why.contains("line 1, column"), "{why}");
        let large = format!("[{}]", " ".repeat(17 * 1024 * 1024));
        let (status, why) = refused(BATCH, &large).await;
        assert!(status == 413 && why.contains("application/x-ndjson"), "{why}");
        let one = format!("[\"{}\"]", "x".repeat(2 * 1024 * 1024));
        let (status, why) = refused(BATCH, &one).await;
        assert!(status == 400 && why.contains("Event 1 is larger"), "{why}");
        let request = gateway.request(reqwest::Method::POST, "/events").header("content-type", LINES);
        let answer =
            crate::support::Answer::of(request.header("content-encoding", "gzip").body("no gzip")).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(batch(&gateway, &[]).await, Vec::<Value>::new());
        assert_eq!(gateway.number("SELECT count(*) FROM event_rejected").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_without_end_are_taken_by_the_chunk() {
    both(|gateway| async move {
        let line = |number: usize| {
            let day = format!("2026-{:02}-{:02}", number / 28 % 4 + 1, number % 28 + 1);
            let data = json!({ "day": day, "territory": format!("T{}", number / 112), "impressions": 1 });
            format!("{}\n", event(&format!("n{number}"), "weft.fact.observed", "2026-05-30T00:00:00Z", data))
        };
        let too_long = format!("{{\"specversion\":\"{}\"}}\n", "x".repeat(3 * 1024 * 1024));
        let mut body: String = (0..21_000).map(line).collect();
        body.insert_str(0, &too_long);
        let answer = send(&gateway, LINES, body).await;
        let last: Value = serde_json::from_str(answer.text.lines().last().expect("a line")).expect("JSON");
        let total = json!({ "taken": 21_000, "duplicate": 0, "waiting": 0, "rejected": 1 });
        assert_eq!(last, json!({ "done": true, "lines": 21_001, "total": total }), "{}", answer.text);
        assert!(answer.text.lines().filter(|line| line.contains("onDisk")).count() >= 3);
        assert_eq!(gateway.number("SELECT sum(impressions) FROM performance_day").await, 21_000);
        gateway.assert_sums().await;
    })
    .await;
}
