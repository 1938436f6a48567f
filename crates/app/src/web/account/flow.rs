//! Signing up, in and out: what the pages and the API both do. Known and unknown addresses get the same answers.

use crate::app::App;
use crate::config::is_email;
use crate::mail::{self, Message, Notice};
use crate::texts::{self, t};
use crate::web::account::device::Client;
use crate::web::account::notices;
use crate::web::errors::{Explain, Public};
use crate::web::page_form::Wrong;
use crate::web::throttle::{self, Mail, Try};
use crate::web::{passwords, secrets};
use domain::access::Role;
use domain::ids::{AccountId, SessionId};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use store::accounts::{self, Account, NewAccount};
use store::sessions::{self, EmailProof, NewProof, Purpose};
use store::{Db, StoreError, api_keys, factors};

/// How long a code is good.
pub(super) const CODE: SignedDuration = SignedDuration::from_mins(20);
/// How long a reset link is good.
const LINK: SignedDuration = SignedDuration::from_mins(60);
/// How often one code may be tried.
pub(super) const CODE_TRIES: i64 = 5;
/// How long the same browser may send the same right code once more.
const PRESSED_TWICE: SignedDuration = SignedDuration::from_secs(60);
/// Mail to this domain is never sent; accounts there are made by `givr smoke`.
pub const SMOKE_DOMAIN: &str = "smoke.invalid";

/// Why signing up, in or over did not work.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A field is not acceptable.
    #[error("field `{field}`: {problem}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What is wrong, in words for the person.
        problem: String,
    },
    /// Address or password is wrong, and it is not said which.
    #[error("wrong address or password")]
    WrongPassword,
    /// The code is wrong, used, too old, or was tried too often.
    #[error("wrong code")]
    WrongCode,
    /// The link is used or too old.
    #[error("the link is not good any more")]
    DeadLink,
    /// The second factor is wrong, or was used before.
    #[error("wrong second factor")]
    WrongFactor,
    /// The second factor is missing.
    #[error("the second factor is missing")]
    FactorMissing,
    /// The last second factor of staff cannot be taken away.
    #[error("staff need a second factor")]
    LastFactor,
    /// There were too many tries.
    #[error("too many tries; the next one in {seconds} s")]
    Wait {
        /// Seconds to wait.
        seconds: u64,
        /// What else there is to do meanwhile, in a sentence.
        meanwhile: Cow<'static, str>,
    },
    /// Something of ours failed.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl AccountError {
    pub(super) fn wait(app: &App, until: Timestamp, what: Try<'_>) -> Self {
        let seconds = until.duration_since(app.now()).as_secs();
        let meanwhile = match what {
            Try::Password { .. } => t("error-wait-password"),
            Try::Factor { .. } => t("error-wait-factor"),
            Try::Code { .. } => t("error-wait-code"),
            Try::Mail { .. } => t("error-wait-mail"),
            Try::PanelPassword { .. } => t("error-wait-panel-password"),
        };
        Self::Wait { seconds: u64::try_from(seconds).unwrap_or_default() + 1, meanwhile }
    }
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

impl AccountError {
    /// What is wrong with one field, to be said beside it.
    pub(super) fn beside(&self) -> Wrong {
        match self {
            Self::Field { field, problem } => Wrong(Some((field, problem.clone()))),
            _ => Wrong::default(),
        }
    }
}

