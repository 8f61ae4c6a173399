//! Lineage: read to its end, page by page, what is included adds up to what the result says, and what is not says why.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Gateway, both};

/// What every test of this file asks about: May 2026.
const MAY: &str = r#"{"from": "2026-05-01T00:00:00Z", "to": "2026-06-01T00:00:00Z"}"#;

const RESULT: &str = "query($key: String!, $window: WindowInput!, $filter: KpiFilterInput, $first: Int, $after: String) { \
    kpiResult(key: $key, window: $window, filter: $filter) { measured numerator denominator unfinished { count } missing { reason count } \
    lineage(first: $first, after: $after) { pageInfo { hasNextPage hasPreviousPage startCursor endCursor } \
    edges { cursor node { role included reason numerator denominator fact { __typename id externalIds { value } \
    ... on PerformanceFact { impressions cost revenue source { name } } ... on JourneyFact { entries conversions } } } } } } }";

/// The whole lineage, read by pages of this size, and the result that it is of.
async fn lineage(gateway: &Gateway, key: &str, filter: &Value, first: usize) -> (Vec<Value>, Value) {
    let window: Value = serde_json::from_str(MAY).expect("a window");
    let (mut lines, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables =
            json!({ "key": key, "window": window, "filter": filter, "first": first, "after": after });
        let result = gateway.data(RESULT, variables).await["kpiResult"].take();
        let page = &result["lineage"];
        let edges = page["edges"].as_array().expect("edges");
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        lines.extend(edges.iter().map(|edge| edge["node"].clone()));
        if page["pageInfo"]["hasNextPage"] == false {
            let ids: BTreeSet<String> = lines.iter().map(|line| line["fact"]["id"].to_string()).collect();
            assert_eq!(ids.len(), lines.len(), "{key}: nothing is listed twice");
            for side in ["numerator", "denominator"] {
                let adds = lines.iter().map(|line| line[side].as_f64());
                match (key, result[side].as_f64()) {
                    ("asset_reuse_rate", _) => assert!(adds.clone().all(|adds| adds.is_none())),
                    (_, Some(whole)) => {
                        let sum: f64 = adds.map(|adds| adds.expect("a number")).sum();
                        assert!((sum - whole).abs() < 1e-9, "{key}: {side} {sum} is not {whole}");
                    }
                    // A cost is missing.
                    (_, None) => {}
                }
            }
            return (lines, result);
        }
        assert_eq!(edges.len(), first);
        assert_eq!(page["pageInfo"]["endCursor"], edges[first - 1]["cursor"]);
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// Key, role, whether it counts, and why not.
fn told(lines: &[Value]) -> Vec<(String, String, bool, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let line = |line: &Value| {
        (
            text(&line["fact"]["externalIds"][0]["value"]).unwrap_or_default(),
            text(&line["role"]).expect("a role"),
            line["included"].as_bool().expect("a yes or no"),
            text(&line["reason"]),
        )
    };
    lines.iter().map(line).collect()
}

fn wanted(lines: &[(&str, &str, bool, Option<&str>)]) -> Vec<(String, String, bool, Option<String>)> {
    let owned = |text: &&str| (*text).to_owned();
    lines
        .iter()
        .map(|(key, role, included, reason)| (owned(key), owned(role), *included, reason.as_ref().map(owned)))
        .collect()
}

const CHANGES: &str = r#"{"type":"Change","key":"early","title":"E","decidedAt":"2026-04-30T23:59:59Z","liveAt":"2026-05-02T00:00:00Z"}
{"type":"Change","key":"live","title":"L","decidedAt":"2026-05-01T00:00:00Z","liveAt":"2026-05-02T00:00:00Z"}
{"type":"Change","key":"never","title":"N","decidedAt":"2026-05-03T00:00:00Z"}
{"type":"Change","key":"later","title":"A","decidedAt":"2026-05-04T00:00:00Z","liveAt":"2026-06-01T00:00:00Z"}
{"type":"Change","key":"backwards","title":"B","decidedAt":"2026-05-05T00:00:00Z","liveAt":"2026-05-04T00:00:00Z"}
{"type":"Change","key":"late","title":"E","decidedAt":"2026-06-01T00:00:00Z"}
{"type":"Team","key":"t","name":"T"}
{"type":"Handoff","key":"h1","toTeam":"t","enteredAt":"2026-05-01T00:00:00Z","startedAt":"2026-05-02T00:00:00Z","exitedAt":"2026-05-03T00:00:00Z","outcome":"RETURNED"}
{"type":"Handoff","key":"h2","enteredAt":"2026-05-01T00:00:00Z","exitedAt":"2026-05-04T00:00:00Z","outcome":"ACCEPTED"}
{"type":"Handoff","key":"h3","exitedAt":"2026-05-05T00:00:00Z"}
{"type":"Handoff","key":"h4","enteredAt":"2026-05-06T00:00:00Z","exitedAt":"2026-05-05T12:00:00Z"}
{"type":"Handoff","key":"h5","enteredAt":"2026-05-05T08:00:00Z","startedAt":"2026-05-05T18:00:00Z","exitedAt":"2026-05-05T13:00:00Z"}
{"type":"Incident","key":"i1","openedAt":"2026-05-07T00:00:00Z","ownerTeam":"t"}
{"type":"GuardrailFinding","key":"f1","foundAt":"2026-05-08T00:00:00Z"}
{"type":"Delivery","key":"d1","startTime":"2026-05-09T00:00:00Z"}
"#;

#[tokio::test]
async fn things_say_how_they_count() {
    both(|gateway| async move {
        gateway.import(CHANGES).await;
        for first in [1, 2, 100] {
            let (lines, result) = lineage(&gateway, "system_responsiveness", &Value::Null, first).await;
            let of_changes = [
                ("live", "BOTH", true, None),
                ("never", "DENOMINATOR", true, Some("UNFINISHED")),
                ("later", "DENOMINATOR", true, Some("UNFINISHED")),
                ("backwards", "BOTH", false, Some("NEGATIVE_DURATION")),
            ];
            assert_eq!(told(&lines), wanted(&of_changes));
            assert_eq!((&result["numerator"], &result["denominator"]), (&json!(1.0), &json!(3.0)));

            let (lines, result) = lineage(&gateway, "exception_rate", &Value::Null, first).await;
            let of_exceptions = [
                ("i1", "NUMERATOR", true, None),
                ("f1", "NUMERATOR", true, None),
                ("h1", "BOTH", true, None),
                ("h2", "DENOMINATOR", true, None),
                ("h3", "DENOMINATOR", true, None),
                ("h4", "DENOMINATOR", true, None),
                ("h5", "DENOMINATOR", true, None),
                ("d1", "DENOMINATOR", true, None),
            ];
            assert_eq!(told(&lines), wanted(&of_exceptions));
            assert_eq!(result["measured"], 8);
            assert_eq!((&result["numerator"], &result["denominator"]), (&json!(3.0), &json!(6.0)));

            let (lines, result) = lineage(&gateway, "handoff_wait_share", &Value::Null, first).await;
            assert_eq!(result["measured"], 2);
            let of_handoffs = [
                ("h1", "BOTH", true, None),
                ("h2", "BOTH", true, None),
                ("h3", "BOTH", false, Some("BEGINNING_UNKNOWN")),
                ("h4", "BOTH", false, Some("NEGATIVE_DURATION")),
                // It ended before anybody began.
                ("h5", "BOTH", false, Some("NEGATIVE_DURATION")),
            ];
            assert_eq!(told(&lines), wanted(&of_handoffs));
        }
        let query = "{ team(key: {source: \"import\", value: \"t\"}) { id } }";
        let team = gateway.data(query, json!({})).await["team"]["id"].clone();
        let (lines, _) = lineage(&gateway, "exception_rate", &json!({ "team": team }), 1).await;
        assert_eq!(told(&lines), wanted(&[("i1", "NUMERATOR", true, None), ("h1", "BOTH", true, None)]));
    })
    .await;
}

const FACTS: &str = r#"{"type":"Source","name":"ads"}
{"type":"Source","name":"desk"}
{"type":"Campaign","key":"c","name":"C"}
{"type":"Delivery","key":"two","campaign":"c","source":"ads"}
{"type":"Delivery","key":"none","campaign":"c"}
{"type":"Delivery","key":"other"}
{"type":"PerformanceFact","day":"2026-04-30","delivery":"two","source":"ads","impressions":1,"cost":1,"revenue":1,"currency":"EUR"}
{"type":"PerformanceFact","day":"2026-05-01","delivery":"two","source":"ads","impressions":2,"cost":1,"revenue":4,"currency":"EUR"}
{"type":"PerformanceFact","day":"2026-05-01","delivery":"two","source":"desk","impressions":3,"cost":2,"revenue":8,"currency":"EUR"}
{"type":"PerformanceFact","day":"2026-05-31","delivery":"two","source":"ads","channel":"WEB","impressions":4,"cost":4,"revenue":16,"currency":"EUR"}
{"type":"PerformanceFact","day":"2026-05-02","delivery":"other","source":"desk","impressions":5,"cost":8,"revenue":32,"currency":"EUR"}
{"type":"PerformanceFact","day":"2026-05-03","source":"desk","impressions":6,"cost":16,"revenue":64,"currency":"EUR"}
{"type":"PerformanceFact","day":"2026-06-01","source":"desk","impressions":7,"cost":1,"revenue":1,"currency":"EUR"}
{"type":"Journey","key":"j","name":"J","campaign":"c"}
{"type":"JourneyStep","key":"s1","name":"S1","journey":"j","next":"s2"}
{"type":"JourneyStep","key":"s2","name":"S2","journey":"j"}
{"type":"JourneyFact","day":"2026-05-01","step":"s1","entries":10,"conversions":1}
{"type":"JourneyFact","day":"2026-05-01","step":"s2","entries":5,"conversions":2}
{"type":"JourneyFact","day":"2026-05-02","step":"s1","entries":20,"conversions":0}
"#;

/// The sum of a measure over the facts of one side that count, in whole numbers.
fn sum(lines: &[Value], sides: &[&str], measure: &str) -> i64 {
    let counts =
        |line: &&Value| line["included"] == true && sides.contains(&line["role"].as_str().expect("a role"));
    let amount = |line: &Value| line["fact"][measure].as_f64().unwrap_or_default() as i64;
    lines.iter().filter(counts).map(amount).sum()
}

#[tokio::test]
async fn facts_that_are_included_add_up_to_the_result() {
    both(|gateway| async move {
        gateway.import(FACTS).await;
        let query = "{ campaign(key: {source: \"import\", value: \"c\"}) { id } }";
        let campaign = gateway.data(query, json!({})).await["campaign"]["id"].clone();
        for (filter, facts, excluded) in [
            (Value::Null, 5, 1),
            (json!({ "campaign": campaign }), 3, 1),
            (json!({ "channel": "WEB" }), 1, 0),
        ] {
            for first in [1, 2, 100] {
                let (lines, result) = lineage(&gateway, "content_roi", &filter, first).await;
                assert_eq!(lines.len(), facts, "{filter}");
                assert_eq!(result["measured"], facts - excluded, "{filter}");
                let (cost, revenue) = (sum(&lines, &["BOTH"], "cost"), sum(&lines, &["BOTH"], "revenue"));
                assert_eq!(result["denominator"].as_f64(), Some(cost as f64), "{filter}");
                assert_eq!(result["numerator"].as_f64(), Some((revenue - cost) as f64), "{filter}");
                let left_out: Vec<&Value> = lines.iter().filter(|line| line["included"] == false).collect();
                assert_eq!(left_out.len(), excluded, "{filter}");
                for line in left_out {
                    assert_eq!(line["reason"], "OTHER_SOURCE_COUNTS");
                    assert_eq!(line["fact"]["source"]["name"], "desk");
                }
            }
        }
        let (lines, result) = lineage(&gateway, "journey_effectiveness", &Value::Null, 2).await;
        assert_eq!((lines.len(), &result["measured"]), (3, &json!(3)));
        let every = ["NUMERATOR", "BOTH"];
        assert_eq!(result["numerator"].as_f64(), Some(sum(&lines, &every, "conversions") as f64));
        assert_eq!(result["denominator"].as_f64(), Some(sum(&lines, &["BOTH"], "entries") as f64));
        assert_eq!(sum(&lines, &["BOTH"], "entries"), 30);

        gateway
            .import(r#"{"type":"PerformanceFact","day":"2026-05-05","delivery":"none","impressions":9}"#)
            .await;
        let (lines, result) = lineage(&gateway, "content_roi", &Value::Null, 2).await;
        assert_eq!(result["denominator"], Value::Null);
        let without: Vec<&Value> = lines.iter().filter(|line| line["reason"] == "COST_MISSING").collect();
        assert_eq!(without.len(), 1);
        assert_eq!(without[0]["fact"]["impressions"], 9);
    })
    .await;
}

const USES: &str = r#"{"type":"Asset","key":"often","title":"O"}
{"type":"Asset","key":"once","title":"N"}
{"type":"Variant","key":"v","assets":["often"]}
{"type":"Campaign","key":"c1","name":"C1"}
{"type":"Delivery","key":"web","campaign":"c1","channel":"WEB","startTime":"2026-05-01T00:00:00Z"}
{"type":"Delivery","key":"mail","campaign":"c1","channel":"EMAIL","startTime":"2026-05-01T00:00:00Z"}
{"type":"Delivery","key":"paused","campaign":"c1","channel":"PRINT","status":"PAUSED","startTime":"2026-05-01T00:00:00Z"}
{"type":"Usage","key":"u1","asset":"often","delivery":"web","startTime":"2026-05-02T00:00:00Z"}
{"type":"Usage","key":"u2","variant":"v","delivery":"mail","startTime":"2026-05-02T00:00:00Z"}
{"type":"Usage","key":"u3","asset":"once","delivery":"web","startTime":"2026-05-02T00:00:00Z"}
{"type":"Usage","key":"u4","asset":"once","delivery":"paused","startTime":"2026-05-02T00:00:00Z"}
{"type":"Usage","key":"u5","asset":"once","delivery":"web","startTime":"2026-06-02T00:00:00Z"}
"#;

#[tokio::test]
async fn usages_stand_for_their_assets() {
    both(|gateway| async move {
        gateway.import(USES).await;
        let lines_of = [
            ("u1", "BOTH", true, None),
            ("u2", "BOTH", true, None),
            ("u3", "DENOMINATOR", true, Some("TOO_FEW_PAIRS")),
            ("u4", "BOTH", false, Some("NOT_LIVE")),
        ];
        for first in [1, 3, 100] {
            let (mut lines, result) = lineage(&gateway, "asset_reuse_rate", &Value::Null, first).await;
            lines.sort_by_key(|line| line["fact"]["externalIds"][0]["value"].to_string());
            assert_eq!(told(&lines), wanted(&lines_of));
            assert_eq!((&result["numerator"], &result["denominator"]), (&json!(1.0), &json!(2.0)));
            let filter = json!({ "channel": "EMAIL" });
            let (mut lines, _) = lineage(&gateway, "asset_reuse_rate", &filter, first).await;
            lines.sort_by_key(|line| line["fact"]["externalIds"][0]["value"].to_string());
            assert_eq!(told(&lines), wanted(&lines_of[..2]));
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_belongs_to_its_measure_and_pages_are_bounded() {
    both(|gateway| async move {
        gateway.import(CHANGES).await;
        let window: Value = serde_json::from_str(MAY).expect("a window");
        let asked = json!({ "key": "exception_rate", "window": window, "first": 1 });
        let page = gateway.data(RESULT, asked).await["kpiResult"]["lineage"].take();
        let cursor = &page["pageInfo"]["endCursor"];
        for (key, first, after, code) in [
            ("handoff_wait_share", 1, cursor.clone(), "INVALID_CURSOR"),
            ("exception_rate", 1, json!("x"), "INVALID_CURSOR"),
            ("exception_rate", 101, Value::Null, "BAD_USER_INPUT"),
        ] {
            let asked = json!({ "key": key, "window": window, "first": first, "after": after });
            assert_eq!(gateway.query(RESULT, asked).await.codes(), [code], "{key} {first}");
        }
    })
    .await;
}
