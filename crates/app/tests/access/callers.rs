//! Everybody who may call, with what they show at the door.

use crate::world::{Bought, Customer, PLAN, World};
use app::alerts::{self, Rule};
use app::app::App;
use app::web::access::Face;
use app::web::{secrets, tokens};
use domain::access::{Role, Scope};
use domain::ids::{
    AccountId, AlertId, ApiKeyId, Id, IncidentId, InvitationId, MessageId, OrderId, PasskeyId, ServiceId, SessionId,
    TicketId,
};
use domain::ticket::{Category, Priority, State, Status};
use jiff::SignedDuration;
use store::accounts::{self, NewAccount};
use store::api_keys::{self, ApiKey};
use store::events::{self, NewEvent, Source};
use store::factors::{self, StoredPasskey};
use store::incidents::{self, Incident};
use store::invitations::{self, Invitation};
use store::public_pages::{self, PublicPage};
use store::services;
use store::sessions::{self, NewSession, SessionKind, Stage};
use store::tickets::{self, Ticket};
use store::{mirror, outbox};
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
    /// Whose last proof of who they are is an hour old.
    Stale,
    /// The owner, whose last proof of who they are is an hour old.
    StaleOwner,
    /// Staff whose password was right, and who showed no second factor.
    WithoutFactor,
    /// A program with a key for one thing.
    Key(Scope),
    Staff(Role),
}

