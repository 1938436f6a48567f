//! Accounts: logins with us, of customers and of staff.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::access::Role;
use domain::ids::AccountId;
use domain::language::Language;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A login with us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// As the person wrote it.
    pub email: String,
    /// When control of the address was proven; `None` while it was not.
    pub email_verified_at: Option<Timestamp>,
    /// Argon2id, in the PHC text form.
    pub password_hash: String,
    /// What to call the person.
    pub display_name: String,
    /// What it may do.
    pub role: Role,
    /// Whether `givr smoke` made it.
    pub smoke: bool,
    /// In which language it is written to, if it ever chose one.
    pub language: Option<Language>,
    /// Stripe's id of the customer, once made.
    pub stripe_customer: Option<String>,
    /// How many customers of Stripe's it had before.
    pub stripe_customers: i64,
    /// The panel's id of the login, once made.
    pub panel_user: Option<i64>,
    /// The login's name at the panel.
    pub panel_username: Option<String>,
    /// Kinds of mail that the person does not want.
    pub unwanted_mails: Vec<String>,
}

/// An account to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount<'a> {
    /// Its id.
    pub id: &'a AccountId,
    /// As the person wrote it.
    pub email: &'a str,
    /// Argon2id, in the PHC text form.
    pub password_hash: &'a str,
    /// What to call the person.
    pub display_name: &'a str,
    /// What it may do.
    pub role: Role,
    /// Whether `givr smoke` makes it.
    pub smoke: bool,
}

/// The form of an address by which accounts are told apart: trimmed and in lower case. What no database stores stands for itself no more:
/// whoever types it has no account.
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase().replace('\0', "\u{fffd}")
}

