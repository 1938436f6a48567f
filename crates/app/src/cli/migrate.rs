//! `givr migrate`: the schema of the database.

use crate::cli::{ExitCode, Failure, Outcome, assemble, say};
use std::path::Path;
use store::{Access, Store, StoreError};

pub(super) async fn run(config: &Path) -> Outcome {
    let config = assemble::config(config)?;
    match Store::open(&config.database_url, Access::Shared).await {
        Ok(store) => {
            store.close().await;
            say("the schema is up to date");
            Ok(ExitCode::SUCCESS)
        }
        Err(error @ StoreError::Newer { .. }) => {
            Err(Failure::fixable(error, "run the release that wrote this database, or a newer one"))
        }
        Err(error @ StoreError::BadUrl { .. }) => Err(Failure::fixable(error, "set database.url")),
        Err(error) => Err(error.into()),
    }
}
