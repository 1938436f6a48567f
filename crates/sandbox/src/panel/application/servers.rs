//! Reading servers.

use crate::panel::access::Resource;
use crate::panel::call::{Call, Outcome};
use crate::panel::exchange::{Refusal, Reply};
use crate::panel::listing::{APPLICATION, Filter, Sort, SortKey, page, part_of, select};
use crate::panel::model::Server;
use crate::panel::routes::Route;

const SERVERS: Option<Resource> = Some(Resource::Servers);

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "servers", SERVERS, index),
    Route::new("GET", "servers/external/{}", SERVERS, by_external_id),
    Route::new("GET", "servers/{}", SERVERS, read),
];

fn index(call: &mut Call<'_>) -> Outcome {
    let filters: [Filter<'_, Server>; 6] = [
        Filter { name: "uuid", passes: &|it, wanted| part_of(Some(&it.uuid), wanted) },
        Filter { name: "uuidShort", passes: &|it, wanted| part_of(Some(it.identifier()), wanted) },
        Filter { name: "name", passes: &|it, wanted| part_of(Some(&it.name), wanted) },
        Filter { name: "description", passes: &|it, wanted| part_of(Some(&it.description), wanted) },
        Filter { name: "image", passes: &|it, wanted| part_of(Some(&it.image), wanted) },
        Filter { name: "external_id", passes: &|it, wanted| part_of(it.external_id.as_deref(), wanted) },
    ];
    let sorts: [Sort<'_, Server>; 2] = [
        Sort { name: "id", key: &|it| SortKey::Number(it.id) },
        Sort { name: "uuid", key: &|it| SortKey::Text(it.uuid.clone()) },
    ];
    let visible = call.state.servers.values().filter(|it| call.state.visible(it.id, call.now).is_some());
    let servers = select(call.request, visible, &filters, &sorts)?;
    let (view, includes) = (call.view(), call.includes());
    page(call.request, APPLICATION, &servers, view, |it| view.server(it, &includes))
}

fn show(call: &Call<'_>, server: &Server) -> Outcome {
    let includes = call.includes();
    if includes.get("transfer").is_some() {
        return Err(Refusal::unexpected("TypeError"));
    }
    Ok(Reply::ok(call.view().server(server, &includes)))
}

fn read(call: &mut Call<'_>) -> Outcome {
    let server = call.server()?;
    show(call, &server)
}

fn by_external_id(call: &mut Call<'_>) -> Outcome {
    let wanted = call.params[0].to_lowercase();
    let mut servers = call.state.servers.values();
    let server = servers.find(|it| it.external_id.as_ref().is_some_and(|id| id.to_lowercase() == wanted));
    let id = server.map(|it| it.id).ok_or_else(Refusal::not_found)?;
    let server = call.state.visible(id, call.now).cloned().ok_or_else(Refusal::not_found)?;
    show(call, &server)
}
