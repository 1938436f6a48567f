//! What happens to an installation: customers, webhooks, faults, operators, crashes; and the scenarios that are told in full.

use sandbox::panel::{Fault as PanelFault, FaultSpec, On, Outcome};
use sandbox::stripe::{Fault, FaultKind, PayOutcome};
use serde_json::{Value, json};

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
    /// The same order is paid once more, beside its page.
    PayAgain(usize),
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
    /// Somebody gives the money back in Stripe's dashboard.
    RefundByHand,
    /// One cent was charged, whatever was ordered.
    OtherAmount,
    /// The page of a cart belongs to another shop of the same account.
    OtherShop(usize),
    /// An event arrives that is not like those we know, or that is of another mode or account.
    Event(Value),
    /// Only one server more fits into the shop.
    LastSlot,
    /// The database fails for so many seconds: full, read-only, or not there.
    DatabaseFails(i64),
    /// Time jumps, for everybody.
    Jump(i64),
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

/// Somebody buys a server, and this happens, too.
fn a_purchase(more: impl IntoIterator<Item = (When, Act)>) -> Vec<(When, Act)> {
    // What happens at the same moment happens first.
    more.into_iter().chain(buys(0, 0)).collect()
}

/// Somebody buys a server, and one call to create it ends like this.
fn create_ends(fault: PanelFault) -> Vec<(When, Act)> {
    a_purchase([(When::At(0), Act::Panel(FaultSpec::once(fault).on(On::create_server())))])
}

/// Somebody buys a server, and one call to Stripe ends like this.
fn stripe_call_ends(path: &str, kind: FaultKind) -> Vec<(When, Act)> {
    a_purchase([(When::At(0), Act::Stripe(Fault::once(kind).on("POST", path)))])
}

