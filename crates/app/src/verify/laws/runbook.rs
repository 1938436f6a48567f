//! The sections of `docs/runbooks/README.md` that findings name.

macro_rules! runbooks {
    ($($name:ident = $section:literal,)*) => {
        /// What a finding tells people to read.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Runbook {
            $($name,)*
        }

        impl Runbook {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// The section's heading.
            pub(crate) fn section(self) -> &'static str {
                match self {
                    $(Self::$name => $section,)*
                }
            }
        }
    };
}

runbooks! {
    BooksDiffer = "books.differ",
    CapacityWrong = "capacity.wrong",
    DeletedEarly = "deleted.early",
    DeliveryUnproven = "delivery.unproven",
    EventWaiting = "event.waiting",
    LedgerMissing = "ledger.missing",
    LedgerWrong = "ledger.wrong",
    MessageMissing = "message.missing",
    MessageWaiting = "message.waiting",
    MoneyUnplaced = "money.unplaced",
    OrderStuck = "order.stuck",
    PageOpen = "page.open",
    PaymentDisputed = "payment.disputed",
    PaymentForeign = "payment.foreign",
    PaymentMismatch = "payment.mismatch",
    RefundUnexplained = "refund.unexplained",
    ServerDrifted = "server.drifted",
    ServerMissing = "server.missing",
    ServerOrphaned = "server.orphaned",
    ServiceUnpaid = "service.unpaid",
    SubscriptionOrphaned = "subscription.orphaned",
    WorkMissing = "work.missing",
}
