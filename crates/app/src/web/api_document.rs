//! The document of the JSON API as programs read it: what the handlers say about themselves, and what holds for whole kinds of routes
//! and is therefore said here, once: who may call, which refusals come before the handler, and which headers come along.

use crate::web::registry::{Declared, Policy};
use http::Method;
use serde_json::{Map, Value, json};

/// Completes what was collected from the handlers, by the policies that were declared. A handler's own words about a status stay.
pub(super) fn complete(mut document: Value, declared: &[Declared]) -> Value {
    let components = &mut document["components"];
    no_zeros(&mut components["schemas"]);
    components["securitySchemes"] = security_schemes();
    components["headers"] = headers();
    components["parameters"] = json!({"IdempotencyKey": idempotency_key()});
    components["responses"] = REFUSALS.iter().map(|(status, text)| (name(status), refusal(status, text))).collect();
    for route in declared {
        let method = route.method.as_str().to_ascii_lowercase();
        let item = document["paths"].get_mut(&route.path).and_then(|item| item.get_mut(&method));
        // Pages are not in the document.
        if let Some(operation) = item.and_then(Value::as_object_mut) {
            complete_operation(operation, route);
        }
    }
    document
}

/// No text of a body may have the character U+0000, see `api_json`; where a text has no form of its own, this is its form.
fn no_zeros(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let text = match fields.get("type") {
                Some(Value::String(kind)) => kind == "string",
                Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
                _ => false,
            };
            if text && !fields.contains_key("pattern") && !fields.contains_key("enum") {
                fields.insert("pattern".to_owned(), json!("^[^\\x00]*$"));
            }
            fields.values_mut().for_each(no_zeros);
        }
        Value::Array(values) => values.iter_mut().for_each(no_zeros),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Answers that come from around the handlers: their statuses and when they come.
const REFUSALS: [(&str, &str); 12] = [
    ("400", "The body is not JSON, or the Idempotency-Key cannot be used"),
    ("401", "No token, or one that is no longer good"),
    ("403", "The key or token is not for this, or the call comes from a page of another site"),
    ("404", "There is no such thing, or it is somebody else's"),
    ("408", "The body did not arrive in time"),
    ("409", "The first request with this Idempotency-Key is under way"),
    ("413", "The body is longer than 64 KiB"),
    ("415", "The body is not declared as JSON"),
    ("422", "A field is not acceptable, or the Idempotency-Key named another request"),
    ("429", "Too much at once, or too many tries"),
    ("503", "Something of ours failed; the same request can be sent again"),
    ("504", "The answer took too long; the same request can be sent again"),
];

fn name(status: &str) -> String {
    format!("Problem{status}")
}

/// Whether `status` can come before or around the handler of a route.
fn can_come(status: &str, route: &Declared, takes_body: bool) -> bool {
    let writes = route.method != Method::GET;
    // Repetitions are known by the account, see `idempotency`.
    let repeatable = writes && knows_account(route.policy);
    match status {
        "400" | "413" | "422" => takes_body || repeatable,
        "401" => route.policy != Policy::Public,
        "403" => writes || knows_account(route.policy),
        "404" => owned(route.policy),
        "408" => writes,
        "409" => repeatable,
        _ => true,
    }
}

fn knows_account(policy: Policy) -> bool {
    match policy {
        Policy::Session
        | Policy::OwnOrder
        | Policy::OwnService
        | Policy::OwnTicket
        | Policy::OwnSession
        | Policy::OwnApiKey
        | Policy::OwnPasskey
        | Policy::Confirmed
        | Policy::HalfSession
        | Policy::Permission(_)
        | Policy::ConfirmedPermission(_)
        | Policy::EndsView => true,
        Policy::Public | Policy::Webhook | Policy::Smoke | Policy::Internal => false,
    }
}

fn owned(policy: Policy) -> bool {
    matches!(
        policy,
        Policy::OwnOrder
            | Policy::OwnService
            | Policy::OwnTicket
            | Policy::OwnSession
            | Policy::OwnApiKey
            | Policy::OwnPasskey
    )
}

fn complete_operation(operation: &mut Map<String, Value>, route: &Declared) {
    let takes_body = operation.contains_key("requestBody");
    let repeatable = route.method != Method::GET && knows_account(route.policy);
    operation.insert("security".to_owned(), security(route));
    if repeatable {
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"}));
        }
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for (status, _) in REFUSALS {
        if can_come(status, route, takes_body) && !responses.contains_key(status) {
            responses.insert(status.to_owned(), json!({"$ref": format!("#/components/responses/{}", name(status))}));
        }
    }
    for (status, response) in responses.iter_mut().filter(|(_, response)| response.get("$ref").is_none()) {
        complete_response(status, response);
    }
    if repeatable {
        for (_, response) in responses.iter_mut().filter(|(_, response)| response.get("$ref").is_none()) {
            response["headers"]["Idempotency-Replayed"] = header_ref("IdempotencyReplayed");
        }
    }
}

/// What handlers wrote down as JSON goes out as a problem document when it is a refusal, and every answer carries the usual headers.
fn complete_response(status: &str, response: &mut Value) {
    if is_refusal(status)
        && let Some(content) = response.get_mut("content").and_then(Value::as_object_mut)
        && let Some(problem) = content.remove("application/json")
    {
        content.insert("application/problem+json".to_owned(), problem);
    }
    let headers = headers_of(status);
    match response.get_mut("headers").and_then(Value::as_object_mut) {
        Some(own) => own.extend(headers),
        None => response["headers"] = Value::Object(headers),
    }
}

