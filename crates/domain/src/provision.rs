//! From a paid order to a playable server: which step comes next.
//!
//! Pure: what was seen goes in, one step comes out. The same input always gives the same step, whoever asks and however often,
//! so a restart, a second process and a lost event all lead along the same path.

use crate::refund::RefundReason;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A game that cannot be asked has to run this long without a restart.
const RUN_UNVERIFIED: SignedDuration = SignedDuration::from_secs(60);
/// How often creating, or repairing what was created, may fail on one node before another one is tried.
const FAILURES_PER_NODE: usize = 2;
/// How many nodes are tried.
pub const NODES_TRIED: usize = 3;
/// How often a server that stopped by itself is started again.
const STARTS: u32 = 3;
/// How often ports that a server lacks are given to it.
const MENDS: u32 = 3;
/// How long after the time for an installation the panel may refuse to repeat it, before the node is given up.
const REPEATS_INSTALL: SignedDuration = SignedDuration::from_mins(5);
/// Time without a server after which the money goes back, however often the calls were held back.
const WITHOUT_SERVER: SignedDuration = SignedDuration::from_mins(15);
/// Time without any answer of the panel after which the money goes back; a server that turns up later is removed. It also bounds,
/// on top of the blueprint's own patience, every other wait: whatever hangs, a delivery is decided at last (O6).
const WITHOUT_ANSWER: SignedDuration = SignedDuration::from_hours(2);

/// A look at the panel by the server's external id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// No answer, or one that cannot be trusted: not an answer (S7).
    Unknown,
    /// The panel said that there is none.
    Absent,
    /// There is one.
    Present(ServerSeen),
}

/// The server as the panel showed it just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSeen {
    /// The panel's uuid.
    pub uuid: String,
    /// How far its installation is.
    pub installation: Installation,
    /// Whether owner, egg and limits are those that were asked for.
    pub matches: bool,
    /// Whether every port that was chosen belongs to it.
    pub has_ports: bool,
    /// What it does; `None` while that cannot be asked or was not answered.
    pub power: Option<Power>,
}

/// How far the installation of a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installation {
    /// The script runs, or is said to.
    Running,
    /// The panel reports that it ended.
    Done,
    /// It could not be run.
    Failed,
    /// The server is suspended, or in another state that we did not cause.
    Blocked,
}

/// What a server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// Nothing.
    Offline,
    /// It starts.
    Starting,
    /// It runs.
    Running,
    /// It stops.
    Stopping,
}

/// How a call to create a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The panel confirmed it.
    Created,
    /// The server was there already, or turned out to be.
    Found,
    /// The panel did not create it, and another call might work.
    RolledBack,
    /// The panel refused the request itself.
    Refused,
    /// Nobody knows (settle rule).
    Lost,
    /// The call was not made or not let in: a limit, a refused key. It says nothing about the node.
    HeldBack,
}

impl AttemptOutcome {
    /// Every outcome.
    pub const ALL: [Self; 6] =
        [Self::Created, Self::Found, Self::RolledBack, Self::Refused, Self::Lost, Self::HeldBack];

    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Found => "found",
            Self::RolledBack => "rolled_back",
            Self::Refused => "refused",
            Self::Lost => "lost",
            Self::HeldBack => "held_back",
        }
    }

    /// The outcome with this key, if there is one.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.key() == key)
    }
}

/// One call that may have created a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Our id of the node that it was meant for.
    pub node: i64,
    /// When the call was recorded, just before it was made.
    pub started_at: Timestamp,
    /// When its outcome was recorded; `None` while it is in flight, or was when we crashed.
    pub finished_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<AttemptOutcome>,
}

impl Attempt {
    /// When nothing that this call did can change any more.
    fn settled_at(&self, waits: &Waits) -> Option<Timestamp> {
        use AttemptOutcome::{Created, Found, HeldBack, Lost, Refused, RolledBack};
        match (self.outcome, self.finished_at) {
            (Some(Created | Found | RolledBack | Refused | HeldBack), _) => None,
            (Some(Lost), Some(finished)) => Some(finished + waits.settle),
            // In flight when we crashed: the call may have gone on for its whole budget.
            (Some(Lost) | None, _) => Some(self.started_at + waits.create_call + waits.settle),
        }
    }

