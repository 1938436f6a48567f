//! What the next step is in every situation that matters.

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

/// A paid order with an account and a node, nothing tried yet.
fn fresh() -> Seen {
    Seen {
        began_at: at(0),
        stop: false,
        has_account: true,
        look: Look::Absent,
        attempts: vec![],
        progress: Progress::default(),
        deadlines: Deadlines { install: SignedDuration::from_secs(300), start: SignedDuration::from_secs(120) },
        waits: Waits::default(),
        needs_preparation: true,
        has_probe: true,
        node: Some(1),
        other_node: true,
    }
}

fn attempt(node: i64, started: i64, outcome: AttemptOutcome) -> Attempt {
    Attempt { node, started_at: at(started), finished_at: Some(at(started + 1)), outcome: Some(outcome) }
}

fn server() -> ServerSeen {
    ServerSeen {
        uuid: "u-1".into(),
        installation: Installation::Done,
        matches: true,
        has_ports: true,
        power: Some(Power::Running),
    }
}

/// A confirmed server, prepared and started at second 10.
fn started() -> Seen {
    Seen {
        look: Look::Present(server()),
        attempts: vec![attempt(1, 0, AttemptOutcome::Created)],
        progress: Progress {
            server: Some("u-1".into()),
            server_at: Some(at(1)),
            installed_at: Some(at(9)),
            prepared_at: Some(at(9)),
            start_sent_at: Some(at(10)),
            starts: 1,
            ..Progress::default()
        },
        ..fresh()
    }
}

#[test]
fn a_delivery_that_goes_on_after_a_freeze_has_its_whole_patience_again() {
    // Started at second 10, frozen for a day, the game answers.
    let day = 86_400;
    let asked = next_step(&started(), at(day));
    assert_eq!(asked, Step::GiveBack(RefundReason::CannotBeDelivered), "without a freeze nobody waits for a day");
    let thawed = Seen { began_at: at(day), ..started() };
    assert_eq!(next_step(&thawed, at(day + 1)), Step::Ask);
    let thawed = Seen { look: Look::Absent, ..thawed };
    assert!(matches!(next_step(&thawed, at(day + 1)), Step::Wait(_, Waiting::Panel)));
    let installing = ServerSeen { installation: Installation::Running, ..server() };
    let thawed = Seen { look: Look::Present(installing), ..thawed };
    assert!(matches!(next_step(&thawed, at(day + 1)), Step::Wait(_, Waiting::Installation)));
}

#[test]
fn a_server_that_was_made_with_its_owner_after_our_data_was_written_finds_its_owner_first() {
    let sighted = Progress { sighted: Some(Sighting { uuid: "u-1".into(), at: at(0) }), ..Progress::default() };
    let strange = ServerSeen { matches: false, ..server() };
    let seen = Seen { look: Look::Present(strange), progress: sighted, has_account: false, ..fresh() };
    assert_eq!(next_step(&seen, at(61)), Step::EnsureAccount);
    assert_eq!(next_step(&Seen { has_account: true, ..seen }, at(61)), Step::Park(ParkReason::Mismatch));
}

#[test]
fn no_answer_from_the_panel_is_never_taken_for_absence() {
    let seen = Seen { look: Look::Unknown, ..fresh() };
    assert!(matches!(next_step(&seen, at(1)), Step::Wait(_, Waiting::Panel)));
    let seen = Seen { look: Look::Unknown, ..started() };
    assert!(matches!(next_step(&seen, at(7000)), Step::Wait(_, Waiting::Panel)));
}

#[test]
fn a_panel_that_stays_silent_for_two_hours_ends_in_a_refund() {
    let seen = Seen { look: Look::Unknown, ..started() };
    assert_eq!(next_step(&seen, at(10 + 7200)), Step::GiveBack(RefundReason::CannotBeDelivered));
}

