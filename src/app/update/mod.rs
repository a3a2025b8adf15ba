//! `undertone update FILE`: a newer program takes the place of the one that runs, or everything stays as it was.
//!
//! Two folders hold a program each; `current` names the one that is run, `trusted` the last that has held. What is to be
//! done is written down first and carried through by a service of its own (`settle`), so that whoever is cut short at any
//! step is taken up again.

mod bundle;
mod manager;
mod settle;
mod slots;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use self::bundle::Version;
use self::manager::Manager;
use self::settle::{Journal, Outcome, Phase};
use self::slots::{Link, Slots};
use super::Stop;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The new program, with its signature beside it in FILE.minisig
    #[arg(value_name = "FILE", required_unless_present_any = ["back", "packaged", "settle"])]
    file: Option<PathBuf>,
    /// Go back to the program that was there before
    #[arg(long, conflicts_with_all = ["file", "packaged", "settle"])]
    back: bool,
    /// Take the program that the package brought; for its own scripts
    #[arg(long, value_name = "PROGRAM", hide = true, conflicts_with = "settle")]
    packaged: Option<PathBuf>,
    /// Carry through what was begun; for the service manager
    #[arg(long, hide = true)]
    settle: bool,
    /// Whose signature counts
    #[arg(long, value_name = "FILE", default_value = "/usr/lib/undertone/update.pub")]
    key: PathBuf,
    /// For so long the new program must be ready before it stays
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    watch: u64,
    /// Where the programs are
    #[arg(long, hide = true, default_value = "/opt/undertone")]
    programs: PathBuf,
    /// Where data is kept while an update is on trial
    #[arg(long, hide = true, default_value = "/var/lib/undertone-update")]
    kept: PathBuf,
    /// What starts and stops the appliance [default: systemctl, where it runs]
    #[arg(long, hide = true)]
    manager: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    let slots = Slots::new(&arguments.programs);
    let manager = Manager::found(arguments.manager.as_deref(), &arguments.kept);
    if arguments.settle {
        let _lock = lock(&arguments.programs)?;
        let Some(manager) = manager else { return Err(failure("systemd does not run here".into())) };
        return settle::settle(&slots, &manager, &mut |_| ()).map(|_| ()).map_err(failure);
    }
    let lock = lock(&arguments.programs)?;
    if Journal::read(&slots)?.is_some() {
        return Err(failure(
            "an update is on its way: wait for it, `journalctl -u undertone-settle` says how far it is"
                .into(),
        ));
    }
    let Some(wanted) = prepare(arguments, &slots)? else { return Ok(()) };
    let Some((journal, manager)) = wanted.from.map(|from| (from, wanted.to, wanted.moves)).zip(manager)
    else {
        // Nothing runs here that could be watched: the first program, or an image that is being made.
        for link in [Link::Current, Link::Trusted] {
            slots.point(link, wanted.to).map_err(|error| broken(&slots, &error))?;
        }
        println!("{} is in place", wanted.version);
        return Ok(());
    };
    let (from, to, moves) = journal;
    let journal = Journal { phase: Phase::Begun, from, to: to.into(), moves, watch_s: arguments.watch };
    Outcome::clear(&slots).and_then(|()| journal.write(&slots)).map_err(|error| broken(&slots, &error))?;
    drop(lock);
    println!("{} is put to the test for {} s", wanted.version, arguments.watch);
    manager.settle().map_err(|error| {
        failure(format!(
            "the update goes on by itself, `journalctl -u undertone-settle` says how far it is ({error})"
        ))
    })?;
    match Outcome::read(&slots) {
        Some(Outcome { kept: true, said }) => {
            println!("{said}");
            Ok(())
        }
        Some(Outcome { kept: false, said }) => Err(failure(said)),
        None => Err(failure("the update ended without a word: `journalctl -u undertone-settle`".into())),
    }
}

/// A program that waits in its folder for its turn.
struct Wanted {
    version: Version,
    /// The slot of the program that runs; `None` when there is none yet.
    from: Option<String>,
    to: &'static str,
    /// It keeps data in another way than the one that runs.
    moves: bool,
}

/// Puts the program that is asked for into the free folder. `None` when there is nothing to do, which was said.
fn prepare(arguments: &Arguments, slots: &Slots) -> Result<Option<Wanted>, Stop> {
    let from = slots.named(Link::Trusted);
    let before =
        from.as_deref().map(|from| Version::of(&slots.program(from))).transpose().map_err(failure)?;
    let to = slots::other(from.as_deref());
    if arguments.back {
        return go_back(slots, from, before, to).map(Some);
    }
    let (bytes, signed) = match (&arguments.packaged, &arguments.file) {
        (Some(program), _) => {
            let bytes =
                fs::read(program).map_err(|error| failure(format!("{}: {error}", program.display())))?;
            (bytes, Version::of(program).map_err(failure)?.number)
        }
        (None, Some(file)) => bundle::open(file, &arguments.key).map_err(failure)?,
        (None, None) => return Err(Stop::Usage("give the new program".into())),
    };
    if let Some(before) = before.as_ref().filter(|before| before.number >= signed) {
        if arguments.packaged.is_some() {
            println!("{before} is there already and stays");
            return Ok(None);
        }
        return Err(failure(format!(
            "that is version {signed}, and {before} is there: an update is newer; `undertone update --back` goes back"
        )));
    }
    slots.stage(to, &bytes).map_err(|error| broken(slots, &error))?;
    let version = Version::of(&slots.program(to)).map_err(failure)?;
    if version.number != signed {
        return Err(failure(format!(
            "the program says that it is {version}, its signature says {signed}: refused"
        )));
    }
    let moves = before.is_some_and(|before| before.data != version.data);
    Ok(Some(Wanted { version, from, to, moves }))
}

/// The program before, if it can read what is kept now.
fn go_back(
    slots: &Slots,
    from: Option<String>,
    now: Option<Version>,
    to: &'static str,
) -> Result<Wanted, Stop> {
    let there = slots.program(to);
    let (Some(now), true) = (now, there.exists()) else {
        return Err(failure("there is no program to go back to: this is the first one here".into()));
    };
    let version = Version::of(&there).map_err(failure)?;
    if version.data < now.data {
        return Err(failure(format!(
            "{version} cannot read what {now} keeps: `undertone restore` a backup that was made before, with the older \
             package installed"
        )));
    }
    Ok(Wanted { version, from, to, moves: false })
}

/// One at a time. Held until it is dropped.
fn lock(programs: &Path) -> Result<File, Stop> {
    let file = programs.join("lock");
    let opened = File::options().create(true).truncate(false).write(true).open(&file);
    let lock = opened.map_err(|error| {
        failure(format!("{}: {error}: run it as root, on a box that the package made", file.display()))
    })?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| failure("another update is at work: wait for it".into()))?;
    Ok(lock)
}

fn failure(said: String) -> Stop {
    Stop::Failure(said)
}

fn broken(slots: &Slots, error: &std::io::Error) -> Stop {
    failure(format!("{} cannot be written: {error}; nothing was changed", slots.root().display()))
}

#[cfg(test)]
mod tests;
