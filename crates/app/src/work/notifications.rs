//! Tells those who look after the shop: of alerts that began, that nobody looks after, that are over; and of the figures of a day. Each is
//! a row per channel first, so that it is told once, whatever dies and however many processes there are.

use crate::alerts::{self, Channel, NotTaken, Rule, Telling, digest};
use crate::app::App;
use crate::work::{Report, each, lease, retry_at};
use domain::alert::{ESCALATIONS, FirstWord, Occasion, Standing, Step};
use domain::freeze::Reach;
use domain::redact::without_addresses;
use jiff::{SignedDuration, Timestamp};
use store::alerts::{Alert, Told};
use store::notifications::{self, NewNotification, Notification};
use store::{Db, StoreError};

/// Alerts looked at in one pass.
const BATCH: i64 = 100;
/// Told at the same time.
const AT_ONCE: i64 = 20;
/// As long as a channel is tried.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(24);
/// So many tries in a row make a channel that others have to hear of.
const BROKEN_AFTER: i64 = 4;
/// How soon it is looked again whether a frozen installation goes on.
const AFTER_A_FREEZE: SignedDuration = SignedDuration::from_secs(30);
/// The word in rows for a digest.
const DIGEST: &str = "digest";

/// Writes down who is to be told what, and tells those whose turn it is.
///
/// # Errors
/// The database did not answer.
pub(super) async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let later = plan(app, now).await?;
    plan_digest(app, now).await?;
    forget_removed_channels(app).await?;
    let next = notifications::next_wake(&mut *app.store.read().await?).await?;
    if next.is_none_or(|next| next > now) {
        return Ok(Report { next: earlier(next, later), ..Report::default() });
    }
    let mut tx = app.store.begin().await?;
    let due = notifications::claim_due(&mut tx, &lease(app), AT_ONCE).await?;
    tx.commit().await?;
    let taken = due.len();
    // All at once: a channel that hangs holds up no other, and the claim outlasts the slowest of them.
    let failed = each(due, taken, |one| async move { handle(app, &one).await }).await;
    let next = notifications::next_wake(&mut *app.store.read().await?).await?;
    Ok(Report { taken, failed, next: earlier(next, later) })
}

/// Tells one, and writes down what became of it. `false` when it has to be tried again.
async fn handle(app: &App, one: &Notification) -> bool {
    let handled = async {
        let sent = send(app, one).await.unwrap_or_else(|error| Sent::NotYet(format!("{error:#}").into()));
        let done = !matches!(sent, Sent::NotYet(_) | Sent::NotNow);
        match sent {
            Sent::Yes => mark(app, one).await?,
            Sent::NotNeeded(why) => give_up(app, one, why).await?,
            Sent::NotYet(not_taken) => put_back(app, one, &not_taken).await?,
            Sent::NotNow => put_off(app, one).await?,
        }
        Ok::<_, StoreError>(done)
    };
    handled.await.unwrap_or_else(|error| {
        tracing::error!(notification.id = %one.id, "What became of {} could not be written down: {error}", one.id);
        false
    })
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}

/// Decides about each alert of which not everything was told. Returns when the next one is due to be told again.
async fn plan(app: &App, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let mut later = None;
    let escalations = i64::from(ESCALATIONS);
    let to_tell = store::alerts::list_to_tell(&mut *app.store.read().await?, escalations, BATCH).await?;
    for (alert, told) in to_tell {
        let standing = look(&mut *app.store.read().await?, &alert, told).await?;
        match standing.next(&app.config.alerts.wishes, now) {
            Step::Tell(occasion, at) => put(app, (&alert, told), occasion, at, now).await?,
            Step::WaitUntil(at) => later = earlier(later, Some(at)),
            Step::Withdraw => {
                let mut tx = app.store.begin().await?;
                if !store::alerts::lock_while(&mut tx, &alert.id, told).await? {
                    continue;
                }
                // What is on its way at this moment may arrive: then there is one thing more to tell.
                if notifications::withdraw(&mut tx, alert.id.as_str(), now).await? {
                    store::alerts::set_told(&mut tx, &alert.id, Told::Everything, alert.escalations).await?;
                }
                tx.commit().await?;
            }
            Step::Rest => {}
        }
    }
    Ok(later)
}

