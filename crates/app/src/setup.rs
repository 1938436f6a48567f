//! What `givr setup` works out before it writes anything: the text of the settings, and the regions that a panel's locations make.

use crate::catalogue_files;
use ::panel::{PanelLocation, PanelNode};
use domain::catalogue::{Catalogue, Region, RegionKey};
use std::fmt::Write as _;
use std::path::Path;

/// What has to be known to write the settings. Texts as they were given; reading the settings checks them.
#[derive(Debug, Clone)]
pub struct Answers {
    /// `site.name`
    pub site_name: String,
    /// `site.url`
    pub site_url: String,
    /// `site.support_email`
    pub support_email: String,
    /// `server.listen`
    pub listen: String,
    /// `server.trusted_proxies`
    pub trusted_proxies: Vec<String>,
    /// `database.url`
    pub database_url: String,
    /// `stripe.secret_key`
    pub stripe_key: String,
    /// `stripe.api_base`, if it is not Stripe's own.
    pub stripe_api: Option<String>,
    /// `stripe.checkout_origin`, if it is not Stripe's own.
    pub checkout_origin: Option<String>,
    /// `panel.url`
    pub panel_url: String,
    /// `panel.application_key`
    pub application_key: String,
    /// `panel.client_key`
    pub client_key: String,
    /// `mail.url`
    pub mail_url: String,
    /// `mail.from`
    pub mail_from: String,
    /// `security.allowed_networks`
    pub allowed_networks: Vec<String>,
    /// `security.secret`
    pub secret: String,
}

/// A section's name, and its settings with their values as TOML writes them.
type Section = (&'static str, Vec<(&'static str, Option<String>)>);

/// The text of `givr.toml`.
pub fn settings_text(answers: &Answers, webhook_secret: &str, catalogue: Option<&Path>) -> String {
    let mut text = String::from(
        "# Written by `givr setup`. docs/configuration.md says what else can be set; `givr doctor` checks whether it is right.\n\
         # Keep a copy of [security] secret away from the database: without it what is sealed there cannot be read.\n",
    );
    let folder = catalogue.map(|folder| folder.display().to_string());
    let one = |value: &str| quoted(value);
    let some = |value: &Option<String>| value.as_deref().map(quoted);
    let list = |values: &[String]| {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        (!values.is_empty()).then(|| format!("[{}]", values.join(", ")))
    };
    let sections: [Section; 8] = [
        (
            "site",
            vec![
                ("name", Some(one(&answers.site_name))),
                ("url", Some(one(&answers.site_url))),
                ("support_email", Some(one(&answers.support_email))),
            ],
        ),
        ("server", vec![("listen", Some(one(&answers.listen))), ("trusted_proxies", list(&answers.trusted_proxies))]),
        ("database", vec![("url", Some(one(&answers.database_url)))]),
        (
            "stripe",
            vec![
                ("secret_key", Some(one(&answers.stripe_key))),
                ("webhook_secrets", list(&[webhook_secret.to_owned()])),
                ("api_base", some(&answers.stripe_api)),
                ("checkout_origin", some(&answers.checkout_origin)),
            ],
        ),
        (
            "panel",
            vec![
                ("url", Some(one(&answers.panel_url))),
                ("application_key", Some(one(&answers.application_key))),
                ("client_key", Some(one(&answers.client_key))),
            ],
        ),
        ("mail", vec![("url", Some(one(&answers.mail_url))), ("from", Some(one(&answers.mail_from)))]),
        ("catalogue", vec![("folder", folder.as_deref().map(quoted))]),
        (
            "security",
            vec![("secret", Some(one(&answers.secret))), ("allowed_networks", list(&answers.allowed_networks))],
        ),
    ];
    for (section, values) in sections {
        if values.iter().all(|(_, value)| value.is_none()) {
            continue;
        }
        // Writing to a String does not fail.
        let _ = write!(text, "\n[{section}]\n");
        for (name, value) in values {
            if let Some(value) = value {
                let _ = writeln!(text, "{name} = {value}");
            }
        }
    }
    text
}

/// A text as TOML writes it, whatever is in it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The regions that this panel's locations make: those of the catalogue that a node stands in, and one for each other location that has
/// a node. The second part says whether the catalogue has them already.
pub fn propose_regions(catalogue: &Catalogue, locations: &[PanelLocation], nodes: &[PanelNode]) -> (Vec<Region>, bool) {
    let used: Vec<&PanelLocation> =
        locations.iter().filter(|one| nodes.iter().any(|node| node.location_id == one.id && node.public)).collect();
    let known = |region: &&Region| used.iter().any(|location| region.locations.contains(&location.short));
    let mut regions: Vec<Region> = catalogue.regions.iter().filter(known).cloned().collect();
    for location in used {
        if !regions.iter().any(|region| region.locations.contains(&location.short)) {
            regions.push(Region {
                key: RegionKey::new(key_of(&location.short, &regions)),
                name: location.short.clone(),
                locations: vec![location.short.clone()],
            });
        }
    }
    let same = regions == catalogue.regions;
    (regions, same)
}

