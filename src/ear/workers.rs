//! Calls spread over worker threads: samples come from rings, observations go to the outlet.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::Thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::clock::monotonic_us;
use super::frames::{Locked, Ring, wipe_stack};
use super::listener::{FormatError, Listener, STACK_BYTES};
use super::seat::{Reports, Scratch, Seat};
use super::stream::{About, End, Format, Shared};
use crate::units::CallId;

/// Calls that may wait for one worker to notice them; one more is refused as overload.
const INBOX_SEATS: usize = 64;

/// A worker looks at its calls at least this often, to notice sources that fell silent.
const LOOK_MS: u64 = 100;

/// A source's handle on its place at a worker.
pub struct Feed {
    shared: Arc<Shared>,
    worker: Thread,
    gone: Option<oneshot::Receiver<()>>,
}

impl Feed {
    /// Samples that fit before the oldest must go.
    pub fn free(&self) -> usize {
        self.shared.ring.free()
    }

    /// Hands interleaved samples to the worker. Returns how many old ones had to go. Takes no lock. What comes after
    /// the end is not heard: a device goes on until it is closed.
    pub fn write(&self, samples: impl ExactSizeIterator<Item = i16>) -> usize {
        if self.shared.end().is_some() {
            return 0;
        }
        let gone = self.shared.ring.write(samples);
        self.shared.arrived_us.store(monotonic_us(), Ordering::Relaxed);
        self.worker.unpark();
        gone
    }

    /// Ends the stream; a stricter end replaces an earlier one.
    pub fn end(&self, end: End) {
        self.shared.end.fetch_max(end as u8, Ordering::AcqRel);
        self.worker.unpark();
    }

    /// Says something of the voices on the one microphone. Two swaps before the worker looks are none.
    pub fn say(&self, about: About) {
        match about {
            About::Swap => self.shared.about.fetch_xor(about as u8, Ordering::AcqRel),
            About::ThisIsMe => self.shared.about.fetch_or(about as u8, Ordering::AcqRel),
        };
        self.worker.unpark();
    }

    /// Samples written since the stream began, and how long ago the newest came.
    pub fn written(&self) -> (u64, Duration) {
        let since_us = monotonic_us().saturating_sub(self.shared.arrived_us.load(Ordering::Relaxed));
        (self.shared.ring.written(), Duration::from_micros(since_us))
    }

    /// What [`Feed::gone`] waits for, for who shares the feed with a callback.
    pub fn take_gone(&mut self) -> Option<oneshot::Receiver<()>> {
        self.gone.take()
    }

    /// Waits until the last observation and the receipt are on their way and the sound is wiped.
    pub async fn gone(&mut self) {
        if let Some(gone) = self.gone.take() {
            let _ = gone.await;
        }
    }
}

/// A source that is dropped without an end has vanished.
impl Drop for Feed {
    fn drop(&mut self) {
        self.end(End::Lost);
    }
}

/// Why a stream found no place.
#[derive(Debug, thiserror::Error)]
pub enum SeatError {
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error("no memory for another stream: {0}")]
    Memory(#[from] io::Error),
    #[error("all workers are busy: try again in a second")]
    Busy,
}

struct Worker {
    inbox: SyncSender<Seat>,
    thread: Thread,
    seats: Arc<AtomicUsize>,
}

/// One thread a core, each with its own calls.
pub struct Workers {
    workers: Vec<Worker>,
    reports: Reports,
}

impl Workers {
    /// # Errors
    /// No thread could be started.
    pub fn start(count: usize, reports: Reports) -> io::Result<Self> {
        let workers = (0..count.max(1)).map(start_worker).collect::<io::Result<_>>()?;
        Ok(Self { workers, reports })
    }

    /// Gives a stream its place at the worker with the fewest calls. `start_ms` is the audio clock of its first sample.
    ///
    /// # Errors
    /// The format cannot be heard, memory is short or every worker is overwhelmed.
    pub fn seat(&self, call: CallId, format: Format, start_ms: u64) -> Result<Feed, SeatError> {
        let listener = Listener::new(format.layout, format.channels, format.rate_hz, start_ms)?;
        let shared = Arc::new(Shared {
            ring: Ring::new()?,
            arrived_us: AtomicU64::new(monotonic_us()),
            end: AtomicU8::new(0),
            about: AtomicU8::new(0),
        });
        let least = self.workers.iter().min_by_key(|worker| worker.seats.load(Ordering::Relaxed));
        let worker = least.ok_or(SeatError::Busy)?;
        let (gone, when_gone) = oneshot::channel();
        let seat = Seat::new(
            call,
            format,
            start_ms,
            Locked::new(listener)?,
            shared.clone(),
            self.reports.clone(),
            gone,
        );
        worker.inbox.try_send(seat).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => SeatError::Busy,
        })?;
        worker.thread.unpark();
        Ok(Feed { shared, worker: worker.thread.clone(), gone: Some(when_gone) })
    }
}

