//! Passkeys: made on the security page, used as a full sign-in, as a second factor, and to confirm. What the browser's script sends
//! and gets is JSON; the rules of the ceremony are webauthn-rs's.

use crate::app::App;
use crate::mail::Notice;
use crate::texts::t;
use crate::web::account::device::Client;
use crate::web::account::flow::AccountError;
use crate::web::account::{factors, notices};
use crate::web::errors::Public;
use crate::web::secrets;
use anyhow::Context;
use domain::ids::{AccountId, Id, PasskeyId};
use http::StatusCode;
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::accounts::Account;
use store::factors::{Ceremony, StoredPasskey};
use store::{StoreError, accounts, factors as rows};
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// Passkeys that one account may have.
const MOST: usize = 20;
/// How long a ceremony may take.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// What the browser is asked, and what it sends back with the answer.
#[derive(Serialize)]
pub(super) struct Asked {
    /// Names the ceremony.
    pub(super) ceremony: String,
    /// For `navigator.credentials`.
    pub(super) options: Value,
}

/// What the browser answers.
#[derive(Deserialize)]
pub(super) struct Answered {
    /// Names the ceremony.
    pub(super) ceremony: String,
    /// From `navigator.credentials`.
    pub(super) credential: Value,
    /// What a new passkey is called.
    #[serde(default)]
    pub(super) name: String,
}

/// Why a ceremony came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum PasskeyError {
    /// The address of the site has no name that passkeys could belong to.
    #[error("passkeys need a site with a name")]
    NotHere,
    /// The browser's answer does not fit: too late, twice, for another site, or not of a passkey that we know.
    #[error("the passkey was not accepted: {0}")]
    NotAccepted(String),
    /// The account has as many as it may have.
    #[error("the account has too many passkeys")]
    TooMany,
    /// The passkey is somebody's already.
    #[error("the passkey is known already")]
    Known,
    /// Something of ours failed.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<StoreError> for PasskeyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken { .. } => Self::Known,
            other => Self::Other(other.into()),
        }
    }
}

impl PasskeyError {
    pub(super) fn public(&self) -> Public {
        let refused = |code, title, text| Public::new(StatusCode::UNPROCESSABLE_ENTITY, code, t(title), t(text));
        match self {
            Self::NotHere => refused("passkeys_off", "error-passkeys-off", "error-passkeys-off-text"),
            Self::NotAccepted(why) => {
                tracing::info!("A passkey was not accepted: {why}");
                refused("passkey_refused", "error-passkey-refused", "error-passkey-refused-text")
            }
            Self::TooMany => refused("too_many_passkeys", "error-passkeys-many", "error-passkeys-many-text"),
            Self::Known => refused("passkey_known", "error-passkey-known", "error-passkey-known-text"),
            Self::Other(error) => Public::broken(&format!("{error:#}")),
        }
    }
}

/// Whether the site has an address that passkeys can belong to: a name, not a number.
pub(super) fn are_possible(app: &App) -> bool {
    app.config.site.url.domain().is_some()
}

fn rules(app: &App) -> Result<Webauthn, PasskeyError> {
    let site = &app.config.site;
    let name = site.url.domain().ok_or(PasskeyError::NotHere)?;
    let builder = WebauthnBuilder::new(name, &site.url).context("the site's address does not suit passkeys")?;
    Ok(builder.rp_name(&site.name).build().context("the rules of passkeys cannot be made")?)
}

fn refused(error: impl std::fmt::Display) -> PasskeyError {
    PasskeyError::NotAccepted(error.to_string())
}

async fn begin<S: Serialize>(
    app: &App,
    kind: Ceremony,
    account: Option<&AccountId>,
    state: &S,
    options: Value,
) -> Result<Asked, PasskeyError> {
    let ceremony = secrets::fresh(app);
    let state = serde_json::to_string(state).context("the ceremony cannot be written down")?;
    let mut tx = app.store.begin().await?;
    let id = secrets::sha256_hex(ceremony.as_bytes());
    rows::begin_ceremony(&mut tx, &id, kind, account, &state, app.now() + PATIENCE).await?;
    tx.commit().await?;
    Ok(Asked { ceremony, options })
}

