//! Reading columns as the domain's types. A value that makes no sense is an error here, not a surprise later.

use crate::{Db, Result, StoreError};
use domain::money::{Currency, Money};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::fmt::Display;
use std::str::FromStr;

/// When the next row of a queue is due, given its table and which rows of it are open. What somebody holds is due when the claim lapses,
/// not before.
macro_rules! next_wake {
    ($db:expr, $open:literal) => {
        crate::row::first_instant(
            $db,
            concat!(
                "select min(case when claimed_until > wake_at then claimed_until else wake_at end) as at from ",
                $open
            ),
        )
    };
}
pub(crate) use next_wake;

/// The instant `at` of the only row that a statement yields.
pub(crate) async fn first_instant(db: &mut Db, sql: &'static str) -> Result<Option<Timestamp>> {
    sqlx::query(sql).fetch_one(db).await?.opt_at("at")
}

pub(crate) trait Columns {
    fn text(&self, column: &str) -> Result<String>;
    fn opt_text(&self, column: &str) -> Result<Option<String>>;
    fn int(&self, column: &str) -> Result<i64>;
    fn opt_int(&self, column: &str) -> Result<Option<i64>>;
    fn opt_real(&self, column: &str) -> Result<Option<f64>>;

    fn flag(&self, column: &str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    fn at(&self, column: &str) -> Result<Timestamp> {
        instant(column, self.int(column)?)
    }

    fn opt_at(&self, column: &str) -> Result<Option<Timestamp>> {
        self.opt_int(column)?.map(|micros| instant(column, micros)).transpose()
    }

    fn parsed<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T> {
        self.text(column)?.parse().map_err(|error| senseless(column, &error))
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        serde_json::from_str(&self.text(column)?).map_err(|error| senseless(column, &error))
    }

    /// A word of a closed set, through the set's own `find`.
    fn word<T>(&self, column: &str, find: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text = self.text(column)?;
        find(&text).ok_or_else(|| senseless(column, &format!("unknown word `{text}`")))
    }

    fn opt_word<T>(&self, column: &str, find: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>> {
        match self.opt_text(column)? {
            None => Ok(None),
            Some(text) => match find(&text) {
                Some(word) => Ok(Some(word)),
                None => Err(senseless(column, &format!("unknown word `{text}`"))),
            },
        }
    }

    /// `amount` and `currency` together.
    fn money(&self) -> Result<Money> {
        let currency = Currency::parse(&self.text("currency")?).map_err(|error| senseless("currency", &error))?;
        Ok(Money::new(self.int("amount")?, currency))
    }
}

impl Columns for AnyRow {
    fn text(&self, column: &str) -> Result<String> {
        Ok(self.try_get(column)?)
    }
    fn opt_text(&self, column: &str) -> Result<Option<String>> {
        Ok(self.try_get(column)?)
    }
    fn int(&self, column: &str) -> Result<i64> {
        Ok(self.try_get(column)?)
    }
    fn opt_int(&self, column: &str) -> Result<Option<i64>> {
        Ok(self.try_get(column)?)
    }
    fn opt_real(&self, column: &str) -> Result<Option<f64>> {
        Ok(self.try_get(column)?)
    }
}

/// The instant that a row carries.
pub(crate) fn instant(column: &str, micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|error| senseless(column, &error))
}

pub(crate) fn senseless(column: &str, problem: &dyn Display) -> StoreError {
    StoreError::Senseless { column: column.to_owned(), problem: problem.to_string() }
}

/// An instant as rows carry it.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// An instant that may be missing, as rows carry it.
pub(crate) fn opt_micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(micros)
}

/// A value as JSON text. Our own types always have a JSON form.
pub(crate) fn to_json<T: Serialize>(column: &str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| senseless(column, &error))
}

/// Zero rows mean that the version or the fence was lost.
pub(crate) fn one_row(rows: u64, what: &'static str) -> Result<()> {
    if rows == 0 { Err(StoreError::Conflict { what }) } else { Ok(()) }
}
