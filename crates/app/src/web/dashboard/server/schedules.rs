//! What a server does by itself at fixed times.

use crate::app::App;
use crate::control::{Deed, Trouble};
use crate::texts::{self, filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Done, Shown, Tab, Told, act, back};
use crate::web::dashboard::server::typed::Typed;
use crate::web::errors::PageError;
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use panel::control::{Cron, Schedule, ScheduleSpec, TaskAction, TaskSpec};
use panel::{Identifier, PanelError, PowerSignal, ScheduleId, TaskId};
use serde::Deserialize;
use std::borrow::Cow;
use store::accounts::Account;
use store::services::Service;

#[derive(Template)]
#[template(path = "web/dashboard/server/schedules.html")]
struct SchedulesPage {
    frame: Frame,
    around: Around,
    note: Option<String>,
    asked: bool,
    rows: Vec<Row>,
    fresh: Fields,
}

/// How often something is done, in a word that needs no crontab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Often {
    Daily,
    SixHourly,
    Hourly,
    Weekly,
    /// At times that are written down field by field.
    Own,
}

impl Often {
    const ALL: [Self; 5] = [Self::Daily, Self::SixHourly, Self::Hourly, Self::Weekly, Self::Own];

    fn key(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::SixHourly => "six-hourly",
            Self::Hourly => "hourly",
            Self::Weekly => "weekly",
            Self::Own => "own",
        }
    }

    fn words(self) -> Cow<'static, str> {
        t(&format!("schedules-often-{}", self.key()))
    }

    /// Its times; `None` where the fields have them.
    fn cron(self) -> Option<Cron> {
        match self {
            Self::Daily => Some(daily()),
            Self::SixHourly => Some(times("*/6", "*")),
            Self::Hourly => Some(times("*", "*")),
            Self::Weekly => Some(times("4", "1")),
            Self::Own => None,
        }
    }

    /// The word for these times.
    fn of(cron: &Cron) -> Self {
        Self::ALL.into_iter().find(|often| often.cron().as_ref() == Some(cron)).unwrap_or(Self::Own)
    }
}

/// At full hours of days of the week.
fn times(hour: &str, day_of_week: &str) -> Cron {
    let [minute, hour, day_of_month, month, day_of_week] = ["0", hour, "*", "*", day_of_week].map(ToOwned::to_owned);
    Cron { minute, hour, day_of_month, month, day_of_week }
}

fn daily() -> Cron {
    times("4", "*")
}

/// A schedule as a row shows it.
struct Row {
    id: u64,
    name: String,
    often: String,
    active: bool,
    fields: Fields,
    running: bool,
    last: Option<String>,
    next: Option<String>,
    tasks: Vec<Task>,
}

/// What a schedule's form holds.
#[derive(Clone)]
struct Fields {
    /// Tells apart the fields of several forms on one page.
    mark: String,
    name: String,
    often: String,
    minute: String,
    hour: String,
    day_of_month: String,
    month: String,
    day_of_week: String,
    active: bool,
    only_when_online: bool,
}

struct Task {
    id: u64,
    what: String,
}

impl Fields {
    fn of(mark: String, spec: &ScheduleSpec) -> Self {
        let often = Often::of(&spec.cron).key().to_owned();
        let Cron { minute, hour, day_of_month, month, day_of_week } = spec.cron.clone();
        Self {
            mark,
            name: spec.name.clone(),
            often,
            minute,
            hour,
            day_of_month,
            month,
            day_of_week,
            active: spec.active,
            only_when_online: spec.only_when_online,
        }
    }
}

impl Fields {
    /// The same with what was typed into this form.
    fn retyped(self, around: &Around, form: &str) -> Self {
        let text = |field: &str, otherwise: &str| around.text(form, field, otherwise);
        Self {
            name: text("name", &self.name),
            often: text("often", &self.often),
            minute: text("minute", &self.minute),
            hour: text("hour", &self.hour),
            day_of_month: text("day_of_month", &self.day_of_month),
            month: text("month", &self.month),
            day_of_week: text("day_of_week", &self.day_of_week),
            active: around.chosen(form, "active", "yes", self.active),
            only_when_online: around.chosen(form, "only_when_online", "yes", self.only_when_online),
            mark: self.mark,
        }
    }
}

impl Row {
    fn of(app: &App, around: &Around, schedule: &Schedule) -> Self {
        let id = schedule.id.get();
        let active = schedule.spec.active;
        Self {
            id,
            name: schedule.spec.name.clone(),
            often: in_words(&schedule.spec.cron),
            active,
            fields: Fields::of(id.to_string(), &schedule.spec).retyped(around, &format!("change-{id}")),
            running: schedule.running,
            last: schedule.last_run_at.map(|at| around::when(app, at)),
            next: schedule.next_run_at.filter(|_| active).map(texts::day_and_time),
            tasks: schedule.tasks.iter().map(|task| Task { id: task.id.get(), what: what(&task.spec) }).collect(),
        }
    }
}