fn start_worker(number: usize) -> io::Result<Worker> {
    let (inbox, arrivals) = sync_channel(INBOX_SEATS);
    let seats = Arc::new(AtomicUsize::new(0));
    let counted = seats.clone();
    let scratch = Locked::new(Scratch::default())?;
    let thread = std::thread::Builder::new()
        .name(format!("ear-worker-{number}"))
        .stack_size(STACK_BYTES)
        .spawn(move || work(&arrivals, &counted, scratch))?;
    Ok(Worker { inbox, thread: thread.thread().clone(), seats })
}

fn work(arrivals: &Receiver<Seat>, counted: &AtomicUsize, mut scratch: Locked<Scratch>) {
    let mut seats: Vec<Seat> = Vec::with_capacity(INBOX_SEATS);
    loop {
        seats.extend(arrivals.try_iter());
        counted.store(seats.len(), Ordering::Relaxed);
        let mut worked = false;
        let mut left = false;
        for seat in &mut seats {
            worked |= seat.work(&mut scratch);
            left |= seat.is_over();
        }
        if left {
            leave(&mut seats, &mut scratch);
        } else if !worked {
            std::thread::park_timeout(Duration::from_millis(LOOK_MS));
        }
    }
}

/// Lets ended calls go: their sound is wiped first, then their sources are told.
fn leave(seats: &mut Vec<Seat>, scratch: &mut Scratch) {
    let gone: Vec<_> = seats.extract_if(.., |seat| seat.is_over()).map(Seat::into_gone).collect();
    scratch.wipe();
    wipe_stack();
    for source in gone {
        let _ = source.send(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ear::link::Outlet;
    use crate::ear::totals::Totals;
    use crate::observations::wire::{Said, read};
    use crate::observations::{Observation, Receipt};
    use crate::units::Layout;
    use std::os::unix::net::UnixStream;

    const FORMAT: Format = Format { layout: Layout::Mono, channels: 1, rate_hz: 8_000 };
    const PIECE_MS: u32 = 20;
    const PIECE: usize = 160;

    fn workers() -> (Workers, UnixStream) {
        let (link, desk) = UnixStream::pair().unwrap();
        let totals = Arc::new(Totals::default());
        let outlet = Outlet::start(link, totals.clone()).unwrap();
        let reports = Reports { outlet, totals, storage_bytes: || Some(0) };
        (Workers::start(1, reports).unwrap(), desk)
    }

    /// Where each tick begins, how much of each was dropped, and the receipt.
    fn said(desk: &UnixStream) -> (Vec<(u64, u32)>, u32, Receipt) {
        let (mut buffer, mut ticks, mut dropped_ms) = (Vec::new(), Vec::new(), 0);
        loop {
            match read(&mut &*desk, &mut buffer).unwrap() {
                Said::Heard { observation: Observation::Tick(tick), .. } => {
                    ticks.push((tick.start_ms, tick.span_ms));
                    dropped_ms += tick.dropped_ms;
                }
                Said::Closed { receipt, .. } => return (ticks, dropped_ms, receipt),
                _ => {}
            }
        }
    }

    #[track_caller]
    fn check(pieces: u32, wait_ms: u64, drops: bool) {
        // The ear ends with its link, and here it would take the test along: both live as long as the test program.
        let (workers, desk) = &*Box::leak(Box::new(workers()));
        let feed = workers.seat(CallId::from_bits(2), FORMAT, 0).unwrap();
        let mut gone = 0;
        for _ in 0..pieces {
            gone += feed.write(std::iter::repeat_n(7_i16, PIECE));
            std::thread::sleep(Duration::from_micros(wait_ms * 1000));
        }
        feed.end(End::Finished);
        let (ticks, dropped_ms, receipt) = said(desk);
        let ends = ticks.iter().scan(0, |end, &(start_ms, span_ms)| {
            let follows = start_ms == *end;
            *end += u64::from(span_ms);
            Some((follows, *end))
        });
        assert!(ends.clone().all(|(follows, _)| follows), "no tick is missing");
        assert_eq!(ends.last().map(|(_, end)| end), Some(u64::from(pieces * PIECE_MS)));
        assert_eq!(receipt.audio_bytes_in, 2 * PIECE as u64 * u64::from(pieces));
        assert_eq!(gone > 0, drops, "{gone} samples went");
        assert_eq!(receipt.dropped_ms > 0, drops, "{receipt:?}");
        assert!(u64::from(dropped_ms).abs_diff(receipt.dropped_ms) < 200, "{dropped_ms} and {receipt:?}");
    }

    #[test]
    fn a_call_in_its_own_time_loses_nothing() {
        check(200, 1, false);
    }

    #[test]
    fn who_outruns_its_worker_loses_the_oldest_audio_and_no_tick() {
        check(2_000, 0, true);
    }
}