/// All scenarios. Each is played once as it stands, and once more for each gate of it, with a crash there.
pub(crate) fn all() -> Vec<Scenario> {
    let no_answer = |outcome, seconds| PanelFault::Timeout { outcome, seconds };
    let cancelled_while = |when| a_purchase([(when, Act::Cancel(0))]);
    let scenarios = vec![
        Scenario { short: true, ..scenario("a purchase", buys(0, 0)) },
        scenario("two purchases at once", [buys(0, 0), buys(1, 1)].concat()),
        scenario("a double click", a_purchase([(When::At(0), Act::Open { customer: 0, cart: 0 })])),
        scenario("every event twice and thrice", a_purchase([(When::At(0), Act::Webhooks(Post::Copies(3)))])),
        scenario("events backwards", a_purchase([(When::At(0), Act::Webhooks(Post::Backwards))])),
        Scenario { short: true, ..scenario("no event at all", a_purchase([(When::At(0), Act::Webhooks(Post::Lost))])) },
        scenario("a create without an answer that was done", create_ends(no_answer(Outcome::Kept, 0))),
        scenario("a create without an answer that was not done", create_ends(no_answer(Outcome::Never, 0))),
        scenario("a create without an answer that is taken back", create_ends(no_answer(Outcome::RolledBack, 30))),
        scenario("a create without an answer that is done later", create_ends(no_answer(Outcome::Later, 40))),
        scenario(
            "a create without an answer that the daemon never heard of",
            create_ends(no_answer(Outcome::Orphaned, 0)),
        ),
        scenario("a create answered with an error, although it was done", create_ends(PanelFault::ErrorAfter)),
        scenario("a create whose row is not to be seen at once", create_ends(PanelFault::LateRow { seconds: 20 })),
        scenario("a create through a broken gateway", create_ends(PanelFault::Gateway { status: 504, after: true })),
        scenario("a page opened without an answer", stripe_call_ends("/v1/checkout/sessions", FaultKind::ResetAfter)),
        scenario(
            "a customer made without an answer",
            stripe_call_ends("/v1/customers", FaultKind::ErrorAfter { stored: true }),
        ),
        scenario(
            "cancelled before payment",
            vec![(When::At(0), Act::Open { customer: 0, cart: 0 }), (When::Opened(0), Act::Cancel(0))],
        ),
        scenario("cancelled while it is made", cancelled_while(When::Paid(0))),
        scenario("cancelled while it is installed", cancelled_while(When::Made(0))),
        scenario(
            "cancelled, and the refund gets no answer",
            a_purchase([
                (When::At(0), Act::Stripe(Fault::once(FaultKind::ResetAfter).on("POST", "/v1/refunds"))),
                (When::Made(0), Act::Cancel(0)),
            ]),
        ),
        scenario("refunded by hand while it is made", a_purchase([(When::Made(0), Act::RefundByHand)])),
        scenario("disputed while it is made", a_purchase([(When::Made(0), Act::Dispute)])),
        scenario("paid twice", a_purchase([(When::Paid(0), Act::PayAgain(0))])),
        scenario(
            "paid with 3-D Secure after a declined card",
            vec![
                (When::At(0), Act::Open { customer: 0, cart: 0 }),
                (When::Opened(0), Act::Pay(0, PayOutcome::Decline)),
                (When::AfterOpened(0, 20), Act::Pay(0, PayOutcome::ThreeDSecure)),
            ],
        ),
        scenario("never paid", vec![(When::At(0), Act::Open { customer: 0, cart: 0 })]),
        scenario(
            "paid in the last second",
            vec![
                (When::At(0), Act::Open { customer: 0, cart: 0 }),
                (When::AfterOpened(0, 30 * 60 + 25), Act::Pay(0, PayOutcome::Pay)),
            ],
        ),
        // The shop sees the smaller node when it sweeps the panel, and sells after that.
        scenario(
            "two want the last slot",
            vec![
                (When::At(0), Act::LastSlot),
                (When::At(4), Act::Open { customer: 0, cart: 0 }),
                (When::At(4), Act::Open { customer: 1, cart: 1 }),
                (When::Opened(0), Act::Pay(0, PayOutcome::Pay)),
                (When::Opened(1), Act::Pay(1, PayOutcome::Pay)),
            ],
        ),
        scenario(
            "another amount than ordered",
            vec![
                (When::At(0), Act::Webhooks(Post::Lost)),
                (When::At(0), Act::Open { customer: 0, cart: 0 }),
                (When::Opened(0), Act::Pay(0, PayOutcome::Pay)),
                (When::Opened(0), Act::OtherAmount),
            ],
        ),
        scenario(
            "the page of another shop",
            vec![
                (When::At(0), Act::Open { customer: 0, cart: 0 }),
                (When::Opened(0), Act::OtherShop(0)),
                (When::Opened(0), Act::Pay(0, PayOutcome::Pay)),
            ],
        ),
        scenario(
            "an event of the other mode, and one that nobody can read",
            a_purchase([
                (
                    When::Opened(0),
                    Act::Event(json!({"id": "evt_live", "object": "event", "type": "invoice.paid", "livemode": true,
                "created": 1_772_366_400, "data": {"object": {"id": "in_of_the_other_mode", "object": "invoice"}}})),
                ),
                (When::Opened(0), Act::Event(json!({"id": "evt_odd", "shape": "unknown"}))),
            ]),
        ),
        scenario(
            "the panel refuses the key for an hour",
            a_purchase([
                (When::Opened(0), Act::Panel(FaultSpec::lasting(PanelFault::Unauthorized))),
                (When::At(3_600), Act::Mended),
            ]),
        ),
        scenario(
            "the panel's lists are cut short",
            a_purchase([
                (
                    When::At(0),
                    Act::Panel(
                        FaultSpec::lasting(PanelFault::Gateway { status: 502, after: true })
                            .on(On::call("GET", "/api/application/servers")),
                    ),
                ),
                (When::At(300), Act::Mended),
            ]),
        ),
        scenario(
            "the install fails, and fails again",
            a_purchase([(
                When::At(0),
                Act::Panel(FaultSpec { times: Some(2), ..FaultSpec::once(PanelFault::InstallFails) }),
            )]),
        ),
        scenario(
            "the game never answers",
            a_purchase([(When::At(0), Act::Panel(FaultSpec::lasting(PanelFault::GameSilent)))]),
        ),
        scenario("the panel creates nothing", create_always_fails()),
        scenario("the server vanishes when it runs", a_purchase([(When::AfterOpened(0, 120), Act::DeleteServer(0))])),
        scenario(
            "the database fails for a while",
            a_purchase([(When::Opened(0), Act::DatabaseFails(30)), (When::AfterOpened(0, 40), Act::DatabaseFails(20))]),
        ),
        scenario("the clock jumps a day", a_purchase([(When::Made(0), Act::Jump(86_400))])),
        Scenario {
            replicas: 2,
            ..scenario(
                "two replicas, one stands still past its lease",
                a_purchase([(When::Made(0), Act::Pause(0, 200))]),
            )
        },
        Scenario {
            replicas: 2,
            ..scenario(
                "two replicas, one stands still while it creates",
                a_purchase([(When::Paid(0), Act::Pause(0, 200))]),
            )
        },
        Scenario {
            replicas: 3,
            ..scenario(
                "three replicas, two purchases, events thrice",
                [vec![(When::At(0), Act::Webhooks(Post::Copies(3)))], buys(0, 0), buys(1, 1)].concat(),
            )
        },
    ];
    scenarios
}

fn create_always_fails() -> Vec<(When, Act)> {
    let refused = PanelFault::Refuse { status: 504, code: None, field: None, rule: None };
    a_purchase([(When::At(0), Act::Panel(FaultSpec::lasting(refused).on(On::create_server())))])
}
