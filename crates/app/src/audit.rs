//! The audit log as a chain: what a seal is, and what the chain proves.
//!
//! Writers only insert. A reconciler (`work::audit_seal`) seals the lines a little later, one after the other: each seal carries a
//! hash over the seal before it and its own line, made with a key that is not in the database. Whoever can write the database can
//! therefore remove seals from the end, but not make one; an [`Anchor`] that is kept elsewhere tells that too.

use crate::vault::Vault;
use crate::web::secrets;
use anyhow::Context;
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
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

/// The key that seals are made with. It is derived from the vault's root and stays the same when `security.secret` changes.
pub struct Key([u8; 64]);

impl Key {
    /// The key of this installation.
    pub fn of(vault: &Vault) -> Self {
        Self(vault.derive("audit-chain"))
    }

    /// A key of the caller's choice.
    pub fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
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
    #[error("seal {position} is foreign: it was not made with this shop's key behind the seal before it")]
    Foreign {
        /// Where.
        position: i64,
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
    let Seal { position, line, digest, hash: _, sealed_at } = seal;
    let mut bytes = [position.to_be_bytes(), sealed_at.to_be_bytes()].concat();
    for column in [before, line, digest] {
        put(&mut bytes, column);
    }
    let mac = Hmac::<Sha256>::new(&key.0.into()).chain_update(&bytes);
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
    pub fn seal(&mut self, key: &Key, line: &Line, sealed_at: i64) -> Seal {
        let mut seal = Seal {
            position: self.position + 1,
            line: line.id.clone(),
            digest: digest(line),
            hash: String::new(),
            sealed_at,
        };
        seal.hash = hash(key, &self.hash, &seal);
        (self.position, self.hash) = (seal.position, seal.hash.clone());
        seal
    }

    /// Looks at the next seal and its line.
    fn walk(&mut self, key: &Key, seal: &Seal, line: Option<&Line>) -> Result<(), Break> {
        let position = self.position + 1;
        if seal.position != position {
            return Err(Break::Removed { position });
        }
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
    key: &Key,
    kept: Option<&Anchor>,
) -> Result<Verdict, store::StoreError> {
    let mut end = End::of_nothing(installation);
    let mut seen = kept.is_none();
    let mut db = store.read().await?;
    loop {
        let batch = audit::list_sealed(&mut db, end.position, BATCH).await?;
        for (seal, line) in &batch {
            if let Err(broken) = end.walk(key, seal, line.as_ref()) {
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

    #[test]
    fn columns_cannot_flow_into_each_other() {
        let moved = Line { act: "order.retryo".to_owned(), subject: "rd_1".to_owned(), ..line(1) };
        assert_ne!(digest(&moved), digest(&line(1)));
    }

    #[test]
    fn a_seal_depends_on_key_place_and_what_stands_before_it() {
        let seal = |key: u8, start: &str| End::of_nothing(start).seal(&Key([key; 64]), &line(1), 0).hash;
        let ours = seal(1, "ins_1");
        assert_ne!(ours, seal(2, "ins_1"));
        assert_ne!(ours, seal(1, "ins_2"));
        assert_eq!(ours, seal(1, "ins_1"));
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
