//! How a kind of server is made: its egg by name, its variables, its ports, and how we know that it is playable.

use crate::ids::names;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

names! {
    /// A blueprint, for example `minecraft-paper`.
    BlueprintKey;
}

/// How a kind of server is made. An egg's id and uuid differ from panel to panel, so it is named by author, name and the
/// variables that it must have; the panel sync binds it to one egg of this panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    /// Plans refer to it by this.
    pub key: BlueprintKey,
    /// The egg as its authors call it. Any one of these fits.
    pub eggs: Vec<EggName>,
    /// Variables without which an egg of that name is not the one we mean.
    pub required_variables: Vec<String>,
    /// Text that the label or the address of the egg's image must contain; `None` takes the egg's first image.
    pub image: Option<String>,
    /// Values for egg variables; variables that are not named keep the egg's default.
    pub env: BTreeMap<String, Value>,
    /// Asked of the customer before payment.
    pub inputs: Vec<CustomerInput>,
    /// The ports that the game needs; the first is the default allocation.
    pub ports: Vec<PortSpec>,
    /// Whether the ports must follow each other.
    pub contiguous: bool,
    /// The panel's limits besides memory, CPU and disk.
    pub limits: Limits,
    /// Past this many seconds after creation an installation counts as failed.
    pub install_deadline_s: u32,
    /// Past this many seconds after the start signal a start counts as failed.
    pub start_deadline_s: u32,
    /// How we ask the game whether it answers.
    pub probe: Probe,
    /// What has to be done after the installation and before the first start.
    pub pre_start: Vec<PreStart>,
}

impl Blueprint {
    /// The port that the probe asks and its place among the server's ports, if the game can be asked at all.
    pub fn probe_port(&self) -> Option<usize> {
        let role = self.probe.port_role()?;
        self.ports.iter().position(|port| port.role == role)
    }
}

/// An egg as its authors call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EggName {
    /// The author's e-mail address; `None` accepts any author.
    #[serde(default)]
    pub author: Option<String>,
    /// The exact name.
    pub name: String,
}

/// A value for an egg variable: text with [placeholders](super::Placeholder) such as `{port:query}` or `{secret:24}` in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Value(pub String);

/// Something only the customer can supply, asked before payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerInput {
    /// Names it in templates and forms.
    pub key: String,
    /// Label of the form field.
    pub label: String,
    /// Where to get it and what it is for.
    pub help: String,
    /// What is accepted.
    pub rule: InputRule,
}

/// What a customer's input has to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum InputRule {
    /// Exactly this many ASCII letters and digits.
    Alphanumeric {
        /// How many.
        length: usize,
    },
}

impl InputRule {
    /// Whether `text` is acceptable.
    pub fn accepts(self, text: &str) -> bool {
        match self {
            Self::Alphanumeric { length } => text.len() == length && text.bytes().all(|b| b.is_ascii_alphanumeric()),
        }
    }
}

/// A port that the game needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortSpec {
    /// Names it in templates and probes: `game`, `query`, `rcon`, …
    pub role: String,
    /// What the game speaks on it.
    pub protocol: Protocol,
    /// How the game learns its number.
    pub carried_by: CarriedBy,
}

/// What is spoken on a port. The panel opens both anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// Both under one number.
    Both,
}

/// How the game learns the number of a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum CarriedBy {
    /// It is the default allocation.
    Default,
    /// Through this egg variable.
    Env {
        /// The variable's name.
        name: String,
    },
    /// The game computes it: the default port plus this.
    Offset {
        /// How far above the default port.
        by: u16,
    },
    /// It stands in a configuration file of the game; the game finds it by itself or an operator sets it.
    File,
}

/// The panel's limits besides memory, CPU and disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// In MiB; 0 is none.
    pub swap_mib: u32,
    /// Weight from 10 to 1000.
    pub io_weight: u32,
    /// Whether the kernel must not kill the server when memory runs out.
    pub oom_disabled: bool,
    /// How many databases the customer may have.
    pub databases: u32,
    /// How many backups the customer may have.
    pub backups: u32,
}

/// How we ask a game whether it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Probe {
    /// The game cannot be asked: running for 60 s without a restart counts, shown as "unverified".
    None,
    /// Minecraft's Server List Ping over TCP.
    MinecraftPing {
        /// The port to ask.
        port: String,
    },
    /// Valve's A2S_INFO over UDP.
    A2s {
        /// The port to ask.
        port: String,
    },
    /// Terraria's connect request over TCP: any packet back counts.
    Terraria {
        /// The port to ask.
        port: String,
    },
    /// Mindustry's UDP ping.
    Mindustry {
        /// The port to ask.
        port: String,
    },
    /// Teeworlds' server info over UDP.
    Teeworlds {
        /// The port to ask.
        port: String,
    },
    /// A TCP connection that is accepted.
    TcpConnect {
        /// The port to ask.
        port: String,
    },
}

impl Probe {
    /// The role of the port that is asked; `None` where the game cannot be asked.
    pub fn port_role(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::MinecraftPing { port }
            | Self::A2s { port }
            | Self::Terraria { port }
            | Self::Mindustry { port }
            | Self::Teeworlds { port }
            | Self::TcpConnect { port } => Some(port),
        }
    }
}

/// Something to do after the installation and before the first start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum PreStart {
    /// Writes `text` to the file, provided the customer gave the named consent.
    WriteFile {
        /// Path inside the server, such as `/eula.txt`.
        path: String,
        /// What to write.
        text: String,
        /// The consent without which nothing is written and nothing started.
        #[serde(default)]
        consent: Option<String>,
    },
}

impl fmt::Display for EggName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.author {
            Some(author) => write!(f, "{} by {author}", self.name),
            None => f.write_str(&self.name),
        }
    }
}
