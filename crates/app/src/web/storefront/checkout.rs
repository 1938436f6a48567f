//! From the configurator to the payment page, with signing in on the way: the configuration travels along in hidden fields, so
//! nothing is lost and nothing is stored before it has to be.

use crate::app::App;
use crate::sales::checkout::{self, CheckoutError};
use crate::texts::{self, filters, t};
use crate::web::access::{Holder, Visitor};
use crate::web::account::device::Client;
use crate::web::account::factor::of_code;
use crate::web::account::flow::{self, AccountError, LogIn};
use crate::web::account::{factors, sessions};
use crate::web::errors::{Explain, PageError, Public};
use crate::web::page_form::PageForm;
use crate::web::storefront::configuration::Configuration;
use crate::web::storefront::configurator::{self, Bill, Problem};
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::{game, wording};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use std::borrow::Cow;
use store::accounts::Account;

/// The fields of a form in their order, repeated ones included.
type Fields = Vec<(String, String)>;

/// What is about to be bought, beside the sign-in forms.
struct Summary {
    server_name: String,
    region: String,
    term: Cow<'static, str>,
    bill: Bill,
}

#[derive(Template)]
#[template(path = "web/storefront/sign_in.html")]
struct SignInPage {
    frame: Frame,
    carried: Fields,
    summary: Summary,
    email: String,
    name: String,
    /// What is wrong with the form for a new account.
    new_problem: Option<String>,
    /// What is wrong with the form for an existing one.
    known_problem: Option<String>,
}

#[derive(Template)]
#[template(path = "web/storefront/code.html")]
struct CodePage {
    frame: Frame,
    carried: Fields,
    summary: Summary,
    email: String,
    ticket: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "web/storefront/factor.html")]
struct FactorPage {
    frame: Frame,
    carried: Fields,
    summary: Summary,
    problem: Option<String>,
}

/// `POST /checkout`: opens the payment page and leads there, or to signing in first.
pub(super) async fn start(
    State(app): State<App>,
    visitor: Visitor,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let configuration = Configuration::from_fields(&fields);
    if value(&fields, "show") == "total" {
        return show_again(&app, visitor.0.as_ref(), &configuration, None, StatusCode::OK).await;
    }
    match visitor.0 {
        Some(account) => pay(&app, &account, &configuration).await,
        None => sign_in_page(&app, &configuration, SignIn::default()).await,
    }
}

/// `POST /checkout/sign-up`
pub(super) async fn sign_up(
    State(app): State<App>,
    client: Client,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let configuration = Configuration::from_fields(&fields);
    let (email, name) = (value(&fields, "email"), value(&fields, "name"));
    match flow::sign_up(&app, &client, email, value(&fields, "password"), name).await {
        Ok(awaits) => code_page(&app, &configuration, email, &awaits.ticket, None).await,
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => {
            let new = Some(error.public());
            sign_in_page(
                &app,
                &configuration,
                SignIn { email: email.to_owned(), name: name.to_owned(), new, known: None },
            )
            .await
        }
    }
}

/// `POST /checkout/login`
pub(super) async fn log_in(
    State(app): State<App>,
    client: Client,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let configuration = Configuration::from_fields(&fields);
    let email = value(&fields, "email");
    match flow::log_in(&app, &client, email, value(&fields, "password")).await {
        Ok(outcome) => go_on(&app, &client, outcome, &configuration).await,
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => {
            let known = Some(error.public());
            sign_in_page(&app, &configuration, SignIn { email: email.to_owned(), known, ..SignIn::default() }).await
        }
    }
}

/// What follows once the password, or the code, was right.
async fn go_on(
    app: &App,
    client: &Client,
    outcome: LogIn,
    configuration: &Configuration,
) -> Result<Response, PageError> {
    match outcome {
        LogIn::Right(account) => enter_and_pay(app, &account, client, configuration).await,
        LogIn::NeedsFactor(account) if account.role.is_staff() => {
            let public = Public::new(StatusCode::FORBIDDEN, "staff", t("pay-staff"), t("pay-staff-text"));
            Err(PageError(public.onward("/login", "frame-sign-in")))
        }
        LogIn::NeedsFactor(account) => {
            let jar = sessions::open_half(app, client, &account).await?;
            Ok((jar, factor_page(app, configuration, None).await?).into_response())
        }
    }
}

/// `POST /checkout/verify`
pub(super) async fn verify(
    State(app): State<App>,
    client: Client,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let configuration = Configuration::from_fields(&fields);
    let (email, ticket) = (value(&fields, "email"), value(&fields, "ticket"));
    match flow::verify(&app, &client, email, ticket, value(&fields, "code")).await {
        Ok(outcome) => go_on(&app, &client, outcome, &configuration).await,
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => code_page(&app, &configuration, email, ticket, Some(error.public())).await,
    }
}

