//! A shop in order gives no finding at any moment; each law finds what is made wrong, and nothing else does.

mod capacity;
mod contracts;
mod messages;
mod money;
mod sample;
mod servers;

use super::laws::runbook::Runbook;
use super::{Deadlines, Evidence, Law, Moment, check};
use domain::catalogue::Catalogue;
use domain::freeze::Reason;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use store::freezes::PastFreeze;

fn running() -> Moment {
    let hour = SignedDuration::from_hours(1);
    Moment::Running(Deadlines {
        ledger: SignedDuration::from_mins(10),
        event: hour,
        refund: hour,
        removal: hour,
        letter: hour,
        unpaid: hour,
        unpaid_server: hour,
        delivery: hour,
        installs: BTreeMap::new(),
    })
}

/// Every moment, from the mildest.
fn moments() -> [Moment; 3] {
    [Moment::Anytime, running(), Moment::Decided]
}

/// Laws and subjects that are found.
fn found(evidence: &Evidence, moment: &Moment) -> Vec<(Law, String)> {
    check(evidence, moment).into_iter().map(|finding| (finding.law, finding.subject)).collect()
}

/// The shop in order, with one thing changed, gives this one finding at these moments and none at the others.
#[track_caller]
fn one(law: Law, subject: &str, at: &[Moment], change: impl FnOnce(&mut Evidence)) {
    let mut evidence = sample::evidence();
    change(&mut evidence);
    for moment in moments() {
        let expected = if at.contains(&moment) { vec![(law, subject.to_owned())] } else { Vec::new() };
        assert_eq!(found(&evidence, &moment), expected, "{moment:?}: {:#?}", check(&evidence, &moment));
    }
}

/// The shop in order, with things changed that no law minds.
#[track_caller]
fn none(change: impl FnOnce(&mut Evidence)) {
    let mut evidence = sample::evidence();
    change(&mut evidence);
    for moment in moments() {
        assert_eq!(check(&evidence, &moment), [], "{moment:?}");
    }
}

/// The shop came back from a backup.
fn restored(data_at: Timestamp, ended_at: Timestamp) -> PastFreeze {
    PastFreeze { reason: Reason::Restored, data_at, ended_at }
}

/// Whatever the moment.
fn always() -> [Moment; 3] {
    moments()
}

/// Where time counts.
fn later() -> [Moment; 2] {
    [running(), Moment::Decided]
}

#[test]
fn a_shop_in_order_gives_no_finding() {
    let mut evidence = sample::evidence();
    for moment in moments() {
        assert_eq!(check(&evidence, &moment), [], "{moment:?}");
    }
    sample::with_open_order(&mut evidence);
    for moment in moments() {
        assert_eq!(check(&evidence, &moment), [], "{moment:?}, with somebody who is paying");
    }
}

#[test]
fn what_is_under_way_is_no_finding_before_its_time_is_over() {
    let mut evidence = sample::evidence();
    sample::with_delivery(&mut evidence);
    assert_eq!(check(&evidence, &Moment::Anytime), []);
    for moment in later() {
        assert_eq!(found(&evidence, &moment), [(Law::O6, sample::service(4))], "{moment:?}");
    }
    evidence.at = sample::minute(6);
    assert_eq!(found(&evidence, &running()), []);
}

#[test]
fn what_is_younger_than_the_reading_is_not_judged() {
    let mut evidence = sample::evidence();
    // Nothing of the shop is there yet outside: it was read before.
    evidence.at = sample::minute(-1);
    evidence.panel.servers.clear();
    evidence.stripe = super::AtStripe::default();
    for moment in moments() {
        assert_eq!(check(&evidence, &moment), [], "{moment:?}");
    }
}

#[test]
fn every_runbook_that_findings_name_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/runbooks/README.md");
    let text = std::fs::read_to_string(folder).unwrap();
    let sections: BTreeSet<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let missing = Runbook::ALL.iter().map(|runbook| runbook.section()).filter(|section| !sections.contains(section));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&str>::new(), "they have no section");
}

#[test]
fn reading_may_happen_on_any_thread() {
    fn may_move<T: Send>(_: impl FnOnce(&'static super::Sources<'static>) -> T) {}
    may_move(|from| super::read(from, sample::minute(0)));
}

#[test]
fn a_law_has_one_id_and_one_sentence() {
    let ids: BTreeSet<&str> = Law::ALL.iter().map(|law| law.id()).collect();
    assert_eq!(ids.len(), Law::ALL.len());
    assert!(Law::ALL.iter().all(|law| law.says().ends_with('.') && !law.says().contains('\n')));
}

#[test]
fn deadlines_follow_the_games_of_the_catalogue() {
    let catalogue: Catalogue = crate::catalogue_files::load(None).unwrap();
    let deadlines = Deadlines::of(&catalogue);
    let slowest = catalogue.blueprints.iter().max_by_key(|blueprint| blueprint.install_deadline_s).unwrap();
    assert!(deadlines.delivery_of(&slowest.key) > deadlines.delivery + SignedDuration::from_mins(10));
}
