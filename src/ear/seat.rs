//! One stream at its worker: ring in, observations and a receipt out.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::sync::oneshot;
use zeroize::Zeroize;

use super::clock::monotonic_us;
use super::frames::{Locked, RING_SAMPLES};
use super::link::Outlet;
use super::listener::{Heard, Listener};
use super::stream::{About, End, Format, Shared};
use super::totals::Totals;
use crate::observations::wire::Said;
use crate::observations::{Observation, Receipt};
use crate::units::CallId;

/// Samples taken from a ring at a time: 20 ms of 48 kHz stereo, so that no call keeps its neighbours waiting.
const PIECE_SAMPLES: usize = 1920;

/// Without sound for this long the source counts as lost, until it is back.
const SILENT_US: u64 = 2_000_000;

/// A deliberate leak of sound, for the test that must find it: when this stands in the environment of an ear that was
/// built without optimisation. A released program has no code for it.
pub const PLANTED_LEAK: &str = "EAR_PLANTED_LEAK";

#[cfg(debug_assertions)]
static LEAKS: std::sync::LazyLock<bool> =
    std::sync::LazyLock::new(|| std::env::var_os(PLANTED_LEAK).is_some());

/// A worker's own buffers, used for each of its calls in turn.
pub struct Scratch {
    raw: [i16; PIECE_SAMPLES],
    samples: [f32; PIECE_SAMPLES],
}

impl Default for Scratch {
    fn default() -> Self {
        Self { raw: [0; PIECE_SAMPLES], samples: [0.0; PIECE_SAMPLES] }
    }
}

impl Scratch {
    pub fn wipe(&mut self) {
        self.raw.zeroize();
        self.samples.zeroize();
    }
}

/// Whom a seat tells what it hears and counts.
#[derive(Clone)]
pub struct Reports {
    pub outlet: Outlet,
    pub totals: Arc<Totals>,
    /// What the kernel saw this process write; receipts carry it.
    pub storage_bytes: fn() -> Option<u64>,
}

impl Reports {
    /// Passes observations on; frames stay here.
    fn of(&self, call: CallId, arrived_us: u64) -> impl FnMut(Heard<'_>) {
        move |heard| {
            if let Heard::Observation(observation) = heard {
                self.outlet.say(Said::Heard { call, arrived_us, observation });
            }
        }
    }
}

/// A stream's place: everything that one call needs between its ring and the outlet.
pub struct Seat {
    call: CallId,
    format: Format,
    start_ms: u64,
    listener: Locked<Listener>,
    shared: Arc<Shared>,
    reports: Reports,
    gone: oneshot::Sender<()>,
    /// Samples of the ring that were heard or are known to be lost.
    position: u64,
    lost_rest: u64,
    silent: bool,
    opened: bool,
    over: bool,
    receipt: Receipt,
}

impl Seat {
    pub fn new(
        call: CallId,
        format: Format,
        start_ms: u64,
        listener: Locked<Listener>,
        shared: Arc<Shared>,
        reports: Reports,
        gone: oneshot::Sender<()>,
    ) -> Self {
        let memory_locked = Locked::is_locked(&listener) && listener.is_locked() && shared.ring.is_locked();
        Self {
            call,
            format,
            start_ms,
            listener,
            shared,
            reports,
            gone,
            position: 0,
            lost_rest: 0,
            silent: false,
            opened: false,
            over: false,
            receipt: Receipt { streams: 1, memory_locked, ..Receipt::default() },
        }
    }

    /// The last word was said; the seat can be cleared.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Wipes the sound and returns whom to tell.
    pub fn into_gone(self) -> oneshot::Sender<()> {
        let Self { gone, .. } = self;
        gone
    }

