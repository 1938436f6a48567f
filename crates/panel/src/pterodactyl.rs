//! The driver for Pterodactyl 1.11. Source for everything: the panel's Application API (`/api/application`) and Client API
//! (`/api/client`), and the recorded answers in `contracts/panel-recordings`.

mod client;
mod exchange;
pub(crate) mod path;
pub(crate) mod wire;

use crate::{
    AccountKey, AllocationId, Identifier, NewPanelAccount, NodeId, PanelAllocation, PanelDriver, PanelEgg, PanelError,
    PanelLocation, PanelNode, PanelServer, PanelUser, PowerSignal, Resources, Result, ServerHandle, ServerId,
    ServerKey, ServerSpec, Transport,
};
use async_trait::async_trait;
use bytes::Bytes;
use exchange::Exchange;
use http::Method;
use jiff::Timestamp;
use path::Path;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// For reads and small changes.
const USUAL: Duration = Duration::from_secs(30);
/// For creating, unless something else is asked for, and deleting: the panel itself tries the node twice.
const LONG: Duration = Duration::from_secs(60);
/// Of what takes long while somebody waits for a page: pages end after 35 s, and until then it can be said that it may still be done.
const WAITED_FOR: Duration = Duration::from_secs(25);
/// For what a customer waits for.
const SHORT: Duration = Duration::from_secs(10);

/// What the driver has to know.
#[derive(Clone)]
pub struct PterodactylSettings {
    /// The panel's address without a slash at the end.
    pub url: String,
    /// The application key (`ptla_…`).
    pub application_key: SecretString,
    /// An administrator's client key (`ptlc_…`).
    pub client_key: SecretString,
    /// What time it is.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// Settings that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The address is none.
    #[error("`{0}` is not the address of a panel")]
    Url(String),
    /// A key cannot be a header.
    #[error("a key of the panel has characters that no key has")]
    Key,
}

/// A Pterodactyl panel.
pub struct Pterodactyl {
    exchange: Exchange,
    create_call: Duration,
}

impl Pterodactyl {
    /// Changes something of the login with this key; what is not named stays.
    async fn update_account(&self, call: &'static str, key: &AccountKey, change: &Value) -> Result<()> {
        let Some(user) = self.find_account(key).await? else {
            return Err(refused(call, "NoLogin", "there is no login with the customer's external id"));
        };
        if user.admin {
            return Err(refused(call, "Administrator", "a login of an administrator is never changed"));
        }
        // An update wants these again and leaves the rest alone.
        let mut body = json!({
            "email": user.email,
            "username": user.username,
            "first_name": user.first_name,
            "last_name": user.last_name,
        });
        for (name, value) in change.as_object().into_iter().flatten() {
            body[name.as_str()] = value.clone();
        }
        let path = Path::of_application("users").number(user.id.get());
        let made: wire::Item<wire::User> = self.exchange.send(call, Method::PATCH, path, Some(&body), USUAL).await?;
        if made.attributes.into_ours().id == user.id {
            Ok(())
        } else {
            Err(unreadable(call, "the panel answered with another login".to_owned()))
        }
    }

    /// A driver. The two APIs count their requests apart, so each has a transport of its own.
    ///
    /// # Errors
    /// The settings cannot work.
    pub fn new(
        application: Transport,
        client: Transport,
        settings: PterodactylSettings,
    ) -> std::result::Result<Self, SettingsError> {
        Ok(Self { exchange: Exchange::new(application, client, settings)?, create_call: LONG })
    }

    /// The driver with another limit for a call that creates a server.
    #[must_use]
    pub fn creating_within(self, create_call: Duration) -> Self {
        Self { create_call, ..self }
    }

    async fn server(&self, call: &'static str, path: Path) -> Result<Option<PanelServer>> {
        let found = self.exchange.find::<wire::Item<wire::Server>>(call, path).await?;
        found.map(|item| item.attributes.into_ours().map_err(|problem| unreadable(call, problem))).transpose()
    }
}

fn unreadable(call: &'static str, problem: String) -> PanelError {
    PanelError::OutcomeUnknown { call, source: problem.into() }
}

