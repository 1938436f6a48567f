//! A small shop in order, for tests of the laws: one order that was delivered, one whose money went back, one that nobody paid.

use crate::verify::{AtPanel, AtStripe, Evidence, Ours};
use billing::{
    BillingReason, Charge, ChargeStatus, CheckoutSession, Invoice, InvoiceLine, InvoicePayment, InvoicePaymentStatus,
    InvoiceStatus, PaidWith, Refund, RefundStatus, SessionPayment, SessionStatus, Subscription, SubscriptionStatus,
};
use domain::capacity::{Amount, ChosenPort, FreePort};
use domain::catalogue::{BlueprintKey, PlanKey, RegionKey, ServerShape, Term};
use domain::ids::{
    AccountId, AlertId, AttemptId, CheckoutAttemptId, Id, LedgerEntryId, MessageId, OperationId, OrderId, RefundId,
    ReservationId, ServiceId,
};
use domain::money::{Currency, Money};
use domain::order::{
    CheckoutSessionId, InvoiceId, Order, OrderState, Payment, PaymentIntentId, RefundReason, SubscriptionId,
};
use domain::provision::{AttemptOutcome, Progress};
use domain::snapshot::{Line, Snapshot};
use jiff::{SignedDuration, Timestamp};
use panel::{
    AllocationId, EggId, FeatureLimits, NodeId, PanelAllocation, PanelServer, PanelUserId, ServerId, ServerLimits,
    ServerStatus,
};
use std::collections::BTreeMap;
use store::alerts::{Alert, Severity};
use store::checkout::CheckoutAttempt;
use store::ledger::EntryKind;
use store::marks::Installation;
use store::mirror::Node;
use store::operations::{OperationKind, Outcome};
use store::orders::Purchase;
use store::refunds::Refund as Decision;
use store::services::{Sample, ServerRecord, Service};
use store::verify::{CreateCall, Holder, Holding, Job, LedgerEntry, Letter, NodePort};
use uuid::Uuid;

/// Minutes after the shop opened; it is looked at a day later.
pub(super) fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_770_000_000).unwrap() + SignedDuration::from_mins(minutes)
}

pub(super) const NOW: i64 = 24 * 60;

pub(super) fn id<T: Id>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

/// An order's id as findings name it.
pub(super) fn order(number: u128) -> String {
    id::<OrderId>(number).to_string()
}

/// A service's id as findings name it.
pub(super) fn service(number: u128) -> String {
    id::<ServiceId>(number).to_string()
}

pub(super) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

const PRICE: i64 = 1399;
/// The delivered order, the refunded one, the one that nobody paid.
pub(super) const DELIVERED: u128 = 1;
pub(super) const REFUNDED: u128 = 2;
pub(super) const UNPAID: u128 = 3;

fn shape() -> ServerShape {
    ServerShape {
        memory_mib: 4096,
        cpu_percent: 200,
        disk_mib: 20_480,
        swap_mib: 0,
        io_weight: 500,
        oom_disabled: false,
        databases: 1,
        backups: 2,
        extra_ports: 0,
    }
}

fn snapshot() -> Snapshot {
    Snapshot {
        label: "Minecraft 4 GB".to_owned(),
        game: "minecraft".to_owned(),
        blueprint: BlueprintKey::new("paper"),
        lines: vec![Line { lookup_key: "paper-4g".to_owned(), price_id: "price_1".to_owned(), minor: PRICE }],
        server_name: "Keep".to_owned(),
        inputs: BTreeMap::new(),
        consents: Vec::new(),
        add_ons: Vec::new(),
        shape: shape(),
        env: BTreeMap::new(),
        players_max: None,
    }
}

fn payment(order: u128) -> Payment {
    Payment {
        subscription: SubscriptionId::new(format!("sub_{order}")),
        invoice: InvoiceId::new(format!("in_{order}")),
        payment_intent: Some(PaymentIntentId::new(format!("pi_{order}"))),
        amount: usd(PRICE),
    }
}

