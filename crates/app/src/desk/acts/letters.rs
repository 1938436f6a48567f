//! Letters that are sent again: with what holds by now, and only if it does (N3).

use super::{ActError, Looked, Step, not, plan};
use crate::app::App;
use crate::mail::{self, Message};
use crate::texts::{day_and_time, one, t};
use crate::work::outbox::stale;
use domain::ids::{AccountId, MessageId};
use jiff::SignedDuration;
use serde_json::json;
use store::outbox::{self, Standing};
use store::{Db, StoreError, Tx, accounts};

/// Whoever sends a letter again within this long means the same time.
const SAME: SignedDuration = SignedDuration::from_mins(10);

/// A letter that is written again from what is known by now.
pub(super) struct Again {
    message: Message,
    recipient: AccountId,
    subject: String,
    cause: String,
}

impl Again {
    pub(super) async fn put(&self, app: &App, tx: &mut Tx) -> Result<(), StoreError> {
        mail::put(app, tx, &self.message, &self.recipient, (&self.subject, &self.cause)).await
    }
}

pub(super) async fn resend(app: &App, db: &mut Db, id: &MessageId) -> Result<Looked, ActError> {
    let letter = outbox::find(db, id).await?.ok_or(ActError::Missing)?;
    if letter.sent_at.is_none() && letter.cancelled.is_none() {
        return waits(letter);
    }
    let beginning = format!("again:{id}:");
    if let Some(last) = outbox::find_newest_caused_by(db, &letter.kind, &letter.subject, &beginning).await? {
        if last.sent_at.is_none() && last.cancelled.is_none() {
            return not("act-resend-waits");
        }
        if app.now().duration_since(last.created_at) < SAME {
            return Ok(Looked::Not(one("act-resend-lately", "date", day_and_time(last.created_at))));
        }
    }
    let Some(message) = mail::write_again(app, db, &letter).await? else { return not("act-resend-kind") };
    if let Some(why) = stale(app, db, &message, (&letter.subject, &letter.recipient)).await? {
        return Ok(Looked::Not(one("act-resend-stale", "why", why)));
    }
    let account = accounts::find(db, &letter.recipient).await?.ok_or(ActError::Missing)?;
    if !mail::is_wanted(&account, &letter.kind) {
        return not("act-resend-unwanted");
    }
    let says = vec![one("act-resend-what", "kind", letter.kind.as_str()), t("act-resend-now").into_owned()];
    let cause = format!("{beginning}{}", mail::cause(app.now()));
    let (recipient, subject) = (letter.recipient, letter.subject);
    plan(
        says,
        id.to_string(),
        json!({"kind": letter.kind}),
        Step::WriteAgain(Box::new(Again { message, recipient, subject, cause })),
    )
}

/// It has not gone out yet: it is tried at once.
fn waits(letter: Standing) -> Result<Looked, ActError> {
    let mut says = vec![one("act-resend-wakes", "date", day_and_time(letter.created_at))];
    says.extend(letter.last_error.map(|problem| one("act-resend-problem", "problem", problem)));
    plan(says, letter.id.to_string(), json!({"kind": letter.kind}), Step::WakeMail(letter.id))
}
