//! `givr secrets …`: replacing keys while the shop runs. Nobody is logged out, nothing is lost (R4).

use crate::cli::{ExitCode, Outcome, assemble, say};
use crate::web::tokens;
use clap::Subcommand;
use serde_json::json;
use std::path::Path;
use store::Access;
use store::audit;

#[derive(Subcommand)]
pub(super) enum SecretsCommand {
    /// Wrap every key under the present `security.secret`, and make a new one that seals from now on
    Rotate,
    /// Make the next key that signs API tokens; tokens of the present one stay good until they lapse
    RotateTokens,
}

impl SecretsCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let app = assemble::app(assemble::config(config)?, Access::Shared).await?;
        let now = app.now();
        let mut tx = app.store.begin().await?;
        let (act, detail, told) = match self {
            Self::Rotate => {
                let keys = app.vault.rotate(&mut tx, &app.random, now).await?;
                let told = "a new key seals in two minutes, and the running shop seals everything anew with it; \
                            security.old_secrets is no longer needed once every process was started with the new secret";
                ("secrets.rotate", json!({"keys": keys}), told.to_owned())
            }
            Self::RotateTokens => {
                let key = tokens::rotate(&app, &mut tx).await?;
                let told = format!("key {key} signs in two minutes; earlier tokens stay good until they lapse");
                ("secrets.rotate-tokens", json!({"key": key}), told)
            }
        };
        audit::record(&mut tx, &app.id(), "cli", act, "installation", &detail, now).await?;
        tx.commit().await?;
        say(&told);
        Ok(ExitCode::SUCCESS)
    }
}
