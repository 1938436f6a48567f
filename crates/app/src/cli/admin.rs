//! `givr admin …`: staff accounts and tokens, made from the host only.

use crate::cli::{ExitCode, Failure, Outcome, assemble, complain, say};
use crate::config::is_email;
use crate::texts::t;
use crate::web::{console, secrets};
use clap::{Subcommand, ValueEnum};
use domain::access::Role;
use domain::ids::AccountId;
use jiff::SignedDuration;
use serde_json::json;
use std::path::Path;
use store::Access;
use store::StoreError;
use store::accounts::{self, NewAccount};

#[derive(Subcommand)]
pub(super) enum AdminCommand {
    /// Invite somebody to work here and print the link, once: on it they choose a password and a second factor
    Invite {
        /// The address to sign in with
        email: String,
        /// What the account may do
        #[arg(long, value_enum, default_value_t = StaffRole::Owner)]
        role: StaffRole,
    },
    /// Make a token for a program and print it, once
    Token {
        /// What it may do: `smoke` confirms and terminates smoke customers, in Stripe's test mode only
        #[arg(long, value_enum)]
        scope: TokenScope,
        /// Days until it is of no use any more
        #[arg(long, default_value_t = 7)]
        days: i64,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum StaffRole {
    Owner,
    Admin,
    Billing,
    Support,
    ReadOnly,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum TokenScope {
    Smoke,
}

impl StaffRole {
    fn role(self) -> Role {
        match self {
            Self::Owner => Role::Owner,
            Self::Admin => Role::Admin,
            Self::Billing => Role::Billing,
            Self::Support => Role::Support,
            Self::ReadOnly => Role::ReadOnly,
        }
    }
}

impl AdminCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let app = assemble::app(assemble::config(config)?, Access::Shared).await?;
        match self {
            Self::Invite { email, role } => invite(&app, &email, role.role()).await,
            Self::Token { scope: TokenScope::Smoke, days } => {
                say(&smoke_token(&app, days.clamp(1, 365)).await?);
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// The first owner comes this way: whoever has the host, and nobody else, makes the link.
async fn invite(app: &crate::app::App, email: &str, role: Role) -> Outcome {
    if !is_email(email) {
        return Err(Failure::fixable(format!("`{email}` is not an e-mail address"), "use the form name@example.net"));
    }
    let by = console::Inviter { id: "cli", role: Role::Owner };
    let made = console::invite(app, by, email, role).await?;
    let made =
        made.map_err(|refused| Failure::fixable(refused.in_words(), "roles are changed in the console, under Staff; who cannot get in any more is helped as docs/runbooks/cannot-log-in.md says"))?;
    complain(&format!("open this within three days to become {}:", t(&format!("role-{}", role.key()))));
    say(&made.link);
    Ok(ExitCode::SUCCESS)
}

/// Makes an account whose address needs no proof, for the demo.
pub(super) async fn make_account(
    app: &crate::app::App,
    email: &str,
    password: &str,
    role: Role,
) -> Result<(), Failure> {
    let now = app.now();
    let hash = app.hashers.hash(password, app.random.bytes()).await?;
    let id: AccountId = app.id();
    let mut tx = app.store.begin().await?;
    let account = NewAccount { id: &id, email, password_hash: &hash, display_name: "Staff", role, smoke: false };
    accounts::create(&mut tx, &account, now).await.map_err(|error| match error {
        StoreError::Taken { .. } => {
            Failure::fixable(format!("{email} has an account already"), "choose another address")
        }
        other => Failure::Ours(other.into()),
    })?;
    accounts::verify_email(&mut tx, &id, now).await?;
    store::audit::record(&mut tx, &app.id(), "cli", "admin.create", id.as_str(), &json!({"role": role.key()}), now)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a token that may confirm and terminate smoke customers.
pub(super) async fn smoke_token(app: &crate::app::App, days: i64) -> Result<String, Failure> {
    if app.stripe.mode() == billing::Mode::Live {
        return Err(Failure::fixable("this shop runs with a live key", "smoke tests run in Stripe's test mode only"));
    }
    let now = app.now();
    let token = format!("givr_smoke_{}", secrets::fresh(app));
    let mut tx = app.store.begin().await?;
    let hash = secrets::sha256_hex(token.as_bytes());
    accounts::save_operator_token(&mut tx, &hash, "smoke", now, now + SignedDuration::from_hours(24 * days)).await?;
    store::audit::record(&mut tx, &app.id(), "cli", "admin.token", "smoke", &json!({"days": days}), now).await?;
    tx.commit().await?;
    Ok(token)
}
