//! The measures of a pilot: in its window, in the one before, and of everything outside; and with what was known then.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use weft::clock::{self, Clock};

use crate::support::{Gateway, both};

const PILOT: &str = r#"{"type":"Team","key":"t1","name":"T1"}
{"type":"Team","key":"t2","name":"T2"}
{"type":"Campaign","key":"in","name":"In"}
{"type":"Campaign","key":"out","name":"Out"}
{"type":"Pilot","key":"p","name":"P","campaigns":["in"],"teams":["t2"],"baselineFrom":"2026-03-01T00:00:00Z","baselineTo":"2026-04-01T00:00:00Z","pilotFrom":"2026-04-01T00:00:00Z","pilotTo":"2026-05-01T00:00:00Z"}
{"type":"Pilot","key":"teams","name":"Teams","teams":["t1"],"pilotFrom":"2026-04-01T00:00:00Z","pilotTo":"2026-05-01T00:00:00Z"}
{"type":"Pilot","key":"empty","name":"Empty","pilotFrom":"2026-04-01T00:00:00Z","pilotTo":"2026-05-01T00:00:00Z"}
{"type":"Change","key":"a","title":"A","campaign":"in","ownerTeam":"t1","decidedAt":"2026-03-02T00:00:00Z","liveAt":"2026-03-02T10:00:00Z"}
{"type":"Change","key":"b","title":"B","campaign":"in","ownerTeam":"t2","decidedAt":"2026-04-02T00:00:00Z","liveAt":"2026-04-02T04:00:00Z"}
{"type":"Change","key":"c","title":"C","campaign":"out","ownerTeam":"t1","decidedAt":"2026-04-03T00:00:00Z","liveAt":"2026-04-03T20:00:00Z"}
{"type":"Change","key":"d","title":"D","decidedAt":"2026-04-04T00:00:00Z","liveAt":"2026-04-04T30:00:00Z"}
"#;

const KPIS: &str = "query($keys: [String!]) { pilots(orderBy: {field: NAME}) { edges { node { name kpis(keys: $keys) { key kpi { key label } \
    pilot { value numerator denominator } baseline { value denominator } outside { value denominator } } } } } }";

#[tokio::test]
async fn a_pilot_stands_beside_its_baseline_and_everything_outside() {
    both(|gateway| async move {
        gateway.import(&PILOT.replace("T30:", "T23:")).await;
        let data = gateway.data(KPIS, json!({ "keys": ["system_responsiveness"] })).await;
        let kpis: Vec<&Value> = data["pilots"]["edges"]
            .as_array()
            .expect("edges")
            .iter()
            .map(|edge| &edge["node"]["kpis"][0])
            .collect();
        let [empty, kpi, teams] = kpis[..] else { panic!("{kpis:?}") };
        let of = |value: f64| json!({ "value": value, "denominator": 1.0 });
        assert_eq!(kpi["pilot"], json!({ "value": 4.0, "numerator": 1.0, "denominator": 1.0 }));
        assert_eq!(kpi["baseline"], of(10.0));
        assert_eq!(kpi["outside"], json!({ "value": 21.5, "denominator": 2.0 }));
        assert_eq!(teams["pilot"], json!({ "value": 20.0, "numerator": 1.0, "denominator": 1.0 }));
        assert_eq!(teams["baseline"], Value::Null);
        assert_eq!(teams["outside"], json!({ "value": 13.5, "denominator": 2.0 }));
        assert_eq!(empty["pilot"], Value::Null);
        assert_eq!(empty["key"], "system_responsiveness");

        let all = gateway.data(KPIS, json!({})).await;
        assert_eq!(all["pilots"]["edges"][1]["node"]["kpis"].as_array().map(Vec::len), Some(8));
        let answer = gateway.query(KPIS, json!({ "keys": ["system_responsivenes"] })).await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"; 3]);
    })
    .await;
}

fn set(gateway: &Gateway, at: &str) {
    let Clock::Set(now) = &gateway.clock else { panic!("the tests' clock can be set") };
    now.store(clock::read(at).expect("a moment"), Ordering::SeqCst);
}

const AS_OF: &str = "query($key: String!, $asOf: DateTime, $filter: KpiFilterInput) { kpiResult(key: $key, asOf: $asOf, filter: $filter, \
    window: {from: \"2026-05-01T00:00:00Z\", to: \"2026-05-08T00:00:00Z\"}) { value numerator denominator complete missing { reason } \
    lineage { edges { node { included reason fact { id } } } } } }";

async fn as_of(gateway: &Gateway, key: &str, at: Option<&str>, filter: Value) -> Value {
    gateway.data(AS_OF, json!({ "key": key, "asOf": at, "filter": filter })).await["kpiResult"].take()
}

