//! The evidence laid side by side: what belongs together is found by its id, and money by the bill that it paid.

use super::{Deadlines, Evidence, Moment};
use crate::alerts::Rule;
use billing::{
    Charge, ChargeStatus, CheckoutSession, Invoice, PaidWith, Refund, RefundStatus, Subscription, SubscriptionStatus,
};
use domain::freeze::Reach;
use jiff::{SignedDuration, Timestamp};
use panel::{PanelServer, PanelUser};
use std::collections::{BTreeMap, BTreeSet};
use store::freezes::PastFreeze;
use store::orders::Purchase;
use store::refunds::Refund as Decision;
use store::services::Service;
use store::verify::{CreateCall, Holder, Holding, Job, LedgerEntry};

/// Rows by an id that several of them may carry.
type Groups<'a, T> = BTreeMap<&'a str, Vec<&'a T>>;

/// The evidence, opened.
pub(super) struct Books<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) moment: &'a Moment,
    /// Captured charges of ours, with what they paid.
    pub(super) money: Vec<Taken<'a>>,
    /// Where in `money` the charges of a subscription stand.
    money_on: BTreeMap<&'a str, Vec<usize>>,
    /// Captured charges that carry no mark of ours.
    pub(super) strange: BTreeSet<&'a str>,
    /// Orders that were paid in the other mode: this key does not see their money.
    elsewhere: BTreeSet<&'a str>,
    orders: BTreeMap<&'a str, &'a Purchase>,
    order_paid_by: BTreeMap<&'a str, &'a Purchase>,
    holders: BTreeMap<&'a str, &'a Holder>,
    services: BTreeMap<&'a str, &'a Service>,
    service_of_order: BTreeMap<&'a str, &'a Service>,
    service_of_server: BTreeMap<&'a str, &'a Service>,
    jobs: Groups<'a, Job>,
    create_calls: Groups<'a, CreateCall>,
    ledger: Groups<'a, LedgerEntry>,
    decisions: Groups<'a, Decision>,
    holdings: Groups<'a, Holding>,
    servers: Groups<'a, PanelServer>,
    servers_by_uuid: BTreeMap<&'a str, &'a PanelServer>,
    logins: BTreeMap<i64, &'a PanelUser>,
    subscriptions: BTreeMap<&'a str, &'a Subscription>,
    decisions_by_id: BTreeMap<&'a str, &'a Decision>,
    decisions_by_subscription: Groups<'a, Decision>,
    refunds_of_charge: Groups<'a, Refund>,
    open_alerts: BTreeSet<(&'a str, &'a str)>,
    all_alerts: BTreeSet<(&'a str, &'a str)>,
    letters: BTreeSet<(&'a str, &'a str, &'a str)>,
}

/// Money that Stripe took for something of ours.
pub(super) struct Taken<'a> {
    pub(super) charge: &'a Charge,
    /// The payment intent, by which our ledger knows it.
    pub(super) intent: &'a str,
    /// The subscription that was billed.
    pub(super) subscription: &'a str,
    /// The bill that it paid.
    pub(super) invoice: &'a Invoice,
    /// The order that our metadata names.
    pub(super) order: Option<&'a str>,
}

/// What a captured charge paid, and who says that it is theirs.
struct Bill<'a> {
    invoice: &'a Invoice,
    subscription: &'a str,
    installation: Option<&'a str>,
    order: Option<&'a str>,
}

impl Books<'_> {
    /// Times whose records may be lost: the database was restored, or is a copy, and what happened since then was done by another one.
    pub(super) fn lost_time(&self) -> impl Iterator<Item = &PastFreeze> {
        self.evidence.ours.past_freezes.iter().filter(|past| past.reason.reach() == Reach::Outside)
    }

    /// From when on something that `service` loses because nobody pays could happen that is due at `due`: during an incident nothing does.
    /// `None` while one lasts.
    pub(super) fn after_incidents(&self, service: &Service, due: Timestamp) -> Option<Timestamp> {
        let reaching = self.evidence.ours.incidents.iter().filter(|incident| incident.reaches(&service.region));
        reaching.map(|incident| incident.ended_at).try_fold(due, |due, ended| Some(due.max(ended?)))
    }
}

