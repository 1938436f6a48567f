-- Kinds of mail that somebody does not want, with a space between two. The running release ignores it.
alter table accounts add column unwanted_mails text not null default '';
