//! Who may use a server besides its owner: they sign in at the panel with a login of their own.

use crate::app::App;
use crate::control::{Deed, Trouble};
use crate::texts::{filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Done, Shown, Tab, Told, act, back};
use crate::web::dashboard::server::typed::Typed;
use crate::web::errors::PageError;
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use panel::SubuserId;
use panel::control::Subuser;
use std::borrow::Cow;
use store::accounts::{Account, email_key};
use store::services::Service;

#[derive(Template)]
#[template(path = "web/dashboard/server/people.html")]
struct PeoplePage {
    frame: Frame,
    around: Around,
    note: Option<String>,
    asked: bool,
    rows: Vec<Row>,
    fresh: Vec<Right>,
}

struct Row {
    id: String,
    email: String,
    two_factor: bool,
    rights: Vec<Right>,
}

/// Something that people may be allowed, which stands for several permissions of the panel.
struct Right {
    key: &'static str,
    words: Cow<'static, str>,
    given: bool,
}

/// What owners choose from, and the panel's permissions that each of them means. Whoever has one of its permissions by the panel's own
/// pages keeps it until the form is saved.
const RIGHTS: [(&str, &[&str]); 7] = [
    ("console", &["websocket.connect", "control.console"]),
    ("power", &["websocket.connect", "control.start", "control.stop", "control.restart"]),
    (
        "files",
        &["file.create", "file.read", "file.read-content", "file.update", "file.delete", "file.archive", "file.sftp"],
    ),
    ("backups", &["backup.create", "backup.read", "backup.delete", "backup.download", "backup.restore"]),
    ("settings", &["startup.read", "startup.update", "settings.rename"]),
    ("schedules", &["schedule.create", "schedule.read", "schedule.update", "schedule.delete"]),
    (
        "databases",
        &["database.create", "database.read", "database.update", "database.delete", "database.view_password"],
    ),
];

fn rights(has: &[String]) -> Vec<Right> {
    let given = |permissions: &[&str]| {
        // What stands in more than one right gives none of them.
        let own = permissions.iter().filter(|permission| **permission != "websocket.connect");
        own.clone().count() > 0 && own.clone().all(|permission| has.iter().any(|it| it == permission))
    };
    let right = |(key, permissions): (&'static str, &[&str])| Right {
        key,
        words: t(&format!("people-right-{key}")),
        given: given(permissions),
    };
    RIGHTS.map(right).into()
}

impl Row {
    fn of(subuser: &Subuser) -> Self {
        Self {
            id: subuser.id.to_string(),
            email: subuser.email.clone(),
            two_factor: subuser.two_factor,
            rights: rights(&subuser.permissions),
        }
    }
}

/// `GET /servers/{service}/people`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(said): PageQuery<around::Query>,
) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &service, said.told()).await
}

async fn page(app: &App, account: &Account, service: &Service, told: Option<Told>) -> Result<Response, PageError> {
    let shown = Shown::look(app, service, &app.control.subusers, "", |panel, server| async move {
        panel.list_subusers(&server).await
    })
    .await;
    let page = PeoplePage {
        frame: around::frame(app, account, service, Tab::People),
        around: Around::new(app, service, Tab::People, told),
        note: shown.note,
        asked: shown.value.is_some(),
        rows: shown.value.iter().flat_map(|all| all.iter()).map(Row::of).collect(),
        fresh: rights(&[]),
    };
    frame::show_private(page.around.status(), &page)
}

type Fields = Vec<(String, String)>;

/// What a form about people says.
struct Form {
    email: String,
    person: String,
    rights: Vec<&'static str>,
    permissions: Vec<String>,
}

impl Form {
    fn read(fields: Fields) -> Self {
        let mut form =
            Self { email: String::new(), person: String::new(), rights: Vec::new(), permissions: Vec::new() };
        for (field, value) in fields {
            match field.as_str() {
                "email" => value.trim().clone_into(&mut form.email),
                "person" => form.person = value,
                "right" => {
                    let found = RIGHTS.iter().find(|(key, _)| *key == value);
                    form.rights.extend(found.map(|(key, _)| *key));
                    form.permissions.extend(found.iter().flat_map(|(_, all)| all.iter().map(|it| (*it).to_owned())));
                }
                _ => {}
            }
        }
        form.permissions.sort();
        form.permissions.dedup();
        form
    }

    fn typed(&self, form: String) -> Typed {
        let rights = self.rights.iter().map(|right| ("right", (*right).to_owned()));
        Typed::into(form, rights.chain([("email", self.email.clone())]))
    }

    fn person(&self) -> Result<SubuserId, Trouble> {
        self.person.parse().map_err(|_| Trouble::Missing)
    }

    fn some_rights(&self) -> Result<&[String], Trouble> {
        if self.permissions.is_empty() { Err(Trouble::Wrong("people-no-rights")) } else { Ok(&self.permissions) }
    }

    fn email(&self, owner: &Account) -> Result<&str, Trouble> {
        let parts = self.email.split_once('@');
        let looks_right = parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
            && self.email.len() <= 191
            && !self.email.contains(|c: char| c.is_whitespace() || c.is_control());
        match (looks_right, email_key(&self.email) == email_key(&owner.email)) {
            (true, false) => Ok(&self.email),
            (true, true) => Err(Trouble::Wrong("people-is-you")),
            (false, _) => Err(Trouble::Wrong("people-no-email")),
        }
    }
}

async fn done<T>(
    app: &App,
    signed_in: &SignedIn,
    service: &Service,
    (outcome, typed): (Result<T, Trouble>, Typed),
    done: Done,
) -> Result<Response, PageError> {
    app.control.subusers.changed(&service.id, "");
    match outcome {
        Ok(_) => Ok(back(&Tab::People.href(service), done)),
        Err(trouble) => page(app, &signed_in.account, service, Some(Told::Refused(trouble, typed))).await,
    }
}

/// `POST /servers/{service}/people`
pub(super) async fn invite(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let form = Form::read(fields);
    let panel = &app.panel;
    let invited = async {
        let (email, permissions) = (form.email(&signed_in.account)?, form.some_rights()?);
        let call = |server| async move { panel.invite_subuser(&server, email, permissions).await };
        act(&app, &service, Deed::Invite, call).await
    };
    let invited = invited.await;
    done(&app, &signed_in, &service, (invited, form.typed("new".to_owned())), Done::Invited).await
}

/// `POST /servers/{service}/people/change`
pub(super) async fn change(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let form = Form::read(fields);
    let panel = &app.panel;
    let changed = async {
        let (person, permissions) = (form.person()?, form.some_rights()?);
        let call = |server| async move { panel.update_subuser(&server, &person, permissions).await };
        act(&app, &service, Deed::Change, call).await
    };
    let changed = changed.await;
    done(&app, &signed_in, &service, (changed, form.typed(form.person.clone())), Done::Saved).await
}

/// `POST /servers/{service}/people/remove`
pub(super) async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let form = Form::read(fields);
    let panel = &app.panel;
    let removed = async {
        let person = form.person()?;
        act(&app, &service, Deed::Change, |server| async move { panel.delete_subuser(&server, &person).await }).await
    };
    let removed = removed.await;
    done(&app, &signed_in, &service, (removed, Typed::default()), Done::Removed).await
}
