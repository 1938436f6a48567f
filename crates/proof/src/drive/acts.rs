//! What a scenario tells: when each act has come, what it does to the world, and how the orders have to end.

use super::{Driver, GIVES_UP, RESTART};
use crate::kept::KeptShop;
use crate::machine::sandbox_clock;
use crate::scenario::{Act, End, PLAN, When};
use crate::world::World;
use domain::order::OrderState;
use jiff::SignedDuration;
use sandbox::panel::{Fault as PanelFault, FaultSpec, On};
use serde_json::json;
use std::collections::BTreeMap;
use store::{freezes, orders, services};

/// Seconds after which a customer who got no page tries again.
const PATIENCE: i64 = 20;
/// Seconds in which an operator reads what a restored shop says before it is confirmed.
const DIGESTION: i64 = 120;
/// MiB of a node that are not sold.
const HEADROOM: i64 = 2048;

impl Driver {
    pub(super) async fn has_come(&mut self, when: When) -> anyhow::Result<bool> {
        let now = self.world.now();
        let order_of = |world: &World, cart: usize| world.of_cart(cart).map(|bought| bought.order);
        Ok(match when {
            When::At(seconds) => now.duration_since(self.world.began).as_secs() >= seconds,
            When::Opened(cart) | When::AfterOpened(cart, _) => {
                let Some(bought) = self.world.of_cart(cart) else { return Ok(false) };
                // A page that was made before a crash is older than the answer that shows it.
                let since =
                    *self.opened_at.entry(cart).or_insert_with(|| self.world.page_made_at(&bought).unwrap_or(now));
                let wait = if let When::AfterOpened(_, seconds) = when { seconds } else { 0 };
                now.duration_since(since).as_secs() >= wait
            }
            When::Paid(cart) => {
                let Some(order) = order_of(&self.world, cart) else { return Ok(false) };
                let found = orders::find(&mut *self.world.observer.read().await?, &order).await?;
                found.is_some_and(|purchase| match purchase.order.state {
                    OrderState::Reserved { .. } | OrderState::CheckoutOpen { .. } | OrderState::Settling { .. } => {
                        false
                    }
                    OrderState::Expired { .. }
                    | OrderState::Paid { .. }
                    | OrderState::Fulfilled { .. }
                    | OrderState::RefundDue { .. }
                    | OrderState::Refunded { .. } => true,
                })
            }
            When::Made(cart) => self.server_of(cart).await?.is_some(),
            // Looked for where gates are opened.
            When::Gate(_) => false,
        })
    }

    /// The panel's number of the server of a cart.
    async fn server_of(&self, cart: usize) -> anyhow::Result<Option<i64>> {
        let Some(bought) = self.world.of_cart(cart) else { return Ok(None) };
        let service = services::find_by_order(&mut *self.world.observer.read().await?, &bought.order).await?;
        let servers = self.world.panel.servers();
        let of = |external_id: &str| servers.iter().find(|server| server.external_id.as_deref() == Some(external_id));
        Ok(service.and_then(|service| of(&service.external_id)).map(|server| server.id))
    }

