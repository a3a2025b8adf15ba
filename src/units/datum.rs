//! WGS-84, GCJ-02 and BD-09: which map a coordinate belongs to, and how one becomes another.
//!
//! The tag decides, not the place: a coordinate that says GCJ-02 is converted wherever it lies inside the formula's
//! own rectangle. [`super::region`] answers only for coordinates without a tag.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use crate::units::Place;

/// The Krasovsky 1940 ellipsoid, on which the published GCJ-02 formula works.
const AXIS_M: f64 = 6_378_245.0;
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;

/// The formula changes nothing outside this rectangle: south, north, west, east.
const RECTANGLE: [f64; 4] = [0.8293, 55.8271, 72.004, 137.8347];

/// The inverse by fixed point is off by 1.3 µm after this many steps (measured over 60,000 points).
const INVERSE_STEPS: usize = 4;

/// The frequency of the BD-09 wobble; the factor 3000/180 is often forgotten, which costs 9 to 40 m.
const BD_FREQUENCY: f64 = PI * 3000.0 / 180.0;

/// The map that a coordinate belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Datum {
    /// What GNSS receivers and phone systems report.
    Wgs84,
    /// AMap, Tencent, and WeCom when asked for it.
    Gcj02,
    /// Baidu.
    Bd09,
}

impl Datum {
    pub const ALL: [Self; 3] = [Self::Wgs84, Self::Gcj02, Self::Bd09];

    pub fn name(self) -> &'static str {
        match self {
            Self::Wgs84 => "wgs84",
            Self::Gcj02 => "gcj02",
            Self::Bd09 => "bd09",
        }
    }

    /// The place that a coordinate of this datum means.
    pub fn to_wgs84(self, lat: f64, lon: f64) -> Place {
        match self {
            Self::Wgs84 => Place::new(lat, lon),
            Self::Gcj02 => gcj02_to_wgs84(lat, lon),
            Self::Bd09 => {
                let (lat, lon) = bd09_to_gcj02(lat, lon);
                gcj02_to_wgs84(lat, lon)
            }
        }
    }

    /// The coordinate of a place in this datum: latitude, longitude.
    pub fn of_wgs84(self, place: Place) -> (f64, f64) {
        match self {
            Self::Wgs84 => (place.lat, place.lon),
            Self::Gcj02 => wgs84_to_gcj02(place),
            Self::Bd09 => {
                let (lat, lon) = wgs84_to_gcj02(place);
                gcj02_to_bd09(lat, lon)
            }
        }
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text named no datum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a datum: use wgs84, gcj02 or bd09")]
pub struct BadDatum(String);

impl FromStr for Datum {
    type Err = BadDatum;

    fn from_str(text: &str) -> Result<Self, BadDatum> {
        let datum = Self::ALL.into_iter().find(|datum| datum.name() == text);
        datum.ok_or_else(|| BadDatum(text.chars().take(40).collect()))
    }
}

fn wgs84_to_gcj02(place: Place) -> (f64, f64) {
    let (lat, lon) = shift(place.lat, place.lon);
    (place.lat + lat, place.lon + lon)
}

fn gcj02_to_wgs84(lat: f64, lon: f64) -> Place {
    let mut place = Place::new(lat, lon);
    for _ in 0..INVERSE_STEPS {
        let (lat_off, lon_off) = shift(place.lat, place.lon);
        place = Place::new(lat - lat_off, lon - lon_off);
    }
    place
}

/// How far GCJ-02 lies from WGS-84 at a place, in degrees.
fn shift(lat: f64, lon: f64) -> (f64, f64) {
    let [south, north, west, east] = RECTANGLE;
    if !(south..=north).contains(&lat) || !(west..=east).contains(&lon) {
        return (0.0, 0.0);
    }
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |of: f64, long: f64, short: f64| long * (of / 3.0 * PI).sin() + short * (of * PI).sin();
    let common = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north_m = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + common
        + wave(y, 40.0, 20.0) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east_m = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + common
        + wave(x, 40.0, 20.0) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let radians = lat.to_radians();
    let magic = 1.0 - ECCENTRICITY_SQUARED * radians.sin().powi(2);
    let meridian_m = AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * magic.sqrt());
    let parallel_m = AXIS_M / magic.sqrt() * radians.cos();
    ((north_m / meridian_m).to_degrees(), (east_m / parallel_m).to_degrees())
}

fn gcj02_to_bd09(lat: f64, lon: f64) -> (f64, f64) {
    let radius = lon.hypot(lat) + 2e-5 * (lat * BD_FREQUENCY).sin();
    let angle = lat.atan2(lon) + 3e-6 * (lon * BD_FREQUENCY).cos();
    (radius * angle.sin() + 0.006, radius * angle.cos() + 0.0065)
}

