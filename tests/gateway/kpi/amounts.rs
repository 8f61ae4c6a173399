//! Amounts carry their currency wherever they are told: over time, by a dimension and beside another period.

use serde_json::{Value, json};

use super::told::settings;
use crate::support::{Gateway, both_with};

const COST_PER_CLICK: &str = "kpis:
  definitions:
    - key: cost_per_click
      numerator: [{ fact: cost }]
      denominator: [{ fact: clicks }]
";
const CONVERTED: &str = "  currency:
    base: EUR
    rates:
      - { currency: USD, rate: 0.5, date: 2026-05-01 }
";

/// In April all is in dollars; in May the first week is in euros, the second in both.
const FACTS: &str = r#"{"type":"PerformanceFact","day":"2026-04-10","channel":"WEB","clicks":2,"cost":8,"revenue":24,"currency":"USD","impressions":9}
{"type":"PerformanceFact","day":"2026-05-05","channel":"WEB","clicks":4,"cost":8,"revenue":16,"currency":"EUR","impressions":9}
{"type":"PerformanceFact","day":"2026-05-12","channel":"WEB","clicks":1,"cost":1,"revenue":2,"currency":"EUR","impressions":9}
{"type":"PerformanceFact","day":"2026-05-13","channel":"EMAIL","clicks":5,"cost":20,"revenue":60,"currency":"USD","impressions":9}"#;

async fn told(gateway: &Gateway, key: &str, window: (&str, &str), filter: Value) -> Value {
    let figures = "value numerator denominator currency byCurrency { currency value numerator denominator }";
    let query = format!(
        "query($filter: KpiFilterInput) {{ kpiResult(key: \"{key}\", filter: $filter, \
         window: {{from: \"{}T00:00:00Z\", to: \"{}T00:00:00Z\"}}) {{ {figures} \
         series(interval: WEEK) {{ from {figures} }} breakdown(by: CHANNEL) {{ key {figures} }} \
         compare(to: PREVIOUS_PERIOD) {{ change {figures} }} }} }}",
        window.0, window.1
    );
    gateway.data(&query, json!({ "filter": filter })).await["kpiResult"].take()
}

/// The figures of one currency, or of none.
fn one(currency: Option<&str>, numerator: f64, denominator: f64) -> Value {
    json!({ "value": numerator / denominator, "numerator": numerator, "denominator": denominator, "currency": currency,
        "byCurrency": [] })
}

/// The figures of two currencies that cannot be added.
fn two(each: [(&str, f64, f64); 2]) -> Value {
    let each = each.map(|(currency, numerator, denominator)| {
        json!({ "currency": currency, "value": numerator / denominator, "numerator": numerator, "denominator": denominator })
    });
    json!({ "value": null, "numerator": null, "denominator": null, "currency": null, "byCurrency": each })
}

fn with(mut figures: Value, name: &str, value: Value) -> Value {
    figures[name] = value;
    figures
}

const MAY: (&str, &str) = ("2026-05-04", "2026-05-18");

#[tokio::test]
async fn each_part_says_its_currency() {
    both_with(settings(COST_PER_CLICK), |gateway| async move {
        gateway.import(FACTS).await;
        let told = told(&gateway, "content_roi", MAY, Value::Null).await;
        let series = json!([
            with(one(Some("EUR"), 8.0, 8.0), "from", json!("2026-05-04T00:00:00Z")),
            with(two([("EUR", 1.0, 1.0), ("USD", 40.0, 20.0)]), "from", json!("2026-05-11T00:00:00Z")),
        ]);
        assert_eq!(told["series"], series);
        let rows = json!([
            with(one(Some("USD"), 40.0, 20.0), "key", json!("EMAIL")),
            with(one(Some("EUR"), 9.0, 9.0), "key", json!("WEB")),
        ]);
        assert_eq!(told["breakdown"], rows);
    })
    .await;
}

#[tokio::test]
async fn amounts_of_two_currencies_are_not_taken_from_each_other() {
    // The two weeks before hold what was in dollars.
    let window = ("2026-04-24", "2026-05-09");
    both_with(settings(COST_PER_CLICK), |gateway| async move {
        gateway.import(FACTS).await;
        let told_of = async |key: &str| {
            told(&gateway, key, window, json!({ "channel": "WEB" })).await["compare"].take()
        };
        let compared = told_of("cost_per_click").await;
        assert_eq!(compared, with(one(Some("USD"), 8.0, 2.0), "change", Value::Null));
        // What was earned over what was spent is a plain number: 1 less 2.
        let compared = told_of("content_roi").await;
        assert_eq!(compared, with(one(Some("USD"), 16.0, 8.0), "change", json!(-1.0)));
        // The same currency in both windows.
        let compared =
            told(&gateway, "cost_per_click", ("2026-05-11", "2026-05-18"), json!({ "channel": "WEB" })).await;
        assert_eq!(compared["compare"], with(one(Some("EUR"), 8.0, 4.0), "change", json!(-1.0)));
        // Two currencies at once have no value to take anything from.
        let compared = told(&gateway, "cost_per_click", ("2026-05-18", "2026-06-01"), Value::Null).await;
        let before = two([("EUR", 9.0, 5.0), ("USD", 20.0, 5.0)]);
        assert_eq!(compared["compare"], with(before, "change", Value::Null));
    })
    .await;
    both_with(settings(&format!("{COST_PER_CLICK}{CONVERTED}")), |gateway| async move {
        gateway.import(FACTS).await;
        // With a rate both are in euros: 8 / 4 less 4 / 2.
        let told = told(&gateway, "cost_per_click", window, json!({ "channel": "WEB" })).await;
        assert_eq!(told["compare"], with(one(Some("EUR"), 4.0, 2.0), "change", json!(0.0)));
    })
    .await;
}