impl Taken<'_> {
    /// Whether all of it went back.
    pub(super) fn is_returned(&self) -> bool {
        self.charge.amount_refunded.minor >= self.charge.amount.minor
    }
}

/// Whether a refund moved money, or still may.
pub(super) fn is_good(refund: &Refund) -> bool {
    match refund.status {
        RefundStatus::Failed | RefundStatus::Canceled => false,
        RefundStatus::Pending | RefundStatus::RequiresAction | RefundStatus::Succeeded | RefundStatus::Other(_) => true,
    }
}

/// Whether a subscription is in force: it was paid at least once, or is on trial, and has not ended.
pub(super) fn is_in_force(subscription: &Subscription) -> bool {
    match subscription.status {
        SubscriptionStatus::Incomplete | SubscriptionStatus::IncompleteExpired | SubscriptionStatus::Canceled => false,
        SubscriptionStatus::Trialing
        | SubscriptionStatus::Active
        | SubscriptionStatus::PastDue
        | SubscriptionStatus::Unpaid
        | SubscriptionStatus::Paused
        | SubscriptionStatus::Other(_) => true,
    }
}

/// A number of the panel's as our rows hold it.
pub(super) fn number(panel: u64) -> i64 {
    i64::try_from(panel).unwrap_or(i64::MAX)
}

fn group<'a, T>(rows: &'a [T], key: impl Fn(&'a T) -> Option<&'a str>) -> Groups<'a, T> {
    let mut groups: Groups<'a, T> = BTreeMap::new();
    for row in rows {
        if let Some(key) = key(row) {
            groups.entry(key).or_default().push(row);
        }
    }
    groups
}

fn order_of(entry: &LedgerEntry) -> Option<&str> {
    entry.order.as_ref().map(|order| order.as_str())
}

fn index<'a, T>(rows: &'a [T], key: impl Fn(&'a T) -> Option<&'a str>) -> BTreeMap<&'a str, &'a T> {
    rows.iter().filter_map(|row| Some((key(row)?, row))).collect()
}

impl<'a> Books<'a> {
    pub(super) fn open(evidence: &'a Evidence, moment: &'a Moment) -> Self {
        let (ours, stripe) = (&evidence.ours, &evidence.stripe);
        let alerts = |open: bool| {
            let wanted = ours.alerts.iter().filter(move |alert| !open || alert.cleared_at.is_none());
            wanted.map(|alert| (alert.rule.as_str(), alert.key.as_str())).collect()
        };
        let letters = ours.letters.iter();
        let mut books = Self {
            evidence,
            moment,
            money: Vec::new(),
            money_on: BTreeMap::new(),
            strange: BTreeSet::new(),
            elsewhere: ours.ledger.iter().filter(|entry| entry.live != ours.live).filter_map(order_of).collect(),
            orders: index(&ours.orders, |purchase| Some(purchase.order.id.as_str())),
            order_paid_by: index(&ours.orders, |purchase| Some(purchase.order.state.payment()?.subscription.as_str())),
            holders: index(&ours.holders, |holder| Some(holder.id.as_str())),
            services: index(&ours.services, |service| Some(service.id.as_str())),
            service_of_order: index(&ours.services, |service| Some(service.order.as_str())),
            service_of_server: index(&ours.services, |service| Some(service.external_id.as_str())),
            jobs: group(&ours.jobs, |job| Some(job.service.as_str())),
            create_calls: group(&ours.create_calls, |call| Some(call.operation.as_str())),
            ledger: group(&ours.ledger, |entry| Some(entry.charge.as_str())),
            decisions: group(&ours.refunds, |refund| refund.charge.as_deref()),
            holdings: group(&ours.holdings, |holding| Some(holding.order.as_str())),
            servers: group(&evidence.panel.servers, |server| server.external_id.as_deref()),
            servers_by_uuid: index(&evidence.panel.servers, |server| Some(server.uuid.as_str())),
            decisions_by_id: index(&ours.refunds, |decision| Some(decision.id.as_str())),
            decisions_by_subscription: group(&ours.refunds, |decision| Some(decision.subscription.as_str())),
            logins: evidence.panel.accounts.iter().map(|login| (number(login.id.get()), login)).collect(),
            subscriptions: index(&stripe.subscriptions, |one| Some(one.id.as_str())),
            refunds_of_charge: group(&stripe.refunds, |refund| refund.payment_intent.as_deref()),
            open_alerts: alerts(true),
            all_alerts: alerts(false),
            letters: letters.map(|row| (row.kind.as_str(), row.subject.as_str(), row.cause.as_str())).collect(),
        };
        books.sort_money();
        books
    }

