//! Access and refresh tokens: what is refused, and what a copy of one is worth.

use crate::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{Id, SessionId};
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use jiff::SignedDuration;
use rstest::rstest;
use serde_json::{Value, json};
use sha2::Sha256;
use store::Engine;

const PATH: &str = "/api/v1/servers";

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn parts(token: &str) -> (Value, Value) {
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let mut parts = token.split('.');
    (read(parts.next().unwrap()), read(parts.next().unwrap()))
}

/// A token with a signature by `key`.
fn signed(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes()).to_bytes());
    format!("{text}.{signature}")
}

fn with(value: &Value, name: &str, new: Value) -> Value {
    let mut changed = value.clone();
    changed[name] = new;
    changed
}

fn without(value: &Value, name: &str) -> Value {
    let mut changed = value.clone();
    changed.as_object_mut().unwrap().remove(name);
    changed
}

#[rstest]
#[tokio::test]
async fn every_bad_token_is_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    assert_eq!(world.get(PATH, Some(&ada.token)).await.0, StatusCode::OK, "the table can fail");
    let (header, claims) = parts(&ada.token);
    let (_, bobs) = parts(&bob.token);
    let now = world.app.now().as_second();
    // With the right key, so that only what is said to be wrong is wrong.
    let right = right_key(&world).await;
    let ours = |header: &Value, claims: &Value| signed(header, claims, &right);
    assert_eq!(world.get(PATH, Some(&ours(&header, &claims))).await.0, StatusCode::OK, "the right key signs");
    let foreign = SigningKey::from_bytes(&[9; 32]);
    let public = world.app.token_keys.public()["keys"][0]["x"].as_str().unwrap().to_owned();
    let body = format!("{}.{}", part(&with(&header, "alg", json!("HS256"))), part(&claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(public.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let confused = format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
    let unsigned = |alg: &str| format!("{}.{}.", part(&with(&header, "alg", json!(alg))), part(&claims));
    let text: Vec<&str> = ada.token.split('.').collect();
    let mut bent = URL_SAFE_NO_PAD.decode(text[2]).unwrap();
    bent[5] ^= 1;

    let table: Vec<(&str, String)> = vec![
        ("nothing", String::new()),
        ("no token at all", "x".into()),
        ("two parts", format!("{}.{}", text[0], text[1])),
        ("four parts", format!("{}.x", ada.token)),
        ("empty parts", "..".into()),
        ("no JSON", "e30.e30.e30".into()),
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg NONE with the real signature", format!("{}.{}", unsigned("NONE").trim_end_matches('.'), text[2])),
        ("HS256 with our public key as its secret", confused),
        ("alg RS256", signed(&with(&header, "alg", json!("RS256")), &claims, &right)),
        ("another key of the same kind", signed(&header, &claims, &foreign)),
        ("a key that brings itself", {
            let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(foreign.verifying_key().as_bytes())});
            signed(&with(&header, "jwk", jwk), &claims, &foreign)
        }),
        ("no kid", ours(&without(&header, "kid"), &claims)),
        ("another kid", ours(&with(&header, "kid", json!("abcdefghijkmnpqr")), &claims)),
        ("a huge kid", ours(&with(&header, "kid", json!("k".repeat(100_000))), &claims)),
        ("a kid that is a path", ours(&with(&header, "kid", json!("../../../dev/null")), &claims)),
        ("a kid that is a statement", ours(&with(&header, "kid", json!("x' or 1=1 --")), &claims)),
        ("one bit of the signature", format!("{}.{}.{}", text[0], text[1], URL_SAFE_NO_PAD.encode(bent))),
        ("the claims of somebody else", format!("{}.{}.{}", text[0], part(&bobs), text[2])),
        ("no exp", ours(&header, &without(&claims, "exp"))),
        ("an exp that is text", ours(&header, &with(&claims, "exp", json!("never")))),
        ("expired", ours(&header, &with(&with(&claims, "iat", json!(now - 1000)), "exp", json!(now - 100)))),
        ("exp at this very second", ours(&header, &with(&claims, "exp", json!(now)))),
        ("good for a year", ours(&header, &with(&claims, "exp", json!(now + 31_536_000)))),
        ("from the future", ours(&header, &with(&with(&claims, "iat", json!(now + 600)), "exp", json!(now + 900)))),
        ("numbers that overflow", ours(&header, &with(&with(&claims, "iat", json!(i64::MIN)), "exp", json!(i64::MAX)))),
        ("another audience", ours(&header, &with(&claims, "aud", json!("panel")))),
        ("no audience", ours(&header, &without(&claims, "aud"))),
        ("another issuer", ours(&header, &with(&claims, "iss", json!("https://evil.example")))),
        ("no issuer", ours(&header, &without(&claims, "iss"))),
        ("no subject", ours(&header, &without(&claims, "sub"))),
        ("the session of somebody else", ours(&header, &with(&claims, "sid", bobs["sid"].clone()))),
        ("the subject of somebody else", ours(&header, &with(&claims, "sub", bobs["sub"].clone()))),
        ("a session that is not", {
            let nobody = SessionId::from_uuid(uuid::Uuid::from_u128(3)).to_string();
            ours(&header, &with(&claims, "sid", json!(nobody)))
        }),
        ("an endless token", format!("{}{}", ada.token, "A".repeat(100_000))),
    ];
    assert!(table.len() >= 20);
    for (what, token) in &table {
        let request = http::Request::get(PATH).header("authorization", format!("Bearer {token}"));
        let answer = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
        let text = axum::body::to_bytes(answer.into_body(), 1 << 16).await.unwrap();
        let problem: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(problem["code"], "sign_in", "every reason looks alike: {what}");
    }
    tell(&format!("bad tokens: {} of {} refused", table.len(), table.len()));
}

