//! Tickets: what customers ask and staff answer.

use crate::row::{Columns, micros, opt_micros, senseless, to_json};
use crate::{Db, Result};
use domain::ids::{AccountId, OrderId, ServiceId, TicketId, TicketMessageId};
use domain::ticket::{Category, Priority, State, Status};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

/// A conversation of a customer with staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// Whose it is.
    pub account: AccountId,
    /// What it is about.
    pub category: Category,
    /// How much it matters.
    pub priority: Priority,
    /// In one line.
    pub subject: String,
    /// The server or order that it is about, if it is about one.
    pub context: Option<Context>,
    /// Where it stands.
    pub status: Status,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// When somebody last wrote.
    pub updated_at: Timestamp,
    /// When staff first wrote.
    pub answered_at: Option<Timestamp>,
}

/// A server or an order as it was when somebody asked about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The server; `None` for an order that had none.
    pub service: Option<ServiceId>,
    /// The order.
    pub order: OrderId,
    /// What the server was called.
    pub name: String,
    /// Game and size.
    pub label: String,
    /// The game's key.
    pub game: String,
    /// The region's key.
    pub region: String,
    /// The state's word for programs.
    pub state: String,
    /// The state as the customer read it.
    pub state_label: String,
}

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: TicketMessageId,
    /// In which ticket.
    pub ticket: TicketId,
    /// Who.
    pub author: AccountId,
    /// Whether they wrote as one of us.
    pub staff: bool,
    /// What.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// A line of the queue of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The ticket.
    pub ticket: Ticket,
    /// The customer's address.
    pub email: String,
    /// Where it stands in the queue.
    pub place: Place,
}

/// A place in the queue: the next page begins behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What waits for staff first, then by priority.
    pub rank: i64,
    /// The longest wait first; of closed ones the last one first.
    pub turn: i64,
    /// Of those that began to wait together.
    pub id: String,
}

/// Which tickets of the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// In this state only.
    pub state: Option<State>,
    /// About this only.
    pub category: Option<Category>,
}

