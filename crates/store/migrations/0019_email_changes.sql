-- Another address that somebody wants, until the code from its mailbox proves it. The running release ignores it.
create table email_changes (
    account_id text   primary key references accounts (id),
    email      text   not null,
    code_hash  text   not null,
    tries      bigint not null,
    expires_at bigint not null
);
-- When Stripe and the panel have to be told of an account's address; nothing while they know it.
alter table accounts add column contact_due bigint;
create index accounts_contact_due on accounts (contact_due) where contact_due is not null;
