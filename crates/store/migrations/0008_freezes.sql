-- Why an installation holds back, and how it knows that it is the only one of its kind. The running release ignores all of this.

-- A row stands as long as its reason does. `data_at`: up to when the database knows what happened outside.
create table freezes (
    reason   text   primary key check (reason in ('servers_missing', 'restored', 'moved')),
    since    bigint not null,
    data_at  bigint not null,
    detail   text   not null
);

-- What was a mark is a reason like the others now; the next sweep of the panel looks again.
insert into freezes (reason, since, data_at, detail)
    select 'servers_missing', at, at, 'found by the last sweep' from marks where name = 'panel_frozen' and value = 'yes';
delete from marks where name = 'panel_frozen';

-- Counts the confirmed restores: a process that knows an earlier epoch stops (R7).
alter table installation add column epoch bigint not null default 1 check (epoch > 0);
-- JSON: where the database of a single process was left. None on PostgreSQL, before the first start, and after a restore.
alter table installation add column home text;
