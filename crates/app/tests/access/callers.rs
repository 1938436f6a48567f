//! Everybody who may call, with what they show at the door.

use crate::world::{Bought, Customer, PLAN, World};
use app::app::App;
use app::web::access::Face;
use app::web::{secrets, tokens};
use domain::ids::{AccountId, Id, OrderId, ServiceId, SessionId};
use jiff::SignedDuration;
use store::accounts::{self, NewAccount, Role};
use store::services;
use store::sessions::{self, NewSession, SessionKind};
use uuid::Uuid;

/// Who calls, and whose things they ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Anonymous,
    OwnThings,
    ThingsOfAnother,
    ThingsThatAreNot,
    Unverified,
    Expired,
    Revoked,
    Staff(Role),
}

impl Caller {
    pub(crate) const ALL: [Self; 12] = [
        Self::Anonymous,
        Self::OwnThings,
        Self::ThingsOfAnother,
        Self::ThingsThatAreNot,
        Self::Unverified,
        Self::Expired,
        Self::Revoked,
        Self::Staff(Role::Owner),
        Self::Staff(Role::Admin),
        Self::Staff(Role::Billing),
        Self::Staff(Role::Support),
        Self::Staff(Role::ReadOnly),
    ];
}

/// What belongs to somebody.
#[derive(Debug, Clone)]
pub(crate) struct Things {
    pub(crate) account: AccountId,
    pub(crate) order: OrderId,
    pub(crate) service: ServiceId,
    /// Text that nobody else may ever read.
    pub(crate) canaries: Vec<String>,
}

/// Two customers with a delivered server each, and everybody else.
pub(crate) struct People {
    pub(crate) ada: Things,
    pub(crate) bob: Things,
    unverified: AccountId,
}

impl People {
    pub(crate) async fn arrive(world: &World) -> Self {
        let (ada, bob) = (world.customer("ada").await, world.customer("bob-canary").await);
        let mut carts = [world.cart(PLAN), world.cart(PLAN)];
        carts[1]["server_name"] = "Canary keep of Bob".into();
        let ada = things(world, &ada, &carts[0]).await;
        let bob = things(world, &bob, &carts[1]).await;
        let unverified = account(&world.app, "eve@example.test", Role::Customer, false).await;
        Self { ada, bob, unverified }
    }

    /// Whose things a caller asks for.
    pub(crate) fn asked(&self, caller: Caller) -> (OrderId, ServiceId) {
        match caller {
            Caller::ThingsOfAnother => (self.bob.order.clone(), self.bob.service.clone()),
            Caller::ThingsThatAreNot => nothing(),
            Caller::Anonymous
            | Caller::OwnThings
            | Caller::Unverified
            | Caller::Expired
            | Caller::Revoked
            | Caller::Staff(_) => (self.ada.order.clone(), self.ada.service.clone()),
        }
    }

    /// What a caller shows at the door: the name and the value of a header. A new session each time, for some calls end it.
    pub(crate) async fn proof(&self, app: &App, caller: Caller, face: Face) -> Option<(&'static str, String)> {
        let day = SignedDuration::from_hours(24);
        let (account, until) = match caller {
            Caller::Anonymous => return None,
            Caller::OwnThings | Caller::ThingsOfAnother | Caller::ThingsThatAreNot | Caller::Revoked => {
                (self.ada.account.clone(), app.now() + day)
            }
            Caller::Expired => (self.ada.account.clone(), app.now() - SignedDuration::from_secs(1)),
            Caller::Unverified => (self.unverified.clone(), app.now() + day),
            Caller::Staff(role) => (staff(app, role).await, app.now() + day),
        };
        let value = secrets::fresh(app);
        let session: SessionId = app.id();
        let kind = match face {
            Face::Page => SessionKind::Browser,
            Face::Api => SessionKind::Api,
        };
        let new = NewSession {
            id: &session,
            account: &account,
            token_hash: &secrets::sha256_hex(value.as_bytes()),
            kind,
            user_agent: "a test",
            expires_at: until,
        };
        let mut tx = app.store.begin().await.unwrap();
        sessions::open(&mut tx, &new, app.now()).await.unwrap();
        if caller == Caller::Revoked {
            sessions::revoke(&mut tx, &session, app.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        Some(match face {
            Face::Page if app.config.site.url.scheme() == "https" => ("cookie", format!("__Host-givr={value}")),
            Face::Page => ("cookie", format!("givr={value}")),
            Face::Api => {
                let token = tokens::issue(app, &tokens::Claims { account, session }).unwrap();
                ("authorization", format!("Bearer {token}"))
            }
        })
    }
}

/// Ids that look right and belong to nobody.
fn nothing() -> (OrderId, ServiceId) {
    (OrderId::from_uuid(Uuid::from_u128(77)), ServiceId::from_uuid(Uuid::from_u128(78)))
}

async fn things(world: &World, customer: &Customer, cart: &serde_json::Value) -> Things {
    let (_, opened) = world.post("/api/v1/checkout", Some(&customer.token), cart).await;
    let page = opened["payment_url"].as_str().unwrap().rsplit('/').next().unwrap();
    let bought = Bought {
        order: OrderId::parse(opened["order_id"].as_str().unwrap()).unwrap(),
        session: page.split(['#', '?']).next().unwrap().to_owned(),
    };
    world.pays(&bought, sandbox::stripe::PayOutcome::Pay);
    world.settles(&bought).await;
    let mut db = world.app.store.read().await.unwrap();
    let service = services::find_by_order(&mut db, &bought.order).await.unwrap().unwrap();
    let server = service.server.clone().unwrap();
    Things {
        account: service.customer.clone(),
        order: bought.order.clone(),
        service: service.id.clone(),
        canaries: vec![
            customer.email.clone(),
            service.name.clone(),
            service.id.to_string(),
            bought.order.to_string(),
            bought.session.clone(),
            service.external_id.clone(),
            service.subscription.clone(),
            service.address.clone().unwrap(),
            server.identifier,
            server.uuid,
        ],
    }
}

async fn staff(app: &App, role: Role) -> AccountId {
    let email = format!("{}@staff.example", role.key());
    let known = accounts::find_by_email(&mut app.store.read().await.unwrap(), &email).await.unwrap();
    match known {
        Some(account) => account.id,
        None => account(app, &email, role, true).await,
    }
}

async fn account(app: &App, email: &str, role: Role, verified: bool) -> AccountId {
    let id: AccountId = app.id();
    let new =
        NewAccount { id: &id, email, password_hash: "no password opens this", display_name: "X", role, smoke: false };
    let mut tx = app.store.begin().await.unwrap();
    accounts::create(&mut tx, &new, app.clock.now()).await.unwrap();
    if verified {
        accounts::verify_email(&mut tx, &id, app.clock.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    id
}