    /// Hears one piece. Returns whether there was anything to do.
    pub fn work(&mut self, scratch: &mut Scratch) -> bool {
        if !self.opened {
            self.open();
        }
        // The end is read first: what was written before it is then certain to be seen below.
        let end = self.shared.end();
        if end == Some(End::Forbidden) {
            self.close();
            return true;
        }
        for about in self.shared.take_about().into_iter().flatten() {
            match about {
                About::Swap => self.listener.swap(),
                About::ThisIsMe => self.listener.this_is_me(),
            }
        }
        let taken = self.shared.ring.take(&mut self.position, self.format.channels, &mut scratch.raw);
        if taken.lost > 0 {
            self.lose(taken.lost as u64);
        }
        if taken.count > 0 {
            self.hear(&scratch.raw[..taken.count], &mut scratch.samples);
        } else if let Some(end) = end {
            self.finish(end);
        } else {
            self.notice_silence();
        }
        taken.count > 0 || taken.lost > 0 || end.is_some()
    }

    fn open(&mut self) {
        self.opened = true;
        self.reports.outlet.say(Said::Opened { call: self.call, start_ms: self.start_ms });
        if self.start_ms > 0 {
            self.say(Observation::SourceBack { at_ms: self.start_ms });
        }
    }

    fn hear(&mut self, raw: &[i16], samples: &mut [f32]) {
        #[cfg(debug_assertions)]
        if *LEAKS {
            Box::leak(raw.to_vec().into_boxed_slice());
        }
        if std::mem::take(&mut self.silent) {
            self.say(Observation::SourceBack { at_ms: self.now_ms() });
        }
        for (sample, &value) in samples.iter_mut().zip(raw) {
            *sample = f32::from(value) / 32768.0;
        }
        self.count(raw.len());
        let arrived_us = self.shared.arrived_us.load(Relaxed);
        self.listener.push(&samples[..raw.len()], &mut self.reports.of(self.call, arrived_us));
    }

    fn count(&mut self, samples: usize) {
        let bytes = 2 * samples as u64;
        self.receipt.audio_bytes_in += bytes;
        self.reports.totals.audio_bytes_in.fetch_add(bytes, Relaxed);
    }

    /// Audio that was overwritten before it could be heard: the clock goes on.
    fn lose(&mut self, samples: u64) {
        self.count(samples as usize);
        let scaled = samples * 1000 + self.lost_rest;
        let per_ms = u64::from(self.format.rate_hz) * self.format.channels as u64;
        self.lost_rest = scaled % per_ms;
        let lost_ms = scaled / per_ms;
        self.receipt.dropped_ms += lost_ms;
        self.reports.totals.dropped_ms.fetch_add(lost_ms, Relaxed);
        let arrived_us = self.shared.arrived_us.load(Relaxed);
        self.listener.drop_ms(lost_ms as u32, &mut self.reports.of(self.call, arrived_us));
    }

    fn notice_silence(&mut self) {
        let since_us = monotonic_us().saturating_sub(self.shared.arrived_us.load(Relaxed));
        if !self.silent && since_us > SILENT_US {
            self.silent = true;
            self.say(Observation::SourceLost { at_ms: self.now_ms() });
        }
    }

    fn finish(&mut self, end: End) {
        self.listener.finish(&mut self.reports.of(self.call, monotonic_us()));
        if end == End::Lost && !self.silent {
            self.say(Observation::SourceLost { at_ms: self.now_ms() });
        }
        self.close();
    }

    fn close(&mut self) {
        self.over = true;
        self.receipt.heard_ms = self.now_ms() - self.start_ms;
        self.receipt.storage_bytes_written = (self.reports.storage_bytes)();
        self.reports.outlet.say(Said::Closed { call: self.call, receipt: self.receipt });
    }

    fn now_ms(&self) -> u64 {
        let per_s = u64::from(self.format.rate_hz) * self.format.channels as u64;
        self.start_ms + self.position * 1000 / per_s
    }

    fn say(&self, observation: Observation) {
        let arrived_us = monotonic_us();
        self.reports.outlet.say(Said::Heard { call: self.call, arrived_us, observation });
    }
}

const _: () = assert!(PIECE_SAMPLES * 4 <= RING_SAMPLES, "a piece must leave room for more to arrive");
