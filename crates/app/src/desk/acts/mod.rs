//! What those who look after the shop do by hand: each act once, for a button of the console and a command alike.
//!
//! One place says who may ([`Kind::permission`]), foresees ([`foresee`]), does and audits ([`perform`]). What an act will do is decided from
//! rows alone and said in sentences; carried out it is in the same transaction as its line in the audit log (A5). Whatever follows outside is
//! the work of reconcilers; the few calls that are made at once come after the commit, and may be made again.

mod adopt;
mod letters;
mod money;
mod pages;
mod paid_otherwise;
mod people;
mod reason;
mod servers;
mod shop;

pub use reason::{LONGEST as LONGEST_REASON, Reason};
pub use shop::{LONGEST_TEXT, LONGEST_TITLE};

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::freeze::Closed;
use crate::texts::t;
use crate::work::subscriptions;
use anyhow::Context;
use domain::access::Permission;
use domain::catalogue::RegionKey;
use domain::ids::{AccountId, IncidentId, MessageId, OrderId, ServiceId};
use domain::redact::without_addresses;
use serde_json::{Value, json};
use store::incidents::{self, Incident};
use store::refunds::Refund;
use store::services::{self, Service};
use store::{Db, StoreError, Tx, audit, mirror, sales_pauses};

/// Most days that are given at once.
pub const MOST_DAYS: i64 = 365;

/// Something that is done by hand, with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Gives back what an order was paid with, and ends what was bought.
    Refund(OrderId),
    /// Says that what Stripe does not give back was paid back in another way.
    PaidOtherwise(OrderId),
    /// Ends a subscription with the period that is paid.
    Cancel(ServiceId),
    /// Ends a subscription and removes its server at once.
    End(ServiceId),
    /// Suspends a server, whoever pays.
    Suspend(ServiceId),
    /// Takes that back.
    Unsuspend(ServiceId),
    /// Lets a server run for some days although nobody pays.
    Extend(ServiceId, i64),
    /// Says which server of the panel it is by now: the one with its mark, or the one with this number.
    Adopt(ServiceId, Option<u64>),
    /// Looks a customer's login at the panel up again; or links the one with this number.
    SyncPanel(AccountId, Option<u64>),
    /// Takes the second factors off a customer's account, who has lost them.
    RemoveFactors(AccountId),
    /// Places nothing new on a node.
    Drain(i64),
    /// Takes that back.
    Undrain(i64),
    /// Sells nothing in a region, or anywhere.
    PauseSales(Option<RegionKey>),
    /// Takes that back.
    ResumeSales(Option<RegionKey>),
    /// Says that something does not work.
    BeginIncident {
        /// One line.
        title: String,
        /// What people should know.
        text: String,
        /// Where; `None` everywhere.
        region: Option<RegionKey>,
    },
    /// Says that it works again.
    EndIncident(IncidentId),
    /// Sends a letter again.
    ResendMail(MessageId),
    /// Takes a customer's public page down.
    BarPage(ServiceId),
    /// Takes that back.
    UnbarPage(ServiceId),
}

