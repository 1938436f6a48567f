//! How the shop is doing, in figures: for the console's first page and for the digest of a day. What is asked often is read at most every
//! few seconds.

use crate::app::App;
use crate::work::smoke::{self, Light};
use domain::money::{Currency, Money};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::figures::{self, Delivered, Income, Sales};
use store::orders::Purchase;
use store::watch::{self, Queue};
use store::{StoreError, marks, orders};

/// As old as figures may be that somebody looks at.
const FRESH: SignedDuration = SignedDuration::from_secs(10);
/// Spans of time, in hours.
const SPANS: [i64; 3] = [1, 24, 24 * 7];
/// Deliveries that are looked at.
const MOST_DELIVERED: i64 = 20_000;
/// A paid order counts as waiting after this.
const WAITING: SignedDuration = SignedDuration::from_mins(10);
/// Waiting orders that are named.
const MOST_WAITING: i64 = 10;

/// What came of a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// How long it is.
    pub hours: i64,
    /// What came of it.
    pub sales: Sales,
    /// From payment to playable.
    pub times: Times,
}

/// How long deliveries took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// How many there were.
    pub count: usize,
    /// On average.
    pub mean: i64,
    /// Half of them took no longer.
    pub p50: i64,
    /// 95 of 100 took no longer.
    pub p95: i64,
}

/// How the shop is doing.
#[derive(Debug, Clone)]
pub struct Overview {
    /// When this was read.
    pub at: Timestamp,
    /// The last hour, day and week.
    pub spans: Vec<Span>,
    /// The last week by game.
    pub games: Vec<(String, Times)>,
    /// What a month brings in, per currency, with how many servers.
    pub income: Vec<(Money, i64)>,
    /// Since when the oldest piece of each queue is due, if one is.
    pub queues: Vec<(Queue, Option<Timestamp>)>,
    /// When the panel was last read completely.
    pub panel_read: Option<Timestamp>,
    /// Orders that have been paid for a while, the oldest first.
    pub waiting: Vec<Purchase>,
    /// How the shop's own purchases went.
    pub lights: Vec<(String, Option<Light>)>,
}

/// What was read last.
#[derive(Debug, Default)]
pub struct Kept(Mutex<Option<Arc<Overview>>>);

/// How the shop is doing, as of a few seconds ago at most.
///
/// # Errors
/// The database did not answer.
pub async fn look(app: &App) -> Result<Arc<Overview>, StoreError> {
    let now = app.now();
    let kept = app.overview.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(kept) = kept.filter(|kept| now.duration_since(kept.at).abs() < FRESH) {
        return Ok(kept);
    }
    let read = Arc::new(read(app, now).await?);
    *app.overview.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(read.clone());
    Ok(read)
}

async fn read(app: &App, now: Timestamp) -> Result<Overview, StoreError> {
    let mut db = app.store.read().await?;
    let mut spans = Vec::with_capacity(SPANS.len());
    let mut week = Vec::new();
    for hours in SPANS {
        let from = now - SignedDuration::from_hours(hours);
        let delivered = figures::list_delivered(&mut db, from, now, MOST_DELIVERED).await?;
        let seconds = delivered.iter().map(|one| one.seconds).collect();
        spans.push(Span { hours, sales: figures::sales(&mut db, from, now).await?, times: times(seconds) });
        week = delivered;
    }
    let mut queues = Vec::with_capacity(Queue::ALL.len());
    for queue in Queue::ALL {
        queues.push((queue, watch::overdue_since(&mut db, queue, now).await?));
    }
    Ok(Overview {
        at: now,
        spans,
        games: by_game(app, &week),
        income: monthly(&figures::list_income(&mut db).await?),
        queues,
        panel_read: marks::find(&mut db, crate::work::panel_sync::MARK).await?.map(|mark| mark.at),
        waiting: orders::list_paid(&mut db, now - WAITING, MOST_WAITING).await?,
        lights: smoke::lights(app, &mut db).await?,
    })
}

/// How long these took.
pub fn times(mut seconds: Vec<i64>) -> Times {
    seconds.sort_unstable();
    let Some(last) = seconds.len().checked_sub(1) else { return Times::default() };
    let at = |percent: usize| seconds.get((seconds.len() * percent).div_ceil(100).saturating_sub(1).min(last)).copied();
    let count = i64::try_from(seconds.len()).unwrap_or(i64::MAX);
    Times {
        count: seconds.len(),
        mean: seconds.iter().sum::<i64>() / count,
        p50: at(50).unwrap_or_default(),
        p95: at(95).unwrap_or_default(),
    }
}

/// How long the servers of each game took. A plan that is not sold any more is named by itself.
pub fn by_game(app: &App, delivered: &[Delivered]) -> Vec<(String, Times)> {
    let mut games: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for one in delivered {
        let plan = app.catalogue.find_plan(&one.plan);
        let game = plan.map_or_else(|| one.plan.clone(), |plan| plan.game.to_string());
        games.entry(game).or_default().push(one.seconds);
    }
    games.into_iter().map(|(game, seconds)| (game, times(seconds))).collect()
}

/// What a month brings in, per currency, with how many servers.
pub fn monthly(income: &[Income]) -> Vec<(Money, i64)> {
    let mut sums: BTreeMap<Currency, (i64, i64)> = BTreeMap::new();
    for one in income {
        let sum = sums.entry(one.amount.currency).or_default();
        sum.0 += one.amount.minor / i64::from(one.term.months());
        sum.1 += one.servers;
    }
    sums.into_iter().map(|(currency, (minor, servers))| (Money::new(minor, currency), servers)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        assert_eq!(times(Vec::new()), Times::default());
        assert_eq!(times(vec![7]), Times { count: 1, mean: 7, p50: 7, p95: 7 });
        let hundred = times((1..=100).rev().collect());
        assert_eq!(hundred, Times { count: 100, mean: 50, p50: 50, p95: 95 });
        assert_eq!(times(vec![1, 2, 3, 100]).p95, 100);
    }

    #[test]
    fn a_years_payment_is_a_twelfth_a_month() {
        use domain::catalogue::Term;
        let usd = |minor| Money::new(minor, Currency::USD);
        let income = [
            Income { term: Term::Monthly, servers: 2, amount: usd(2_798) },
            Income { term: Term::Yearly, servers: 1, amount: usd(12_000) },
        ];
        assert_eq!(monthly(&income), [(usd(3_798), 3)]);
    }
}
