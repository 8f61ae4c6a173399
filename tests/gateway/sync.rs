//! Sync against a scripted vendor: what it brings in, that it can be cut off and run again, and what it says.

mod changes;
mod command;
mod conflicts;
mod counted;
mod curated;
mod gone;
mod hooks;
mod hostile;
mod joins;
mod moved;
mod pages;
mod refreshed;
mod reports;
mod signin;
mod together;
mod waiting;

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use weft::clock::Clock;
use weft::config::{Config, Sources};
use weft::ingest::export;
use weft::upstream::Upstreams;
use weft::upstream::sync::{Counts, Ground, Order, Ran, Unwatched, sync, sync_health};

use crate::support::{Asked, Gateway, Said, Vendor, both_with};

/// A DAM with assets in pages, their files within them, and collections of them.
const DAM: &str = r#"
connector: dam
kind: dam
auth: { bearer: "${secret.token}" }
http: { retries: 0 }
webhook:
  verify: { header: x-signature, scheme: hmac-sha256-hex, secret: "${secret.token}", prefix: "sha256=", timestamp: x-moment }
  delivery: header.x-delivery
  names:
    - { entity: asset, ids: "ids", when: event, is: asset.changed }
    - { entity: collection, ids: "id", when: event, is: collection.changed }
entities:
  asset:
    port: dam.asset
    list:
      request: { path: /assets, query: { order: id } }
      items: data
      page: { style: page, param: page, size_param: limit, size: 100 }
      since: { query: { since: "${since}" }, watermark: modified, overlap: 1m }
    get_many:
      request: { path: /assets, query: { ids: "${ids}" } }
      max_ids: 50
      items: data
    map:
      id: id
      ref: source_id
      gone: deleted
      title: title
      description: text
      format: mime
      checksum: hash
      modified: modified | datetime
      derivedFrom: made_from
  rendition:
    port: dam.rendition
    within: { entity: asset, each: "files[*]" }
    map: { id: id, asset: ^.id, name: name }
  collection:
    port: graph.Collection
    list: { request: { path: /collections }, items: data }
    map: { id: id, name: name, assets: members }
"#;

/// Settings, and the folder that their connectors stand in.
#[derive(Clone)]
pub(crate) struct Settings {
    config: Config,
    _folder: Arc<TempDir>,
}

impl Deref for Settings {
    type Target = Config;

    fn deref(&self) -> &Config {
        &self.config
    }
}

/// Settings with these connectors, as text, and these sources, as YAML.
pub(crate) fn settings(connectors: &[&str], sources: &str) -> Settings {
    let folder = tempfile::tempdir().expect("a folder");
    let config = load(folder.path(), connectors, sources).expect("the settings are right");
    Settings { config, _folder: Arc::new(folder) }
}

/// The same in a folder.
fn load(folder: &Path, connectors: &[&str], sources: &str) -> Result<Config, String> {
    let own = folder.join("connectors");
    std::fs::create_dir_all(&own).expect("a folder");
    for (place, text) in connectors.iter().enumerate() {
        std::fs::write(own.join(format!("c{place}.yaml")), text).expect("a connector");
    }
    let file = folder.join("weft.yaml");
    std::fs::write(&file, format!("connectors: connectors\nsources:\n{sources}")).expect("a file");
    let environment = |name: &str| (name == "TOKEN").then(|| "secret".to_owned());
    let config = Config::load_with(&Sources { file: Some(file.clone()), listen: None }, &environment)
        .map_err(|error| error.to_string())?;
    let file = file.display().to_string();
    Upstreams::new(&config, &file, &Clock::Wall).map_err(|error| error.to_string())?;
    Ok(config)
}

/// What one source of these settings stands on, over a gateway's store.
pub(crate) fn ground(gateway: &Gateway, config: &Config) -> Ground {
    let upstreams = Upstreams::new(config, "weft.yaml", &gateway.clock).expect("the sources are set up");
    Ground { store: gateway.store.clone(), clock: gateway.clock.clone(), upstreams }
}

async fn run(ground: &Ground, name: &str, full: bool) -> Ran {
    let source = ground.upstreams.source(name).expect("a source").clone();
    let order = Order { full, ..Order::default() };
    sync(ground, &source, &order, &Unwatched).await.expect("the sync runs")
}

