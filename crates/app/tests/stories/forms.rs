//! Every form that takes text, with everything that nobody should type: the page says what is wrong, keeps what was typed, and shows it as
//! text wherever it comes up again. Forms are found on the pages, so a new one is tried without anybody's doing.

use crate::dashboard::Owner;
use crate::tickets::text_of;
use crate::world::{PLAN, World};
use axum::body::Body;
use domain::access::Role;
use http::{Request, StatusCode, header};
use jiff::SignedDuration;
use regex::Regex;
use rstest::rstest;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use store::Engine;
use store::alerts::Wanted;

const MARKUP: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>";

/// What is typed into each field, one at a time.
fn hostile() -> [(&'static str, String); 6] {
    [
        ("nothing", String::new()),
        ("too much", "x".repeat(12_000)),
        ("markup", MARKUP.to_owned()),
        ("emoji", "🏰🔥👩‍👩‍👧".to_owned()),
        ("right to left", "שלום \u{202e}gnp.exe".to_owned()),
        ("SQL", "'; drop table accounts; --".to_owned()),
    ]
}

#[derive(Debug, Clone)]
struct Field {
    name: String,
    value: String,
    /// Whether somebody types into it, and whether what they type may be shown.
    typed: Option<Shown>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Yes,
    /// A password is never sent back.
    Never,
}

#[derive(Debug, Clone)]
struct Form {
    action: String,
    fields: Vec<Field>,
}

static FORM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s)<form\b([^>]*)>(.*?)</form>").unwrap());
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<input\b([^>]*)>|<textarea\b([^>]*)>\n?(.*?)</textarea>|<select\b([^>]*)>(.*?)</select>").unwrap()
});
static OPTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"<option\b([^>]*)>").unwrap());

fn attribute(tag: &str, name: &str) -> Option<String> {
    let found = tag.split_once(&format!("{name}=\""))?.1.split('"').next()?;
    Some(plain(found))
}

/// Text of a page as it was before it became one.
fn plain(text: &str) -> String {
    text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&")
}

/// The other way round, as our templates do it.
fn escaped(text: &str) -> String {
    text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;").replace('"', "&#34;").replace('\'', "&#39;")
}

/// The forms of a page that change something and take text. Those whose buttons say where they go take none.
fn forms(html: &str) -> Vec<Form> {
    let mut found = Vec::new();
    for form in FORM.captures_iter(html) {
        let (tag, inside) = (&form[1], &form[2]);
        if !tag.contains("method=\"post\"") || tag.contains("multipart") {
            continue;
        }
        let fields: Vec<Field> = FIELD.captures_iter(inside).filter_map(|field| read_field(&field)).collect();
        if fields.iter().any(|field| field.typed.is_some()) {
            found.extend(attribute(tag, "action").map(|action| Form { action, fields }));
        }
    }
    found
}

fn read_field(field: &regex::Captures<'_>) -> Option<Field> {
    if let Some(tag) = field.get(1) {
        let tag = tag.as_str();
        let (name, value) = (attribute(tag, " name")?, attribute(tag, " value").unwrap_or_default());
        let typed = match attribute(tag, " type").as_deref() {
            Some("hidden") => None,
            Some("checkbox" | "radio") if !tag.contains(" checked") => return None,
            Some("checkbox" | "radio") => None,
            Some("submit" | "file") => return None,
            Some("password") => Some(Shown::Never),
            Some(_) | None => Some(Shown::Yes),
        };
        return Some(Field { name, value, typed });
    }
    if let Some(tag) = field.get(2) {
        return Some(Field {
            name: attribute(tag.as_str(), " name")?,
            value: plain(&field[3]),
            typed: Some(Shown::Yes),
        });
    }
    let (tag, options) = (field.get(4)?.as_str(), field.get(5)?.as_str());
    let options: Vec<_> = OPTION.captures_iter(options).map(|option| option[1].to_owned()).collect();
    let chosen = options.iter().find(|option| option.contains(" selected")).or(options.first())?;
    Some(Field { name: attribute(tag, " name")?, value: attribute(chosen, " value")?, typed: None })
}

/// Forms that end what the others need.
const LEFT_OUT: [&str; 2] = ["/account/erase", "/logout"];

/// Tries every form on these pages. Returns what was tried; whatever was wrong is in `wrong`.
async fn try_all(
    world: &World,
    pages: &[String],
    cookie: impl AsyncFn() -> String,
    wrong: &mut Vec<String>,
) -> BTreeSet<String> {
    let mut tried = BTreeSet::new();
    for page in pages {
        let html = world.page(page, &cookie().await).await;
        for form in forms(&html) {
            if LEFT_OUT.contains(&form.action.as_str()) {
                continue;
            }
            for (place, field) in form.fields.iter().enumerate() {
                let Some(shown) = field.typed else { continue };
                tried.insert(format!("{} {}", form.action, field.name));
                for (what, text) in hostile() {
                    world.clock.advance(SignedDuration::from_mins(2));
                    let said = format!("{page}: {} {} with {what}", form.action, field.name);
                    try_one(world, &form, place, shown, &text, &cookie().await, &said, wrong).await;
                }
            }
        }
    }
    tried
}

/// Whether the form that was refused stands on the page again with what is wrong in it.
fn beside(html: &str, action: &str) -> bool {
    let here = [format!(" action=\"{}\"", escaped(action)), format!(" formaction=\"{}\"", escaped(action))];
    let is_it = |form: &&str| here.iter().any(|here| form.contains(here.as_str()));
    let body = |form: &str| form.split("</form>").next().unwrap_or_default().to_owned();
    let all: Vec<String> = html.split("<form").skip(1).map(body).collect();
    all.iter().map(String::as_str).filter(is_it).any(|form| form.contains("class=\"problem\""))
}