/// What we ourselves do not ask of the panel.
fn refused(call: &'static str, code: &str, detail: &str) -> PanelError {
    let problem = crate::Problem { code: code.to_owned(), field: None, rule: None, detail: detail.to_owned() };
    PanelError::Refused { call, status: 0, problems: vec![problem] }
}

#[async_trait]
impl PanelDriver for Pterodactyl {
    async fn list_locations(&self) -> Result<Vec<PanelLocation>> {
        let rows = self.exchange.list::<wire::Location>("list_locations", Path::of_application("locations")).await?;
        Ok(rows.into_iter().map(wire::Location::into_ours).collect())
    }

    async fn list_nodes(&self) -> Result<Vec<PanelNode>> {
        let rows = self.exchange.list::<wire::Node>("list_nodes", Path::of_application("nodes")).await?;
        Ok(rows.into_iter().map(wire::Node::into_ours).collect())
    }

    async fn list_allocations(&self, node: NodeId) -> Result<Vec<PanelAllocation>> {
        let path = Path::of_application("nodes").number(node.get()).join("allocations");
        let rows = self.exchange.list::<wire::Allocation>("list_allocations", path).await?;
        rows.into_iter().map(|row| row.into_ours().map_err(|problem| unreadable("list_allocations", problem))).collect()
    }

    async fn list_eggs(&self) -> Result<Vec<PanelEgg>> {
        let nests = self.exchange.list::<wire::Nest>("list_nests", Path::of_application("nests")).await?;
        let mut eggs = Vec::new();
        for nest in nests {
            let path = Path::of_application("nests").number(nest.id).join("eggs").with("include", "variables");
            let rows: wire::List<wire::Egg> = self.exchange.get("list_eggs", path).await?;
            eggs.extend(rows.data.into_iter().map(|item| item.attributes.into_ours()));
        }
        Ok(eggs)
    }

    async fn list_servers(&self) -> Result<Vec<PanelServer>> {
        let path = Path::of_application("servers").with("include", "allocations");
        let rows = self.exchange.list::<wire::Server>("list_servers", path).await?;
        rows.into_iter().map(|row| row.into_ours().map_err(|problem| unreadable("list_servers", problem))).collect()
    }

    async fn find_server(&self, key: &ServerKey) -> Result<Option<PanelServer>> {
        let path = Path::of_application("servers").join("external").join(key.as_str());
        let found = self.server("find_server", path.with("include", "allocations")).await?;
        match found {
            // The database behind the panel may compare loosely; we do not.
            Some(server) if server.external_id.as_deref() != Some(key.as_str()) => {
                Err(unreadable("find_server", "the panel showed a server with another external id".to_owned()))
            }
            found => Ok(found),
        }
    }

    async fn find_server_by_number(&self, server: ServerId) -> Result<Option<PanelServer>> {
        let path = Path::of_application("servers").number(server.get()).with("include", "allocations");
        self.server("find_server_by_number", path).await
    }

    async fn create_server(&self, key: &ServerKey, spec: &ServerSpec) -> Result<PanelServer> {
        let call = "create_server";
        let path = Path::of_application("servers").with("include", "allocations");
        let body = create_body(key, spec);
        let made: wire::Item<wire::Server> =
            self.exchange.send(call, Method::POST, path, Some(&body), self.create_call).await?;
        let server = made.attributes.into_ours().map_err(|problem| unreadable(call, problem))?;
        if server.external_id.as_deref() == Some(key.as_str()) {
            Ok(server)
        } else {
            Err(unreadable(call, "the panel answered with a server of another external id".to_owned()))
        }
    }

    async fn delete_server(&self, handle: &ServerHandle) -> Result<()> {
        let call = "delete_server";
        // Numbers can be reused after a restored backup: what stands there now has to be what we mean.
        let path = Path::of_application("servers").number(handle.id.get());
        let Some(standing) = self.server(call, path.clone()).await? else { return Ok(()) };
        let same = standing.id == handle.id
            && standing.uuid == handle.uuid
            && standing.external_id.as_deref() == Some(handle.key.as_str());
        if !same {
            return Err(unreadable(call, "another server has the number of the one to delete".to_owned()));
        }
        match self.exchange.act(call, Method::DELETE, path, None, LONG).await {
            Err(error) if error.is_missing() => Ok(()),
            other => other,
        }
    }

