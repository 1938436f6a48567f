//! What slows guessers down: tries on passwords, codes and mails are counted in the database, for all replicas together. Nobody is
//! locked out for good, and whoever guesses at somebody else's account does not keep its owner out: a browser in which the
//! owner signed in before is counted by itself.

use crate::app::App;
use crate::web::account::device::Client;
use crate::web::secrets;
use domain::access::Patience;
use domain::ids::AccountId;
use jiff::{SignedDuration, Timestamp};
use store::accounts::email_key;
use store::{Db, StoreError, throttles};

const fn patience(free: i64, longest_s: i64, forgets_h: i64) -> Patience {
    let longest = SignedDuration::from_secs(longest_s);
    Patience { free, first: SignedDuration::from_secs(1), longest, forgets: SignedDuration::from_hours(forgets_h) }
}

/// Passwords for one account from browsers that it does not know.
const ACCOUNT: Patience = patience(10, 900, 24);
/// Passwords from a browser that the account knows.
const DEVICE: Patience = patience(10, 300, 24);
/// Passwords from all browsers that the account knows.
const DEVICES: Patience = patience(60, 300, 24);
/// Passwords from one address, for whatever account.
const ADDRESS: Patience = patience(30, 300, 1);
/// The same from its neighbours.
const NEIGHBOURS: Patience = patience(300, 60, 1);
/// Second factors of one account.
const FACTOR: Patience = patience(6, 900, 24);
/// Tries with the ticket of one code.
const CODE: Patience = patience(10, 900, 24);
/// Passwords that an account sets at the panel.
const PANEL_PASSWORD: Patience = patience(6, 900, 24);
/// Mails of one kind to one address that somebody asked for.
const MAIL_TO: Patience = patience(5, 3600, 2);
/// Mails asked for from one address.
const MAIL_FROM: Patience = patience(30, 3600, 2);
/// Tickets of one account: ten a day. Nobody guesses here, so the waits are long from the first one on.
const TICKETS: Patience = Patience { first: SignedDuration::from_hours(2), ..patience(10, 86_400, 24) };
/// Messages of one account in all its tickets: sixty an hour.
const TICKET_MESSAGES: Patience = Patience { first: SignedDuration::from_mins(10), ..patience(60, 3600, 1) };

/// Something that is counted.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) enum Try<'a> {
    /// A password for the account of an address; `known` if the account knows the browser, with that browser's mark.
    Password { email: &'a str, known: Option<(&'a AccountId, &'a str)> },
    /// A second factor.
    Factor { account: &'a AccountId },
    /// A code from a mail, for a ticket.
    Code { ticket: &'a str },
    /// Another password for the panel.
    PanelPassword { account: &'a AccountId },
    /// A mail to an address. The kinds are counted apart: whoever signs up with an address does not use up its owner's links.
    Mail { email: &'a str, why: Mail },
}

/// Why a mail is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Mail {
    SignUp,
    Reset,
    Change,
}

/// Something that a customer writes to staff. Nobody guesses with it, so it is counted by the account alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Written {
    Ticket,
    TicketMessage,
}

/// Counts what a customer writes, or says until when nothing is taken; then nothing is counted either.
pub(in crate::web) async fn take_written(
    app: &App,
    db: &mut Db,
    account: &AccountId,
    what: Written,
) -> Result<Result<(), Timestamp>, StoreError> {
    let (name, patience) = match what {
        Written::Ticket => ("ticket", TICKETS),
        Written::TicketMessage => ("ticket_message", TICKET_MESSAGES),
    };
    let taken = throttles::take(db, &format!("{name}:of:{account}"), &patience, app.now()).await?;
    if taken.is_err() {
        metrics::counter!("givr_throttled_total", "what" => name).increment(1);
    }
    Ok(taken)
}

/// Counts a try by everything it is counted by, or says until when none is let in. Belongs into a transaction that is committed
/// either way.
pub(in crate::web) async fn take(
    app: &App,
    db: &mut Db,
    client: &Client,
    what: Try<'_>,
) -> Result<Result<(), Timestamp>, StoreError> {
    for (key, patience) in keys(client, what) {
        if let Err(until) = throttles::take(db, &key, &patience, app.now()).await? {
            metrics::counter!("givr_throttled_total", "what" => what.name()).increment(1);
            return Ok(Err(until));
        }
    }
    Ok(Ok(()))
}

/// Forgets the tries on an account, because this one was right. Of the address's only this one is taken back: whoever has an account
/// of their own must not clear what they did to others'.
pub(in crate::web) async fn forget(db: &mut Db, client: &Client, what: Try<'_>) -> Result<(), StoreError> {
    let own = what.own_key();
    for (key, _) in keys(client, what) {
        // In the order of `take`, for the same reason.
        match key == own {
            true => throttles::forget(db, &key).await?,
            false => throttles::give_back(db, &key).await?,
        }
    }
    Ok(())
}

/// In one order, so that two transactions never wait for each other.
fn keys(client: &Client, what: Try<'_>) -> Vec<(String, Patience)> {
    let (narrow, wide) = (client.address.narrow(), client.address.wide());
    let own = |patience| (what.own_key(), patience);
    let mut keys = match what {
        Try::Password { known: Some((account, _)), .. } => {
            vec![own(DEVICE), (format!("password:devices:{account}"), DEVICES)]
        }
        Try::Password { known: None, .. } => {
            vec![
                own(ACCOUNT),
                (format!("password:from:{narrow}"), ADDRESS),
                (format!("password:near:{wide}"), NEIGHBOURS),
            ]
        }
        Try::Factor { .. } => vec![own(FACTOR)],
        Try::PanelPassword { .. } => vec![own(PANEL_PASSWORD)],
        Try::Code { .. } => vec![own(CODE), (format!("code:from:{narrow}"), ADDRESS)],
        Try::Mail { .. } => vec![own(MAIL_TO), (format!("mail:from:{narrow}"), MAIL_FROM)],
    };
    keys.sort_by(|(a, _), (b, _)| a.cmp(b));
    keys
}

impl Try<'_> {
    fn name(self) -> &'static str {
        match self {
            Self::Password { .. } => "password",
            Self::Factor { .. } => "factor",
            Self::PanelPassword { .. } => "panel_password",
            Self::Code { .. } => "code",
            Self::Mail { .. } => "mail",
        }
    }

    /// The key of the account that is tried. Addresses stand there as hashes: people mistype passwords into that field.
    fn own_key(self) -> String {
        let hash = |text: &str| secrets::sha256_hex(text.as_bytes())[..32].to_owned();
        match self {
            Self::Password { known: Some((account, mark)), .. } => format!("password:device:{account}:{mark}"),
            Self::Password { email, known: None } => format!("password:to:{}", hash(&email_key(email))),
            Self::Factor { account } => format!("factor:to:{account}"),
            Self::PanelPassword { account } => format!("panel-password:of:{account}"),
            Self::Code { ticket } => format!("code:to:{}", hash(ticket)),
            Self::Mail { email, why: Mail::SignUp } => format!("mail:to:{}:signup", hash(&email_key(email))),
            Self::Mail { email, why: Mail::Change } => format!("mail:to:{}:change", hash(&email_key(email))),
            Self::Mail { email, why: Mail::Reset } => format!("mail:to:{}:reset", hash(&email_key(email))),
        }
    }
}
