//! The floor: what somebody would write by hand for these three questions alone, with bare axum and prepared
//! statements. It never looks at the document, only at the path and the variables.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use uuid::Uuid;

use crate::Outcome;
use crate::floor_postgres::Pool;
use crate::floor_sqlite::File;
use crate::serving::{responded, served};

/// How many rows the page has.
pub(crate) const PAGE: usize = 50;

/// What is asked.
#[derive(Debug)]
pub(crate) enum Asked {
    Tree { after: Uuid },
    Lookup { id: Uuid },
    Page { kind: String, status: String, after: Option<(Option<i64>, Uuid)> },
}

/// The database that answers.
enum Floor {
    Postgres(Pool),
    Sqlite(File),
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    variables: Variables<'a>,
}

#[derive(Deserialize)]
struct Variables<'a> {
    after: Option<&'a str>,
    id: Option<&'a str>,
    kind: Option<&'a str>,
    status: Option<&'a str>,
}

/// A place in a list: the mark of its order, the value it is ordered by, the id.
type Cursor = (String, Option<i64>, Uuid);

fn cursor(text: &str) -> Outcome<Cursor> {
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text)?)?)
}

/// A cursor as the gateway writes it.
pub(crate) fn written(modified: Option<i64>, id: &[u8]) -> Outcome<String> {
    let cursor = ("asset.modified-", modified, Uuid::from_slice(id)?.simple().to_string());
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor)?))
}

fn asked(path: &str, body: &[u8]) -> Outcome<Asked> {
    let Body { variables } = serde_json::from_slice(body)?;
    let after = variables.after.map(cursor).transpose()?;
    Ok(match path {
        "tree" => Asked::Tree { after: after.map_or(Uuid::nil(), |(_, _, id)| id) },
        "lookup" => {
            let bytes = URL_SAFE_NO_PAD.decode(variables.id.ok_or("no id")?)?;
            Asked::Lookup { id: Uuid::from_slice(bytes.get(2..).ok_or("no id")?)? }
        }
        "page" => Asked::Page {
            kind: variables.kind.ok_or("no kind")?.to_owned(),
            status: variables.status.ok_or("no status")?.to_owned(),
            after: after.map(|(_, modified, id)| (modified, id)),
        },
        _ => return Err("no such question".into()),
    })
}

async fn answer(State(floor): State<Arc<Floor>>, Path(path): Path<String>, body: Bytes) -> Response {
    let answer = async {
        let asked = asked(&path, &body)?;
        match &*floor {
            Floor::Postgres(pool) => pool.answer(&asked).await,
            Floor::Sqlite(file) => file.answer(asked),
        }
    };
    responded(answer.await)
}

/// Serves until the process is ended.
pub(crate) async fn serve(url: &str, listen: &str) -> Outcome<()> {
    let floor = match url.strip_prefix("sqlite:") {
        Some(path) => Floor::Sqlite(File::at(path)),
        None => Floor::Postgres(Pool::open(url).await?),
    };
    let router = Router::new().route("/{question}", post(answer)).with_state(Arc::new(floor));
    served(router, listen).await
}
