//! The audit log as a chain: what a seal is, and what the chain proves.
//!
//! Writers only insert. A reconciler (`work::audit_seal`) seals the lines a little later, one after the other: each seal carries a
//! hash over the seal before it and its own line, made with a key that is not in the database. Whoever can write the database can
//! therefore remove seals from the end, but not make one; an [`Anchor`] that is kept elsewhere tells that too.

use crate::web::secrets;
use anyhow::Context;
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use secrecy::SecretString;
use sha2::Sha256;
use std::fmt;
use std::str::FromStr;
use store::audit::{Line, Seal};
use store::{Store, audit};

/// Lines younger than this are not sealed: what was begun before them may still be committed.
pub const SETTLE: SignedDuration = SignedDuration::from_secs(5);
/// No transaction takes this long. A line that comes later than this into its place was not written by us, and is never sealed.
pub const LATE: SignedDuration = SignedDuration::from_mins(5);
/// Seals read at once.
const BATCH: i64 = 1000;

/// The keys that seals are made with: of the secret in the settings, and of those that it replaced.
pub struct Keys {
    current: Key,
    former: Vec<Key>,
}

struct Key {
    /// Stands in the seals, so that a change of the secret does not look like a forgery.
    name: String,
    bytes: [u8; 64],
}

impl Keys {
    /// New seals get the key of `secret`; those of `former` secrets still count.
    pub fn of(secret: &SecretString, former: &[SecretString]) -> Self {
        let key = |secret: &SecretString| {
            let bytes = secrets::derived_key(secret, "audit-chain");
            let name = secrets::derived_key::<4>(secret, "audit-chain-name");
            Key { name: hex::encode(name), bytes }
        };
        Self { current: key(secret), former: former.iter().map(key).collect() }
    }

    fn find(&self, name: &str) -> Option<&Key> {
        std::iter::once(&self.current).chain(&self.former).find(|key| key.name == name)
    }
}

/// A place on the chain, to be kept where nobody who writes the database can write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Which seal.
    pub position: i64,
    /// Its hash.
    pub hash: String,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.position, self.hash)
    }
}

impl FromStr for Anchor {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (position, hash) = text.trim().split_once(':').context("it has no colon")?;
        let position = position.parse().context("it does not begin with a number")?;
        anyhow::ensure!(hash.len() == 64, "what follows the colon is not a hash");
        Ok(Self { position, hash: hash.to_lowercase() })
    }
}

/// The first thing on the chain that is not as it was left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// There is no seal at this place, but there are later ones.
    #[error("seal {position} was removed")]
    Removed {
        /// Where.
        position: i64,
    },
    /// The sealed line is gone.
    #[error("line {line}, sealed at {position}, is missing")]
    Missing {
        /// Where.
        position: i64,
        /// Which line.
        line: String,
    },
    /// The line is not the one that was sealed.
    #[error("line {line}, sealed at {position}, was changed")]
    Changed {
        /// Where.
        position: i64,
        /// Which line.
        line: String,
    },
    /// The seal was not made with our key, or not behind the seal that stands before it now.
    #[error("seal {position} is foreign: it was not made with this shop's secret behind the seal before it")]
    Foreign {
        /// Where.
        position: i64,
    },
    /// The seal names a secret that was not given.
    #[error("seal {position} was made with another security.secret, named {secret}")]
    OtherSecret {
        /// Where.
        position: i64,
        /// Its name.
        secret: String,
    },
    /// A line claims to be older than lines that were sealed without it.
    #[error("line {line} is foreign: it was not there when later lines were sealed")]
    Inserted {
        /// Which line.
        line: String,
    },
    /// The kept place is not on the chain: seals were removed from the end, and others may have been made since.
    #[error("the kept place {position} is not on the chain: seals were removed from its end")]
    Truncated {
        /// Where.
        position: i64,
    },
}

/// What a look at the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The last place that is in order, if there is any.
    pub head: Option<Anchor>,
    /// The first break, if there is one.
    pub broken: Option<Break>,
}

/// A text behind its length, so that columns cannot flow into each other.
fn put(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_be_bytes());
    bytes.extend(text.as_bytes());
}

/// Of a line alone: every column.
fn digest(line: &Line) -> String {
    let Line { id, at, actor, act, subject, detail } = line;
    let mut bytes = at.to_be_bytes().to_vec();
    for column in [id, actor, act, subject, detail] {
        put(&mut bytes, column);
    }
    secrets::sha256_hex(&bytes)
}

/// Of a seal behind another one: every column but the hash itself.
fn hash(key: &Key, before: &str, seal: &Seal) -> String {
    let Seal { position, line, digest, secret, hash: _, sealed_at } = seal;
    let mut bytes = [position.to_be_bytes(), sealed_at.to_be_bytes()].concat();
    for column in [before, line, digest, secret] {
        put(&mut bytes, column);
    }
    let mac = Hmac::<Sha256>::new(&key.bytes.into()).chain_update(&bytes);
    hex::encode(mac.finalize().into_bytes())
}

/// The end of a chain while it is built or walked. The first seal stands behind the installation's id.
pub struct End {
    position: i64,
    hash: String,
    /// When the newest line so far was written.
    through: Option<i64>,
}

impl End {
    /// Of a chain without seals.
    pub fn of_nothing(installation: &str) -> Self {
        Self { position: 0, hash: installation.to_owned(), through: None }
    }

    /// Behind a seal.
    pub fn behind(seal: Seal) -> Self {
        Self { position: seal.position, hash: seal.hash, through: None }
    }

