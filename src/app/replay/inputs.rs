//! The files of a replay -> sites, fixes and what is known of each rep; or one sentence with file and line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::fixes::Fix;
use crate::sheets::Limits;
use crate::sites::table::{BadTable, Table};
use crate::sites::{SiteId, Sites, read_csv};
use crate::visits::{Habits, Plan};

use super::{Arguments, lines};

/// What is known of the rep who carries a device.
#[derive(Debug, Default)]
pub struct Rep {
    pub habits: Habits,
    pub plan: Plan,
}

type Inputs = (Sites, Vec<Fix>, BTreeMap<String, Rep>);

/// Reads everything before anything is printed.
pub fn read(arguments: &Arguments) -> Result<Inputs, String> {
    let sites =
        Sites::new(read_csv(&bytes(&arguments.sites)?).map_err(|fault| named(&arguments.sites, &fault))?);
    let mut reps: BTreeMap<String, Rep> = BTreeMap::new();
    if let Some(path) = &arguments.history {
        read_history(&bytes(path)?, &mut reps).map_err(|fault| named(path, &fault))?;
    }
    if let Some(path) = &arguments.plan {
        read_plan(&bytes(path)?, &mut reps).map_err(|fault| named(path, &fault))?;
    }
    Ok((sites, read_fixes(&arguments.fixes)?, reps))
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|fault| format!("{} cannot be read: {fault}", path.display()))
}

fn named(path: &Path, fault: &BadTable) -> String {
    format!("{}, {fault}", path.display())
}

fn read_history(text: &[u8], reps: &mut BTreeMap<String, Rep>) -> Result<(), BadTable> {
    for row in Table::read(text, &["device", "site_id", "arrive_ms", "leave_ms"], &Limits::CHOSEN)?.rows() {
        let (arrive_ms, leave_ms) = (row.instant_ms("arrive_ms")?, row.instant_ms("leave_ms")?);
        if leave_ms < arrive_ms {
            return Err(row.fault(format!(
                "leave_ms {leave_ms} is before arrive_ms {arrive_ms}: swap them, a visit ends after it begins"
            )));
        }
        let site: SiteId = row.needed("site_id")?.into();
        reps.entry(row.needed("device")?.to_owned()).or_default().habits.learn(&site, arrive_ms, leave_ms);
    }
    Ok(())
}

fn read_plan(text: &[u8], reps: &mut BTreeMap<String, Rep>) -> Result<(), BadTable> {
    let mut appointments: BTreeMap<String, Vec<(i64, SiteId)>> = BTreeMap::new();
    for row in Table::read(text, &["device", "site_id", "appointment_ms"], &Limits::CHOSEN)?.rows() {
        let appointment = (row.instant_ms("appointment_ms")?, row.needed("site_id")?.into());
        appointments.entry(row.needed("device")?.to_owned()).or_default().push(appointment);
    }
    for (device, appointments) in appointments {
        reps.entry(device).or_default().plan = Plan::new(appointments);
    }
    Ok(())
}

fn read_fixes(path: &Path) -> Result<Vec<Fix>, String> {
    let name = path.display();
    let text = String::from_utf8(bytes(path)?)
        .map_err(|_| format!("{name} is not UTF-8 text: give fixes as JSON Lines, one object a line"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(n, line)| lines::read(line).map_err(|fault| format!("{name}, line {}: {fault}", n + 1)))
        .collect()
}
