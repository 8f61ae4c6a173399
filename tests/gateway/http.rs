//! GraphQL over HTTP, clause by clause: media types, statuses, methods, parameters, and what every answer carries.

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use weft::config::{Config, Limits};

use crate::support::{Answer, Gateway, both};

const RESPONSE: &str = "application/graphql-response+json; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

async fn gateway() -> Gateway {
    Gateway::sqlite(Config::default()).await
}

/// Sends a body as JSON, with this Accept header or none.
async fn sent(gateway: &Gateway, accept: Option<&str>, body: &Value) -> Answer {
    let mut request = gateway.request(Method::POST, "/graphql").json(body);
    if let Some(accept) = accept {
        request = request.header(ACCEPT, accept);
    }
    Answer::of(request).await
}

#[tokio::test]
async fn the_media_type_is_negotiated() {
    let gateway = gateway().await;
    for (accept, expected) in [
        (None, JSON),
        (Some(""), JSON),
        (Some("*/*"), JSON),
        (Some("application/*"), JSON),
        (Some("application/json"), JSON),
        (Some("application/json; charset=utf-8"), JSON),
        (Some("application/graphql-response+json"), RESPONSE),
        (Some("APPLICATION/GraphQL-Response+JSON"), RESPONSE),
        (Some("application/graphql-response+json, application/json;q=0.9"), RESPONSE),
        (Some("application/json;q=0.9, application/graphql-response+json"), RESPONSE),
        (Some("application/json, application/graphql-response+json;q=0.5"), JSON),
        (Some("application/json, application/graphql-response+json"), JSON),
        (Some("application/graphql-response+json, application/json"), RESPONSE),
        (Some("application/graphql-response+json, */*"), RESPONSE),
        (Some("*/*;q=0.1, application/graphql-response+json;q=0.2"), RESPONSE),
        (Some("application/json;q=0, */*"), RESPONSE),
        (Some("text/html, application/xhtml+xml, */*;q=0.8"), JSON),
        (Some("application/json;charset=latin1, application/graphql-response+json;q=0.1"), RESPONSE),
    ] {
        let answer = sent(&gateway, accept, &json!({ "query": "{ __typename }" })).await;
        assert_eq!(answer.status, StatusCode::OK, "{accept:?}");
        assert_eq!(answer.header("content-type"), expected, "{accept:?}");
        assert_eq!(answer.body, json!({ "data": { "__typename": "Query" } }));
    }
    for accept in ["text/html", "application/json;q=0", "image/*", "nonsense"] {
        let answer = sent(&gateway, Some(accept), &json!({ "query": "{ __typename }" })).await;
        assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE, "{accept}");
        assert_eq!(answer.header("content-type"), JSON);
        assert_eq!(answer.codes(), ["BAD_REQUEST"]);
    }
}

