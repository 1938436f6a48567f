//! Envelope encryption: what the database must keep secret is sealed with data keys, and those are wrapped by a master key that is
//! made from `security.secret` and never stored. Whoever has only the database, or only a backup, reads none of it.
//!
//! Each seal is bound to a context such as `totp:acc_…`: a sealed value that is moved to another row does not open there.

use crate::clock::Random;
use anyhow::{Context, ensure};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use domain::ids::DataKeyId;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use store::data_keys::{self, Purpose, SEALED, WrappedKey};
use store::{Db, Store, StoreError};

/// Rows of one kind that are sealed anew in one transaction.
const BATCH: i64 = 200;

/// Why a value does not open.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The value is not one of ours, was changed, or was made for another place.
    #[error("a sealed value of `{context}` does not open")]
    Broken {
        /// Where it was found.
        context: String,
    },
    /// It was sealed with a key that this process does not have.
    #[error("a sealed value needs the key {key}, which is not here")]
    UnknownKey {
        /// Which key.
        key: String,
    },
    /// None of the secrets in the settings opens the keys of this database.
    #[error("`security.secret` is not the one that this database was sealed with")]
    WrongSecret,
    /// The keys could not be read.
    #[error("the keys could not be read")]
    Store(#[from] StoreError),
}

/// What to do about [`VaultError::WrongSecret`].
pub(crate) const RIGHT_SECRET: &str = "Put back the security.secret that this shop had, or name it among security.old_secrets; it is kept where the backups' \
     key is (docs/backup.md). Look also whether database.url is this shop's.";

/// A key made from a secret in the settings.
struct Master {
    fingerprint: String,
    key: [u8; 32],
}

impl Master {
    fn of(secret: &SecretString) -> Self {
        let key = derived(secret.expose_secret().as_bytes(), "master");
        let fingerprint = hex::encode(Sha256::digest(derived::<32>(&key, "fingerprint")))[..16].to_owned();
        Self { fingerprint, key }
    }
}

#[derive(Clone)]
struct Keys {
    root: [u8; 32],
    seal: BTreeMap<DataKeyId, [u8; 32]>,
    /// The one that seals: the newest whose time has come.
    current: DataKeyId,
    /// Since when.
    current_since: Timestamp,
}

/// Seals and opens. Its keys are those of the database; its masters come from the settings.
pub struct Vault {
    /// The first one wraps; all of them unwrap.
    masters: Vec<Master>,
    keys: RwLock<Arc<Keys>>,
}

/// How long after a rotation the tables are searched for what earlier keys sealed.
const RESEALING: SignedDuration = SignedDuration::from_hours(24);
/// How long a new key is known to everybody before it seals.
const ANNOUNCED: SignedDuration = SignedDuration::from_mins(2);

impl Vault {
    /// Opens the vault of a database; makes its keys if nobody was here before.
    ///
    /// # Errors
    /// [`VaultError::WrongSecret`], or the database cannot be read or written.
    pub async fn open(
        store: &Store,
        secrets: &[&SecretString],
        random: &Random,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let masters: Vec<Master> = secrets.iter().map(|secret| Master::of(secret)).collect();
        let mut found = data_keys::list(&mut *store.read().await?).await?;
        if let (true, Some(master)) = (found.is_empty(), masters.first()) {
            let mut tx = store.begin().await?;
            // Whoever makes the root makes the first sealing key with it.
            if data_keys::save(&mut tx, &fresh(master, Purpose::Root, 0, random, now), now).await? {
                data_keys::save(&mut tx, &fresh(master, Purpose::Seal, 1, random, now), now).await?;
            }
            tx.commit().await?;
            found = data_keys::list(&mut *store.read().await?).await?;
        }
        let keys = unwrap_all(&masters, &found, now)?;
        Ok(Self { masters, keys: RwLock::new(Arc::new(keys)) })
    }

    /// Whether these secrets open what a database keeps sealed; one that nothing was sealed in yet opens for all. Only reads.
    ///
    /// # Errors
    /// The keys could not be read.
    pub async fn opens(store: &Store, secrets: &[&SecretString], now: Timestamp) -> Result<bool, StoreError> {
        let masters: Vec<Master> = secrets.iter().map(|secret| Master::of(secret)).collect();
        let found = data_keys::list(&mut *store.read().await?).await?;
        Ok(found.is_empty() || unwrap_all(&masters, &found, now).is_ok())
    }

