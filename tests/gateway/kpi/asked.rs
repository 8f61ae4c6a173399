//! Measures by whether their target is met, of what was asked for: a filter that one of them has no way to is refused.

use serde_json::{Value, json};

use super::told::settings;
use crate::support::both_with;

const TARGETS: &str = "kpis:
  targets:
    content_roi: { target: 2 }
    exception_rate: { target: 0.5 }
    handoff_wait_share: { target: 0.5 }
";

const ASKED: &str = "query($filter: KpiStatusFilter) { kpis(filter: $filter) { key } }";

#[tokio::test]
async fn a_filter_that_a_measure_with_a_target_has_no_way_to_is_refused() {
    both_with(settings(TARGETS), |gateway| async move {
        gateway.publish().await;
        gateway
            .import(
                r#"{"type":"PerformanceFact","day":"2026-05-02","channel":"WEB","cost":1,"revenue":4,"currency":"EUR"}
{"type":"PerformanceFact","day":"2026-05-02","channel":"EMAIL","cost":1,"revenue":2,"currency":"EUR"}
{"type":"Campaign","key":"c","name":"C"}"#,
            )
            .await;
        let window = json!({ "from": "2026-05-01T00:00:00Z", "to": "2026-06-01T00:00:00Z" });
        let asked = |status: &str, filter: Value, keys: Value| {
            json!({ "filter": { "status": status, "window": window, "filter": filter, "keys": keys } })
        };
        let refused = [
            (
                json!({ "channel": "WEB" }),
                Value::Null,
                "These measures cannot be asked by channel: exception_rate, handoff_wait_share. Name those that are \
                 meant in keys.",
            ),
            (
                json!({ "channel": "WEB", "territory": "DE" }),
                json!(["exception_rate", "content_roi"]),
                "These measures cannot be asked by channel: exception_rate; by territory: exception_rate. Name those \
                 that are meant in keys.",
            ),
            (Value::Null, json!(["content_rio"]), "did you mean content_roi or"),
        ];
        for (filter, keys, said) in refused {
            let answer = gateway.query(ASKED, asked("MISSED", filter.clone(), keys)).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{filter}: {:#}", answer.body);
            assert!(answer.message().contains(said), "{filter}: {}", answer.message());
            assert_eq!(answer.body["data"]["kpis"], Value::Null);
        }
        let found = async |status: &str, filter: Value, keys: Value| {
            gateway.data(ASKED, asked(status, filter, keys)).await["kpis"].take()
        };
        let roi = json!(["content_roi"]);
        // What was earned less what was spent over that: 3 and 1 against a target of 2, and 2 of both together.
        for (filter, status) in [
            (json!({ "channel": "WEB" }), "MET"),
            (json!({ "channel": "EMAIL" }), "MISSED"),
            (json!({ "channel": "PRINT" }), "UNKNOWN"),
            (Value::Null, "MET"),
        ] {
            for asked in ["MET", "MISSED", "UNKNOWN"] {
                let wanted = if asked == status { json!([{ "key": "content_roi" }]) } else { json!([]) };
                assert_eq!(found(asked, filter.clone(), roi.clone()).await, wanted, "{filter} {asked}");
            }
        }
        // All with a target can be asked by campaign; what has none is unknown, whatever is asked for.
        let query = "{ campaign(key: {source: \"import\", value: \"c\"}) { id } }";
        let campaign = json!({ "campaign": gateway.data(query, json!({})).await["campaign"]["id"] });
        let unknown = found("UNKNOWN", campaign, Value::Null).await;
        assert_eq!(unknown.as_array().map(Vec::len), Some(8));
        let unknown = found("UNKNOWN", json!({ "channel": "WEB" }), json!(["system_responsiveness"])).await;
        assert_eq!(unknown, json!([{ "key": "system_responsiveness" }]));
    })
    .await;
}
