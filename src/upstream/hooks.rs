//! Webhooks: `POST /hooks/SOURCE`. A delivery is believed by its signature alone, counts once, and says nothing but
//! which things to read again; they are read from the source and taken in before it is answered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path as Segment, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::DbErr;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::time::sleep;

use super::connector::{Named, Scheme, Verify, Webhook, Where};
use super::convert::{hex, text_of};
use super::path::Scope;
use super::remembered::{Met, Remembered};
use super::source::{Source, Words};
use super::sync::{Ground, Order, Refreshed, SyncError, Unwatched, refresh, sync};
use crate::clock::{self, Micros};
use crate::ingest::events::settle_waiting;
use crate::outbound::Failure;

/// How large a delivery may be.
const BODY: usize = 1_048_576;
/// How long it may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);
/// How many things one delivery may name; a longer list is not read by ids.
const IDS: usize = 1_000;
/// The longest id that is believed to be one.
const LONGEST_ID: usize = 500;
/// How far a delivery's moment may be away.
const TOLERANCE: Duration = Duration::from_secs(300);
/// How often the sync of what is left is tried while another runs, and how long it waits between.
const BUSY: u32 = 60;
const PAUSE: Duration = Duration::from_secs(5);
/// How long the reading again may take.
const READING: Duration = Duration::from_secs(20);

/// The route of webhooks.
pub fn routes(ground: Ground) -> Router {
    Router::new().route("/hooks/{source}", post(delivered)).with_state(ground)
}

/// Why a delivery is not taken.
enum Refusal {
    Unknown,
    TooLarge,
    TooSlow,
    Unsigned,
    NotJson,
    Upstream(Failure),
    Busy,
    Store(SyncError),
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        Refusal::Store(error.into())
    }
}

