//! Gates: whatever a replica does to the database, to Stripe, to the panel or by mail stands here until somebody lets it go on.
//! At most one goes on at a time, so that a run is a list of choices, and the same choices make the same run.

use app::clock::Clock;
use app::transport::{self, Transport};
use axum::Router;
use bytes::Bytes;
use domain::call::CallFailure;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response};
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::gate::{Gate, Point};
use tokio::sync::oneshot;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

/// Who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    Stripe,
    Panel,
}

/// Which side of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Side {
    /// Nothing has happened yet.
    Before,
    /// It has happened, and whoever caused it does not know.
    After,
}

/// Where somebody stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    /// At an end of a transaction, which a line of the program began or commits.
    Store { point: Point, line: String },
    /// At a call.
    Call { target: Target, side: Side, changes: bool, what: String },
    /// At a message to somebody.
    Mail { side: Side },
}

impl Place {
    /// What kind of place it is, for counting.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Store { point, .. } => format!(
                "{} of a transaction",
                match point {
                    Point::Begin => "the beginning",
                    Point::Commit => "the commit",
                    Point::Committed => "the answer to the commit",
                }
            ),
            Self::Call { side: Side::Before, what, .. } => format!("the request {what}"),
            Self::Call { side: Side::After, what, .. } => format!("the answer to {what}"),
            Self::Mail { side: Side::Before } => "a letter".to_owned(),
            Self::Mail { side: Side::After } => "the answer to a letter".to_owned(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store { point, line } => write!(f, "{point:?} {line}"),
            Self::Call { target, side, what, .. } => write!(f, "{target:?} {side:?} {what}"),
            Self::Mail { side } => write!(f, "Mail {side:?}"),
        }
    }
}

/// How it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As it should.
    Go,
    /// Nothing happens, and that is known: the database refuses, the connection is refused, the mail server is down.
    Fail,
    /// The request, or its answer, is lost: the caller hears nothing.
    Lose,
    /// The caller hears nothing, and the request is worked off later.
    Late,
}

/// Somebody who stands at a gate.
pub(crate) struct Parked {
    pub(crate) number: u64,
    pub(crate) replica: usize,
    pub(crate) place: Place,
    /// Tells apart what stands at the same place, whoever of them came first: that is the database's threads' choice.
    about: String,
    open: oneshot::Sender<Verdict>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    parked: Vec<Parked>,
    late: Vec<(Target, Request<Bytes>)>,
}

/// All gates of a run.
#[derive(Clone, Default)]
pub(crate) struct Gates(Arc<Mutex<Inner>>);

impl Gates {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of the call at which somebody stands; empty at other gates.
    pub(crate) fn address(&self, number: u64) -> String {
        self.about(number, |about| about.split_once(' ').map_or(about, |(address, _)| address))
    }

    /// What is sent with the call at which somebody stands; empty at other gates.
    pub(crate) fn body(&self, number: u64) -> String {
        self.about(number, |about| about.split_once(' ').map_or("", |(_, body)| body))
    }

    fn about(&self, number: u64, part: impl Fn(&str) -> &str) -> String {
        let inner = self.inner();
        let parked = inner.parked.iter().find(|parked| parked.number == number);
        parked.map(|parked| part(&parked.about).to_owned()).unwrap_or_default()
    }

    /// How often somebody has come to a gate.
    pub(crate) fn arrivals(&self) -> u64 {
        self.inner().next
    }

    /// Who stands where, in an order that is the same in every run of the same choices.
    pub(crate) fn parked(&self) -> Vec<(u64, usize, Place)> {
        let inner = self.inner();
        let mut all: Vec<&Parked> = inner.parked.iter().collect();
        let key = |parked: &Parked| (parked.replica, parked.place.clone(), parked.about.clone(), parked.number);
        all.sort_by_cached_key(|parked| key(parked));
        all.into_iter().map(|parked| (parked.number, parked.replica, parked.place.clone())).collect()
    }

    /// How many stand with a transaction open.
    pub(crate) fn in_transaction(&self) -> usize {
        let commit = |parked: &&Parked| matches!(parked.place, Place::Store { point: Point::Commit, .. });
        self.inner().parked.iter().filter(commit).count()
    }

    /// Lets one go on.
    pub(crate) fn open(&self, number: u64, verdict: Verdict) {
        let mut inner = self.inner();
        if let Some(place) = inner.parked.iter().position(|parked| parked.number == number) {
            let parked = inner.parked.remove(place);
            drop(inner);
            // Whoever is gone does not mind.
            let _ = parked.open.send(verdict);
        }
    }

    /// Nobody of this replica goes on any more.
    fn forget(&self, replica: usize) {
        self.inner().parked.retain(|parked| parked.replica != replica);
    }

    /// Requests that are still on their way.
    pub(crate) fn late(&self) -> usize {
        self.inner().late.len()
    }

    /// Takes one that arrives now.
    pub(crate) fn take_late(&self, place: usize) -> Option<(Target, Request<Bytes>)> {
        let mut inner = self.inner();
        (place < inner.late.len()).then(|| inner.late.remove(place))
    }
}

