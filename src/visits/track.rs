//! Fixes in any order, some twice -> believed points in true time.
//!
//! The fixes are kept by the device's clock; what is folded over them can be taken back to any of them.

use crate::fixes::{Clock, Doubt, Doubts, Fix, Freeze, Source, Timed};
use crate::units::Place;

use super::carried::Carried;
use super::point::{Point, Usual};
use super::silence::{rest, still};

/// A state is kept for every so many fixes, so that a late one costs no more than that to go back to.
const STATE_EVERY: usize = 64;

/// So many in a row that repeat the first, over so long, are frozen.
const FROZEN_FIXES: u32 = 4;
const FROZEN_MS: i64 = 120_000;

/// The same fix sent again so much later says that the device knows no newer place; before that it is a lost answer.
const STILL_MS_MIN: i64 = 120_000;

/// A fix as it is kept.
#[derive(Debug, Clone)]
struct PlacedFix {
    fix: Fix,
    place: Place,
    /// Which of the person's devices.
    device: u8,
    /// When the device said it again, by the server's clock.
    again_ms: Option<i64>,
}

impl PlacedFix {
    /// The same key twice is the same fix sent twice.
    fn key(&self) -> (i64, i64, i64) {
        key(&self.fix)
    }
}

fn key(fix: &Fix) -> (i64, i64, i64) {
    let whole = |degrees: f64| (degrees * 1e7).round() as i64;
    (fix.tst_ms, whole(fix.lat), whole(fix.lon))
}

/// A copy without the device's name, which is the same for all.
fn nameless(fix: &Fix) -> Fix {
    Fix { device: String::new(), ..*fix }
}

/// What is folded over the fixes of one device.
#[derive(Debug, Clone, Default)]
struct Device {
    clock: Clock,
    usual: Usual,
    freeze: Freeze,
}

/// What is folded over the fixes.
#[derive(Debug, Clone, Default)]
struct State {
    devices: Vec<Device>,
    carried: Carried,
    newest_ms: i64,
    doubts: Doubts,
    points: usize,
    mocks: usize,
}

/// What became of a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It came before, or is older than anything that is kept.
    Ignored,
    /// It can be no position, or one that is not believed; it is counted.
    Doubted,
    /// The points from here on are new.
    From(usize),
}

/// The fixes of one person's devices.
#[derive(Debug, Default)]
pub struct Track {
    devices: Vec<String>,
    kept: Vec<PlacedFix>,
    state: State,
    /// The state before every [`STATE_EVERY`]th fix.
    states: Vec<State>,
    points: Vec<Point>,
    /// Positions that the device itself calls simulated.
    mocks: Vec<Point>,
    /// Doubts about fixes that are not kept.
    refused: Doubts,
    /// Nothing older than this is taken any more.
    horizon_ms: i64,
}

impl Track {
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    pub fn mocks(&self) -> &[Point] {
        &self.mocks
    }

    /// How often each doubt was raised about the fixes that are kept, and about those that were refused.
    pub fn doubts(&self) -> Doubts {
        self.state.doubts.plus(&self.refused)
    }

    pub fn take(&mut self, fix: &Fix) -> Taken {
        if let Some(doubt) = fix.doubt().filter(|doubt| *doubt != Doubt::Mock) {
            self.refused.add(doubt);
            return Taken::Doubted;
        }
        if fix.tst_ms < self.horizon_ms {
            return Taken::Ignored;
        }
        let key = key(fix);
        let at = match self.kept.last() {
            Some(last) if last.key() >= key => self.kept.partition_point(|kept| kept.key() < key),
            _ => self.kept.len(),
        };
        // What was said again holds only until something newer is known.
        let contradicts = |kept: &PlacedFix| kept.again_ms.is_some_and(|again_ms| again_ms >= fix.tst_ms);
        let appended = at == self.kept.len() && !self.kept.last().is_some_and(contradicts);
        let device = self.device(&fix.device);
        match self.kept.get_mut(at) {
            Some(kept) if kept.key() == key => {
                let (first_ms, again_ms) = (kept.fix.rx_ms.min(fix.rx_ms), kept.fix.rx_ms.max(fix.rx_ms));
                let again_ms = kept.again_ms.max((again_ms - first_ms >= STILL_MS_MIN).then_some(again_ms));
                if kept.fix.rx_ms <= fix.rx_ms && kept.again_ms == again_ms {
                    return Taken::Ignored;
                }
                kept.again_ms = again_ms;
                // The earlier arrival is the one that tells the clock's error.
                if kept.fix.rx_ms > fix.rx_ms {
                    kept.fix = nameless(fix);
                }
            }
            _ => self
                .kept
                .insert(at, PlacedFix { fix: nameless(fix), place: fix.place(), device, again_ms: None }),
        }
        if appended {
            let valid = self.points.len();
            self.fold(at);
            return Taken::From(valid);
        }
        let whole = at.saturating_sub(1) / STATE_EVERY;
        self.states.truncate(whole + 1);
        self.state = self.states.last().cloned().unwrap_or_default();
        self.points.truncate(self.state.points);
        self.mocks.truncate(self.state.mocks);
        let valid = self.points.len();
        self.fold(whole * STATE_EVERY);
        Taken::From(valid)
    }

