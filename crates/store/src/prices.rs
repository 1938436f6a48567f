//! The prices that `givr catalogue apply` made at Stripe.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::money::Money;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A price at Stripe under our name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripePrice {
    /// Our name: plan or add-on, and term.
    pub lookup_key: String,
    /// Stripe's id.
    pub price_id: String,
    /// Stripe's id of the product.
    pub product_id: String,
    /// What it costs.
    pub amount: Money,
    /// For how many months.
    pub months: i64,
}

/// Remembers a price under its lookup key.
pub async fn save(db: &mut Db, price: &StripePrice, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into stripe_prices (lookup_key, price_id, product_id, amount, currency, months, applied_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (lookup_key) do update set price_id = excluded.price_id, product_id = excluded.product_id,
             amount = excluded.amount, currency = excluded.currency, months = excluded.months,
             applied_at = excluded.applied_at",
    )
    .bind(&price.lookup_key)
    .bind(&price.price_id)
    .bind(&price.product_id)
    .bind(price.amount.minor)
    .bind(price.amount.currency.code())
    .bind(price.months)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// All prices, by lookup key.
pub async fn list(db: &mut Db) -> Result<Vec<StripePrice>> {
    let rows = sqlx::query("select * from stripe_prices order by lookup_key limit 10000").fetch_all(db).await?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<StripePrice> {
    Ok(StripePrice {
        lookup_key: row.text("lookup_key")?,
        price_id: row.text("price_id")?,
        product_id: row.text("product_id")?,
        amount: row.money()?,
        months: row.int("months")?,
    })
}
