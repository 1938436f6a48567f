-- Times in which something of ours did not work, in the owner's words: what the status page says of now and of before, and as long as one
-- lasts, nobody loses a server because of money. Rows stay. The running release ignores the table.
create table incidents (
    id         text   primary key,           -- ini_…
    began_at   bigint not null,              -- Unix microseconds, UTC
    ended_at   bigint,
    title      text   not null,
    text       text   not null,
    region     text,                         -- null: everywhere
    check (ended_at is null or ended_at >= began_at)
);
-- One at a time for each region, and one for everywhere.
create unique index incidents_open on incidents ((coalesce(region, ''))) where ended_at is null;
create index incidents_by_time on incidents (began_at, id);
