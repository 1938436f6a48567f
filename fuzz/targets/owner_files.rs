//! The owner's files: settings and catalogue. Every mistake has its place in the file; what is accepted keeps its promises.
#![no_main]

use app::config::Config;
use domain::catalogue::{Catalogue, SourceFile, Term};
use libfuzzer_sys::fuzz_target;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = fuzz::choice(data, 2) else { return };
    let texts = fuzz::texts(rest);
    match (kind, texts.as_slice()) {
        (0, [file]) => try_settings(file, &BTreeMap::new()),
        (0, [file, pairs @ ..]) => {
            let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
            try_settings(file, &pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        }
        (_, [shop, games @ ..]) => try_catalogue(shop, games),
        _ => {}
    }
});

fn try_settings(file: &str, env: &BTreeMap<String, String>) {
    match Config::read(Some(("givr.toml", file)), env) {
        Ok(config) => {
            let site = &config.site.url;
            let local = matches!(site.host_str(), Some("localhost" | "[::1]"))
                || site.host_str().is_some_and(|h| h.starts_with("127."));
            assert!(site.scheme() == "https" || (site.scheme() == "http" && local), "{site}");
            assert!(config.secret.expose_secret().len() >= 32);
            assert!(app::config::is_email(&config.site.support_email));
            assert!(config.policy.reservation.as_mins() >= 35 && config.panel.calls_per_minute > 0);
        }
        Err(error) => {
            assert!(!error.problems.is_empty() && !error.to_string().is_empty());
            let lines = file.matches('\n').count() + 1;
            for problem in &error.problems {
                assert!(problem.line.is_none_or(|line| (1..=lines).contains(&line)), "{problem:?}");
                assert!(!problem.message.is_empty());
            }
        }
    }
}

fn try_catalogue(shop: &str, games: &[String]) {
    let mut files = vec![SourceFile { path: "catalogue/shop.toml".to_owned(), text: shop.to_owned() }];
    for (number, text) in games.iter().take(3).enumerate() {
        let path = format!("catalogue/games/{}.toml", ["minecraft", "rust", "ark"][number]);
        files.push(SourceFile { path, text: text.clone() });
    }
    match Catalogue::load(&files) {
        Ok(catalogue) => {
            for plan in &catalogue.plans {
                assert!(plan.monthly_minor > 0 && plan.memory_mib > 0);
                assert!(
                    catalogue.find_blueprint(&plan.blueprint).is_some()
                        && catalogue.find_game(plan.game.as_str()).is_some()
                );
                let prices = Term::ALL.map(|term| plan.price(term, catalogue.currency).minor);
                assert!(prices.is_sorted() && prices[0] >= 99, "{prices:?}");
                assert!(plan.key.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            }
            for blueprint in &catalogue.blueprints {
                assert!(!blueprint.ports.is_empty() && !blueprint.eggs.is_empty());
                assert!(blueprint.env.values().all(|value| value.placeholders().is_ok()));
                assert_eq!(blueprint.probe_port().is_some(), blueprint.probe.port_role().is_some());
            }
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            for mistake in mistakes {
                let file = files.iter().find(|file| file.path == mistake.path).expect("one of the files");
                assert!((1..=file.text.matches('\n').count() + 1).contains(&mistake.line), "{mistake:?}");
                assert!(file.text.get(mistake.span.clone()).is_some(), "{mistake:?}");
                assert!(mistake.column >= 1 && !mistake.message.is_empty());
            }
        }
    }
}
