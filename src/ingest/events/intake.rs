//! Who brings events waits in one queue, and all that wait at one moment are taken in by one transaction: many small
//! requests cost the store what one large one does.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{CHUNK, Told, settle_waiting, take};
use crate::clock::Clock;
use crate::ingest::ImportError;
use crate::store::Store;

/// How many requests may wait.
const WAITING: usize = 1_024;

/// The queue.
#[derive(Debug, Clone)]
pub struct Intake {
    queue: mpsc::Sender<Parcel>,
}

/// What one request brings.
struct Parcel {
    events: Vec<Vec<u8>>,
    done: oneshot::Sender<Answer>,
}

type Answer = Result<Vec<Told>, Arc<ImportError>>;

impl Intake {
    /// Starts to take in. It ends when nobody can bring anything any more.
    pub fn start(store: Store, clock: Clock) -> Self {
        let (queue, parcels) = mpsc::channel(WAITING);
        tokio::spawn(work(store, clock, parcels));
        Intake { queue }
    }

    /// Takes events in; what counts of them is on disk when this answers, for each in their order.
    pub async fn bring(&self, events: Vec<Vec<u8>>) -> Answer {
        let (done, answer) = oneshot::channel();
        let gone = || Arc::new(ImportError::GivenUp);
        self.queue.send(Parcel { events, done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn work(store: Store, clock: Clock, mut parcels: mpsc::Receiver<Parcel>) {
    if let Err(error) = settle_waiting(&store, &clock).await {
        tracing::warn!(%error, "events that wait could not be tried again");
    }
    while let Some(first) = parcels.recv().await {
        let mut together = vec![first];
        let mut count = together.iter().map(|parcel| parcel.events.len()).sum::<usize>();
        while count < CHUNK
            && let Ok(next) = parcels.try_recv()
        {
            count += next.events.len();
            together.push(next);
        }
        let lengths: Vec<usize> = together.iter().map(|parcel| parcel.events.len()).collect();
        let events = together.iter_mut().flat_map(|parcel| std::mem::take(&mut parcel.events)).collect();
        let answer = take(&store, &clock, events).await.map_err(Arc::new);
        if let Err(error) = &answer {
            tracing::error!(%error, "events could not be taken in");
        }
        let brings = answer.as_ref().is_ok_and(|batch| batch.brings);
        if brings && let Err(error) = settle_waiting(&store, &clock).await {
            tracing::warn!(%error, "events that wait could not be tried again");
        }
        let mut told = answer.map(|batch| batch.told.into_iter());
        for (parcel, length) in together.into_iter().zip(lengths) {
            let mine = match &mut told {
                Ok(told) => Ok(told.by_ref().take(length).collect()),
                Err(error) => Err(error.clone()),
            };
            // Who went away meanwhile has lost the answer, and nothing else.
            let _ = parcel.done.send(mine);
        }
    }
}
