//! One request and its answer on the wire: redirects, sizes, statuses. The only file that knows reqwest's client.

use std::error::Error as _;
use std::io::ErrorKind;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{IF_NONE_MATCH, LOCATION};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::{Client, Response, redirect};
use url::Url;

use super::call::Call;
use super::failure::Cause;
use super::guard::{Forbidden, Guard, same_origin};
use super::json;
use super::policy::{Form, Rules};
use crate::clock::{Clock, Micros};
use crate::error::Error;

/// How many redirects are followed.
const REDIRECTS: usize = 3;

/// What came back.
pub(super) enum Arrived {
    /// An answer.
    Whole { status: StatusCode, headers: HeaderMap, body: Bytes },
    /// The source's word that what is kept still holds.
    Unchanged,
}

/// A call that failed, and whether it may be sent again.
pub(super) struct Fault {
    pub(super) cause: Cause,
    pub(super) again: Again,
}

/// Whether a call may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Never,
    Soon,
    /// The source says from when on.
    From(Micros),
}

impl From<Cause> for Fault {
    fn from(cause: Cause) -> Self {
        Fault { cause, again: Again::Never }
    }
}

impl From<Forbidden> for Fault {
    fn from(forbidden: Forbidden) -> Self {
        Cause::unavailable(forbidden.to_string()).into()
    }
}

/// The wire.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    client: Client,
    guard: Guard,
}

impl Wire {
    /// A client with a pool of its own. It follows no redirects, keeps no cookies and asks the environment for no
    /// proxy; gzip and brotli are inflated as the body is read.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that makes a client")]
    pub(super) fn new(guard: Guard) -> Result<Self, Error> {
        let client = Client::builder()
            .user_agent(concat!("weft/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(guard.clone()))
            .build()
            .map_err(|error| Error::broken(format!("no client for HTTP can be made: {error}")))?;
        Ok(Wire { client, guard })
    }

    /// Sends a call once and reads what comes back, within whatever time its future is given.
    pub(super) async fn exchange(
        &self,
        call: &Call,
        etag: Option<&HeaderValue>,
        clock: &Clock,
    ) -> Result<Arrived, Fault> {
        let mut url = call.url.clone();
        let mut method = call.method.clone();
        for _ in 0..=REDIRECTS {
            let response = self.once(call, &method, &url, etag).await?;
            let status = response.status();
            call.policy.learn(response.headers(), clock.now());
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                return judge(call, response, etag.is_some(), clock).await;
            }
            method = redirected(&method, status)?;
            let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
            let location = location.ok_or(Cause::invalid("it redirects to nowhere"))?;
            url = same_origin(&url, location).ok_or(Cause::invalid("it redirects to another origin"))?;
        }
        Err(Cause::invalid(format!("it redirects more than {REDIRECTS} times")).into())
    }

    async fn once(
        &self,
        call: &Call,
        method: &Method,
        url: &Url,
        etag: Option<&HeaderValue>,
    ) -> Result<Response, Fault> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Cause::unavailable("its address is neither http nor https").into());
        }
        self.guard.check(url)?;
        let mut headers = call.headers.clone();
        let mut credentials = call.credentials.clone();
        // Those who trace what they write leave these out.
        credentials.values_mut().for_each(|value| value.set_sensitive(true));
        headers.extend(credentials);
        if let Some(etag) = etag {
            headers.insert(IF_NONE_MATCH, etag.clone());
        }
        let mut request = self.client.request(method.clone(), url.clone()).headers(headers);
        if !call.body.is_empty() && method == call.method {
            request = request.body(call.body.clone());
        }
        request.send().await.map_err(|error| broken(call, &error))
    }
}

/// The method that follows a redirect. 301 and 302 leave open what becomes of a body, so only what has none is
/// sent on.
fn redirected(method: &Method, status: StatusCode) -> Result<Method, Cause> {
    let safe = *method == Method::GET || *method == Method::HEAD;
    match status.as_u16() {
        307 | 308 => Ok(method.clone()),
        303 if !safe => Ok(Method::GET),
        _ if safe => Ok(method.clone()),
        _ => Err(Cause::invalid("it redirects a request that has a body")),
    }
}

