//! Fixes in any order, some twice -> believed points in true time.
//!
//! The fixes are kept by the device's clock; what is folded over them can be taken back to any of them.

use crate::fixes::{Clock, Doubt, Doubts, Fix, Freeze, Timed};
use crate::units::Place;

use super::point::{Point, Usual};

/// A state is kept for every so many fixes, so that a late one costs no more than that to go back to.
const STATE_EVERY: usize = 64;

/// So many in a row that repeat the first, over so long, are frozen.
const FROZEN_FIXES: u32 = 4;
const FROZEN_MS: i64 = 120_000;

/// A fix as it is kept.
#[derive(Debug, Clone)]
struct PlacedFix {
    fix: Fix,
    place: Place,
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

/// What is folded over the fixes.
#[derive(Debug, Clone, Default)]
struct State {
    clock: Clock,
    usual: Usual,
    freeze: Freeze,
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

/// The fixes of one device.
#[derive(Debug, Default)]
pub struct Track {
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
        let appended = at == self.kept.len();
        match self.kept.get_mut(at) {
            Some(kept) if kept.key() == key => {
                // The earlier arrival is the one that tells the clock's error.
                if kept.fix.rx_ms <= fix.rx_ms {
                    return Taken::Ignored;
                }
                kept.fix = nameless(fix);
            }
            _ => self.kept.insert(at, PlacedFix { fix: nameless(fix), place: fix.place() }),
        }
        if appended {
            let valid = self.points.len();
            self.fold(at);
            return Taken::From(valid);
        }
        let whole = at / STATE_EVERY;
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
            let PlacedFix { fix, place } = &self.kept[index];
            self.state.push(fix, *place, &mut self.points, &mut self.mocks);
        }
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
    fn push(&mut self, fix: &Fix, place: Place, points: &mut Vec<Point>, mocks: &mut Vec<Point>) {
        let error_ms = self.clock.push(Timed::of(fix));
        let doubt = fix.doubt_of_clock(error_ms);
        if let Some(doubt) = doubt {
            self.doubts.add(doubt);
        }
        if doubt == Some(Doubt::Future) {
            return;
        }
        let t_ms = (fix.tst_ms + error_ms).max(self.newest_ms);
        self.newest_ms = t_ms;
        let point = self.usual.point(fix, place, t_ms);
        if fix.mock {
            self.doubts.add(Doubt::Mock);
            mocks.push(point);
            self.mocks = mocks.len();
            return;
        }
        let repeats = self.freeze.push(point.seen());
        if repeats >= FROZEN_FIXES
            && self.freeze.since_ms().is_some_and(|since_ms| t_ms - since_ms >= FROZEN_MS)
        {
            self.doubts.add(Doubt::Frozen);
        }
        if let [.., before, this] = &points[..]
            && this.seen().teleports(&before.seen(), &point.seen())
        {
            self.doubts.add(Doubt::Teleport);
        }
        points.push(point);
        self.points = points.len();
    }
}
