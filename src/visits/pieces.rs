//! Ended stops -> stays, joined across bad positions; taken back to any point when a late one changes the past.

use super::point::Point;
use super::stays::Stay;
use super::stops::{Finder, Stop};

/// A stay may have been interrupted by this many false stops: a wild spell looks like one.
const BETWEEN_MAX: usize = 2;

/// A stop that ended.
#[derive(Debug, Clone)]
struct Piece {
    stay: Stay,
    /// The point that ended it: without that it may have gone on.
    ended_by: usize,
    /// Where the search went on.
    next: usize,
}

/// The stays of one device, and the stop that is still open.
#[derive(Debug, Default)]
pub struct Pieces {
    finder: Finder,
    pieces: Vec<Piece>,
    stays: Vec<Stay>,
    /// What interrupted stays, and cannot have been.
    asides: Vec<Stay>,
}

impl Pieces {
    /// Looks at the points that came since the last time. Returns how many stays are as they were.
    pub fn run(&mut self, points: &[Point]) -> usize {
        let mut same = self.stays.len();
        let (pieces, stays, asides) = (&mut self.pieces, &mut self.stays, &mut self.asides);
        self.finder.run(points, |stop, ended_by, next| {
            let stay = Stay::of(points, &stop.support);
            same = same.min(join(stays, asides, &stay, points));
            pieces.push(Piece { stay, ended_by, next });
        });
        same
    }

    /// Forgets what was made of the points from `valid` on. Returns how many stays are as they were.
    pub fn take_back(&mut self, valid: usize, points: &[Point]) -> usize {
        let before = self.pieces.len();
        self.pieces.retain(|piece| piece.ended_by < valid);
        self.finder.restart(self.pieces.last().map_or(0, |piece| piece.next));
        if self.pieces.len() == before {
            return self.stays.len();
        }
        let old = std::mem::take(&mut self.stays);
        self.asides.clear();
        for piece in &self.pieces {
            join(&mut self.stays, &mut self.asides, &piece.stay, points);
        }
        old.iter().zip(&self.stays).take_while(|(old, new)| old.support == new.support).count()
    }

    /// The stay that may still go on, and which of the stays it takes the place of.
    pub fn with_open(&self, points: &[Point]) -> Option<(usize, Stay)> {
        let open = self.finder.open.as_ref().filter(|open| open.lasts(points))?;
        let stay = Stay::of(points, &open.support);
        let joined = joinable(&self.stays, &stay, points);
        Some(match joined {
            Some(at) => (at, self.stays[at].joined(&stay, points)),
            None => (self.stays.len(), stay),
        })
    }

    /// Whether a stop has gone on for two minutes and has not ended.
    pub fn is_open(&self, points: &[Point]) -> bool {
        self.finder.open.as_ref().is_some_and(|open| open.lasts(points))
    }

    /// Whether the device is still believed to be at the open stop.
    pub fn holds(&self) -> bool {
        self.finder.open.as_ref().is_some_and(Stop::holds)
    }

    pub fn stays(&self) -> &[Stay] {
        &self.stays
    }

    /// What interrupted stays that went on: false stops, and stays elsewhere that cannot have been.
    pub fn asides(&self) -> &[Stay] {
        &self.asides
    }

    /// Up to how many points may go when everything before `at_ms` is forgotten.
    pub fn forgettable(&self, points: &[Point], at_ms: i64) -> usize {
        let kept = self.stays.iter().find(|stay| stay.leave_ms >= at_ms);
        let kept = kept.map_or(usize::MAX, |stay| stay.first().saturating_sub(1));
        let open = self.finder.open.as_ref().map_or(usize::MAX, |open| open.from);
        let old = points.partition_point(|point| point.t_ms < at_ms);
        kept.min(open).min(old)
    }

    /// Forgets the first `count` points. Returns how many stays went.
    pub fn forget(&mut self, count: usize) -> usize {
        let shift = count as u32;
        let before = self.stays.len();
        self.stays.retain(|stay| stay.first() >= count);
        self.asides.retain(|stay| stay.first() >= count);
        self.pieces.retain(|piece| piece.stay.first() >= count);
        let stays = self
            .stays
            .iter_mut()
            .chain(&mut self.asides)
            .chain(self.pieces.iter_mut().map(|piece| &mut piece.stay));
        stays.for_each(|stay| stay.support.iter_mut().for_each(|index| *index -= shift));
        for piece in &mut self.pieces {
            piece.ended_by -= count;
            piece.next -= count;
        }
        self.finder.forget(count);
        before - self.stays.len()
    }
}

/// Adds a stay, or joins it to one of the newest. Returns how many stays are as they were.
fn join(stays: &mut Vec<Stay>, asides: &mut Vec<Stay>, stay: &Stay, points: &[Point]) -> usize {
    match joinable(stays, stay, points) {
        Some(at) => {
            let joined = stays[at].joined(stay, points);
            asides.extend(stays.drain(at..).skip(1));
            stays.push(joined);
            at
        }
        None => {
            stays.push(stay.clone());
            stays.len() - 1
        }
    }
}

/// The newest stay that `stay` goes on.
fn joinable(stays: &[Stay], stay: &Stay, points: &[Point]) -> Option<usize> {
    let from = stays.len().saturating_sub(BETWEEN_MAX + 1);
    (from..stays.len()).rev().find(|&at| stays[at].goes_on_as(stay, points))
}