    pub(super) async fn perform(&mut self, act: Act) -> anyhow::Result<()> {
        match act {
            Act::Open { customer, cart } => {
                if let Some(replica) = self.first_alive() {
                    self.world.opens(replica, customer, cart, PLAN);
                }
                self.acts.push((self.after(PATIENCE), Act::OpenAgain { customer, cart }));
            }
            // Whoever got no page tries again, as people do.
            Act::OpenAgain { customer, cart } => {
                if self.world.of_cart(cart).is_none() && self.world.now().duration_since(self.world.began) < GIVES_UP {
                    self.acts.insert(0, (When::At(0), Act::Open { customer, cart }));
                }
            }
            Act::Pay(cart, how) => drop(self.world.pays(cart, how)),
            Act::Cancel(cart) => {
                if let Some(replica) = self.first_alive() {
                    self.world.cancels(replica, cart);
                }
                self.acts.push((self.after(PATIENCE), Act::CancelAgain(cart)));
            }
            // Whoever does not see that it ends tries again.
            Act::CancelAgain(cart) => {
                if self.goes_on(cart).await? {
                    self.acts.insert(0, (When::At(0), Act::Cancel(cart)));
                }
            }
            Act::Webhooks(post) => self.post = post,
            Act::Panel(fault) => drop(self.world.panel.add_fault(fault)),
            Act::Stripe(fault) => self.world.stripe.faults().add(fault),
            Act::Mended => {
                self.world.panel.clear_faults();
                self.world.stripe.faults().clear();
            }
            Act::Pause(replica, seconds) => {
                self.paused[replica] = Some(self.world.now() + SignedDuration::from_secs(seconds));
            }
            Act::DeleteServer(cart) => {
                if let Some(server) = self.server_of(cart).await? {
                    self.world.panel.vanish(server);
                }
            }
            Act::Dispute => {
                if let Some(charge) = self.first_of("charge") {
                    self.world.stripe.open_dispute(&charge, "needs_response");
                }
            }
            Act::Inquire => {
                if let Some(charge) = self.first_of("charge") {
                    self.world.stripe.open_dispute(&charge, "warning_needs_response");
                }
            }
            Act::Escalate => {
                let inquiries = self.world.stripe.objects("dispute");
                let inquiry = inquiries.iter().find(|one| one["status"] == "warning_needs_response");
                if let Some(id) = inquiry.and_then(|inquiry| inquiry["id"].as_str()) {
                    self.world.stripe.escalate_dispute(id);
                }
            }
            Act::RefundByHand => self.world.refund_by_hand().await,
            Act::OtherAmount => {
                let changes = [
                    ("invoice", json!({"subtotal": 1, "total": 1, "amount_paid": 1, "amount_due": 1})),
                    ("invoice_payment", json!({"amount_paid": 1, "amount_requested": 1})),
                    ("payment_intent", json!({"amount": 1, "amount_received": 1})),
                    ("charge", json!({"amount": 1, "amount_captured": 1})),
                ];
                for (kind, change) in changes {
                    if let Some(id) = self.first_of(kind) {
                        self.world.stripe.tamper(&id, &change);
                    }
                }
            }
            Act::PayAgain(cart, shop) => {
                if let Err(error) = self.world.pay_again(cart, shop).await {
                    self.note(format_args!("nothing is paid again: {error:#}"));
                }
            }
            Act::Event(event) => self.world.post_event(&event),
            Act::LastSlot => self.world.panel.leave_memory(4096 + HEADROOM),
            Act::Poison(cart) => {
                if let Some(bought) = self.world.of_cart(cart) {
                    let mut db = self.world.observer.read().await?;
                    let service = services::find_by_order(&mut db, &bought.order).await?;
                    if let Some(service) = service {
                        let look =
                            On::call("GET", &format!("/api/application/servers/external/{}", service.external_id));
                        let unreadable = PanelFault::Gateway { status: 502, after: true };
                        self.world.panel.add_fault(FaultSpec::lasting(unreadable).on(look));
                    }
                }
            }
            Act::KeepPanel => self.kept_panel = Some(self.world.panel.fork(sandbox_clock(&self.world.clock))),
            Act::RestorePanel => {
                if let Some(kept) = &self.kept_panel {
                    self.world.panel.restore(kept);
                }
            }
            Act::KeepShop => self.kept_shop = Some(KeptShop::of(&self.world.observer, self.world.now()).await?),
            Act::RestoreShop => self.restore_shop().await?,
            Act::Confirm => {
                let standing = freezes::standing(&mut *self.world.observer.read().await?).await?;
                if !standing.freezes.is_empty() {
                    if let Some(replica) = self.first_alive() {
                        self.world.confirms(replica);
                    }
                    self.acts.push((self.after(PATIENCE), Act::Confirm));
                }
            }
            Act::PayTheBill => {
                if let Err(error) = self.world.pay_the_bill().await {
                    self.note(format_args!("no bill is paid: {error:#}"));
                }
            }
            Act::DatabaseFails(seconds) => {
                self.database_fails_until = Some(self.world.now() + SignedDuration::from_secs(seconds));
            }
            Act::Restart(replica) => self.crash(replica, "by hand").await,
            Act::SetClock(replica, seconds) => self.world.set_clock(replica, seconds),
            Act::Leap(seconds) => {
                let by = SignedDuration::from_secs(seconds);
                self.jumped += by;
                self.world.passes(by).await;
            }
        }
        Ok(())
    }

