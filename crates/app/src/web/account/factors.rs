//! Second factors that are typed: the codes of an app, and recovery codes.

use crate::app::App;
use crate::mail::{self, Notice};
use crate::web::account::device::Client;
use crate::web::account::flow::AccountError;
use crate::web::account::notices;
use crate::web::secrets;
use crate::web::throttle::{self, Try};
use anyhow::Context;
use domain::ids::AccountId;
use jiff::SignedDuration;
use qrcode::QrCode;
use qrcode::render::svg;
use store::accounts::Account;
use store::{Db, accounts, factors};
use totp_rs::{Builder, Totp};

/// How long a secret is offered to an app.
const OFFERED: SignedDuration = SignedDuration::from_mins(15);
/// Recovery codes that are made at a time.
const RECOVERY_CODES: usize = 10;

/// What an app needs to show codes.
pub(super) struct Offered {
    /// For typing, in groups of four.
    pub(super) secret: String,
    /// For the phone's camera: a picture as an address.
    pub(super) picture: String,
}

fn place(account: &AccountId) -> String {
    format!("totp:{account}")
}

/// Source: RFC 6238; six digits, 30 seconds, one step of tolerance to either side. Apps know nothing else.
fn totp(app: &App, account: &Account, secret: Vec<u8>) -> anyhow::Result<Totp> {
    // A colon separates the two names in what the app reads.
    let plain = |text: &str| text.replace(':', " ");
    let builder = Builder::new().with_secret(secret).with_account_name(plain(&account.email));
    builder.with_issuer(Some(plain(&app.config.site.name))).build().context("the app's secret cannot be used")
}

/// What an app needs for the secret that is offered to it; `None` when none is.
pub(super) async fn offer(app: &App, account: &Account) -> Result<Option<Offered>, AccountError> {
    let known = factors::find_totp(&mut *app.store.read().await?, &account.id).await?;
    let secret = match known {
        Some(known) if known.confirmed => return Ok(None),
        Some(known) => app.vault.unseal_fresh(&app.store, &place(&account.id), &known.sealed, app.now()).await,
        None => return Ok(None),
    };
    let totp = totp(app, account, secret.map_err(anyhow::Error::from)?)?;
    let address = totp.to_url().context("the app's address cannot be made")?;
    let code = QrCode::new(address.as_bytes()).context("the picture cannot be made")?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
    let encoded: String = percent(&picture);
    let letters: Vec<char> = totp.secret().to_base32().chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(Some(Offered { secret: groups.join(" "), picture: format!("data:image/svg+xml,{encoded}") }))
}

