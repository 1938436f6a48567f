-- Public pages that those who look after the shop took down: nobody sees them, and their customers can neither change nor drop them until
-- that is taken back. The running release shows such a page: take down none before all processes are of this release.
alter table public_pages add column barred_at bigint;
alter table public_pages add column barred_why text;
