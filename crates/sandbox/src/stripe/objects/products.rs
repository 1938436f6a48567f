//! Products.

use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::json::{Read, copy_given, fresh_metadata, merge_metadata};
use super::super::list::matches;
use super::super::state::{Kind, State};
use super::{Call, Outcome, prices};

const PLAIN: [&str; 11] = [
    "active",
    "description",
    "images",
    "marketing_features",
    "name",
    "package_dimensions",
    "shippable",
    "statement_descriptor",
    "tax_code",
    "unit_label",
    "url",
];

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    if let Some(id) = params.text("id").filter(|id| state.find(Kind::Product, id).is_some()) {
        return Err(ApiError::invalid(format!("Product already exists: '{id}'"))
            .code("resource_already_exists")
            .param("id"));
    }
    let default_price = params.get("default_price_data").map(prices::check_amount).transpose()?;
    let product = make(state, params);
    let id = product.id().to_owned();
    if default_price.is_some() {
        let mut price = params["default_price_data"].clone();
        price["product"] = json!(id);
        let price = prices::make(state, &price);
        state.edit(Kind::Product, &id, |product| product["default_price"] = price["id"].clone());
    }
    state.emit("product.created", Kind::Product, &id, None);
    Ok(state.render(Kind::Product, &id))
}

/// Keeps a product without announcing it.
pub(super) fn make(state: &mut State, params: &Value) -> Value {
    let id = params.text("id").map_or_else(|| state.mint(Kind::Product), str::to_owned);
    let mut product = json!({
        "id": id, "active": true, "created": state.now, "updated": state.now, "images": [], "marketing_features": [],
        "metadata": fresh_metadata(params), "type": params.text("type").unwrap_or("service"), "default_price": null,
        "statement_descriptor": null, "tax_code": null, "unit_label": null,
    });
    copy_given(&mut product, params, &PLAIN);
    state.insert(Kind::Product, product)
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.load(Kind::Product, call.id, None)?;
    if let Some(price) = params.text("default_price") {
        let known = state.load(Kind::Price, price, Some("default_price"))?;
        if known.text("product") != Some(call.id) {
            return Err(ApiError::invalid("The price belongs to another product").param("default_price"));
        }
    }
    let now = state.now;
    Ok(state.announce(Kind::Product, call.id, "product.updated", |product| {
        copy_given(product, params, &PLAIN);
        copy_given(product, params, &["default_price"]);
        merge_metadata(product, params);
        product["updated"] = json!(now);
    }))
}

pub(super) fn list(state: &State, call: &Call<'_>) -> Outcome {
    let params = call.params;
    state.page(Kind::Product, params, call.path, |product| {
        let ids = params.list("ids");
        matches(product, params, "active")
            && matches(product, params, "type")
            && matches(product, params, "url")
            && matches(product, params, "shippable")
            && (ids.is_empty() || ids.contains(&product["id"]))
    })
}
