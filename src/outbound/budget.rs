//! Budgets that vendors write into their documentation: so many calls in so much time. One budget may be shared
//! by several operations, as vendors count by account and by endpoint.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::policy::micros;
use crate::clock::Micros;

/// So many calls in any stretch of this length. Counted by a sliding window and not by a bucket that refills:
/// wherever the vendor's own window begins, it never sees more than it allows.
#[derive(Debug)]
pub struct Budget {
    calls: usize,
    per: Micros,
    spent: Mutex<VecDeque<Micros>>,
}

impl Budget {
    /// A budget of so many calls in any stretch of this length.
    pub fn new(calls: u32, per: Duration) -> Arc<Self> {
        let calls = usize::try_from(calls).unwrap_or(usize::MAX);
        Arc::new(Budget { calls, per: micros(per), spent: Mutex::default() })
    }

    /// How many calls it allows at this moment.
    pub fn remaining(&self, now: Micros) -> u64 {
        let spent = self.current(now);
        u64::try_from(self.calls.saturating_sub(spent.len())).unwrap_or(u64::MAX)
    }

    /// Counts a call, or says from when on there is one to spend.
    fn take(&self, now: Micros) -> Result<(), Micros> {
        let mut spent = self.current(now);
        if spent.len() < self.calls {
            spent.push_back(now);
            return Ok(());
        }
        Err(spent.front().copied().unwrap_or(now).saturating_add(self.per))
    }

    fn give_back(&self) {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).pop_back();
    }

    /// What was spent within the window. Calls from the future are what a clock leaves that was set back: they
    /// would block for ever.
    fn current(&self, now: Micros) -> std::sync::MutexGuard<'_, VecDeque<Micros>> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = |at: Micros| now.saturating_sub(at).saturating_abs() < self.per;
        while spent.front().is_some_and(|at| !counts(*at)) {
            spent.pop_front();
        }
        spent
    }
}

/// Counts a call on all of them or on none, and then says from when on all of them have one to spend.
pub(super) fn take_all(budgets: &[Arc<Budget>], now: Micros) -> Result<(), Micros> {
    for (place, budget) in budgets.iter().enumerate() {
        if let Err(until) = budget.take(now) {
            budgets[..place].iter().for_each(|taken| taken.give_back());
            return Err(until);
        }
    }
    Ok(())
}
