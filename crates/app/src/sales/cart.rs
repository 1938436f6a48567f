//! What somebody puts into a cart, looked up in the catalogue: what it is, what it costs, and why it cannot be sold.

use crate::app::App;
use crate::sales::checkout::{CheckoutError, Request};
use crate::sales::offer::lookup_key;
use crate::texts::{self, t};
use domain::catalogue::{AddOn, Blueprint, Game, Plan, Region, Sale, ServerShape, Term};
use domain::money::Money;
use domain::snapshot::{Line, Snapshot};
use store::orders::Purchase;

/// What is bought, with everything looked up.
pub(super) struct Cart<'a> {
    pub(super) request: &'a Request,
    pub(super) game: &'a Game,
    pub(super) plan: &'a Plan,
    pub(super) blueprint: &'a Blueprint,
    pub(super) region: &'a Region,
    pub(super) term: Term,
    add_ons: Vec<&'a AddOn>,
}

/// Longest name of a server.
pub const NAME_LENGTH: usize = 40;

impl<'a> Cart<'a> {
    /// # Errors
    /// [`CheckoutError::Field`] or [`CheckoutError::NotForSale`], in words for the customer.
    pub(super) fn look_up(app: &'a App, request: &'a Request) -> Result<Self, CheckoutError> {
        let field = |field, key| CheckoutError::Field { field, problem: t(key).into_owned() };
        let catalogue = &app.catalogue;
        let not_for_sale = || CheckoutError::NotForSale(request.plan.chars().take(80).collect());
        let plan = catalogue.find_plan(&request.plan).ok_or_else(not_for_sale)?;
        if !app.offer().sells(&plan.key) {
            return Err(not_for_sale());
        }
        let game = catalogue.find_game(plan.game.as_str()).ok_or_else(not_for_sale)?;
        let blueprint = catalogue.find_blueprint(&plan.blueprint).ok_or_else(not_for_sale)?;
        let term = Term::find(&request.term).ok_or_else(|| field("term", "choose-term"))?;
        let region = catalogue.find_region(&request.region).ok_or_else(|| field("region", "choose-region"))?;
        check_name(&request.server_name)?;
        if request.cart_key.is_empty() || request.cart_key.chars().count() > 64 {
            return Err(field("cart", "choose-incomplete"));
        }
        if let Some(consent) = game.consent.as_ref().filter(|consent| !request.consents.contains(&consent.key)) {
            let problem = texts::with("choose-consent", &[("consent", texts::said(&consent.text).into())]);
            return Err(CheckoutError::Field { field: "consent", problem });
        }
        for input in &blueprint.inputs {
            let given = request.inputs.get(&input.key).map_or("", String::as_str);
            if !input.rule.accepts(given.trim()) {
                return Err(CheckoutError::Field {
                    field: "input",
                    problem: format!("{}: {}", texts::said(&input.label), texts::said(&input.help)),
                });
            }
        }
        let mut add_ons: Vec<&AddOn> = Vec::new();
        for key in &request.add_ons {
            let add_on = catalogue.find_add_on(key).filter(|add_on| add_on.sale == Sale::OnSale);
            let add_on = add_on.ok_or_else(|| field("add_on", "choose-add-on"))?;
            if !add_ons.iter().any(|chosen| chosen.key == add_on.key) {
                add_ons.push(add_on);
            }
        }
        Ok(Self { request, game, plan, blueprint, region, term, add_ons })
    }

    /// What is bought, as it is at this moment: later changes of the catalogue do not touch it.
    ///
    /// # Errors
    /// [`CheckoutError::NotForSale`]: a price is not at Stripe.
    pub(super) fn snapshot(&self, app: &App) -> Result<Snapshot, CheckoutError> {
        let offer = app.offer();
        let line = |key: &str, monthly_minor: i64| {
            let minor = self.term.price_minor(monthly_minor);
            let price = offer.price(key, self.term, Money::new(minor, app.catalogue.currency));
            let price_id = price.ok_or_else(|| CheckoutError::NotForSale(key.to_owned()))?.price_id.clone();
            Ok::<Line, CheckoutError>(Line { lookup_key: lookup_key(key, self.term), price_id, minor })
        };
        let mut lines = vec![line(self.plan.key.as_str(), self.plan.monthly_minor)?];
        for add_on in &self.add_ons {
            lines.push(line(add_on.key.as_str(), add_on.monthly_minor)?);
        }
        let inputs = self.blueprint.inputs.iter().filter_map(|input| {
            let given = self.request.inputs.get(&input.key)?;
            Some((input.key.clone(), given.trim().to_owned()))
        });
        Ok(Snapshot {
            label: format!("{} {}", self.game.name, self.plan.label()),
            game: self.game.key.to_string(),
            blueprint: self.blueprint.key.clone(),
            lines,
            server_name: self.request.server_name.trim().to_owned(),
            inputs: inputs.collect(),
            consents: self.game.consent.iter().map(|consent| consent.key.clone()).collect(),
            add_ons: self.add_ons.iter().map(|add_on| add_on.key.clone()).collect(),
            shape: ServerShape::of(self.plan, self.blueprint, self.add_ons.iter().copied()),
            env: self.plan.env.clone(),
            players_max: self.plan.players.map(|(_, most)| most),
        })
    }

    /// Whether an order that is open for this cart is for what is in it now.
    pub(super) fn is_of(&self, app: &App, open: &Purchase) -> Result<bool, CheckoutError> {
        Ok(open.region == self.region.key && open.term == self.term && open.snapshot == self.snapshot(app)?)
    }

    pub(super) fn price(&self, app: &App, snapshot: &Snapshot) -> Money {
        Money::new(snapshot.lines.iter().map(|line| line.minor).sum(), app.catalogue.currency)
    }
}

/// A server's name goes to the panel, into game settings and onto pages: printable, short, without markup.
pub(crate) fn check_name(name: &str) -> Result<(), CheckoutError> {
    let name = name.trim();
    let odd =
        |c: char| c.is_control() || matches!(c, '<' | '>' | '"' | '\'' | '`' | '\\' | '{' | '}' | '$' | ';' | ',');
    let counted = |key, count: usize| {
        texts::with(key, &[("count", count.to_string().into()), ("most", NAME_LENGTH.to_string().into())])
    };
    let problem = match name.chars().count() {
        0..3 => counted("choose-name-short", 3),
        n if n > NAME_LENGTH => counted("choose-name-long", n),
        _ if name.contains(odd) => counted("choose-name-odd", 0),
        _ => return Ok(()),
    };
    Err(CheckoutError::Field { field: "server_name", problem })
}