#[tokio::test]
async fn a_document_that_cannot_run_has_no_data() {
    let gateway = gateway().await;
    for (body, code) in [
        (json!({ "query": "{" }), "GRAPHQL_PARSE_FAILED"),
        (json!({ "query": "" }), "GRAPHQL_PARSE_FAILED"),
        (json!({ "query": "{ nothingOfTheKind }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "{ assets { edges } }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "{ assets(first: \"x\") { totalCount } }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "mutation { nothingOfTheKind }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "subscription { __typename }" }), "BAD_REQUEST"),
        (json!({ "query": "query A { __typename } query B { __typename }" }), "BAD_REQUEST"),
        (json!({ "query": "query A { __typename }", "operationName": "B" }), "BAD_REQUEST"),
        (json!({ "query": "{ __typename }", "operationName": "B" }), "BAD_REQUEST"),
        (json!({ "query": "query ($id: ID!) { node(id: $id) { id } }" }), "BAD_USER_INPUT"),
        (
            json!({ "query": "query ($id: ID!) { node(id: $id) { id } }", "variables": { "id": null } }),
            "BAD_USER_INPUT",
        ),
        (
            json!({ "query": "query ($id: ID!) { node(id: $id) { id } }", "variables": { "id": ["a", "b"] } }),
            "BAD_USER_INPUT",
        ),
        (
            json!({ "query": "query ($id: ID!) { __typename }", "variables": { "id": null } }),
            "BAD_USER_INPUT",
        ),
        (json!({ "query": "{ ...A } fragment A on Query { ...A }" }), "GRAPHQL_VALIDATION_FAILED"),
    ] {
        let answer = sent(&gateway, Some("application/graphql-response+json"), &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body} {:#}", answer.body);
        assert_eq!(answer.codes().first(), Some(&code), "{body} {:#}", answer.body);
        assert!(answer.body.get("data").is_none(), "{body}");
        let answer = sent(&gateway, Some("application/json"), &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{body}");
        assert_eq!(answer.codes().first(), Some(&code), "{body}");
        assert!(answer.body.get("data").is_none(), "{body}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_shown_where_it_is() {
    let gateway = gateway().await;
    let answer = gateway.query("{\n  assets {\n    %\n  }\n}", json!({})).await;
    assert_eq!(answer.body["errors"][0]["locations"], json!([{ "line": 3, "column": 5 }]));
    assert!(!answer.message().contains('\n'), "{}", answer.message());
    let answer = gateway.query("{\n  asset(id: 1) { nope }\n}", json!({})).await;
    assert_eq!(answer.body["errors"][0]["locations"], json!([{ "line": 2, "column": 18 }]));
    let query = "query ($filter: AssetFilter) { assets(filter: $filter) { totalCount } }";
    for (filter, message) in [
        (
            json!({ "and": [{ "titel": {} }] }),
            "The variable `$filter.and[0]` cannot be used: AssetFilter has no field `titel`.",
        ),
        (
            json!({ "title": { "eq": 1 } }),
            "The variable `$filter.title.eq` cannot be used: String cannot be 1.",
        ),
        (json!(7), "The variable `$filter` cannot be used: AssetFilter cannot be 7."),
        (
            json!({ "kind": { "eq": "PAINTING" } }),
            "The variable `$filter.kind.eq` cannot be used: \"PAINTING\" is no value of AssetKind.",
        ),
    ] {
        let answer = gateway.query(query, json!({ "filter": filter })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.message(), message);
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
    }
}

#[tokio::test]
async fn a_field_that_fails_leaves_the_rest() {
    both(|gateway| async move {
        let query = "{ __typename assets(first: 1, last: 1) { totalCount } }";
        for accept in ["application/graphql-response+json", "application/json"] {
            let answer = sent(&gateway, Some(accept), &json!({ "query": query })).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert_eq!(answer.body["data"], json!({ "__typename": "Query", "assets": null }));
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
            assert_eq!(answer.body["errors"][0]["path"], json!(["assets"]));
        }
    })
    .await;
}

#[tokio::test]
async fn queries_come_by_get_and_mutations_do_not() {
    let gateway = gateway().await;
    let get = |parameters: Vec<(&'static str, &'static str)>| {
        let url = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let request = gateway.request(Method::GET, &format!("/graphql?{url}"));
        Answer::of(request.header(ACCEPT, "application/graphql-response+json"))
    };
    let answer = get(vec![("query", "{ __typename }")]).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, RESPONSE));
    assert_eq!(answer.body, json!({ "data": { "__typename": "Query" } }));
    let answer = get(vec![("query", "{ z: __typename a: __typename m: __typename }")]).await;
    assert_eq!(answer.text, r#"{"data":{"z":"Query","a":"Query","m":"Query"}}"#, "in the order of the query");
    let query = "query A { __typename } query B($id: ID!) { b: __typename node(id: $id) { id } }";
    let answer = get(vec![
        ("query", query),
        ("operationName", "A"),
        ("variables", r#"{"id":"ü"}"#),
        ("extensions", "{}"),
        ("other", "ignored"),
    ])
    .await;
    assert_eq!(answer.body, json!({ "data": { "__typename": "Query" } }));
    let answer = get(vec![("query", "{ a: __typename }"), ("operationName", ""), ("variables", "")]).await;
    assert_eq!(answer.body, json!({ "data": { "a": "Query" } }));
    for wrong in [
        vec![],
        vec![("query", "{ __typename }"), ("query", "{ __typename }")],
        vec![("query", "{ __typename }"), ("variables", "[]")],
        vec![("query", "{ __typename }"), ("variables", "{")],
        vec![("query", "{ __typename }"), ("extensions", "1")],
    ] {
        let answer = get(wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.codes(), ["BAD_REQUEST"]);
    }
    for (query, operation) in
        [("mutation { __typename }", ""), ("query Q { __typename } mutation M { __typename }", "M")]
    {
        let answer = get(vec![("query", query), ("operationName", operation)]).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), "POST");
    }
}

#[tokio::test]
async fn other_methods_are_refused() {
    let gateway = gateway().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD, Method::OPTIONS] {
        let request = gateway.request(method.clone(), "/graphql?query={__typename}");
        let answer = Answer::of(request.json(&json!({ "query": "{ __typename }" }))).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.header("allow"), "GET, POST", "{method}");
    }
}

