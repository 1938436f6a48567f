//! Styles, scripts and drawings: compiled in, addressed by content, kept by browsers for a year.

use crate::web::errors::PageError;
use crate::web::registry::{Policy, Routes};
use crate::web::theme;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, Method, StatusCode, header};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "src/web/assets/"]
struct Files;

/// A file as it is served.
struct Asset {
    address: String,
    etag: String,
    mime: &'static str,
    body: Vec<u8>,
}

static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    let mut known: BTreeMap<String, Asset> =
        Files::iter().filter_map(|name| Some((name.to_string(), Asset::load(&name)?))).collect();
    for (name, text) in &theme::current().files {
        known.insert((*name).to_owned(), Asset::of(name, text.clone().into_bytes()));
    }
    known
});

impl Asset {
    fn load(name: &str) -> Option<Self> {
        Some(Self::of(name, Files::get(name)?.data.into_owned()))
    }

    fn of(name: &str, body: Vec<u8>) -> Self {
        let hash = hex::encode(&Sha256::digest(&body)[..8]);
        Self { address: format!("/assets/{name}?v={hash}"), etag: format!("\"{hash}\""), mime: mime(name), body }
    }
}

fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.page(Method::GET, "/assets/{name}", Policy::Internal, "Styles, scripts and drawings.", get(serve))
}

/// The address of a file, with its content's hash, so that browsers may keep it. A file that does not exist leads nowhere.
pub fn asset(name: &str) -> &'static str {
    ASSETS.get(name).map_or("/assets/missing", |asset| asset.address.as_str())
}

/// The theme's style sheet, if there is one.
pub fn theme() -> Option<&'static str> {
    ASSETS.get("theme.css").map(|asset| asset.address.as_str())
}

/// What a file of the program itself says.
pub(super) fn text(name: &str) -> &'static str {
    match Files::get(name).map(|file| file.data) {
        Some(Cow::Borrowed(data)) => std::str::from_utf8(data).unwrap_or_default(),
        // Compressed in the program: unpacked once.
        Some(Cow::Owned(data)) => String::from_utf8(data).map_or("", |text| text.leak()),
        None => "",
    }
}

/// A drawing of the shop's, as markup: `mark` or `hero`.
pub fn drawing(name: &str) -> &'static str {
    ASSETS.get(&format!("{name}.svg")).and_then(|asset| std::str::from_utf8(&asset.body).ok()).unwrap_or_default()
}

/// The picture that others show when they link to a page about a game, or about the shop (`any`).
pub fn picture(game: &str) -> &'static str {
    let own = ASSETS.get(&format!("picture-{game}.png")).or_else(|| ASSETS.get("picture-any.png"));
    own.map_or("/assets/missing", |asset| asset.address.as_str())
}

/// The drawing of a game, as markup that takes the colour of the text around it. A game without one has the shop's own.
pub fn emblem(game: &str) -> &'static str {
    let drawing = ASSETS.get(&format!("emblem-{game}.svg")).or_else(|| ASSETS.get("emblem-any.svg"));
    drawing.and_then(|asset| std::str::from_utf8(&asset.body).ok()).unwrap_or_default()
}

async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.get(&name) else { return PageError::not_found().into_response() };
    let keep = [
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::ETAG, asset.etag.as_str()),
        (header::CONTENT_TYPE, asset.mime),
    ];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == asset.etag)) {
        return (StatusCode::NOT_MODIFIED, keep).into_response();
    }
    (keep, asset.body.as_slice()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_the_hash_of_the_content() {
        let address = asset("app.css");
        assert!(
            address.starts_with("/assets/app.css?v=") && address.len() == "/assets/app.css?v=".len() + 16,
            "{address}"
        );
    }

    #[test]
    fn every_emblem_has_its_picture() {
        for name in ASSETS.keys().filter_map(|name| name.strip_prefix("emblem-")?.strip_suffix(".svg")) {
            assert!(
                picture(name).starts_with(&format!("/assets/picture-{name}.png")),
                "run tests/browser/pictures.mjs"
            );
        }
        assert!(picture("chess").starts_with("/assets/picture-any.png"));
    }

    #[test]
    fn a_game_without_a_drawing_has_the_shops_own() {
        assert!(emblem("minecraft").contains("<svg"));
        assert_ne!(emblem("minecraft"), emblem("chess"));
        assert_eq!(emblem("chess"), emblem("any"));
    }

    #[test]
    fn nothing_in_the_files_loads_from_elsewhere_or_is_styled_inline() {
        for (name, asset) in ASSETS.iter().filter(|(_, asset)| asset.mime != "image/png") {
            let text = std::str::from_utf8(&asset.body).unwrap();
            let links = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!links.contains("http://") && !links.contains("https://"), "{name} names another site");
            assert!(!text.contains("style="), "{name} has inline style");
            assert_ne!(asset.mime, "application/octet-stream", "{name} has no type");
        }
    }
}
