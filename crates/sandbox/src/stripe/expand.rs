//! `expand[]`: ids replaced by the objects they name, at most four levels deep.

use serde_json::Value;

use super::error::ApiError;
use super::json::Read;
use super::list::list;
use super::state::{Kind, State};

/// Everything a path segment may name, with the kind of object an id at that member refers to.
const REFERENCES: [(&str, Option<Kind>); 24] = [
    ("charge", Some(Kind::Charge)),
    ("configuration", Some(Kind::PortalConfiguration)),
    ("coupon", Some(Kind::Coupon)),
    ("customer", Some(Kind::Customer)),
    ("data", None),
    ("default_payment_method", Some(Kind::PaymentMethod)),
    ("default_price", Some(Kind::Price)),
    ("discounts", Some(Kind::Discount)),
    ("invoice", Some(Kind::Invoice)),
    ("invoice_settings", None),
    ("items", None),
    ("latest_charge", Some(Kind::Charge)),
    ("latest_invoice", Some(Kind::Invoice)),
    ("line_items", None),
    ("lines", None),
    ("parent", None),
    ("payment", None),
    ("payment_intent", Some(Kind::PaymentIntent)),
    ("payment_method", Some(Kind::PaymentMethod)),
    ("payments", None),
    ("price", Some(Kind::Price)),
    ("product", Some(Kind::Product)),
    ("promotion_code", Some(Kind::PromotionCode)),
    ("subscription", Some(Kind::Subscription)),
];
const OTHERS: [&str; 7] =
    ["promotion", "refunds", "source", "subscription_details", "subscriptions", "test_clock", "total_details"];

/// The paths to expand, refused before anything runs if one cannot be expanded.
pub(crate) fn paths(params: &Value) -> Result<Vec<Vec<&str>>, ApiError> {
    let known = |name: &&str| REFERENCES.iter().any(|(known, _)| known == name) || OTHERS.contains(name);
    let mut paths = Vec::new();
    for path in params.list("expand").iter().filter_map(Value::as_str) {
        let segments: Vec<&str> = path.split('.').collect();
        if segments.len() > 4 {
            return Err(ApiError::invalid("You cannot expand more than 4 levels of a property").param("expand"));
        }
        if !segments.iter().all(known) {
            return Err(ApiError::invalid(format!("This property cannot be expanded ({path}).")).param("expand"));
        }
        paths.push(segments);
    }
    Ok(paths)
}

impl State {
    /// Replaces the ids along one path.
    pub(crate) fn expand(&self, value: &mut Value, path: &[&str]) {
        if let Value::Array(elements) = value {
            return elements.iter_mut().for_each(|element| self.expand(element, path));
        }
        let Some((name, rest)) = path.split_first() else { return };
        self.include(value, name);
        let Some(member) = value.get_mut(*name) else { return };
        self.resolve(member, name);
        self.expand(member, rest);
    }

    fn resolve(&self, member: &mut Value, name: &str) {
        if let Value::Array(elements) = member {
            return elements.iter_mut().for_each(|element| self.resolve(element, name));
        }
        let kind = if name == "test_clock" { Some(Kind::TestClock) } else { reference(name) };
        if let (Some(kind), Some(id)) = (kind, member.as_str()) {
            let object = self.render(kind, id);
            if !object.is_null() {
                *member = object;
            }
        }
    }

    /// Adds a list that stands on an object only when asked for.
    fn include(&self, object: &mut Value, name: &str) {
        if object.has(name) {
            return;
        }
        let id = object.id().to_owned();
        let of = |kind: Kind, key: &str| -> Vec<Value> {
            let mine = self.newest(kind).filter(|other| other.text(key) == Some(&id));
            mine.map(|other| self.present(kind, other.clone())).collect()
        };
        let included = match (object.text("object").unwrap_or_default(), name) {
            ("checkout.session", "line_items") => {
                let plan = self.session_plans.get(&id);
                let items = plan.map(|plan| plan.lines.clone()).unwrap_or_default();
                list(&format!("/v1/checkout/sessions/{id}/line_items"), false, items)
            }
            ("invoice", "payments") => {
                list(&format!("/v1/invoice_payments?invoice={id}"), false, of(Kind::InvoicePayment, "invoice"))
            }
            ("charge", "refunds") => list(&format!("/v1/charges/{id}/refunds"), false, of(Kind::Refund, "charge")),
            ("customer", "subscriptions") => {
                list(&format!("/v1/subscriptions?customer={id}"), false, of(Kind::Subscription, "customer"))
            }
            _ => return,
        };
        object[name] = included;
    }
}

fn reference(name: &str) -> Option<Kind> {
    REFERENCES.iter().find(|(known, _)| *known == name).and_then(|(_, kind)| *kind)
}
