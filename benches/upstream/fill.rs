//! The store: assets that the system knows by their keys, and a hundred usages of each ten of them.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use weft::clock::Clock;
use weft::ingest::{Import, Silent, analyze, import};
use weft::store::Store;

use crate::Outcome;

/// How many assets there are; ten times as many usages.
const ASSETS: usize = 6_000;

/// Fills an SQLite file.
pub(crate) async fn fill(file: &Path) -> Outcome<()> {
    let store = Store::open_file(file, 4).await?;
    store.migrate().await?;
    let mut lines = String::new();
    for asset in 0..ASSETS {
        let known = json!([{ "source": "dam", "value": format!("dam-{asset}") }]);
        let line = json!({ "type": "Asset", "key": format!("a-{asset}"), "title": format!("Asset {asset}"), "externalIds": known });
        lines.push_str(&format!("{line}\n"));
    }
    for usage in 0..ASSETS * 10 {
        let asset = format!("a-{}", usage / 100 * 10 + usage % 10);
        let line =
            json!({ "type": "Usage", "key": format!("u-{usage}"), "asset": asset, "status": "ACTIVE" });
        lines.push_str(&format!("{line}\n"));
    }
    let order = Import {
        source: "bench".to_owned(),
        strict: true,
        inputs: vec![Box::new(Cursor::new(lines))],
        progress: Arc::new(Silent),
    };
    let report = import(&store, &Clock::Wall, order).await?;
    // As `weft import` does.
    analyze(&store, &report).await;
    match report.rejected_total {
        0 => Ok(()),
        _ => Err(format!("the store cannot be filled: {:?}", report.rejected.first()).into()),
    }
}
