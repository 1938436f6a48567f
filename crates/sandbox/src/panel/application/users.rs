//! Accounts.

use crate::panel::access::Resource;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::listing::{APPLICATION, Filter, Sort, SortKey, page, part_of, select};
use crate::panel::model::{RowId, User};
use crate::panel::routes::Route;
use crate::panel::state::{Made, State, flag, fresh, leading_number, text};

const USERS: Option<Resource> = Some(Resource::Users);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "users", USERS, index),
    Route::new("POST", "users", USERS, create),
    Route::new("GET", "users/external/{}", USERS, by_external_id),
    Route::new("GET", "users/{}", USERS, read),
    Route::new("PATCH", "users/{}", USERS, update),
    Route::new("DELETE", "users/{}", USERS, delete),
];

const RULES: &[(&str, &str)] = &[
    ("email", "required|email|between:1,191|unique:users.email"),
    ("external_id", "sometimes|nullable|string|max:191|unique:users.external_id"),
    ("username", "required|between:1,191|unique:users.username|p_username"),
    ("first_name", "required|string|between:1,191"),
    ("last_name", "required|string|between:1,191"),
    ("password", "sometimes|nullable|string"),
    ("language", "sometimes|string|in:en"),
    ("root_admin", "sometimes|boolean"),
];

fn find(call: &Call<'_>) -> Result<User, Refusal> {
    let id: RowId = call.id(0)?;
    call.state.users.get(&id).cloned().ok_or_else(Refusal::not_found)
}

fn index(call: &mut Call<'_>) -> Outcome {
    let filters: [Filter<'_, User>; 4] = [
        Filter { name: "email", passes: &|user, wanted| part_of(Some(&user.email), wanted) },
        Filter { name: "uuid", passes: &|user, wanted| part_of(Some(&user.uuid), wanted) },
        Filter { name: "username", passes: &|user, wanted| part_of(Some(&user.username), wanted) },
        Filter { name: "external_id", passes: &|user, wanted| part_of(user.external_id.as_deref(), wanted) },
    ];
    let sorts: [Sort<'_, User>; 2] = [
        Sort { name: "id", key: &|user| SortKey::Number(user.id) },
        Sort { name: "uuid", key: &|user| SortKey::Text(user.uuid.clone()) },
    ];
    let users = select(call.request, call.state.users.values(), &filters, &sorts)?;
    let (view, includes) = (call.view(), call.includes());
    page(call.request, APPLICATION, &users, view, |user| view.user(user, &includes))
}

fn read(call: &mut Call<'_>) -> Outcome {
    let user = find(call)?;
    Ok(Reply::ok(call.view().user(&user, &call.includes())))
}

fn by_external_id(call: &mut Call<'_>) -> Outcome {
    let wanted = call.params[0].to_lowercase();
    let mut users = call.state.users.values();
    let user = users.find(|user| user.external_id.as_ref().is_some_and(|id| id.to_lowercase() == wanted));
    let user = user.cloned().ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(call.view().user(&user, &call.includes())))
}

fn create(call: &mut Call<'_>) -> Outcome {
    call.check(RULES, None)?;
    let id = State::draw(&mut call.state.ids.user);
    let user = User {
        id,
        external_id: call.text("external_id"),
        uuid: call.state.dice.uuid(),
        username: call.text("username").unwrap_or_default().to_lowercase(),
        email: call.text("email").unwrap_or_default(),
        first_name: call.text("first_name").unwrap_or_default(),
        last_name: call.text("last_name").unwrap_or_default(),
        language: call.text("language").unwrap_or_else(|| "en".to_owned()),
        root_admin: flag(call.field("root_admin")).unwrap_or(false),
        password: call.text("password"),
        stamps: fresh(call.now),
    };
    call.state.users.insert(id, user.clone());
    call.made.push(Made::User(id));
    let address = format!("{}/api/application/users/{id}", call.state.options.panel_url);
    Ok(Reply::created(call.view().user(&user, &call.includes()), address))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let mut user = find(call)?;
    call.check(RULES, Some(user.id))?;
    user.username = call.text("username").unwrap_or_default().to_lowercase();
    user.email = call.text("email").unwrap_or_default();
    user.first_name = call.text("first_name").unwrap_or_default();
    user.last_name = call.text("last_name").unwrap_or_default();
    if let Some(external_id) = call.body().get("external_id") {
        user.external_id = text(Some(external_id));
    }
    if let Some(language) = call.text("language") {
        user.language = language;
    }
    if let Some(root_admin) = flag(call.field("root_admin")) {
        user.root_admin = root_admin;
    }
    if let Some(password) = call.text("password") {
        user.password = Some(password);
    }
    user.stamps.updated = call.now;
    call.state.users.insert(user.id, user.clone());
    Ok(Reply::ok(call.view().user(&user, &call.includes())))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = leading_number(&call.params[0]).unwrap_or_default();
    let user = find(call)?;
    if call.state.servers.values().any(|server| server.user == id) {
        return Err(Refusal::display("The account still owns servers."));
    }
    call.state.keys.retain(|key| key.user != user.id);
    call.state.belongings.subusers.retain(|subuser| subuser.user != user.id);
    call.state.users.remove(&user.id);
    Ok(Reply::no_content())
}