    fn fold(&mut self, from: usize) {
        for index in from..self.kept.len() {
            if index.is_multiple_of(STATE_EVERY) && self.states.len() == index / STATE_EVERY {
                self.states.push(self.state.clone());
            }
            let kept = &self.kept[index];
            self.state.push(kept, &mut self.points, &mut self.mocks);
            let next_ms = self.kept.get(index + 1).map_or(i64::MAX, |next| next.fix.tst_ms);
            if let Some(again_ms) = kept.again_ms.filter(|again_ms| *again_ms < next_ms) {
                self.state.still(again_ms, &mut self.points);
            }
        }
    }

    /// The number of a device of the person's.
    fn device(&mut self, name: &str) -> u8 {
        let known = self.devices.iter().position(|known| known == name);
        let at = known.unwrap_or_else(|| {
            self.devices.push(name.to_owned());
            self.devices.len() - 1
        });
        u8::try_from(at).unwrap_or(u8::MAX)
    }

    /// Forgets the first `count` points and the fixes behind them, as far as whole states reach. Returns how many
    /// points went.
    pub fn forget(&mut self, count: usize) -> usize {
        let whole = self.states.iter().rposition(|state| state.points <= count).unwrap_or(0);
        let (fixes, points, mocks) = match self.states.get(whole) {
            Some(state) => (whole * STATE_EVERY, state.points, state.mocks),
            None => (0, 0, 0),
        };
        if fixes == 0 {
            return 0;
        }
        self.horizon_ms = self.horizon_ms.max(self.kept[fixes - 1].fix.tst_ms + 1);
        self.kept.drain(..fixes);
        self.points.drain(..points);
        self.mocks.drain(..mocks);
        self.states.drain(..whole);
        for state in self.states.iter_mut().chain([&mut self.state]) {
            state.points -= points;
            state.mocks -= mocks;
        }
        points
    }
}

impl State {
    fn push(&mut self, kept: &PlacedFix, points: &mut Vec<Point>, mocks: &mut Vec<Point>) {
        let PlacedFix { fix, place, device, .. } = kept;
        let index = usize::from(*device);
        if self.devices.len() <= index {
            self.devices.resize(index + 1, Device::default());
        }
        let of = &mut self.devices[index];
        let error_ms = of.clock.push(Timed::of(fix));
        let doubt = fix.doubt_of_clock(error_ms);
        if let Some(doubt) = doubt {
            self.doubts.add(doubt);
        }
        if doubt == Some(Doubt::Future) {
            return;
        }
        let t_ms = (fix.tst_ms + error_ms).max(self.newest_ms);
        self.newest_ms = t_ms;
        let point = of.usual.point(fix, *place, t_ms);
        if fix.mock {
            self.doubts.add(Doubt::Mock);
            mocks.push(point);
            self.mocks = mocks.len();
            return;
        }
        if !self.carried.push(*device, t_ms, *place, point.sigma_m) {
            return;
        }
        let repeats = of.freeze.push(point.seen());
        if repeats >= FROZEN_FIXES
            && of.freeze.since_ms().is_some_and(|since_ms| t_ms - since_ms >= FROZEN_MS)
        {
            self.doubts.add(Doubt::Frozen);
        }
        if let [.., before, this] = &points[..]
            && this.seen().teleports(&before.seen(), &point.seen())
        {
            self.doubts.add(Doubt::Teleport);
        }
        if fix.source == Source::Ping
            && let Some(last) = points.last().filter(|last| last.is_near(&point))
        {
            points.push(still(last, t_ms));
            self.points = points.len();
            return;
        }
        if let Some(silent) = rest(points, &point) {
            points.extend(silent);
        }
        points.push(point);
        self.points = points.len();
    }

    /// The device that was heard last said again where it is.
    fn still(&mut self, again_ms: i64, points: &mut Vec<Point>) {
        let Some(last) = points.last().filter(|last| last.t_ms < again_ms) else { return };
        points.push(still(last, again_ms));
        self.newest_ms = again_ms;
        self.points = points.len();
    }
}
