-- Running: what customers have, the jobs on it, and every call that may have created a server.

create table services (
    id                text   primary key,    -- svc_…
    order_id          text   not null unique references orders (id),
    customer_id       text   not null references accounts (id),
    plan              text   not null,
    blueprint         text   not null,
    region            text   not null,
    name              text   not null,
    spec              text   not null,       -- JSON: size, inputs, consents, secrets made for its variables
    external_id       text   not null unique,    -- at the panel, never reused (S2)
    -- facts
    subscription      text   not null unique,
    subscription_state text  not null,
    period_end        bigint,
    ends_at           bigint,                -- a scheduled end of the subscription
    stop_requested_at bigint,
    stop_reason       text,
    fulfilled_at      bigint,
    verified          bigint check (verified in (0, 1)),   -- whether the game itself answered
    terminated_at     bigint,
    -- observed: the server
    node_id           bigint,
    server_id         bigint,
    server_uuid       text   unique,
    server_identifier text,
    address           text,                  -- what a player types
    observed          text   not null check (observed in ('unknown', 'absent', 'present')),
    observed_at       bigint not null,
    installation      text   check (installation in ('running', 'done', 'failed', 'blocked')),
    power             text   check (power in ('offline', 'starting', 'running', 'stopping')),
    players_online    bigint,
    players_max       bigint,
    memory_bytes      bigint,
    cpu_percent       double precision,
    disk_bytes        bigint,
    sampled_at        bigint,
    sample_at         bigint not null default 0,   -- when the sampler looks next
    created_at        bigint not null,
    version           bigint not null
);
create index services_of_customer on services (customer_id, created_at);
create index services_to_sample on services (sample_at) where terminated_at is null;

-- The queue: at most one unfinished mutating job per service.
create table operations (
    id            text   primary key,        -- opn_…
    service_id    text   not null references services (id),
    kind          text   not null check (kind in ('create', 'terminate')),
    progress      text   not null,           -- JSON
    wake_at       bigint not null,
    claimed_by    text   not null default '',
    claimed_until bigint not null default 0,
    fence         bigint not null default 0,
    passes        bigint not null default 0,
    last_error    text,
    parked_why    text,                      -- set while a person has to look
    created_at    bigint not null,
    finished_at   bigint,
    outcome       text   check (outcome in ('done', 'given_up')),
    check ((finished_at is null) = (outcome is null))
);
create unique index operations_unfinished on operations (service_id) where finished_at is null;
create index operations_due on operations (wake_at) where finished_at is null;

-- One row per call that may create a server, written before the call. A row without an outcome is in flight, or was when we
-- crashed; the settle rule closes it.
create table provisioning_attempts (
    id            text   primary key,        -- pat_…
    operation_id  text   not null references operations (id),
    node_id       bigint not null,
    allocations   text   not null,           -- JSON: the panel's ids, default first
    started_at    bigint not null,
    finished_at   bigint,
    outcome       text   check (outcome in ('created', 'found', 'rolled_back', 'refused', 'lost', 'held_back')),
    detail        text   not null default '',
    check ((finished_at is null) = (outcome is null))
);
create unique index provisioning_attempts_in_flight on provisioning_attempts (operation_id) where finished_at is null;
create index provisioning_attempts_of_operation on provisioning_attempts (operation_id, started_at);
