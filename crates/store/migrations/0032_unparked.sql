-- When a person last let a delivery go on that had waited for one: its deadlines count from then.
-- The running release does not look at it: its deadlines count on while a delivery waits for a person.
alter table operations add column unparked_at bigint;
-- Kinds of events came to the second group that is asked for: what Stripe still lists of them is looked at once more. Known events are passed over.
delete from marks where name = 'stripe_events.1';
