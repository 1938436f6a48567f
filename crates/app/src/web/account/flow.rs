//! Signing up, in and out: what the pages and the API both do. Known and unknown addresses get the same answers.

use crate::app::App;
use crate::config::is_email;
use crate::mail::{self, KnownAddress, Message, ResetPassword, VerifyEmail};
use crate::web::errors::{Explain, Public};
use crate::web::{cookies, passwords, secrets};
use domain::ids::{AccountId, SessionId};
use http::StatusCode;
use jiff::SignedDuration;
use store::accounts::{self, Account, NewAccount, Role};
use store::sessions::{self, NewSession, Purpose, SessionKind};
use store::{Db, StoreError};

/// How long a code is good.
const CODE: SignedDuration = SignedDuration::from_mins(20);
/// How long a reset link is good.
const LINK: SignedDuration = SignedDuration::from_mins(60);
/// How often one code may be tried.
const CODE_TRIES: i64 = 5;
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
    /// Something of ours failed.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

impl Explain for AccountError {
    fn public(&self) -> Public {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match self {
            Self::Field { problem, .. } => {
                Public::new(unprocessable, "invalid_field", "Please check the form", problem.clone())
            }
            Self::WrongPassword => Public::new(
                StatusCode::UNAUTHORIZED,
                "wrong_password",
                "That did not match",
                "The address or the password is wrong. You can set a new password.",
            ),
            Self::WrongCode => Public::new(
                unprocessable,
                "wrong_code",
                "That code is not right",
                "Codes are good for 20 minutes and five tries. Ask for a new one if in doubt.",
            ),
            Self::DeadLink => Public::new(
                unprocessable,
                "dead_link",
                "This link is no longer good",
                "Links are good for one hour and for one use. Ask for a new one.",
            ),
            Self::Other(error) => error.public(),
        }
    }
}

/// A sign-up or sign-in that waits for the code from the mail. The ticket ties the code to this browser: a code that somebody
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
    /// It is, but the address was never proven: a code was sent.
    AwaitsCode(AwaitsCode),
}

/// Signs up. Answers the same for an address that has an account, whose owner gets a mail instead of a code.
///
/// # Errors
/// A field is not acceptable.
pub async fn sign_up(app: &App, email: &str, password: &str, name: &str) -> Result<AwaitsCode, AccountError> {
    let email = email.trim();
    if !is_email(email) {
        let problem = "Write your e-mail address in the form name@example.net.".to_owned();
        return Err(AccountError::Field { field: "email", problem });
    }
    if let Some(problem) = passwords::problem(password, email, passwords::SHORTEST) {
        return Err(AccountError::Field { field: "password", problem });
    }
    let name = check_name(name, email)?;
    let hash = app.hashers.hash(password, app.random.bytes()).await?;
    let ticket = secrets::fresh(app);
    let now = app.now();
    let mut tx = app.store.begin().await?;
    match accounts::find_by_email(&mut tx, email).await? {
        Some(account) if account.email_verified_at.is_some() => tell_owner(app, &mut tx, &account).await?,
        Some(account) => {
            accounts::replace_unverified(&mut tx, &account.id, &hash, &name).await?;
            send_code(app, &mut tx, &account.id, &ticket).await?;
        }
        None => {
            let id: AccountId = app.id();
            let smoke = email.to_lowercase().ends_with(&format!("@{SMOKE_DOMAIN}"));
            let account =
                NewAccount { id: &id, email, password_hash: &hash, display_name: &name, role: Role::Customer, smoke };
            accounts::create(&mut tx, &account, now).await?;
            send_code(app, &mut tx, &id, &ticket).await?;
        }
    }
    tx.commit().await?;
    app.nudge();
    Ok(AwaitsCode { ticket })
}

pub(in crate::web) fn check_name(name: &str, email: &str) -> Result<String, AccountError> {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).collect();
    match name.chars().count() {
        0 => Ok(email.split('@').next().unwrap_or("Player").to_owned()),
        1..=60 => Ok(name),
        n => Err(AccountError::Field {
            field: "name",
            problem: format!("Your name has {n} characters; 60 are the most."),
        }),
    }
}

/// The owner of an address learns that somebody tried to sign up with it, at most once an hour.
async fn tell_owner(app: &App, db: &mut Db, account: &Account) -> Result<(), StoreError> {
    let message = Message::KnownAddress(KnownAddress {
        shop: app.config.site.name.clone(),
        login: app.site_url("/login"),
        reset: app.site_url("/reset"),
    });
    let hour = (app.now().as_second() / 3600).to_string();
    mail::put(app, db, &message, &account.id, (account.id.as_str(), &hour)).await
}

async fn send_code(app: &App, db: &mut Db, account: &AccountId, ticket: &str) -> Result<(), StoreError> {
    let now = app.now();
    let code = app.random.six_digits();
    let id = app.random.uuid().simple().to_string();
    let hash = secrets::code_hash(&format!("{account}:{ticket}"), &code);
    sessions::save_proof(db, &id, account, Purpose::VerifyEmail, &hash, now, now + CODE).await?;
    let message = Message::VerifyEmail(VerifyEmail { shop: app.config.site.name.clone(), code });
    mail::put(app, db, &message, account, (&id, "code")).await
}

