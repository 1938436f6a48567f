//! Locations.

use crate::panel::access::Resource;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::listing::{APPLICATION, Filter, Sort, SortKey, page, part_of, select};
use crate::panel::model::Location;
use crate::panel::routes::Route;
use crate::panel::state::{State, fresh, text};

const LOCATIONS: Option<Resource> = Some(Resource::Locations);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "locations", LOCATIONS, index),
    Route::new("POST", "locations", LOCATIONS, create),
    Route::new("GET", "locations/{}", LOCATIONS, read),
    Route::new("PATCH", "locations/{}", LOCATIONS, update),
    Route::new("DELETE", "locations/{}", LOCATIONS, delete),
];

fn find(call: &Call<'_>) -> Result<Location, Refusal> {
    let id = call.id(0)?;
    call.state.locations.get(&id).cloned().ok_or_else(Refusal::not_found)
}

fn index(call: &mut Call<'_>) -> Outcome {
    let filters: [Filter<'_, Location>; 2] = [
        Filter { name: "short", passes: &|location, wanted| part_of(Some(&location.short), wanted) },
        Filter { name: "long", passes: &|location, wanted| part_of(location.long.as_deref(), wanted) },
    ];
    let sorts: [Sort<'_, Location>; 1] = [Sort { name: "id", key: &|location| SortKey::Number(location.id) }];
    let locations = select(call.request, call.state.locations.values(), &filters, &sorts)?;
    let (view, includes) = (call.view(), call.includes());
    page(call.request, APPLICATION, &locations, view, |location| view.location(location, &includes))
}

fn read(call: &mut Call<'_>) -> Outcome {
    let location = find(call)?;
    Ok(Reply::ok(call.view().location(&location, &call.includes())))
}

fn create(call: &mut Call<'_>) -> Outcome {
    call.check(
        &[("short", "required|string|between:1,60|unique:locations.short"), ("long", "nullable|string|between:1,191")],
        None,
    )?;
    let id = State::draw(&mut call.state.ids.location);
    let short = call.text("short").unwrap_or_default();
    let location = Location { id, short, long: call.text("long"), stamps: fresh(call.now) };
    call.state.locations.insert(id, location.clone());
    let address = format!("{}/api/application/locations/{id}", call.state.options.panel_url);
    Ok(Reply::created(call.view().location(&location, &call.includes()), address))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let mut location = find(call)?;
    let rules =
        [("short", "sometimes|string|between:1,60|unique:locations.short"), ("long", "nullable|string|between:1,191")];
    call.check(&rules, Some(location.id))?;
    if let Some(short) = call.text("short") {
        location.short = short;
    }
    if let Some(long) = call.body().get("long") {
        location.long = text(Some(long));
    }
    location.stamps.updated = call.now;
    call.state.locations.insert(location.id, location.clone());
    Ok(Reply::ok(call.view().location(&location, &call.includes())))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let location = find(call)?;
    if call.state.nodes.values().any(|node| node.location == location.id) {
        return Err(Refusal::new(400, "HasActiveNodesException", "The location still has nodes."));
    }
    call.state.locations.remove(&location.id);
    Ok(Reply::no_content())
}
