//! What customers do with their servers, through the panel's Client API with an administrator's key. Every path begins with
//! [`Path::of_server`], and texts of customers stand in queries and bodies only.
//!
//! Not here: whether somebody may do it.

mod files;
mod people;
mod schedules;
mod storage;

use super::path::Path;
use super::{Pterodactyl, SHORT, USUAL, WAITED_FOR, refused, unreadable, wire};
use crate::control::{
    ActivityPage, Backup, ConsolePass, Directory, FileEntry, FileName, FilePath, MOST_NAMES, MOST_TEXT, MOST_UPLOAD,
    NewBackup, Passwords, PermissionGroup, Restore, Schedule, ScheduleSpec, ScheduleTask, ServerControl,
    ServerDatabase, ServerPort, SftpAddress, SignedUrl, StartupVariable, Subuser, TaskSpec, gone_is_fine,
};
use crate::{AllocationId, BackupId, DatabaseId, Identifier, Result, ScheduleId, SubuserId, TaskId};
use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// Rows of a list that comes in one piece, at most.
const MOST_ROWS: usize = 2000;
/// Backups a page: what the panel gives at most.
const BACKUPS: u64 = 50;
/// Lines of activity a page.
const LINES: u64 = 50;
/// Longest line for the console, in bytes.
const LONGEST_COMMAND: usize = 4096;
/// Longest value of a start variable, in bytes.
const LONGEST_VALUE: usize = 4000;

/// Turns a wire row into ours; what makes no sense is no answer.
trait IntoOurs {
    type Ours;
    fn into_ours(self) -> std::result::Result<Self::Ours, String>;
}

impl Pterodactyl {
    /// A list that the panel gives in one piece.
    async fn rows<W: IntoOurs + DeserializeOwned>(&self, call: &'static str, path: Path) -> Result<Vec<W::Ours>> {
        let list: wire::Rows<W> = self.exchange.get(call, path).await?;
        if list.data.len() > MOST_ROWS {
            return Err(unreadable(call, format!("a list of {} rows", list.data.len())));
        }
        let rows = list.data.into_iter().map(|item| item.attributes.into_ours());
        rows.collect::<std::result::Result<_, _>>().map_err(|problem| unreadable(call, problem))
    }

    /// A request whose answer is one thing.
    async fn one<W: IntoOurs + DeserializeOwned>(
        &self,
        call: &'static str,
        method: Method,
        path: Path,
        body: Option<&Value>,
        budget: Duration,
    ) -> Result<W::Ours> {
        let item: wire::Item<W> = self.exchange.send(call, method, path, body, budget).await?;
        item.attributes.into_ours().map_err(|problem| unreadable(call, problem))
    }

    async fn signed(&self, call: &'static str, path: Path) -> Result<SignedUrl> {
        self.one::<files::Signed>(call, Method::GET, path, None, SHORT).await
    }

    async fn post(&self, call: &'static str, path: Path, body: &Value) -> Result<()> {
        self.exchange.act(call, Method::POST, path, Some(body), USUAL).await
    }

    /// Removes something; what is gone already is fine.
    async fn remove(&self, call: &'static str, path: Path) -> Result<()> {
        gone_is_fine(self.exchange.act(call, Method::DELETE, path, None, USUAL).await)
    }
}

fn files(server: &Identifier, call: &'static str) -> Path {
    Path::of_server(server).join("files").join(call)
}

fn backup_at(server: &Identifier, backup: &BackupId) -> Path {
    Path::of_server(server).join("backups").join(backup.as_str())
}

fn schedule_at(server: &Identifier, schedule: ScheduleId) -> Path {
    Path::of_server(server).join("schedules").number(schedule.get())
}

fn port_at(server: &Identifier, port: AllocationId) -> Path {
    Path::of_server(server).join("network").join("allocations").number(port.get())
}

/// Names for one call; none at all would mean the folder itself to some daemons.
fn some_names(call: &'static str, names: &[FileName]) -> Result<Vec<String>> {
    if names.is_empty() || names.len() > MOST_NAMES {
        let detail = format!("one call is about 1 to {MOST_NAMES} files, not {}", names.len());
        return Err(refused(call, "FileCount", &detail));
    }
    Ok(names.iter().map(|name| name.as_str().to_owned()).collect())
}

/// The folder and the name of something that is not the root.
fn inside(call: &'static str, path: &FilePath) -> Result<(FilePath, FileName)> {
    let parts = path.folder().zip(path.name().cloned());
    parts.ok_or_else(|| refused(call, "Root", "the root of a server's files is no file"))
}