#[tokio::test]
async fn only_json_is_posted() {
    let gateway = gateway().await;
    let post = |kind: Option<&'static str>, body: &'static str| {
        let mut request = gateway.request(Method::POST, "/graphql").body(body);
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        Answer::of(request)
    };
    let query = r#"{"query":"{ __typename }"}"#;
    for kind in ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
    {
        assert_eq!(post(Some(kind), query).await.status, StatusCode::OK, "{kind}");
    }
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/graphql"),
        Some("application/jsonp"),
        Some("application/json; charset=utf-16"),
    ] {
        let answer = post(kind, query).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind:?}");
        assert_eq!(answer.codes(), ["BAD_REQUEST"]);
    }
    let compressed = gateway.request(Method::POST, "/graphql").header("content-encoding", "gzip");
    let answer = Answer::of(compressed.header(CONTENT_TYPE, "application/json").body(query)).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn parameters_have_their_types() {
    let gateway = gateway().await;
    for body in [
        "",
        "{",
        "null",
        "1",
        "\"{ __typename }\"",
        "[]",
        r#"[{"query":"{ __typename }"}]"#,
        "{}",
        r#"{"query":null}"#,
        r#"{"query":0}"#,
        r#"{"query":{}}"#,
        r#"{"query":["{ __typename }"]}"#,
        r#"{"query":"{ __typename }","operationName":1}"#,
        r#"{"query":"{ __typename }","operationName":{}}"#,
        r#"{"query":"{ __typename }","variables":"{}"}"#,
        r#"{"query":"{ __typename }","variables":[]}"#,
        r#"{"query":"{ __typename }","extensions":"{}"}"#,
        r#"{"query":"{ __typename }","extensions":[]}"#,
    ] {
        for accept in ["application/graphql-response+json", "application/json"] {
            let request = gateway.request(Method::POST, "/graphql").header(ACCEPT, accept);
            let answer = Answer::of(request.header(CONTENT_TYPE, "application/json").body(body)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
            assert_eq!(answer.codes(), ["BAD_REQUEST"], "{body}");
            assert!(answer.body.get("data").is_none(), "{body}");
        }
    }
    let null =
        json!({ "query": "{ __typename }", "operationName": null, "variables": null, "extensions": null });
    assert_eq!(gateway.post(&null).await.data(), json!({ "__typename": "Query" }));
    let more =
        json!({ "query": "{ __typename }", "extensions": { "a": 1 }, "id": 7, "variables": { "b": 2 } });
    assert_eq!(gateway.post(&more).await.data(), json!({ "__typename": "Query" }));
    let broken = gateway.request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json");
    let answer = Answer::of(broken.body(vec![b'{', 0xff, b'}'])).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let mut config = Config::default();
    config.graphql.limits = Limits { body_bytes: 2_000, ..Limits::default() };
    let gateway = Gateway::sqlite(config).await;
    let body = format!(r##"{{"query":"{{ __typename }} #{}"}}"##, "x".repeat(1_900));
    let post = || gateway.request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json");
    assert_eq!(Answer::of(post().body(body.clone())).await.status, StatusCode::OK);
    let answer = Answer::of(post().body(body + &" ".repeat(200))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.codes(), ["LIMIT_EXCEEDED"]);
}

#[tokio::test]
async fn every_answer_has_an_id_and_its_cost() {
    both(|gateway| async move {
        let answer = gateway.query("{ __typename }", json!({})).await;
        assert_eq!(answer.statements(), 0);
        assert!(answer.header("server-timing").starts_with("total;dur="));
        assert_eq!(
            uuid::Uuid::parse_str(answer.header("x-request-id")).map(|id| id.get_version_num()),
            Ok(7)
        );
        let answer = gateway.query("{ assets { edges { node { id } } } }", json!({})).await;
        assert_eq!(answer.statements(), 1);
        for (sent, taken) in [
            ("abc-123_x.y:z", true),
            ("two words", false),
            ("", false),
            (&*"a".repeat(65), false),
            ("<script>", false),
        ] {
            let request = gateway.request(Method::GET, "/health/live").header("x-request-id", sent);
            let answer = Answer::of(request).await;
            assert_eq!(answer.header("x-request-id") == sent, taken, "{sent}");
            assert!(!answer.header("x-request-id").is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn health_says_what_holds() {
    both(|gateway| async move {
        let live = Answer::of(gateway.request(Method::GET, "/health/live")).await;
        assert_eq!((live.status, live.text.as_str()), (StatusCode::OK, "live\n"));
        let ready = Answer::of(gateway.request(Method::GET, "/health/ready")).await;
        assert_eq!((ready.status, ready.text.as_str()), (StatusCode::OK, "ready\n"));
        gateway.store.db.clone().close().await.expect("the pool closes");
        let ready = Answer::of(gateway.request(Method::GET, "/health/ready")).await;
        assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ready.text, "not ready: the store cannot be reached\n");
        let live = Answer::of(gateway.request(Method::GET, "/health/live")).await;
        assert_eq!(live.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_store_that_is_gone_is_told_with_a_code_and_nothing_more() {
    both(|gateway| async move {
        gateway.store.db.clone().close().await.expect("the pool closes");
        let answer = gateway.query("{ __typename assets { totalCount } }", json!({})).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.codes(), ["STORE_UNAVAILABLE"]);
        assert_eq!(answer.message(), "The store cannot be reached at this moment; try again.");
    })
    .await;
}

#[tokio::test]
async fn the_page_asks_questions_that_run() {
    let gateway = gateway().await;
    let page = Answer::of(gateway.request(Method::GET, "/")).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").contains("connect-src 'self'"));
    for foreign in ["http://", "https://", "//cdn", "@import", "src="] {
        assert!(!page.text.contains(foreign), "{foreign}");
    }
    let samples: Vec<&str> = page.text.split('`').skip(1).step_by(2).collect();
    assert!(samples.len() >= 5, "{samples:?}");
    for sample in samples {
        let variables = json!({ "before": "2026-07-01T00:00:00Z", "text": "summer" });
        gateway.data(sample, variables).await;
    }
}

#[tokio::test]
async fn the_schema_is_served_and_nothing_else_is_there() {
    let gateway = gateway().await;
    let schema = Answer::of(gateway.request(Method::GET, "/schema.graphql")).await;
    assert_eq!(schema.status, StatusCode::OK);
    assert_eq!(schema.text, weft::graph::sdl());
    let nothing = Answer::of(gateway.request(Method::GET, "/nothing")).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    assert!(!nothing.header("x-request-id").is_empty());
}

#[tokio::test]
async fn what_runs_is_finished_before_the_server_stops() {
    let mut gateway = gateway().await;
    let host = gateway.address.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).await.expect("the server listens");
    let body = r#"{"query":"{ assets { totalCount } }"}"#;
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         expect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("the head is taken");
    // The server asks for the body, so that the request is running now.
    let mut begun = vec![0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut begun).await.expect("the server goes on");
    assert_eq!(begun, b"HTTP/1.1 100 Continue\r\n\r\n");
    let (first, rest) = body.split_at(body.len() / 2);
    stream.write_all(first.as_bytes()).await.expect("half of the body is taken");
    gateway.stop();
    // From when on the port is free, the server is stopping.
    while TcpStream::connect(&host).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(rest.as_bytes()).await.expect("the rest is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the answer arrives");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with(r#"{"data":{"assets":{"totalCount":0}}}"#), "{answer}");
}

#[tokio::test]
async fn what_is_wrong_is_said_once() {
    let gateway = gateway().await;
    for query in [
        "query ($a: Nope) { __typename }",
        "{ assets(first: \"x\") { totalCount } }",
        "{ ...A } fragment A on Nope { id }",
        "{ ...A ...A } fragment A on Query { nope }",
    ] {
        let answer = gateway.query(query, json!({})).await;
        let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
        let mut said: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(!said.is_empty(), "{query}");
        said.sort();
        said.dedup();
        assert_eq!(said.len(), errors.len(), "{query}: {errors:#?}");
    }
}