/// The gates of one life of one replica.
#[derive(Clone)]
pub(crate) struct Life {
    gates: Gates,
    replica: usize,
    /// Nobody stops: the replica starts, or the run only looks.
    passing: Arc<AtomicBool>,
    dead: Arc<AtomicBool>,
}

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Life({})", self.replica)
    }
}

impl Life {
    pub(crate) fn new(gates: &Gates, replica: usize) -> Self {
        Self { gates: gates.clone(), replica, passing: Arc::new(AtomicBool::new(true)), dead: Arc::default() }
    }

    /// From now on everybody stops.
    pub(crate) fn stop_at_gates(&self) {
        self.passing.store(false, Ordering::SeqCst);
    }

    /// The replica dies: whoever stands never goes on, and whoever comes stays.
    pub(crate) fn end(&self) {
        self.dead.store(true, Ordering::SeqCst);
        self.gates.forget(self.replica);
    }

    /// Stands at a gate; `None` when the replica has died.
    async fn stand(&self, place: Place, about: &str) -> Option<Verdict> {
        if self.dead.load(Ordering::SeqCst) {
            return None;
        }
        if self.passing.load(Ordering::SeqCst) {
            return Some(Verdict::Go);
        }
        let (open, opened) = oneshot::channel();
        {
            let mut inner = self.gates.inner();
            let number = inner.next;
            inner.next += 1;
            inner.parked.push(Parked { number, replica: self.replica, place, about: about.to_owned(), open });
        }
        opened.await.ok()
    }

    /// A transport into a simulator with this clock, and a gate on both sides of every call.
    pub(crate) fn transport(&self, target: Target, router: Router, clock: Arc<dyn Clock>) -> Transport {
        let (life, direct) = (self.clone(), transport::in_process(router, clock));
        BoxCloneSyncService::new(tower::service_fn(move |request: Request<Bytes>| {
            let (life, direct) = (life.clone(), direct.clone());
            async move { life.call(target, direct, request).await }
        }))
    }

    async fn call(
        &self,
        target: Target,
        direct: Transport,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CallFailure> {
        let changes = request.method() != Method::GET;
        let what = format!("{} {}", request.method(), shape(request.uri().path()));
        let place = |side| Place::Call { target, side, changes, what: what.clone() };
        let about = format!("{} {}", request.uri(), String::from_utf8_lossy(request.body()));
        match self.stand(place(Side::Before), &about).await {
            Some(Verdict::Go) => {}
            Some(Verdict::Fail) => return Err(CallFailure::NeverSent("nobody listens there".into())),
            Some(Verdict::Lose) => return Err(CallFailure::NoAnswer("the request was lost".into())),
            Some(Verdict::Late) => {
                self.gates.inner().late.push((target, request));
                return Err(CallFailure::NoAnswer("no answer came in time".into()));
            }
            None => std::future::pending().await,
        }
        let answer = direct.oneshot(request).await;
        match self.stand(place(Side::After), &about).await {
            Some(Verdict::Go) => answer,
            Some(Verdict::Fail | Verdict::Lose | Verdict::Late) => {
                Err(CallFailure::NoAnswer("the answer was lost".into()))
            }
            None => std::future::pending().await,
        }
    }

    /// Takes a message; `take` writes down that it arrived.
    pub(crate) fn mail(&self, take: impl FnOnce() + Send + 'static) -> BoxFuture<'static, anyhow::Result<()>> {
        let life = self.clone();
        Box::pin(async move {
            match life.stand(Place::Mail { side: Side::Before }, "").await {
                Some(Verdict::Go) => {}
                Some(Verdict::Fail | Verdict::Lose | Verdict::Late) => anyhow::bail!("the mail server does not answer"),
                None => std::future::pending().await,
            }
            take();
            match life.stand(Place::Mail { side: Side::After }, "").await {
                Some(Verdict::Go) => Ok(()),
                Some(Verdict::Fail | Verdict::Lose | Verdict::Late) => {
                    anyhow::bail!("the mail server's answer was lost")
                }
                None => std::future::pending().await,
            }
        })
    }
}

impl Gate for Life {
    fn pass(
        &self,
        point: Point,
        at: &'static Location<'static>,
    ) -> Pin<Box<dyn Future<Output = store::gate::Verdict> + Send + '_>> {
        let file = at.file().rsplit_once("src/").map_or(at.file(), |(_, file)| file);
        let place = Place::Store { point, line: format!("{file}:{}", at.line()) };
        Box::pin(async move {
            match (self.stand(place, "").await, point) {
                (Some(Verdict::Go), _) => store::gate::Verdict::Go,
                // A transaction of a dead replica is rolled back, as the database does when its connection is gone.
                (Some(Verdict::Fail | Verdict::Lose | Verdict::Late), _) | (None, Point::Commit) => {
                    store::gate::Verdict::Fail
                }
                (None, Point::Begin | Point::Committed) => std::future::pending().await,
            }
        })
    }
}

/// A path with ids left out, so that the same step has the same name in every run.
fn shape(path: &str) -> String {
    let part = |part: &str| {
        let named = part.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '-') || part == "v1";
        if named { part.to_owned() } else { "*".to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}
