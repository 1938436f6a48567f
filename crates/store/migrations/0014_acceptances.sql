-- What somebody accepted when they signed up. The hash says which words; the running release ignores it.
create table acceptances (
    account_id text   not null references accounts (id),
    document   text   not null check (document in ('terms', 'privacy')),
    text_hash  text   not null,
    at         bigint not null,
    primary key (account_id, document, text_hash)
);
