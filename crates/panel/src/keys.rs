//! Names and numbers that stand in paths: each is checked when it is made, so that a path never leaves where it should be.

use crate::error::plain;
use domain::ids::{AccountId, ServiceId};
use std::fmt;
use std::str::FromStr;

/// Text that cannot be part of a path or of an external id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name anything at the panel")]
pub struct NameError(String);

impl NameError {
    pub(crate) fn new(name: String) -> Self {
        Self(name)
    }
}

macro_rules! external_ids {
    ($($(#[$doc:meta])* $name:ident($owner:ty) = $middle:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The external id that belongs to `id` under an installation's prefix.
            ///
            /// # Errors
            /// The prefix has other characters than lower-case letters, digits and dashes.
            pub fn new(prefix: &str, id: &$owner) -> Result<Self, NameError> {
                let text = format!(concat!("{}-", $middle, "-{}"), prefix, id.suffix());
                let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if prefix.is_empty() || text.len() > 100 || !text.chars().all(fine) {
                    return Err(NameError(plain(&text, 120)));
                }
                Ok(Self(text))
            }

            /// The external id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

external_ids! {
    /// What a service's server is called at the panel.
    ServerKey(ServiceId) = "svc";
    /// What a customer's login is called at the panel.
    AccountKey(AccountId) = "acc";
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The panel's number.
            pub fn new(number: u64) -> Self {
                Self(number)
            }

            /// The panel's number.
            pub fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

numbers! {
    /// A server's number.
    ServerId;
    /// A node's number.
    NodeId;
    /// A location's number.
    LocationId;
    /// An allocation's number.
    AllocationId;
    /// A nest's number.
    NestId;
    /// An egg's number.
    EggId;
    /// A login's number.
    PanelUserId;
    /// A schedule's number.
    ScheduleId;
    /// The number of a schedule's task.
    TaskId;
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $fits:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let fits: fn(&str) -> bool = $fits;
                if fits(text) { Ok(Self(text.to_owned())) } else { Err(NameError(plain(text, 40))) }
            }
        }

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// The short id of a server in the client API: the first eight digits of its uuid.
    Identifier = |text| text.len() == 8 && is_hex(text);
    /// The uuid of a backup.
    BackupId = is_uuid;
    /// The uuid of a sub-user's login.
    SubuserId = is_uuid;
    /// The id of a server's database in the client API: letters and digits without a meaning.
    DatabaseId = |text| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Lower-case digits in groups of 8, 4, 4, 4 and 12.
fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex)
}
