//! The guide to connectors is run: its connector and its case, its errors, and every part of the format it shows.

use std::path::Path;

use weft::upstream::read::read;

use super::run;

const FILE: &str = "connectors/shelf.yaml";

/// The blocks of the guide, by how they begin.
struct Guide(Vec<String>);

impl Guide {
    fn open() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/connectors.md");
        let text = std::fs::read_to_string(path).expect("the guide");
        let inside = text.split("```").skip(1).step_by(2);
        Guide(inside.filter_map(|block| Some(block.split_once('\n')?.1.to_owned())).collect())
    }

    fn block(&self, begins: &str) -> &str {
        let found = self.0.iter().find(|block| block.starts_with(begins));
        found.unwrap_or_else(|| panic!("the guide has no block that begins with `{begins}`"))
    }
}

#[tokio::test]
async fn the_guide_s_connector_reads_what_the_guide_says() {
    let guide = Guide::open();
    let connector = guide.block("# connectors/shelf.yaml");
    let case = guide.block("# tests/gateway/cases/connectors/shelf.yaml");
    let told = run("shelf", (FILE, connector), case).await;
    assert_eq!(told.trim(), guide.block("file list").trim());
}

#[test]
fn the_guide_s_errors_are_what_is_told() {
    let guide = Guide::open();
    let connector = guide.block("# connectors/shelf.yaml");
    for told in guide.block("connectors/shelf.yaml:").lines() {
        let (from, to) = match told {
            told if told.contains("titel") => ("title:", "titel:"),
            told if told.contains("LIVE") => ("live=APPROVED", "live=LIVE"),
            _ => ("items:", "itms:"),
        };
        let wrong = read(FILE, &connector.replacen(from, to, 1)).expect_err("it is wrong").to_string();
        assert!(wrong.starts_with(told.trim_end_matches('…').trim_end()), "{told}\n{wrong}");
    }
}

#[test]
fn every_part_that_the_guide_shows_is_of_the_format() {
    const MAP: &str = "map: { id: id, name: name }";
    const LIST: &str = "list: { request: { path: /a } }";
    let guide = Guide::open();
    let top = guide.block("connector: example");
    let holds = |part: &str| {
        read("example.yaml", &format!("{top}{part}")).unwrap_or_else(|error| panic!("{part}\n{error}"));
    };
    let entity = |inside: &str| {
        holds(&format!("entities:\n  file:\n    port: cdp.audience\n    {MAP}\n    {inside}"));
    };
    let within = |block: &str, blanks: &str| block.replace('\n', &format!("\n{blanks}"));
    entity(LIST);
    for operation in ["get_many:", "list:"] {
        entity(&within(guide.block(operation), "    "));
    }
    let request = within(guide.block("request:"), "      ");
    entity(&format!("get_many:\n      max_ids: 2\n      {}", by_ids(&request)));
    entity(&format!("list:\n      page: {{ style: cursor, next: next }}\n      {}", walked(&request)));
    let since = within(guide.block("since:"), "      ");
    entity(&format!("list:\n      request: {{ path: /a }}\n      {since}"));
    let webhook = guide.block("webhook:");
    entity(&format!("{LIST}\n{webhook}"));
}

/// The lines of a request that a call by ids may have.
fn by_ids(request: &str) -> String {
    request
        .lines()
        .filter(|line| !line.contains("${cursor}") && !line.contains("${size}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The lines of a request that a walk may have.
fn walked(request: &str) -> String {
    request.lines().filter(|line| !line.contains("${id")).collect::<Vec<_>>().join("\n")
}
