//! Alerts: what a person has to know. One open row per rule and key, raised in the transaction of what it tells.

pub mod acts;
mod channels;
pub(crate) mod digest;
mod words;

pub use channels::{Channel, NotTaken, Telling, Tone, ping, post_to_discord, post_to_slack, tell};
pub use words::{of_alert, of_test};

use crate::app::App;
use domain::alert::Severity;
use store::alerts::NewAlert;
use store::{Db, StoreError, alerts};

/// Why an alert is raised. Each has a page in `docs/runbooks/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Money goes back because something could not be delivered.
    RefundDecided,
    /// A refund does not get through.
    RefundStuck,
    /// What was charged is not what was ordered.
    PaymentMismatch,
    /// Money arrived that belongs to no order.
    PaymentUnexplained,
    /// The cardholder's bank took money back, or may.
    PaymentDisputed,
    /// Somebody gave money back in Stripe's dashboard, and what it paid for still stands.
    RefundedByHand,
    /// An object of another installation or mode came in.
    PaymentForeign,
    /// An event cannot be read or applied.
    EventUnreadable,
    /// A delivery waits for a person.
    DeliveryParked,
    /// An order is paid, and nothing moves.
    OrderStuck,
    /// A server that the panel had confirmed is gone.
    ServerMissing,
    /// The panel has a server with our mark that no service needs.
    ServerOrphaned,
    /// Far too many servers are missing at once: nothing is made or removed until a person has looked.
    ServersMissing,
    /// A server that has to go does not.
    RemovalStuck,
    /// A server that has to be suspended, or not to be any more, is not.
    SuspensionStuck,
    /// A server is suspended on the panel and not by us, or the other way round.
    SuspensionDrifted,
    /// The panel refused us, or its answers do not fit.
    PanelTrouble,
    /// A blueprint does not fit this panel's eggs.
    BlueprintUnbound,
    /// Somebody else's panel account has the customer's address.
    AccountClash,
    /// Stripe refused us, or its answers do not fit.
    StripeTrouble,
    /// The audit log is not as it was left.
    AuditBroken,
    /// An erasure takes long, or something of it is left to a person.
    ErasureUnfinished,
    /// The installation is frozen after a restore, or because it may be a copy: nothing is done until a person says so.
    RestoreFrozen,
    /// A machine's clock differs from Stripe's: its process does nothing.
    ClockWrong,
    /// Alerts do not get through on one of the ways on which people are told.
    ChannelBroken,
    /// The panel was not read for some minutes.
    PanelUnreachable,
    /// Work is due, and nobody does it.
    WorkStalled,
    /// Several deliveries fail at once.
    DeliveriesFailing,
    /// Many orders of an hour could not be delivered.
    ProvisioningFailing,
    /// Some orders of an hour could not be delivered.
    ProvisioningFlaky,
    /// A game takes long from payment to playable.
    ProvisioningSlow,
    /// A node is nearly sold out.
    NodeFull,
    /// Mail does not go out.
    MailStuck,
    /// Stripe's events do not come by themselves.
    WebhookSilent,
    /// Stripe's events came and could not be stored.
    WebhookFailing,
    /// The shop's own purchase failed.
    SmokeFailing,
    /// No backup was made for longer than a night.
    BackupLate,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 37] = [
        Self::RefundDecided,
        Self::RefundStuck,
        Self::PaymentMismatch,
        Self::PaymentUnexplained,
        Self::PaymentDisputed,
        Self::RefundedByHand,
        Self::PaymentForeign,
        Self::EventUnreadable,
        Self::DeliveryParked,
        Self::OrderStuck,
        Self::ServerMissing,
        Self::ServerOrphaned,
        Self::ServersMissing,
        Self::RemovalStuck,
        Self::SuspensionStuck,
        Self::SuspensionDrifted,
        Self::PanelTrouble,
        Self::BlueprintUnbound,
        Self::AccountClash,
        Self::StripeTrouble,
        Self::AuditBroken,
        Self::ErasureUnfinished,
        Self::RestoreFrozen,
        Self::ClockWrong,
        Self::ChannelBroken,
        Self::PanelUnreachable,
        Self::WorkStalled,
        Self::DeliveriesFailing,
        Self::ProvisioningFailing,
        Self::ProvisioningFlaky,
        Self::ProvisioningSlow,
        Self::NodeFull,
        Self::MailStuck,
        Self::WebhookSilent,
        Self::WebhookFailing,
        Self::SmokeFailing,
        Self::BackupLate,
    ];

    /// The rule with this word.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.key() == key)
    }

    /// Whether it says that the installation holds still: people are told of these then, and of nothing else.
    pub fn tells_of_a_freeze(self) -> bool {
        matches!(self, Self::RestoreFrozen | Self::ClockWrong | Self::ServersMissing)
    }

    /// The word in rows, in the console and in the name of the runbook.
    pub fn key(self) -> &'static str {
        match self {
            Self::RefundDecided => "refund.decided",
            Self::RefundStuck => "refund.stuck",
            Self::PaymentMismatch => "payment.mismatch",
            Self::PaymentUnexplained => "payment.unexplained",
            Self::PaymentDisputed => "payment.disputed",
            Self::RefundedByHand => "refund.by_hand",
            Self::PaymentForeign => "payment.foreign",
            Self::EventUnreadable => "event.unreadable",
            Self::DeliveryParked => "delivery.parked",
            Self::OrderStuck => "order.stuck",
            Self::ServerMissing => "server.missing",
            Self::ServerOrphaned => "server.orphaned",
            Self::ServersMissing => "servers.missing",
            Self::RemovalStuck => "removal.stuck",
            Self::SuspensionStuck => "suspension.stuck",
            Self::SuspensionDrifted => "suspension.drifted",
            Self::PanelTrouble => "panel.trouble",
            Self::BlueprintUnbound => "blueprint.unbound",
            Self::AccountClash => "account.clash",
            Self::StripeTrouble => "stripe.trouble",
            Self::AuditBroken => "audit.broken",
            Self::ErasureUnfinished => "erasure.unfinished",
            Self::RestoreFrozen => "restore.frozen",
            Self::ClockWrong => "clock.wrong",
            Self::ChannelBroken => "channel.broken",
            Self::PanelUnreachable => "panel.unreachable",
            Self::WorkStalled => "work.stalled",
            Self::DeliveriesFailing => "deliveries.failing",
            Self::ProvisioningFailing => "provisioning.failing",
            Self::ProvisioningFlaky => "provisioning.flaky",
            Self::ProvisioningSlow => "provisioning.slow",
            Self::NodeFull => "node.full",
            Self::MailStuck => "mail.stuck",
            Self::WebhookSilent => "webhook.silent",
            Self::WebhookFailing => "webhook.failing",
            Self::BackupLate => "backup.late",
            Self::SmokeFailing => "smoke.failing",
        }
    }

    /// What to do about it: a section of the runbooks.
    pub fn runbook(self) -> String {
        format!("docs/runbooks/README.md, {}", self.key())
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::ProvisioningFlaky
            | Self::ProvisioningSlow
            | Self::NodeFull
            | Self::WebhookSilent
            | Self::BlueprintUnbound
            | Self::PaymentForeign
            | Self::ServerOrphaned
            | Self::ErasureUnfinished => Severity::Warning,
            Self::RefundDecided
            | Self::RefundStuck
            | Self::PaymentMismatch
            | Self::PaymentUnexplained
            | Self::PaymentDisputed
            | Self::RefundedByHand
            | Self::EventUnreadable
            | Self::DeliveryParked
            | Self::OrderStuck
            | Self::ServerMissing
            | Self::ServersMissing
            | Self::RemovalStuck
            | Self::SuspensionStuck
            | Self::SuspensionDrifted
            | Self::PanelTrouble
            | Self::AccountClash
            | Self::StripeTrouble
            | Self::AuditBroken
            | Self::RestoreFrozen
            | Self::ClockWrong
            | Self::ChannelBroken
            | Self::PanelUnreachable
            | Self::WorkStalled
            | Self::DeliveriesFailing
            | Self::ProvisioningFailing
            | Self::MailStuck
            | Self::WebhookFailing
            | Self::SmokeFailing
            | Self::BackupLate => Severity::Critical,
        }
    }
}

