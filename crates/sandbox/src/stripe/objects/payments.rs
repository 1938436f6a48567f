//! Reading payment intents, charges and the links between invoices and payments.

use super::super::json::Read;
use super::super::list::matches;
use super::super::state::{Kind, State};
use super::{Call, Outcome};

pub(super) fn list_intents(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::PaymentIntent, params, call.path, |intent| matches(intent, params, "customer"))
}

pub(super) fn list_charges(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::Charge, params, call.path, |charge| {
        matches(charge, params, "customer") && matches(charge, params, "payment_intent")
    })
}

pub(super) fn list_invoice_payments(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let payment = &params["payment"];
    state.page(Kind::InvoicePayment, params, call.path, |link| {
        let same = |key: &str| payment.text(key).is_none_or(|wanted| link["payment"].text(key) == Some(wanted));
        matches(link, params, "invoice") && matches(link, params, "status") && same("type") && same("payment_intent")
    })
}
