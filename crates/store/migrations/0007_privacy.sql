-- What makes the audit log trustworthy, and what ends: seals, requests for erasure, and what the retention work looks for.

-- The audit log as a chain: each row names a line of the log and carries a hash over the seal before it and the line. No foreign
-- key: a seal whose line was removed has to stay, for it is the proof. Both tables are only ever added to; the triggers in
-- 0007_privacy.sqlite.sql and 0007_privacy.postgres.sql refuse everything else.
create table audit_seals (
    position   bigint primary key check (position > 0),
    audit_id   text   not null unique,
    digest     text   not null,              -- of the line alone, without a key: tells a changed line from a forged seal
    hash       text   not null,
    sealed_at  bigint not null
);
create index audit_log_of_subject on audit_log (subject, at);

-- What the retention work looks for. Rows that are past their time are few, or are found by when they ended.
create index sessions_by_end on sessions (expires_at);
create index sessions_by_revocation on sessions (revoked_at) where revoked_at is not null;
create index refresh_tokens_by_end on refresh_tokens (expires_at);
create index email_proofs_by_end on email_proofs (expires_at);
create index accounts_unproven on accounts (created_at) where email_verified_at is null;
create index outbox_with_text on outbox (created_at) where body <> '{}';
create index webhook_events_with_body on webhook_events (processed_at) where processed_at is not null and body <> '';

-- Requests to erase a customer, and the queue of that work. The account's row stays, under a pseudonym: orders and the ledger
-- name it. What stands in the way ends first (M10, S9).
create table erasures (
    account_id    text   primary key references accounts (id),
    end_servers   bigint not null check (end_servers in (0, 1)),   -- whether the person agreed that servers end for it
    asked_at      bigint not null,
    wake_at       bigint not null,
    claimed_until bigint not null default 0,
    tries         bigint not null default 0,
    waits_for     text,                      -- what stood in the way, or went wrong, when it was last looked at
    done_at       bigint
);
create index erasures_due on erasures (wake_at) where done_at is null;
