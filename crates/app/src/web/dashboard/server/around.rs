//! What all pages of a server have in common: its name and state, the tabs, what the last action came to, and how old what is shown is.

use crate::app::App;
use crate::control::{self, Deed, Memory, Seen, Shut, Trouble, reach};
use crate::texts::{self, t};
use crate::web::dashboard::server::typed::Typed;
use crate::web::dashboard::words::{self, Word};
use crate::web::errors::no_store;
use crate::web::storefront::frame::Frame;
use axum::response::{IntoResponse, Redirect, Response};
use domain::provision::Power;
use http::StatusCode;
use panel::{Identifier, Panel, PanelError};
use serde::de::value::{self, CowStrDeserializer};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::sync::Arc;
use store::accounts::Account;
use store::services::Service;

/// A page of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web::dashboard) enum Tab {
    Overview,
    Console,
    Files,
    Settings,
    Backups,
    Schedules,
    Databases,
    People,
    Network,
    Activity,
    Public,
}

impl Tab {
    const ALL: [Self; 11] = [
        Self::Overview,
        Self::Console,
        Self::Files,
        Self::Settings,
        Self::Backups,
        Self::Schedules,
        Self::Databases,
        Self::People,
        Self::Network,
        Self::Activity,
        Self::Public,
    ];

    fn key(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Console => "console",
            Self::Files => "files",
            Self::Settings => "settings",
            Self::Backups => "backups",
            Self::Schedules => "schedules",
            Self::Databases => "databases",
            Self::People => "people",
            Self::Network => "network",
            Self::Activity => "activity",
            Self::Public => "public",
        }
    }

    /// Where it is.
    pub(super) fn href(self, service: &Service) -> String {
        match self {
            Self::Overview => format!("/servers/{}", service.id),
            _ => format!("/servers/{}/{}", service.id, self.key()),
        }
    }

    fn name(self) -> Cow<'static, str> {
        t(&format!("server-tab-{}", self.key()))
    }
}

/// A link to a page of the server.
pub(in crate::web::dashboard) struct TabLink {
    pub(in crate::web::dashboard) href: String,
    pub(in crate::web::dashboard) label: Cow<'static, str>,
    pub(in crate::web::dashboard) here: bool,
}

/// What the last action came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web::dashboard) enum Told {
    Done(Done),
    Failed(Trouble),
    /// The same of a form whose fields are kept.
    Refused(Trouble, Typed),
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::web::dashboard) enum Done {
    Saved,
    Renamed,
    Sent,
    Started,
    Stopped,
    Restarted,
    Killed,
    Made,
    Begun,
    Restoring,
    Deleted,
    Locked,
    Unlocked,
    Packed,
    Unpacked,
    Copied,
    Ran,
    Invited,
    Removed,
    Shown,
    Hidden,
    Uploaded,
}

impl Done {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Renamed => "renamed",
            Self::Sent => "sent",
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Restarted => "restarted",
            Self::Killed => "killed",
            Self::Made => "made",
            Self::Begun => "begun",
            Self::Restoring => "restoring",
            Self::Deleted => "deleted",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Packed => "packed",
            Self::Unpacked => "unpacked",
            Self::Copied => "copied",
            Self::Ran => "ran",
            Self::Invited => "invited",
            Self::Removed => "removed",
            Self::Shown => "shown",
            Self::Hidden => "hidden",
            Self::Uploaded => "uploaded",
        }
    }
}

/// What an address says was done.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Query {
    #[serde(default, deserialize_with = "if_known")]
    pub(super) done: Option<Done>,
}

/// A word of an address; whatever is no such word says nothing, for people change addresses by hand.
pub(super) fn if_known<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let word = Cow::<'de, str>::deserialize(deserializer)?;
    Ok(T::deserialize(CowStrDeserializer::<value::Error>::new(word)).ok())
}

impl Query {
    pub(super) fn told(&self) -> Option<Told> {
        self.done.map(Told::Done)
    }
}

