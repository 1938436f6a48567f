//! Schedules and their tasks.

use super::{note, usable};
use crate::panel::belongings::{Schedule, Task};
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::model::{RowId, Server};
use crate::panel::routes::Route;
use crate::panel::state::{State, flag, fresh};
use crate::panel::view::{instant, item, list};
use http::StatusCode;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers/{}/schedules", None, index),
    Route::new("POST", "servers/{}/schedules", None, create),
    Route::new("GET", "servers/{}/schedules/{}", None, read),
    Route::new("POST", "servers/{}/schedules/{}", None, update),
    Route::new("POST", "servers/{}/schedules/{}/execute", None, execute),
    Route::new("DELETE", "servers/{}/schedules/{}", None, delete),
    Route::new("POST", "servers/{}/schedules/{}/tasks", None, add_task),
    Route::new("POST", "servers/{}/schedules/{}/tasks/{}", None, update_task),
    Route::new("DELETE", "servers/{}/schedules/{}/tasks/{}", None, delete_task),
];

const RULES: &[(&str, &str)] = &[
    ("name", "required|string|max:191"),
    ("is_active", "sometimes|boolean"),
    ("only_when_online", "sometimes|boolean"),
    ("minute", "required|string"),
    ("hour", "required|string"),
    ("day_of_month", "required|string"),
    ("month", "required|string"),
    ("day_of_week", "required|string"),
];

const TASK_RULES: &[(&str, &str)] = &[
    ("action", "required|in:command,power,backup"),
    ("payload", "nullable|string"),
    ("time_offset", "required|numeric|min:0|max:900"),
    ("continue_on_failure", "sometimes|boolean"),
];

/// Tasks of a schedule at most.
const MOST_TASKS: usize = 10;

fn find(call: &Call<'_>) -> Result<(Server, Schedule), Refusal> {
    let (server, id) = (usable(call)?, call.id(1)?);
    let schedule = call.state.belongings.schedules.get(&id).filter(|it| it.server == server.id);
    Ok((server, schedule.cloned().ok_or_else(Refusal::not_found)?))
}

fn shown(schedule: &Schedule) -> Value {
    let [minute, hour, day, month, weekday] = &schedule.cron;
    let mut shown = item(
        "server_schedule",
        json!({
            "id": schedule.id,
            "name": schedule.name,
            "cron": { "day_of_week": weekday, "day_of_month": day, "month": month, "hour": hour, "minute": minute },
            "is_active": schedule.active,
            "is_processing": schedule.processing,
            "only_when_online": schedule.only_when_online,
            "last_run_at": schedule.last_run.map(instant),
            "next_run_at": schedule.next_run.map(instant),
            "created_at": instant(schedule.stamps.created),
            "updated_at": instant(schedule.stamps.updated),
        }),
    );
    shown["attributes"]["relationships"] = json!({ "tasks": list(schedule.tasks.iter().map(shown_task).collect()) });
    shown
}

fn shown_task(task: &Task) -> Value {
    item(
        "schedule_task",
        json!({
            "id": task.id,
            "sequence_id": task.sequence,
            "action": task.action,
            "payload": task.payload,
            "time_offset": task.offset,
            "is_queued": false,
            "continue_on_failure": task.continue_on_failure,
            "created_at": instant(task.stamps.created),
            "updated_at": instant(task.stamps.updated),
        }),
    )
}

fn index(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    Ok(Reply::ok(list(call.state.belongings.schedules_of(server.id).map(shown).collect())))
}

fn read(call: &mut Call<'_>) -> Outcome {
    let (_, schedule) = find(call)?;
    Ok(Reply::ok(shown(&schedule)))
}

/// Fills a row from the body; times that are none are refused.
fn fill(call: &Call<'_>, schedule: &mut Schedule) -> Result<(), Refusal> {
    call.check(RULES, None)?;
    schedule.name = call.text("name").unwrap_or_default();
    schedule.cron =
        ["minute", "hour", "day_of_month", "month", "day_of_week"].map(|name| call.text(name).unwrap_or_default());
    schedule.active = flag(call.field("is_active")).unwrap_or(true);
    schedule.only_when_online = flag(call.field("only_when_online")).unwrap_or(false);
    schedule.stamps.updated = call.now;
    let due = schedule.due_after(call.now);
    schedule.next_run = Some(due.ok_or_else(|| Refusal::display("These times are no crontab's."))?);
    Ok(())
}

fn save(call: &mut Call<'_>, server: &Server, schedule: Schedule, event: &'static str) -> Outcome {
    note(call, server, event, json!({ "name": schedule.name, "active": schedule.active }));
    let reply = Reply::ok(shown(&schedule));
    call.state.belongings.schedules.insert(schedule.id, schedule);
    Ok(reply)
}

