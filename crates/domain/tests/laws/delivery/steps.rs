//! What no single step may do, whatever was seen: the invariants in their own words, beside the rules that chose the step.

use super::{at, seconds};
use crate::cases;
use domain::provision::{
    Attempt, AttemptOutcome, Deadlines, Installation, Look, ParkReason, Power, Progress, Seen, ServerSeen, Sighting,
    Step, Waits, next_step,
};
use domain::refund::RefundReason;
use domain::removal::{self, Found};
use jiff::Timestamp;
use proptest::option;
use proptest::prelude::*;

/// Few moments, so that they meet at the edges of every rule.
fn moment() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        8 => prop::sample::select(vec![0, 1, 9, 10, 11, 19, 20, 59, 60, 61, 119, 120, 121, 300, 301, 420]),
        1 => prop::sample::select(vec![899, 900, 901, 7199, 7200, 7620, 8000]),
    ]
    .prop_map(at)
}

fn uuid() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["u-1", "u-2"]).prop_map(str::to_owned)
}

fn look() -> impl Strategy<Value = Look> {
    use Installation::{Blocked, Done, Failed, Running};
    let installation = prop_oneof![4 => Just(Done), 1 => Just(Running), 1 => Just(Failed), 1 => Just(Blocked)];
    let power = option::of(prop_oneof![
        4 => Just(Power::Running),
        1 => Just(Power::Offline),
        1 => Just(Power::Starting),
        1 => Just(Power::Stopping),
    ]);
    let server = (uuid(), installation, any::<bool>(), prop::bool::weighted(0.8), power).prop_map(
        |(uuid, installation, matches, has_ports, power)| ServerSeen { uuid, installation, matches, has_ports, power },
    );
    prop_oneof![1 => Just(Look::Unknown), 3 => Just(Look::Absent), 6 => server.prop_map(Look::Present)]
}

/// Also calls that were recorded half: of every time and outcome, any may be missing.
fn attempt() -> impl Strategy<Value = Attempt> {
    let outcome = option::weighted(0.8, prop::sample::select(AttemptOutcome::ALL.to_vec()));
    (1_i64..4, moment(), option::weighted(0.8, moment()), outcome).prop_map(|(node, one, other, outcome)| Attempt {
        node,
        started_at: other.map_or(one, |other| one.min(other)),
        finished_at: other.map(|other| one.max(other)),
        outcome,
    })
}

fn progress() -> impl Strategy<Value = Progress> {
    let server = (option::of(uuid()), option::of(moment()), option::of(uuid()), moment());
    let installed = (option::of(moment()), option::weighted(0.3, moment()), option::of(moment()));
    let started = (option::weighted(0.8, moment()), 0_u32..5);
    let answers = (option::of(moment()), option::of(moment()), option::of(moment()));
    let left = (prop::collection::vec(1_i64..4, 0..3), 0_u32..5, prop::bool::weighted(0.2), option::of(moment()));
    (server, installed, started, answers, left).prop_map(|(server, installed, started, answers, left)| Progress {
        sighted: server.2.map(|uuid| Sighting { uuid, at: server.3 }),
        server: server.0,
        server_at: server.1,
        installed_at: installed.0,
        reinstalled_at: installed.1,
        prepared_at: installed.2,
        start_sent_at: started.0,
        starts: started.1,
        running_since: answers.0,
        answered_at: answers.1,
        confirmed_at: answers.2,
        abandoned_nodes: left.0,
        mends: left.1,
        discarding: left.2,
        discarded_at: left.3,
    })
}

fn seen() -> impl Strategy<Value = Seen> {
    let flags = (prop::bool::weighted(0.05), prop::bool::weighted(0.9), any::<bool>(), any::<bool>(), any::<bool>());
    let attempts = prop::collection::vec(attempt(), 0..4);
    (flags, look(), attempts, progress(), option::weighted(0.9, 1_i64..4)).prop_map(
        |((stop, has_account, needs_preparation, has_probe, other_node), look, attempts, progress, node)| Seen {
            began_at: at(0),
            stop,
            has_account,
            look,
            attempts,
            progress,
            deadlines: Deadlines { install: seconds(300), start: seconds(120) },
            waits: Waits::default(),
            needs_preparation,
            has_probe,
            node,
            other_node,
        },
    )
}

