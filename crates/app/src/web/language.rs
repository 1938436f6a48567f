//! In which language a visitor reads: as they chose here, else as their browser asks, else as the shop speaks.

use crate::app::App;
use crate::texts;
use crate::web::access::Visitor;
use crate::web::account::next;
use crate::web::cookies;
use crate::web::errors::PageError;
use crate::web::page_form::PageForm;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use domain::language::Language;
use http::Method;
use http::header::{ACCEPT_LANGUAGE, HeaderMap, REFERER};
use serde::Deserialize;
use store::accounts;

tokio::task_local! {
    /// Whether the page can be asked for once more, as it stands.
    static REPEATABLE: bool;
}

/// Answers in the visitor's language.
pub(super) async fn speak(State(app): State<App>, request: Request, next: Next) -> Response {
    let language = of(request.headers(), app.config.site.language);
    let repeatable = matches!(*request.method(), Method::GET | Method::HEAD);
    REPEATABLE.scope(repeatable, texts::in_language(language, next.run(request))).await
}

/// Whether a page may offer other languages: what answers a form cannot be asked for again, and what was typed would be lost.
pub(in crate::web) fn can_be_switched() -> bool {
    REPEATABLE.try_with(|repeatable| *repeatable).unwrap_or_default()
}

fn of(headers: &HeaderMap, usual: Language) -> Language {
    cookies::language(headers).or_else(|| asked_for(headers)).unwrap_or(usual)
}

/// The language that the browser asks for most, among those that we speak.
fn asked_for(headers: &HeaderMap) -> Option<Language> {
    let wishes = headers.get_all(ACCEPT_LANGUAGE).into_iter().filter_map(|value| value.to_str().ok());
    let wishes = wishes.flat_map(|value| value.split(',')).take(50).filter_map(|wish| {
        let (tag, weight) = wish.split_once(';').map_or((wish, "q=1"), |(tag, weight)| (tag, weight.trim()));
        let weight: f32 = weight.strip_prefix("q=")?.trim().parse().ok()?;
        Some((Language::find(tag.trim())?, weight)).filter(|(_, weight)| *weight > 0.0)
    });
    // Of equal wishes the first one.
    let best = wishes.reduce(|best, wish| if wish.1 > best.1 { wish } else { best });
    best.map(|(language, _)| language)
}

#[derive(Deserialize)]
pub(super) struct Choice {
    language: String,
}

/// The page with the form: browsers name it to the site that it is on.
fn page_before(app: &App, headers: &HeaderMap) -> String {
    let referer = headers.get(REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = referer.strip_prefix(app.config.site.url.as_str().trim_end_matches('/')).unwrap_or_default();
    next::own_path_or(path, "/").to_owned()
}

/// `POST /language`
pub(super) async fn choose(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    jar: CookieJar,
    PageForm(choice): PageForm<Choice>,
) -> Result<Response, PageError> {
    let back = Redirect::to(&page_before(&app, &headers));
    // A language that we do not speak changes nothing.
    let Some(language) = Language::find(&choice.language) else { return Ok(back.into_response()) };
    if let Some(account) = &visitor.0 {
        let mut tx = app.store.begin().await?;
        accounts::set_language(&mut tx, &account.id, language).await?;
        tx.commit().await?;
    }
    Ok((jar.add(cookies::set_language(&app, language)), back).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use rstest::rstest;

    #[rstest]
    #[case::nothing("", None)]
    #[case::first_of_equals("de, en", Some(Language::German))]
    #[case::the_heaviest("fr;q=1, de;q=0.4, en-GB;q=0.8", Some(Language::English))]
    #[case::with_region("de-CH", Some(Language::German))]
    #[case::not_wanted("de;q=0", None)]
    #[case::nonsense("de;q=x;;,,;q=1", None)]
    #[case::nobody_speaks_it("fr-FR, fr", None)]
    fn what_the_browser_asks_for_is_weighed(#[case] header: &str, #[case] expected: Option<Language>) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(header).unwrap());
        assert_eq!(asked_for(&headers), expected);
    }
}