    /// Until when a look that shows nothing may be behind what this call did: the call's own outcome, or a panel that reads from a
    /// replica.
    fn may_appear_until(&self, waits: &Waits) -> Option<Timestamp> {
        let confirmed = matches!(self.outcome, Some(AttemptOutcome::Created | AttemptOutcome::Found));
        let confirmed = self.finished_at.filter(|_| confirmed).map(|finished| finished + waits.settle);
        confirmed.max(self.settled_at(waits))
    }

    fn counts_against_node(&self) -> bool {
        self.outcome != Some(AttemptOutcome::HeldBack)
    }
}

/// What was done so far, kept with the operation. Only ever added to, except where a new server makes it start over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// A server with our external id that no confirmed call of ours explains yet, and when it was first seen.
    pub sighted: Option<Sighting>,
    /// The uuid of the server that is ours beyond doubt.
    pub server: Option<String>,
    /// When that became certain.
    pub server_at: Option<Timestamp>,
    /// When the panel first reported the installation as done.
    pub installed_at: Option<Timestamp>,
    /// When a failed or endless installation was started again.
    pub reinstalled_at: Option<Timestamp>,
    /// When the files that the first start needs were written.
    pub prepared_at: Option<Timestamp>,
    /// When the server was last told to start.
    pub start_sent_at: Option<Timestamp>,
    /// How often it was told to start.
    pub starts: u32,
    /// Since when it was seen running without a break.
    pub running_since: Option<Timestamp>,
    /// When the game first answered, without a silence since.
    pub answered_at: Option<Timestamp>,
    /// When the game answered again, long enough after.
    pub confirmed_at: Option<Timestamp>,
    /// Nodes on which delivery was given up after a server had stood there.
    pub abandoned_nodes: Vec<i64>,
    /// How often ports that it lacked were given to the server.
    pub mends: u32,
    /// Set while a server that never became playable is being removed, before another node is tried.
    pub discarding: bool,
    /// When such a server was last seen to be gone: another node begins from there.
    pub discarded_at: Option<Timestamp>,
}

/// A server seen by its external id that is not yet known to be ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The panel's uuid.
    pub uuid: String,
    /// When it was first seen.
    pub at: Timestamp,
}

/// The blueprint's patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For the installation, from the confirmed creation.
    pub install: SignedDuration,
    /// For the game to answer, from the start signal.
    pub start: SignedDuration,
}

/// What the panel and a game are given time for before anything is concluded. The defaults are what a real panel needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// How long a create whose outcome is unknown may still change the panel (settle rule).
    pub settle: SignedDuration,
    /// How long one create call may take: longer than the panel's own two tries at the node.
    pub create_call: SignedDuration,
    /// How far apart the game's two answers have to be.
    pub answer_gap: SignedDuration,
}

impl Default for Waits {
    fn default() -> Self {
        let seconds = SignedDuration::from_secs;
        Self { settle: seconds(60), create_call: seconds(60), answer_gap: seconds(10) }
    }
}

/// Everything that the next step depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When the delivery began, or went on after the installation was frozen or a person was waited for: no deadline runs meanwhile.
    pub began_at: Timestamp,
    /// Whether the customer or an operator asked to stop.
    pub stop: bool,
    /// Whether the customer has a login at the panel.
    pub has_account: bool,
    /// The look at the panel of this pass.
    pub look: Look,
    /// All calls to create so far, oldest first.
    pub attempts: Vec<Attempt>,
    /// What was done so far.
    pub progress: Progress,
    /// The blueprint's patience.
    pub deadlines: Deadlines,
    /// The installation's.
    pub waits: Waits,
    /// Whether the blueprint asks for files before the first start.
    pub needs_preparation: bool,
    /// Whether the game can be asked.
    pub has_probe: bool,
    /// Our id of the node that capacity is held on; `None` when none is held.
    pub node: Option<i64>,
    /// Whether some other node has room.
    pub other_node: bool,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing can or must be done before then.
    Wait(Timestamp, Waiting),
    /// Find or make the customer's login at the panel.
    EnsureAccount,
    /// Move the reservation to another node.
    MoveReservation,
    /// Ask the panel to create the server.
    Create,
    /// Remember that a server with our external id was seen.
    RecordSighting(String),
    /// The server is ours beyond doubt: remember its uuid.
    Adopt(String),
    /// Give the server the ports that it lacks.
    MendPorts,
    /// Run the installation again.
    Reinstall,
    /// Write the files that the first start needs.
    Prepare,
    /// Tell the server to start.
    Start,
    /// Ask the game whether it answers.
    Ask,
    /// The server is playable; `verified` says whether the game itself said so.
    Fulfil {
        /// `false` for games that cannot be asked.
        verified: bool,
    },
    /// Decide to remove the server and to try another node.
    Discard,
    /// Remove the server from the panel.
    Delete,
    /// The removed server is confirmed gone: go on.
    Discarded,
    /// Give the money back.
    GiveBack(RefundReason),
    /// Leave it to a person.
    Park(ParkReason),
}

