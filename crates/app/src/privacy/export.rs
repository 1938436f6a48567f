//! A copy of everything that is stored about one customer: a zip file with a JSON document for each kind of thing, and a text that
//! says what each is.
//!
//! Only what is the customer's own, and nothing that opens anything: no hashes, tokens, codes, or what was typed in for a game.

use crate::app::App;
use anyhow::Context;
use domain::ids::AccountId;
use domain::language::Language;
use domain::public_page::{Channel, DiscordInvite};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use store::accounts::{self, Account};
use store::public_pages::PublicPage;
use store::services::Service;
use store::waiting_list::{self, Wish};
use store::{Db, api_keys, factors, ledger, orders, personal, public_pages, refunds, services, tickets, timeline};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The most servers, tickets and messages of a ticket in a copy: far more than anybody has.
const MOST: i64 = 10_000;

/// One file of a copy.
struct Document {
    name: &'static str,
    /// What it is, in a sentence or two.
    about: &'static str,
    content: Value,
}

/// Makes the copy for an account, as the bytes of a zip file.
///
/// # Errors
/// The account is gone, or the database did not answer.
pub async fn make(app: &App, account: &AccountId) -> anyhow::Result<Vec<u8>> {
    let mut db = app.store.read().await?;
    let account = accounts::find(&mut db, account).await?.context("the account is gone")?;
    let documents = gather(&mut db, &account).await?;
    drop(db);
    pack(&read_me(app, &account, &documents), &documents, app.now())
}

async fn gather(db: &mut Db, account: &Account) -> anyhow::Result<Vec<Document>> {
    let id = &account.id;
    let (mut purchases, mut payments, mut refunded) = (Vec::new(), Vec::new(), Vec::new());
    for order in personal::list_orders(db, id).await? {
        purchases.push(purchase(db, &order).await?);
        for entry in ledger::list_of_order(db, &order).await? {
            payments.push(json!({
                "order": order, "at": time(entry.at), "kind": entry.kind.key(), "amount_minor": entry.amount.minor,
                "currency": entry.amount.currency, "stripe_payment": entry.charge, "stripe_object": entry.object,
            }));
        }
        for refund in refunds::list_of_order(db, &order).await? {
            refunded.push(json!({
                "order": order, "decided_at": time(refund.created_at), "reason": refund.reason.key(),
                "amount_minor": refund.amount.minor, "currency": refund.amount.currency,
                "stripe_refund": refund.stripe_refund, "done_at": refund.done_at.map(time),
                "paid_otherwise_at": refund.paid_otherwise_at.map(time),
            }));
        }
    }
    let servers = services::list_of_customer(db, id, MOST).await?;
    Ok(vec![
        Document {
            name: "account.json",
            about: "Your account: address, name, and under which numbers Stripe and the game panel know you.",
            content: json!({
                "id": id, "email": account.email, "name": account.display_name,
                "made_at": time(personal::made_at(db, id).await?), "email_proven_at": account.email_verified_at.map(time),
                "stripe_customer": account.stripe_customer, "panel_user": account.panel_user,
                "panel_username": account.panel_username, "language": account.language.map(Language::key),
                "unwanted_mails": account.unwanted_mails,
                "accepted": accounts::list_acceptances(db, id).await?.into_iter()
                    .map(|(document, words, at)| json!({"document": document, "words": words, "at": time(at)})).collect::<Vec<_>>(),
            }),
        },
        Document {
            name: "orders.json",
            about: "Your orders: what was bought at which price, what you agreed to, and what happened when.",
            content: Value::from(purchases),
        },
        Document {
            name: "services.json",
            about: "Your servers: where they are or were, until when they are paid, and what was last seen of them.",
            content: servers.iter().map(service).collect(),
        },
        Document {
            name: "payments.json",
            about: "The ledger: money that arrived (positive) and money that went back (negative), in minor units such as cents.",
            content: Value::from(payments),
        },
        Document {
            name: "refunds.json",
            about: "Decisions to give you money back, and why.",
            content: Value::from(refunded),
        },
        Document {
            name: "waiting_list.json",
            about: "What you wait for until there is room.",
            content: waiting_list::list_of(db, id).await?.iter().map(wish).collect(),
        },
        Document {
            name: "tickets.json",
            about: "Your tickets: what you asked, what we answered, and what was known then about the server or order that it was about.",
            content: asked(db, id).await?,
        },
        Document {
            name: "public_pages.json",
            about: "The pages on which you show servers to everybody.",
            content: public_pages::list_of_customer(db, id, MOST).await?.iter().map(shown).collect(),
        },
        Document {
            name: "mails.json",
            about: "Which messages we sent you and when. Their texts are not kept once they are sent.",
            content: mails(db, id).await?,
        },
        Document {
            name: "sessions.json",
            about: "Your sign-ins: when, from which address, and what the browser or program called itself.",
            content: sign_ins(db, id).await?,
        },
        Document {
            name: "security.json",
            about: "What you prove yourself with beside your password, and the API keys that you made. The keys themselves are not here.",
            content: proofs(db, id).await?,
        },
        Document {
            name: "audit.json",
            about: "What our staff, our programs and you yourself did to your account, orders and servers.",
            content: audit(db, id).await?,
        },
    ])
}

