//! What is kept of what was said in a call: enough to see why it ended as it did, and nothing that says who somebody is, opens something, or
//! was typed by a customer.

use bytes::Bytes;
use domain::call::CallFailure;
use domain::redact::without_addresses;
use http::{Method, Request, Response, header};
use serde_json::{Map, Value};

/// Characters of what is kept of one side.
const LONGEST: usize = 1500;
/// Characters of one value.
const LONGEST_VALUE: usize = 300;
/// What stands in the place of what is not kept.
const CUT: &str = "…";
/// Fields whose values are not kept, by a part of their names.
const PRIVATE: [&str; 11] = [
    "password",
    "secret",
    "token",
    "key",
    "email",
    "name",
    "address",
    "phone",
    "environment",
    "description",
    "startup",
];

/// Method and path; what follows the path may hold anything.
pub(super) fn line(request: &Request<Bytes>) -> String {
    shorten(&without_addresses(&format!("{} {}", request.method(), request.uri().path())), LONGEST_VALUE)
}

/// What goes along with a call that changes something.
pub(super) fn sent(request: &Request<Bytes>) -> Option<String> {
    if request.method() == Method::GET || request.body().is_empty() {
        return None;
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let fields: Vec<String> = form_urlencoded::parse(request.body())
            .map(|(name, value)| {
                let value = if is_private(&name) { CUT.to_owned() } else { shorten(&value, LONGEST_VALUE) };
                format!("{name}={value}")
            })
            .collect();
        return Some(finish(&fields.join(" ")));
    }
    match serde_json::from_slice::<Value>(request.body()) {
        Ok(document) => Some(finish(&in_a_line(&document))),
        // A file, or something else that is not ours to read.
        Err(_) => Some(format!("{} bytes", request.body().len())),
    }
}

/// What was answered: of a failure what the other side says about it, of a change what came of it, and of a look nothing.
pub(super) fn said(outcome: &Result<Response<Bytes>, CallFailure>, changes: bool) -> Option<String> {
    let answer = match outcome {
        Ok(answer) => answer,
        Err(failure) => return Some(finish(&causes(failure))),
    };
    let good = answer.status().is_success();
    if answer.body().is_empty() || (good && !changes) {
        return None;
    }
    let Ok(document) = serde_json::from_slice::<Value>(answer.body()) else {
        let text = String::from_utf8_lossy(answer.body());
        return Some(finish(&shorten(&text, LONGEST_VALUE)));
    };
    let told = match (good, &document["error"], &document["errors"]) {
        (true, ..) => results(&document),
        (false, Value::Object(error), _) => plain(error),
        (false, _, Value::Array(errors)) => {
            Value::Array(errors.iter().filter_map(Value::as_object).map(plain).collect())
        }
        (false, ..) => document.as_object().map(plain).unwrap_or_default(),
    };
    Some(finish(&in_a_line(&told)))
}

/// What Stripe's own people find a call by.
pub(super) fn request_id(answer: &Response<Bytes>) -> Option<String> {
    let id = answer.headers().get("request-id")?.to_str().ok()?;
    Some(shorten(id, LONGEST_VALUE))
}