/// What is being waited for, in the customer's timeline's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// The panel does not answer.
    Panel,
    /// A create call whose outcome is unknown settles.
    Settle,
    /// A failed call is tried again.
    Retry,
    /// The installation runs.
    Installation,
    /// The server starts.
    Start,
    /// The game has to answer again, or to run long enough.
    Confirmation,
}

/// Why a person has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParkReason {
    /// A server with our external id does not look as ordered: other owner, egg or size.
    Mismatch,
    /// The panel shows another server under our external id than the one we made.
    OtherServer,
}

/// The step that follows from what was seen.
pub fn next_step(seen: &Seen, now: Timestamp) -> Step {
    if seen.stop {
        // Whatever stands or may still appear is removed once the subscription has ended (M10).
        return Step::GiveBack(RefundReason::Cancelled);
    }
    let patience = seen.deadlines.install + seen.deadlines.start + WITHOUT_ANSWER;
    match &seen.look {
        Look::Unknown if now >= last_progress(seen) + WITHOUT_ANSWER => Step::GiveBack(RefundReason::CannotBeDelivered),
        _ if now >= last_progress(seen) + patience => Step::GiveBack(RefundReason::CannotBeDelivered),
        Look::Unknown => Step::Wait(later(last_progress(seen), now), Waiting::Panel),
        // Only the server that was given up: another one under our external id is somebody's newer work.
        Look::Present(server) if seen.progress.discarding && seen.progress.server.as_ref() == Some(&server.uuid) => {
            Step::Delete
        }
        Look::Present(_) if seen.progress.discarding => Step::Park(ParkReason::OtherServer),
        Look::Absent if seen.progress.discarding => Step::Discarded,
        Look::Absent => match (confirmed_at(seen), unsettled_until(&seen.attempts, &seen.waits, now)) {
            (Some(at), _) => vanished(since(seen, Some(at)), seen.waits.settle, now),
            (None, Some(until)) => Step::Wait(until, Waiting::Settle),
            (None, None) => towards_server(seen, now),
        },
        Look::Present(server) => with_server(seen, server, now),
    }
}

/// A create whose outcome is unknown may still make a row appear or vanish until then; `None` when nothing of that kind is left.
pub(crate) fn unsettled_until(attempts: &[Attempt], waits: &Waits, now: Timestamp) -> Option<Timestamp> {
    attempts.iter().filter_map(|attempt| attempt.settled_at(waits)).filter(|until| *until > now).max()
}

/// Until when a server that is not to be seen may still appear; `None` when nothing of that kind is left.
pub(crate) fn may_appear_until(attempts: &[Attempt], waits: &Waits, now: Timestamp) -> Option<Timestamp> {
    attempts.iter().filter_map(|attempt| attempt.may_appear_until(waits)).filter(|until| *until > now).max()
}

/// When the panel confirmed the server that is being delivered, as it was written down; if we crashed before that, by the call.
fn confirmed_at(seen: &Seen) -> Option<Timestamp> {
    let progress = &seen.progress;
    if progress.server.is_some() {
        return progress.server_at.or(Some(seen.began_at));
    }
    let confirmed = seen.attempts.iter().filter(|attempt| attempt.outcome == Some(AttemptOutcome::Created));
    // What was confirmed before a discard is what was discarded.
    let since = |at: &Timestamp| progress.discarded_at.is_none_or(|discarded| *at > discarded);
    confirmed.filter_map(|attempt| attempt.finished_at).filter(since).max()
}