/// Takes the ceremony up again, once.
async fn finish<S: DeserializeOwned>(
    app: &App,
    kind: Ceremony,
    account: Option<&AccountId>,
    ceremony: &str,
) -> Result<S, PasskeyError> {
    let id = secrets::sha256_hex(ceremony.as_bytes());
    let mut tx = app.store.begin().await?;
    let state = rows::take_ceremony(&mut tx, &id, kind, account, app.now()).await?;
    tx.commit().await?;
    let state = state.ok_or_else(|| refused("there is no such ceremony, or it is over"))?;
    Ok(serde_json::from_str(&state).context("a ceremony makes no sense")?)
}

/// Begins to make a passkey.
pub(super) async fn begin_registration(app: &App, account: &Account) -> Result<Asked, PasskeyError> {
    let known = rows::list_passkeys(&mut *app.store.read().await?, &account.id).await?;
    if known.len() >= MOST {
        return Err(PasskeyError::TooMany);
    }
    let known =
        known.iter().map(|passkey| Ok(read(passkey)?.cred_id().clone())).collect::<Result<Vec<_>, PasskeyError>>()?;
    let uuid = Uuid::parse_str(account.id.suffix()).context("an account's id is no uuid")?;
    let (options, state) = rules(app)?
        .start_passkey_registration(uuid, &account.email, &account.display_name, Some(known))
        .map_err(refused)?;
    let mut options = serde_json::to_value(options).context("the options cannot be written")?;
    // Found by the browser without a name typed first: a passkey alone signs in.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = "required".into();
    options["publicKey"]["authenticatorSelection"]["requireResidentKey"] = true.into();
    begin(app, Ceremony::Register, Some(&account.id), &state, options).await
}

/// Keeps a new passkey. Returns recovery codes if these are the first ones.
pub(super) async fn finish_registration(
    app: &App,
    client: &Client,
    account: &Account,
    answer: Answered,
) -> Result<Option<Vec<String>>, PasskeyError> {
    let state: PasskeyRegistration = finish(app, Ceremony::Register, Some(&account.id), &answer.ceremony).await?;
    let credential: RegisterPublicKeyCredential = serde_json::from_value(answer.credential).map_err(refused)?;
    let passkey = rules(app)?.finish_passkey_registration(&credential, &state).map_err(refused)?;
    let name: String = answer.name.trim().chars().filter(|c| !c.is_control()).take(60).collect();
    let id: PasskeyId = app.id();
    let row = StoredPasskey {
        id: id.clone(),
        account: account.id.clone(),
        credential_id: hex::encode(passkey.cred_id()),
        credential: write(&passkey)?,
        name: if name.is_empty() { client.words() } else { name },
        created_at: app.now(),
        used_at: None,
    };
    let mut tx = app.store.begin().await?;
    rows::save_passkey(&mut tx, &row).await?;
    notices::tell(app, &mut tx, client, &account.id, Notice::PasskeyAdded, id.as_str()).await?;
    let codes = factors::first_recovery_codes(app, &mut tx, &account.id).await;
    let codes = codes.map_err(|error| PasskeyError::Other(error.into()))?;
    tx.commit().await?;
    app.nudge();
    Ok(codes)
}

/// Begins a sign-in with a passkey alone; the browser finds out which one.
pub(super) async fn begin_sign_in(app: &App) -> Result<Asked, PasskeyError> {
    let (mut options, state) = rules(app)?.start_discoverable_authentication().map_err(refused)?;
    // The person pressed a button; nothing is filled in by itself.
    options.mediation = None;
    let options = serde_json::to_value(options).context("the options cannot be written")?;
    begin(app, Ceremony::SignIn, None, &state, options).await
}

