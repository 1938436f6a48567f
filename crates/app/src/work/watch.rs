//! Watches figures that say how the shop is doing, and raises an alert where one leaves its bounds. Each alert ends by itself, well
//! inside of them (`domain::alert::Limits`).

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::backup;
use crate::trusted_clock;
use crate::work::{Report, panel_sync};
use domain::alert::{Limits, Verdict};
use domain::freeze::Reach;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::figures::{self, NodeFill};
use store::watch::{self, Queue};
use store::{Db, StoreError, marks};

/// An open alert is written to again this often: how long it lasts is in its times.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Deliveries from which a share means something: one failure of two orders is an alert of its own already.
const ENOUGH: i64 = 5;
/// Deliveries of a game from which their average means something.
const ENOUGH_OF_A_GAME: usize = 3;
/// The mark that says since when there is a key for backups.
const BACKUPS_WANTED: &str = "backup.wanted";
/// Rules that this work judges; what of them is open and is not read any more has lost its subject.
const RULES: [Rule; 10] = [
    Rule::PanelUnreachable,
    Rule::WorkStalled,
    Rule::DeliveriesFailing,
    Rule::ProvisioningFailing,
    Rule::ProvisioningFlaky,
    Rule::ProvisioningSlow,
    Rule::NodeFull,
    Rule::MailStuck,
    Rule::WebhookSilent,
    Rule::BackupLate,
];

/// A figure with its bounds.
struct Reading {
    rule: Rule,
    key: String,
    figure: f64,
    limits: Limits,
    text: String,
}

/// Reads every figure once.
///
/// # Errors
/// The database did not answer.
pub(super) async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    want_backups(app).await?;
    let mut db = app.store.read().await?;
    let readings = read(app, &mut db, now).await?;
    let open = store::alerts::list_open_of(&mut db, &RULES.map(Rule::key)).await?;
    drop(db);
    let known: BTreeSet<(&str, &str)> =
        readings.iter().map(|reading| (reading.rule.key(), reading.key.as_str())).collect();
    let open_since: BTreeMap<(&str, &str), Timestamp> =
        open.iter().map(|alert| ((alert.rule.as_str(), alert.key.as_str()), alert.seen_at)).collect();
    let mut raised = 0;
    for reading in &readings {
        let seen = open_since.get(&(reading.rule.key(), reading.key.as_str()));
        match (reading.limits.judge(reading.figure), seen) {
            (Verdict::Open, None) => raised += raise(app, reading).await?,
            (Verdict::Open, Some(at)) if now.duration_since(*at) >= AGAIN => raised += raise(app, reading).await?,
            (Verdict::Clear, Some(_)) => alerts::clear_alone(app, reading.rule, &reading.key).await?,
            (Verdict::Open, Some(_)) | (Verdict::Keep, _) | (Verdict::Clear, None) => {}
        }
    }
    for alert in open.iter().filter(|alert| !known.contains(&(alert.rule.as_str(), alert.key.as_str()))) {
        if let Some(rule) = Rule::find(&alert.rule) {
            alerts::clear_alone(app, rule, &alert.key).await?;
        }
    }
    refused_webhooks(app).await?;
    gone_machines(app).await?;
    Ok(Report { taken: raised, failed: 0, next: None })
}

async fn raise(app: &App, reading: &Reading) -> Result<usize, StoreError> {
    raise_one(app, reading.rule, &reading.key, &reading.text).await?;
    Ok(1)
}

async fn raise_one(app: &App, rule: Rule, key: &str, text: &str) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    alerts::raise(app, &mut tx, rule, key, text).await?;
    tx.commit().await
}

async fn read(app: &App, db: &mut Db, now: Timestamp) -> Result<Vec<Reading>, StoreError> {
    let mut readings = Vec::new();
    readings.extend(panel(db, now, app.gate.clock.running()).await?);
    // What stands still on purpose is not late.
    let servers_stand = app.gate.stops(Reach::Servers).is_some();
    for queue in Queue::ALL.into_iter().filter(|queue| !(servers_stand && *queue == Queue::Operations)) {
        readings.push(queue_reading(queue, watch::overdue_since(db, queue, now).await?, now));
    }
    readings.push(failing(watch::count_failing_deliveries(db).await?));
    let sales = figures::sales(db, now - HOUR, now).await?;
    readings.extend(shares(sales.delivered, sales.failed));
    readings.extend(slow(app, &figures::list_delivered(db, now - HOUR * 24, now, 10_000).await?));
    readings.extend(figures::list_node_fill(db).await?.iter().flat_map(fill));
    readings.push(mail(watch::count_stuck_mail(db, now - SignedDuration::from_mins(15)).await?));
    let made = marks::find(db, backup::MARK).await?.map(|made| made.at);
    let wanted = marks::find(db, BACKUPS_WANTED).await?.map(|wanted| wanted.at);
    readings.extend(made.or(wanted).and_then(|since| backup(app, since)));
    readings.push(webhooks(watch::count_events_without_webhook(db, now - HOUR, app.started_at).await?));
    Ok(readings)
}