#[expect(clippy::too_many_arguments, reason = "what one try consists of")]
async fn try_one(
    world: &World,
    form: &Form,
    place: usize,
    shown: Shown,
    text: &str,
    cookie: &str,
    said: &str,
    wrong: &mut Vec<String>,
) {
    let mut body = form_urlencoded::Serializer::new(String::new());
    for (number, field) in form.fields.iter().enumerate() {
        body.append_pair(&field.name, if number == place { text } else { &field.value });
    }
    let answer = world.form(&form.action, cookie, &body.finish()).await;
    let status = answer.status();
    if let Some(to) = answer.headers().get(header::LOCATION) {
        let to = to.to_str().unwrap().to_owned();
        if to.starts_with('/') {
            let request = Request::get(&to).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
            let next = text_of(world.send(request).await).await;
            if next.contains("<script>alert(1)") || next.contains("<img src=x") {
                wrong.push(format!("{said}: {to} shows it as markup"));
            }
        }
        return;
    }
    let html = text_of(answer).await;
    if status.is_server_error() || status == StatusCode::NOT_FOUND {
        wrong.push(format!("{said}: {status}"));
        return;
    }
    if html.contains("<script>alert(1)") || html.contains("<img src=x") {
        wrong.push(format!("{said}: it is shown as markup"));
    }
    if !status.is_client_error() {
        return;
    }
    let said_so = ["class=\"problem\"", "role=\"alert\"", "notice notice-bad", "notice notice-warn"];
    if !said_so.iter().any(|mark| html.contains(mark)) {
        wrong.push(format!("{said}: {status}, and nothing says what is wrong"));
    }
    if status == StatusCode::UNPROCESSABLE_ENTITY && !beside(&html, &form.action) {
        wrong.push(format!("{said}: what is wrong does not stand in the form"));
    }
    // Of what is far too much a part is enough to see what it was.
    let part: String = text.trim().chars().take(200).collect();
    let kept = html.contains(&escaped(&part));
    if shown == Shown::Yes && !kept && status != StatusCode::TOO_MANY_REQUESTS {
        wrong.push(format!("{said}: {status}, and what was typed is lost"));
    }
    if shown == Shown::Never && !text.is_empty() && html.contains(&escaped(text)) {
        wrong.push(format!("{said}: a password is sent back"));
    }
}

#[rstest]
#[tokio::test]
async fn forms_of_visitors_take_whatever_is_typed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let pages = ["/login", "/signup", "/reset", "/games/minecraft"].map(str::to_owned);
    let mut wrong = Vec::new();
    let tried = try_all(&world, &pages, async || String::new(), &mut wrong).await;
    assert!(tried.len() >= 7, "{tried:?}");
    assert_eq!(wrong, Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn forms_of_customers_take_whatever_is_typed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let account = {
        let mut db = world.app.store.read().await.unwrap();
        store::accounts::find_by_email(&mut db, "ada@example.test").await.unwrap().unwrap().id
    };
    let here = |tab: &str| format!("{}{tab}", owner.here);
    let mut pages: Vec<String> = [
        "/account/profile",
        "/account/security",
        "/account/api-keys",
        "/account/panel",
        "/support/tickets/new",
        "/games/minecraft",
    ]
    .map(str::to_owned)
    .to_vec();
    pages.extend(
        ["/console", "/settings", "/files", "/backups", "/schedules", "/databases", "/people", "/network", "/public"]
            .map(here),
    );
    let mut wrong = Vec::new();
    // A sign-in of this moment: some forms ask for one.
    let cookie = async || world.comes_in(&account).await;
    let tried = try_all(&world, &pages, cookie, &mut wrong).await;
    assert!(tried.len() >= 20, "{tried:?}");
    assert_eq!(wrong, Vec::<String>::new());
}

#[rstest]
#[tokio::test]
async fn forms_of_staff_take_whatever_is_typed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let hers = world.sign_in(&ada).await;
    let ticket = world.asks(&hers, MARKUP, MARKUP).await.replace("/support/", "/console/");
    app::alerts::raise_alone(&world.app, app::alerts::Rule::OrderStuck, "ord_1", MARKUP).await;
    let alert =
        store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::Open, None, 1).await.unwrap()[0]
            .id
            .clone();
    let (owner, _) = world.works_here(Role::Owner).await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let node = store::mirror::list_nodes(&mut world.app.store.read().await.unwrap()).await.unwrap()[0].id;
    let acts = ["extend", "cancel", "suspend", "end", "refund"];
    let acts = acts.map(|act| format!("/console/orders/{}/acts/{act}", bought.order));
    let account = store::accounts::find_by_email(&mut world.app.store.read().await.unwrap(), &ada.email).await.unwrap();
    let customer = format!("/console/customers/{}", account.unwrap().id);
    let mut pages = vec!["/console/staff".to_owned(), ticket, format!("/console/alerts/{alert}"), customer];
    pages.extend(acts);
    pages.extend(["pause", "resume", "begin"].map(|act| format!("/console/shop/acts/{act}")));
    pages.push(format!("/console/nodes/{node}/acts/drain"));
    let mut wrong = Vec::new();
    // A sign-in of this moment: acts ask for one.
    let tried = try_all(&world, &pages, async || world.comes_in(&owner).await, &mut wrong).await;
    assert!(tried.len() >= 15, "{tried:?}");
    assert_eq!(wrong, Vec::<String>::new());
}