impl Caller {
    pub(crate) const ALL: [Self; 18] = [
        Self::Anonymous,
        Self::OwnThings,
        Self::ThingsOfAnother,
        Self::ThingsThatAreNot,
        Self::Unverified,
        Self::Expired,
        Self::Revoked,
        Self::Stale,
        Self::StaleOwner,
        Self::WithoutFactor,
        Self::Key(Scope::ServersRead),
        Self::Key(Scope::OrdersRead),
        Self::Key(Scope::OrdersWrite),
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

/// What Bob's tickets are about.
const TICKET_OF_BOB: &str = "Canary ticket of Bob";

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
        let mut bob = things(world, &bob, &carts[1]).await;
        bob.canaries.push(TICKET_OF_BOB.to_owned());
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
            | Caller::Stale
            | Caller::StaleOwner
            | Caller::WithoutFactor
            | Caller::Key(_)
            | Caller::Staff(_) => (self.ada.order.clone(), self.ada.service.clone()),
        }
    }

    /// Whose small things a caller asks for: passkeys, keys, sign-ins.
    fn holder(&self, caller: Caller) -> &AccountId {
        if caller == Caller::ThingsOfAnother { &self.bob.account } else { &self.ada.account }
    }

    /// A passkey, made for this call: some calls remove it.
    pub(crate) async fn passkey(&self, app: &App, caller: Caller) -> PasskeyId {
        let id: PasskeyId = app.id();
        if caller != Caller::ThingsThatAreNot {
            let mut tx = app.store.begin().await.unwrap();
            let passkey = StoredPasskey {
                id: id.clone(),
                account: self.holder(caller).clone(),
                credential_id: id.suffix().to_owned(),
                credential: "{}".into(),
                name: "A canary of a passkey".into(),
                created_at: app.now(),
                used_at: None,
            };
            factors::save_passkey(&mut tx, &passkey).await.unwrap();
            tx.commit().await.unwrap();
        }
        id
    }

    /// An API key and its id, made for this call.
    pub(crate) async fn api_key(&self, app: &App, caller: Caller, scope: Scope) -> (ApiKeyId, String) {
        let (id, secret): (ApiKeyId, _) = (app.id(), format!("givr_key_{}", secrets::fresh(app)));
        if caller != Caller::ThingsThatAreNot {
            let key = ApiKey {
                id: id.clone(),
                account: self.holder(caller).clone(),
                name: "A canary of a key".into(),
                hint: "givr_key_x".into(),
                scopes: vec![scope],
                created_at: app.now(),
                expires_at: app.now() + SignedDuration::from_hours(24),
                used_at: None,
            };
            let mut tx = app.store.begin().await.unwrap();
            api_keys::save(&mut tx, &key, &secrets::sha256_hex(secret.as_bytes())).await.unwrap();
            tx.commit().await.unwrap();
        }
        (id, secret)
    }

    /// The word of Ada's public page, shown anew for this call: some calls hide it.
    pub(crate) async fn public_page(&self, app: &App) -> String {
        let page = PublicPage {
            service: self.ada.service.clone(),
            slug: "adas-keep".into(),
            host: String::new(),
            about: String::new(),
            channel: None,
            discord: None,
            created_at: app.now(),
            barred: None,
        };
        let mut tx = app.store.begin().await.unwrap();
        public_pages::save(&mut tx, &page).await.unwrap();
        tx.commit().await.unwrap();
        page.slug
    }

    /// A ticket, made for this call: some calls close it.
    pub(crate) async fn ticket(&self, app: &App, caller: Caller) -> TicketId {
        let (id, now): (TicketId, _) = (app.id(), app.now());
        if caller != Caller::ThingsThatAreNot {
            let ticket = Ticket {
                id: id.clone(),
                account: self.holder(caller).clone(),
                category: Category::General,
                priority: Priority::Normal,
                subject: if caller == Caller::ThingsOfAnother { TICKET_OF_BOB } else { "A ticket" }.to_owned(),
                context: None,
                status: Status { state: State::Open, since: now },
                created_at: now,
                updated_at: now,
                answered_at: None,
            };
            let mut tx = app.store.begin().await.unwrap();
            tickets::create(&mut tx, &ticket).await.unwrap();
            tx.commit().await.unwrap();
        }
        id
    }

    /// A sign-in, made for this call.
    pub(crate) async fn session(&self, app: &App, caller: Caller) -> SessionId {
        match caller {
            Caller::ThingsThatAreNot => app.id(),
            _ => open(app, self.holder(caller), &secrets::fresh(app), Opened::fresh(SessionKind::Browser)).await,
        }
    }

    /// What a caller shows at the door: the name and the value of a header. A new session each time, for some calls end it.
    pub(crate) async fn proof(&self, app: &App, caller: Caller, face: Face) -> Option<(&'static str, String)> {
        let kind = match face {
            Face::Page | Face::Script => SessionKind::Browser,
            Face::Api => SessionKind::Api,
        };
        let mut opened = Opened::fresh(kind);
        let account = match caller {
            Caller::Anonymous => return None,
            Caller::Key(scope) => {
                let (_, secret) = self.api_key(app, caller, scope).await;
                return Some(("authorization", format!("Bearer {secret}")));
            }
            Caller::OwnThings | Caller::ThingsOfAnother | Caller::ThingsThatAreNot => self.ada.account.clone(),
            Caller::Revoked => {
                opened.revoked = true;
                self.ada.account.clone()
            }
            Caller::Stale => {
                opened.age = SignedDuration::from_hours(1);
                self.ada.account.clone()
            }
            Caller::StaleOwner => {
                opened.age = SignedDuration::from_hours(1);
                staff(app, Role::Owner).await
            }
            Caller::Expired => {
                opened.lasts = SignedDuration::from_secs(-1);
                self.ada.account.clone()
            }
            Caller::WithoutFactor => {
                opened.stage = Stage::AwaitsFactor;
                staff(app, Role::Admin).await
            }
            Caller::Unverified => self.unverified.clone(),
            Caller::Staff(role) => staff(app, role).await,
        };
        let value = secrets::fresh(app);
        let session = open(app, &account, &value, opened).await;
        Some(match face {
            Face::Page | Face::Script if app.config.site.url.scheme() == "https" => {
                ("cookie", format!("__Host-givr={value}"))
            }
            Face::Page | Face::Script => ("cookie", format!("givr={value}")),
            Face::Api => {
                let token = tokens::issue(app, &tokens::Claims { account, session }).unwrap();
                ("authorization", format!("Bearer {token}"))
            }
        })
    }
}

