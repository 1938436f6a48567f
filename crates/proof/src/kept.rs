//! A backup of the shop, as its owner has one, and the shop that comes back from it.

use crate::machine::OWN_SECRET;
use age::x25519::Identity;
use app::backup::{self, Source};
use app::clock::Random;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use store::testing::TestDatabase;
use store::{Engine, Store};
use tempfile::TempDir;

/// A backup, and the key that opens it.
pub(crate) struct KeptShop {
    folder: TempDir,
}

impl KeptShop {
    /// Makes one, as the shop is now.
    pub(crate) async fn of(store: &Store, now: Timestamp) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let key = Identity::generate();
        std::fs::write(folder.path().join("key"), key.to_string().expose_secret())?;
        let secret = SecretString::from(OWN_SECRET);
        backup::write(store, &folder.path().join("shop"), &key.to_public(), &secret, now).await?;
        Ok(Self { folder })
    }

    /// Restores it into a database of its own.
    pub(crate) async fn bring_back(
        &self,
        engine: Engine,
        random: &Random,
        now: Timestamp,
    ) -> anyhow::Result<TestDatabase> {
        let database = TestDatabase::new(engine);
        let (from, identity) = (self.folder.path().join("shop"), self.folder.path().join("key"));
        let secret = SecretString::from(OWN_SECRET);
        let source = Source { from: &from, identity: &identity, secrets: &[&secret] };
        let (store, _) = backup::restore(&source, &database.url, random, now).await?;
        store.close().await;
        Ok(database)
    }
}
