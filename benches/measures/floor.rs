//! The floor of measures: what somebody would write by hand for these questions alone, with bare axum, prepared statements
//! over the sums, and JSON written straight from the figures. It never looks at the document, only at the variables.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Datelike, Days, NaiveDate};
use serde::Deserialize;
use uuid::Uuid;

use crate::Outcome;
use crate::floor_postgres::Pool;
use crate::floor_sqlite::File;
use crate::serving::{responded, served};

/// What is asked.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) what: What,
    /// The days of the window.
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
}

#[derive(Debug)]
pub(crate) enum What {
    /// What a campaign earned over what it cost, and whether anything is missing.
    Campaign(Uuid, bool),
    /// The same of everything, week by week.
    Weeks,
    /// What journeys brought for each entry, week by week.
    Journeys,
}

/// What is read: for each part of the answer what stands above the line and below it, and whether all is there.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) parts: Vec<[i64; 2]>,
    pub(crate) complete: bool,
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
    campaign: Option<&'a str>,
    #[serde(borrow)]
    window: Window<'a>,
}

#[derive(Deserialize)]
struct Window<'a> {
    from: &'a str,
    to: &'a str,
}

impl Asked {
    /// The Monday of the first week.
    pub(crate) fn monday(&self) -> NaiveDate {
        let days = u64::from(self.from.weekday().num_days_from_monday());
        self.from.checked_sub_days(Days::new(days)).unwrap_or(self.from)
    }

    /// How many weeks there are, the first and the last cut to the window.
    pub(crate) fn weeks(&self) -> usize {
        let days = self.to.signed_duration_since(self.monday()).num_days();
        usize::try_from((days + 6) / 7).unwrap_or_default()
    }

    /// The moments of the window.
    pub(crate) fn moments(&self) -> [i64; 2] {
        [self.from, self.to]
            .map(|day| day.signed_duration_since(NaiveDate::default()).num_days() * crate::content::DAY)
    }
}

fn asked(path: &str, body: &[u8]) -> Outcome<Asked> {
    let Body { variables } = serde_json::from_slice(body)?;
    let day = |text: &str| -> Outcome<NaiveDate> { Ok(text.get(..10).ok_or("no day")?.parse()?) };
    let campaign = || -> Outcome<Uuid> {
        let bytes = URL_SAFE_NO_PAD.decode(variables.campaign.ok_or("no campaign")?)?;
        Ok(Uuid::from_slice(bytes.get(2..).ok_or("no campaign")?)?)
    };
    let what = match path {
        "campaign" => What::Campaign(campaign()?, false),
        "complete" => What::Campaign(campaign()?, true),
        "weeks" => What::Weeks,
        "journeys" => What::Journeys,
        _ => return Err("no such question".into()),
    };
    Ok(Asked { what, from: day(variables.window.from)?, to: day(variables.window.to)? })
}

fn number(json: &mut Vec<u8>, number: Option<f64>) -> Outcome<()> {
    match number {
        Some(number) => serde_json::to_writer(json, &number)?,
        None => json.extend_from_slice(b"null"),
    }
    Ok(())
}

/// Writes the three figures of a part.
fn figures(json: &mut Vec<u8>, [above, below]: [i64; 2], one: f64) -> Outcome<()> {
    let (above, below) = (above as f64 / one, below as f64 / one);
    json.extend_from_slice(br#""value":"#);
    number(json, (below != 0.0).then(|| above / below))?;
    json.extend_from_slice(br#","numerator":"#);
    number(json, Some(above))?;
    json.extend_from_slice(br#","denominator":"#);
    number(json, Some(below))
}

fn written(asked: &Asked, read: &Figures) -> Outcome<Vec<u8>> {
    let mut json = Vec::with_capacity(256 + read.parts.len() * 160);
    json.extend_from_slice(br#"{"data":{"kpiResult":{"#);
    let one = if matches!(asked.what, What::Journeys) { 1.0 } else { 1e6 };
    let complete = if read.complete { "true" } else { "false" };
    if let What::Campaign(_, with_complete) = asked.what {
        figures(&mut json, read.parts.first().copied().unwrap_or_default(), one)?;
        if with_complete {
            json.extend_from_slice(format!(r#","complete":{complete}"#).as_bytes());
        }
        json.extend_from_slice(b"}}}");
        return Ok(json);
    }
    json.extend_from_slice(br#""series":["#);
    let (mut from, mut next) = (asked.from, asked.monday());
    for (place, part) in read.parts.iter().enumerate() {
        next = next.checked_add_days(Days::new(7)).unwrap_or(next).min(asked.to);
        let comma = if place > 0 { "," } else { "" };
        let head = format!(r#"{comma}{{"from":"{from}T00:00:00Z","to":"{next}T00:00:00Z","#);
        json.extend_from_slice(head.as_bytes());
        figures(&mut json, *part, one)?;
        json.extend_from_slice(format!(r#","complete":{complete}}}"#).as_bytes());
        from = next;
    }
    json.extend_from_slice(b"]}}}");
    Ok(json)
}

async fn answer(State(floor): State<Arc<Floor>>, Path(path): Path<String>, body: Bytes) -> Response {
    let answer = async {
        let asked = asked(&path, &body)?;
        let read = match &*floor {
            Floor::Postgres(pool) => pool.answer(&asked).await?,
            Floor::Sqlite(file) => file.answer(&asked)?,
        };
        written(&asked, &read)
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
