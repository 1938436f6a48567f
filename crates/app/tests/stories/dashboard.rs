//! What customers do with a running server, page by page, as a browser does it.

use crate::world::{Bought, PLAN, World};
use http::{Request, Response, StatusCode, header};
use jiff::SignedDuration;
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec, On, Outcome};
use store::{Engine, services};

/// A customer in a browser, with a server that runs.
pub(crate) struct Owner {
    pub(crate) cookie: String,
    pub(crate) here: String,
    pub(crate) bought: Bought,
}

impl Owner {
    pub(crate) async fn of(world: &World, name: &str) -> Self {
        let customer = world.customer(name).await;
        let bought = world.buys(&customer, PLAN).await;
        world.settles(&bought).await;
        let mut db = world.app.store.read().await.unwrap();
        let service = services::find_by_order(&mut db, &bought.order).await.unwrap().unwrap();
        Self { cookie: world.sign_in(&customer).await, here: format!("/servers/{}", service.id), bought }
    }

    async fn sees(&self, world: &World, page: &str) -> String {
        world.page(&format!("{}{page}", self.here), &self.cookie).await
    }

    /// Follows a link that leads somewhere else.
    async fn fetches(&self, world: &World, page: &str) -> String {
        let request = Request::get(format!("{}{page}", self.here)).header(header::COOKIE, &self.cookie);
        leads_to(&world.send(request.body(axum::body::Body::empty()).unwrap()).await).unwrap()
    }

    /// Sends a form and, where it leads on, looks at the page it leads to.
    pub(crate) async fn does(&self, world: &World, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            form.append_pair(name, value);
        }
        let answer = world.form(&format!("{}{path}", self.here), &self.cookie, &form.finish()).await;
        let status = answer.status();
        match leads_to(&answer) {
            Some(place) if place.starts_with('/') => (status, world.page(&place, &self.cookie).await),
            Some(place) => (status, place),
            None => (status, text(answer).await),
        }
    }
}

fn leads_to(answer: &Response<axum::body::Body>) -> Option<String> {
    Some(answer.headers().get(header::LOCATION)?.to_str().unwrap().to_owned())
}

