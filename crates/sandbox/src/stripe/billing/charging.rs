//! Payment intents and charges: trying to collect what an open invoice asks for.

use serde_json::{Value, json};

use super::super::agenda::Due;
use super::super::cards::{Habit, Presence, Verdict};
use super::super::error::ApiError;
use super::super::json::Read;
use super::super::objects::subscriptions::FIRST_PAYMENT_SECONDS;
use super::super::objects::{disputes, sessions};
use super::super::state::{Kind, State};
use super::{cycle, invoicing};

/// What an attempt came to.
#[derive(Debug)]
pub(crate) enum Attempt {
    Paid,
    /// A delayed method accepted the order; whether the money arrives shows later.
    Processing,
    Failed(ApiError),
}

impl State {
    /// Opens the payment intent of a finalised invoice, links the two, and announces the intent.
    pub(super) fn open_intent(&mut self, invoice_id: &str) {
        let invoice = self.copy(Kind::Invoice, invoice_id);
        let (intent, link) = (self.mint(Kind::PaymentIntent), self.mint(Kind::InvoicePayment));
        let secret = self.ids.mint(&format!("{intent}_secret_"), 24);
        let purpose = match invoice.text("billing_reason") {
            Some("subscription_create") => "Subscription creation",
            _ => "Subscription update",
        };
        let due = &invoice["amount_due"];
        let body = json!({
            "id": intent, "amount": due, "amount_capturable": 0, "amount_received": 0, "capture_method": "automatic",
            "client_secret": secret, "confirmation_method": "automatic", "created": self.now,
            "currency": invoice["currency"], "customer": invoice["customer"], "description": purpose, "metadata": {},
            "payment_method_types": ["card"], "setup_future_usage": "off_session", "status": "requires_payment_method",
        });
        self.insert(Kind::PaymentIntent, body);
        let body = json!({
            "id": link, "amount_requested": due, "created": self.now, "currency": invoice["currency"],
            "invoice": invoice_id, "is_default": true, "payment": {"type": "payment_intent", "payment_intent": intent},
            "status": "open", "status_transitions": {},
        });
        self.insert(Kind::InvoicePayment, body);
        self.emit("payment_intent.created", Kind::PaymentIntent, &intent, None);
    }

    fn link_of(&self, invoice: &str) -> Option<(String, String)> {
        let link = self.newest(Kind::InvoicePayment).find(|link| link.text("invoice") == Some(invoice))?;
        Some((link.id().to_owned(), link["payment"].text("payment_intent")?.to_owned()))
    }

    pub(super) fn cancel_intent_of(&mut self, invoice: &str) {
        let Some((link, intent)) = self.link_of(invoice) else { return };
        let now = self.now;
        self.edit(Kind::InvoicePayment, &link, |link| {
            link["status"] = json!("canceled");
            link["status_transitions"]["canceled_at"] = json!(now);
        });
        self.edit(Kind::PaymentIntent, &intent, |intent| {
            intent["status"] = json!("canceled");
            intent["canceled_at"] = json!(now);
            intent["cancellation_reason"] = json!("void_invoice");
        });
        self.emit("payment_intent.canceled", Kind::PaymentIntent, &intent, None);
    }

    /// Tries to collect an open invoice. `scheduled` attempts are counted and followed by retries.
    pub(crate) fn collect(
        &mut self,
        invoice: &str,
        method: Option<&str>,
        presence: Presence,
        scheduled: bool,
    ) -> Attempt {
        let Some((link, intent)) = self.link_of(invoice) else {
            return Attempt::Failed(ApiError::invalid("This invoice has nothing to pay"));
        };
        if scheduled {
            self.edit(Kind::Invoice, invoice, |invoice| {
                invoice["attempt_count"] = json!(invoice.int("attempt_count").unwrap_or(0) + 1);
            });
        }
        self.edit(Kind::Invoice, invoice, |invoice| invoice["attempted"] = json!(true));
        let Some(method) = method else {
            let error = ApiError::invalid("This customer has no default payment method.").code("resource_missing");
            self.edit(Kind::PaymentIntent, &intent, |intent| intent["last_payment_error"] = error.detail());
            return self.fail(invoice, error, scheduled);
        };
        match self.verdict(method, presence) {
            Verdict::Succeeds => {
                self.succeed(invoice, &link, &intent, method);
                Attempt::Paid
            }
            Verdict::Processing { succeeds } => {
                self.begin_debit(&intent, method);
                let due = Due::SettleDebit { invoice: invoice.to_owned(), succeeds };
                self.plan(self.now + sessions::settlement_seconds(self), due);
                Attempt::Processing
            }
            Verdict::Declines(error) => {
                self.decline(&intent, method, &error);
                self.fail(invoice, error, scheduled)
            }
            Verdict::NeedsCustomer(error) => {
                self.edit(Kind::PaymentIntent, &intent, |intent| {
                    intent["status"] = json!("requires_action");
                    intent["payment_method"] = json!(method);
                    intent["next_action"] = json!({"type": "use_stripe_sdk", "use_stripe_sdk": {}});
                    intent["last_payment_error"] = error.detail();
                });
                self.emit("payment_intent.requires_action", Kind::PaymentIntent, &intent, None);
                self.emit("invoice.payment_action_required", Kind::Invoice, invoice, None);
                self.fail(invoice, error, scheduled)
            }
        }
    }

    fn fail(&mut self, invoice: &str, error: ApiError, scheduled: bool) -> Attempt {
        cycle::after_failed(self, invoice, scheduled);
        Attempt::Failed(error)
    }