pub(super) fn purchase(order: u128, state: OrderState) -> Purchase {
    Purchase {
        order: Order { id: id(order), customer: id(100), price: usd(PRICE), state, version: 3 },
        cart_key: format!("cart-{order}"),
        plan: PlanKey::new("paper-4g"),
        term: Term::Monthly,
        region: RegionKey::new("eu"),
        snapshot: snapshot(),
        created_at: minute(0),
        state_at: minute(10),
    }
}

fn metadata(order: u128) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("installation".to_owned(), "ins_1".to_owned()),
        ("order_id".to_owned(), id::<OrderId>(order).to_string()),
    ])
}

pub(super) fn refund_due() -> OrderState {
    OrderState::RefundDue { payment: payment(REFUNDED), reason: RefundReason::CannotBeDelivered }
}

fn bought(order: u128) -> Service {
    let number: ServiceId = id(order);
    Service {
        external_id: format!("g1-svc-{:032x}", order),
        id: number,
        order: id(order),
        customer: id(100),
        plan: PlanKey::new("paper-4g"),
        blueprint: BlueprintKey::new("paper"),
        region: RegionKey::new("eu"),
        name: "Keep".to_owned(),
        spec: snapshot(),
        subscription: format!("sub_{order}"),
        subscription_state: "active".to_owned(),
        period_end: None,
        ends_at: None,
        stop_requested_at: None,
        fulfilled_at: None,
        verified: None,
        terminated_at: None,
        server: None,
        address: None,
        missing: false,
        sample: Sample::default(),
        created_at: minute(5),
    }
}

fn delivered() -> Service {
    let record = ServerRecord { node: 1, id: 7, uuid: "uuid-7".to_owned(), identifier: "aaaaaaaa".to_owned() };
    Service { fulfilled_at: Some(minute(10)), verified: Some(true), server: Some(record), ..bought(DELIVERED) }
}

fn removed() -> Service {
    Service { terminated_at: Some(minute(12)), subscription_state: "canceled".to_owned(), ..bought(REFUNDED) }
}

pub(super) fn job(number: u128, service: u128, kind: OperationKind, outcome: Option<Outcome>) -> Job {
    Job {
        id: id(number),
        service: id(service),
        kind,
        progress: Progress::default(),
        created_at: minute(5),
        parked_why: None,
        last_error: None,
        finished_at: outcome.map(|_| minute(10)),
        outcome,
    }
}

fn proof() -> Progress {
    Progress {
        server: Some("uuid-7".to_owned()),
        installed_at: Some(minute(7)),
        running_since: Some(minute(8)),
        answered_at: Some(minute(9)),
        confirmed_at: Some(minute(10)),
        ..Progress::default()
    }
}

pub(super) fn holding(number: u128, order: u128, port: i64, released: bool) -> Holding {
    let free = FreePort { allocation: port, ip: "10.0.0.1".to_owned(), alias: None, port: 7000 + port as u16 };
    Holding {
        id: id::<ReservationId>(number),
        order: id(order),
        node: 1,
        amount: Amount { memory_mib: 4096, disk_mib: 20_480 },
        ports: if released { Vec::new() } else { vec![ChosenPort { role: "game".to_owned(), port: free }] },
        made_at: minute(0),
        released_at: released.then(|| minute(12)),
    }
}

pub(super) fn letter(number: u128, kind: &str, subject: &str, cause: &str) -> Letter {
    Letter {
        id: id::<MessageId>(number),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        cause: cause.to_owned(),
        recipient: id(100),
        created_at: minute(10),
        sent_at: Some(minute(11)),
        cancelled_at: None,
    }
}