    async fn add_allocations(&self, server: &PanelServer, ports: &[AllocationId]) -> Result<()> {
        let ports: Vec<u64> = ports.iter().map(|port| port.get()).collect();
        let (limits, features) = (server.limits, server.feature_limits);
        // Whatever is left out of a build update is set to nothing: everything is sent as it was read.
        let body = json!({
            "allocation": server.default_allocation.get(),
            "oom_disabled": limits.oom_disabled,
            "limits": {"memory": limits.memory_mib, "swap": limits.swap_mib, "disk": limits.disk_mib,
                       "io": limits.io_weight, "cpu": limits.cpu_percent, "threads": Value::Null},
            "feature_limits": {"databases": features.databases, "allocations": features.allocations, "backups": features.backups},
            "add_allocations": ports,
            "remove_allocations": [],
        });
        let path = Path::of_application("servers").number(server.id.get()).join("build");
        self.exchange.act("add_allocations", Method::PATCH, path, Some(&body), USUAL).await
    }

    async fn mark_server(&self, server: &PanelServer, key: &ServerKey) -> Result<()> {
        let call = "mark_server";
        let path = Path::of_application("servers").number(server.id.get());
        let standing: wire::Item<wire::Described> = self.exchange.get(call, path.clone()).await?;
        let standing = standing.attributes;
        if standing.uuid != server.uuid {
            return Err(unreadable(call, "another server has the number of the one to mark".to_owned()));
        }
        match standing.external_id.as_deref() {
            None => {}
            Some(mark) if mark == key.as_str() => return Ok(()),
            Some(_) => return Err(refused(call, "Marked", "the server has the external id of something else")),
        }
        // Whatever is left out of these details is erased: everything is sent as it was read.
        let body = json!({
            "external_id": key.as_str(),
            "name": standing.name,
            "user": standing.user,
            "description": standing.description,
        });
        self.exchange.act(call, Method::PATCH, path.join("details"), Some(&body), USUAL).await
    }

    async fn suspend_server(&self, server: ServerId) -> Result<()> {
        let path = Path::of_application("servers").number(server.get()).join("suspend");
        self.exchange.act("suspend_server", Method::POST, path, None, USUAL).await
    }

    async fn unsuspend_server(&self, server: ServerId) -> Result<()> {
        let path = Path::of_application("servers").number(server.get()).join("unsuspend");
        self.exchange.act("unsuspend_server", Method::POST, path, None, USUAL).await
    }

    async fn reinstall(&self, server: ServerId) -> Result<()> {
        let path = Path::of_application("servers").number(server.get()).join("reinstall");
        self.exchange.act("reinstall", Method::POST, path, None, USUAL).await
    }

    async fn find_account(&self, key: &AccountKey) -> Result<Option<PanelUser>> {
        let path = Path::of_application("users").join("external").join(key.as_str());
        let found = self.exchange.find::<wire::Item<wire::User>>("find_account", path).await?;
        match found.map(|item| item.attributes.into_ours()) {
            Some(user) if user.external_id.as_deref() != Some(key.as_str()) => {
                Err(unreadable("find_account", "the panel showed a login with another external id".to_owned()))
            }
            found => Ok(found),
        }
    }

    async fn list_accounts(&self) -> Result<Vec<PanelUser>> {
        let rows = self.exchange.list::<wire::User>("list_accounts", Path::of_application("users")).await?;
        Ok(rows.into_iter().map(wire::User::into_ours).collect())
    }

    async fn find_accounts_by_email(&self, email: &str) -> Result<Vec<PanelUser>> {
        // A comma means "or" in a filter, and no address that we take has one.
        let path = Path::of_application("users").with("filter[email]", &email.replace(',', ""));
        let rows = self.exchange.list::<wire::User>("find_accounts_by_email", path).await?;
        // The filter matches parts of addresses: only equality counts.
        let same = |user: &PanelUser| user.email.to_lowercase() == email.to_lowercase();
        Ok(rows.into_iter().map(wire::User::into_ours).filter(same).collect())
    }

