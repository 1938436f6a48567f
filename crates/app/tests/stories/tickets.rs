//! A customer asks, staff answer, and everything that comes between.

use crate::world::{Customer, PLAN, World, cookie_of};
use app::privacy::export;
use app::web::console::{self, Inviter};
use app::web::secrets;
use domain::access::Role;
use domain::ids::{AccountId, SessionId};
use http::{Response, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use store::sessions::{self, NewSession, SessionKind, Stage};
use store::{Engine, accounts, audit, services};

/// What nobody should type, and somebody does: markup, a text from right to left, a mark that turns what follows around.
const HOSTILE: &str =
    "<script>alert(1)</script>\n\"><img src=x onerror=alert(2)>\nשלום \u{202e}gnp.exe {{ 7*7 }} { $shop }";

/// How the hostile text stands on a page.
const AS_TEXT: &str = "&#60;script&#62;alert(1)&#60;/script&#62;";

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn location(answer: &Response<axum::body::Body>) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

pub(crate) async fn text_of(answer: Response<axum::body::Body>) -> String {
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

impl World {
    /// Opens a ticket; returns its page.
    pub(crate) async fn asks(&self, cookie: &str, subject: &str, text: &str) -> String {
        let fields = [("category", "technical"), ("priority", "normal"), ("subject", subject), ("text", text)];
        location(&self.form("/support/tickets/new", cookie, &form(&fields)).await)
    }

    async fn says(&self, page: &str, cookie: &str, text: &str) -> StatusCode {
        self.form(page, cookie, &form(&[("text", text)])).await.status()
    }

    /// Somebody of staff with this role, signed in with both factors.
    pub(crate) async fn works_here(&self, role: Role) -> (AccountId, String) {
        let email = format!("{}@staff.example", role.key());
        let by = Inviter { id: "cli", role: Role::Owner };
        let made = console::invite(&self.app, by, &email, role).await.unwrap().unwrap();
        let path = made.link.strip_prefix("http://127.0.0.1:8080").unwrap();
        let fields = [("name", "Sue"), ("password", "a staff password of many words")];
        cookie_of(&self.form(path, "", &form(&fields)).await);
        let account =
            accounts::find_by_email(&mut self.app.store.read().await.unwrap(), &email).await.unwrap().unwrap();
        let cookie = self.comes_in(&account.id).await;
        (account.id, cookie)
    }

    /// A new session of somebody who has just shown who they are.
    pub(crate) async fn comes_in(&self, account: &AccountId) -> String {
        let value = secrets::fresh(&self.app);
        let id: SessionId = self.app.id();
        let new = NewSession {
            id: &id,
            account,
            token_hash: &secrets::sha256_hex(value.as_bytes()),
            kind: SessionKind::Browser,
            stage: Stage::Complete,
            user_agent: "a test",
            address: "127.0.0.1",
            expires_at: self.app.now() + SignedDuration::from_hours(24 * 90),
        };
        let mut tx = self.app.store.begin().await.unwrap();
        sessions::open(&mut tx, &new, self.app.now()).await.unwrap();
        tx.commit().await.unwrap();
        format!("givr={value}")
    }

    /// The answers that were mailed to somebody, as (subject, text).
    async fn answers(&self, customer: &Customer) -> Vec<(String, String)> {
        self.pass("outbox").await;
        let mails = self.app.mailer.kept().await.into_iter();
        mails
            .filter(|(to, subject, _)| *to == customer.email && subject.starts_with("Answer: "))
            .map(|(_, subject, text)| (subject, text))
            .collect()
    }

    /// Where a ticket stands, by its row.
    async fn state_of(&self, page: &str) -> String {
        let id = page.rsplit('/').next().unwrap().parse().unwrap();
        let ticket = store::tickets::find(&mut self.app.store.read().await.unwrap(), &id).await.unwrap().unwrap();
        ticket.status.state.key().to_owned()
    }
}

/// The same ticket, as staff see it.
fn behind_the_counter(page: &str) -> String {
    page.replace("/support/", "/console/")
}

#[rstest]
#[tokio::test]
async fn a_customer_asks_about_a_server_staff_answer_and_the_answer_is_mailed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let cookie = world.sign_in(&ada).await;
    let service = services::find_by_order(&mut world.app.store.read().await.unwrap(), &bought.order).await;
    let service = service.unwrap().unwrap().id;

    // The way from the server and from its order leads to a form that knows the server.
    for (page, link) in [
        (format!("/servers/{service}"), format!("/support/tickets/new?service={service}")),
        (format!("/orders/{}", bought.order), format!("/support/tickets/new?order={}", bought.order)),
    ] {
        assert!(world.page(&page, &cookie).await.contains(&link), "{page}");
        let shown = world.page(&link, &cookie).await;
        assert!(shown.contains(&format!("<option value=\"{service}\" selected")), "{shown}");
    }
    let fields = [
        ("category", "technical"),
        ("priority", "high"),
        ("about", service.as_str()),
        ("subject", "Nobody can join"),
        ("text", "Since yesterday.\r\nThe console says nothing."),
    ];
    let page = location(&world.form("/support/tickets/new", &cookie, &form(&fields)).await);
    // What the server is called later does not change what was asked about.
    let renamed = form(&[("name", "Another name")]);
    world.form(&format!("/servers/{service}/settings/name"), &cookie, &renamed).await;
    let shown = world.page(&page, &cookie).await;
    for words in
        ["Nobody can join", "Since yesterday.\nThe console says nothing.", "Ada of the keep", "US East", "Playable"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // It was a Sunday noon: the 24 hours begin with Monday.
    assert!(shown.contains("We give you a first answer by 3 Mar 2026, 00:00 UTC"), "{shown}");
    assert!(world.page("/support/tickets", &cookie).await.contains("Nobody can join"));

    let (staff, desk) = world.works_here(Role::Support).await;
    assert!(world.page("/console", &desk).await.contains("One ticket waits for an answer"));
    let queue = world.page("/console/tickets", &desk).await;
    assert!(queue.contains("Nobody can join") && queue.contains("ada@example.test"), "{queue}");
    let there = behind_the_counter(&page);
    let shown = world.page(&there, &desk).await;
    for words in
        ["ada@example.test", "Ada of the keep", service.as_str(), bought.order.as_str(), "<code>playable</code>"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let reply = form(&[("text", "The port was closed.\n\nIt is open now.")]);
    let answered = world.form(&format!("{there}/reply"), &desk, &reply).await;
    assert_eq!(location(&answered), there);

    assert_eq!(world.state_of(&page).await, "pending");
    for _ in 0..2 {
        let mails = world.answers(&ada).await;
        assert_eq!(mails.len(), 1, "one mail per answer: {mails:?}");
        let (subject, text) = &mails[0];
        assert_eq!(subject, "Answer: Nobody can join");
        assert!(text.contains("The port was closed.\n\nIt is open now."), "{text}");
        assert!(text.contains(&format!("http://127.0.0.1:8080{page}")), "{text}");
    }
    let shown = world.page(&page, &cookie).await;
    assert!(
        shown.contains("The port was closed.") && shown.contains("Answered") && !shown.contains(">Sue<"),
        "{shown}"
    );
    assert!(!shown.contains("We give you a first answer"), "{shown}");
    let lines =
        audit::list_page(&mut world.app.store.read().await.unwrap(), Some(page.rsplit('/').next().unwrap()), None, 10)
            .await;
    let lines = lines.unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((lines[0].act.as_str(), lines[0].actor.as_str()), ("ticket.reply", staff.as_str()));
    assert!(!lines[0].detail.contains("port"), "the log names, and does not repeat: {lines:?}");
}

#[rstest]
#[tokio::test]
async fn a_foreign_ticket_looks_as_if_it_were_not_there(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let (hers, his) = (world.sign_in(&ada).await, world.sign_in(&bob).await);
    let page = world.asks(&hers, "A secret", "Nobody else reads this.").await;
    let missing = "/support/tickets/tkt_00000000000000000000000000000001";
    let mut told = Vec::new();
    for path in [page.as_str(), missing] {
        let looked = http::Request::get(path).header(header::COOKIE, &his).body(axum::body::Body::empty()).unwrap();
        for answer in [
            world.send(looked).await,
            world.form(path, &his, "text=hello").await,
            world.form(&format!("{path}/close"), &his, "").await,
        ] {
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
            told.push(text_of(answer).await);
        }
    }
    assert_eq!(told[..3], told[3..]);
    assert_eq!(world.state_of(&page).await, "open");
    assert!(!world.page("/support/tickets", &his).await.contains("A secret"));
    // The console looks the same to a customer, and staff without the permission may not answer.
    let there = behind_the_counter(&page);
    assert_eq!(world.form(&format!("{there}/reply"), &hers, "text=hello").await.status(), StatusCode::NOT_FOUND);
    let (_, billing) = world.works_here(Role::Billing).await;
    assert!(!world.page(&there, &billing).await.contains("<textarea"), "they look, and answer nothing");
    assert_eq!(world.form(&format!("{there}/reply"), &billing, "text=hello").await.status(), StatusCode::NOT_FOUND);
    // Nor is anything of somebody else's attached.
    let bought = world.buys(&ada, PLAN).await;
    let fields = [
        ("category", "general"),
        ("priority", "low"),
        ("about", bought.order.as_str()),
        ("subject", "Is this mine?"),
        ("text", "It is not."),
    ];
    let refused = world.form("/support/tickets/new", &his, &form(&fields)).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let shown = text_of(refused).await;
    assert!(shown.contains("Choose one of your own") && !shown.contains("Ada of the keep"), "{shown}");
}

#[rstest]
#[tokio::test]
async fn hostile_text_is_shown_as_text_and_kept_when_it_is_refused(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    let long = "x".repeat(121);
    for (subject, text, problem) in [
        ("", HOSTILE, "Say in a few words what it is about."),
        (HOSTILE, " \r\n ", "Write what you want to know."),
        (&long, HOSTILE, "The subject has 121 characters; 120 at most."),
    ] {
        let fields = [("category", "billing"), ("priority", "low"), ("subject", subject), ("text", text)];
        let refused = world.form("/support/tickets/new", &cookie, &form(&fields)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let shown = text_of(refused).await;
        assert!(shown.contains(problem) && shown.contains("aria-invalid"), "{shown}");
        assert!(
            shown.contains(AS_TEXT) && !shown.contains("<script>alert") && !shown.contains("<img src=x"),
            "{shown}"
        );
        assert!(shown.contains("<option value=\"billing\" selected"), "{shown}");
    }
    let nonsense = [("category", "moon"), ("priority", "now"), ("subject", "a"), ("text", &"🏰".repeat(5001))];
    let shown = text_of(world.form("/support/tickets/new", &cookie, &form(&nonsense)).await).await;
    for problem in
        ["Choose what it is about.", "Choose how urgent it is.", "The text has 5,001 characters; 5,000 at most."]
    {
        assert!(shown.contains(problem), "{shown}");
    }
    assert_eq!(world.database.contents().await["tickets"], "", "nothing was stored");

    let page = world.asks(&cookie, HOSTILE, HOSTILE).await;
    let (_, desk) = world.works_here(Role::Admin).await;
    let there = behind_the_counter(&page);
    let reply = form(&[("text", HOSTILE)]);
    world.form(&format!("{there}/reply"), &desk, &reply).await;
    for (path, cookie) in
        [("/support/tickets", &cookie), (page.as_str(), &cookie), ("/console/tickets", &desk), (there.as_str(), &desk)]
    {
        let shown = world.page(path, cookie).await;
        assert!(
            shown.contains(AS_TEXT) && !shown.contains("<script>alert") && !shown.contains("<img src=x"),
            "{shown}"
        );
        assert!(shown.contains("{{ 7*7 }} { $shop }"), "{shown}");
        assert!(!shown.contains("style="), "{shown}");
    }
    assert!(world.page(&page, &cookie).await.contains("<div class=\"said\" dir=\"auto\">&#60;script"));
    let mails = world.answers(&ada).await;
    assert!(mails[0].1.contains(HOSTILE), "{mails:?}");
    let refused = world.form(&page, &cookie, &form(&[("text", " ")])).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[rstest]
#[tokio::test]
async fn a_reply_to_a_closed_ticket_opens_it_again_for_a_month(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    let page = world.asks(&cookie, "How long is a term?", "I wonder.").await;
    assert_eq!(location(&world.form(&format!("{page}/close"), &cookie, "").await), page);
    assert_eq!(world.state_of(&page).await, "closed");
    assert!(world.page(&page, &cookie).await.contains("Your reply opens it again"));
    assert_eq!(world.says(&page, &cookie, "One more thing.").await, StatusCode::SEE_OTHER);
    assert_eq!(world.state_of(&page).await, "open");
    // Staff close it, and say how much it matters.
    let (_, desk) = world.works_here(Role::Support).await;
    let there = behind_the_counter(&page);
    let set = async |fields: &str| world.form(&format!("{there}/set"), &desk, fields).await.status();
    assert_eq!(set("state=closed&priority=low").await, StatusCode::SEE_OTHER);
    assert_eq!(set("state=shut&priority=low").await, StatusCode::UNPROCESSABLE_ENTITY);
    let lines =
        audit::list_page(&mut world.app.store.read().await.unwrap(), Some(page.rsplit('/').next().unwrap()), None, 10)
            .await;
    let acts: Vec<String> = lines.unwrap().into_iter().map(|line| line.act).collect();
    assert!(acts.len() == 2 && ["ticket.state", "ticket.priority"].iter().all(|act| acts.iter().any(|one| one == act)));
    // A month later it is another matter for the customer, and not for staff.
    world.clock.advance(SignedDuration::from_hours(24 * 30));
    let cookie = world.sign_in(&ada).await;
    let refused = world.form(&page, &cookie, &form(&[("text", "Are you still there?")])).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let shown = text_of(refused).await;
    assert!(shown.contains("more than 30 days ago") && shown.contains("Are you still there?"), "{shown}");
    assert_eq!(world.state_of(&page).await, "closed");
    let late = world.form(&format!("{there}/reply"), &desk, "text=We+are.").await;
    assert_eq!(location(&late), there);
    assert_eq!(world.state_of(&page).await, "pending");
    assert_eq!(world.says(&page, &cookie, "Thank you.").await, StatusCode::SEE_OTHER);
    assert_eq!(world.state_of(&page).await, "open");
}

#[rstest]
#[tokio::test]
async fn staff_see_what_waits_longest_and_matters_most_first_page_by_page(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    let mut pages = Vec::new();
    for (subject, priority) in [("Old", "normal"), ("Young", "normal"), ("Urgent", "high"), ("Done", "high")] {
        let fields = [("category", "billing"), ("priority", priority), ("subject", subject), ("text", "?")];
        pages.push(location(&world.form("/support/tickets/new", &cookie, &form(&fields)).await));
        world.clock.advance(SignedDuration::from_secs(1));
    }
    world.form(&format!("{}/close", pages[3]), &cookie, "").await;
    let (_, desk) = world.works_here(Role::Support).await;
    let order = async |path: &str| {
        let shown = world.page(path, &desk).await;
        let mut there: Vec<(usize, &str)> = ["Old", "Young", "Urgent", "Done"]
            .into_iter()
            .filter_map(|subject| Some((shown.find(&format!("<bdi>{subject}</bdi>"))?, subject)))
            .collect();
        there.sort_unstable();
        there.into_iter().map(|(_, subject)| subject).collect::<Vec<_>>()
    };
    assert_eq!(order("/console/tickets").await, ["Urgent", "Old", "Young", "Done"]);
    assert_eq!(order("/console/tickets?state=closed").await, ["Done"]);
    assert_eq!(order("/console/tickets?category=technical").await, Vec::<&str>::new());
    assert_eq!(order("/console/tickets?after=nonsense").await.len(), 4);
    // Page by page, nothing is left out and nothing is shown twice.
    let mut db = world.app.store.read().await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page =
            store::tickets::list_queue(&mut db, store::tickets::Wanted::default(), after.as_ref(), 1).await.unwrap();
        let Some(queued) = page.into_iter().next() else { break };
        after = Some(queued.place);
        seen.push(queued.ticket.subject);
    }
    assert_eq!(seen, ["Urgent", "Old", "Young", "Done"]);
}

#[rstest]
#[tokio::test]
async fn whoever_opens_very_many_tickets_waits_and_keeps_what_was_typed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    for number in 0..10 {
        world.asks(&cookie, &format!("Question {number}"), "?").await;
    }
    let fields = [("category", "general"), ("priority", "low"), ("subject", "One more"), ("text", "My long story")];
    let refused = world.form("/support/tickets/new", &cookie, &form(&fields)).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let shown = text_of(refused).await;
    assert!(shown.contains("The next one can be opened on 1 Mar 2026, 14:00 UTC"), "{shown}");
    assert!(shown.contains("My long story") && shown.contains("One more"), "{shown}");
    // Whoever has a ticket still writes in it, and others are not held up.
    let bob = world.customer("bob").await;
    world.asks(&world.sign_in(&bob).await, "Mine", "?").await;
    world.clock.advance(SignedDuration::from_hours(2));
    world.asks(&cookie, "One more", "My long story").await;
}

#[rstest]
#[tokio::test]
async fn a_form_that_is_sent_twice_is_taken_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    let (first, second) = tokio::join!(world.asks(&cookie, "Twice?", "Once."), world.asks(&cookie, "Twice?", "Once."));
    assert_eq!(first, second);
    let other = world.asks(&cookie, "Twice?", "Another matter.").await;
    assert_ne!(first, other);
    let (_, desk) = world.works_here(Role::Support).await;
    let reply = format!("{}/reply", behind_the_counter(&first));
    let said = || world.form(&reply, &desk, "text=Once.");
    let both = tokio::join!(said(), said());
    assert_eq!(location(&both.0), location(&both.1));
    assert_eq!(world.answers(&ada).await.len(), 1);
    for _ in 0..2 {
        assert_eq!(world.says(&first, &cookie, "Thank you.").await, StatusCode::SEE_OTHER);
    }
    assert_eq!(world.page(&first, &cookie).await.matches("Thank you.").count(), 1);
    // What is said again on another day is said again.
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(world.says(&first, &cookie, "Thank you.").await, StatusCode::SEE_OTHER);
    assert_eq!(world.page(&first, &cookie).await.matches("Thank you.").count(), 2);
    assert_ne!(world.asks(&cookie, "Twice?", "Once.").await, first);
}

#[rstest]
#[tokio::test]
async fn a_copy_of_the_data_has_tickets_and_an_erasure_removes_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let (hers, his) = (world.sign_in(&ada).await, world.sign_in(&bob).await);
    let page = world.asks(&hers, "Canary subject", "Canary question").await;
    world.asks(&his, "Somebody else's", "Not hers").await;
    let (_, desk) = world.works_here(Role::Support).await;
    world.form(&format!("{}/reply", behind_the_counter(&page)), &desk, "text=Canary+answer").await;
    world.pass("outbox").await;
    let mut db = world.app.store.read().await.unwrap();
    let account = accounts::find_by_email(&mut db, &ada.email).await.unwrap().unwrap();
    drop(db);
    let zip = export::make(&world.app, &account.id).await.unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let copy: serde_json::Value = serde_json::from_reader(zip.by_name("tickets.json").unwrap()).unwrap();
    assert_eq!(copy[0]["subject"], "Canary subject", "{copy}");
    let said = copy[0]["messages"].as_array().unwrap();
    let said: Vec<_> = said.iter().map(|one| (one["by"].as_str().unwrap(), one["text"].as_str().unwrap())).collect();
    assert_eq!(said, [("you", "Canary question"), ("staff", "Canary answer")]);
    assert_eq!(copy.as_array().unwrap().len(), 1, "{copy}");
    // The act of staff about the ticket is hers to read, without who of them it was.
    let acts: serde_json::Value = serde_json::from_reader(zip.by_name("audit.json").unwrap()).unwrap();
    assert!(acts.to_string().contains("ticket.reply") && !acts.to_string().contains("acc_"), "{acts}");

    app::privacy::erasure::request(&world.app, &account, false, "cli").await.unwrap();
    world.pass("erasures").await;
    let after = world.database.contents().await;
    for (table, rows) in &after {
        assert!(!rows.contains("Canary"), "{table}: {rows}");
    }
    assert!(after["tickets"].contains("Somebody else") && after["ticket_messages"].contains("Not hers"));
    assert!(!after["tickets"].contains(account.id.as_str()));
}

#[rstest]
#[tokio::test]
async fn tickets_go_two_years_after_they_were_closed_and_open_ones_stay(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let cookie = world.sign_in(&ada).await;
    world.asks(&cookie, "Still open", "?").await;
    let closed = world.asks(&cookie, "Long closed", "?").await;
    world.form(&format!("{closed}/close"), &cookie, "").await;
    world.clock.advance(SignedDuration::from_hours(24 * 729));
    world.pass("retention").await;
    assert!(world.database.contents().await["tickets"].contains("Long closed"));
    world.clock.advance(SignedDuration::from_hours(25));
    world.pass("retention").await;
    let after = world.database.contents().await;
    assert!(
        after["tickets"].contains("Still open") && !after["tickets"].contains("Long closed"),
        "{}",
        after["tickets"]
    );
    assert_eq!(after["ticket_messages"].lines().count(), 1);
}