/// The common part of a page.
pub(in crate::web::dashboard) struct Around {
    pub(in crate::web::dashboard) id: String,
    pub(in crate::web::dashboard) name: String,
    pub(in crate::web::dashboard) game: String,
    pub(in crate::web::dashboard) label: String,
    pub(in crate::web::dashboard) word: Word,
    pub(in crate::web::dashboard) tabs: Vec<TabLink>,
    /// Tone and words.
    pub(in crate::web::dashboard) told: Option<(&'static str, Cow<'static, str>)>,
    /// Whether the server may be touched.
    pub(in crate::web::dashboard) usable: bool,
    /// Whether it ran, or was about to, when somebody looked: starting it is not what its page is for then.
    pub(in crate::web::dashboard) runs: bool,
    /// Why not, on pages that are about nothing else.
    pub(in crate::web::dashboard) shut: Option<Cow<'static, str>>,
    typed: Typed,
    status: StatusCode,
}

impl Around {
    /// What a field of a form shows; see [`Typed::text`].
    pub(super) fn text(&self, form: &str, field: &str, otherwise: &str) -> String {
        self.typed.text(form, field, otherwise)
    }

    /// Whether a choice of a form is made; see [`Typed::chosen`].
    pub(super) fn chosen(&self, form: &str, field: &str, choice: &str, otherwise: bool) -> bool {
        self.typed.chosen(form, field, choice, otherwise)
    }

    /// Whether a file was ticked when something with the ticked ones was refused.
    pub(super) fn ticked(&self, file: &str) -> bool {
        ["renamed", "copied", "packed", "unpacked", "deleted"].iter().any(|form| self.chosen(form, "name", file, false))
    }

    /// Why nothing can be done, unless the answer to a form says the same.
    pub(in crate::web::dashboard) fn shut_unsaid(&self) -> Option<&str> {
        let said = self.told.as_ref().map(|(_, text)| text.as_ref());
        self.shut.as_deref().filter(|text| said != Some(*text))
    }

    /// What is wrong with a form, if it is the one that was refused.
    pub(super) fn problem(&self, form: &str) -> Option<&str> {
        self.told.as_ref().filter(|_| self.typed.is_of(form)).map(|(_, text)| text.as_ref())
    }

    /// The common part of a page of `service`.
    pub(in crate::web::dashboard) fn new(app: &App, service: &Service, here: Tab, told: Option<Told>) -> Self {
        let tab = |tab: Tab| TabLink { href: tab.href(service), label: tab.name(), here: tab == here };
        let status = match &told {
            None | Some(Told::Done(_)) => StatusCode::OK,
            Some(Told::Failed(trouble) | Told::Refused(trouble, _)) => status(trouble),
        };
        Self {
            id: service.id.to_string(),
            name: service.name.clone(),
            game: service.spec.game.clone(),
            label: service.spec.label.clone(),
            word: words::of(service, app.now()),
            tabs: Tab::ALL.map(tab).into(),
            told: told.as_ref().map(|told| match told {
                Told::Done(done) => ("good", t(&format!("server-done-{}", done.key()))),
                Told::Failed(trouble) | Told::Refused(trouble, _) => ("bad", trouble.text()),
            }),
            typed: match told {
                Some(Told::Refused(_, typed)) => typed,
                Some(Told::Done(_) | Told::Failed(_)) | None => Typed::default(),
            },
            usable: reach(service).is_ok(),
            runs: matches!(service.sample.power, Some(Power::Running | Power::Starting)),
            shut: reach(service).err().filter(|_| here != Tab::Overview).map(Shut::text),
            status,
        }
    }

    /// What the page answers with.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }
}

/// The frame of a page of `service`.
pub(in crate::web::dashboard) fn frame(app: &App, account: &Account, service: &Service, here: Tab) -> Frame {
    let title = match here {
        Tab::Overview => service.name.clone(),
        _ => format!("{} · {}", here.name(), service.name),
    };
    Frame::new(app, Some(account), "/servers", title)
}

