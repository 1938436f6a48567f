//! Access tokens of the API: JWTs signed with a key of our own, good for 15 minutes and only as long as their session.
//!
//! Keys are rows, sealed by the vault. A new key is published before it signs, and an old one verifies until everything that it
//! signed has lapsed: a rotation ends nobody's session.

use crate::app::App;
use crate::clock::Random;
use crate::vault::Vault;
use crate::web::registry::{Policy, Routes};
use anyhow::Context;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{AccountId, SessionId};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use http::{Method, header};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use store::{Db, Store, StoreError, signing_keys};

/// How long an access token is good.
pub const ACCESS: SignedDuration = SignedDuration::from_mins(15);
/// How long a refresh token is good.
pub const REFRESH: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long a new key is known to everybody before it signs.
const ANNOUNCED: SignedDuration = SignedDuration::from_mins(2);
/// How far clocks may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(10);
/// A key is replaced when it is this old.
const KEY_AGE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Longest token that is looked at.
const LONGEST: usize = 2048;
/// Who the tokens are for.
const AUDIENCE: &str = "givr-api";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who.
    pub account: AccountId,
    /// By which session.
    pub session: SessionId,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
}

struct Key {
    id: String,
    created_at: Timestamp,
    signs_from: Timestamp,
    public: Vec<u8>,
    signing: EncodingKey,
    verifying: DecodingKey,
}

/// The keys whose tokens may still be good, as this process knows them.
pub struct KeyRing {
    keys: RwLock<Arc<Vec<Key>>>,
    /// The second of the last look for an unknown key: strangers who invent keys cause one look a second.
    looked_at: AtomicI64,
}

/// What comes of reading a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is ours and still good.
    Good(Claims),
    /// Another process may have made its key.
    UnknownKey,
    /// It is not ours, or not good any more. Every reason looks alike.
    Bad,
}

impl KeyRing {
    /// The keys of a database; makes the first one if nobody was here before.
    ///
    /// # Errors
    /// The database cannot be read or written, or a key does not open.
    pub async fn open(store: &Store, vault: &Vault, random: &Random, now: Timestamp) -> anyhow::Result<Self> {
        let ring = Self { keys: RwLock::default(), looked_at: AtomicI64::new(0) };
        ring.reload(store, vault, now).await?;
        if ring.keys().is_empty() {
            let mut tx = store.begin().await?;
            save_new(&mut tx, vault, random, 1, now, now).await?;
            tx.commit().await?;
            ring.reload(store, vault, now).await?;
        }
        Ok(ring)
    }

    fn keys(&self) -> Arc<Vec<Key>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the keys again: another process may have made one.
    ///
    /// # Errors
    /// The database cannot be read, or a key does not open.
    pub async fn reload(&self, store: &Store, vault: &Vault, now: Timestamp) -> anyhow::Result<()> {
        let rows = signing_keys::list(&mut *store.read().await?, now).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            let seed = vault.unseal_fresh(store, &format!("signing_key:{}", row.id), &row.sealed, now).await?;
            let seed: [u8; 32] = seed.try_into().map_err(|_| anyhow::anyhow!("key {} has a wrong length", row.id))?;
            let key = SigningKey::from_bytes(&seed);
            let public = key.verifying_key();
            keys.push(Key {
                id: row.id,
                created_at: row.created_at,
                signs_from: row.signs_from,
                signing: EncodingKey::from_ed_der(key.to_pkcs8_der()?.as_bytes()),
                verifying: DecodingKey::from_ed_der(public.as_bytes()),
                public: public.as_bytes().to_vec(),
            });
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    /// Whether the newest key is so old that another should take over.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.keys().last().is_none_or(|key| now.duration_since(key.created_at) > KEY_AGE)
    }

    /// What a token says, without a look at its session.
    pub fn read(&self, issuer: &str, token: &str, now: Timestamp) -> Verdict {
        match self.check(issuer, token, now) {
            Ok(claims) => Verdict::Good(claims),
            Err(verdict) => verdict,
        }
    }

