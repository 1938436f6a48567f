//! The program `givr`: the shop, the work behind it, and the commands.

pub mod alerts;
pub mod app;
pub mod audit;
pub mod backup;
pub mod catalogue_files;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod desk;
pub mod doctor;
pub mod epoch_mark;
pub mod freeze;
pub mod games;
pub mod health;
pub mod home;
pub mod mail;
pub mod observe;
pub mod outbound;
pub mod privacy;
pub mod sales;
pub mod setup;
pub mod smoke;
pub mod texts;
pub mod transport;
pub mod trusted_clock;
pub mod vault;
pub mod verify;
pub mod watchers;
pub mod web;
pub mod work;

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn every_crate_forbids_unsafe_code() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let workspace: toml::Table = std::fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
        assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
        let mut crates = 0;
        for folder in std::fs::read_dir(root.join("crates")).unwrap() {
            let file = folder.unwrap().path().join("Cargo.toml");
            let manifest: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
            let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
            assert_eq!(inherits, Some(true), "{} has lints of its own", file.display());
            crates += 1;
        }
        assert!(crates >= 7, "the crates are found");
    }
}