impl Explain for AccountError {
    fn public(&self) -> Public {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match self {
            Self::Field { problem, .. } => {
                Public::new(unprocessable, "invalid_field", t("error-field"), problem.clone())
            }
            Self::WrongPassword => Public::new(
                StatusCode::UNAUTHORIZED,
                "wrong_password",
                t("error-wrong-password"),
                t("error-wrong-password-text"),
            ),
            Self::WrongCode => {
                Public::new(unprocessable, "wrong_code", t("error-wrong-code"), t("error-wrong-code-text"))
            }
            Self::DeadLink => Public::new(unprocessable, "dead_link", t("error-dead-link"), t("error-dead-link-text")),
            Self::WrongFactor => {
                Public::new(unprocessable, "wrong_factor", t("error-wrong-code"), t("error-wrong-factor-text"))
            }
            Self::FactorMissing => Public::new(
                StatusCode::UNAUTHORIZED,
                "factor_missing",
                t("error-factor-missing"),
                t("error-factor-not-sent-text"),
            ),
            Self::LastFactor => {
                Public::new(StatusCode::CONFLICT, "last_factor", t("error-last-factor"), t("error-last-factor-text"))
            }
            Self::Wait { seconds, meanwhile } => {
                let text = format!("{} {meanwhile}", next_try(*seconds));
                Public::new(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", t("error-wait"), text).retry_in(*seconds)
            }
            Self::Other(error) => error.public(),
        }
    }
}

/// When the next try is let in, in a sentence.
pub(super) fn next_try(seconds: u64) -> String {
    let (text, count) = match seconds {
        ..=90 => ("error-wait-seconds", seconds),
        _ => ("error-wait-minutes", seconds.div_ceil(60)),
    };
    texts::with(text, &[("count", count.into())])
}

/// A sign-up that waits for the code from the mail. The ticket ties the code to this browser: a code that somebody
/// else's sign-up caused is of no use here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaitsCode {
    /// Comes back with the code.
    pub ticket: String,
}

/// What came of an address and a password.
#[derive(Debug, Clone)]
pub enum LogIn {
    /// It is the right person.
    Right(Box<Account>),
    /// The password is right; the second factor has to follow.
    NeedsFactor(Box<Account>),
}

/// Signs up. Answers the same, and after the same work, for an address that has an account: its owner gets a mail instead of a code.
///
/// # Errors
/// A field is not acceptable, or too many mails were asked for.
pub async fn sign_up(
    app: &App,
    client: &Client,
    email: &str,
    password: &str,
    name: &str,
) -> Result<AwaitsCode, AccountError> {
    let email = email.trim();
    if !is_email(email) {
        let problem = t("error-email").into_owned();
        return Err(AccountError::Field { field: "email", problem });
    }
    if let Some(problem) = passwords::problem(password, email, passwords::SHORTEST) {
        return Err(AccountError::Field { field: "password", problem });
    }
    let name = check_name(name, email).map_err(|problem| AccountError::Field { field: "name", problem })?;
    count(app, client, Try::Mail { email, why: Mail::SignUp }).await?;
    let hash = app.hashers.hash(password, app.random.bytes()).await?;
    let ticket = secrets::fresh(app);
    match begin_sign_up(app, email, (&hash, &name), &ticket).await {
        // Somebody signed up with the same address at this moment: now it is there.
        Err(StoreError::Taken { .. }) => begin_sign_up(app, email, (&hash, &name), &ticket).await?,
        begun => begun?,
    }
    app.nudge();
    Ok(AwaitsCode { ticket })
}

/// What was asked for counts once the code comes back; until then an account that is there is not touched.
async fn begin_sign_up(app: &App, email: &str, (hash, name): (&str, &str), ticket: &str) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    let id = match accounts::find_by_email(&mut tx, email).await? {
        Some(account) if account.email_verified_at.is_some() => {
            tell_owner(app, &mut tx, &account, ticket).await?;
            return tx.commit().await;
        }
        Some(account) => account.id,
        None => {
            let id: AccountId = app.id();
            let smoke = email.to_lowercase().ends_with(&format!("@{SMOKE_DOMAIN}"));
            let account =
                NewAccount { id: &id, email, password_hash: hash, display_name: name, role: Role::Customer, smoke };
            accounts::create(&mut tx, &account, app.now()).await?;
            accounts::set_language(&mut tx, &id, texts::language()).await?;
            id
        }
    };
    for (document, texts_of) in [("terms", &["terms-", "refunds-"][..]), ("privacy", &["privacy-"])] {
        accounts::accept(&mut tx, &id, document, &texts::fingerprint(texts_of), app.now()).await?;
    }
    send_code(app, &mut tx, &id, ticket, (hash, name)).await?;
    tx.commit().await
}

