//! Confirmed visits -> how far a site's point lies from where visitors really are. Shown, and taken back one by one.

use crate::units::{Place, Plane};

/// How well a point is placed when it is entered: a pin or a geocoder, on each axis.
pub const ENTERED_SIGMA_M: f64 = 14.0;

/// How wrong a bad address can be on each axis.
pub const MISPLACED_SIGMA_M: f64 = 130.0;

/// So few points are misplaced.
pub const MISPLACED_SHARE: f64 = 0.06;

/// The newest lessons are kept: clients do move.
const LESSONS_MAX: usize = 20;

/// Where one confirmed visit was, from the point as entered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lesson {
    /// What taught it, so that it can be taken back.
    pub visit: u64,
    pub east_m: f64,
    pub north_m: f64,
    /// Variance of that on one axis.
    pub var: f64,
}

impl Lesson {
    /// What a visit with this centre, and this variance on one axis, teaches about a point.
    pub fn of(entered: Place, visit: u64, centre: Place, var: f64) -> Self {
        let (east_m, north_m) = Plane::at(entered).metres(centre);
        Self { visit, east_m, north_m, var }
    }
}

/// What was learned about a site's point.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Correction {
    lessons: Vec<Lesson>,
    offset: (f64, f64),
}

impl Correction {
    /// Takes a lesson; a second one from the same visit replaces the first.
    pub fn learn(&mut self, lesson: Lesson) {
        self.lessons.retain(|old| old.visit != lesson.visit);
        self.lessons.push(lesson);
        if self.lessons.len() > LESSONS_MAX {
            self.lessons.remove(0);
        }
        self.settle();
    }

    /// Takes back what a visit taught.
    pub fn unlearn(&mut self, visit: u64) {
        self.lessons.retain(|old| old.visit != visit);
        self.settle();
    }

    /// Takes back everything: the point is where it was entered.
    pub fn revert(&mut self) {
        *self = Self::default();
    }

    /// Metres east and north to move the point.
    pub fn offset_m(&self) -> (f64, f64) {
        self.offset
    }

    pub fn lessons(&self) -> &[Lesson] {
        &self.lessons
    }

    /// Weighs the lessons against the point as entered, under both ways in which it can be wrong.
    fn settle(&mut self) {
        let weight: f64 = self.lessons.iter().map(|lesson| 1.0 / lesson.var).sum();
        if weight <= 0.0 {
            self.offset = (0.0, 0.0);
            return;
        }
        let mean = |axis: fn(&Lesson) -> f64| {
            self.lessons.iter().map(|lesson| axis(lesson) / lesson.var).sum::<f64>() / weight
        };
        let (east, north) = (mean(|lesson| lesson.east_m), mean(|lesson| lesson.north_m));
        let square = east * east + north * north;
        let likely = |sigma: f64| {
            let var = sigma * sigma + 1.0 / weight;
            (-0.5 * square / var).exp() / var
        };
        let bad = MISPLACED_SHARE * likely(MISPLACED_SIGMA_M);
        let bad = bad / (bad + (1.0 - MISPLACED_SHARE) * likely(ENTERED_SIGMA_M));
        let trust = |sigma: f64| sigma * sigma / (sigma * sigma + 1.0 / weight);
        let keep = bad * trust(MISPLACED_SIGMA_M) + (1.0 - bad) * trust(ENTERED_SIGMA_M);
        self.offset = (east * keep, north * keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lessons 20 m exact, each so far to the north; where the point ends up.
    #[track_caller]
    fn check(north_m: &[f64], want_m: std::ops::Range<f64>) {
        let mut correction = Correction::default();
        for (visit, &north_m) in (0..).zip(north_m) {
            correction.learn(Lesson { visit, east_m: 0.0, north_m, var: 400.0 });
        }
        assert!(want_m.contains(&correction.offset_m().1), "{north_m:?}: {:?}", correction.offset_m());
    }

    #[test]
    fn a_little_moves_a_good_point_a_little() {
        check(&[], 0.0..0.1);
        check(&[20.0], 4.0..10.0);
        check(&[20.0; 8], 12.0..20.0);
    }

    #[test]
    fn a_misplaced_point_moves_at_the_second_visit() {
        check(&[150.0, 150.0], 130.0..150.0);
    }

    #[test]
    fn what_was_learned_can_be_taken_back() {
        let mut correction = Correction::default();
        correction.learn(Lesson { visit: 1, east_m: 10.0, north_m: 0.0, var: 400.0 });
        let one = correction.clone();
        correction.learn(Lesson { visit: 2, east_m: 90.0, north_m: 0.0, var: 400.0 });
        correction.learn(Lesson { visit: 2, east_m: 80.0, north_m: 0.0, var: 400.0 });
        assert_eq!(correction.lessons().len(), 2, "a phone says everything twice");
        correction.unlearn(2);
        assert_eq!(correction, one);
        correction.revert();
        assert_eq!(correction.offset_m(), (0.0, 0.0));
    }

    #[test]
    fn memory_is_bounded() {
        let mut correction = Correction::default();
        for visit in 0..100 {
            correction.learn(Lesson { visit, east_m: 0.0, north_m: 0.0, var: 400.0 });
        }
        assert_eq!(correction.lessons().len(), LESSONS_MAX);
    }
}
