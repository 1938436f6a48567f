-- What staff write down about a customer, and ways into the console's lists. The running release ignores the table and does not need the
-- indexes.
create table customer_notes (
    id          text   primary key,          -- nte_…
    account_id  text   not null references accounts (id),
    author_id   text   not null references accounts (id),
    text        text   not null,
    at          bigint not null              -- Unix microseconds, UTC
);
create index customer_notes_of_account on customer_notes (account_id, at, id);
create index services_by_time on services (created_at, id);
create index services_suspended on services (created_at, id) where terminated_at is null and suspended_at is not null;
create index services_overdue on services (created_at, id) where terminated_at is null and overdue_since is not null;
create index services_absent on services (created_at, id) where terminated_at is null and observed = 'absent';
create index services_gone on services (created_at, id) where terminated_at is not null;
create index accounts_of_staff on accounts (created_at) where role <> 'customer';
create index accounts_of_customers on accounts (created_at, id) where role = 'customer';
create index reservations_by_start on reservations (made_at) where released_at is null;
create index reservations_by_end on reservations (released_at) where released_at is not null;
create index outbox_by_time on outbox (created_at, id);
create index outbox_waiting on outbox (created_at, id) where sent_at is null and cancelled_at is null;
create index outbox_of_recipient on outbox (recipient, created_at);
