//! A call's input: opened when the call starts, opened again when it was lost, closed when the call ends.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Format;
use super::Sink;
use super::input::{Event, Input};
use crate::ear::door::Admitted;
use crate::ear::link::Outlet;
use crate::ear::stream::End;
use crate::ear::workers::Feed;
use crate::observations::AudioHost;
use crate::observations::wire::Said;
use crate::units::time::TICK_MS;

/// A lost input is tried again after this long, then more and more slowly.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// An input that gives no samples for this long is opened again: not every driver tells that it was unplugged.
const STALLED: Duration = Duration::from_secs(5);

/// How long the end of a call waits for a sound library to let go.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// Samples go to the worker from the moment it has a place for them.
struct ToWorker(Arc<OnceLock<Feed>>);

impl Sink for ToWorker {
    fn take(&mut self, samples: impl ExactSizeIterator<Item = i16>) {
        if let Some(feed) = self.0.get() {
            feed.write(samples);
        }
    }
}

/// How one stream of the call was over.
enum Over {
    /// The desk ended it.
    Ended,
    /// The input failed, for this reason, after the call had heard something from it or before.
    Lost { why: String, heard: bool },
}

/// Hears a call from one of the appliance's inputs until the desk ends it. The desk is told why nothing is heard,
/// whenever there is a new reason.
pub async fn hear(mut admitted: Admitted, host: AudioHost, device: &str, outlet: &Outlet) {
    let mut clock = Clock { at_ms: admitted.start_ms, since: Instant::now() };
    let mut pause = PAUSE_MIN;
    let mut told = None;
    while let Over::Lost { why, heard } = stream(&mut admitted, &mut clock, host, device).await {
        if heard {
            (pause, told) = (PAUSE_MIN, None);
        }
        if told.as_ref() != Some(&why) {
            tracing::warn!(call = %admitted.call, "{why}");
            outlet.say_soon(Said::Failed { call: admitted.call, why: why.clone() }).await;
            told = Some(why);
        }
        if tokio::time::timeout(pause, admitted.asked_to_end()).await.is_ok() {
            return;
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

async fn stream(admitted: &mut Admitted, clock: &mut Clock, host: AudioHost, device: &str) -> Over {
    let slot = Arc::new(OnceLock::new());
    let mut input = Input::open(host, device, admitted.layout, ToWorker(slot.clone()));
    let over = tokio::select! {
        biased;
        _ = admitted.asked_to_end() => Over::Ended,
        event = input.next() => match event {
            Event::Open(format) => hear_open(admitted, clock, &mut input, format, &slot).await,
            Event::Lost(why) => Over::Lost { why, heard: false },
        },
    };
    match over {
        Over::Ended => _ = tokio::time::timeout(CLOSE_WAIT, input.close()).await,
        // A stuck library must not be asked for the same device again and again.
        Over::Lost { .. } => tokio::select! {
            () = input.close() => {}
            _ = admitted.asked_to_end() => return Over::Ended,
        },
    }
    over
}

async fn hear_open(
    admitted: &mut Admitted,
    clock: &mut Clock,
    input: &mut Input,
    format: Format,
    slot: &OnceLock<Feed>,
) -> Over {
    admitted.start_ms = clock.next_ms();
    let mut feed = match admitted.seat(format.channels, format.rate_hz) {
        Ok(feed) => feed,
        Err(error) => return Over::Lost { why: error.to_string(), heard: false },
    };
    let gone = feed.take_gone();
    let feed = slot.get_or_init(|| feed);
    let (end, over) = tokio::select! {
        biased;
        end = admitted.asked_to_end() => (end, Over::Ended),
        why = lost(input, feed) => (End::Lost, Over::Lost { why, heard: feed.written().0 > 0 }),
    };
    // First the end, then the device: a library may take its time to close, and what it still gives is not heard.
    feed.end(end);
    clock.follow(admitted.start_ms, feed, format);
    if let Some(gone) = gone {
        wiped(gone).await;
    }
    over
}

async fn wiped(gone: oneshot::Receiver<()>) {
    let _ = gone.await;
}

/// Resolves when the input fails or gives nothing any more.
async fn lost(input: &mut Input, feed: &Feed) -> String {
    let stalled = async {
        while feed.written().1 < STALLED {
            tokio::time::sleep(STALLED / 10).await;
        }
    };
    let failed = async {
        loop {
            if let Event::Lost(why) = input.next().await {
                return why;
            }
        }
    };
    tokio::select! {
        why = failed => why,
        () = stalled => format!("the input gave no sound for {} s: check its plug", STALLED.as_secs()),
    }
}

/// Where the call's audio clock would be had nothing been lost. It begins with the first sample.
struct Clock {
    at_ms: u64,
    since: Instant,
}

impl Clock {
    fn next_ms(&self) -> u64 {
        if self.at_ms == 0 {
            return 0;
        }
        let passed_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.at_ms.saturating_add(passed_ms).next_multiple_of(TICK_MS.into())
    }

    /// Sets it by the samples that came: a sound card's clock is not the machine's.
    fn follow(&mut self, start_ms: u64, feed: &Feed, format: Format) {
        let (written, ago) = feed.written();
        let per_s = u64::from(format.rate_hz) * format.channels as u64;
        self.at_ms = start_ms + (written * 1000).div_ceil(per_s);
        self.since = Instant::now().checked_sub(ago).unwrap_or_else(Instant::now);
    }
}
