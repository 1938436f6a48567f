//! Writes the inputs that the engine starts from: what real panels, Stripe's documents and the shipped files say, and a few lines by
//! hand. Called by `scripts/fuzz` as `seeds <project> <folder>`.

use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Between the texts of one input.
const NEXT: &[u8] = &[0xff];
/// Longer seeds only make the engine slow.
const LONGEST: usize = 12_000;

struct Seeds {
    folder: PathBuf,
    count: usize,
}

impl Seeds {
    fn put(&mut self, target: &str, parts: &[&[u8]]) -> Done {
        let input = parts.concat();
        if input.len() <= LONGEST {
            let folder = self.folder.join(target);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(format!("seed-{:03}", self.count)), input)?;
            self.count += 1;
        }
        Ok(())
    }

    /// An input of several texts behind a choice.
    fn texts(&mut self, target: &str, choice: u8, texts: &[&str]) -> Done {
        let mut input = vec![choice];
        input.extend(texts.iter().map(|text| text.as_bytes()).collect::<Vec<_>>().join(NEXT));
        self.put(target, &[&input])
    }
}

fn main() -> Done {
    let mut arguments = std::env::args().skip(1);
    let (Some(project), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: seeds <project> <folder>".into());
    };
    let project = Path::new(&project);
    let mut seeds = Seeds { folder: folder.into(), count: 0 };
    panel(&mut seeds, project)?;
    stripe(&mut seeds, project)?;
    eggs(&mut seeds, project)?;
    owner_files(&mut seeds, project)?;
    by_hand(&mut seeds)?;
    eprintln!("{} seeds", seeds.count);
    Ok(())
}

fn json_at(path: &Path) -> Done<Value> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Every recorded answer, behind the call that makes such requests.
fn panel(seeds: &mut Seeds, project: &Path) -> Done {
    const STATUS: [u64; 14] = [200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 504];
    let folder = project.join("contracts/panel-recordings/pterodactyl-1.0-develop-706db62c6");
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|kind| kind != "json") {
            continue;
        }
        let recording = json_at(&path)?;
        let path = recording["request"]["path"].as_str().unwrap_or_default().split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.trim_start_matches("/api/").split('/').collect();
        let call = match parts.as_slice() {
            ["application", "servers", "external", _] => 0,
            ["application", "servers", _] => 1,
            ["application", "users", "external", _] => 2,
            ["application", "users"] => 3,
            ["application", "locations"] => 4,
            ["application", "nodes"] => 5,
            ["application", "nodes", _, "allocations"] => 6,
            ["application", "servers"] => 7,
            ["application", "nests", ..] => 8,
            ["client", "servers", _, "resources"] => 9,
            ["client", "servers", _, "power"] => 10,
            ["client", "servers", _, "backups"] => 15,
            ["client", "servers", _, "users"] => 19,
            ["client", "servers", _, "network", "allocations"] => 20,
            ["client", "servers", _, "startup"] => 21,
            ["client", "permissions"] => 22,
            ["client", "servers", _, "activity"] => 23,
            ["client", "servers", _, "websocket"] => 24,
            _ => 12,
        };
        let status = recording["response"]["status"].as_u64();
        let Some(status) = STATUS.iter().position(|known| Some(*known) == status) else { continue };
        let body = match &recording["response"]["body"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let body = body.replace("beta-1", "shop-svc-00000000000000000000000000000000");
        seeds.put("panel_answers", &[&[u8::try_from(status)?, call], b"7\n", body.as_bytes()])?;
    }
    for (call, body) in customers_answers() {
        seeds.put("panel_answers", &[&[0, call], b"7\n", body.to_string().as_bytes()])?;
    }
    Ok(())
}