async fn delivered(
    State(ground): State<Ground>,
    Segment(source): Segment<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if let Some(shaken) = handshake(&ground, &source, &headers) {
        return shaken;
    }
    match take(&ground, &source, &headers, body).await {
        Ok(taken) => {
            tracing::info!(source, taken, "a webhook was taken");
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => refused(&source, &refusal),
    }
}

/// Gives back the header of a vendor's handshake. Nothing is believed of it, read for it or kept.
fn handshake(ground: &Ground, name: &str, headers: &HeaderMap) -> Option<Response> {
    let webhook = ground.upstreams.source(name)?.connector.webhook.as_ref()?;
    let echo = webhook.echo.as_deref()?;
    if headers.contains_key(webhook.verify.header.as_str()) {
        return None;
    }
    let mut answer = StatusCode::OK.into_response();
    answer.headers_mut().insert(HeaderName::from_bytes(echo.as_bytes()).ok()?, headers.get(echo)?.clone());
    Some(answer)
}

/// Takes a delivery; answers how many things were read again.
async fn take(ground: &Ground, name: &str, headers: &HeaderMap, body: Body) -> Result<usize, Refusal> {
    let source = ground.upstreams.source(name).ok_or(Refusal::Unknown)?;
    let webhook = source.connector.webhook.as_ref().ok_or(Refusal::Unknown)?;
    let body = tokio::time::timeout(ARRIVAL, to_bytes(body, BODY)).await.map_err(|_| Refusal::TooSlow)?;
    let body = body.map_err(|_| Refusal::TooLarge)?;
    let now = ground.clock.now();
    let moment = source.verified(&webhook.verify, (headers, &body), now).ok_or(Refusal::Unsigned)?;
    let value: Value = serde_json::from_slice(&body).map_err(|_| Refusal::NotJson)?;
    let own = delivery(webhook, headers, &value);
    // A signed moment with the body is of one delivery alone, whatever it says its id is, which nobody may have signed.
    // A body by itself is not: the same change may come twice and mean it, and to read again once too often does no harm.
    let signed = moment.map(|moment| hex(&Sha256::new().chain_update(moment).chain_update(&body).finalize()));
    let names = signed.into_iter().chain(own).collect();
    let remembered = Remembered { store: ground.store.clone(), source: source.name.clone(), names };
    match remembered.begin(now).await? {
        Met::First => {}
        Met::Taken => {
            tracing::info!(source = name, "a webhook came again and was dropped");
            return Ok(0);
        }
        Met::Reading => return Err(Refusal::Busy),
    }
    // In a task of its own: a sender that hangs up early must not leave it half read.
    let (ground, source) = (ground.clone(), source.clone());
    let reading = tokio::spawn(async move {
        let Some(webhook) = source.connector.webhook.as_ref() else { return Ok(0) };
        let read = read_again(&ground, &source, webhook, &value).await;
        match &read {
            Ok(_) => remembered.taken(ground.clock.now()).await?,
            // The sender will try again, and must be heard then.
            Err(_) => remembered.forget().await?,
        }
        read
    });
    reading.await.unwrap_or(Err(Refusal::Busy))
}

async fn read_again(
    ground: &Ground,
    source: &Arc<Source>,
    webhook: &Webhook,
    body: &Value,
) -> Result<usize, Refusal> {
    let Some(named) = webhook.names.iter().find(|named| fits(named, body)) else { return Ok(0) };
    let entity = &named.entity.value;
    let ids = ids(named, body);
    if ids.is_empty() {
        return Ok(0);
    }
    for ((of, _), policy) in &source.policies {
        if of == entity {
            policy.forget();
        }
    }
    let by_ids = source.entities().any(|(name, declared)| name == entity && declared.get_many.is_some());
    if by_ids && ids.len() <= IDS {
        let refreshed = refresh(ground, source, entity, &ids, READING).await.map_err(Refusal::Store)?;
        if !matches!(refreshed, Refreshed::Failed(_)) {
            // What events have waited for may have come.
            settle_waiting(&ground.store, &ground.clock)
                .await
                .map_err(|error| Refusal::Store(error.into()))?;
        }
        return match refreshed {
            Refreshed::All => Ok(ids.len()),
            Refreshed::Part(taken, failure) => {
                let left = ids.len() - taken;
                tracing::warn!(source = &*source.name, entity, taken, left, %failure, "a webhook names more than can be read by ids now; a sync reads the rest");
                tokio::spawn(sync_rest(ground.clone(), source.clone(), entity.clone()));
                Ok(taken)
            }
            Refreshed::Failed(failure) => Err(Refusal::Upstream(failure)),
        };
    }
    let order = Order { only: Some(entity.clone()), ..Order::default() };
    match sync(ground, source, &order, &Unwatched).await {
        Ok(mut ran) => match ran.failures.pop() {
            Some((_, failure)) => Err(Refusal::Upstream(failure)),
            None => Ok(ids.len()),
        },
        Err(SyncError::Busy(_)) => Err(Refusal::Busy),
        Err(error) => Err(Refusal::Store(error)),
    }
}

/// Syncs the entity of which a webhook named more than could be read by ids. What a run that is under way has behind it
/// already is read by the one after it.
async fn sync_rest(ground: Ground, source: Arc<Source>, entity: String) {
    let order = Order { only: Some(entity.clone()), ..Order::default() };
    for _ in 0..BUSY {
        match sync(&ground, &source, &order, &Unwatched).await {
            Err(SyncError::Busy(_)) => sleep(PAUSE).await,
            Err(error) => {
                return tracing::error!(source = &*source.name, entity, %error, "the rest of a webhook was not read");
            }
            Ok(ran) => {
                for (entity, failure) in ran.failures {
                    tracing::warn!(source = &*source.name, entity, %failure, "the rest of a webhook was not read");
                }
                return;
            }
        }
    }
    tracing::warn!(source = &*source.name, entity, "the rest of a webhook is left to the next sync");
}

impl Source {
    /// Whether a delivery is the vendor's: its moment as it was signed, where one is signed.
    fn verified(
        &self,
        verify: &Verify,
        (headers, body): (&HeaderMap, &[u8]),
        now: Micros,
    ) -> Option<Option<String>> {
        let given = headers.get(verify.header.as_str())?.to_str().ok()?;
        let given = given.strip_prefix(verify.prefix.as_deref().unwrap_or_default())?;
        let secret = self.text(&verify.secret, &Words::default()).ok().filter(|secret| !secret.is_empty())?;
        let moment = match &verify.timestamp {
            None => None,
            Some(name) => Some(headers.get(name.as_str())?.to_str().ok()?.to_owned()),
        };
        if verify.scheme == Scheme::Secret {
            if !bool::from(given.as_bytes().ct_eq(secret.as_bytes())) {
                return None;
            }
        } else {
            let signature = match verify.scheme {
                Scheme::HmacSha256Hex => unhex(given)?,
                Scheme::HmacSha256Base64 | Scheme::Secret => STANDARD.decode(given).ok()?,
            };
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
            mac.update(moment.as_deref().unwrap_or_default().as_bytes());
            mac.update(body);
            mac.verify_slice(&signature).ok()?;
        }
        if let Some(moment) = &moment {
            let tolerance = verify.tolerance.map_or(TOLERANCE, |span| span.0);
            let away = now.saturating_sub(moment_of(moment)?).unsigned_abs();
            if u128::from(away) > tolerance.as_micros() {
                return None;
            }
        }
        Some(moment)
    }
}

/// A moment in seconds or milliseconds since 1970, or as a date-time.
fn moment_of(text: &str) -> Option<Micros> {
    const MILLIS: i64 = 100_000_000_000;
    match text.trim().parse::<i64>() {
        Ok(number) if number.abs() >= MILLIS => number.checked_mul(1_000),
        Ok(number) => number.checked_mul(1_000_000),
        Err(_) => clock::read(text.trim()),
    }
}

/// The delivery's own id.
fn delivery(webhook: &Webhook, headers: &HeaderMap, body: &Value) -> Option<String> {
    let id = match &**webhook.delivery.as_ref()? {
        Where::Header(name) => headers.get(name.as_str())?.to_str().ok()?.to_owned(),
        Where::Body(path) => text_of(path.one(Scope::whole(body))?)?,
    };
    usable(&id).then_some(id)
}

fn fits(named: &Named, body: &Value) -> bool {
    let Some(when) = &named.when else { return true };
    match (when.one(Scope::whole(body)), &named.is) {
        (None | Some(Value::Null), _) => false,
        (Some(_), None) => true,
        (Some(value), Some(wanted)) => text_of(value).as_ref() == Some(wanted),
    }
}

/// The ids that a delivery names, each once.
fn ids(named: &Named, body: &Value) -> Vec<String> {
    let whole = Scope::whole(body);
    let found = match (named.ids.is_many(), named.ids.one(whole)) {
        (true, _) => named.ids.all(whole),
        (false, Some(Value::Array(items))) => items.iter().collect(),
        (false, one) => one.into_iter().collect(),
    };
    let ids: BTreeSet<String> = found.into_iter().filter_map(text_of).collect();
    ids.into_iter().filter(|id| usable(id)).collect()
}

/// Whether a text can be an id of anything.
fn usable(id: &str) -> bool {
    !id.is_empty() && id.len() <= LONGEST_ID && !id.contains('\0')
}

fn refused(source: &str, refusal: &Refusal) -> Response {
    let (status, code, message) = match refusal {
        Refusal::Unknown => (
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "There is no source of this name that takes webhooks.".to_owned(),
        ),
        Refusal::TooLarge => {
            (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", format!("A delivery has at most {BODY} bytes."))
        }
        Refusal::TooSlow => {
            (StatusCode::REQUEST_TIMEOUT, "LIMIT_EXCEEDED", "The delivery did not arrive in time.".to_owned())
        }
        Refusal::Unsigned => (
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
            "The delivery's signature is missing, wrong or too old.".to_owned(),
        ),
        Refusal::NotJson => (StatusCode::BAD_REQUEST, "BAD_REQUEST", "The delivery is not JSON.".to_owned()),
        Refusal::Upstream(failure) => {
            (StatusCode::SERVICE_UNAVAILABLE, failure.code().as_str(), failure.to_string())
        }
        Refusal::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            "UPSTREAM_UNAVAILABLE",
            "The source is being synced, or this delivery taken, at this moment; try again later.".to_owned(),
        ),
        Refusal::Store(error) => {
            tracing::error!(source, %error, "a webhook could not be taken");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "STORE_UNAVAILABLE",
                "The delivery cannot be taken at this moment; try again later.".to_owned(),
            )
        }
    };
    tracing::info!(source, status = status.as_u16(), code, "a webhook was refused");
    let body = json!({ "error": { "code": code, "message": message } });
    (status, [(header::CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}
