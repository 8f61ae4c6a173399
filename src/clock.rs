//! The clock and the ids that are made from it. Everything that needs either is handed one, so tests set both.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

/// A moment: microseconds since 1970 in UTC.
pub type Micros = i64;

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    Wall,
    /// A clock that stands still until it is set.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now` until it is set.
    pub fn at(now: Micros) -> Self {
        Clock::Set(Arc::new(AtomicI64::new(now)))
    }

    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    pub fn now(&self) -> Micros {
        match self {
            Clock::Wall => Utc::now().timestamp_micros(),
            Clock::Set(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Waits. On a clock that is set nobody else would let the time pass: it goes on by so much, at once.
    pub async fn sleep(&self, time: Duration) {
        match self {
            Clock::Wall => tokio::time::sleep(time).await,
            Clock::Set(now) => {
                now.fetch_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
            }
        }
    }

    /// A new UUIDv7 of this moment.
    pub fn id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.div_euclid(1_000_000)).unwrap_or_default();
        let nanos = u32::try_from(now.rem_euclid(1_000_000)).unwrap_or_default() * 1_000;
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::ContextV7::new(), seconds, nanos))
    }
}

/// A moment as the API writes it: RFC 3339 in UTC, with as many decimals as it needs.
pub fn written(micros: Micros) -> String {
    DateTime::<Utc>::from_timestamp_micros(micros)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .unwrap_or_default()
}

/// A moment as people write it: RFC 3339 with any offset.
pub fn read(text: &str) -> Option<Micros> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_micros())
}
