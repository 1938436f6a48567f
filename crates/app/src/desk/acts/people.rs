//! Customers' logins: at the panel, which is asked before anything is written; and here, where a second factor was lost.

use super::{ActError, Looked, Step, not, plan};
use crate::app::App;
use crate::mail::{self, Notice};
use crate::texts::{self, t};
use crate::work::provision::{find_login, find_vouched_for, may_be_linked, user_number};
use anyhow::Context;
use domain::ids::AccountId;
use panel::{AccountKey, PanelError, PanelUser};
use serde_json::json;
use store::{Db, Tx, accounts, api_keys, factors, sessions};

/// What the panel says.
pub(super) enum Seen {
    /// The login that is the customer's: number and name.
    Login(i64, String),
    /// An operator vouches for this one, and it may be linked.
    Named(PanelUser),
    /// There is none with the customer's mark, and none with the address.
    Nothing,
    /// There is none with the customer's mark, and this one has the address.
    InTheWay(PanelUser),
    /// It is an administrator's, to whom nothing is sold.
    Admin,
}

/// Asks the panel. Only what is `meant` links a login that somebody named.
pub(super) async fn ask(app: &App, account: &AccountId, named: Option<u64>, meant: bool) -> Result<Seen, ActError> {
    let account = accounts::find(&mut *app.store.read().await?, account).await?.ok_or(ActError::Missing)?;
    let key = AccountKey::new(&app.installation.prefix, &account.id).context("cannot name the login")?;
    let found = app.panel.find_account(&key).await.context("the panel did not show the login");
    let found = found.map_err(ActError::Outside)?;
    Ok(match (found, named) {
        (Some(user), _) if user.admin => Seen::Admin,
        (Some(user), _) => Seen::Login(user_number(user.id), user.username),
        (None, None) => {
            let found = app.panel.find_accounts_by_email(&account.email).await.context("the panel did not show logins");
            found.map_err(ActError::Outside)?.into_iter().next().map_or(Seen::Nothing, Seen::InTheWay)
        }
        (None, Some(number)) if !meant => Seen::Named(find_vouched_for(app, &account, number).await.map_err(refused)?),
        (None, Some(_)) => {
            let (number, username) = find_login(app, &account, named).await.map_err(refused)?;
            Seen::Login(number, username)
        }
    })
}

/// A login that may not be linked is a mistake of whoever named it; a panel that does not answer is not.
fn refused(error: anyhow::Error) -> ActError {
    match error.downcast_ref::<PanelError>() {
        Some(_) => ActError::Outside(error),
        None => ActError::Typed(format!("{error:#}")),
    }
}

pub(super) async fn sync_panel(db: &mut Db, id: &AccountId, seen: Option<Seen>) -> Result<Looked, ActError> {
    let account = accounts::find(db, id).await?.ok_or(ActError::Missing)?;
    let (number, username) = match seen {
        None | Some(Seen::Nothing) => return not("act-sync-nothing"),
        Some(Seen::Admin) => return not("act-sync-admin"),
        Some(Seen::InTheWay(user)) => {
            let what = if may_be_linked(&user) { "act-sync-in-the-way" } else { "act-sync-in-the-way-of-others" };
            let values = [("username", user.username.into()), ("number", user_number(user.id).to_string().into())];
            return Ok(Looked::Not(texts::with(what, &values)));
        }
        Some(Seen::Named(PanelUser { id, username, .. })) => {
            let number = user_number(id);
            let values = [("username", username.as_str().into()), ("number", number.to_string().into())];
            let says = vec![texts::with("act-sync-named", &values), t("act-sync-next").into_owned()];
            let step = Step::LinkLogin { account: account.id.clone(), number, username };
            return plan(says, account.id.to_string(), json!({}), step);
        }
        Some(Seen::Login(number, username)) => (number, username),
    };
    let values = [("username", username.as_str().into()), ("number", number.to_string().into())];
    if account.panel_user == Some(number) && account.panel_username.as_deref() == Some(username.as_str()) {
        return Ok(Looked::Not(texts::with("act-sync-same", &values)));
    }
    let says = vec![texts::with("act-sync-what", &values), t("act-sync-next").into_owned()];
    let step = Step::LinkLogin { account: id.clone(), number, username };
    plan(says, id.to_string(), json!({"panel_user": number}), step)
}

pub(super) async fn remove_factors(db: &mut Db, id: &AccountId) -> Result<Looked, ActError> {
    let account = accounts::find(db, id).await?.ok_or(ActError::Missing)?;
    if account.role.is_staff() {
        return not("act-remove-factors-staff");
    }
    let there = factors::of(db, id).await?;
    if !there.any() {
        return not("act-remove-factors-none");
    }
    let values = [("app", i64::from(there.totp).into()), ("passkeys", there.passkeys.into())];
    let whose = [("name", account.display_name.as_str().into()), ("email", account.email.as_str().into())];
    let mut says =
        vec![texts::with("act-remove-factors-whose", &whose), texts::with("act-remove-factors-what", &values)];
    says.extend(["act-remove-factors-sessions", "act-remove-factors-letter"].map(|key| t(key).into_owned()));
    let detail = json!({"app": there.totp, "passkeys": there.passkeys});
    plan(says, id.to_string(), detail, Step::RemoveFactors(id.clone()))
}

/// `false` when the account became staff's, or somebody was faster.
pub(super) async fn forget_factors(app: &App, tx: &mut Tx, id: &AccountId) -> Result<bool, ActError> {
    let locked = accounts::lock(tx, id).await?.filter(|account| !account.role.is_staff());
    if locked.is_none() || !factors::remove_all(tx, id).await? {
        return Ok(false);
    }
    // Whoever talked their way in keeps nothing that they had before.
    sessions::revoke_all(tx, id, app.now()).await?;
    api_keys::revoke_all(tx, id, app.now()).await?;
    let cause = format!("factors:{}", app.now().as_microsecond());
    mail::security_notice(app, tx, id, Notice::FactorsRemoved, Default::default(), &cause).await?;
    Ok(true)
}
