//! What was bought, fixed at the moment of purchase: later changes of the catalogue do not touch it.

use crate::catalogue::{AddOnKey, BlueprintKey, ServerShape, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an order buys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Game and size in words, for example `Minecraft Paper 4 GB`.
    pub label: String,
    /// The game's key.
    pub game: String,
    /// How the server is made.
    pub blueprint: BlueprintKey,
    /// What is on the bill.
    pub lines: Vec<Line>,
    /// What the customer calls the server.
    pub server_name: String,
    /// What only the customer could supply, by input key.
    pub inputs: BTreeMap<String, String>,
    /// What the customer agreed to, by consent key.
    pub consents: Vec<String>,
    /// What was bought with it.
    pub add_ons: Vec<AddOnKey>,
    /// The size of the server, add-ons included.
    pub shape: ServerShape,
    /// The plan's own values for egg variables.
    pub env: BTreeMap<String, Value>,
    /// The plan's upper player count.
    pub players_max: Option<u32>,
}

/// One line of the bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Our name for the price at Stripe.
    pub lookup_key: String,
    /// Stripe's id of the price.
    pub price_id: String,
    /// What it costs for the term, in minor units.
    pub minor: i64,
}