/// What the recorded panel was not asked, by hand: files, a backup, a schedule, a database, a sub-user, a signed address.
fn customers_answers() -> Vec<(u8, Value)> {
    const UUID: &str = "77dc1325-4be0-4def-993e-be7aefc2db6d";
    const AT: &str = "2026-11-24T10:00:00+00:00";
    let list = |row: Value| json!({"object": "list", "data": [{"attributes": row}]});
    let file = json!({"name": "a.txt", "mode": "-rw-r--r--", "size": 3, "is_file": true, "is_symlink": false,
        "mimetype": "text/plain", "modified_at": AT});
    let backup = json!({"uuid": UUID, "is_successful": true, "is_locked": false, "name": "A", "checksum": "sha1:0",
        "bytes": 3, "created_at": AT, "completed_at": AT});
    let task = json!({"id": 1, "sequence_id": 1, "action": "power", "payload": "stop", "time_offset": 0});
    let schedule = json!({"id": 1, "name": "A", "cron": {"minute": "0", "hour": "4", "day_of_month": "*", "month": "*",
        "day_of_week": "*"}, "is_active": true, "next_run_at": AT, "relationships": {"tasks": list(task)}});
    let database = json!({"id": "a1B2", "host": {"address": "127.0.0.1", "port": 3306}, "name": "s1_a", "username": "u1",
        "connections_from": "%", "relationships": {"password": {"attributes": {"password": "secret"}}}});
    let subuser = json!({"uuid": UUID, "username": "a", "email": "a@b.c", "2fa_enabled": false, "permissions": ["control.start"]});
    vec![
        (13, list(file)),
        (14, json!("text")),
        (16, json!({"attributes": backup})),
        (17, list(schedule)),
        (18, list(database)),
        (19, list(subuser)),
        (27, json!({"event": "console output", "args": ["[10:00:00 INFO]: Done"]})),
        (27, json!({"event": "stats", "args": [r#"{"state":"running","memory_bytes":1,"network":{"rx_bytes":1}}"#]})),
        (27, json!({"event": format!("backup completed:{UUID}"), "args": [r#"{"is_successful":true}"#]})),
        (25, json!({"attributes": {"url": "https://node.example/upload/file?token=t"}})),
    ]
}

/// The sample events and their objects, alone and in lists; the other objects by hand.
fn stripe(seeds: &mut Seeds, project: &Path) -> Done {
    let contract = json_at(&project.join("contracts/stripe-openapi-subset.json"))?;
    let mut objects = vec![
        json!({"id": "cus_1", "object": "customer", "email": "ada@example.test", "name": "Ada", "metadata": {}, "created": 1, "livemode": false}),
        json!({"id": "prod_1", "object": "product", "name": "A", "description": null, "active": true, "metadata": {}, "livemode": false}),
        json!({"id": "price_1", "object": "price", "product": "prod_1", "lookup_key": "a", "unit_amount": 1399, "currency": "usd",
            "recurring": {"interval": "month", "interval_count": 1}, "active": true, "metadata": {}, "livemode": false}),
        json!({"id": "inpay_1", "object": "invoice_payment", "invoice": "in_1", "status": "paid", "amount_paid": 1399, "currency": "usd",
            "created": 1, "livemode": false, "payment": {"type": "payment_intent", "payment_intent": "pi_1"}}),
        json!({"id": "we_1", "object": "webhook_endpoint", "url": "https://shop.example/webhooks/stripe", "status": "enabled",
            "enabled_events": ["invoice.paid"], "api_version": null, "secret": "whsec_x", "livemode": false}),
        json!({"id": "bps_1", "url": "https://billing.stripe.com/p/session/x"}),
    ];
    for (_, example) in contract["components"]["examples"].as_object().unwrap_or(&Map::new()) {
        let event = &example["value"];
        let text = event.to_string();
        seeds.put("stripe_webhooks", &[b"t=1767225600,v1=5257a869e7,v0=6ffbb59b\n", text.as_bytes()])?;
        objects.push(event["data"]["object"].clone());
        objects.push(event.clone());
    }
    for object in objects {
        let kind = object["object"].as_str().unwrap_or_default();
        let (call, list) = match kind {
            "charge" => (0, 0),
            "checkout.session" => (2, 12),
            "refund" => (3, 13),
            "dispute" => (4, 1),
            "invoice" => (5, 14),
            "subscription" => (6, 16),
            "customer" => (7, 7),
            "product" => (8, 12),
            "price" => (8, 9),
            "event" => (10, 11),
            "invoice_payment" => (15, 20),
            "webhook_endpoint" => (19, 17),
            _ => (18, 20),
        };
        let text = object.to_string();
        seeds.put("stripe_objects", &[&[call, 0], b"\n", text.as_bytes()])?;
        // On the other side of what is promised: amounts below zero, and real money.
        for (said, instead) in [("1399", "-1399"), ("999", "-999"), ("\"livemode\":false", "\"livemode\":true")] {
            if text.contains(said) {
                seeds.put("stripe_objects", &[&[call, 0], b"\n", text.replace(said, instead).as_bytes()])?;
            }
        }
        let rows = json!({"object": "list", "data": [object], "has_more": false});
        seeds.put("stripe_objects", &[&[list, 0], b"\n", rows.to_string().as_bytes()])?;
    }
    let refused = json!({"error": {"type": "invalid_request_error", "code": "resource_missing", "param": "id",
        "message": "No such charge: 'ch_1'; key sk_test_k"}});
    for status in 4..12 {
        seeds.put("stripe_objects", &[&[0, status], b"5\n", refused.to_string().as_bytes()])?;
    }
    // A key that is put together only once control characters are taken out.
    let broken = json!({"error": {"code": "sk_t\u{7f}est_k", "message": "sk_\n test_k"}});
    seeds.put("stripe_objects", &[&[0, 5], b"5\n", broken.to_string().as_bytes()])?;
    for id in ["ch_1", "..", "../customers/cus_1", "a/b?c#d", "%2e%2e"] {
        seeds.put("stripe_objects", &[&[21, 0], b"\n", id.as_bytes()])?;
    }
    Ok(())
}

/// The recorded eggs: their rules with their defaults, and each whole, as the panel's mirror keeps it.
fn eggs(seeds: &mut Seeds, project: &Path) -> Done {
    let nests = json_at(&project.join("contracts/panel-recordings/eggs.json"))?;
    let nests = nests.as_array().into_iter().flatten();
    for egg in nests.flat_map(|nest| nest["eggs"].as_array().into_iter().flatten()) {
        let mut variables = Vec::new();
        for variable in egg["variables"].as_array().into_iter().flatten() {
            let word = |name: &str| variable[name].as_str().unwrap_or_default();
            seeds.texts("eggs", 0, &[word("rules"), word("default_value")])?;
            variables.push(
                json!({"name": word("env_variable"), "default_value": word("default_value"), "rules": word("rules"),
                "user_editable": true, "user_viewable": true}),
            );
        }
        let images = egg["docker_images"].as_object().into_iter().flatten();
        let whole = json!({"id": egg["id"], "uuid": egg["uuid"], "nest_id": egg["nest"], "name": egg["name"], "author": egg["author"],
            "startup": egg["startup"], "docker_images": images.map(|(label, image)| json!([label, image])).collect::<Vec<_>>(),
            "variables": variables});
        seeds.texts("eggs", 2, &[&whole.to_string()])?;
    }
    for template in
        ["{port:game}", "{secret:24}", "{input:token}", "{order:name:40} {{x}}", "max {plan:players}", "{", "a}b"]
    {
        seeds.texts("eggs", 1, &[template, "Ada's world", "required|string|max:20"])?;
    }
    Ok(())
}

/// The example settings and the shipped catalogue, each game with a shop of its own; without comments, to stay short.
fn owner_files(seeds: &mut Seeds, project: &Path) -> Done {
    let settings = fs::read_to_string(project.join("givr.example.toml"))?;
    seeds.texts("owner_files", 0, &[&settings])?;
    let filled = bare(&settings).replace("secret = \"\"", "secret = \"0123456789abcdef0123456789abcdef\"");
    seeds.texts("owner_files", 0, &[&filled])?;
    seeds.texts(
        "owner_files",
        0,
        &[&filled, "GIVR_SITE__URL=http://localhost:8080", "GIVR_POLICY__CHECKOUT_MINUTES=60"],
    )?;
    // On the other side of what is promised: a secret that is too short, and plain http.
    seeds.texts("owner_files", 0, &[&filled.replace("\"0123456789abcdef", "\"123456789abcdef")])?;
    seeds.texts("owner_files", 0, &[&filled.replace("https://shop", "http://shop")])?;
    let shop = bare(&fs::read_to_string(project.join("catalogue/shop.toml"))?);
    let (before, rest) = shop.split_once("games = [").ok_or("no list of games in shop.toml")?;
    let (_, after) = rest.split_once(']').ok_or("no end of the list of games in shop.toml")?;
    for entry in fs::read_dir(project.join("catalogue/games"))? {
        // The target calls its first game minecraft.
        let game = bare(&fs::read_to_string(entry?.path())?);
        seeds.texts("owner_files", 1, &[&format!("{before}games = [\"minecraft\"]{after}"), &game])?;
    }
    Ok(())
}

fn bare(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(" # ").next().unwrap_or(line).trim_end()).collect::<Vec<_>>().join("\n")
}

fn by_hand(seeds: &mut Seeds) -> Done {
    for segments in [
        &["schedules", "7"][..],
        &["..", "%2e%2e"],
        &["a/b", "c\\d"],
        &["%252e", "．．"],
        &["..;", "a?b#c"],
        &["files", "é"],
    ] {
        let input = [&["/a/../b&c=d"], segments].concat().join("\u{0}");
        let input: Vec<u8> = input.bytes().map(|byte| if byte == 0 { 0xff } else { byte }).collect();
        seeds.put("panel_paths", &[&input])?;
    }

    let status = r#"{"version":{"name":"1.21","protocol":767},"players":{"max":20,"online":3},"description":{"text":"A world"}}"#;
    let length = u8::try_from(status.len())?;
    seeds.put("game_answers", &[&[0, length + 2, 0, length], status.as_bytes()])?;
    let status = r#"{"version":{},"description":"§aHi\u0000"}"#;
    let length = u8::try_from(status.len())?;
    seeds.put("game_answers", &[&[0, length + 2, 0, length], status.as_bytes()])?;
    seeds.put("game_answers", &[&[0, 0xff, 0xff, 0xff, 0xff, 0x0f]])?;
    seeds.put("game_answers", &[&[1, 9, 0, 2]])?;
    seeds.put("game_answers", &[&[1, 4, 0, 37]])?;
    seeds.put(
        "game_answers",
        &[&[2], &[0xff; 10], b"inf390\x000.6.4\x00A server\x00ctf5\x00CTF\x000\x003\x0016\x004\x0016\x00"],
    )?;
    const INFO: &[u8] =
        b"\xff\xff\xff\xffI\x11A server\0de_dust2\0csgo\0Counter-Strike\0\xda\x02\x03\x10\0dl\0\x011.0\0";
    seeds.put("game_answers", &[&[3], INFO])?;
    seeds.put("game_answers", &[&[3], b"\xfe\xff\xff\xff\x01\0\0\0\x02\0\xe0\x04", INFO])?;
    seeds.put("game_answers", &[&[3], b"\xfe\xff\xff\xff\x01\0\0\x80\x01\0\xe0\x04", INFO])?;
    seeds.put("game_answers", &[&[3], b"\xff\xff\xff\xffA\x01\x02\x03\x04"])?;
    seeds.put(
        "game_answers",
        &[&[4], b"\x08A server\x03map\0\0\0\x02\0\0\0\x07\0\0\0\x92\x08official\0\0\0\0\x00\x02hi"],
    )?;

    for wish in [
        "/servers",
        "//evil.example",
        "/\\evil.example",
        "/orders/ord_1?session=cs_1#x",
        "/\t/evil.example",
        "/..//x",
        "https://x",
    ] {
        seeds.texts("requests", 0, &[wish])?;
    }
    let form = "cart=abc&plan=minecraft-paper-4g&term=monthly&region=eu&server_name=My+world&add_on=a&add_on=b&consent=c&input.token=X%201";
    seeds.texts("requests", 1, &[form])?;
    seeds.texts("requests", 1, &[&"add_on=a&".repeat(120)])?;
    let body = json!({"cart_key": "k", "plan_id": "p", "term": "monthly", "region": "eu", "server_name": "My world", "add_ons": ["a"],
        "inputs": {"token": "x"}, "consents": ["minecraft-eula"]});
    seeds.texts("requests", 2, &[&body.to_string()])?;
    let session = "0123456789abcdef".repeat(4);
    seeds.texts("requests", 3, &[&format!("a=b; __Host-givr={session}; c"), "__Host-givr=short"])?;
    let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSIsImtpZCI6IngifQ.eyJpc3MiOiJ4IiwiYXVkIjoiZ2l2ci1hcGkiLCJzdWIiOiJ4IiwiZXhwIjoxfQ.c2ln";
    seeds.texts("requests", 4, &[token])?;
    seeds.texts("requests", 4, &["eyJhbGciOiJub25lIn0"])?;

    for id in ["ord_", "svc_", "acc_", "ses_"] {
        seeds.texts("texts", 0, &[&format!("{id}0190a0b0c0d0e0f00123456789abcdef"), "shop"])?;
    }
    seeds.texts("texts", 0, &["77dc1325", "shop"])?;
    for code in ["usd", "JPY", "kwd", "eür"] {
        seeds.put("texts", &[&[1], code.as_bytes(), NEXT, &1399_i64.to_le_bytes()])?;
    }
    for email in ["ada@example.test", "\"a b\"@example.test", "a@[127.0.0.1]", "ü@exämple.test", "a,b@c", "..__@b.c"]
    {
        seeds.texts("texts", 2, &[email, "Ada\r\nBcc: x@y.z"])?;
    }
    seeds.texts("texts", 3, &["Shop\r\nBcc: a@b.c", "World\n", "https://shop.example/x", "ada@example.test"])?;
    seeds.texts("texts", 3, &["Läden", &"é".repeat(200), "x", "ünï@example.test"])
}
