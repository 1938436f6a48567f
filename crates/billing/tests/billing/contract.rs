//! Checks a request against `contracts/stripe-openapi-subset.json`: known path, known parameters, values of the right type.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static CONTRACT: LazyLock<Value> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/stripe-openapi-subset.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
});

/// The sample event of this kind.
pub(crate) fn example(kind: &str) -> &'static Value {
    &CONTRACT["components"]["examples"][kind]["value"]
}

/// The kinds of the sample events.
pub(crate) fn example_kinds() -> Vec<&'static str> {
    CONTRACT["components"]["examples"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// The schema of an operation's answer of 200; `path` is the contract's, with its placeholders.
pub(crate) fn answer_schema(method: &str, path: &str) -> &'static Value {
    let operation = &CONTRACT["paths"][path][method.to_lowercase()];
    &operation["responses"]["200"]["content"]["application/json"]["schema"]
}

/// The schema itself, where only a reference to it stands.
pub(crate) fn resolve(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => CONTRACT.pointer(pointer).unwrap(),
        None => schema,
    }
}

/// Says what is wrong with a request, or returns its parameters.
pub(crate) fn check(method: &str, path: &str, form: &str) -> Result<Value, String> {
    let paths = CONTRACT["paths"].as_object().unwrap();
    // A path without a placeholder wins over one with it.
    let operation = paths
        .iter()
        .filter(|(template, _)| fits(template, path))
        .min_by_key(|(template, _)| template.contains('{'))
        .and_then(|(_, operations)| operations.get(method.to_lowercase()))
        .ok_or_else(|| format!("{method} {path} is not in the contract"))?;
    let schema = if method == "POST" {
        &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    } else {
        &operation["x-query-schema"]
    };
    let parameters = tree(form)?;
    if schema.is_null() && parameters == Value::Object(Map::new()) {
        return Ok(parameters);
    }
    coerce(schema, &parameters).map_err(|problem| format!("{method} {path}: {problem}"))
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(known, asked)| known.starts_with('{') || known == asked)
}

/// `a[b][0]=x` as nested objects; arrays still have their indexes as keys.
fn tree(form: &str) -> Result<Value, String> {
    let mut root = Map::new();
    for (name, value) in form_urlencoded::parse(form.as_bytes()) {
        let mut steps = name.split('[').map(|step| step.trim_end_matches(']').to_owned());
        let mut here = &mut root;
        let mut last = steps.next().unwrap_or_default();
        for step in steps {
            let inner = here.entry(last).or_insert_with(|| Value::Object(Map::new()));
            here = inner.as_object_mut().ok_or_else(|| format!("{name} is a value and a branch"))?;
            last = step;
        }
        if here.insert(last, Value::String(value.into_owned())).is_some() {
            return Err(format!("{name} appears twice"));
        }
    }
    Ok(Value::Object(root))
}

fn coerce(schema: &Value, value: &Value) -> Result<Value, String> {
    if let Some(ways) = schema["anyOf"].as_array() {
        return ways
            .iter()
            .find_map(|way| coerce(way, value).ok())
            .ok_or_else(|| format!("{value} fits none of {schema}"));
    }
    if let Some(words) = schema["enum"].as_array() {
        return if words.contains(value) { Ok(value.clone()) } else { Err(format!("{value} is not one of {words:?}")) };
    }
    match (schema["type"].as_str(), value) {
        (Some("object"), Value::Object(fields)) => object(schema, fields),
        (Some("array"), Value::Object(rows)) => array(&schema["items"], rows),
        (Some("integer"), Value::String(text)) => {
            text.parse::<i64>().map(Value::from).map_err(|_| format!("`{text}` is no integer"))
        }
        (Some("boolean"), Value::String(text)) => {
            text.parse::<bool>().map(Value::from).map_err(|_| format!("`{text}` is no boolean"))
        }
        (Some("string") | None, Value::String(_)) => Ok(value.clone()),
        _ => Err(format!("{value} does not fit {}", schema["type"])),
    }
}

fn object(schema: &Value, fields: &Map<String, Value>) -> Result<Value, String> {
    let none = Vec::new();
    for required in schema["required"].as_array().unwrap_or(&none) {
        let name = required.as_str().unwrap();
        if !fields.contains_key(name) {
            return Err(format!("{name} is missing"));
        }
    }
    let mut out = Map::new();
    for (name, value) in fields {
        let known = &schema["properties"][name];
        let inner = if known.is_null() { &schema["additionalProperties"] } else { known };
        if inner.is_null() || inner == false {
            return Err(format!("{name} is no parameter"));
        }
        out.insert(name.clone(), coerce(inner, value).map_err(|problem| format!("{name}: {problem}"))?);
    }
    Ok(Value::Object(out))
}

fn array(items: &Value, rows: &Map<String, Value>) -> Result<Value, String> {
    let mut sorted = BTreeMap::new();
    for (index, row) in rows {
        let index: usize = index.parse().map_err(|_| format!("`{index}` is no index"))?;
        sorted.insert(index, coerce(items, row)?);
    }
    if sorted.keys().copied().ne(0..sorted.len()) {
        return Err("the indexes have a hole".to_owned());
    }
    Ok(sorted.into_values().collect())
}

#[test]
fn the_check_notices_unknown_paths_parameters_and_values() {
    assert!(check("GET", "/v1/nonsense", "").is_err());
    assert!(check("DELETE", "/v1/refunds/re_1", "").is_err());
    assert!(check("POST", "/v1/refunds", "charge=ch_1&amount=5").is_ok());
    assert!(check("POST", "/v1/refunds", "charge=ch_1&amount=five").is_err());
    assert!(check("POST", "/v1/refunds", "charge=ch_1&colour=red").is_err());
    assert!(check("POST", "/v1/refunds", "reason=boredom").is_err());
    assert!(check("POST", "/v1/products", "active=true").is_err());
    assert!(check("GET", "/v1/events", "types%5B0%5D=invoice.paid&types%5B2%5D=customer.updated").is_err());
}
