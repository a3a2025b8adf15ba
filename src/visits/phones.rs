//! Made-up days as phones in the field report them: apps that report on moving alone, pings, cached positions that repeat,
//! a second phone at home, wide sites. Nothing here knows the matcher's constants.

use crate::fixes::{Fix, Source};
use crate::sites::{Correction, Ground, Site, Sites};
use crate::units::{Datum, Plane};

use super::scene::{MIDDLE, START_MS};
use super::{Habits, Plan, Tracker, Visit};

/// How a phone reports.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Manner {
    /// A position each so many metres of the way, and none at rest.
    OnMoving { every_m: f64 },
    /// The same, and a ping each so many minutes of a rest.
    Pinging { every_m: f64, ping_min: i64 },
    /// All the time; at rest one position repeats until the phone is moved.
    Repeating { every_s: i64 },
    /// All the time, with wander.
    Always { every_s: i64 },
}

const MANNERS: [Manner; 7] = [
    Manner::OnMoving { every_m: 75.0 },
    Manner::OnMoving { every_m: 200.0 },
    Manner::OnMoving { every_m: 500.0 },
    Manner::Pinging { every_m: 500.0, ping_min: 15 },
    Manner::Pinging { every_m: 75.0, ping_min: 5 },
    Manner::Repeating { every_s: 60 },
    Manner::Always { every_s: 45 },
];

struct Chance(u64);

impl Chance {
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / (1_u64 << 24) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.part()
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.part()).sum::<f64>() - 6.0
    }
}

/// A stay that happened.
#[derive(Debug)]
struct Truth {
    site: String,
    arrive_ms: i64,
    leave_ms: i64,
}

struct Day {
    chance: Chance,
    manner: Manner,
    now_ms: i64,
    at: (f64, f64),
    /// Metres of the way since the last position.
    gone_m: f64,
    told_ms: i64,
    fixes: Vec<Fix>,
    truth: Vec<Truth>,
}

impl Day {
    fn tell(&mut self, at: (f64, f64), sigma_m: f64, source: Source) -> Fix {
        let (x, y) = (at.0 + sigma_m * self.chance.normal(), at.1 + sigma_m * self.chance.normal());
        let place = Plane::at(MIDDLE).place((x, y));
        Fix {
            device: "pocket".into(),
            tst_ms: self.now_ms,
            sent_ms: Some(self.now_ms),
            rx_ms: self.now_ms + 1500,
            lat: place.lat,
            lon: place.lon,
            datum: Datum::Wgs84,
            accuracy_m: Some((sigma_m * self.chance.between(1.2, 2.0)).max(3.0).round()),
            speed_mps: None,
            source,
            battery: None,
            mock: false,
        }
    }

    fn go(&mut self, to: (f64, f64)) {
        let (every_m, every_s) = match self.manner {
            Manner::OnMoving { every_m } | Manner::Pinging { every_m, .. } => (every_m, i64::MAX),
            Manner::Repeating { every_s } | Manner::Always { every_s } => (f64::INFINITY, every_s),
        };
        let mps = self.chance.between(6.0, 12.0);
        loop {
            let (dx, dy) = (to.0 - self.at.0, to.1 - self.at.1);
            let left_m = dx.hypot(dy);
            if left_m < 1.0 {
                break;
            }
            let step_m = left_m.min(mps * 5.0);
            self.at = (self.at.0 + dx * step_m / left_m, self.at.1 + dy * step_m / left_m);
            self.now_ms += (step_m / mps * 1000.0) as i64;
            self.gone_m += step_m;
            if self.gone_m >= every_m || (self.now_ms - self.told_ms) / 1000 >= every_s {
                let fix = self.tell(self.at, 6.0, Source::Owntracks);
                self.push(Fix { speed_mps: Some(mps), ..fix });
            }
        }
    }

    fn push(&mut self, fix: Fix) {
        (self.gone_m, self.told_ms) = (0.0, self.now_ms);
        self.fixes.push(fix);
    }

    fn stay(&mut self, minutes: f64) {
        let until_ms = self.now_ms + (minutes * 60_000.0) as i64;
        // Apps that report on moving mostly notice that it has ended.
        let silent = matches!(self.manner, Manner::OnMoving { .. } | Manner::Pinging { .. });
        if !silent || self.chance.part() < 0.7 {
            self.now_ms += 10_000;
            let fix = self.tell(self.at, 12.0, Source::Owntracks);
            self.push(fix);
        }
        let known = self.fixes.last().cloned();
        let every_ms = match self.manner {
            Manner::OnMoving { .. } => i64::MAX,
            Manner::Pinging { ping_min, .. } => ping_min * 60_000,
            Manner::Repeating { every_s } | Manner::Always { every_s } => every_s * 1000,
        };
        while every_ms < i64::MAX && self.now_ms + every_ms < until_ms {
            self.now_ms += every_ms;
            let new = self.tell(self.at, 12.0, Source::Owntracks);
            let again = known.clone().map(|known| Fix {
                tst_ms: new.tst_ms,
                sent_ms: new.sent_ms,
                rx_ms: new.rx_ms,
                ..known
            });
            match (self.manner, again) {
                (Manner::Repeating { .. }, Some(again)) => self.push(again),
                (Manner::Pinging { .. }, Some(again)) => {
                    self.push(Fix { source: Source::Ping, speed_mps: None, ..again })
                }
                _ => self.push(new),
            }
        }
        self.now_ms = until_ms;
    }
}

/// A client's site: its number, where it is, and how far it reaches in metres.
type TownSite = (String, (f64, f64), f64);