fn status(trouble: &Trouble) -> StatusCode {
    match trouble {
        Trouble::Silent | Trouble::Slow | Trouble::Unclear => StatusCode::SERVICE_UNAVAILABLE,
        Trouble::TooOften | Trouble::TooFast(_) => StatusCode::TOO_MANY_REQUESTS,
        Trouble::Value(_) | Trouble::TooLong | Trouble::NotText | Trouble::Wrong(_) => StatusCode::UNPROCESSABLE_ENTITY,
        // Not 404, which is said of what is not the visitor's.
        Trouble::Missing
        | Trouble::Busy
        | Trouble::Offline
        | Trouble::Full
        | Trouble::SwitchedOff
        | Trouble::Shut(_)
        | Trouble::Refused(_) => StatusCode::CONFLICT,
    }
}

/// What the panel said, as a page shows it.
pub(in crate::web::dashboard) struct Shown<T> {
    pub(in crate::web::dashboard) value: Option<Arc<T>>,
    /// How old it is, or why there is none.
    pub(in crate::web::dashboard) note: Option<String>,
}

impl<T: Send + Sync + 'static> Shown<T> {
    /// What the panel says of a server, now or a moment ago; `about` tells questions of one kind apart. One that is shut is not asked about.
    pub(super) async fn look<F>(
        app: &App,
        service: &Service,
        memory: &Memory<T>,
        about: &str,
        ask: impl FnOnce(Arc<dyn Panel>, Identifier) -> F,
    ) -> Self
    where
        F: Future<Output = Result<T, PanelError>> + Send + 'static,
    {
        let Ok(server) = reach(service) else { return Self::nothing() };
        let ask = ask(app.panel.clone(), server);
        Self::of(app, memory.look(&app.clock, &service.id, about, ask).await)
    }

    /// Nothing is asked about a server that is shut.
    pub(super) fn nothing() -> Self {
        Self { value: None, note: None }
    }

    pub(super) fn of(app: &App, seen: Seen<T>) -> Self {
        match (seen.known, seen.trouble) {
            (Some((value, _)), None) => Self { value: Some(value), note: None },
            (Some((value, at)), Some(trouble)) => {
                Self { value: Some(value), note: Some(control::age(at, app.now(), &trouble)) }
            }
            (None, Some(Trouble::Slow)) => Self { value: None, note: Some(t("control-slow").into_owned()) },
            (None, Some(trouble)) if trouble.is_silence() => {
                Self { value: None, note: Some(t("control-nothing-known").into_owned()) }
            }
            (None, Some(trouble)) => Self { value: None, note: Some(trouble.text().into_owned()) },
            (None, None) => Self::nothing(),
        }
    }
}

/// Does something to a server, if it may be touched and was not touched too often.
pub(super) async fn act<T, F>(
    app: &App,
    service: &Service,
    deed: Deed,
    call: impl FnOnce(Identifier) -> F,
) -> Result<T, Trouble>
where
    F: Future<Output = Result<T, PanelError>>,
{
    let server = reach(service).map_err(Trouble::Shut)?;
    app.control.pace.take(&service.id, deed).map_err(Trouble::TooFast)?;
    let outcome = call(server).await;
    let word = if outcome.is_ok() { "done" } else { "failed" };
    metrics::counter!("givr_server_actions_total", "outcome" => word).increment(1);
    // What the panel says may name files and people: it is for the customer alone.
    outcome.map_err(|error| Trouble::of(&error))
}

/// Leads back to a page, which says what was done.
pub(super) fn back(path: &str, done: Done) -> Response {
    let joint = if path.contains('?') { '&' } else { '?' };
    (no_store(), Redirect::to(&format!("{path}{joint}done={}", done.key()))).into_response()
}

/// A value in an address.
pub(super) fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// Bytes as people read them.
pub(in crate::web::dashboard) fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    let decimal =
        |whole: u64, unit: u64| format!("{}{}{}", whole / unit, t("number-decimal"), whole % unit * 10 / unit);
    match bytes {
        0..KIB => format!("{bytes} B"),
        _ if bytes < KIB * KIB => format!("{} KB", bytes / KIB),
        _ if bytes < KIB * KIB * KIB => format!("{} MB", decimal(bytes, KIB * KIB)),
        _ => format!("{} GB", decimal(bytes, KIB * KIB * KIB)),
    }
}

/// When something was, for people.
pub(super) fn when(app: &App, at: jiff::Timestamp) -> String {
    texts::ago(at, app.now())
}
