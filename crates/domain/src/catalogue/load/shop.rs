//! `shop.toml`: currency, terms, the order of the games, sizes, the panel's limits, regions and add-ons.

use super::add_ons;
use super::game::GameFile;
use super::mistakes::Notes;
use super::section::Section;
use super::values;
use crate::catalogue::{AddOn, Catalogue, Limits, Region, RegionKey, Sale, Term};
use crate::money::Currency;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use toml::Spanned;

/// The panel takes disk weights in this range.
pub(super) const IO_WEIGHT: RangeInclusive<u32> = 10..=1000;

/// What `shop.toml` says, with something usable in the place of what is wrong in it.
pub(super) struct Shop {
    pub(super) currency: Currency,
    pub(super) sizes: Sizes,
    pub(super) limits: Limits,
    terms: Vec<Term>,
    games: Vec<String>,
    regions: Vec<Region>,
    add_ons: Vec<AddOn>,
}

/// The rule by which a plan's memory decides its CPU and disk.
pub(super) struct Sizes {
    /// From this much memory in GiB, this many vCPU; smallest first.
    vcpu: Vec<(u32, u32)>,
    disk_per_memory: u32,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            currency: Currency::USD,
            sizes: Sizes { vcpu: Vec::new(), disk_per_memory: 1 },
            limits: Limits { swap_mib: 0, io_weight: 500, oom_disabled: false, databases: 0, backups: 0 },
            terms: Vec::new(),
            games: Vec::new(),
            regions: Vec::new(),
            add_ons: Vec::new(),
        }
    }
}

impl Sizes {
    pub(super) fn vcpu(&self, memory_gib: u32) -> u32 {
        self.vcpu.iter().rev().find(|(from, _)| *from <= memory_gib).map_or(1, |(_, vcpu)| *vcpu)
    }

    pub(super) fn disk_gib(&self, memory_gib: u32) -> u32 {
        memory_gib.saturating_mul(self.disk_per_memory)
    }
}

impl Shop {
    pub(super) fn lists(&self, key: &str) -> bool {
        self.games.iter().any(|game| game == key)
    }

    /// The catalogue with the games in the shop's order.
    pub(super) fn into_catalogue(self, mut files: BTreeMap<&str, GameFile>) -> Catalogue {
        let mut catalogue = Catalogue {
            currency: self.currency,
            terms: self.terms,
            games: Vec::new(),
            plans: Vec::new(),
            add_ons: self.add_ons,
            regions: self.regions,
            blueprints: Vec::new(),
        };
        for key in &self.games {
            let Some(file) = files.remove(key.as_str()) else { continue };
            catalogue.games.extend(file.game);
            catalogue.plans.extend(file.plans);
            catalogue.blueprints.extend(file.blueprints);
        }
        catalogue
    }
}

/// Reads `shop.toml`; `files` are the keys of the games that have a file.
pub(super) fn read(mut file: Section<'_>, files: &[&str], notes: &Notes<'_>) -> Shop {
    let mut shop = Shop::default();
    if let Some(code) = file.needed::<String>("currency") {
        match Currency::parse(code.get_ref()) {
            Ok(currency) => shop.currency = currency,
            Err(error) => drop(notes.add(code.span(), error.to_string()).hint("for example \"usd\"")),
        }
    }
    shop.terms = terms(file.needed("terms"), notes);
    shop.games = games(file.needed("games"), files, notes);
    if let Some(sizes) = file.needed_section("sizes") {
        shop.sizes = read_sizes(sizes, notes);
    }
    if let Some(limits) = file.needed_section("limits") {
        shop.limits = read_limits(limits, None, notes);
    }
    shop.regions = regions(file.sections("region"), notes);
    if shop.regions.is_empty() {
        notes.add_missing(0..0, "the shop has no region, so there is nowhere to put a server", "add a [[region]]");
    }
    shop.add_ons = add_ons::read(file.sections("add_on"), shop.currency, notes);
    file.close();
    shop
}

fn terms(list: Option<Spanned<Vec<Spanned<String>>>>, notes: &Notes<'_>) -> Vec<Term> {
    let mut terms = Vec::new();
    let Some(list) = list else { return terms };
    if list.get_ref().is_empty() {
        notes.add(list.span(), "the shop offers no term");
    }
    for key in list.into_inner() {
        match Term::find(key.get_ref()) {
            None => {
                let known = Term::ALL.map(Term::key).join(", ");
                notes
                    .add(key.span(), format!("`{}` is not a term", key.get_ref()))
                    .hint(format!("the terms are {known}"));
            }
            Some(term) if terms.contains(&term) => drop(notes.add(key.span(), format!("`{term}` is listed twice"))),
            Some(term) => terms.push(term),
        }
    }
    terms
}

