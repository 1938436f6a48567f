//! `givr secrets …`: replacing keys while the shop runs. Nobody is logged out, nothing is lost (R4).

use crate::cli::{ExitCode, Outcome, assemble, say};
use crate::web::tokens;
use clap::Subcommand;
use serde_json::json;
use std::path::Path;
use store::audit;

#[derive(Subcommand)]
pub(super) enum SecretsCommand {
    /// Seal everything in the database anew, under the present `security.secret` and a new key
    Rotate,
    /// Make the next key that signs API tokens; tokens of the present one stay good until they lapse
    RotateTokens,
}

impl SecretsCommand {
    pub(super) async fn run(self, config: &Path) -> Outcome {
        let app = assemble::app(assemble::config(config)?, false).await?;
        let (act, detail, told) = match self {
            Self::Rotate => {
                let rotated = app.vault.rotate(&app.store, &app.random, app.now()).await?;
                let told = format!(
                    "{} values sealed anew, {} old keys removed; security.old_secrets is no longer needed",
                    rotated.resealed, rotated.removed
                );
                ("secrets.rotate", json!({"resealed": rotated.resealed, "removed": rotated.removed}), told)
            }
            Self::RotateTokens => {
                let key = tokens::rotate(&app).await?;
                let told = format!("key {key} signs in two minutes; earlier tokens stay good until they lapse");
                ("secrets.rotate-tokens", json!({"key": key}), told)
            }
        };
        let mut tx = app.store.begin().await?;
        audit::record(&mut tx, &app.id(), "cli", act, "installation", &detail, app.now()).await?;
        tx.commit().await?;
        say(&told);
        Ok(ExitCode::SUCCESS)
    }
}