/// What an answer means.
async fn judge(call: &Call, response: Response, asked: bool, clock: &Clock) -> Result<Arrived, Fault> {
    let rules = &call.policy.rules;
    let status = response.status();
    let headers = response.headers().clone();
    let rated = rules.rate.concern(status);
    let body = match status.as_u16() {
        _ if rated && rules.rate.read_body() => read(rules, response).await.unwrap_or_default(),
        _ if rated => Bytes::new(),
        304 if asked => return Ok(Arrived::Unchanged),
        300..=399 => return Err(Cause::invalid("it redirects to nowhere").into()),
        _ if rules.answers.contains(&status) => read(rules, response).await?,
        401 | 403 => return Err(Cause::Denied { status: status.as_u16() }.into()),
        500.. => return Err(failing(status)),
        _ => read(rules, response).await?,
    };
    let Form::Json { max_depth } = rules.form else {
        return rate(call, Arrived::Whole { status, headers, body }, clock);
    };
    let body = match json::check(&headers, &body, max_depth) {
        Err(cause) if status.is_success() => return Err(cause.into()),
        Err(_) => Bytes::new(),
        Ok(()) => body,
    };
    rate(call, Arrived::Whole { status, headers, body }, clock)
}

/// Takes out the answers that say that there were too many calls.
fn rate(call: &Call, arrived: Arrived, clock: &Clock) -> Result<Arrived, Fault> {
    let Arrived::Whole { status, headers, body } = &arrived else { return Ok(arrived) };
    let rate = &call.policy.rules.rate;
    if !rate.concern(*status) {
        return Ok(arrived);
    }
    let now = clock.now();
    let until = rate.until(headers, body, now);
    if until.is_none() && !rate.statuses.contains(status) {
        return Err(failing(*status));
    }
    call.policy.keep_quiet(until, now);
    Err(Fault { cause: Cause::RateLimited { until }, again: until.map_or(Again::Never, Again::From) })
}

fn failing(status: StatusCode) -> Fault {
    let again = match status.as_u16() {
        502..=504 => Again::Soon,
        _ => Again::Never,
    };
    Fault { cause: Cause::unavailable(format!("it answered {}", status.as_u16())), again }
}

/// Reads the body, and stops where it grows beyond what is allowed. Counted are the bytes that come out of the
/// inflating, so that a small body cannot become a large one here.
async fn read(rules: &Rules, mut response: Response) -> Result<Bytes, Fault> {
    let too_large = || Cause::invalid(format!("it is larger than {} bytes", rules.max_bytes));
    let Some(first) = chunk(&mut response).await? else { return Ok(Bytes::new()) };
    if first.len() > rules.max_bytes {
        return Err(too_large().into());
    }
    let Some(second) = chunk(&mut response).await? else { return Ok(first) };
    let mut body = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(chunk_of_it) = next {
        if body.len() + chunk_of_it.len() > rules.max_bytes {
            return Err(too_large().into());
        }
        body.extend_from_slice(&chunk_of_it);
        next = chunk(&mut response).await?;
    }
    Ok(body.freeze())
}

async fn chunk(response: &mut Response) -> Result<Option<Bytes>, Fault> {
    response.chunk().await.map_err(|error| {
        match has_kind(&error, &[ErrorKind::InvalidData, ErrorKind::InvalidInput]) {
            true => Cause::invalid("it cannot be inflated").into(),
            false => {
                Fault { cause: Cause::unavailable("it closed the connection half-way"), again: Again::Soon }
            }
        }
    })
}

/// What a request that got no answer means. The address stays in the log, and what stands behind its `?` not even
/// there.
fn broken(call: &Call, error: &reqwest::Error) -> Fault {
    if let Some(forbidden) = causes(error).find_map(|inner| inner.downcast_ref::<Forbidden>()) {
        return (*forbidden).into();
    }
    let (source, operation, host) = (&*call.policy.source, &*call.policy.operation, call.url.host_str());
    let said = causes(error).last().map(ToString::to_string);
    tracing::debug!(source, operation, host, said, "the source gave no answer");
    let reason = match error.is_connect() {
        true => "it cannot be connected to",
        false => "it gave no answer that is HTTP",
    };
    match error.is_builder() {
        true => Cause::unavailable("the request cannot be written as HTTP").into(),
        false => Fault { cause: Cause::unavailable(reason), again: Again::Soon },
    }
}

fn has_kind(error: &reqwest::Error, kinds: &[ErrorKind]) -> bool {
    causes(error)
        .filter_map(|inner| inner.downcast_ref::<std::io::Error>())
        .any(|error| kinds.contains(&error.kind()))
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |inner| (*inner).source())
}
