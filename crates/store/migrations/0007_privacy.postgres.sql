create function audit_log_is_only_added_to() returns trigger language plpgsql as
$$ begin raise exception 'the audit log is only added to'; end $$;
create trigger audit_log_kept before update or delete or truncate on audit_log
    for each statement execute function audit_log_is_only_added_to();
create trigger audit_seals_kept before update or delete or truncate on audit_seals
    for each statement execute function audit_log_is_only_added_to();
