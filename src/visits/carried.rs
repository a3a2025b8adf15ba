//! The positions of all phones of one person -> those of the phone that goes along.
//!
//! A phone left at home is no contradiction to one in a pocket: whichever moved last is followed, and what another one
//! tells of a place far from there is passed over. Two phones may share one name; then the one at rest betrays itself by
//! coming back to its place, again and again, while the other is on its way.

use crate::fixes::SPEED_MPS_MAX;
use crate::units::Place;

/// A device has moved when it was at three places further apart than this, and than the error of its positions.
const MOVED_M: f64 = 200.0;

/// ... within this time: a network position that leaps there and back is at two.
const MOVED_MS: i64 = 90 * 60_000;

/// Two phones this far apart are not in one pocket.
const APART_M: f64 = 300.0;

/// A step this long may be the step from one phone to another.
const STEP_M: f64 = 500.0;

/// What is this near to a resting phone's place is that phone.
const SAME_M: f64 = 150.0;

/// Nobody goes back to one place so often from places that themselves make a way: each nearer to the one before than half
/// of the way back. Wild positions round a place do not.
const RETURNS: u32 = 3;
const WENT_ON_M: f64 = 100.0;
const WENT_ON_PART: f64 = 0.5;

/// One that is faster than anything on the ground counts for so many.
const LEAP_RETURNS: u32 = 2;

/// When the phone that goes along was not heard for so long, the other one may be it.
const SILENT_MS: i64 = 3_600_000;

/// A phone that was not heard for so long may be anywhere.
const MEMORY_MS: i64 = 12 * 3_600_000;

/// Places that may be those of a second phone.
const RESTING_MAX: usize = 16;

/// One phone's way.
#[derive(Debug, Clone, Copy, Default)]
struct Way {
    /// The newest places that lie apart, oldest first.
    places: [Option<(i64, Place)>; 3],
    last: Option<(i64, Place)>,
    /// The last one that is not the place of a second phone.
    elsewhere: Option<(i64, Place)>,
    moved_ms: Option<i64>,
}

/// A place that positions keep coming back to.
#[derive(Debug, Clone, Copy)]
struct Resting {
    device: u8,
    place: Place,
    last_ms: i64,
    /// From where it was returned to the last time.
    other: Option<Place>,
    /// How often it was returned to, from a way that went on.
    returns: u32,
}

/// The phones of one person. Fixed memory for each.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    ways: Vec<Way>,
    resting: Vec<Resting>,
}

impl Carried {
    /// Takes a position of one of the phones, in true time. Returns whether the person is there as far as can be told.
    pub fn push(&mut self, device: u8, t_ms: i64, place: Place, sigma_m: f64) -> bool {
        let index = usize::from(device);
        if self.ways.len() <= index {
            self.ways.resize(index + 1, Way::default());
        }
        if self.rests(device, t_ms, place, sigma_m) {
            return false;
        }
        let may_rest = self.resting.iter().any(|one| one.returns > 0 && one.is_at(device, place, sigma_m));
        self.ways[index].push(t_ms, place, sigma_m, may_rest);
        let own_ms = self.ways[index].moved_ms;
        let leads = |way: &Way| {
            let (Some((last_ms, last)), Some(moved_ms)) = (way.last, way.moved_ms) else { return false };
            t_ms - last_ms < MEMORY_MS
                && t_ms - moved_ms < MEMORY_MS
                && own_ms.is_none_or(|own_ms| own_ms < moved_ms)
                && last.distance_m(place) > APART_M + 2.0 * sigma_m
        };
        !self.ways.iter().enumerate().any(|(other, way)| other != index && leads(way))
    }

