//! Roles and permissions as people read them.

use crate::texts::t;
use domain::access::{Permission, Role};
use std::borrow::Cow;

/// What a role is called.
pub(super) fn of_role(role: Role) -> Cow<'static, str> {
    t(&format!("role-{}", role.key()))
}

/// What a permission allows.
pub(super) fn of_permission(permission: Permission) -> Cow<'static, str> {
    t(match permission {
        Permission::SeeBusiness => "permission-see-business",
        Permission::SeeCustomers => "permission-see-customers",
        Permission::HelpCustomers => "permission-help-customers",
        Permission::MendOrders => "permission-mend-orders",
        Permission::RunServers => "permission-run-servers",
        Permission::MoveMoney => "permission-move-money",
        Permission::ManageSales => "permission-manage-sales",
        Permission::ReadAudit => "permission-read-audit",
        Permission::ManageStaff => "permission-manage-staff",
        Permission::ManageSecrets => "permission-manage-secrets",
    })
}