async fn text(answer: Response<axum::body::Body>) -> String {
    let body = axum::body::to_bytes(answer.into_body(), 1 << 21).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[rstest]
#[tokio::test]
async fn every_page_of_a_server_shows_what_the_panel_says(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    for (page, has) in [
        ("", "Restart"),
        ("/files", "server.properties"),
        ("/settings", "Server Jar File"),
        ("/backups", "There is no backup yet."),
        ("/schedules", "Nothing is done by itself yet."),
        ("/databases", "There is no database yet."),
        ("/people", "Nobody but you."),
        ("/network", "default"),
        ("/activity", "server:power.start"),
        ("/activity?page=first", "server:power.start"),
        ("/files?done=magic", "server.properties"),
    ] {
        let shown = owner.sees(&world, page).await;
        assert!(shown.contains(has), "{page}: {shown}");
        assert!(!shown.contains("does not answer"), "{page}: {shown}");
    }
}

#[rstest]
#[tokio::test]
async fn files_are_made_written_renamed_packed_and_deleted(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let (made, shown) = owner.does(&world, "/files/new-folder", &[("folder", "/"), ("to", "plug ins")]).await;
    assert!(made == StatusCode::SEE_OTHER && shown.contains("plug ins"), "{shown}");
    let (_, empty) = owner.does(&world, "/files/new-file", &[("folder", "/plug ins"), ("to", "a&b.txt")]).await;
    assert!(empty.contains("<textarea") && empty.contains("a&#38;b.txt"), "{empty}");
    let before = empty.split("name=\"before\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let file = ("file", "/plug ins/a&b.txt");
    let (_, saved) =
        owner.does(&world, "/files/edit", &[file, ("before", &before), ("text", "one\r\n</textarea>two")]).await;
    assert!(saved.contains("Saved.") && saved.contains("one\n&#60;/textarea&#62;two"), "{saved}");
    // What somebody else wrote meanwhile is not lost, and neither is what was typed.
    let (changed, kept) = owner.does(&world, "/files/edit", &[file, ("before", &before), ("text", "three")]).await;
    assert_eq!(changed, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(kept.contains("changed this file") && kept.contains("three"), "{kept}");
    // The page that says so can be saved from, once the file is what was read.
    let (same, _) = owner.does(&world, "/files/edit", &[file, ("before", &before), ("text", "three")]).await;
    assert_eq!(same, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(kept.contains(&format!("name=\"before\" value=\"{before}\"")), "{kept}");
    let folder = ("folder", "/plug ins");
    let (_, moved) = owner.does(&world, "/files/move", &[folder, ("name", "a&b.txt"), ("to", "c.txt")]).await;
    assert!(moved.contains("Renamed.") && moved.contains("c.txt") && !moved.contains("a&#38;b.txt"), "{moved}");
    let (_, packed) = owner.does(&world, "/files/pack", &[folder, ("name", "c.txt")]).await;
    assert!(packed.contains("Packed.") && packed.contains(".tar.gz"), "{packed}");
    let address = owner.fetches(&world, "/files/download?file=/plug%20ins/c.txt").await;
    assert!(address.starts_with("http://panel.example/download/file?token="), "{address}");
    let (_, gone) = owner.does(&world, "/files/delete", &[folder, ("name", "c.txt")]).await;
    assert!(gone.contains("Deleted.") && !gone.contains("value=\"c.txt\""), "{gone}");
    for (path, fields) in [
        ("/files/delete", vec![folder]),
        ("/files/copy", vec![folder, ("name", "c.txt"), ("name", "d.txt")]),
        ("/files/delete", vec![folder, ("name", "../server.properties")]),
        ("/files/move", vec![folder, ("name", "x"), ("to", "a/../../b")]),
        ("/files/new-folder", vec![("folder", "/../.."), ("to", "x")]),
        ("/files/new-folder", vec![("folder", "/"), ("to", "  ")]),
    ] {
        let (status, shown) = owner.does(&world, path, &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {fields:?}: {shown}");
    }
}

#[rstest]
#[tokio::test]
async fn a_name_and_start_settings_are_set_and_refused_values_are_explained(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let (_, renamed) = owner.does(&world, "/settings/name", &[("name", "The <b>keep</b>")]).await;
    assert!(renamed.contains("Renamed.") && renamed.contains("The &#60;b&#62;keep&#60;/b&#62;"), "{renamed}");
    assert!(owner.sees(&world, "").await.contains("The &#60;b&#62;keep"));
    let (_, set) = owner.does(&world, "/settings", &[("key", "SERVER_JARFILE"), ("value", "paper.jar")]).await;
    assert!(set.contains("Saved.") && set.contains("value=\"paper.jar\""), "{set}");
    let (refused, why) = owner.does(&world, "/settings", &[("key", "SERVER_JARFILE"), ("value", "../x")]).await;
    assert!(refused == StatusCode::UNPROCESSABLE_ENTITY && why.contains("does not accept"), "{refused} {why}");
    let (unknown, _) = owner.does(&world, "/settings", &[("key", "../../x"), ("value", "1")]).await;
    assert_eq!(unknown, StatusCode::CONFLICT);
    let (nameless, _) = owner.does(&world, "/settings/name", &[("name", " ")]).await;
    assert_eq!(nameless, StatusCode::UNPROCESSABLE_ENTITY);
}

#[rstest]
#[tokio::test]
async fn backups_are_made_locked_put_in_place_and_deleted(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let (_, begun) = owner.does(&world, "/backups", &[("name", "before the dragon")]).await;
    assert!(begun.contains("has begun") && begun.contains("being made"), "{begun}");
    world.passes(SignedDuration::from_secs(120), SignedDuration::from_secs(30)).await;
    let shown = owner.sees(&world, "/backups").await;
    let id = shown.split("name=\"backup\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let backup = ("backup", id.as_str());
    assert!(shown.contains("ready"), "{shown}");
    let (_, locked) = owner.does(&world, "/backups/lock", &[backup, ("locked", "yes")]).await;
    assert!(locked.contains("Locked:") && locked.contains("Unlock"), "{locked}");
    let address = owner.fetches(&world, &format!("/backups/download?backup={id}")).await;
    assert!(address.starts_with("http://panel.example/download/backup?token="), "{address}");
    let (refused, _) = owner.does(&world, "/backups/delete", &[backup]).await;
    assert!(refused.is_client_error(), "{refused}");
    owner.does(&world, "/backups/lock", &[backup, ("locked", "no")]).await;
    let (how, _) = owner.does(&world, "/backups/restore", &[backup]).await;
    assert_eq!(how, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, restoring) = owner.does(&world, "/backups/restore", &[backup, ("how", "over")]).await;
    assert!(restoring.contains("being put in place"), "{restoring}");
    let (busy, why) = owner.does(&world, "/backups", &[("name", "another")]).await;
    assert!(busy == StatusCode::CONFLICT && why.contains("busy with"), "{busy} {why}");
    world.passes(SignedDuration::from_secs(120), SignedDuration::from_secs(30)).await;
    let (_, gone) = owner.does(&world, "/backups/delete", &[backup]).await;
    assert!(gone.contains("Deleted.") && gone.contains("There is no backup yet."), "{gone}");
}

#[rstest]
#[tokio::test]
async fn schedules_databases_people_and_ports_are_looked_after(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    // Schedules
    let daily = [("name", "Nightly"), ("minute", "0"), ("hour", "4"), ("day_of_month", "*"), ("month", "*")];
    let daily = [&daily[..], &[("day_of_week", "*"), ("active", "yes")]].concat();
    let (_, made) = owner.does(&world, "/schedules", &daily).await;
    assert!(made.contains("Nightly") && made.contains("It does nothing yet"), "{made}");
    let id = made.split("name=\"schedule\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let schedule = ("schedule", id.as_str());
    let task = [schedule, ("action", "command"), ("line", "save-all"), ("delay", "0")];
    let (_, tasked) = owner.does(&world, "/schedules/add-task", &task).await;
    assert!(tasked.contains("save-all"), "{tasked}");
    let (_, ran) = owner.does(&world, "/schedules/run", &[schedule]).await;
    assert!(ran.contains("The schedule was started."), "{ran}");
    let weekly = [("name", "Weekly"), ("often", "weekly"), ("minute", ""), ("active", "yes")];
    let (_, told) = owner.does(&world, "/schedules", &weekly).await;
    assert!(told.contains("<p>Every day at 4:00</p>") && told.contains("<p>Every Monday at 4:00</p>"), "{told}");
    let own = [&[("name", "Own"), ("often", "own"), ("minute", "*/15")], &daily[2..]].concat();
    let (_, told) = owner.does(&world, "/schedules", &own).await;
    assert!(told.contains("<p>At */15 4 * * *, as in a crontab.</p>"), "{told}");
    let wrong = [&daily[..1], &[("minute", "0; rm"), ("hour", "4"), ("day_of_month", "*"), ("month", "*")]].concat();
    assert_eq!(owner.does(&world, "/schedules", &wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, left) = owner.does(&world, "/schedules/delete", &[schedule]).await;
    assert!(!left.contains("Nightly") && left.contains("Weekly"), "{left}");
    // Databases
    let (_, opened) = owner.does(&world, "/databases", &[("name", "towns"), ("from", "%")]).await;
    assert!(opened.contains("Password of") && opened.contains("data-copy="), "{opened}");
    assert!(!owner.sees(&world, "/databases").await.contains("data-copy="), "shown once");
    assert_eq!(owner.does(&world, "/databases", &[("name", "a b")]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // People
    let grace = [("email", "grace@example.test"), ("right", "console"), ("right", "files")];
    let (_, invited) = owner.does(&world, "/people", &grace).await;
    assert!(invited.contains("grace@example.test") && invited.contains("checked"), "{invited}");
    let person = invited.split("name=\"person\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(owner.does(&world, "/people", &grace[..1]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, alone) = owner.does(&world, "/people/remove", &[("person", &person)]).await;
    assert!(alone.contains("Nobody but you."), "{alone}");
    // Ports
    let shown = owner.sees(&world, "/network").await;
    let port = shown.split("name=\"port\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (_, noted) = owner.does(&world, "/network/note", &[("port", &port), ("note", "for <friends>")]).await;
    assert!(noted.contains("for &#60;friends&#62;"), "{noted}");
    let (full, why) = owner.does(&world, "/network", &[]).await;
    assert!(full == StatusCode::CONFLICT && why.contains("allows no more"), "{full} {why}");
}

#[rstest]
#[tokio::test]
async fn while_the_panel_is_silent_pages_show_what_was_known_with_its_age(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    owner.sees(&world, "/files").await;
    let silent = Fault::Timeout { outcome: Outcome::Never, seconds: 0 };
    world.panel.add_fault(FaultSpec::lasting(silent));
    world.clock.advance(SignedDuration::from_mins(5));
    let known = owner.sees(&world, "/files").await;
    assert!(known.contains("server.properties"), "{known}");
    assert!(known.contains("The panel does not answer at the moment. This is how it was 5 minutes ago."), "{known}");
    let unknown = owner.sees(&world, "/backups").await;
    assert!(unknown.contains("there is nothing to show yet"), "{unknown}");
    let (refused, why) = owner.does(&world, "/files/delete", &[("folder", "/"), ("name", "server.properties")]).await;
    assert!(refused == StatusCode::SERVICE_UNAVAILABLE && why.contains("It may have happened"), "{refused} {why}");
}

#[rstest]
#[tokio::test]
async fn what_was_typed_into_a_form_that_is_refused_stands_there_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let name = ("name", "N\"i'ghtly <b>\u{202e}");
    let cron = [("hour", "4"), ("day_of_month", "*"), ("month", "*"), ("day_of_week", "*"), ("active", "yes")];
    let times = |minute: &'static str| [&[name, ("minute", minute)][..], &cron].concat();
    let shown_name = "value=\"N&#34;i&#39;ghtly &#60;b&#62;\u{202e}\"";
    let (_, made) = owner.does(&world, "/schedules", &times("0")).await;
    let schedule = made.split("name=\"schedule\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let number = ("schedule", schedule.as_str());
    for (path, fields, kept) in [
        ("/schedules", times("now; rm"), vec![shown_name, "value=\"now; rm\""]),
        ("/schedules/change", [&[number][..], &times("99&")].concat(), vec!["value=\"99&#38;\"", "<details open"]),
        (
            "/schedules/add-task",
            vec![number, ("action", "command"), ("line", "say <hi>"), ("delay", "9999")],
            vec!["value=\"say &#60;hi&#62;\"", "value=\"9999\"", "<details open"],
        ),
        (
            "/people",
            vec![("email", "not an <address>"), ("right", "files")],
            vec!["value=\"not an &#60;address&#62;\"", "value=\"files\" checked"],
        ),
        (
            "/databases",
            vec![("name", "no; drop"), ("from", "1.2.3.%")],
            vec!["value=\"no; drop\"", "value=\"1.2.3.%\""],
        ),
        ("/settings/name", vec![("name", &"k".repeat(61))], vec!["kkkkkkkk\" required"]),
        ("/settings", vec![("key", "SERVER_JARFILE"), ("value", "../<x>.jar")], vec!["value=\"../&#60;x&#62;.jar\""]),
        ("/files/new-folder", vec![("folder", "/"), ("to", "a/<b>")], vec!["value=\"a/&#60;b&#62;\""]),
        ("/files/new-file", vec![("folder", "/"), ("to", "c/<d>")], vec!["value=\"c/&#60;d&#62;\""]),
    ] {
        let (status, shown) = owner.does(&world, path, &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {shown}");
        for text in kept {
            assert!(shown.contains(text), "{path} lacks {text}: {shown}");
        }
    }
}

/// A form with files, as browsers send it.
async fn uploads(
    world: &World,
    owner: &Owner,
    fields: &[(&str, &str)],
    files: &[(&str, &[u8])],
) -> (StatusCode, String) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--b0undary\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (name, content) in files {
        let head = format!("content-disposition: form-data; name=\"file\"; filename=\"{name}\"");
        body.extend_from_slice(format!("--b0undary\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b0undary--\r\n");
    let request = Request::post(format!("{}/files/upload", owner.here))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b0undary")
        .header(header::ORIGIN, "http://127.0.0.1:8080")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, &owner.cookie);
    let answer = world.send(request.body(axum::body::Body::from(body)).unwrap()).await;
    let status = answer.status();
    match leads_to(&answer) {
        Some(place) => (status, world.page(&place, &owner.cookie).await),
        None => (status, text(answer).await),
    }
}

#[rstest]
#[tokio::test]
async fn files_are_uploaded_whatever_is_in_them_and_replace_nothing_unasked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let folder = ("folder", "/plugins");
    owner.does(&world, "/files/new-folder", &[("folder", "/"), ("to", "plugins")]).await;
    let jar: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
    let (_, brought) = uploads(&world, &owner, &[folder], &[("C:\\mods\\a.jar", &jar), ("b.txt", b"two")]).await;
    assert!(brought.contains("Your files are on the server."), "{brought}");
    assert!(brought.contains("value=\"a.jar\"") && brought.contains("3.0 MB"), "{brought}");
    let (again, why) = uploads(&world, &owner, &[folder], &[("b.txt", b"three"), ("c.txt", b"four")]).await;
    assert!(again == StatusCode::UNPROCESSABLE_ENTITY && why.contains("stands there already"), "{why}");
    assert!(!why.contains("value=\"c.txt\""), "nothing of it was uploaded: {why}");
    let (_, replaced) = uploads(&world, &owner, &[folder, ("replace", "yes")], &[("b.txt", b"three")]).await;
    assert!(replaced.contains("Your files are on the server."), "{replaced}");
    assert!(owner.sees(&world, "/files/edit?file=/plugins/b.txt").await.contains("three"));
    let large = vec![0; 17 << 20];
    for (fields, files, says) in [
        (vec![folder], vec![("d.jar", large.as_slice())], "more than 16 MB"),
        (vec![folder], vec![("", b"".as_slice())], "Choose a file first."),
        (vec![folder], vec![("..", b"x".as_slice())], "a name without slashes"),
        (vec![("folder", "/../..")], vec![("e.txt", b"x".as_slice())], "no such place"),
    ] {
        let (status, shown) = uploads(&world, &owner, &fields, &files).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && shown.contains(says), "{says}: {status} {shown}");
    }
}

#[rstest]
#[tokio::test]
async fn a_suspended_server_is_shown_and_refuses_everything(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let charge = world.stripe.objects("charge")[0]["id"].as_str().unwrap().to_owned();
    world.stripe.open_dispute(&charge, "needs_response");
    let suspended = async |world: &World| {
        let mut db = world.app.store.read().await.unwrap();
        let service = services::find_by_order(&mut db, &owner.bought.order).await.unwrap().unwrap();
        service.standing.suspension.is_some()
    };
    assert!(world.until(SignedDuration::from_mins(30), suspended).await);
    assert!(owner.sees(&world, "/console").await.contains("Your server is suspended"));
    for (path, fields) in [
        ("/power", vec![("signal", "start")]),
        ("/console", vec![("command", "say hi")]),
        ("/files/delete", vec![("folder", "/"), ("name", "server.properties")]),
        ("/backups", vec![]),
        ("/settings", vec![("key", "SERVER_JARFILE"), ("value", "a.jar")]),
        ("/people", vec![("email", "grace@example.test"), ("right", "console")]),
    ] {
        let (status, shown) = owner.does(&world, path, &fields).await;
        assert!(status == StatusCode::CONFLICT && shown.contains("suspended"), "{path}: {status} {shown}");
    }
    // The order's page leads to where it says why, not to another order.
    let order = world.page(&format!("/orders/{}", owner.bought.order), &owner.cookie).await;
    assert!(order.contains(&format!("href=\"{}\"", owner.here)) && !order.contains("Order this again"), "{order}");
    // Somebody was writing when it happened.
    let written = [("file", "/server.properties"), ("before", "0"), ("text", "motd=<long work>")];
    let (status, shown) = owner.does(&world, "/files/edit", &written).await;
    assert!(status == StatusCode::CONFLICT && shown.contains("readonly>\nmotd=&#60;long work&#62;"), "{shown}");
    assert_eq!(shown.matches("Your server is suspended").count(), 1, "said once: {shown}");
}

#[rstest]
#[tokio::test]
async fn power_is_switched_but_not_more_often_than_ten_times_in_two_minutes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    let (_, stopped) = owner.does(&world, "/power", &[("signal", "stop")]).await;
    assert!(stopped.contains("told to stop"), "{stopped}");
    assert_eq!(owner.does(&world, "/power", &[("signal", "dance")]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let mut refused = 0;
    for _ in 0..12 {
        let (status, shown) = owner.does(&world, "/power", &[("signal", "start")]).await;
        if status == StatusCode::TOO_MANY_REQUESTS {
            assert!(shown.contains("a little too fast"), "{shown}");
            refused += 1;
        }
    }
    assert_eq!(refused, 3);
}

#[rstest]
#[tokio::test]
async fn what_a_server_used_is_drawn_over_an_hour_a_day_and_a_week(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    world.passes(SignedDuration::from_mins(5), SignedDuration::from_mins(1)).await;
    let hour = owner.sees(&world, "").await;
    // Players, CPU, memory, disk, and both ways of the network.
    let charts = hour.split("card charts").nth(1).unwrap();
    assert_eq!(charts.matches("<path d=\"M").count(), 6, "{charts}");
    assert!(charts.contains("CPU: ") && charts.contains("/s at most"), "{charts}");
    let week = owner.sees(&world, "?range=week").await;
    assert!(week.contains("aria-current=\"true\">7 days"), "{week}");
    world.clock.advance(SignedDuration::from_hours(9 * 24));
    world.pass("retention").await;
    assert_eq!(world.database.contents().await["usage_steps"], "");
}

#[rstest]
#[tokio::test]
async fn a_password_for_the_panel_is_set_or_drawn_and_told_by_mail(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let early = world.customer("grace").await;
    let without = world.form("/account/panel", &world.sign_in(&early).await, "password=long+enough").await;
    assert!(without.status() == StatusCode::CONFLICT && text(without).await.contains("no login at the panel yet"));
    let owner = Owner::of(&world, "ada").await;
    let sets = async |form: &str| {
        let answer = world.form("/account/panel", &owner.cookie, form).await;
        (answer.status(), text(answer).await)
    };
    let (short, why) = sets("password=short").await;
    assert!(short == StatusCode::UNPROCESSABLE_ENTITY && why.contains("at least 8 characters"), "{why}");
    let (_, set) = sets("password=correct+horse+battery").await;
    assert!(set.contains("The panel has your new password.") && !set.contains("correct horse"), "{set}");
    world.clock.advance(SignedDuration::from_secs(1));
    let (_, drawn) = sets("").await;
    let password = drawn.split("data-address>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(password.len(), 20, "{drawn}");
    world.pass("outbox").await;
    let told = world.app.mailer.kept().await;
    assert_eq!(told.iter().filter(|(_, subject, _)| subject.contains("password for the panel")).count(), 2);
    let rows = world.database.contents().await;
    assert!(rows.values().all(|rows| !rows.contains(&password) && !rows.contains("correct horse")));
    while sets("").await.0 == StatusCode::OK {}
    assert!(sets("").await.1.contains("The last password that was set for the panel counts."));
}

#[rstest]
#[tokio::test]
async fn whoever_hangs_up_or_hears_nothing_sets_no_panel_password_in_secret(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(true, false)] hangs_up: bool,
) {
    let world = World::new(engine).await;
    let owner = Owner::of(&world, "ada").await;
    // The panel takes it, and its answer is late or lost.
    world.panel.add_fault(
        FaultSpec::lasting(Fault::Timeout { outcome: Outcome::Kept, seconds: 0 })
            .on(On::call("PATCH", "/api/application/users/*")),
    );
    let form = world.form("/account/panel", &owner.cookie, "password=correct+horse+battery");
    match hangs_up {
        true => drop(tokio::time::timeout(std::time::Duration::from_millis(100), form).await),
        false => assert_eq!(form.await.status(), StatusCode::SERVICE_UNAVAILABLE),
    }
    let told = async || {
        world.pass("outbox").await;
        world.app.mailer.kept().await.iter().any(|(_, subject, _)| subject.contains("password for the panel"))
    };
    for _ in 0..100 {
        if told().await {
            return;
        }
        #[expect(clippy::disallowed_methods, reason = "what was begun goes on in a task of its own, in real time")]
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the owner is not told");
}

#[tokio::test]
async fn nobody_watches_so_many_orders_that_no_connection_is_left_for_others() {
    let world = World::new(Engine::Sqlite).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let (hers, his) = (world.opens(&ada, PLAN).await, world.opens(&bob, PLAN).await);
    let (her_cookie, his_cookie) = (world.sign_in(&ada).await, world.sign_in(&bob).await);
    let watches = async |bought: &Bought, cookie: &str| {
        let request = Request::get(format!("/orders/{}/events", bought.order)).header(header::COOKIE, cookie);
        world.send(request.body(axum::body::Body::empty()).unwrap()).await
    };
    let mut open = Vec::new();
    for _ in 0..8 {
        let answer = watches(&hers, &her_cookie).await;
        assert_eq!(answer.status(), StatusCode::OK);
        open.push(answer);
    }

    let refused = watches(&hers, &her_cookie).await;

    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "10");
    assert_eq!(watches(&his, &his_cookie).await.status(), StatusCode::OK);
    open.pop();
    assert_eq!(
        watches(&hers, &her_cookie).await.status(),
        StatusCode::OK,
        "a page that was closed gives its place back"
    );
}
