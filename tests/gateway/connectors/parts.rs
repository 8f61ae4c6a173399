//! Parts of the format that no shipped connector needs at this moment, held by a connector and a case of their own.

use std::path::Path;

use super::run;

#[tokio::test]
async fn parts_that_no_shipped_connector_needs_do_what_they_say() {
    let connector = include_str!("parts/connector.yaml");
    let told = run("parts", ("parts.yaml", connector), include_str!("parts/case.yaml")).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/connectors/parts");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("parts", told));
}
