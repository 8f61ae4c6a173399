//! Who is asking: bearer keys, compared as hashes and in constant time.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use subtle::ConstantTimeEq;

use super::fault::Fault;
use crate::caller::Caller;
use crate::config::{Config, Hash, Key, May};
use crate::error::{ClientError, Code};

/// The keys that are known here.
#[derive(Debug)]
pub(super) struct Keys {
    keys: Vec<Key>,
    anonymous: bool,
}

impl Keys {
    /// The keys of these settings.
    pub(super) fn new(config: &Config) -> Self {
        Keys { keys: config.keys.clone(), anonymous: config.anonymous || config.keys.is_empty() }
    }

    /// Whether there is none.
    pub(super) fn none(&self) -> bool {
        self.keys.is_empty()
    }

    /// Who sends these headers.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Fault> {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        match (sent.next(), sent.next()) {
            (None, _) if self.anonymous => Ok(Caller::Anonymous),
            (None, _) => {
                Err(Fault::unauthenticated("A key is needed here; send it as `Authorization: Bearer KEY`."))
            }
            (Some(value), None) => value
                .to_str()
                .ok()
                .and_then(bearer)
                .and_then(|key| self.holder(key))
                .ok_or_else(|| Fault::unauthenticated("The key that was sent is not known here.")),
            _ => Err(Fault::unauthenticated("More than one key was sent; send one.")),
        }
    }

    /// Whether a caller may say which things are one and which are not. Nobody may without a key that says so, not even
    /// where none is needed for asking.
    pub(super) fn may_curate(&self, caller: &Caller) -> Result<(), ClientError> {
        self.may(caller, (May::Curate, "curate"))
    }

    /// Whether a caller may send events. Where no key is known, anybody who reaches the server may.
    pub(super) fn may_ingest(&self, caller: &Caller) -> Result<(), ClientError> {
        if self.none() { Ok(()) } else { self.may(caller, (May::Ingest, "ingest")) }
    }

    fn may(&self, caller: &Caller, (may, word): (May, &str)) -> Result<(), ClientError> {
        let refused = |why: String| Err(ClientError::new(Code::Forbidden, why));
        let held = match caller {
            Caller::Anonymous => None,
            Caller::Named(name) => self.keys.iter().find(|key| key.name == *name),
        };
        match held {
            Some(key) if key.may.contains(&may) => Ok(()),
            Some(key) => refused(format!(
                "The key `{}` is not allowed to do this; one that has `may: [{word}]` in the configuration is.",
                key.name
            )),
            None if self.none() => refused(format!(
                "This takes a key that is allowed to, and none is configured here; configure one under `keys` with \
                 `may: [{word}]`, and send it as `Authorization: Bearer KEY`."
            )),
            None => refused(format!(
                "This takes a key that is allowed to, one that has `may: [{word}]` in the configuration; send it as \
                 `Authorization: Bearer KEY`."
            )),
        }
    }

    /// Looks at every key, so that the time tells nothing of which one came close.
    fn holder(&self, sent: &str) -> Option<Caller> {
        let sent = Hash::of(sent);
        let mut holder = None;
        for key in &self.keys {
            if bool::from(key.hash.0.ct_eq(&sent.0)) {
                holder = Some(Caller::Named(key.name.clone()));
            }
        }
        holder
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
