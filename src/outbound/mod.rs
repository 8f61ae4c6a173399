//! The only place that sends HTTP. Every call has a deadline, a breaker, a turn among those in the air, a budget;
//! equal calls share one answer, answers are kept, and what comes back is bounded before anybody parses it.

mod breaker;
mod budget;
mod call;
mod exchange;
mod failure;
mod flight;
mod guard;
mod json;
mod kept;
mod limits;
mod policy;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::clock::Clock;
use crate::error::Error;
use call::Key;
use exchange::{Again, Arrived, Fault, Wire};
use flight::{Deadline, Flights, Outcome};
use guard::Guard;
use kept::{Kept, Shelf};

pub use breaker::{BreakerRules, BreakerState};
pub use budget::Budget;
pub use call::{Answer, Call, State};
pub use failure::{Cause, Failure};
pub use guard::{Allowed, GivenNames, Names, same_origin};
pub use limits::{RateRules, ReadWait, Wait};
pub use policy::{Form, Health, Policy, Rules};

/// The pause before the first repetition, doubled with each further one.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest of those pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Draws numbers from 0 up to 1.
pub type Chance = Arc<dyn Fn() -> f64 + Send + Sync>;

/// What an outbound client stands in: all that is not its own doing.
#[derive(Clone)]
pub struct Surroundings {
    /// The clock.
    pub clock: Clock,
    /// Addresses that may be called although others of their kind may not.
    pub allowed: Allowed,
    /// For pauses that do not fall together.
    pub chance: Chance,
    /// Where names become addresses.
    pub names: Names,
    /// How many bytes of answers are kept.
    pub kept_bytes: u64,
}

impl Surroundings {
    /// The machine's own, with room for 64 MiB of answers.
    pub fn new(clock: Clock, allowed: Allowed) -> Self {
        let names = Names::System;
        Surroundings { clock, allowed, chance: Arc::new(chance), names, kept_bytes: 64 * 1_048_576 }
    }
}

/// The outbound client: one for the process, cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    chance: Chance,
    wire: Wire,
    shelf: Shelf,
    flights: Arc<Flights>,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").finish_non_exhaustive()
    }
}

impl Outbound {
    /// A client by this clock, which calls no address of a machine's own network but those named.
    pub fn new(clock: Clock, allowed: Allowed) -> Result<Self, Error> {
        Outbound::within(Surroundings::new(clock, allowed))
    }

    /// A client in surroundings that are given.
    pub fn within(surroundings: Surroundings) -> Result<Self, Error> {
        let Surroundings { clock, allowed, chance, names, kept_bytes } = surroundings;
        let wire = Wire::new(Guard::new(allowed, names))?;
        let (shelf, flights) = (Shelf::new(kept_bytes), Arc::default());
        Ok(Outbound { inner: Arc::new(Inner { clock, chance, wire, shelf, flights }) })
    }

    /// Sends a call, or answers it by what is kept or in the air.
    pub async fn send(&self, call: Call) -> Result<Answer, Failure> {
        let inner = &self.inner;
        let source = call.policy.source.clone();
        let outcome = match call.idempotent {
            true => inner.shared(Arc::new(call)).await,
            false => {
                let deadline = Deadline::new(call.deadline, Instant::now() + call.policy.rules.timeout);
                inner.fetch(&call, None, &deadline).await
            }
        };
        outcome.map_err(|cause| Failure::new(source, cause))
    }
}

impl Inner {
    async fn shared(self: &Arc<Self>, call: Arc<Call>) -> Outcome {
        let key = call.key();
        if let Some(answer) = self.shelf.get(&key).and_then(|kept| kept.fresh(&call, self.clock.now())) {
            return Ok(answer);
        }
        let last = Instant::now() + call.policy.rules.timeout;
        let outcome = match call.policy.rules.shared {
            true => {
                let begin = |deadline: Arc<Deadline>| {
                    let (inner, call) = (self.clone(), call.clone());
                    async move { inner.fetch(&call, Some(key), &deadline).await }
                };
                self.flights.join(key, call.deadline.min(last), last, begin).await
            }
            false => self.fetch(&call, Some(key), &Deadline::new(call.deadline, last)).await,
        };
        outcome.or_else(|cause| {
            let kept = self.shelf.get(&key).filter(|_| call.stand_in && cause.is_outage());
            kept.and_then(|kept| kept.stand_in(&call, self.clock.now())).ok_or(cause)
        })
    }