/// A town of clients: some have wide ground.
fn town(chance: &mut Chance) -> (Sites, Vec<TownSite>) {
    let mut all = Vec::new();
    for n in 0..25 {
        let at = (
            (n % 5) as f64 * 2500.0 + 600.0 * chance.part(),
            (n / 5) as f64 * 2500.0 + 600.0 * chance.part(),
        );
        let radius_m = if n % 4 == 0 { chance.between(200.0, 700.0) } else { 80.0 };
        all.push((format!("S{n}"), at, radius_m));
    }
    let site = |(id, at, radius_m): &(String, (f64, f64), f64)| Site {
        id: id.as_str().into(),
        name: String::new(),
        client: None,
        building: None,
        floor: None,
        suite: None,
        entered: Plane::at(MIDDLE).place(*at),
        datum: Datum::Wgs84,
        ground: Ground::circle(*radius_m).expect("a plain circle"),
        correction: Correction::default(),
    };
    (Sites::new(all.iter().map(site).collect()), all)
}

fn day(seed: u64, manner: Manner, second: Option<&str>) -> (Sites, Vec<Fix>, Vec<Truth>) {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1);
    let (sites, clients) = town(&mut chance);
    let home = (-5000.0, -4000.0);
    let mut day = Day {
        chance,
        manner,
        now_ms: START_MS,
        at: home,
        gone_m: 0.0,
        told_ms: START_MS,
        fixes: Vec::new(),
        truth: Vec::new(),
    };
    for visit in 0..5 {
        let (id, middle, radius_m) = &clients[(seed as usize * 7 + visit * 11) % clients.len()];
        let off_m = if *radius_m > 100.0 {
            day.chance.between(0.0, 0.85 * radius_m)
        } else {
            day.chance.between(0.0, 15.0)
        };
        let angle = day.chance.between(0.0, std::f64::consts::TAU);
        day.go((middle.0 + off_m * angle.cos(), middle.1 + off_m * angle.sin()));
        let arrive_ms = day.now_ms;
        let minutes = day.chance.between(15.0, 75.0);
        day.stay(minutes);
        day.truth.push(Truth { site: id.clone(), arrive_ms, leave_ms: day.now_ms });
    }
    day.go(home);
    let (until_ms, every_ms) = (day.now_ms, 60_000 * (1 + (seed as i64 % 4)));
    for n in 0..second.map_or(0, |_| (until_ms - START_MS) / every_ms) {
        day.now_ms = START_MS + n * every_ms + 7000;
        let fix = day.tell(home, 8.0, Source::Owntracks);
        day.fixes.push(Fix { device: second.unwrap_or_default().into(), ..fix });
    }
    day.fixes.sort_by_key(|fix| fix.rx_ms);
    (sites, day.fixes, day.truth)
}

/// Right, told and true visits at clients, and how many true ones were flagged.
#[derive(Debug, Default)]
struct Score {
    right: usize,
    told: usize,
    truth: usize,
    flagged: usize,
}

impl Score {
    fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.told + self.truth) as f64
    }

    fn add(&mut self, visits: &[Visit], truth: &[Truth]) {
        let both = |visit: &Visit, true_one: &Truth| {
            visit.leave_ms.min(true_one.leave_ms) - visit.arrive_ms.max(true_one.arrive_ms)
        };
        let half = |visit: &Visit, one: &Truth| {
            2 * both(visit, one) > (one.leave_ms - one.arrive_ms).max(visit.leave_ms - visit.arrive_ms)
        };
        let at_clients: Vec<_> =
            visits.iter().filter(|visit| visit.flag.is_none() && visit.site.is_some()).collect();
        let is_right = |one: &&Truth| {
            at_clients
                .iter()
                .any(|visit| visit.site.as_deref() == Some(one.site.as_str()) && half(visit, one))
        };
        self.right += truth.iter().filter(is_right).count();
        self.told += at_clients.len();
        self.truth += truth.len();
        let flagged = |visit: &&Visit| visit.flag.is_some() && truth.iter().any(|one| both(visit, one) > 0);
        self.flagged += visits.iter().filter(flagged).count();
    }
}

/// The days of one manner, live: a fix at a time, with the timers between.
fn score(manner: Manner, second: Option<&str>) -> Score {
    let mut score = Score::default();
    for seed in 1..=12 {
        let (sites, fixes, truth) = day(seed, manner, second);
        let mut tracker = Tracker::new(Habits::default(), Plan::default());
        for fix in &fixes {
            while let Some(due_ms) = tracker.due_ms().filter(|due_ms| *due_ms < fix.rx_ms) {
                tracker.settle(&sites, due_ms);
            }
            tracker.take(fix);
            tracker.settle(&sites, fix.rx_ms);
        }
        tracker.settle(&sites, fixes[fixes.len() - 1].rx_ms + 24 * 3_600_000);
        score.add(tracker.visits(), &truth);
    }
    score
}

#[test]
fn visits_are_found_however_a_phone_reports_and_nobody_honest_is_flagged() {
    let mut all = Score::default();
    for manner in MANNERS {
        for second in [None, Some("tablet"), Some("pocket")] {
            let score = score(manner, second);
            assert!(score.f1() > 0.8, "{manner:?} {second:?}: {score:?} F1 {:.3}", score.f1());
            all.right += score.right;
            all.told += score.told;
            all.truth += score.truth;
            all.flagged += score.flagged;
        }
    }
    assert!(all.f1() > 0.9 && all.flagged == 0, "{all:?} F1 {:.3}", all.f1());
}
