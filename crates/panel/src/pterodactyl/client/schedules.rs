//! Schedules and their tasks.

use super::IntoOurs;
use crate::control::{self, Cron, ScheduleSpec, ScheduleTask, TaskAction, TaskSpec};
use crate::error::plain;
use crate::pterodactyl::wire::{self, Rows, instant, number, shown, whole};
use crate::{PowerSignal, ScheduleId, TaskId};
use serde::Deserialize;
use serde_json::{Value, json};

/// Tasks of a schedule at most; the panel itself allows ten.
const MOST_TASKS: usize = 100;

#[derive(Deserialize)]
pub(super) struct Schedule {
    #[serde(deserialize_with = "number")]
    id: u64,
    #[serde(default, deserialize_with = "wire::text")]
    name: String,
    cron: Fields,
    is_active: bool,
    #[serde(default)]
    is_processing: bool,
    #[serde(default)]
    only_when_online: bool,
    #[serde(default)]
    last_run_at: Option<String>,
    #[serde(default)]
    next_run_at: Option<String>,
    #[serde(default)]
    relationships: Relationships,
}

#[derive(Deserialize)]
struct Fields {
    minute: String,
    hour: String,
    day_of_month: String,
    month: String,
    day_of_week: String,
}

#[derive(Deserialize, Default)]
struct Relationships {
    #[serde(default)]
    tasks: Option<Rows<Task>>,
}

#[derive(Deserialize)]
pub(super) struct Task {
    #[serde(deserialize_with = "number")]
    id: u64,
    #[serde(deserialize_with = "number")]
    sequence_id: u64,
    action: String,
    #[serde(default, deserialize_with = "wire::text")]
    payload: String,
    #[serde(deserialize_with = "number")]
    time_offset: u64,
    #[serde(default)]
    continue_on_failure: bool,
}

impl IntoOurs for Schedule {
    type Ours = control::Schedule;

    fn into_ours(self) -> Result<control::Schedule, String> {
        let field = |text: String| whole(text, 100, "a schedule's time");
        let cron = Cron {
            minute: field(self.cron.minute)?,
            hour: field(self.cron.hour)?,
            day_of_month: field(self.cron.day_of_month)?,
            month: field(self.cron.month)?,
            day_of_week: field(self.cron.day_of_week)?,
        };
        let tasks = self.relationships.tasks.map(|list| list.data).unwrap_or_default();
        if tasks.len() > MOST_TASKS {
            return Err(format!("a schedule of {} tasks", tasks.len()));
        }
        let tasks = tasks.into_iter().map(|item| item.attributes.into_ours());
        let mut tasks = tasks.collect::<Result<Vec<_>, _>>()?;
        tasks.sort_by_key(|task| task.place);
        Ok(control::Schedule {
            id: ScheduleId::new(self.id),
            spec: ScheduleSpec {
                name: shown(self.name, 191 * 4),
                cron,
                active: self.is_active,
                only_when_online: self.only_when_online,
            },
            running: self.is_processing,
            last_run_at: instant(self.last_run_at.as_deref()),
            next_run_at: instant(self.next_run_at.as_deref()),
            tasks,
        })
    }
}

impl IntoOurs for Task {
    type Ours = ScheduleTask;

    fn into_ours(self) -> Result<ScheduleTask, String> {
        let payload = shown(self.payload, 8000);
        let signal = PowerSignal::read(&payload);
        let action = match (self.action.as_str(), signal) {
            ("command", _) => TaskAction::Command(payload),
            ("backup", _) => TaskAction::Backup(payload),
            ("power", Some(signal)) => TaskAction::Power(signal),
            (other, _) => TaskAction::Other(plain(other, 40)),
        };
        let delay_seconds = u32::try_from(self.time_offset).map_err(|_| "a task waits for ever".to_owned())?;
        let spec = TaskSpec { action, delay_seconds, continue_on_failure: self.continue_on_failure };
        Ok(ScheduleTask { id: TaskId::new(self.id), place: self.sequence_id, spec })
    }
}

pub(super) fn body(schedule: &ScheduleSpec) -> Value {
    json!({
        "name": schedule.name,
        "minute": schedule.cron.minute,
        "hour": schedule.cron.hour,
        "day_of_month": schedule.cron.day_of_month,
        "month": schedule.cron.month,
        "day_of_week": schedule.cron.day_of_week,
        "is_active": schedule.active,
        "only_when_online": schedule.only_when_online,
    })
}

/// `None` for a word that this release does not know.
pub(super) fn task_body(task: &TaskSpec) -> Option<Value> {
    let (action, payload) = match &task.action {
        TaskAction::Command(line) => ("command", line.as_str()),
        TaskAction::Power(signal) => ("power", signal.word()),
        TaskAction::Backup(ignored) => ("backup", ignored.as_str()),
        TaskAction::Other(_) => return None,
    };
    Some(json!({
        "action": action,
        "payload": payload,
        "time_offset": task.delay_seconds,
        "continue_on_failure": task.continue_on_failure,
    }))
}
