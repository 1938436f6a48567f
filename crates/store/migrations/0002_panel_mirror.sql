-- What the panel has, as the last complete sweep saw it, and which of its eggs our blueprints mean.

create table panel_nodes (
    id                 bigint primary key,   -- the panel's id
    uuid               text   not null,
    name               text   not null,
    location           text   not null,      -- the location's short code
    fqdn               text   not null,
    public             bigint not null check (public in (0, 1)),
    maintenance        bigint not null check (maintenance in (0, 1)),
    memory_mib         bigint not null,      -- sellable, after overallocation and headroom
    disk_mib           bigint not null,
    foreign_memory_mib bigint not null,      -- used by servers that are not ours
    foreign_disk_mib   bigint not null,
    seen_at            bigint not null,
    gone_at            bigint,               -- set when a complete sweep no longer shows it
    turn               bigint not null default 0   -- counted up to lock the row while ports and capacity are chosen (C4)
);

create table panel_allocations (
    id        bigint primary key,            -- the panel's id
    node_id   bigint not null references panel_nodes (id),
    ip        text   not null,
    alias     text,
    port      bigint not null check (port between 1 and 65535),
    assigned  bigint not null check (assigned in (0, 1)),
    seen_at   bigint not null
);
create index panel_allocations_free on panel_allocations (node_id, ip, port) where assigned = 0;

create table panel_eggs (
    uuid      text   primary key,
    egg_id    bigint not null,
    nest_id   bigint not null,
    name      text   not null,
    author    text   not null,
    body      text   not null,               -- JSON: startup, images, variables
    seen_at   bigint not null
);

-- A blueprint without a row here, or without an egg, cannot be sold (C7).
create table egg_bindings (
    blueprint  text   primary key,
    egg_uuid   text,
    by_hand    bigint not null check (by_hand in (0, 1)),
    problem    text,                          -- why it cannot be sold, in words for the operator
    checked_at bigint not null,
    check (egg_uuid is not null or problem is not null)
);

-- Where a background job stands: cursors of polls, times of the last complete passes.
create table marks (
    name        text   primary key,
    value       text   not null,
    at          bigint not null
);
