-- Ways into lists and to whatever somebody has in hand. The running release does not need them.
create index orders_by_time on orders (created_at, id);
create index orders_by_state on orders (state, created_at, id);
create index services_of_server on services (server_id);
create index services_of_identifier on services (server_identifier);
create index services_of_address on services (address) where terminated_at is null;
create index reserved_ports_of_ip on reserved_ports (ip, port);
create index reserved_ports_of_alias on reserved_ports (alias, port);
create index ledger_of_object on ledger (object);
create index webhook_events_kept on webhook_events (received_at, id) where outcome = 'kept';
