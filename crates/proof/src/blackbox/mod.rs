//! The black box: the program as it is sold, in processes of its own, under faults of real processes, disks, clocks and
//! connections, while customers buy. At the end the same checker as everywhere holds the three ledgers to the laws.
//!
//! Not here: what a law is (`app::verify`), what the outside does (`sandbox`), and what can be played again gate by gate
//! (`crate::drive`): in real time a seed says only what is done, not in which order it comes about.

mod customers;
mod database;
mod faults;
mod looks;
mod outcome;
mod outside;
mod place;
mod proxy;
mod replica;
mod settings;
mod strike;
mod takeover;
mod usage;
mod verdict;

pub(crate) use outcome::section;

use crate::{said_by, say, stopwatch, word};
use anyhow::Context;
use clap::{Args, ValueEnum};
use customers::{Customer, Deeds, Manner};
use database::Database;
use faults::{Kind, Lane};
use looks::Looks;
use outcome::Outcome;
use outside::{Outside, listen};
use place::Place;
use proxy::Proxy;
use rand::SeedableRng;
use rand::rngs::StdRng;
use replica::{Program, Replica};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Access, Engine, Store};
use strike::Scene;
use tokio_util::sync::CancellationToken;
use usage::Meter;

/// Orders of one customer, on average.
const ORDERS_EACH: usize = 5;
/// How long the first process may take until it sells.
const START: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(crate) struct BlackBox {
    /// The database
    #[arg(long, value_parser = parse_engine)]
    engine: Engine,
    /// How many servers are bought
    #[arg(long, default_value_t = 500)]
    orders: usize,
    /// The program
    #[arg(long, default_value = "target/release/givr")]
    givr: PathBuf,
    /// What chance is drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often each kind of fault strikes
    #[arg(long, default_value_t = 10)]
    times: u32,
    /// Only these kinds
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Kind>,
    /// Without these kinds
    #[arg(long, value_enum, value_delimiter = ',')]
    without: Vec<Kind>,
    /// Seconds after which no fault is begun
    #[arg(long)]
    within: Option<u64>,
    /// Where the document goes
    #[arg(long, default_value = "target/proof")]
    out: PathBuf,
}

fn parse_engine(word: &str) -> Result<Engine, String> {
    match word {
        "sqlite" => Ok(Engine::Sqlite),
        "postgres" => Ok(Engine::Postgres),
        other => Err(format!("`{other}` is neither sqlite nor postgres")),
    }
}

