//! What visits cost: a look-up of the sites near a place, beside SQLite's R*Tree, and a fix from arrival to visit.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use undertone::fixes::{Fix, Source};
use undertone::sites::{Correction, Ground, Site, Sites};
use undertone::units::{Datum, Place, Plane};
use undertone::visits::{Habits, Plan, Tracker};

const QUERIES: usize = 1000;
const RADIUS_M: f64 = 150.0;
const START_MS: i64 = 1_790_557_200_000;

/// The same numbers at every run.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Sites in forty cities, a fifth of them in groups that share a building.
fn sites(count: usize, noise: &mut Noise) -> Vec<Site> {
    let cities: Vec<Place> =
        (0..40).map(|_| Place::new(22.0 + 20.0 * noise.uniform(), 102.0 + 18.0 * noise.uniform())).collect();
    let mut building = (0.0, 0.0);
    (0..count)
        .map(|n| {
            if n % 5 != 0 || noise.uniform() > 0.8 {
                building = (noise.normal() * 8000.0, noise.normal() * 8000.0);
            }
            let city = Plane::at(cities[n % cities.len()]);
            Site {
                id: format!("S{n}").into(),
                name: String::new(),
                client: None,
                building: None,
                floor: None,
                suite: None,
                entered: city.place((building.0 + noise.normal() * 9.0, building.1 + noise.normal() * 9.0)),
                datum: Datum::Wgs84,
                ground: Ground::circle(80.0).expect("a plain circle"),
                correction: Correction::default(),
            }
        })
        .collect()
}

fn places(sites: &[Site], noise: &mut Noise) -> Vec<Place> {
    (0..QUERIES)
        .map(|_| {
            let site = &sites[(noise.uniform() * sites.len() as f64) as usize];
            Plane::at(site.entered).place((noise.normal() * 150.0, noise.normal() * 150.0))
        })
        .collect()
}

/// A working day of a rep: six clients, a fix every 20 s on the way and every minute at rest.
fn day(sites: &[Site], noise: &mut Noise) -> Vec<Fix> {
    let origin = Plane::at(sites[0].entered);
    let (mut fixes, mut t_ms, mut at) = (Vec::new(), START_MS, (-3000.0, 0.0));
    let mut push = |t_ms: i64, (x, y): (f64, f64), accuracy_m: f64, speed_mps: Option<f64>| {
        let place = origin.place((x, y));
        fixes.push(Fix {
            device: "rep".into(),
            tst_ms: t_ms,
            sent_ms: Some(t_ms + 1000),
            rx_ms: t_ms + 2000,
            lat: place.lat,
            lon: place.lon,
            datum: Datum::Wgs84,
            accuracy_m: Some(accuracy_m),
            speed_mps,
            source: Source::Owntracks,
            battery: None,
            mock: false,
        });
    };
    for client in 0..6 {
        let to = origin.metres(sites[client * 40].entered);
        let steps = ((to.0 - at.0).hypot(to.1 - at.1) / 180.0).ceil().max(1.0);
        for step in 1..=steps as i64 {
            let part = step as f64 / steps;
            let way = (at.0 + (to.0 - at.0) * part, at.1 + (to.1 - at.1) * part);
            t_ms += 20_000;
            push(t_ms, (way.0 + 5.0 * noise.normal(), way.1 + 5.0 * noise.normal()), 8.0, Some(9.0));
        }
        at = to;
        for _ in 0..40 {
            t_ms += 60_000;
            push(t_ms, (at.0 + 18.0 * noise.normal(), at.1 + 18.0 * noise.normal()), 30.0, None);
        }
    }
    fixes
}

