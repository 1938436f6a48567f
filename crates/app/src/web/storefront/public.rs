//! What everybody may see of a server whose owner shows it: a page, a picture to embed, and the same for programs. All of it is what was
//! last seen; nobody asks the panel because a stranger came by.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Visitor;
use crate::web::errors::{ApiError, PageError, Public};
use crate::web::headers::Embeddable;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::provision::Power;
use domain::public_page::{Channel, DiscordInvite, Slug};
use http::header;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::borrow::Cow;
use store::public_pages::{self, PublicPage};
use store::services::Service;

/// Past this nobody knows what the server does.
const TOO_OLD: SignedDuration = SignedDuration::from_mins(15);
/// How long others may keep what they were told.
const KEPT: &str = "public, max-age=60";
/// Characters of a name in the picture.
const LONGEST: usize = 30;

/// What a server does, as far as strangers are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Online,
    Starting,
    Offline,
    Unknown,
}

impl Standing {
    fn of(service: &Service, now: Timestamp) -> Self {
        let stopped = service.standing.suspension.is_some() || service.stop_requested_at.is_some() || service.missing;
        let seen = service.sample.at.is_some_and(|at| now.duration_since(at) < TOO_OLD);
        match (stopped, seen, service.sample.power) {
            (true, _, _) => Self::Offline,
            (false, true, Some(Power::Running)) => Self::Online,
            (false, true, Some(Power::Starting)) => Self::Starting,
            (false, true, Some(Power::Stopping | Power::Offline)) => Self::Offline,
            (false, true, None) | (false, false, _) => Self::Unknown,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Starting => "starting",
            Self::Offline => "offline",
            Self::Unknown => "unknown",
        }
    }

    fn label(self) -> Cow<'static, str> {
        t(&format!("public-{}", self.key()))
    }

    /// The tone of a badge on our pages.
    fn tone(self) -> &'static str {
        match self {
            Self::Online => "good",
            Self::Starting => "warn",
            Self::Offline | Self::Unknown => "plain",
        }
    }

    /// The colour of the dot in the picture, which stands on a dark ground wherever it is shown.
    fn colour(self) -> &'static str {
        match self {
            Self::Online => "#84d79d",
            Self::Starting => "#f0b671",
            Self::Offline => "#f39a9a",
            Self::Unknown => "#7d8792",
        }
    }

    /// The same as makers of badges name colours.
    fn colour_word(self) -> &'static str {
        match self {
            Self::Online => "brightgreen",
            Self::Starting => "yellow",
            Self::Offline => "red",
            Self::Unknown => "lightgrey",
        }
    }
}

/// How many play, while the server is online and the game was asked.
fn players(service: &Service, standing: Standing) -> Option<(i64, Option<i64>)> {
    let online = service.sample.players_online.filter(|_| standing == Standing::Online)?;
    Some((online, service.sample.players_max))
}

fn in_words((online, most): (i64, Option<i64>)) -> String {
    match most {
        Some(most) => texts::with("public-players-of", &[("online", online.into()), ("most", most.into())]),
        None => texts::with("public-players", &[("online", online.into())]),
    }
}

