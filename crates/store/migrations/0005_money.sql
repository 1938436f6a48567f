-- Money and messages.

-- One Stripe event per row, by its id. A row without `processed_at` is work; `kept_why` says that a person has to look.
create table webhook_events (
    id            text   primary key,        -- Stripe's, or `body_` and a hash where there is none
    kind          text   not null,
    object_id     text,
    live          bigint check (live in (0, 1)),
    created       bigint,                    -- Stripe's, Unix seconds
    body          text   not null,
    source        text   not null check (source in ('webhook', 'poll')),
    received_at   bigint not null,
    wake_at       bigint not null,
    claimed_until bigint not null default 0,
    tries         bigint not null default 0,
    last_error    text,
    processed_at  bigint,
    outcome       text   check (outcome in ('applied', 'unchanged', 'ignored', 'kept')),
    check ((processed_at is null) = (outcome is null))
);
create index webhook_events_due on webhook_events (wake_at) where processed_at is null;
create index webhook_events_of_object on webhook_events (object_id);

-- Append-only. `amount` is signed: what arrived is positive, what went back negative.
create table ledger (
    id           text   primary key,         -- led_…
    provider     text   not null check (provider in ('stripe')),
    mode         text   not null check (mode in ('test', 'live')),
    object       text   not null,            -- the provider's id of the charge, refund or dispute
    kind         text   not null check (kind in ('charge', 'refund', 'refund_failed', 'dispute', 'dispute_won')),
    charge       text   not null,            -- what the entry belongs to: the payment intent
    order_id     text   references orders (id),   -- none: money that we cannot explain (suspense)
    amount       bigint not null,
    currency     text   not null check (length(currency) = 3),
    at           bigint not null,
    unique (provider, mode, object, kind),
    check ((kind in ('charge', 'refund_failed', 'dispute_won') and amount >= 0) or (kind in ('refund', 'dispute') and amount <= 0))
);
create index ledger_of_order on ledger (order_id);
create index ledger_of_charge on ledger (charge);

-- One decision to give a charge back; its key is stored before the call. Also the queue of the refund work.
create table refunds (
    id              text   primary key,      -- rfd_…
    order_id        text   not null references orders (id),
    subscription    text   not null,
    charge          text   not null,         -- the payment intent; empty when nothing was charged
    amount          bigint not null check (amount >= 0),
    currency        text   not null check (length(currency) = 3),
    reason          text   not null check (reason in ('cannot_be_delivered', 'server_vanished', 'paid_after_expiry',
                                                      'paid_twice', 'cancelled', 'charged_after_end')),
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
create index refunds_due on refunds (wake_at) where done_at is null;
create index refunds_of_order on refunds (order_id);

create table outbox (
    id           text   primary key,         -- msg_…
    kind         text   not null,
    subject      text   not null,            -- whom or what it is about
    cause        text   not null,            -- what made it due
    recipient    text   not null,            -- an account id
    body         text   not null,            -- sealed: what the message's template needs
    created_at   bigint not null,
    wake_at      bigint not null,
    claimed_until bigint not null default 0,
    tries        bigint not null default 0,
    last_error   text,
    sent_at      bigint,
    cancelled_at bigint,
    cancelled_why text,
    unique (kind, subject, cause)
);
create index outbox_due on outbox (wake_at) where sent_at is null and cancelled_at is null;

create table alerts (
    id           text   primary key,         -- alr_…
    rule         text   not null,            -- names its runbook
    key          text   not null,            -- what it is about: open once per rule and key
    severity     text   not null check (severity in ('critical', 'warning')),
    text         text   not null,
    opened_at    bigint not null,
    seen_at      bigint not null,
    times        bigint not null default 1,
    cleared_at   bigint
);
create unique index alerts_open on alerts (rule, key) where cleared_at is null;
create index alerts_by_time on alerts (opened_at);
