//! Letters written once more, from what is known by now: the texts of those that were sent are forgotten.

use super::Message;
use super::tell::AFTER_FAILURE;
use crate::app::App;
use crate::work::refunds::left_to_pay;
use anyhow::Context;
use domain::refund::RefundWay;
use store::outbox::Standing;
use store::services::{self, Service};
use store::{Db, accounts, orders, refunds};

/// The message as it would be written now; `None` for those that hold a code, a link or somebody's words of their moment, and where what
/// they are about is not known any more.
///
/// # Errors
/// The database did not answer.
pub async fn write_again(app: &App, db: &mut Db, letter: &Standing) -> anyhow::Result<Option<Message>> {
    match letter.kind.as_str() {
        "payment_received" | "refund_made" => about_order(app, db, letter).await,
        "server_ready" | "server_missing" | "server_suspended" | "soon_deleted" | "server_deleted" | "server_ended"
        | "server_back" => {
            let service = services::find(db, &letter.subject.parse().context("it is about no service")?).await?;
            match service {
                Some(service) => about_server(app, db, letter, &service).await,
                None => Ok(None),
            }
        }
        "welcome" => {
            Ok(Some(Message::Welcome { games: app.site_url("/games"), security: app.site_url("/account/security") }))
        }
        _ => Ok(None),
    }
}

async fn about_order(app: &App, db: &mut Db, letter: &Standing) -> anyhow::Result<Option<Message>> {
    let Some(purchase) = orders::find(db, &letter.subject.parse().context("it is about no order")?).await? else {
        return Ok(None);
    };
    let link = app.site_url(&format!("/orders/{}", purchase.order.id));
    if letter.kind == "refund_made" {
        let all = refunds::list_of_order(db, &purchase.order.id).await?;
        let cause = letter.cause.trim_end_matches(AFTER_FAILURE);
        let made = all.into_iter().find(|refund| refund.id.as_str() == cause && refund.done_at.is_some());
        let Some(refund) = made else { return Ok(None) };
        let way = refund.way();
        let amount = match way {
            RefundWay::Card | RefundWay::Bank => refund.amount,
            RefundWay::Otherwise => left_to_pay(db, &refund).await?,
        };
        return Ok(Some(Message::RefundMade { amount, way, link }));
    }
    let service = services::find_by_order(db, &purchase.order.id).await?;
    let amount = purchase.order.state.payment().map(|payment| payment.amount);
    Ok(service.zip(amount).map(|(service, amount)| Message::PaymentReceived {
        amount,
        plan: service.spec.label.clone(),
        server: service.name,
        link,
    }))
}

async fn about_server(app: &App, db: &mut Db, letter: &Standing, service: &Service) -> anyhow::Result<Option<Message>> {
    let (server, link) = (service.name.clone(), app.site_url(&format!("/servers/{}", service.id)));
    let panel = app.config.panel.public_url.to_string();
    let suspension = service.standing.suspension;
    Ok(match letter.kind.as_str() {
        "server_ready" => {
            let account = accounts::find(db, &service.customer).await?.context("the customer is gone")?;
            let (address, verified) = (service.address.clone().unwrap_or_default(), service.verified == Some(true));
            let username = account.panel_username.unwrap_or_default();
            Some(Message::ServerReady { server, address, verified, panel, username, link })
        }
        "server_missing" => Some(Message::ServerMissing { server, link }),
        "server_suspended" => suspension.map(|suspension| Message::ServerSuspended {
            server,
            why: suspension.why,
            delete_on: suspension.delete_on,
            link,
        }),
        "soon_deleted" => suspension.and_then(|suspension| {
            suspension.delete_on.map(|on| Message::SoonDeleted { server, why: suspension.why, on, link })
        }),
        "server_deleted" => Some(Message::ServerDeleted { server, games: app.site_url("/games") }),
        "server_ended" => Some(Message::ServerEnded { server, games: app.site_url("/games") }),
        "server_back" => Some(Message::ServerBack { server, panel, link }),
        _ => None,
    })
}