/// Counts and seconds are far below what a fraction holds exactly.
fn exact(count: i64) -> f64 {
    count as f64
}

async fn panel(db: &mut Db, now: Timestamp, running: Duration) -> Result<Option<Reading>, StoreError> {
    let Some(sweep) = marks::find(db, panel_sync::MARK).await? else { return Ok(None) };
    let age = now.duration_since(sweep.at);
    // Two looks that failed, and one that did not. Whoever begins has not looked yet: what the process before it said stays.
    let patience = 180.0;
    let open_above = if running.as_secs_f64() <= patience { f64::INFINITY } else { patience };
    Ok(Some(Reading {
        rule: Rule::PanelUnreachable,
        key: "panel".to_owned(),
        figure: exact(age.as_secs()),
        limits: Limits { open_above, clear_at: 90.0 },
        text: format!(
            "The panel was last read completely {} minutes ago. Orders wait, nothing is lost; servers run on without it.",
            age.as_mins()
        ),
    }))
}

fn queue_reading(queue: Queue, since: Option<Timestamp>, now: Timestamp) -> Reading {
    let age = since.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
    Reading {
        rule: Rule::WorkStalled,
        key: queue.key().to_owned(),
        figure: exact(age.as_secs()),
        limits: Limits { open_above: 300.0, clear_at: 60.0 },
        text: format!(
            "The oldest piece in {} is due for {} minutes and nobody has it in hand: no process works, or all are busy.",
            queue.key(),
            age.as_mins()
        ),
    }
}

fn failing(count: i64) -> Reading {
    Reading {
        rule: Rule::DeliveriesFailing,
        key: "deliveries".to_owned(),
        figure: exact(count),
        limits: Limits { open_above: 1.0, clear_at: 0.0 },
        text: format!("{count} deliveries are under way whose last try failed: they may have one cause."),
    }
}

/// What could not be delivered, of what was decided in an hour.
fn shares(delivered: i64, failed: i64) -> [Reading; 2] {
    let decided = delivered + failed;
    let share = if decided < ENOUGH { 0.0 } else { 100.0 * exact(failed) / exact(decided) };
    let text = format!("{failed} of {decided} orders of the last hour could not be delivered ({share:.0} %).");
    let one = |rule, limits| Reading { rule, key: "hour".to_owned(), figure: share, limits, text: text.clone() };
    // Two of them, so that the lesser one does not hide that it became the greater one.
    let flaky = if share > 10.0 { 0.0 } else { share };
    [
        one(Rule::ProvisioningFailing, Limits { open_above: 10.0, clear_at: 5.0 }),
        Reading { figure: flaky, ..one(Rule::ProvisioningFlaky, Limits { open_above: 5.0, clear_at: 2.5 }) },
    ]
}

/// How long each game took in a day. One that installs for an hour is not slow after five minutes.
fn slow(app: &App, delivered: &[figures::Delivered]) -> Vec<Reading> {
    let mut games: BTreeMap<&str, (Vec<i64>, u32)> = BTreeMap::new();
    for one in delivered {
        let Some(plan) = app.catalogue.find_plan(&one.plan) else { continue };
        let deadlines = app
            .catalogue
            .find_blueprint(&plan.blueprint)
            .map_or(0, |blueprint| blueprint.install_deadline_s + blueprint.start_deadline_s);
        let game = games.entry(plan.game.as_str()).or_default();
        game.0.push(one.seconds);
        game.1 = game.1.max(deadlines);
    }
    let reading = |(game, (seconds, deadlines)): (&str, (Vec<i64>, u32))| {
        let count = i64::try_from(seconds.len()).unwrap_or(i64::MAX);
        let mean = seconds.iter().sum::<i64>() / count.max(1);
        let bound = f64::from(deadlines / 2).max(300.0);
        Reading {
            rule: Rule::ProvisioningSlow,
            key: game.to_owned(),
            figure: if seconds.len() < ENOUGH_OF_A_GAME { 0.0 } else { exact(mean) },
            limits: Limits { open_above: bound, clear_at: bound * 0.8 },
            text: format!("{count} {game} servers of the last day took {mean} s from payment to playable on average."),
        }
    };
    games.into_iter().map(reading).collect()
}

