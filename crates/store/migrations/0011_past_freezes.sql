-- Times of which the database may know less than happened: what was made outside in one of them may have no record here. The running
-- release goes on with the mark, which stays for it.
create table past_freezes (
    reason   text   not null check (reason in ('servers_missing', 'restored', 'moved')),
    data_at  bigint not null,                -- up to when the data knew what happened outside
    ended_at bigint not null,
    primary key (reason, ended_at)
);
insert into past_freezes (reason, data_at, ended_at) select value, at, at from marks where name = 'thawed';