    fn anchor(&self) -> Option<Anchor> {
        (self.position > 0).then(|| Anchor { position: self.position, hash: self.hash.clone() })
    }

    /// Seals a line behind this end, which moves on.
    pub fn seal(&mut self, keys: &Keys, line: &Line, sealed_at: i64) -> Seal {
        let key = &keys.current;
        let mut seal = Seal {
            position: self.position + 1,
            line: line.id.clone(),
            digest: digest(line),
            secret: key.name.clone(),
            hash: String::new(),
            sealed_at,
        };
        seal.hash = hash(key, &self.hash, &seal);
        (self.position, self.hash) = (seal.position, seal.hash.clone());
        seal
    }

    /// Looks at the next seal and its line.
    fn walk(&mut self, keys: &Keys, seal: &Seal, line: Option<&Line>) -> Result<(), Break> {
        let position = self.position + 1;
        if seal.position != position {
            return Err(Break::Removed { position });
        }
        let Some(key) = keys.find(&seal.secret) else {
            return Err(Break::OtherSecret { position, secret: seal.secret.clone() });
        };
        if hash(key, &self.hash, seal) != seal.hash {
            return Err(Break::Foreign { position });
        }
        let Some(line) = line else { return Err(Break::Missing { position, line: seal.line.clone() }) };
        if digest(line) != seal.digest {
            return Err(Break::Changed { position, line: line.id.clone() });
        }
        (self.position, self.hash) = (position, seal.hash.clone());
        self.through = self.through.max(Some(line.at));
        Ok(())
    }
}

/// Walks the whole chain of `installation`. `kept` is a place that was on it.
///
/// # Errors
/// The database did not answer.
pub async fn verify(
    store: &Store,
    installation: &str,
    keys: &Keys,
    kept: Option<&Anchor>,
) -> Result<Verdict, store::StoreError> {
    let mut end = End::of_nothing(installation);
    let mut seen = kept.is_none();
    let mut db = store.read().await?;
    loop {
        let batch = audit::list_sealed(&mut db, end.position, BATCH).await?;
        for (seal, line) in &batch {
            if let Err(broken) = end.walk(keys, seal, line.as_ref()) {
                return Ok(Verdict { head: end.anchor(), broken: Some(broken) });
            }
            seen = seen || end.anchor().as_ref() == kept;
        }
        if batch.len() < usize::try_from(BATCH).unwrap_or_default() {
            break;
        }
    }
    let broken = match kept.filter(|_| !seen) {
        Some(kept) => Some(Break::Truncated { position: kept.position }),
        None => find_inserted(&mut db, &end).await?,
    };
    Ok(Verdict { head: end.anchor(), broken })
}

async fn find_inserted(db: &mut store::Db, end: &End) -> Result<Option<Break>, store::StoreError> {
    let Some(through) = end.through else { return Ok(None) };
    let inserted = audit::list_unsealed(db, i64::MIN, late(through), 1).await?;
    Ok(inserted.into_iter().next().map(|line| Break::Inserted { line: line.id }))
}

/// Lines that claim to have been written then or earlier are too late, once the seals reach `through`.
pub fn late(through: i64) -> i64 {
    through.saturating_sub(i64::try_from(LATE.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: i64) -> Line {
        Line {
            id: format!("aud_{number}"),
            at: number,
            actor: "cli".to_owned(),
            act: "order.retry".to_owned(),
            subject: "ord_1".to_owned(),
            detail: "{}".to_owned(),
        }
    }

    fn keys(secret: &str) -> Keys {
        Keys::of(&SecretString::from(secret), &[])
    }

    #[test]
    fn columns_cannot_flow_into_each_other() {
        let moved = Line { act: "order.retryo".to_owned(), subject: "rd_1".to_owned(), ..line(1) };
        assert_ne!(digest(&moved), digest(&line(1)));
    }

    #[test]
    fn a_seal_depends_on_key_place_and_what_stands_before_it() {
        let seal = |keys: &Keys, start: &str| End::of_nothing(start).seal(keys, &line(1), 0).hash;
        let ours = seal(&keys("a"), "ins_1");
        assert_ne!(ours, seal(&keys("b"), "ins_1"));
        assert_ne!(ours, seal(&keys("a"), "ins_2"));
        assert_eq!(ours, seal(&keys("a"), "ins_1"));
    }

    #[test]
    fn a_former_secret_still_counts_when_it_is_named() {
        let (old, new) = (SecretString::from("old"), SecretString::from("new"));
        let mut end = End::of_nothing("ins_1");
        let first = end.seal(&Keys::of(&old, &[]), &line(1), 0);
        let second = end.seal(&Keys::of(&new, &[]), &line(2), 0);
        let walk = |keys: &Keys| {
            let mut end = End::of_nothing("ins_1");
            end.walk(keys, &first, Some(&line(1))).and_then(|()| end.walk(keys, &second, Some(&line(2))))
        };
        assert_eq!(walk(&Keys::of(&new, &[old])), Ok(()));
        assert!(matches!(walk(&Keys::of(&new, &[])), Err(Break::OtherSecret { position: 1, .. })));
    }

    #[test]
    fn an_anchor_reads_back_what_it_wrote() {
        let anchor = Anchor { position: 12, hash: "ab".repeat(32) };
        assert_eq!(anchor.to_string().parse::<Anchor>().unwrap(), anchor);
        for bad in ["", "12", "x:y", "1:abc"] {
            assert!(bad.parse::<Anchor>().is_err(), "{bad}");
        }
    }
}
