//! How much one request may ask for, and what it may not ask at all: limits, introspection, keys.

use reqwest::{Method, StatusCode};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use weft::config::{Config, Hash, Key, Limits};

use crate::support::{Answer, Gateway, both_with};

const FULL_INTROSPECTION: &str = include_str!("introspection.graphql");

fn limited(limits: Limits) -> Config {
    let mut config = Config::default();
    config.graphql.limits = limits;
    config
}

/// Asks both questions: the first is answered, the second is refused by this limit.
async fn holds(limits: Limits, limit: &str, fits: (&str, Value), exceeds: (&str, Value)) {
    let gateway = Gateway::sqlite(limited(limits)).await;
    let answer = gateway.query(fits.0, fits.1).await;
    assert_eq!(answer.status, StatusCode::OK, "{limit}: {:#}", answer.body);
    let answer = gateway.query(exceeds.0, exceeds.1).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{limit}: {:#}", answer.body);
    assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
    let told = &answer.body["errors"][0]["extensions"];
    assert_eq!(told["limit"], limit);
    assert!(told["found"].as_u64() > told["allowed"].as_u64(), "{told}");
    assert!(answer.message().contains(&told["allowed"].to_string()), "{}", answer.message());
    assert_eq!(answer.statements(), 0);
}

#[tokio::test]
async fn tokens() {
    let limits = Limits { tokens: 10, ..Limits::default() };
    holds(
        limits,
        "tokens",
        ("{ a:__typename b:__typename }", json!({})),
        ("{ a:__typename b:__typename c:__typename }", json!({})),
    )
    .await;
}

#[tokio::test]
async fn depth() {
    let limits = Limits { depth: 5, ..Limits::default() };
    let fits = "{ assets { edges { node { brand { id } } } } }";
    let exceeds = "{ assets { ...A } } fragment A on AssetConnection { edges { node { brand { ... { id campaigns { totalCount } } } } } }";
    holds(limits, "depth", (fits, json!({})), (exceeds, json!({}))).await;
}

#[tokio::test]
async fn aliases_with_fragments_expanded() {
    let limits = Limits { aliases: 2, ..Limits::default() };
    let fits = "{ ...A } fragment A on Query { a: __typename b: __typename }";
    let exceeds =
        "{ ...A ...B } fragment A on Query { a: __typename ...B } fragment B on Query { b: __typename }";
    holds(limits, "aliases", (fits, json!({})), (exceeds, json!({}))).await;
}

#[tokio::test]
async fn root_fields() {
    let limits = Limits { root_fields: 2, ..Limits::default() };
    let fits = "{ __typename ... { a: __typename } }";
    let exceeds = "{ __typename ...A ... { a: __typename } } fragment A on Query { b: __typename }";
    holds(limits, "root fields", (fits, json!({})), (exceeds, json!({}))).await;
}

#[tokio::test]
async fn directives() {
    let limits = Limits { directives: 2, ..Limits::default() };
    let fits = "{ __typename @skip(if: false) @include(if: true) }";
    let exceeds = "{ __typename ...A @skip(if: false) } \
                   fragment A on Query { ... @include(if: true) { a: __typename @include(if: true) } }";
    holds(limits, "directives", (fits, json!({})), (exceeds, json!({}))).await;
}

#[tokio::test]
async fn cost_counts_a_list_as_often_as_its_page_says() {
    let limits = Limits { cost: 100, ..Limits::default() };
    // The list 1, and 90 times the id; `edges` and `node` are frame.
    let fits = "{ assets(first: 90) { edges { node { id } } } }";
    let literal = "{ assets(last: 100) { edges { node { id } } } }";
    holds(limits, "cost", (fits, json!({})), (literal, json!({}))).await;
    let variable = "query ($n: Int = 100) { assets(first: $n) { edges { node { id } } } }";
    holds(limits, "cost", (variable, json!({ "n": 90 })), (variable, json!({}))).await;
    let default = "{ assets { edges { node { id title kind status } } } }";
    let nested = "{ assets { edges { node { id title brand { id name } } } } }";
    holds(limits, "cost", (default, json!({})), (nested, json!({}))).await;
    let ids = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let many: Vec<String> = (0..100).map(|id| id.to_string()).collect();
    holds(limits, "cost", (ids, json!({ "ids": [] })), (ids, json!({ "ids": many }))).await;
    let entities = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }";
    let many = vec![json!({ "__typename": "Asset", "id": "x" }); 100];
    holds(limits, "cost", (entities, json!({ "of": [] })), (entities, json!({ "of": many }))).await;
}

