//! People who buy over the shop's API as programs do, pay on Stripe's page, and do what people do besides.

use crate::blackbox::pause;
use anyhow::{Context, bail, ensure};
use domain::ids::{AccountId, Id};
use http::StatusCode;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::Store;
use store::accounts::{self, NewAccount};
use uuid::Uuid;

pub(crate) const PASSWORD: &str = "seven quiet otters knit";
/// How long one call may take before the customer tries again.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often something is tried before the customer gives up.
const TRIES: u32 = 60;
/// What is bought.
const PLANS: [&str; 4] = ["minecraft-paper-2g", "minecraft-paper-4g", "minecraft-purpur-2g", "minecraft-purpur-4g"];

/// How somebody buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Pays,
    PaysLate,
    ClicksTwice,
    PaysTwice,
    /// The first card is declined.
    TriesTwoCards,
    CancelsUnpaid,
    CancelsPaid,
    /// Leaves the payment page, and cancels when everything is over.
    WalksAway,
}

impl Manner {
    /// By chance; most people just pay.
    pub(crate) fn of(chance: &mut StdRng) -> Self {
        match chance.random_range(0..100) {
            0..60 => Self::Pays,
            60..68 => Self::PaysLate,
            68..76 => Self::ClicksTwice,
            76..81 => Self::PaysTwice,
            81..84 => Self::TriesTwoCards,
            84..90 => Self::CancelsUnpaid,
            90..96 => Self::CancelsPaid,
            _ => Self::WalksAway,
        }
    }
}

/// What all customers did, as far as they know.
#[derive(Default)]
pub(crate) struct Deeds {
    /// Orders that Stripe took money for.
    pub(crate) paid: Mutex<BTreeSet<String>>,
    /// What the shop did wrong to a customer's face.
    pub(crate) mistakes: Mutex<Vec<String>>,
}

/// Somebody with an account.
pub(crate) struct Customer {
    http: reqwest::Client,
    /// Where the shop is.
    shop: String,
    email: String,
    token: Mutex<Option<String>>,
    cookie: Mutex<Option<String>>,
}

struct Opened {
    order: String,
    page: String,
}

/// Whose account the customer with this number has.
pub(crate) fn account_of(number: usize) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(0x1000 + number as u128))
}

/// Makes accounts with proven addresses, before the program runs.
///
/// # Errors
/// The database cannot be written.
pub(crate) async fn arrive(store: &Store, count: usize) -> anyhow::Result<()> {
    let hash = app::web::passwords::Hashers::new().hash(PASSWORD, [7; 16]).await?;
    let now = app::clock::Clock::now(&app::clock::SystemClock);
    let mut tx = store.begin().await?;
    for number in 0..count {
        let (id, email) = (account_of(number), address(number));
        let role = domain::access::Role::Customer;
        let account =
            NewAccount { id: &id, email: &email, password_hash: &hash, display_name: "A customer", role, smoke: false };
        accounts::create(&mut tx, &account, now).await?;
        accounts::verify_email(&mut tx, &id, now).await?;
    }
    Ok(tx.commit().await?)
}

fn address(number: usize) -> String {
    format!("customer-{number}@example.test")
}

impl Customer {
    pub(crate) fn new(http: reqwest::Client, shop: &str, number: usize) -> Self {
        let (shop, email) = (shop.to_owned(), address(number));
        Self { http, shop, email, token: Mutex::default(), cookie: Mutex::default() }
    }

    /// Buys one server in this manner.
    ///
    /// # Errors
    /// The customer gave up.
    pub(crate) async fn buys(&self, number: usize, manner: Manner, deeds: &Deeds) -> anyhow::Result<()> {
        let cart = json!({
            "cart_key": format!("cart-{number}"), "plan_id": PLANS[number % PLANS.len()],
            "server_name": format!("Keep number {number}"), "consents": ["minecraft-eula"],
        });
        let opened = match manner {
            Manner::ClicksTwice => self.clicks_twice(&cart, deeds).await?,
            Manner::Pays
            | Manner::PaysLate
            | Manner::PaysTwice
            | Manner::TriesTwoCards
            | Manner::CancelsUnpaid
            | Manner::CancelsPaid
            | Manner::WalksAway => self.opens(&cart).await?,
        };
        match manner {
            Manner::Pays | Manner::ClicksTwice => self.pays(&opened, "pay", deeds).await,
            Manner::PaysLate => {
                pause(Duration::from_secs(12)).await;
                self.pays(&opened, "pay", deeds).await
            }
            Manner::PaysTwice => {
                let (one, other) =
                    tokio::join!(self.pays(&opened, "pay", deeds), self.pays(&opened, "three_d_secure", deeds));
                one.or(other)
            }
            Manner::TriesTwoCards => {
                // The card is refused, not the page.
                let _ = self.pays(&opened, "decline", deeds).await;
                self.pays(&opened, "pay", deeds).await
            }
            Manner::CancelsUnpaid => self.cancels(&opened.order).await,
            Manner::CancelsPaid => {
                self.pays(&opened, "pay", deeds).await?;
                pause(Duration::from_millis(500)).await;
                self.cancels(&opened.order).await
            }
            Manner::WalksAway => Ok(()),
        }
    }