fn fill(node: &NodeFill) -> Option<Reading> {
    // A node that takes nothing more may be as full as it likes.
    if !node.takes_servers || node.memory_mib <= 0 || node.disk_mib <= 0 {
        return None;
    }
    let memory = 100.0 * exact(node.memory_sold_mib) / exact(node.memory_mib);
    let disk = 100.0 * exact(node.disk_sold_mib) / exact(node.disk_mib);
    let ports = if node.ports == 0 { 100.0 } else { 100.0 - 100.0 * exact(node.ports_free) / exact(node.ports) };
    Some(Reading {
        rule: Rule::NodeFull,
        key: node.id.to_string(),
        figure: memory.max(disk).max(ports),
        limits: Limits { open_above: 80.0, clear_at: 75.0 },
        text: format!(
            "Node {} is nearly full: {memory:.0} % of its memory, {disk:.0} % of its disk and {ports:.0} % of its ports are sold.",
            node.name
        ),
    })
}

fn mail(count: i64) -> Reading {
    Reading {
        rule: Rule::MailStuck,
        key: "outbox".to_owned(),
        figure: exact(count),
        limits: Limits { open_above: 0.0, clear_at: 0.0 },
        text: format!(
            "{count} messages to customers could not be sent for a quarter of an hour. Orders go on without them."
        ),
    }
}

/// Since when this shop has had a key for backups: before the first one nothing else says how long none was made.
async fn want_backups(app: &App) -> Result<(), StoreError> {
    let known = app.config.backup_recipient.is_none()
        || marks::find(&mut *app.store.read().await?, BACKUPS_WANTED).await?.is_some();
    if known {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    marks::take_turn(&mut tx, BACKUPS_WANTED, Timestamp::UNIX_EPOCH, app.now()).await?;
    tx.commit().await
}

/// Of a shop that has a key for backups.
fn backup(app: &App, since: Timestamp) -> Option<Reading> {
    app.config.backup_recipient.as_ref()?;
    let hours = app.now().duration_since(since).as_hours();
    Some(Reading {
        rule: Rule::BackupLate,
        key: "backup".to_owned(),
        figure: exact(hours),
        // One is made each night; the next night's ends it.
        limits: Limits { open_above: exact(backup::LATE_AFTER.as_hours()), clear_at: 24.0 },
        text: format!(
            "No backup is known to have been made for {hours} hours: what has happened since would be lost with the disk."
        ),
    })
}

fn webhooks(count: i64) -> Reading {
    Reading {
        rule: Rule::WebhookSilent,
        key: "stripe".to_owned(),
        figure: exact(count),
        limits: Limits { open_above: 2.0, clear_at: 0.0 },
        text: format!(
            "{count} of Stripe's events of the last hour did not come by themselves: our own look found them. Customers wait a minute \
             longer than they should."
        ),
    }
}

/// Events that came and could not be stored. They are counted in memory, for there was nowhere else; Stripe sends them again.
async fn refused_webhooks(app: &App) -> Result<(), StoreError> {
    let refused = app.inbox.take_refused();
    let key = "stripe";
    if refused > 0 {
        let text =
            format!("{refused} of Stripe's events could not be stored and were refused. Stripe sends them again.");
        let told = raise_one(app, Rule::WebhookFailing, key, &text).await;
        if told.is_err() {
            app.inbox.count_refused(refused);
        }
        return told;
    }
    let open = store::alerts::list_open_of(&mut *app.store.read().await?, &[Rule::WebhookFailing.key()]).await?;
    let calm = open.iter().any(|alert| app.now().duration_since(alert.seen_at) > SignedDuration::from_mins(10));
    if calm { alerts::clear_alone(app, Rule::WebhookFailing, key).await } else { Ok(()) }
}

/// What was said of a clock whose process is gone: nobody else can say that it is right.
async fn gone_machines(app: &App) -> Result<(), StoreError> {
    let open = store::alerts::list_open_of(&mut *app.store.read().await?, &[Rule::ClockWrong.key()]).await?;
    for alert in open.iter().filter(|alert| app.now().duration_since(alert.seen_at) > trusted_clock::GONE_AFTER) {
        alerts::clear_alone(app, Rule::ClockWrong, &alert.key).await?;
    }
    Ok(())
}
