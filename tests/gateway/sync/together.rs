//! Two sources that are synced at the same time: whose word counts does not hang on who came last.

use std::collections::BTreeMap;
use std::sync::{Arc, Barrier};

use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{DAM, ground, lines, one, page, settings, synced};
use crate::support::{Vendor, both_with};

const THINGS: usize = 5;

/// Answers with these items; the end of the list only when the other one has come as far.
fn serve(vendor: &Vendor, items: Vec<Value>, both: Arc<Barrier>) {
    vendor.says(move |asked| {
        if asked.path != "/assets" {
            return json!({ "data": [] }).into();
        }
        if asked.number("page") == Some(2) {
            block_in_place(|| both.wait());
        }
        page(asked, &items)
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_word_that_counts_stands_whoever_comes_last() {
    let (dam, cms) = (Vendor::start().await, Vendor::start().await);
    let more = "    joins: [{ by: key, type: Asset, source: dam }]\n    wins: [Asset.description]\n";
    let config = settings(&[DAM], &(one("dam", &dam, "") + &one("cms", &cms, more)));
    both_with(config.config.clone(), |gateway| {
        let (dam, cms, config) = (dam.clone(), cms.clone(), config.clone());
        async move {
            let ground = ground(&gateway, &config);
            for round in 0..8 {
                let both = Arc::new(Barrier::new(2));
                let says = |who: &str, of: usize| {
                    let said = format!("{who} {of} {round}");
                    let (id, of) = (format!("{who}{of}"), format!("dam{of}"));
                    match who {
                        "dam" => json!({ "id": id, "title": said, "text": said }),
                        _ => json!({ "id": id, "source_id": of, "title": said, "text": said }),
                    }
                };
                serve(&dam, (0..THINGS).map(|of| says("dam", of)).collect(), both.clone());
                serve(&cms, (0..THINGS).map(|of| says("cms", of)).collect(), both);
                tokio::join!(synced(&ground, "dam", true), synced(&ground, "cms", true));
                let stored = lines(&gateway, "Asset").await;
                let found: BTreeMap<&str, (&str, &str)> = (stored.iter())
                    .map(|line| {
                        let text = |name: &str| line[name].as_str().expect("a text");
                        (text("key"), (text("title"), text("description")))
                    })
                    .collect();
                // The first source of the configuration counts, but where the other wins.
                let expected: Vec<(String, (String, String))> = (0..THINGS)
                    .map(|of| {
                        (format!("dam{of}"), (format!("dam {of} {round}"), format!("cms {of} {round}")))
                    })
                    .collect();
                let expected: BTreeMap<&str, (&str, &str)> = (expected.iter())
                    .map(|(key, (title, text))| (key.as_str(), (title.as_str(), text.as_str())))
                    .collect();
                assert_eq!(found, expected, "in round {round}");
            }
        }
    })
    .await;
}
