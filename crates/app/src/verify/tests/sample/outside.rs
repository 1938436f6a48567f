//! What Stripe and the panel show of it.

use super::{PRICE, id, minute, usd};
use billing::{
    BillingReason, Charge, ChargeStatus, CheckoutSession, Invoice, InvoiceLine, InvoicePayment, InvoicePaymentStatus,
    InvoiceStatus, PaidWith, Refund, RefundStatus, SessionPayment, SessionStatus, Subscription, SubscriptionStatus,
};
use domain::ids::{OrderId, RefundId};
use domain::money::Currency;
use panel::{
    AllocationId, EggId, FeatureLimits, NodeId, PanelAllocation, PanelServer, PanelUser, PanelUserId, ServerId,
    ServerLimits, ServerStatus,
};
use std::collections::BTreeMap;

pub(crate) fn metadata(order: u128) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("installation".to_owned(), "ins_1".to_owned()),
        ("order_id".to_owned(), id::<OrderId>(order).to_string()),
    ])
}

pub(crate) fn session(order: u128, status: SessionStatus) -> CheckoutSession {
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

pub(crate) fn charge(order: u128) -> Charge {
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

pub(crate) fn invoice_payment(order: u128) -> InvoicePayment {
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

pub(crate) fn invoice(order: u128) -> Invoice {
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

pub(crate) fn subscription(order: u128, status: SubscriptionStatus) -> Subscription {
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

pub(crate) fn given(order: u128, decision: u128) -> Refund {
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

pub(crate) fn login() -> PanelUser {
    PanelUser {
        id: PanelUserId::new(5),
        external_id: Some(format!("g1-acc-{:032x}", 100)),
        email: "ada@example.test".to_owned(),
        username: "ada".to_owned(),
        first_name: "Ada".to_owned(),
        last_name: String::new(),
        admin: false,
    }
}

pub(crate) fn server(number: u64, external_id: &str) -> PanelServer {
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
