//! What holds for the calls of one operation, and what is known of it: its breaker, its limits, its health. Made
//! once for each operation and shared by all of its calls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::breaker::{Breaker, BreakerRules, BreakerState, Verdict};
use super::budget::{Budget, take_all};
use super::failure::Cause;
use super::limits::{LONGEST_WAIT, Left, RateRules};
use crate::clock::{Clock, Micros};
use crate::error::Code;

/// Settings of an operation.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How long a call takes at most, with its waits and all that is repeated of it.
    pub timeout: Duration,
    /// How often an idempotent call is repeated at most.
    pub retries: u32,
    /// How many calls are in the air at once; the others wait, within their own time.
    pub max_concurrency: usize,
    /// When the operation is left alone.
    pub breaker: BreakerRules,
    /// The budgets that a call is counted on: the operation's own, those that it shares with others.
    pub budgets: Vec<Arc<Budget>>,
    /// How the source says that there were too many calls.
    pub rate: RateRules,
    /// For how long an answer is kept and given again; zero for not at all.
    pub ttl: Duration,
    /// For how long beyond that it stands in when the source is away.
    pub stale_if_error: Duration,
    /// Whether the source is asked if what is kept still holds (`If-None-Match`), where it gave an ETag.
    pub etag: bool,
    /// Whether equal calls that are in the air at the same time are one.
    pub shared: bool,
    /// Statuses that come back as an answer although they would be a failure: 403, where a source says so of an id
    /// it does not know.
    pub answers: Vec<StatusCode>,
    /// How many bytes a body has at most, inflated.
    pub max_bytes: usize,
    /// What the body is.
    pub form: Form,
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON, or lines of it, nesting at most so deep.
    Json {
        /// The deepest level.
        max_depth: usize,
    },
    /// Anything, bounded in size alone.
    Any,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            timeout: Duration::from_secs(5),
            retries: 2,
            max_concurrency: 8,
            breaker: BreakerRules { failures: 5, open_for: Duration::from_secs(30) },
            budgets: Vec::new(),
            rate: RateRules::default(),
            ttl: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            etag: true,
            shared: true,
            answers: Vec::new(),
            max_bytes: 16 * 1_048_576,
            form: Form::Json { max_depth: 64 },
        }
    }
}

/// An operation of a source: its rules and its state.
#[derive(Debug)]
pub struct Policy {
    /// The source, by the name it is configured under.
    pub source: Arc<str>,
    /// The operation, such as `directus/asset.get_many`.
    pub operation: Arc<str>,
    /// Its settings.
    pub rules: Rules,
    turns: Semaphore,
    epoch: AtomicU64,
    known: Mutex<Known>,
}

/// What the calls so far have shown.
#[derive(Debug)]
struct Known {
    breaker: Breaker,
    /// Until when the source asked for quiet, and whether that is its word or our guess.
    quiet: Option<(Micros, bool)>,
    /// How many times in a row it asked without saying for how long.
    wordless: u32,
    left: Option<Left>,
    last_success: Option<Micros>,
    last_failure: Option<(Code, Micros)>,
    latency: Option<Duration>,
}

/// How an operation is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The source.
    pub source: Arc<str>,
    /// The operation.
    pub operation: Arc<str>,
    /// Its breaker.
    pub breaker: BreakerState,
    /// When a call last succeeded.
    pub last_success: Option<Micros>,
    /// When a call last failed, and with what.
    pub last_failure: Option<(Code, Micros)>,
    /// What the last call that was answered took.
    pub latency: Option<Duration>,
    /// How many calls are left, by the tightest of the declared budgets and of what the source says.
    pub remaining: Option<u64>,
    /// Until when the source takes no calls.
    pub limited_until: Option<Micros>,
}

impl Policy {
    /// An operation with these rules. Source and operation together are its name: answers that are kept are found
    /// by it, so no two operations may have the same.
    pub fn new(source: impl Into<Arc<str>>, operation: impl Into<Arc<str>>, rules: Rules) -> Arc<Self> {
        let turns = Semaphore::new(rules.max_concurrency.clamp(1, Semaphore::MAX_PERMITS));
        let known = Mutex::new(Known {
            breaker: Breaker::new(rules.breaker),
            quiet: None,
            wordless: 0,
            left: None,
            last_success: None,
            last_failure: None,
            latency: None,
        });
        let (source, operation) = (source.into(), operation.into());
        Arc::new(Policy { source, operation, rules, turns, epoch: AtomicU64::new(0), known })
    }

    /// How it is doing at this moment.
    pub fn health(&self, now: Micros) -> Health {
        let known = self.known();
        let left = known.left.filter(|left| now < left.until).map(|left| left.calls);
        let declared = self.rules.budgets.iter().map(|budget| budget.remaining(now));
        Health {
            source: self.source.clone(),
            operation: self.operation.clone(),
            breaker: known.breaker.state(now),
            last_success: known.last_success,
            last_failure: known.last_failure,
            latency: known.latency,
            remaining: declared.chain(left).min(),
            limited_until: known.quiet.map(|(until, _)| until).filter(|until| is_quiet(*until, now)),
        }
    }