async fn look(db: &mut Db, alert: &Alert, told: Told) -> Result<Standing, StoreError> {
    let first = match told {
        Told::Nothing => FirstWord::None,
        Told::Opened | Told::Everything => {
            match notifications::told_since(db, alert.id.as_str(), &Occasion::Opened.key()).await? {
                Some((since, true)) => FirstWord::Sent(since),
                Some((since, false)) => FirstWord::Waiting(since),
                // There was no channel.
                None => FirstWord::Waiting(alert.opened_at),
            }
        }
    };
    let told_before = match first {
        FirstWord::None => store::alerts::last_told(db, alert).await?,
        FirstWord::Waiting(_) | FirstWord::Sent(_) => None,
    };
    Ok(Standing {
        severity: alert.severity,
        opened_at: alert.opened_at,
        acknowledged: alert.acknowledged_at.is_some(),
        cleared_at: alert.cleared_at,
        first,
        escalations: u8::try_from(alert.escalations).unwrap_or(u8::MAX),
        told_before,
    })
}

/// Writes down that everybody is to be told. A second process that decides the same writes nothing more.
async fn put(
    app: &App,
    (alert, before): (&Alert, Told),
    occasion: Occasion,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (told, escalations) = match occasion {
        Occasion::Opened => (Told::Opened, alert.escalations),
        Occasion::Escalated(level) => (Told::Opened, i64::from(level)),
        Occasion::Cleared => (Told::Everything, alert.escalations),
    };
    let mut tx = app.store.begin().await?;
    // Else what it has written just now would be withdrawn below.
    if !store::alerts::lock_while(&mut tx, &alert.id, before).await? {
        return Ok(());
    }
    let mut channels: Vec<String> = Channel::of(&app.config.alerts, occasion).iter().map(Channel::key).collect();
    if occasion == Occasion::Cleared {
        // Only those who heard that it began; the others need not hear of it any more.
        if !notifications::withdraw(&mut tx, alert.id.as_str(), now).await? {
            return tx.commit().await;
        }
        channels = notifications::list_channels(&mut tx, alert.id.as_str()).await?;
    }
    for channel in channels {
        let occasion = occasion.key();
        let new = NewNotification { subject: alert.id.as_str(), occasion: &occasion, channel: &channel, at };
        notifications::put(&mut tx, &app.id(), &new, now).await?;
    }
    store::alerts::set_told(&mut tx, &alert.id, told, escalations).await?;
    tx.commit().await
}

/// Nobody mends a channel that is not in the settings any more.
async fn forget_removed_channels(app: &App) -> Result<(), StoreError> {
    let broken = store::alerts::list_open_of(&mut *app.store.read().await?, &[Rule::ChannelBroken.key()]).await?;
    for alert in broken.iter().filter(|alert| Channel::find(&app.config.alerts, &alert.key).is_none()) {
        alerts::clear_alone(app, Rule::ChannelBroken, &alert.key).await?;
    }
    Ok(())
}

async fn plan_digest(app: &App, now: Timestamp) -> Result<(), StoreError> {
    let Some((_, end)) = digest::due(app, now) else { return Ok(()) };
    let channels = Channel::all(&app.config.alerts);
    let subject = end.to_string();
    let mut db = app.store.read().await?;
    // A shop that was begun since has nothing to tell of that day.
    let none = channels.is_empty() || store::marks::installed_at(&mut db).await? > end;
    if none || notifications::is_known(&mut db, &subject, DIGEST).await? {
        return Ok(());
    }
    drop(db);
    let mut tx = app.store.begin().await?;
    for channel in channels {
        let channel = channel.key();
        let new = NewNotification { subject: &subject, occasion: DIGEST, channel: &channel, at: now };
        notifications::put(&mut tx, &app.id(), &new, now).await?;
    }
    tx.commit().await
}

