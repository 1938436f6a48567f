-- In which language somebody is written to. The running release writes English to everybody and ignores the column.
alter table accounts add column language text check (length(language) between 2 and 8);
