-- Who wants to hear once there is room for a plan in a region. The running release ignores it.
create table waiting_list (
    account_id text   not null references accounts (id),
    plan       text   not null,
    region     text   not null,
    created_at bigint not null,
    told_at    bigint,
    primary key (account_id, plan, region)
);
create index waiting_list_untold on waiting_list (plan, region, created_at) where told_at is null;
create index waiting_list_told on waiting_list (plan, region, told_at) where told_at is not null;
