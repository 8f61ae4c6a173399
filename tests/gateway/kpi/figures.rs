//! The eight KPIs over made-up operations: as a whole, under every filter, over time and broken down, each held to what
//! plain loops over the same lines come to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use weft::caller::Caller;
use weft::catalogue::Holds;
use weft::store::{Cell, NUMBER, Reader, TEXT, encode_id};

use super::chance::Chance;
use super::made::{Made, Money, made, written};
use super::plain::{Asked, Plain};
use crate::support::{Gateway, both};

pub(super) const KEYS: [&str; 8] = [
    "system_responsiveness",
    "asset_reuse_rate",
    "exception_rate",
    "learning_speed",
    "content_roi",
    "journey_effectiveness",
    "handoff_wait_share",
    "content_velocity",
];

/// The dimensions that a KPI has a way to.
fn ways(key: &str) -> &'static [&'static str] {
    match key {
        "system_responsiveness" | "learning_speed" | "exception_rate" | "handoff_wait_share" => {
            &["BRAND", "CAMPAIGN", "TEAM"]
        }
        "asset_reuse_rate" => &["BRAND", "CAMPAIGN", "CHANNEL", "TEAM", "TERRITORY"],
        "content_roi" => &["BRAND", "CAMPAIGN", "CHANNEL", "AUDIENCE", "TEAM", "TERRITORY"],
        "journey_effectiveness" => &["BRAND", "CAMPAIGN", "CHANNEL", "AUDIENCE", "TEAM"],
        "content_velocity" => &["BRAND", "CAMPAIGN", "CHANNEL", "TEAM"],
        other => panic!("{other}"),
    }
}

/// The values of a dimension.
fn values(dimension: &str) -> Vec<String> {
    let numbered = |stem: &str, many: usize| (0..many).map(|place| format!("{stem}-{place}")).collect();
    match dimension {
        "BRAND" => numbered("brand", 2),
        "CAMPAIGN" => numbered("campaign", 4),
        "AUDIENCE" => numbered("audience", 2),
        "TEAM" => numbered("team", 3),
        "CHANNEL" => ["WEB", "EMAIL", "PRINT"].map(str::to_owned).to_vec(),
        "TERRITORY" => ["DE", "FR"].map(str::to_owned).to_vec(),
        other => panic!("{other}"),
    }
}

/// A gateway with a made-up operation in it.
pub(super) struct Filled<'a> {
    gateway: &'a Gateway,
    made: Made,
    /// Global ids, by their keys.
    ids: BTreeMap<String, String>,
    told: String,
}

impl<'a> Filled<'a> {
    async fn new(gateway: &'a Gateway, seed: u64, money: Money) -> Self {
        let made = made(&mut Chance(seed), money);
        gateway.import(&made.import()).await;
        Filled::over(gateway, made, seed).await
    }

    /// The same where it was told to the gateway already.
    pub(super) async fn over(gateway: &'a Gateway, made: Made, seed: u64) -> Self {
        let reader = Reader::new(gateway.store.clone(), Caller::Anonymous);
        let mut sql = reader.sql();
        sql.push("SELECT x.entity_id, CAST(x.entity_type AS bigint), x.value FROM external_id x");
        let mut ids = BTreeMap::new();
        for row in reader.all(sql.finish(), &[Holds::Id, NUMBER, TEXT]).await.expect("the keys").rows() {
            let [Cell::Id(id), Cell::Int(code), Cell::Text(key)] = row else { panic!("{row:?}") };
            ids.insert(key.clone(), encode_id(i16::try_from(*code).expect("a code"), *id));
        }
        Filled { gateway, made, ids, told: format!("seed {seed} on {:?}", gateway.dialect()) }
    }