fn bd09_to_gcj02(lat: f64, lon: f64) -> (f64, f64) {
    let (mut gcj_lat, mut gcj_lon) = (lat - 0.006, lon - 0.0065);
    for _ in 0..INVERSE_STEPS {
        let (back_lat, back_lon) = gcj02_to_bd09(gcj_lat, gcj_lon);
        gcj_lat += lat - back_lat;
        gcj_lon += lon - back_lon;
    }
    (gcj_lat, gcj_lon)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Within a metre and a half: these are real answers of map services, rounded by them.
    #[track_caller]
    fn check(from: Datum, (lat, lon): (f64, f64), to: Datum, want: (f64, f64)) {
        let got = to.of_wgs84(from.to_wgs84(lat, lon));
        assert!(
            (got.0 - want.0).abs() < 1.5e-5 && (got.1 - want.1).abs() < 1.5e-5,
            "{from} {lat} {lon} -> {to}: {got:?}, not {want:?}"
        );
    }

    #[test]
    fn the_services_agree() {
        check(Datum::Wgs84, (31.177_427_6, 121.527_210_6), Datum::Gcj02, (31.175_304, 121.531_541_9));
        check(Datum::Gcj02, (31.175_304, 121.531_541_9), Datum::Wgs84, (31.177_427_6, 121.527_210_6));
        check(Datum::Gcj02, (33.011_532_4, 114.022_306), Datum::Bd09, (33.017_669_7, 114.028_778_1));
    }

    #[test]
    fn nothing_moves_outside_the_rectangle() {
        for (lat, lon) in [(39.7392, -104.9903), (-27.4698, 153.0251), (51.5, -0.1)] {
            assert_eq!(Datum::Gcj02.to_wgs84(lat, lon), Place::new(lat, lon));
            assert_eq!(Datum::Gcj02.of_wgs84(Place::new(lat, lon)), (lat, lon));
        }
    }

    /// Rows of a table of the measuring kit, or `None` when there is no kit.
    fn kit(table: &str) -> Option<Vec<Vec<String>>> {
        let kit = std::env::var("ACCURACY_KIT").unwrap_or_else(|_| "../shared".to_owned());
        let Ok(text) = std::fs::read_to_string(format!("{kit}/corpus/geo/{table}")) else {
            eprintln!(
                "skipped: there is no {table} in the measuring kit at {kit}; name its folder in ACCURACY_KIT"
            );
            return None;
        };
        Some(text.lines().skip(1).map(|row| row.split('\t').map(str::to_owned).collect()).collect())
    }

    /// How far, in degrees, a row's conversion is from what the row says, and how far it may be.
    fn off(row: &[String]) -> (f64, f64) {
        let number = |cell: usize| row[cell].parse::<f64>().unwrap();
        let (from, to) = row[1].split_once('>').unwrap();
        let (from, to): (Datum, Datum) = (from.parse().unwrap(), to.parse().unwrap());
        let (lat, lon) = to.of_wgs84(from.to_wgs84(number(2), number(3)));
        ((lat - number(4)).abs().max((lon - number(5)).abs()), number(6))
    }

    #[test]
    fn every_known_vector_comes_out() {
        for row in kit("datum-vectors.tsv").into_iter().flatten() {
            let (off, tolerance) = off(&row);
            assert!(off <= tolerance.max(1e-9), "{row:?}: off by {off}");
        }
    }

    #[test]
    fn the_wrong_vectors_do_not() {
        for row in kit("datum-known-wrong.tsv").into_iter().flatten() {
            assert!(off(&row).0 > 5e-5, "{row:?} is wrong and must not be met");
        }
    }

    #[test]
    fn the_known_regions_are_told_apart() {
        for row in kit("datum-region.tsv").into_iter().flatten() {
            let place = Place::new(row[1].parse().unwrap(), row[2].parse().unwrap());
            for (datum, cell) in [(Datum::Gcj02, 3), (Datum::Bd09, 4)] {
                let want = Some(row[cell] == "yes");
                assert_eq!(crate::units::region::service_shifts(place, datum), want, "{row:?} {datum}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_way_there_and_back_is_under_a_millimetre(lat in 18.0..53.0, lon in 74.0..134.5) {
            let place = Place::new(lat, lon);
            for datum in Datum::ALL {
                let (lat, lon) = datum.of_wgs84(place);
                prop_assert!(place.distance_m(datum.to_wgs84(lat, lon)) < 1e-3);
            }
        }

        #[test]
        fn no_number_is_too_absurd(lat: f64, lon: f64) {
            for datum in Datum::ALL {
                let _ = datum.to_wgs84(lat, lon);
            }
        }
    }
}
