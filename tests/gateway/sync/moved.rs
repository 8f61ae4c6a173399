//! A source that is another one than before, by its address or its settings: nothing that was kept of the former is
//! believed of it.

use serde_json::{Value, json};

use super::{DAM, asset, counts, ground, lines, one, page, run, serve, settings, synced};
use crate::support::{Said, Vendor, both_with};

#[tokio::test(flavor = "multi_thread")]
async fn another_address_is_read_anew() {
    let (old, new) = (Vendor::start().await, Vendor::start().await);
    let before = settings(&[DAM], &one("dam", &old, ""));
    let after = settings(&[DAM], &one("dam", &new, ""));
    both_with(before.config.clone(), |gateway| {
        let (old, new, before, after) = (old.clone(), new.clone(), before.clone(), after.clone());
        async move {
            let assets: Vec<Value> = (0..150).map(asset).collect();
            serve(&old, assets.clone(), Vec::new());
            let first = ground(&gateway, &before);
            synced(&first, "dam", false).await;
            let ran = synced(&first, "dam", false).await;
            assert!(old.asked().iter().any(|asked| asked.query.contains_key("since")));
            assert_eq!(ran.notes, Vec::<String>::new());
            // What stands at the other was changed long ago, and its second page fails.
            let mut moved = assets;
            moved[0]["title"] = json!("Moved");
            moved[149]["title"] = json!("Moved too");
            let half = moved.clone();
            new.says(move |asked| match (asked.path.as_str(), asked.number("page")) {
                ("/assets", Some(2)) => Said::status(500),
                ("/assets", _) => page(asked, &half),
                _ => json!({ "data": [] }).into(),
            });
            let second = ground(&gateway, &after);
            let ran = run(&second, "dam", false).await;
            assert!(new.asked().iter().all(|asked| !asked.query.contains_key("since")));
            assert!(ran.notes[0].starts_with("asset: its `url`"), "{ran:#?}");
            // Back at the first, the place in the list of the second means nothing.
            old.asked();
            synced(&first, "dam", false).await;
            assert_eq!(old.asked()[0].number("page"), Some(1));
            serve(&new, moved, Vec::new());
            let ran = synced(&second, "dam", false).await;
            assert_eq!(new.asked()[0].number("page"), Some(1));
            assert_eq!((counts(&ran, "asset").changed, counts(&ran, "asset").gone), (2, 0), "{ran:#?}");
            assert_eq!(lines(&gateway, "Asset").await[149]["title"], "Moved too");
            let ran = synced(&second, "dam", false).await;
            assert!(new.asked()[0].query.contains_key("since"));
            assert_eq!(ran.notes, Vec::<String>::new());
        }
    })
    .await;
}
