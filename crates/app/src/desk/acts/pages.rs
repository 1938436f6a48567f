//! Public pages of customers that are taken down: what somebody wrote there must not stand at the shop's address.

use super::{ActError, Looked, Step, not, plan, service};
use crate::texts::{day_and_time, one, t};
use domain::ids::ServiceId;
use serde_json::json;
use store::{Db, public_pages};

pub(super) async fn bar(db: &mut Db, id: &ServiceId) -> Result<Looked, ActError> {
    let service = service(db, id).await?;
    let Some(page) = public_pages::find_of(db, &service.id).await? else { return not("act-bar-page-none") };
    if let Some((since, _)) = page.barred {
        return Ok(Looked::Not(one("act-bar-page-down", "date", day_and_time(since))));
    }
    let mut says = vec![one("act-bar-page-hides", "slug", page.slug.as_str())];
    says.extend(["act-bar-page-customer", "act-bar-page-server"].map(|key| t(key).into_owned()));
    let detail = json!({"slug": page.slug});
    plan(says, service.id.to_string(), detail, Step::BarPage(service.id))
}

pub(super) async fn unbar(db: &mut Db, id: &ServiceId) -> Result<Looked, ActError> {
    let service = service(db, id).await?;
    let Some(page) = public_pages::find_of(db, &service.id).await? else { return not("act-bar-page-none") };
    let Some((_, why)) = page.barred else { return not("act-unbar-page-up") };
    let says = vec![one("act-unbar-page-shows", "slug", page.slug.as_str()), t("act-unbar-page-customer").into_owned()];
    let detail = json!({"slug": page.slug, "was": why});
    plan(says, service.id.to_string(), detail, Step::UnbarPage(service.id))
}