    /// Sends a call as often as its rules and its time allow.
    async fn fetch(&self, call: &Call, key: Option<Key>, deadline: &Deadline) -> Outcome {
        let kept = key.and_then(|key| self.shelf.get(&key));
        // An equal call may have ended between the first look and this one.
        if let Some(answer) = kept.as_ref().and_then(|kept| kept.fresh(call, self.clock.now())) {
            return Ok(answer);
        }
        let mut repeated = 0;
        let mut again = Again::Never;
        loop {
            let waited = matches!(again, Again::From(_));
            let fault = match self.attempt(call, kept.as_deref(), deadline, waited).await {
                Ok(answer) => {
                    key.inspect(|key| self.shelf.keep(call, *key, &answer));
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            if let (Cause::Denied { .. }, Some(key)) = (&fault.cause, key) {
                self.shelf.forget(&key);
            }
            let pause = self.pause(fault.again, repeated);
            let time = pause.filter(|pause| Instant::now() + *pause < deadline.at());
            let Some(pause) = time.filter(|_| call.idempotent && repeated < call.policy.rules.retries) else {
                return Err(fault.cause);
            };
            sleep(pause).await;
            repeated += 1;
            again = fault.again;
        }
    }

    /// Sends a call once, if it may go out at this moment.
    async fn attempt(
        &self,
        call: &Call,
        kept: Option<&Kept>,
        deadline: &Deadline,
        waited: bool,
    ) -> Result<Answer, Fault> {
        let policy = &call.policy;
        if deadline.at() <= Instant::now() {
            return Err(Cause::Timeout.into());
        }
        policy.admit(self.clock.now(), waited)?;
        let turn = deadline.bound(policy.turn()).await?;
        // While it waited, those before it may have found out more.
        policy.admit(self.clock.now(), waited)?;
        let ticket = policy.enter(&self.clock)?;
        let asked_at = self.clock.now();
        let etag = kept.and_then(Kept::etag);
        let work = self.wire.exchange(call, etag, &self.clock);
        let arrived = deadline.bound(work).await.map_err(Fault::from).flatten();
        ticket.settle(arrived.as_ref().map(drop).map_err(|fault| &fault.cause));
        drop(turn);
        match (arrived?, kept) {
            (Arrived::Whole { status, headers, body }, _) => {
                let headers = Arc::new(headers);
                Ok(Answer { status, headers, body, state: State::Live, fetched_at: asked_at })
            }
            (Arrived::Unchanged, Some(kept)) => Ok(kept.renewed(asked_at)),
            (Arrived::Unchanged, None) => Err(Cause::invalid("it says that nothing changed").into()),
        }
    }

    /// How long to wait before a call is sent again. What the source asks for is waited in full; otherwise
    /// anything up to a bound that doubles, so that those who failed together do not come back together.
    fn pause(&self, again: Again, repeated: u32) -> Option<Duration> {
        match again {
            Again::Never => None,
            Again::Soon => {
                let most = PAUSE.saturating_mul(1 << repeated.min(8)).min(LONGEST_PAUSE);
                Some(most.mul_f64((self.chance)().clamp(0.0, 1.0)))
            }
            Again::From(moment) => {
                let wait = u64::try_from(moment.saturating_sub(self.clock.now())).unwrap_or_default();
                Some(Duration::from_micros(wait))
            }
        }
    }
}

/// A number from 0 up to 1, from the seed that the standard library draws for its hash tables.
pub fn chance() -> f64 {
    let drawn = RandomState::new().hash_one(0_u8);
    (drawn >> 11) as f64 / (1_u64 << 53) as f64
}