#[tokio::test]
async fn facts_can_be_asked_as_they_were_known() {
    both(|gateway| async move {
        let fact = |day: &str, source: &str, revenue: i64| {
            json!({ "type": "PerformanceFact", "day": day, "delivery": "d", "source": source, "channel": "WEB",
                "cost": 10, "revenue": revenue, "currency": "EUR" })
            .to_string()
        };
        set(&gateway, "2026-05-10T00:00:00Z");
        gateway
            .import(&format!(
                "{}\n{}\n{}\n{}",
                r#"{"type":"Source","name":"ads"}"#,
                r#"{"type":"Source","name":"own"}"#,
                r#"{"type":"Delivery","key":"d","source":"own"}"#,
                fact("2026-05-01", "ads", 20)
            ))
            .await;
        set(&gateway, "2026-05-11T00:00:00Z");
        gateway.import(&fact("2026-05-01", "ads", 30)).await;
        set(&gateway, "2026-05-12T00:00:00Z");
        gateway.import(&fact("2026-05-02", "ads", 50)).await;
        set(&gateway, "2026-05-13T00:00:00Z");
        gateway.import(&fact("2026-05-02", "own", 90)).await;
        set(&gateway, "2026-05-14T00:00:00Z");
        for (at, value, facts) in [
            (Some("2026-05-09T00:00:00Z"), Value::Null, 0),
            (Some("2026-05-10T00:00:00Z"), json!(1.0), 1),
            (Some("2026-05-11T00:00:00Z"), json!(2.0), 1),
            (Some("2026-05-12T00:00:00Z"), json!(3.0), 2),
            (Some("2026-05-13T00:00:00Z"), json!(8.0), 3),
            (None, json!(8.0), 3),
        ] {
            for filter in [Value::Null, json!({ "channel": "WEB" })] {
                let result = as_of(&gateway, "content_roi", at, filter.clone()).await;
                assert_eq!(result["value"], value, "{at:?} {filter}");
                assert_eq!(result["complete"], true, "{at:?} {filter}: {}", result["missing"]);
                let lines = result["lineage"]["edges"].as_array().expect("edges");
                assert_eq!(lines.len(), facts, "{at:?} {filter}");
            }
        }
        // On the thirteenth the delivery's own source began to report, and the word of the other stopped to count.
        let result = as_of(&gateway, "content_roi", None, Value::Null).await;
        let counted = result["lineage"]["edges"].as_array().expect("edges").iter();
        assert_eq!(counted.filter(|edge| edge["node"]["included"] == true).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_kept_is_said() {
    both(|gateway| async move {
        set(&gateway, "2026-05-09T00:00:00Z");
        gateway
            .import(
                r#"{"type":"Campaign","key":"c","name":"C"}
{"type":"Change","key":"x","title":"X","campaign":"c","decidedAt":"2026-05-01T00:00:00Z","liveAt":"2026-05-01T05:00:00Z"}"#,
            )
            .await;
        set(&gateway, "2026-05-20T00:00:00Z");
        gateway
            .import(r#"{"type":"Change","key":"y","title":"Y","decidedAt":"2026-05-02T00:00:00Z","liveAt":"2026-05-02T07:00:00Z"}"#)
            .await;
        let then = Some("2026-05-10T00:00:00Z");
        let result = as_of(&gateway, "system_responsiveness", then, Value::Null).await;
        assert_eq!((&result["value"], &result["denominator"], &result["complete"]), (&json!(5.0), &json!(1.0), &json!(true)));
        let result = as_of(&gateway, "system_responsiveness", None, Value::Null).await;
        assert_eq!((&result["value"], &result["denominator"]), (&json!(6.0), &json!(2.0)));
        let query = "{ campaign(key: {source: \"import\", value: \"c\"}) { id } }";
        let campaign = gateway.data(query, json!({})).await["campaign"]["id"].clone();
        let result = as_of(&gateway, "system_responsiveness", then, json!({ "campaign": campaign })).await;
        assert_eq!((&result["value"], &result["complete"]), (&json!(5.0), &json!(false)));
        assert_eq!(result["missing"], json!([{ "reason": "PAST_NOT_KEPT" }]));
        for key in ["asset_reuse_rate", "learning_speed", "journey_effectiveness"] {
            let result = as_of(&gateway, key, then, Value::Null).await;
            assert_eq!(result["missing"], json!([{ "reason": "PAST_NOT_KEPT" }]), "{key}");
        }
        for key in ["exception_rate", "handoff_wait_share", "content_roi", "content_velocity"] {
            let result = as_of(&gateway, key, then, Value::Null).await;
            assert_eq!(result["complete"], true, "{key}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_thing_said_before_counts_for_then() {
    both(|gateway| async move {
        set(&gateway, "2026-05-09T00:00:00Z");
        let line = r#"{"type":"Change","key":"x","title":"X","decidedAt":"2026-05-01T00:00:00Z"}"#;
        gateway.import(&format!("{line}\n{}", r#"{"type":"Team","key":"t","name":"T"}"#)).await;
        set(&gateway, "2026-05-11T00:00:00Z");
        gateway
            .import(r#"{"type":"Change","key":"x","liveAt":"2026-05-01T05:00:00Z","ownerTeam":"t"}"#)
            .await;
        set(&gateway, "2026-05-12T00:00:00Z");
        gateway.import(r#"{"type":"Change","key":"x","liveAt":"2026-05-01T09:00:00Z"}"#).await;
        let query = "{ team(key: {source: \"import\", value: \"t\"}) { id } }";
        let team = json!({ "team": gateway.data(query, json!({})).await["team"]["id"] });
        for (at, value, of_team) in [
            (Some("2026-05-10T23:59:59Z"), Value::Null, 0.0),
            (Some("2026-05-11T00:00:00Z"), json!(5.0), 1.0),
            (Some("2026-05-12T00:00:00Z"), json!(9.0), 1.0),
            (None, json!(9.0), 1.0),
        ] {
            let result = as_of(&gateway, "system_responsiveness", at, Value::Null).await;
            assert_eq!((&result["value"], &result["denominator"]), (&value, &json!(1.0)), "{at:?}");
            assert_eq!(result["complete"], true, "{at:?}");
            let result = as_of(&gateway, "system_responsiveness", at, team.clone()).await;
            assert_eq!(result["denominator"], of_team, "{at:?}");
        }
    })
    .await;
}
