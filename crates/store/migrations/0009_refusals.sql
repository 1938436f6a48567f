-- One more reason for a refund: what was charged is not what was ordered. SQLite changes no check of a table that stands, so the rows
-- move into a new one. The running release knows no such reason and meets none before the new one runs.
create table refunds_with_refusals (
    id              text   primary key,      -- rfd_…
    order_id        text   not null references orders (id),
    subscription    text   not null,
    charge          text   not null,         -- the payment intent; empty when nothing was charged
    amount          bigint not null check (amount >= 0),
    currency        text   not null check (length(currency) = 3),
    reason          text   not null check (reason in ('cannot_be_delivered', 'server_vanished', 'paid_after_expiry',
                                                      'paid_twice', 'cancelled', 'charged_after_end', 'not_as_ordered')),
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
insert into refunds_with_refusals
    (id, order_id, subscription, charge, amount, currency, reason, idempotency_key, subscription_ended_at, stripe_refund, stripe_state,
     wake_at, claimed_by, claimed_until, fence, tries, last_error, created_at, done_at)
select id, order_id, subscription, charge, amount, currency, reason, idempotency_key, subscription_ended_at, stripe_refund, stripe_state,
     wake_at, claimed_by, claimed_until, fence, tries, last_error, created_at, done_at
  from refunds;
drop table refunds;
alter table refunds_with_refusals rename to refunds;
create index refunds_due on refunds (wake_at) where done_at is null;
create index refunds_of_order on refunds (order_id);
