//! The questions that are asked, as GraphQL for the gateway and as a path for the floor; the variables are the same.

use serde_json::{Value, json};
use weft::catalogue::by_name;
use weft::store::encode_id;

use crate::client::request;
use crate::content::{CAMPAIGNS, day, id, mixed};

/// How many days the stores of measures hold: 78 weeks.
pub(crate) const DAYS: i64 = 546;

/// How many different questions of a kind are asked.
const DIFFERENT: i64 = 400;

/// A kind of question.
#[derive(Debug)]
pub(crate) struct Workload {
    /// What a table calls it.
    pub(crate) name: &'static str,
    /// What the floor and the command line call it.
    pub(crate) path: &'static str,
    query: &'static str,
    variables: Vec<Value>,
}

impl Workload {
    /// The requests to the gateway.
    pub(crate) fn to_weft(&self) -> Vec<Vec<u8>> {
        let body = |variables: &Value| json!({ "query": self.query, "variables": variables }).to_string();
        self.variables.iter().map(|variables| request("/graphql", body(variables).as_bytes())).collect()
    }

    /// The same to the floor.
    pub(crate) fn to_floor(&self) -> Vec<Vec<u8>> {
        let path = format!("/{}", self.path);
        let body = |variables: &Value| json!({ "variables": variables }).to_string();
        self.variables.iter().map(|variables| request(&path, body(variables).as_bytes())).collect()
    }
}

/// The window between two days.
pub(crate) fn window(from: i64, to: i64) -> Value {
    let moment = |number| format!("{}T00:00:00Z", day(number));
    json!({ "from": moment(from), "to": moment(to) })
}

/// The global id of a campaign.
pub(crate) fn campaign(n: i64) -> String {
    encode_id(by_name("Campaign").map_or(0, |entry| entry.noun.code), id("Campaign", n))
}

/// All of them.
pub(crate) fn workloads() -> Vec<Workload> {
    let of_campaign = |n: i64| {
        let chance = i64::try_from(mixed(n) >> 1).unwrap_or_default();
        let from = chance / CAMPAIGNS % (DAYS - 90);
        json!({ "campaign": campaign(chance % CAMPAIGNS), "window": window(from, from + 90) })
    };
    let of_all = |n: i64| json!({ "window": window(n, DAYS) });
    let campaigns: Vec<Value> = (0..DIFFERENT).map(of_campaign).collect();
    // Eighteen months, from one day more or less.
    let all: Vec<Value> = (0..14).map(of_all).collect();
    vec![
        Workload {
            name: "content ROI of a campaign, 90 days",
            path: "campaign",
            query: "query ($campaign: ID!, $window: WindowInput!) { kpiResult(key: \"content_roi\", window: $window, \
                    filter: {campaign: $campaign}) { value numerator denominator } }",
            variables: campaigns.clone(),
        },
        Workload {
            name: "the same, and whether it is complete",
            path: "complete",
            query: "query ($campaign: ID!, $window: WindowInput!) { kpiResult(key: \"content_roi\", window: $window, \
                    filter: {campaign: $campaign}) { value numerator denominator complete } }",
            variables: campaigns,
        },
        Workload {
            name: "content ROI by week, 18 months",
            path: "weeks",
            query: "query ($window: WindowInput!) { kpiResult(key: \"content_roi\", window: $window) { \
                    series(interval: WEEK) { from to value numerator denominator complete } } }",
            variables: all.clone(),
        },
        Workload {
            name: "journey effectiveness by week, 18 months",
            path: "journeys",
            query: "query ($window: WindowInput!) { kpiResult(key: \"journey_effectiveness\", window: $window) { \
                    series(interval: WEEK) { from to value numerator denominator complete } } }",
            variables: all,
        },
    ]
}
