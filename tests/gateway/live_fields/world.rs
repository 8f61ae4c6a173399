//! The sources behind live fields: their connectors, what they answer, and things that they know.

use serde_json::{Value, json};
use tempfile::TempDir;
use weft::config::{Config, Source};

use crate::support::{Asked, Said};

pub(super) fn dam() -> &'static str {
    include_str!("dam.yaml")
}

pub(super) fn dam_one_by_one() -> &'static str {
    include_str!("dam-one-by-one.yaml")
}

pub(super) fn cdp() -> &'static str {
    include_str!("cdp.yaml")
}

pub(super) fn cdp_in_background() -> &'static str {
    include_str!("cdp-in-background.yaml")
}

pub(super) fn ads() -> &'static str {
    include_str!("ads.yaml")
}

pub(super) fn flags() -> &'static str {
    include_str!("flags.yaml")
}

/// Settings with these sources: each with its name, its connector and its address.
pub(super) fn settings(sources: &[(&str, &str, &str)]) -> Config {
    // The connectors are read when an application starts, which each database has one of.
    let folder = TempDir::new().expect("a folder for connectors").keep();
    let mut config = Config { connectors: Some(folder.clone()), ..Config::default() };
    for (name, connector, url) in sources {
        let (first, _) = connector.split_once('\n').expect("lines");
        let connector_name = first.trim_start_matches("connector: ").to_owned();
        std::fs::write(folder.join(format!("{connector_name}.yaml")), connector).expect("a connector's file");
        config.sources.push(Source {
            name: (*name).into(),
            connector: connector_name,
            url: Some((*url).to_owned()),
            secrets: Default::default(),
            settings: Default::default(),
            sync_every: None,
            joins: Vec::new(),
            wins: Vec::new(),
            place: None,
        });
    }
    config
}

/// So many things of a type, known to a source as `asset-0` and so on.
pub(super) fn of(noun: &str, source: &str, count: usize) -> String {
    (0..count).map(|place| known(noun, source, &format!("{}-{place}", noun.to_lowercase()))).collect()
}

/// A thing of a type that a source knows by this key.
pub(super) fn known(noun: &str, source: &str, key: &str) -> String {
    let name = if noun == "Asset" { "title" } else { "name" };
    let known = json!([{ "source": source, "value": key }]);
    let line = json!({ "type": noun, "key": key, name: format!("Stored {key}"), "externalIds": known });
    format!("{line}\n")
}

/// Answers everything that is asked by ids, except for ids that begin with `gone`.
pub(super) fn named(asked: &Asked) -> Said {
    let parts: Vec<&str> = asked.path.split('/').skip(1).collect();
    match parts.as_slice() {
        ["assets"] => all(asked, "items", asset),
        ["segments"] => all(asked, "data", |id| json!({ "id": id, "name": id, "state": "on" })),
        ["line-items"] => all(asked, "items", |id| json!({ "id": id, "name": id, "state": "on" })),
        ["stats"] => all(asked, "rows", stats),
        [_, id, ..] if id.starts_with("gone") => Said::of(404, &json!({ "error": "no such thing" })),
        ["assets", id] => Said::from(asset(id)),
        ["segments", id, "count"] => Said::from(
            json!({ "id": id, "count": 5_000_000_000_i64, "counted": "2026-06-01T12:00:00+02:00" }),
        ),
        _ => Said::of(500, &json!({ "error": "nobody asks this" })),
    }
}

fn all(asked: &Asked, items: &str, item: fn(&str) -> Value) -> Said {
    // Backwards, so that whoever goes by places is found out.
    let ids = asked.ids().into_iter().rev().filter(|id| !id.starts_with("gone"));
    Said::from(json!({ items: ids.map(|id| item(&id)).collect::<Vec<_>>() }))
}

fn asset(id: &str) -> Value {
    let file = |name: &str, width: u32| json!({ "name": name, "type": "image/webp", "width": width, "bytes": 1024, "url": format!("https://dam.test/{id}/{name}") });
    json!({ "id": id, "name": format!("Live {id}"), "state": "live", "files": [file("small", 320), file("large", 1920)] })
}

fn stats(id: &str) -> Value {
    json!({ "id": id, "cost": "12.50", "currency": "EUR", "frequency": 1.75, "shown": 1000, "clicked": 20,
            "until": "2026-06-01T11:00:00Z" })
}

/// Decides by the country of the context.
pub(super) fn decided(asked: &Asked) -> Said {
    if asked.path.starts_with("/evaluate/gone") {
        return Said::status(404);
    }
    Said::from(match asked.body["context"]["country"].as_str() {
        Some("DE") => {
            json!({ "variant": "german", "value": { "text": "Hallo" }, "reason": "TARGETING_MATCH" })
        }
        Some("XX") => json!({ "errorCode": "TARGETING_KEY_MISSING" }),
        _ => json!({ "variant": "plain", "value": true, "reason": "DEFAULT" }),
    })
}
