//! How a payment method behaves when it is attached, charged and refunded: the cards that Stripe publishes for tests.

use serde_json::{Value, json};

use super::error::ApiError;
use super::json::Read;
use super::state::{Kind, State};

/// Whether the customer is there to authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    OnSession,
    OffSession,
}

/// What is special about a payment method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    Works,
    Declines(&'static str),
    /// Attaches, but every charge fails.
    ChargesFail,
    /// The first charge works, later ones fail.
    FailsLater,
    /// Cannot be charged without the customer.
    AlwaysAuthenticates,
    /// The charge succeeds and is disputed as fraudulent.
    Disputed,
    /// A refund is pending first.
    RefundPending,
    /// A refund succeeds and fails later.
    RefundFails,
    /// A bank debit; the money takes its time.
    Debit {
        succeeds: bool,
    },
}

/// A payment method's face and habit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Card {
    brand: &'static str,
    last4: &'static str,
    pub(crate) habit: Habit,
}

/// What a charge attempt comes to.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    Succeeds,
    Declines(ApiError),
    NeedsCustomer(ApiError),
    Processing { succeeds: bool },
}

const fn visa(last4: &'static str, habit: Habit) -> Card {
    Card { brand: "visa", last4, habit }
}

pub(crate) const WORKING: Card = visa("4242", Habit::Works);
pub(crate) const AUTHENTICATED: Card = visa("3155", Habit::Works);
pub(crate) const FAILING_LATER: Card = visa("0341", Habit::FailsLater);
pub(crate) const CHARGES_FAIL: Card = visa("0341", Habit::ChargesFail);
pub(crate) const DISPUTED: Card = visa("0259", Habit::Disputed);
pub(crate) const REFUND_PENDING: Card = visa("7726", Habit::RefundPending);
pub(crate) const REFUND_FAILING: Card = visa("5126", Habit::RefundFails);
pub(crate) const DECLINING: Card = visa("0002", Habit::Declines("generic_decline"));
pub(crate) const WITHOUT_FUNDS: Card = visa("9995", Habit::Declines("insufficient_funds"));
pub(crate) const DEBIT_SUCCEEDING: Card =
    Card { brand: "sepa_debit", last4: "3204", habit: Habit::Debit { succeeds: true } };
pub(crate) const DEBIT_FAILING: Card =
    Card { brand: "sepa_debit", last4: "3202", habit: Habit::Debit { succeeds: false } };

/// The card behind one of the published `pm_card_…` names.
pub(crate) fn by_alias(alias: &str) -> Option<Card> {
    Some(match alias {
        "pm_card_visa" => WORKING,
        "pm_card_mastercard" => Card { brand: "mastercard", last4: "4444", habit: Habit::Works },
        "pm_card_chargeDeclined" => DECLINING,
        "pm_card_chargeDeclinedInsufficientFunds" => WITHOUT_FUNDS,
        "pm_card_chargeCustomerFail" => CHARGES_FAIL,
        "pm_card_authenticationRequired" => visa("3184", Habit::AlwaysAuthenticates),
        "pm_card_createDispute" => DISPUTED,
        "pm_card_pendingRefund" => REFUND_PENDING,
        "pm_card_refundFail" => REFUND_FAILING,
        _ => return None,
    })
}

impl Card {
    pub(crate) fn is_debit(self) -> bool {
        matches!(self.habit, Habit::Debit { .. })
    }

    /// The refusal when a card of this habit is attached or charged and says no.
    pub(crate) fn refusal(self) -> Option<ApiError> {
        match self.habit {
            Habit::Declines("insufficient_funds") => {
                Some(ApiError::declined("insufficient_funds", "Your card has insufficient funds."))
            }
            Habit::Declines(code) => Some(ApiError::declined(code, "Your card was declined.")),
            _ => None,
        }
    }

    fn details(self) -> Value {
        if self.is_debit() {
            return json!({"bank_code": "19043", "branch_code": null, "country": "AT", "fingerprint": null,
                "generated_from": null, "last4": self.last4});
        }
        json!({"brand": self.brand, "checks": {"address_line1_check": null, "address_postal_code_check": null,
            "cvc_check": "pass"}, "country": "US", "display_brand": self.brand, "exp_month": 12, "exp_year": 2034,
            "funding": "credit", "last4": self.last4, "networks": {"available": [self.brand], "preferred": null},
            "three_d_secure_usage": {"supported": true}})
    }

    pub(crate) fn kind(self) -> &'static str {
        if self.is_debit() { "sepa_debit" } else { "card" }
    }
}

impl State {
    /// Makes a fresh payment method with this card's face and habit, attached to `customer`; announces the attachment.
    pub(crate) fn attach_card(&mut self, card: Card, customer: &str, billing: Value) -> Value {
        let id = self.mint(Kind::PaymentMethod);
        let mut method = json!({
            "id": id, "billing_details": {"address": null, "email": null, "name": null, "phone": null, "tax_id": null},
            "created": self.now, "customer": customer, "metadata": {}, "type": card.kind(),
        });
        method[card.kind()] = card.details();
        if billing.is_object() {
            for (key, value) in billing.as_object().into_iter().flatten() {
                method["billing_details"][key] = value.clone();
            }
        }
        self.cards.insert(id.clone(), card);
        let method = self.insert(Kind::PaymentMethod, method);
        self.emit("payment_method.attached", Kind::PaymentMethod, &id, None);
        method
    }

    /// What charging this payment method now comes to.
    pub(crate) fn verdict(&self, method: &str, presence: Presence) -> Verdict {
        let card = self.cards.get(method).copied().unwrap_or(WORKING);
        let failed = || Verdict::Declines(ApiError::declined("generic_decline", "Your card was declined."));
        match card.habit {
            Habit::Works | Habit::Disputed | Habit::RefundPending | Habit::RefundFails => Verdict::Succeeds,
            Habit::Declines(_) => card.refusal().map_or(Verdict::Succeeds, Verdict::Declines),
            Habit::ChargesFail => failed(),
            Habit::FailsLater if self.was_charged(method) => failed(),
            Habit::FailsLater => Verdict::Succeeds,
            Habit::AlwaysAuthenticates if presence == Presence::OnSession => Verdict::Succeeds,
            Habit::AlwaysAuthenticates => Verdict::NeedsCustomer(ApiError::declined(
                "authentication_required",
                "This payment needs the customer to authenticate.",
            )),
            Habit::Debit { succeeds } => Verdict::Processing { succeeds },
        }
    }

    fn was_charged(&self, method: &str) -> bool {
        self.newest(Kind::Charge)
            .any(|charge| charge.text("payment_method") == Some(method) && charge.text("status") == Some("succeeded"))
    }
}
