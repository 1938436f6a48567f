-- What customers ask and staff answer. The running release ignores both tables.
create table tickets (
    id          text   primary key,          -- tkt_…
    account_id  text   not null references accounts (id),
    category    text   not null check (category in ('general', 'billing', 'technical')),
    priority    text   not null check (priority in ('low', 'normal', 'high')),
    subject     text   not null,
    context     text,                        -- the server or order that it is about, as it was when the ticket was made
    state       text   not null check (state in ('open', 'pending', 'closed')),  -- waits for staff, for the customer, for nobody
    state_at    bigint not null,             -- since when
    created_at  bigint not null,
    updated_at  bigint not null,             -- when somebody last wrote
    answered_at bigint                       -- when staff first wrote
);
create index tickets_of_account on tickets (account_id, updated_at);
create index tickets_by_state on tickets (state, state_at);

create table ticket_messages (
    id        text   primary key,            -- tkm_…
    ticket_id text   not null references tickets (id),
    author_id text   not null references accounts (id),
    staff     bigint not null check (staff in (0, 1)),  -- whether the author wrote as one of us: roles change, this does not
    text      text   not null,
    at        bigint not null
);
create index ticket_messages_of_ticket on ticket_messages (ticket_id, at, id);
