//! The commands. Data on stdout, progress on stderr, errors end in a hint; exit 0 done, 1 you can fix it, 2 we must.

mod acts;
mod admin;
mod alert;
mod assemble;
mod audit;
mod backup;
mod catalogue;
mod customer;
mod demo;
mod doctor;
mod drill;
mod incident;
mod mail;
mod migrate;
mod node;
mod order;
mod restore;
mod sales;
mod secrets;
mod serve;
mod service;
mod setup;
mod smoke;
mod verify;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs a game-server hosting business: shop, payments, servers
#[derive(Parser)]
#[command(name = "givr", version)]
struct Givr {
    /// The settings file [default: ./givr.toml, and where there is none, /etc/givr/givr.toml]
    #[arg(long, short, global = true, env = "GIVR_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything in a sandbox on this machine: simulated Stripe and panel, one purchase, then a shop to try
    Demo(demo::Demo),
    Setup(setup::Setup),
    /// Run the shop
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Make a backup of the database, encrypted to a key that is not in it, while the shop runs
    Backup(backup::Backup),
    /// Bring a backup back into an empty database; what was restored is frozen until `givr restore confirm`
    Restore(restore::Restore),
    /// Restore a backup into a scratch place, and check it against Stripe and the panel
    Drill(drill::DrillCommand),
    /// Buy, provision and terminate one server on a running instance in Stripe test mode
    Smoke(smoke::Smoke),
    Verify(verify::Verify),
    Doctor(doctor::Doctor),
    /// Check the catalogue, bring its prices to Stripe, bind its blueprints to eggs
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// Look at orders and set stuck ones going again
    #[command(subcommand)]
    Order(order::OrderCommand),
    /// End, suspend or extend what a customer has
    #[command(subcommand)]
    Service(service::ServiceCommand),
    /// See how full the nodes are, drain one
    #[command(subcommand)]
    Node(node::NodeCommand),
    /// Pause the sale, of a region or altogether
    #[command(subcommand)]
    Sales(sales::SalesCommand),
    /// Say that something does not work: nobody loses a server for want of payment meanwhile
    #[command(subcommand)]
    Incident(incident::IncidentCommand),
    /// Send letters again
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Mend what belongs to a customer
    #[command(subcommand)]
    Customer(customer::CustomerCommand),
    /// See what a person has to know, say who looks after it, try the channels
    #[command(subcommand)]
    Alert(alert::AlertCommand),
    /// Read the audit log, and check that nobody changed it
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Invite staff, make tokens for programs
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Replace the keys that protect the database and the API's tokens
    #[command(subcommand)]
    Secrets(secrets::SecretsCommand),
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The person at the keyboard can fix it; with a hint on how.
    Fixable {
        /// What is wrong.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// Something of ours, or of the outside.
    Ours(anyhow::Error),
}

impl Failure {
    fn fixable(problem: impl ToString, hint: impl Into<String>) -> Self {
        Self::Fixable { problem: problem.to_string(), hint: hint.into() }
    }

    fn of_backup(error: crate::backup::BackupError) -> Self {
        match error.hint() {
            Some(hint) => Self::fixable(error, hint),
            None => Self::Ours(error.into()),
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

/// What commands answer.
type Outcome = Result<ExitCode, Failure>;

/// Where settings are looked for that nobody named: in this folder, or where the package puts them.
fn usual_settings() -> PathBuf {
    let (here, machine) = (PathBuf::from("givr.toml"), PathBuf::from("/etc/givr/givr.toml"));
    if !here.exists() && machine.exists() { machine } else { here }
}

/// Runs the command of this process.
pub async fn run() -> ExitCode {
    let givr = Givr::parse();
    let config = givr.config.unwrap_or_else(usual_settings);
    let outcome = match givr.command {
        Command::Demo(demo) => demo.run().await,
        Command::Setup(setup) => setup.run(&config).await,
        Command::Serve => serve::run(&config).await,
        Command::Migrate => migrate::run(&config).await,
        Command::Backup(backup) => backup.run(&config).await,
        Command::Restore(restore) => restore.run(&config).await,
        Command::Drill(drill) => drill.run(&config).await,
        Command::Smoke(smoke) => smoke.run().await,
        Command::Verify(verify) => verify.run(&config).await,
        Command::Doctor(doctor) => doctor.run(&config).await,
        Command::Catalogue(command) => command.run(&config).await,
        Command::Order(command) => command.run(&config).await,
        Command::Service(command) => command.run(&config).await,
        Command::Node(command) => command.run(&config).await,
        Command::Sales(command) => command.run(&config).await,
        Command::Incident(command) => command.run(&config).await,
        Command::Mail(command) => command.run(&config).await,
        Command::Customer(command) => command.run(&config).await,
        Command::Alert(command) => command.run(&config).await,
        Command::Audit(command) => command.run(&config).await,
        Command::Admin(command) => command.run(&config).await,
        Command::Secrets(command) => command.run(&config).await,
    };
    match outcome {
        Ok(code) => code,
        Err(Failure::Fixable { problem, hint }) => {
            complain(&format!("error: {problem}\nhint: {hint}"));
            ExitCode::from(1)
        }
        Err(Failure::Ours(error)) => {
            complain(&format!(
                "error: {error:#}\nhint: try again; if it stays, `givr doctor` looks at settings, database, Stripe, panel and mail"
            ));
            ExitCode::from(2)
        }
    }
}

/// Data for whoever called us.
fn say(text: &str) {
    // Whoever reads may stop reading, as `head` does.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Progress and errors.
#[expect(clippy::print_stderr, reason = "commands report on stderr")]
fn complain(text: &str) {
    eprintln!("{text}");
}