#[async_trait]
impl ServerControl for Pterodactyl {
    async fn send_command(&self, server: &Identifier, command: &str) -> Result<()> {
        let call = "send_command";
        if command.trim().is_empty() || command.len() > LONGEST_COMMAND || command.contains(char::is_control) {
            return Err(refused(call, "Command", "a command is one line of text"));
        }
        let path = Path::of_server(server).join("command");
        self.exchange.act(call, Method::POST, path, Some(&json!({"command": command})), SHORT).await
    }

    async fn console_pass(&self, server: &Identifier) -> Result<ConsolePass> {
        let call = "console_pass";
        let pass: people::Pass = self.exchange.get(call, Path::of_server(server).join("websocket")).await?;
        pass.into_ours(server, self.exchange.root()).map_err(|problem| unreadable(call, problem))
    }

    async fn sftp_address(&self, server: &Identifier) -> Result<SftpAddress> {
        self.one::<people::View>("sftp_address", Method::GET, Path::of_server(server), None, SHORT).await
    }

    async fn rename_server(&self, server: &Identifier, name: &str) -> Result<()> {
        let path = Path::of_server(server).join("settings").join("rename");
        self.post("rename_server", path, &json!({"name": name})).await
    }

    async fn list_variables(&self, server: &Identifier) -> Result<Vec<StartupVariable>> {
        self.rows::<people::Variable>("list_variables", Path::of_server(server).join("startup")).await
    }

    async fn set_variable(&self, server: &Identifier, env_variable: &str, value: &str) -> Result<StartupVariable> {
        let call = "set_variable";
        if value.len() > LONGEST_VALUE {
            return Err(refused(call, "Value", "the value is too long"));
        }
        let path = Path::of_server(server).join("startup").join("variable");
        let body = json!({"key": env_variable, "value": value});
        self.one::<people::Variable>(call, Method::PUT, path, Some(&body), USUAL).await
    }

    async fn list_files(&self, server: &Identifier, folder: &FilePath) -> Result<Directory> {
        let call = "list_files";
        let path = files(server, "list").with("directory", &folder.to_string());
        let list: wire::Rows<files::Entry> = self.exchange.get(call, path).await?;
        Ok(files::directory(list))
    }

    async fn read_file(&self, server: &Identifier, file: &FilePath) -> Result<String> {
        let call = "read_file";
        let bytes = self.exchange.read(call, files(server, "contents").with("file", &file.to_string())).await?;
        if bytes.len() > MOST_TEXT {
            return Err(refused(call, "FileTooLarge", "the file is too large to be shown as text"));
        }
        let text = String::from_utf8(bytes.into()).ok().filter(|text| !text.contains('\0'));
        text.ok_or_else(|| refused(call, "NotText", "the file is no text"))
    }

    async fn save_file(&self, server: &Identifier, file: &FilePath, text: &str) -> Result<()> {
        let call = "save_file";
        inside(call, file)?;
        if text.len() > MOST_TEXT {
            return Err(refused(call, "FileTooLarge", "the text is too long"));
        }
        let text = Bytes::from(text.to_owned());
        self.exchange.write(call, files(server, "write").with("file", &file.to_string()), text).await
    }

    async fn upload_file(&self, server: &Identifier, file: &FilePath, content: Bytes) -> Result<()> {
        let call = "upload_file";
        inside(call, file)?;
        if content.len() > MOST_UPLOAD {
            return Err(refused(call, "FileTooLarge", "the file is too large"));
        }
        self.exchange.write(call, files(server, "write").with("file", &file.to_string()), content).await
    }

    async fn move_file(&self, server: &Identifier, from: &FilePath, to: &FilePath) -> Result<()> {
        let call = "move_file";
        inside(call, from)?;
        inside(call, to)?;
        let body = json!({"root": "/", "files": [{"from": from.below_root(), "to": to.below_root()}]});
        self.exchange.act(call, Method::PUT, files(server, "rename"), Some(&body), USUAL).await
    }

    async fn copy_file(&self, server: &Identifier, file: &FilePath) -> Result<()> {
        inside("copy_file", file)?;
        self.post("copy_file", files(server, "copy"), &json!({"location": file.to_string()})).await
    }

    async fn delete_files(&self, server: &Identifier, folder: &FilePath, names: &[FileName]) -> Result<()> {
        let names = some_names("delete_files", names)?;
        let body = json!({"root": folder.to_string(), "files": names});
        self.post("delete_files", files(server, "delete"), &body).await
    }

    async fn create_folder(&self, server: &Identifier, folder: &FilePath, name: &FileName) -> Result<()> {
        let body = json!({"root": folder.to_string(), "name": name.as_str()});
        self.post("create_folder", files(server, "create-folder"), &body).await
    }

