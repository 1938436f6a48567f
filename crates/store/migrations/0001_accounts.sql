-- Who we are and who signs in.
-- Everywhere: ids are text with a prefix, instants are Unix microseconds (UTC), amounts are minor units, flags are 0 or 1.

create table installation (
    only_row     bigint primary key default 1 check (only_row = 1),
    id           text   not null,            -- drawn once; in the metadata of everything that we create at Stripe
    prefix       text   not null,            -- stands in front of our external ids at the panel
    created_at   bigint not null
);

-- A login with us. A customer is an account that buys; staff are the accounts with another role.
create table accounts (
    id                 text   primary key,   -- acc_…
    email              text   not null,      -- as the person wrote it
    email_key          text   not null unique check (email_key = lower(email_key)),
    email_verified_at  bigint,               -- unset again when the address changes
    password_hash      text   not null,
    display_name       text   not null,
    role               text   not null check (role in ('customer', 'owner', 'admin', 'billing', 'support', 'read_only')),
    smoke              bigint not null default 0 check (smoke in (0, 1)),  -- made by `givr smoke`
    stripe_customer    text   unique,
    stripe_customers   bigint not null default 0,  -- how many it had before: part of the key under which the next one is made
    panel_user         bigint unique,
    panel_username     text,
    created_at         bigint not null
);

create table sessions (
    id           text   primary key,         -- ses_…
    account_id   text   not null references accounts (id),
    token_hash   text   not null unique,     -- of the cookie; for API sessions of nothing that is ever sent
    kind         text   not null check (kind in ('browser', 'api')),
    user_agent   text   not null,
    address      text   not null,            -- where the sign-in came from
    stage        text   not null check (stage in ('awaits_factor', 'complete')),
    confirmed_at bigint not null,            -- when the person last proved who they are
    created_at   bigint not null,
    seen_at      bigint not null,
    expires_at   bigint not null,
    revoked_at   bigint
);
create index sessions_of_account on sessions (account_id);

-- One row per refresh token that was handed out. A token that is used twice revokes its session.
create table refresh_tokens (
    token_hash   text   primary key,
    session_id   text   not null references sessions (id),
    issued_at    bigint not null,
    expires_at   bigint not null,
    used_at      bigint
);
create index refresh_tokens_of_session on refresh_tokens (session_id);

-- Codes and links sent by mail that prove control of the address.
create table email_proofs (
    id           text   primary key,
    account_id   text   not null references accounts (id),
    purpose      text   not null check (purpose in ('verify_email', 'reset_password')),  -- a code's id is a hash of its ticket
    secret_hash  text   not null,
    attempts     bigint not null default 0 check (attempts >= 0),
    -- What the sign-up that caused the code asked for; it counts once the code comes back, so that whoever signs up with somebody
    -- else's address changes nothing.
    password_hash text,
    display_name text,
    created_at   bigint not null,
    expires_at   bigint not null,
    used_at      bigint
);
create index email_proofs_of_account on email_proofs (account_id, purpose);
create unique index email_proofs_by_secret on email_proofs (secret_hash) where purpose = 'reset_password';

-- Tokens for programs, made by `givr admin token`.
create table operator_tokens (
    token_hash   text   primary key,
    scope        text   not null check (scope in ('smoke')),
    created_at   bigint not null,
    expires_at   bigint not null
);

-- What staff and the program did to somebody's money, server or account. Written in the transaction of the act.
create table audit_log (
    id           text   primary key,         -- aud_…
    at           bigint not null,
    actor        text   not null,            -- an account id, `cli`, `system`
    act          text   not null,
    subject      text   not null,
    detail       text   not null             -- JSON
);
create index audit_log_by_time on audit_log (at);