/// Counts a try; whoever tried too often waits.
async fn count(app: &App, client: &Client, what: Try<'_>) -> Result<(), AccountError> {
    let mut tx = app.store.begin().await?;
    let taken = throttle::take(app, &mut tx, client, what).await?;
    tx.commit().await?;
    taken.map_err(|until| AccountError::wait(app, until, what))
}

/// A name to call somebody by; without one the address has to do.
///
/// # Errors
/// What is wrong with it, in words for the person.
pub fn check_name(name: &str, email: &str) -> Result<String, String> {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).collect();
    match name.chars().count() {
        0 => Ok(email.split('@').next().unwrap_or("Player").to_owned()),
        1..=60 => Ok(name),
        count => Err(texts::with("error-name", &[("count", count.into())])),
    }
}

/// The owner of an address learns that somebody tried to sign up with it.
async fn tell_owner(app: &App, db: &mut Db, account: &Account, ticket: &str) -> Result<(), StoreError> {
    let message = Message::KnownAddress { login: app.site_url("/login"), reset: app.site_url("/reset") };
    let cause = secrets::sha256_hex(ticket.as_bytes());
    mail::put(app, db, &message, &account.id, (account.id.as_str(), &cause)).await
}

async fn send_code(
    app: &App,
    db: &mut Db,
    account: &AccountId,
    ticket: &str,
    asked: (&str, &str),
) -> Result<(), StoreError> {
    let now = app.now();
    let code = app.random.six_digits();
    let id = proof_id(ticket);
    let proof = NewProof {
        id: &id,
        account,
        purpose: Purpose::VerifyEmail,
        secret_hash: &secrets::code_hash(&format!("{account}:{ticket}"), &code),
        asked: Some(asked),
        until: now + CODE,
    };
    sessions::save_proof(db, &proof, now).await?;
    let message = Message::VerifyEmail { code };
    mail::put(app, db, &message, account, (&id, "code")).await
}

/// Under which id the code of a ticket is kept: without the ticket nobody uses its tries up.
fn proof_id(ticket: &str) -> String {
    secrets::sha256_hex(ticket.as_bytes())[..32].to_owned()
}

/// Proves an address by the code from the mail. The account gets the password and the name that came with the ticket.
///
/// # Errors
/// [`AccountError::WrongCode`], or there were too many tries.
pub async fn verify(app: &App, client: &Client, email: &str, ticket: &str, code: &str) -> Result<LogIn, AccountError> {
    let what = Try::Code { ticket };
    // One transaction whatever comes of it: the answer takes as long for an address that nobody has.
    let mut tx = app.store.begin().await?;
    if let Err(until) = throttle::take(app, &mut tx, client, what).await? {
        tx.commit().await?;
        return Err(AccountError::wait(app, until, what));
    }
    let outcome = try_code(app, &mut tx, client, (email, ticket, code)).await?;
    // Also a wrong try is written down.
    tx.commit().await?;
    app.nudge();
    outcome.ok_or(AccountError::WrongCode)
}

