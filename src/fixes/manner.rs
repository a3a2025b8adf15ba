//! The newest positions of a device -> how it seems to be set up, and what its owner should change.

use crate::units::Place;

use super::{Fix, ReportingApp, Source};

const MINUTE_MS: i64 = 60_000;

/// Two positions this far apart, so soon after each other, are on one way.
const WAY_M: f64 = 60.0;
const WAY_MS_MAX: i64 = 8 * MINUTE_MS;

/// So few steps of a way tell nothing yet.
const STEPS_MIN: usize = 3;

/// A device that reports from its way less often than this misses where it stops.
const SPARSE_MS: i64 = 3 * MINUTE_MS;
const SPARSE_M: f64 = 400.0;

/// Positions coarser than this cannot tell one client from the next.
const COARSE_M: f64 = 100.0;

/// A device that was not heard for so long has stopped, whatever the hours are.
const SILENT_MS: i64 = 26 * 60 * MINUTE_MS;

/// How a device reports.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Manner {
    /// Medians from one position of a way to the next.
    pub every_ms: Option<i64>,
    pub every_m: Option<f64>,
    /// What it claims of its accuracy: median.
    pub accuracy_m: Option<f64>,
    /// It says at rest that it is alive.
    pub pings: bool,
}

/// What its owner should change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// It has never reported: set it up.
    Begin,
    /// It fell silent: open the app, allow it to run and to locate always.
    Wake,
    /// Let it report more often on its way.
    Oftener,
    /// Let it locate exactly.
    Exact,
}

impl Advice {
    pub fn name(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Wake => "wake",
            Self::Oftener => "oftener",
            Self::Exact => "exact",
        }
    }
}

impl Manner {
    /// From positions in the order of time.
    pub fn of(fixes: &[Fix]) -> Self {
        let measured: Vec<&Fix> = fixes.iter().filter(|fix| fix.source != Source::Ping).collect();
        let places: Vec<Place> = measured.iter().map(|fix| fix.place()).collect();
        let steps = (1..measured.len()).filter_map(|at| {
            let (ms, m) =
                (measured[at].tst_ms - measured[at - 1].tst_ms, places[at - 1].distance_m(places[at]));
            (m > WAY_M && ms > 0 && ms < WAY_MS_MAX).then_some((ms as f64, m))
        });
        let (ms, m): (Vec<f64>, Vec<f64>) = steps.unzip();
        let known = ms.len() >= STEPS_MIN;
        Self {
            every_ms: median(ms).filter(|_| known).map(|ms| ms as i64),
            every_m: median(m).filter(|_| known),
            accuracy_m: median(measured.iter().filter_map(|fix| fix.accuracy_m).collect()),
            pings: measured.len() < fixes.len(),
        }
    }

    /// What to change first; `None`: it does well. Files of tracks and the page set nothing up.
    pub fn advice(&self, app: ReportingApp, seen_ms: Option<i64>, now_ms: i64) -> Option<Advice> {
        if !matches!(app, ReportingApp::Owntracks | ReportingApp::Traccar | ReportingApp::Json) {
            return None;
        }
        let Some(seen_ms) = seen_ms else { return Some(Advice::Begin) };
        let sparse =
            self.every_ms.is_some_and(|ms| ms > SPARSE_MS) || self.every_m.is_some_and(|m| m > SPARSE_M);
        if now_ms - seen_ms > SILENT_MS {
            Some(Advice::Wake)
        } else if self.accuracy_m.is_some_and(|m| m > COARSE_M) {
            Some(Advice::Exact)
        } else {
            sparse.then_some(Advice::Oftener)
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixes::doubts::tests::fix;
    use crate::units::Plane;

    /// A drive with a position each `every_s`, at 10 m/s.
    fn drive(every_s: i64, accuracy_m: f64) -> Vec<Fix> {
        let one = fix();
        (0..10)
            .map(|n| {
                let place = Plane::at(one.place()).place((10.0 * (n * every_s) as f64, 0.0));
                let tst_ms = one.tst_ms + n * every_s * 1000;
                Fix { tst_ms, lat: place.lat, lon: place.lon, accuracy_m: Some(accuracy_m), ..one.clone() }
            })
            .collect()
    }

    #[track_caller]
    fn check(fixes: &[Fix], silent_h: i64, want: Option<Advice>) {
        let manner = Manner::of(fixes);
        let (seen_ms, now_ms) =
            (fixes.last().map(|fix| fix.tst_ms), fix().tst_ms + silent_h * 60 * MINUTE_MS);
        assert_eq!(manner.advice(ReportingApp::Owntracks, seen_ms, now_ms), want, "{manner:?}");
    }

    #[test]
    fn a_device_is_told_what_to_change_first() {
        check(&drive(30, 12.0), 1, None);
        check(&drive(45, 12.0), 1, Some(Advice::Oftener));
        check(&drive(30, 800.0), 1, Some(Advice::Exact));
        check(&drive(30, 12.0), 48, Some(Advice::Wake));
        check(&[], 1, Some(Advice::Begin));
        let page = Manner::default().advice(ReportingApp::Page, None, 0);
        assert_eq!(page, None);
    }

    #[test]
    fn how_it_reports_on_its_way_is_told_once_it_was_on_one() {
        let manner = Manner::of(&drive(30, 12.0));
        assert_eq!((manner.every_ms, manner.pings), (Some(30_000), false));
        assert!((manner.every_m.unwrap() - 300.0).abs() < 1.0);
        assert_eq!(Manner::of(&drive(30, 12.0)[..3]).every_ms, None);
        let ping = Fix { source: Source::Ping, ..fix() };
        assert!(Manner::of(&[fix(), ping]).pings);
    }
}
