//! Whether the shop can sell and deliver, for people.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Visitor;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::freeze::{Reach, Reason};
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use store::{marks, orders};

/// Without a complete look at the panel for this long nothing can be promised.
const PANEL_AGE: SignedDuration = SignedDuration::from_mins(10);

/// A line of the page.
struct Part {
    name: Cow<'static, str>,
    /// What its badge says, if it has one.
    word: Option<Cow<'static, str>>,
    tone: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "web/storefront/status.html")]
struct StatusPage {
    frame: Frame,
    well: bool,
    parts: Vec<Part>,
    at: String,
}

pub(super) async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let sweep = marks::find(&mut db, crate::work::panel_sync::MARK).await?;
    let seconds = orders::delivery_seconds(&mut db, 200).await?;
    drop(db);
    let offer = app.offer();
    let sold = app.catalogue.plans.iter().filter(|plan| offer.sells(&plan.key)).count();
    let parts = vec![
        shop(sold, app.gate.stops(Reach::Outside)),
        panel(sweep.map(|mark| mark.at), now),
        Part {
            name: t("status-delivery"),
            word: None,
            tone: "",
            text: texts::with("status-delivery-text", &[("time", wording::delivery_time(&seconds).into())]),
        },
    ];
    let page = StatusPage {
        frame: Frame::new(&app, visitor.0.as_ref(), "", t("frame-status")).about(t("status-about")),
        well: parts.iter().all(|part| part.tone != "bad"),
        parts,
        at: texts::day_and_time(now),
    };
    frame::show(&page)
}

fn shop(sold: usize, frozen: Option<Reason>) -> Part {
    let (word, tone, text) = match i64::try_from(sold).unwrap_or(i64::MAX) {
        _ if frozen.is_some() => ("status-shop-paused", "bad", t("status-shop-paused-text").into_owned()),
        0 => ("status-shop-closed", "bad", t("status-shop-closed-text").into_owned()),
        sold => ("status-shop-open", "good", texts::with("status-shop-open-text", &[("count", sold.into())])),
    };
    Part { name: t("frame-shop"), word: Some(t(word)), tone, text }
}

fn panel(read_at: Option<Timestamp>, now: Timestamp) -> Part {
    let seen = |key, at| texts::with(key, &[("ago", texts::ago(at, now).into())]);
    let (word, tone, text) = match read_at {
        Some(at) if now.duration_since(at) < PANEL_AGE => {
            ("status-panel-answers", "good", seen("status-panel-answers-text", at))
        }
        Some(at) => ("status-panel-silent", "bad", seen("status-panel-silent-text", at)),
        None => ("status-panel-unread", "bad", t("status-panel-unread-text").into_owned()),
    };
    Part { name: t("status-panel"), word: Some(t(word)), tone, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_that_was_not_read_for_ten_minutes_is_said_to_be_silent() {
        let now = Timestamp::from_second(100_000).unwrap();
        assert_eq!(panel(Some(now - SignedDuration::from_mins(9)), now).word.unwrap(), "answers");
        assert_eq!(panel(Some(now - SignedDuration::from_mins(10)), now).word.unwrap(), "silent");
        assert_eq!(panel(None, now).tone, "bad");
    }

    #[test]
    fn a_shop_without_plans_is_closed() {
        assert_eq!([shop(0, None), shop(1, None)].map(|part| part.word.unwrap()), ["closed", "open"]);
    }

    #[test]
    fn a_frozen_shop_is_paused_whatever_it_could_sell() {
        assert_eq!(shop(3, Some(Reason::Restored)).word.unwrap(), "paused");
    }
}
