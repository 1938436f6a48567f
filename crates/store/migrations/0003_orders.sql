-- Selling: prices at Stripe, orders, the capacity that they hold, and the payment pages.

create table stripe_prices (
    lookup_key  text   primary key,
    price_id    text   not null unique,
    product_id  text   not null,
    amount      bigint not null check (amount > 0),
    currency    text   not null check (length(currency) = 3),
    months      bigint not null check (months > 0),
    applied_at  bigint not null
);

create table orders (
    id             text   primary key,       -- ord_…
    customer_id    text   not null references accounts (id),
    cart_key       text   not null,          -- the same cart sent twice is the same order
    plan           text   not null,
    term           text   not null check (term in ('monthly', 'quarterly', 'semiannual', 'yearly')),
    region         text   not null,
    amount         bigint not null check (amount > 0),
    currency       text   not null check (length(currency) = 3),
    snapshot       text   not null,          -- JSON: lines, server name, inputs, consents, size of the server
    state          text   not null check (state in ('reserved', 'checkout_open', 'settling', 'expired', 'paid',
                                                    'fulfilled', 'refund_due', 'refunded')),
    state_body     text   not null,          -- JSON: what is known in this state
    subscription   text   unique,            -- Stripe's id, once paid
    created_at     bigint not null,
    state_at       bigint not null,
    look_at        bigint not null,          -- when the poll looks at the payment page next
    version        bigint not null
);
create unique index orders_open_cart on orders (customer_id, cart_key)
    where state in ('reserved', 'checkout_open', 'settling');
create index orders_of_customer on orders (customer_id, created_at);
create index orders_paid on orders (state_at) where state = 'paid';
create index orders_to_look_at on orders (look_at) where state in ('reserved', 'checkout_open', 'settling');

-- Capacity of a node: first for an order that is not paid yet, then for its service, until the server is gone.
create table reservations (
    id           text   primary key,         -- rsv_…
    order_id     text   not null references orders (id),
    node_id      bigint not null references panel_nodes (id),
    memory_mib   bigint not null check (memory_mib > 0),
    disk_mib     bigint not null check (disk_mib > 0),
    made_at      bigint not null,
    released_at  bigint,
    released_why text,
    check ((released_at is null) = (released_why is null))
);
create unique index reservations_live_of_order on reservations (order_id) where released_at is null;
create index reservations_live_on_node on reservations (node_id) where released_at is null;

-- A port has one owner (C4). Rows go away with their reservation.
create table reserved_ports (
    node_id        bigint not null,
    allocation_id  bigint not null,
    reservation_id text   not null references reservations (id),
    place          bigint not null,          -- 0 is the default port
    role           text   not null,
    ip             text   not null,
    alias          text,
    port           bigint not null,
    primary key (node_id, allocation_id)
);
create index reserved_ports_of_reservation on reserved_ports (reservation_id);

-- One row per payment page, written before the page is asked for: the key and the parameters never change.
create table checkout_attempts (
    id              text   primary key,      -- cka_…
    order_id        text   not null references orders (id),
    number          bigint not null check (number > 0),
    idempotency_key text   not null unique,
    parameters      text   not null,         -- the form, byte for byte
    session         text   unique,           -- Stripe's id, once known
    url             text,
    expires_at      bigint not null,
    created_at      bigint not null,
    closed_at       bigint,                  -- when Stripe said that it is complete or expired
    unique (order_id, number)
);

-- What a customer reads about an order, in order. Written in the transaction of what it tells.
create table timeline (
    id        text   primary key,            -- tml_…
    order_id  text   not null references orders (id),
    at        bigint not null,
    kind      text   not null,
    detail    text   not null                -- JSON
);
create index timeline_of_order on timeline (order_id, at, id);

-- What the buyer agreed to, such as a game maker's terms.
create table consents (
    order_id   text   not null references orders (id),
    consent    text   not null,
    text_hash  text   not null,              -- of the sentence that was agreed to
    at         bigint not null,
    primary key (order_id, consent)
);
