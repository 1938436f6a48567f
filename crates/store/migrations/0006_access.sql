-- Second factors, keys, and what slows guessers down.

-- What the database must keep secret is sealed with a data key; each data key is wrapped by the master key, which is made from
-- `security.secret` and never stored. A new master wraps the same data keys again.
create table data_keys (
    id          text   primary key,          -- dky_…
    number      bigint not null unique,      -- 0 is the root; the highest one seals
    purpose     text   not null check (purpose in ('root', 'seal')),  -- root: keys of ours are derived from it; seal: seals values
    wrapped     text   not null,             -- hex, under the master key
    master      text   not null,             -- fingerprint of the master key that wraps it
    created_at  bigint not null,
    seals_from  bigint not null              -- known to every replica before it seals
);
create unique index data_keys_one_root on data_keys (purpose) where purpose = 'root';

-- Keys that sign access tokens. A key is published before it signs, and verifies until what it signed has lapsed.
create table signing_keys (
    id            text   primary key,        -- the `kid` of tokens
    number        bigint not null unique,    -- 1, 2, 3, …: two replicas that rotate at once make one key
    sealed        text   not null,           -- the private key
    public_key    text   not null,           -- hex
    created_at    bigint not null,
    signs_from    bigint not null,
    verifies_until bigint                    -- set when a later key takes over
);

create table totp_secrets (
    account_id   text   primary key references accounts (id),
    sealed       text   not null,
    last_step    bigint not null,            -- the step of the last code that was accepted: each counts once
    created_at   bigint not null,
    confirmed_at bigint                      -- unset until the first code proved that the app has it
);

create table recovery_codes (
    code_hash    text   primary key,
    account_id   text   not null references accounts (id),
    created_at   bigint not null,
    used_at      bigint
);
create index recovery_codes_of_account on recovery_codes (account_id);

create table passkeys (
    id            text   primary key,        -- pky_…
    account_id    text   not null references accounts (id),
    credential_id text   not null unique,    -- hex, as the authenticator names it
    credential    text   not null,           -- JSON: public key, counter, flags
    name          text   not null,
    created_at    bigint not null,
    used_at       bigint
);
create index passkeys_of_account on passkeys (account_id);

-- The challenge of a passkey ceremony between its two requests. Each is good for one answer.
create table ceremonies (
    id           text   primary key,         -- hash of what the browser sends back
    account_id   text   references accounts (id),  -- unset while nobody is known
    kind         text   not null check (kind in ('register', 'sign_in', 'prove')),
    state        text   not null,            -- JSON
    expires_at   bigint not null
);
create index ceremonies_by_time on ceremonies (expires_at);

-- Personal keys for programs of customers.
create table api_keys (
    id           text   primary key,         -- apk_…
    account_id   text   not null references accounts (id),
    name         text   not null,
    key_hash     text   not null unique,
    hint         text   not null,            -- the key's first letters, for people to tell keys apart
    scopes       text   not null,            -- words with blanks between
    created_at   bigint not null,
    expires_at   bigint not null,
    used_at      bigint,
    revoked_at   bigint
);
create index api_keys_of_account on api_keys (account_id);

-- The first answer to a request that carried an Idempotency-Key.
create table idempotency_keys (
    account_id   text   not null references accounts (id),
    key          text   not null,
    fingerprint  text   not null,            -- hash of method, path and body: a key names one request
    status       bigint,                     -- unset while the first request is under way
    sealed       text,                       -- the answer's body
    created_at   bigint not null,
    primary key (account_id, key),
    check ((status is null) = (sealed is null))
);
create index idempotency_keys_by_time on idempotency_keys (created_at);

-- How often something was tried: passwords of an account, codes, mails asked for. Shared by all replicas.
create table throttles (
    key           text   primary key,        -- what is counted and a hash of whom
    tries         bigint not null check (tries >= 0),
    last_at       bigint not null,
    blocked_until bigint not null
);
create index throttles_by_time on throttles (last_at);

-- Letters to people who are to become staff.
create table invitations (
    id           text   primary key,         -- inv_…
    email        text   not null,
    email_key    text   not null,
    role         text   not null check (role in ('owner', 'admin', 'billing', 'support', 'read_only')),
    secret_hash  text   not null unique,
    invited_by   text   not null,            -- an account id, or `cli`
    created_at   bigint not null,
    expires_at   bigint not null,
    accepted_at  bigint,
    revoked_at   bigint
);
