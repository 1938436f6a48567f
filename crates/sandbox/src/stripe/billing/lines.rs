//! Invoice lines.

use serde_json::{Value, json};

use super::super::json::Read;
use super::super::state::{Kind, State};

/// What one line bills.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) subscription: &'a Value,
    /// The subscription item, `None` for a one-time price on the first invoice.
    pub(crate) item: Option<&'a str>,
    pub(crate) price: &'a Value,
    pub(crate) quantity: i64,
    pub(crate) amount: i64,
    pub(crate) period: (i64, i64),
    pub(crate) proration: bool,
}

impl State {
    /// The JSON of one line, without invoice and discounts.
    pub(crate) fn line(&mut self, line: &Line<'_>) -> Value {
        let id = self.ids.mint("il_", 24);
        let subscription = line.subscription;
        let parent = match line.item {
            Some(item) => json!({"type": "subscription_item_details", "invoice_item_details": null,
                "subscription_item_details": {"invoice_item": null, "proration": line.proration, "proration_details": null,
                    "subscription": subscription["id"], "subscription_item": item}}),
            None => json!({"type": "invoice_item_details", "subscription_item_details": null,
                "invoice_item_details": {"invoice_item": self.ids.mint("ii_", 24), "proration": line.proration,
                    "proration_details": null, "subscription": subscription["id"]}}),
        };
        let product = line.price["product"].as_str().unwrap_or_default();
        json!({
            "id": id, "object": "line_item", "amount": line.amount, "currency": line.price["currency"],
            "description": self.describe(line, product), "discount_amounts": [], "discountable": !line.proration,
            "discounts": [], "livemode": false, "metadata": subscription["metadata"], "parent": parent,
            "period": {"start": line.period.0, "end": line.period.1}, "pretax_credit_amounts": [],
            "pricing": {"type": "price_details", "price_details": {"price": line.price["id"], "product": product},
                "unit_amount_decimal": line.price["unit_amount_decimal"]},
            "quantity": line.quantity, "quantity_decimal": line.quantity.to_string(), "subscription": subscription["id"],
            "subtotal": line.amount, "taxes": [],
        })
    }

    fn describe(&self, line: &Line<'_>, product: &str) -> String {
        let name =
            self.find(Kind::Product, product).and_then(|product| product.text("name")).unwrap_or("Product").to_owned();
        match (line.proration, line.amount < 0) {
            (true, true) => format!("Unused time on {name}"),
            (true, false) => format!("Remaining time on {name}"),
            (false, _) => format!("{} × {name} (at {})", line.quantity, price_words(line.price)),
        }
    }

    /// One full-period line per item of a subscription.
    pub(crate) fn item_lines(&mut self, subscription: &Value) -> Vec<Value> {
        let mut lines = Vec::new();
        for item in subscription["items"].list("data") {
            let price = self.copy(Kind::Price, item.id_at("price").unwrap_or_default());
            let quantity = item.int("quantity").unwrap_or(1);
            let period = (item.int("current_period_start").unwrap_or(0), item.int("current_period_end").unwrap_or(0));
            let trial = subscription.text("status") == Some("trialing");
            let amount = if trial { 0 } else { unit_amount(&price) * quantity };
            lines.push(self.line(&Line {
                subscription,
                item: Some(item.id()),
                price: &price,
                quantity,
                amount,
                period,
                proration: false,
            }));
        }
        lines
    }
}

/// The price of one piece in minor units.
pub(crate) fn unit_amount(price: &Value) -> i64 {
    price.int("unit_amount").unwrap_or(0)
}

/// For example `9.99 EUR / month`.
pub(crate) fn price_words(price: &Value) -> String {
    let amount = super::super::pages::money(unit_amount(price), price.text("currency").unwrap_or_default());
    match (price["recurring"].text("interval"), price["recurring"].int("interval_count")) {
        (Some(interval), Some(count)) if count > 1 => format!("{amount} every {count} {interval}s"),
        (Some(interval), _) => format!("{amount} / {interval}"),
        (None, _) => amount,
    }
}
