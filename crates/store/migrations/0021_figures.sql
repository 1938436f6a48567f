-- Ways into what is counted for those who look after the shop, and into the jobs of one service. The running release does not need them.
create index services_by_payment on services (created_at);
create index services_by_delivery on services (fulfilled_at) where fulfilled_at is not null;
create index services_by_end on services (terminated_at) where terminated_at is not null;
create index refunds_by_decision on refunds (created_at);
create index operations_of_service on operations (service_id, created_at);
create index panel_allocations_of_node on panel_allocations (node_id);
create index webhook_events_of_poll on webhook_events (received_at) where source = 'poll';
