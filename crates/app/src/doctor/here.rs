//! What is on this machine: the database, room on its disk, work that waits, the clock.

use super::{Check, Line, Parts};
use crate::backup;
use crate::clock::Clock;
use crate::trusted_clock::Judgement;
use crate::vault::{RIGHT_SECRET, Vault, VaultError};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use store::watch::{self, Queue};
use store::{Engine, SchemaState, Store, StoreError, freezes, marks};

/// Less than this, and the database has no room to grow.
const LEAST_ROOM_MIB: u64 = 1024;
/// What is due for longer than this is worked off by nobody.
const LATE: SignedDuration = SignedDuration::from_mins(5);

/// What was found, and the database if the others may read in it.
pub(super) async fn examine<'a>(parts: &Parts<'a>) -> (Vec<Line>, Option<&'a Store>) {
    let mut lines = Vec::new();
    let store = match &parts.store {
        Ok(store) => *store,
        Err(why) => {
            lines.push(Line::wrong(
                Check::Database,
                format!("It cannot be opened: {why}."),
                "Check database.url. A new shop has none yet: `givr migrate` makes it.",
            ));
            return (lines, None);
        }
    };
    match store.schema().await {
        Ok(SchemaState::Current) => {
            lines.push(Line::good(Check::Database, format!("It is {} and answers.", word(store.engine()))));
            lines.push(Line::good(Check::Schema, "It is this program's."));
        }
        Ok(SchemaState::Behind { at }) => {
            lines.push(Line::wrong(
                Check::Schema,
                format!("It is number {at}; this program's is number {}.", store::LATEST_SCHEMA),
                "Run `givr migrate`, or start the shop with this program.",
            ));
            return (lines, None);
        }
        Err(error) => {
            let act = match error {
                StoreError::Newer { .. } => "Run the release that wrote it, or a newer one.",
                StoreError::Conflict { .. }
                | StoreError::Taken { .. }
                | StoreError::Senseless { .. }
                | StoreError::InUse { .. }
                | StoreError::BadUrl { .. }
                | StoreError::Database(_) => "Look whether the database runs, and whether database.url is right.",
            };
            lines.push(Line::wrong(Check::Database, format!("It does not answer: {error}."), act));
            return (lines, None);
        }
    }
    lines.push(secret(parts, store).await);
    lines.extend(room(parts));
    lines.extend(work(store, parts.clock.now()).await.unwrap_or_else(|error| {
        vec![Line::wrong(Check::Database, format!("It does not answer: {error}."), "Look whether the database runs.")]
    }));
    lines.push(last_backup(parts, store).await);
    (lines, Some(store))
}

async fn secret(parts: &Parts<'_>, store: &Store) -> Line {
    let secrets: Vec<_> = std::iter::once(&parts.config.secret).chain(&parts.config.old_secrets).collect();
    match Vault::opens(store, &secrets, parts.clock.now()).await {
        Ok(true) => Line::good(Check::Secret, "It opens what is sealed in this database."),
        Ok(false) => Line::wrong(Check::Secret, format!("{}.", VaultError::WrongSecret), RIGHT_SECRET),
        Err(error) => Line::note(Check::Secret, format!("What is sealed in the database cannot be read: {error}.")),
    }
}

async fn last_backup(parts: &Parts<'_>, store: &Store) -> Line {
    if parts.config.backup_recipient.is_none() {
        let text = "backup.recipient is not set, so `givr backup` makes none (docs/backup.md says how to begin).";
        return Line::note(Check::Backup, text);
    }
    let made = async { marks::find(&mut *store.read().await?, backup::MARK).await };
    let age = match made.await {
        Ok(made) => made.map(|made| parts.clock.now().duration_since(made.at)),
        Err(error) => return Line::note(Check::Backup, format!("When the last one was made is not known: {error}.")),
    };
    match age {
        None => {
            Line::note(Check::Backup, "None is known yet: `givr backup --to FILE`, or the timer of docs/backup.md.")
        }
        Some(age) if age > backup::LATE_AFTER => Line::wrong(
            Check::Backup,
            format!("The last one was made {} hours ago.", age.as_hours()),
            "`systemctl status givr-backup` or the log of your cron says why; make one now with `givr backup --to FILE`.",
        ),
        Some(age) => Line::good(Check::Backup, format!("The last one was made {} hours ago.", age.as_hours())),
    }
}

fn word(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

/// How much room there is beside a SQLite file. PostgreSQL may be on any machine.
fn room(parts: &Parts<'_>) -> Option<Line> {
    let file = Path::new(parts.config.database_url.strip_prefix("sqlite://")?);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let free_mib = match rustix::fs::statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize) / 1_048_576,
        Err(error) => return Some(Line::note(Check::Disk, format!("Its disk cannot be looked at: {error}."))),
    };
    let found = format!("{free_mib} MiB are free beside it.");
    Some(if free_mib < LEAST_ROOM_MIB {
        Line::wrong(Check::Disk, found, format!("Make room on the disk of {}, at least a gigabyte.", folder.display()))
    } else {
        Line::good(Check::Disk, found)
    })
}

async fn work(store: &Store, now: Timestamp) -> Result<Vec<Line>, StoreError> {
    let mut lines = Vec::new();
    let mut db = store.read().await?;
    let standing = freezes::standing(&mut db).await?;
    for freeze in &standing.freezes {
        lines.push(Line::wrong(
            Check::Freeze,
            format!(
                "The installation is frozen since {}: {}",
                freeze.since.strftime("%F %R UTC"),
                freeze.reason.words()
            ),
            format!("docs/runbooks/README.md, restore.frozen and servers.missing, says what to do. {}", freeze.detail),
        ));
    }
    if !standing.freezes.is_empty() {
        return Ok(lines);
    }
    lines.push(Line::good(Check::Freeze, "Nothing stands still."));
    let mut late = Vec::new();
    for queue in Queue::ALL {
        let waits = watch::overdue_since(&mut db, queue, now).await?.map(|since| now.duration_since(since));
        if let Some(age) = waits.filter(|age| *age > LATE) {
            late.push(format!("{} for {} minutes", queue.key(), age.as_mins()));
        }
    }
    lines.push(if late.is_empty() {
        Line::good(Check::Work, "Nothing waits that is due.")
    } else {
        Line::wrong(
            Check::Work,
            format!("Work that is due lies about: {}.", late.join(", ")),
            "Look whether the shop runs (`systemctl status givr`), and read its log.",
        )
    });
    Ok(lines)
}

/// What others say of our clock. Asked after they were.
pub(super) fn clock(parts: &Parts<'_>) -> Line {
    match parts.clock.judge() {
        Judgement::Right => Line::good(Check::Clock, "It agrees with Stripe's."),
        Judgement::Unknown => Line::note(Check::Clock, "Nobody said what time it is, for nobody answered."),
        Judgement::Wrong(ahead) => Line::wrong(
            Check::Clock,
            format!(
                "It is {} s {} Stripe's.",
                ahead.abs().as_secs(),
                if ahead.is_positive() { "ahead of" } else { "behind" }
            ),
            "Set it and keep it right: `timedatectl set-ntp true` where systemd keeps the time.",
        ),
    }
}
