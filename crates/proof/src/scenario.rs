//! What happens to an installation: customers, webhooks, faults, operators, crashes. The scenarios themselves are in `scenarios`.

use app::verify::Law;
use sandbox::panel::FaultSpec;
use sandbox::stripe::{Fault, PayOutcome};
use serde_json::Value;

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
    /// Whoever cancelled and still waits cancels again.
    CancelAgain(usize),
    /// The order of a cart is paid beside its page, in the name of a shop.
    PayAgain(usize, Shop),
    /// How webhooks arrive from now on.
    Webhooks(Post),
    /// The panel has a fault.
    Panel(FaultSpec),
    /// Stripe has a fault.
    Stripe(Fault),
    /// All faults end.
    Mended,
    /// A replica stands still for so many seconds: nothing of it goes on, and it does not know.
    Pause(usize, i64),
    /// Somebody deletes the server of a cart on the panel.
    DeleteServer(usize),
    /// The cardholder's bank disputes the payment.
    Dispute,
    /// The cardholder's bank asks about the payment, and takes nothing yet.
    Inquire,
    /// What the bank asked about becomes a dispute.
    Escalate,
    /// Somebody gives the money back in Stripe's dashboard.
    RefundByHand,
    /// One cent was charged, whatever was ordered.
    OtherAmount,
    /// An event arrives that is not like those we know, or that is of another mode or account.
    Event(Value),
    /// Only one server more fits into the shop.
    LastSlot,
    /// What the panel says about the server of a cart cannot be read.
    Poison(usize),
    /// The panel's database is kept as it is now.
    KeepPanel,
    /// The panel's database is what was kept.
    RestorePanel,
    /// The shop makes a backup.
    KeepShop,
    /// The shop loses its machines and its database, and comes back from the backup: frozen, until a person confirms.
    RestoreShop,
    /// The operator confirms that nobody else acts for the shop, until it is done.
    Confirm,
    /// The customer pays the bill that is open, with a card that works.
    PayTheBill,
    /// The database fails for so many seconds: full, read-only, or not there.
    DatabaseFails(i64),
    /// Nobody is at work for so many seconds, and then everybody at once.
    Leap(i64),
    /// A replica dies, and starts again.
    Restart(usize),
    /// The clock of a replica's machine is set so many seconds away from what is right.
    SetClock(usize, i64),
}

/// In whose name something is paid at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shop {
    Ours,
    /// Another shop of the same Stripe account.
    Another,
}

/// How the order of a cart ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The customer plays.
    Playable,
    /// It was delivered, and stands suspended.
    Suspended,
    /// It was delivered, and is gone for good.
    Removed,
    /// The money went back.
    Refunded,
    /// Nobody paid, or nothing was ordered.
    Unpaid,
    /// It is paid, and a person has to decide.
    Waiting,
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
    /// As soon as somebody stands at this gate, and before it opens.
    Gate(&'static str),
}

impl When {
    /// What cart it is about.
    pub(crate) fn cart(self) -> Option<usize> {
        match self {
            Self::At(_) | Self::Gate(_) => None,
            Self::Opened(cart) | Self::Paid(cart) | Self::Made(cart) | Self::AfterOpened(cart, _) => Some(cart),
        }
    }
}

/// A story that is played as it is written.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) replicas: usize,
    pub(crate) acts: Vec<(When, Act)>,
    /// How the orders of carts have to end, wherever a replica died on the way. Not named is what may end one way or another.
    pub(crate) ends: Vec<(usize, End)>,
    /// Laws that may not hold at its end: what a person has to decide, and the program does not.
    pub(crate) open: &'static [Law],
    pub(crate) swept: Swept,
}

/// Where a scenario is crashed when all of them are swept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Swept {
    /// At each crash point, and at pairs of gates: it is short.
    Twice,
    /// At each crash point.
    Once,
    /// At each crash point, once all others are done: it lasts for days, or is about a clock that is wrong.
    Last,
}
