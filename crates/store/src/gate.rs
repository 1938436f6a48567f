//! Gates: where a simulation stops a transaction, lets it go on, or makes it fail. Nothing of this is in the program itself.

use crate::{Result, StoreError};
use std::fmt::Debug;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;

/// A place at which a transaction can be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// Before it begins.
    Begin,
    /// Before what it wrote lasts.
    Commit,
    /// What it wrote lasts, and its caller has not heard of it.
    Committed,
}

/// How a transaction goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As if nobody had looked.
    Go,
    /// The database fails here: before the commit nothing lasts, after it the caller does not know.
    Fail,
}

/// Whoever decides, at each point, when and how a transaction goes on. `at` is the line that began or ended it.
pub trait Gate: Send + Sync + Debug {
    /// Answers when the transaction may go on.
    fn pass(&self, point: Point, at: &'static Location<'static>) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>>;
}

pub(crate) async fn pass(gate: Option<&Arc<dyn Gate>>, point: Point, at: &'static Location<'static>) -> Result<()> {
    let Some(gate) = gate else { return Ok(()) };
    match gate.pass(point, at).await {
        Verdict::Go => Ok(()),
        Verdict::Fail => Err(StoreError::Database(sqlx::Error::WorkerCrashed)),
    }
}
