//! Stand-ins for running games: sockets that answer each game's own protocol, as far as a status probe goes.

mod mindustry;
mod minecraft;
mod responder;
mod source;
mod teeworlds;
mod terraria;

pub use responder::{Face, Responder};

/// The protocol in which a game tells of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Minecraft's Server List Ping, TCP.
    MinecraftPing,
    /// Valve's A2S with challenge, UDP; the number is the game's Steam app id.
    SourceQuery(u32),
    /// Terraria's connect request, TCP.
    Terraria,
    /// Mindustry's ping, UDP.
    Mindustry,
    /// Teeworlds 0.6 server info, UDP.
    Teeworlds,
    /// Nothing but an accepted connection, TCP.
    TcpAccept,
}

/// Where a game's protocol is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbePort {
    /// On the default allocation.
    Default,
    /// On the port in this egg variable.
    Variable(&'static str),
}

/// What the simulator knows of a game, by the name of its egg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Game {
    /// How it can be asked; `None` for games that cannot.
    pub probe: Option<(Protocol, ProbePort)>,
    /// It only runs once `/eula.txt` says `eula=true`.
    pub needs_eula: bool,
    /// Egg variable that holds the number of slots.
    pub slots: Option<&'static str>,
}

/// The game behind an egg; eggs that are not listed run and cannot be asked.
pub fn by_egg_name(egg: &str) -> Game {
    use ProbePort::{Default, Variable};
    let answers = |protocol, port, slots| Game { probe: Some((protocol, port)), needs_eula: false, slots };
    let source = |app, port| answers(Protocol::SourceQuery(app), port, Some("MAX_PLAYERS"));
    let silent = |slots| Game { probe: None, needs_eula: false, slots };
    match egg {
        "Paper" | "Purpur" | "Fabric" | "Forge Minecraft" | "Vanilla Minecraft" | "Sponge (SpongeVanilla)" => {
            Game { probe: Some((Protocol::MinecraftPing, Default)), needs_eula: true, slots: None }
        }
        "Rust" => source(252_490, Variable("QUERY_PORT")),
        "Ark: Survival Evolved" => source(346_110, Variable("QUERY_PORT")),
        "Enshrouded" => source(1_203_620, Variable("QUERY_PORT")),
        "Counter-Strike 2" => source(730, Default),
        "Garrys Mod" => source(4_000, Default),
        "Terraria Vanilla" | "tModLoader" => answers(Protocol::Terraria, Default, Some("MAX_PLAYERS")),
        "Mindustry" => answers(Protocol::Mindustry, Default, None),
        "Teeworlds" => answers(Protocol::Teeworlds, Default, None),
        "Vintage Story" => answers(Protocol::TcpAccept, Default, Some("MAX_CLIENTS")),
        "RimWorld Together" => answers(Protocol::TcpAccept, Default, Some("MAX_PLAYERS")),
        "Veloren" => answers(Protocol::TcpAccept, Default, None),
        "Factorio" => silent(Some("MAX_SLOTS")),
        "Palworld" | "ARK: Survival Ascended" => silent(Some("MAX_PLAYERS")),
        _ => silent(None),
    }
}
