//! `undertone backup FILE` and `undertone restore FILE`: everything that is kept, as one file, and back.

use std::path::PathBuf;

use super::Stop;
use super::settings::{Flags, Settings};
use crate::store::backup::{self, Made};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    flags: Flags,
    /// The copy
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Copies while the appliance runs.
pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    let settings = Settings::gather(&arguments.flags, std::env::vars())?;
    let made = backup::backup(&settings.data, &arguments.file);
    let made = made.map_err(|error| Stop::Failure(error.to_string()))?;
    println!("{} holds {}", arguments.file.display(), words(&made));
    Ok(())
}

/// Puts a copy back; the appliance must be stopped.
pub fn restore(arguments: &Arguments) -> Result<(), Stop> {
    let settings = Settings::gather(&arguments.flags, std::env::vars())?;
    let epoch = format!("{:016x}", super::serve::random());
    let made = backup::restore(&arguments.file, &settings.data, &epoch);
    let made = made.map_err(|error| Stop::Failure(error.to_string()))?;
    println!("{} was restored with {}", settings.data.display(), words(&made));
    println!("What was there before is in {}/undertone.db.before-restore", settings.data.display());
    Ok(())
}

fn words(made: &Made) -> String {
    format!(
        "{:.1} MB and {} verified audit entries; SHA-256 {}",
        made.bytes as f64 / 1e6,
        made.audit_entries,
        made.hash
    )
}
