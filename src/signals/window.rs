//! Sums in whole seconds -> their sum over the last 5, 20 or 60 s and over the whole call, in fixed memory.

use crate::observations::Tick;

/// How far back a measure looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    Seconds5,
    Seconds20,
    Seconds60,
    Call,
}

impl Window {
    pub const ALL: [Self; 4] = [Self::Seconds5, Self::Seconds20, Self::Seconds60, Self::Call];

    /// Its length; `None` for the whole call.
    fn length_s(self) -> Option<u64> {
        match self {
            Self::Seconds5 => Some(5),
            Self::Seconds20 => Some(20),
            Self::Seconds60 => Some(KEPT_S as u64),
            Self::Call => None,
        }
    }
}

/// Whole seconds kept one by one: the longest window.
const KEPT_S: usize = 60;

/// Something that adds: neither order nor grouping matters.
pub trait Sums: Clone {
    fn add(&mut self, more: &Self);
}

impl Sums for Tick {
    fn add(&mut self, more: &Self) {
        self.merge(more);
    }
}

/// One bucket a second for the last minute, and one for the call. What is put in later than a minute after its time
/// counts for the call only.
#[derive(Debug, Clone)]
pub struct Windows<S> {
    empty: S,
    /// The sums of second `n` lie in place `n % 60`, beside `n`; `None` where nothing was put yet.
    seconds: Vec<(Option<u64>, S)>,
    call: S,
}

impl<S: Sums> Windows<S> {
    /// `empty` is the neutral element.
    pub fn new(empty: S) -> Self {
        Self { seconds: vec![(None, empty.clone()); KEPT_S], call: empty.clone(), empty }
    }

    /// Adds sums that belong to the second in which `at_ms` lies.
    pub fn add(&mut self, at_ms: u64, sums: &S) {
        self.call.add(sums);
        let second = at_ms / 1000;
        let (held, bucket) = &mut self.seconds[(second % KEPT_S as u64) as usize];
        if *held < Some(second) {
            *held = Some(second);
            *bucket = self.empty.clone();
        }
        if *held == Some(second) {
            bucket.add(sums);
        }
    }

    /// Adds a stretch of time, each second of it in its own bucket; `sums` makes the sums of so many milliseconds.
    pub fn add_span(&mut self, start_ms: u64, end_ms: u64, sums: impl Fn(u64) -> S) {
        let mut from_ms = start_ms;
        if let early_ms @ 1.. = end_ms.saturating_sub(start_ms).saturating_sub(KEPT_S as u64 * 1000) {
            self.add(start_ms, &sums(early_ms));
            from_ms += early_ms;
        }
        while from_ms < end_ms {
            let to_ms = ((from_ms / 1000).saturating_add(1).saturating_mul(1000)).min(end_ms);
            self.add(from_ms, &sums(to_ms - from_ms));
            from_ms = to_ms;
        }
    }

    /// The first millisecond of a window that ends at `now_ms`.
    pub fn start_ms(window: Window, now_ms: u64) -> u64 {
        let seconds = now_ms.saturating_sub(1) / 1000 + 1;
        window.length_s().map_or(0, |length_s| seconds.saturating_sub(length_s) * 1000)
    }

    /// The sum over the window's whole seconds up to the one before `now_ms`, which may still be running.
    pub fn over(&self, window: Window, now_ms: u64) -> S {
        if window == Window::Call {
            return self.call.clone();
        }
        let first = Self::start_ms(window, now_ms) / 1000;
        let last = now_ms.saturating_sub(1) / 1000;
        let mut sum = self.empty.clone();
        for (held, bucket) in &self.seconds {
            if held.is_some_and(|second| (first..=last).contains(&second)) {
                sum.add(bucket);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::observations::{Channel, PitchHistogram};

    fn tick(start_ms: u64, speech_ms: u32, nuclei: u32, bin: usize) -> Tick {
        let mut pitch = PitchHistogram::default();
        pitch.add(bin, speech_ms / 10);
        let energy = u64::from(speech_ms) << 20;
        Tick {
            start_ms,
            span_ms: 100,
            speech_ms,
            nuclei,
            pitch,
            speech_energy: energy,
            ..Tick::empty(Channel::Rep)
        }
    }

    fn windows(ticks: &[Tick]) -> Windows<Tick> {
        let mut windows = Windows::new(Tick::empty(Channel::Rep));
        ticks.iter().for_each(|tick| windows.add(tick.start_ms, tick));
        windows
    }

    fn nuclei(windows: &Windows<Tick>, now_ms: u64) -> Vec<u32> {
        Window::ALL.map(|window| windows.over(window, now_ms).nuclei).to_vec()
    }

    #[test]
    fn a_window_holds_its_own_seconds_only() {
        let all: Vec<_> = (0..1200).map(|n| tick(n * 100, 100, 1, 20)).collect();
        assert_eq!(nuclei(&windows(&all), 120_000), [50, 200, 600, 1200]);
        assert_eq!(nuclei(&windows(&all[..35]), 3500), [35, 35, 35, 35]);
    }

    #[test]
    fn a_quiet_minute_empties_every_window_but_the_call() {
        let one = windows(&[tick(3000, 100, 4, 20)]);
        assert_eq!(nuclei(&one, 4000), [4, 4, 4, 4]);
        assert_eq!(nuclei(&one, 9000), [0, 4, 4, 4]);
        assert_eq!(nuclei(&one, 64_000), [0, 0, 0, 4]);
    }

    #[test]
    fn what_comes_a_minute_late_counts_for_the_call_only() {
        let late = windows(&[tick(90_000, 100, 1, 20), tick(29_900, 100, 1, 20)]);
        assert_eq!(nuclei(&late, 90_100), [1, 1, 1, 2]);
    }

    proptest! {
        /// Cut points choose which neighbours within a second are merged first; `order` shuffles what comes out.
        #[test]
        fn any_split_order_and_regrouping_gives_the_same(
            parts in prop::collection::vec((0u64..1500, 0u32..=100, 0u32..3, 0usize..96, any::<bool>(), any::<u32>()), 1..120),
            now_s in 0u64..200,
        ) {
            let plain: Vec<_> = parts.iter().map(|&(at, ms, n, bin, ..)| tick(at * 100, ms, n, bin)).collect();
            let mut grouped: Vec<(u32, Tick)> = Vec::new();
            for (part, tick) in parts.iter().zip(&plain) {
                let same = grouped.iter_mut().find(|(_, held)| held.start_ms / 1000 == tick.start_ms / 1000);
                match same {
                    Some((_, held)) if part.4 => held.merge(tick),
                    _ => grouped.push((part.5, tick.clone())),
                }
            }
            grouped.sort_by_key(|&(order, _)| order);
            let grouped: Vec<_> = grouped.into_iter().map(|(_, tick)| tick).collect();
            let (one, other) = (windows(&plain), windows(&grouped));
            for window in Window::ALL {
                prop_assert_eq!(one.over(window, now_s * 1000), other.over(window, now_s * 1000));
            }
        }
    }
}
