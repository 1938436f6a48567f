//! Identifiers: a short prefix that says what is meant, and a UUIDv7 in hex. What others name in their own way is taken as it is.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Text that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form {prefix}…")]
pub struct IdError {
    text: String,
    prefix: &'static str,
}

/// An id of ours, whatever it stands for.
pub trait Id {
    /// Makes the id that belongs to `uuid`.
    fn from_uuid(uuid: Uuid) -> Self;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The letters before the underscore, with it.
            pub const PREFIX: &'static str = $prefix;

            /// Reads an id as it stands in a URL, a row or a Stripe metadata field.
            ///
            /// # Errors
            /// The text has another prefix or another shape: treat it as an id that does not exist.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let hex = text.strip_prefix($prefix);
                let well_formed = hex.is_some_and(|hex| {
                    hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
                });
                if well_formed {
                    Ok(Self(text.to_owned()))
                } else {
                    let text = text.chars().take(64).collect();
                    Err(IdError { text, prefix: $prefix })
                }
            }

            /// The id as text, prefix included.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The part after the prefix: 32 hex digits.
            pub fn suffix(&self) -> &str {
                &self.0[$prefix.len()..]
            }
        }

        impl Id for $name {
            fn from_uuid(uuid: Uuid) -> Self {
                Self(format!("{}{}", $prefix, uuid.simple()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
    )*};
}

/// Names that others give: Stripe's ids, the keys of the owner's files. Whether such a thing exists is theirs to say.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
pub(crate) use names;

ids! {
    /// A login with us, of a customer or of staff.
    AccountId = "acc_";
    /// One sign-in of an account, in a browser or through the API.
    SessionId = "ses_";
    /// One purchase of one term of one plan.
    OrderId = "ord_";
    /// Capacity held on a node.
    ReservationId = "rsv_";
    /// One Checkout Session that was opened, or was about to be opened, for an order.
    CheckoutAttemptId = "cka_";
    /// What the customer has with us.
    ServiceId = "svc_";
    /// One mutating job on a service.
    OperationId = "opn_";
    /// One call that may create a server.
    AttemptId = "pat_";
    /// One entry of the ledger.
    LedgerEntryId = "led_";
    /// One decision to give money back.
    RefundId = "rfd_";
    /// One message to a customer or an operator.
    MessageId = "msg_";
    /// One open or cleared alert.
    AlertId = "alr_";
    /// One line of the audit log.
    AuditId = "aud_";
    /// One line of an order's timeline.
    TimelineId = "tml_";
    /// One key that seals what the database keeps secret.
    DataKeyId = "dky_";
    /// One passkey of an account.
    PasskeyId = "pky_";
    /// One personal API key.
    ApiKeyId = "apk_";
    /// One invitation to become staff.
    InvitationId = "inv_";
    /// One word to an operator over one channel.
    NotificationId = "ntf_";
    /// One conversation of a customer with staff.
    TicketId = "tkt_";
    /// One message in such a conversation.
    TicketMessageId = "tkm_";
    /// One note of staff about a customer.
    NoteId = "nte_";
    /// One time that staff saw the shop as a customer does.
    ViewId = "vew_";
    /// One time in which something of ours did not work.
    IncidentId = "ini_";
}

impl ServiceId {
    /// The service that an order pays for. An order has one at most, and always the same one: a database that was restored to
    /// before the payment gives the server that was made since its own name, finds it under it, and makes no second one (S2, S3).
    pub fn of_order(order: &OrderId) -> Self {
        Self(format!("{}{}", Self::PREFIX, order.suffix()))
    }

    /// The order that pays for it.
    pub fn order(&self) -> OrderId {
        OrderId(format!("{}{}", OrderId::PREFIX, self.suffix()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_of_an_order_is_always_the_same_and_a_well_formed_id() {
        let order = OrderId::from_uuid(Uuid::from_u128(7));
        let service = ServiceId::of_order(&order);
        assert_eq!(ServiceId::parse(service.as_str()), Ok(ServiceId::of_order(&order)));
        assert_ne!(service, ServiceId::of_order(&OrderId::from_uuid(Uuid::from_u128(8))));
        assert_eq!(service.order(), order);
    }

    #[test]
    fn an_id_reads_back_what_it_wrote() {
        let id = OrderId::from_uuid(Uuid::from_u128(7));
        assert_eq!(OrderId::parse(id.as_str()), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let service = ServiceId::from_uuid(Uuid::from_u128(7));
        assert!(OrderId::parse(service.as_str()).is_err());
        assert!(OrderId::parse("ord_").is_err());
        assert!(OrderId::parse("ord_0000000000000000000000000000000G").is_err());
        assert!(OrderId::parse("ord_000000000000000000000000000000éa").is_err());
    }
}
