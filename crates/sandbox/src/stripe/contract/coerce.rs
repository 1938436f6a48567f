//! From text to typed parameters: follows the operation's schema and names the first wrong parameter in bracket form.

use serde_json::{Map, Value, json};

use super::super::error::ApiError;
use super::super::form::{Node, join};
use super::Operation;

/// No amount, count or instant lies beyond; the arithmetic on them cannot overflow.
const LARGEST_INTEGER: i64 = 999_999_999_999;

/// The typed parameters of one request; an operation without a schema takes none.
pub(super) fn parameters(operation: &Operation, form: &Node) -> Result<Value, ApiError> {
    let nothing = json!({"type": "object", "additionalProperties": false});
    coerce(operation.parameters.as_ref().unwrap_or(&nothing), form, "")
}

fn coerce(schema: &Value, node: &Node, path: &str) -> Result<Value, ApiError> {
    if let Some(choices) = schema["anyOf"].as_array() {
        return first_fitting(choices, node, path);
    }
    match (types(schema).as_slice(), node) {
        (["object"], Node::Branch(children)) => object(schema, children, path),
        (["array"], Node::Branch(_)) => array(schema, node, path),
        (["object" | "array"], Node::Leaf(text)) if text.is_empty() => Err(empty(path)),
        (["object"], Node::Leaf(_)) => Err(ApiError::invalid("Invalid object").param(path)),
        (["array"], Node::Leaf(_)) => Err(ApiError::invalid("Invalid array").param(path)),
        ([kind], Node::Leaf(text)) => scalar(schema, kind, text, path),
        ([kind], Node::Branch(_)) => Err(ApiError::invalid(format!("Invalid {kind}")).param(path)),
        (_, _) => Ok(untyped(node)),
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ if schema["enum"].is_array() => vec!["string"],
        _ => vec![],
    }
}

/// Takes the first alternative that fits; if none does, the complaint of the one whose outer shape fits best.
fn first_fitting(choices: &[Value], node: &Node, path: &str) -> Result<Value, ApiError> {
    let mut best: Option<ApiError> = None;
    for choice in choices {
        match coerce(choice, node, path) {
            Ok(value) => return Ok(value),
            Err(error) => {
                let structured = types(choice).iter().any(|kind| matches!(*kind, "object" | "array"));
                if best.is_none() || structured == matches!(node, Node::Branch(_)) {
                    best = Some(error);
                }
            }
        }
    }
    Err(best.unwrap_or_else(|| ApiError::invalid("Invalid value").param(path)))
}

fn object(schema: &Value, children: &[(String, Node)], path: &str) -> Result<Value, ApiError> {
    let known = &schema["properties"];
    let others = &schema["additionalProperties"];
    let mut members = Map::new();
    for (name, child) in children {
        let place = join(path, name);
        let value = if let Some(member) = known.get(name) {
            coerce(member, child, &place)?
        } else if others.is_object() {
            map_value(name, child, &place)?
        } else if known.is_object() || others == &Value::Bool(false) {
            let message = format!("Received unknown parameter: {place}");
            return Err(ApiError::invalid(message).code("parameter_unknown").param(place));
        } else {
            untyped(child)
        };
        members.insert(name.clone(), value);
    }
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(required) {
            let place = join(path, required);
            let message = format!("Missing required param: {place}.");
            return Err(ApiError::invalid(message).code("parameter_missing").param(place));
        }
    }
    if others.is_object() && members.len() > 50 {
        return Err(ApiError::invalid("Metadata can have up to 50 keys").param(path));
    }
    Ok(Value::Object(members))
}

/// One metadata value: any text up to 500 characters, empty to unset its key.
fn map_value(name: &str, node: &Node, path: &str) -> Result<Value, ApiError> {
    let Node::Leaf(text) = node else {
        return Err(ApiError::invalid("Metadata values must be strings").param(path));
    };
    if name.chars().count() > 40 {
        return Err(ApiError::invalid("Metadata keys can be at most 40 characters").param(path));
    }
    if text.chars().count() > 500 {
        return Err(ApiError::invalid("Metadata values can be at most 500 characters").param(path));
    }
    Ok(json!(text))
}

fn array(schema: &Value, node: &Node, path: &str) -> Result<Value, ApiError> {
    let elements = node.elements().ok_or_else(|| ApiError::invalid("Invalid array").param(path))?;
    let coerced: Result<Vec<Value>, ApiError> =
        elements.into_iter().map(|(index, child)| coerce(&schema["items"], child, &join(path, index))).collect();
    Ok(Value::Array(coerced?))
}

fn scalar(schema: &Value, kind: &str, text: &str, path: &str) -> Result<Value, ApiError> {
    if let Some(allowed) = schema["enum"].as_array() {
        if allowed.iter().any(|value| value.as_str() == Some(text)) {
            return Ok(json!(text));
        }
        if text.is_empty() {
            return Err(empty(path));
        }
        return Err(ApiError::invalid(format!("Invalid {path}: {text} is not an accepted value")).param(path));
    }
    if text.is_empty() {
        return Err(empty(path));
    }
    match kind {
        "integer" => {
            let number = text.parse::<i64>().ok().filter(|number| number.abs() <= LARGEST_INTEGER);
            number.map(Value::from).ok_or_else(|| {
                ApiError::invalid(format!("Invalid integer: {text}")).code("parameter_invalid_integer").param(path)
            })
        }
        "number" => text
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(|number| json!(number))
            .ok_or_else(|| ApiError::invalid(format!("Invalid decimal: {text}")).param(path)),
        "boolean" => match text {
            "true" => Ok(json!(true)),
            "false" => Ok(json!(false)),
            _ => Err(ApiError::invalid(format!("Invalid boolean: {text}")).param(path)),
        },
        _ => Ok(json!(text)),
    }
}

fn empty(path: &str) -> ApiError {
    ApiError::invalid(format!("You passed an empty string for '{path}'. Nothing can be cleared here; leave it out."))
        .code("parameter_invalid_empty")
        .param(path)
}

fn untyped(node: &Node) -> Value {
    match node {
        Node::Leaf(text) => json!(text),
        Node::Branch(children) => match node.elements() {
            Some(elements) if !elements.is_empty() => elements.into_iter().map(|(_, child)| untyped(child)).collect(),
            _ => Value::Object(children.iter().map(|(name, child)| (name.clone(), untyped(child))).collect()),
        },
    }
}