/// The acts, without what each needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// See [`Act::Refund`].
    Refund,
    /// See [`Act::PaidOtherwise`].
    PaidOtherwise,
    /// See [`Act::Cancel`].
    Cancel,
    /// See [`Act::End`].
    End,
    /// See [`Act::Suspend`].
    Suspend,
    /// See [`Act::Unsuspend`].
    Unsuspend,
    /// See [`Act::Extend`].
    Extend,
    /// See [`Act::Adopt`].
    Adopt,
    /// See [`Act::SyncPanel`].
    SyncPanel,
    /// See [`Act::RemoveFactors`].
    RemoveFactors,
    /// See [`Act::Drain`].
    Drain,
    /// See [`Act::Undrain`].
    Undrain,
    /// See [`Act::PauseSales`].
    PauseSales,
    /// See [`Act::ResumeSales`].
    ResumeSales,
    /// See [`Act::BeginIncident`].
    BeginIncident,
    /// See [`Act::EndIncident`].
    EndIncident,
    /// See [`Act::ResendMail`].
    ResendMail,
    /// See [`Act::BarPage`].
    BarPage,
    /// See [`Act::UnbarPage`].
    UnbarPage,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Refund,
        Self::PaidOtherwise,
        Self::Cancel,
        Self::End,
        Self::Suspend,
        Self::Unsuspend,
        Self::Extend,
        Self::Adopt,
        Self::SyncPanel,
        Self::RemoveFactors,
        Self::Drain,
        Self::Undrain,
        Self::PauseSales,
        Self::ResumeSales,
        Self::BeginIncident,
        Self::EndIncident,
        Self::ResendMail,
        Self::BarPage,
        Self::UnbarPage,
    ];

    /// The word in addresses and in the names of texts.
    pub fn key(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::PaidOtherwise => "paid-otherwise",
            Self::Cancel => "cancel",
            Self::End => "end",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::Extend => "extend",
            Self::Adopt => "adopt",
            Self::SyncPanel => "sync-panel",
            Self::RemoveFactors => "remove-factors",
            Self::Drain => "drain",
            Self::Undrain => "undrain",
            Self::PauseSales => "pause",
            Self::ResumeSales => "resume",
            Self::BeginIncident => "begin",
            Self::EndIncident => "finish",
            Self::ResendMail => "resend",
            Self::BarPage => "bar-page",
            Self::UnbarPage => "unbar-page",
        }
    }

    /// The word in the audit log.
    fn audited(self) -> &'static str {
        match self {
            Self::Refund => "order.refund",
            Self::PaidOtherwise => "order.paid-otherwise",
            Self::Cancel => "service.cancel",
            Self::End => "service.end",
            Self::Suspend => "service.hold",
            Self::Unsuspend => "service.end-hold",
            Self::Extend => "service.extend",
            Self::Adopt => "service.adopt",
            Self::SyncPanel => "customer.sync-panel",
            Self::RemoveFactors => "customer.remove-factors",
            Self::Drain => "node.drain",
            Self::Undrain => "node.undrain",
            Self::PauseSales => "sales.pause",
            Self::ResumeSales => "sales.resume",
            Self::BeginIncident => "incident.begin",
            Self::EndIncident => "incident.end",
            Self::ResendMail => "mail.resend",
            Self::BarPage => "page.bar",
            Self::UnbarPage => "page.unbar",
        }
    }

    /// Who may: whoever has this.
    pub fn permission(self) -> Permission {
        match self {
            Self::Refund | Self::PaidOtherwise | Self::Cancel => Permission::MoveMoney,
            Self::End
            | Self::Suspend
            | Self::Unsuspend
            | Self::Extend
            | Self::Adopt
            | Self::Drain
            | Self::Undrain
            | Self::BeginIncident
            | Self::EndIncident => Permission::RunServers,
            Self::SyncPanel => Permission::MendOrders,
            // Whoever can do this can be talked into giving an account away.
            Self::RemoveFactors => Permission::ManageStaff,
            Self::PauseSales | Self::ResumeSales => Permission::ManageSales,
            Self::ResendMail | Self::BarPage | Self::UnbarPage => Permission::HelpCustomers,
        }
    }

    /// Whether something outside changes because of it. What does not is done while the installation is frozen, too.
    fn leads_outside(self) -> bool {
        match self {
            Self::Refund
            | Self::Cancel
            | Self::End
            | Self::Suspend
            | Self::Unsuspend
            | Self::Extend
            | Self::Adopt
            | Self::SyncPanel
            | Self::ResendMail => true,
            Self::PaidOtherwise
            | Self::RemoveFactors
            | Self::Drain
            | Self::Undrain
            | Self::PauseSales
            | Self::ResumeSales
            | Self::BeginIncident
            | Self::EndIncident
            | Self::BarPage
            | Self::UnbarPage => false,
        }
    }

    /// Whether whoever does it has to prove shortly before who they are: what is about money, servers, somebody's
    /// account or everybody.
    pub fn is_dangerous(self) -> bool {
        match self {
            Self::Refund
            | Self::PaidOtherwise
            | Self::Cancel
            | Self::End
            | Self::Suspend
            | Self::Unsuspend
            | Self::Extend
            | Self::Adopt
            | Self::RemoveFactors
            | Self::Drain
            | Self::Undrain
            | Self::PauseSales
            | Self::ResumeSales
            | Self::BeginIncident
            | Self::EndIncident => true,
            Self::SyncPanel | Self::ResendMail | Self::BarPage | Self::UnbarPage => false,
        }
    }
}

