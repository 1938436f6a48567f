-- What servers used over time: a row per server, span and step; fine for the last hour, coarse for the last week. The running release
-- ignores it.
create table usage_steps (
    service_id     text   not null references services (id),
    span           text   not null check (span in ('hour', 'day', 'week')),
    step_at        bigint not null,            -- when the step began
    kept_until     bigint not null,
    looks          bigint not null,
    cpu_sum        double precision not null,  -- percent of one core, summed over the looks
    memory_bytes   bigint not null,            -- the most that was seen
    disk_bytes     bigint not null,            -- what was seen last
    players        bigint,                     -- the most that were seen; nothing where no game answered
    received_bytes bigint not null,            -- over the network within the step
    sent_bytes     bigint not null,
    primary key (service_id, span, step_at)
);
create index usage_steps_past on usage_steps (kept_until);
-- How far a server's own counters of its network were at the last look; they begin anew when it starts.
alter table services add column received_bytes bigint;
alter table services add column sent_bytes bigint;
