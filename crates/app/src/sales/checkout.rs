//! Opening a payment page: price from the catalogue, capacity held, the page's parameters frozen before Stripe is asked.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::freeze::Closed;
use crate::observe;
use crate::sales::cart::Cart;
use crate::sales::room::{self, Openings, Wanted};
use crate::sales::{cancel, offer, settle, stripe_customer};
use crate::texts;
use billing::{CheckoutSessionParams, StripeError};
use domain::catalogue::{RegionKey, ServerShape};
use domain::ids::{AccountId, CheckoutAttemptId, OrderId};
use domain::order::{CheckoutSessionId, Order, OrderState};
use domain::timeline::Happening;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use std::collections::BTreeMap;
use store::accounts::Account;
use store::checkout::{self as attempts, CheckoutAttempt};
use store::orders::{self, Purchase};
use store::{Db, StoreError, mirror, timeline};
use url::Url;

/// What a customer asks for, as it came from a form or the API.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The same key sent twice is the same purchase.
    pub cart_key: String,
    /// The plan's key.
    pub plan: String,
    /// The term's key.
    pub term: String,
    /// The region's key.
    pub region: String,
    /// What the server will be called.
    pub server_name: String,
    /// Keys of add-ons.
    pub add_ons: Vec<String>,
    /// What the game needs from the customer, by input key.
    pub inputs: BTreeMap<String, String>,
    /// Keys of consents that were given.
    pub consents: Vec<String>,
}

/// A payment page that is open.
#[derive(Debug, Clone)]
pub struct Opened {
    /// For which order.
    pub order: OrderId,
    /// Where the customer pays.
    pub url: String,
    /// Stripe's id of the page.
    pub session: String,
}

