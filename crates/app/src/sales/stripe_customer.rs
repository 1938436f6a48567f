//! The customer at Stripe, made once per account.

use crate::app::App;
use crate::sales::checkout::CheckoutError;
use billing::{Customer, CustomerParams};
use std::collections::BTreeMap;
use store::accounts::{self, Account};

/// What a customer at Stripe says about us.
const INSTALLATION: &str = "installation";
/// What it says about the account.
const ACCOUNT: &str = "account_id";

/// Its id; it is made if there is none.
///
/// # Errors
/// Stripe or the database did not answer.
pub(super) async fn ensure(app: &App, account: &Account) -> Result<String, CheckoutError> {
    if let Some(customer) = &account.stripe_customer {
        return Ok(customer.clone());
    }
    let params = CustomerParams {
        email: Some(account.email.clone()),
        name: Some(account.display_name.clone()),
        metadata: BTreeMap::from([
            (INSTALLATION.to_owned(), app.installation.id.clone()),
            (ACCOUNT.to_owned(), account.id.to_string()),
        ]),
    };
    let key = format!("cus:{}:{}", account.id, account.stripe_customers);
    let made = match app.stripe.create_customer(&params, &key).await {
        Ok(made) => made,
        Err(error) if error.spends_the_key() => match find(app, account).await? {
            Some(made) => made,
            None => {
                // Stripe would answer this key with the same failure for a day: the next try takes another one.
                let mut tx = app.store.begin().await?;
                accounts::count_stripe_customer(&mut tx, &account.id, account.stripe_customers).await?;
                tx.commit().await?;
                return Err(error.into());
            }
        },
        Err(error) => return Err(error.into()),
    };
    let mut tx = app.store.begin().await?;
    let customer = accounts::set_stripe_customer(&mut tx, &account.id, &made.id).await?;
    tx.commit().await?;
    Ok(customer)
}

/// The customer that Stripe made for an account without our hearing of it.
async fn find(app: &App, account: &Account) -> Result<Option<Customer>, CheckoutError> {
    let ours = |customer: &Customer| {
        let says = |key: &str, value: &str| customer.metadata.get(key).is_some_and(|said| said == value);
        says(INSTALLATION, &app.installation.id) && says(ACCOUNT, account.id.as_str())
    };
    Ok(app.stripe.list_customers(&account.email).await?.into_iter().find(ours))
}
