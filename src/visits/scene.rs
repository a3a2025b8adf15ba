//! A made-up rep for tests: drives, stays and what the phone reports, the same at every run.

use std::sync::Arc;

use crate::fixes::{Fix, Source};
use crate::sites::{Correction, Ground, Site, Sites};
use crate::units::{Datum, Place, Plane};

use super::Visit;
use super::tracker::Tracker;

/// The middle of the scene.
pub const MIDDLE: Place = Place { lat: 31.23, lon: 121.47 };

/// Monday 2026-09-28, 9 o'clock in Shanghai.
pub const START_MS: i64 = 1_790_557_200_000;

const DRIVE_MPS: f64 = 9.0;

/// Sites by id and metres east and north of the middle.
pub fn sites(all: &[(&str, f64, f64)]) -> Sites {
    let site = |&(id, x, y): &(&str, f64, f64)| Site {
        id: id.into(),
        name: String::new(),
        client: None,
        building: None,
        floor: None,
        suite: None,
        entered: Plane::at(MIDDLE).place((x, y)),
        datum: Datum::Wgs84,
        ground: Ground::circle(80.0).expect("a plain circle"),
        correction: Correction::default(),
    };
    Sites::new(all.iter().map(site).collect())
}

/// Where the rep is, and what the phone has reported.
pub struct Scene {
    pub fixes: Vec<Fix>,
    pub now_ms: i64,
    every_ms: i64,
    at: (f64, f64),
    noise: u64,
    error: (f64, f64),
}

impl Scene {
    /// A phone that reports this often.
    pub fn new(every_s: i64) -> Self {
        let at = (-3000.0, 0.0);
        Self {
            fixes: Vec::new(),
            now_ms: START_MS,
            every_ms: every_s * 1000,
            at,
            noise: 7,
            error: (0.0, 0.0),
        }
    }

    /// Drives in a straight line.
    pub fn drive(&mut self, x: f64, y: f64) -> &mut Self {
        let (dx, dy) = (x - self.at.0, y - self.at.1);
        let steps = (dx.hypot(dy) / DRIVE_MPS * 1000.0 / self.every_ms as f64).ceil().max(1.0);
        let from = self.at;
        for step in 1..=steps as i64 {
            let part = step as f64 / steps;
            self.at = (from.0 + dx * part, from.1 + dy * part);
            self.report(5.0, Some(DRIVE_MPS));
        }
        self
    }

    /// Stays under a roof.
    pub fn stay(&mut self, minutes: i64) -> &mut Self {
        let until_ms = self.now_ms + minutes * 60_000;
        while self.now_ms + self.every_ms <= until_ms {
            self.report(15.0, None);
        }
        self
    }

    /// A faked position elsewhere that never moves, while the rep stays here.
    pub fn fake(&mut self, x: f64, y: f64, minutes: i64, told: bool) -> &mut Self {
        let home = std::mem::replace(&mut self.at, (x, y));
        let until_ms = self.now_ms + minutes * 60_000;
        while self.now_ms + self.every_ms <= until_ms {
            self.report(0.0, None);
            if let Some(fix) = self.fixes.last_mut() {
                (fix.accuracy_m, fix.mock) = (Some(10.0), told);
            }
        }
        self.at = home;
        self
    }

    /// Says nothing for a while.
    pub fn silence(&mut self, minutes: i64) -> &mut Self {
        self.now_ms += minutes * 60_000;
        self
    }

    /// One wild position.
    pub fn leap(&mut self, metres: f64, accuracy_m: f64) -> &mut Self {
        let home = self.at;
        self.at.0 += metres;
        self.report(0.0, None);
        if let Some(fix) = self.fixes.last_mut() {
            fix.accuracy_m = Some(accuracy_m);
        }
        self.at = home;
        self
    }

    fn report(&mut self, sigma_m: f64, speed_mps: Option<f64>) {
        self.now_ms += self.every_ms;
        // Half of an error is the last one's: reflections linger.
        self.error.0 = 0.5 * self.error.0 + 0.87 * sigma_m * self.normal();
        self.error.1 = 0.5 * self.error.1 + 0.87 * sigma_m * self.normal();
        let place = Plane::at(MIDDLE).place((self.at.0 + self.error.0, self.at.1 + self.error.1));
        let accuracy_m = (1.5 * sigma_m * (1.0 + 0.2 * self.normal())).max(3.0).round();
        self.fixes.push(Fix {
            device: "rep".into(),
            tst_ms: self.now_ms,
            sent_ms: Some(self.now_ms + 1000),
            rx_ms: self.now_ms + 2000,
            lat: place.lat,
            lon: place.lon,
            datum: Datum::Wgs84,
            accuracy_m: Some(accuracy_m),
            speed_mps,
            source: Source::Owntracks,
            battery: None,
            mock: false,
        });
    }

    /// About normal: four uniform numbers.
    fn normal(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..4 {
            self.noise =
                self.noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (self.noise >> 40) as f64 / (1_u64 << 24) as f64 - 0.5;
        }
        sum * 1.732
    }
}

/// A rep who has often been at these sites, at any hour of the working day.
pub fn knows(ids: &[&str]) -> Tracker {
    let mut habits = super::Habits::default();
    for (n, id) in ids.iter().cycle().take(ids.len() * 8).enumerate() {
        let arrive_ms = START_MS - (n as i64 + 1) * 24 * 3_600_000 + (n as i64 % 8) * 3_600_000;
        habits.learn(&Arc::from(*id), arrive_ms, arrive_ms + 34 * 60_000);
    }
    Tracker::new(habits, super::Plan::default())
}

/// Everything at once, then a day of silence.
pub fn visits(mut tracker: Tracker, fixes: &[Fix], sites: &Sites) -> Vec<Visit> {
    fixes.iter().for_each(|fix| {
        tracker.take(fix);
    });
    let last_ms = fixes.iter().map(|fix| fix.rx_ms).max().unwrap_or(START_MS);
    tracker.settle(sites, last_ms + 24 * 3_600_000);
    tracker.visits().to_vec()
}
