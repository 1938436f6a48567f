//! Files on their way to servers, which are kept in memory as a whole meanwhile.

use domain::ids::AccountId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Forms with files at the same time, of 16 MiB each.
const AT_ONCE: usize = 4;

/// Who may bring files now.
pub struct Uploads {
    places: Arc<Semaphore>,
    /// One form of an account at a time: whoever has a slow line, and several pages open, holds up nobody else.
    of_accounts: Mutex<BTreeMap<AccountId, Arc<Semaphore>>>,
}

/// A form that is read and brought; the next one may begin when this is dropped.
pub struct Upload {
    _account: Option<OwnedSemaphorePermit>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), of_accounts: Mutex::default() }
    }
}

impl Uploads {
    /// Waits until it is an account's turn.
    pub async fn begin(&self, account: &AccountId) -> Upload {
        let own = {
            let mut all = self.of_accounts.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever is at it, or waits, holds it, too.
            all.retain(|_, own| Arc::strong_count(own) > 1);
            all.entry(account.clone()).or_insert_with(|| Arc::new(Semaphore::new(1))).clone()
        };
        // Nobody closes them.
        let account = own.acquire_owned().await.ok();
        let place = self.places.clone().acquire_owned().await.ok();
        Upload { _account: account, _place: place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn one_account_holds_one_place_whatever_it_sends() {
        let account = |last: char| AccountId::parse(&format!("{}{last:0>32}", AccountId::PREFIX)).unwrap();
        let uploads = Uploads::default();
        let first = uploads.begin(&account('a')).await;
        assert!(uploads.begin(&account('a')).now_or_never().is_none(), "its own is under way");

        let others = [uploads.begin(&account('b')).await, uploads.begin(&account('c')).await];
        drop(first);
        let again = uploads.begin(&account('a')).now_or_never().expect("it is its turn");
        let last = uploads.begin(&account('d')).await;

        assert!(uploads.begin(&account('e')).now_or_never().is_none(), "all places are taken");
        drop((others, again, last));
        assert!(uploads.begin(&account('e')).now_or_never().is_some());
        assert_eq!(uploads.of_accounts.lock().unwrap().len(), 1, "whoever is done is forgotten");
    }
}