fn create(call: &mut Call<'_>) -> Outcome {
    let server = usable(call)?;
    let mut schedule = Schedule {
        id: 0,
        server: server.id,
        name: String::new(),
        cron: Default::default(),
        active: true,
        only_when_online: false,
        processing: false,
        last_run: None,
        next_run: None,
        tasks: Vec::new(),
        stamps: fresh(call.now),
    };
    fill(call, &mut schedule)?;
    schedule.id = State::draw(&mut call.state.belongings.ids.schedule);
    save(call, &server, schedule, "server:schedule.create")
}

fn update(call: &mut Call<'_>) -> Outcome {
    let (server, mut schedule) = find(call)?;
    fill(call, &mut schedule)?;
    // Somebody who switches it off or on frees one that hangs.
    schedule.processing = false;
    call.state.belongings.steps.retain(|step| step.schedule != schedule.id);
    save(call, &server, schedule, "server:schedule.update")
}

fn execute(call: &mut Call<'_>) -> Outcome {
    let (server, schedule) = find(call)?;
    if !call.state.run_schedule(schedule.id, call.now, call.now) {
        return Err(Refusal::display("The schedule has no tasks."));
    }
    note(call, &server, "server:schedule.execute", json!({ "name": schedule.name }));
    Ok(Reply { status: StatusCode::ACCEPTED, ..Reply::ok(json!([])) })
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let (server, schedule) = find(call)?;
    call.state.belongings.schedules.remove(&schedule.id);
    note(call, &server, "server:schedule.delete", json!({ "name": schedule.name }));
    Ok(Reply::no_content())
}

/// What a task is to do, from the body.
fn read_task(call: &Call<'_>, server: &Server, task: Task) -> Result<Task, Refusal> {
    call.check(TASK_RULES, None)?;
    let (action, payload) = (call.text("action").unwrap_or_default(), call.text("payload").unwrap_or_default());
    if action != "backup" && payload.is_empty() {
        return Err(Refusal::rule("payload", "required_unless"));
    }
    if action == "backup" && server.features.backups == 0 {
        return Err(Refusal::new(403, "HttpForbiddenException", "The server may not have backups."));
    }
    let offset = call.number("time_offset").unwrap_or_default();
    let continue_on_failure = flag(call.field("continue_on_failure")).unwrap_or(false);
    Ok(Task { action, payload, offset, continue_on_failure, ..task })
}

fn add_task(call: &mut Call<'_>) -> Outcome {
    let (server, mut schedule) = find(call)?;
    if schedule.tasks.len() >= MOST_TASKS {
        return Err(Refusal::new(400, "ServiceLimitExceededException", "A schedule has ten tasks at most."));
    }
    let sequence = schedule.tasks.last().map_or(0, |task| task.sequence) + 1;
    let empty = Task {
        id: 0,
        sequence,
        action: String::new(),
        payload: String::new(),
        offset: 0,
        continue_on_failure: false,
        stamps: fresh(call.now),
    };
    let mut task = read_task(call, &server, empty)?;
    task.id = State::draw(&mut call.state.belongings.ids.task);
    let reply = Reply::ok(shown_task(&task));
    note(call, &server, "server:task.create", json!({ "name": schedule.name, "action": task.action }));
    schedule.tasks.push(task);
    call.state.belongings.schedules.insert(schedule.id, schedule);
    Ok(reply)
}

fn find_task(call: &Call<'_>) -> Result<(Server, Schedule, usize), Refusal> {
    let (server, schedule) = find(call)?;
    let id: RowId = call.id(2)?;
    let place = schedule.tasks.iter().position(|task| task.id == id).ok_or_else(Refusal::not_found)?;
    Ok((server, schedule, place))
}

fn update_task(call: &mut Call<'_>) -> Outcome {
    let (server, mut schedule, place) = find_task(call)?;
    let mut task = read_task(call, &server, schedule.tasks[place].clone())?;
    task.stamps.updated = call.now;
    let reply = Reply::ok(shown_task(&task));
    note(call, &server, "server:task.update", json!({ "name": schedule.name, "action": task.action }));
    schedule.tasks[place] = task;
    call.state.belongings.schedules.insert(schedule.id, schedule);
    Ok(reply)
}

/// Those behind it move up.
fn delete_task(call: &mut Call<'_>) -> Outcome {
    let (server, mut schedule, place) = find_task(call)?;
    schedule.tasks.remove(place);
    schedule.tasks.iter_mut().skip(place).for_each(|task| task.sequence -= 1);
    note(call, &server, "server:task.delete", json!({ "name": schedule.name }));
    call.state.belongings.schedules.insert(schedule.id, schedule);
    Ok(Reply::no_content())
}