    fn keys(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the keys again: another process may have made one, or one may seal from now on.
    ///
    /// # Errors
    /// The database cannot be read, or has keys of another secret.
    pub async fn reload(&self, store: &Store, now: Timestamp) -> Result<(), VaultError> {
        let found = data_keys::list(&mut *store.read().await?).await?;
        let keys = unwrap_all(&self.masters, &found, now)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    /// A key of ours for `purpose`. It stays the same when `security.secret` changes.
    pub fn derive<const N: usize>(&self, purpose: &str) -> [u8; N] {
        derived(&self.keys().root, purpose)
    }

    /// Seals a value for one place.
    pub fn seal(&self, random: &Random, context: &str, value: &[u8]) -> String {
        let keys = self.keys();
        let sealed = keys.seal.get(&keys.current).map(|key| encrypt(key, random, context, value));
        format!("v1.{}.{}", keys.current, sealed.unwrap_or_default())
    }

    /// Opens a value that was sealed for this place.
    ///
    /// # Errors
    /// [`VaultError::Broken`], [`VaultError::UnknownKey`].
    pub fn unseal(&self, context: &str, sealed: &str) -> Result<Vec<u8>, VaultError> {
        let broken = || VaultError::Broken { context: context.to_owned() };
        let mut parts = sealed.splitn(3, '.');
        let (Some("v1"), Some(key), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(broken());
        };
        let keys = self.keys();
        let id = DataKeyId::parse(key).map_err(|_| broken())?;
        let known = keys.seal.get(&id).ok_or_else(|| VaultError::UnknownKey { key: key.to_owned() })?;
        decrypt(known, context, text).ok_or_else(broken)
    }

    /// Like [`Vault::unseal`], for values that another process may have sealed with a key of its own since we looked.
    ///
    /// # Errors
    /// [`VaultError::Broken`], or the keys cannot be read.
    pub async fn unseal_fresh(
        &self,
        store: &Store,
        context: &str,
        sealed: &str,
        now: Timestamp,
    ) -> Result<Vec<u8>, VaultError> {
        match self.unseal(context, sealed) {
            Err(VaultError::UnknownKey { .. }) => {
                self.reload(store, now).await?;
                self.unseal(context, sealed)
            }
            outcome => outcome,
        }
    }

    /// Wraps every key under the present `security.secret` and makes a new sealing key. The running shop seals with it once every
    /// process had time to learn of it, and seals anew what it sealed before ([`Vault::reseal`]). Earlier keys stay, wrapped: whatever
    /// was sealed with one of them opens for ever. Returns how many keys there are now.
    ///
    /// # Errors
    /// The database failed, or has keys of a secret that is not in the settings.
    pub async fn rotate(&self, db: &mut Db, random: &Random, now: Timestamp) -> anyhow::Result<usize> {
        let master = self.masters.first().context("there is no secret in the settings")?;
        let keys = data_keys::list(&mut *db).await?;
        for key in &keys {
            let plain = unwrap(&self.masters, key).ok_or(VaultError::WrongSecret)?;
            data_keys::rewrap(&mut *db, &wrap(master, key, &plain, random)).await?;
        }
        let number = keys.last().map_or(0, |key| key.number) + 1;
        let fresh = WrappedKey { seals_from: now + ANNOUNCED, ..fresh(master, Purpose::Seal, number, random, now) };
        ensure!(data_keys::save(&mut *db, &fresh, now).await?, "another process rotates at this moment");
        Ok(keys.len() + 1)
    }

    /// Seals anew, with the present key, up to a batch of values of each kind that were sealed with an earlier one. Returns how many.
    /// A value that does not open is told to the log and left alone.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reseal(&self, store: &Store, random: &Random, now: Timestamp) -> Result<usize, StoreError> {
        let keys = self.keys();
        if keys.seal.len() == 1 || now.duration_since(keys.current_since) > RESEALING {
            return Ok(0);
        }
        let current = keys.current.clone();
        let mut resealed = 0;
        for place in SEALED {
            let found = data_keys::list_sealed(&mut *store.read().await?, place, &current, BATCH).await?;
            if found.is_empty() {
                continue;
            }
            let mut tx = store.begin().await?;
            for (id, sealed) in &found {
                let context = format!("{}:{id}", place.context);
                match self.unseal(&context, sealed) {
                    Ok(plain) => {
                        let again = self.seal(random, &context, &plain);
                        resealed += usize::from(data_keys::reseal(&mut tx, place, id, sealed, &again).await?);
                    }
                    Err(error) => tracing::error!("A value stays sealed as it is: {error}"),
                }
            }
            tx.commit().await?;
        }
        Ok(resealed)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

fn derived<const N: usize>(secret: &[u8], purpose: &str) -> [u8; N] {
    let mut key = [0; N];
    // Fails only for keys longer than 8160 bytes.
    let _ = Hkdf::<Sha256>::new(None, secret).expand(purpose.as_bytes(), &mut key);
    key
}

/// Says that whoever knows `secret` wrote what has this digest. Backups bear it, for the key that they are encrypted to is public.
pub fn backup_seal(secret: &SecretString, digest: &[u8]) -> String {
    hex::encode(backup_mac(secret, digest).finalize().into_bytes())
}

/// Whether a seal was made with this secret over this digest.
pub fn is_backup_seal(secret: &SecretString, digest: &[u8], seal: &str) -> bool {
    hex::decode(seal).is_ok_and(|seal| backup_mac(secret, digest).verify_slice(&seal).is_ok())
}

fn backup_mac(secret: &SecretString, digest: &[u8]) -> Hmac<Sha256> {
    let key: [u8; 64] = derived(secret.expose_secret().as_bytes(), "backup");
    Mac::chain_update(<Hmac<Sha256> as hmac::KeyInit>::new(&key.into()), digest)
}

fn fresh(master: &Master, purpose: Purpose, number: i64, random: &Random, now: Timestamp) -> WrappedKey {
    let blank = WrappedKey {
        id: random.id(now),
        number,
        purpose,
        wrapped: String::new(),
        master: String::new(),
        seals_from: now,
    };
    wrap(master, &blank, &random.bytes(), random)
}

fn wrapping(key: &WrappedKey) -> String {
    format!("data_key:{}:{}", key.id, key.purpose.key())
}

/// The same key under another wrapping.
fn wrap(master: &Master, key: &WrappedKey, plain: &[u8; 32], random: &Random) -> WrappedKey {
    let wrapped = encrypt(&master.key, random, &wrapping(key), plain);
    WrappedKey { wrapped, master: master.fingerprint.clone(), ..key.clone() }
}

fn unwrap(masters: &[Master], key: &WrappedKey) -> Option<[u8; 32]> {
    let master = masters.iter().find(|master| master.fingerprint == key.master)?;
    decrypt(&master.key, &wrapping(key), &key.wrapped)?.try_into().ok()
}

fn unwrap_all(masters: &[Master], found: &[WrappedKey], now: Timestamp) -> Result<Keys, VaultError> {
    let (mut root, mut seal) = (None, BTreeMap::new());
    let mut current: Option<(DataKeyId, Timestamp)> = None;
    for key in found {
        let plain = unwrap(masters, key).ok_or(VaultError::WrongSecret)?;
        match key.purpose {
            Purpose::Root => root = Some(plain),
            Purpose::Seal => {
                // Of the first one nobody can say that it is too early.
                if key.seals_from <= now || current.is_none() {
                    current = Some((key.id.clone(), key.seals_from));
                }
                seal.insert(key.id.clone(), plain);
            }
        }
    }
    match (root, current) {
        (Some(root), Some((current, current_since))) => Ok(Keys { root, seal, current, current_since }),
        _ => Err(VaultError::WrongSecret),
    }
}

/// Nonce and ciphertext in hex. The nonce is long enough to be drawn at random.
fn encrypt(key: &[u8; 32], random: &Random, context: &str, value: &[u8]) -> String {
    let nonce: [u8; 24] = random.bytes();
    let payload = Payload { msg: value, aad: context.as_bytes() };
    // Fails only for values beyond 256 GiB.
    let sealed = XChaCha20Poly1305::new(&(*key).into()).encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
    hex::encode([nonce.as_slice(), sealed.as_slice()].concat())
}

fn decrypt(key: &[u8; 32], context: &str, text: &str) -> Option<Vec<u8>> {
    let bytes = hex::decode(text).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<24>()?;
    let payload = Payload { msg: sealed, aad: context.as_bytes() };
    XChaCha20Poly1305::new(&(*key).into()).decrypt(&XNonce::from(*nonce), payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(secret: &str) -> (Master, Keys) {
        let random = Random::seeded(1);
        let master = Master::of(&SecretString::from(secret.to_owned()));
        let now = Timestamp::UNIX_EPOCH;
        let made = [(Purpose::Root, 0), (Purpose::Seal, 1)];
        let made = made.map(|(purpose, number)| fresh(&master, purpose, number, &random, now));
        let keys = unwrap_all(std::slice::from_ref(&master), &made, now).unwrap();
        (master, keys)
    }

    fn open(secret: &str) -> Vault {
        let (master, keys) = vault(secret);
        Vault { masters: vec![master], keys: RwLock::new(Arc::new(keys)) }
    }

    #[test]
    fn a_value_opens_only_where_it_was_sealed_for_and_unchanged() {
        let vault = open("a secret of the settings");
        let sealed = vault.seal(&Random::seeded(2), "totp:acc_1", b"seed");
        assert_eq!(vault.unseal("totp:acc_1", &sealed).unwrap(), b"seed");
        assert!(matches!(vault.unseal("totp:acc_2", &sealed), Err(VaultError::Broken { .. })));
        let last = if sealed.ends_with('0') { '1' } else { '0' };
        let changed = format!("{}{last}", &sealed[..sealed.len() - 1]);
        assert!(matches!(vault.unseal("totp:acc_1", &changed), Err(VaultError::Broken { .. })));
        for nonsense in ["", "v1", "v1..", "v2.x.y", "v1.dky_0.00", &sealed[..60]] {
            assert!(vault.unseal("totp:acc_1", nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn the_same_value_is_never_sealed_to_the_same_text() {
        let (vault, random) = (open("a secret of the settings"), Random::seeded(2));
        assert_ne!(vault.seal(&random, "x", b"seed"), vault.seal(&random, "x", b"seed"));
    }

    #[test]
    fn another_secret_opens_no_key() {
        let other = Master::of(&SecretString::from("another secret".to_owned()));
        let (master, _) = vault("a secret");
        let made = fresh(&master, Purpose::Root, 0, &Random::seeded(1), Timestamp::UNIX_EPOCH);
        assert!(matches!(unwrap_all(&[other], &[made], Timestamp::UNIX_EPOCH), Err(VaultError::WrongSecret)));
    }
}