fn games(list: Option<Spanned<Vec<Spanned<String>>>>, files: &[&str], notes: &Notes<'_>) -> Vec<String> {
    let mut games: Vec<String> = Vec::new();
    for key in list.map(Spanned::into_inner).unwrap_or_default() {
        if games.contains(key.get_ref()) {
            notes.add(key.span(), format!("`{}` is listed twice", key.get_ref()));
        } else if files.contains(&key.get_ref().as_str()) {
            games.push(key.into_inner());
        } else {
            let message = format!("there is no file for the game `{}`", key.get_ref());
            notes.add(key.span(), message).hint(format!("it would be games/{}.toml", key.get_ref()));
        }
    }
    games
}

fn read_sizes(mut section: Section<'_>, notes: &Notes<'_>) -> Sizes {
    let mut vcpu = Vec::new();
    let start = section.span();
    for (memory, count) in section.entries::<u32>("vcpu") {
        match memory.get_ref().parse::<u32>() {
            Ok(gib) if *count.get_ref() > 0 => vcpu.push((gib, *count.get_ref())),
            Ok(_) => drop(notes.add(count.span(), "a server needs at least 1 vCPU")),
            Err(_) => drop(notes.add(memory.span(), format!("`{}` is not a memory size in GiB", memory.get_ref()))),
        }
    }
    if vcpu.is_empty() {
        notes.add_missing(start, "[sizes] needs a usable `vcpu`", "for example vcpu = { 2 = 1, 4 = 2 }");
    }
    vcpu.sort_unstable();
    let disk = section.needed::<u32>("disk_gib_per_memory_gib");
    if let Some(disk) = disk.as_ref().filter(|disk| *disk.get_ref() == 0) {
        notes.add(disk.span(), "a server needs a disk");
    }
    section.close();
    Sizes { vcpu, disk_per_memory: disk.map_or(1, Spanned::into_inner) }
}

/// Reads `[limits]`. Without `base` every key has to be there; with it, what is absent is taken from there.
pub(super) fn read_limits(mut section: Section<'_>, base: Option<Limits>, notes: &Notes<'_>) -> Limits {
    let mut number = |key, base: Option<u32>| match base {
        Some(base) => section.optional::<u32>(key).unwrap_or(Spanned::new(0..0, base)),
        None => section.needed::<u32>(key).unwrap_or(Spanned::new(0..0, *IO_WEIGHT.start())),
    };
    let io_weight = number("io_weight", base.map(|base| base.io_weight));
    let limits = Limits {
        swap_mib: number("swap_mib", base.map(|base| base.swap_mib)).into_inner(),
        io_weight: *io_weight.get_ref(),
        databases: number("databases", base.map(|base| base.databases)).into_inner(),
        backups: number("backups", base.map(|base| base.backups)).into_inner(),
        oom_disabled: section
            .optional::<bool>("oom_disabled")
            .map_or(base.is_some_and(|base| base.oom_disabled), Spanned::into_inner),
    };
    if !IO_WEIGHT.contains(&limits.io_weight) {
        notes.add(io_weight.span(), "the panel takes an `io_weight` from 10 to 1000");
    }
    section.close();
    limits
}

fn regions(sections: Vec<Section<'_>>, notes: &Notes<'_>) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for mut section in sections {
        let key = section.words("key");
        let name = section.words("name");
        let locations = section.needed::<Vec<Spanned<String>>>("locations");
        section.close();
        let (Some(key), Some(name), Some(locations)) = (key, name, locations) else { continue };
        values::check_key(&key, notes);
        if regions.iter().any(|region| region.key.as_str() == key.get_ref()) {
            notes.add(key.span(), format!("there are two regions `{}`", key.get_ref()));
        }
        if locations.get_ref().is_empty() {
            let message = format!("the region `{}` has no location", key.get_ref());
            notes.add(locations.span(), message).hint("list the short codes of the panel's locations");
        }
        for location in locations.get_ref() {
            if let Some(other) = owners.insert(location.get_ref().clone(), key.get_ref().clone()) {
                notes.add(
                    location.span(),
                    format!("the location `{}` already belongs to `{other}`", location.get_ref()),
                );
            }
        }
        let locations = locations.into_inner().into_iter().map(Spanned::into_inner).collect();
        regions.push(Region { key: RegionKey::new(key.into_inner()), name: name.into_inner(), locations });
    }
    regions
}

/// `off_sale = "why"` takes something off sale.
pub(super) fn read_sale(off_sale: Option<Spanned<String>>, notes: &Notes<'_>) -> Sale {
    match off_sale {
        None => Sale::OnSale,
        Some(reason) => {
            if reason.get_ref().trim().is_empty() {
                notes.add(reason.span(), "`off_sale` has to say why");
            }
            Sale::OffSale(reason.into_inner())
        }
    }
}