/// A key that looks like the location's code, and that no region has.
fn key_of(short: &str, regions: &[Region]) -> String {
    let plain: String = short.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let plain = plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let plain = if plain.is_empty() { "region".to_owned() } else { plain };
    let taken = |key: &str| regions.iter().any(|region| region.key.as_str() == key);
    let numbered = (2..).map(|number| format!("{plain}-{number}"));
    std::iter::once(plain.clone()).chain(numbered).find(|key| !taken(key)).unwrap_or(plain)
}

/// The shipped catalogue's files with other regions, as (name below the folder, text).
///
/// # Errors
/// The shipped files cannot be read.
pub fn catalogue_with(regions: &[Region]) -> std::io::Result<Vec<(String, String)>> {
    let files = catalogue_files::files(None)?.into_iter().map(|file| {
        let name = file.path.trim_start_matches("catalogue/").to_owned();
        let text = if name == "shop.toml" { with_regions(&file.text, regions) } else { file.text };
        (name, text)
    });
    Ok(files.collect())
}

/// The shop's file with its regions replaced; everything else, remarks too, stays as it is.
fn with_regions(text: &str, regions: &[Region]) -> String {
    let (mut kept, mut inside, mut written) = (String::new(), false, false);
    for line in text.lines() {
        let head = line.trim_start();
        if head.starts_with("[[region]]") {
            if !written {
                written = true;
                for region in regions {
                    let locations: Vec<String> = region.locations.iter().map(|short| quoted(short)).collect();
                    let _ = write!(
                        kept,
                        "[[region]]\nkey = {}\nname = {}\nlocations = [{}]\n\n",
                        quoted(region.key.as_str()),
                        quoted(&region.name),
                        locations.join(", ")
                    );
                }
            }
            inside = true;
        } else if inside && (head.starts_with('[') || head.starts_with('#')) {
            inside = false;
        }
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use ::panel::{LocationId, NodeId};
    use std::collections::BTreeMap;

    fn answers() -> Answers {
        let text = |text: &str| text.to_owned();
        Answers {
            site_name: text("Ada's \"Keep\" \\ \u{202e}"),
            site_url: text("https://shop.example"),
            support_email: text("help@shop.example"),
            listen: text("127.0.0.1:8080"),
            trusted_proxies: vec![text("127.0.0.1")],
            database_url: text("sqlite:///tmp/x.db"),
            stripe_key: text("sk_test_1"),
            stripe_api: None,
            checkout_origin: None,
            panel_url: text("https://panel.example"),
            application_key: text("ptla_1"),
            client_key: text("ptlc_1"),
            mail_url: text("log:"),
            mail_from: text("Keep <shop@shop.example>"),
            allowed_networks: Vec::new(),
            secret: "s".repeat(48),
        }
    }

    #[test]
    fn whatever_was_answered_is_read_back_as_it_was() {
        let written = settings_text(&answers(), "whsec_1", Some(Path::new("/srv/my \"shop\"")));
        let config = Config::read(Some(("givr.toml", &written)), &BTreeMap::new()).unwrap();
        assert_eq!(config.site.name, answers().site_name);
        assert_eq!(config.catalogue_folder.as_deref(), Some(Path::new("/srv/my \"shop\"")));
        assert_eq!(config.server.trusted_proxies.len(), 1);
    }

    fn location(number: u64, short: &str) -> PanelLocation {
        PanelLocation { id: LocationId::new(number), short: short.to_owned() }
    }

    fn node(number: u64, location: u64) -> PanelNode {
        PanelNode {
            id: NodeId::new(number),
            uuid: String::new(),
            name: String::new(),
            location_id: LocationId::new(location),
            fqdn: String::new(),
            memory_mib: 1,
            memory_overallocate_percent: 0,
            disk_mib: 1,
            disk_overallocate_percent: 0,
            public: true,
            maintenance: false,
        }
    }

    #[test]
    fn a_panel_like_the_catalogue_needs_no_catalogue_of_its_own() {
        let catalogue = catalogue_files::load(None).unwrap();
        let locations = [location(1, "us-east"), location(2, "eu")];
        let (regions, same) = propose_regions(&catalogue, &locations, &[node(1, 1), node(2, 2)]);
        assert!(same && regions.len() == 2);
    }

    #[test]
    fn other_locations_become_regions_and_the_catalogue_with_them_is_without_mistakes() {
        let shipped = catalogue_files::load(None).unwrap();
        let locations =
            [location(1, "eu"), location(2, "Frankfurt DE!"), location(3, "frankfurt/de"), location(4, "empty")];
        let (regions, same) = propose_regions(&shipped, &locations, &[node(1, 1), node(2, 2), node(3, 3)]);
        let keys: Vec<&str> = regions.iter().map(|region| region.key.as_str()).collect();
        assert!(!same && keys == ["eu", "frankfurt-de", "frankfurt-de-2"], "{keys:?}");
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("games")).unwrap();
        for (name, text) in catalogue_with(&regions).unwrap() {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let own = catalogue_files::load(Some(folder.path())).unwrap();
        assert_eq!(own.regions, regions);
        assert_eq!((own.plans, own.add_ons), (shipped.plans, shipped.add_ons));
    }
}
