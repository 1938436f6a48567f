//! Who may do what: roles as sets of permissions, what an API key may be used for, and how long a guesser waits.

use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Buys.
    Customer,
    /// Everything.
    Owner,
    /// Everything but what only the owner may.
    Admin,
    /// Money.
    Billing,
    /// Customers and their servers.
    Support,
    /// Looks.
    ReadOnly,
}

/// Something that staff may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Looks at orders, servers, capacity and alerts, without names and addresses of customers.
    SeeBusiness,
    /// Looks at customers.
    SeeCustomers,
    /// Answers customers, writes notes, sends mails again.
    HelpCustomers,
    /// Sets stuck orders going again and mends what hangs.
    MendOrders,
    /// Suspends, resumes and ends servers; drains nodes.
    RunServers,
    /// Gives money back and ends subscriptions.
    MoveMoney,
    /// Pauses sales.
    ManageSales,
    /// Reads who did what.
    ReadAudit,
    /// Invites staff, changes their roles, ends their access; removes customers' second factors.
    ManageStaff,
    /// Replaces keys and secrets.
    ManageSecrets,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 10] = [
        Self::SeeBusiness,
        Self::SeeCustomers,
        Self::HelpCustomers,
        Self::MendOrders,
        Self::RunServers,
        Self::MoveMoney,
        Self::ManageSales,
        Self::ReadAudit,
        Self::ManageStaff,
        Self::ManageSecrets,
    ];
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [Self::Customer, Self::Owner, Self::Admin, Self::Billing, Self::Support, Self::ReadOnly];
    /// The roles of staff, the most powerful one first.
    pub const STAFF: [Self; 5] = [Self::Owner, Self::Admin, Self::Billing, Self::Support, Self::ReadOnly];

    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Billing => "billing",
            Self::Support => "support",
            Self::ReadOnly => "read_only",
        }
    }

    /// The role with this key, if there is one.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }

    /// Whether it belongs to the people who run the business.
    pub fn is_staff(self) -> bool {
        Self::STAFF.contains(&self)
    }

    /// What it may do.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission::{
            HelpCustomers, ManageSales, ManageStaff, MendOrders, MoveMoney, ReadAudit, RunServers, SeeBusiness,
            SeeCustomers,
        };
        match self {
            Self::Customer => &[],
            Self::Owner => &Permission::ALL,
            Self::Admin => &[
                SeeBusiness,
                SeeCustomers,
                HelpCustomers,
                MendOrders,
                RunServers,
                MoveMoney,
                ManageSales,
                ReadAudit,
                ManageStaff,
            ],
            Self::Billing => &[SeeBusiness, SeeCustomers, MoveMoney, ReadAudit],
            Self::Support => &[SeeBusiness, SeeCustomers, HelpCustomers, MendOrders, RunServers],
            Self::ReadOnly => &[SeeBusiness],
        }
    }

    /// Whether it may do this.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Whether somebody with this role may give `other` to somebody, or take it away: nobody hands out more than they have.
    pub fn may_grant(self, other: Self) -> bool {
        self.may(Permission::ManageStaff) && other.is_staff() && other.permissions().iter().all(|one| self.may(*one))
    }
}

/// What an API key may be used for. Tokens of a sign-in may do everything that their account may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Reads servers.
    ServersRead,
    /// Reads orders.
    OrdersRead,
    /// Opens checkouts and cancels orders.
    OrdersWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::ServersRead, Self::OrdersRead, Self::OrdersWrite];

    /// The word in rows, forms and documents.
    pub fn key(self) -> &'static str {
        match self {
            Self::ServersRead => "servers:read",
            Self::OrdersRead => "orders:read",
            Self::OrdersWrite => "orders:write",
        }
    }

    /// The scope with this key, if there is one.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.key() == key)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// How many tries are free, and how the waiting grows after them. Never a lock: every wait ends (INVARIANTS §4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Tries without any wait.
    pub free: i64,
    /// The wait after them, which doubles from then on.
    pub first: SignedDuration,
    /// The longest wait.
    pub longest: SignedDuration,
    /// A quiet time after which everything is forgotten.
    pub forgets: SignedDuration,
}