    /// Whether this is a second phone under the same name, that lies somewhere while the other one goes along.
    fn rests(&mut self, device: u8, t_ms: i64, place: Place, sigma_m: f64) -> bool {
        let way = self.ways[usize::from(device)];
        let Some((before_ms, before)) = way.last else { return false };
        self.resting.retain(|one| t_ms - one.last_ms < MEMORY_MS);
        let step_m = before.distance_m(place);
        if step_m > STEP_M && !self.resting.iter().any(|one| one.is_at(device, before, 0.0)) {
            if self.resting.len() == RESTING_MAX {
                self.forget_one();
            }
            self.resting.push(Resting { device, place: before, last_ms: before_ms, other: None, returns: 0 });
        }
        let here = self.resting.iter().enumerate().filter(|(_, one)| one.is_at(device, place, sigma_m));
        let Some((at, _)) = here.max_by_key(|(_, one)| one.returns) else { return false };
        let one = &mut self.resting[at];
        one.last_ms = t_ms;
        if step_m > STEP_M {
            let went_m = one.other.map_or(0.0, |other| other.distance_m(before));
            if went_m > WENT_ON_M && went_m < WENT_ON_PART * step_m {
                let mps = step_m / ((t_ms - before_ms).max(1000) as f64 / 1000.0);
                one.returns += if mps > SPEED_MPS_MAX { LEAP_RETURNS } else { 1 };
            }
            one.other = Some(before);
        }
        let goes_along = way.elsewhere.is_some_and(|(elsewhere_ms, elsewhere)| {
            t_ms - elsewhere_ms < SILENT_MS && elsewhere.distance_m(place) > STEP_M
        });
        one.returns >= RETURNS && goes_along
    }

    /// Makes room: the least returned to, the oldest of these.
    fn forget_one(&mut self) {
        let least = self.resting.iter().enumerate().min_by_key(|(_, one)| (one.returns, one.last_ms));
        if let Some((at, _)) = least {
            self.resting.remove(at);
        }
    }
}

impl Resting {
    fn is_at(&self, device: u8, place: Place, sigma_m: f64) -> bool {
        self.device == device && self.place.distance_m(place) <= SAME_M + 2.0 * sigma_m
    }
}

impl Way {
    /// `may_rest`: this may be another phone's place, which is no part of the way.
    fn push(&mut self, t_ms: i64, place: Place, sigma_m: f64, may_rest: bool) {
        self.last = Some((t_ms, place));
        if !may_rest {
            self.elsewhere = self.last;
        }
        let near_m = MOVED_M + 2.0 * sigma_m;
        let here =
            |seen: &Option<(i64, Place)>| seen.is_some_and(|(_, seen)| seen.distance_m(place) <= near_m);
        if may_rest || here(&self.places[2]) {
            return;
        }
        let back = self.places.iter().any(here);
        self.places.rotate_left(1);
        self.places[2] = Some((t_ms, place));
        let lately = self.places[0].is_some_and(|(first_ms, _)| t_ms - first_ms < MOVED_MS);
        if lately && !back {
            self.moved_ms = Some(t_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Plane;

    const MIDDLE: Place = Place { lat: 31.23, lon: 121.47 };

    /// Each is the device, the minute, and how far east it is in metres; gives which were followed.
    fn followed(positions: &[(u8, i64, f64)]) -> Vec<bool> {
        let mut carried = Carried::default();
        let at = |x: f64| Plane::at(MIDDLE).place((x, 0.0));
        positions.iter().map(|&(device, min, x)| carried.push(device, min * 60_000, at(x), 14.0)).collect()
    }

    #[test]
    fn a_phone_left_at_home_is_passed_over_once_the_other_goes() {
        let day: Vec<_> =
            (0..20).flat_map(|min| [(0, min, 0.0), (1, min, 700.0 * min.min(10) as f64)]).collect();
        let got = followed(&day);
        assert!(got[10..].iter().zip(&day[10..]).all(|(followed, one)| *followed == (one.0 == 1)), "{got:?}");
    }

    #[test]
    fn two_phones_under_one_name_are_told_apart_by_the_one_that_goes() {
        for home_every in 1..5 {
            let mut day = Vec::new();
            for min in 0..60_i64 {
                if min % home_every == 0 {
                    day.push((0, min, -6000.0));
                }
                day.push((0, min, 700.0 * min.min(25) as f64));
            }
            let got = followed(&day);
            let late = day.iter().zip(&got).filter(|(one, _)| one.1 > 26);
            let wrong = late.filter(|(one, followed)| (one.2 > 0.0) != **followed).count();
            assert_eq!(wrong, 0, "home every {home_every} min: {got:?}");
        }
    }

    #[test]
    fn a_way_there_and_back_and_wild_positions_are_one_phones() {
        let mut day: Vec<(u8, i64, f64)> = (0..10).map(|min| (0, min, 700.0 * min as f64)).collect();
        day.extend((10..60).map(|min| (0, min, if min % 10 == 3 { 3000.0 } else { 6300.0 })));
        day.extend((0..10).map(|min| (0, 60 + min, 6300.0 - 700.0 * min as f64)));
        assert!(followed(&day).iter().all(|followed| *followed), "{:?}", followed(&day));
    }
}
