//! How a delivery ends when it cannot be made: the money goes back, or a person has to look.

use super::{Delivery, Done};
use crate::alerts::{self, Rule};
use crate::app::App;
use crate::mail;
use crate::sales::settle;
use anyhow::Context;
use domain::provision::ParkReason;
use domain::refund::RefundReason;
use domain::timeline::Happening;
use store::operations::{self, Claim, OperationKind, Outcome};
use store::services::Service;
use store::{orders, timeline};

/// The money goes back; the refund ends the subscription, and the job that follows removes whatever stands.
pub(super) async fn give_back(app: &App, claim: &Claim, service: &Service, reason: RefundReason) -> anyhow::Result<()> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let purchase = orders::find(&mut tx, &service.order).await?.context("the order is gone")?;
    let payment = purchase.order.state.payment().cloned().context("an order without money cannot be given back")?;
    let customer = purchase.order.customer.clone();
    orders::save(&mut tx, &purchase.order.give_back(reason)?, now).await?;
    settle::give_back(app, &mut tx, &service.order, &payment, reason).await?;
    let about = (service.order.as_str(), service.name.as_str());
    mail::trouble(app, &mut tx, &customer, about, reason, payment.amount).await?;
    if reason == RefundReason::ServerVanished {
        let text = format!("The server of {} disappeared from the panel while it was being set up.", service.id);
        alerts::raise(app, &mut tx, Rule::ServerMissing, service.id.as_str(), &text).await?;
    }
    alerts::clear(app, &mut tx, Rule::OrderStuck, service.order.as_str()).await?;
    alerts::clear(app, &mut tx, Rule::DeliveryParked, service.id.as_str()).await?;
    // Another order of the same customer that meets it raises it again.
    alerts::clear(app, &mut tx, Rule::AccountClash, service.customer.as_str()).await?;
    operations::finish(&mut tx, claim, Outcome::GivenUp, now).await?;
    operations::create(&mut tx, &app.id(), &service.id, OperationKind::Terminate, now).await?;
    tx.commit().await?;
    app.nudge();
    Ok(())
}

impl Delivery<'_> {
    pub(super) async fn park(&mut self, reason: ParkReason) -> anyhow::Result<Done> {
        let why = match reason {
            ParkReason::Mismatch => "A server under our external id has another owner, egg or size than was ordered.",
            ParkReason::OtherServer => "Another server than the one that we made stands under our external id.",
        };
        let now = self.app.now();
        let mut tx = self.app.store.begin().await?;
        operations::park(&mut tx, self.claim, why).await?;
        let happening = Happening::Parked { problem: why.to_owned() };
        timeline::add(&mut tx, &self.app.id(), &self.service.order, &happening, now).await?;
        let text =
            format!("Service {} waits for you. {why} Look at the panel, then `givr order retry`.", self.service.id);
        alerts::raise(self.app, &mut tx, Rule::DeliveryParked, self.service.id.as_str(), &text).await?;
        tx.commit().await?;
        Ok(Done::Ended)
    }
}
