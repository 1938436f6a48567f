//! Lists of the console, all in one shape: choices above, rows, where it goes on, and a form that takes all of it along as a table.

use crate::app::App;
use crate::texts::filters;
use crate::web::access::Staff;
use crate::web::console::nav::Nav;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::{StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::future::Future;

/// Rows on a page.
pub(super) const PAGE: i64 = 50;
/// Rows that are read at a time for a table.
const BLOCK: i64 = 500;

/// Which rows, and from where on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wish {
    /// The word of a choice.
    pub(super) show: String,
    /// Where to go on.
    pub(super) after: String,
}

/// A row.
#[derive(Default)]
pub(super) struct Row {
    pub(super) href: Option<String>,
    pub(super) title: String,
    /// Beside the title.
    pub(super) beside: Vec<String>,
    /// Below it, in small print. May be foreign text.
    pub(super) below: Vec<String>,
    pub(super) id: Option<String>,
    pub(super) badge: Option<(Cow<'static, str>, &'static str)>,
    /// What the row is chosen by, where something can be done with many.
    pub(super) pick: Option<String>,
}

/// A choice of what the list shows.
pub(super) struct Choice {
    pub(super) href: String,
    pub(super) label: Cow<'static, str>,
    pub(super) here: bool,
}

/// A list to be shown.
pub(super) struct List {
    pub(super) title: Cow<'static, str>,
    pub(super) lead: Option<Cow<'static, str>>,
    /// What the choices are about.
    pub(super) which: Cow<'static, str>,
    pub(super) choices: Vec<Choice>,
    pub(super) rows: Vec<Row>,
    /// What stands where there are no rows.
    pub(super) empty: Cow<'static, str>,
    /// Where the list goes on.
    pub(super) next: Option<String>,
    /// Where the form leads that takes all of it along.
    pub(super) export: Option<&'static str>,
    /// What can be done with many of them: addresses, and what they are called.
    pub(super) acts: Vec<(&'static str, Cow<'static, str>)>,
}

#[derive(Template)]
#[template(path = "web/console/list.html")]
struct ListPage {
    frame: Frame,
    nav: Nav,
    list: List,
}

/// The page of a list that is found under `here`.
pub(super) fn show(app: &App, staff: &Staff, here: &'static str, list: List) -> Result<Response, PageError> {
    let page = ListPage {
        frame: Frame::new(app, Some(&staff.account), "/console", list.title.clone()),
        nav: Nav::new(staff.account.role, here),
        list,
    };
    frame::show_private(StatusCode::OK, &page)
}

/// Takes the row off that only says that there are more.
pub(super) fn cut<T>(found: &mut Vec<T>) -> bool {
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > page;
    found.truncate(page);
    more
}

/// The address of a page of a list. `show` is a word of ours; the id may be Stripe's, and is written as an address may have it.
pub(super) fn href(here: &str, show: &str, after: Option<(Timestamp, &str)>) -> String {
    let show = (!show.is_empty()).then(|| format!("show={show}"));
    let after = after.map(|(at, id)| {
        let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
        format!("after={}.{id}", at.as_microsecond())
    });
    let query: Vec<String> = show.into_iter().chain(after).collect();
    if query.is_empty() { here.to_owned() } else { format!("{here}?{}", query.join("&")) }
}

/// A place as [`href`] writes it; whatever else stands there is the beginning.
pub(super) fn read_place(text: &str) -> Option<(Timestamp, String)> {
    let (at, id) = text.split_once('.')?;
    let id: String = id.chars().filter(char::is_ascii_graphic).take(255).collect();
    Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id))
}

/// A table as a file: `head`, then whatever `read` gives for one place after the other until it gives nothing. What it holds in memory is
/// one block.
pub(super) fn table<F, R>(name: &str, head: &[&str], read: F) -> Response
where
    F: Fn(Option<(Timestamp, String)>, i64) -> R + Send + 'static,
    R: Future<Output = Result<Block, store::StoreError>> + Send + 'static,
{
    let head = Some(line(&head.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()));
    let blocks = stream::unfold((Some(None), read, head), |(place, read, head)| async move {
        if let Some(head) = head {
            return Some((Ok(head), (place, read, None)));
        }
        match read(place?, BLOCK).await {
            Ok(block) => {
                let text: Vec<u8> = block.rows.iter().flat_map(|row| line(row)).collect();
                Some((Ok(Bytes::from(text)), (block.next.map(Some), read, None)))
            }
            // A file that ends in the middle must not look whole: the connection breaks off.
            Err(error) => Some((Err(error), (None, read, None))),
        }
    });
    let mut response = Response::new(Body::from_stream(blocks));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    if let Ok(value) = http::HeaderValue::try_from(format!("attachment; filename=\"{name}.csv\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Writes down who took a table along: what is in it leaves the shop (A5).
pub(super) async fn note_export(app: &App, staff: &Staff, what: &'static str) -> Result<(), PageError> {
    let mut tx = app.store.begin().await?;
    let (by, detail) = (staff.account.id.as_str(), serde_json::json!({}));
    store::audit::record(&mut tx, &app.id(), by, "console.export", what, &detail, app.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Rows of a table, and where it goes on.
pub(super) struct Block {
    pub(super) rows: Vec<Vec<String>>,
    pub(super) next: Option<(Timestamp, String)>,
}

impl Block {
    /// Of what was found when `limit` was asked for; `place` is where a row stands.
    pub(super) fn of<T>(
        found: &[T],
        limit: i64,
        row: impl Fn(&T) -> Vec<String>,
        place: impl Fn(&T) -> (Timestamp, String),
    ) -> Self {
        let full = i64::try_from(found.len()).is_ok_and(|count| count >= limit);
        Self { rows: found.iter().map(row).collect(), next: found.last().filter(|_| full).map(place) }
    }
}

/// A line of a table.
fn line(cells: &[String]) -> Bytes {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record(cells.iter().map(|cell| harmless(cell)));
    Bytes::from(writer.into_inner().unwrap_or_default())
}

/// A cell that no program for tables takes for a formula, nor what it cuts off at a semicolon, as they do where a comma stands in numbers.
fn harmless(cell: &str) -> String {
    let plain: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // Quotation marks hide nothing from whoever cuts there.
    let begins =
        |part: &str| part.trim_start_matches(|c: char| c.is_whitespace() || c == '"').starts_with(['=', '+', '-', '@']);
    let parts = plain.split(';').map(|part| match begins(part) {
        true => format!("'{part}"),
        false => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_commas_and_quotes_stay_in_their_cell() {
        let cells =
            ["=1+1", "+49", "-5", "@SUM(A1)", "\t=1", "a,\"b\"", "gut", "x; @A1;=1+1; y", "x;\"=1"].map(str::to_owned);
        let text = String::from_utf8(line(&cells).to_vec()).unwrap();
        assert_eq!(text, "'=1+1,'+49,'-5,'@SUM(A1),' =1,\"a,\"\"b\"\"\",gut,x;' @A1;'=1+1; y,\"x;'\"\"=1\"\r\n");
    }
}