pub(super) fn alert(number: u128, rule: &str, key: &str) -> Alert {
    Alert {
        id: id::<AlertId>(number),
        rule: rule.to_owned(),
        key: key.to_owned(),
        severity: Severity::Critical,
        text: String::new(),
        opened_at: minute(10),
        seen_at: minute(10),
        times: 1,
        cleared_at: None,
    }
}

pub(super) fn entry(number: u128, object: &str, kind: EntryKind, order: u128, minor: i64) -> LedgerEntry {
    LedgerEntry {
        id: id::<LedgerEntryId>(number),
        live: false,
        object: object.to_owned(),
        kind,
        charge: format!("pi_{order}"),
        order: Some(id(order)),
        amount: usd(minor),
        at: minute(6),
    }
}

fn page(order: u128) -> CheckoutAttempt {
    CheckoutAttempt {
        id: id::<CheckoutAttemptId>(order),
        order: id(order),
        number: 1,
        idempotency_key: format!("cs:{order}:1"),
        parameters: String::new(),
        session: Some(format!("cs_{order}")),
        url: None,
        expires_at: minute(30),
        created_at: minute(0),
        closed_at: None,
    }
}

pub(super) fn session(order: u128, status: SessionStatus) -> CheckoutSession {
    CheckoutSession {
        id: format!("cs_{order}"),
        url: None,
        status,
        payment: SessionPayment::Unpaid,
        client_reference: Some(id::<OrderId>(order).to_string()),
        metadata: metadata(order),
        customer: Some("cus_1".to_owned()),
        subscription: None,
        invoice: None,
        amount_subtotal: Some(usd(PRICE)),
        amount_total: Some(usd(PRICE)),
        expires_at: Some(minute(30)),
        created: minute(0),
        live: false,
    }
}

pub(super) fn charge(order: u128) -> Charge {
    Charge {
        id: format!("ch_{order}"),
        status: ChargeStatus::Succeeded,
        amount: usd(PRICE),
        amount_refunded: usd(0),
        refunded: false,
        disputed: false,
        payment_intent: Some(format!("pi_{order}")),
        customer: Some("cus_1".to_owned()),
        live: false,
        created: minute(5),
    }
}

pub(super) fn invoice_payment(order: u128) -> InvoicePayment {
    InvoicePayment {
        id: format!("inpay_{order}"),
        invoice: format!("in_{order}"),
        paid_with: PaidWith::PaymentIntent(format!("pi_{order}")),
        status: InvoicePaymentStatus::Paid,
        amount_paid: Some(usd(PRICE)),
        is_default: true,
        live: false,
        created: minute(5),
    }
}

pub(super) fn invoice(order: u128) -> Invoice {
    Invoice {
        id: format!("in_{order}"),
        status: InvoiceStatus::Paid,
        billing_reason: BillingReason::SubscriptionCreate,
        subscription: Some(format!("sub_{order}")),
        subscription_metadata: metadata(order),
        customer: Some("cus_1".to_owned()),
        currency: Currency::USD,
        subtotal: Some(usd(PRICE)),
        total: Some(usd(PRICE)),
        amount_paid: Some(usd(PRICE)),
        lines: vec![InvoiceLine {
            id: None,
            price_id: Some("price_1".to_owned()),
            amount: Some(usd(PRICE)),
            period: None,
            proration: false,
        }],
        lines_complete: true,
        attempt_count: 1,
        next_payment_attempt: None,
        hosted_invoice_url: None,
        live: false,
        created: minute(5),
    }
}

pub(super) fn subscription(order: u128, status: SubscriptionStatus) -> Subscription {
    Subscription {
        id: format!("sub_{order}"),
        ended_at: (status == SubscriptionStatus::Canceled).then(|| minute(11)),
        status,
        customer: Some("cus_1".to_owned()),
        metadata: metadata(order),
        items: Vec::new(),
        items_complete: true,
        cancel_at: None,
        cancel_at_period_end: false,
        cancellation_reason: None,
        latest_invoice: None,
        created: minute(5),
        live: false,
    }
}