    fn check(&self, issuer: &str, token: &str, now: Timestamp) -> Result<Claims, Verdict> {
        if token.len() > LONGEST {
            return Err(Verdict::Bad);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Verdict::Bad)?;
        // Only one kind of signature, whatever the token says about itself.
        let id = header.kid.filter(|_| header.alg == Algorithm::EdDSA).ok_or(Verdict::Bad)?;
        let keys = self.keys();
        let key = keys.iter().find(|key| key.id == id).ok_or(match is_key_id(&id) {
            true => Verdict::UnknownKey,
            false => Verdict::Bad,
        })?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        // Compared below against our own clock.
        validation.validate_exp = false;
        let wire = jsonwebtoken::decode::<Wire>(token, &key.verifying, &validation).map_err(|_| Verdict::Bad)?.claims;
        let now = now.as_second();
        let lifetime = wire.exp.checked_sub(wire.iat).ok_or(Verdict::Bad)?;
        let fresh = wire.iat <= now + SKEW.as_secs() && now < wire.exp && lifetime <= ACCESS.as_secs();
        let account = AccountId::parse(&wire.sub).ok().filter(|_| fresh).ok_or(Verdict::Bad)?;
        let session = SessionId::parse(&wire.sid).map_err(|_| Verdict::Bad)?;
        Ok(Claims { account, session })
    }

    /// The public keys, as programs read them (RFC 7517).
    pub fn public(&self) -> Value {
        let one = |key: &Key| {
            json!({
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                "kid": key.id, "x": URL_SAFE_NO_PAD.encode(&key.public),
            })
        };
        json!({ "keys": self.keys().iter().map(one).collect::<Vec<_>>() })
    }
}

fn is_key_id(id: &str) -> bool {
    id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

async fn save_new(
    db: &mut Db,
    vault: &Vault,
    random: &Random,
    number: i64,
    now: Timestamp,
    signs_from: Timestamp,
) -> Result<String, StoreError> {
    let seed: [u8; 32] = random.bytes();
    let id = random.word(16);
    let row = signing_keys::SigningKey {
        sealed: vault.seal(random, &format!("signing_key:{id}"), &seed),
        public_key: hex::encode(SigningKey::from_bytes(&seed).verifying_key().as_bytes()),
        id: id.clone(),
        number,
        created_at: now,
        signs_from,
        verifies_until: None,
    };
    // If another process was faster, its key is as good as ours.
    if signing_keys::save(&mut *db, &row).await? {
        signing_keys::retire_before(&mut *db, number, signs_from + ACCESS + SKEW).await?;
    }
    signing_keys::remove_lapsed(&mut *db, now).await?;
    let keys = signing_keys::list(db, now).await?;
    Ok(keys.into_iter().rfind(|key| key.number == number).map_or(id, |key| key.id))
}

/// Makes the next key. It signs once everybody had time to learn of it; tokens of the present key stay good until they lapse.
/// Returns its id.
///
/// # Errors
/// The database failed.
pub async fn rotate(app: &App, db: &mut Db) -> Result<String, StoreError> {
    let now = app.now();
    let number = signing_keys::list(&mut *db, now).await?.last().map_or(0, |key| key.number) + 1;
    save_new(db, &app.vault, &app.random, number, now, now + ANNOUNCED).await
}

pub(super) fn routes(routes: Routes) -> Routes {
    let document = "The public keys of access tokens, as programs read them.";
    routes.page(Method::GET, "/.well-known/jwks.json", Policy::Public, document, get(show_public))
}

async fn show_public(State(app): State<App>) -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=60")], Json(app.token_keys.public())).into_response()
}

/// Makes an access token.
///
/// # Errors
/// There is no key, or it cannot be used; there is nothing that the caller could do.
pub fn issue(app: &App, claims: &Claims) -> anyhow::Result<String> {
    let now = app.now();
    let keys = app.token_keys.keys();
    let key = keys.iter().rev().find(|key| key.signs_from <= now).or(keys.first());
    let key = key.context("there is no key that signs tokens")?;
    let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::EdDSA) };
    let wire = Wire {
        iss: app.site_url(""),
        aud: AUDIENCE.to_owned(),
        sub: claims.account.to_string(),
        sid: claims.session.to_string(),
        iat: now.as_second(),
        exp: (now + ACCESS).as_second(),
    };
    Ok(jsonwebtoken::encode(&header, &wire, &key.signing)?)
}

/// What a token says, if it is one of ours and still good.
///
/// # Errors
/// The keys could not be looked up.
pub async fn verify(app: &App, token: &str) -> Result<Option<Claims>, StoreError> {
    let (ring, issuer, now) = (&app.token_keys, app.site_url(""), app.now());
    let mut verdict = ring.read(&issuer, token, now);
    if verdict == Verdict::UnknownKey && ring.looked_at.swap(now.as_second(), Ordering::Relaxed) != now.as_second() {
        if let Err(error) = ring.reload(&app.store, &app.vault, now).await {
            tracing::warn!("The keys of access tokens could not be read: {error:#}");
        }
        verdict = ring.read(&issuer, token, now);
    }
    Ok(match verdict {
        Verdict::Good(claims) => Some(claims),
        Verdict::UnknownKey | Verdict::Bad => None,
    })
}