async fn try_code(
    app: &App,
    db: &mut Db,
    client: &Client,
    (email, ticket, code): (&str, &str, &str),
) -> Result<Option<LogIn>, StoreError> {
    let now = app.now();
    let Some(account) = accounts::find_by_email(&mut *db, email).await? else { return Ok(None) };
    let typed: String = code.chars().filter(char::is_ascii_digit).collect();
    let hash = secrets::code_hash(&format!("{}:{ticket}", account.id), &typed);
    let proof = sessions::try_proof(&mut *db, &account.id, &proof_id(ticket), now).await?;
    let Some(proof) = proof.filter(|proof| proof.attempts <= CODE_TRIES) else {
        // Whoever pressed twice has only the second answer: the ticket is known to that browser alone.
        let used = sessions::try_used_proof(&mut *db, &account.id, &proof_id(ticket), now - PRESSED_TWICE).await?;
        let good = |used: &EmailProof| used.attempts <= CODE_TRIES && used.secret_hash == hash;
        return match used.filter(|used| good(used) && account.email_verified_at.is_some()) {
            Some(_) => proven(db, account).await.map(Some),
            None => Ok(None),
        };
    };
    let right = proof.secret_hash == hash;
    let Some((password_hash, name)) = proof.asked.filter(|_| right) else { return Ok(None) };
    if !sessions::use_proof(&mut *db, &proof.id, now).await? {
        return Ok(None);
    }
    accounts::replace_unverified(&mut *db, &account.id, &password_hash, &name).await?;
    accounts::verify_email(&mut *db, &account.id, now).await?;
    throttle::forget(&mut *db, client, Try::Code { ticket }).await?;
    // The mailbox is theirs, so the mails to it were wanted; and nobody can tell from later ones that there is an account.
    throttle::forget(&mut *db, client, Try::Mail { email, why: Mail::SignUp }).await?;
    mail::welcome(app, &mut *db, &account.id).await?;
    match accounts::find(&mut *db, &account.id).await? {
        Some(account) => proven(db, account).await.map(Some),
        None => Ok(None),
    }
}

/// What is left to do for somebody whose address and password are proven.
async fn proven(db: &mut Db, account: Account) -> Result<LogIn, StoreError> {
    let needs_factor = account.role.is_staff() || factors::of(db, &account.id).await?.any();
    let account = Box::new(account);
    Ok(if needs_factor { LogIn::NeedsFactor(account) } else { LogIn::Right(account) })
}

/// Checks an address and a password. An address that nobody proved is as good as one without an account: else whoever signs up with it
/// learns from the next sign-in whether there was one.
///
/// # Errors
/// [`AccountError::WrongPassword`], after the same time for known and unknown addresses, or there were too many tries.
pub async fn log_in(app: &App, client: &Client, email: &str, password: &str) -> Result<LogIn, AccountError> {
    let account = accounts::find_by_email(&mut *app.store.read().await?, email).await?;
    let account = account.filter(|account| account.email_verified_at.is_some());
    let mark = account.as_ref().and_then(|account| Some((&account.id, client.mark_at(app, account)?)));
    let what = Try::Password { email, known: mark };
    // Before the password is looked at, so that guesses at the same moment count one after the other.
    count(app, client, what).await?;
    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    let right = app.hashers.verify(password, hash).await?;
    let Some(found) = account.as_ref().filter(|_| right) else { return Err(AccountError::WrongPassword) };
    let mut tx = app.store.begin().await?;
    throttle::forget(&mut tx, client, what).await?;
    let outcome = proven(&mut tx, found.clone()).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// Checks the password of somebody who is known by other means.
///
/// # Errors
/// [`AccountError::WrongPassword`], or there were too many tries.
pub async fn check_password(app: &App, client: &Client, account: &Account, password: &str) -> Result<(), AccountError> {
    let known = client.mark_at(app, account).map(|mark| (&account.id, mark));
    let what = Try::Password { email: &account.email, known };
    count(app, client, what).await?;
    if !app.hashers.verify(password, Some(&account.password_hash)).await? {
        return Err(AccountError::WrongPassword);
    }
    let mut tx = app.store.begin().await?;
    throttle::forget(&mut tx, client, what).await?;
    Ok(tx.commit().await?)
}

/// Sends a link that sets another password, if the address has an account.
///
/// # Errors
/// Too many mails were asked for.
pub async fn request_reset(app: &App, client: &Client, email: &str) -> Result<(), AccountError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let what = Try::Mail { email, why: Mail::Reset };
    // Written for known and unknown addresses alike, in one transaction with the rest: both take as long.
    if let Err(until) = throttle::take(app, &mut tx, client, what).await? {
        tx.commit().await?;
        return Err(AccountError::wait(app, until, what));
    }
    if let Some(account) = accounts::find_by_email(&mut tx, email).await? {
        let secret = secrets::fresh(app);
        let id = app.random.uuid().simple().to_string();
        let proof = NewProof {
            id: &id,
            account: &account.id,
            purpose: Purpose::ResetPassword,
            secret_hash: &secrets::sha256_hex(secret.as_bytes()),
            asked: None,
            until: now + LINK,
        };
        sessions::save_proof(&mut tx, &proof, now).await?;
        let link = app.site_url(&format!("/reset/{secret}"));
        let message = Message::ResetPassword { link };
        mail::put(app, &mut tx, &message, &account.id, (&id, "link")).await?;
    }
    tx.commit().await?;
    app.nudge();
    Ok(())
}

