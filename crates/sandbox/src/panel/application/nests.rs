//! Nests and eggs, read-only.

use crate::panel::access::Resource;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::listing::{APPLICATION, page};
use crate::panel::model::Nest;
use crate::panel::routes::Route;
use crate::panel::view::list;

const NESTS: Option<Resource> = Some(Resource::Nests);
const EGGS: Option<Resource> = Some(Resource::Eggs);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "nests", NESTS, index),
    Route::new("GET", "nests/{}", NESTS, read),
    Route::new("GET", "nests/{}/eggs", EGGS, eggs),
    Route::new("GET", "nests/{}/eggs/{}", EGGS, egg),
];

fn find(call: &Call<'_>) -> Result<Nest, Refusal> {
    let id = call.id(0)?;
    call.state.nests.get(&id).cloned().ok_or_else(Refusal::not_found)
}

fn index(call: &mut Call<'_>) -> Outcome {
    let nests: Vec<&Nest> = call.state.nests.values().collect();
    let (view, includes) = (call.view(), call.includes());
    page(call.request, APPLICATION, &nests, view, |nest| view.nest(nest, &includes))
}

fn read(call: &mut Call<'_>) -> Outcome {
    let nest = find(call)?;
    Ok(Reply::ok(call.view().nest(&nest, &call.includes())))
}

fn eggs(call: &mut Call<'_>) -> Outcome {
    let nest = find(call)?;
    let (view, includes) = (call.view(), call.includes());
    let eggs = call.state.eggs.values().filter(|egg| egg.nest == nest.id);
    Ok(Reply::ok(list(eggs.map(|egg| view.egg(egg, &includes)).collect())))
}

fn egg(call: &mut Call<'_>) -> Outcome {
    let (nest, id) = (find(call)?, call.id(1)?);
    let egg = call.state.eggs.get(&id).filter(|egg| egg.nest == nest.id).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(call.view().egg(egg, &call.includes())))
}
