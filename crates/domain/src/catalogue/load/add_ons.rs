//! `[[add_on]]` of `shop.toml`: what is sold beside a plan, and the one thing that it changes on the server.

use super::mistakes::Notes;
use super::section::Section;
use super::shop::{IO_WEIGHT, read_sale};
use super::values;
use crate::catalogue::{AddOn, AddOnEffect, AddOnKey};
use crate::money::Currency;
use std::collections::BTreeSet;

/// Reads every `[[add_on]]`.
pub(super) fn read(sections: Vec<Section<'_>>, currency: Currency, notes: &Notes<'_>) -> Vec<AddOn> {
    let mut keys = BTreeSet::new();
    let mut add_ons = Vec::new();
    for mut section in sections {
        let start = section.span();
        let key = section.words("key");
        let name = section.words("name");
        let summary = section.words("summary");
        let monthly = values::price(section.needed("monthly"), currency, notes);
        let effect = section.section("effect").map(|effect| read_effect(effect, notes));
        let off_sale = section.optional::<String>("off_sale");
        section.close();
        if let Some(key) = &key {
            values::check_key(key, notes);
            if !keys.insert(key.get_ref().clone()) {
                notes.add(key.span(), format!("there are two add-ons `{}`", key.get_ref()));
            }
            if effect.is_none() && off_sale.is_none() {
                let message = format!("`{}` changes nothing on the server, so it cannot be sold", key.get_ref());
                notes.add(start, message).hint("give it an `effect`, or say why not with `off_sale`");
            }
        }
        let sale = read_sale(off_sale, notes);
        let (Some(key), Some(name), Some(summary), Some(monthly_minor)) = (key, name, summary, monthly) else {
            continue;
        };
        add_ons.push(AddOn {
            key: AddOnKey::new(key.into_inner()),
            name: name.into_inner(),
            summary: summary.into_inner(),
            monthly_minor,
            effect: effect.flatten(),
            sale,
        });
    }
    add_ons
}

/// The one thing that an add-on changes.
fn read_effect(mut section: Section<'_>, notes: &Notes<'_>) -> Option<AddOnEffect> {
    let start = section.span();
    let mut effects: Vec<AddOnEffect> = Vec::new();
    let mut one = |key, make: fn(u32) -> AddOnEffect| {
        let Some(number) = section.optional::<u32>(key) else { return };
        let allowed = if key == "io_weight" { IO_WEIGHT } else { 1..=1_000_000 };
        if !allowed.contains(number.get_ref()) {
            let message = format!("`{key}` has to be from {} to {}", allowed.start(), allowed.end());
            notes.add(number.span(), message);
        }
        effects.push(make(*number.get_ref()));
    };
    one("cpu_percent", |percent| AddOnEffect::Cpu { percent });
    one("disk_gib", |gib| AddOnEffect::Disk { gib });
    one("io_weight", |weight| AddOnEffect::IoWeight { weight });
    one("backups", |count| AddOnEffect::Backups { count });
    one("databases", |count| AddOnEffect::Databases { count });
    one("ports", |count| AddOnEffect::Ports { count });
    section.close();
    if effects.len() != 1 {
        notes.add(start, format!("an add-on has one effect, this one has {}", effects.len()));
    }
    effects.pop()
}