pub(super) fn given(order: u128, decision: u128) -> Refund {
    let mut marks = metadata(order);
    marks.insert("refund_id".to_owned(), id::<RefundId>(decision).to_string());
    Refund {
        id: format!("re_{order}"),
        status: RefundStatus::Succeeded,
        amount: usd(PRICE),
        charge: Some(format!("ch_{order}")),
        payment_intent: Some(format!("pi_{order}")),
        metadata: marks,
        failure_reason: None,
        created: minute(11),
    }
}

pub(super) fn decision(order: u128) -> Decision {
    Decision {
        id: id(order),
        order: id(order),
        subscription: format!("sub_{order}"),
        charge: Some(format!("pi_{order}")),
        amount: usd(PRICE),
        reason: RefundReason::CannotBeDelivered,
        idempotency_key: format!("refund:{order}"),
        subscription_ended_at: Some(minute(11)),
        stripe_refund: Some(format!("re_{order}")),
        fence: 1,
        tries: 1,
        last_error: None,
        created_at: minute(10),
        done_at: Some(minute(11)),
    }
}

pub(super) fn server(number: u64, external_id: &str) -> PanelServer {
    PanelServer {
        id: ServerId::new(number),
        uuid: format!("uuid-{number}"),
        identifier: "aaaaaaaa".parse().unwrap(),
        external_id: Some(external_id.to_owned()),
        name: "Keep".to_owned(),
        node: NodeId::new(1),
        owner: PanelUserId::new(5),
        egg: EggId::new(1),
        status: ServerStatus::Ready,
        suspended: false,
        limits: ServerLimits {
            memory_mib: 4096,
            swap_mib: 0,
            disk_mib: 20_480,
            io_weight: 500,
            cpu_percent: 200,
            oom_disabled: false,
        },
        feature_limits: FeatureLimits { databases: Some(1), allocations: Some(1), backups: Some(2) },
        default_allocation: AllocationId::new(1),
        allocations: Some(vec![PanelAllocation {
            id: AllocationId::new(1),
            ip: "10.0.0.1".to_owned(),
            alias: None,
            port: 7001,
            assigned: true,
        }]),
    }
}

fn ours() -> Ours {
    Ours {
        installation: Installation { id: "ins_1".to_owned(), prefix: "g1".to_owned() },
        live: false,
        orders: vec![
            purchase(DELIVERED, OrderState::Fulfilled { payment: payment(DELIVERED), service: id(DELIVERED) }),
            purchase(REFUNDED, OrderState::Refunded { payment: payment(REFUNDED), refund: id(REFUNDED) }),
            purchase(UNPAID, OrderState::Expired { at: minute(31) }),
        ],
        holders: vec![Holder {
            id: id::<AccountId>(100),
            stripe_customer: Some("cus_1".to_owned()),
            panel_user: Some(5),
        }],
        services: vec![delivered(), removed()],
        jobs: vec![
            Job { progress: proof(), ..job(1, DELIVERED, OperationKind::Create, Some(Outcome::Done)) },
            job(2, REFUNDED, OperationKind::Create, Some(Outcome::GivenUp)),
            job(3, REFUNDED, OperationKind::Terminate, Some(Outcome::Done)),
        ],
        create_calls: vec![CreateCall {
            id: id::<AttemptId>(1),
            operation: id::<OperationId>(1),
            node: 1,
            started_at: minute(6),
            outcome: Some(AttemptOutcome::Created),
        }],
        ledger: vec![
            entry(1, "pi_1", EntryKind::Charge, DELIVERED, PRICE),
            entry(2, "pi_2", EntryKind::Charge, REFUNDED, PRICE),
            entry(3, "re_2", EntryKind::Refund, REFUNDED, -PRICE),
        ],
        refunds: vec![decision(REFUNDED)],
        holdings: vec![holding(1, DELIVERED, 1, false), holding(2, REFUNDED, 2, true), holding(3, UNPAID, 3, true)],
        pages: vec![page(DELIVERED), page(REFUNDED), page(UNPAID)],
        letters: vec![
            letter(1, "payment_received", &order(DELIVERED), "payment"),
            letter(2, "server_ready", &service(DELIVERED), "fulfilled"),
            letter(3, "payment_received", &order(REFUNDED), "payment"),
            letter(4, "trouble", &order(REFUNDED), "cannot_be_delivered"),
            letter(5, "refund_made", &order(REFUNDED), id::<RefundId>(REFUNDED).as_str()),
        ],
        alerts: vec![alert(1, "refund.decided", &order(REFUNDED))],
        arrivals: Vec::new(),
        nodes: vec![Node {
            id: 1,
            uuid: "node-1".to_owned(),
            name: "eu-1".to_owned(),
            location: "eu".to_owned(),
            fqdn: "eu-1.example".to_owned(),
            public: true,
            maintenance: false,
            memory_mib: 8192,
            disk_mib: 100_000,
            foreign_memory_mib: 0,
            foreign_disk_mib: 0,
        }],
        ports: [1, 2, 3, 4].map(|id| NodePort { id, node: 1 }).to_vec(),
    }
}

