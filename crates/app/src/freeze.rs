//! Whether this process may act: what the database says, kept in memory for everything that must not ask it every time.
//!
//! Two locks stand one behind the other. Reconcilers look afresh before each pass and do nothing while the installation is frozen
//! (`work::Job::pass`); and every call that would change something outside passes the [`Gate`] on its way to the network.

use crate::app::App;
use crate::clock::Clock;
use crate::observe::calls::{self, Call, Made};
use crate::transport::Transport;
use crate::trusted_clock::{TrustedClock, Witness};
use bytes::Bytes;
use domain::call::CallFailure;
use domain::freeze::{Frozen, Reach, Reason};
use http::{Method, Request};
use jiff::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use store::StoreError;
use store::freezes::{self, Standing};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};
use tracing::Instrument;

/// What this process knew when it last looked. Cheap to clone; a gate that nobody ever told anything is open.
#[derive(Debug, Clone)]
pub struct Gate {
    seen: Arc<RwLock<Seen>>,
    answered: Arc<[AtomicI64; 2]>,
    /// The time that everybody behind this gate goes by.
    pub clock: TrustedClock,
    /// What went through it for orders, and is not written down yet.
    pub made: Made,
}

#[derive(Debug, Default)]
struct Seen {
    /// The epoch that this process belongs to; `None` before its first look.
    epoch: Option<i64>,
    frozen: Frozen,
}

impl Gate {
    /// An open gate, of a process on a machine with this clock.
    pub fn new(machine: Arc<dyn Clock>) -> Self {
        Self {
            seen: Arc::default(),
            answered: Arc::default(),
            clock: TrustedClock::new(machine),
            made: Made::default(),
        }
    }

    /// Why something of this reach stands still, as of the last look.
    pub fn stops(&self, reach: Reach) -> Option<Reason> {
        let known = self.seen.read().unwrap_or_else(PoisonError::into_inner).frozen.stops(reach);
        known.or_else(|| self.clock.is_wrong().then_some(Reason::WrongClock))
    }

    /// Takes over what the database says.
    fn learn(&self, standing: &Standing) -> Frozen {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        let before = seen.frozen.stops(Reach::Outside);
        // A process that stood still all the while has done nothing that the new epoch must not know: it goes along.
        let waited = matches!(before, Some(Reason::Restored | Reason::Moved));
        if seen.epoch.is_none() || waited {
            seen.epoch = Some(standing.epoch);
        }
        let superseded = (seen.epoch != Some(standing.epoch)).then_some(Reason::Superseded);
        let wrong = self.clock.is_wrong().then_some(Reason::WrongClock);
        seen.frozen = Frozen::of(standing.freezes.iter().map(|freeze| freeze.reason).chain(superseded).chain(wrong));
        let now = seen.frozen.stops(Reach::Outside);
        match now.filter(|_| now != before) {
            Some(reason) => {
                tracing::error!(freeze.reason = reason.key(), "The installation is frozen: {}", reason.words())
            }
            None if now.is_none() && before.is_some() => tracing::info!("The installation is not frozen any more"),
            None => {}
        }
        seen.frozen.clone()
    }

    /// When the other side last answered this process, be it with a refusal.
    pub fn answered_at(&self, other_side: Witness) -> Option<Timestamp> {
        let at = self.answered[other_side as usize].load(Ordering::Relaxed);
        Some(at).filter(|at| *at > 0).and_then(|at| Timestamp::from_microsecond(at).ok())
    }

    /// A transport whose calls change nothing while the installation is frozen; reading goes on. What the other side says about the time
    /// is heard, and calls are counted.
    pub fn guard(&self, other_side: Witness, transport: Transport) -> Transport {
        let gate = self.clone();
        BoxCloneSyncService::new(tower::service_fn(move |request: Request<Bytes>| {
            let (gate, mut transport) = (gate.clone(), transport.clone());
            async move {
                if let Some(reason) = gate.stops(Reach::Outside).filter(|_| request.method() != Method::GET) {
                    return Err(CallFailure::NeverSent(Closed(reason).into()));
                }
                let call = Call::of(other_side, &request, gate.clock.now());
                let (sent, began) = (gate.clock.mark(), gate.clock.steady());
                let outcome = transport.ready().await?.call(request).instrument(call.span()).await;
                call.ended(&outcome, gate.clock.steady().saturating_sub(began), &gate.made);
                if calls::answers(&outcome) {
                    gate.answered[other_side as usize].store(gate.clock.now().as_microsecond(), Ordering::Relaxed);
                }
                let answer = outcome?;
                gate.clock.hear(other_side, &sent, answer.headers());
                Ok(answer)
            }
        }))
    }