/// Runs it; nothing may fail.
pub(crate) async fn synced(ground: &Ground, name: &str, full: bool) -> Ran {
    let ran = run(ground, name, full).await;
    assert!(ran.failures.is_empty(), "{ran:#?}");
    ran
}

/// What was counted for an entity.
fn counts(ran: &Ran, entity: &str) -> Counts {
    let found = ran.entities.iter().find(|(name, _)| name == entity);
    found.map(|(_, counts)| counts.clone()).unwrap_or_default()
}

async fn all(gateway: &Gateway) -> String {
    let mut out = Vec::new();
    export(&gateway.store, "dam", &mut out).await.expect("the export runs");
    String::from_utf8(out).expect("the export is text")
}

/// The lines of an export of this type, without their ids, in the order of their keys.
async fn lines(gateway: &Gateway, noun: &str) -> Vec<Value> {
    let mut found: Vec<Value> = all(gateway)
        .await
        .lines()
        .map(|line| serde_json::from_str::<Map<String, Value>>(line).expect("a line is JSON"))
        .filter(|line| line["type"] == noun)
        .map(|mut line| {
            for name in ["id", "type", "createdAt", "updatedAt"] {
                line.remove(name);
            }
            Value::Object(line)
        })
        .collect();
    found.sort_by_key(|line| line["key"].to_string());
    found
}

/// Lets the clock go on by some seconds.
fn later(gateway: &Gateway, seconds: i64) {
    let Clock::Set(now) = &gateway.clock else { panic!("the tests' clock stands still") };
    now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
}

/// A page of items, as many as are asked for.
fn page(asked: &Asked, items: &[Value]) -> Said {
    let size = asked.number("limit").unwrap_or(100);
    let from = (asked.number("page").unwrap_or(1) - 1) * size;
    let found: Vec<&Value> = items.iter().skip(from).take(size).collect();
    json!({ "data": found }).into()
}

fn asset(place: usize) -> Value {
    json!({
        "id": format!("a{place:04}"), "title": format!("Asset {place}"), "mime": "image/png",
        "modified": "2026-05-01T00:00:00Z", "files": [{ "id": format!("f{place:04}"), "name": "web" }],
    })
}

/// A vendor with these assets and collections, which answers the usual questions.
fn serve(vendor: &Vendor, assets: Vec<Value>, collections: Vec<Value>) {
    vendor.says(move |asked| match asked.path.as_str() {
        "/assets" => match asked.query.get("ids") {
            Some(ids) => {
                let ids: Vec<&str> = ids.split(',').collect();
                let found: Vec<&Value> = (assets.iter())
                    .filter(|asset| asset["id"].as_str().is_some_and(|id| ids.contains(&id)))
                    .collect();
                json!({ "data": found }).into()
            }
            None => {
                let since = asked.query.get("since").cloned().unwrap_or_default();
                let changed = assets
                    .iter()
                    .filter(|asset| asset["modified"].as_str().unwrap_or_default() >= since.as_str());
                page(asked, &changed.cloned().collect::<Vec<_>>())
            }
        },
        "/collections" => json!({ "data": collections }).into(),
        _ => Said::status(404),
    });
}