/// Writes a new ticket down. Its first message follows with [`add_message`].
pub async fn create(db: &mut Db, ticket: &Ticket) -> Result<()> {
    let context = ticket.context.as_ref().map(|context| to_json("context", context)).transpose()?;
    sqlx::query(
        "insert into tickets (id, account_id, category, priority, subject, context, state, state_at, created_at, updated_at, answered_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(ticket.id.as_str())
    .bind(ticket.account.as_str())
    .bind(ticket.category.key())
    .bind(ticket.priority.key())
    .bind(&ticket.subject)
    .bind(context)
    .bind(ticket.status.state.key())
    .bind(micros(ticket.status.since))
    .bind(micros(ticket.created_at))
    .bind(micros(ticket.updated_at))
    .bind(opt_micros(ticket.answered_at))
    .execute(db)
    .await?;
    Ok(())
}

/// Writes down what somebody wrote, and that they did.
pub async fn add_message(db: &mut Db, message: &Message) -> Result<()> {
    sqlx::query(
        "insert into ticket_messages (id, ticket_id, author_id, staff, text, at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(message.id.as_str())
    .bind(message.ticket.as_str())
    .bind(message.author.as_str())
    .bind(i64::from(message.staff))
    .bind(&message.text)
    .bind(micros(message.at))
    .execute(&mut *db)
    .await?;
    let sql = match message.staff {
        true => "update tickets set updated_at = $2, answered_at = coalesce(answered_at, $2) where id = $1",
        false => "update tickets set updated_at = $2 where id = $1",
    };
    sqlx::query(sql).bind(message.ticket.as_str()).bind(micros(message.at)).execute(db).await?;
    Ok(())
}

/// Takes a ticket's row until the transaction ends, and returns it as it is now: who decides about it does so one after the other.
pub async fn lock(db: &mut Db, id: &TicketId) -> Result<Option<Ticket>> {
    let row = sqlx::query("update tickets set state = state where id = $1 returning *")
        .bind(id.as_str())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Records where a ticket stands.
pub async fn set_status(db: &mut Db, id: &TicketId, status: Status) -> Result<()> {
    sqlx::query("update tickets set state = $2, state_at = $3 where id = $1")
        .bind(id.as_str())
        .bind(status.state.key())
        .bind(micros(status.since))
        .execute(db)
        .await?;
    Ok(())
}

/// Records how much a ticket matters.
pub async fn set_priority(db: &mut Db, id: &TicketId, priority: Priority) -> Result<()> {
    sqlx::query("update tickets set priority = $2 where id = $1")
        .bind(id.as_str())
        .bind(priority.key())
        .execute(db)
        .await?;
    Ok(())
}

/// The ticket that somebody made since `after` with this subject and this first message: a form that was sent twice.
pub async fn find_same(
    db: &mut Db,
    account: &AccountId,
    (subject, text): (&str, &str),
    after: Timestamp,
) -> Result<Option<TicketId>> {
    let row = sqlx::query(
        "select t.id from tickets t join ticket_messages m on m.ticket_id = t.id
          where t.account_id = $1 and t.subject = $2 and t.created_at > $3 and m.author_id = $1 and m.text = $4 limit 1",
    )
    .bind(account.as_str())
    .bind(subject)
    .bind(micros(after))
    .bind(text)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(|row| row.parsed("id")).transpose()
}

/// Whether this is what was last said in a ticket, by its author since `after`: a form that was sent twice.
pub async fn is_repeated(db: &mut Db, message: &Message, after: Timestamp) -> Result<bool> {
    let last = list_messages(db, &message.ticket, 1).await?.pop();
    Ok(last.is_some_and(|last| last.author == message.author && last.text == message.text && last.at > after))
}

/// The ticket with this id, if there is one.
pub async fn find(db: &mut Db, id: &TicketId) -> Result<Option<Ticket>> {
    let row = sqlx::query("select * from tickets where id = $1").bind(id.as_str()).fetch_optional(db).await?;
    row.as_ref().map(read).transpose()
}

/// The ticket with this id, if it is this customer's (A2).
pub async fn find_owned(db: &mut Db, id: &TicketId, account: &AccountId) -> Result<Option<Ticket>> {
    let row = sqlx::query("select * from tickets where id = $1 and account_id = $2")
        .bind(id.as_str())
        .bind(account.as_str())
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Somebody's tickets: those that are not closed first, of each the one that was last written to first; at most `limit`.
pub async fn list_of(db: &mut Db, account: &AccountId, limit: i64) -> Result<Vec<Ticket>> {
    let rows = sqlx::query(
        "select * from tickets where account_id = $1
          order by case state when 'closed' then 1 else 0 end, updated_at desc, id desc limit $2",
    )
    .bind(account.as_str())
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

/// What was written in a ticket, in its order; the last `limit` of it.
pub async fn list_messages(db: &mut Db, ticket: &TicketId, limit: i64) -> Result<Vec<Message>> {
    let rows = sqlx::query("select * from ticket_messages where ticket_id = $1 order by at desc, id desc limit $2")
        .bind(ticket.as_str())
        .bind(limit)
        .fetch_all(db)
        .await?;
    rows.iter().rev().map(read_message).collect()
}

/// Where a ticket stands in the queue; what is closed waits for nobody, whatever its priority. The index `tickets_queue` has the same.
const RANK: &str = "cast(case t.state when 'closed' then 6
          else case t.state when 'open' then 0 else 3 end
             + case t.priority when 'high' then 0 when 'normal' then 1 else 2 end end as bigint)";
/// Who comes first among those of a rank.
const TURN: &str = "case t.state when 'closed' then -t.state_at else t.state_at end";

/// A page of the queue, behind `after` if it is not the first one; at most `limit`.
pub async fn list_queue(db: &mut Db, wanted: Wanted, after: Option<&Place>, limit: i64) -> Result<Vec<Queued>> {
    let sql = format!(
        "select t.*, a.email, {RANK} as rank, {TURN} as turn from tickets t join accounts a on a.id = t.account_id
          where ($1 = '' or t.state = $1) and ($2 = '' or t.category = $2)
            and {RANK} >= $3 and ({RANK} > $3 or {TURN} > $4 or {TURN} = $4 and t.id > $5)
          order by {RANK}, {TURN}, t.id limit $6"
    );
    let before_all = Place { rank: -1, turn: 0, id: String::new() };
    let after = after.unwrap_or(&before_all);
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(wanted.state.map(State::key).unwrap_or_default())
        .bind(wanted.category.map(Category::key).unwrap_or_default())
        .bind(after.rank)
        .bind(after.turn)
        .bind(after.id.as_str())
        .bind(limit)
        .fetch_all(db)
        .await?;
    let queued = |row: &AnyRow| {
        let place = Place { rank: row.int("rank")?, turn: row.int("turn")?, id: row.text("id")? };
        Ok(Queued { ticket: read(row)?, email: row.text("email")?, place })
    };
    rows.iter().map(queued).collect()
}

/// How many tickets wait for staff.
pub async fn count_open(db: &mut Db) -> Result<i64> {
    let row = sqlx::query("select count(*) as n from tickets where state = 'open'").fetch_one(db).await?;
    row.int("n")
}

fn read(row: &AnyRow) -> Result<Ticket> {
    let context = row.opt_text("context")?.map(|json| serde_json::from_str(&json)).transpose();
    Ok(Ticket {
        id: row.parsed("id")?,
        account: row.parsed("account_id")?,
        category: row.word("category", Category::find)?,
        priority: row.word("priority", Priority::find)?,
        subject: row.text("subject")?,
        context: context.map_err(|error| senseless("context", &error))?,
        status: Status { state: row.word("state", State::find)?, since: row.at("state_at")? },
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
        answered_at: row.opt_at("answered_at")?,
    })
}

fn read_message(row: &AnyRow) -> Result<Message> {
    Ok(Message {
        id: row.parsed("id")?,
        ticket: row.parsed("ticket_id")?,
        author: row.parsed("author_id")?,
        staff: row.flag("staff")?,
        text: row.text("text")?,
        at: row.at("at")?,
    })
}