    /// Forgets every answer that is kept, and lets no later call share one that is in the air: for who knows that
    /// the source has changed.
    pub fn forget(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    /// Refuses a call that cannot go out at this moment. Whoever waited as long as the source asked (`waited`) does
    /// not ask again whether it may.
    pub(super) fn admit(&self, now: Micros, waited: bool) -> Result<(), Cause> {
        let known = self.known();
        if !known.breaker.lets_through(now) {
            return Err(left_alone());
        }
        match known.quiet {
            Some((until, said)) if is_quiet(until, now) && !waited => {
                Err(Cause::RateLimited { until: said.then_some(until) })
            }
            _ => Ok(()),
        }
    }

    /// Waits for its turn among the calls in the air. There is always one to come, since nobody closes them.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Takes a call through the breaker and counts it on the budgets.
    pub(super) fn enter<'a>(&'a self, clock: &'a Clock) -> Result<Ticket<'a>, Cause> {
        let now = clock.now();
        let generation = self.known().breaker.enter(now).ok_or_else(left_alone)?;
        let ticket = Ticket { policy: self, clock, generation, sent: Instant::now(), settled: false };
        match take_all(&self.rules.budgets, now) {
            Ok(()) => Ok(ticket),
            Err(until) => Err(Cause::RateLimited { until: Some(until) }),
        }
    }

    /// Takes what headers say of calls that are left.
    pub(super) fn learn(&self, headers: &HeaderMap, now: Micros) {
        if let Some(left) = Left::read(headers, now) {
            let mut known = self.known();
            known.left = Some(left);
            if left.calls == 0 {
                known.hush(left.until, true);
            }
        }
    }

    /// Keeps quiet for as long as the source asks; where it does not say, for a second, and twice as long each
    /// time it asks again.
    pub(super) fn keep_quiet(&self, until: Option<Micros>, now: Micros) {
        let mut known = self.known();
        match until {
            Some(until) => known.hush(until, true),
            None => {
                let guess = now + (1_000_000 << known.wordless.min(6));
                known.hush(guess, false);
            }
        }
        known.wordless = if until.is_some() { 0 } else { known.wordless.saturating_add(1) };
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The longest of what was asked holds: answers that cross each other say it in any order.
    fn hush(&mut self, until: Micros, said: bool) {
        if self.quiet.is_none_or(|(before, _)| before < until) {
            self.quiet = Some((until, said));
        }
    }
}

/// No source is believed for longer than that, so what lies beyond comes from a clock that was set back.
fn is_quiet(until: Micros, now: Micros) -> bool {
    now < until && until.saturating_sub(now) <= LONGEST_WAIT
}

fn left_alone() -> Cause {
    Cause::unavailable("it failed several times in a row and is left alone for a while")
}

/// A call that is out. What it finds goes to the breaker and to health; where it is dropped before it found
/// anything, the time that it had says whether the source is to blame.
pub(super) struct Ticket<'a> {
    policy: &'a Policy,
    clock: &'a Clock,
    generation: u64,
    sent: Instant,
    settled: bool,
}

impl Ticket<'_> {
    /// Settles the call.
    pub(super) fn settle(mut self, outcome: Result<(), &Cause>) {
        match outcome {
            Err(Cause::Timeout) => {}
            Ok(()) => self.found(Verdict::Alive, None),
            Err(cause) => {
                let verdict = match cause {
                    Cause::Unavailable { .. } => Verdict::Failing,
                    Cause::RateLimited { .. } => Verdict::Unknown,
                    _ => Verdict::Alive,
                };
                self.found(verdict, Some(cause.code()));
            }
        }
    }

    fn found(&mut self, verdict: Verdict, code: Option<Code>) {
        self.settled = true;
        let now = self.clock.now();
        let (source, operation) = (&*self.policy.source, &*self.policy.operation);
        let (code_seen, micros) = (code.map_or("OK", Code::as_str), micros(self.sent.elapsed()));
        tracing::debug!(source, operation, micros, code = code_seen, "called");
        let mut known = self.policy.known();
        match code {
            None => {
                known.last_success = Some(now);
                known.wordless = 0;
            }
            Some(code) => known.last_failure = Some((code, now)),
        }
        if verdict == Verdict::Alive {
            known.latency = Some(self.sent.elapsed());
        }
        if known.breaker.settle(self.generation, verdict, now) {
            tracing::warn!(source, operation, "the breaker opened: the operation is left alone for a while");
        }
    }
}

impl Drop for Ticket<'_> {
    /// A call that its caller gave up after a moment says nothing of the source. One that had a good part of the
    /// operation's time says that it hangs, whether its own time ended or the one who asked went away.
    fn drop(&mut self) {
        if !self.settled {
            match self.sent.elapsed() >= self.policy.rules.timeout / 4 {
                true => self.found(Verdict::Failing, Some(Code::UpstreamTimeout)),
                false => {
                    let now = self.clock.now();
                    self.policy.known().breaker.settle(self.generation, Verdict::Unknown, now);
                }
            }
        }
    }
}

/// A length of time in microseconds.
pub(super) fn micros(time: Duration) -> Micros {
    Micros::try_from(time.as_micros()).unwrap_or(Micros::MAX)
}
