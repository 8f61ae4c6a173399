//! One call and its answer, and the key under which equal calls share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use url::Url;

use super::policy::Policy;
use crate::caller::Caller;
use crate::clock::Micros;

/// One call to a source.
#[derive(Clone)]
pub struct Call {
    /// The operation it belongs to.
    pub policy: Arc<Policy>,
    /// The method; `SEARCH` and others beside the usual ones too.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers that the answer may depend on.
    pub headers: HeaderMap,
    /// Headers that say who we are, such as `Authorization`. They are sent but stand in no key, so that a renewed
    /// token finds what the old one fetched: where the answer depends on whom they prove, set `caller`.
    pub credentials: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// Whether sending it twice is the same as sending it once. Only such calls are repeated, shared and kept.
    pub idempotent: bool,
    /// For whom, where the answer depends on it. Calls of different callers never share an answer.
    pub caller: Option<Caller>,
    /// How old an answer may be at most; the operation's own time to live holds beside it.
    pub max_age: Option<Duration>,
    /// Whether an answer from before may stand in when the source is away.
    pub stand_in: bool,
    /// When the one who asks stops waiting; the operation's timeout holds beside it.
    pub deadline: Instant,
}

/// What a log may hold: not the address, whose query may carry a token, and nothing that is sent.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Call");
        shown.field("operation", &self.policy.operation).field("method", &self.method);
        shown.finish_non_exhaustive()
    }
}

impl Call {
    /// A call without headers and body, idempotent where its method is (GET, HEAD, PUT, DELETE, OPTIONS, SEARCH),
    /// with the operation's whole time before it.
    pub fn new(policy: Arc<Policy>, method: Method, url: Url) -> Self {
        Call {
            deadline: Instant::now() + policy.rules.timeout,
            idempotent: method.is_idempotent() || method.as_str() == "SEARCH",
            policy,
            method,
            url,
            headers: HeaderMap::new(),
            credentials: HeaderMap::new(),
            body: Bytes::new(),
            caller: None,
            max_age: None,
            stand_in: true,
        }
    }

    /// Under which key its answer is shared and kept. Every part goes in with its length, so that no two calls
    /// run into one another.
    pub(super) fn key(&self) -> Key {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(self.policy.source.as_bytes());
        add(self.policy.operation.as_bytes());
        add(&self.policy.epoch().to_le_bytes());
        add(self.method.as_str().as_bytes());
        add(self.url.as_str().as_bytes());
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
        add(&(headers.len() as u64).to_le_bytes());
        for (name, value) in headers {
            add(name.as_str().as_bytes());
            add(value.as_bytes());
        }
        add(&self.body);
        match &self.caller {
            None => add(b"anybody"),
            Some(Caller::Anonymous) => add(b"anonymous"),
            Some(Caller::Named(name)) => {
                add(b"named");
                add(name.as_bytes());
            }
        }
        hash.finalize().into()
    }
}

/// The hash of everything that an answer depends on.
pub(super) type Key = [u8; 32];

/// What a source answered. Cheap to clone; those who share a call share this.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status: below 500, and neither one that says too many calls nor 401 or 403, unless the operation takes
    /// that status as an answer.
    pub status: StatusCode,
    /// The headers.
    pub headers: Arc<HeaderMap>,
    /// The body, inflated. Where the operation is answered in JSON, a body of a success is UTF-8 and bounded in
    /// depth; the body of any other status is empty if it is not.
    pub body: Bytes,
    /// How it came here.
    pub state: State,
    /// When the source was asked for it, or last said that it still holds.
    pub fetched_at: Micros,
}

/// How an answer came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The source was asked.
    Live,
    /// It was kept from before and is young enough.
    Cached,
    /// It was kept from before, is too old, and stands in because the source is away.
    Stale,
}