/// Sets another password by the secret of a link. All sessions, API keys and known browsers end, for somebody else may have made them;
/// a second factor stays. Returns the account as it is now.
///
/// # Errors
/// [`AccountError::DeadLink`], or the password is not acceptable.
pub async fn reset_password(app: &App, client: &Client, secret: &str, password: &str) -> Result<Account, AccountError> {
    let now = app.now();
    let hash = secrets::sha256_hex(secret.as_bytes());
    let mut db = app.store.read().await?;
    let proof = sessions::find_reset(&mut db, &hash, now).await?.ok_or(AccountError::DeadLink)?;
    let account = accounts::find(&mut db, &proof.account).await?.ok_or(AccountError::DeadLink)?;
    drop(db);
    let password_hash = accepted(app, &account, password).await?;
    let mut tx = app.store.begin().await?;
    if !sessions::use_proof(&mut tx, &proof.id, now).await? {
        return Err(AccountError::DeadLink);
    }
    accounts::set_password(&mut tx, &account.id, &password_hash).await?;
    // Whoever has the link has the mailbox.
    accounts::verify_email(&mut tx, &account.id, now).await?;
    sessions::revoke_all(&mut tx, &account.id, now).await?;
    api_keys::revoke_all(&mut tx, &account.id, now).await?;
    factors::forget_offer(&mut tx, &account.id).await?;
    notices::tell(app, &mut tx, client, &account.id, Notice::PasswordReset, &proof.id).await?;
    tx.commit().await?;
    app.nudge();
    Ok(Account { password_hash, ..account })
}

/// Sets another password for somebody who just proved who they are. All other sessions end. Returns the account as it is now.
///
/// # Errors
/// The password is not acceptable.
pub async fn change_password(
    app: &App,
    client: &Client,
    account: &Account,
    session: &SessionId,
    password: &str,
) -> Result<Account, AccountError> {
    let password_hash = accepted(app, account, password).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    accounts::set_password(&mut tx, &account.id, &password_hash).await?;
    sessions::revoke_others(&mut tx, &account.id, session, now).await?;
    factors::forget_offer(&mut tx, &account.id).await?;
    sessions::end_resets(&mut tx, &account.id, now).await?;
    let cause = now.as_microsecond().to_string();
    notices::tell(app, &mut tx, client, &account.id, Notice::PasswordChanged, &cause).await?;
    tx.commit().await?;
    app.nudge();
    Ok(Account { password_hash, ..account.clone() })
}

/// The length that a password of this account must have.
pub fn shortest_password(account: &Account) -> usize {
    if account.role.is_staff() { passwords::SHORTEST_FOR_STAFF } else { passwords::SHORTEST }
}

/// The hash of a new password, if it is acceptable.
async fn accepted(app: &App, account: &Account, password: &str) -> Result<String, AccountError> {
    if let Some(problem) = passwords::problem(password, &account.email, shortest_password(account)) {
        return Err(AccountError::Field { field: "password", problem });
    }
    Ok(app.hashers.hash(password, app.random.bytes()).await?)
}