/// The panel confirmed the server, and now it is gone: never made again by itself.
fn vanished(since: Timestamp, settle: SignedDuration, now: Timestamp) -> Step {
    // A look soon after the confirmation may still be behind it: panels read from replicas, too.
    if now < since + settle {
        return Step::Wait(since + settle, Waiting::Panel);
    }
    Step::GiveBack(RefundReason::ServerVanished)
}

fn towards_server(seen: &Seen, now: Timestamp) -> Step {
    if now >= seen.began_at + WITHOUT_SERVER && now >= last_progress(seen) + WITHOUT_SERVER {
        return Step::GiveBack(RefundReason::CannotBeDelivered);
    }
    if !seen.has_account {
        return Step::EnsureAccount;
    }
    let Some(node) = seen.node else {
        return if seen.other_node { Step::MoveReservation } else { Step::GiveBack(RefundReason::CannotBeDelivered) };
    };
    if node_is_spent(seen, node) {
        let elsewhere = seen.other_node && nodes_tried(seen) < NODES_TRIED;
        return if elsewhere { Step::MoveReservation } else { Step::GiveBack(RefundReason::CannotBeDelivered) };
    }
    match seen.attempts.last() {
        Some(attempt) if attempt.node == node => {
            let failures = seen.attempts.iter().filter(|attempt| attempt.node == node).count() as i64;
            let retry_at = attempt.finished_at.unwrap_or(attempt.started_at) + SignedDuration::from_secs(5 * failures);
            if now < retry_at { Step::Wait(retry_at, Waiting::Retry) } else { Step::Create }
        }
        Some(_) | None => Step::Create,
    }
}

/// A refusal of the request itself ends the node at once, a failure after some tries.
fn node_is_spent(seen: &Seen, node: i64) -> bool {
    let here: Vec<_> =
        seen.attempts.iter().filter(|attempt| attempt.node == node && attempt.counts_against_node()).collect();
    let refused = here.iter().any(|attempt| attempt.outcome == Some(AttemptOutcome::Refused));
    refused || here.len() >= FAILURES_PER_NODE || seen.progress.abandoned_nodes.contains(&node)
}

fn nodes_tried(seen: &Seen) -> usize {
    let mut nodes: Vec<i64> =
        seen.attempts.iter().filter(|attempt| attempt.counts_against_node()).map(|attempt| attempt.node).collect();
    nodes.extend(&seen.progress.abandoned_nodes);
    nodes.sort_unstable();
    nodes.dedup();
    nodes.len()
}

fn with_server(seen: &Seen, server: &ServerSeen, now: Timestamp) -> Step {
    match &seen.progress.server {
        Some(uuid) if *uuid != server.uuid => Step::Park(ParkReason::OtherServer),
        Some(_) => towards_playable(seen, server, now),
        None => match &seen.progress.sighted {
            Some(first) if first.uuid == server.uuid && now >= first.at + seen.waits.settle && server.matches => {
                Step::Adopt(server.uuid.clone())
            }
            // Made since our data was written, as its owner was: nobody else's login carries our mark for this customer.
            Some(first) if first.uuid == server.uuid && now >= first.at + seen.waits.settle && !seen.has_account => {
                Step::EnsureAccount
            }
            Some(first) if first.uuid == server.uuid && now >= first.at + seen.waits.settle => {
                Step::Park(ParkReason::Mismatch)
            }
            Some(first) if first.uuid == server.uuid => Step::Wait(first.at + seen.waits.settle, Waiting::Settle),
            Some(_) | None => Step::RecordSighting(server.uuid.clone()),
        },
    }
}

