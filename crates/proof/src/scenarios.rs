//! The scenarios that are told in full: each with how its orders have to end, wherever somebody dies on the way.

use crate::scenario::{Act, End, Post, Scenario, Shop, Swept, When};
use app::verify::Law;
use sandbox::panel::{Fault as PanelFault, FaultSpec, On, Outcome};
use sandbox::stripe::{Fault, FaultKind, PayOutcome};
use serde_json::json;

/// With one replica, and one cart that ends like this.
fn scenario(name: &'static str, end: End, acts: Vec<(When, Act)>) -> Scenario {
    Scenario { name, replicas: 1, acts, ends: vec![(0, end)], open: &[], swept: Swept::Once }
}

/// Swept when all others have been.
fn swept_last(scenario: Scenario) -> Scenario {
    Scenario { swept: Swept::Last, ..scenario }
}

/// Somebody opens a page.
fn opens(cart: usize) -> (When, Act) {
    (When::At(0), Act::Open { customer: cart, cart })
}

/// Somebody buys a server.
fn buys(cart: usize) -> Vec<(When, Act)> {
    vec![opens(cart), (When::Opened(cart), Act::Pay(cart, PayOutcome::Pay))]
}

/// Somebody buys a server, and this happens, too.
fn a_purchase(more: impl IntoIterator<Item = (When, Act)>) -> Vec<(When, Act)> {
    // What happens at the same moment happens first.
    more.into_iter().chain(buys(0)).collect()
}

/// Somebody buys a server, and one call to create it ends like this.
fn create_ends(name: &'static str, end: End, fault: PanelFault) -> Scenario {
    scenario(name, end, a_purchase([(When::At(0), Act::Panel(FaultSpec::once(fault).on(On::create_server())))]))
}

/// Somebody buys a server, and one call to Stripe ends like this.
fn stripe_call_ends(path: &str, kind: FaultKind) -> Vec<(When, Act)> {
    a_purchase([(When::At(0), Act::Stripe(Fault::once(kind).on("POST", path)))])
}

/// Standing there, the panel has not been asked to make the server.
const BEFORE_CREATE: When = When::Gate("Panel Before POST /api/application/servers");
/// Standing there, the panel has made it, and the shop has not heard.
const AFTER_CREATE: When = When::Gate("Panel After POST /api/application/servers");
/// Standing there, the server is about to be started.
const BEFORE_START: When = When::Gate("Panel Before POST /api/client/servers/*/power");

/// Standing there, the server is suspended at the panel, and the shop has not heard.
const SUSPENDED: When = When::Gate("Panel After POST /api/application/servers/*/suspend");

/// All scenarios. Each is played once as it stands, and once more for each crash point of it, in this order as far as time reaches.
pub(crate) fn all() -> Vec<Scenario> {
    [payments(), creations(), replicas(), bad_days(), ends_early(), restores(), later_life()]
        .into_iter()
        .flatten()
        .collect()
}