impl Act {
    /// Which act it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Refund(_) => Kind::Refund,
            Self::PaidOtherwise(_) => Kind::PaidOtherwise,
            Self::Cancel(_) => Kind::Cancel,
            Self::End(_) => Kind::End,
            Self::Suspend(_) => Kind::Suspend,
            Self::Unsuspend(_) => Kind::Unsuspend,
            Self::Extend(..) => Kind::Extend,
            Self::Adopt(..) => Kind::Adopt,
            Self::SyncPanel(..) => Kind::SyncPanel,
            Self::RemoveFactors(_) => Kind::RemoveFactors,
            Self::Drain(_) => Kind::Drain,
            Self::Undrain(_) => Kind::Undrain,
            Self::PauseSales(_) => Kind::PauseSales,
            Self::ResumeSales(_) => Kind::ResumeSales,
            Self::BeginIncident { .. } => Kind::BeginIncident,
            Self::EndIncident(_) => Kind::EndIncident,
            Self::ResendMail(_) => Kind::ResendMail,
            Self::BarPage(_) => Kind::BarPage,
            Self::UnbarPage(_) => Kind::UnbarPage,
        }
    }
}

/// What would come of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foresight {
    /// This happens, a sentence each.
    Happens(Vec<String>),
    /// Nothing: it does not apply, and why.
    Nothing(String),
}

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// This happens now, or has happened.
    Done(Vec<String>),
    /// Nothing was done, and why.
    Nothing(String),
}