/// Raises an alert, or counts up the one that is open for the same rule and key.
///
/// # Errors
/// The database did not answer.
pub async fn raise(app: &App, db: &mut Db, rule: Rule, key: &str, text: &str) -> Result<(), StoreError> {
    tracing::warn!(alert.rule = rule.key(), alert.key = key, "Alert {}: {text}", rule.key());
    let alert = NewAlert { rule: rule.key(), key, severity: rule.severity(), text };
    // Others go by when it was raised last to tell whether it lasts.
    alerts::raise(db, &app.id(), &alert, app.now(), app.gate.clock.as_others_say()).await
}

/// Raises an alert outside any other transaction. Trouble with the database is logged, for there is nothing else to tell.
pub async fn raise_alone(app: &App, rule: Rule, key: &str, text: &str) {
    let raised = async {
        let mut tx = app.store.begin().await?;
        raise(app, &mut tx, rule, key, text).await?;
        tx.commit().await
    };
    if let Err(error) = raised.await {
        tracing::error!(alert.rule = rule.key(), alert.key = key, "Alert {} could not be stored: {error}", rule.key());
    }
}

/// Clears an alert outside any other transaction, if one is open.
///
/// # Errors
/// The database did not answer.
pub async fn clear_alone(app: &App, rule: Rule, key: &str) -> Result<(), StoreError> {
    let open = alerts::is_open(&mut *app.store.read().await?, rule.key(), key).await?;
    if open {
        let mut tx = app.store.begin().await?;
        clear(app, &mut tx, rule, key).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Clears an alert whose cause is gone.
///
/// # Errors
/// The database did not answer.
pub async fn clear(app: &App, db: &mut Db, rule: Rule, key: &str) -> Result<(), StoreError> {
    alerts::clear(db, rule.key(), key, app.now()).await
}