fn look_ups(c: &mut Criterion) {
    let mut group = c.benchmark_group("sites within 150 m");
    group.throughput(Throughput::Elements(QUERIES as u64)).sample_size(20);
    for count in [10_000, 100_000] {
        let mut noise = Noise(1);
        let all = sites(count, &mut noise);
        let places = places(&all, &mut noise);
        let sqlite = sqlite(&all);
        let index = Sites::new(all);
        group.bench_function(format!("ours, {count} sites"), |b| {
            b.iter(|| {
                let mut found = 0;
                for &place in &places {
                    index.near(place, RADIUS_M, |near| {
                        found += usize::from(black_box(near).distance_m >= 0.0)
                    });
                }
                found
            });
        });
        let mut query = sqlite
            .prepare(
                "SELECT s.lat, s.lon FROM tree t JOIN site s ON s.id = t.id
                 WHERE t.south >= ?1 AND t.north <= ?2 AND t.west >= ?3 AND t.east <= ?4",
            )
            .expect("the tables are there");
        group.bench_function(format!("SQLite R*Tree, {count} sites"), |b| {
            b.iter(|| places.iter().map(|&place| sqlite_near(&mut query, place)).sum::<usize>());
        });
    }
}

fn sqlite(sites: &[Site]) -> rusqlite::Connection {
    let database = rusqlite::Connection::open_in_memory().expect("memory is enough");
    let script = "CREATE VIRTUAL TABLE tree USING rtree(id, south, north, west, east);
                  CREATE TABLE site(id INTEGER PRIMARY KEY, lat REAL, lon REAL); BEGIN";
    database.execute_batch(script).expect("SQLite has an R*Tree");
    for (id, site) in (0_i64..).zip(sites) {
        let Place { lat, lon } = site.entered;
        database.execute("INSERT INTO tree VALUES (?1, ?2, ?2, ?3, ?3)", (id, lat, lon)).expect("it fits");
        database.execute("INSERT INTO site VALUES (?1, ?2, ?3)", (id, lat, lon)).expect("it fits");
    }
    database.execute_batch("COMMIT").expect("nothing else writes");
    database
}

fn sqlite_near(query: &mut rusqlite::Statement, place: Place) -> usize {
    let plane = Plane::at(place);
    let (low, high) = (plane.place((-RADIUS_M, -RADIUS_M)), plane.place((RADIUS_M, RADIUS_M)));
    let mut rows = query.query((low.lat, high.lat, low.lon, high.lon)).expect("the query is prepared");
    let mut found = 0;
    while let Some(row) = rows.next().expect("memory does not fail") {
        let site = Place::new(row.get_unwrap(0), row.get_unwrap(1));
        found += usize::from(place.distance_m(site) <= RADIUS_M);
    }
    found
}

fn matching(c: &mut Criterion) {
    let mut group = c.benchmark_group("fixes");
    group.sample_size(20);
    for count in [10_000, 100_000] {
        let mut noise = Noise(2);
        let all = sites(count, &mut noise);
        let fixes = day(&all, &mut noise);
        let mut habits = Habits::default();
        for visit in 0..200 {
            let at_ms = START_MS - (visit + 1) * 5 * 3_600_000;
            habits.learn(&all[visit as usize % 20 * 40].id, at_ms, at_ms + 2_000_000);
        }
        let index = Sites::new(all);
        let tracker = || Tracker::new(habits.clone(), Plan::default());
        let after_ms = fixes[fixes.len() - 1].rx_ms + 3_600_000;
        group.throughput(Throughput::Elements(fixes.len() as u64));
        group.bench_function(format!("a recorded day, {count} sites"), |b| {
            b.iter_batched(
                tracker,
                |mut tracker| {
                    for fix in &fixes {
                        tracker.take(fix);
                    }
                    let changes = tracker.settle(&index, after_ms);
                    (tracker, changes)
                },
                criterion::BatchSize::SmallInput,
            );
        });
        group.bench_function(format!("live, one by one, {count} sites"), |b| {
            b.iter_batched(
                tracker,
                |mut tracker| {
                    for fix in &fixes {
                        tracker.take(fix);
                        black_box(tracker.settle(&index, fix.rx_ms));
                    }
                    tracker
                },
                criterion::BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, look_ups, matching);
criterion_main!(benches);