/// When a schedule runs, in words where there are some.
fn in_words(cron: &Cron) -> String {
    match Often::of(cron) {
        Often::Own => {
            let Cron { minute, hour, day_of_month, month, day_of_week } = cron;
            let times = format!("{minute} {hour} {day_of_month} {month} {day_of_week}");
            texts::with("schedules-times", &[("times", times.into())])
        }
        often => often.words().into_owned(),
    }
}

/// What a task does, in words.
fn what(task: &TaskSpec) -> String {
    let does = match &task.action {
        TaskAction::Command(line) => texts::with("schedules-does-command", &[("line", line.as_str().into())]),
        TaskAction::Power(PowerSignal::Start) => t("schedules-does-start").into_owned(),
        TaskAction::Power(PowerSignal::Stop) => t("schedules-does-stop").into_owned(),
        TaskAction::Power(PowerSignal::Restart) => t("schedules-does-restart").into_owned(),
        TaskAction::Power(PowerSignal::Kill) => t("schedules-does-kill").into_owned(),
        TaskAction::Backup(_) => t("schedules-does-backup").into_owned(),
        TaskAction::Other(word) => word.clone(),
    };
    match task.delay_seconds {
        0 => does,
        delay => texts::with("schedules-later", &[("does", does.into()), ("seconds", i64::from(delay).into())]),
    }
}

/// `GET /servers/{service}/schedules`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(said): PageQuery<around::Query>,
) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &service, said.told()).await
}

async fn page(app: &App, account: &Account, service: &Service, told: Option<Told>) -> Result<Response, PageError> {
    let shown = Shown::look(app, service, &app.control.schedules, "", |panel, server| async move {
        panel.list_schedules(&server).await
    })
    .await;
    let fresh = ScheduleSpec { name: String::new(), cron: daily(), active: true, only_when_online: true };
    let around = Around::new(app, service, Tab::Schedules, told);
    let row = |schedule: &Schedule| Row::of(app, &around, schedule);
    let page = SchedulesPage {
        frame: around::frame(app, account, service, Tab::Schedules),
        note: shown.note,
        asked: shown.value.is_some(),
        rows: shown.value.iter().flat_map(|all| all.iter()).map(row).collect(),
        fresh: Fields::of("new".to_owned(), &fresh).retyped(&around, "new"),
        around,
    };
    frame::show_private(page.around.status(), &page)
}

/// What a form about schedules says.
#[derive(Deserialize)]
pub(super) struct Form {
    schedule: Option<u64>,
    task: Option<u64>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    often: String,
    #[serde(default)]
    minute: String,
    #[serde(default)]
    hour: String,
    #[serde(default)]
    day_of_month: String,
    #[serde(default)]
    month: String,
    #[serde(default)]
    day_of_week: String,
    active: Option<String>,
    only_when_online: Option<String>,
    #[serde(default)]
    action: String,
    #[serde(default)]
    line: String,
    #[serde(default)]
    delay: String,
}

impl Form {
    fn typed(&self, form: String) -> Typed {
        let texts = [
            ("name", &self.name),
            ("often", &self.often),
            ("minute", &self.minute),
            ("hour", &self.hour),
            ("day_of_month", &self.day_of_month),
            ("month", &self.month),
            ("day_of_week", &self.day_of_week),
            ("action", &self.action),
            ("line", &self.line),
            ("delay", &self.delay),
        ];
        let ticked = [("active", &self.active), ("only_when_online", &self.only_when_online)];
        let ticked = ticked.into_iter().filter_map(|(field, value)| Some((field, value.clone()?)));
        Typed::into(form, texts.map(|(field, text)| (field, text.clone())).into_iter().chain(ticked))
    }

    fn schedule(&self) -> Result<ScheduleId, Trouble> {
        self.schedule.map(ScheduleId::new).ok_or(Trouble::Missing)
    }

