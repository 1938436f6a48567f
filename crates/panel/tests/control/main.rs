//! The real driver in a customer's hands, against a simulated panel that keeps what it is told.

mod console;
mod hostile;
mod storage;
mod world;

use domain::ids::{AccountId, Id};
use panel::control::{Cron, Passwords, ScheduleSpec, TaskAction, TaskSpec};
use panel::{AccountKey, AllocationId, NewPanelAccount, PanelDriver, PanelError, PowerSignal, ServerControl};
use sandbox::panel::{Fault, FaultSpec};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use world::World;

#[tokio::test]
async fn commands_reach_a_game_that_runs_and_no_other() {
    let world = World::new().await;
    let offline = world.panel.send_command(&world.server, "list").await.unwrap_err();
    assert!(offline.is_offline(), "{offline}");
    world.start().await;
    world.panel.send_command(&world.server, "say 🎮 مرحبا").await.unwrap();
    let log = world.read("/logs/latest.log").await;
    assert!(log.contains("[Server] 🎮 مرحبا"), "{log}");
    for odd in ["", "  ", "say a\nop mallory", "a\0b", &"x".repeat(4097)] {
        let refused = world.panel.send_command(&world.server, odd).await.unwrap_err();
        assert!(matches!(refused, PanelError::Refused { status: 0, .. }), "{odd:?}: {refused}");
    }
}

#[tokio::test]
async fn the_consoles_pass_is_that_of_the_server() {
    let world = World::new().await;
    let pass = world.panel.console_pass(&world.server).await.unwrap();
    assert!(pass.socket.starts_with("ws://panel.sandbox.example/api/servers/"), "{}", pass.socket);
    assert!(pass.socket.contains(&format!("/{}-", world.server)));
    assert_eq!(pass.origin, "http://panel.sandbox.example");
    let shown = format!("{pass:?}");
    assert!(!shown.contains(pass.token.expose_secret()), "{shown}");
}

#[tokio::test]
async fn the_way_to_files_over_sftp_is_told_even_to_those_who_are_suspended() {
    let world = World::new().await;
    world.suspend().await;
    let address = world.panel.sftp_address(&world.server).await.unwrap();
    assert_eq!((address.host.as_str(), address.port), ("127.0.0.1", 2022));
}

#[tokio::test]
async fn variables_are_shown_with_their_rules_and_kept_to_them() {
    let world = World::new().await;
    let variables = world.panel.list_variables(&world.server).await.unwrap();
    let jar = variables.iter().find(|variable| variable.env_variable == "SERVER_JARFILE").unwrap();
    assert!(jar.editable && jar.rules.contains("regex") && jar.value == "server.jar", "{jar:?}");
    let set = world.panel.set_variable(&world.server, "SERVER_JARFILE", "paper.jar").await.unwrap();
    assert_eq!((set.value.as_str(), set.default_value.as_str()), ("paper.jar", "server.jar"));
    let refused = world.panel.set_variable(&world.server, "SERVER_JARFILE", "../x").await.unwrap_err();
    let PanelError::Refused { status: 422, problems, .. } = refused else { panic!("{refused:?}") };
    assert_eq!((problems[0].field.as_deref(), problems[0].rule.as_deref()), (Some("value"), Some("regex")));
    assert!(world.panel.set_variable(&world.server, "DL_PATH", "x").await.is_err(), "customers do not see it");
}

#[tokio::test]
async fn a_schedule_is_made_changed_run_and_taken_away() {
    let world = World::new().await;
    world.start().await;
    let every = |text: &str| text.to_owned();
    let night = Cron {
        minute: every("30"),
        hour: every("4"),
        day_of_month: every("*"),
        month: every("*"),
        day_of_week: every("*"),
    };
    let mut spec = ScheduleSpec { name: "Night".to_owned(), cron: night, active: true, only_when_online: true };
    let made = world.panel.create_schedule(&world.server, &spec).await.unwrap();
    assert_eq!((&made.spec, made.tasks.len(), made.running), (&spec, 0, false));
    assert_eq!(made.next_run_at.map(|at| at.to_string()).as_deref(), Some("2026-11-25T04:30:00Z"));
    spec.cron.hour = "99".to_owned();
    let refused = world.panel.update_schedule(&world.server, made.id, &spec).await.unwrap_err();
    assert!(matches!(refused, PanelError::Refused { status: 400, .. }), "{refused}");
    let task = |action, delay_seconds| TaskSpec { action, delay_seconds, continue_on_failure: false };
    let first = world.panel.add_task(&world.server, made.id, &task(TaskAction::Command("say hi".to_owned()), 0)).await;
    let second = world.panel.add_task(&world.server, made.id, &task(TaskAction::Power(PowerSignal::Stop), 60)).await;
    assert_eq!((first.as_ref().unwrap().place, second.unwrap().place), (1, 2));
    let odd = task(TaskAction::Other("dance".to_owned()), 0);
    assert!(matches!(
        world.panel.add_task(&world.server, made.id, &odd).await,
        Err(PanelError::Refused { status: 0, .. })
    ));
    world.panel.run_schedule(&world.server, made.id).await.unwrap();
    world.pass(1);
    let listed = world.panel.list_schedules(&world.server).await.unwrap();
    assert!(listed[0].running && listed[0].tasks[1].spec == task(TaskAction::Power(PowerSignal::Stop), 60));
    assert!(world.read("/logs/latest.log").await.contains("[Server] hi"));
    for _ in 0..2 {
        world.panel.delete_task(&world.server, made.id, first.as_ref().unwrap().id).await.unwrap();
        world.panel.delete_schedule(&world.server, made.id).await.unwrap();
    }
    assert_eq!(world.panel.list_schedules(&world.server).await.unwrap(), []);
}

