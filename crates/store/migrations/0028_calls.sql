-- What was asked of Stripe and of the panel for an order, and how each call ended: for whoever has to find out why an order stands. Kept for
-- some days only, without addresses, names and secrets. The running release ignores the table.
create table calls (
    order_id   text   not null references orders (id),
    at         bigint not null,              -- when it began, Unix microseconds, UTC
    number     bigint not null,              -- tells apart calls of one moment
    target     text   not null,              -- stripe or panel
    line       text   not null,              -- POST /v1/refunds
    outcome    text   not null,              -- as in the metric of calls
    status     bigint,                       -- of HTTP, if there was an answer
    took_ms    bigint not null,
    request_id text,                         -- what Stripe's own people find it by
    sent       text,
    said       text,
    primary key (order_id, at, number)
);
create index calls_past on calls (at);