#[test]
fn an_absent_server_is_created_once_there_is_an_account_and_room() {
    assert_eq!(next_step(&Seen { has_account: false, ..fresh() }, at(1)), Step::EnsureAccount);
    assert_eq!(next_step(&Seen { node: None, ..fresh() }, at(1)), Step::MoveReservation);
    assert_eq!(next_step(&fresh(), at(1)), Step::Create);
}

#[test]
fn after_a_lost_answer_nothing_is_created_before_the_settle_time_is_over() {
    let seen = Seen { attempts: vec![attempt(1, 0, AttemptOutcome::Lost)], ..fresh() };
    assert_eq!(next_step(&seen, at(60)), Step::Wait(at(61), Waiting::Settle));
    assert_eq!(next_step(&seen, at(66)), Step::Create);
}

#[test]
fn an_attempt_cut_off_by_a_crash_settles_after_the_whole_budget_of_its_call() {
    let cut = Attempt { node: 1, started_at: at(0), finished_at: None, outcome: None };
    let seen = Seen { attempts: vec![cut], ..fresh() };
    assert_eq!(next_step(&seen, at(119)), Step::Wait(at(120), Waiting::Settle));
    assert_eq!(next_step(&seen, at(130)), Step::Create);
}

#[test]
fn an_unexplained_server_is_adopted_only_when_seen_twice_a_minute_apart() {
    let mut seen =
        Seen { look: Look::Present(server()), attempts: vec![attempt(1, 0, AttemptOutcome::Lost)], ..fresh() };
    assert_eq!(next_step(&seen, at(2)), Step::RecordSighting("u-1".into()));
    seen.progress.sighted = Some(Sighting { uuid: "u-1".into(), at: at(2) });
    assert_eq!(next_step(&seen, at(30)), Step::Wait(at(62), Waiting::Settle));
    assert_eq!(next_step(&seen, at(62)), Step::Adopt("u-1".into()));
    seen.progress.sighted = Some(Sighting { uuid: "u-0".into(), at: at(2) });
    assert_eq!(next_step(&seen, at(62)), Step::RecordSighting("u-1".into()));
}

#[test]
fn an_unexplained_server_that_looks_different_is_left_to_a_person() {
    let seen = Seen {
        look: Look::Present(ServerSeen { matches: false, ..server() }),
        progress: Progress { sighted: Some(Sighting { uuid: "u-1".into(), at: at(0) }), ..Progress::default() },
        ..fresh()
    };
    assert_eq!(next_step(&seen, at(70)), Step::Park(ParkReason::Mismatch));
}

#[test]
fn a_confirmed_server_that_vanished_is_never_made_again() {
    let seen = Seen { look: Look::Absent, ..started() };
    assert_eq!(next_step(&seen, at(500)), Step::GiveBack(RefundReason::ServerVanished));
}

#[test]
fn a_server_that_vanished_before_we_wrote_it_down_is_not_made_again_either() {
    // The call was confirmed, then we crashed; an operator took the server away meanwhile.
    let mut seen = Seen { attempts: vec![attempt(1, 0, AttemptOutcome::Created)], ..fresh() };
    assert_eq!(next_step(&seen, at(5)), Step::Wait(at(61), Waiting::Panel));
    assert_eq!(next_step(&seen, at(61)), Step::GiveBack(RefundReason::ServerVanished));
    // What had been discarded before says nothing about the next node.
    seen.progress = Progress { abandoned_nodes: vec![1], discarded_at: Some(at(10)), ..Progress::default() };
    assert_eq!(next_step(&seen, at(11)), Step::MoveReservation);
}

#[test]
fn another_server_under_our_external_id_is_left_to_a_person() {
    let seen = Seen { look: Look::Present(ServerSeen { uuid: "u-2".into(), ..server() }), ..started() };
    assert_eq!(next_step(&seen, at(20)), Step::Park(ParkReason::OtherServer));
}

