//! Files and backups.

use crate::world::World;
use panel::control::{BackupState, FileKind, FileName, FilePath, MOST_TEXT, NewBackup, Restore};
use panel::{PanelError, ServerControl};

fn path(text: &str) -> FilePath {
    text.parse().unwrap()
}

fn name(text: &str) -> FileName {
    text.parse().unwrap()
}

async fn names(world: &World, folder: &str) -> Vec<String> {
    let shown = world.panel.list_files(&world.server, &path(folder)).await.unwrap();
    shown.entries.into_iter().map(|entry| entry.name).collect()
}

#[tokio::test]
async fn a_folder_shows_folders_first_and_a_file_says_what_was_written() {
    let world = World::new().await;
    let shown = world.panel.list_files(&world.server, &FilePath::root()).await.unwrap();
    let kinds: Vec<FileKind> = shown.entries.iter().map(|entry| entry.kind).collect();
    assert!(kinds.is_sorted() && kinds.contains(&FileKind::Folder) && kinds.contains(&FileKind::File), "{kinds:?}");
    assert_eq!(shown.total, shown.entries.len());
    let text = "line\r\n\t\u{202e}rtl 🎮\n";
    world.panel.save_file(&world.server, &path("/notes/a.txt"), text).await.unwrap();
    assert_eq!(world.read("/notes/a.txt").await, text);
    let missing = world.panel.read_file(&world.server, &path("none.txt")).await.unwrap_err();
    assert!(missing.is_missing_file() && !missing.is_missing(), "{missing}");
    let missing = world.panel.list_files(&world.server, &path("none")).await.unwrap_err();
    assert!(missing.is_missing_file(), "{missing}");
}

#[tokio::test]
async fn files_are_moved_copied_packed_unpacked_and_deleted() {
    let world = World::new().await;
    let (server, panel) = (&world.server, &world.panel);
    panel.create_folder(server, &FilePath::root(), &name("plugins")).await.unwrap();
    panel.save_file(server, &path("/plugins/a.yml"), "a: 1").await.unwrap();
    panel.move_file(server, &path("/plugins/a.yml"), &path("/plugins/old/b.yml")).await.unwrap();
    panel.copy_file(server, &path("/plugins/old/b.yml")).await.unwrap();
    assert_eq!(names(&world, "/plugins/old").await, ["b copy.yml", "b.yml"]);
    let archive = panel.compress_files(server, &path("/plugins"), &[name("old")]).await.unwrap();
    panel.delete_files(server, &path("/plugins"), &[name("old"), name("none")]).await.unwrap();
    assert_eq!(names(&world, "/plugins").await, [archive.name.as_str()]);
    let archive = path("/plugins").join(&name(&archive.name)).unwrap();
    panel.decompress_file(server, &archive).await.unwrap();
    assert_eq!(names(&world, "/plugins/old").await, ["b copy.yml", "b.yml"]);
    let taken = panel.move_file(server, &archive, &path("/plugins/old")).await.unwrap_err();
    assert!(taken.is_daemon() && !taken.is_missing_file(), "{taken}");
}

#[tokio::test]
async fn what_is_no_text_or_too_much_is_not_shown() {
    let world = World::new().await;
    let code = async |file: &str| match world.panel.read_file(&world.server, &path(file)).await {
        Err(PanelError::Refused { status: 0, problems, .. }) => problems[0].code.clone(),
        other => panic!("{other:?}"),
    };
    world.sim.write_file(1, "/zero.bin", "a\0b");
    assert_eq!(code("zero.bin").await, "NotText");
    world.sim.write_file(1, "/large.txt", &"x".repeat(MOST_TEXT + 1));
    assert_eq!(code("large.txt").await, "FileTooLarge");
    let refused = world.panel.save_file(&world.server, &path("a"), &"x".repeat(MOST_TEXT + 1)).await;
    assert!(matches!(refused, Err(PanelError::Refused { status: 0, .. })), "{refused:?}");
}

