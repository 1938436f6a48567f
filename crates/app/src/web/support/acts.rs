//! What is done with a ticket: opened, written in, set. Each act is one transaction with its mail and its line in the audit log.

use crate::app::App;
use crate::mail;
use crate::texts::{self, t};
use crate::web::throttle::{self, Written};
use domain::ids::TicketId;
use domain::ticket::{Category, Priority, Side, State, Status};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::accounts::Account;
use store::tickets::{self, Context, Message, Ticket};
use store::{Db, StoreError, audit};

/// The longest subject, in characters.
pub(in crate::web) const LONGEST_SUBJECT: usize = 120;
/// The longest message, in characters.
pub(in crate::web) const LONGEST_TEXT: usize = 5000;

/// The same words within this time are a form that was sent twice.
const REPEATED: SignedDuration = SignedDuration::from_mins(10);

/// What a customer asks.
pub(in crate::web) struct Question {
    pub(in crate::web) category: Category,
    pub(in crate::web) priority: Priority,
    pub(in crate::web) subject: String,
    pub(in crate::web) text: String,
    pub(in crate::web) context: Option<Context>,
}

/// Why nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Refused {
    /// So much was written that the next is taken at this moment.
    TooMuch(Timestamp),
    /// It was closed too long ago.
    ClosedForGood,
    /// It was removed meanwhile.
    Gone,
}

/// What was written into the large field: line breaks of one kind, no other control characters, nothing around it.
///
/// # Errors
/// What is wrong with it, in words for the person.
pub(in crate::web) fn read_text(typed: &str) -> Result<String, String> {
    let typed = typed.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = typed.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let text = text.trim();
    match text.chars().count() {
        0 => Err(t("ticket-problem-text").into_owned()),
        count if count > LONGEST_TEXT => Err(too_long("ticket-problem-text-long", count, LONGEST_TEXT)),
        _ => Ok(text.to_owned()),
    }
}

/// What was written into the line above it.
///
/// # Errors
/// What is wrong with it, in words for the person.
pub(in crate::web) fn read_subject(typed: &str) -> Result<String, String> {
    let subject: String = typed.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let subject = subject.trim();
    match subject.chars().count() {
        0 => Err(t("ticket-problem-subject").into_owned()),
        count if count > LONGEST_SUBJECT => Err(too_long("ticket-problem-subject-long", count, LONGEST_SUBJECT)),
        _ => Ok(subject.to_owned()),
    }
}

fn too_long(key: &str, count: usize, most: usize) -> String {
    texts::with(key, &[("count", count.into()), ("most", most.into())])
}

/// Opens a ticket with its first message. A form that is sent twice opens one: the throttle's row lets one of them in at a time.
pub(super) async fn open(
    app: &App,
    account: &Account,
    question: Question,
) -> Result<Result<TicketId, Refused>, StoreError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if let Err(until) = throttle::take_written(app, &mut tx, &account.id, Written::Ticket).await? {
        return Ok(Err(Refused::TooMuch(until)));
    }
    let words = (question.subject.as_str(), question.text.as_str());
    if let Some(same) = tickets::find_same(&mut tx, &account.id, words, now - REPEATED).await? {
        return Ok(Ok(same));
    }
    let ticket = Ticket {
        id: app.id(),
        account: account.id.clone(),
        category: question.category,
        priority: question.priority,
        subject: question.subject,
        context: question.context,
        status: Status { state: State::Open, since: now },
        created_at: now,
        updated_at: now,
        answered_at: None,
    };
    tickets::create(&mut tx, &ticket).await?;
    tickets::add_message(&mut tx, &message(app, &ticket, account, Side::Customer, question.text)).await?;
    tx.commit().await?;
    Ok(Ok(ticket.id))
}

fn message(app: &App, ticket: &Ticket, by: &Account, side: Side, text: String) -> Message {
    let staff = match side {
        Side::Customer => false,
        Side::Staff => true,
    };
    Message { id: app.id(), ticket: ticket.id.clone(), author: by.id.clone(), staff, text, at: app.now() }
}

/// Writes what a customer says in their ticket.
pub(super) async fn write(
    app: &App,
    account: &Account,
    id: &TicketId,
    text: String,
) -> Result<Result<(), Refused>, StoreError> {
    let mut tx = app.store.begin().await?;
    if let Err(until) = throttle::take_written(app, &mut tx, &account.id, Written::TicketMessage).await? {
        return Ok(Err(Refused::TooMuch(until)));
    }
    match add(app, &mut tx, account, Side::Customer, (id, text)).await? {
        Ok(Added::New(_)) => tx.commit().await?,
        Ok(Added::Repeated) => {}
        Err(refused) => return Ok(Err(refused)),
    }
    Ok(Ok(()))
}