#[derive(Template)]
#[template(path = "web/storefront/public.html")]
struct PublicServer {
    frame: Frame,
    name: String,
    game: String,
    label: String,
    host: String,
    about: String,
    tone: &'static str,
    word: Cow<'static, str>,
    players: Option<String>,
    address: Option<String>,
    seen: Option<String>,
    channel: Option<(&'static str, String)>,
    discord: Option<String>,
}

#[derive(Template)]
#[template(path = "web/storefront/badge.svg")]
struct Badge {
    name: String,
    line: String,
    shop: String,
    colour: &'static str,
}

async fn find(app: &App, slug: &str) -> Result<(PublicPage, Service), Public> {
    // What nobody could have chosen is not looked for: PostgreSQL refuses some of it.
    let slug = Slug::read(slug).ok().filter(|read| read.as_str() == slug).ok_or_else(Public::not_found)?;
    let slug = slug.as_str();
    let found = async { public_pages::find(&mut *app.store.read().await?, slug).await };
    found.await.map_err(|error| Public::broken(&error))?.ok_or_else(Public::not_found)
}

/// `GET /s/{slug}`
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let (page, service) = find(&app, &slug).await.map_err(PageError)?;
    let now = app.now();
    let standing = Standing::of(&service, now);
    let path = format!("/s/{}", page.slug);
    let about = texts::with(
        "public-about-page",
        &[("name", service.name.as_str().into()), ("shop", app.config.site.name.as_str().into())],
    );
    let shown = PublicServer {
        frame: Frame::new(&app, visitor.0.as_ref(), "", service.name.clone())
            .of_game(path, &service.spec.game)
            .about(about),
        tone: standing.tone(),
        word: standing.label(),
        players: players(&service, standing).map(in_words),
        seen: service.sample.at.map(|at| texts::ago(at, now)),
        channel: page.channel.as_ref().map(|channel| (channel.place(), channel.address())),
        discord: page.discord.as_ref().map(DiscordInvite::address),
        host: page.host,
        about: page.about,
        name: service.name,
        game: service.spec.game,
        label: service.spec.label,
        address: service.address,
    };
    frame::show(&shown)
}

/// `GET /s/{slug}/badge.svg`
pub(super) async fn badge(State(app): State<App>, Path(slug): Path<String>) -> Result<Response, PageError> {
    let (_, service) = find(&app, &slug).await.map_err(PageError)?;
    let standing = Standing::of(&service, app.now());
    // Others keep it, for whoever comes next.
    let (label, players) = texts::speaking(app.config.site.language, || {
        (standing.label().into_owned(), players(&service, standing).map(in_words))
    });
    let line = [Some(label), players, service.address.clone()];
    let badge = Badge {
        name: short(&service.name),
        line: line.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        shop: short(&app.config.site.name),
        colour: standing.colour(),
    };
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, KEPT)];
    let mut answer = (headers, badge.render()?).into_response();
    answer.extensions_mut().insert(Embeddable);
    Ok(answer)
}

/// What fits into the picture, of characters that XML knows.
fn short(text: &str) -> String {
    let known = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let all: Vec<char> = text.chars().filter(known).collect();
    match all.len() {
        0..=LONGEST => all.into_iter().collect(),
        _ => all.into_iter().take(LONGEST - 1).chain(['…']).collect(),
    }
}

/// `GET /s/{slug}/status.json`: in the form that makers of badges read (`schemaVersion`, `label`, `message`, `color`), with more beside it.
pub(super) async fn status(State(app): State<App>, Path(slug): Path<String>) -> Result<Response, ApiError> {
    let (page, service) = find(&app, &slug).await.map_err(ApiError)?;
    let standing = Standing::of(&service, app.now());
    let playing = players(&service, standing);
    // Others keep it, for whoever comes next.
    let message =
        texts::speaking(app.config.site.language, || playing.map_or_else(|| standing.label().into_owned(), in_words));
    let site = app.config.site.url.as_str().trim_end_matches('/');
    let status: Value = json!({
        "schemaVersion": 1,
        "label": service.name,
        "message": message,
        "color": standing.colour_word(),
        "name": service.name,
        "game": service.spec.game,
        "status": standing.key(),
        "players_online": playing.map(|(online, _)| online),
        "players_max": playing.and_then(|(_, most)| most),
        "address": service.address,
        "seen_at": service.sample.at,
        "channel": page.channel.as_ref().map(Channel::address),
        "discord": page.discord.as_ref().map(DiscordInvite::address),
        "page": format!("{site}/s/{}", page.slug),
    });
    let mut answer = ([(header::CACHE_CONTROL, KEPT)], Json(status)).into_response();
    answer.extensions_mut().insert(Embeddable);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shows_hostile_names_as_text() {
        let name = short("</text><script>alert(1)</script>\u{0}\u{ffff} and a very long name");
        let badge = Badge { name, line: "a & b".to_owned(), shop: "Shop".to_owned(), colour: "#84d79d" };
        let drawn = badge.render().unwrap();
        assert!(!drawn.contains("<script") && drawn.contains("&#60;script&#62;") && drawn.contains('…'), "{drawn}");
        assert!(drawn.contains("a &#38; b"), "{drawn}");
    }
}
