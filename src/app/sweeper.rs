//! Every hour: what is too old goes.

use std::sync::Arc;
use std::time::Duration;

use crate::ear::clock::unix_ms;
use crate::store::sweep::{Retention, sweep};
use crate::store::{Error, Store};

const EVERY: Duration = Duration::from_secs(3600);

/// Sweeps at once, then every hour, for as long as the appliance runs.
pub async fn hourly(store: Arc<Store>, retention: Retention) {
    let mut hours = tokio::time::interval(EVERY);
    loop {
        hours.tick().await;
        let swept = store.write(move |tx| sweep(tx, &retention, unix_ms().cast_signed()));
        match swept.await {
            Ok(swept) if swept.calls > 0 || swept.entries > 0 => {
                tracing::info!(calls = swept.calls, entries = swept.entries, "what was too old is gone");
                if let Err(error) = store.scrub().await {
                    tracing::error!(%error, "the write-ahead log could not be emptied");
                }
            }
            Ok(_) => {}
            Err(Error::Closed) => return,
            Err(error) => tracing::error!(%error, "the sweep failed and is tried again in an hour"),
        }
    }
}
