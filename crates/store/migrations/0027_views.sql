-- Who of staff saw the shop as one of its customers does, and for how long: read-only, by one session, ended by hand or by time. Its
-- customer sees it, too. The row goes with the session. The running release ignores the table.
create table views (
    id          text   primary key,          -- vew_…
    session_id  text   not null references sessions (id) on delete cascade,
    staff_id    text   not null references accounts (id),
    customer_id text   not null references accounts (id),
    began_at    bigint not null,             -- Unix microseconds, UTC
    until_at    bigint not null,
    ended_at    bigint,
    check (until_at > began_at)
);
create unique index views_open_of_session on views (session_id) where ended_at is null;
create index views_of_customer on views (customer_id, began_at);
create index views_open on views (until_at) where ended_at is null;
