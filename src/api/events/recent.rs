//! The newest events, read once for all who listen.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::store::events::{Event, after};
use crate::store::{Error, Store};

/// Events fetched at a time.
pub const FETCH: u32 = 100;

/// Events kept in memory for all who listen. When it is full the oldest go, and are read from the store again.
const RECENT: usize = 1_000;

/// The newest events, read once for all who listen.
#[derive(Default)]
pub struct Recent {
    kept: Mutex<Newest>,
}

#[derive(Default)]
struct Newest {
    /// All events after this one and up to `upto` are below, but for deleted ones.
    from: i64,
    upto: i64,
    events: VecDeque<Arc<Event>>,
}

impl Recent {
    /// The next events after one, where `newest` is known to be there.
    pub async fn after(&self, store: &Store, seq: i64, newest: i64) -> Result<Vec<Arc<Event>>, Error> {
        let mut kept = self.kept.lock().await;
        if kept.upto == 0 {
            (kept.from, kept.upto) = (seq, seq);
        }
        if seq < kept.from {
            drop(kept);
            return read(store, seq).await;
        }
        while kept.upto < newest {
            let found = read(store, kept.upto).await?;
            let whole = found.len() < FETCH as usize;
            let last = found.last().map_or(kept.upto, |last| last.seq);
            if found.iter().any(|event| event.topic == "call.withdrawn") {
                // What was told of that call before is deleted.
                kept.events.clear();
                kept.from = kept.upto;
            }
            kept.upto = if whole { last.max(newest) } else { last };
            kept.events.extend(found);
            while kept.events.len() > RECENT {
                kept.from = kept.events.pop_front().map_or(kept.from, |gone| gone.seq);
            }
        }
        let begins = kept.events.partition_point(|event| event.seq <= seq);
        Ok(kept.events.iter().skip(begins).take(FETCH as usize).cloned().collect())
    }

    /// Events were deleted: they are read again.
    pub async fn forget(&self) {
        *self.kept.lock().await = Newest::default();
    }
}

async fn read(store: &Store, seq: i64) -> Result<Vec<Arc<Event>>, Error> {
    let found = store.read(move |db| after(db, seq, FETCH)).await?;
    Ok(found.into_iter().map(Arc::new).collect())
}