/// What customers, their banks, and events do.
fn payments() -> Vec<Scenario> {
    vec![
        Scenario { swept: Swept::Twice, ..scenario("a purchase", End::Playable, buys(0)) },
        Scenario {
            ends: vec![(0, End::Playable), (1, End::Playable)],
            ..scenario("two purchases at once", End::Playable, [buys(0), buys(1)].concat())
        },
        scenario("a double click", End::Playable, a_purchase([opens(0)])),
        scenario(
            "every event twice and thrice",
            End::Playable,
            a_purchase([(When::At(0), Act::Webhooks(Post::Copies(3)))]),
        ),
        scenario("events backwards", End::Playable, a_purchase([(When::At(0), Act::Webhooks(Post::Backwards))])),
        Scenario {
            swept: Swept::Twice,
            ..scenario("no event at all", End::Playable, a_purchase([(When::At(0), Act::Webhooks(Post::Lost))]))
        },
        scenario(
            "a page opened without an answer",
            End::Playable,
            stripe_call_ends("/v1/checkout/sessions", FaultKind::ResetAfter),
        ),
        scenario(
            "a customer made without an answer",
            End::Playable,
            stripe_call_ends("/v1/customers", FaultKind::ErrorAfter { stored: true }),
        ),
        // Whoever hears of the second payment first decides which of them goes back.
        Scenario {
            ends: vec![],
            ..scenario("paid twice", End::Playable, a_purchase([(When::Paid(0), Act::PayAgain(0, Shop::Ours))]))
        },
        scenario(
            "paid with 3-D Secure after a declined card",
            End::Playable,
            vec![
                opens(0),
                (When::Opened(0), Act::Pay(0, PayOutcome::Decline)),
                (When::AfterOpened(0, 20), Act::Pay(0, PayOutcome::ThreeDSecure)),
            ],
        ),
        scenario("never paid", End::Unpaid, vec![opens(0)]),
        scenario(
            "paid in the last second",
            End::Playable,
            // By the world's time: a crash does not lengthen that of a page.
            vec![opens(0), (When::At(30 * 60 + 29), Act::Pay(0, PayOutcome::Pay))],
        ),
        Scenario {
            // One of them, and not both.
            ends: vec![],
            ..scenario(
                "two want the last slot",
                End::Playable,
                vec![
                    (When::At(0), Act::LastSlot),
                    // The shop sees the smaller node when it sweeps the panel, and sells after that.
                    (When::At(4), Act::Open { customer: 0, cart: 0 }),
                    (When::At(4), Act::Open { customer: 1, cart: 1 }),
                    (When::Opened(0), Act::Pay(0, PayOutcome::Pay)),
                    (When::Opened(1), Act::Pay(1, PayOutcome::Pay)),
                ],
            )
        },
        scenario(
            "another amount than ordered",
            End::Refunded,
            vec![
                (When::At(0), Act::Webhooks(Post::Lost)),
                opens(0),
                (When::Opened(0), Act::Pay(0, PayOutcome::Pay)),
                (When::Opened(0), Act::OtherAmount),
            ],
        ),
        scenario(
            "a payment in the name of another shop",
            End::Unpaid,
            vec![opens(0), (When::Opened(0), Act::PayAgain(0, Shop::Another))],
        ),
        scenario(
            "an event of the other mode, and one that nobody can read",
            End::Playable,
            a_purchase([
                (
                    When::Opened(0),
                    Act::Event(json!({"id": "evt_live", "object": "event", "type": "invoice.paid", "livemode": true,
                        "created": 1_772_366_400, "data": {"object": {"id": "in_of_the_other_mode", "object": "invoice"}}})),
                ),
                (When::Opened(0), Act::Event(json!({"id": "evt_odd", "shape": "unknown"}))),
            ]),
        ),
    ]
}

/// Every way in which a create can go wrong.
fn creations() -> Vec<Scenario> {
    let no_answer = |outcome, seconds| PanelFault::Timeout { outcome, seconds };
    let refused = PanelFault::Refuse { status: 504, code: None, field: None, rule: None };
    let always =
        |fault: PanelFault| a_purchase([(When::At(0), Act::Panel(FaultSpec::lasting(fault).on(On::create_server())))]);
    vec![
        create_ends("a create without an answer that was done", End::Playable, no_answer(Outcome::Kept, 0)),
        create_ends("a create without an answer that was not done", End::Playable, no_answer(Outcome::Never, 0)),
        create_ends("a create without an answer that is taken back", End::Playable, no_answer(Outcome::RolledBack, 30)),
        create_ends("a create without an answer that is done later", End::Playable, no_answer(Outcome::Later, 40)),
        create_ends(
            "a create without an answer that the daemon never heard of",
            End::Playable,
            no_answer(Outcome::Orphaned, 0),
        ),
        create_ends("a create answered with an error, although it was done", End::Playable, PanelFault::ErrorAfter),
        create_ends("a create that loses a race", End::Playable, PanelFault::LostRace { at_save: false }),
        create_ends("a create whose row is not to be seen at once", End::Playable, PanelFault::LateRow { seconds: 20 }),
        create_ends(
            "a create through a broken gateway",
            End::Playable,
            PanelFault::Gateway { status: 504, after: true },
        ),
        scenario("the panel creates nothing", End::Refunded, always(refused)),
        scenario(
            "the install fails, and fails again",
            End::Playable,
            a_purchase([(
                When::At(0),
                Act::Panel(FaultSpec { times: Some(2), ..FaultSpec::once(PanelFault::InstallFails) }),
            )]),
        ),
        swept_last(scenario(
            "the game never answers",
            End::Refunded,
            a_purchase([(When::At(0), Act::Panel(FaultSpec::lasting(PanelFault::GameSilent)))]),
        )),
    ]
}