    fn id(&self, key: &str) -> String {
        self.ids.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    async fn ask(&self, key: &str, (from, to): (i64, i64), filter: &Value) -> Value {
        let by: String = ways(key)
            .iter()
            .map(|by| format!("{by}: breakdown(by: {by}) {{ key label value numerator denominator }}\n"))
            .collect();
        let series: String = ["DAY", "WEEK", "MONTH"]
            .iter()
            .map(|every| {
                format!(
                    "{every}: series(interval: {every}) {{ from to value numerator denominator complete }}\n"
                )
            })
            .collect();
        let query = format!(
            "query($key: String!, $window: WindowInput!, $filter: KpiFilterInput) {{ kpiResult(key: $key, window: $window, \
             filter: $filter) {{ value numerator denominator p90 unfinished {{ count oldestHours }} complete \
             missing {{ reason source count things {{ __typename id }} }} {by} {series} }} }}"
        );
        let window = json!({ "from": written(from), "to": written(to) });
        let variables = json!({ "key": key, "window": window, "filter": filter });
        self.gateway.data(&query, variables).await["kpiResult"].take()
    }

    fn plain(&self, key: &str, part: (i64, i64), narrowed: Option<(&str, Option<String>)>) -> Plain {
        Asked { made: &self.made, whole: part, part, narrowed }.of(key)
    }

    /// The whole under a filter.
    async fn whole(&self, key: &str, window: (i64, i64), narrowed: Option<(&str, String)>) -> Value {
        let filter = match &narrowed {
            Some((dimension, value)) => json!({ dimension.to_lowercase(): self.id(value) }),
            None => Value::Null,
        };
        let told = self.ask(key, window, &filter).await;
        let plain = self.plain(key, window, narrowed.clone().map(|(by, value)| (by, Some(value))));
        let about = format!("{key} {narrowed:?} in {window:?}, {}: {told:#} is not {plain:?}", self.told);
        same(&told, &plain, &about);
        close(&told["p90"], plain.p90, &about);
        match plain.unfinished {
            None => assert!(told["unfinished"].is_null(), "{about}"),
            Some((count, oldest)) => {
                assert_eq!(told["unfinished"]["count"], count, "{about}");
                close(&told["unfinished"]["oldestHours"], oldest, &about);
            }
        }
        for (reason, count) in [("NEGATIVE_DURATION", plain.negative), ("COST_MISSING", plain.without_cost)] {
            let missing = told["missing"].as_array().expect("a list");
            let found = missing.iter().find(|missing| missing["reason"] == reason);
            assert_eq!(
                found.map_or(0, |found| found["count"].as_u64().expect("a count")),
                count as u64,
                "{about}"
            );
        }
        told
    }

    /// Each part of each series, and that the whole is their sum.
    fn series(&self, key: &str, window: (i64, i64), told: &Value) {
        for every in ["DAY", "WEEK", "MONTH"] {
            let parts = told[every].as_array().expect("a list");
            let mut end = window.0;
            let mut sums = (0.0, 0.0);
            for part in parts {
                let at = |field: &str| {
                    weft::clock::read(part[field].as_str().expect("a moment")).expect("a moment")
                };
                let bounds = (at("from"), at("to"));
                assert_eq!(bounds.0, end, "{key}");
                end = bounds.1;
                let plain = Asked { made: &self.made, whole: window, part: bounds, narrowed: None }.of(key);
                let about =
                    format!("{key} by {every} in {bounds:?}, {}: {part:#} is not {plain:?}", self.told);
                same(part, &plain, &about);
                sums.0 += part["numerator"].as_f64().unwrap_or(f64::NAN);
                sums.1 += part["denominator"].as_f64().unwrap_or(f64::NAN);
            }
            assert_eq!(end, window.1, "{key}");
            if key != "asset_reuse_rate" && !sums.0.is_nan() {
                close(&told["numerator"], Some(sums.0), &format!("{key}: the parts by {every} add up"));
                close(&told["denominator"], Some(sums.1), &format!("{key}: the parts by {every} add up"));
            }
        }
    }

    /// The rows of each breakdown.
    fn breakdowns(&self, key: &str, window: (i64, i64), told: &Value) {
        for by in ways(key) {
            let rows = told[*by].as_array().expect("a list");
            let mut found = BTreeSet::new();
            for value in values(by).into_iter().map(Some).chain([None]) {
                let plain = self.plain(key, window, Some((by, value.clone())));
                let id = value.as_ref().map(|value| self.id(value));
                let row = rows.iter().find(|row| row["key"].as_str() == id.as_deref());
                let about = format!("{key} by {by} {value:?}, {}: {row:?} is not {plain:?}", self.told);
                match row {
                    // What has nothing below the line is left out.
                    None => assert_eq!(plain.denominator, Some(0.0), "{about}"),
                    Some(row) => {
                        same(row, &plain, &about);
                        assert_eq!(row["label"].is_null(), value.is_none(), "{about}");
                        found.insert(id);
                    }
                }
            }
            assert_eq!(found.len(), rows.len(), "{key} by {by}, {}: {rows:#?}", self.told);
        }
    }

    /// Holds a KPI to the plain loops in two windows and, where `narrowed` says so, under every filter.
    pub(super) async fn hold(&self, key: &str, narrowed: bool) {
        let windows = [
            (at("2026-03-01T00:00:00Z"), at("2026-04-16T00:00:00Z")),
            // It begins and ends within days.
            (at("2026-02-10T11:30:00Z"), at("2026-03-12T07:00:00Z")),
        ];
        for window in windows {
            let told = self.whole(key, window, None).await;
            self.series(key, window, &told);
            self.breakdowns(key, window, &told);
        }
        for by in ways(key).iter().filter(|_| narrowed) {
            for value in values(by) {
                self.whole(key, windows[0], Some((by, value))).await;
            }
        }
        let long_ago = (at("2020-01-01T00:00:00Z"), at("2020-02-01T00:00:00Z"));
        let told = self.whole(key, long_ago, None).await;
        assert!(told["value"].is_null(), "{told:#}");
        assert_eq!(told["complete"], true, "{told:#}");
        assert_eq!(told[ways(key)[0]], json!([]), "{told:#}");
    }
}

fn same(told: &Value, plain: &Plain, about: &str) {
    close(&told["value"], plain.value, about);
    close(&told["numerator"], plain.numerator, about);
    close(&told["denominator"], plain.denominator, about);
}

fn close(told: &Value, plain: Option<f64>, about: &str) {
    match (told.as_f64(), plain) {
        (Some(told), Some(plain)) => assert!((told - plain).abs() <= 1e-6 * plain.abs().max(1.0), "{about}"),
        (told, plain) => assert_eq!(told, plain, "{about}"),
    }
}

fn at(text: &str) -> i64 {
    weft::clock::read(text).expect("a moment")
}

async fn hold(gateway: &Gateway, key: &str, (seed, money): (u64, Money)) {
    Filled::new(gateway, seed, money).await.hold(key, true).await;
}

/// A test for each KPI, over two operations.
macro_rules! held {
    ($($name:ident: $place:literal)*) => {
        $(#[tokio::test]
        async fn $name() {
            for seed in [1, 2] {
                both(|gateway| async move { hold(&gateway, KEYS[$place], (seed, Money::Plain)).await }).await;
            }
        })*
    };
}

held! {
    system_responsiveness_is_what_plain_loops_come_to: 0
    asset_reuse_rate_is_what_plain_loops_come_to: 1
    exception_rate_is_what_plain_loops_come_to: 2
    learning_speed_is_what_plain_loops_come_to: 3
    content_roi_is_what_plain_loops_come_to: 4
    journey_effectiveness_is_what_plain_loops_come_to: 5
    handoff_wait_share_is_what_plain_loops_come_to: 6
    content_velocity_is_what_plain_loops_come_to: 7
}

#[tokio::test]
async fn content_roi_without_some_costs_is_what_plain_loops_come_to() {
    both(|gateway| async move { hold(&gateway, "content_roi", (3, Money::Unknown)).await }).await;
}
