//! What was begun -> its end. Each phase may be done again from its beginning; the next one is written down before it
//! begins. Cut short anywhere, the appliance has the old program or the new one, and data that it can read.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::manager::Manager;
use super::slots::{Link, Slots};
use super::{Stop, failure};
use crate::store::files;

/// How far an update is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The appliance is to stand still and its data to be kept.
    Begun,
    /// The new program is to be run and watched.
    Trial,
    /// It held and is to be trusted.
    Held,
    /// The old program is to be run again, over the data that it had.
    Back,
}

/// What is on its way, in `update.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    pub phase: Phase,
    pub from: String,
    pub to: String,
    /// The new program keeps data in a way that the old one cannot read.
    pub moves: bool,
    pub watch_s: u64,
}

impl Journal {
    fn path(slots: &Slots) -> PathBuf {
        slots.root().join("update.json")
    }

    /// # Errors
    /// It is there and cannot be read.
    pub fn read(slots: &Slots) -> Result<Option<Self>, Stop> {
        let path = Self::path(slots);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(|error| failure(format!("{}: {error}", path.display())))?,
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            failure(format!("{} is not an update's own ({error}): take it away", path.display()))
        })
    }

    /// On disk when it returns.
    pub fn write(&self, slots: &Slots) -> io::Result<()> {
        files::write_whole(&Self::path(slots), &serde_json::to_vec(self).expect("plain data"))
    }
}

/// How an update ended, for who asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub kept: bool,
    pub said: String,
}

impl Outcome {
    fn path(slots: &Slots) -> PathBuf {
        slots.root().join("outcome.json")
    }

    pub fn read(slots: &Slots) -> Option<Self> {
        serde_json::from_slice(&fs::read(Self::path(slots)).ok()?).ok()
    }

    pub fn clear(slots: &Slots) -> io::Result<()> {
        match fs::remove_file(Self::path(slots)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Carries through what is on its way. `done` hears of each step.
///
/// # Errors
/// The folder of the programs cannot be written; it is to be tried again.
pub fn settle(
    slots: &Slots,
    manager: &Manager,
    done: &mut impl FnMut(&'static str),
) -> Result<Option<Outcome>, String> {
    let Some(mut journal) = Journal::read(slots).map_err(|stop| stop.to_string())? else { return Ok(None) };
    if journal.phase == Phase::Trial && slots.named(Link::Current).as_ref() != Some(&journal.to) {
        // The machine has started the old program meanwhile, and what that took is not among what was kept.
        journal.phase = Phase::Begun;
    }
    let mut why = "it was cut short".to_owned();
    loop {
        journal.phase = match journal.phase {
            Phase::Begun => match stand_still(manager, done) {
                Ok(()) => Phase::Trial,
                Err(error) => {
                    // The new program has not touched the data.
                    (why, journal.moves) = (error, false);
                    Phase::Back
                }
            },
            Phase::Trial => match try_out(&journal, slots, manager, done) {
                Ok(()) => Phase::Held,
                Err(error) => {
                    why = error;
                    Phase::Back
                }
            },
            Phase::Held => {
                slots.point(Link::Trusted, &journal.to).map_err(|error| error.to_string())?;
                manager.forget_data();
                done("trusted");
                return end(slots, true, "it held and stays".into(), done).map(Some);
            }
            Phase::Back => {
                let said = go_back(&journal, slots, manager, &why, done)?;
                return end(slots, false, said, done).map(Some);
            }
        };
        journal.write(slots).map_err(|error| error.to_string())?;
        done("written down");
    }
}

/// What was answered to until now is kept: nobody is answered meanwhile.
fn stand_still(manager: &Manager, done: &mut impl FnMut(&'static str)) -> Result<(), String> {
    manager.stop()?;
    done("stopped");
    manager.keep_data()?;
    done("kept");
    Ok(())
}

fn try_out(
    journal: &Journal,
    slots: &Slots,
    manager: &Manager,
    done: &mut impl FnMut(&'static str),
) -> Result<(), String> {
    slots.point(Link::Current, &journal.to).map_err(|error| error.to_string())?;
    done("pointed");
    manager.start()?;
    done("started");
    manager.watch(Duration::from_secs(journal.watch_s))
}

/// The old program over the data that it had.
fn go_back(
    journal: &Journal,
    slots: &Slots,
    manager: &Manager,
    why: &str,
    done: &mut impl FnMut(&'static str),
) -> Result<String, String> {
    // Where the name stands for the old program its data is there too, and may have taken something since.
    if slots.named(Link::Current).as_ref() != Some(&journal.from)
        && let Err(error) = leave(journal, slots, manager, done)
    {
        // The old program cannot read what is there: better the new one, however it is, than none.
        let _ = manager.start();
        return Ok(format!(
            "the new program did not hold ({why}), but the data could not be returned ({error}): it runs on; restore the \
             newest backup with the older package"
        ));
    }
    // Not tried again: whoever is here has to see why.
    let started =
        manager.start().map_or_else(|error| format!("was put back, but {error}"), |()| "runs again".into());
    done("started again");
    // What is left of it costs room, nothing else: the next update writes over it.
    let _ = slots.clear(&journal.to);
    let data = if journal.moves {
        ", with the data as it was before; what was written since is in the newest folder before-restore-N"
    } else {
        ""
    };
    Ok(format!("the new program did not hold ({why}): the one before {started}{data}"))
}

/// Leaves the new program: data first, then the name, so that each step leaves a pair that fits.
fn leave(
    journal: &Journal,
    slots: &Slots,
    manager: &Manager,
    done: &mut impl FnMut(&'static str),
) -> Result<(), String> {
    manager.stop()?;
    done("stopped again");
    if journal.moves {
        manager.return_data()?;
    }
    done("returned");
    slots.point(Link::Current, &journal.from).map_err(|error| error.to_string())?;
    done("pointed back");
    Ok(())
}

fn end(
    slots: &Slots,
    kept: bool,
    said: String,
    done: &mut impl FnMut(&'static str),
) -> Result<Outcome, String> {
    let outcome = Outcome { kept, said };
    let bytes = serde_json::to_vec(&outcome).expect("plain data");
    let ended = files::write_whole(&Outcome::path(slots), &bytes)
        .and_then(|()| fs::remove_file(Journal::path(slots)))
        .and_then(|()| files::sync_folder(&Journal::path(slots)));
    ended.map_err(|error| error.to_string())?;
    done("ended");
    Ok(outcome)
}
