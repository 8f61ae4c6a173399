//! The floor: what somebody would write by hand for these two questions. It reads the page and the keys by prepared
//! statements, makes one call for all, reads of the answer only what is asked, and writes the JSON itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use weft::catalogue::by_name;
use weft::store::encode_id;

use crate::Outcome;
use crate::serving::{responded, served};

const USAGES: &str = "SELECT u.id, u.asset_id FROM usage u WHERE u.id > ?1 ORDER BY u.id LIMIT 100";
const ASSETS: &str = "SELECT a.id, a.id FROM asset a WHERE a.id > ?1 ORDER BY a.id LIMIT 100";
const KEY: &str = "SELECT x.value FROM external_id x JOIN source s ON s.id = x.source_id \
                   WHERE x.entity_id = ?1 AND s.name = 'dam' ORDER BY x.value LIMIT 1";

struct Floor {
    file: String,
    idle: Mutex<Vec<Connection>>,
    client: reqwest::Client,
    system: String,
    usage: i16,
    asset: i16,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    variables: Variables<'a>,
}

#[derive(Deserialize)]
struct Variables<'a> {
    after: Option<&'a str>,
}

#[derive(Serialize)]
struct Wanted<'a> {
    ids: Vec<&'a str>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    id: &'a str,
    name: &'a str,
    state: &'a str,
}

/// What the store says: the page, and for each asset on it the key that the system uses.
type Read = (Vec<(Uuid, Uuid)>, HashMap<Uuid, String>);

impl Floor {
    fn read(&self, statement: &str, after: Uuid) -> Outcome<Read> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => Connection::open_with_flags(
                &self.file,
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?,
        };
        let uuid = |row: &rusqlite::Row<'_>, place| -> rusqlite::Result<Uuid> {
            Ok(Uuid::from_slice(row.get_ref(place)?.as_blob()?).unwrap_or_default())
        };
        let page: Vec<(Uuid, Uuid)> = connection
            .prepare_cached(statement)?
            .query_map([after.as_bytes()], |row| Ok((uuid(row, 0)?, uuid(row, 1)?)))?
            .collect::<Result<_, _>>()?;
        let mut keys = HashMap::new();
        {
            let mut statement = connection.prepare_cached(KEY)?;
            for (_, asset) in &page {
                if !keys.contains_key(asset) {
                    keys.insert(*asset, statement.query_row([asset.as_bytes()], |row| row.get(0))?);
                }
            }
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok((page, keys))
    }

    async fn answer(&self, path: &str, body: &[u8]) -> Outcome<Vec<u8>> {
        let Body { variables } = serde_json::from_slice(body)?;
        let after = variables.after.map(id_of).transpose()?.unwrap_or_default();
        let usages = path == "usages";
        let (page, keys) = self.read(if usages { USAGES } else { ASSETS }, after)?;
        let wanted = serde_json::to_vec(&Wanted { ids: keys.values().map(String::as_str).collect() })?;
        let call =
            self.client.post(format!("{}/assets", self.system)).header(CONTENT_TYPE, "application/json");
        let answered = call.body(wanted).send().await?.error_for_status()?.bytes().await?;
        let Answer { items } = serde_json::from_slice(&answered)?;
        let by_id: HashMap<&str, &Item<'_>> = items.iter().map(|item| (item.id, item)).collect();
        let mut json = Vec::with_capacity(32 * 1024);
        json.extend_from_slice(if usages {
            br#"{"data":{"usages":{"edges":["#
        } else {
            br#"{"data":{"assets":{"edges":["#
        });
        for (place, (thing, asset)) in page.iter().enumerate() {
            json.extend_from_slice(if place > 0 { b"," } else { b"" });
            json.extend_from_slice(br#"{"node":{"id":""#);
            if usages {
                json.extend_from_slice(encode_id(self.usage, *thing).as_bytes());
                json.extend_from_slice(br#"","asset":{"id":""#);
            }
            json.extend_from_slice(encode_id(self.asset, *asset).as_bytes());
            json.extend_from_slice(br#"","live":"#);
            match keys.get(asset).and_then(|key| by_id.get(key.as_str())) {
                Some(item) => {
                    json.extend_from_slice(br#"{"source":"dam","status":"#);
                    json.extend_from_slice(if item.state == "live" {
                        br#""APPROVED""#
                    } else {
                        br#""DRAFT""#
                    });
                    json.extend_from_slice(br#","title":"#);
                    serde_json::to_writer(&mut json, item.name)?;
                    json.push(b'}');
                }
                None => json.extend_from_slice(b"null"),
            }
            json.extend_from_slice(if usages { b"}}}" } else { b"}}" });
        }
        json.extend_from_slice(b"]}}}");
        Ok(json)
    }
}

/// The id in a cursor of the gateway's.
fn id_of(cursor: &str) -> Outcome<Uuid> {
    let (_, _, id): (String, Option<i64>, Uuid) = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor)?)?;
    Ok(id)
}

async fn answer(State(floor): State<Arc<Floor>>, Path(path): Path<String>, body: Bytes) -> Response {
    responded(floor.answer(&path, &body).await)
}

/// Serves until the process is ended: the store's file, the system's address, where to listen.
#[expect(clippy::disallowed_methods, reason = "the floor is what somebody would write who has no Weft")]
pub(crate) async fn serve(arguments: &[String]) -> Outcome<()> {
    let [file, system, listen] = arguments else { return Err("the floor needs three words".into()) };
    let code = |noun: &str| by_name(noun).map(|entry| entry.noun.code).ok_or("no such noun");
    let floor = Floor {
        file: file.clone(),
        idle: Mutex::default(),
        client: reqwest::Client::new(),
        system: system.clone(),
        usage: code("Usage")?,
        asset: code("Asset")?,
    };
    let router = Router::new().route("/{question}", post(answer)).with_state(Arc::new(floor));
    served(router, listen).await
}