#[tokio::test]
async fn what_a_server_may_not_have_is_no_word_about_our_key() {
    let world = World::without_room().await;
    let spec = ScheduleSpec {
        name: "Night".to_owned(),
        cron: Cron {
            minute: "0".into(),
            hour: "0".into(),
            day_of_month: "1".into(),
            month: "1".into(),
            day_of_week: "*".into(),
        },
        active: false,
        only_when_online: false,
    };
    let schedule = world.panel.create_schedule(&world.server, &spec).await.unwrap().id;
    let backup = TaskSpec { action: TaskAction::Backup(String::new()), delay_seconds: 0, continue_on_failure: false };
    let refused = world.panel.add_task(&world.server, schedule, &backup).await.unwrap_err();
    assert!(matches!(refused, PanelError::Refused { status: 403, .. }), "{refused}");
    let refused = world.panel.create_backup(&world.server, &panel::control::NewBackup::default()).await.unwrap_err();
    assert!(refused.is_limit(), "{refused}");
    let refused = world.panel.create_database(&world.server, "shop", "%").await.unwrap_err();
    assert!(refused.is_limit(), "{refused}");
    let refused = world.panel.add_port(&world.server).await.unwrap_err();
    assert!(refused.is_switched_off(), "{refused}");
}

#[tokio::test]
async fn databases_come_with_passwords_only_when_these_are_asked_for() {
    let world = World::new().await;
    let made = world.panel.create_database(&world.server, "shop", "%").await.unwrap();
    let secret = made.password.as_ref().unwrap().expose_secret().to_owned();
    assert!(!format!("{made:?}").contains(&secret));
    let hidden = world.panel.list_databases(&world.server, Passwords::Hidden).await.unwrap();
    assert!(hidden[0].password.is_none() && hidden[0].name.ends_with("_shop") && hidden[0].port == 3306);
    let shown = world.panel.list_databases(&world.server, Passwords::Shown).await.unwrap();
    assert_eq!(shown[0].password.as_ref().unwrap().expose_secret(), secret);
    let rotated = world.panel.rotate_database_password(&world.server, &made.id).await.unwrap();
    assert_ne!(rotated.password.unwrap().expose_secret(), secret);
    let twice = world.panel.create_database(&world.server, "shop", "%").await.unwrap_err();
    assert!(twice.is_taken("database"), "{twice}");
    for _ in 0..2 {
        world.panel.delete_database(&world.server, &made.id).await.unwrap();
    }
}

#[tokio::test]
async fn somebody_is_invited_allowed_something_else_and_shown_out() {
    let world = World::new().await;
    let groups = world.panel.list_permissions().await.unwrap();
    let known: Vec<&str> = groups.iter().flat_map(|group| &group.permissions).map(|it| it.key.as_str()).collect();
    assert!(known.contains(&"control.start") && known.contains(&"file.read-content"), "{known:?}");
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    let friend =
        world.panel.invite_subuser(&world.server, "friend@example.test", &keys(&["control.start"])).await.unwrap();
    assert_eq!(
        (friend.email.as_str(), &friend.permissions),
        ("friend@example.test", &keys(&["control.start", "websocket.connect"]))
    );
    let again = world.panel.invite_subuser(&world.server, "friend@example.test", &keys(&["control.stop"])).await;
    assert!(matches!(again, Err(PanelError::Refused { status: 400, .. })), "{again:?}");
    let changed = world.panel.update_subuser(&world.server, &friend.id, &keys(&["file.read"])).await.unwrap();
    assert_eq!(world.panel.list_subusers(&world.server).await.unwrap(), [changed]);
    for _ in 0..2 {
        world.panel.delete_subuser(&world.server, &friend.id).await.unwrap();
    }
    assert_eq!(world.panel.list_subusers(&world.server).await.unwrap(), []);
}

