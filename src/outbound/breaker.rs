//! The circuit breaker of an operation: a source that keeps failing is left alone for a while, then asked once.

use std::time::Duration;

use super::policy::micros;
use crate::clock::Micros;

/// When an operation is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerRules {
    /// After how many failures one after another; 0 for never.
    pub failures: u32,
    /// For how long, until one call may try again.
    pub open_for: Duration,
}

/// The breaker as health shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls go through.
    Closed,
    /// Calls are refused.
    Open {
        /// Until one may try again.
        until: Micros,
    },
    /// One call may try, or is trying.
    HalfOpen,
}

/// What a call that went through the breaker said about the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It answers, whatever it says.
    Alive,
    /// It does not.
    Failing,
    /// Nothing can be said: the call was given up early, or refused for its rate.
    Unknown,
}

#[derive(Debug, Clone, Copy)]
enum Held {
    Closed { failures: u32 },
    Open { since: Micros },
    Probing { since: Micros },
}

/// The breaker. A generation is counted with every turn of its state, so that a call that was sent before a
/// turn says nothing after it.
#[derive(Debug)]
pub(super) struct Breaker {
    rules: BreakerRules,
    held: Held,
    generation: u64,
}

impl Breaker {
    pub(super) fn new(rules: BreakerRules) -> Self {
        Breaker { rules, held: Held::Closed { failures: 0 }, generation: 0 }
    }

    pub(super) fn state(&self, now: Micros) -> BreakerState {
        match self.held {
            Held::Closed { .. } => BreakerState::Closed,
            Held::Probing { .. } => BreakerState::HalfOpen,
            Held::Open { since } if self.is_over(since, now) => BreakerState::HalfOpen,
            Held::Open { since } => {
                BreakerState::Open { until: since.saturating_add(micros(self.rules.open_for)) }
            }
        }
    }

    /// Whether a call would be let through.
    pub(super) fn lets_through(&self, now: Micros) -> bool {
        match self.held {
            Held::Closed { .. } => true,
            Held::Open { since } => self.is_over(since, now),
            Held::Probing { .. } => false,
        }
    }

    /// Lets a call through and says in which generation; behind an open time it is the one that tries.
    pub(super) fn enter(&mut self, now: Micros) -> Option<u64> {
        if !self.lets_through(now) {
            return None;
        }
        if let Held::Open { since } = self.held {
            self.turn(Held::Probing { since });
        }
        Some(self.generation)
    }

    /// Takes what a call of this generation found, and says whether the breaker opened by it.
    pub(super) fn settle(&mut self, generation: u64, verdict: Verdict, now: Micros) -> bool {
        if generation != self.generation {
            return false;
        }
        match (self.held, verdict) {
            (Held::Closed { .. }, Verdict::Alive) => self.held = Held::Closed { failures: 0 },
            (Held::Closed { failures }, Verdict::Failing) => {
                let failures = failures.saturating_add(1);
                self.held = Held::Closed { failures };
                if self.rules.failures > 0 && failures >= self.rules.failures {
                    self.turn(Held::Open { since: now });
                    return true;
                }
            }
            (Held::Probing { .. }, Verdict::Alive) => self.turn(Held::Closed { failures: 0 }),
            (Held::Probing { .. }, Verdict::Failing) => {
                self.turn(Held::Open { since: now });
                return true;
            }
            // The next call may try at once.
            (Held::Probing { since }, Verdict::Unknown) => self.turn(Held::Open { since }),
            (Held::Closed { .. }, Verdict::Unknown) | (Held::Open { .. }, _) => {}
        }
        false
    }

    fn turn(&mut self, held: Held) {
        self.held = held;
        self.generation += 1;
    }

    /// A clock that was set back must not keep it open for longer.
    fn is_over(&self, since: Micros, now: Micros) -> bool {
        now < since || now.saturating_sub(since) >= micros(self.rules.open_for)
    }
}