/// A moment, and what had been seen until then: nothing is remembered from the future.
fn seen_by_now() -> impl Strategy<Value = (Seen, Timestamp)> {
    (seen(), moment()).prop_map(|(mut seen, now)| {
        seen.attempts = seen.attempts.into_iter().map(|attempt| until(attempt, now)).collect();
        let Progress { sighted, server_at, installed_at, reinstalled_at, prepared_at, .. } = &mut seen.progress;
        if let Some(sighting) = sighted {
            sighting.at = sighting.at.min(now);
        }
        for moment in [server_at, installed_at, reinstalled_at, prepared_at].into_iter().flatten() {
            *moment = now.min(*moment);
        }
        let Progress { start_sent_at, running_since, answered_at, confirmed_at, discarded_at, .. } = &mut seen.progress;
        for moment in [start_sent_at, running_since, answered_at, confirmed_at, discarded_at].into_iter().flatten() {
            *moment = now.min(*moment);
        }
        (seen, now)
    })
}

fn until(attempt: Attempt, now: Timestamp) -> Attempt {
    Attempt {
        started_at: attempt.started_at.min(now),
        finished_at: attempt.finished_at.map(|finished| finished.min(now)),
        ..attempt
    }
}

/// Whether the call may still make a server appear or vanish (settle rule).
fn may_still_act(attempt: &Attempt, now: Timestamp) -> bool {
    match attempt.outcome {
        None => now < attempt.started_at + seconds(60 + 60),
        Some(AttemptOutcome::Lost) => match attempt.finished_at {
            Some(finished) => now < finished + seconds(60),
            None => now < attempt.started_at + seconds(60 + 60),
        },
        Some(
            AttemptOutcome::Created
            | AttemptOutcome::Found
            | AttemptOutcome::RolledBack
            | AttemptOutcome::Refused
            | AttemptOutcome::HeldBack,
        ) => false,
    }
}

fn ours(seen: &Seen) -> Option<&ServerSeen> {
    match &seen.look {
        Look::Present(server) if seen.progress.server.as_ref() == Some(&server.uuid) => Some(server),
        Look::Present(_) | Look::Absent | Look::Unknown => None,
    }
}

/// What has to be true of what was seen for a step to be allowed at all.
fn is_allowed(step: &Step, seen: &Seen, now: Timestamp) -> bool {
    let progress = &seen.progress;
    let absent = seen.look == Look::Absent;
    let known = ours(seen).filter(|_| !progress.discarding);
    let ready = known.filter(|server| server.has_ports && server.installation == Installation::Done);
    let runs = ready.is_some_and(|server| server.power == Some(Power::Running));
    match step {
        // It neither spins nor sleeps longer than the longest rule: a call's budget and its settling, or the steps between tries.
        Step::Wait(until, _) => *until > now && *until <= now + seconds(60 + 60).max(seconds(5 * 4)),
        Step::EnsureAccount => {
            // Or for the owner of a server that was made, as the owner was, after our data was written.
            let ownerless = matches!(&seen.look, Look::Present(server) if !server.matches);
            (absent || ownerless) && !seen.has_account && progress.server.is_none()
        }
        Step::MoveReservation => {
            absent && seen.other_node && !progress.discarding && !seen.attempts.iter().any(|a| may_still_act(a, now))
        }
        Step::Create => may_create(seen, now),
        Step::RecordSighting(uuid) => matches!(&seen.look, Look::Present(server) if server.uuid == *uuid),
        Step::Adopt(uuid) => {
            let before = progress.sighted.as_ref().is_some_and(|s| s.uuid == *uuid && s.at + seconds(60) <= now);
            let again = matches!(&seen.look, Look::Present(server) if server.uuid == *uuid && server.matches);
            before && again && progress.server.is_none()
        }
        Step::MendPorts => known.is_some_and(|server| !server.has_ports) && progress.mends < 3,
        Step::Reinstall => {
            let bad = |server: &ServerSeen| matches!(server.installation, Installation::Running | Installation::Failed);
            known.is_some_and(bad) && progress.reinstalled_at.is_none()
        }
        Step::Prepare => ready.is_some() && seen.needs_preparation && progress.prepared_at.is_none(),
        Step::Start => ready.is_some() && (!seen.needs_preparation || progress.prepared_at.is_some()),
        Step::Ask => runs && seen.has_probe && progress.start_sent_at.is_some(),
        // S5: the two answers belong to the run that is going on.
        Step::Fulfil { verified: true } => {
            let apart = |(one, two): (Timestamp, Timestamp)| two >= one + seconds(10);
            runs && seen.has_probe && progress.answered_at.zip(progress.confirmed_at).is_some_and(apart)
        }
        Step::Fulfil { verified: false } => {
            runs && !seen.has_probe && progress.running_since.is_some_and(|since| now >= since + seconds(60))
        }
        Step::Discard => known.is_some() && seen.other_node,
        // Only what we made ourselves and gave up.
        Step::Delete => ours(seen).is_some() && progress.discarding,
        Step::Discarded => absent && progress.discarding,
        Step::GiveBack(RefundReason::Cancelled) => seen.stop,
        Step::GiveBack(RefundReason::ServerVanished) => absent && !progress.discarding,
        Step::GiveBack(RefundReason::CannotBeDelivered) => true,
        Step::GiveBack(
            RefundReason::PaidAfterExpiry
            | RefundReason::PaidTwice
            | RefundReason::ChargedAfterEnd
            | RefundReason::NotAsOrdered
            | RefundReason::ByHand,
        ) => false,
        Step::Park(ParkReason::Mismatch) => matches!(&seen.look, Look::Present(server) if !server.matches),
        Step::Park(ParkReason::OtherServer) => {
            matches!(&seen.look, Look::Present(server) if progress.server.as_ref() != Some(&server.uuid))
        }
    }
}