async fn purchase(db: &mut Db, id: &domain::ids::OrderId) -> anyhow::Result<Value> {
    let purchase = orders::find(db, id).await?.context("an order is gone")?;
    let snapshot = &purchase.snapshot;
    let consents = personal::list_consents(db, id).await?;
    let happened = timeline::list(db, id).await?;
    Ok(json!({
        "id": id, "made_at": time(purchase.created_at), "state": purchase.order.state.key(),
        "state_since": time(purchase.state_at), "plan": purchase.plan, "term": purchase.term.key(),
        "region": purchase.region, "amount_minor": purchase.order.price.minor,
        "currency": purchase.order.price.currency, "label": snapshot.label, "lines": snapshot.lines,
        "server_name": snapshot.server_name, "add_ons": snapshot.add_ons, "size": snapshot.shape,
        // They open accounts elsewhere: a copy that lies around must not.
        "typed_in_for_the_game": snapshot.inputs.keys().collect::<Vec<_>>(),
        "agreed_to": consents.iter().map(|(what, at)| json!({"what": what, "at": time(*at)})).collect::<Vec<_>>(),
        "payment": purchase.order.state.payment(),
        "timeline": happened.into_iter()
            .map(|entry| json!({"at": time(entry.at), "what": entry.what.for_customer()})).collect::<Vec<_>>(),
    }))
}

fn shown(page: &PublicPage) -> Value {
    json!({
        "server": page.service, "slug": page.slug, "host": page.host, "about": page.about, "since": time(page.created_at),
        "channel": page.channel.as_ref().map(Channel::address), "discord": page.discord.as_ref().map(DiscordInvite::address),
    })
}

fn wish(wish: &Wish) -> Value {
    json!({
        "plan": wish.plan, "region": wish.region, "since": time(wish.created_at), "told_at": wish.told_at.map(time),
    })
}

async fn asked(db: &mut Db, account: &AccountId) -> anyhow::Result<Value> {
    let mut all = Vec::new();
    for ticket in tickets::list_of(db, account, MOST).await? {
        let said = tickets::list_messages(db, &ticket.id, MOST).await?;
        all.push(json!({
            "id": ticket.id, "subject": ticket.subject, "category": ticket.category.key(), "priority": ticket.priority.key(),
            "state": ticket.status.state.key(), "state_since": time(ticket.status.since), "made_at": time(ticket.created_at),
            "about": ticket.context,
            "messages": said.iter().map(|one| {
                // Which of the staff it was is the staff's data.
                json!({"at": time(one.at), "by": if one.staff { "staff" } else { "you" }, "text": one.text})
            }).collect::<Vec<_>>(),
        }));
    }
    Ok(Value::from(all))
}

async fn proofs(db: &mut Db, id: &AccountId) -> anyhow::Result<Value> {
    let known = factors::of(db, id).await?;
    let passkeys = factors::list_passkeys(db, id).await?;
    let keys = api_keys::list(db, id).await?;
    Ok(json!({
        "app_for_codes": known.totp, "recovery_codes_left": known.recovery_codes,
        "passkeys": passkeys.iter().map(|one| {
            json!({"name": one.name, "made_at": time(one.created_at), "used_at": one.used_at.map(time)})
        }).collect::<Vec<_>>(),
        "api_keys": keys.iter().map(|one| {
            json!({
                "name": one.name, "begins_with": one.hint, "scopes": one.scopes.iter().map(|scope| scope.key()).collect::<Vec<_>>(),
                "made_at": time(one.created_at), "ends_at": time(one.expires_at), "used_at": one.used_at.map(time),
            })
        }).collect::<Vec<_>>(),
    }))
}

