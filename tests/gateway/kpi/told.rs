//! What is told beside the figures: what is wrong with a question, what is missing, currencies, targets, and measures of
//! one's own.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use weft::config::Config;

use crate::support::{Answer, Gateway, both, both_with};

const MAY: &str = "{from: \"2026-05-01T00:00:00Z\", to: \"2026-06-01T00:00:00Z\"}";

async fn ask(gateway: &Gateway, key: &str, window: &str, more: &str) -> Answer {
    let query = format!("{{ kpiResult(key: \"{key}\", window: {window}) {{ {more} }} }}");
    gateway.query(&query, Value::Null).await
}

async fn told(gateway: &Gateway, key: &str, more: &str) -> Value {
    ask(gateway, key, MAY, more).await.data()["kpiResult"].take()
}

#[tokio::test]
async fn a_decision_takes_until_it_is_live() {
    both(|gateway| async move {
        gateway
            .import(
                r#"{"type":"Change","key":"a","title":"A","decidedAt":"2026-05-04T08:00:00Z","liveAt":"2026-05-04T10:00:00Z"}
{"type":"Change","key":"b","title":"B","decidedAt":"2026-05-05T08:00:00Z","liveAt":"2026-05-05T12:00:00Z"}
{"type":"Change","key":"c","title":"C","decidedAt":"2026-05-31T00:00:00Z","liveAt":"2026-06-01T00:00:00Z"}
{"type":"Change","key":"d","title":"D","decidedAt":"2026-05-06T08:00:00Z","liveAt":"2026-05-06T07:00:00Z"}
{"type":"Change","key":"e","title":"E","liveAt":"2026-05-06T07:00:00Z"}"#,
            )
            .await;
        let query = "value numerator denominator p90 unit unfinished { count oldestHours } complete key version
            missing { reason source count things { ... on Change { title } } } freshness { source observedAt }
            series(interval: WEEK) { from value numerator denominator complete } window { from to }
            compare(to: PREVIOUS_PERIOD) { value change window { from to } }";
        let told = told(&gateway, "system_responsiveness", query).await;
        assert_eq!(told["value"], 3.0, "{told:#}");
        assert_eq!(told["numerator"], 2.0);
        assert_eq!(told["denominator"], 3.0);
        assert!((told["p90"].as_f64().expect("a number") - 3.8).abs() < 1e-9, "{told:#}");
        assert_eq!(told["unit"], "hours");
        assert_eq!(told["unfinished"], json!({ "count": 1, "oldestHours": 24.0 }));
        assert_eq!(told["complete"], false);
        let negative = json!([{ "reason": "NEGATIVE_DURATION", "source": null, "count": 1, "things": [{ "title": "D" }] }]);
        assert_eq!(told["missing"], negative);
        let fresh = json!([{ "source": "import", "observedAt": "2026-06-01T12:00:00Z" }]);
        assert_eq!(told["freshness"], fresh);
        let first = json!({ "from": "2026-05-01T00:00:00Z", "value": null, "numerator": 0.0, "denominator": 0.0, "complete": true });
        assert_eq!(told["series"][0], first);
        let second = json!({ "from": "2026-05-04T00:00:00Z", "value": 3.0, "numerator": 2.0, "denominator": 2.0, "complete": false });
        assert_eq!(told["series"][1], second);
        let before = json!({ "from": "2026-03-31T00:00:00Z", "to": "2026-05-01T00:00:00Z" });
        assert_eq!(told["compare"], json!({ "value": null, "change": null, "window": before }));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_question_is_told() {
    both(|gateway| async move {
        gateway.import("{\"type\":\"Team\",\"key\":\"t\",\"name\":\"T\"}\n").await;
        let team = gateway.data("{ teams { edges { node { id } } } }", Value::Null).await;
        let team = team["teams"]["edges"][0]["node"]["id"].as_str().expect("an id").to_owned();
        let wrong = [
            ("asset_reuse_rates", MAY, "", "did you mean asset_reuse_rate?"),
            ("reuse", MAY, "", "did you mean asset_reuse_rate?"),
            ("xyz", MAY, "", "it is one of: system_responsiveness, asset_reuse_rate"),
            (
                "content_roi",
                "{from: \"2026-06-01T00:00:00Z\", to: \"2026-05-01T00:00:00Z\"}",
                "",
                "The window ends at 2026-05-01T00:00:00Z, before it begins at 2026-06-01T00:00:00Z",
            ),
            (
                "content_roi",
                "{from: \"2026-05-01T00:00:00Z\", to: \"2026-05-01T00:00:00Z\"}",
                "",
                "The window is empty",
            ),
            ("content_roi", "{from: \"yesterday\", to: \"2026-05-01T00:00:00Z\"}", "", ""),
            ("exception_rate", MAY, "channel: WEB", "exception_rate cannot be asked by channel"),
            ("handoff_wait_share", MAY, "territory: \"DE\"", "It can be asked by brand, campaign and team."),
            ("content_roi", MAY, "campaign: null", "null"),
            ("content_roi", MAY, "campaign: \"nobody\"", "is not an id of this graph"),
            ("content_roi", MAY, "campaign: TEAM", "is the id of a Team, not of a Campaign"),
            ("content_roi", MAY, "channel: FAX", ""),
        ];
        for (key, window, filter, said) in wrong {
            let filter = filter.replace("TEAM", &format!("\"{team}\""));
            let query = format!(
                "{{ kpiResult(key: \"{key}\", window: {window}, filter: {{{filter}}}) {{ value }} kpis {{ key }} }}"
            );
            let answer = gateway.query(&query, Value::Null).await;
            assert!(answer.message().contains(said), "{query}: {:#}", answer.body);
            assert!(!answer.codes().is_empty() && !answer.codes().contains(&"INTERNAL_SERVER_ERROR"), "{query}");
            // What cannot be answered leaves the rest of the answer as it is.
            if !answer.body["data"].is_null() {
                assert_eq!(answer.body["data"]["kpis"], json!([]), "{query}");
            }
        }
        let answer = ask(&gateway, "exception_rate", MAY, "breakdown(by: AUDIENCE) { key } value").await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
        assert_eq!(answer.body["data"]["kpiResult"], json!({ "breakdown": null, "value": null }));
        let century = "{from: \"1926-05-01T00:00:00Z\", to: \"2026-05-01T00:00:00Z\"}";
        let answer = ask(&gateway, "exception_rate", century, "series(interval: DAY) { value }").await;
        assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
    })
    .await;
}

#[tokio::test]
async fn a_window_that_is_not_over_and_events_that_wait_are_told() {
    both(|gateway| async move {
        let day = 86_400_000_000_i64;
        let may = weft::clock::read("2026-05-01T00:00:00Z").expect("a moment");
        let hash = match gateway.dialect() {
            weft::store::Dialect::Sqlite => "x'00000000000000000000000000000001'",
            weft::store::Dialect::Postgres => "'00000000-0000-0000-0000-000000000001'",
        };
        for (id, source, ty, state, at) in [
            ("1", "ads", "weft.fact.observed", "WAITING", may),
            ("2", "ads", "weft.fact.observed", "WAITING", may + 9 * day),
            ("3", "shop", "weft.fact.observed", "WAITING", may + 40 * day),
            ("4", "ads", "weft.fact.observed", "TAKEN", may),
            ("5", "ads", "weft.change.live", "WAITING", may),
        ] {
            let statement = format!(
                "INSERT INTO event (source, id, type, hash, received_at, state, happened_at) \
                 VALUES ('{source}', '{id}', '{ty}', {hash}, 1, '{state}', {at})"
            );
            gateway.store.db.execute_unprepared(&statement).await.expect("an event");
        }
        let told = told(
            &gateway,
            "content_roi",
            "value complete missing { reason source count } \
            series(interval: WEEK) { complete }",
        )
        .await;
        let waiting = json!([{ "reason": "UNRESOLVED", "source": "ads", "count": 2 }]);
        assert_eq!(told["missing"], waiting, "{told:#}");
        assert_eq!(told["complete"], false);
        let complete: Vec<bool> =
            told["series"].as_array().expect("a list").iter().map(|part| part["complete"] == true).collect();
        assert_eq!(complete, [false, false, true, true, true]);
        let open = "{from: \"2026-05-20T00:00:00Z\", to: \"2026-07-01T00:00:00Z\"}";
        let answer = ask(
            &gateway,
            "content_roi",
            open,
            "complete missing { reason source count } \
            series(interval: MONTH) { complete }",
        )
        .await
        .data();
        let missing = json!([
            { "reason": "WINDOW_OPEN", "source": null, "count": null },
            { "reason": "UNRESOLVED", "source": "shop", "count": 1 },
        ]);
        assert_eq!(answer["kpiResult"]["missing"], missing);
        assert_eq!(answer["kpiResult"]["series"], json!([{ "complete": true }, { "complete": false }]));
    })
    .await;
}

const TWO_CURRENCIES: &str = r#"{"type":"PerformanceFact","day":"2026-05-02","cost":10,"revenue":30,"currency":"EUR"}
{"type":"PerformanceFact","day":"2026-05-03","cost":10,"revenue":20,"currency":"USD"}
{"type":"PerformanceFact","day":"2026-05-04","impressions":7,"cost":0,"currency":"CHF"}"#;

#[tokio::test]
async fn currencies_are_never_added() {
    both(|gateway| async move {
        gateway.import(TWO_CURRENCIES).await;
        let told = told(
            &gateway,
            "content_roi",
            "value numerator denominator currency complete \
            byCurrency { currency value numerator denominator } rates { currency } missing { reason count } \
            DAY: series(interval: DAY) { value }",
        )
        .await;
        assert_eq!(told["value"], Value::Null);
        assert_eq!(told["numerator"], Value::Null);
        assert_eq!(told["denominator"], Value::Null);
        assert_eq!(told["currency"], Value::Null);
        assert_eq!(told["rates"], json!([]));
        assert_eq!(told["missing"], json!([{ "reason": "MIXED_CURRENCIES", "count": 2 }]));
        assert_eq!(
            told["byCurrency"],
            json!([
                { "currency": "EUR", "value": 2.0, "numerator": 20.0, "denominator": 10.0 },
                { "currency": "USD", "value": 1.0, "numerator": 10.0, "denominator": 10.0 },
            ])
        );
        assert_eq!(told["DAY"][1]["value"], 2.0);
        assert_eq!(told["DAY"][2]["value"], 1.0);
    })
    .await;
}

/// The settings that a file with these lines gives.
pub(super) fn settings(text: &str) -> Config {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("weft.yaml");
    std::fs::write(&path, text).expect("a file");
    let sources = weft::config::Sources { file: Some(path), listen: None };
    Config::load_with(&sources, &|_| None).expect("settings")
}

#[tokio::test]
async fn with_rates_currencies_are_converted() {
    let rates = "kpis:\n  currency:\n    base: EUR\n    rates:\n      - { currency: USD, rate: 0.5, date: 2026-05-01 }\n";
    both_with(settings(rates), |gateway| async move {
        gateway.import(TWO_CURRENCIES).await;
        let told = told(&gateway, "content_roi", "value numerator denominator currency complete \
            byCurrency { currency } rates { currency rate date }").await;
        let wanted = json!({ "value": 25.0 / 15.0, "numerator": 25.0, "denominator": 15.0, "currency": "EUR",
            "complete": true, "byCurrency": [], "rates": [{ "currency": "USD", "rate": 0.5, "date": "2026-05-01" }] });
        assert_eq!(told, wanted);
    })
    .await;
}

#[tokio::test]
async fn for_each_measure_the_source_counts_that_the_settings_name() {
    let counting = "kpis:\n  measures: { cost: [finance, ads] }\n";
    let lines = r#"{"type":"Source","key":"shop","name":"shop"}
{"type":"Delivery","key":"d","name":"D","source":"shop"}
{"type":"PerformanceFact","day":"2026-05-02","source":"ads","delivery":"d","impressions":9,"cost":4,"revenue":1,"currency":"EUR"}
{"type":"PerformanceFact","day":"2026-05-02","source":"shop","delivery":"d","impressions":1,"cost":7,"revenue":12,"currency":"EUR"}"#;
    for (config, value) in [(settings(counting), (12.0 - 4.0) / 4.0), (Config::default(), (12.0 - 7.0) / 7.0)]
    {
        both_with(config, |gateway| async move {
            gateway.import(lines).await;
            let told = told(&gateway, "content_roi", "value breakdown(by: CHANNEL) { value }").await;
            assert_eq!(told["value"], value);
            assert_eq!(told["breakdown"], json!([{ "value": value }]));
        })
        .await;
    }
}

#[tokio::test]
async fn measures_are_looked_up_and_held_to_what_was_agreed_on() {
    let own = "kpis:
  targets:
    system_responsiveness: { target: 4, owner: { source: import, key: t } }
    exception_rate: { target: 0.1 }
    time_to_live: { target: 1 }
  definitions:
    - key: time_to_live
      label: Time to live
      better: lower
      median: { of: Change, from: decidedAt, to: liveAt }
    - key: click_through
      in_words: { numerator: Clicks., denominator: Impressions. }
      numerator: [{ fact: clicks }]
      denominator: [{ fact: impressions }]
";
    both_with(settings(own), |gateway| async move {
        gateway
            .import(
                r#"{"type":"Team","key":"t","name":"T"}
{"type":"Kpi","key":"content_roi","target":2}
{"type":"Kpi","key":"stranger","target":2}
{"type":"Change","key":"a","title":"A","decidedAt":"2026-05-04T08:00:00Z","liveAt":"2026-05-04T10:00:00Z"}
{"type":"PerformanceFact","day":"2026-05-02","impressions":100,"clicks":7}"#,
            )
            .await;
        for _ in 0..2 {
            gateway.publish().await;
        }
        let query = "{ kpis { key version label unit target { value better } owner { name } } sources { name } }";
        let data = gateway.data(query, Value::Null).await;
        let kpis = data["kpis"].as_array().expect("a list");
        assert_eq!(kpis.len(), 11, "{data:#}");
        let kpi = |key: &str| kpis.iter().find(|kpi| kpi["key"] == key).expect("it is there");
        assert_eq!(
            *kpi("system_responsiveness"),
            json!({ "key": "system_responsiveness", "version": 1, "label": "System responsiveness", "unit": "hours",
                    "target": { "value": 4.0, "better": "LOWER" }, "owner": { "name": "T" } })
        );
        // What somebody agreed on stays.
        assert_eq!(kpi("content_roi")["target"], json!({ "value": 2.0, "better": "HIGHER" }));
        assert_eq!(kpi("stranger")["target"], json!({ "value": 2.0, "better": null }));
        assert_eq!(kpi("learning_speed")["target"], Value::Null);
        let query = format!(
            "{{ met: kpis(filter: {{status: MET, window: {MAY}}}) {{ key }} \
             missed: kpis(filter: {{status: MISSED, window: {MAY}}}) {{ key target {{ value }} }} \
             unknown: kpis(filter: {{status: UNKNOWN, window: {MAY}}}) {{ key }} }}"
        );
        let data = gateway.data(&query, Value::Null).await;
        assert_eq!(data["met"], json!([{ "key": "system_responsiveness" }]));
        assert_eq!(data["missed"], json!([{ "key": "time_to_live", "target": { "value": 1.0 } }]));
        assert_eq!(data["unknown"].as_array().map(Vec::len), Some(9));
        let result = told(&gateway, "time_to_live", "value status target { value better }").await;
        assert_eq!(result, json!({ "value": 2.0, "status": "MISSED", "target": { "value": 1.0, "better": "LOWER" } }));
        let result = told(&gateway, "click_through", "value status unit").await;
        assert_eq!(result, json!({ "value": 0.07, "status": "UNKNOWN", "unit": "ratio" }));
    })
    .await;
}

#[test]
fn what_is_wrong_with_measures_is_told_with_its_place() {
    let wrong = [
        ("kpis: { definitions: [{ key: a }] }", "expected `median`, or both"),
        (
            "kpis: { definitions: [{ key: content_roi, median: { of: Change, from: decidedAt, to: liveAt } }] }",
            "two measures",
        ),
        (
            "kpis: { definitions: [{ key: a, median: { of: Asset, from: created, to: modified } }] }",
            "no type that can be counted",
        ),
        (
            "kpis: { definitions: [{ key: a, median: { of: Change, from: title, to: liveAt } }] }",
            "no moment `title`",
        ),
        (
            "kpis: { definitions: [{ key: a, numerator: [{ fact: reach }], denominator: [{ fact: clicks }] }] }",
            "`reach` is no sum of a PerformanceFact",
        ),
        (
            "kpis: { definitions: [{ key: a, numerator: [{ fact: cost }, { fact: clicks }], denominator: [{ fact: clicks }] }] }",
            "all numbers, all amounts or all times",
        ),
        (
            "kpis: { definitions: [{ key: a, numerator: [{ count: Handoff, at: exitedAt, where: { outcome: [LOST] } }], denominator: [{ fact: clicks }] }] }",
            "`LOST` is no HandoffOutcome",
        ),
        (
            "kpis: { definitions: [{ key: a, median: { of: Usage, from: startTime, to: endTime } }] }",
            "`Usage` is no type that can be counted; expected one of: GuardrailFinding, Delivery, Brief, WorkItem, Handoff, \
             Change, Incident, Insight",
        ),
        (
            "kpis: { definitions: [{ key: a, numerator: [{ count: PerformanceFact, at: observedAt }], denominator: [{ fact: clicks }] }] }",
            "`PerformanceFact` is no type that can be counted; expected one of: ",
        ),
        ("kpis: { targets: { nothing: { target: 1 } } }", "`nothing` is no measure"),
        ("kpis: { measures: { reach: [ads] } }", "`reach` is no sum"),
    ];
    for (text, said) in wrong {
        let error = weft::kpi::Kpis::new(&settings(text)).expect_err("refused").to_string();
        assert!(error.contains(said) && error.starts_with("line 1"), "{text}: {error}");
    }
}
