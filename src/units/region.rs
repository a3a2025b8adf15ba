//! Where the map services of China shift coordinates: only for coordinates that came without a datum.
//!
//! The outlines are coarse; each corner says how coarse. What lies nearer to a border than that is not guessed.

use super::{Place, Plane};

use super::Datum;

/// A corner: latitude, longitude, and how many kilometres the true border may lie off.
type Corner = (f64, f64, f64);

/// The mainland with its coastal waters, clockwise from Mohe; exact only where cities stand on the border.
const MAINLAND: [Corner; 103] = [
    (53.6, 123.4, 25.0),
    (52.9, 125.6, 30.0),
    (51.3, 127.0, 30.0),
    (50.262, 127.495, 0.4),
    (50.252, 127.524, 0.4),
    (50.235, 127.56, 0.4),
    (49.57, 128.6, 20.0),
    (48.9, 130.4, 20.0),
    (47.75, 131.0, 25.0),
    (47.7, 132.6, 20.0),
    (48.4, 134.75, 20.0),
    (46.8, 134.05, 20.0),
    (45.6, 133.4, 20.0),
    (45.0, 131.7, 30.0),
    (44.3, 131.3, 15.0),
    (42.9, 130.8, 20.0),
    (42.42, 130.65, 8.0),
    (42.98, 129.9, 8.0),
    (42.2, 128.9, 20.0),
    (42.0, 128.1, 15.0),
    (41.4, 128.2, 10.0),
    (41.8, 126.9, 8.0),
    (41.1, 126.2, 8.0),
    (40.5, 125.0, 15.0),
    (40.11, 124.40, 0.5),
    (39.8, 124.15, 5.0),
    (38.6, 123.6, 40.0),
    (36.8, 123.6, 40.0),
    (34.5, 122.2, 60.0),
    (31.6, 123.0, 40.0),
    (29.5, 123.2, 40.0),
    (27.2, 121.3, 40.0),
    (25.4, 120.15, 20.0),
    (24.4, 119.2, 20.0),
    (23.2, 118.0, 30.0),
    (22.0, 116.2, 40.0),
    (21.7, 113.8, 20.0),
    (21.0, 112.2, 40.0),
    (19.6, 111.6, 40.0),
    (18.0, 110.4, 40.0),
    (17.9, 108.6, 40.0),
    (19.8, 108.0, 40.0),
    (21.35, 108.1, 10.0),
    (21.538, 107.972, 0.4),
    (21.6, 107.3, 15.0),
    (21.97, 106.72, 4.0),
    (22.8, 106.4, 20.0),
    (23.2, 105.4, 15.0),
    (22.6, 104.1, 10.0),
    (22.507, 103.966, 0.4),
    (22.6, 102.5, 20.0),
    (22.4, 101.7, 20.0),
    (21.2, 101.75, 10.0),
    (21.3, 100.6, 30.0),
    (22.1, 99.4, 30.0),
    (23.4, 98.85, 25.0),
    (23.95, 97.75, 10.0),
    (24.6, 97.6, 20.0),
    (25.8, 98.6, 25.0),
    (27.4, 98.7, 25.0),
    (28.3, 97.4, 40.0),
    (28.9, 96.0, 150.0),
    (28.0, 93.5, 150.0),
    (27.9, 91.7, 60.0),
    (28.1, 90.2, 30.0),
    (27.4, 88.95, 20.0),
    (28.0, 88.0, 20.0),
    (27.98, 86.92, 10.0),
    (28.3, 85.4, 20.0),
    (29.2, 83.8, 25.0),
    (30.3, 81.6, 30.0),
    (31.3, 79.0, 40.0),
    (32.7, 79.2, 60.0),
    (34.3, 78.7, 100.0),
    (35.5, 77.6, 60.0),
    (36.2, 75.9, 40.0),
    (37.2, 74.8, 25.0),
    (38.6, 73.8, 30.0),
    (39.5, 73.7, 25.0),
    (40.4, 74.9, 30.0),
    (41.1, 78.0, 30.0),
    (42.1, 80.2, 25.0),
    (43.2, 80.7, 20.0),
    (44.21, 80.41, 1.5),
    (45.1, 80.6, 40.0),
    (45.3, 82.5, 15.0),
    (46.9, 83.1, 25.0),
    (47.2, 85.5, 20.0),
    (48.4, 85.7, 25.0),
    (49.1, 87.4, 15.0),
    (47.9, 90.1, 30.0),
    (45.2, 90.9, 30.0),
    (44.3, 95.3, 30.0),
    (42.8, 96.4, 20.0),
    (42.6, 99.9, 30.0),
    (41.6, 105.0, 30.0),
    (42.4, 109.5, 30.0),
    (43.69, 111.95, 1.5),
    (45.2, 113.6, 30.0),
    (46.4, 117.4, 60.0),
    (47.5, 117.6, 80.0),
    (49.65, 117.36, 3.0),
    (52.5, 120.5, 40.0),
];

/// The Paracels, which the services treat as the mainland.
const SANSHA: [Corner; 4] =
    [(17.4, 110.9, 20.0), (17.4, 113.1, 20.0), (15.5, 113.1, 20.0), (15.5, 110.9, 20.0)];

