-- Refunds that Stripe does not make, and a person paid in another way: whoever looks after the shop says so, and the refund work ends them.
-- The running release does not look at it: it goes on asking Stripe, and ends none of them.
alter table refunds add column paid_otherwise_at bigint;