/// Writes what staff answer, and tells the customer.
pub(in crate::web) async fn answer(
    app: &App,
    staff: &Account,
    id: &TicketId,
    text: String,
) -> Result<Result<(), Refused>, StoreError> {
    let mut tx = app.store.begin().await?;
    let (ticket, reply) = match add(app, &mut tx, staff, Side::Staff, (id, text)).await? {
        Ok(Added::New(added)) => *added,
        Ok(Added::Repeated) => return Ok(Ok(())),
        Err(refused) => return Ok(Err(refused)),
    };
    mail::ticket_reply(app, &mut tx, &ticket, &reply).await?;
    let detail = json!({"message": reply.id, "from": ticket.status.state.key()});
    let (actor, subject) = (staff.id.as_str(), id.as_str());
    audit::record(&mut tx, &app.id(), actor, "ticket.reply", subject, &detail, app.now()).await?;
    tx.commit().await?;
    app.nudge();
    Ok(Ok(()))
}

/// What became of a message.
enum Added {
    /// It is written down; with the ticket as it was before.
    New(Box<(Ticket, Message)>),
    /// It was written down already.
    Repeated,
}

/// Adds a message, unless it is the last one once more.
async fn add(
    app: &App,
    db: &mut Db,
    by: &Account,
    side: Side,
    (id, text): (&TicketId, String),
) -> Result<Result<Added, Refused>, StoreError> {
    let Some(ticket) = tickets::lock(db, id).await? else { return Ok(Err(Refused::Gone)) };
    let Ok(status) = ticket.status.after_message(side, app.now()) else { return Ok(Err(Refused::ClosedForGood)) };
    let message = message(app, &ticket, by, side, text);
    if tickets::is_repeated(db, &message, app.now() - REPEATED).await? {
        return Ok(Ok(Added::Repeated));
    }
    tickets::add_message(db, &message).await?;
    tickets::set_status(db, id, status).await?;
    Ok(Ok(Added::New(Box::new((ticket, message)))))
}

/// Closes a ticket for its customer. `false` when it was removed meanwhile.
pub(super) async fn close(app: &App, id: &TicketId) -> Result<bool, StoreError> {
    let mut tx = app.store.begin().await?;
    let Some(ticket) = tickets::lock(&mut tx, id).await? else { return Ok(false) };
    tickets::set_status(&mut tx, id, ticket.status.set(State::Closed, app.now())).await?;
    tx.commit().await?;
    Ok(true)
}

/// Sets where a ticket stands and how much it matters. `false` when it was removed meanwhile.
pub(in crate::web) async fn set(
    app: &App,
    staff: &Account,
    id: &TicketId,
    (state, priority): (State, Priority),
) -> Result<bool, StoreError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let Some(ticket) = tickets::lock(&mut tx, id).await? else { return Ok(false) };
    let (actor, subject) = (staff.id.as_str(), id.as_str());
    let before = ticket.status.state;
    if before != state {
        tickets::set_status(&mut tx, id, ticket.status.set(state, now)).await?;
        let detail = json!({"from": before.key(), "to": state.key()});
        audit::record(&mut tx, &app.id(), actor, "ticket.state", subject, &detail, now).await?;
    }
    if ticket.priority != priority {
        tickets::set_priority(&mut tx, id, priority).await?;
        let detail = json!({"from": ticket.priority.key(), "to": priority.key()});
        audit::record(&mut tx, &app.id(), actor, "ticket.priority", subject, &detail, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::breaks_of_all_kinds("a\r\nb\rc\nd", "a\nb\nc\nd")]
    #[case::nothing_around_it("\n\n  a  \r\n", "a")]
    #[case::no_bells("a\u{7}b\tc\u{1b}[31m", "ab\tc[31m")]
    #[case::markup_stays_text("<script>&\"'", "<script>&\"'")]
    fn a_text_is_what_was_typed_without_what_nobody_sees(#[case] typed: &str, #[case] expected: &str) {
        assert_eq!(read_text(typed).unwrap(), expected);
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(read_text(&"🏰".repeat(LONGEST_TEXT)).is_ok());
        assert!(read_text(&"🏰".repeat(LONGEST_TEXT + 1)).unwrap_err().contains("5,001"));
        assert!(read_subject(&"🏰".repeat(LONGEST_SUBJECT)).is_ok());
        assert!(read_subject(&"🏰".repeat(LONGEST_SUBJECT + 1)).unwrap_err().contains("121"));
        assert!(read_text(" \n ").is_err() && read_subject(" \u{7} ").is_err());
    }

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(read_subject("a\r\nBcc: b").unwrap(), "a  Bcc: b");
    }
}
