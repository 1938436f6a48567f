//! Whether the shop can sell and deliver, for people.

use crate::app::App;
use crate::texts::{self, filters};
use crate::web::access::Visitor;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::freeze::{Reach, Reason};
use jiff::{SignedDuration, Timestamp};
use store::{marks, orders};

/// Without a complete look at the panel for this long nothing can be promised.
const PANEL_AGE: SignedDuration = SignedDuration::from_mins(10);

/// A line of the page.
struct Part {
    name: &'static str,
    word: &'static str,
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
            name: "Delivery",
            word: "time",
            tone: "",
            text: format!("From payment to playable: {}.", wording::delivery_time(&seconds)),
        },
    ];
    let page = StatusPage {
        frame: Frame::new(&app, visitor.0.as_ref(), "", "Status")
            .about("Whether the shop can sell and deliver right now."),
        well: parts.iter().all(|part| part.tone != "bad"),
        parts,
        at: texts::day_and_time(now),
    };
    frame::show(&page)
}

fn shop(sold: usize, frozen: Option<Reason>) -> Part {
    let (word, tone, text) = match sold {
        _ if frozen.is_some() => {
            let text = "No orders are taken at the moment, and nobody is charged for one. Servers that you have are not affected.";
            ("paused", "bad", text.to_owned())
        }
        0 => ("closed", "bad", "Nothing can be sold at the moment. Servers that you have are not affected.".to_owned()),
        1 => ("open", "good", "1 plan is for sale.".to_owned()),
        sold => ("open", "good", format!("{sold} plans are for sale.")),
    };
    Part { name: "Shop", word, tone, text }
}

fn panel(read_at: Option<Timestamp>, now: Timestamp) -> Part {
    let (word, tone, text) = match read_at {
        Some(at) if now.duration_since(at) < PANEL_AGE => {
            ("answers", "good", format!("Last read completely {}.", texts::ago(at, now)))
        }
        Some(at) => {
            let text = format!(
                "Last read completely {}. New servers may take longer; your payment is safe meanwhile.",
                texts::ago(at, now)
            );
            ("silent", "bad", text)
        }
        None => ("not read yet", "bad", "The machines have not been read since the shop was set up.".to_owned()),
    };
    Part { name: "Panel and machines", word, tone, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_that_was_not_read_for_ten_minutes_is_said_to_be_silent() {
        let now = Timestamp::from_second(100_000).unwrap();
        assert_eq!(panel(Some(now - SignedDuration::from_mins(9)), now).word, "answers");
        assert_eq!(panel(Some(now - SignedDuration::from_mins(10)), now).word, "silent");
        assert_eq!(panel(None, now).tone, "bad");
    }

    #[test]
    fn a_shop_without_plans_is_closed() {
        assert_eq!([shop(0, None).word, shop(1, None).word], ["closed", "open"]);
    }

    #[test]
    fn a_frozen_shop_is_paused_whatever_it_could_sell() {
        assert_eq!(shop(3, Some(Reason::Restored)).word, "paused");
    }
}