/// Why nobody knows what would come of an act, or why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// There is no such order, service, node, letter, incident or region.
    #[error("there is no such thing")]
    Missing,
    /// Something that was typed cannot be used, in words for whoever typed it.
    #[error("{0}")]
    Typed(String),
    /// The installation is frozen: nothing is begun that would change something outside.
    #[error("{0}; nothing was done")]
    Frozen(#[from] Closed),
    /// Stripe or the panel did not answer, or refused. What the act says was written down before may be done again.
    #[error("it was asked for and written down, and did not get through: {0:#}. Do it again; that is harmless")]
    Outside(anyhow::Error),
    /// The database did not answer: nothing was done.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something of ours.
    #[error(transparent)]
    Ours(#[from] anyhow::Error),
}

/// Whether an act applies, and what it does then.
enum Looked {
    Applies(Plan),
    Not(String),
}

/// What an act does, decided on what stands in the database.
struct Plan {
    /// In sentences.
    says: Vec<String>,
    /// The id of what it is about, in the audit log.
    subject: String,
    /// What else the audit log keeps of it.
    detail: Value,
    step: Step,
}

/// It applies.
fn plan(says: Vec<String>, subject: String, detail: Value, step: Step) -> Result<Looked, ActError> {
    Ok(Looked::Applies(Plan { says, subject, detail, step }))
}

/// It does not, for this reason.
fn not(key: &str) -> Result<Looked, ActError> {
    Ok(Looked::Not(t(key).into_owned()))
}

/// The service with this id.
async fn service(db: &mut Db, id: &ServiceId) -> Result<Service, ActError> {
    services::find(db, id).await?.ok_or(ActError::Missing)
}

/// What is written.
enum Step {
    StopDelivery(ServiceId, OrderId),
    GiveBack(Box<money::GiveBack>),
    PayOtherwise(Box<Refund>),
    EndServer(ServiceId, OrderId),
    EndWithPeriod { subscription: String },
    Hold(ServiceId),
    EndHold(ServiceId),
    Extend { service: ServiceId, order: OrderId, until: jiff::Timestamp },
    Adopt(Box<adopt::Adoption>),
    LinkLogin { account: AccountId, number: i64, username: String },
    RemoveFactors(AccountId),
    Drain(i64),
    Undrain(i64),
    PauseSales(Option<RegionKey>),
    ResumeSales(Option<RegionKey>),
    BeginIncident { title: String, text: String, region: Option<RegionKey> },
    EndIncident(IncidentId, Option<RegionKey>),
    WakeMail(MessageId),
    WriteAgain(Box<letters::Again>),
    BarPage(ServiceId),
    UnbarPage(ServiceId),
}

/// What the panel says, for the acts that ask it before anything is decided.
#[derive(Default)]
struct Seen {
    login: Option<people::Seen>,
    server: Option<adopt::Seen>,
}

/// Asks the panel, if the act needs it. Only what is `meant` changes something there.
async fn ask(app: &App, act: &Act, meant: bool) -> Result<Seen, ActError> {
    let mut seen = Seen::default();
    if let Act::SyncPanel(account, named) = act {
        seen.login = Some(people::ask(app, account, *named, meant).await?);
    }
    if let Act::Adopt(service, number) = act {
        seen.server = Some(adopt::ask(app, service, *number).await?);
    }
    Ok(seen)
}

/// What an act would do at this moment. Nothing is changed.
///
/// # Errors
/// [`ActError::Missing`], [`ActError::Typed`]; the panel or the database did not answer.
pub async fn foresee(app: &App, act: &Act) -> Result<Foresight, ActError> {
    let seen = ask(app, act, false).await?;
    Ok(match look(app, &mut *app.store.read().await?, act, seen).await? {
        Looked::Applies(plan) => Foresight::Happens(plan.says),
        Looked::Not(why) => Foresight::Nothing(why),
    })
}

/// Does it, in the name of `by`. Twice is once: the second time it does not apply any more.
///
/// # Errors
/// As for [`foresee`]; [`ActError::Outside`] when it was written down and a call that follows did not get through.
pub async fn perform(app: &App, by: &str, act: &Act, reason: &Reason) -> Result<Outcome, ActError> {
    if act.kind().leads_outside() {
        // A command is a process that has not heard yet what time it is.
        app.knows_the_time().await;
        app.gate.pass()?;
    }
    let seen = ask(app, act, true).await?;
    let mut tx = app.store.begin().await?;
    let plan = match look(app, &mut tx, act, seen).await? {
        Looked::Applies(plan) => plan,
        Looked::Not(why) => return Ok(Outcome::Nothing(why)),
    };
    if !carry_out(app, &mut tx, &plan.step, reason).await? {
        return Ok(Outcome::Nothing(t("act-overtaken").into_owned()));
    }
    let mut detail = plan.detail;
    detail["reason"] = Value::from(reason.as_str());
    audit::record(&mut tx, &app.id(), by, act.kind().audited(), &plan.subject, &detail, app.now()).await?;
    tx.commit().await?;
    metrics::counter!("givr_acts_total", "act" => act.kind().key()).increment(1);
    if let Step::EndWithPeriod { subscription } = &plan.step {
        end_with_period(app, subscription).await.map_err(ActError::Outside)?;
    }
    if let Step::Adopt(adoption) = &plan.step {
        adoption.mark(app).await.map_err(ActError::Outside)?;
    }
    app.nudge();
    Ok(Outcome::Done(plan.says))
}

async fn look(app: &App, db: &mut Db, act: &Act, seen: Seen) -> Result<Looked, ActError> {
    match act {
        Act::Refund(order) => money::refund(db, order).await,
        Act::PaidOtherwise(order) => paid_otherwise::paid_otherwise(db, order).await,
        Act::Cancel(service) => money::cancel(db, service).await,
        Act::End(service) => money::end(db, service).await,
        Act::Suspend(service) => servers::suspend(db, service).await,
        Act::Unsuspend(service) => servers::unsuspend(db, service).await,
        Act::Extend(service, days) => servers::extend(db, service, *days, app.now()).await,
        Act::Adopt(service, number) => adopt::adopt(app, db, service, *number, seen.server).await,
        Act::SyncPanel(account, _) => people::sync_panel(db, account, seen.login).await,
        Act::RemoveFactors(account) => people::remove_factors(db, account).await,
        Act::Drain(node) => shop::drain(db, *node).await,
        Act::Undrain(node) => shop::undrain(db, *node).await,
        Act::PauseSales(region) => shop::pause(app, db, region.as_ref()).await,
        Act::ResumeSales(region) => shop::resume(app, db, region.as_ref()).await,
        Act::BeginIncident { title, text, region } => shop::begin(app, db, title, text, region.as_ref()).await,
        Act::EndIncident(incident) => shop::finish(db, incident).await,
        Act::ResendMail(message) => letters::resend(app, db, message).await,
        Act::BarPage(service) => pages::bar(db, service).await,
        Act::UnbarPage(service) => pages::unbar(db, service).await,
    }
}

/// Writes what a plan says. `false` when somebody was faster: nothing of it may be kept then.
async fn carry_out(app: &App, tx: &mut Tx, step: &Step, reason: &Reason) -> Result<bool, ActError> {
    let now = app.now();
    Ok(match step {
        Step::StopDelivery(service, order) => money::stop_delivery(app, tx, service, order).await?,
        Step::GiveBack(what) => what.decide(app, tx).await?,
        Step::PayOtherwise(refund) => paid_otherwise::count(app, tx, refund).await?,
        Step::EndServer(service, order) => money::end_server(app, tx, service, order).await?,
        // The call itself comes after the commit.
        Step::EndWithPeriod { .. } => true,
        Step::Hold(service) => {
            let hold = store::standing::Hold { since: now, why: reason.as_str().to_owned() };
            store::standing::hold(tx, service, &hold).await?
        }
        Step::EndHold(service) => store::standing::end_hold(tx, service).await?,
        Step::Extend { service, order, until } => servers::give(app, tx, service, order, *until).await?,
        Step::Adopt(adoption) => adoption.link(app, tx).await?,
        Step::LinkLogin { account, number, username } => {
            store::accounts::set_panel_user(tx, account, *number, username).await?;
            alerts::clear(app, tx, Rule::AccountClash, account.as_str()).await?;
            true
        }
        Step::RemoveFactors(account) => people::forget_factors(app, tx, account).await?,
        Step::Drain(node) => mirror::drain(tx, *node, reason.as_str(), now).await?,
        Step::Undrain(node) => mirror::end_drain(tx, *node).await?,
        Step::PauseSales(region) => {
            let why = reason.as_str().to_owned();
            sales_pauses::begin(tx, &sales_pauses::Pause { region: region.clone(), since: now, why }).await?
        }
        Step::ResumeSales(region) => sales_pauses::end(tx, region.as_ref()).await?,
        Step::BeginIncident { title, text, region } => {
            let (title, text, region) = (title.clone(), text.clone(), region.clone());
            let incident = Incident { id: app.id(), began_at: now, ended_at: None, title, text, region };
            // What was about to be deleted because nobody paid is judged anew.
            store::standing::overtake(tx, incident.region.as_ref()).await?;
            incidents::begin(tx, &incident).await?
        }
        Step::EndIncident(incident, region) => {
            store::standing::judge_troubled_now(tx, region.as_ref()).await?;
            incidents::end(tx, incident, now).await?
        }
        Step::WakeMail(message) => store::outbox::wake(tx, message, now).await?,
        Step::WriteAgain(again) => {
            again.put(app, tx).await?;
            true
        }
        // Its customer reads why.
        Step::BarPage(service) => {
            store::public_pages::bar(tx, service, &without_addresses(reason.as_str()), now).await?
        }
        Step::UnbarPage(service) => store::public_pages::unbar(tx, service).await?,
    })
}

/// Has Stripe end a subscription with its period, and writes down what it says then.
async fn end_with_period(app: &App, subscription: &str) -> anyhow::Result<()> {
    app.stripe.set_cancel_at_period_end(subscription, true).await.context("Stripe did not set the end")?;
    subscriptions::refresh(app, subscription).await.context("what Stripe says of it now could not be read")
}

/// An object with one value.
fn detail(name: &str, value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    json!({ name: value })
}
