//! A ticket as people read it.

use crate::app::App;
use crate::texts::{self, t};
use domain::ticket::{Category, Priority, State, first_answer_by};
use jiff::Timestamp;
use std::borrow::Cow;
use store::tickets::{Context, Message, Ticket};

/// Most messages of a ticket on its page. The last ones count.
pub(in crate::web) const MOST_SHOWN: i64 = 500;

/// A word of a closed set, with its key for forms and programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Word {
    pub(in crate::web) key: &'static str,
    pub(in crate::web) label: Cow<'static, str>,
    /// The badge's colour, which says no more than the label.
    pub(in crate::web) tone: &'static str,
}

/// What a ticket is about.
pub(in crate::web) fn category(category: Category) -> Word {
    Word { key: category.key(), label: t(&format!("ticket-category-{}", category.key())), tone: "plain" }
}

/// How much it matters.
pub(in crate::web) fn priority(priority: Priority) -> Word {
    let tone = match priority {
        Priority::Low | Priority::Normal => "plain",
        Priority::High => "warn",
    };
    Word { key: priority.key(), label: t(&format!("ticket-priority-{}", priority.key())), tone }
}

/// Where it stands, for its customer.
pub(in crate::web) fn state(state: State) -> Word {
    let tone = match state {
        State::Open | State::Closed => "plain",
        State::Pending => "good",
    };
    Word { key: state.key(), label: t(&format!("ticket-state-{}", state.key())), tone }
}

/// Where it stands, for staff.
pub(in crate::web) fn queue_state(state: State) -> Word {
    let tone = match state {
        State::Open => "warn",
        State::Pending | State::Closed => "plain",
    };
    Word { key: state.key(), label: t(&format!("ticket-queue-{}", state.key())), tone }
}

/// Until when a first answer is promised, while there is none.
pub(in crate::web) fn promised(ticket: &Ticket) -> Option<Timestamp> {
    let waits = ticket.answered_at.is_none() && ticket.status.state == State::Open;
    waits.then(|| first_answer_by(ticket.created_at))
}

/// A message.
pub(in crate::web) struct Said {
    pub(in crate::web) staff: bool,
    pub(in crate::web) who: String,
    pub(in crate::web) at: String,
    pub(in crate::web) text: String,
}

impl Said {
    /// A message of somebody whom the reader knows by this name.
    pub(in crate::web) fn of(message: Message, who: String) -> Self {
        Self { staff: message.staff, who, at: texts::day_and_time(message.at), text: message.text }
    }
}

/// What a ticket is about, as it was when it was made.
pub(in crate::web) struct About {
    pub(in crate::web) name: String,
    pub(in crate::web) label: String,
    pub(in crate::web) region: String,
    pub(in crate::web) state: String,
    pub(in crate::web) state_key: String,
    pub(in crate::web) service: Option<String>,
    pub(in crate::web) order: String,
    pub(in crate::web) at: String,
}

impl About {
    /// What a ticket is about, if it is about something.
    pub(in crate::web) fn of(app: &App, ticket: &Ticket) -> Option<Self> {
        let at = texts::day_and_time(ticket.created_at);
        ticket.context.clone().map(|context| {
            let Context { service, order, name, label, region, state, state_label, game: _ } = context;
            let region =
                app.catalogue.find_region(&region).map_or(region, |known| texts::said(&known.name).into_owned());
            let (service, order) = (service.map(String::from), String::from(order));
            Self { name, label, region, state: state_label, state_key: state, service, order, at }
        })
    }
}
