//! A measure that takes off what another source says is computed as of one moment, whatever comes meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::both;

const GROUND: &str = r#"{"type":"Delivery","key":"d","name":"Mail","source":"own"}
"#;

/// What a source says of the one day.
fn fact(source: &str, revenue: i64) -> String {
    let delivery = json!({ "source": "import", "key": "d" });
    let line = json!({
        "type": "PerformanceFact", "source": source, "day": "2026-05-01", "delivery": delivery,
        "impressions": 1, "revenue": revenue, "cost": 10, "currency": "EUR",
    });
    format!("{line}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_of_who_does_not_count_never_show() {
    const QUESTION: &str = r#"{ kpiResult(key: "content_roi",
        window: {from: "2026-05-01T00:00:00Z", to: "2026-05-02T00:00:00Z"}) { numerator denominator } }"#;
    both(|gateway| async move {
        gateway.import(GROUND).await;
        gateway.import(&[fact("own", 20), fact("other", 8)].concat()).await;
        let over = AtomicBool::new(false);
        let correcting = async {
            for round in 0..40 {
                gateway.import(&fact("other", if round % 2 == 0 { 1_008 } else { 8 })).await;
            }
            over.store(true, Ordering::Relaxed);
        };
        let asking = async {
            let mut asked = 0;
            while !over.load(Ordering::Relaxed) {
                let told = &gateway.data(QUESTION, Value::Null).await["kpiResult"];
                assert_eq!(told, &json!({ "numerator": 10.0, "denominator": 10.0 }));
                asked += 1;
            }
            asked
        };
        let ((), asked) = tokio::join!(correcting, asking);
        assert!(asked > 40, "{asked} questions beside 40 corrections");
    })
    .await;
}
