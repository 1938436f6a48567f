//! Signing up, in and out, passwords, second factors, API keys: the pages. What the first of them do is in [`flow`].

mod api_keys;
mod confirm;
mod data;
pub mod device;
mod erase;
pub(in crate::web) mod factor;
pub(in crate::web) mod factors;
pub mod flow;
mod mails;
pub(in crate::web) mod next;
pub(in crate::web) mod notices;
mod panel;
mod passkeys;
mod profile;
mod reset;
mod security;
pub mod sessions;
mod sign_in;
mod sign_up;
mod tabs;

use crate::web::registry::{Policy, Routes};
use axum::routing::{MethodRouter, get, post};
use http::Method;

pub(super) fn routes(routes: Routes) -> Routes {
    let routes = signing_in(routes);
    let routes = second_step(routes);
    own_account(routes)
}

type Handler = MethodRouter<crate::app::App>;

fn page(routes: Routes, path: &'static str, policy: Policy, document: &'static str, handler: Handler) -> Routes {
    routes.page(Method::GET, path, policy, document, handler)
}

fn form(routes: Routes, path: &'static str, policy: Policy, document: &'static str, handler: Handler) -> Routes {
    routes.page(Method::POST, path, policy, document, handler)
}

fn script(routes: Routes, path: &'static str, policy: Policy, document: &'static str, handler: Handler) -> Routes {
    routes.script(path, policy, document, handler)
}

fn signing_in(routes: Routes) -> Routes {
    use Policy::{Public, Session};
    let routes = page(routes, "/signup", Public, "The form for a new account.", get(sign_up::show));
    let routes = form(routes, "/signup", Public, "Signs up; a code is sent.", post(sign_up::submit));
    let routes = form(routes, "/verify", Public, "Proves the address by the code.", post(sign_up::verify));
    let routes =
        page(routes, "/verify", Public, "Where a code came from a mail, but its form is gone.", get(sign_up::lost));
    let routes = page(routes, "/login", Public, "The form to sign in.", get(sign_in::show));
    let routes = form(routes, "/login", Public, "Checks the password.", post(sign_in::submit));
    let routes = script(
        routes,
        "/login/passkey/begin",
        Public,
        "Begins a sign-in with a passkey alone.",
        post(factor::begin_sign_in),
    );
    let routes =
        script(routes, "/login/passkey/finish", Public, "Signs in with a passkey alone.", post(factor::finish_sign_in));
    let routes = form(routes, "/logout", Session, "Signs out.", post(sign_in::leave));
    let routes = page(routes, "/reset", Public, "The form to ask for another password.", get(reset::show));
    let routes = form(routes, "/reset", Public, "Sends a link, if the address has an account.", post(reset::ask));
    let routes = page(routes, "/reset/{secret}", Public, "The form for another password.", get(reset::show_new));
    form(routes, "/reset/{secret}", Public, "Sets another password.", post(reset::set))
}

fn second_step(routes: Routes) -> Routes {
    use Policy::{HalfSession, Session};
    let routes = page(routes, "/login/factor", HalfSession, "The form for the second factor.", get(factor::show));
    let routes = form(routes, "/login/factor", HalfSession, "Checks the second factor.", post(factor::submit));
    let routes = form(
        routes,
        "/login/factor/app",
        HalfSession,
        "Sets up an app at the first sign-in.",
        post(factor::set_up_app),
    );
    let routes = script(
        routes,
        "/login/factor/passkey/begin",
        HalfSession,
        "Begins a proof by passkey.",
        post(factor::begin_passkey),
    );
    let routes = script(
        routes,
        "/login/factor/passkey/finish",
        HalfSession,
        "Completes a sign-in by passkey.",
        post(factor::finish_passkey),
    );
    let routes = script(
        routes,
        "/login/factor/passkey/new/begin",
        HalfSession,
        "Begins to make a passkey at the first sign-in.",
        post(factor::begin_new_passkey),
    );
    let routes = script(
        routes,
        "/login/factor/passkey/new/finish",
        HalfSession,
        "Makes a passkey at the first sign-in.",
        post(factor::finish_new_passkey),
    );
    let routes = page(routes, "/confirm", Session, "The form that asks again who one is.", get(confirm::show));
    let routes = form(routes, "/confirm", Session, "Confirms by password and code.", post(confirm::submit));
    let routes = script(
        routes,
        "/confirm/passkey/begin",
        Session,
        "Begins to confirm by passkey.",
        post(confirm::begin_passkey),
    );
    script(routes, "/confirm/passkey/finish", Session, "Confirms by passkey.", post(confirm::finish_passkey))
}