    async fn compress_files(&self, server: &Identifier, folder: &FilePath, names: &[FileName]) -> Result<FileEntry> {
        let call = "compress_files";
        let names = some_names(call, names)?;
        let body = json!({"root": folder.to_string(), "files": names});
        self.one::<files::Entry>(call, Method::POST, files(server, "compress"), Some(&body), WAITED_FOR).await
    }

    async fn decompress_file(&self, server: &Identifier, archive: &FilePath) -> Result<()> {
        let call = "decompress_file";
        let (folder, name) = inside(call, archive)?;
        let body = json!({"root": folder.to_string(), "file": name.as_str()});
        self.exchange.act(call, Method::POST, files(server, "decompress"), Some(&body), WAITED_FOR).await
    }

    async fn download_address(&self, server: &Identifier, file: &FilePath) -> Result<SignedUrl> {
        inside("download_address", file)?;
        self.signed("download_address", files(server, "download").with("file", &file.to_string())).await
    }

    async fn upload_address(&self, server: &Identifier) -> Result<SignedUrl> {
        self.signed("upload_address", files(server, "upload")).await
    }

    async fn list_backups(&self, server: &Identifier) -> Result<Vec<Backup>> {
        let (call, path) = ("list_backups", Path::of_server(server).join("backups"));
        let rows = self.exchange.list_pages(call, path, BACKUPS, |row: &storage::Backup| row.uuid.clone()).await?;
        let backups = rows.into_iter().map(IntoOurs::into_ours).collect::<std::result::Result<Vec<_>, _>>();
        let mut backups = backups.map_err(|problem| unreadable(call, problem))?;
        backups.sort_by_key(|backup| backup.created_at);
        Ok(backups)
    }

    async fn create_backup(&self, server: &Identifier, backup: &NewBackup) -> Result<Backup> {
        let body = json!({"name": backup.name, "ignored": backup.ignored, "is_locked": backup.locked});
        let path = Path::of_server(server).join("backups");
        self.one::<storage::Backup>("create_backup", Method::POST, path, Some(&body), USUAL).await
    }

    async fn delete_backup(&self, server: &Identifier, backup: &BackupId) -> Result<()> {
        self.remove("delete_backup", backup_at(server, backup)).await
    }

    async fn set_backup_lock(&self, server: &Identifier, backup: &BackupId, locked: bool) -> Result<Backup> {
        let (call, path) = ("set_backup_lock", backup_at(server, backup));
        let found = self.one::<storage::Backup>(call, Method::GET, path.clone(), None, SHORT).await?;
        if found.locked == locked {
            return Ok(found);
        }
        self.one::<storage::Backup>(call, Method::POST, path.join("lock"), None, USUAL).await
    }

    async fn restore_backup(&self, server: &Identifier, backup: &BackupId, how: Restore) -> Result<()> {
        let body = json!({"truncate": how == Restore::Instead});
        self.post("restore_backup", backup_at(server, backup).join("restore"), &body).await
    }

    async fn backup_address(&self, server: &Identifier, backup: &BackupId) -> Result<SignedUrl> {
        self.signed("backup_address", backup_at(server, backup).join("download")).await
    }

    async fn list_schedules(&self, server: &Identifier) -> Result<Vec<Schedule>> {
        self.rows::<schedules::Schedule>("list_schedules", Path::of_server(server).join("schedules")).await
    }

    async fn create_schedule(&self, server: &Identifier, schedule: &ScheduleSpec) -> Result<Schedule> {
        let (path, body) = (Path::of_server(server).join("schedules"), schedules::body(schedule));
        self.one::<schedules::Schedule>("create_schedule", Method::POST, path, Some(&body), USUAL).await
    }

    async fn update_schedule(&self, server: &Identifier, id: ScheduleId, schedule: &ScheduleSpec) -> Result<Schedule> {
        let (path, body) = (schedule_at(server, id), schedules::body(schedule));
        self.one::<schedules::Schedule>("update_schedule", Method::POST, path, Some(&body), USUAL).await
    }

    async fn delete_schedule(&self, server: &Identifier, id: ScheduleId) -> Result<()> {
        self.remove("delete_schedule", schedule_at(server, id)).await
    }

    async fn run_schedule(&self, server: &Identifier, id: ScheduleId) -> Result<()> {
        self.exchange.act("run_schedule", Method::POST, schedule_at(server, id).join("execute"), None, USUAL).await
    }

    async fn add_task(&self, server: &Identifier, schedule: ScheduleId, task: &TaskSpec) -> Result<ScheduleTask> {
        let call = "add_task";
        let body = schedules::task_body(task).ok_or_else(|| refused(call, "Action", "no such action is known"))?;
        let path = schedule_at(server, schedule).join("tasks");
        self.one::<schedules::Task>(call, Method::POST, path, Some(&body), USUAL).await
    }

