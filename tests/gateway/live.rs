//! Live at a moment: by its times, by its status as it was dated, and by what it is used in.

use serde_json::{Value, json};
use weft::clock;

use crate::support::{Gateway, both};

const DATA: &str = r#"{"type":"Asset","key":"a1","title":"Hero"}
{"type":"Delivery","key":"open","status":"ACTIVE","startTime":"2026-05-01T00:00:00Z"}
{"type":"Delivery","key":"ended","status":"ENDED","startTime":"2026-05-01T00:00:00Z","endTime":"2026-05-10T00:00:00Z"}
{"type":"Delivery","key":"never","status":"ACTIVE"}
{"type":"Delivery","key":"backwards","status":"ACTIVE","startTime":"2026-05-10T00:00:00Z","endTime":"2026-05-01T00:00:00Z"}
{"type":"Delivery","key":"cancelled","status":"CANCELLED","startTime":"2026-05-01T00:00:00Z"}
{"type":"Delivery","key":"silent","startTime":"2026-05-01T00:00:00Z"}
{"type":"Experience","key":"page","name":"Page","liveFrom":"2026-05-05T00:00:00Z","liveTo":"2026-05-20T00:00:00Z"}
{"type":"Usage","key":"in-open","asset":"a1","delivery":"open","status":"ACTIVE","startTime":"2026-05-02T00:00:00Z"}
{"type":"Usage","key":"in-ended","asset":"a1","delivery":"ended","status":"ACTIVE","startTime":"2026-05-02T00:00:00Z"}
{"type":"Usage","key":"in-page","asset":"a1","experience":"page","status":"ACTIVE","startTime":"2026-05-02T00:00:00Z"}
{"type":"Usage","key":"in-both","asset":"a1","experience":"page","delivery":"open","status":"ACTIVE","startTime":"2026-05-02T00:00:00Z"}
{"type":"Usage","key":"nowhere","asset":"a1","status":"ACTIVE","startTime":"2026-05-02T00:00:00Z"}
{"type":"Usage","key":"paused","asset":"a1","delivery":"open","status":"PAUSED","startTime":"2026-05-02T00:00:00Z"}
"#;

async fn live(gateway: &Gateway, list: &str, at: Option<&str>) -> Vec<String> {
    let at = at.map_or("{}".to_owned(), |at| format!("{{at: {at:?}}}"));
    let query =
        format!("{{ {list}(filter: {{live: {at}}}) {{ edges {{ node {{ externalIds {{ value }} }} }} }} }}");
    let data = gateway.data(&query, json!({})).await;
    let edges = data[list].as_object().and_then(|list| list["edges"].as_array()).expect("edges");
    let key = |edge: &Value| edge["node"]["externalIds"][0]["value"].as_str().expect("a key").to_owned();
    let mut keys: Vec<String> = edges.iter().map(key).collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn live_is_what_has_begun_and_is_neither_over_nor_stopped() {
    both(|gateway| async move {
        gateway.import(DATA).await;
        assert_eq!(live(&gateway, "deliveries", Some("2026-04-30T23:59:59Z")).await, Vec::<String>::new());
        assert_eq!(
            live(&gateway, "deliveries", Some("2026-05-01T00:00:00Z")).await,
            ["ended", "open", "silent"]
        );
        assert_eq!(live(&gateway, "deliveries", Some("2026-05-10T00:00:00Z")).await, ["open", "silent"]);
        assert_eq!(live(&gateway, "experiences", Some("2026-05-19T23:59:59Z")).await, ["page"]);
        assert_eq!(live(&gateway, "experiences", Some("2026-05-20T00:00:00Z")).await, Vec::<String>::new());
        assert_eq!(live(&gateway, "usages", Some("2026-05-03T00:00:00Z")).await, ["in-ended", "in-open"]);
        let all = ["in-both", "in-ended", "in-open", "in-page"];
        assert_eq!(live(&gateway, "usages", Some("2026-05-06T00:00:00Z")).await, all);
        assert_eq!(live(&gateway, "usages", None).await, ["in-open"]);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_status_holds_from_when_it_was_learnt() {
    both(|gateway| async move {
        gateway.import(DATA).await;
        let weft::clock::Clock::Set(now) = &gateway.clock else { panic!("the tests' clock can be set") };
        let set =
            |text: &str| now.store(clock::read(text).expect("a moment"), std::sync::atomic::Ordering::SeqCst);
        set("2026-06-10T00:00:00Z");
        gateway.import(r#"{"type":"Delivery","key":"open","status":"PAUSED"}"#).await;
        set("2026-06-20T00:00:00Z");
        gateway.import(r#"{"type":"Delivery","key":"open","status":"ACTIVE"}"#).await;
        gateway.import(r#"{"type":"Delivery","key":"open","status":"ACTIVE"}"#).await;
        for (at, on) in [
            ("2026-05-02T00:00:00Z", true),
            ("2026-06-09T23:59:59Z", true),
            ("2026-06-10T00:00:00Z", false),
            ("2026-06-19T00:00:00Z", false),
            ("2026-06-20T00:00:00Z", true),
        ] {
            assert_eq!(live(&gateway, "deliveries", Some(at)).await.contains(&"open".to_owned()), on, "{at}");
            assert_eq!(live(&gateway, "usages", Some(at)).await.contains(&"in-open".to_owned()), on, "{at}");
        }
    })
    .await;
}
