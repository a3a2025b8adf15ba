//! Counters of the desk, for Prometheus.

use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::observations::wire::Counters;

/// Bounds of the lag histogram in seconds; the budget is 0.25 s.
const LAG_BOUNDS_S: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0];

/// All that is counted. No label names a call, a client or a person.
pub struct Figures {
    registry: Registry,
    pub calls: Counter,
    pub calls_live: Gauge,
    pub ticks: Counter,
    /// From a sample's arrival at the ear until its tick is ready for subscribers.
    pub tick_lag_s: Histogram,
    pub ear_restarts: Counter,
    pub subscribers: Gauge,
    streams: Gauge,
    refused: Gauge<i64, AtomicI64>,
    audio_bytes: Gauge<i64, AtomicI64>,
    observation_bytes: Gauge<i64, AtomicI64>,
    dropped_s: Gauge<f64, AtomicU64>,
    held_back_s: Gauge<f64, AtomicU64>,
}

impl Default for Figures {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("undertone");
        let mut all = Self {
            registry: Registry::default(),
            calls: Counter::default(),
            calls_live: Gauge::default(),
            ticks: Counter::default(),
            tick_lag_s: Histogram::new(LAG_BOUNDS_S),
            ear_restarts: Counter::default(),
            subscribers: Gauge::default(),
            streams: Gauge::default(),
            refused: Gauge::default(),
            audio_bytes: Gauge::default(),
            observation_bytes: Gauge::default(),
            dropped_s: Gauge::default(),
            held_back_s: Gauge::default(),
        };
        registry.register("calls", "Calls created", all.calls.clone());
        registry.register("calls_live", "Calls that are being heard", all.calls_live.clone());
        registry.register("ticks", "Ticks received from the ear", all.ticks.clone());
        let lag = "From a sample's arrival at the ear until its tick is ready for subscribers";
        registry.register_with_unit("tick_lag", lag, Unit::Seconds, all.tick_lag_s.clone());
        registry.register("ear_restarts", "Times the ear had to be started again", all.ear_restarts.clone());
        registry.register("subscribers", "Live streams to pages", all.subscribers.clone());
        registry.register("ear_streams", "Streams of sound being heard", all.streams.clone());
        registry.register("ear_refused", "Streams refused since the ear started", all.refused.clone());
        registry.register("ear_audio_bytes", "Sound heard since the ear started", all.audio_bytes.clone());
        let out = "Observations that left the ear since it started";
        registry.register("ear_observation_bytes", out, all.observation_bytes.clone());
        let dropped = "Sound that came faster than it could be analysed, since the ear started";
        registry.register_with_unit("ear_dropped", dropped, Unit::Seconds, all.dropped_s.clone());
        let held = "Time for which senders faster than real time were held back, since the ear started";
        registry.register_with_unit("ear_held_back", held, Unit::Seconds, all.held_back_s.clone());
        all.registry = registry;
        all
    }
}

impl Figures {
    /// Takes over what the ear counted.
    pub fn set_ear(&self, counters: &Counters) {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.streams.set(counters.streams.into());
        self.refused.set(whole(counters.refused));
        self.audio_bytes.set(whole(counters.audio_bytes_in));
        self.observation_bytes.set(whole(counters.observation_bytes_out));
        self.dropped_s.set(counters.dropped_ms as f64 / 1000.0);
        self.held_back_s.set(counters.held_back_ms as f64 / 1000.0);
    }

    /// The OpenMetrics text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string cannot fail");
        text
    }
}