fn is_refusal(status: &str) -> bool {
    status.starts_with(['4', '5'])
}

fn refusal(status: &str, text: &str) -> Value {
    let problem = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
    json!({"description": text, "headers": headers_of(status), "content": problem})
}

fn header_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

fn headers_of(status: &str) -> Map<String, Value> {
    let mut headers = Map::from_iter([
        ("X-Request-Id".to_owned(), header_ref("RequestId")),
        ("RateLimit-Limit".to_owned(), header_ref("RateLimitLimit")),
        ("RateLimit-Remaining".to_owned(), header_ref("RateLimitRemaining")),
        ("RateLimit-Reset".to_owned(), header_ref("RateLimitReset")),
    ]);
    match status {
        "401" => {
            headers.insert("WWW-Authenticate".to_owned(), header_ref("WwwAuthenticate"));
        }
        "409" => {
            headers.insert("Retry-After".to_owned(), header_ref("RetryAfter"));
        }
        "429" => {
            headers.insert("Retry-After".to_owned(), header_ref("RetryAfterAlways"));
        }
        _ => {}
    }
    headers
}

fn headers() -> Value {
    let number = |text: &str, required: bool| json!({"description": text, "required": required, "schema": {"type": "integer", "minimum": 0}});
    json!({
        "RequestId": {
            "description": "Names this request in our logs", "required": true,
            "schema": {"type": "string", "minLength": 1},
        },
        "RateLimitLimit": number("How many requests are allowed at once; absent where there is no limit", false),
        "RateLimitRemaining": number("How many of them are left", false),
        "RateLimitReset": number("Seconds until all of them are back", false),
        "RetryAfter": number("Seconds after which it is worth trying again", false),
        "RetryAfterAlways": number("Seconds after which it is worth trying again", true),
        "WwwAuthenticate": {
            "description": "How to show who is calling", "required": true,
            "schema": {"type": "string", "enum": ["Bearer"]},
        },
        "IdempotencyReplayed": {
            "description": "Present when this is the first answer to this Idempotency-Key once more",
            "schema": {"type": "string", "enum": ["true"]},
        },
    })
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Names this request for a day: sent again with the same body it does nothing and gets the first answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
        "example": "2f0c6d9e-restart-of-the-shop",
    })
}

fn security_schemes() -> Value {
    json!({
        "token": {
            "type": "http", "scheme": "bearer",
            "description": "An access token from POST /api/v1/auth/token, or, where a scope is named, an API key with that scope.",
        },
        "smoke": {
            "type": "http", "scheme": "bearer",
            "description": "A token of `givr admin token --scope smoke`. Of no use where real money moves.",
        },
    })
}

fn security(route: &Declared) -> Value {
    if knows_account(route.policy) {
        let scopes: Vec<_> = route.scope.into_iter().map(|scope| scope.key()).collect();
        json!([{"token": scopes}])
    } else if route.policy == Policy::Smoke {
        json!([{"smoke": []}])
    } else {
        json!([])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::access::Face;
    use domain::access::Scope;

    fn declared(method: Method, path: &str, policy: Policy, scope: Option<Scope>) -> Declared {
        Declared { method, path: path.to_owned(), policy, scope, face: Face::Api, document: "" }
    }

    fn statuses(operation: &Value) -> Vec<&str> {
        operation["responses"].as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn a_route_is_documented_by_its_policy_and_by_what_it_takes() {
        let own = json!({"description": "Wrong", "content": {"application/json": {"schema": {}}}});
        let document = json!({"components": {}, "paths": {
            "/plans": {"get": {"responses": {"200": {"description": "The plans"}}}},
            "/orders/{order}/cancel": {"post": {"responses": {"202": {"description": "Done"}}}},
            "/token": {"post": {"requestBody": {}, "responses": {"401": own}}},
        }});
        let document = complete(
            document,
            &[
                declared(Method::GET, "/plans", Policy::Public, None),
                declared(Method::POST, "/orders/{order}/cancel", Policy::OwnOrder, Some(Scope::OrdersWrite)),
                declared(Method::POST, "/token", Policy::Public, None),
                declared(Method::GET, "/a-page", Policy::Session, None),
            ],
        );
        let plans = &document["paths"]["/plans"]["get"];
        assert_eq!(statuses(plans), ["200", "415", "429", "503", "504"]);
        assert_eq!(plans["security"], json!([]));

        let cancel = &document["paths"]["/orders/{order}/cancel"]["post"];
        assert_eq!(
            statuses(cancel),
            ["202", "400", "401", "403", "404", "408", "409", "413", "415", "422", "429", "503", "504"]
        );
        assert_eq!(cancel["security"], json!([{"token": ["orders:write"]}]));
        assert_eq!(cancel["parameters"], json!([{"$ref": "#/components/parameters/IdempotencyKey"}]));
        assert!(cancel["responses"]["202"]["headers"]["Idempotency-Replayed"].is_object());

        let wrong = &document["paths"]["/token"]["post"]["responses"]["401"];
        assert_eq!(wrong["description"], "Wrong", "a handler's own words stay");
        assert!(wrong["content"]["application/problem+json"].is_object() && wrong["headers"].is_object());
        assert!(document["paths"].get("/a-page").is_none());
    }
}
