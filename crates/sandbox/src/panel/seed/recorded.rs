//! The panel of the recorded answers as it was before the first of them.

use super::eggs::shipped;
use super::{NodeSeed, PanelSeed};
use crate::panel::access::{Grants, KeyKind, READ, WRITE};

/// Application key with every right.
pub const APPLICATION_KEY: &str = "ptla_recorded000000000000000000000000000000000full";
/// Application key that may only read.
pub const READ_ONLY_KEY: &str = "ptla_recorded000000000000000000000000000000000read";
/// Application key without any right.
pub const NO_GRANT_KEY: &str = "ptla_recorded000000000000000000000000000000000none";
/// Application key that is bound to another address.
pub const ELSEWHERE_KEY: &str = "ptla_recorded0000000000000000000000000000elsewhere";
/// Client key of the administrator.
pub const ADMIN_CLIENT_KEY: &str = "ptlc_recorded00000000000000000000000000000000admin";
/// Client key of the plain user Alice.
pub const USER_CLIENT_KEY: &str = "ptlc_recorded00000000000000000000000000000000alice";

impl PanelSeed {
    /// Two locations, two nodes with 75 and 2 ports, the eggs that the panel ships, an administrator, a plain user, and the keys
    /// of this module.
    pub fn recorded() -> Self {
        let node = |name: &str, location, daemon_listen| NodeSeed {
            daemon_listen,
            ..NodeSeed::new(name, location, 16_384, 102_400)
        };
        let mut panel = Self::empty()
            .location("eu1", "Europe 1")
            .location("us1", "US 1")
            .node(node("node1", 0, 18_080))
            .node(node("node2", 1, 18_081))
            .allocations(0, "127.0.0.1", Some("play.example.test"), 25_565..25_640)
            .allocations(1, "127.0.0.1", None, 27_015..27_017)
            .user("rootadmin", ("Root", "Admin"), "root@example.test", true)
            .user("alice", ("Alice", "Player"), "alice@example.test", false)
            .application_key(APPLICATION_KEY, 0, Grants::everywhere(READ | WRITE))
            .application_key(READ_ONLY_KEY, 0, Grants::everywhere(READ))
            .application_key(NO_GRANT_KEY, 0, Grants::none())
            .client_key(ADMIN_CLIENT_KEY, 0)
            .client_key(USER_CLIENT_KEY, 1);
        let everything = KeyKind::Application(Grants::everywhere(READ | WRITE));
        panel.keys.push((ELSEWHERE_KEY.to_owned(), 0, everything, vec!["10.9.8.7".to_owned()]));
        panel.nests = shipped();
        panel.hosts = vec!["local".to_owned()];
        panel
    }
}