/// Makes an account.
///
/// # Errors
/// [`crate::StoreError::Taken`] when the address has an account.
pub async fn create(db: &mut Db, account: &NewAccount<'_>, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into accounts (id, email, email_key, password_hash, display_name, role, smoke, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(account.id.as_str())
    .bind(account.email.trim())
    .bind(email_key(account.email))
    .bind(account.password_hash)
    .bind(account.display_name)
    .bind(account.role.key())
    .bind(i64::from(account.smoke))
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// The account with this id, if there is one.
pub async fn find(db: &mut Db, id: &AccountId) -> Result<Option<Account>> {
    let row = sqlx::query("select * from accounts where id = $1").bind(id.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Records that somebody accepted a document, `terms` or `privacy`, in the words with this hash; once for the same words.
pub async fn accept(db: &mut Db, id: &AccountId, document: &str, text_hash: &str, now: Timestamp) -> Result<()> {
    sqlx::query(
        "insert into acceptances (account_id, document, text_hash, at) values ($1, $2, $3, $4)
         on conflict (account_id, document, text_hash) do nothing",
    )
    .bind(id.as_str())
    .bind(document)
    .bind(text_hash)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(())
}

/// What somebody accepted, in which words, and when.
pub async fn list_acceptances(db: &mut Db, id: &AccountId) -> Result<Vec<(String, String, Timestamp)>> {
    let sql = "select document, text_hash, at from acceptances where account_id = $1 order by at, document limit 200";
    let rows = sqlx::query(sql).bind(id.as_str()).fetch_all(db).await?;
    rows.iter().map(|row| Ok((row.text("document")?, row.text("text_hash")?, row.at("at")?))).collect()
}

/// Records in which language somebody reads.
pub async fn set_language(db: &mut Db, id: &AccountId, language: Language) -> Result<()> {
    sqlx::query("update accounts set language = $2 where id = $1")
        .bind(id.as_str())
        .bind(language.key())
        .execute(db)
        .await?;
    Ok(())
}

/// Calls somebody by another name.
pub async fn set_display_name(db: &mut Db, id: &AccountId, name: &str) -> Result<()> {
    let sql = "update accounts set display_name = $2 where id = $1";
    sqlx::query(sql).bind(id.as_str()).bind(name).execute(db).await?;
    Ok(())
}

/// Remembers which kinds of mail somebody does not want.
pub async fn set_unwanted_mails(db: &mut Db, id: &AccountId, kinds: &[&str]) -> Result<()> {
    sqlx::query("update accounts set unwanted_mails = $2 where id = $1")
        .bind(id.as_str())
        .bind(kinds.join(" "))
        .execute(db)
        .await?;
    Ok(())
}

/// The account of this address, if there is one.
pub async fn find_by_email(db: &mut Db, email: &str) -> Result<Option<Account>> {
    let row =
        sqlx::query("select * from accounts where email_key = $1").bind(email_key(email)).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// Records that control of the address was proven.
pub async fn verify_email(db: &mut Db, id: &AccountId, now: Timestamp) -> Result<()> {
    sqlx::query("update accounts set email_verified_at = $2 where id = $1 and email_verified_at is null")
        .bind(id.as_str())
        .bind(micros(now))
        .execute(db)
        .await?;
    Ok(())
}

/// Replaces the password of an account that nobody has proven yet: the address may have been somebody else's typing error.
/// `false` when the account is proven, erased, or gone.
pub async fn replace_unverified(db: &mut Db, id: &AccountId, password_hash: &str, display_name: &str) -> Result<bool> {
    let done = sqlx::query(
        "update accounts set password_hash = $2, display_name = $3 where id = $1 and email_verified_at is null
            and not exists (select 1 from erasures where account_id = $1 and done_at is not null)",
    )
    .bind(id.as_str())
    .bind(password_hash)
    .bind(display_name)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets another password.
pub async fn set_password(db: &mut Db, id: &AccountId, password_hash: &str) -> Result<()> {
    sqlx::query("update accounts set password_hash = $2 where id = $1")
        .bind(id.as_str())
        .bind(password_hash)
        .execute(db)
        .await?;
    Ok(())
}

/// Takes an account's row until the transaction ends, and returns it as it is now. Whoever changes how somebody signs in changes this
/// row, so both happen one after the other.
pub async fn lock(db: &mut Db, id: &AccountId) -> Result<Option<Account>> {
    let row = sqlx::query("update accounts set role = role where id = $1 returning *")
        .bind(id.as_str())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Takes the rows of all owners until the transaction ends, and returns how many there are.
pub async fn lock_owners(db: &mut Db) -> Result<u64> {
    Ok(sqlx::query("update accounts set role = role where role = 'owner'").execute(db).await?.rows_affected())
}

/// Gives an account another role.
pub async fn set_role(db: &mut Db, id: &AccountId, role: Role) -> Result<()> {
    sqlx::query("update accounts set role = $2 where id = $1").bind(id.as_str()).bind(role.key()).execute(db).await?;
    Ok(())
}

/// The accounts of staff, oldest first.
pub async fn list_staff(db: &mut Db) -> Result<Vec<Account>> {
    let rows =
        sqlx::query("select * from accounts where role <> 'customer' order by created_at limit 500").fetch_all(db);
    rows.await?.iter().map(read).collect()
}

/// Remembers Stripe's customer, unless one is remembered already. Returns the one that counts.
pub async fn set_stripe_customer(db: &mut Db, id: &AccountId, customer: &str) -> Result<String> {
    let row = sqlx::query(
        "update accounts set stripe_customer = coalesce(stripe_customer, $2) where id = $1 returning stripe_customer",
    )
    .bind(id.as_str())
    .bind(customer)
    .fetch_one(db)
    .await?;
    row.text("stripe_customer")
}

/// Counts a try to make a customer at Stripe that came to nothing, unless somebody has counted it or made one: the number is part of the
/// next try's idempotency key.
pub async fn count_stripe_customer(db: &mut Db, id: &AccountId, tried: i64) -> Result<()> {
    sqlx::query(
        "update accounts set stripe_customers = stripe_customers + 1
          where id = $1 and stripe_customers = $2 and stripe_customer is null",
    )
    .bind(id.as_str())
    .bind(tried)
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets a customer that Stripe does not have any more.
pub async fn forget_stripe_customer(db: &mut Db, customer: &str) -> Result<()> {
    sqlx::query(
        "update accounts set stripe_customer = null, stripe_customers = stripe_customers + 1 where stripe_customer = $1",
    )
    .bind(customer)
    .execute(db)
    .await?;
    Ok(())
}

/// Remembers the login at the panel.
pub async fn set_panel_user(db: &mut Db, id: &AccountId, user: i64, username: &str) -> Result<()> {
    sqlx::query("update accounts set panel_user = $2, panel_username = $3 where id = $1")
        .bind(id.as_str())
        .bind(user)
        .bind(username)
        .execute(db)
        .await?;
    Ok(())
}

/// Remembers an operator token by its hash.
pub async fn save_operator_token(db: &mut Db, hash: &str, scope: &str, now: Timestamp, until: Timestamp) -> Result<()> {
    sqlx::query("insert into operator_tokens (token_hash, scope, created_at, expires_at) values ($1, $2, $3, $4)")
        .bind(hash)
        .bind(scope)
        .bind(micros(now))
        .bind(micros(until))
        .execute(db)
        .await?;
    Ok(())
}

/// The scope of an operator token that is still good, if there is such a token.
pub async fn find_operator_scope(db: &mut Db, hash: &str, now: Timestamp) -> Result<Option<String>> {
    let row = sqlx::query("select scope from operator_tokens where token_hash = $1 and expires_at > $2")
        .bind(hash)
        .bind(micros(now))
        .fetch_optional(db)
        .await?;
    row.map(|row| row.text("scope")).transpose()
}

/// Customers with when they came, newest first, from a place in that order on.
pub async fn list_customers(
    db: &mut Db,
    after: Option<(Timestamp, &str)>,
    limit: i64,
) -> Result<Vec<(Account, Timestamp)>> {
    let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (micros(at), id));
    let rows = sqlx::query(
        "select * from accounts where role = 'customer' and (created_at < $1 or created_at = $1 and id < $2)
          order by created_at desc, id desc limit $3",
    )
    .bind(at)
    .bind(id)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((read(row)?, row.at("created_at")?))).collect()
}

pub(crate) fn read(row: &AnyRow) -> Result<Account> {
    Ok(Account {
        id: row.parsed("id")?,
        email: row.text("email")?,
        email_verified_at: row.opt_at("email_verified_at")?,
        password_hash: row.text("password_hash")?,
        display_name: row.text("display_name")?,
        role: row.word("role", Role::find)?,
        smoke: row.flag("smoke")?,
        // A language of a later release is one that this one does not speak.
        language: row.opt_text("language")?.and_then(|tag| Language::find(&tag)),
        stripe_customer: row.opt_text("stripe_customer")?,
        stripe_customers: row.int("stripe_customers")?,
        panel_user: row.opt_int("panel_user")?,
        panel_username: row.opt_text("panel_username")?,
        unwanted_mails: row.text("unwanted_mails")?.split_whitespace().map(str::to_owned).collect(),
    })
}
