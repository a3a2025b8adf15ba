//! Sources that the appliance opens itself: its inputs, and the demo conversation, paced in real time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::MissedTickBehavior;

use super::demo::{CHANNELS, Demo};
pub use super::devices::needs;
use super::devices::{self, Meters};
use crate::ear::door::{Admitted, Door};
use crate::ear::link::Outlet;
use crate::ear::stream::End;
use crate::ear::workers::Feed;
use crate::observations::AudioHost;
use crate::observations::wire::{Said, Source};
use crate::units::{CallId, Layout};

/// The demo is written this much at a time.
const STEP_MS: u64 = 20;
const STEP_SAMPLES: usize = Demo::RATE_HZ as usize / 1000 * STEP_MS as usize * CHANNELS;

/// How soon room for the next step is looked for.
const ROOM: Duration = Duration::from_millis(2);

/// Until here the demo is heard as fast as it is analysed: the client holds back from 1:30 on, and nobody waits so long.
const SKIMMED_MS: u64 = 85_000;

/// Everything that the ear can open by itself.
pub struct Own {
    door: Arc<Door>,
    outlet: Outlet,
    host: AudioHost,
    meters: Arc<Meters>,
    listing: AtomicBool,
}

impl Own {
    pub fn new(door: Arc<Door>, outlet: Outlet, host: AudioHost) -> Arc<Self> {
        let meters = Meters::new(host, outlet.clone());
        Arc::new(Self { door, outlet, host, meters, listing: AtomicBool::new(false) })
    }

    /// Hears a call from a source of the appliance's own until it ends or the desk ends it.
    pub async fn hear(self: Arc<Self>, call: CallId, source: Source, layout: Layout, start_ms: u64) {
        let admitted = match self.door.admit_own(call, layout, start_ms) {
            Ok(admitted) => admitted,
            Err(refusal) => {
                return self.outlet.say_soon(Said::Failed { call, why: refusal.to_string() }).await;
            }
        };
        match source {
            Source::Demo => demo(admitted).await,
            Source::Device(id) => {
                self.meters.leave(&id);
                devices::hear(admitted, self.host, &id, &self.outlet).await;
            }
        }
    }

    /// Tells the desk which inputs there are. Who asks meanwhile gets the same answer.
    pub fn list(self: &Arc<Self>) {
        if self.listing.swap(true, Ordering::AcqRel) {
            return;
        }
        let own = self.clone();
        let thread = std::thread::Builder::new().name("ear-inputs".into()).spawn(move || {
            let list = devices::list(own.host);
            own.listing.store(false, Ordering::Release);
            own.outlet.say(Said::Devices(list));
        });
        if let Err(error) = thread {
            self.listing.store(false, Ordering::Release);
            tracing::warn!(%error, "the inputs cannot be listed");
        }
    }

    /// Tells the level of an input, or no longer.
    pub fn meter(&self, device: String, on: bool, runtime: &Handle) {
        if on {
            self.meters.watch(device, runtime);
        } else {
            self.meters.leave(&device);
        }
    }
}

async fn demo(admitted: Admitted) {
    let mut feed = match admitted.seat(CHANNELS, Demo::RATE_HZ) {
        Ok(feed) => feed,
        Err(error) => return tracing::warn!(call = %admitted.call, %error, "the demo found no place"),
    };
    let end = tokio::select! {
        end = admitted.asked_to_end() => end,
        () = play(&feed, admitted.start_ms) => End::Finished,
    };
    feed.end(end);
    feed.gone().await;
}

/// Plays from `start_ms` to the end: quickly up to [`SKIMMED_MS`], then in real time.
async fn play(feed: &Feed, start_ms: u64) {
    let mut demo = Demo::new();
    let mut samples = [0.0; STEP_SAMPLES];
    for _ in 0..start_ms / STEP_MS {
        demo.fill(&mut samples);
    }
    let mut step = tokio::time::interval(Duration::from_millis(STEP_MS));
    // What was skimmed is not caught up with.
    step.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut at_ms = start_ms;
    loop {
        if at_ms < SKIMMED_MS {
            // Nothing of it is lost: it waits until the worker has room.
            tokio::task::yield_now().await;
            while feed.free() < STEP_SAMPLES {
                tokio::time::sleep(ROOM).await;
            }
        } else {
            step.tick().await;
        }
        let count = demo.fill(&mut samples);
        if count == 0 {
            return;
        }
        feed.write(samples[..count].iter().map(|sample| (sample * 32767.0) as i16));
        at_ms += STEP_MS;
    }
}
