-- How the parts of the shop did, day by day: for how long somebody looked, and how much of that was trouble. A row per part, region and
-- day, so that ninety days are a few hundred rows whatever happened on them. The running release ignores the table.
create table status_days (
    component   text   not null check (component in ('shop', 'payments', 'panel', 'deliveries', 'region')),
    region      text   not null,             -- empty: everywhere
    day_at      bigint not null,             -- its beginning, UTC
    watched_s   bigint not null,
    trouble_s   bigint not null,
    primary key (component, region, day_at),
    check (trouble_s >= 0 and trouble_s <= watched_s)
);
create index status_days_past on status_days (day_at);
