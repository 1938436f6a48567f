//! Game panels in this project's words.
//!
//! [`PanelDriver`] says what the shop needs of a panel and [`ServerControl`] what customers do with their servers there;
//! [`Pterodactyl`] does both for panels of that name. Wire types are private to each driver. Nothing here decides anything: callers
//! branch on [`PanelError`].

pub mod accounts;
pub mod control;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod keys;
mod pterodactyl;
mod words;

pub use control::ServerControl;
pub use error::{BoxError, PanelError, Problem};
pub use keys::{
    AccountKey, AllocationId, BackupId, DatabaseId, EggId, Identifier, LocationId, NameError, NestId, NodeId,
    PanelUserId, ScheduleId, ServerId, ServerKey, SubuserId, TaskId,
};
pub use pterodactyl::{Pterodactyl, PterodactylSettings, SettingsError};
pub use words::{
    FeatureLimits, NewPanelAccount, PanelAllocation, PanelEgg, PanelEggVariable, PanelLocation, PanelNode, PanelServer,
    PanelUser, PowerSignal, PowerState, Resources, ServerHandle, ServerLimits, ServerSpec, ServerStatus,
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::call::CallFailure;
use http::{Request, Response};
use secrecy::SecretString;
use tower::util::BoxCloneSyncService;

/// How requests get to a panel and answers back.
pub type Transport = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, CallFailure>;

/// What calls answer.
pub type Result<T> = std::result::Result<T, PanelError>;

/// A panel with everything that the shop and its customers need.
pub trait Panel: PanelDriver + ServerControl {}

impl<T: PanelDriver + ServerControl> Panel for T {}

/// A game panel. Lists are complete or an error, never partial; "none" is the panel's own word for it, never a failure.
#[async_trait]
pub trait PanelDriver: Send + Sync {
    /// All locations.
    async fn list_locations(&self) -> Result<Vec<PanelLocation>>;
    /// All nodes.
    async fn list_nodes(&self) -> Result<Vec<PanelNode>>;
    /// All allocations of a node.
    async fn list_allocations(&self, node: NodeId) -> Result<Vec<PanelAllocation>>;
    /// All eggs of all nests, with their variables.
    async fn list_eggs(&self) -> Result<Vec<PanelEgg>>;
    /// All servers, with their ports.
    async fn list_servers(&self) -> Result<Vec<PanelServer>>;
    /// The server whose external id is `key`, if any, with its ports. Asked before every create.
    async fn find_server(&self, key: &ServerKey) -> Result<Option<PanelServer>>;
    /// The server with this number, if any, with its ports.
    async fn find_server_by_number(&self, server: ServerId) -> Result<Option<PanelServer>>;
    /// Creates the server; the panel refuses a second one with the same external id.
    async fn create_server(&self, key: &ServerKey, spec: &ServerSpec) -> Result<PanelServer>;
    /// Deletes the server if number, uuid and external id still agree; one that is gone already counts as deleted.
    async fn delete_server(&self, handle: &ServerHandle) -> Result<()>;
    /// Gives ports to the server, keeping everything else as it is.
    async fn add_allocations(&self, server: &PanelServer, ports: &[AllocationId]) -> Result<()>;
    /// Gives a server that has no external id the one that is `key`, and keeps everything else as it is. Number and uuid have to agree
    /// with what was read before; one with another external id is refused before anything is sent (code `Marked`).
    async fn mark_server(&self, server: &PanelServer, key: &ServerKey) -> Result<()>;
    /// Keeps everybody from starting the server, and stops it a moment after the answer. One that is suspended stays so.
    async fn suspend_server(&self, server: ServerId) -> Result<()>;
    /// Lets the server be started again, and does not start it. One that is not suspended stays so.
    async fn unsuspend_server(&self, server: ServerId) -> Result<()>;
    /// Runs the installation again.
    async fn reinstall(&self, server: ServerId) -> Result<()>;
    /// All logins, of customers and of everybody else.
    async fn list_accounts(&self) -> Result<Vec<PanelUser>>;
    /// The login whose external id is `key`, if any.
    async fn find_account(&self, key: &AccountKey) -> Result<Option<PanelUser>>;
    /// Logins with exactly this address, in any case.
    async fn find_accounts_by_email(&self, email: &str) -> Result<Vec<PanelUser>>;
    /// Makes a login. The panel mails its owner a link to set a password.
    async fn create_account(&self, account: &NewPanelAccount) -> Result<PanelUser>;
    /// Marks a login as a customer's; an administrator's is refused before anything is sent.
    async fn link_account(&self, user: &PanelUser, key: &AccountKey) -> Result<PanelUser>;
    /// Gives the login with this key another address. A login of an administrator is refused, and so is an address that another login has.
    async fn set_account_email(&self, key: &AccountKey, email: &str) -> Result<()>;
    /// Gives the login whose external id is `key` another password, and keeps everything else as it is at that moment. There is no
    /// mail about it. An administrator's is refused before it is sent, and so is a key without a login (code `NoLogin`).
    async fn set_account_password(&self, key: &AccountKey, password: &SecretString) -> Result<()>;
    /// Deletes a customer's login, one that is gone already counts as deleted. An administrator's, or one that is not `key`'s, is
    /// refused before anything is sent; the panel itself refuses one that owns servers.
    async fn delete_account(&self, user: &PanelUser, key: &AccountKey) -> Result<()>;
    /// Whether the client key is an administrator's, who alone reaches servers of others.
    async fn client_key_is_admins(&self) -> Result<bool>;
    /// What a server does and uses.
    async fn resources(&self, server: &Identifier) -> Result<Resources>;
    /// Tells a server to do something; accepted is not done.
    async fn power(&self, server: &Identifier, signal: PowerSignal) -> Result<()>;
    /// Writes a file of a server; `path` begins with a slash.
    async fn write_file(&self, server: &Identifier, path: &str, text: &str) -> Result<()>;
}
