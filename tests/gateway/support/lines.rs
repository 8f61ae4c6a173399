//! Lines into a gateway's store, by the same import that the command runs.

use std::io::Cursor;
use std::sync::Arc;

use weft::ingest::{Import, Silent, import};

use super::Gateway;

impl Gateway {
    /// Imports lines, all of which must be taken.
    pub(crate) async fn import(&self, lines: &str) {
        self.import_as("import", lines).await;
    }

    /// The same under the name of a source.
    pub(crate) async fn import_as(&self, source: &str, lines: &str) {
        let order = Import {
            source: source.to_owned(),
            strict: true,
            inputs: vec![Box::new(Cursor::new(lines.to_owned()))],
            progress: Arc::new(Silent),
        };
        let report = import(&self.store, &self.clock, order).await.expect("the lines can be imported");
        assert_eq!(report.rejected_total, 0, "{:#?}", report.rejected);
    }
}