fn service(service: &Service) -> Value {
    let (sample, suspension) = (&service.sample, service.standing.suspension);
    json!({
        "id": service.id, "order": service.order, "name": service.name, "plan": service.plan, "region": service.region,
        "address": service.address, "external_id": service.external_id,
        "panel_identifier": service.server.as_ref().map(|server| &server.identifier),
        "subscription": service.subscription, "subscription_state": service.subscription_state,
        "made_at": time(service.created_at), "paid_until": service.period_end.map(time),
        "ends_at": service.ends_at.map(time), "ready_at": service.fulfilled_at.map(time),
        "stop_requested_at": service.stop_requested_at.map(time), "gone_at": service.terminated_at.map(time),
        "overdue_since": service.standing.overdue_since.map(time),
        "suspended_at": suspension.map(|one| time(one.at)), "suspended_why": suspension.map(|one| one.why.key()),
        "suspended_by_us_since": service.standing.hold.as_ref().map(|hold| time(hold.since)),
        "suspended_by_us_why": service.standing.hold.as_ref().map(|hold| &hold.why),
        "days_given_until": service.standing.extended_until.map(time),
        "data_kept_until": suspension.and_then(|one| one.delete_on).map(time),
        "last_seen": {
            "at": sample.at.map(time), "players_online": sample.players_online, "memory_bytes": sample.memory_bytes,
            "cpu_percent": sample.cpu_percent, "disk_bytes": sample.disk_bytes,
        },
    })
}

async fn mails(db: &mut Db, account: &AccountId) -> anyhow::Result<Value> {
    let all = personal::list_mails(db, account).await?;
    Ok(all
        .iter()
        .map(|mail| {
            json!({"kind": mail.kind, "due_at": time(mail.created_at), "sent_at": mail.sent_at.map(time),
                   "withdrawn_at": mail.cancelled_at.map(time)})
        })
        .collect())
}

async fn sign_ins(db: &mut Db, account: &AccountId) -> anyhow::Result<Value> {
    let all = personal::list_sign_ins(db, account).await?;
    Ok(all
        .iter()
        .map(|one| {
            json!({"kind": one.kind, "user_agent": one.user_agent, "address": one.address, "began_at": time(one.created_at),
                   "seen_at": time(one.seen_at), "ends_at": time(one.expires_at), "ended_at": one.revoked_at.map(time)})
        })
        .collect())
}

async fn audit(db: &mut Db, account: &AccountId) -> anyhow::Result<Value> {
    let mut lines = Vec::new();
    for line in personal::list_audit(db, account).await? {
        let detail: Value = serde_json::from_str(&line.detail).unwrap_or_default();
        // Which of the staff it was is the staff's data.
        let by = match line.actor.as_str() {
            actor if actor == account.as_str() => "you",
            actor if actor.starts_with(AccountId::PREFIX) => "staff",
            _ => "the shop",
        };
        let at = time(line.written_at()?);
        lines.push(json!({"at": at, "by": by, "act": line.act, "about": line.subject, "detail": detail}));
    }
    Ok(Value::from(lines))
}

fn time(at: Timestamp) -> String {
    format!("{at:.0}")
}

fn read_me(app: &App, account: &Account, documents: &[Document]) -> String {
    let mut text = format!(
        "What {} stores about {}, as of {}.\n\nEach file is JSON, which any text editor shows. Times are UTC.\n\n",
        app.config.site.name,
        account.email,
        time(app.now())
    );
    for document in documents {
        text.push_str(&format!("{}\n  {}\n\n", document.name, document.about));
    }
    text.push_str(&format!(
        "Not in here: your password, which we do not have (only a hash of it); codes, links and tokens; what you typed in for a\n\
         game, such as a login token, of which only the name is listed; your card, which only Stripe has; and the files of your\n\
         servers, which you get on the game panel or over SFTP.\n\nQuestions: {}\n",
        app.config.site.support_email
    ));
    text
}

fn pack(read_me: &str, documents: &[Document], now: Timestamp) -> anyhow::Result<Vec<u8>> {
    let made = now.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    let made = DateTime::from_date_and_time(
        u16::try_from(made.year())?,
        part(made.month()),
        part(made.day()),
        part(made.hour()),
        part(made.minute()),
        part(made.second()),
    );
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(made.unwrap_or_default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("README.txt", options)?;
    zip.write_all(read_me.as_bytes())?;
    for document in documents {
        zip.start_file(document.name, options)?;
        zip.write_all(serde_json::to_string_pretty(&document.content)?.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}