#[expect(clippy::print_stdout, reason = "the number is this test's figure")]
fn tell(figure: &str) {
    println!("{figure}");
}

/// The key that signs, taken out of the database as only the program can.
async fn right_key(world: &World) -> SigningKey {
    let mut db = world.app.store.read().await.unwrap();
    let row = store::signing_keys::list(&mut db, world.app.now()).await.unwrap().remove(0);
    let seed = world.app.vault.unseal(&format!("signing_key:{}", row.id), &row.sealed).unwrap();
    let key = SigningKey::from_bytes(&seed.try_into().unwrap());
    assert!(key.to_pkcs8_der().is_ok());
    key
}

#[rstest]
#[tokio::test]
async fn a_refresh_token_that_is_used_twice_ends_its_whole_family(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let form = json!({"email": ada.email, "password": crate::doors::PASSWORD});
    let (_, first) = world.post("/api/v1/auth/token", None, &form).await;
    let refresh = async |token: &Value| {
        world.post("/api/v1/auth/refresh", None, &json!({ "refresh_token": token["refresh_token"] })).await
    };
    let (status, second) = refresh(&first).await;
    assert_eq!(status, StatusCode::OK);
    let works = async |tokens: &Value| world.get(PATH, tokens["access_token"].as_str()).await.0 == StatusCode::OK;
    assert!(works(&first).await && works(&second).await);

    // A thief and the owner have the same first token; whoever is second gives both away.
    assert_eq!(refresh(&first).await.0, StatusCode::UNAUTHORIZED);

    assert!(!works(&first).await && !works(&second).await, "no access token of the family works any more");
    assert_eq!(refresh(&second).await.0, StatusCode::UNAUTHORIZED, "nor does the newest refresh token");
    assert_eq!(world.get(PATH, Some(&ada.token)).await.0, StatusCode::OK, "another sign-in is not touched");
}

#[rstest]
#[tokio::test]
async fn tokens_lapse_by_the_clock(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    world.clock.advance(SignedDuration::from_secs(899));
    assert_eq!(world.get(PATH, Some(&ada.token)).await.0, StatusCode::OK);
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(world.get(PATH, Some(&ada.token)).await.0, StatusCode::UNAUTHORIZED);
}
