//! What happens to an installation: customers, webhooks, faults, operators, crashes; and the scenarios that are told in full.

use sandbox::panel::FaultSpec;
use sandbox::stripe::{Fault, PayOutcome};

/// What every scenario buys unless it says otherwise.
pub(crate) const PLAN: &str = "minecraft-paper-4g";

/// Something that happens.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// A customer asks for a payment page; the same cart again is a double click.
    Open { customer: usize, cart: usize },
    /// Whoever got none asks again.
    OpenAgain { customer: usize, cart: usize },
    /// A customer does something on the payment page.
    Pay(usize, PayOutcome),
    /// A customer cancels.
    Cancel(usize),
    /// How webhooks arrive from now on.
    Webhooks(Post),
    /// The panel has a fault.
    Panel(FaultSpec),
    /// Stripe has a fault.
    Stripe(Fault),
    /// All faults end.
    Mended,
    /// A replica dies, and another one starts in its place soon after.
    Crash(usize),
    /// A replica stands still for so many seconds: nothing of it goes on, and it does not know.
    Pause(usize, i64),
    /// Somebody deletes the server of a cart on the panel.
    DeleteServer(usize),
    /// The cardholder's bank disputes the payment of a cart.
    Dispute(usize),
    /// The page of a cart shows another amount than ordered.
    OtherAmount(usize),
    /// An event of the other mode arrives.
    OtherMode,
    /// An event that nobody can read arrives.
    Poison,
    /// Only one server more fits into the shop.
    LastSlot,
}

/// How webhooks arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Post {
    /// One after the other.
    InOrder,
    /// The last one first.
    Backwards,
    /// Each of them so often.
    Copies(usize),
    /// Never.
    Lost,
}

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// So many seconds after the beginning.
    At(i64),
    /// As soon as the page of a cart is open.
    Opened(usize),
    /// As soon as the order of a cart is paid, as far as the shop knows.
    Paid(usize),
    /// As soon as the panel has the server of a cart.
    Made(usize),
    /// So many seconds after the page of a cart was opened.
    AfterOpened(usize, i64),
}

impl When {
    /// What cart it is about.
    pub(crate) fn cart(self) -> Option<usize> {
        match self {
            Self::At(_) => None,
            Self::Opened(cart) | Self::Paid(cart) | Self::Made(cart) | Self::AfterOpened(cart, _) => Some(cart),
        }
    }
}

/// A story that is played as it is written.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) replicas: usize,
    pub(crate) acts: Vec<(When, Act)>,
    /// Short enough to be swept with two crashes.
    pub(crate) short: bool,
}

fn scenario(name: &'static str, acts: Vec<(When, Act)>) -> Scenario {
    Scenario { name, replicas: 1, acts, short: false }
}

/// Somebody buys a server.
fn buys(customer: usize, cart: usize) -> Vec<(When, Act)> {
    vec![(When::At(0), Act::Open { customer, cart }), (When::Opened(cart), Act::Pay(cart, PayOutcome::Pay))]
}

fn with(mut acts: Vec<(When, Act)>, more: impl IntoIterator<Item = (When, Act)>) -> Vec<(When, Act)> {
    acts.extend(more);
    acts
}

/// All scenarios.
pub(crate) fn all() -> Vec<Scenario> {
    vec![Scenario { short: true, ..scenario("a purchase", buys(0, 0)) }]
}
