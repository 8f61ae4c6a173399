//! Answers that are kept: bounded in bytes, each under the key of everything that it depends on.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::ETAG;
use moka::sync::Cache;

use super::call::{Answer, Call, Key, State};
use super::policy::micros;
use crate::clock::Micros;

/// An answer that is kept.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    answer: Answer,
    etag: Option<HeaderValue>,
}

impl Kept {
    /// What the source is asked by, if what is kept still holds.
    pub(super) fn etag(&self) -> Option<&HeaderValue> {
        self.etag.as_ref()
    }

    /// The answer, while it is young enough for the operation and for the call.
    pub(super) fn fresh(&self, call: &Call, now: Micros) -> Option<Answer> {
        let ttl = call.policy.rules.ttl;
        let most = call.max_age.map_or(ttl, |max_age| max_age.min(ttl));
        self.within(most, now).then(|| self.answer(State::Cached))
    }

    /// The answer, while it may stand in for one that did not come.
    pub(super) fn stand_in(&self, call: &Call, now: Micros) -> Option<Answer> {
        let rules = &call.policy.rules;
        let usable = !rules.stale_if_error.is_zero();
        let most = rules.ttl.saturating_add(rules.stale_if_error);
        (usable && self.within(most, now)).then(|| self.answer(State::Stale))
    }

    /// The answer that the source has just said still holds.
    pub(super) fn renewed(&self, now: Micros) -> Answer {
        Answer { fetched_at: now, ..self.answer(State::Live) }
    }

    /// Something from the future is what a clock leaves that was set back; it counts as too old.
    fn within(&self, most: Duration, now: Micros) -> bool {
        (0..micros(most)).contains(&now.saturating_sub(self.answer.fetched_at))
    }

    fn answer(&self, state: State) -> Answer {
        Answer { state, ..self.answer.clone() }
    }

    fn weight(&self) -> u32 {
        let headers: usize =
            self.answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        u32::try_from(512 + headers + self.answer.body.len()).unwrap_or(u32::MAX)
    }
}

/// All that is kept. How old something may be is asked when it is read, by the clock that tests set; what nobody
/// reads goes when room is needed.
#[derive(Debug, Clone)]
pub(super) struct Shelf(Cache<Key, Arc<Kept>>);

impl Shelf {
    pub(super) fn new(bytes: u64) -> Self {
        let weigh = |_: &Key, kept: &Arc<Kept>| kept.weight();
        Shelf(Cache::builder().max_capacity(bytes).weigher(weigh).build())
    }

    pub(super) fn get(&self, key: &Key) -> Option<Arc<Kept>> {
        self.0.get(key)
    }

    /// Keeps an answer, unless a later one is there already. Only what is whole and says so is kept: a 207 holds
    /// errors of a moment.
    pub(super) fn keep(&self, call: &Call, key: Key, answer: &Answer) {
        let rules = &call.policy.rules;
        let etag = answer.headers.get(ETAG).filter(|_| rules.etag).cloned();
        let lives = !rules.ttl.is_zero() || !rules.stale_if_error.is_zero();
        let later = || self.0.get(&key).is_some_and(|kept| kept.answer.fetched_at > answer.fetched_at);
        if matches!(answer.status.as_u16(), 200 | 203 | 404 | 410) && (lives || etag.is_some()) && !later() {
            self.0.insert(key, Arc::new(Kept { answer: answer.clone(), etag }));
            // It makes room some time later otherwise, and by then a few large answers are many times the bound.
            self.0.run_pending_tasks();
        }
    }

    /// Forgets what the source no longer shows us.
    pub(super) fn forget(&self, key: &Key) {
        self.0.invalidate(key);
    }
}