/// Signs in and goes on to the payment page. Whatever comes of the payment page, the visitor stays signed in.
async fn enter_and_pay(
    app: &App,
    account: &Account,
    client: &Client,
    configuration: &Configuration,
) -> Result<Response, PageError> {
    let jar = sessions::open(app, client, account).await?;
    let answer = pay(app, account, configuration).await.unwrap_or_else(IntoResponse::into_response);
    Ok((jar, answer).into_response())
}

/// `POST /checkout/factor`: the second step of signing in, on the way to paying.
pub(super) async fn factor(
    State(app): State<App>,
    client: Client,
    holder: Holder,
    PageForm(fields): PageForm<Fields>,
) -> Result<Response, PageError> {
    let configuration = Configuration::from_fields(&fields);
    match factors::check(&app, &client, &holder.account, value(&fields, "code")).await {
        Ok(()) => {
            let jar = sessions::renew(&app, &client, &holder.account, &holder.session).await?;
            let jar = jar.ok_or_else(|| PageError(Public::sign_in()))?;
            let answer = pay(&app, &holder.account, &configuration).await.unwrap_or_else(IntoResponse::into_response);
            Ok((jar, answer).into_response())
        }
        Err(AccountError::Other(error)) => Err(error.into()),
        Err(error) => factor_page(&app, &configuration, Some(of_code(&error))).await,
    }
}

async fn factor_page(app: &App, configuration: &Configuration, problem: Option<Public>) -> Result<Response, PageError> {
    let summary = match summary(app, configuration) {
        Ok(summary) => summary,
        Err(problem) => return refused(app, configuration, problem).await,
    };
    let status = problem.as_ref().map_or(StatusCode::OK, |public| public.status);
    let page = FactorPage {
        frame: Frame::new(app, None, "", t("pay-factor")),
        carried: configuration.fields(),
        summary,
        problem: problem.as_ref().map(wording::refusal),
    };
    frame::show_private(status, &page)
}

async fn pay(app: &App, account: &Account, configuration: &Configuration) -> Result<Response, PageError> {
    match checkout::open(app, account, &configuration.0).await {
        Ok(opened) => Ok(Redirect::to(&opened.url).into_response()),
        Err(CheckoutError::AlreadyPaid(order)) => Ok(Redirect::to(&format!("/orders/{order}")).into_response()),
        Err(error) => match Problem::of(&error) {
            Some(problem) => show_again(app, Some(account), configuration, Some(problem), error.public().status).await,
            None => Err(error.into()),
        },
    }
}

/// The configurator with everything that was entered.
async fn show_again(
    app: &App,
    visitor: Option<&Account>,
    configuration: &Configuration,
    problem: Option<Problem>,
    status: StatusCode,
) -> Result<Response, PageError> {
    let unknown = || PageError(CheckoutError::NotForSale(String::new()).public());
    let plan = app.catalogue.find_plan(&configuration.0.plan).ok_or_else(unknown)?;
    let game = app.catalogue.find_game(plan.game.as_str()).ok_or_else(unknown)?;
    game::render(app, visitor, game, configuration, problem, status).await
}

/// What the sign-in page shows besides the order.
#[derive(Default)]
struct SignIn {
    email: String,
    name: String,
    new: Option<Public>,
    known: Option<Public>,
}

async fn sign_in_page(app: &App, configuration: &Configuration, shown: SignIn) -> Result<Response, PageError> {
    let summary = match summary(app, configuration) {
        Ok(summary) => summary,
        Err(problem) => return refused(app, configuration, problem).await,
    };
    let status = shown.new.as_ref().or(shown.known.as_ref()).map_or(StatusCode::OK, |public| public.status);
    let page = SignInPage {
        frame: Frame::new(app, None, "", t("pay-sign-in-tab")),
        carried: configuration.fields(),
        summary,
        email: shown.email,
        name: shown.name,
        new_problem: shown.new.as_ref().map(wording::refusal),
        known_problem: shown.known.as_ref().map(wording::refusal),
    };
    frame::show_private(status, &page)
}

async fn code_page(
    app: &App,
    configuration: &Configuration,
    email: &str,
    ticket: &str,
    problem: Option<Public>,
) -> Result<Response, PageError> {
    let summary = match summary(app, configuration) {
        Ok(summary) => summary,
        Err(problem) => return refused(app, configuration, problem).await,
    };
    let status = problem.as_ref().map_or(StatusCode::OK, |public| public.status);
    let page = CodePage {
        frame: Frame::new(app, None, "", t("pay-code-tab")),
        carried: configuration.fields(),
        summary,
        email: email.to_owned(),
        ticket: ticket.to_owned(),
        problem: problem.as_ref().map(wording::refusal),
    };
    frame::show_private(status, &page)
}

async fn refused(app: &App, configuration: &Configuration, problem: Problem) -> Result<Response, PageError> {
    show_again(app, None, configuration, Some(problem), StatusCode::UNPROCESSABLE_ENTITY).await
}