#[tokio::test]
async fn cost_counts_what_the_store_must_look_at() {
    let limits = Limits { cost: 100, ..Limits::default() };
    let query = |filter: &str| {
        format!("{{ assets(first: 1, filter: {{ {filter} }}) {{ edges {{ node {{ id }} }} }} }}")
    };
    let title = r#"title: { contains: "a" }"#;
    let two =
        format!("usages: {{ some: {{ live: {{}} }} }}, or: [{{ not: {{ brand: {{ }} }} }}, {{ {title} }}]");
    holds(limits, "cost", (&query("brand: {}"), json!({})), (&query(&two), json!({}))).await;
    let given = "query ($f: AssetFilter!, $n: BrandFilter) { assets(filter: { brand: $n, and: [$f] }) { __typename } }";
    let nested = json!({ "f": { "usages": { "none": {} } }, "n": {} });
    let plain = json!({ "f": { "title": { "eq": "a" } }, "n": {} });
    holds(limits, "cost", (given, plain), (given, nested)).await;
    let counts = "{ assets { totalCount a: totalCount b: totalCount c: totalCount } }";
    let more = "{ assets { totalCount a: totalCount b: totalCount c: totalCount d: totalCount } }";
    holds(limits, "cost", (counts, json!({})), (more, json!({}))).await;
}

/// Many results of a measure, each with a name of its own.
fn results(many: usize, fields: &str) -> String {
    let window = "{from: \"2026-05-01T00:00:00Z\", to: \"2026-05-08T00:00:00Z\"}";
    let result =
        |n: usize| format!("r{n}: kpiResult(key: \"content_roi\", window: {window}) {{ {fields} }} ");
    format!("{{ {} }}", (0..many).map(result).collect::<String>())
}

#[tokio::test]
async fn cost_counts_what_measures_read() {
    let limits = Limits { cost: 3_000, root_fields: 100, aliases: 100, ..Limits::default() };
    let ordinary = "value numerator denominator complete missing { reason }";
    holds(limits, "cost", (&results(4, ordinary), json!({})), (&results(6, ordinary), json!({}))).await;
    let split = "value series(interval: WEEK) { value } a: breakdown(by: CHANNEL) { value } \
                 compare(to: PREVIOUS_PERIOD) { value }";
    let more = format!(
        "{split} lineage(first: 2) {{ edges {{ node {{ role }} }} }} b: breakdown(by: BRAND) {{ value }}"
    );
    holds(limits, "cost", (&results(1, split), json!({})), (&results(1, &more), json!({}))).await;
    let page = "lineage(first: 90) { edges { node { role included reason numerator } } }";
    let pages = format!("{page} a: {page} b: {page} c: {page}");
    holds(limits, "cost", (&results(1, page), json!({})), (&results(1, &pages), json!({}))).await;
    let limits = Limits { cost: 6_000, ..limits };
    let by_status = |many: usize| {
        let window = "{from: \"2026-05-01T00:00:00Z\", to: \"2026-05-08T00:00:00Z\"}";
        let list = |n: usize| format!("k{n}: kpis(filter: {{status: MISSED, window: {window}}}) {{ key }} ");
        format!("{{ {} }}", (0..many).map(list).collect::<String>())
    };
    holds(limits, "cost", (&by_status(1), json!({})), (&by_status(2), json!({}))).await;
    let window = "{from: \"2026-05-01T00:00:00Z\", to: \"2026-05-08T00:00:00Z\"}";
    let map = |n: usize| format!("m{n}: handoffMap(window: {window}) {{ complete }} ");
    let maps = |many: usize| format!("{{ {} }}", (0..many).map(map).collect::<String>());
    holds(limits, "cost", (&maps(10), json!({})), (&maps(13), json!({}))).await;
    let worn = |many: usize| {
        let list = |n: usize| format!("f{n}: fatigue {{ totalCount }} ");
        format!("{{ {} }}", (0..many).map(list).collect::<String>())
    };
    holds(limits, "cost", (&worn(10), json!({})), (&worn(13), json!({}))).await;
    let variants = "query ($n: Int) { variants(first: $n) { edges { node { fatigue { status } } } } }";
    let limits = Limits { cost: 1_000, ..limits };
    holds(limits, "cost", (variants, json!({ "n": 40 })), (variants, json!({ "n": 60 }))).await;
}