#[tokio::test]
async fn the_root_is_never_deleted_moved_or_written_over() {
    let world = World::new().await;
    let (server, panel, root) = (&world.server, &world.panel, FilePath::root());
    let nothing: [FileName; 0] = [];
    let many: Vec<FileName> = (0..201).map(|number| name(&number.to_string())).collect();
    for outcome in [
        panel.save_file(server, &root, "x").await,
        panel.move_file(server, &root, &path("a")).await,
        panel.move_file(server, &path("a"), &root).await,
        panel.copy_file(server, &root).await,
        panel.delete_files(server, &root, &nothing).await,
        panel.delete_files(server, &root, &many).await,
        panel.decompress_file(server, &root).await,
        panel.compress_files(server, &root, &nothing).await.map(drop),
        panel.download_address(server, &root).await.map(drop),
    ] {
        assert!(matches!(outcome, Err(PanelError::Refused { status: 0, .. })), "{outcome:?}");
    }
    assert!(world.asked.lock().unwrap().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn signed_addresses_are_given_out_and_not_written_down() {
    let world = World::new().await;
    let down = world.panel.download_address(&world.server, &path("server.properties")).await.unwrap();
    assert!(down.expose().starts_with("http://panel.sandbox.example/download/file?token="));
    assert!(!format!("{down:?}").contains("token="));
    let up = world.panel.upload_address(&world.server).await.unwrap();
    assert!(up.expose().starts_with("http://panel.sandbox.example/upload/file?token="));
}

#[tokio::test]
async fn a_backup_is_made_locked_restored_and_deleted() {
    let world = World::new().await;
    let (server, panel) = (&world.server, &world.panel);
    world.panel.save_file(server, &path("diary.txt"), "first").await.unwrap();
    let new = NewBackup { name: "Before".to_owned(), ignored: "*.jar\nlogs".to_owned(), locked: false };
    let made = panel.create_backup(server, &new).await.unwrap();
    assert_eq!((made.name.as_str(), made.state, made.locked), ("Before", BackupState::Running, false));
    assert!(panel.restore_backup(server, &made.id, Restore::Over).await.is_err(), "it is not done");
    world.pass(10);
    let second = panel.create_backup(server, &NewBackup::default()).await.unwrap();
    let often = panel.create_backup(server, &NewBackup::default()).await.unwrap_err();
    assert!(often.is_too_often() && !matches!(often, PanelError::NotNow { .. }), "{often}");
    world.pass(10);
    let listed = panel.list_backups(server).await.unwrap();
    assert_eq!(listed.iter().map(|it| &it.id).collect::<Vec<_>>(), [&made.id, &second.id]);
    assert!(matches!(listed[0].state, BackupState::Done { .. }) && listed[0].size_bytes > 0);
    for locked in [true, true, false, true] {
        assert_eq!(panel.set_backup_lock(server, &made.id, locked).await.unwrap().locked, locked);
    }
    assert!(matches!(panel.delete_backup(server, &made.id).await, Err(PanelError::Refused { status: 400, .. })));
    assert!(!panel.set_backup_lock(server, &made.id, false).await.unwrap().locked);
    assert!(panel.backup_address(server, &made.id).await.unwrap().expose().contains("/download/backup?token="));

    panel.save_file(server, &path("diary.txt"), "second").await.unwrap();
    panel.restore_backup(server, &made.id, Restore::Instead).await.unwrap();
    assert!(panel.list_backups(server).await.unwrap_err().is_conflict());
    world.pass(11);
    assert_eq!(world.read("diary.txt").await, "first");
    assert!(!names(&world, "/").await.contains(&"server.jar".to_owned()), "it was left out");
    for _ in 0..2 {
        panel.delete_backup(server, &made.id).await.unwrap();
    }
    world.pass(600);
    panel.create_backup(server, &NewBackup::default()).await.unwrap();
    world.pass(601);
    let full = panel.create_backup(server, &NewBackup::default()).await.unwrap_err();
    assert!(full.is_limit(), "{full}");
}