/// What became of a notification.
enum Sent {
    Yes,
    /// Nobody needs to know any more.
    NotNeeded(&'static str),
    NotYet(NotTaken),
    /// Nothing was tried: the installation is frozen.
    NotNow,
}

async fn send(app: &App, one: &Notification) -> anyhow::Result<Sent> {
    let Some(channel) = Channel::find(&app.config.alerts, &one.channel) else {
        return Ok(Sent::NotNeeded("the channel is not in the settings any more"));
    };
    let telling = match write(app, one).await? {
        Ok(telling) => telling,
        Err(unwritten) => return Ok(unwritten),
    };
    Ok(match alerts::tell(app, &channel, one.id.as_str(), &telling).await {
        Ok(()) => Sent::Yes,
        Err(_) if app.now().duration_since(one.created_at) > GIVE_UP => {
            Sent::NotNeeded("it could not be told in a day")
        }
        Err(not_taken) => Sent::NotYet(not_taken),
    })
}

/// As it stands at this moment: what was true when the row was written need not be any more.
async fn write(app: &App, one: &Notification) -> anyhow::Result<Result<Telling, Sent>> {
    let frozen = app.gate.stops(Reach::Outside).is_some();
    let mut db = app.store.read().await?;
    if one.occasion == DIGEST {
        if frozen {
            return Ok(Err(Sent::NotNeeded("the installation is frozen")));
        }
        return Ok(Ok(digest::of(app, &mut db, one.subject.parse()?).await?));
    }
    let Some(occasion) = Occasion::find(&one.occasion) else {
        return Ok(Err(Sent::NotNeeded("a newer release wrote it")));
    };
    let Some(alert) = store::alerts::find(&mut db, &one.subject.parse()?).await? else {
        return Ok(Err(Sent::NotNeeded("the alert is gone")));
    };
    // What else a frozen installation knows may be of another time, or another one's.
    if frozen && !Rule::find(&alert.rule).is_some_and(Rule::tells_of_a_freeze) {
        return Ok(Err(Sent::NotNow));
    }
    let needed = match occasion {
        Occasion::Opened => alert.cleared_at.is_none(),
        Occasion::Escalated(_) => alert.cleared_at.is_none() && alert.acknowledged_at.is_none(),
        Occasion::Cleared => alert.cleared_at.is_some(),
    };
    Ok(if needed {
        Ok(alerts::of_alert(app, &alert, occasion))
    } else {
        Err(Sent::NotNeeded("it is over, or somebody looks after it"))
    })
}

async fn mark(app: &App, one: &Notification) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    notifications::mark_sent(&mut tx, &one.id, app.now()).await?;
    alerts::clear(app, &mut tx, Rule::ChannelBroken, &one.channel).await?;
    tx.commit().await?;
    metrics::counter!("givr_notifications_total", "outcome" => "sent").increment(1);
    Ok(())
}

async fn give_up(app: &App, one: &Notification, why: &str) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    notifications::give_up(&mut tx, &one.id, why, app.now()).await?;
    tx.commit().await?;
    metrics::counter!("givr_notifications_total", "outcome" => "withdrawn").increment(1);
    Ok(())
}

async fn put_off(app: &App, one: &Notification) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    notifications::put_off(&mut tx, &one.id, app.now() + AFTER_A_FREEZE).await?;
    tx.commit().await
}

async fn put_back(app: &App, one: &Notification, not_taken: &NotTaken) -> Result<(), StoreError> {
    // A mail server repeats whom it did not know.
    let why = &without_addresses(&not_taken.why);
    tracing::warn!(notification.id = %one.id, "{} was not told: {why}", one.channel);
    metrics::counter!("givr_notifications_total", "outcome" => "failed").increment(1);
    let again = not_taken.again.unwrap_or_else(|| retry_at(app.now(), one.tries));
    let mut tx = app.store.begin().await?;
    notifications::mark_failed(&mut tx, &one.id, why, again).await?;
    if one.tries >= BROKEN_AFTER {
        let text = format!("{} did not take alerts in {} tries: {why}", one.channel, one.tries);
        alerts::raise(app, &mut tx, Rule::ChannelBroken, &one.channel, &text).await?;
    }
    tx.commit().await
}
