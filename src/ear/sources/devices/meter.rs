//! How loud an input is, before a call: two numbers ten times a second, and only while somebody watches.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::Sink;
use super::input::{Event, Input};
use crate::ear::link::Outlet;
use crate::observations::wire::Said;
use crate::observations::{AudioHost, Level};
use crate::units::Layout;
use crate::units::level::db_of_mean_square;

/// Inputs watched at a time.
const METERS_MAX: usize = 4;

const STEP: Duration = Duration::from_millis(100);

/// Nobody needs longer to see whether a microphone works; a forgotten page does not keep one open.
const WATCH_MAX: Duration = Duration::from_secs(60);

/// What came since the last look: numbers only.
#[derive(Default)]
struct Sums {
    squares: AtomicU64,
    samples: AtomicU64,
    peak: AtomicU32,
}

struct ToSums(Arc<Sums>);

impl Sink for ToSums {
    fn take(&mut self, samples: impl ExactSizeIterator<Item = i16>) {
        let count = samples.len() as u64;
        let (squares, peak) = samples.fold((0, 0), |(squares, peak), sample| {
            let size = u32::from(sample.unsigned_abs());
            (squares + u64::from(size) * u64::from(size), size.max(peak))
        });
        self.0.squares.fetch_add(squares, Relaxed);
        self.0.samples.fetch_add(count, Relaxed);
        self.0.peak.fetch_max(peak, Relaxed);
    }
}

impl Sums {
    /// The level since the last look; `None` when nothing came.
    fn take(&self) -> Option<Level> {
        let (squares, samples) = (self.squares.swap(0, Relaxed), self.samples.swap(0, Relaxed));
        let peak = self.peak.swap(0, Relaxed);
        if samples == 0 {
            return None;
        }
        let full = f64::from(1 << 15);
        let db = |square: f64| (square > 0.0).then(|| db_of_mean_square(square as f32));
        Some(Level {
            rms_db: db(squares as f64 / samples as f64 / (full * full)),
            peak_db: db((f64::from(peak) / full).powi(2)),
        })
    }
}

/// The inputs that are being watched.
pub struct Meters {
    host: AudioHost,
    outlet: Outlet,
    open: Mutex<HashMap<String, oneshot::Sender<()>>>,
}

impl Meters {
    pub fn new(host: AudioHost, outlet: Outlet) -> Arc<Self> {
        Arc::new(Self { host, outlet, open: Mutex::default() })
    }

    /// Begins to tell the level of an input. Watching it twice is fine.
    pub fn watch(self: &Arc<Self>, device: String, runtime: &Handle) {
        let mut open = self.open();
        if open.get(&device).is_some_and(|stop| !stop.is_closed()) {
            return;
        }
        open.retain(|_, stop| !stop.is_closed());
        if open.len() >= METERS_MAX {
            let why = format!("{METERS_MAX} inputs are being watched, as many as can be: close another page");
            return self.outlet.say(Said::Level { device, level: Err(why) });
        }
        let (stop, stopped) = oneshot::channel();
        open.insert(device.clone(), stop);
        let meter = self.clone();
        runtime.spawn(async move { meter.measure(device, stopped).await });
    }

    /// Stops telling it; the input is closed.
    pub fn leave(&self, device: &str) {
        self.open().remove(device);
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<()>>> {
        // Every change is one call, so a panic elsewhere leaves the map whole.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn measure(&self, device: String, mut stopped: oneshot::Receiver<()>) {
        let sums = Arc::new(Sums::default());
        let mut input = Input::open(self.host, &device, Layout::Mono, ToSums(sums.clone()));
        let failed = tokio::select! {
            _ = &mut stopped => None,
            () = tokio::time::sleep(WATCH_MAX) => None,
            why = self.tell(&device, &sums, &mut input) => Some(why),
        };
        if let Some(why) = failed {
            self.outlet.say_soon(Said::Level { device, level: Err(why) }).await;
        }
        input.close().await;
    }

    async fn tell(&self, device: &str, sums: &Sums, input: &mut Input) -> String {
        let mut step = tokio::time::interval(STEP);
        loop {
            tokio::select! {
                event = input.next() => {
                    if let Event::Lost(why) = event {
                        return why;
                    }
                }
                _ = step.tick() => {
                    if let Some(level) = sums.take() {
                        self.outlet.say_soon(Said::Level { device: device.to_owned(), level: Ok(level) }).await;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(samples: &[i16], want: Option<(Option<f32>, Option<f32>)>) {
        let mut sink = ToSums(Arc::default());
        sink.take(samples.iter().copied());
        let level = sink.0.take().map(|level| (level.rms_db.map(f32::round), level.peak_db.map(f32::round)));
        assert_eq!(level, want);
        assert_eq!(sink.0.take(), None, "a level is told once");
    }

    #[test]
    fn a_level_is_relative_to_full_scale() {
        check(&[i16::MIN; 160], Some((Some(0.0), Some(0.0))));
        check(&[0, 0, 0, 16_384], Some((Some(-12.0), Some(-6.0))));
    }

    #[test]
    fn silence_has_no_level_and_nothing_is_not_silence() {
        check(&[0; 160], Some((None, None)));
        check(&[], None);
    }
}