    /// Sorts captured charges: those that paid a bill of one of our subscriptions, and everybody else's (M8).
    fn sort_money(&mut self) {
        let stripe = &self.evidence.stripe;
        let invoices = index(&stripe.invoices, |invoice| Some(invoice.id.as_str()));
        let mut bills: BTreeMap<&str, &Invoice> = BTreeMap::new();
        for payment in &stripe.invoice_payments {
            let paid_with = match &payment.paid_with {
                PaidWith::PaymentIntent(id) | PaidWith::Charge(id) => id.as_str(),
                PaidWith::Other => continue,
            };
            if let Some(invoice) = invoices.get(payment.invoice.as_str()) {
                bills.insert(paid_with, invoice);
            }
        }
        let ours = &self.evidence.ours;
        for charge in stripe.charges.iter().filter(|charge| charge.status == ChargeStatus::Succeeded) {
            let intent = charge.payment_intent.as_deref().unwrap_or(&charge.id);
            let invoice = bills.get(intent).or_else(|| bills.get(charge.id.as_str()));
            let bill = invoice.and_then(|invoice| self.bill(invoice));
            match bill.filter(|bill| bill.installation == Some(&ours.installation.id) && charge.live == ours.live) {
                Some(Bill { invoice, subscription, order, .. }) => {
                    self.money_on.entry(subscription).or_default().push(self.money.len());
                    self.money.push(Taken { charge, intent, subscription, invoice, order });
                }
                None => drop(self.strange.insert(intent)),
            }
        }
    }

    /// What an invoice bills, if that is a subscription. Its metadata counts as it is now; the invoice keeps a copy of what it was.
    fn bill(&self, invoice: &'a Invoice) -> Option<Bill<'a>> {
        let subscription = invoice.subscription.as_deref()?;
        let metadata = self.subscription(subscription).map(|one| &one.metadata);
        let said = |key: &str| {
            let now = metadata.and_then(|metadata| metadata.get(key));
            now.or_else(|| invoice.subscription_metadata.get(key)).map(String::as_str)
        };
        Some(Bill { invoice, subscription, installation: said("installation"), order: said("order_id") })
    }

    /// What was taken for a subscription.
    pub(super) fn money_on(&self, subscription: &str) -> impl Iterator<Item = &Taken<'a>> {
        self.money_on.get(subscription).into_iter().flatten().filter_map(|place| self.money.get(*place))
    }

    /// Whether something may still be under way that began at `since` and has this much time. Anything that is younger than the
    /// reading is.
    pub(super) fn may_wait(&self, since: Timestamp, time: impl Fn(&Deadlines) -> SignedDuration) -> bool {
        let age = self.evidence.at.duration_since(since);
        match self.moment {
            Moment::Anytime => true,
            Moment::Running(deadlines) => age <= time(deadlines),
            Moment::Decided => age.is_negative(),
        }
    }

    /// Whether something is younger than the reading: the other side may have been read before it.
    pub(super) fn is_younger(&self, at: Timestamp) -> bool {
        at > self.evidence.at
    }

    /// Whether an alert is open: a person was told, and has not finished.
    pub(super) fn is_told(&self, rule: Rule, key: &str) -> bool {
        self.open_alerts.contains(&(rule.key(), key))
    }

    /// Whether an alert was ever raised.
    pub(super) fn was_told(&self, rule: Rule, key: &str) -> bool {
        self.all_alerts.contains(&(rule.key(), key))
    }

    /// Whether the outbox ever held this message.
    pub(super) fn was_written(&self, kind: &str, subject: &str, cause: &str) -> bool {
        self.letters.contains(&(kind, subject, cause))
    }

