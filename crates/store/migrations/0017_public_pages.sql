-- Pages on which customers show a server to everybody. The running release ignores it.
create table public_pages (
    service_id text   primary key references services (id),
    slug       text   not null unique,
    host       text   not null,           -- who plays there, in their own words
    about      text   not null,
    channel    text,                      -- address of a stream
    discord    text,                      -- address of an invitation
    created_at bigint not null
);
