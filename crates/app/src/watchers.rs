//! Who watches something as it happens: each holds a connection for minutes, so there are so many at a time in this process, and so many of
//! one account.

use domain::ids::AccountId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Those who watch.
#[derive(Debug)]
pub struct Watchers {
    all: usize,
    of_one: usize,
    there: There,
}

#[derive(Debug, Clone, Default)]
struct There(Arc<Mutex<HashMap<AccountId, usize>>>);

/// A place among them, until it is dropped.
#[derive(Debug)]
pub struct Place {
    there: There,
    account: AccountId,
}

/// Why somebody may not watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// They watch as many as anybody may already.
    TooManyOfYours,
    /// As many are watched as this shop can take.
    TooMany,
}

impl There {
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watchers {
    /// Nobody watches yet.
    pub fn new(all: usize, of_one: usize) -> Self {
        Self { all, of_one, there: There::default() }
    }

    /// A place for somebody.
    ///
    /// # Errors
    /// There is none, or this account has as many as one may have.
    pub fn take(&self, account: &AccountId) -> Result<Place, Refusal> {
        let mut there = self.there.lock();
        if there.values().sum::<usize>() >= self.all {
            return Err(Refusal::TooMany);
        }
        let count = there.get(account).copied().unwrap_or_default();
        if count >= self.of_one {
            return Err(Refusal::TooManyOfYours);
        }
        there.insert(account.clone(), count + 1);
        Ok(Place { there: self.there.clone(), account: account.clone() })
    }

    /// How many watch.
    pub fn count(&self) -> usize {
        self.there.lock().values().sum()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut there = self.there.lock();
        match there.get_mut(&self.account) {
            Some(count) if *count > 1 => *count -= 1,
            // Nobody is remembered who does not watch.
            Some(_) | None => drop(there.remove(&self.account)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_places_and_each_gives_back_what_it_took() {
        let watchers = Watchers::new(3, 2);
        let account = |number: u8| AccountId::parse(&format!("acc_{number:032}")).unwrap();
        let first = watchers.take(&account(1)).unwrap();
        let _second = watchers.take(&account(1)).unwrap();
        assert_eq!(watchers.take(&account(1)).err(), Some(Refusal::TooManyOfYours));
        let other = watchers.take(&account(2)).unwrap();
        assert_eq!(watchers.take(&account(3)).err(), Some(Refusal::TooMany));
        drop(first);
        let _third = watchers.take(&account(1)).unwrap();
        drop(other);
        assert_eq!((watchers.count(), watchers.there.lock().len()), (2, 1));
    }
}