    async fn delete_task(&self, server: &Identifier, schedule: ScheduleId, task: TaskId) -> Result<()> {
        self.remove("delete_task", schedule_at(server, schedule).join("tasks").number(task.get())).await
    }

    async fn list_databases(&self, server: &Identifier, passwords: Passwords) -> Result<Vec<ServerDatabase>> {
        let path = Path::of_server(server).join("databases");
        let path = match passwords {
            Passwords::Hidden => path,
            Passwords::Shown => path.with("include", "password"),
        };
        self.rows::<storage::Database>("list_databases", path).await
    }

    async fn create_database(&self, server: &Identifier, name: &str, connections_from: &str) -> Result<ServerDatabase> {
        let path = Path::of_server(server).join("databases");
        let body = json!({"database": name, "remote": connections_from});
        self.one::<storage::Database>("create_database", Method::POST, path, Some(&body), USUAL).await
    }

    async fn rotate_database_password(&self, server: &Identifier, database: &DatabaseId) -> Result<ServerDatabase> {
        let path = Path::of_server(server).join("databases").join(database.as_str()).join("rotate-password");
        self.one::<storage::Database>("rotate_database_password", Method::POST, path, None, USUAL).await
    }

    async fn delete_database(&self, server: &Identifier, database: &DatabaseId) -> Result<()> {
        self.remove("delete_database", Path::of_server(server).join("databases").join(database.as_str())).await
    }

    async fn list_subusers(&self, server: &Identifier) -> Result<Vec<Subuser>> {
        self.rows::<people::Subuser>("list_subusers", Path::of_server(server).join("users")).await
    }

    async fn invite_subuser(&self, server: &Identifier, email: &str, permissions: &[String]) -> Result<Subuser> {
        let path = Path::of_server(server).join("users");
        let body = json!({"email": email, "permissions": permissions});
        self.one::<people::Subuser>("invite_subuser", Method::POST, path, Some(&body), USUAL).await
    }

    async fn update_subuser(&self, server: &Identifier, id: &SubuserId, permissions: &[String]) -> Result<Subuser> {
        let path = Path::of_server(server).join("users").join(id.as_str());
        let body = json!({"permissions": permissions});
        self.one::<people::Subuser>("update_subuser", Method::POST, path, Some(&body), USUAL).await
    }

    async fn delete_subuser(&self, server: &Identifier, id: &SubuserId) -> Result<()> {
        self.remove("delete_subuser", Path::of_server(server).join("users").join(id.as_str())).await
    }

    async fn list_permissions(&self) -> Result<Vec<PermissionGroup>> {
        let all = self.one::<people::Permissions>("list_permissions", Method::GET, Path::of_permissions(), None, SHORT);
        all.await
    }

    async fn list_ports(&self, server: &Identifier) -> Result<Vec<ServerPort>> {
        let path = Path::of_server(server).join("network").join("allocations");
        self.rows::<storage::Port>("list_ports", path).await
    }

    async fn set_primary_port(&self, server: &Identifier, port: AllocationId) -> Result<ServerPort> {
        let path = port_at(server, port).join("primary");
        self.one::<storage::Port>("set_primary_port", Method::POST, path, None, USUAL).await
    }

    async fn set_port_note(&self, server: &Identifier, port: AllocationId, note: &str) -> Result<ServerPort> {
        let body = json!({"notes": note});
        self.one::<storage::Port>("set_port_note", Method::POST, port_at(server, port), Some(&body), USUAL).await
    }

    async fn add_port(&self, server: &Identifier) -> Result<ServerPort> {
        let path = Path::of_server(server).join("network").join("allocations");
        self.one::<storage::Port>("add_port", Method::POST, path, None, USUAL).await
    }

    async fn remove_port(&self, server: &Identifier, port: AllocationId) -> Result<()> {
        self.remove("remove_port", port_at(server, port)).await
    }

    async fn list_activity(&self, server: &Identifier, page: u32) -> Result<ActivityPage> {
        let call = "list_activity";
        let path = Path::of_server(server).join("activity").with("sort", "-timestamp").with("include", "actor");
        let path = path.with("per_page", &LINES.to_string()).with("page", &page.max(1).to_string());
        let list: wire::List<people::Line> = self.exchange.get(call, path).await?;
        people::activity(list, page).map_err(|problem| unreadable(call, problem))
    }
}

/// A row that cannot be read, with the thing's name in front.
fn about<T, E: std::fmt::Display>(what: &str, read: std::result::Result<T, E>) -> std::result::Result<T, String> {
    read.map_err(|error| format!("{what}: {error}"))
}
