create trigger audit_log_unchanged before update on audit_log begin select raise(abort, 'the audit log is only added to'); end;
create trigger audit_log_kept before delete on audit_log begin select raise(abort, 'the audit log is only added to'); end;
create trigger audit_seals_unchanged before update on audit_seals begin select raise(abort, 'the audit log is only added to'); end;
create trigger audit_seals_kept before delete on audit_seals begin select raise(abort, 'the audit log is only added to'); end;
