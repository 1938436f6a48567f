//! Short ways to read and change the JSON objects the simulator keeps.

use serde_json::{Map, Value};

/// Reading members of a JSON object; a member that is absent, null or of another type is `None`.
pub(crate) trait Read {
    fn text(&self, key: &str) -> Option<&str>;
    fn int(&self, key: &str) -> Option<i64>;
    fn flag(&self, key: &str) -> Option<bool>;
    fn list(&self, key: &str) -> &[Value];
    /// The id at `key`, whether it stands there alone or inside an expanded object.
    fn id_at(&self, key: &str) -> Option<&str>;
    /// The object's own id, empty if it has none.
    fn id(&self) -> &str;
    fn has(&self, key: &str) -> bool;
}

impl Read for Value {
    fn text(&self, key: &str) -> Option<&str> {
        self[key].as_str()
    }
    fn int(&self, key: &str) -> Option<i64> {
        self[key].as_i64()
    }
    fn flag(&self, key: &str) -> Option<bool> {
        self[key].as_bool()
    }
    fn list(&self, key: &str) -> &[Value] {
        self[key].as_array().map_or(&[], Vec::as_slice)
    }
    fn id_at(&self, key: &str) -> Option<&str> {
        self[key].as_str().or_else(|| self[key]["id"].as_str())
    }
    fn id(&self) -> &str {
        self["id"].as_str().unwrap_or_default()
    }
    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

/// Copies each named member that the request carries; an empty text clears it to null.
pub(crate) fn copy_given(into: &mut Value, params: &Value, keys: &[&str]) {
    for key in keys {
        if let Some(given) = params.get(*key) {
            into[*key] = if given.as_str() == Some("") { Value::Null } else { given.clone() };
        }
    }
}

/// One object with the members of all parts.
pub(crate) fn joined<const N: usize>(parts: [Value; N]) -> Value {
    let members =
        parts.into_iter().filter_map(|part| if let Value::Object(members) = part { Some(members) } else { None });
    Value::Object(members.flatten().collect())
}

/// Merges request metadata into an object's: keys add up, an empty value removes its key, an empty text removes all.
pub(crate) fn merge_metadata(into: &mut Value, params: &Value) {
    let Some(given) = params.get("metadata") else { return };
    let mut merged = into["metadata"].as_object().cloned().unwrap_or_default();
    match given {
        Value::Object(pairs) => {
            for (key, value) in pairs {
                if value.as_str() == Some("") {
                    merged.shift_remove(key);
                } else {
                    merged.insert(key.clone(), value.clone());
                }
            }
        }
        _ => merged.clear(),
    }
    into["metadata"] = Value::Object(merged);
}

/// The metadata of a creating request, without empty values; `{}` if none was sent.
pub(crate) fn fresh_metadata(params: &Value) -> Value {
    let mut holder = Value::Object(Map::new());
    merge_metadata(&mut holder, params);
    if holder["metadata"].is_object() { holder["metadata"].take() } else { Value::Object(Map::new()) }
}

/// What an event calls `previous_attributes`: the old values of what changed; objects are compared member by member, a
/// changed array is given whole. `None` if nothing changed.
pub(crate) fn previous_attributes(before: &Value, after: &Value) -> Option<Value> {
    let (Value::Object(old), Value::Object(new)) = (before, after) else { return None };
    let mut changed = Map::new();
    for (key, was) in old {
        match new.get(key) {
            Some(is) if is == was => {}
            Some(is) if was.is_object() && is.is_object() => {
                if let Some(inner) = previous_attributes(was, is) {
                    changed.insert(key.clone(), inner);
                }
            }
            _ => {
                changed.insert(key.clone(), was.clone());
            }
        }
    }
    for key in new.keys().filter(|key| !old.contains_key(*key)) {
        changed.insert(key.clone(), Value::Null);
    }
    (!changed.is_empty()).then_some(Value::Object(changed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn metadata_merges_by_key_and_an_empty_value_removes() {
        let mut object = json!({"metadata": {"a": "1", "b": "2"}});
        merge_metadata(&mut object, &json!({"metadata": {"b": "", "c": "3"}}));
        assert_eq!(object["metadata"], json!({"a": "1", "c": "3"}));
        merge_metadata(&mut object, &json!({"metadata": ""}));
        assert_eq!(object["metadata"], json!({}));
    }

    #[test]
    fn previous_attributes_hold_old_values_of_changed_members_only() {
        let before = json!({"status": "incomplete", "items": {"data": [1], "url": "u"}, "name": null});
        let after = json!({"status": "active", "items": {"data": [1, 2], "url": "u"}, "name": null});
        let expected = json!({"status": "incomplete", "items": {"data": [1]}});
        assert_eq!(previous_attributes(&before, &after), Some(expected));
        assert_eq!(previous_attributes(&after, &after), None);
    }
}
