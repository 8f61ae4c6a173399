//! What is wrong with a connector's file, told with the line of the key that is to blame; and what would be taken and do
//! nothing, which is refused.

use weft::upstream::read::read;

/// A connector over many lines: where an error names one, it is the one of its key.
const LONG: &str = r#"connector: example
kind: cdp
base_url: https://api.example.com
settings:
  project: main
auth:
  basic:
    username: me
    password: "${secret.password}"
http:
  headers:
    X-One: one
    X-Project: "${setting.project}"
webhook:
  verify:
    header: x-secret
    scheme: secret
    secret: "${secret.webhook}"
  names: []
entities:
  segment:
    port: cdp.audience
    map:
      id: id
      name: name
    list:
      request:
        method: POST
        path: /segments
        body:
          order: id
          filter: { of: [all] }
      items: data
      page:
        style: cursor
        param: after
        next: next
      since:
        query:
          from: "${since}"
        body:
          until: now
    get_many:
      request:
        path: /segments
        query:
          sort: id
          ids: "${ids}"
      max_ids: 20
      missing: absent
    size:
      request:
        path: /counts/${id}
      map: { id: id, size: people }
    stats:
      request:
        path: /figures/${id}
      map: { id: id }
"#;

const JOB: &str = "report:\n        job: id\n        poll:\n          path: /jobs/${job}\n        state: state\n        done: ok\n      ";

#[test]
fn names_the_line_of_the_key() {
    read("long.yaml", LONG).unwrap_or_else(|error| panic!("{error}"));
    for (line, key, from, to) in [
        (3, "base_url", "api.example.com", "${x}.example.com"),
        (3, "base_url", "api.example.com", "${secret.host}"),
        (9, "auth", "${secret.password}", "${password}"),
        (13, "http.headers", "${setting.project}", "${setting.none}"),
        (18, "webhook.verify.secret", "${secret.webhook}", "${webhook}"),
        (29, "segment.list.request.path", "path: /segments", "path: segments"),
        (32, "segment.list.request", "[all]", "[\"${ids}\"]"),
        (34, "segment.list.page", "        next: next\n", ""),
        (34, "segment.list.page", "        param: after\n", ""),
        (40, "segment.list.since", "\"${since}\"", "\"${sinse}\""),
        (42, "segment.list.since", "until: now", "until: \"${now}\""),
        (48, "segment.get_many.request", "ids: \"${ids}\"", "ids: \"${idd}\""),
        (44, "segment.get_many.request", "ids: \"${ids}\"", "ids: all"),
        (49, "segment.get_many.max_ids", "max_ids: 20", "max_ids: 0"),
        (50, "segment.get_many.missing", "missing: absent", "missing: \"404\""),
        (53, "segment.size.request", "/counts/${id}", "/counts/${page}"),
        (51, "segment.size", "cdp.audience\n", "graph.Brand\n"),
    ] {
        assert!(LONG.contains(from), "{from}");
        let told = read("long.yaml", &LONG.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(told.starts_with(&format!("long.yaml:{line}:")) && told.contains(key), "{to}: {told}");
    }
}

#[test]
fn refuses_what_would_do_nothing() {
    for (before, what, expected) in [
        ("size:", "page: { style: page, param: page }", "expected only in list, changes"),
        ("stats:", "since: { query: { from: \"${since}\" } }", "expected only in list, changes"),
        ("get_many:", "ids_only: true", "expected only in list, changes"),
        ("list:", "max_ids: 3", "expected only in get_many, size, stats"),
        ("list:", "missing: \"404\"", "expected only in get_many, size, stats, evaluate"),
        ("list:", "background: true", "expected only in get_many, size"),
        ("list:", "match_on: id", "without `ids_only`"),
        ("stats:", "background: true", "expected only in get_many, size"),
        ("stats:", JOB.trim_end(), "expected only in list, changes, get_many, size"),
        ("size:", JOB.trim_end(), "expected `background: true` beside it"),
        ("list:", JOB.trim_end(), "expected no `page` beside it"),
    ] {
        let text = LONG.replacen(before, &format!("{before}\n      {what}"), 1);
        let place = text.lines().position(|line| line.trim() == before).unwrap() + 2;
        let told = read("long.yaml", &text).unwrap_err().to_string();
        assert!(told.starts_with(&format!("long.yaml:{place}:")), "{before} {what}: {told}");
        assert!(told.contains(expected), "{before} {what}: {told}");
    }
    let decides = "    evaluate:\n      request: { path: \"/decide/${id}\" }\n      background: true\n";
    let told = read("long.yaml", &format!("{LONG}{decides}")).unwrap_err().to_string();
    assert!(told.starts_with("long.yaml:61:") && told.contains("does nothing for `evaluate`"), "{told}");
    let counted = LONG.replacen("    size:\n", &format!("    size:\n      background: true\n      {JOB}"), 1);
    read(
        "long.yaml",
        &counted.replace("      request:\n        path: /counts", "request:\n        path: /counts"),
    )
    .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn refuses_a_webhook_that_names_what_cannot_be_read_again() {
    let names = "  names:\n    - entity: segment\n      ids: id\n";
    let good = LONG.replacen("  names: []\n", names, 1);
    read("long.yaml", &good).unwrap_or_else(|error| panic!("{error}"));
    let inner = "  member:\n    port: cdp.audience\n    ids_of: segment\n    within: { entity: segment, each: \"members[*]\" }\n    map: { id: id, name: name }\n";
    let within = good.replacen("entity: segment", "entity: member", 1) + inner;
    let told = read("long.yaml", &within).unwrap_err().to_string();
    assert!(told.starts_with("long.yaml:20:"), "{told}");
    assert!(
        told.contains("webhook.names.entity: `member`: expected an entity that can be read again"),
        "{told}"
    );
    let figures = "  figures:\n    port: ads.delivery\n    stats: { request: { path: \"/figures/${id}\" }, map: { id: id } }\n    map: { id: id, name: name }\n";
    let only_now = good.replacen("entity: segment", "entity: figures", 1) + figures;
    let told = read("long.yaml", &only_now).unwrap_err().to_string();
    assert!(told.contains("`figures`: expected an entity that can be read again"), "{told}");
}
