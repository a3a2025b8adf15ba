//! `undertone replay`: recorded positions -> the visits that the live matcher would have told, on the server's clock.

mod inputs;
mod lines;
mod report;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::fixes::{Doubts, Fix};
use crate::sites::Sites;
use crate::visits::{Change, Kind, Tracker, Visit, VisitId};

use super::Stop;
use inputs::Rep;

/// The clock goes on for so long after the last fix: whoever is silent by then has left.
const AFTER_MS: i64 = 24 * 3_600_000;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Client sites as CSV: site_id,name,lat,lon,datum,radius_m
    #[arg(long, value_name = "SITES.csv")]
    sites: PathBuf,

    /// Positions as JSON Lines
    #[arg(long, value_name = "FIXES.jsonl")]
    fixes: PathBuf,

    /// Appointments as CSV: device,site_id,appointment_ms
    #[arg(long, value_name = "PLAN.csv")]
    plan: Option<PathBuf>,

    /// Past visits as CSV: device,site_id,arrive_ms,leave_ms
    #[arg(long, value_name = "HISTORY.csv")]
    history: Option<PathBuf>,

    /// Print one line of JSON a visit
    #[arg(long)]
    json: bool,
}

/// What one device did.
struct Day {
    device: String,
    visits: Vec<Visit>,
    doubts: Doubts,
}

/// Replays every device; prints nothing unless everything could be read.
pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    let (sites, fixes, reps) = inputs::read(arguments).map_err(Stop::Failure)?;
    let days = replay(&sites, fixes, reps);
    let text = if arguments.json { report::json(&days) } else { report::table(&days, &sites) };
    match io::stdout().lock().write_all(text.as_bytes()) {
        // The reader of our output has seen enough.
        Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => Err(Stop::Said),
        Err(fault) => Err(Stop::Failure(format!("the visits could not be printed: {fault}"))),
        Ok(()) => Ok(()),
    }
}

/// Feeds every device its fixes in the order in which the server received them, with its timers in between.
fn replay(sites: &Sites, fixes: Vec<Fix>, mut reps: BTreeMap<String, Rep>) -> Vec<Day> {
    let mut devices: BTreeMap<String, Vec<Fix>> = BTreeMap::new();
    for fix in fixes {
        devices.entry(fix.device.clone()).or_default().push(fix);
    }
    let replay = |(device, mut fixes): (String, Vec<Fix>)| {
        fixes.sort_by_key(|fix| fix.rx_ms);
        let rep = reps.remove(&device).unwrap_or_default();
        let mut tracker = Tracker::new(rep.habits, rep.plan);
        let mut told = BTreeMap::new();
        let mut now_ms = 0;
        for fix in &fixes {
            run_timers(&mut tracker, sites, fix.rx_ms, &mut told);
            now_ms = fix.rx_ms;
            tracker.take(fix);
            hear(tracker.settle(sites, now_ms), &mut told);
        }
        run_timers(&mut tracker, sites, now_ms.saturating_add(AFTER_MS), &mut told);
        // Those that go on unchanged were not told again.
        told.extend(tracker.visits().iter().map(|visit| (visit.id, visit.clone())));
        let mut visits: Vec<_> = told.into_values().collect();
        visits.sort_by_key(|visit| (visit.arrive_ms, visit.id));
        Day { device, visits, doubts: tracker.doubts() }
    };
    devices.into_iter().map(replay).collect()
}

fn run_timers(tracker: &mut Tracker, sites: &Sites, until_ms: i64, told: &mut BTreeMap<VisitId, Visit>) {
    while let Some(due_ms) = tracker.due_ms().filter(|due_ms| *due_ms < until_ms) {
        hear(tracker.settle(sites, due_ms), told);
    }
}

fn hear(changes: Vec<Change>, told: &mut BTreeMap<VisitId, Visit>) {
    for Change { kind, visit } in changes {
        if kind == Kind::Withdrawn {
            told.remove(&visit.id);
        } else {
            told.insert(visit.id, visit);
        }
    }
}