    async fn clicks_twice(&self, cart: &Value, deeds: &Deeds) -> anyhow::Result<Opened> {
        let (one, other) = tokio::join!(self.opens(cart), self.opens(cart));
        let (one, other) = (one?, other?);
        if one.order != other.order {
            let text = format!("two clicks made two orders, {} and {}", one.order, other.order);
            deeds.mistakes.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        }
        Ok(other)
    }

    /// Opens a payment page; the same cart again and again until the shop has an answer.
    async fn opens(&self, cart: &Value) -> anyhow::Result<Opened> {
        let opened = self.insists("/api/v1/checkout", cart, StatusCode::CREATED).await?;
        let text = |name: &str| Some(opened[name].as_str()?.to_owned());
        let (order, page) = text("order_id").zip(text("payment_url")).context("no payment page in the answer")?;
        Ok(Opened { order, page })
    }

    async fn pays(&self, opened: &Opened, how: &str, deeds: &Deeds) -> anyhow::Result<()> {
        let page = opened.page.split('#').next().unwrap_or_default();
        let answer = self.http.post(page).form(&[("outcome", how)]).timeout(PATIENCE).send().await?;
        ensure!(answer.status().is_redirection(), "the payment page says {}", answer.status());
        deeds.paid.lock().unwrap_or_else(PoisonError::into_inner).insert(opened.order.clone());
        Ok(())
    }

    /// Cancels an order.
    ///
    /// # Errors
    /// The customer gave up.
    pub(crate) async fn cancels(&self, order: &str) -> anyhow::Result<()> {
        self.insists(&format!("/api/v1/orders/{order}/cancel"), &json!({}), StatusCode::ACCEPTED).await.map(drop)
    }

    /// Calls until the answer is the right one.
    async fn insists(&self, path: &str, body: &Value, wanted: StatusCode) -> anyhow::Result<Value> {
        let mut last = anyhow::anyhow!("never called");
        for _ in 0..TRIES {
            match self.call(path, body).await {
                Ok((status, answer)) if status == wanted => return Ok(answer),
                Ok((status, answer)) => {
                    if status == StatusCode::UNAUTHORIZED {
                        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    }
                    last = anyhow::anyhow!("{status} {answer}");
                }
                Err(error) => last = error,
            }
            pause(Duration::from_secs(1)).await;
        }
        Err(last.context(format!("{path} was given up")))
    }

    async fn call(&self, path: &str, body: &Value) -> anyhow::Result<(StatusCode, Value)> {
        let token = self.token().await?;
        let request = self.http.post(format!("{}{path}", self.shop)).bearer_auth(token).json(body);
        let answer = request.timeout(PATIENCE).send().await?;
        Ok((answer.status(), answer.json().await.unwrap_or_default()))
    }

    async fn token(&self) -> anyhow::Result<String> {
        let known = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(token) = known {
            return Ok(token);
        }
        let form = json!({"email": self.email, "password": PASSWORD});
        let request = self.http.post(format!("{}/api/v1/auth/token", self.shop)).json(&form);
        let answer: Value = request.timeout(PATIENCE).send().await?.json().await?;
        let token = answer["access_token"].as_str().with_context(|| format!("no sign-in: {answer}"))?.to_owned();
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }

    /// Signs in with a browser.
    ///
    /// # Errors
    /// The shop does not let the customer in.
    pub(crate) async fn enters(&self) -> anyhow::Result<()> {
        let form = [("email", self.email.as_str()), ("password", PASSWORD)];
        let answer = self.http.post(format!("{}/login", self.shop)).form(&form).timeout(PATIENCE).send().await?;
        let cookies = answer.headers().get_all(http::header::SET_COOKIE).iter();
        let mut pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let Some(cookie) = pairs.find(|pair| pair.starts_with("givr=")) else {
            bail!("no cookie with {}", answer.status());
        };
        *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(cookie.to_owned());
        Ok(())
    }

    /// Reads a page to its end.
    ///
    /// # Errors
    /// It is not there.
    pub(crate) async fn look_at(&self, page: &str) -> anyhow::Result<()> {
        let mut request = self.http.get(format!("{}{page}", self.shop));
        if let Some(cookie) = self.cookie.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            request = request.header(http::header::COOKIE, cookie);
        }
        let answer = request.send().await?;
        ensure!(answer.status() == StatusCode::OK, "{page} says {}", answer.status());
        answer.bytes().await?;
        Ok(())
    }
}
