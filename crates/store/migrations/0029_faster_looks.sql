-- The order in which tickets wait for staff, worked out once for each of them and not for each look: what is open before what waits for its
-- customer, by priority and age; what is closed last, the latest first. `store::tickets` has the same two expressions.
create index tickets_queue on tickets (
    (cast(case state when 'closed' then 6
          else case state when 'open' then 0 else 3 end
             + case priority when 'high' then 0 when 'normal' then 1 else 2 end end as bigint)),
    (case state when 'closed' then -state_at else state_at end),
    id
);

-- What is held on a node is added up for every page that sells: from the index alone.
drop index reservations_live_on_node;
create index reservations_live_on_node on reservations (node_id, memory_mib, disk_mib) where released_at is null;
