//! What its database holds.

use super::{DELIVERED, PRICE, REFUNDED, UNPAID, id, minute, order, service, usd};
use crate::verify::Ours;
use domain::alert::Severity;
use domain::capacity::{Amount, ChosenPort, FreePort};
use domain::catalogue::{BlueprintKey, PlanKey, RegionKey, ServerShape, Term};
use domain::ids::{
    AccountId, AlertId, AttemptId, CheckoutAttemptId, LedgerEntryId, MessageId, OperationId, RefundId, ReservationId,
    ServiceId,
};
use domain::order::{InvoiceId, Order, OrderState, Payment, PaymentIntentId, SubscriptionId};
use domain::provision::{AttemptOutcome, Progress};
use domain::refund::RefundReason;
use domain::snapshot::{Line, Snapshot};
use std::collections::BTreeMap;
use store::alerts::Alert;
use store::checkout::CheckoutAttempt;
use store::ledger::EntryKind;
use store::marks::Installation;
use store::mirror::Node;
use store::operations::{OperationKind, Outcome};
use store::orders::Purchase;
use store::refunds::Refund as Decision;
use store::services::{Sample, ServerRecord, Service};
use store::standing::Standing;
use store::verify::{CreateCall, Holder, Holding, Job, LedgerEntry, Letter, NodePort};

pub(crate) fn shape() -> ServerShape {
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

pub(crate) fn snapshot() -> Snapshot {
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

pub(crate) fn payment(order: u128) -> Payment {
    Payment {
        subscription: SubscriptionId::new(format!("sub_{order}")),
        invoice: InvoiceId::new(format!("in_{order}")),
        payment_intent: Some(PaymentIntentId::new(format!("pi_{order}"))),
        amount: usd(PRICE),
    }
}

pub(crate) fn purchase(order: u128, state: OrderState) -> Purchase {
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

pub(crate) fn refund_due() -> OrderState {
    OrderState::RefundDue { payment: payment(REFUNDED), reason: RefundReason::CannotBeDelivered }
}

pub(crate) fn bought(order: u128) -> Service {
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
        standing: Standing::default(),
        created_at: minute(5),
    }
}

pub(crate) fn delivered() -> Service {
    let record = ServerRecord { node: 1, id: 7, uuid: "uuid-7".to_owned(), identifier: "aaaaaaaa".to_owned() };
    Service { fulfilled_at: Some(minute(10)), verified: Some(true), server: Some(record), ..bought(DELIVERED) }
}

pub(crate) fn removed() -> Service {
    Service { terminated_at: Some(minute(12)), subscription_state: "canceled".to_owned(), ..bought(REFUNDED) }
}

pub(crate) fn job(number: u128, service: u128, kind: OperationKind, outcome: Option<Outcome>) -> Job {
    Job {
        id: id(number),
        service: id(service),
        kind,
        progress: Progress::default(),
        created_at: minute(5),
        parked_why: None,
        finished_at: outcome.map(|_| minute(10)),
        outcome,
    }
}

pub(crate) fn proof() -> Progress {
    Progress {
        server: Some("uuid-7".to_owned()),
        installed_at: Some(minute(7)),
        running_since: Some(minute(8)),
        answered_at: Some(minute(9)),
        confirmed_at: Some(minute(10)),
        ..Progress::default()
    }
}

pub(crate) fn holding(number: u128, order: u128, port: i64, released: bool) -> Holding {
    let free = FreePort { allocation: port, ip: "10.0.0.1".to_owned(), alias: None, port: 7000 + port as u16 };
    Holding {
        id: id::<ReservationId>(number),
        order: id(order),
        node: 1,
        amount: Amount { memory_mib: 4096, disk_mib: 20_480 },
        ports: if released { Vec::new() } else { vec![ChosenPort { role: "game".to_owned(), port: free }] },
        released_at: released.then(|| minute(12)),
    }
}

pub(crate) fn letter(number: u128, kind: &str, subject: &str, cause: &str) -> Letter {
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

pub(crate) fn alert(number: u128, rule: &str, key: &str) -> Alert {
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
        acknowledged_at: None,
        acknowledged_by: None,
        resolved: None,
        escalations: 0,
    }
}

pub(crate) fn entry(object: &str, kind: EntryKind, order: u128, minor: i64) -> LedgerEntry {
    LedgerEntry {
        id: id::<LedgerEntryId>(order),
        live: false,
        object: object.to_owned(),
        kind,
        charge: format!("pi_{order}"),
        order: Some(id(order)),
        amount: usd(minor),
        at: minute(6),
    }
}

pub(crate) fn page(order: u128) -> CheckoutAttempt {
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

pub(crate) fn decision(order: u128) -> Decision {
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
        stripe_state: Some("succeeded".to_owned()),
        paid_otherwise_at: None,
        fence: 1,
        tries: 1,
        last_error: None,
        created_at: minute(10),
        done_at: Some(minute(11)),
    }
}

pub(crate) fn ours() -> Ours {
    Ours {
        installation: Installation { id: "ins_1".to_owned(), prefix: "g1".to_owned() },
        live: false,
        orders: vec![
            purchase(DELIVERED, OrderState::Fulfilled { payment: payment(DELIVERED), service: id(DELIVERED) }),
            purchase(REFUNDED, OrderState::Refunded { payment: payment(REFUNDED), refund: id(REFUNDED) }),
            purchase(UNPAID, OrderState::Expired { at: minute(31) }),
        ],
        holders: vec![Holder { id: id::<AccountId>(100), panel_user: Some(5) }],
        services: vec![delivered(), removed()],
        jobs: vec![
            Job { progress: proof(), ..job(1, DELIVERED, OperationKind::Create, Some(Outcome::Done)) },
            job(2, REFUNDED, OperationKind::Create, Some(Outcome::GivenUp)),
            job(3, REFUNDED, OperationKind::Terminate, Some(Outcome::Done)),
        ],
        create_calls: vec![CreateCall {
            id: id::<AttemptId>(1),
            operation: id::<OperationId>(1),
            started_at: minute(6),
            finished_at: Some(minute(6)),
            outcome: Some(AttemptOutcome::Created),
        }],
        ledger: vec![
            entry("pi_1", EntryKind::Charge, DELIVERED, PRICE),
            entry("pi_2", EntryKind::Charge, REFUNDED, PRICE),
            entry("re_2", EntryKind::Refund, REFUNDED, -PRICE),
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
        past_freezes: Vec::new(),
        incidents: Vec::new(),
        ports: [1, 2, 3, 4].map(|id| NodePort { id, node: 1 }).to_vec(),
    }
}