/// What is cancelled, disputed or given back before anybody plays.
fn ends_early() -> Vec<Scenario> {
    let cancelled = |when| a_purchase([(when, Act::Cancel(0))]);
    vec![
        scenario("cancelled before payment", End::Unpaid, vec![opens(0), (When::Opened(0), Act::Cancel(0))]),
        scenario("cancelled before it is made", End::Refunded, cancelled(BEFORE_CREATE)),
        scenario("cancelled while it is made", End::Refunded, cancelled(AFTER_CREATE)),
        scenario("cancelled while it is started", End::Refunded, cancelled(BEFORE_START)),
        scenario("cancelled while it is installed", End::Refunded, cancelled(When::Made(0))),
        scenario(
            "cancelled, and the refund gets no answer",
            End::Refunded,
            a_purchase([
                (When::At(0), Act::Stripe(Fault::once(FaultKind::ResetAfter).on("POST", "/v1/refunds"))),
                (When::Made(0), Act::Cancel(0)),
            ]),
        ),
        scenario("refunded by hand while it is made", End::Playable, a_purchase([(AFTER_CREATE, Act::RefundByHand)])),
        scenario("disputed while it is made", End::Suspended, a_purchase([(AFTER_CREATE, Act::Dispute)])),
        scenario(
            "asked about while it is made, then disputed",
            End::Suspended,
            a_purchase([(AFTER_CREATE, Act::Inquire), (BEFORE_START, Act::Escalate)]),
        ),
    ]
}

/// What follows from paying and not paying, once somebody plays.
fn later_life() -> Vec<Scenario> {
    const DAY: i64 = 86_400;
    // A month later the renewal fails; four days after it is known to have failed the days of grace are over.
    let unpaid = |more: Vec<(When, Act)>| {
        let acts = vec![
            opens(0),
            (When::Opened(0), Act::Pay(0, PayOutcome::RenewalsFail)),
            (When::At(900), Act::Leap(32 * DAY)),
            (When::At(32 * DAY + 1_800), Act::Leap(4 * DAY)),
        ];
        [acts, more].concat()
    };
    vec![
        swept_last(scenario("the renewal is not paid", End::Suspended, unpaid(vec![]))),
        swept_last(scenario(
            "the renewal is paid after the suspension",
            End::Playable,
            unpaid(vec![(When::At(36 * DAY + 2_700), Act::PayTheBill)]),
        )),
        swept_last(scenario(
            "the renewal is paid while the server is being suspended",
            End::Playable,
            unpaid(vec![(SUSPENDED, Act::PayTheBill)]),
        )),
        swept_last(scenario(
            "the renewal is never paid",
            End::Removed,
            unpaid(vec![
                (When::At(36 * DAY + 2_700), Act::Leap(12 * DAY)),
                (When::At(48 * DAY + 3_600), Act::Leap(3 * DAY)),
            ]),
        )),
        scenario(
            "the payment is disputed when somebody plays",
            End::Suspended,
            a_purchase([(When::At(900), Act::Dispute)]),
        ),
    ]
}

/// The shop comes back from a backup, and the world has gone on.
fn restores() -> Vec<Scenario> {
    let restored = |name, end, kept, lost, more: Vec<(When, Act)>| {
        scenario(name, end, [vec![(kept, Act::KeepShop)], more, vec![(lost, Act::RestoreShop)], buys(0)].concat())
    };
    let refund_made = When::Gate("Stripe After POST /v1/refunds");
    vec![
        restored(
            "restored to before the payment, when the server is made",
            End::Playable,
            When::Opened(0),
            BEFORE_START,
            vec![],
        ),
        restored(
            "restored to before the payment, when the money is back",
            End::Refunded,
            When::Opened(0),
            refund_made,
            vec![(BEFORE_START, Act::Cancel(0))],
        ),
        restored(
            "restored to before the server was made, when it is",
            End::Playable,
            BEFORE_CREATE,
            AFTER_CREATE,
            vec![],
        ),
        restored(
            "restored to before the server was made, when somebody plays",
            End::Playable,
            BEFORE_CREATE,
            When::At(900),
            vec![],
        ),
        restored(
            "restored to before the customer cancelled, when the money is back",
            End::Refunded,
            AFTER_CREATE,
            refund_made,
            vec![(BEFORE_START, Act::Cancel(0))],
        ),
        // The shop knows nothing of the order: it tells a person, and touches neither the money nor the server.
        Scenario {
            open: &[Law::M2, Law::O1, Law::S1],
            ..restored(
                "restored to before the order was placed, when the server is made",
                End::Unpaid,
                When::At(0),
                BEFORE_START,
                vec![],
            )
        },
    ]
}