    /// Refuses while the installation is frozen, for what goes outside in another way than by a [`Transport`].
    ///
    /// # Errors
    /// [`Closed`]: nothing was done.
    pub fn pass(&self) -> Result<(), Closed> {
        self.stops(Reach::Outside).map_or(Ok(()), |reason| Err(Closed(reason)))
    }
}

/// Something would have changed the world outside while the installation is frozen. It was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the installation is frozen ({})", .0.key())]
pub struct Closed(pub Reason);

impl App {
    /// Why the installation is frozen, read afresh; the gate follows.
    ///
    /// # Errors
    /// The database did not answer: the gate stays as it is.
    pub async fn look_whether_frozen(&self) -> Result<Frozen, StoreError> {
        Ok(self.gate.learn(&freezes::standing(&mut *self.store.read().await?).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use store::freezes::Freeze;

    fn standing(epoch: i64, reasons: &[Reason]) -> Standing {
        let freeze = |reason: &Reason| Freeze {
            reason: *reason,
            since: Timestamp::UNIX_EPOCH,
            data_at: Timestamp::UNIX_EPOCH,
            detail: String::new(),
        };
        Standing { epoch, freezes: reasons.iter().map(freeze).collect() }
    }

    #[test]
    fn a_process_at_work_does_not_go_along_into_a_new_epoch() {
        let gate = Gate::new(Arc::new(SystemClock));
        assert_eq!(gate.learn(&standing(1, &[])), Frozen::default());
        assert_eq!(gate.learn(&standing(2, &[])).stops(Reach::Outside), Some(Reason::Superseded));
        assert_eq!(gate.learn(&standing(2, &[])).stops(Reach::Outside), Some(Reason::Superseded));
        assert_eq!(gate.pass(), Err(Closed(Reason::Superseded)));
    }

    #[test]
    fn a_process_that_stood_still_goes_along() {
        let gate = Gate::new(Arc::new(SystemClock));
        gate.learn(&standing(1, &[Reason::Restored]));
        assert_eq!(gate.pass(), Err(Closed(Reason::Restored)));
        assert_eq!(gate.learn(&standing(2, &[])), Frozen::default());
        assert_eq!(gate.pass(), Ok(()));
        assert_eq!(gate.learn(&standing(3, &[])).stops(Reach::Outside), Some(Reason::Superseded));
    }

    #[test]
    fn a_process_without_servers_to_make_is_not_one_that_stood_still() {
        let gate = Gate::new(Arc::new(SystemClock));
        gate.learn(&standing(1, &[Reason::ServersMissing]));
        assert_eq!(gate.pass(), Ok(()));
        assert_eq!(gate.learn(&standing(2, &[])).stops(Reach::Outside), Some(Reason::Superseded));
    }

    #[tokio::test]
    async fn a_closed_gate_lets_nothing_through_but_reading() {
        let gate = Gate::new(Arc::new(SystemClock));
        let transport =
            gate.guard(Witness::Stripe, crate::transport::in_process(axum::Router::new(), Arc::new(SystemClock)));
        let call = async |method: Method| {
            let request = Request::builder().method(method).uri("/").body(Bytes::new()).unwrap();
            transport.clone().oneshot(request).await.is_ok()
        };
        assert!(call(Method::POST).await, "open");
        gate.learn(&standing(1, &[Reason::Moved]));
        assert!(call(Method::GET).await);
        for method in [Method::POST, Method::PATCH, Method::PUT, Method::DELETE] {
            assert!(!call(method.clone()).await, "{method}");
        }
    }
}