    async fn create_account(&self, account: &NewPanelAccount) -> Result<PanelUser> {
        let body = json!({
            "external_id": account.key.as_str(),
            "email": account.email,
            "username": account.username,
            "first_name": account.first_name,
            "last_name": account.last_name,
        });
        let made: wire::Item<wire::User> = self
            .exchange
            .send("create_account", Method::POST, Path::of_application("users"), Some(&body), USUAL)
            .await?;
        Ok(made.attributes.into_ours())
    }

    async fn link_account(&self, user: &PanelUser, key: &AccountKey) -> Result<PanelUser> {
        let call = "link_account";
        if user.admin {
            return Err(refused(call, "Administrator", "a login of an administrator is never linked to a customer"));
        }
        let body = json!({
            "external_id": key.as_str(),
            "email": user.email,
            "username": user.username,
            "first_name": user.first_name,
            "last_name": user.last_name,
        });
        let path = Path::of_application("users").number(user.id.get());
        let made: wire::Item<wire::User> = self.exchange.send(call, Method::PATCH, path, Some(&body), USUAL).await?;
        Ok(made.attributes.into_ours())
    }

    async fn set_account_email(&self, key: &AccountKey, email: &str) -> Result<()> {
        self.update_account("set_account_email", key, &json!({"email": email})).await
    }

    async fn set_account_password(&self, key: &AccountKey, password: &SecretString) -> Result<()> {
        self.update_account("set_account_password", key, &json!({"password": password.expose_secret()})).await
    }

    async fn delete_account(&self, user: &PanelUser, key: &AccountKey) -> Result<()> {
        let call = "delete_account";
        if user.admin {
            return Err(refused(call, "Administrator", "a login of an administrator is never deleted"));
        }
        if user.external_id.as_deref() != Some(key.as_str()) {
            return Err(refused(call, "NotOurs", "a login without the customer's external id is never deleted"));
        }
        let path = Path::of_application("users").number(user.id.get());
        match self.exchange.act(call, Method::DELETE, path, None, USUAL).await {
            Err(error) if error.is_missing() => Ok(()),
            other => other,
        }
    }

    async fn client_key_is_admins(&self) -> Result<bool> {
        let owner: wire::Item<wire::KeyOwner> = self.exchange.get("client_account", Path::of_key_owner()).await?;
        Ok(owner.attributes.admin)
    }

    async fn resources(&self, server: &Identifier) -> Result<Resources> {
        let path = Path::of_server(server).join("resources");
        let stats: wire::Item<wire::Stats> = self.exchange.get("resources", path).await?;
        Ok(stats.attributes.into_ours())
    }

    async fn power(&self, server: &Identifier, signal: PowerSignal) -> Result<()> {
        let path = Path::of_server(server).join("power");
        self.exchange.act("power", Method::POST, path, Some(&json!({"signal": signal.word()})), SHORT).await
    }

    async fn write_file(&self, server: &Identifier, path: &str, text: &str) -> Result<()> {
        let path = Path::of_server(server).join("files").join("write").with("file", path);
        self.exchange.write("write_file", path, Bytes::from(text.to_owned())).await
    }
}

fn create_body(key: &ServerKey, spec: &ServerSpec) -> Value {
    let additional: Vec<u64> = spec.additional_allocations.iter().map(|port| port.get()).collect();
    json!({
        "external_id": key.as_str(),
        "name": spec.name,
        "description": spec.description,
        "user": spec.owner.get(),
        "egg": spec.egg.get(),
        "docker_image": spec.image,
        "startup": spec.startup,
        "environment": spec.environment,
        "limits": {"memory": spec.memory_mib, "swap": spec.swap_mib, "disk": spec.disk_mib, "io": spec.io_weight,
                   "cpu": spec.cpu_percent, "threads": Value::Null},
        "feature_limits": {"databases": spec.databases, "allocations": spec.allocations_limit, "backups": spec.backups},
        "allocation": {"default": spec.default_allocation.get(), "additional": additional},
        "skip_scripts": false,
        "oom_disabled": spec.oom_disabled,
        // Files may have to be written before the first start.
        "start_on_completion": false,
    })
}