    fn spec(&self) -> Result<ScheduleSpec, Trouble> {
        let name: String = self.name.trim().chars().filter(|c| !c.is_control()).collect();
        if !(1..=191).contains(&name.chars().count()) {
            return Err(Trouble::Wrong("schedules-no-name"));
        }
        let field = |text: &str| {
            let text = text.trim();
            let fits = !text.is_empty()
                && text.len() <= 60
                && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | ',' | '-' | '/'));
            if fits { Ok(text.to_owned()) } else { Err(Trouble::Wrong("schedules-no-time")) }
        };
        let often = Often::ALL.into_iter().find(|often| often.key() == self.often).unwrap_or(Often::Own);
        let cron = match often.cron() {
            Some(cron) => cron,
            None => Cron {
                minute: field(&self.minute)?,
                hour: field(&self.hour)?,
                day_of_month: field(&self.day_of_month)?,
                month: field(&self.month)?,
                day_of_week: field(&self.day_of_week)?,
            },
        };
        Ok(ScheduleSpec {
            name,
            cron,
            active: self.active.is_some(),
            only_when_online: self.only_when_online.is_some(),
        })
    }

    fn task(&self) -> Result<TaskSpec, Trouble> {
        let line = self.line.trim();
        let action = match self.action.as_str() {
            "command" if line.is_empty() || line.contains(char::is_control) => {
                return Err(Trouble::Wrong("console-one-line"));
            }
            "command" => TaskAction::Command(line.to_owned()),
            "start" => TaskAction::Power(PowerSignal::Start),
            "stop" => TaskAction::Power(PowerSignal::Stop),
            "restart" => TaskAction::Power(PowerSignal::Restart),
            "backup" => TaskAction::Backup(String::new()),
            _ => return Err(Trouble::Wrong("schedules-no-action")),
        };
        let delay = self.delay.trim();
        let delay_seconds = if delay.is_empty() { 0 } else { delay.parse().unwrap_or(u32::MAX) };
        if delay_seconds > 900 {
            return Err(Trouble::Wrong("schedules-no-delay"));
        }
        Ok(TaskSpec { action, delay_seconds, continue_on_failure: false })
    }
}

/// Whose schedules a form is about.
struct Desk<'a> {
    app: &'a App,
    signed_in: &'a SignedIn,
    service: &'a Service,
}

impl Desk<'_> {
    /// Does what `call` says, and leads back.
    async fn carry_out<T, F>(
        &self,
        (wish, typed): (Result<impl FnOnce(Identifier) -> F, Trouble>, Typed),
        done: Done,
    ) -> Result<Response, PageError>
    where
        F: Future<Output = Result<T, PanelError>>,
    {
        let Self { app, signed_in, service } = self;
        let outcome = match wish {
            Ok(call) => act(app, service, Deed::Change, call).await,
            Err(trouble) => Err(trouble),
        };
        app.control.schedules.changed(&service.id, "");
        match outcome {
            Ok(_) => Ok(back(&Tab::Schedules.href(service), done)),
            Err(trouble) => page(app, &signed_in.account, service, Some(Told::Refused(trouble, typed))).await,
        }
    }
}

/// `POST /servers/{service}/schedules`
pub(super) async fn create(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let typed = form.typed("new".to_owned());
    let panel = &app.panel;
    let wish = form.spec().map(|spec| |server: Identifier| async move { panel.create_schedule(&server, &spec).await });
    Desk { app: &app, signed_in: &signed_in, service: &service }.carry_out((wish, typed), Done::Made).await
}

/// `POST /servers/{service}/schedules/change`
pub(super) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let typed = form.typed(format!("change-{}", form.schedule.unwrap_or_default()));
    let panel = &app.panel;
    let wish = form.schedule().and_then(|id| Ok((id, form.spec()?)));
    let wish =
        wish.map(|(id, spec)| move |server: Identifier| async move { panel.update_schedule(&server, id, &spec).await });
    Desk { app: &app, signed_in: &signed_in, service: &service }.carry_out((wish, typed), Done::Saved).await
}

/// `POST /servers/{service}/schedules/delete`
pub(super) async fn delete(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let wish = form.schedule();
    let wish = wish.map(|id| move |server: Identifier| async move { panel.delete_schedule(&server, id).await });
    Desk { app: &app, signed_in: &signed_in, service: &service }
        .carry_out((wish, Typed::default()), Done::Deleted)
        .await
}

/// `POST /servers/{service}/schedules/run`
pub(super) async fn run(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let wish = form.schedule();
    let wish = wish.map(|id| move |server: Identifier| async move { panel.run_schedule(&server, id).await });
    Desk { app: &app, signed_in: &signed_in, service: &service }.carry_out((wish, Typed::default()), Done::Ran).await
}

/// `POST /servers/{service}/schedules/add-task`
pub(super) async fn add_task(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let typed = form.typed(format!("task-{}", form.schedule.unwrap_or_default()));
    let panel = &app.panel;
    let wish = form.schedule().and_then(|id| Ok((id, form.task()?)));
    let wish = wish.map(|(id, task)| move |server: Identifier| async move { panel.add_task(&server, id, &task).await });
    Desk { app: &app, signed_in: &signed_in, service: &service }.carry_out((wish, typed), Done::Saved).await
}

/// `POST /servers/{service}/schedules/delete-task`
pub(super) async fn delete_task(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(form): PageForm<Form>,
) -> Result<Response, PageError> {
    let panel = &app.panel;
    let wish = form.schedule().and_then(|id| Ok((id, form.task.map(TaskId::new).ok_or(Trouble::Missing)?)));
    let wish =
        wish.map(|(id, task)| move |server: Identifier| async move { panel.delete_task(&server, id, task).await });
    Desk { app: &app, signed_in: &signed_in, service: &service }.carry_out((wish, Typed::default()), Done::Saved).await
}
