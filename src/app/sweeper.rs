//! Every hour: what is too old goes. Every few seconds: what a full disk kept back. Every day: the whole database is looked
//! through.

use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::ear::clock::unix_ms;
use crate::store::clock::Clock;
use crate::store::sweep::Retention;
use crate::store::{Error, Store};

const EVERY: Duration = Duration::from_secs(3600);

/// Withdrawals that wait for room on the disk are tried so often.
const TEND_EVERY: Duration = Duration::from_secs(5);

/// The first look through the database waits until the appliance has settled.
const SETTLED: Duration = Duration::from_secs(20);

const LOOK_EVERY: Duration = Duration::from_secs(24 * 3600);

/// The head of the audit log is told to webhooks so often, if it has moved.
const TELL_EVERY: Duration = Duration::from_secs(600);

fn now_ms() -> i64 {
    unix_ms().cast_signed()
}

/// How long the machine has run, asleep or awake; nobody can set this clock.
fn running_ms() -> i64 {
    let now = clock_gettime(ClockId::Boottime);
    now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}

/// Sweeps at once, then every hour, for as long as the appliance runs.
pub async fn hourly(store: Arc<Store>, retention: Retention) {
    let mut hours = tokio::time::interval(EVERY);
    let mut fitted_ms = None;
    loop {
        hours.tick().await;
        let since_ms = fitted_ms.map(|fitted_ms| running_ms() - fitted_ms);
        match store.sweep(retention, now_ms(), since_ms).await {
            Ok((Clock::Fits, swept)) => {
                fitted_ms = Some(running_ms());
                if swept.calls > 0 || swept.entries > 0 {
                    tracing::info!(calls = swept.calls, entries = swept.entries, "what was too old is gone");
                    if let Err(error) = store.scrub().await {
                        tracing::error!(%error, "the write-ahead log could not be emptied");
                    }
                }
            }
            Ok((leapt, _)) => tracing::error!(
                ?leapt,
                "nothing is swept: the clock does not fit to what is kept; set it, or say on the trust page that it is right"
            ),
            Err(Error::Closed) => return,
            Err(error) => tracing::error!(%error, "the sweep failed and is tried again in an hour"),
        }
    }
}

/// Tends to what waits, for as long as the appliance runs.
pub async fn tend(store: Arc<Store>) {
    let mut every = tokio::time::interval(TEND_EVERY);
    loop {
        every.tick().await;
        let tended = store.clone();
        let _ = tokio::task::spawn_blocking(move || tended.tend()).await;
    }
}

/// Looks through the database, soon and then every day.
pub async fn look_through(store: Arc<Store>) {
    tokio::time::sleep(SETTLED).await;
    let mut days = tokio::time::interval(LOOK_EVERY);
    loop {
        days.tick().await;
        if let Err(error) = store.look_through(now_ms()).await {
            tracing::error!(%error, "the database could not be looked through");
        }
    }
}

/// Tells other systems the head of the audit log, so that it is known in a second place.
pub async fn tell_heads(store: Arc<Store>) {
    let mut told = 0;
    loop {
        tokio::time::sleep(TELL_EVERY).await;
        match store.tell_head(told, now_ms()).await {
            Ok(seq) => told = seq,
            Err(error) => tracing::error!(%error, "the head of the audit log could not be told"),
        }
    }
}