/// S4, and the settle rule: a place, an owner, a panel that just said that there is none, and no call that may still act.
fn may_create(seen: &Seen, now: Timestamp) -> bool {
    let here = |attempt: &&Attempt| Some(attempt.node) == seen.node;
    let counted: Vec<_> = seen
        .attempts
        .iter()
        .filter(here)
        .filter_map(|attempt| attempt.outcome.or(Some(AttemptOutcome::Lost)))
        .collect();
    let confirmed = seen.attempts.iter().filter(|attempt| attempt.outcome == Some(AttemptOutcome::Created));
    let last_confirmed = confirmed.filter_map(|attempt| attempt.finished_at).max();
    seen.look == Look::Absent
        && !seen.stop
        && last_confirmed <= seen.progress.discarded_at
        && seen.has_account
        && seen.node.is_some_and(|node| !seen.progress.abandoned_nodes.contains(&node))
        && seen.progress.server.is_none()
        && !seen.progress.discarding
        && !seen.attempts.iter().any(|attempt| may_still_act(attempt, now))
        && !counted.contains(&AttemptOutcome::Refused)
        && counted.iter().filter(|outcome| **outcome != AttemptOutcome::HeldBack).count() < 2
}

proptest! {
    #![proptest_config(cases(4096))]

    #[test]
    fn no_step_is_taken_that_what_was_seen_does_not_allow((seen, now) in seen_by_now()) {
        let step = next_step(&seen, now);
        prop_assert!(is_allowed(&step, &seen, now), "{step:?}");
        if seen.look == Look::Unknown {
            prop_assert!(matches!(step, Step::Wait(..) | Step::GiveBack(_)), "no answer led to {step:?}");
        }
        if seen.stop {
            prop_assert_eq!(step, Step::GiveBack(RefundReason::Cancelled));
        }
    }

    #[test]
    fn the_same_look_leads_to_the_same_step_and_none_is_left_open_for_ever((seen, now) in seen_by_now()) {
        prop_assert_eq!(next_step(&seen, now), next_step(&seen, now));
        // No moment of the past lies later than second 8000; patience is 300 + 120 + 7200 seconds.
        let decided = next_step(&seen, at(8000 + 7620));
        prop_assert!(matches!(decided, Step::GiveBack(_)), "{decided:?}");
    }

    #[test]
    fn nothing_is_called_gone_while_it_may_still_appear(
        subscription_ended in any::<bool>(),
        found in prop::sample::select(vec![Found::Unknown, Found::Nothing, Found::Server]),
        attempts in prop::collection::vec(attempt(), 0..4),
        now in moment(),
    ) {
        let attempts: Vec<_> = attempts.into_iter().map(|attempt| until(attempt, now)).collect();
        let seen = removal::Seen { subscription_ended, found, attempts: &attempts, waits: Waits::default() };
        // A panel that reads from a replica may be behind what it has just confirmed.
        let just_made = |attempt: &Attempt| {
            let confirmed = matches!(attempt.outcome, Some(AttemptOutcome::Created | AttemptOutcome::Found));
            confirmed && attempt.finished_at.is_some_and(|finished| now < finished + seconds(60))
        };
        let may_appear = attempts.iter().any(|attempt| may_still_act(attempt, now) || just_made(attempt));
        match removal::next_step(&seen, now) {
            removal::Step::EndSubscription => prop_assert!(!subscription_ended),
            removal::Step::Delete => prop_assert!(subscription_ended && found == Found::Server),
            removal::Step::Finish => prop_assert!(subscription_ended && found == Found::Nothing && !may_appear),
            removal::Step::Wait(until) => {
                prop_assert!(subscription_ended && until > now && until <= now + seconds(120));
                prop_assert!(found == Found::Unknown || (found == Found::Nothing && may_appear));
            }
        }
    }
}