/// The shop, a day later.
pub(super) fn evidence() -> Evidence {
    let session_of =
        |order| CheckoutSession { payment: SessionPayment::Paid, ..session(order, SessionStatus::Complete) };
    Evidence {
        ours: ours(),
        stripe: AtStripe {
            charges: vec![
                charge(DELIVERED),
                Charge { amount_refunded: usd(PRICE), refunded: true, ..charge(REFUNDED) },
            ],
            invoice_payments: vec![invoice_payment(DELIVERED), invoice_payment(REFUNDED)],
            invoices: vec![invoice(DELIVERED), invoice(REFUNDED)],
            subscriptions: vec![
                subscription(DELIVERED, SubscriptionStatus::Active),
                subscription(REFUNDED, SubscriptionStatus::Canceled),
            ],
            refunds: vec![given(REFUNDED, REFUNDED)],
            disputes: Vec::new(),
            sessions: vec![session_of(DELIVERED), session_of(REFUNDED), session(UNPAID, SessionStatus::Expired)],
        },
        panel: AtPanel { servers: vec![server(7, &delivered().external_id)] },
        at: minute(NOW),
    }
}

/// An order that is being paid: its page is open, its place is held.
pub(super) fn with_open_order(evidence: &mut Evidence) {
    let state = OrderState::CheckoutOpen { session: CheckoutSessionId::new("cs_4"), until: minute(NOW + 20) };
    evidence.ours.orders.push(purchase(4, state));
    evidence.ours.holdings.push(holding(4, 4, 4, false));
    evidence.ours.pages.push(page(4));
    evidence.stripe.sessions.push(session(4, SessionStatus::Open));
}

/// An order that was paid and is being delivered.
pub(super) fn with_delivery(evidence: &mut Evidence) {
    let state = OrderState::Paid { payment: payment(4), service: id(4) };
    evidence.ours.orders.push(purchase(4, state));
    evidence.ours.services.push(bought(4));
    evidence.ours.jobs.push(job(4, 4, OperationKind::Create, None));
    evidence.ours.holdings.push(holding(4, 4, 4, false));
    evidence.ours.pages.push(page(4));
    evidence.ours.ledger.push(entry(4, "pi_4", EntryKind::Charge, 4, PRICE));
    evidence.ours.letters.push(letter(6, "payment_received", &order(4), "payment"));
    evidence.stripe.charges.push(charge(4));
    evidence.stripe.invoice_payments.push(invoice_payment(4));
    evidence.stripe.invoices.push(invoice(4));
    evidence.stripe.subscriptions.push(subscription(4, SubscriptionStatus::Active));
    evidence.stripe.sessions.push(session(4, SessionStatus::Complete));
}