/// How a session is.
struct Opened {
    kind: SessionKind,
    stage: Stage,
    age: SignedDuration,
    lasts: SignedDuration,
    revoked: bool,
}

impl Opened {
    fn fresh(kind: SessionKind) -> Self {
        let (age, lasts) = (SignedDuration::ZERO, SignedDuration::from_hours(24));
        Self { kind, stage: Stage::Complete, age, lasts, revoked: false }
    }
}

async fn open(app: &App, account: &AccountId, value: &str, opened: Opened) -> SessionId {
    let id: SessionId = app.id();
    let new = NewSession {
        id: &id,
        account,
        token_hash: &secrets::sha256_hex(value.as_bytes()),
        kind: opened.kind,
        stage: opened.stage,
        user_agent: "a test",
        address: "127.0.0.1",
        expires_at: app.now() + opened.lasts,
    };
    let mut tx = app.store.begin().await.unwrap();
    sessions::open(&mut tx, &new, app.now() - opened.age).await.unwrap();
    if opened.revoked {
        sessions::revoke(&mut tx, &id, app.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    id
}

/// An invitation, made for this call.
pub(crate) async fn invitation(app: &App) -> InvitationId {
    let invitation = Invitation {
        id: app.id(),
        email: format!("{}@staff.example", app.random.word(8)),
        role: Role::ReadOnly,
        invited_by: "cli".into(),
        created_at: app.now(),
        expires_at: app.now() + SignedDuration::from_hours(1),
    };
    let mut tx = app.store.begin().await.unwrap();
    invitations::save(&mut tx, &invitation, &secrets::fresh(app)).await.unwrap();
    tx.commit().await.unwrap();
    invitation.id
}

/// An open alert, raised for this call.
pub(crate) async fn alert(app: &App) -> AlertId {
    let (rule, key) = (Rule::OrderStuck, app.random.word(8));
    alerts::raise_alone(app, rule, &key, "It waits.").await;
    let found = store::alerts::list_open_of(&mut app.store.read().await.unwrap(), &[rule.key()]).await.unwrap();
    found.into_iter().find(|alert| alert.key == key).unwrap().id
}

/// The incident that lasts, begun for the calls.
pub(crate) async fn incident(app: &App) -> IncidentId {
    let mut tx = app.store.begin().await.unwrap();
    let incident = Incident {
        id: app.id(),
        began_at: app.now(),
        ended_at: None,
        title: "Slow".to_owned(),
        text: "We are on it.".to_owned(),
        region: None,
    };
    incidents::begin(&mut tx, &incident).await.unwrap();
    let open = incidents::list_open(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    open[0].id.clone()
}

/// A letter about an order.
pub(crate) async fn mail(app: &App, order: &OrderId) -> MessageId {
    let mut db = app.store.read().await.unwrap();
    outbox::list_about(&mut db, [order.as_str(), ""], 1).await.unwrap()[0].id.clone()
}

/// A node of the panel.
pub(crate) async fn node(app: &App) -> i64 {
    mirror::list_nodes(&mut app.store.read().await.unwrap()).await.unwrap()[0].id
}

/// An event of Stripe's, stored for this call.
pub(crate) async fn event(app: &App) -> String {
    let id = format!("evt_{}", app.random.word(12));
    let event = NewEvent {
        id: id.clone(),
        kind: "invoice.paid".to_owned(),
        object_id: None,
        live: Some(false),
        created: None,
        body: "{}".to_owned(),
        source: Source::Webhook,
    };
    let mut tx = app.store.begin().await.unwrap();
    events::insert_batch(&mut tx, &[event], app.now()).await.unwrap();
    tx.commit().await.unwrap();
    id
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

pub(crate) async fn staff(app: &App, role: Role) -> AccountId {
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
