//! Lists: filters, sorting and pages.

use super::exchange::{Refusal, Reply, Request};
use super::view::View;
use serde_json::{Value, json};

/// A filter: its name in `filter[…]` and whether a row passes.
pub(super) struct Filter<'a, T> {
    pub name: &'static str,
    pub passes: &'a dyn Fn(&T, &str) -> bool,
}

/// A sort: its name and a key per row.
pub(super) struct Sort<'a, T> {
    pub name: &'static str,
    pub key: &'a dyn Fn(&T) -> SortKey,
}

/// Something to sort by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SortKey {
    Number(i64),
    Text(String),
}

/// Case-insensitive part of the field; a comma means "or".
pub(super) fn part_of(field: Option<&str>, wanted: &str) -> bool {
    let Some(field) = field else { return false };
    let field = field.to_lowercase();
    wanted.split(',').any(|wanted| field.contains(&wanted.to_lowercase()))
}

/// The whole field; a comma means "or".
pub(super) fn exactly(field: &str, wanted: &str) -> bool {
    wanted.split(',').any(|wanted| field == wanted)
}

/// Applies the request's filters and sort.
pub(super) fn select<'r, T>(
    request: &Request,
    rows: impl Iterator<Item = &'r T>,
    filters: &[Filter<'_, T>],
    sorts: &[Sort<'_, T>],
) -> Result<Vec<&'r T>, Refusal> {
    let mut rows: Vec<&T> = rows.collect();
    for (name, wanted) in request.filters() {
        let Some(filter) = filters.iter().find(|filter| filter.name == name) else {
            return Err(Refusal::new(400, "InvalidFilterQuery", "The list cannot be filtered by this."));
        };
        rows.retain(|row| (filter.passes)(row, wanted));
    }
    if let Some(wanted) = request.param("sort") {
        for name in wanted.split(',').rev() {
            let (descending, name) = name.strip_prefix('-').map_or((false, name), |name| (true, name));
            let Some(sort) = sorts.iter().find(|sort| sort.name == name) else {
                return Err(Refusal::new(400, "InvalidSortQuery", "The list cannot be sorted by this."));
            };
            rows.sort_by_key(|row| (sort.key)(row));
            if descending {
                rows.reverse();
            }
        }
    }
    Ok(rows)
}

/// How long pages of a list are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    /// Without `per_page`.
    pub usual: i64,
    /// The client API has an upper cap.
    pub cap: Option<i64>,
}

/// The application API's pages.
pub(super) const APPLICATION: Paging = Paging { usual: 50, cap: None };
/// The client API's pages.
pub(super) const CLIENT: Paging = Paging { usual: 50, cap: Some(100) };

/// One page of `rows` with its pagination block.
pub(super) fn page<T>(
    request: &Request,
    paging: Paging,
    rows: &[&T],
    view: View<'_>,
    show: impl Fn(&T) -> Value,
) -> Result<Reply, Refusal> {
    let wanted = request.param("per_page").map(|text| text.parse::<i64>().unwrap_or(0));
    let per_page = match wanted {
        None => paging.usual,
        Some(0) => 15,
        Some(count) if count < 0 => return Err(Refusal::unexpected("QueryException")),
        Some(count) => paging.cap.map_or(count, |cap| count.min(cap)),
    };
    let current =
        request.param("page").and_then(|text| text.parse::<i64>().ok()).filter(|page| *page >= 1).unwrap_or(1);
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let pages = ((total + per_page - 1) / per_page).max(1);
    let skip = usize::try_from((current - 1).saturating_mul(per_page)).unwrap_or(usize::MAX);
    let take = usize::try_from(per_page).unwrap_or(usize::MAX);
    let data: Vec<Value> = rows.iter().skip(skip).take(take).map(|row| show(row)).collect();
    let mut links = serde_json::Map::new();
    let link = |page: i64| json!(format!("{}{}?page={page}", view.state.options.panel_url, request.path));
    if current > 1 {
        links.insert("previous".to_owned(), link(current - 1));
    }
    if current < pages {
        links.insert("next".to_owned(), link(current + 1));
    }
    let pagination = json!({
        "total": total,
        "count": data.len(),
        "per_page": per_page,
        "current_page": current,
        "total_pages": pages,
        "links": links,
    });
    Ok(Reply::ok(json!({ "object": "list", "data": data, "meta": { "pagination": pagination } })))
}
