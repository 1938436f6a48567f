//! Money that goes back: why, and how.

use serde::{Deserialize, Serialize};

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// No node could deliver the server within its budget.
    CannotBeDelivered,
    /// The server that the panel had confirmed is gone; it is never made again by itself.
    ServerVanished,
    /// The payment came after the capacity had been released, and there was no room any more.
    PaidAfterExpiry,
    /// The order had been paid before.
    PaidTwice,
    /// The customer or an operator stopped the delivery.
    Cancelled,
    /// It was charged after the service had ended.
    ChargedAfterEnd,
    /// Another amount, currency or price was charged than ordered, or somebody else paid (M3).
    NotAsOrdered,
    /// Whoever looks after the shop gave back what was paid for a server that had been delivered, and ended the server.
    ByHand,
}

/// How money went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundWay {
    /// Stripe sends it to what was paid with.
    #[default]
    Card,
    /// The cardholder's bank took it back: a dispute was lost.
    Bank,
    /// Whoever looks after the shop paid it in another way.
    Otherwise,
}

impl RefundReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::CannotBeDelivered,
        Self::ServerVanished,
        Self::PaidAfterExpiry,
        Self::PaidTwice,
        Self::Cancelled,
        Self::ChargedAfterEnd,
        Self::NotAsOrdered,
        Self::ByHand,
    ];

    /// The word in rows and idempotency keys.
    pub fn key(self) -> &'static str {
        match self {
            Self::CannotBeDelivered => "cannot_be_delivered",
            Self::ServerVanished => "server_vanished",
            Self::PaidAfterExpiry => "paid_after_expiry",
            Self::PaidTwice => "paid_twice",
            Self::Cancelled => "cancelled",
            Self::ChargedAfterEnd => "charged_after_end",
            Self::NotAsOrdered => "not_as_ordered",
            Self::ByHand => "by_hand",
        }
    }

    /// Whether the whole purchase goes back. The other reasons are about one payment, beside an order that stays as it is: one too many, or
    /// what was paid for a server that was delivered.
    pub fn ends_order(self) -> bool {
        match self {
            Self::CannotBeDelivered
            | Self::ServerVanished
            | Self::PaidAfterExpiry
            | Self::Cancelled
            | Self::NotAsOrdered => true,
            Self::PaidTwice | Self::ChargedAfterEnd | Self::ByHand => false,
        }
    }

    /// Whether the payment was one too many: it paid for nothing, and the one that paid for the server stands beside it.
    pub fn is_one_too_many(self) -> bool {
        matches!(self, Self::PaidTwice | Self::ChargedAfterEnd)
    }

    /// Whether somebody asked for it: nothing went wrong that a person would have to hear of.
    pub fn is_asked_for(self) -> bool {
        match self {
            Self::Cancelled | Self::ByHand => true,
            Self::CannotBeDelivered
            | Self::ServerVanished
            | Self::PaidAfterExpiry
            | Self::PaidTwice
            | Self::ChargedAfterEnd
            | Self::NotAsOrdered => false,
        }
    }

    /// The reason with this key, if there is one.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.key() == key)
    }
}
