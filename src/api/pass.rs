//! Live streams: so many of one person at a time, and none goes on without the session or token that opened it.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::App;
use super::caller::{Caller, Shown};
use super::places::Known;
use super::refusal::Refusal;
use super::streams::Streams;
use crate::people::Who;
use crate::store::{self, Store, sessions};

/// A page holds two; this is a dozen of them on several screens.
const OF_ONE_MAX: usize = 24;

/// The store could not be asked: it is asked again.
const AGAIN: Duration = Duration::from_millis(200);

/// One stream; its place is free when this is dropped.
pub struct Pass {
    streams: Arc<Streams>,
    store: Arc<Store>,
    whose: Option<Known>,
    who: Who,
    shown: Shown,
    now_ms: fn() -> u64,
    ended: watch::Receiver<u64>,
}

impl App {
    /// Lets somebody listen.
    ///
    /// # Errors
    /// They listen to as many streams as one may.
    pub(super) fn pass(&self, caller: &Caller) -> Result<Pass, Refusal> {
        let whose = caller.known();
        if let Some(whose @ Known::Person(_)) = whose {
            let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
            let count = open.entry(whose).or_default();
            if *count >= OF_ONE_MAX {
                return Err(Refusal::TooManyOpen);
            }
            *count += 1;
        }
        Ok(Pass {
            streams: self.streams.clone(),
            store: self.store.clone(),
            whose,
            who: caller.who,
            shown: caller.shown.clone(),
            now_ms: self.live.clocks.now_ms,
            ended: self.streams.ended.subscribe(),
        })
    }
}

impl Pass {
    /// Resolves when what was shown at the beginning is worth nothing any more, or its owner may do other things now.
    pub async fn over(mut self) {
        loop {
            let now_ms = (self.now_ms)().cast_signed();
            let (shown, who) = (self.shown.clone(), self.who);
            let until = self.store.read(move |db| valid_until(db, &shown, &who, now_ms)).await;
            let left = match until {
                Ok(None) | Err(store::Error::Closed) => return,
                Ok(Some(until_ms)) => Duration::from_millis((until_ms - now_ms).max(1).unsigned_abs()),
                Err(_) => AGAIN,
            };
            if let Ok(Err(_)) = tokio::time::timeout(left, self.ended.changed()).await {
                return;
            }
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let Some(whose @ Known::Person(_)) = self.whose else { return };
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&whose) {
            *count -= 1;
            if *count == 0 {
                open.remove(&whose);
            }
        }
    }
}

/// How long what was shown is good for this person as they were then; `None`: not any more.
fn valid_until(db: &store::Tx, shown: &Shown, who: &Who, now_ms: i64) -> Result<Option<i64>, store::Error> {
    let (now, until_ms) = match shown {
        Shown::Nothing => {
            let local = !store::people::any(db)?;
            return Ok(local.then_some(i64::MAX / 2));
        }
        Shown::Session(secret) => match sessions::known(db, secret, now_ms)? {
            Some(known) => (Caller::of(known.person).who, known.until_ms),
            None => return Ok(None),
        },
        Shown::Token(secret) => match sessions::token(db, secret, now_ms)? {
            Some(known) => (Caller::of(known.person).scoped(known.scopes.as_deref()).who, known.until_ms),
            None => return Ok(None),
        },
    };
    Ok((now == *who).then_some(until_ms))
}
