//! Whether anything still happens on a connection.

use super::Limits;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::WaitForCancellationFutureOwned;

/// What happens on one connection; cheap to clone.
#[derive(Clone)]
pub(super) struct Activity(Arc<watch::Sender<Seen>>);

#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Requests whose answer has not gone out whole.
    under_way: usize,
    /// A request has begun to arrive, or ought to.
    hearing: bool,
}

impl Default for Activity {
    fn default() -> Self {
        Self(Arc::new(watch::channel(Seen { under_way: 0, hearing: true }).0))
    }
}

impl Seen {
    fn patience(self, limits: &Limits) -> Duration {
        match self {
            Self { under_way: 1.., .. } => limits.stalled,
            Self { hearing: true, .. } => limits.headers,
            Self { .. } => limits.idle,
        }
    }
}

impl Activity {
    /// The peer sent something. Only the first bytes of a request count: whoever sends one after the other gains nothing.
    pub(super) fn heard(&self, bytes: &[u8]) {
        self.0.send_if_modified(|seen| {
            let begins = !bytes.is_empty() && seen.under_way == 0 && !seen.hearing;
            seen.hearing |= begins;
            begins
        });
    }

    /// A request's headers are here; it is under way until what is returned is dropped.
    pub(super) fn begin(&self) -> UnderWay {
        self.0.send_modify(|seen| *seen = Seen { under_way: seen.under_way + 1, hearing: false });
        UnderWay(self.clone())
    }

    /// Ends when nothing has happened for too long.
    pub(super) async fn quiet(&self, limits: &Limits) {
        let mut changes = self.0.subscribe();
        loop {
            let patience = changes.borrow_and_update().patience(limits);
            if timeout(patience, changes.changed()).await.is_err() {
                return;
            }
        }
    }
}

/// A request that is under way.
pub(super) struct UnderWay(Activity);

impl UnderWay {
    fn goes_on(&self) {
        self.0.0.send_modify(|_| {});
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.send_modify(|seen| seen.under_way = seen.under_way.saturating_sub(1));
    }
}

/// An answer's body. It tells that the answer goes on, and ends early when the program does, if it is of live updates.
pub(super) struct Watched {
    body: axum::body::Body,
    under_way: UnderWay,
    stop: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl Watched {
    pub(super) fn new(
        body: axum::body::Body,
        under_way: UnderWay,
        stop: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    ) -> Self {
        Self { body, under_way, stop }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if let Some(stop) = &mut this.stop
            && stop.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        let frame = Pin::new(&mut this.body).poll_frame(context);
        if frame.is_ready() {
            this.under_way.goes_on();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