/// Days on which something outside is broken for a while.
fn bad_days() -> Vec<Scenario> {
    let unreadable = PanelFault::Gateway { status: 502, after: true };
    vec![
        scenario(
            "the panel refuses the key for an hour",
            End::Playable,
            a_purchase([
                (AFTER_CREATE, Act::Panel(FaultSpec::lasting(PanelFault::Unauthorized))),
                (When::At(3_600), Act::Mended),
            ]),
        ),
        scenario(
            "the panel's lists are cut short",
            End::Playable,
            a_purchase([
                (
                    When::At(0),
                    Act::Panel(FaultSpec::lasting(unreadable).on(On::call("GET", "/api/application/servers"))),
                ),
                (When::At(300), Act::Mended),
            ]),
        ),
        Scenario {
            ends: vec![(1, End::Playable)],
            ..scenario(
                "an order that nobody can deliver, beside one that can be",
                End::Waiting,
                a_purchase(std::iter::once((AFTER_CREATE, Act::Poison(0))).chain(buys(1))),
            )
        },
        scenario(
            "the server vanishes when it runs",
            End::Playable,
            // Late enough for a delivery that a crash has held up.
            a_purchase([(When::AfterOpened(0, 600), Act::DeleteServer(0))]),
        ),
        Scenario {
            // Before it was delivered, the money goes back; after that, a person decides.
            ends: vec![],
            ..scenario(
                "the panel is restored to before the server was made",
                End::Refunded,
                a_purchase([(BEFORE_CREATE, Act::KeepPanel), (BEFORE_START, Act::RestorePanel)]),
            )
        },
        scenario(
            "the database fails for a while",
            End::Playable,
            a_purchase([(When::Opened(0), Act::DatabaseFails(30)), (AFTER_CREATE, Act::DatabaseFails(20))]),
        ),
        Scenario {
            // Whoever finds on the next day that it is not delivered gives the money back.
            ends: vec![],
            ..scenario("nothing happens for a day", End::Playable, a_purchase([(AFTER_CREATE, Act::Leap(86_400))]))
        },
        swept_last(scenario(
            "cancelled while the clock of the machine is a day ahead",
            End::Refunded,
            a_purchase([
                (When::Made(0), Act::SetClock(0, 86_400)),
                (When::Made(0), Act::Cancel(0)),
                (When::At(600), Act::SetClock(0, 0)),
            ]),
        )),
        swept_last(scenario(
            "the clock of the machine is a day ahead for a while",
            End::Playable,
            a_purchase([(AFTER_CREATE, Act::SetClock(0, 86_400)), (When::At(600), Act::SetClock(0, 0))]),
        )),
        swept_last(scenario(
            "a process starts on a machine whose clock is a day ahead",
            End::Playable,
            a_purchase([
                (AFTER_CREATE, Act::SetClock(0, 86_400)),
                (BEFORE_START, Act::Restart(0)),
                (When::At(600), Act::SetClock(0, 0)),
            ]),
        )),
        swept_last(scenario(
            "the clock of the machine falls two hours behind for a while",
            End::Playable,
            a_purchase([(BEFORE_START, Act::SetClock(0, -7_200)), (When::At(600), Act::SetClock(0, 0))]),
        )),
        // Within what is tolerated: the page is still open when our clock says that its time is over.
        scenario(
            "paid in the last second, on a clock that is a little ahead",
            End::Playable,
            vec![
                (When::At(0), Act::SetClock(0, 8)),
                (When::At(0), Act::Restart(0)),
                (When::At(10), Act::Open { customer: 0, cart: 0 }),
                // A crash does not lengthen the time of a page.
                (When::At(10 + 30 * 60 + 36), Act::Pay(0, PayOutcome::Pay)),
            ],
        ),
    ]
}

/// More than one process, and one that stands still past its lease and then goes on as if nothing had been.
fn replicas() -> Vec<Scenario> {
    let clock = |name, seconds| Scenario {
        replicas: 2,
        swept: Swept::Last,
        ..scenario(
            name,
            End::Playable,
            a_purchase([(BEFORE_CREATE, Act::SetClock(0, seconds)), (When::At(900), Act::SetClock(0, 0))]),
        )
    };
    let stands_still = |name, when| Scenario {
        replicas: 2,
        ..scenario(name, End::Playable, a_purchase([(when, Act::Pause(0, 200))]))
    };
    vec![
        clock("two replicas, the clock of one is an hour ahead", 3_600),
        clock("two replicas, the clock of one is an hour behind", -3_600),
        stands_still("two replicas, one stands still before it creates", BEFORE_CREATE),
        stands_still("two replicas, one stands still after it created", AFTER_CREATE),
        stands_still("two replicas, one stands still before it starts", BEFORE_START),
        Scenario {
            replicas: 2,
            ..scenario(
                "two replicas, one stands still in the middle of a refund",
                End::Refunded,
                a_purchase([
                    (AFTER_CREATE, Act::Cancel(0)),
                    (When::Gate("Stripe Before POST /v1/refunds"), Act::Pause(0, 200)),
                ]),
            )
        },
        Scenario {
            replicas: 3,
            ends: vec![(0, End::Playable), (1, End::Playable)],
            ..scenario(
                "three replicas, two purchases, events thrice",
                End::Playable,
                [vec![(When::At(0), Act::Webhooks(Post::Copies(3)))], buys(0), buys(1)].concat(),
            )
        },
    ]
}