    pub(super) fn order(&self, id: &str) -> Option<&'a Purchase> {
        self.orders.get(id).copied()
    }

    /// The order that a subscription paid for, whatever its metadata says.
    pub(super) fn order_paid_by(&self, subscription: &str) -> Option<&'a Purchase> {
        self.order_paid_by.get(subscription).copied()
    }

    pub(super) fn holder(&self, id: &str) -> Option<&'a Holder> {
        self.holders.get(id).copied()
    }

    pub(super) fn service(&self, id: &str) -> Option<&'a Service> {
        self.services.get(id).copied()
    }

    pub(super) fn service_of_order(&self, order: &str) -> Option<&'a Service> {
        self.service_of_order.get(order).copied()
    }

    pub(super) fn service_of_server(&self, external_id: &str) -> Option<&'a Service> {
        self.service_of_server.get(external_id).copied()
    }

    pub(super) fn jobs_of(&self, service: &str) -> &[&'a Job] {
        self.jobs.get(service).map_or(&[], Vec::as_slice)
    }

    /// The jobs of a service that have not ended.
    pub(super) fn unfinished_of(&self, service: &str) -> impl Iterator<Item = &'a Job> {
        self.jobs_of(service).iter().copied().filter(|job| job.finished_at.is_none())
    }

    pub(super) fn create_calls_of(&self, operation: &str) -> &[&'a CreateCall] {
        self.create_calls.get(operation).map_or(&[], Vec::as_slice)
    }

    pub(super) fn ledger_of(&self, charge: &str) -> &[&'a LedgerEntry] {
        self.ledger.get(charge).map_or(&[], Vec::as_slice)
    }

    /// Whether an order was paid in the other mode.
    pub(super) fn is_elsewhere(&self, order: &str) -> bool {
        self.elsewhere.contains(order)
    }

    pub(super) fn decision(&self, id: &str) -> Option<&'a Decision> {
        self.decisions_by_id.get(id).copied()
    }

    pub(super) fn decisions_on(&self, subscription: &str) -> &[&'a Decision] {
        self.decisions_by_subscription.get(subscription).map_or(&[], Vec::as_slice)
    }

    pub(super) fn decisions_about(&self, charge: &str) -> &[&'a Decision] {
        self.decisions.get(charge).map_or(&[], Vec::as_slice)
    }

    /// What an order holds now.
    pub(super) fn held_for(&self, order: &str) -> impl Iterator<Item = &'a Holding> {
        let all = self.holdings.get(order).map_or(&[][..], Vec::as_slice);
        all.iter().copied().filter(|holding| holding.released_at.is_none())
    }

    /// Servers at the panel under an external id.
    pub(super) fn servers_named(&self, external_id: &str) -> &[&'a PanelServer] {
        self.servers.get(external_id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn server_by_uuid(&self, uuid: &str) -> Option<&'a PanelServer> {
        self.servers_by_uuid.get(uuid).copied()
    }

    /// A login at the panel, by its number there.
    pub(super) fn login(&self, id: i64) -> Option<&'a PanelUser> {
        self.logins.get(&id).copied()
    }

    pub(super) fn subscription(&self, id: &str) -> Option<&'a Subscription> {
        self.subscriptions.get(id).copied()
    }

    pub(super) fn refunds_of(&self, intent: &str) -> &[&'a Refund] {
        self.refunds_of_charge.get(intent).map_or(&[], Vec::as_slice)
    }

    /// Subscriptions that carry our metadata, in our mode.
    pub(super) fn our_subscriptions(&self) -> impl Iterator<Item = &'a Subscription> {
        let ours = &self.evidence.ours;
        self.evidence.stripe.subscriptions.iter().filter(move |one| {
            one.live == ours.live && one.metadata.get("installation").is_some_and(|id| *id == ours.installation.id)
        })
    }

    /// Payment pages that carry our metadata, in our mode, with the order that they are for.
    pub(super) fn our_pages(&self) -> impl Iterator<Item = (&'a str, &'a CheckoutSession)> {
        let ours = &self.evidence.ours;
        self.evidence.stripe.sessions.iter().filter_map(move |session| {
            let marked = session.metadata.get("installation").is_some_and(|id| *id == ours.installation.id);
            let order = session.client_reference.as_ref().or_else(|| session.metadata.get("order_id"))?;
            (marked && session.live == ours.live).then_some((order.as_str(), session))
        })
    }

    /// Whether a server carries our mark.
    pub(super) fn is_marked(&self, external_id: &str) -> bool {
        let mark = format!("{}-svc-", self.evidence.ours.installation.prefix);
        external_id.starts_with(&mark)
    }
}
