//! Events that come at the same time share one transaction: one flush of the disk for all of them. Each is answered after it.

use crate::clock::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::Store;
use store::events::{self, NewEvent};
use tokio::sync::{mpsc, oneshot, watch};

/// Events in one transaction at most.
const BATCH: usize = 200;
/// Events that may wait; more are answered with 503 and come again.
const WAITING: usize = 2000;

/// Why an event was not stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotStored {
    /// Too many events wait already.
    #[error("too many events wait to be stored")]
    Full,
    /// The database refused, or this process ends.
    #[error("{0}")]
    Failed(Arc<str>),
}

type Waiting = (NewEvent, oneshot::Sender<Result<(), NotStored>>);

/// Where webhooks leave their events.
#[derive(Debug, Clone)]
pub struct Inbox {
    sender: mpsc::Sender<Waiting>,
    refused: Arc<AtomicU64>,
}

impl Inbox {
    /// Starts the task that stores; it ends when the last clone is dropped. `changes` is told of each batch.
    pub fn start(store: Store, clock: Arc<dyn Clock>, changes: watch::Sender<u64>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(run(store, clock, changes, receiver));
        Self { sender, refused: Arc::default() }
    }

    /// Stores an event, and returns when it will survive a power cut (O2).
    ///
    /// # Errors
    /// It was not stored: the sender has to try again.
    pub async fn store(&self, event: NewEvent) -> Result<(), NotStored> {
        let outcome = self.try_store(event).await;
        if outcome.is_err() {
            self.count_refused(1);
        }
        outcome
    }

    /// Counts events that were not stored.
    pub fn count_refused(&self, count: u64) {
        self.refused.fetch_add(count, Ordering::Relaxed);
    }

    /// How many events were not stored since this was last asked.
    pub fn take_refused(&self) -> u64 {
        self.refused.swap(0, Ordering::Relaxed)
    }

    async fn try_store(&self, event: NewEvent) -> Result<(), NotStored> {
        let (answer, stored) = oneshot::channel();
        self.sender.try_send((event, answer)).map_err(|_| NotStored::Full)?;
        stored.await.unwrap_or_else(|_| Err(NotStored::Failed("the process ends".into())))
    }
}

async fn run(store: Store, clock: Arc<dyn Clock>, changes: watch::Sender<u64>, mut receiver: mpsc::Receiver<Waiting>) {
    let mut waiting: Vec<Waiting> = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut waiting, BATCH).await > 0 {
        let (events, answers): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
        let stored = save(&store, clock.as_ref(), &events).await;
        if stored.is_ok() {
            changes.send_modify(|count| *count = count.wrapping_add(1));
        }
        for answer in answers {
            // Whoever waited may have gone; the event is stored all the same.
            let _ = answer.send(stored.clone());
        }
    }
}

async fn save(store: &Store, clock: &dyn Clock, events: &[NewEvent]) -> Result<(), NotStored> {
    let saved = async {
        let mut tx = store.begin().await?;
        // The same event twice in one statement is refused by PostgreSQL: the first copy counts.
        let mut unique: Vec<NewEvent> = Vec::with_capacity(events.len());
        let mut seen = std::collections::HashSet::with_capacity(events.len());
        unique.extend(events.iter().filter(|event| seen.insert(event.id.as_str())).cloned());
        events::insert_batch(&mut tx, &unique, clock.now()).await?;
        tx.commit().await
    };
    saved.await.map_err(|error: store::StoreError| NotStored::Failed(error.to_string().into()))
}