#[tokio::test]
async fn ports_are_noted_made_the_default_one_and_given_back() {
    let world = World::new().await;
    let ports = world.panel.list_ports(&world.server).await.unwrap();
    let (first, second) = (ports[0].id, ports[1].id);
    assert!(ports[0].primary && !ports[1].primary);
    let noted = world.panel.set_port_note(&world.server, second, "voice").await.unwrap();
    assert_eq!(noted.note.as_deref(), Some("voice"));
    assert_eq!(world.panel.set_port_note(&world.server, second, "").await.unwrap().note, None);
    assert!(world.panel.set_primary_port(&world.server, second).await.unwrap().primary);
    let refused = world.panel.remove_port(&world.server, second).await.unwrap_err();
    assert!(matches!(refused, PanelError::Refused { status: 400, .. }), "{refused}");
    for _ in 0..2 {
        world.panel.remove_port(&world.server, first).await.unwrap();
    }
    let foreign = world.panel.set_primary_port(&world.server, AllocationId::new(40)).await.unwrap_err();
    assert!(foreign.is_missing(), "{foreign}");
}

#[tokio::test]
async fn what_was_done_can_be_read_page_by_page_latest_first() {
    let world = World::new().await;
    for turn in 0..60 {
        world.panel.rename_server(&world.server, &format!("Name {turn}")).await.unwrap();
        world.pass(1);
    }
    let first = world.panel.list_activity(&world.server, 1).await.unwrap();
    assert_eq!((first.lines.len(), first.pages), (50, 2));
    let line = &first.lines[0];
    assert_eq!(
        (line.event.as_str(), line.actor.as_deref(), line.by_api),
        ("server:settings.rename", Some("operator"), true)
    );
    assert_eq!(line.properties, [("old".to_owned(), "Name 58".to_owned()), ("new".to_owned(), "Name 59".to_owned())]);
    assert!(first.lines.is_sorted_by(|one, next| one.at >= next.at));
    assert_eq!(world.panel.list_activity(&world.server, 2).await.unwrap().page, 2);
    assert_eq!(world.panel.list_activity(&world.server, 9).await.unwrap().lines, []);
}

#[tokio::test]
async fn a_login_gets_another_password_and_keeps_the_rest_and_administrators_keep_theirs() {
    let world = World::new().await;
    let key = |number| AccountKey::new("shop", &AccountId::from_uuid(Uuid::from_u128(number))).unwrap();
    let account = NewPanelAccount {
        key: key(1),
        email: "ada@example.test".to_owned(),
        username: "ada.x1".to_owned(),
        first_name: "Ada".to_owned(),
        last_name: "Byron".to_owned(),
    };
    let made = world.panel.create_account(&account).await.unwrap();
    let secret = SecretString::from(" a pass phrase ");
    world.panel.set_account_password(&key(1), &secret).await.unwrap();
    assert!(world.sim.account_password("ada@example.test").unwrap().contains("a pass phrase"));
    assert_eq!(world.panel.find_account(&key(1)).await.unwrap().unwrap(), made);
    let nobody = world.panel.set_account_password(&key(2), &secret).await.unwrap_err();
    assert!(matches!(nobody, PanelError::Refused { status: 0, .. }), "{nobody}");
    world.panel.set_account_email(&key(1), "ada@other.test").await.unwrap();
    assert!(world.sim.account_password("ada@other.test").unwrap().contains("a pass phrase"), "it stays");
    world.panel.set_account_email(&key(1), "ada@example.test").await.unwrap();
    world.make_administrator(&made).await;
    let refused = world.panel.set_account_password(&key(1), &SecretString::from("other")).await.unwrap_err();
    assert!(matches!(refused, PanelError::Refused { status: 0, .. }), "{refused}");
    assert!(world.sim.account_password("ada@example.test").unwrap().contains("a pass phrase"));
}

#[tokio::test]
async fn each_kind_of_failure_is_told_apart() {
    let world = World::new().await;
    let list = async || world.panel.list_backups(&world.server).await;
    let make = async || world.panel.create_database(&world.server, "shop", "%").await;
    let once = |fault: Fault| world.sim.add_fault(FaultSpec::once(fault));
    once(Fault::Cut { after: true });
    assert!(matches!(make().await, Err(PanelError::OutcomeUnknown { .. })));
    assert_eq!(world.panel.list_databases(&world.server, Passwords::Hidden).await.unwrap().len(), 1, "it was made");
    once(Fault::Gateway { status: 502, after: false });
    assert!(matches!(list().await, Err(PanelError::OutcomeUnknown { .. })));
    once(Fault::RateLimited { retry_after: 5 });
    assert!(matches!(list().await, Err(PanelError::NotNow { status: 429, .. })));
    once(Fault::Forbidden);
    assert!(matches!(list().await, Err(PanelError::NotNow { status: 403, .. })));
    world.suspend().await;
    assert!(list().await.unwrap_err().is_conflict());
    assert!(world.panel.console_pass(&world.server).await.unwrap_err().is_conflict());
}
