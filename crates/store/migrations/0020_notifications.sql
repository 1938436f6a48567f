-- Who is told of alerts, over which channel. The running release ignores the table and the new columns: what it raises is told once this
-- one runs.
alter table alerts add column acknowledged_at bigint;
alter table alerts add column acknowledged_by text;          -- acc_…, or the command line
alter table alerts add column resolved_by text;              -- whoever said that it is over; null where its cause went away
alter table alerts add column resolved_why text;
alter table alerts add column escalations bigint not null default 0;  -- how often it was told again
alter table alerts add column told text not null default 'no' check (told in ('no', 'opened', 'over'));
-- What is over already is nobody's news.
update alerts set told = 'over' where cleared_at is not null;
create index alerts_to_tell on alerts (opened_at) where told <> 'over';
create index alerts_standing on alerts (opened_at, id) where cleared_at is null;
create index alerts_of_key on alerts (rule, key);

create table notifications (
    id            text   primary key,           -- ntf_…
    subject       text   not null,              -- alr_…, or the day of a digest
    occasion      text   not null,              -- opened, escalated_1 to 3, cleared, digest, test
    channel       text   not null,              -- mail:ADDRESS, discord, slack, webhook
    due_at        bigint not null,              -- not before; wake_at moves when a try fails
    created_at    bigint not null,              -- Unix microseconds, UTC
    wake_at       bigint not null,
    claimed_until bigint not null default 0,
    tries         bigint not null default 0,
    last_error    text,
    sent_at       bigint,
    withdrawn_at  bigint
);
create unique index notifications_once on notifications (subject, occasion, channel);
create index notifications_due on notifications (wake_at) where sent_at is null and withdrawn_at is null;