/// Whose passkey it is, if it is good.
pub(super) async fn finish_sign_in(app: &App, answer: Answered) -> Result<Account, PasskeyError> {
    let state: DiscoverableAuthentication = finish(app, Ceremony::SignIn, None, &answer.ceremony).await?;
    let credential: PublicKeyCredential = serde_json::from_value(answer.credential).map_err(refused)?;
    let rules = rules(app)?;
    let (uuid, id) = rules.identify_discoverable_authentication(&credential).map_err(refused)?;
    let found = rows::find_passkey(&mut *app.store.read().await?, &hex::encode(id)).await?;
    let stored = found.ok_or_else(|| refused("nobody has this passkey"))?;
    if stored.account != AccountId::from_uuid(uuid) {
        return Err(refused("the passkey is somebody else's"));
    }
    let passkey = read(&stored)?;
    let result = rules.finish_discoverable_authentication_v2(&credential, state, &passkey).map_err(refused)?;
    used(app, &stored, passkey, &result).await?;
    let account = accounts::find(&mut *app.store.read().await?, &stored.account).await?;
    account.filter(|account| account.email_verified_at.is_some()).ok_or_else(|| refused("the account is gone"))
}

/// Begins to let somebody who is known prove themselves.
pub(super) async fn begin_proof(app: &App, account: &AccountId) -> Result<Asked, PasskeyError> {
    let known = rows::list_passkeys(&mut *app.store.read().await?, account).await?;
    let known = known.iter().map(read).collect::<Result<Vec<Passkey>, _>>()?;
    let (options, state) = rules(app)?.start_passkey_authentication(&known).map_err(refused)?;
    let options = serde_json::to_value(options).context("the options cannot be written")?;
    begin(app, Ceremony::Prove, Some(account), &state, options).await
}

/// Whether somebody who is known proved themselves.
pub(super) async fn finish_proof(app: &App, account: &AccountId, answer: Answered) -> Result<(), PasskeyError> {
    let state: PasskeyAuthentication = finish(app, Ceremony::Prove, Some(account), &answer.ceremony).await?;
    let credential: PublicKeyCredential = serde_json::from_value(answer.credential).map_err(refused)?;
    let result = rules(app)?.finish_passkey_authentication(&credential, &state).map_err(refused)?;
    let found = rows::find_passkey(&mut *app.store.read().await?, &hex::encode(result.cred_id())).await?;
    let stored = found.filter(|stored| stored.account == *account).ok_or_else(|| refused("the passkey is gone"))?;
    let passkey = read(&stored)?;
    used(app, &stored, passkey, &result).await
}

/// Writes the counter of a passkey down; one that did not grow may be a copy's.
async fn used(
    app: &App,
    stored: &StoredPasskey,
    mut passkey: Passkey,
    result: &AuthenticationResult,
) -> Result<(), PasskeyError> {
    if !result.user_verified() {
        return Err(refused("the device did not check who holds it"));
    }
    passkey.update_credential(result);
    let mut tx = app.store.begin().await?;
    if !rows::use_passkey(&mut tx, &stored.id, &write(&passkey)?, app.now()).await? {
        return Err(refused("the passkey was removed at this moment"));
    }
    Ok(tx.commit().await?)
}

/// Forgets a passkey of an account.
///
/// # Errors
/// [`AccountError::LastFactor`] for staff who have nothing else.
pub(super) async fn remove(app: &App, client: &Client, account: &Account, id: &PasskeyId) -> Result<(), AccountError> {
    let mut tx = app.store.begin().await?;
    // One removal after the other: two at once must not each count on the factor that the other takes away.
    accounts::lock(&mut tx, &account.id).await?;
    if rows::remove_passkey(&mut tx, &account.id, id).await? {
        factors::after_removal(app, &mut tx, account).await?;
        notices::tell(app, &mut tx, client, &account.id, Notice::PasskeyRemoved, id.as_str()).await?;
    }
    tx.commit().await?;
    app.nudge();
    Ok(())
}

fn read(stored: &StoredPasskey) -> Result<Passkey, PasskeyError> {
    Ok(serde_json::from_str(&stored.credential).context("a stored passkey makes no sense")?)
}

fn write(passkey: &Passkey) -> Result<String, PasskeyError> {
    Ok(serde_json::to_string(passkey).context("a passkey cannot be written down")?)
}