fn percent(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Makes a secret for an app that is to be set up, unless one waits for its first code since a moment ago.
pub(in crate::web) async fn prepare(app: &App, account: &AccountId) -> Result<(), AccountError> {
    let sealed = app.vault.seal(&app.random, &place(account), &app.random.bytes::<20>());
    let now = app.now();
    let mut tx = app.store.begin().await?;
    factors::offer_totp(&mut tx, account, &sealed, now, now - OFFERED).await?;
    Ok(tx.commit().await?)
}

/// The same for an account without any second factor: staff at their first sign-in.
pub(super) async fn prepare_if_none(app: &App, account: &AccountId) -> Result<(), AccountError> {
    match factors::of(&mut *app.store.read().await?, account).await?.any() {
        true => Ok(()),
        false => prepare(app, account).await,
    }
}

/// Switches an app on by its first code. Returns recovery codes if these are the first ones.
///
/// # Errors
/// [`AccountError::WrongFactor`], or there were too many tries.
pub(super) async fn confirm(
    app: &App,
    client: &Client,
    account: &Account,
    code: &str,
) -> Result<Option<Vec<String>>, AccountError> {
    count(app, client, &account.id).await?;
    let (sealed, step) = right_step(app, account, code, false).await?.ok_or(AccountError::WrongFactor)?;
    let mut tx = app.store.begin().await?;
    if !factors::use_step(&mut tx, &account.id, &sealed, step, app.now()).await? {
        return Err(AccountError::WrongFactor);
    }
    throttle::forget(&mut tx, client, Try::Factor { account: &account.id }).await?;
    notices::tell(app, &mut tx, client, &account.id, Notice::AppAdded, &format!("app:{step}")).await?;
    let codes = first_recovery_codes(app, &mut tx, &account.id).await?;
    tx.commit().await?;
    app.nudge();
    Ok(codes)
}

/// The sealed secret and the step whose code this is, if it is one of now. `confirmed` says which kind of app counts.
async fn right_step(
    app: &App,
    account: &Account,
    code: &str,
    confirmed: bool,
) -> Result<Option<(String, i64)>, AccountError> {
    let known = factors::find_totp(&mut *app.store.read().await?, &account.id).await?;
    let Some(known) = known.filter(|known| known.confirmed == confirmed) else { return Ok(None) };
    let secret = app.vault.unseal_fresh(&app.store, &place(&account.id), &known.sealed, app.now()).await;
    let totp = totp(app, account, secret.map_err(anyhow::Error::from)?)?;
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let now = u64::try_from(app.now().as_second()).unwrap_or_default();
    let step = totp.check(&digits, now).and_then(|step| i64::try_from(step).ok());
    Ok(step.map(|step| (known.sealed, step)))
}

/// Checks a code of the app or a recovery code; each counts once.
///
/// # Errors
/// [`AccountError::WrongFactor`], or there were too many tries.
pub(in crate::web) async fn check(
    app: &App,
    client: &Client,
    account: &Account,
    code: &str,
) -> Result<(), AccountError> {
    count(app, client, &account.id).await?;
    // If the app's secret cannot be opened, the recovery codes still help.
    let step = right_step(app, account, code, true).await.unwrap_or_else(|error| {
        tracing::error!(account.id = %account.id, "The app of account {} cannot be asked: {error}", account.id);
        None
    });
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let right = match step {
        Some((sealed, step)) => factors::use_step(&mut tx, &account.id, &sealed, step, now).await?,
        None => {
            let hash = recovery_hash(&account.id, code);
            let used = factors::use_recovery_code(&mut tx, &account.id, &hash, now).await?;
            if used {
                notices::tell(app, &mut tx, client, &account.id, Notice::RecoveryCodeUsed, &hash).await?;
            }
            used
        }
    };
    if !right {
        return Err(AccountError::WrongFactor);
    }
    throttle::forget(&mut tx, client, Try::Factor { account: &account.id }).await?;
    tx.commit().await?;
    app.nudge();
    Ok(())
}

async fn count(app: &App, client: &Client, account: &AccountId) -> Result<(), AccountError> {
    let mut tx = app.store.begin().await?;
    let what = Try::Factor { account };
    let taken = throttle::take(app, &mut tx, client, what).await?;
    if taken.is_err() {
        // Whoever comes this far knows the password.
        let day = format!("guessed:{}", app.now().as_second() / 86_400);
        let place = (client.words(), client.address.0.to_string());
        mail::security_notice(app, &mut tx, account, Notice::FactorGuessed, place, &day).await?;
    }
    tx.commit().await?;
    taken.map_err(|until| AccountError::wait(app, until, what))
}

/// Recovery codes, if the account has none left: whoever sets up their first factor gets them.
pub(super) async fn first_recovery_codes(
    app: &App,
    db: &mut Db,
    account: &AccountId,
) -> Result<Option<Vec<String>>, AccountError> {
    match factors::of(db, account).await?.recovery_codes {
        0 => Ok(Some(make_recovery_codes(app, db, account).await?)),
        _ => Ok(None),
    }
}

/// Makes recovery codes; earlier ones are of no use any more.
pub(super) async fn make_recovery_codes(
    app: &App,
    db: &mut Db,
    account: &AccountId,
) -> Result<Vec<String>, AccountError> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| app.random.word(16)).collect();
    let hashes: Vec<String> = codes.iter().map(|code| recovery_hash(account, code)).collect();
    factors::save_recovery_codes(db, account, &hashes, app.now()).await?;
    let in_groups = |code: &String| format!("{}-{}-{}-{}", &code[..4], &code[4..8], &code[8..12], &code[12..]);
    Ok(codes.iter().map(in_groups).collect())
}

fn recovery_hash(account: &AccountId, code: &str) -> String {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    secrets::code_hash(account.as_str(), &letters.to_ascii_lowercase())
}

/// Switches the app off.
///
/// # Errors
/// [`AccountError::LastFactor`] for staff who have nothing else.
pub(super) async fn remove(app: &App, client: &Client, account: &Account) -> Result<(), AccountError> {
    let mut tx = app.store.begin().await?;
    // One removal after the other: two at once must not each count on the factor that the other takes away.
    accounts::lock(&mut tx, &account.id).await?;
    if factors::remove_totp(&mut tx, &account.id).await? {
        after_removal(app, &mut tx, account).await?;
        let cause = format!("app:{}", app.now().as_microsecond());
        notices::tell(app, &mut tx, client, &account.id, Notice::AppRemoved, &cause).await?;
    }
    tx.commit().await?;
    app.nudge();
    Ok(())
}

/// Staff keep a factor; whoever has none any more needs no codes that stand in for it.
pub(super) async fn after_removal(app: &App, db: &mut Db, account: &Account) -> Result<(), AccountError> {
    if factors::of(db, &account.id).await?.any() {
        return Ok(());
    }
    if account.role.is_staff() {
        return Err(AccountError::LastFactor);
    }
    Ok(factors::save_recovery_codes(db, &account.id, &[], app.now()).await?)
}