#[test]
fn a_failing_node_is_tried_twice_then_left_and_at_last_the_money_goes_back() {
    let mut seen = Seen { attempts: vec![attempt(1, 0, AttemptOutcome::RolledBack)], ..fresh() };
    assert_eq!(next_step(&seen, at(2)), Step::Wait(at(6), Waiting::Retry));
    assert_eq!(next_step(&seen, at(6)), Step::Create);
    seen.attempts.push(attempt(1, 6, AttemptOutcome::RolledBack));
    assert_eq!(next_step(&seen, at(20)), Step::MoveReservation);
    seen.other_node = false;
    assert_eq!(next_step(&seen, at(20)), Step::GiveBack(RefundReason::CannotBeDelivered));
}

#[test]
fn a_refused_request_moves_on_at_once_and_stops_after_three_nodes() {
    let refused = |node| attempt(node, node, AttemptOutcome::Refused);
    let mut seen = Seen { attempts: vec![refused(1)], ..fresh() };
    assert_eq!(next_step(&seen, at(2)), Step::MoveReservation);
    seen = Seen { attempts: vec![refused(1), refused(2), refused(3)], node: Some(3), ..fresh() };
    assert_eq!(next_step(&seen, at(9)), Step::GiveBack(RefundReason::CannotBeDelivered));
}

#[test]
fn a_customer_who_stops_in_time_gets_the_money_back() {
    assert_eq!(next_step(&Seen { stop: true, ..fresh() }, at(1)), Step::GiveBack(RefundReason::Cancelled));
    let seen = Seen { stop: true, ..started() };
    assert_eq!(next_step(&seen, at(20)), Step::GiveBack(RefundReason::Cancelled));
}

#[test]
fn calls_that_were_held_back_say_nothing_about_the_node() {
    let held = |second| attempt(1, second, AttemptOutcome::HeldBack);
    let seen = Seen { attempts: vec![held(0), held(10), held(20)], ..fresh() };
    assert_eq!(next_step(&seen, at(60)), Step::Create);
}

#[test]
fn a_stuck_installation_is_run_again_once_and_then_moved() {
    let mut seen = started();
    seen.look = Look::Present(ServerSeen { installation: Installation::Running, power: None, ..server() });
    assert!(matches!(next_step(&seen, at(100)), Step::Wait(_, Waiting::Installation)));
    assert_eq!(next_step(&seen, at(301)), Step::Reinstall);
    seen.progress.reinstalled_at = Some(at(301));
    assert!(matches!(next_step(&seen, at(400)), Step::Wait(_, Waiting::Installation)));
    assert_eq!(next_step(&seen, at(601)), Step::Discard);
    seen.other_node = false;
    assert_eq!(next_step(&seen, at(601)), Step::GiveBack(RefundReason::CannotBeDelivered));
}

#[test]
fn nothing_starts_before_the_files_that_it_needs_are_written() {
    let mut seen = started();
    seen.progress.prepared_at = None;
    seen.progress.start_sent_at = None;
    assert_eq!(next_step(&seen, at(10)), Step::Prepare);
    seen.progress.prepared_at = Some(at(10));
    assert_eq!(next_step(&seen, at(10)), Step::Start);
}

#[test]
fn a_game_has_to_answer_twice_ten_seconds_apart() {
    let mut seen = started();
    assert_eq!(next_step(&seen, at(20)), Step::Ask);
    seen.progress.answered_at = Some(at(20));
    assert_eq!(next_step(&seen, at(25)), Step::Wait(at(30), Waiting::Confirmation));
    assert_eq!(next_step(&seen, at(30)), Step::Ask);
    seen.progress.confirmed_at = Some(at(30));
    assert_eq!(next_step(&seen, at(30)), Step::Fulfil { verified: true });
}

#[test]
fn a_confirmation_from_before_a_crash_confirms_nothing() {
    let mut seen = started();
    // The game had answered twice when the server went down; the break forgot the first answer.
    seen.progress.confirmed_at = Some(at(30));
    assert_eq!(next_step(&seen, at(60)), Step::Ask);
    seen.progress.answered_at = Some(at(60));
    assert_eq!(next_step(&seen, at(65)), Step::Wait(at(70), Waiting::Confirmation));
    assert_eq!(next_step(&seen, at(70)), Step::Ask);
    seen.progress.confirmed_at = Some(at(70));
    assert_eq!(next_step(&seen, at(70)), Step::Fulfil { verified: true });
}