/// What is known about the tries on one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// How many there were.
    pub count: i64,
    /// When the last one was let in.
    pub last: Timestamp,
    /// Before this moment none is let in.
    pub blocked_until: Timestamp,
}

/// How far the clocks of two replicas may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

impl Patience {
    /// Counts one more try, or says until when none is let in.
    ///
    /// # Errors
    /// The moment from which a try is let in again.
    pub fn take(&self, before: Option<Tries>, now: Timestamp) -> Result<Tries, Timestamp> {
        // What a clock wrote that ran ahead and was set back since says nothing (K2).
        let ahead = |tries: &Tries| tries.last > now + SKEW;
        let before = before.filter(|tries| now.duration_since(tries.last) < self.forgets && !ahead(tries));
        if let Some(tries) = before.filter(|tries| tries.blocked_until > now) {
            return Err(tries.blocked_until);
        }
        let count = before.map_or(0, |tries| tries.count) + 1;
        Ok(Tries { count, last: now, blocked_until: now + self.wait(count) })
    }

    /// How long nobody is let in after the try number `count`: twice as long each time, once the free ones are used up.
    fn wait(&self, count: i64) -> SignedDuration {
        match u32::try_from(count - self.free) {
            Ok(over) => self.first.saturating_mul(1_i32 << over.min(30)).min(self.longest),
            Err(_) => SignedDuration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_hands_out_more_than_they_have() {
        for (giver, given, wanted) in [
            (Role::Owner, Role::Owner, true),
            (Role::Owner, Role::ReadOnly, true),
            (Role::Admin, Role::Owner, false),
            (Role::Admin, Role::Admin, true),
            (Role::Admin, Role::Support, true),
            (Role::Support, Role::ReadOnly, false),
            (Role::Billing, Role::Support, false),
            (Role::Customer, Role::ReadOnly, false),
            (Role::Owner, Role::Customer, false),
        ] {
            assert_eq!(giver.may_grant(given), wanted, "{giver:?} gives {given:?}");
        }
    }

    #[test]
    fn every_role_looks_and_only_the_owner_may_everything() {
        for role in Role::STAFF {
            assert!(role.may(Permission::SeeBusiness), "{role:?}");
            assert_eq!(role.may(Permission::ManageSecrets), role == Role::Owner, "{role:?}");
        }
        assert!(Role::Customer.permissions().is_empty());
    }

    #[test]
    fn words_of_rows_are_read_back() {
        assert!(Role::ALL.iter().all(|role| Role::find(role.key()) == Some(*role)));
        assert!(Scope::ALL.iter().all(|scope| Scope::find(scope.key()) == Some(*scope)));
    }

    const PATIENCE: Patience = Patience {
        free: 3,
        first: SignedDuration::from_secs(1),
        longest: SignedDuration::from_secs(60),
        forgets: SignedDuration::from_hours(24),
    };

    #[test]
    fn waits_grow_up_to_the_longest_and_every_wait_ends() {
        let mut now = Timestamp::UNIX_EPOCH;
        let mut tries = None;
        let mut waits = Vec::new();
        for _ in 0..12 {
            let taken = PATIENCE.take(tries, now).unwrap();
            waits.push(taken.blocked_until.duration_since(now).as_secs());
            if taken.blocked_until > now {
                assert_eq!(PATIENCE.take(Some(taken), now), Err(taken.blocked_until));
            }
            now = taken.blocked_until;
            tries = Some(taken);
        }
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    }

    #[test]
    fn a_quiet_day_forgets_everything() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(100);
        let old = Tries { count: 50, last: now - SignedDuration::from_hours(24), blocked_until: now };
        assert_eq!(PATIENCE.take(Some(old), now).unwrap().count, 1);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_wait_longer() {
        let now = Timestamp::UNIX_EPOCH;
        let ahead = now + SignedDuration::from_hours(10);
        let tries = Tries { count: 9, last: ahead, blocked_until: ahead };
        assert_eq!(PATIENCE.take(Some(tries), now).unwrap().count, 1);
    }
}
