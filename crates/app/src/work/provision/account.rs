//! The customer's login at the panel: found by external id, made once, never taken over from somebody else (S12).

use super::{Delivery, Done};
use crate::alerts::{self, Rule};
use crate::app::App;
use anyhow::Context;
use domain::ids::AccountId;
use domain::timeline::Happening;
use panel::accounts::username;
use panel::{AccountKey, NewPanelAccount, PanelError, PanelUser};
use store::accounts::{self, Account};
use store::timeline;

impl Delivery<'_> {
    pub(super) async fn ensure_account(&mut self) -> anyhow::Result<Done> {
        let key = AccountKey::new(&self.app.installation.prefix, &self.account.id)?;
        match self.app.panel.find_account(&key).await {
            Ok(Some(user)) => return self.remember(&user).await,
            Ok(None) => {}
            Err(error) => return self.account_later(&error),
        }
        let new = NewPanelAccount {
            key: key.clone(),
            email: self.account.email.clone(),
            username: username(&self.account.email, &self.app.random.word(6)),
            first_name: self.account.display_name.clone(),
            last_name: "Customer".to_owned(),
        };
        match self.app.panel.create_account(&new).await {
            Ok(user) => self.remember(&user).await,
            Err(error) if error.is_taken("email") => self.address_is_taken(&key).await,
            Err(error) => self.account_later(&error),
        }
    }

    /// Somebody at the panel has the address. That may be the customer from an earlier time; but only a login that we made, or that
    /// an operator vouches for, owns what the customer buys (S12).
    async fn address_is_taken(&mut self, key: &AccountKey) -> anyhow::Result<Done> {
        let found = match self.app.panel.find_accounts_by_email(&self.account.email).await {
            Ok(found) => found,
            Err(error) => return self.account_later(&error),
        };
        // Made by an earlier try of ours whose answer was lost.
        if let Some(ours) = found.iter().find(|user| user.external_id.as_deref() == Some(key.as_str())) {
            return self.remember(&ours.clone()).await;
        }
        let text = clash(&self.account.id, &found);
        alerts::raise_alone(self.app, Rule::AccountClash, self.account.id.as_str(), &text).await;
        Ok(Done::Wait(super::retry_at(self.app.now(), 3)))
    }

    async fn remember(&mut self, user: &PanelUser) -> anyhow::Result<Done> {
        if user.admin {
            let text =
                format!("The panel login of account {} is an administrator's: nothing is sold to it.", self.account.id);
            alerts::raise_alone(self.app, Rule::AccountClash, self.account.id.as_str(), &text).await;
            return Ok(Done::Wait(super::retry_at(self.app.now(), 3)));
        }
        let now = self.app.now();
        let mut tx = self.app.store.begin().await?;
        accounts::set_panel_user(&mut tx, &self.account.id, super::spec::user_number(user.id), &user.username).await?;
        let happening = Happening::AccountReady { username: user.username.clone() };
        timeline::add(&mut tx, &self.app.id(), &self.service.order, &happening, now).await?;
        alerts::clear(self.app, &mut tx, Rule::AccountClash, self.account.id.as_str()).await?;
        tx.commit().await?;
        Ok(Done::GoOn)
    }

    fn account_later(&mut self, error: &PanelError) -> anyhow::Result<Done> {
        Ok(Done::Wait(self.after(error)))
    }
}

/// Whether an operator may vouch for a login.
pub(crate) fn may_be_linked(user: &PanelUser) -> bool {
    !user.admin && user.external_id.is_none()
}

/// What a person is told about logins that have a customer's address and not their mark.
fn clash(account: &AccountId, found: &[PanelUser]) -> String {
    if found.is_empty() {
        return format!(
            "The panel says that a login has the address of account {account} already, and shows none. Until it does the order waits, and at \
             last its money goes back."
        );
    }
    let one = |user: &PanelUser| {
        let what = match (user.admin, &user.external_id) {
            (true, _) => ", which administers the panel",
            (false, Some(_)) => ", which has somebody else's external id",
            (false, None) => "",
        };
        format!("{}, number {}{what}", user.username, user.id.get())
    };
    let logins = found.iter().map(one).collect::<Vec<_>>().join("; ");
    let link = match found {
        [user] if may_be_linked(user) => format!(
            "If it is the customer's, link it with `givr customer sync-panel {account} --panel-user {}`; if not, change its address",
            user.id.get()
        ),
        _ => "Change its address".to_owned(),
    };
    format!(
        "A panel login has the address of account {account} already ({logins}). {link} at the panel. Until then the order waits, and \
         at last its money goes back."
    )
}

/// The login at the panel that is an account's: number and name. `named` is one that an operator vouches for.
///
/// # Errors
/// There is none, or it belongs to somebody else or to an administrator; the text says which.
pub async fn find_login(app: &App, account: &Account, named: Option<u64>) -> anyhow::Result<(i64, String)> {
    let key = AccountKey::new(&app.installation.prefix, &account.id)?;
    if let Some(user) = app.panel.find_account(&key).await? {
        anyhow::ensure!(!user.admin, "the login with the customer's external id is an administrator's");
        return Ok((super::spec::user_number(user.id), user.username));
    }
    let named = named.context("the panel has no login with the customer's external id")?;
    let user = find_vouched_for(app, account, named).await?;
    let user = app.panel.link_account(&user, &key).await?;
    Ok((super::spec::user_number(user.id), user.username))
}

/// The login with this number, if it may become an account's.
///
/// # Errors
/// The panel has none with the customer's address, or it is another customer's or an administrator's; the text says which.
pub(crate) async fn find_vouched_for(app: &App, account: &Account, number: u64) -> anyhow::Result<PanelUser> {
    let found = app.panel.find_accounts_by_email(&account.email).await?;
    let user = found.into_iter().find(|user| user.id.get() == number);
    let user =
        user.with_context(|| format!("no login of the panel with number {number} has the customer's address"))?;
    anyhow::ensure!(!user.admin, "login {number}, {}, administers the panel", user.username);
    anyhow::ensure!(user.external_id.is_none(), "login {number}, {}, belongs to another customer", user.username);
    Ok(user)
}
