//! What each operation does, one file per object.
//!
//! Not here: decoding, checking, idempotency (`api`), and how subscriptions are billed (`billing`).

pub(crate) mod completing;
pub(crate) mod coupons;
pub(crate) mod customers;
pub(crate) mod disputes;
pub(crate) mod events;
pub(crate) mod payment_methods;
pub(crate) mod payments;
pub(crate) mod portal;
pub(crate) mod prices;
pub(crate) mod products;
pub(crate) mod refunds;
mod refusals;
pub(crate) mod sessions;
pub(crate) mod subscribing;
pub(crate) mod subscriptions;
pub(crate) mod test_clocks;
pub(crate) mod webhook_endpoints;

use serde_json::Value;

use super::billing;
use super::error::ApiError;
use super::json::Read;
use super::state::{Kind, State};

/// One decoded and checked request.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The id in the path, empty for operations on a whole collection.
    pub(crate) id: &'a str,
    pub(crate) path: &'a str,
    pub(crate) params: &'a Value,
}

/// What an operation comes to: the object it answers with.
pub(crate) type Outcome = Result<Value, ApiError>;

impl State {
    /// The object as an answer shows it, `Null` if there is none.
    pub(crate) fn render(&self, kind: Kind, id: &str) -> Value {
        self.find(kind, id).map_or(Value::Null, |object| self.present(kind, object.clone()))
    }

    /// Completes an object with what is looked up each time: subscription items show their price as it is now.
    pub(crate) fn present(&self, kind: Kind, mut object: Value) -> Value {
        if kind == Kind::Subscription {
            self.price_items(&mut object["items"]["data"]);
            if object["pending_update"].is_object() {
                self.price_items(&mut object["pending_update"]["subscription_items"]);
            }
        }
        object
    }

    fn price_items(&self, items: &mut Value) {
        for item in items.as_array_mut().into_iter().flatten() {
            let id = item.id_at("price").unwrap_or_default().to_owned();
            if let Some(price) = self.find(Kind::Price, &id) {
                item["price"] = price.clone();
                item["plan"] = prices::as_plan(price);
            }
        }
    }

    fn show(&self, kind: Kind, call: &Call<'_>) -> Outcome {
        self.load(kind, call.id, None)?;
        Ok(self.render(kind, call.id))
    }
}

/// Runs one operation of the contract.
pub(crate) fn run(state: &mut State, operation: &str, call: &Call<'_>) -> Outcome {
    refusals::check(operation, call.params)?;
    match operation {
        "Products.create" => products::create(state, call),
        "Products.update" => products::update(state, call),
        "Products.list" => products::list(state, call),
        "Products.retrieve" => state.show(Kind::Product, call),
        "Prices.create" => prices::create(state, call),
        "Prices.update" => prices::update(state, call),
        "Prices.list" => prices::list(state, call),
        "Prices.retrieve" => state.show(Kind::Price, call),
        "Customers.create" => customers::create(state, call),
        "Customers.update" => customers::update(state, call),
        "Customers.del" => customers::delete(state, call),
        "Customers.list" => customers::list(state, call),
        "Customers.retrieve" => customers::retrieve(state, call),
        "PaymentMethods.attach" => payment_methods::attach(state, call),
        "PaymentMethods.list" => payment_methods::list(state, call),
        "PaymentMethods.retrieve" => state.show(Kind::PaymentMethod, call),
        "Checkout.Sessions.create" => sessions::create(state, call),
        "Checkout.Sessions.expire" => sessions::expire(state, call),
        "Checkout.Sessions.list" => sessions::list(state, call),
        "Checkout.Sessions.listLineItems" => sessions::list_line_items(state, call),
        "Checkout.Sessions.retrieve" => state.show(Kind::Session, call),
        "Subscriptions.create" => subscriptions::create(state, call),
        "Subscriptions.update" => subscriptions::update(state, call),
        "Subscriptions.cancel" => subscriptions::cancel(state, call),
        "Subscriptions.pause" => subscriptions::pause(state, call),
        "Subscriptions.resume" => subscriptions::resume(state, call),
        "Subscriptions.list" => subscriptions::list(state, call),
        "Subscriptions.retrieve" => state.show(Kind::Subscription, call),
        "SubscriptionItems.update" => subscriptions::update_item(state, call),
        "SubscriptionItems.list" => subscriptions::list_items(state, call),
        "Coupons.create" => coupons::create(state, call),
        "Coupons.del" => coupons::delete(state, call),
        "Coupons.list" => state.page(Kind::Coupon, call.params, call.path, |_| true),
        "Coupons.retrieve" => state.show(Kind::Coupon, call),
        "PromotionCodes.create" => coupons::create_code(state, call),
        "PromotionCodes.update" => coupons::update_code(state, call),
        "PromotionCodes.list" => coupons::list_codes(state, call),
        "PromotionCodes.retrieve" => state.show(Kind::PromotionCode, call),
        other => run_money(state, other, call),
    }
}

fn run_money(state: &mut State, operation: &str, call: &Call<'_>) -> Outcome {
    match operation {
        "Invoices.retrieve" => state.show(Kind::Invoice, call),
        "Invoices.list" => billing::api::list(state, call),
        "Invoices.finalizeInvoice" => billing::api::finalize(state, call),
        "Invoices.pay" => billing::api::pay(state, call),
        "Invoices.voidInvoice" => billing::api::void(state, call),
        "Invoices.createPreview" => billing::preview::create(state, call),
        "InvoicePayments.list" => payments::list_invoice_payments(state, call),
        "PaymentIntents.list" => payments::list_intents(state, call),
        "PaymentIntents.retrieve" => state.show(Kind::PaymentIntent, call),
        "Charges.list" => payments::list_charges(state, call),
        "Charges.retrieve" => state.show(Kind::Charge, call),
        "Refunds.create" => refunds::create(state, call),
        "Refunds.list" => refunds::list(state, call),
        "Refunds.retrieve" => state.show(Kind::Refund, call),
        "Disputes.list" => disputes::list(state, call),
        "Disputes.retrieve" => state.show(Kind::Dispute, call),
        "BillingPortal.Sessions.create" => portal::create_session(state, call),
        "BillingPortal.Configurations.create" => portal::create_configuration(state, call),
        "BillingPortal.Configurations.update" => portal::update_configuration(state, call),
        "BillingPortal.Configurations.list" => portal::list_configurations(state, call),
        "BillingPortal.Configurations.retrieve" => state.show(Kind::PortalConfiguration, call),
        "Events.list" => events::list(state, call),
        "Events.retrieve" => events::retrieve(state, call),
        "WebhookEndpoints.create" => webhook_endpoints::create(state, call),
        "WebhookEndpoints.update" => webhook_endpoints::update(state, call),
        "WebhookEndpoints.del" => webhook_endpoints::delete(state, call),
        "WebhookEndpoints.list" => state.page(Kind::WebhookEndpoint, call.params, call.path, |_| true),
        "WebhookEndpoints.retrieve" => state.show(Kind::WebhookEndpoint, call),
        "TestHelpers.TestClocks.create" => test_clocks::create(state, call),
        "TestHelpers.TestClocks.advance" => test_clocks::advance(state, call),
        "TestHelpers.TestClocks.del" => test_clocks::delete(state, call),
        "TestHelpers.TestClocks.list" => state.page(Kind::TestClock, call.params, call.path, |_| true),
        "TestHelpers.TestClocks.retrieve" => state.show(Kind::TestClock, call),
        other => Err(ApiError::other(501, "api_error", &format!("The sandbox does not carry out {other}"))),
    }
}