#[test]
fn a_running_server_whose_game_stays_silent_is_never_playable() {
    let seen = started();
    assert_eq!(next_step(&seen, at(129)), Step::Ask);
    assert_eq!(next_step(&seen, at(130)), Step::Discard);
}

#[test]
fn a_game_that_cannot_be_asked_has_to_run_for_a_minute() {
    let mut seen = Seen { has_probe: false, ..started() };
    assert!(matches!(next_step(&seen, at(20)), Step::Wait(_, Waiting::Start)));
    seen.progress.running_since = Some(at(20));
    assert!(matches!(next_step(&seen, at(79)), Step::Wait(_, Waiting::Confirmation)));
    assert_eq!(next_step(&seen, at(80)), Step::Fulfil { verified: false });
}

#[test]
fn a_server_that_keeps_crashing_is_started_three_times_and_then_moved() {
    let mut seen = started();
    seen.look = Look::Present(ServerSeen { power: Some(Power::Offline), ..server() });
    assert!(matches!(next_step(&seen, at(15)), Step::Wait(_, Waiting::Start)));
    assert_eq!(next_step(&seen, at(30)), Step::Start);
    seen.progress.starts = 3;
    assert_eq!(next_step(&seen, at(30)), Step::Discard);
}

#[test]
fn a_discarded_server_is_deleted_and_confirmed_gone_before_the_next_node() {
    let mut seen = started();
    seen.progress.discarding = true;
    assert_eq!(next_step(&seen, at(200)), Step::Delete);
    seen.look = Look::Unknown;
    assert!(matches!(next_step(&seen, at(200)), Step::Wait(_, Waiting::Panel)));
    seen.look = Look::Absent;
    assert_eq!(next_step(&seen, at(200)), Step::Discarded);
}

#[test]
fn calls_that_are_held_back_for_too_long_end_in_a_refund() {
    let seen = Seen { has_account: false, ..fresh() };
    assert_eq!(next_step(&seen, at(899)), Step::EnsureAccount);
    assert_eq!(next_step(&seen, at(900)), Step::GiveBack(RefundReason::CannotBeDelivered));
}

#[test]
fn a_power_state_that_cannot_be_asked_never_costs_the_server() {
    let silent = Look::Present(ServerSeen { power: None, ..server() });
    let seen = Seen { look: silent, ..started() };
    assert!(matches!(next_step(&seen, at(10 + 3600)), Step::Wait(_, Waiting::Start)));
}

#[test]
fn whatever_hangs_a_delivery_is_decided_at_last() {
    let blocked = Look::Present(ServerSeen { installation: Installation::Blocked, ..server() });
    let seen = Seen { look: blocked, ..started() };
    assert!(matches!(next_step(&seen, at(7200)), Step::Wait(..)));
    // Installation, start and two hours after the last thing that moved.
    assert_eq!(next_step(&seen, at(10 + 300 + 120 + 7200)), Step::GiveBack(RefundReason::CannotBeDelivered));
}

#[test]
fn only_the_server_that_was_given_up_is_deleted() {
    let mut seen = started();
    seen.progress.discarding = true;
    assert_eq!(next_step(&seen, at(20)), Step::Delete);
    seen.look = Look::Present(ServerSeen { uuid: "u-2".into(), ..server() });
    assert_eq!(next_step(&seen, at(20)), Step::Park(ParkReason::OtherServer));
}

#[test]
fn after_a_slow_game_was_given_up_another_node_still_gets_its_chance() {
    let seen = Seen {
        attempts: vec![attempt(1, 0, AttemptOutcome::Created)],
        progress: Progress { abandoned_nodes: vec![1], discarded_at: Some(at(3600)), ..Progress::default() },
        ..fresh()
    };
    assert_eq!(next_step(&seen, at(3601)), Step::MoveReservation);
}
