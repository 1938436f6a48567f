//! The OpenAPI subset, taken apart once per process: operations by path, and the schemas of what is asked and answered, compiled.

use std::collections::HashMap;
use std::sync::LazyLock;

use boon::{Compiler, SchemaIndex, Schemas};
use rust_embed::RustEmbed;
use serde_json::{Map, Value, json};

/// Half a megabyte, and a tenth of it compressed.
#[derive(RustEmbed)]
#[folder = "../../contracts"]
#[include = "stripe-openapi-subset.json"]
struct Contract;

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
    /// The same schemas, as they are checked against, and where each of them is among them.
    compiled: Schemas,
    places: HashMap<String, SchemaIndex>,
}

static LOADED: LazyLock<Spec> = LazyLock::new(load);

fn load() -> Spec {
    let file = Contract::get("stripe-openapi-subset.json").expect("the contract is embedded");
    let document: Value = serde_json::from_slice(&file.data).expect("the embedded contract is JSON");
    let mut schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            operations.push(read_operation(path, method, operation, &mut schemas));
        }
    }
    let whole = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "components": {"schemas": schemas}});
    let (mut compiler, mut compiled) = (Compiler::new(), Schemas::new());
    compiler.add_resource(BASE, whole).expect("the embedded contract is a resource");
    let mut compile = |name: &String| {
        let place = compiler.compile(&format!("{BASE}#/components/schemas/{name}"), &mut compiled);
        (name.clone(), place.expect("every schema of the embedded contract compiles"))
    };
    let places = schemas.keys().map(&mut compile).collect();
    Spec { operations, schemas, compiled, places }
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
    let place = LOADED.places.get(name).expect("a schema of the embedded contract");
    let error = LOADED.compiled.validate(instance, *place).err()?;
    // What stands around the first only says that something is wrong inside.
    let mut first = &error;
    while let Some(cause) = first.causes.first() {
        first = cause;
    }
    let text: String = first.kind.to_string().chars().take(300).collect();
    Some(format!("at `{}`: {text}", first.instance_location))
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
