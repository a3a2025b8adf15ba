//! Calls that are over -> the store, through a bounded queue and a thread of its own: the ear's words never wait.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::call::Call;
use super::ear::Ear;
use crate::observations::SandboxState;
use crate::store::calls::{Ended, end};
use crate::store::{Error, Store};

/// Ends that wait. When it is full the call keeps its own and offers it again within a second.
const QUEUE: usize = 256;

/// A store that refuses is asked again after this long.
const AGAIN: Duration = Duration::from_secs(1);

/// A call's summary and receipt as JSON, as the API answers them.
pub type Render = fn(&Call, Option<SandboxState>) -> (String, String);

/// The way from calls to the store, once there is one.
#[derive(Default)]
pub struct Keeping {
    way: OnceLock<(SyncSender<Ended>, Render)>,
}

impl Keeping {
    /// From now on calls that are over are kept in a store.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(&self, store: Arc<Store>, render: Render) -> std::io::Result<()> {
        let (send, ended) = sync_channel(QUEUE);
        std::thread::Builder::new().name("kept".into()).spawn(move || keep(&store, &ended))?;
        // A second start would find the first one's way.
        let _ = self.way.set((send, render));
        Ok(())
    }

    /// The end of a call as it is kept; `None` while there is no store.
    pub fn ended(&self, call: &Call, ear: &Ear) -> Option<Ended> {
        let (_, render) = self.way.get()?;
        let (summary_json, receipt_json) = render(call, ear.sandbox());
        Some(Ended {
            id: call.facts.id,
            ended_ms: call.changed_ms.cast_signed(),
            elapsed_ms: call.elapsed_ms().cast_signed(),
            summary_json,
            receipt_json,
            coached: call.coached(),
        })
    }

    /// Sends a call's end on its way. `false` when it must be offered again.
    pub(super) fn offer(&self, call: &Call, ear: &Ear) -> bool {
        let Some((send, _)) = self.way.get() else { return true };
        self.ended(call, ear).is_none_or(|ended| send.try_send(ended).is_ok())
    }
}

/// Until the last sender is gone.
fn keep(store: &Store, waiting: &Receiver<Ended>) {
    while let Ok(ended) = waiting.recv() {
        loop {
            let again = ended.clone();
            match store.write_blocking(move |tx| end(tx, &again)) {
                Ok(()) => break,
                Err(Error::Closed) => return,
                Err(error) => {
                    tracing::error!(call = %ended.id, %error, "the end of a call is not kept yet");
                    std::thread::sleep(AGAIN);
                }
            }
        }
    }
}
