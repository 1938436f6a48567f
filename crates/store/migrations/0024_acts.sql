-- What those who look after the shop do by hand: suspend a server, give it days, give money back after the delivery, pause sales, drain a
-- node. The running release ignores the new columns and the table; it knows neither the new reason of a suspension nor that of a refund, and
-- meets none before the new one runs.

-- We said that the server has to stand suspended, whoever pays: since when, and why, for ourselves.
alter table services add column held_at  bigint;
alter table services add column held_why text;
-- Until when it runs although nobody pays.
alter table services add column extended_until bigint;
-- One more reason why a server stands suspended. SQLite changes no check of a column that stands, so another column takes its place.
alter table services add column suspended_because text
    check (suspended_because in ('not_paid', 'paused', 'ended', 'disputed', 'dispute_lost', 'by_hand'));
update services set suspended_because = suspended_why where suspended_why is not null;
alter table services drop column suspended_why;
alter table services rename column suspended_because to suspended_why;

-- One more reason for a refund. The rows move, as they did for the last one.
create table refunds_with_acts (
    id              text   primary key,      -- rfd_…
    order_id        text   not null references orders (id),
    subscription    text   not null,
    charge          text   not null,         -- the payment intent; empty when nothing was charged
    amount          bigint not null check (amount >= 0),
    currency        text   not null check (length(currency) = 3),
    reason          text   not null check (reason in ('cannot_be_delivered', 'server_vanished', 'paid_after_expiry',
                                                      'paid_twice', 'cancelled', 'charged_after_end', 'not_as_ordered', 'by_hand')),
    idempotency_key text   not null unique,  -- replaced by another one when Stripe keeps a final answer under it
    subscription_ended_at bigint,
    stripe_refund   text   unique,
    stripe_state    text,
    wake_at         bigint not null,
    claimed_by      text   not null default '',
    claimed_until   bigint not null default 0,
    fence           bigint not null default 0,
    tries           bigint not null default 0,
    last_error      text,
    created_at      bigint not null,
    done_at         bigint,
    unique (charge, reason, subscription)
);
insert into refunds_with_acts
    (id, order_id, subscription, charge, amount, currency, reason, idempotency_key, subscription_ended_at, stripe_refund, stripe_state,
     wake_at, claimed_by, claimed_until, fence, tries, last_error, created_at, done_at)
select id, order_id, subscription, charge, amount, currency, reason, idempotency_key, subscription_ended_at, stripe_refund, stripe_state,
     wake_at, claimed_by, claimed_until, fence, tries, last_error, created_at, done_at
  from refunds;
drop table refunds;
alter table refunds_with_acts rename to refunds;
create index refunds_due on refunds (wake_at) where done_at is null;
create index refunds_of_order on refunds (order_id);

-- Where nothing is sold at the moment, although there is room.
create table sales_pauses (
    region text   primary key,               -- empty: everywhere
    since  bigint not null,                  -- Unix microseconds, UTC
    why    text   not null                   -- for ourselves
);

-- A node on which nothing new is placed; what stands there stays.
alter table panel_nodes add column drained_at  bigint;
alter table panel_nodes add column drained_why text;
