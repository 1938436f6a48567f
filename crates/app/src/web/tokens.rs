//! Access tokens of the API: JWTs signed with a key of our own, good for 15 minutes and only as long as their session.

use crate::app::App;
use crate::web::secrets;
use domain::ids::{AccountId, SessionId};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// How long an access token is good.
pub const ACCESS: SignedDuration = SignedDuration::from_mins(15);
/// How long a refresh token is good.
pub const REFRESH: SignedDuration = SignedDuration::from_hours(24 * 30);

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

/// The key that tokens are signed with, worked out once.
pub struct Keys {
    id: String,
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl Keys {
    /// The key that belongs to the secret in the settings.
    ///
    /// # Errors
    /// It cannot be written in the form that the signer wants.
    pub fn of(secret: &SecretString) -> anyhow::Result<Self> {
        let key = SigningKey::from_bytes(&secrets::derived_key::<32>(secret, "api-token-ed25519"));
        let public = key.verifying_key();
        Ok(Self {
            id: secrets::sha256_hex(public.as_bytes())[..16].to_owned(),
            signing: EncodingKey::from_ed_der(key.to_pkcs8_der()?.as_bytes()),
            verifying: DecodingKey::from_ed_der(public.as_bytes()),
        })
    }
}

fn issuer(app: &App) -> String {
    app.site_url("")
}

/// Who the tokens are for.
const AUDIENCE: &str = "givr-api";

/// Makes an access token.
///
/// # Errors
/// The key cannot be used; there is nothing that the caller could do.
pub fn issue(app: &App, claims: &Claims) -> anyhow::Result<String> {
    let keys = &app.token_keys;
    let now = app.now();
    let header = Header { kid: Some(keys.id.clone()), ..Header::new(Algorithm::EdDSA) };
    let wire = Wire {
        iss: issuer(app),
        aud: AUDIENCE.to_owned(),
        sub: claims.account.to_string(),
        sid: claims.session.to_string(),
        iat: now.as_second(),
        exp: (now + ACCESS).as_second(),
    };
    Ok(jsonwebtoken::encode(&header, &wire, &keys.signing)?)
}

/// What a token says, if it is one of ours and still good; every reason against it looks alike.
pub fn verify(app: &App, token: &str) -> Option<Claims> {
    if token.len() > 2048 {
        return None;
    }
    let keys = &app.token_keys;
    let header = jsonwebtoken::decode_header(token).ok()?;
    if header.alg != Algorithm::EdDSA || header.kid.as_deref() != Some(&keys.id) {
        return None;
    }
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[issuer(app)]);
    validation.set_audience(&[AUDIENCE]);
    // Compared below against our own clock.
    validation.validate_exp = false;
    let wire = jsonwebtoken::decode::<Wire>(token, &keys.verifying, &validation).ok()?.claims;
    let now = app.now().as_second();
    let fresh = wire.iat <= now + 10 && now < wire.exp && wire.exp - wire.iat <= ACCESS.as_secs();
    let account = AccountId::parse(&wire.sub).ok().filter(|_| fresh)?;
    Some(Claims { account, session: SessionId::parse(&wire.sid).ok()? })
}
