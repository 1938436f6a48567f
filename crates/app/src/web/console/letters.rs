//! Every letter that the shop writes, to look at before customers do.

use crate::app::App;
use crate::mail::{self, Message};
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::errors::PageError;
use crate::web::headers::ShownLetter;
use crate::web::page_form::PageQuery;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use domain::language::Language;
use http::StatusCode;
use serde::Deserialize;

/// What the server in the samples is called.
const SERVER: &str = "Dragon’s Rest";

/// In which language the letters are looked at.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    language: String,
}

impl Wish {
    fn language(&self) -> Language {
        Language::find(&self.language).unwrap_or_else(texts::language)
    }
}

struct Shown {
    kind: &'static str,
    subject: String,
    text: String,
}

#[derive(Template)]
#[template(path = "web/console/letters.html")]
struct LettersPage {
    frame: Frame,
    language: Language,
    letters: Vec<Shown>,
}

fn samples(app: &App) -> Vec<Message> {
    mail::samples(SERVER, app.config.site.url.as_str())
}

/// `GET /console/letters`
pub(super) async fn list(
    State(app): State<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let language = wish.language();
    let written = |message: &Message| {
        let letter = texts::speaking(language, || message.write(mail::sender(&app)))?;
        Ok(Shown { kind: message.kind(), subject: letter.subject, text: letter.text })
    };
    let letters = samples(&app).iter().map(written).collect::<Result<_, askama::Error>>()?;
    let frame = Frame::new(&app, Some(&staff.account), "/console", t("letters-title"));
    frame::show_private(StatusCode::OK, &LettersPage { frame, language, letters })
}

/// `GET /console/letters/{letter}`
pub(super) async fn show(
    State(app): State<App>,
    Path(letter): Path<String>,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    // By its place in the list, from 1: some kinds have more than one text.
    let place = letter.parse().ok().and_then(|number: usize| number.checked_sub(1));
    let message = place.and_then(|place| samples(&app).into_iter().nth(place));
    let message = message.ok_or_else(PageError::not_found)?;
    let written = texts::speaking(wish.language(), || message.write(mail::sender(&app)))?;
    Ok((Extension(ShownLetter), Html(written.html)).into_response())
}