fn towards_playable(seen: &Seen, server: &ServerSeen, now: Timestamp) -> Step {
    let progress = &seen.progress;
    if !server.has_ports {
        return if progress.mends < MENDS { Step::MendPorts } else { give_up_node(seen) };
    }
    let install_deadline = since(seen, progress.reinstalled_at.or(progress.server_at)) + seen.deadlines.install;
    match server.installation {
        Installation::Running if now < install_deadline => {
            let again = later(since(seen, progress.reinstalled_at.or(progress.server_at)), now);
            Step::Wait(again.min(install_deadline), Waiting::Installation)
        }
        // Some installations hang because a report was lost; once more is worth it, twice is not.
        Installation::Running | Installation::Failed
            if progress.reinstalled_at.is_none() && now < install_deadline + REPEATS_INSTALL =>
        {
            Step::Reinstall
        }
        Installation::Running | Installation::Failed => give_up_node(seen),
        Installation::Blocked => Step::Wait(now + SignedDuration::from_secs(15), Waiting::Panel),
        Installation::Done if seen.needs_preparation && progress.prepared_at.is_none() => Step::Prepare,
        Installation::Done => towards_answer(seen, server, now),
    }
}

fn towards_answer(seen: &Seen, server: &ServerSeen, now: Timestamp) -> Step {
    let progress = &seen.progress;
    let Some(start_sent_at) = progress.start_sent_at else { return Step::Start };
    let late = now >= since(seen, Some(start_sent_at)) + seen.deadlines.start;
    let again = Step::Wait(later(since(seen, Some(start_sent_at)), now), Waiting::Start);
    match server.power {
        // No answer about its power says nothing about the server (S7): the outer limit ends this wait.
        None => again,
        // The signal is carried out later than it is accepted; a server that is still down after a while has crashed.
        Some(Power::Offline) if now < start_sent_at + SignedDuration::from_secs(20) => again,
        Some(Power::Offline) if progress.starts < STARTS => Step::Start,
        Some(Power::Offline) => give_up_node(seen),
        Some(Power::Starting | Power::Stopping) if late => give_up_node(seen),
        Some(Power::Starting | Power::Stopping) => again,
        Some(Power::Running) if seen.has_probe => match (progress.answered_at, progress.confirmed_at) {
            // A confirmation without the first answer is from before a break: that server is not the one that runs now (S5).
            (Some(first), Some(second)) if second >= first + seen.waits.answer_gap => Step::Fulfil { verified: true },
            (Some(first), _) if now < first + seen.waits.answer_gap => {
                Step::Wait(first + seen.waits.answer_gap, Waiting::Confirmation)
            }
            (None, _) if late => give_up_node(seen),
            (Some(_) | None, _) => Step::Ask,
        },
        Some(Power::Running) => match progress.running_since {
            Some(since) if now >= since + RUN_UNVERIFIED => Step::Fulfil { verified: false },
            Some(since) => {
                Step::Wait((now + SignedDuration::from_secs(10)).min(since + RUN_UNVERIFIED), Waiting::Confirmation)
            }
            None if late => give_up_node(seen),
            None => again,
        },
    }
}

/// The server stands but never became playable: another node, or the money back.
fn give_up_node(seen: &Seen) -> Step {
    let elsewhere = seen.other_node && nodes_tried(seen).max(1) < NODES_TRIED;
    if elsewhere { Step::Discard } else { Step::GiveBack(RefundReason::CannotBeDelivered) }
}

/// When to look again at what has not changed for some time: what takes an hour is not asked every five seconds, and whoever waits
/// hears of it at most a twelfth later.
fn later(unchanged_since: Timestamp, now: Timestamp) -> Timestamp {
    let waited = now.duration_since(unchanged_since).as_secs();
    now + SignedDuration::from_secs((waited / 12).clamp(5, 60))
}

/// When something last moved towards a playable server.
fn last_progress(seen: &Seen) -> Timestamp {
    let progress = &seen.progress;
    let calls = seen.attempts.iter().filter(|attempt| attempt.outcome != Some(AttemptOutcome::HeldBack));
    let steps = [
        progress.server_at,
        progress.reinstalled_at,
        progress.installed_at,
        progress.prepared_at,
        progress.start_sent_at,
        progress.answered_at,
        progress.discarded_at,
    ];
    since(seen, calls.filter_map(|attempt| attempt.finished_at).chain(steps.into_iter().flatten()).max())
}

/// Since when a deadline runs: never from before the delivery began, or went on.
fn since(seen: &Seen, at: Option<Timestamp>) -> Timestamp {
    at.map_or(seen.began_at, |at| at.max(seen.began_at))
}

#[cfg(test)]
#[path = "provision_tests.rs"]
mod tests;
