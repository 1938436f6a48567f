//! Operations on invoices.

use serde_json::Value;

use super::super::cards::Presence;
use super::super::error::ApiError;
use super::super::json::Read;
use super::super::list::{in_range, matches};
use super::super::objects::{Call, Outcome};
use super::super::state::{Kind, State};
use super::charging::Attempt;
use super::{cycle, invoicing};

pub(crate) fn list(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::Invoice, params, call.path, |invoice| {
        let subscription = params.text("subscription");
        ["collection_method", "customer", "status"].iter().all(|key| matches(invoice, params, key))
            && in_range(&params["due_date"], invoice.int("due_date"))
            && (subscription.is_none() || invoicing::subscription_of(invoice) == subscription)
    })
}

fn enter(state: &mut State, call: &Call<'_>) -> Result<Value, ApiError> {
    let invoice = state.load(Kind::Invoice, call.id, None)?.clone();
    state.enter_time_of(invoice.text("customer").unwrap_or_default());
    Ok(invoice)
}

pub(crate) fn finalize(state: &mut State, call: &Call<'_>) -> Outcome {
    let invoice = enter(state, call)?;
    if invoice.text("status") != Some("draft") {
        let message = "This invoice is already finalized, you can't re-finalize a non-draft invoice.";
        return Err(ApiError::invalid(message).code("invoice_not_editable"));
    }
    invoicing::finalize(state, call.id);
    invoicing::announce_finalized(state, call.id);
    Ok(state.render(Kind::Invoice, call.id))
}

pub(crate) fn pay(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    let invoice = enter(state, call)?;
    match invoice.text("status") {
        Some("open" | "uncollectible") => {}
        Some("draft") => {
            invoicing::finalize(state, call.id);
            invoicing::announce_finalized(state, call.id);
        }
        Some("paid") => return Err(ApiError::invalid("Invoice is already paid").code("invoice_already_paid")),
        _ => return Err(ApiError::invalid("This invoice can no longer be paid").code("invoice_not_editable")),
    }
    if params.flag("paid_out_of_band") == Some(true) {
        state.edit(Kind::Invoice, call.id, |invoice| invoice["amount_paid_off_stripe"] = invoice["amount_due"].clone());
        invoicing::mark_paid(state, call.id);
        return Ok(state.render(Kind::Invoice, call.id));
    }
    let subscription =
        invoicing::subscription_of(&invoice).map_or(Value::Null, |id| state.copy(Kind::Subscription, id));
    let method = match params.text("payment_method") {
        Some(method) => Some(state.load(Kind::PaymentMethod, method, Some("payment_method"))?.id().to_owned()),
        None => cycle::default_method(state, &subscription),
    };
    let presence = if params.flag("off_session") == Some(false) { Presence::OnSession } else { Presence::OffSession };
    if matches!(state.copy(Kind::Invoice, call.id).text("status"), Some("open" | "uncollectible"))
        && let Attempt::Failed(error) = state.collect(call.id, method.as_deref(), presence, false)
    {
        return Err(error);
    }
    Ok(state.render(Kind::Invoice, call.id))
}

pub(crate) fn void(state: &mut State, call: &Call<'_>) -> Outcome {
    enter(state, call)?;
    invoicing::close(state, call.id, "void")?;
    Ok(state.render(Kind::Invoice, call.id))
}