impl BlackBox {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let outcome = self.play()?;
        for violation in &outcome.violations {
            say(&format!("broken: {violation}"));
        }
        say(&outcome.summary());
        Ok(ExitCode::from(u8::from(!outcome.violations.is_empty())))
    }

    /// Plays one run and writes its document.
    fn play(&self) -> anyhow::Result<Outcome> {
        // One for what is simulated and one for what is done to it, as far as the machine has two.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let outcome = runtime.block_on(self.perform())?;
        outcome.write(&self.out, self.engine)?;
        Ok(outcome)
    }

    async fn perform(&self) -> anyhow::Result<Outcome> {
        let began = stopwatch();
        let stop = CancellationToken::new();
        let _stops = stop.clone().drop_guard();
        let (scene, shop) = self.set_the_scene(&stop).await?;
        let (kinds, left_out) = self.kinds(&scene.place);
        let meter = Meter::default();
        let mut outcome = Outcome {
            commit: said_by("git", &["rev-parse", "--short", "HEAD"]),
            engine: word(self.engine).to_owned(),
            build: if self.givr.components().any(|part| part.as_os_str() == "release") { "release" } else { "debug" }
                .to_owned(),
            seed: self.seed,
            replicas: scene.replicas.len() as u64,
            lease_seconds: settings::LEASE.as_secs(),
            left_out,
            ..Outcome::default()
        };
        let tended = futures_util::future::try_join_all(scene.replicas.iter().map(|replica| replica.tend()));
        tokio::select! {
            played = self.perform_on(&scene, &shop, &kinds, &mut outcome) => {
                if let Err(error) = played {
                    outcome.violations.push(format!("the run broke off: {error:#}"));
                }
            }
            ended = tended => anyhow::bail!("nobody tends the processes any more: {ended:?}"),
            () = meter.watch(&scene.replicas) => {}
        }
        scene.replicas.iter().for_each(|replica| replica.end());
        outcome.usage = meter.usage();
        outcome.ended_by_themselves = scene.replicas.iter().map(|replica| replica.ended()).sum();
        outcome.pages = scene.looks.latencies();
        outcome.note_takeovers(&scene.takeovers.lock().unwrap_or_else(PoisonError::into_inner));
        let struck = scene.struck.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.faults = struck.iter().map(|(kind, times)| (kind.words().to_owned(), *times)).collect();
        outcome.seconds = began.elapsed().as_secs_f64();
        outcome.compare_with_targets();
        if !outcome.violations.is_empty() || outcome.given_up > 0 {
            say(&format!("settings, logs and database stay in {}", scene.place.keep()?.display()));
        }
        Ok(outcome)
    }

    /// Everything but the processes themselves, and where customers find the shop.
    async fn set_the_scene(&self, stop: &CancellationToken) -> anyhow::Result<(Scene, String)> {
        // Somebody may have installed it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (disk_mib, count) = match self.engine {
            Engine::Sqlite => (128, 1),
            Engine::Postgres => (700, 3),
        };
        let place = Place::make(disk_mib)?;
        let outside = Outside::begin(self.seed, self.orders, stop).await?;
        let database = Database::make(self.engine, &place).await?;
        let mut addresses = Vec::new();
        for _ in 0..count {
            // Free again for the program: nobody else draws the number while this run has it.
            addresses.push(listen().await?.local_addr()?);
        }
        let front = Proxy::to(addresses.clone()).await?;
        outside.tell(front.address);
        let settings = settings::write(&place, front.address, &database, &outside)?;
        let binary = self.givr.canonicalize();
        let binary = binary.with_context(|| format!("there is no program at {}", self.givr.display()))?;
        let program = Program { binary, settings, folder: place.folder.clone(), faketime: replica::find_faketime() };
        program.run(&["migrate"]).await?;
        program.run(&["catalogue", "apply"]).await?;
        let store = Store::open(&database.direct, Access::Shared).await?;
        customers::arrive(&store, self.customers()).await?;
        store.close().await;
        let replica = |(number, address): (usize, &_)| Ok(Arc::new(Replica::new(number, *address, program.clone())?));
        let replicas: anyhow::Result<Vec<Arc<Replica>>> = addresses.iter().enumerate().map(replica).collect();
        let shop = format!("http://{}", front.address);
        let scene = Scene {
            observer: Store::connect_to_read(&database.direct).await?,
            onlooker: Customer::new(app::transport::http_client()?, &shop, 0),
            looks: Looks::default(),
            struck: Mutex::default(),
            takeovers: Mutex::default(),
            processes: tokio::sync::Mutex::default(),
            replicas: replicas?,
            place,
            database,
            outside,
        };
        Ok((scene, shop))
    }

    async fn perform_on(&self, scene: &Scene, shop: &str, kinds: &[Kind], outcome: &mut Outcome) -> anyhow::Result<()> {
        let http = app::transport::http_client()?;
        wait_until_it_sells(&http, shop).await?;
        scene.onlooker.enters().await?;
        let customers: Vec<Customer> =
            (0..self.customers()).map(|number| Customer::new(http.clone(), shop, number)).collect();
        let deeds = Deeds::default();
        let mut chance = StdRng::seed_from_u64(self.seed);
        let plans =
            [Lane::Processes, Lane::Surroundings].map(|lane| faults::plan(kinds, lane, self.times, &mut chance));
        let expected = plans.iter().map(|plan| faults::duration(plan)).max().unwrap_or_default();
        let until = self.within.map(|seconds| stopwatch() + Duration::from_secs(seconds));
        let mut lane = |number: usize| scene.play(&plans[number], StdRng::from_rng(&mut chance), until);
        let (processes, surroundings) = (lane(0), lane(1));
        let purchases = self.buy(&customers, &deeds, expected);
        let (processes, surroundings, given_up) = tokio::join!(processes, surroundings, purchases);
        scene.calm().await?;
        processes?;
        surroundings?;
        outcome.given_up = given_up;
        outcome.decided_after_seconds = verdict::wait_for_decisions(scene, &customers, &deeds).await?;
        verdict::judge(scene, outcome).await?;
        outcome.violations.append(&mut deeds.mistakes.lock().unwrap_or_else(PoisonError::into_inner));
        if outcome.decided_after_seconds.is_none() {
            outcome.violations.push("O10: something is still under way".to_owned());
        }
        Ok(())
    }

    /// Buys everything, spread over the time that the faults will take. Returns how many purchases were given up.
    async fn buy(&self, customers: &[Customer], deeds: &Deeds, expected: Duration) -> u64 {
        let mut chance = StdRng::seed_from_u64(self.seed ^ 0xB0B);
        let pace = expected / u32::try_from(self.orders.max(1)).unwrap_or(u32::MAX);
        let purchases = (0..self.orders).map(|number| {
            let manner = Manner::of(&mut chance);
            async move {
                pause(pace * u32::try_from(number).unwrap_or(u32::MAX)).await;
                let bought = customers[number % customers.len()].buys(number, manner, deeds).await;
                if let Err(error) = &bought {
                    complain(&format!("purchase {number} ({manner:?}) was given up: {error:#}"));
                }
                u64::from(bought.is_err())
            }
        });
        futures_util::future::join_all(purchases).await.into_iter().sum()
    }

    fn customers(&self) -> usize {
        self.orders.div_ceil(ORDERS_EACH).max(1)
    }

    /// The kinds that strike, and those that cannot here.
    fn kinds(&self, place: &Place) -> (Vec<Kind>, BTreeMap<String, String>) {
        let asked = |kind: &Kind| (self.only.is_empty() || self.only.contains(kind)) && !self.without.contains(kind);
        let (mut kinds, mut left_out) = (Vec::new(), BTreeMap::new());
        for kind in Kind::value_variants().iter().filter(|kind| kind.can_strike(self.engine)) {
            let missing = if !asked(kind) {
                Some("not asked for")
            } else if *kind == Kind::DiskFull && !place.mounted {
                Some("no disk can be mounted here")
            } else if *kind == Kind::ClockJump && replica::find_faketime().is_none() {
                Some("libfaketime is not here")
            } else {
                None
            };
            match missing {
                Some(why) => drop(left_out.insert(kind.words().to_owned(), why.to_owned())),
                None => kinds.push(*kind),
            }
        }
        (kinds, left_out)
    }
}