/// Proves an address by the code from the mail.
///
/// # Errors
/// [`AccountError::WrongCode`].
pub async fn verify(app: &App, email: &str, ticket: &str, code: &str) -> Result<Account, AccountError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let Some(account) = accounts::find_by_email(&mut tx, email).await? else { return Err(AccountError::WrongCode) };
    let proof = sessions::try_proof(&mut tx, &account.id, Purpose::VerifyEmail, now).await?;
    let typed: String = code.chars().filter(char::is_ascii_digit).collect();
    let hash = secrets::code_hash(&format!("{}:{ticket}", account.id), &typed);
    let right = match proof {
        Some(proof) if proof.attempts <= CODE_TRIES && proof.secret_hash == hash => {
            sessions::use_proof(&mut tx, &proof.id, now).await?
        }
        Some(_) | None => false,
    };
    if right {
        accounts::verify_email(&mut tx, &account.id, now).await?;
    }
    // Also a wrong try is written down.
    tx.commit().await?;
    if right { Ok(Account { email_verified_at: Some(now), ..account }) } else { Err(AccountError::WrongCode) }
}

/// Checks an address and a password.
///
/// # Errors
/// [`AccountError::WrongPassword`], after the same time for known and unknown addresses.
pub async fn log_in(app: &App, email: &str, password: &str) -> Result<LogIn, AccountError> {
    let account = accounts::find_by_email(&mut *app.store.read().await?, email).await?;
    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    let right = app.hashers.verify(password, hash).await?;
    let Some(account) = account.filter(|_| right) else { return Err(AccountError::WrongPassword) };
    if account.email_verified_at.is_some() {
        return Ok(LogIn::Right(Box::new(account)));
    }
    let ticket = secrets::fresh(app);
    let mut tx = app.store.begin().await?;
    send_code(app, &mut tx, &account.id, &ticket).await?;
    tx.commit().await?;
    app.nudge();
    Ok(LogIn::AwaitsCode(AwaitsCode { ticket }))
}

/// Opens a session in a browser and returns the cookie's value.
///
/// # Errors
/// The database did not answer.
pub async fn open_session(app: &App, account: &AccountId, user_agent: &str) -> Result<String, StoreError> {
    let value = secrets::fresh(app);
    save_session(app, account, &value, SessionKind::Browser, user_agent).await?;
    Ok(value)
}

/// Opens a session behind API tokens.
///
/// # Errors
/// The database did not answer.
pub async fn open_api_session(app: &App, account: &AccountId, user_agent: &str) -> Result<SessionId, StoreError> {
    save_session(app, account, &secrets::fresh(app), SessionKind::Api, user_agent).await
}

async fn save_session(
    app: &App,
    account: &AccountId,
    value: &str,
    kind: SessionKind,
    user_agent: &str,
) -> Result<SessionId, StoreError> {
    let now = app.now();
    let id: SessionId = app.id();
    let user_agent: String = user_agent.chars().filter(|c| !c.is_control()).take(200).collect();
    let session = NewSession {
        id: &id,
        account,
        token_hash: &secrets::sha256_hex(value.as_bytes()),
        kind,
        user_agent: &user_agent,
        expires_at: now + cookies::LIFETIME,
    };
    let mut tx = app.store.begin().await?;
    sessions::open(&mut tx, &session, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Ends a session.
///
/// # Errors
/// The database did not answer.
pub async fn log_out(app: &App, session: &SessionId) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    sessions::revoke(&mut tx, session, app.now()).await?;
    tx.commit().await
}

/// Sends a link that sets another password, if the address has an account.
///
/// # Errors
/// The database did not answer.
pub async fn request_reset(app: &App, email: &str) -> Result<(), AccountError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if let Some(account) = accounts::find_by_email(&mut tx, email).await? {
        let secret = secrets::fresh(app);
        let id = app.random.uuid().simple().to_string();
        let hash = secrets::sha256_hex(secret.as_bytes());
        sessions::save_proof(&mut tx, &id, &account.id, Purpose::ResetPassword, &hash, now, now + LINK).await?;
        let link = app.site_url(&format!("/reset/{secret}"));
        let message = Message::ResetPassword(ResetPassword { shop: app.config.site.name.clone(), link });
        mail::put(app, &mut tx, &message, &account.id, (&id, "link")).await?;
    }
    tx.commit().await?;
    app.nudge();
    Ok(())
}

/// Sets another password by the secret of a link. All sessions end.
///
/// # Errors
/// [`AccountError::DeadLink`], or the password is not acceptable.
pub async fn reset_password(app: &App, secret: &str, password: &str) -> Result<(), AccountError> {
    let now = app.now();
    let hash = secrets::sha256_hex(secret.as_bytes());
    let mut db = app.store.read().await?;
    let proof = sessions::find_reset(&mut db, &hash, now).await?.ok_or(AccountError::DeadLink)?;
    let account = accounts::find(&mut db, &proof.account).await?.ok_or(AccountError::DeadLink)?;
    drop(db);
    let shortest = if account.role.is_staff() { passwords::SHORTEST_FOR_STAFF } else { passwords::SHORTEST };
    if let Some(problem) = passwords::problem(password, &account.email, shortest) {
        return Err(AccountError::Field { field: "password", problem });
    }
    let password_hash = app.hashers.hash(password, app.random.bytes()).await?;
    let mut tx = app.store.begin().await?;
    if !sessions::use_proof(&mut tx, &proof.id, now).await? {
        return Err(AccountError::DeadLink);
    }
    accounts::set_password(&mut tx, &account.id, &password_hash).await?;
    // Whoever has the link has the mailbox.
    accounts::verify_email(&mut tx, &account.id, now).await?;
    sessions::revoke_all(&mut tx, &account.id, now).await?;
    tx.commit().await?;
    Ok(())
}