#[tokio::test]
async fn what_dashboards_ask_of_measures_passes_as_it_is_shipped() {
    let figures = "value numerator denominator p90 complete missing { reason source count } freshness { source observedAt } \
                   series(interval: WEEK) { from to value complete } breakdown(by: CAMPAIGN) { key label value } \
                   compare(to: PREVIOUS_PERIOD) { value change } lineage(first: 20) { edges { node { role fact { id } } } }";
    let pilots = "query ($n: Int) { pilots(first: $n) { edges { node { name kpis { key pilot { value measured } \
                  baseline { value measured } outside { value measured } } } } } }";
    let limits = Limits::default();
    holds(limits, "cost", (&results(8, figures), json!({})), (pilots, json!({ "n": 100 }))).await;
    holds(limits, "cost", (pilots, json!({})), (pilots, json!({ "n": 100 }))).await;
}

/// Rows without end in the place of a table.
const ENDLESS: &str = "CREATE VIEW asset AS WITH RECURSIVE endless(n) AS \
    (SELECT 1 UNION ALL SELECT n + 1 FROM endless) SELECT n AS id FROM endless";

#[tokio::test]
async fn an_operation_that_takes_too_long_is_given_up() {
    // On SQLite the test does not end before its statement does: the runtime waits for the thread.
    both_with(limited(Limits { seconds: 1, ..Limits::default() }), |gateway| async move {
        for sql in ["ALTER TABLE asset RENAME TO other", ENDLESS] {
            gateway.store.db.execute_unprepared(sql).await.expect("the table is a view");
        }
        let answer = gateway.query("{ assets { totalCount } }", json!({})).await;
        assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT, "{:#}", answer.body);
        assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
        assert_eq!(answer.body["errors"][0]["extensions"]["limit"], "seconds");
        assert_eq!(gateway.query("{ brands { totalCount } }", json!({})).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_small_document_cannot_make_counting_dear() {
    let gateway = Gateway::sqlite(Config::default()).await;
    let mut bomb = "{ ...F0 }".to_owned();
    for n in 0..60 {
        bomb += &format!(" fragment F{n} on Query {{ ...F{next} ...F{next} }}", next = n + 1);
    }
    bomb += " fragment F60 on Query { __typename }";
    let answer = gateway.query(&bomb, json!({})).await;
    assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"], "{:#}", answer.body);
    for deep in [
        "{a".repeat(2_000),
        format!("{{ a(b: {}", "[".repeat(4_000)),
        format!("{{ a(b: {}", "{c:".repeat(1_500)),
        format!("{}{{__typename}}{}", "{... on Query".repeat(90), "}".repeat(90)),
        format!("{{ assets {}{{ totalCount }}{} }}", "{... on AssetConnection".repeat(70), "}".repeat(70)),
        format!("query (${}", "a: [".repeat(1_200)),
    ] {
        let answer = gateway.query(&deep, json!({})).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"], "{:#}", answer.body);
    }
    for nested in ["[", "{c:", "(", "{a", "[{c:"] {
        let answer = gateway.query(&format!("{{ a(b: {}", nested.repeat(49)), json!({})).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{nested}");
    }
    let cycle = "{ ...A ...B } fragment A on Query { ...B } fragment B on Query { __typename ...A }";
    assert_eq!(gateway.query(cycle, json!({})).await.codes(), ["GRAPHQL_VALIDATION_FAILED"]);
}

#[tokio::test]
async fn introspection_has_its_own_bounds() {
    let gateway = Gateway::sqlite(limited(Limits { depth: 4, cost: 150, ..Limits::default() })).await;
    let answer = gateway.query(FULL_INTROSPECTION, json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{:#}", answer.body["errors"]);
    assert!(answer.body["data"]["__schema"]["types"].as_array().is_some_and(|types| types.len() > 100));
    let lists = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    let answer = gateway.query(lists, json!({})).await;
    assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
    assert_eq!(answer.body["errors"][0]["extensions"]["limit"], "introspection lists");
    let deep = format!("{{ __type(name: \"Query\") {{ {}name{} }} }}", "ofType {".repeat(20), "}".repeat(20));
    let answer = gateway.query(&deep, json!({})).await;
    assert_eq!(answer.body["errors"][0]["extensions"]["limit"], "introspection depth");
}

#[tokio::test]
async fn where_introspection_is_off_nothing_tells_the_schema() {
    let mut config = Config::default();
    config.graphql.introspection = false;
    let gateway = Gateway::sqlite(config).await;
    for query in [
        "{ __schema { queryType { name } } }",
        "{ __type(name: \"Asset\") { name } }",
        "{ a: __schema { queryType { name } } }",
        "{ ... { ...A } } fragment A on Query { __schema { queryType { name } } }",
        "{ _service { sdl } }",
    ] {
        let answer = gateway.query(query, json!({})).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.codes(), ["INTROSPECTION_DISABLED"], "{query}");
    }
    assert_eq!(gateway.data("{ __typename }", json!({})).await, json!({ "__typename": "Query" }));
    let answer = Answer::of(gateway.request(Method::GET, "/schema.graphql")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = gateway.query("{ assetz { totalCount } }", json!({})).await;
    assert!(!answer.text.contains("Did you mean"), "{}", answer.text);
    let open = Gateway::sqlite(Config::default()).await;
    let answer = open.query("{ assetz { totalCount } }", json!({})).await;
    assert!(answer.text.contains("Did you mean"), "{}", answer.text);
}

#[tokio::test]
async fn keys_say_who_asks() {
    let key = |name: &str, key: &str| Key { name: name.into(), hash: Hash::of(key), may: Vec::new() };
    let mut config =
        Config { keys: vec![key("studio", "s3cret"), key("press", "other")], ..Config::default() };
    let asked = |gateway: &Gateway, keys: &[&str]| {
        let mut request =
            gateway.request(Method::POST, "/graphql").json(&json!({ "query": "{ __typename }" }));
        for key in keys {
            request = request.header("authorization", *key);
        }
        Answer::of(request)
    };
    let closed = Gateway::sqlite(config.clone()).await;
    for good in ["Bearer s3cret", "bearer s3cret", "Bearer other"] {
        assert_eq!(asked(&closed, &[good]).await.status, StatusCode::OK, "{good}");
    }
    for bad in [
        &[][..],
        &["Bearer wrong"],
        &["Bearer "],
        &["s3cret"],
        &["Basic s3cret"],
        &["Bearer s3cret", "Bearer other"],
    ] {
        let answer = asked(&closed, bad).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{bad:?}");
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{bad:?}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(!answer.text.contains("s3cret"));
    }
    let schema = Answer::of(closed.request(Method::GET, "/schema.graphql")).await;
    assert_eq!(schema.status, StatusCode::UNAUTHORIZED);
    for open_to_all in ["/", "/health/live", "/health/ready"] {
        let answer = Answer::of(closed.request(Method::GET, open_to_all)).await;
        assert_eq!(answer.status, StatusCode::OK, "{open_to_all}");
    }
    config.anonymous = true;
    let open = Gateway::sqlite(config).await;
    assert_eq!(asked(&open, &[]).await.status, StatusCode::OK);
    assert_eq!(asked(&open, &["Bearer wrong"]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn without_keys_only_names_of_this_machine_are_answered() {
    let keyless = Gateway::sqlite(Config::default()).await;
    let key = Key { name: "studio".into(), hash: Hash::of("s3cret"), may: Vec::new() };
    let keyed = Gateway::sqlite(Config { keys: vec![key], ..Config::default() }).await;
    let asked = |gateway: &Gateway, path: &str, host: &str| {
        Answer::of(gateway.request(Method::GET, path).header("host", host).bearer_auth("s3cret"))
    };
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:4000", "127.8.9.10", "[::1]", "[::1]:80"]
    {
        assert_eq!(asked(&keyless, "/health/live", host).await.status, StatusCode::OK, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:4000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost:x@evil.example",
        "127.0.0.1@evil.example",
        "10.0.0.1",
        "[::2]",
        "0.0.0.0",
        "",
    ] {
        for path in ["/", "/graphql?query={__typename}", "/schema.graphql", "/health/live", "/health/ready"] {
            let answer = asked(&keyless, path, host).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {host}");
            assert!(answer.text.starts_with("Without keys only this machine is served"), "{}", answer.text);
            assert!(!answer.header("x-request-id").is_empty());
        }
    }
    assert_eq!(asked(&keyed, "/graphql?query={__typename}", "weft.example").await.status, StatusCode::OK);
}