/// Why no payment page could be opened.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// A field of the form is not acceptable.
    #[error("field `{field}`: {problem}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What is wrong, in words for the customer.
        problem: String,
    },
    /// There is no such plan, or it is not sold.
    #[error("plan `{0}` is not for sale")]
    NotForSale(String),
    /// No node of the region has room.
    #[error("plan `{plan}` is sold out in {region}")]
    SoldOut {
        /// The plan's name.
        plan: String,
        /// The region's name.
        region: String,
        /// Regions that do have room.
        elsewhere: Vec<String>,
    },
    /// Whoever looks after the shop sells nothing there at the moment.
    #[error("nothing is sold in {region} at the moment")]
    NotSelling {
        /// The region's name.
        region: String,
        /// Regions that do have room.
        elsewhere: Vec<String>,
    },
    /// The customer has too many unpaid orders.
    #[error("the customer has {0} unpaid orders")]
    TooManyOpen(u32),
    /// This cart was paid already.
    #[error("order {0} of this cart is paid")]
    AlreadyPaid(OrderId),
    /// The address is not proven.
    #[error("the account's address is not verified")]
    Unverified,
    /// Stripe did not open the page.
    #[error("cannot open a payment page")]
    Stripe(#[from] StripeError),
    /// The page stands at an address where this shop does not send people (§4.14).
    #[error("the payment page of order {order} is not at the address in `stripe.checkout_origin`")]
    Elsewhere {
        /// Of which order.
        order: OrderId,
    },
    /// The installation is frozen: nobody may pay for what nobody would make.
    #[error("{0}; no payment page is opened")]
    Paused(#[from] Closed),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The page that was open for this cart could not be closed.
    #[error("the earlier payment page of this cart could not be closed")]
    EarlierPage(#[from] anyhow::Error),
}

/// Opens a payment page, or finds the one that this cart has already.
///
/// # Errors
/// [`CheckoutError`]; in every case nothing was charged.
pub async fn open(app: &App, customer: &Account, request: &Request) -> Result<Opened, CheckoutError> {
    app.gate.pass()?;
    if customer.email_verified_at.is_none() {
        return Err(CheckoutError::Unverified);
    }
    let request = &somewhere(app, request).await?;
    let cart = Cart::look_up(app, request)?;
    let stripe_customer = stripe_customer::ensure(app, customer).await?;
    let open = match find_open(app, &customer.id, &request.cart_key).await? {
        Some(open) if !cart.is_of(app, &open)? => {
            // The same cart with something else in it: nobody may pay the old page any more before another one opens.
            cancel::cancel(app, &open).await?;
            find_open(app, &customer.id, &request.cart_key).await?
        }
        open => open,
    };
    let Some(open) = open else {
        let order = place_once(app, &customer.id, &stripe_customer, &cart).await?;
        return resume(app, &order).await;
    };
    match resume(app, &open.order.id).await {
        Err(CheckoutError::Stripe(error)) if comes_too_late(&error) => {
            drop_unopened(app, &open.order.id).await?;
            let order = place_once(app, &customer.id, &stripe_customer, &cart).await?;
            resume(app, &order).await
        }
        resumed => resumed,
    }
}

/// Places the order of a cart, or finds the one that a double click has placed meanwhile.
async fn place_once(
    app: &App,
    customer: &AccountId,
    stripe_customer: &str,
    cart: &Cart<'_>,
) -> Result<OrderId, CheckoutError> {
    match place(app, customer, stripe_customer, cart).await {
        Err(CheckoutError::Store(StoreError::Taken { .. })) => {
            match find_open(app, customer, &cart.request.cart_key).await? {
                Some(open) => Ok(open.order.id),
                None => Err(CheckoutError::Store(StoreError::Conflict { what: "cart" })),
            }
        }
        placed => placed,
    }
}

/// Stripe takes pages only that are open for half an hour at least: one that it hears of too late, after an outage or because our clock was
/// wrong, it never opens, and never did.
fn comes_too_late(error: &StripeError) -> bool {
    matches!(error, StripeError::Refused { param: Some(param), .. } if param == "expires_at")
}

/// Ends an order whose page Stripe refuses: nobody can pay it. What it held is free for the next one.
async fn drop_unopened(app: &App, order: &OrderId) -> Result<(), CheckoutError> {
    let mut tx = app.store.begin().await?;
    if let Some(purchase) = orders::find(&mut tx, order).await? {
        settle::expire(app, &mut tx, purchase.order, "no payment page was opened").await?;
    }
    Ok(tx.commit().await?)
}

/// A cart without a region goes to the first one that has room.
async fn somewhere(app: &App, request: &Request) -> Result<Request, CheckoutError> {
    let mut request = request.clone();
    let plan = app.catalogue.find_plan(&request.plan).filter(|_| request.region.is_empty());
    let blueprint = plan.and_then(|plan| app.catalogue.find_blueprint(&plan.blueprint));
    if let (Some(plan), Some(blueprint)) = (plan, blueprint) {
        let shape = ServerShape::of(plan, blueprint, std::iter::empty());
        let regions = Openings::look(app, &mut *app.store.read().await?).await?.of(app, shape);
        let open = regions.iter().find(|(_, slots)| *slots > 0).or(regions.first());
        request.region = open.map(|(region, _)| region.key.to_string()).unwrap_or_default();
    }
    Ok(request)
}

/// Asks Stripe for the payment page of an order that was placed; the same page every time, as long as it is open.
///
/// # Errors
/// [`CheckoutError::Stripe`]: the poll asks again; [`CheckoutError::Elsewhere`]; [`CheckoutError::AlreadyPaid`];
/// [`CheckoutError::Paused`].
pub async fn resume(app: &App, order: &OrderId) -> Result<Opened, CheckoutError> {
    observe::note_order(Some(order));
    app.gate.pass()?;
    let mut db = app.store.read().await?;
    let pages = attempts::list_of_order(&mut db, order).await?;
    drop(db);
    let Some(page) = pages.last() else { return Err(CheckoutError::NotForSale(order.to_string())) };
    if let (Some(url), Some(session), None) = (page.url.clone(), page.session.clone(), page.closed_at) {
        return if is_at_checkout(app, &url) {
            Ok(Opened { order: order.clone(), url, session })
        } else {
            Err(CheckoutError::Elsewhere { order: order.clone() })
        };
    }
    let session = app.stripe.open_session_frozen(&page.parameters, &page.idempotency_key).await?;
    let url = session.url.clone().unwrap_or_default();
    let mut tx = app.store.begin().await?;
    attempts::attach(&mut tx, &page.id, &session.id, &url).await?;
    if let Some(purchase) = orders::find(&mut tx, order).await? {
        let before = purchase.order.state.clone();
        let until = page.expires_at;
        let opened = purchase.order.attach_session(CheckoutSessionId::new(&session.id), until);
        if opened.state != before {
            let now = app.now();
            orders::save(&mut tx, &opened, now).await?;
            timeline::add(&mut tx, &app.id(), order, &Happening::CheckoutOpened, now).await?;
        }
    }
    let at_checkout = is_at_checkout(app, &url);
    if at_checkout {
        alerts::clear(app, &mut tx, Rule::StripeTrouble, ADDRESS_OF_PAGES).await?;
    } else {
        let text = format!(
            "Stripe opened the payment page of order {order} at {}, and `stripe.checkout_origin` says {}. Nobody is sent there, so \
             nobody can pay. If the address is yours (a domain of your own for payment pages), set `stripe.checkout_origin` to it.",
            origin(&url).unwrap_or_else(|| "no address at all".to_owned()),
            app.config.stripe.checkout_origin
        );
        alerts::raise(app, &mut tx, Rule::StripeTrouble, ADDRESS_OF_PAGES, &text).await?;
    }
    tx.commit().await?;
    if at_checkout {
        Ok(Opened { order: order.clone(), url, session: session.id })
    } else {
        Err(CheckoutError::Elsewhere { order: order.clone() })
    }
}

/// The key of the alert about payment pages at an unexpected address.
pub const ADDRESS_OF_PAGES: &str = "checkout_origin";

/// Whether a page stands where people may be sent to.
fn is_at_checkout(app: &App, url: &str) -> bool {
    origin(url).is_some_and(|origin| origin == app.config.stripe.checkout_origin)
}

fn origin(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.origin().ascii_serialization())
}

async fn find_open(app: &App, customer: &AccountId, cart_key: &str) -> Result<Option<Purchase>, CheckoutError> {
    let mut db = app.store.read().await?;
    let Some(purchase) = orders::find_by_cart(&mut db, customer, cart_key).await? else { return Ok(None) };
    match purchase.order.state {
        OrderState::Reserved { .. } | OrderState::CheckoutOpen { .. } => Ok(Some(purchase)),
        OrderState::Settling { .. } | OrderState::Paid { .. } | OrderState::Fulfilled { .. } => {
            Err(CheckoutError::AlreadyPaid(purchase.order.id))
        }
        OrderState::Expired { .. } | OrderState::RefundDue { .. } | OrderState::Refunded { .. } => Ok(None),
    }
}

/// Order, capacity and the page's frozen parameters, in one transaction.
async fn place(
    app: &App,
    customer: &AccountId,
    stripe_customer: &str,
    cart: &Cart<'_>,
) -> Result<OrderId, CheckoutError> {
    let now = app.now();
    let order: OrderId = app.id();
    let snapshot = cart.snapshot(app)?;
    let price = cart.price(app, &snapshot);
    let region = RegionKey::new(&cart.request.region);
    let wanted = Wanted { order: &order, region: &region, shape: snapshot.shape, blueprint: cart.blueprint };
    let mut tx = app.store.begin().await?;
    if offer::paused(app, &mut tx).await?.contains(&region) {
        return Err(CheckoutError::NotSelling {
            region: texts::said(&cart.region.name).into_owned(),
            elsewhere: elsewhere(app, &mut tx, cart, snapshot.shape).await?,
        });
    }
    let limit = app.config.policy.open_orders_per_customer;
    if orders::count_open(&mut tx, customer).await? >= i64::from(limit) {
        return Err(CheckoutError::TooManyOpen(limit));
    }
    let purchase = Purchase {
        order: Order {
            id: order.clone(),
            customer: customer.clone(),
            price,
            state: OrderState::Reserved { until: now + app.config.policy.reservation },
            version: 1,
        },
        cart_key: cart.request.cart_key.clone(),
        plan: cart.plan.key.clone(),
        term: cart.term,
        region: region.clone(),
        snapshot,
        created_at: now,
        state_at: now,
    };
    orders::create(&mut tx, &purchase, now + SignedDuration::from_mins(1)).await?;
    let Some(reservation) = room::hold(app, &mut tx, &wanted, &[]).await? else {
        return Err(sold_out(app, &mut tx, cart, purchase.snapshot.shape).await?);
    };
    for consent in &purchase.snapshot.consents {
        // What was read is what was agreed to.
        let text = cart.game.consent.as_ref().map_or(Cow::Borrowed(""), |consent| texts::said(&consent.text));
        orders::save_consent(&mut tx, &order, consent, &crate::web::secrets::sha256_hex(text.as_bytes()), now).await?;
    }
    // Whoever pays accepts the terms, of which the page about refunds is a part.
    orders::save_consent(&mut tx, &order, "terms", &texts::fingerprint(&["terms-", "refunds-"]), now).await?;
    let page = first_page(app, &purchase, stripe_customer, now);
    attempts::create(&mut tx, &page).await?;
    let node = mirror::node_name(&mut tx, reservation.node).await?;
    timeline::add(&mut tx, &app.id(), &order, &Happening::Ordered { node }, now).await?;
    tx.commit().await?;
    Ok(order)
}

async fn sold_out(app: &App, db: &mut Db, cart: &Cart<'_>, shape: ServerShape) -> Result<CheckoutError, StoreError> {
    Ok(CheckoutError::SoldOut {
        plan: format!("{} {}", cart.game.name, cart.plan.label()),
        region: texts::said(&cart.region.name).into_owned(),
        elsewhere: elsewhere(app, db, cart, shape).await?,
    })
}

/// Other regions that have room for the same.
async fn elsewhere(app: &App, db: &mut Db, cart: &Cart<'_>, shape: ServerShape) -> Result<Vec<String>, StoreError> {
    let regions = Openings::look(app, db).await?.of(app, shape);
    let open = regions.into_iter().filter(|(region, slots)| *slots > 0 && region.key != cart.region.key);
    Ok(open.map(|(region, _)| texts::said(&region.name).into_owned()).collect())
}

/// The order's payment page as Stripe will be asked for it: written down first, never changed.
fn first_page(app: &App, purchase: &Purchase, stripe_customer: &str, now: Timestamp) -> CheckoutAttempt {
    let order = &purchase.order.id;
    // A few seconds more than asked for: Stripe measures by its own clock.
    let expires_at = now + app.config.policy.checkout + SignedDuration::from_secs(30);
    let metadata = BTreeMap::from([
        ("installation".to_owned(), app.installation.id.clone()),
        ("order_id".to_owned(), order.to_string()),
    ]);
    let lines = &purchase.snapshot.lines;
    let parameters = CheckoutSessionParams {
        lines: lines.iter().map(|line| (line.price_id.clone(), 1)).collect(),
        success_url: app.site_url(&format!("/orders/{order}?session={{CHECKOUT_SESSION_ID}}")),
        cancel_url: Some(app.site_url(&format!("/orders/{order}"))),
        client_reference: order.to_string(),
        metadata,
        customer: stripe_customer.to_owned(),
        expires_at,
        payment_methods: if app.config.policy.delayed_payment_methods { vec![] } else { vec!["card".to_owned()] },
    };
    CheckoutAttempt {
        id: app.id::<CheckoutAttemptId>(),
        order: order.clone(),
        number: 1,
        idempotency_key: format!("cs:{order}:1"),
        parameters: parameters.to_form(),
        session: None,
        url: None,
        expires_at,
        created_at: now,
        closed_at: None,
    }
}
