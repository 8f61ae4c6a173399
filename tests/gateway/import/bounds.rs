//! A number that another bounds: whichever of several lines and the store gives the one and the other, no more is clicked
//! than was shown.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{take, take_all, text};
use crate::support::{Gateway, both};

fn fact(more: Value) -> Value {
    let mut line = json!({"type": "PerformanceFact", "day": "2026-05-01", "channel": "EMAIL"});
    line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    line
}

/// Takes lines, and answers those that were rejected, each with its reason.
async fn rejected(gateway: &Gateway, lines: &[Value]) -> Vec<(u64, String)> {
    let report = take(gateway, text(lines), false).await;
    report.rejected.into_iter().map(|rejection| (rejection.line, rejection.reason)).collect()
}

async fn shown(gateway: &Gateway) -> Value {
    let query = "{ performanceFacts { edges { node { impressions clicks conversions } } } }";
    gateway.data(query, Value::Null).await["performanceFacts"]["edges"][0]["node"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_may_not_leave_more_clicks_than_impressions() {
    both(|gateway| async move {
        take_all(&gateway, &[fact(json!({"impressions": 10, "clicks": 2}))]).await;
        let told = |line: u64, clicks: i64, impressions: i64| {
            (line, format!("`clicks` is {clicks}, which is more than `impressions`, {impressions}"))
        };
        assert_eq!(rejected(&gateway, &[fact(json!({"clicks": 20}))]).await, [told(1, 20, 10)]);
        assert_eq!(rejected(&gateway, &[fact(json!({"impressions": 1}))]).await, [told(1, 2, 1)]);
        assert_eq!(shown(&gateway).await, json!({"impressions": 10, "clicks": 2, "conversions": null}));
        // Which of several lines is to blame: those behind the last that leaves the fact sound.
        let lines = [
            fact(json!({"clicks": 20})),
            fact(json!({"impressions": 30})),
            fact(json!({"conversions": 3})),
            fact(json!({"clicks": 31})),
            fact(json!({"impressions": 25})),
        ];
        assert_eq!(rejected(&gateway, &lines).await, [told(4, 31, 30), told(5, 31, 25)]);
        assert_eq!(shown(&gateway).await, json!({"impressions": 30, "clicks": 20, "conversions": 3}));
        // Where it is not known how often it was shown, no number is too many.
        take_all(&gateway, &[fact(json!({"impressions": null})), fact(json!({"clicks": 99}))]).await;
        assert_eq!(rejected(&gateway, &[fact(json!({"impressions": 98}))]).await, [told(1, 99, 98)]);
        // What was observed before the rest is known is no word on it.
        take_all(&gateway, &[fact(json!({"impressions": 100, "observedAt": "2026-05-03T00:00:00Z"}))]).await;
        take_all(&gateway, &[fact(json!({"impressions": 5, "observedAt": "2026-05-02T00:00:00Z"}))]).await;
        assert_eq!(shown(&gateway).await, json!({"impressions": 100, "clicks": 99, "conversions": 3}));
        let late = fact(json!({"clicks": 101, "observedAt": "2026-05-04T00:00:00Z"}));
        assert_eq!(rejected(&gateway, &[late]).await, [told(1, 101, 100)]);
        gateway.assert_sums().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_of_lines_leaves_more_clicks_than_impressions() {
    both(|gateway| async move {
        let mut chance = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..12 {
            let lines: Vec<Value> = (0..30)
                .map(|_| {
                    let mut more = json!({"territory": (["DE", "FR", "AT"][chance.random_range(0..3)])});
                    let (clicks, impressions) = (chance.random_range(0..20), chance.random_range(0..30));
                    match chance.random_range(0..4) {
                        0 => more["clicks"] = json!(clicks),
                        1 => more["impressions"] = json!(impressions),
                        2 => more["impressions"] = Value::Null,
                        _ => {
                            more["clicks"] = json!(clicks);
                            more["impressions"] = json!(impressions);
                        }
                    }
                    if chance.random_bool(0.3) {
                        more["observedAt"] =
                            json!(format!("2026-05-02T{:02}:00:00Z", chance.random_range(0..24)));
                    }
                    fact(more)
                })
                .collect();
            take(&gateway, text(&lines), false).await;
            assert_eq!(
                gateway.number("SELECT count(*) FROM performance_fact WHERE clicks > impressions").await,
                0
            );
            gateway.assert_sums().await;
        }
        assert_eq!(gateway.number("SELECT count(*) FROM performance_fact WHERE clicks > 0").await, 3);
    })
    .await;
}