async fn wait_until_it_sells(http: &reqwest::Client, shop: &str) -> anyhow::Result<()> {
    let until = stopwatch() + START;
    loop {
        let answer = http.get(format!("{shop}/readyz")).timeout(Duration::from_secs(2)).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        anyhow::ensure!(stopwatch() < until, "the program is not ready after a minute");
        pause(Duration::from_millis(100)).await;
    }
}

#[expect(clippy::print_stderr, reason = "progress is told on stderr")]
fn complain(text: &str) {
    eprintln!("{text}");
}

#[expect(clippy::disallowed_methods, reason = "processes are watched, in real time")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Half a minute of real time. The program is that of `cargo build`, which the tests of processes need as well.
    #[test]
    fn a_shop_that_is_killed_while_people_buy_breaks_no_law() {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
        let black_box = BlackBox {
            engine: Engine::Sqlite,
            orders: 20,
            givr: target.join("debug/givr"),
            seed: 1,
            times: 2,
            only: vec![Kind::Kill],
            without: Vec::new(),
            within: None,
            out: target.join("proof/smoke"),
        };

        let outcome = black_box.play().unwrap();

        say(&outcome.summary());
        assert!(outcome.violations.is_empty(), "{:#?}", outcome.violations);
        assert_eq!((outcome.given_up, outcome.faults.values().sum::<u64>()), (0, 2));
    }
}
