//! Days on which phones tell what was not so, or do not tell what was.

use crate::fixes::Fix;
use crate::sites::{Ground, Site, Sites};
use crate::units::Plane;

use super::scene::{MIDDLE, Scene, knows, sites, visits};
use super::{Habits, Plan, Tracker, Visit};

const MINUTE_MS: i64 = 60_000;

fn stranger() -> Tracker {
    Tracker::new(Habits::default(), Plan::default())
}

/// Moves positions of a time by so many metres east.
fn move_east(fixes: &mut [Fix], from_ms: i64, until_ms: i64, metres: f64) {
    for fix in fixes.iter_mut().filter(|fix| (from_ms..until_ms).contains(&fix.tst_ms)) {
        let place = Plane::at(fix.place()).place((metres, 0.0));
        (fix.lat, fix.lon) = (place.lat, place.lon);
    }
}

/// Site and minutes of each visit at a client that is not flagged.
fn at_clients(visits: &[Visit]) -> Vec<(&str, i64)> {
    let minutes = |visit: &Visit| (visit.leave_ms - visit.arrive_ms + MINUTE_MS / 2) / MINUTE_MS;
    let here = visits.iter().filter(|visit| visit.flag.is_none());
    here.filter_map(|visit| Some((visit.site.as_deref()?, minutes(visit)))).collect()
}

fn wide(radius_m: f64) -> Sites {
    let narrow = sites(&[("P", 0.0, 0.0), ("B", 9000.0, 9000.0)]);
    let ground = Ground::circle(radius_m).expect("a plain circle");
    Sites::new(vec![Site { ground, ..narrow.at(0).clone() }, narrow.at(1).clone()])
}

#[test]
fn an_access_point_that_was_moved_is_no_visit_and_cuts_none_in_two() {
    for metres in [1500.0, 40_000.0] {
        let mut scene = Scene::new(30);
        scene.drive(0.0, 0.0).stay(60);
        let leave_ms = scene.now_ms;
        scene.drive(6000.0, 0.0);
        move_east(&mut scene.fixes, leave_ms - 40 * MINUTE_MS, leave_ms - 20 * MINUTE_MS, metres);
        let sites = sites(&[("A", 0.0, 0.0), ("D", metres, 0.0)]);
        let got = visits(knows(&["A", "D"]), &scene.fixes, &sites);
        let told = at_clients(&got);
        assert!(matches!(told[..], [("A", 58..=62)]), "{metres} m: {told:?} {got:?}");
    }
}

#[test]
fn a_position_that_repeats_underground_is_no_visit_beside_the_station() {
    let mut scene = Scene::new(15);
    scene.drive(0.0, 0.0);
    let last = scene.fixes.last().cloned().expect("a drive reports");
    for n in 1..60 {
        let accuracy_m = Some(12.0 + (n % 5) as f64 * 3.0);
        let (tst_ms, rx_ms) = (last.tst_ms + n * 20_000, last.rx_ms + n * 20_000);
        scene.fixes.push(Fix { tst_ms, rx_ms, sent_ms: None, accuracy_m, speed_mps: None, ..last.clone() });
    }
    scene.now_ms = last.tst_ms + 60 * 20_000;
    let up_ms = scene.now_ms;
    scene.drive(3000.0, 0.0);
    move_east(&mut scene.fixes, up_ms, i64::MAX, 9000.0);
    let got = visits(stranger(), &scene.fixes, &sites(&[("A", 10.0, 0.0)]));
    assert_eq!(at_clients(&got), [], "{got:?}");
    assert!(got.iter().all(|visit| visit.flag.is_none()), "nobody is called a liar: {got:?}");
}

#[test]
fn a_stay_on_the_ground_of_one_client_is_there_however_far_from_the_middle() {
    for (radius_m, off_m) in [(80.0, 60.0), (300.0, 250.0), (2000.0, 1700.0)] {
        let mut scene = Scene::new(60);
        scene.drive(off_m, 0.0).stay(40).drive(9000.0, 0.0);
        let got = visits(stranger(), &scene.fixes, &wide(radius_m));
        assert!(matches!(at_clients(&got)[..], [("P", 38..=44)]), "{off_m} of {radius_m} m: {got:?}");
    }
}

#[test]
fn who_walks_over_wide_ground_visits_it_and_who_drives_past_does_not() {
    let mut scene = Scene::new(20);
    scene.drive(0.0, 0.0);
    let start_ms = scene.now_ms;
    scene.stay(50);
    for fix in scene.fixes.iter_mut().filter(|fix| fix.tst_ms > start_ms) {
        let turn = (fix.tst_ms - start_ms) as f64 / 1000.0 * 1.2 / 150.0;
        let place = Plane::at(MIDDLE).place((150.0 * turn.cos(), 150.0 * turn.sin()));
        (fix.lat, fix.lon, fix.speed_mps) = (place.lat, place.lon, Some(1.2));
    }
    scene.drive(9000.0, 0.0);
    let got = visits(stranger(), &scene.fixes, &wide(400.0));
    assert!(matches!(at_clients(&got)[..], [("P", 46..=54)]), "{got:?}");

    let mut scene = Scene::new(20);
    scene.drive(9000.0, 0.0);
    let got = visits(stranger(), &scene.fixes, &wide(2500.0));
    assert_eq!(at_clients(&got), [], "{got:?}");
}

#[test]
fn the_same_position_sent_again_says_that_somebody_is_there_still() {
    let mut scene = Scene::new(60);
    scene.drive(0.0, 0.0).stay(3);
    let last = scene.fixes.last().cloned().expect("a drive reports");
    for quarter in 1..4 {
        scene.fixes.push(Fix { rx_ms: last.rx_ms + quarter * 15 * MINUTE_MS, ..last.clone() });
    }
    let got = visits(stranger(), &scene.fixes, &sites(&[("A", 0.0, 0.0)]));
    assert!(matches!(at_clients(&got)[..], [("A", 47..=50)]), "{got:?}");

    // Unless it was there long before: then the answer was lost, and the phone sends it with what came after.
    scene.now_ms = last.tst_ms;
    scene.drive(7000.0, 0.0);
    let got = visits(stranger(), &scene.fixes, &sites(&[("A", 0.0, 0.0)]));
    assert!(at_clients(&got).iter().all(|(_, minutes)| *minutes < 6), "{got:?}");
}