/// The failure, and what lay below it.
fn causes(failure: &CallFailure) -> String {
    let first: &(dyn std::error::Error + 'static) = failure;
    let all = std::iter::successors(Some(first), |error| error.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What tells which thing came of a change, and how it stands.
fn results(document: &Value) -> Value {
    let of = if document["attributes"].is_object() { &document["attributes"] } else { document };
    let wanted = ["object", "id", "identifier", "external_id", "status", "payment_status", "amount", "currency"];
    let kept = wanted.iter().filter(|name| is_plain(&of[**name])).map(|name| ((*name).to_owned(), of[*name].clone()));
    Value::Object(kept.collect())
}

/// The fields that are texts and numbers: what is inside of others may be a whole customer.
fn plain(object: &Map<String, Value>) -> Value {
    let kept = object.iter().filter(|(_, value)| is_plain(value));
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn is_plain(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

/// A document as people read it: `limits.memory=4096 user=3`, without what is private.
fn in_a_line(document: &Value) -> String {
    let mut fields = Vec::new();
    flatten("", document, &mut fields);
    fields.join(" ")
}

fn flatten(name: &str, value: &Value, fields: &mut Vec<String>) {
    let within = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}.{part}") };
    match value {
        Value::Object(parts) => {
            for (part, value) in parts {
                match is_private(part) {
                    true => fields.push(format!("{}={CUT}", within(part))),
                    false => flatten(&within(part), value, fields),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| flatten(name, value, fields)),
        Value::Null => {}
        Value::String(text) => fields.push(format!("{name}={}", shorten(text, LONGEST_VALUE))),
        Value::Bool(_) | Value::Number(_) => fields.push(format!("{name}={value}")),
    }
}

/// Whether the value of a field is not kept; in a form a field's own name stands in the last brackets.
fn is_private(name: &str) -> bool {
    let own = name.rsplit('[').next().unwrap_or(name).to_ascii_lowercase();
    PRIVATE.iter().any(|private| own.contains(private))
}

/// Foreign text may hold what no database takes: PostgreSQL refuses a zero byte, and with it everything that is written at once.
fn finish(text: &str) -> String {
    shorten(&without_addresses(text).replace(char::is_control, " "), LONGEST)
}

fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}{CUT}", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(kind: &str, body: &str) -> Request<Bytes> {
        let request = Request::post("https://stripe.example/v1/things?email=ada@example.test");
        request.header(header::CONTENT_TYPE, kind).body(Bytes::from(body.to_owned())).unwrap()
    }

    fn answer(status: u16, body: &str) -> Result<Response<Bytes>, CallFailure> {
        Ok(Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap())
    }

    #[test]
    fn what_is_sent_is_kept_without_people_and_secrets() {
        let form = post(
            "application/x-www-form-urlencoded",
            "customer_email=ada%40example.test&metadata[order_id]=ord_1&name=Ada",
        );
        assert_eq!(sent(&form).unwrap(), "customer_email=… metadata[order_id]=ord_1 name=…");
        let json = r#"{"user":3,"environment":{"RCON":"geheim"},"limits":{"memory":4096},"password":"x","note":"for ada@example.test"}"#;
        let kept = sent(&post("application/json", json)).unwrap();
        assert_eq!(kept, "user=3 environment=… limits.memory=4096 password=… note=for …");
        assert_eq!(line(&form), "POST /v1/things");
        assert_eq!(sent(&post("application/octet-stream", "\u{1}\u{2}")).unwrap(), "2 bytes");
    }

    #[test]
    fn of_an_answer_is_kept_what_it_says_about_itself() {
        let card = r#"{"error":{"type":"card_error","code":"card_declined","message":"Declined for ada@example.test","payment_intent":{"id":"pi_1"}}}"#;
        let kept = said(&answer(402, card), true).unwrap();
        assert_eq!(kept, "type=card_error code=card_declined message=Declined for …");
        let panel = r#"{"errors":[{"code":"ValidationException","status":"422","detail":"No.","meta":{"rule":"x"}}]}"#;
        let kept = said(&answer(422, panel), true).unwrap();
        assert_eq!(kept, "code=ValidationException status=422 detail=No.");
        let made = r#"{"object":"server","attributes":{"id":7,"identifier":"1a2b","name":"Ada's keep"}}"#;
        assert_eq!(said(&answer(201, made), true).unwrap(), "id=7 identifier=1a2b");
        assert_eq!(said(&answer(200, made), false), None, "what is only looked at is not kept");
        let gateway = format!("<html>{}</html>", "x".repeat(5000));
        assert_eq!(said(&answer(502, &gateway), false).unwrap().chars().count(), 301);
        let hostile = r#"{"error":{"message":"a\u0000b\nc"}}"#;
        assert_eq!(said(&answer(400, hostile), true).unwrap(), "message=a b c");
        let cut = Err(CallFailure::NoAnswer("the answer was lost".into()));
        assert!(said(&cut, false).unwrap().contains("the answer was lost"));
    }
}
