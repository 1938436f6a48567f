//! Telling owners of accounts what was done to them.

use crate::app::App;
use crate::mail::{self, Notice};
use crate::web::account::device::Client;
use domain::ids::AccountId;
use store::{Db, StoreError};

/// Writes a notice, in the transaction of what it tells; once for each cause.
pub(in crate::web) async fn tell(
    app: &App,
    db: &mut Db,
    client: &Client,
    account: &AccountId,
    what: Notice,
    cause: &str,
) -> Result<(), StoreError> {
    let place = (client.words(), client.address.0.to_string());
    mail::security_notice(app, db, account, what, place, cause).await
}