    /// Whether the order of a cart may still be cancelled, and its page says nothing of an end.
    async fn goes_on(&self, cart: usize) -> anyhow::Result<bool> {
        let Some(bought) = self.world.of_cart(cart) else { return Ok(false) };
        let mut db = self.world.observer.read().await?;
        let Some(purchase) = orders::find(&mut db, &bought.order).await? else { return Ok(false) };
        Ok(match &purchase.order.state {
            OrderState::Reserved { .. } | OrderState::CheckoutOpen { .. } => true,
            OrderState::Paid { service, .. } => {
                services::find(&mut db, service).await?.is_some_and(|service| service.stop_requested_at.is_none())
            }
            OrderState::Settling { .. }
            | OrderState::Expired { .. }
            | OrderState::Fulfilled { .. }
            | OrderState::RefundDue { .. }
            | OrderState::Refunded { .. } => false,
        })
    }

    /// So many seconds from now.
    fn after(&self, seconds: i64) -> When {
        When::At(self.world.now().duration_since(self.world.began).as_secs() + seconds)
    }

    async fn restore_shop(&mut self) -> anyhow::Result<()> {
        let Some(kept) = self.kept_shop.take() else { return Ok(()) };
        self.world.comes_back(&kept).await?;
        self.looks.iter_mut().for_each(BTreeMap::clear);
        self.restarts = (0..self.world.replicas.len()).map(|number| (self.world.now() + RESTART, number)).collect();
        self.acts.push((self.after(DIGESTION), Act::Confirm));
        Ok(())
    }

    /// The laws leave room where the story does not: a shop that refunds everybody breaks none of them.
    pub(super) async fn compare_end(&mut self, cart: usize, end: End) -> anyhow::Result<()> {
        let found = match self.world.of_cart(cart) {
            Some(bought) => orders::find(&mut *self.world.observer.read().await?, &bought.order).await?,
            None => None,
        };
        let service = match &found {
            Some(purchase) => {
                services::find_by_order(&mut *self.world.observer.read().await?, &purchase.order.id).await?
            }
            None => None,
        };
        let ended = found.map(|purchase| match purchase.order.state {
            OrderState::Fulfilled { .. } => match service {
                Some(service) if service.terminated_at.is_some() => End::Removed,
                Some(service) if service.standing.suspension.is_some() => End::Suspended,
                _ => End::Playable,
            },
            OrderState::Refunded { .. } => End::Refunded,
            OrderState::Paid { .. } | OrderState::RefundDue { .. } => End::Waiting,
            OrderState::Reserved { .. }
            | OrderState::CheckoutOpen { .. }
            | OrderState::Settling { .. }
            | OrderState::Expired { .. } => End::Unpaid,
        });
        let ended = ended.unwrap_or(End::Unpaid);
        if ended != end {
            self.run.violations.push(format!("the story: cart {cart} had to end {end:?}, and ended {ended:?}"));
        }
        Ok(())
    }

    fn first_of(&self, kind: &str) -> Option<String> {
        Some(self.world.stripe.objects(kind).first()?["id"].as_str()?.to_owned())
    }
}
