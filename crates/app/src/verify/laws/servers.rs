//! Servers at the panel and the services that they are for.

use super::{Found, Law};
use crate::verify::books::Books;

/// A server with our mark has its service.
pub(super) fn s1(books: &Books<'_>, found: &mut Found) {
    for server in &books.evidence.panel.servers {
        let Some(external_id) = server.external_id.as_deref().filter(|id| books.is_marked(id)) else { continue };
        if books.service_of_server(external_id).is_none() {
            let text = format!(
                "The panel has a server {external_id} with our mark, and no service of ours has that name. Nobody pays for it, \
                 and it uses capacity. Make sure that nobody uses it, then delete it on the panel."
            );
            found.add(Law::S1, &server.uuid, "server.orphaned", text);
        }
    }
}

/// The name of every server is the one that its service gives it.
pub(super) fn s2(books: &Books<'_>, found: &mut Found) {
    let prefix = &books.evidence.ours.installation.prefix;
    for service in &books.evidence.ours.services {
        let expected = format!("{prefix}-svc-{}", service.id.as_str().trim_start_matches("svc_"));
        if service.external_id != expected {
            let text = format!("The service's server is called {}, and should be {expected}.", service.external_id);
            found.add(Law::S2, &service.id, "books.differ", text);
        }
    }
}

/// The panel itself refuses a second server of the same name; this looks all the same.
pub(super) fn s3(books: &Books<'_>, found: &mut Found) {
    for service in &books.evidence.ours.services {
        let servers = books.servers_named(&service.external_id);
        if servers.len() > 1 {
            let uuids: Vec<&str> = servers.iter().map(|server| server.uuid.as_str()).collect();
            let text = format!("The service has {} servers: {}. One was paid for.", servers.len(), uuids.join(", "));
            found.add(Law::S3, &service.id, "server.orphaned", text);
        }
    }
}
