//! Selling: what is on offer, opening a payment page, holding capacity, and what happens when the money arrives. Pages, the API
//! and the reconcilers all come here, so that each has the same outcome.

pub mod belongs;
pub mod cancel;
pub mod cart;
pub mod checkout;
pub mod evidence;
pub mod offer;
pub mod place;
pub mod price_list;
pub mod room;
pub mod settle;
mod stripe_customer;
