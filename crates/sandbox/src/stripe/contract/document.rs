//! The OpenAPI subset, taken apart once per process: operations by path, validators compiled when first needed.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::{Registry, Validator};
use serde_json::{Map, Value, json};

const SPEC: &str = include_str!("../../../../../contracts/stripe-openapi-subset.json");
const BASE: &str = "json-schema:///stripe";
const FORM: &str = "application/x-www-form-urlencoded";

/// One operation of the contract.
#[derive(Debug)]
pub(crate) struct Operation {
    /// For example `Checkout.Sessions.create`.
    pub(crate) id: String,
    pub(crate) method: String,
    segments: Vec<String>,
    /// The schema of its parameters, `None` if it takes none.
    pub(crate) parameters: Option<Value>,
    /// Name of the compiled parameter schema.
    pub(crate) request: Option<String>,
    /// Name of the compiled answer schema.
    pub(crate) answer: String,
}

struct Spec {
    operations: Vec<Operation>,
    schemas: Map<String, Value>,
    registry: Registry<'static>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

static LOADED: LazyLock<Spec> = LazyLock::new(load);

fn load() -> Spec {
    let document: Value = serde_json::from_str(SPEC).expect("the embedded contract is JSON");
    let mut schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            operations.push(read_operation(path, method, operation, &mut schemas));
        }
    }
    let whole = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "components": {"schemas": schemas}});
    let registry = Registry::new()
        .add(BASE, whole)
        .and_then(|registry| registry.prepare())
        .expect("the embedded contract resolves its own references");
    Spec { operations, schemas, registry, validators: Mutex::default() }
}

/// Files the operation's own schemas beside the components, where `#/components/schemas/…` references resolve too.
fn read_operation(path: &str, method: &str, operation: &Value, schemas: &mut Map<String, Value>) -> Operation {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let body = &operation["requestBody"]["content"][FORM]["schema"];
    let query = &operation["x-query-schema"];
    let parameters = [body, query].into_iter().find(|schema| schema.is_object()).cloned();
    let request = parameters.as_ref().map(|schema| {
        let name = format!("{id}.request");
        schemas.insert(name.clone(), schema.clone());
        name
    });
    let answer = format!("{id}.answer");
    schemas.insert(answer.clone(), operation["responses"]["200"]["content"]["application/json"]["schema"].clone());
    let segments = path.split('/').skip(1).map(str::to_owned).collect();
    Operation { id, method: method.to_uppercase(), segments, parameters, request, answer }
}

/// The operation at `method path`, with the id its path carries. Fixed segments win over `{id}`.
pub(crate) fn find_operation(method: &str, path: &str) -> Option<(&'static Operation, Option<String>)> {
    let asked: Vec<&str> = path.split('/').skip(1).collect();
    let fits = |operation: &&Operation| {
        operation.method == method
            && operation.segments.len() == asked.len()
            && operation
                .segments
                .iter()
                .zip(&asked)
                .all(|(known, part)| known == part || (known == "{id}" && !part.is_empty()))
    };
    let variables = |operation: &&Operation| operation.segments.iter().filter(|segment| *segment == "{id}").count();
    let found = LOADED.operations.iter().filter(fits).min_by_key(variables)?;
    let at = found.segments.iter().position(|segment| segment == "{id}");
    let id = at.map(|index| percent_encoding::percent_decode_str(asked[index]).decode_utf8_lossy().into_owned());
    Some((found, id))
}

/// The first thing wrong with `instance`, with its place; `None` if it fits the schema of that name.
pub(crate) fn first_error(name: &str, instance: &Value) -> Option<String> {
    let validator = validator(name);
    let error = validator.iter_errors(instance).next()?;
    let text: String = error.to_string().chars().take(300).collect();
    Some(format!("at `{}`: {text}", error.instance_path()))
}

fn validator(name: &str) -> Arc<Validator> {
    let mut cache = LOADED.validators.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = cache.get(name) {
        return Arc::clone(known);
    }
    let schema = json!({"$ref": format!("{BASE}#/components/schemas/{name}")});
    let compiled = jsonschema::options()
        .with_registry(&LOADED.registry)
        .offline()
        .build(&schema)
        .expect("every schema of the embedded contract compiles");
    let compiled = Arc::new(compiled);
    cache.insert(name.to_owned(), Arc::clone(&compiled));
    compiled
}

/// Adds every required member that is absent and may be null, at all depths that stand in `object` already.
///
/// The contract promises such members on each object even where nothing is known, so that the code that builds an object
/// names only what it knows.
pub(crate) fn nullable_members(schema_name: &str, object: &mut Value) {
    if let Some(schema) = LOADED.schemas.get(schema_name) {
        fill(schema, object);
    }
}

fn fill(schema: &Value, value: &mut Value) {
    if let Some(target) = referenced(schema) {
        return fill(target, value);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        // Among several kinds of object the constant `object` member tells which one this is.
        let choice = choices.iter().filter_map(referenced).find(|choice| names(choice, value));
        return choice.map_or((), |choice| fill(choice, value));
    }
    match value {
        Value::Object(members) => {
            for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !members.contains_key(required) && may_be_null(&schema["properties"][required]) {
                    members.insert(required.to_owned(), Value::Null);
                }
            }
            for (name, member) in members.iter_mut() {
                if let Some(inner) = schema["properties"].get(name) {
                    fill(inner, member);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| fill(&schema["items"], element)),
        _ => {}
    }
}

fn referenced(schema: &Value) -> Option<&'static Value> {
    let name = schema["$ref"].as_str()?.rsplit('/').next()?;
    LOADED.schemas.get(name)
}

fn names(schema: &Value, value: &Value) -> bool {
    let kinds = schema["properties"]["object"]["enum"].as_array();
    kinds.is_some_and(|kinds| kinds.contains(&value["object"]))
}

fn may_be_null(schema: &Value) -> bool {
    let null = json!("null");
    schema["type"] == null
        || schema["type"].as_array().is_some_and(|types| types.contains(&null))
        || schema["enum"].as_array().is_some_and(|values| values.contains(&Value::Null))
        || schema["anyOf"].as_array().is_some_and(|choices| choices.iter().any(may_be_null))
}
