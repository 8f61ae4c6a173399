//! Equal calls in the air are one. The one that began it may go away, and the others still get their answer; when
//! all have gone it ends.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::Instrument;

use super::call::{Answer, Key};
use super::failure::Cause;

/// What a call comes to.
pub(super) type Outcome = Result<Answer, Cause>;

/// When a call must be over. It moves while the call is out: who joins later may wait for longer.
#[derive(Debug)]
pub(super) struct Deadline {
    at: Mutex<Instant>,
    last: Instant,
}

impl Deadline {
    /// One at this moment, which may move until the last.
    pub(super) fn new(at: Instant, last: Instant) -> Self {
        Deadline { at: Mutex::new(at.min(last)), last }
    }

    pub(super) fn at(&self) -> Instant {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn extend(&self, to: Instant) {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        *at = (*at).max(to).min(self.last);
    }

    /// Does this work while there is time.
    pub(super) async fn bound<T>(&self, work: impl Future<Output = T>) -> Result<T, Cause> {
        tokio::pin!(work);
        loop {
            let at = self.at();
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = sleep_until(at) => if self.at() <= at {
                    return Err(Cause::Timeout);
                }
            }
        }
    }
}

/// The calls that are in the air.
#[derive(Debug, Default)]
pub(super) struct Flights {
    open: Mutex<HashMap<Key, Weak<Flight>>>,
}

#[derive(Debug)]
struct Flight {
    flights: Arc<Flights>,
    key: Key,
    deadline: Arc<Deadline>,
    outcome: watch::Receiver<Option<Outcome>>,
    task: AbortHandle,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.task.abort();
        let mut open = self.flights.open();
        // Another may have taken the place of one that was over.
        if open.get(&self.key).is_some_and(|flight| flight.strong_count() == 0) {
            open.remove(&self.key);
        }
    }
}

impl Flights {
    /// Joins the call of this key that is in the air, or begins one, and waits for what it comes to until
    /// `deadline`. One that is begun ends at `last` whoever joins it.
    pub(super) async fn join<F>(
        self: &Arc<Self>,
        key: Key,
        deadline: Instant,
        last: Instant,
        begin: impl FnOnce(Arc<Deadline>) -> F,
    ) -> Outcome
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let flight = self.board(key, Deadline::new(deadline, last), begin);
        match timeout_at(deadline, flight.landed()).await {
            Ok(outcome) => outcome,
            Err(_) if flight.deadline.at() > deadline => Err(Cause::Timeout),
            // Nobody waits for longer, so it ends at this moment by itself, and settles with its breaker.
            Err(_) => flight.landed().await,
        }
    }

    fn board<F>(
        self: &Arc<Self>,
        key: Key,
        deadline: Deadline,
        begin: impl FnOnce(Arc<Deadline>) -> F,
    ) -> Arc<Flight>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        // Declared before the lock and so let go behind it: the last holder of a flight takes the lock itself.
        let found;
        let mut open = self.open();
        found = open.get(&key).and_then(Weak::upgrade);
        if let Some(flight) = found.as_ref().filter(|flight| flight.is_in_the_air()) {
            flight.deadline.extend(deadline.at());
            return flight.clone();
        }
        let deadline = Arc::new(deadline);
        let (land, outcome) = watch::channel(None);
        let work = begin(deadline.clone());
        let task = tokio::spawn(
            async move {
                land.send_replace(Some(work.await));
            }
            .in_current_span(),
        );
        let flights = self.clone();
        let flight = Arc::new(Flight { flights, key, deadline, outcome, task: task.abort_handle() });
        open.insert(key, Arc::downgrade(&flight));
        flight
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Key, Weak<Flight>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    async fn landed(&self) -> Outcome {
        let mut outcome = self.outcome.clone();
        let landed = outcome.wait_for(Option::is_some).await;
        match landed.map(|outcome| outcome.clone()) {
            Ok(Some(outcome)) => outcome,
            _ => Err(Cause::unavailable("the call broke off")),
        }
    }

    fn is_in_the_air(&self) -> bool {
        self.outcome.borrow().is_none() && self.outcome.has_changed().is_ok()
    }
}
