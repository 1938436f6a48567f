-- What happens after delivery: paying, not paying, disputes. The running release ignores the new columns and the new table, and starts
-- none of the new jobs.

-- What the service was bought with (INVARIANTS: defaults per product, copied at purchase).
alter table services add column grace_s       bigint not null default 259200 check (grace_s >= 0);
alter table services add column retention_s   bigint not null default 1209600 check (retention_s >= 0);
-- Facts of the subscription.
alter table services add column subscription_read_at bigint;   -- when the provider was last asked
alter table services add column overdue_since bigint;          -- since when we know that a renewal failed
alter table services add column paid_until    bigint;          -- the end of the last period that was paid
-- The suspension of ours that stands.
alter table services add column suspended_at  bigint;
alter table services add column suspended_why text check (suspended_why in ('not_paid', 'paused', 'ended', 'disputed', 'dispute_lost'));
alter table services add column suspended_read_at bigint;      -- the reading that it rests on
alter table services add column delete_on     bigint;          -- the promised date
alter table services add column noticed_at    bigint;          -- when the date was told once more
alter table services add column judge_at      bigint not null default 0;   -- when the subscription is looked at next
create index services_to_judge on services (judge_at) where terminated_at is null;

-- What banks say about charges. Money that moved because of it stands in the ledger.
create table disputes (
    id         text   primary key,           -- Stripe's
    order_id   text   references orders (id),
    charge     text   not null,
    state      text   not null check (state in ('open', 'lost', 'closed')),
    opened_at  bigint not null,
    read_at    bigint not null
);
create index disputes_of_order on disputes (order_id);

-- Two more kinds of jobs. SQLite changes no check of a table that stands, so the rows move into a new one, and so do those of the
-- table that names it.
create table operations_with_suspensions (
    id            text   primary key,        -- opn_…
    service_id    text   not null references services (id),
    kind          text   not null check (kind in ('create', 'suspend', 'unsuspend', 'terminate')),
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
insert into operations_with_suspensions
    (id, service_id, kind, progress, wake_at, claimed_by, claimed_until, fence, passes, last_error, parked_why, created_at, finished_at,
     outcome)
select id, service_id, kind, progress, wake_at, claimed_by, claimed_until, fence, passes, last_error, parked_why, created_at, finished_at,
     outcome
  from operations;
create table provisioning_attempts_moved (
    id            text   primary key,        -- pat_…
    operation_id  text   not null references operations_with_suspensions (id),
    node_id       bigint not null,
    allocations   text   not null,           -- JSON: the panel's ids, default first
    started_at    bigint not null,
    finished_at   bigint,
    outcome       text   check (outcome in ('created', 'found', 'rolled_back', 'refused', 'lost', 'held_back')),
    detail        text   not null default '',
    check ((finished_at is null) = (outcome is null))
);
insert into provisioning_attempts_moved
    (id, operation_id, node_id, allocations, started_at, finished_at, outcome, detail)
select id, operation_id, node_id, allocations, started_at, finished_at, outcome, detail from provisioning_attempts;
drop table provisioning_attempts;
drop table operations;
alter table operations_with_suspensions rename to operations;
alter table provisioning_attempts_moved rename to provisioning_attempts;
create unique index operations_unfinished on operations (service_id) where finished_at is null;
create index operations_due on operations (wake_at) where finished_at is null;
create unique index provisioning_attempts_in_flight on provisioning_attempts (operation_id) where finished_at is null;
create index provisioning_attempts_of_operation on provisioning_attempts (operation_id, started_at);
