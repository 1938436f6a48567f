//! Lists: newest first, cursors both ways, filters by time.

use serde_json::{Value, json};

use super::error::ApiError;
use super::json::Read;
use super::state::{Kind, State};

impl State {
    /// One page of the objects of `kind` that `wanted` lets through.
    pub(crate) fn page(
        &self,
        kind: Kind,
        params: &Value,
        url: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, ApiError> {
        let by_time = |object: &Value| in_range(&params["created"], object.int("created"));
        let kept: Vec<&Value> = self.newest(kind).filter(|object| by_time(object) && wanted(object)).collect();
        let chosen = paginate(&kept, params, |id| ApiError::missing(&kind.noun(), id, Some("starting_after")))?;
        let data: Vec<Value> = chosen.0.iter().map(|object| self.present(kind, (*object).clone())).collect();
        Ok(list(url, chosen.1, data))
    }
}

/// The list envelope.
pub(crate) fn list(url: &str, has_more: bool, data: Vec<Value>) -> Value {
    json!({"object": "list", "url": url, "has_more": has_more, "data": data})
}

/// Cuts one page out of objects sorted newest first; tells whether more lie beyond it in the direction of travel.
pub(crate) fn paginate<'a>(
    sorted: &[&'a Value],
    params: &Value,
    missing: impl Fn(&str) -> ApiError,
) -> Result<(Vec<&'a Value>, bool), ApiError> {
    let limit = params.int("limit").unwrap_or(10);
    let limit = usize::try_from(limit).ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| {
        let message = format!("This value must be between 1 and 100, not {limit}.");
        ApiError::invalid(message).code("parameter_invalid_integer").param("limit")
    })?;
    let place = |cursor: &str, param: &str| {
        sorted.iter().position(|object| object.id() == cursor).ok_or_else(|| missing(cursor).param(param))
    };
    match (params.text("starting_after"), params.text("ending_before")) {
        (Some(_), Some(_)) => {
            Err(ApiError::invalid("Received both ending_before and starting_after; only one can be given"))
        }
        (Some(cursor), None) => {
            let rest = &sorted[place(cursor, "starting_after")? + 1..];
            Ok((rest.iter().take(limit).copied().collect(), rest.len() > limit))
        }
        (None, Some(cursor)) => {
            let newer = &sorted[..place(cursor, "ending_before")?];
            Ok((newer[newer.len().saturating_sub(limit)..].to_vec(), newer.len() > limit))
        }
        (None, None) => Ok((sorted.iter().take(limit).copied().collect(), sorted.len() > limit)),
    }
}

/// Whether `value` lies in a filter that is absent, a number, or `{gt, gte, lt, lte}`.
pub(crate) fn in_range(filter: &Value, value: Option<i64>) -> bool {
    if filter.is_null() {
        return true;
    }
    let Some(value) = value else { return false };
    if let Some(exact) = filter.as_i64() {
        return value == exact;
    }
    filter.int("gt").is_none_or(|bound| value > bound)
        && filter.int("gte").is_none_or(|bound| value >= bound)
        && filter.int("lt").is_none_or(|bound| value < bound)
        && filter.int("lte").is_none_or(|bound| value <= bound)
}

/// Whether `object[key]` equals the filter `params[key]`, if that was given.
pub(crate) fn matches(object: &Value, params: &Value, key: &str) -> bool {
    params.get(key).is_none_or(|wanted| object[key] == *wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<Value> {
        (0..count).rev().map(|number| json!({"id": format!("o{number}")})).collect()
    }

    #[test]
    fn ending_before_gives_the_items_closest_to_the_cursor_newest_first() {
        let objects = ids(6);
        let sorted: Vec<&Value> = objects.iter().collect();
        let missing = |id: &str| ApiError::missing("thing", id, Some("x"));
        let params = json!({"ending_before": "o1", "limit": 2});
        let (page, more) = paginate(&sorted, &params, missing).expect("a page");
        assert_eq!(page.iter().map(|object| object.id()).collect::<Vec<_>>(), ["o3", "o2"]);
        assert!(more);
        let (page, more) = paginate(&sorted, &json!({"starting_after": "o2", "limit": 2}), missing).expect("a page");
        assert_eq!(page.iter().map(|object| object.id()).collect::<Vec<_>>(), ["o1", "o0"]);
        assert!(!more);
        assert!(paginate(&sorted, &json!({"limit": 101}), missing).is_err());
        assert!(paginate(&sorted, &json!({"starting_after": "gone"}), missing).is_err());
    }
}