fn own_account(routes: Routes) -> Routes {
    use Policy::{Confirmed, OwnApiKey, OwnPasskey, OwnSession, Session};
    let routes = page(routes, "/account/profile", Session, "The visitor's name and address.", get(profile::show));
    let routes = form(routes, "/account/profile", Session, "Sets another name.", post(profile::rename));
    let routes = form(routes, "/account/email", Confirmed, "Sends a code to another address.", post(profile::ask));
    let routes =
        form(routes, "/account/email/confirm", Session, "Takes over the address by its code.", post(profile::confirm));
    let routes = form(routes, "/account/email/forget", Session, "Keeps the address.", post(profile::forget));
    let routes = page(routes, "/account/security", Session, "Password, second factors, sign-ins.", get(security::show));
    let routes =
        form(routes, "/account/password", Confirmed, "Sets another password.", post(security::change_password));
    let routes = form(routes, "/account/app", Confirmed, "Shows what an app needs.", post(security::offer_app));
    let routes = form(routes, "/account/app/confirm", Confirmed, "Switches an app on.", post(security::confirm_app));
    let routes = form(routes, "/account/app/remove", Confirmed, "Switches the app off.", post(security::remove_app));
    let routes = form(
        routes,
        "/account/recovery-codes",
        Confirmed,
        "Makes new recovery codes.",
        post(security::new_recovery_codes),
    );
    let routes = script(
        routes,
        "/account/passkeys/begin",
        Confirmed,
        "Begins to make a passkey.",
        post(security::begin_passkey),
    );
    let routes =
        script(routes, "/account/passkeys/finish", Confirmed, "Keeps a passkey.", post(security::finish_passkey));
    let routes = form(
        routes,
        "/account/passkeys/{passkey}/remove",
        OwnPasskey,
        "Removes a passkey.",
        post(security::remove_passkey),
    );
    let routes =
        form(routes, "/account/sessions/{session}/end", OwnSession, "Ends a sign-in.", post(security::end_session));
    let routes = form(
        routes,
        "/account/sessions/end-others",
        Session,
        "Ends all other sign-ins.",
        post(security::end_other_sessions),
    );
    let routes = page(routes, "/account/api-keys", Session, "Keys for programs.", get(api_keys::show));
    let routes = form(routes, "/account/api-keys", Confirmed, "Makes a key.", post(api_keys::make));
    let routes = page(routes, "/account/panel", Session, "The visitor's login at the panel.", get(panel::show));
    let routes =
        form(routes, "/account/panel", Confirmed, "Sets another password for the panel.", post(panel::set_password));
    let routes = page(routes, "/account/mails", Session, "Which mails the visitor wants.", get(mails::show));
    let routes = form(routes, "/account/mails", Session, "Remembers which mails are wanted.", post(mails::save));
    let routes = page(routes, "/account/data", Session, "What is kept about the visitor.", get(data::show));
    let routes = form(routes, "/account/export", Confirmed, "A copy of the visitor's data.", post(data::export));
    let routes =
        form(routes, "/account/erase", Confirmed, "Asks for the erasure of the visitor's data.", post(erase::erase));
    form(routes, "/account/api-keys/{key}/revoke", OwnApiKey, "Revokes a key.", post(api_keys::revoke))
}
