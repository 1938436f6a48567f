//! `[server]` of a game's file: ports, probe, deadlines, limits and everything else that its types have in common.

use super::mistakes::Notes;
use super::section::Section;
use super::shop::{Shop, read_limits};
use super::values::{self, Env};
use crate::catalogue::{CarriedBy, CustomerInput, InputRule, Limits, PortSpec, PreStart, Probe, Protocol};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;

/// No panel gives a server more ports than fit on a node, and no game needs more than a handful.
const PORTS: usize = 8;
/// Nothing that a game installs takes longer than a day.
const MINUTES: std::ops::RangeInclusive<u32> = 1..=1440;

/// What the types of a game have in common.
pub(super) struct Server {
    pub(super) needs: Needs,
    pub(super) contiguous: bool,
    pub(super) ports: Vec<PortSpec>,
    pub(super) probe: Probe,
    pub(super) limits: Limits,
    pub(super) inputs: Vec<CustomerInput>,
    pub(super) pre_start: Vec<PreStart>,
    pub(super) env: Env,
}

/// What a server takes at the least, and how long; a type may differ from its game.
#[derive(Clone, Copy)]
pub(super) struct Needs {
    pub(super) min_memory_gib: u32,
    pub(super) min_disk_gib: u32,
    pub(super) install_minutes: u32,
    pub(super) start_minutes: u32,
}

impl Needs {
    /// Takes the four keys out of a section. Without `base` each has to be there; with it, what is absent is taken from there.
    pub(super) fn take(section: &mut Section<'_>, base: Option<Self>, notes: &Notes<'_>) -> Self {
        let mut number = |key, base: Option<u32>, allowed: std::ops::RangeInclusive<u32>| {
            let found = match base {
                Some(_) => section.optional::<u32>(key),
                None => section.needed::<u32>(key),
            };
            if let Some(found) = found.as_ref().filter(|found| !allowed.contains(found.get_ref())) {
                let message = format!("`{key}` has to be from {} to {}", allowed.start(), allowed.end());
                notes.add(found.span(), message);
            }
            found.map(Spanned::into_inner).or(base).unwrap_or(1)
        };
        Self {
            min_memory_gib: number("min_memory_gib", base.map(|base| base.min_memory_gib), 1..=1024),
            min_disk_gib: number("min_disk_gib", base.map(|base| base.min_disk_gib), 1..=100_000),
            install_minutes: number("install_minutes", base.map(|base| base.install_minutes), MINUTES),
            start_minutes: number("start_minutes", base.map(|base| base.start_minutes), MINUTES),
        }
    }
}

/// Reads `[server]`; `consent` is the key of what the game's buyers agree to.
pub(super) fn read(mut section: Section<'_>, consent: Option<&str>, shop: &Shop, notes: &Notes<'_>) -> Server {
    let needs = Needs::take(&mut section, None, notes);
    let contiguous = section.optional::<bool>("contiguous").is_some_and(Spanned::into_inner);
    let start = section.span();
    let ports = read_ports(section.sections("ports"), contiguous, start, notes);
    let roles: Vec<&str> = ports.iter().map(|port| port.role.as_str()).collect();
    let probe = section.needed_section("probe").map_or(Probe::None, |probe| read_probe(probe, &roles, notes));
    let limits = section.section("limits").map_or(shop.limits, |limits| read_limits(limits, Some(shop.limits), notes));
    let inputs = read_inputs(section.sections("input"), notes);
    let pre_start =
        section.sections("write_file").into_iter().filter_map(|file| read_file(file, consent, notes)).collect();
    let env = values::env(section.entries("env"), notes);
    section.close();
    Server { needs, contiguous, ports, probe, limits, inputs, pre_start, env }
}

fn read_ports(sections: Vec<Section<'_>>, contiguous: bool, start: Range<usize>, notes: &Notes<'_>) -> Vec<PortSpec> {
    if sections.is_empty() || sections.len() > PORTS {
        let message = format!("[server] needs 1 to {PORTS} `ports`");
        notes.add_missing(start, message, "the first one is the default allocation");
    }
    let mut ports: Vec<PortSpec> = Vec::new();
    for (place, mut section) in sections.into_iter().enumerate() {
        let span = section.span();
        let role = section.words("role");
        let protocol = section.words("protocol").and_then(|word| read_protocol(&word, notes));
        let carried_by = read_carrier(&mut section, place, contiguous, notes);
        section.close();
        let Some(role) = role else { continue };
        values::check_key(&role, notes);
        if ports.iter().any(|port| &port.role == role.get_ref()) {
            notes.add(role.span(), format!("there are two ports `{}`", role.get_ref()));
        }
        if ports.iter().any(|port| port.carried_by == carried_by && carried_by != CarriedBy::File) {
            notes.add(span, format!("the port `{}` would have the number of another one", role.get_ref()));
        }
        let role = role.into_inner();
        ports.push(PortSpec { role, protocol: protocol.unwrap_or(Protocol::Both), carried_by });
    }
    ports
}