    fn succeed(&mut self, invoice: &str, link: &str, intent: &str, method: &str) {
        let charge = self.add_charge(intent, method, "succeeded", None);
        self.edit(Kind::PaymentIntent, intent, |intent| {
            intent["status"] = json!("succeeded");
            intent["amount_received"] = intent["amount"].clone();
            intent["payment_method"] = json!(method);
            intent["latest_charge"] = json!(charge);
            intent["next_action"] = Value::Null;
            intent["last_payment_error"] = Value::Null;
        });
        self.emit("charge.succeeded", Kind::Charge, &charge, None);
        self.emit("payment_intent.succeeded", Kind::PaymentIntent, intent, None);
        self.pay_link(link);
        invoicing::mark_paid(self, invoice);
        if self.cards.get(method).is_some_and(|card| card.habit == Habit::Disputed) {
            disputes::open(self, &charge, "needs_response");
        }
    }

    fn pay_link(&mut self, link: &str) {
        let now = self.now;
        self.edit(Kind::InvoicePayment, link, |link| {
            link["status"] = json!("paid");
            link["amount_paid"] = link["amount_requested"].clone();
            link["status_transitions"]["paid_at"] = json!(now);
        });
        self.emit("invoice_payment.paid", Kind::InvoicePayment, link, None);
    }

    fn decline(&mut self, intent: &str, method: &str, error: &ApiError) {
        let charge = self.add_charge(intent, method, "failed", Some(error));
        self.edit(Kind::PaymentIntent, intent, |intent| {
            intent["status"] = json!("requires_payment_method");
            intent["latest_charge"] = json!(charge);
            intent["last_payment_error"] = error.detail();
        });
        self.emit("charge.failed", Kind::Charge, &charge, None);
        self.emit("payment_intent.payment_failed", Kind::PaymentIntent, intent, None);
    }

    fn begin_debit(&mut self, intent: &str, method: &str) {
        let charge = self.add_charge(intent, method, "pending", None);
        self.edit(Kind::PaymentIntent, intent, |intent| {
            intent["status"] = json!("processing");
            intent["payment_method"] = json!(method);
            intent["payment_method_types"] = json!(["sepa_debit"]);
            intent["latest_charge"] = json!(charge);
        });
        self.emit("charge.pending", Kind::Charge, &charge, None);
        self.emit("payment_intent.processing", Kind::PaymentIntent, intent, None);
    }

    /// The bank has spoken on a delayed payment.
    pub(crate) fn finish_debit(&mut self, invoice: &str, succeeds: bool) {
        let Some((link, intent)) = self.link_of(invoice) else { return };
        if self.copy(Kind::PaymentIntent, &intent).text("status") != Some("processing") {
            return;
        }
        let charge = self.copy(Kind::PaymentIntent, &intent).text("latest_charge").unwrap_or_default().to_owned();
        let error = ApiError::declined("generic_decline", "The bank returned the debit.");
        self.edit(Kind::Charge, &charge, |charge| {
            charge["status"] = json!(if succeeds { "succeeded" } else { "failed" });
            charge["paid"] = json!(succeeds);
        });
        self.edit(Kind::PaymentIntent, &intent, |intent| {
            intent["status"] = json!(if succeeds { "succeeded" } else { "requires_payment_method" });
            intent["amount_received"] = if succeeds { intent["amount"].clone() } else { json!(0) };
            intent["last_payment_error"] = if succeeds { Value::Null } else { error.detail() };
        });
        if succeeds {
            self.emit("charge.succeeded", Kind::Charge, &charge, None);
            self.emit("payment_intent.succeeded", Kind::PaymentIntent, &intent, None);
            self.pay_link(&link);
            invoicing::mark_paid(self, invoice);
        } else {
            self.emit("charge.failed", Kind::Charge, &charge, None);
            self.emit("payment_intent.payment_failed", Kind::PaymentIntent, &intent, None);
            cycle::after_failed(self, invoice, true);
            if let Some(subscription) = invoicing::subscription_of(&self.copy(Kind::Invoice, invoice)) {
                self.plan(self.now + FIRST_PAYMENT_SECONDS, Due::ExpireIncomplete(subscription.to_owned()));
            }
        }
    }

    fn add_charge(&mut self, intent: &str, method: &str, status: &str, error: Option<&ApiError>) -> String {
        let intent = self.copy(Kind::PaymentIntent, intent);
        let how = self.copy(Kind::PaymentMethod, method);
        let kind = how.text("type").unwrap_or("card").to_owned();
        let id = if kind == "card" { self.mint(Kind::Charge) } else { self.ids.mint("py_", 24) };
        let failed = error.map(ApiError::detail).unwrap_or_default();
        let good = status != "failed";
        let base = self.settings.public_base.clone();
        let charge = json!({
            "id": id, "amount": intent["amount"], "amount_captured": if good { intent["amount"].clone() } else { json!(0) },
            "amount_refunded": 0, "billing_details": how["billing_details"], "captured": good, "created": self.now,
            "calculated_statement_descriptor": "GIVR SANDBOX", "currency": intent["currency"],
            "customer": intent["customer"], "description": intent["description"], "disputed": false,
            "failure_code": failed["code"], "failure_message": failed["message"], "fraud_details": {}, "metadata": {},
            "outcome": {"network_status": if good { "approved_by_network" } else { "declined_by_network" },
                "reason": failed["decline_code"], "seller_message": if good { "Payment complete." } else { "The bank declined." },
                "type": if good { "authorized" } else { "issuer_declined" }},
            "paid": status == "succeeded", "payment_intent": intent["id"], "payment_method": method,
            "payment_method_details": {"type": kind, &kind: how[&kind]},
            "receipt_url": if good { json!(format!("{base}/receipt/{id}")) } else { Value::Null },
            "refunded": false, "status": status,
            "balance_transaction": if good { json!(self.ids.mint("txn_", 24)) } else { Value::Null },
        });
        self.insert(Kind::Charge, charge);
        id
    }
}
