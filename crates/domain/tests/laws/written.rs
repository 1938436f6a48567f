//! What is written down is read back as it was, and nothing else is taken for it: ids, and what rows keep as JSON.

use crate::cases;
use domain::catalogue::{AddOnKey, BlueprintKey, ServerShape, Value};
use domain::ids::{
    AccountId, AlertId, ApiKeyId, AttemptId, AuditId, CheckoutAttemptId, DataKeyId, Id, IncidentId, InvitationId,
    LedgerEntryId, MessageId, NoteId, NotificationId, OperationId, OrderId, PasskeyId, RefundId, ReservationId,
    ServiceId, SessionId, TicketId, TicketMessageId, TimelineId, ViewId,
};
use domain::provision::{Progress, Sighting};
use domain::snapshot::{Line, Snapshot};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Calls `$check!(Type)` for every kind of id. The test below counts them in the source.
macro_rules! every_kind {
    ($check:ident) => {
        $check!(AccountId, SessionId, OrderId, ReservationId, CheckoutAttemptId, ServiceId, OperationId, AttemptId);
        $check!(LedgerEntryId, RefundId, MessageId, AlertId, AuditId, TimelineId, DataKeyId, PasskeyId, ApiKeyId);
        $check!(InvitationId, TicketId, TicketMessageId, NotificationId, NoteId, IncidentId, ViewId);
    };
}

#[test]
fn every_kind_of_id_has_a_prefix_of_its_own() {
    let mut prefixes = Vec::new();
    macro_rules! collect {
        ($($kind:ident),*) => { prefixes.extend([$($kind::PREFIX),*]); };
    }
    every_kind!(collect);
    let different: BTreeSet<_> = prefixes.iter().collect();
    assert_eq!(different.len(), prefixes.len());
    assert!(prefixes.iter().all(|prefix| prefix.len() == 4 && prefix.ends_with('_')));
    let in_source =
        include_str!("../../src/ids.rs").lines().filter(|line| line.trim_start().contains("Id = \"")).count();
    assert_eq!(prefixes.len(), in_source, "a kind of id is not tested here");
}

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,20}"
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (-1_000_000_000_000_000_i64..4_000_000_000_000_000).prop_map(|micros| Timestamp::from_microsecond(micros).unwrap())
}

fn line() -> impl Strategy<Value = Line> {
    (text(), text(), any::<i64>()).prop_map(|(lookup_key, price_id, minor)| Line { lookup_key, price_id, minor })
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    let names = (text(), text(), text(), text());
    let bought =
        (prop::collection::vec(line(), 0..4), prop::collection::vec(text(), 0..3), prop::collection::vec(text(), 0..3));
    let maps = (prop::collection::btree_map(text(), text(), 0..3), prop::collection::btree_map(text(), text(), 0..3));
    let size = (any::<[u32; 8]>(), any::<bool>(), any::<Option<u32>>());
    (names, bought, maps, size).prop_map(|(names, (lines, consents, add_ons), (inputs, env), (size, oom, players))| {
        let [memory_mib, cpu_percent, disk_mib, swap_mib, io_weight, databases, backups, extra_ports] = size;
        Snapshot {
            label: names.0,
            game: names.1,
            blueprint: BlueprintKey::new(names.2),
            lines,
            server_name: names.3,
            inputs,
            consents,
            add_ons: add_ons.into_iter().map(AddOnKey::new).collect(),
            shape: ServerShape {
                memory_mib,
                cpu_percent,
                disk_mib,
                swap_mib,
                io_weight,
                oom_disabled: oom,
                databases,
                backups,
                extra_ports,
            },
            env: env.into_iter().map(|(name, value)| (name, Value(value))).collect(),
            players_max: players,
        }
    })
}

fn progress() -> impl Strategy<Value = Progress> {
    let some = || prop::option::of(moment());
    let moments = (some(), some(), some(), some(), some(), some(), some(), some(), some());
    let servers = (prop::option::of((text(), moment())), prop::option::of(text()));
    let counts = (any::<u32>(), any::<u32>(), any::<bool>(), prop::collection::vec(any::<i64>(), 0..3));
    (servers, moments, counts).prop_map(|(servers, moments, (starts, mends, discarding, abandoned_nodes))| Progress {
        sighted: servers.0.map(|(uuid, at)| Sighting { uuid, at }),
        server: servers.1,
        server_at: moments.0,
        installed_at: moments.1,
        reinstalled_at: moments.2,
        prepared_at: moments.3,
        start_sent_at: moments.4,
        starts,
        running_since: moments.5,
        answered_at: moments.6,
        confirmed_at: moments.7,
        abandoned_nodes,
        mends,
        discarding,
        discarded_at: moments.8,
    })
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn every_id_reads_back_what_it_wrote_and_no_other_kind_does(number in any::<u128>()) {
        let uuid = Uuid::from_u128(number);
        let mut written = Vec::new();
        macro_rules! read_back {
            ($($kind:ident),*) => {$({
                let id = $kind::from_uuid(uuid);
                prop_assert_eq!($kind::parse(&id.to_string()), Ok(id.clone()));
                prop_assert_eq!(format!("{}{}", $kind::PREFIX, id.suffix()), id.as_str());
                prop_assert_eq!(u128::from_str_radix(id.suffix(), 16), Ok(number));
                let json = serde_json::to_string(&id).unwrap();
                prop_assert_eq!(serde_json::from_str::<$kind>(&json).unwrap(), id.clone());
                written.push(String::from(id));
            })*};
        }
        every_kind!(read_back);
        macro_rules! read_none {
            ($($kind:ident),*) => {$(
                for text in written.iter().filter(|text| !text.starts_with($kind::PREFIX)) {
                    prop_assert!($kind::parse(text).is_err());
                }
            )*};
        }
        every_kind!(read_none);
    }

    #[test]
    fn nothing_but_an_id_is_read_as_one(text in "(ord_)?[0-9a-f]{31,33}|ord_[0-9a-fA-G]{32}|ord_\\PC{0,40}|\\PC{0,40}") {
        let hex = text.strip_prefix("ord_").unwrap_or_default();
        let shaped = hex.chars().count() == 32 && hex.chars().all(|c| "0123456789abcdef".contains(c));
        let read = OrderId::parse(&text).ok().map(String::from);
        prop_assert_eq!(read, Some(text).filter(|_| shaped));
    }

    #[test]
    fn what_was_bought_is_read_back_to_the_last_cent(snapshot in snapshot()) {
        let written = serde_json::to_string(&snapshot).unwrap();
        prop_assert_eq!(serde_json::from_str::<Snapshot>(&written).unwrap(), snapshot);
    }

    #[test]
    fn what_was_done_is_read_back_to_the_microsecond(progress in progress()) {
        let written = serde_json::to_string(&progress).unwrap();
        prop_assert_eq!(serde_json::from_str::<Progress>(&written).unwrap(), progress);
    }
}
