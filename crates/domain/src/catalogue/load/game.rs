//! `games/<key>.toml`: what the shop says about a game, and its types with their eggs and sizes.

use super::mistakes::Notes;
use super::section::{FromToml, Section};
use super::server::{self, Needs, Server};
use super::shop::{self, Shop};
use super::values::{self, Env};
use crate::catalogue::{
    Blueprint, BlueprintKey, CarriedBy, Consent, EggName, Faq, Game, GameKey, Placeholder, Plan, PlanKey, Sale,
};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

const MIB_PER_GIB: u32 = 1024;

/// What a game's file adds to the catalogue.
pub(super) struct GameFile {
    /// `None` if the file does not say enough.
    pub(super) game: Option<Game>,
    pub(super) plans: Vec<Plan>,
    pub(super) blueprints: Vec<Blueprint>,
    /// Where the type of each blueprint stands.
    pub(super) type_spans: Vec<Range<usize>>,
}

/// What the types of a game look up in it.
struct Context<'a> {
    key: &'a GameKey,
    name: String,
    shop: &'a Shop,
    server: Option<Server>,
    floor_gib: u32,
    recommended_gib: Option<Spanned<u32>>,
    players: Option<(u32, u32)>,
    sale: Sale,
    notes: &'a Notes<'a>,
}

/// Reads the file of one game.
pub(super) fn read(key: &GameKey, shop: &Shop, mut file: Section<'_>, notes: &Notes<'_>) -> GameFile {
    let name = file.words("name");
    let summary = file.words("summary");
    let description = file.words("description");
    let floor = file.needed::<u32>("floor_gib");
    let recommended = file.needed::<u32>("recommended_gib");
    let players = values::players(file.optional("players"), notes);
    let sale = shop::read_sale(file.optional("off_sale"), notes);
    let consent = file.section("consent").and_then(|consent| read_consent(consent, notes));
    let faq = file.sections("faq").into_iter().filter_map(read_faq).collect();
    let agreed = consent.as_ref().map(|consent| consent.key.as_str());
    let server = file.needed_section("server").map(|section| server::read(section, agreed, shop, notes));
    let types = file.sections("type");
    file.close();
    let context = Context {
        key,
        name: name.as_ref().map_or(key.as_str(), |name| name.get_ref()).to_owned(),
        shop,
        server,
        floor_gib: floor.as_ref().map_or(0, |floor| *floor.get_ref()),
        recommended_gib: recommended.clone(),
        players,
        sale,
        notes,
    };
    let (plans, blueprints, type_spans) = context.read_types(types);
    let game = || {
        Some(Game {
            key: key.clone(),
            name: name?.into_inner(),
            summary: summary?.into_inner(),
            description: description?.into_inner().trim().to_owned(),
            floor_memory_gib: floor?.into_inner(),
            recommended_memory_gib: recommended?.into_inner(),
            consent,
            faq,
        })
    };
    GameFile { game: game(), plans, blueprints, type_spans }
}

fn read_consent(mut section: Section<'_>, notes: &Notes<'_>) -> Option<Consent> {
    let key = section.words("key");
    let text = section.words("text");
    let url = section.words("url");
    section.close();
    if let Some(url) = url.as_ref().filter(|url| !url.get_ref().starts_with("https://")) {
        notes.add(url.span(), "`url` has to be an https:// address");
    }
    Some(Consent { key: key?.into_inner(), text: text?.into_inner(), url: url?.into_inner() })
}

fn read_faq(mut section: Section<'_>) -> Option<Faq> {
    let question = section.words("question");
    let answer = section.words("answer");
    section.close();
    Some(Faq { question: question?.into_inner(), answer: answer?.into_inner().trim().to_owned() })
}

/// A type of a game while it is read, such as Minecraft's Paper.
struct Type {
    blueprint: BlueprintKey,
    variant: Option<String>,
    needs: Needs,
    env: Env,
    players: Option<(u32, u32)>,
    sale: Sale,
    recommended_gib: Option<Spanned<u32>>,
    /// Whether a value of the blueprint is the plan's number of players.
    uses_players: bool,
}

