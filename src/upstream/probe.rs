//! One call to a source, to see whether it can be reached, whether it accepts us, and what it costs.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::connector::Entity;
use super::fetch::Ask;
use super::port::Purpose;
use super::source::Source;
use super::walk::{Place, Walk};
use crate::outbound::{Cause, Failure};

/// The id that is asked for where nothing can be listed: one that no system has.
const NOBODY: &str = "weft-check";

/// How long a source may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What one call showed.
#[derive(Debug, Clone)]
pub struct Probed {
    /// The entity that was asked for, and by which operation.
    pub asked: String,
    /// Whether anything answered.
    pub reachable: bool,
    /// Whether the credentials hold; unknown where nothing answered.
    pub authenticated: Option<bool>,
    /// How many items came.
    pub rows: Option<usize>,
    /// What the call took.
    pub took: Duration,
    /// How many calls are left, where a budget is declared or the source says so.
    pub left: Option<u64>,
    /// What failed.
    pub failure: Option<Failure>,
}

impl Source {
    /// Asks for one page of the first entity that can be listed; where none can, for one thing that nobody has.
    pub async fn probe(&self) -> Probed {
        let begun = Instant::now();
        let listed = self.entities().find(|(_, entity)| entity.list.is_some() || entity.changes.is_some());
        let chosen = listed.or_else(|| self.entities().find(|(_, entity)| entity.within.is_none()));
        let (asked, found) = match chosen {
            Some((name, entity)) => {
                let (purpose, work) = (purpose(entity), self.once(name, entity));
                let found = tokio::time::timeout(PATIENCE, work).await;
                let late = |_| Err(Failure::new(self.name.clone(), Cause::Timeout));
                (format!("{name}.{}", purpose.name()), found.unwrap_or_else(late))
            }
            None => ("nothing".to_owned(), Ok(None)),
        };
        let took = begun.elapsed();
        let now = self.clock.now();
        let left = self.policies.values().filter_map(|policy| policy.health(now).remaining).min();
        let (reachable, authenticated) = match &found {
            Ok(_) => (true, Some(true)),
            Err(failure) => match failure.cause {
                Cause::Denied { .. } => (true, Some(false)),
                // An answer that cannot be used may come from anybody, and says nothing of who we are to them.
                Cause::Invalid { .. } | Cause::RateLimited { .. } => (true, None),
                Cause::Unavailable { .. } | Cause::Timeout => (false, None),
            },
        };
        let rows = found.as_ref().ok().copied().flatten();
        Probed { asked, reachable, authenticated, rows, took, left, failure: found.err() }
    }

    async fn once(&self, name: &str, entity: &Entity) -> Result<Option<usize>, Failure> {
        let purpose = purpose(entity);
        let list = entity.list.as_ref().or(entity.changes.as_ref());
        if let Some(operation) = list {
            let since = (purpose == Purpose::Changes).then(|| self.clock.now());
            let mut walk = Walk::new(self, (name, purpose), operation, since, Place::default());
            let page = walk.next().await?;
            return Ok(Some(page.map_or(0, |page| page.items.each().len())));
        }
        let ask = Ask::anew(PATIENCE);
        if purpose == Purpose::Evaluate {
            return self.evaluate(name, NOBODY, &json!({}), &ask).await.map(|_| None);
        }
        match self.fetch(name, purpose, &[NOBODY.to_owned()], &ask).await.remove(NOBODY) {
            Some(Err(failure)) => Err(failure),
            Some(Ok(_)) | None => Ok(None),
        }
    }
}

/// The operation that a look is made with.
fn purpose(entity: &Entity) -> Purpose {
    entity.operations().next().map_or(Purpose::Evaluate, |(purpose, _)| purpose)
}