pub(crate) fn one(name: &str, vendor: &Vendor, more: &str) -> String {
    format!(
        "  - name: {name}\n    connector: dam\n    url: {}\n    secrets: {{ token: {{ env: TOKEN }} }}\n{more}",
        vendor.url
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_then_only_what_changed_and_nothing_twice() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let mut assets: Vec<Value> = (0..250).map(asset).collect();
            let collections = vec![json!({ "id": 7, "name": "Spring", "members": ["a0000", "a0249"] })];
            serve(&vendor, assets.clone(), collections.clone());
            let ground = ground(&gateway, &config);
            let ran = synced(&ground, "dam", false).await;
            assert_eq!((counts(&ran, "asset").read, counts(&ran, "asset").new), (250, 250));
            assert_eq!((counts(&ran, "rendition").new, counts(&ran, "collection").new), (250, 1));
            let pages = vendor.asked();
            assert!(pages.iter().all(|asked| asked.method == "GET" && !asked.query.contains_key("since")));
            assert_eq!(
                lines(&gateway, "Collection").await,
                [json!({ "key": "7", "name": "Spring", "assets": ["a0000", "a0249"] })]
            );
            let before = all(&gateway).await;
            later(&gateway, 60);
            let ran = synced(&ground, "dam", true).await;
            for (_, counts) in &ran.entities {
                assert_eq!(
                    (counts.new, counts.changed, counts.gone, counts.rejected),
                    (0, 0, 0, 0),
                    "{ran:#?}"
                );
            }
            assert_eq!(all(&gateway).await, before, "a second full sync changes nothing");
            // Only what changed is asked for, from a minute before the latest moment that was met.
            assets[17] = json!({ "id": "a0017", "title": "Renamed", "modified": "2026-05-02T00:00:00Z" });
            serve(&vendor, assets, collections);
            let ran = synced(&ground, "dam", false).await;
            assert_eq!(vendor.asked()[0].query["since"], "2026-04-30T23:59:00Z");
            assert_eq!(counts(&ran, "asset").changed, 1, "{ran:#?}");
            synced(&ground, "dam", false).await;
            assert_eq!(vendor.asked()[0].query["since"], "2026-05-01T23:59:00Z");
            let lines = lines(&gateway, "Asset").await;
            assert_eq!(lines[17]["title"], "Renamed");
            let health = sync_health(&gateway.store, gateway.clock.now()).await.expect("the health is read");
            assert_eq!((health["dam"].lag, &health["dam"].failure), (Some(0), &None));
            later(&gateway, 90);
            let health = sync_health(&gateway.store, gateway.clock.now()).await.expect("the health is read");
            assert_eq!(health["dam"].lag, Some(90_000_000));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_goes_on_where_it_stopped_and_ends_the_same() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let assets: Vec<Value> = (0..350).map(asset).collect();
            let broken = assets.clone();
            vendor.says(move |asked| match (asked.path.as_str(), asked.number("page")) {
                ("/assets", Some(3)) => Said::status(500),
                ("/assets", _) => page(asked, &broken),
                _ => json!({ "data": [] }).into(),
            });
            let first = ground(&gateway, &config);
            let ran = run(&first, "dam", false).await;
            assert_eq!(ran.failures[0].0, "asset");
            assert_eq!(ran.failures[0].1.code().as_str(), "UPSTREAM_UNAVAILABLE");
            assert_eq!(counts(&ran, "asset").new, 200);
            let health = sync_health(&gateway.store, gateway.clock.now()).await.expect("the health is read");
            let failure = health["dam"].failure.clone().expect("it failed");
            assert_eq!((failure.0.as_str(), failure.1.as_str()), ("asset", "UPSTREAM_UNAVAILABLE"));
            assert_eq!(health["dam"].synced_at, None);
            // Another process takes it up.
            serve(&vendor, assets, Vec::new());
            let second = ground(&gateway, &config);
            let ran = synced(&second, "dam", false).await;
            assert_eq!(vendor.asked()[0].number("page"), Some(3));
            assert_eq!((counts(&ran, "asset").read, counts(&ran, "asset").new), (350, 350));
            assert_eq!(counts(&ran, "asset").gone, 0, "what the first part saw counts as seen");
            let resumed = lines(&gateway, "Asset").await;
            let other = Gateway::sqlite(Config::default()).await;
            synced(&ground(&other, &config), "dam", false).await;
            assert_eq!(lines(&other, "Asset").await, resumed);
            let health = sync_health(&gateway.store, gateway.clock.now()).await.expect("the health is read");
            assert!(health["dam"].failure.is_none() && health["dam"].synced_at.is_some());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_yet_loses_no_record() {
    let vendor = Vendor::start().await;
    let config = settings(&[DAM], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let with = |place: usize, from: Value| {
                let mut asset = asset(place);
                asset["made_from"] = from;
                asset
            };
            // The first names one that comes pages later, the second one that never comes.
            let mut assets: Vec<Value> = (0..1_200).map(asset).collect();
            assets[0] = with(0, json!(["a1199"]));
            assets[1] = with(1, json!(["nobody", "a0002"]));
            let mut bad = asset(2_000);
            bad["modified"] = json!("yesterday");
            assets.push(bad);
            assets.push(json!({ "id": "untitled" }));
            let collections = vec![json!({ "id": "c", "name": "C", "members": ["a0000", "nobody"] })];
            serve(&vendor, assets.clone(), collections.clone());
            let ground = ground(&gateway, &config);
            let ran = synced(&ground, "dam", false).await;
            let found = counts(&ran, "asset");
            assert_eq!((found.read, found.new, found.rejected), (1_202, 1_201, 1), "{ran:#?}");
            assert_eq!((found.unresolved, found.unreadable), (1, 1), "{ran:#?}");
            assert_eq!(counts(&ran, "collection").unresolved, 1);
            assert!(ran.rejected.iter().any(|said| said.contains("untitled") && said.contains("title")));
            let stored = lines(&gateway, "Asset").await;
            assert_eq!(stored[0]["derivedFrom"], json!(["a1199"]));
            assert_eq!(stored[1]["derivedFrom"], json!(["a0002"]));
            let before = all(&gateway).await;
            synced(&ground, "dam", true).await;
            assert_eq!(all(&gateway).await, before);
            // It comes after all.
            let mut nobody = asset(3_000);
            nobody["id"] = json!("nobody");
            assets.push(nobody);
            serve(&vendor, assets, collections);
            let ran = synced(&ground, "dam", true).await;
            assert_eq!((counts(&ran, "asset").unresolved, counts(&ran, "collection").unresolved), (0, 0));
            let stored = lines(&gateway, "Asset").await;
            assert_eq!(stored[1]["derivedFrom"], json!(["a0002", "nobody"]));
            assert_eq!(lines(&gateway, "Collection").await[0]["assets"], json!(["a0000", "nobody"]));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_may_be_a_list_of_their_own_that_only_names_what_changed() {
    let vendor = Vendor::start().await;
    let changes = "    changes:\n      request: { path: /events }\n      items: events\n      since: { query: { from: \"${since}\" }, watermark: at | datetime }\n      match_on: asset\n      ids_only: true\n    get_many:";
    let connector = DAM
        .replace("      since: { query: { since: \"${since}\" }, watermark: modified, overlap: 1m }\n", "");
    let connector = connector.replacen("    get_many:", changes, 1);
    let config = settings(&[&connector], &one("dam", &vendor, ""));
    both_with(config.config.clone(), |gateway| {
        let (vendor, config) = (vendor.clone(), config.clone());
        async move {
            let dated = |place: usize, title: &str| json!({ "id": format!("a{place}"), "title": title, "at": "2026-05-01T00:00:00Z" });
            serve(&vendor, vec![dated(1, "One"), dated(2, "Two"), dated(3, "Three")], Vec::new());
            let ground = ground(&gateway, &config);
            synced(&ground, "dam", false).await;
            let now = [dated(1, "Changed"), dated(3, "Three"), dated(4, "New")];
            vendor.says(move |asked| match (asked.path.as_str(), asked.query.get("ids")) {
                ("/events", _) => {
                    let event = |asset: &str| json!({ "asset": asset, "at": "2026-05-02T00:00:00Z" });
                    let events = ["a1", "a2", "a1", "a4"].map(event);
                    json!({ "events": events }).into()
                }
                ("/assets", Some(ids)) => {
                    let found: Vec<&Value> =
                        now.iter().filter(|asset| asset["id"].as_str().is_some_and(|id| ids.contains(id))).collect();
                    json!({ "data": found }).into()
                }
                _ => json!({ "data": [] }).into(),
            });
            let ran = synced(&ground, "dam", false).await;
            let asked = vendor.asked();
            assert_eq!(asked[0].query["from"], "2026-05-01T00:00:00Z");
            assert_eq!((asked[1].query["ids"].as_str(), asked.len()), ("a1,a2,a4", 3));
            let found = counts(&ran, "asset");
            assert_eq!((found.read, found.new, found.changed, found.gone), (2, 1, 1, 1), "{ran:#?}");
            let stored = lines(&gateway, "Asset").await;
            let titles: Vec<&str> = stored.iter().filter_map(|line| line["title"].as_str()).collect();
            assert_eq!(titles, ["Changed", "Two", "Three", "New"]);
            synced(&ground, "dam", false).await;
            assert_eq!(vendor.asked()[0].query["from"], "2026-05-02T00:00:00Z");
        }
    })
    .await;
}
