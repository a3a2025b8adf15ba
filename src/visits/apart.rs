//! Two positions, each with its error -> whether they may be one place.

use crate::units::Place;

/// The squared distance of two measurements of one place, in variances of one axis, is under this 99 times in 100 (χ², two
/// degrees of freedom).
const VARIANCES_99: f64 = 9.21;

/// A position and its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    pub place: Place,
    /// The variance on one axis in square metres.
    pub var: f64,
}

impl Measured {
    /// Whether both may be of one place, that reaches so many metres round it.
    pub fn may_be(self, other: Self, reach_m: f64) -> bool {
        let beyond_m = (self.place.distance_m(other.place) - reach_m).max(0.0);
        beyond_m * beyond_m <= VARIANCES_99 * (self.var + other.var)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Plane;

    #[track_caller]
    fn check(away_m: f64, sigma_m: f64, reach_m: f64, one: bool) {
        let plane = Plane::at(Place::new(31.2, 121.4));
        let at = |north_m: f64| plane.place((0.0, north_m));
        let [here, there] = [at(0.0), at(away_m)].map(|place| Measured { place, var: sigma_m * sigma_m });
        assert_eq!((here.may_be(there, reach_m), there.may_be(here, reach_m)), (one, one), "{away_m} m");
    }

    #[test]
    fn only_the_error_of_the_positions_makes_two_places_one() {
        check(0.0, 0.0, 0.0, true);
        check(55.0, 13.0, 0.0, true);
        check(60.0, 13.0, 0.0, false);
        check(420.0, 13.0, 0.0, false);
        check(420.0, 100.0, 0.0, true);
    }

    #[test]
    fn a_place_with_some_extent_is_one_as_far_as_it_reaches() {
        check(200.0, 13.0, 150.0, true);
        check(420.0, 13.0, 150.0, false);
    }
}
