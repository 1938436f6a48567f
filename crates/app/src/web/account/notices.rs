//! Telling owners of accounts what was done to them.

use crate::app::App;
use crate::mail::{self, Notice};
use crate::web::account::device::Client;
use domain::ids::AccountId;
use serde_json::json;
use store::{Db, StoreError, audit};

/// Writes a notice and a line of the audit log, in the transaction of what they tell; one mail for each cause.
pub(in crate::web) async fn tell(
    app: &App,
    db: &mut Db,
    client: &Client,
    account: &AccountId,
    what: Notice,
    cause: &str,
) -> Result<(), StoreError> {
    let id = account.as_str();
    audit::record(&mut *db, &app.id(), id, what.key(), id, &json!({}), app.now()).await?;
    let place = (client.words(), client.address.0.to_string());
    mail::security_notice(app, db, account, what, place, cause).await
}