impl Context<'_> {
    fn read_types(&self, sections: Vec<Section<'_>>) -> (Vec<Plan>, Vec<Blueprint>, Vec<Range<usize>>) {
        let (mut plans, mut blueprints, mut spans) = (Vec::new(), Vec::new(), Vec::new());
        if sections.is_empty() {
            let message = format!("{} has nothing to sell", self.name);
            self.notes.add_missing(0..0, message, "add a [[type]] with an egg and plans");
        }
        let several = sections.len() > 1;
        for section in sections {
            let span = section.span();
            let (blueprint, own_plans) = self.read_type(section, several);
            if blueprints.iter().any(|other: &Blueprint| other.key == blueprint.key) {
                self.notes.add(span.clone(), format!("there are two types with the key `{}`", blueprint.key));
            }
            plans.extend(own_plans);
            blueprints.push(blueprint);
            spans.push(span);
        }
        (plans, blueprints, spans)
    }

    fn read_type(&self, mut section: Section<'_>, several: bool) -> (Blueprint, Vec<Plan>) {
        let span = section.span();
        let name = if several { section.words("name") } else { section.optional("name") };
        let variant = name.map(Spanned::into_inner);
        let key = variant
            .as_ref()
            .map_or_else(|| self.key.to_string(), |name| format!("{}-{}", self.key, values::slug(name)));
        let eggs = section.needed::<Vec<EggName>>("eggs");
        if let Some(eggs) = eggs.as_ref().filter(|eggs| eggs.get_ref().is_empty()) {
            self.notes.add(eggs.span(), "`eggs` is empty");
        }
        let required = section.optional::<Vec<Spanned<String>>>("required_variables").map(Spanned::into_inner);
        let required = required.unwrap_or_default();
        required.iter().for_each(|name| values::check_variable(name, self.notes));
        let image = section.optional::<String>("image").map(Spanned::into_inner);
        let base = self.server.as_ref().map(|server| server.needs);
        let fallback = Needs { min_memory_gib: 1, min_disk_gib: 1, install_minutes: 1, start_minutes: 1 };
        let needs = Needs::take(&mut section, Some(base.unwrap_or(fallback)), self.notes);
        let mut env = self.server.as_ref().map(|server| server.env.clone()).unwrap_or_default();
        env.extend(values::env(section.entries("env"), self.notes));
        self.check_env(&env);
        let kind = Type {
            blueprint: BlueprintKey::new(key),
            variant,
            needs,
            uses_players: uses_players(&env),
            env,
            players: values::players(section.optional("players"), self.notes).or(self.players),
            sale: shop::read_sale(section.optional("off_sale"), self.notes),
            recommended_gib: section.optional("recommended_gib"),
        };
        let plans = self.read_plans(section.sections("plans"), &kind, span);
        section.close();
        let eggs = eggs.map(Spanned::into_inner).unwrap_or_default();
        let required = required.into_iter().map(Spanned::into_inner).collect();
        (self.blueprint(kind, eggs, required, image), plans)
    }

    fn blueprint(&self, kind: Type, eggs: Vec<EggName>, required: Vec<String>, image: Option<String>) -> Blueprint {
        let server = self.server.as_ref();
        Blueprint {
            key: kind.blueprint,
            eggs,
            required_variables: required,
            image,
            env: values::plain(kind.env),
            inputs: server.map(|server| server.inputs.clone()).unwrap_or_default(),
            ports: server.map(|server| server.ports.clone()).unwrap_or_default(),
            contiguous: server.is_some_and(|server| server.contiguous),
            limits: server.map_or(self.shop.limits, |server| server.limits),
            install_deadline_s: kind.needs.install_minutes.saturating_mul(60),
            start_deadline_s: kind.needs.start_minutes.saturating_mul(60),
            probe: server.map_or(crate::catalogue::Probe::None, |server| server.probe.clone()),
            pre_start: server.map(|server| server.pre_start.clone()).unwrap_or_default(),
        }
    }

    fn check_env(&self, env: &Env) {
        let Some(server) = &self.server else { return };
        let roles: Vec<&str> = server.ports.iter().map(|port| port.role.as_str()).collect();
        let inputs: Vec<&str> = server.inputs.iter().map(|input| input.key.as_str()).collect();
        values::check_references(env, &roles, &inputs, self.notes);
        for port in &server.ports {
            if let CarriedBy::Env { name } = &port.carried_by
                && let Some((_, span)) = env.get(name)
            {
                let message = format!("`{name}` already carries the number of the `{}` port", port.role);
                self.notes.add(span.clone(), message);
            }
        }
    }

    fn read_plans(&self, sections: Vec<Section<'_>>, kind: &Type, span: Range<usize>) -> Vec<Plan> {
        let mut sizes = BTreeSet::new();
        let mut plans = Vec::new();
        if sections.is_empty() {
            self.notes.add_missing(
                span.clone(),
                "a type needs `plans`",
                "for example { gib = 4, monthly = \"13.99\" }",
            );
        }
        for section in sections {
            plans.extend(self.read_plan(section, kind, &mut sizes));
        }
        plans.sort_by_key(|plan| plan.memory_mib);
        self.check_recommended(&plans, kind, span);
        plans
    }

    fn read_plan(&self, mut section: Section<'_>, kind: &Type, sizes: &mut BTreeSet<u32>) -> Option<Plan> {
        let span = section.span();
        let gib = section.needed::<u32>("gib");
        let monthly = values::price(section.needed("monthly"), self.shop.currency, self.notes);
        let players = values::players(section.optional("players"), self.notes).or(kind.players);
        let vcpu = section.optional::<u32>("vcpu");
        let disk = section.optional::<u32>("disk_gib");
        let env = values::env(section.entries("env"), self.notes);
        let off_sale = shop::read_sale(section.optional("off_sale"), self.notes);
        section.close();
        self.check_env(&env);
        let size = gib?;
        let gib = *size.get_ref();
        if !(1..=1024).contains(&gib) {
            self.notes.add(size.span(), "a plan has from 1 to 1024 GiB of memory");
        }
        if !sizes.insert(gib) {
            self.notes.add(size.span(), format!("there are two plans of {gib} GiB"));
        }
        let sale = self.sale_of(gib, kind, off_sale);
        self.check_size(&size, &sale, kind);
        if sale == Sale::OnSale && players.is_none() && (kind.uses_players || uses_players(&env)) {
            let message = "a value needs {plan:players}, but this plan names no `players`";
            self.notes.add(span, message).hint("for example players = [2, 8]");
        }
        Some(Plan {
            key: PlanKey::new(format!("{}-{gib}g", kind.blueprint)),
            game: self.key.clone(),
            variant: kind.variant.clone(),
            blueprint: kind.blueprint.clone(),
            memory_mib: gib.saturating_mul(MIB_PER_GIB),
            cpu_percent: self.cpu_percent(vcpu, gib),
            disk_mib: self.disk_gib(disk, gib, kind).saturating_mul(MIB_PER_GIB),
            monthly_minor: monthly?,
            players,
            recommended: self.recommended_for(kind).is_some_and(|recommended| *recommended.get_ref() == gib),
            env: values::plain(env),
            sale,
        })
    }

    /// Off sale for the reason that is nearest to the owner's decision; on sale if there is none.
    fn sale_of(&self, gib: u32, kind: &Type, own: Sale) -> Sale {
        let stated = [&self.sale, &kind.sale, &own].into_iter().find(|sale| **sale != Sale::OnSale);
        match stated {
            Some(sale) => sale.clone(),
            None if gib < self.floor_gib => {
                let (name, floor) = (&self.name, self.floor_gib);
                Sale::OffSale(format!("{gib} GiB is too little: {name} is sold from {floor} GiB"))
            }
            None => Sale::OnSale,
        }
    }

    fn check_size(&self, size: &Spanned<u32>, sale: &Sale, kind: &Type) {
        let least = kind.needs.min_memory_gib;
        if *sale == Sale::OnSale && *size.get_ref() < least {
            let message = format!("the game does not run in {} GiB: its `min_memory_gib` is {least}", size.get_ref());
            self.notes.add(size.span(), message).hint("raise `floor_gib`, or take the plan off sale");
        }
    }

    fn cpu_percent(&self, vcpu: Option<Spanned<u32>>, gib: u32) -> u32 {
        let Some(vcpu) = vcpu else { return self.shop.sizes.vcpu(gib).saturating_mul(100) };
        if !(1..=256).contains(vcpu.get_ref()) {
            self.notes.add(vcpu.span(), "a plan has from 1 to 256 `vcpu`");
        }
        vcpu.into_inner().saturating_mul(100)
    }

    fn disk_gib(&self, disk: Option<Spanned<u32>>, gib: u32, kind: &Type) -> u32 {
        let least = kind.needs.min_disk_gib;
        let Some(disk) = disk else { return self.shop.sizes.disk_gib(gib).max(least) };
        if *disk.get_ref() < least {
            let message =
                format!("the game does not fit into {} GiB of disk: its `min_disk_gib` is {least}", disk.get_ref());
            self.notes.add(disk.span(), message);
        }
        disk.into_inner()
    }

    fn recommended_for<'a>(&'a self, kind: &'a Type) -> Option<&'a Spanned<u32>> {
        kind.recommended_gib.as_ref().or(self.recommended_gib.as_ref())
    }

    fn check_recommended(&self, plans: &[Plan], kind: &Type, span: Range<usize>) {
        let withdrawn = self.sale != Sale::OnSale || kind.sale != Sale::OnSale;
        let Some(recommended) = self.recommended_for(kind).filter(|_| !withdrawn && !plans.is_empty()) else { return };
        if !plans.iter().any(Plan::is_on_sale) {
            let message = format!("no plan of `{}` is on sale", kind.blueprint);
            self.notes.add(span, message).hint("say why with `off_sale`, or lower `floor_gib`");
        } else if !plans.iter().any(|plan| plan.recommended && plan.is_on_sale()) {
            let message =
                format!("`{}` has no plan of {} GiB on sale to recommend", kind.blueprint, recommended.get_ref());
            self.notes.add(recommended.span(), message);
        }
    }
}

fn uses_players(env: &Env) -> bool {
    let players = |value: &crate::catalogue::Value| {
        value.placeholders().is_ok_and(|found| found.contains(&Placeholder::PlanPlayers))
    };
    env.values().any(|(value, _)| players(value))
}

/// Egg names, each as text for any author or as a table with its author.
impl FromToml for Vec<EggName> {
    const WANTED: &'static str =
        "a list such as [\"Paper\"] or [{ name = \"Paper\", author = \"someone@example.com\" }]";
    fn from_toml(value: &DeValue<'_>) -> Option<Self> {
        let egg = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
            DeValue::String(name) => Some(EggName { name: name.to_string(), author: None }),
            DeValue::Table(table) if table.len() == 2 => {
                let text = |key: &str| Some(table.get(key)?.get_ref().as_str()?.to_owned());
                Some(EggName { name: text("name")?, author: Some(text("author")?) })
            }
            _ => None,
        };
        value.as_array()?.iter().map(egg).collect()
    }
}