/// What is about to be bought, or what is missing from it.
fn summary(app: &App, configuration: &Configuration) -> Result<Summary, Problem> {
    let request = &configuration.0;
    let missing = |field, key| Problem { field, text: t(key).into_owned() };
    let offer = app.offer();
    let plan = app.catalogue.find_plan(&request.plan).filter(|plan| offer.sells(&plan.key));
    let plan = plan.ok_or_else(|| missing("plan", "configurator-size-gone"))?;
    let game = app.catalogue.find_game(plan.game.as_str());
    let game = game.ok_or_else(|| missing("plan", "configurator-game-gone"))?;
    let region = app.catalogue.find_region(&request.region);
    let region = region.ok_or_else(|| missing("region", "configurator-choose-region"))?;
    Ok(Summary {
        server_name: request.server_name.clone(),
        region: texts::said(&region.name).into_owned(),
        term: wording::term(configuration.term()),
        bill: configurator::bill(&app.catalogue, game, plan, configuration),
    })
}

/// The first value of a field, or nothing.
fn value<'a>(fields: &'a Fields, wanted: &str) -> &'a str {
    fields.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str())
}

impl Explain for CheckoutError {
    fn public(&self) -> Public {
        let conflict = StatusCode::CONFLICT;
        match self {
            Self::Field { problem, .. } => Public::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_field",
                t("checkout-field"),
                texts::with("checkout-field-text", &[("problem", problem.as_str().into())]),
            ),
            Self::NotForSale(_) => Public::new(
                StatusCode::NOT_FOUND,
                "not_for_sale",
                t("checkout-not-for-sale"),
                t("checkout-not-for-sale-text"),
            ),
            Self::SoldOut { plan, region, elsewhere } => Public::new(
                conflict,
                "sold_out",
                t("checkout-sold-out"),
                configurator::sold_out(plan, region, elsewhere),
            ),
            Self::NotSelling { region, elsewhere } => Public::new(
                conflict,
                "sales_paused",
                t("not-selling-title"),
                configurator::not_selling(region, elsewhere),
            ),
            Self::TooManyOpen(count) => Public::new(
                conflict,
                "too_many_open",
                t("checkout-too-many"),
                texts::with("checkout-too-many-text", &[("count", count.to_string().into())]),
            ),
            Self::AlreadyPaid(order) => Public::new(
                conflict,
                "already_paid",
                t("checkout-paid"),
                texts::with("checkout-paid-text", &[("order", order.to_string().into())]),
            ),
            Self::Unverified => Public::new(
                StatusCode::FORBIDDEN,
                "unverified",
                t("checkout-unverified"),
                t("checkout-unverified-text"),
            ),
            Self::Stripe(error) => {
                tracing::warn!("A payment page could not be opened: {error}");
                Public::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "checkout_unavailable",
                    t("checkout-unavailable"),
                    t("checkout-unavailable-text"),
                )
            }
            Self::Elsewhere { order } => {
                tracing::error!("The payment page of order {order} is not at `stripe.checkout_origin`");
                Public::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "checkout_elsewhere",
                    t("checkout-elsewhere"),
                    t("checkout-elsewhere-text"),
                )
            }
            Self::Paused(closed) => closed.public(),
            Self::Store(error) => error.public(),
            Self::EarlierPage(error) => {
                tracing::warn!("An earlier payment page could not be closed: {error:#}");
                Public::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "earlier_page_open",
                    t("checkout-earlier"),
                    t("checkout-earlier-text"),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::freeze::Closed;
    use domain::freeze::Reason;
    use domain::ids::{Id, OrderId};
    use rstest::rstest;

    #[rstest]
    #[case::field(CheckoutError::Field { field: "server_name", problem: "Too short.".to_owned() }, 422)]
    #[case::not_sold(CheckoutError::NotForSale("x".to_owned()), 404)]
    #[case::sold_out(CheckoutError::SoldOut { plan: "A".to_owned(), region: "B".to_owned(), elsewhere: vec![] }, 409)]
    #[case::not_selling(CheckoutError::NotSelling { region: "B".to_owned(), elsewhere: vec![] }, 409)]
    #[case::too_many(CheckoutError::TooManyOpen(3), 409)]
    #[case::paid(CheckoutError::AlreadyPaid(OrderId::from_uuid(uuid::Uuid::from_u128(1))), 409)]
    #[case::unverified(CheckoutError::Unverified, 403)]
    #[case::paused(CheckoutError::Paused(Closed(Reason::Restored)), 503)]
    #[case::elsewhere(CheckoutError::Elsewhere { order: OrderId::from_uuid(uuid::Uuid::from_u128(1)) }, 503)]
    fn every_refusal_says_that_nothing_was_charged(#[case] error: CheckoutError, #[case] status: u16) {
        let public = error.public();
        assert_eq!(public.status.as_u16(), status);
        assert!(public.text.contains("not charged"), "{}", public.text);
    }

    #[test]
    fn only_errors_of_the_form_lead_back_to_it() {
        let sold_out =
            CheckoutError::SoldOut { plan: "A".to_owned(), region: "B".to_owned(), elsewhere: vec!["C".to_owned()] };
        assert_eq!(Problem::of(&sold_out).map(|problem| problem.field), Some("region"));
        assert_eq!(Problem::of(&CheckoutError::Unverified), None);
    }
}
