//! An invented business: thousands of copies of one purchase that was really made, for demos and for measuring. Nothing of it is at
//! Stripe or on a panel, so nobody may work on a database that holds it.

use crate::row::Columns;
use crate::{Engine, Result, Store};
use serde_json::{Value, json};

/// How much is invented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// Orders.
    pub orders: i64,
    /// Of them, those with a service; four of five of these run.
    pub services: i64,
}

/// Orders of one customer.
const ORDERS_EACH: i64 = 4;
/// Over how long they are spread, in microseconds: two years.
const SPREAD: i64 = 63_072_000_000_000;
/// What the ids of this business begin with, as a number: no id of a real one is that small.
const FIRST: i64 = 0x2c_0000_0000;

/// Copies the purchase behind the oldest fulfilled order. Returns whether there was one. The same crowd a second time is refused by the
/// database.
///
/// # Errors
/// The database did not answer, or has a crowd already.
pub async fn invent(store: &Store, crowd: Crowd) -> Result<bool> {
    let mut tx = store.begin().await?;
    let model = "select id, state_body from orders where state = 'fulfilled' order by created_at, id limit 1";
    let Some(model) = sqlx::query(model).fetch_optional(&mut *tx).await? else { return Ok(false) };
    let order = model.text("id")?;
    let [fulfilled, refunded, expired] = bodies(&model.text("state_body")?);
    for sql in statements(store.engine(), crowd) {
        let query = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(&order);
        // Only the orders' own rows have a state.
        let query = if sql.contains("$2") { query.bind(&fulfilled).bind(&refunded).bind(&expired) } else { query };
        query.execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// What an order's row says of a state, with `@` for its number: fulfilled, refunded, expired.
fn bodies(model: &str) -> [String; 3] {
    let mut fulfilled: Value = serde_json::from_str(model).unwrap_or_default();
    let payment = &mut fulfilled["payment"];
    payment["subscription"] = json!("sub_crowd_@");
    payment["invoice"] = json!("in_crowd_@");
    payment["payment_intent"] = json!("pi_crowd_@");
    let refunded = json!({"state": "refunded", "payment": payment.clone(), "refund": "rfd_@"});
    fulfilled["service"] = json!("svc_@");
    let expired = json!({"state": "expired", "at": "2026-01-01T00:00:00Z"});
    [fulfilled, refunded, expired].map(|body| body.to_string())
}

/// One statement a table. `$1` is the order that is copied; `i` counts.
fn statements(engine: Engine, crowd: Crowd) -> Vec<String> {
    let Crowd { orders, services } = crowd;
    let customers = (orders / ORDERS_EACH).max(1);
    let step = SPREAD / orders.max(1);
    let hex = |number: &str| match engine {
        Engine::Sqlite => format!("printf('%032x', {FIRST} + {number})"),
        Engine::Postgres => format!("lpad(to_hex({FIRST} + {number}), 32, '0')"),
    };
    let i = hex("i");
    let customer = format!("'acc_' || {}", hex(&format!("(1 + i % {customers})")));
    let numbers = |count: i64| {
        format!(
            "with recursive numbers(i) as (select cast(1 as bigint) union all select i + 1 from numbers where i < {count})"
        )
    };
    let (each_order, each_service, each_customer) = (numbers(orders), numbers(services), numbers(customers));
    // One of five was never paid for long, one of ten of the rest went back.
    let state = format!("case when i <= {services} then 'fulfilled' when i % 5 = 0 then 'refunded' else 'expired' end");
    let paid = format!("(i <= {services} or i % 5 = 0)");
    let back = format!("(i > {services} and i % 5 = 0)");
    let made = format!("m.created_at - i * {step}");
    vec![
        format!(
            "insert into accounts (id, email, email_key, email_verified_at, password_hash, display_name, role, stripe_customer, created_at)
             {each_customer} select 'acc_' || {i}, 'crowd-' || i || '@example.test', 'crowd-' || i || '@example.test', m.created_at, '',
                'Customer ' || i, 'customer', 'cus_crowd_' || i, m.created_at - {SPREAD}
               from numbers, orders m where m.id = $1"
        ),
        format!(
            "insert into orders (id, customer_id, cart_key, plan, term, region, amount, currency, snapshot, state, state_body, subscription,
                created_at, state_at, look_at, version)
             {each_order} select 'ord_' || {i}, {customer}, 'crowd-' || i, m.plan, m.term, m.region, m.amount, m.currency, m.snapshot,
                {state}, replace(case when i <= {services} then cast($2 as text) when i % 5 = 0 then cast($3 as text) else cast($4 as text) end,
                    '@', {i}),
                case when {paid} then 'sub_crowd_' || {i} end, {made}, {made} + 60000000, 0, 1
               from numbers, orders m where m.id = $1"
        ),
        format!(
            "insert into checkout_attempts (id, order_id, number, idempotency_key, parameters, session, url, expires_at, created_at, closed_at)
             {each_order} select 'cka_' || {i}, 'ord_' || {i}, 1, 'crowd-' || i, '', 'cs_crowd_' || i, null, {made}, {made}, {made}
               from numbers, orders m where m.id = $1"
        ),
        format!(
            "insert into timeline (id, order_id, at, kind, detail)
             {each_order} select 'tml_' || {}, 'ord_' || {i}, t.at - i * {step}, t.kind, t.detail
               from numbers, (select row_number() over (order by at, id) as place, at, kind, detail from timeline where order_id = $1) t
              where {paid} or t.place <= 2",
            hex("(i * 64 + t.place)")
        ),
        format!(
            "insert into ledger (id, provider, mode, object, kind, charge, order_id, amount, currency, at)
             {each_order} select 'led_' || {i}, 'stripe', 'test', 'pi_crowd_' || {i}, 'charge', 'pi_crowd_' || {i}, 'ord_' || {i}, m.amount,
                m.currency, {made}
               from numbers, orders m where m.id = $1 and {paid}"
        ),
        format!(
            "insert into ledger (id, provider, mode, object, kind, charge, order_id, amount, currency, at)
             {each_order} select 'led_' || {}, 'stripe', 'test', 're_crowd_' || {i}, 'refund', 'pi_crowd_' || {i}, 'ord_' || {i}, -m.amount,
                m.currency, {made} + 900000000
               from numbers, orders m where m.id = $1 and {back}",
            hex(&format!("({orders} + i)"))
        ),
        format!(
            "insert into refunds (id, order_id, subscription, charge, amount, currency, reason, idempotency_key, subscription_ended_at,
                stripe_refund, stripe_state, wake_at, created_at, done_at)
             {each_order} select 'rfd_' || {i}, 'ord_' || {i}, 'sub_crowd_' || {i}, 'pi_crowd_' || {i}, m.amount, m.currency,
                'cannot_be_delivered', 'crowd-refund-' || i, {made}, 're_crowd_' || {i}, 'succeeded', {made}, {made} + 800000000,
                {made} + 900000000
               from numbers, orders m where m.id = $1 and {back}"
        ),
        format!(
            "insert into services (id, order_id, customer_id, plan, blueprint, region, name, spec, external_id, subscription,
                subscription_state, period_end, fulfilled_at, verified, terminated_at, node_id, server_id, server_uuid, server_identifier,
                address, observed, observed_at, installation, power, created_at, version, subscription_read_at, paid_until, judge_at,
                sample_at)
             {each_service} select 'svc_' || {i}, 'ord_' || {i}, {customer}, s.plan, s.blueprint, s.region, 'Keep ' || i, s.spec,
                'crowd-svc-' || {i}, 'sub_crowd_' || {i}, case when i % 5 = 0 then 'canceled' else 'active' end, s.period_end,
                {made} + (60 + i % 90) * 1000000, 1, case when i % 5 = 0 then {made} + 2592000000000 end, s.node_id, 1000000 + i,
                'crowd-' || {i}, substr({i}, 25, 8), '10.0.' || (i / 250) || '.' || (i % 250) || ':25565', 'present', s.observed_at, 'done',
                'running', {made}, 1, s.subscription_read_at, s.paid_until, s.judge_at, s.sample_at
               from numbers, orders m join services s on s.order_id = m.id where m.id = $1"
        ),
        format!(
            "insert into reservations (id, order_id, node_id, memory_mib, disk_mib, made_at, released_at, released_why)
             {each_service} select 'rsv_' || {i}, 'ord_' || {i}, r.node_id, r.memory_mib, r.disk_mib, {made},
                case when i % 5 = 0 then {made} + 2592000000000 end, case when i % 5 = 0 then 'terminated' end
               from numbers, orders m join reservations r on r.order_id = m.id and r.released_at is null where m.id = $1"
        ),
        format!(
            "insert into operations (id, service_id, kind, progress, wake_at, fence, passes, created_at, finished_at, outcome)
             {each_service} select 'opn_' || {i}, 'svc_' || {i}, 'create', p.progress, {made}, 1, 9, {made}, {made} + 60000000, 'done'
               from numbers, orders m join services s on s.order_id = m.id join operations p on p.service_id = s.id and p.kind = 'create'
              where m.id = $1"
        ),
        format!(
            "insert into provisioning_attempts (id, operation_id, node_id, allocations, started_at, finished_at, outcome, detail)
             {each_service} select 'pat_' || {i}, 'opn_' || {i}, s.node_id, '[]', {made}, {made} + 3000000, 'created', ''
               from numbers, orders m join services s on s.order_id = m.id where m.id = $1"
        ),
        format!(
            "insert into outbox (id, kind, subject, cause, recipient, body, created_at, wake_at, tries, sent_at)
             {each_service} select 'msg_' || {i}, 'server_ready', 'svc_' || {i}, 'crowd', {customer}, '', {made}, {made}, 1, {made} + 61000000
               from numbers, orders m where m.id = $1"
        ),
        format!(
            "insert into webhook_events (id, kind, object_id, live, created, body, source, received_at, wake_at, tries, processed_at, outcome)
             {each_order} select 'evt_crowd_' || {i}, case when {paid} then 'checkout.session.completed' else 'checkout.session.expired' end,
                'cs_crowd_' || i, cast(0 as bigint), ({made}) / 1000000, '{{}}', 'webhook', {made}, {made}, 1, {made} + 40000, 'applied'
               from numbers, orders m where m.id = $1"
        ),
        format!(
            "insert into alerts (id, rule, key, severity, text, opened_at, seen_at, cleared_at, told)
             {each_order} select 'alr_' || {i}, 'refund.decided', 'ord_' || {i}, 'critical', 'It could not be delivered and was paid back.',
                {made}, {made}, {made} + 900000000, 'over'
               from numbers, orders m where m.id = $1 and {back}"
        ),
        format!(
            "insert into audit_log (id, at, actor, act, subject, detail)
             {each_service} select 'aud_' || {i}, {made} + 70000000, 'cli', 'order.retry', 'ord_' || {i}, '{{}}'
               from numbers, orders m where m.id = $1"
        ),
        format!(
            "insert into tickets (id, account_id, category, priority, subject, state, state_at, created_at, updated_at, answered_at)
             {each_service} select 'tkt_' || {i}, {customer}, 'technical', 'normal', 'How do I ' || i || '?',
                case when i % 50 = 0 then 'open' else 'closed' end, {made} + 80000000, {made} + 80000000, {made} + 80000000, cast(null as bigint)
               from numbers, orders m where m.id = $1"
        ),
        format!(
            "insert into ticket_messages (id, ticket_id, author_id, staff, text, at)
             {each_service} select 'tkm_' || {i}, 'tkt_' || {i}, {customer}, 0, 'How do I do it?', {made} + 80000000
               from numbers, orders m where m.id = $1"
        ),
    ]
}
