//! Replays the recorded answers of a real panel, in their order, against the simulator.
//!
//! Compared are the status, each error's code, rule and field, the shape of the body (keys and JSON types, of lists the first
//! item), the states and limits of servers, the lengths of lists and the headers of the rate limit. Ids, uuids and sentences
//! belong to the one recorded run. Cases that are not compared stand with their reason in `panel_replay_exceptions.txt`; one
//! that would pass must leave the list.

mod panel_recording;

use panel_recording::{Case, Shape, read_cases};
use sandbox::panel::{Fault, FaultSpec, On, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Requests sent at the same moment stand in the order in which they were numbered, not in which the panel took them.
fn in_the_panels_order(mut cases: Vec<Case>) -> Vec<Case> {
    let turn = |number: u32| match number {
        302 => 304,
        303 => 305,
        304 => 302,
        305 => 306,
        306 => 307,
        307 => 308,
        308 => 310,
        309 => 311,
        310 => 309,
        311 => 312,
        later => later * if later > 311 { 2 } else { 1 },
    };
    cases.sort_by_key(|case| turn(case.number));
    cases
}

/// What the person who recorded did to the daemon, or let happen, before a request.
async fn prepare(replay: &panel_recording::Replay, case: &Case) {
    let fault = |fault: Fault| {
        replay.sim.add_fault(FaultSpec::once(fault));
    };
    match case.number {
        147 | 157 | 162 | 198 | 200 | 202 | 204 | 205 | 279 | 281 | 343 | 345 => {
            fault(Fault::DaemonDown { node: None })
        }
        154 | 283 | 347 => fault(Fault::DaemonAnswers { status: 500, node: None }),
        155 => fault(Fault::DaemonAnswers { status: 422, node: None }),
        285 => fault(Fault::DaemonAnswers { status: 404, node: None }),
        149 => fault(Fault::InstallFails),
        // The create of case 160, whose caller hung up while the daemon took its time.
        159 => {
            fault(Fault::InstallSlow { seconds: 4 });
            let lost = Fault::Timeout { outcome: Outcome::Kept, seconds: 0 };
            replay.sim.add_fault(FaultSpec::once(lost).on(On::create_server()));
            replay.send_recorded(160).await;
        }
        // The recorder's daemon ran nothing; this one wants the EULA accepted first.
        247 => drop(replay.sim.write_file(1, "/eula.txt", "eula=true")),
        289 | 294 | 295 | 317 => fault(Fault::LostRace { at_save: false }),
        290 => fault(Fault::LostRace { at_save: true }),
        318 => replay.exhaust("/api/application/locations", "application", 240, -3).await,
        322 => replay.exhaust("/api/client/account", "client, plain user", 720, -8).await,
        _ => {}
    }
}

/// Every difference between what was recorded and what the simulator answered.
fn differences(case: &Case, status: u16, headers: &BTreeMap<String, String>, body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, recorded: String, answered: String| {
        if recorded != answered {
            found.push(format!("{what}: recorded {recorded}, answered {answered}"));
        }
    };
    compare("status", case.status.to_string(), status.to_string());
    compare("errors", errors(&case.body), errors(body));
    compare("shape", Shape::of(&case.body).to_string(), Shape::of(body).to_string());
    compare("facts", facts(&case.body), facts(body));
    for name in ["x-ratelimit-limit", "x-ratelimit-reset", "retry-after", "allow"] {
        let of = |headers: &BTreeMap<String, String>| headers.get(name).cloned().unwrap_or_default();
        compare(name, of(&case.headers), of(headers));
    }
    for name in ["x-ratelimit-remaining", "location"] {
        let has = |headers: &BTreeMap<String, String>| headers.contains_key(name).to_string();
        compare(name, has(&case.headers), has(headers));
    }
    found
}

/// Code, rule and field of each error.
fn errors(body: &Value) -> String {
    let errors = body["errors"].as_array().into_iter().flatten();
    let each = errors.map(|error| {
        let meta = &error["meta"];
        json!([error["code"], error["status"], meta["rule"], meta["source_field"]])
    });
    Value::from(each.collect::<Vec<_>>()).to_string()
}

/// What does not depend on the run: a server's state and limits, the sums of a list.
fn facts(body: &Value) -> String {
    let attributes = &body["attributes"];
    let length = body["data"].as_array().map(Vec::len);
    let mut sums = body["meta"]["pagination"].clone();
    if let Some(sums) = sums.as_object_mut() {
        sums.remove("links");
    }
    let server =
        ["external_id", "name", "status", "suspended", "limits", "feature_limits", "is_suspended", "is_installing"];
    let server: Vec<&Value> = server.iter().map(|name| &attributes[*name]).collect();
    let container = &attributes["container"];
    let container = json!([container["installed"], container["image"], container["startup_command"]]);
    json!([length, sums, server, container, attributes["current_state"], attributes["assigned"]]).to_string()
}

/// Case number to reason.
fn exceptions() -> BTreeMap<u32, String> {
    let text = include_str!("panel_replay_exceptions.txt");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (number, reason) = line.split_once(' ').expect("a number and a reason");
            assert!(reason.trim().len() > 10, "case {number} needs a reason");
            (number.parse().expect("a case number"), reason.to_owned())
        })
        .collect()
}

#[tokio::test]
async fn the_simulator_answers_as_the_recorded_panel_did() {
    let cases = in_the_panels_order(read_cases());
    assert_eq!(cases.len(), 361);
    let excepted = exceptions();
    let mut replay = panel_recording::Replay::new(&cases);
    let (mut replayed, mut wrong) = (0, Vec::new());
    for case in &cases {
        replay.set_clock(case);
        prepare(&replay, case).await;
        let (status, headers, body) = replay.send(case).await;
        let differences = differences(case, status, &headers, &body);
        match (differences.is_empty(), excepted.get(&case.number)) {
            (true, None) => replayed += 1,
            (true, Some(reason)) => wrong.push(format!("{} passes, but is excepted: {reason}", case.name)),
            (false, Some(_)) => {}
            (false, None) => wrong.push(format!("{}\n    {}", case.name, differences.join("\n    "))),
        }
        replay.learn(&case.body, &body);
    }
    assert!(wrong.is_empty(), "{} of 361 replayed; {} wrong:\n{}", replayed, wrong.len(), wrong.join("\n"));
    // Shown with --nocapture and in the report of a failed run.
    eprint_count(replayed);
    assert!(replayed >= 330);
}

#[expect(clippy::print_stderr, reason = "the count of replayed cases is this test's figure")]
fn eprint_count(replayed: usize) {
    eprintln!("{replayed} of 361 replayed");
}