fn read_protocol(word: &Spanned<String>, notes: &Notes<'_>) -> Option<Protocol> {
    let protocol = match word.get_ref().as_str() {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "both" => Some(Protocol::Both),
        _ => None,
    };
    if protocol.is_none() {
        notes.add(word.span(), format!("`{}` is not a protocol", word.get_ref())).hint("tcp, udp or both");
    }
    protocol
}

/// How the game learns a port: the first one is the default allocation, the others say it with `env`, `offset` or `file`.
fn read_carrier(section: &mut Section<'_>, place: usize, contiguous: bool, notes: &Notes<'_>) -> CarriedBy {
    let span = section.span();
    let env = section.optional::<String>("env");
    let offset = section.optional::<u32>("offset");
    let file = section.optional::<bool>("file").filter(|file| *file.get_ref());
    let count = [env.is_some(), offset.is_some(), file.is_some()].into_iter().filter(|given| *given).count();
    match (place, count) {
        (0, 0) | (1.., 1) => {}
        (0, _) => drop(notes.add(span, "the first port is the default allocation: the game learns it by itself")),
        _ => drop(notes.add(span, "each further port needs one of `env`, `offset` or `file = true`")),
    }
    if let Some(name) = env {
        values::check_variable(&name, notes);
        return CarriedBy::Env { name: name.into_inner() };
    }
    if let Some(offset) = offset {
        let by = u16::try_from(*offset.get_ref()).unwrap_or(0);
        if !(1..=100).contains(&by) {
            notes.add(offset.span(), "`offset` has to be from 1 to 100");
        } else if contiguous && usize::from(by) != place {
            let message = format!("the ports follow each other, so this one stands {place} above the first, not {by}");
            notes.add(offset.span(), message).hint("list the ports in the order of their numbers");
        }
        return CarriedBy::Offset { by };
    }
    if place == 0 { CarriedBy::Default } else { CarriedBy::File }
}

fn read_probe(mut section: Section<'_>, roles: &[&str], notes: &Notes<'_>) -> Probe {
    let kind = section.words("kind");
    let asks = kind.as_ref().is_some_and(|kind| kind.get_ref() != "none");
    let role = if asks { section.words("port") } else { None };
    section.close();
    let Some(kind) = kind else { return Probe::None };
    if let Some(role) = role.as_ref().filter(|role| !roles.contains(&role.get_ref().as_str())) {
        let message = format!("there is no `{}` port to ask", role.get_ref());
        notes.add(role.span(), message).hint(format!("the ports are {}", roles.join(", ")));
    }
    let port = role.map(Spanned::into_inner).unwrap_or_default();
    match kind.get_ref().as_str() {
        "none" => Probe::None,
        "minecraft_ping" => Probe::MinecraftPing { port },
        "a2s" => Probe::A2s { port },
        "terraria" => Probe::Terraria { port },
        "mindustry" => Probe::Mindustry { port },
        "teeworlds" => Probe::Teeworlds { port },
        "tcp_connect" => Probe::TcpConnect { port },
        other => {
            let kinds = "none, minecraft_ping, a2s, terraria, mindustry, teeworlds, tcp_connect";
            notes.add(kind.span(), format!("`{other}` is not a way to ask a game")).hint(format!("there are {kinds}"));
            Probe::None
        }
    }
}

fn read_inputs(sections: Vec<Section<'_>>, notes: &Notes<'_>) -> Vec<CustomerInput> {
    let mut keys = BTreeSet::new();
    let mut inputs = Vec::new();
    for mut section in sections {
        let key = section.words("key");
        let label = section.words("label");
        let help = section.words("help");
        let length = section.needed::<u32>("alphanumeric");
        section.close();
        let (Some(key), Some(label), Some(help), Some(length)) = (key, label, help, length) else { continue };
        if !(1..=200).contains(length.get_ref()) {
            notes.add(length.span(), "`alphanumeric` is how many letters and digits: 1 to 200");
        }
        if !keys.insert(key.get_ref().clone()) {
            notes.add(key.span(), format!("there are two inputs `{}`", key.get_ref()));
        }
        values::check_key(&key, notes);
        let rule = InputRule::Alphanumeric { length: length.into_inner() as usize };
        inputs.push(CustomerInput { key: key.into_inner(), label: label.into_inner(), help: help.into_inner(), rule });
    }
    inputs
}

/// A file that is written between the installation and the first start.
fn read_file(mut section: Section<'_>, game_consent: Option<&str>, notes: &Notes<'_>) -> Option<PreStart> {
    let path = section.words("path");
    let text = section.needed::<String>("text");
    let consent = section.optional::<String>("consent");
    section.close();
    if let Some(consent) = consent.as_ref().filter(|consent| Some(consent.get_ref().as_str()) != game_consent) {
        let message = format!("nobody is asked for the consent `{}`", consent.get_ref());
        notes.add(consent.span(), message).hint("add a [consent] with this key to the game");
    }
    let path = path?;
    if !path.get_ref().starts_with('/') || path.get_ref().contains("..") {
        notes.add(path.span(), "the path begins with `/` and stays inside the server");
    }
    Some(PreStart::WriteFile {
        path: path.into_inner(),
        text: text?.into_inner(),
        consent: consent.map(Spanned::into_inner),
    })
}