/// Down the Shenzhen river, through Deep Bay, and round the islands.
const HONG_KONG: [Corner; 13] = [
    (22.556, 114.160, 0.3),
    (22.542, 114.128, 0.3),
    (22.531, 114.112, 0.3),
    (22.516, 114.078, 0.4),
    (22.508, 114.052, 0.5),
    (22.492, 114.000, 1.0),
    (22.455, 113.900, 1.5),
    (22.20, 113.83, 2.0),
    (22.14, 113.83, 2.0),
    (22.14, 114.50, 2.0),
    (22.57, 114.45, 2.0),
    (22.56, 114.30, 1.5),
    (22.549, 114.225, 0.3),
];

const MACAU: [Corner; 6] = [
    (22.2165, 113.5495, 0.3),
    (22.212, 113.534, 0.3),
    (22.155, 113.533, 0.4),
    (22.10, 113.54, 0.5),
    (22.10, 113.63, 1.0),
    (22.2165, 113.60, 1.0),
];

/// Taiwan with Penghu; Kinmen; Mazu.
const TAIWAN: [Corner; 5] =
    [(25.8, 120.6, 20.0), (25.8, 122.3, 20.0), (21.5, 122.0, 20.0), (21.5, 119.9, 20.0), (23.3, 119.0, 10.0)];
const KINMEN: [Corner; 4] =
    [(24.535, 118.215, 1.5), (24.535, 118.52, 1.5), (24.35, 118.52, 1.5), (24.35, 118.215, 1.5)];
const MAZU: [Corner; 4] =
    [(26.42, 119.89, 3.0), (26.42, 120.55, 3.0), (25.9, 120.55, 3.0), (25.9, 119.89, 3.0)];

/// Hong Kong, Macau and Taiwan: Baidu shifts there, the others do not.
const BAIDU_ONLY: [&[Corner]; 5] = [&HONG_KONG, &MACAU, &TAIWAN, &KINMEN, &MAZU];

/// Whether a service that speaks `datum` shifts coordinates at this place; `None` too near a border to tell.
pub fn service_shifts(place: Place, datum: Datum) -> Option<bool> {
    let mut baidu_only = Some(false);
    for outline in BAIDU_ONLY {
        baidu_only = either(baidu_only, inside(outline, place));
    }
    let mainland = either(inside(&MAINLAND, place), inside(&SANSHA, place));
    match datum {
        Datum::Wgs84 => Some(false),
        Datum::Gcj02 => match (mainland, baidu_only) {
            (Some(false), _) | (_, Some(true)) => Some(false),
            (Some(true), Some(false)) => Some(true),
            _ => None,
        },
        Datum::Bd09 => either(mainland, baidu_only),
    }
}

/// True when one is, false when both are not, otherwise not known.
fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// Even-odd rule; `None` nearer to an edge than the edge is known.
fn inside(outline: &[Corner], place: Place) -> Option<bool> {
    let plane = Plane::at(place);
    let km = |corner: Corner| {
        let (x, y) = plane.metres(Place::new(corner.0, corner.1));
        (x / 1000.0, y / 1000.0, corner.2)
    };
    let mut within = false;
    let mut from = km(outline[outline.len() - 1]);
    for &corner in outline {
        let to = km(corner);
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let along = (-(from.0 * dx + from.1 * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        let off_km = (from.0 + along * dx).hypot(from.1 + along * dy);
        if off_km < from.2 + along * (to.2 - from.2) {
            return None;
        }
        if (from.1 > 0.0) != (to.1 > 0.0) && from.0 - from.1 * dx / dy > 0.0 {
            within = !within;
        }
        from = to;
    }
    Some(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, lat: f64, lon: f64, gcj02: Option<bool>, bd09: Option<bool>) {
        let place = Place::new(lat, lon);
        let got = (service_shifts(place, Datum::Gcj02), service_shifts(place, Datum::Bd09));
        assert_eq!(got, (gcj02, bd09), "{name}");
        assert_eq!(service_shifts(place, Datum::Wgs84), Some(false), "{name}");
    }

    #[test]
    fn the_mainland_is_shifted_up_to_its_border_cities() {
        for (name, lat, lon) in [
            ("Beijing", 39.91, 116.4),
            ("Heihe", 50.2435, 127.521),
            ("Futian", 22.523, 114.055),
            ("Gongbei", 22.223, 113.552),
            ("Yongxing", 16.8335, 112.3338),
            ("Urumqi", 43.83, 87.62),
            ("Dandong", 40.125, 124.375),
        ] {
            check(name, lat, lon, Some(true), Some(true));
        }
    }

    #[test]
    fn only_baidu_shifts_hong_kong_macau_and_taiwan() {
        for (name, lat, lon) in [
            ("Central", 22.284, 114.158),
            ("Sheung Shui", 22.502, 114.128),
            ("Macau", 22.191, 113.543),
            ("Taipei", 25.033, 121.565),
            ("Kinmen", 24.44, 118.33),
        ] {
            check(name, lat, lon, Some(false), Some(true));
        }
    }

    #[test]
    fn neighbours_inside_the_classic_box_are_not_shifted() {
        for (name, lat, lon) in [
            ("Seoul", 37.566, 126.978),
            ("Hanoi", 21.028, 105.834),
            ("Ulaanbaatar", 47.918, 106.917),
            ("Bangkok", 13.756, 100.502),
            ("London", 51.507, -0.128),
        ] {
            check(name, lat, lon, Some(false), Some(false));
        }
    }

    #[test]
    fn on_the_border_nothing_is_guessed() {
        check("the bridge of Luohu", 22.5315, 114.1125, None, Some(true));
        check("the middle of the Amur", 50.252, 127.524, None, None);
    }
}
