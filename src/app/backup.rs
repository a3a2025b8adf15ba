//! `undertone backup FILE` and `undertone restore FILE`: everything that is kept, as one file, and back.

use std::path::PathBuf;

use super::Stop;
use super::settings::{Flags, Settings};
use crate::store::backup::{self, Made};
use crate::store::{files, restore as back};

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
    files::keep_to_ourselves();
    let made = backup::backup(&settings.data, &arguments.file);
    let made = made.map_err(|error| Stop::Failure(error.to_string()))?;
    let file = arguments.file.display();
    println!("{file} holds {}", words(&made));
    println!("{file}.key opens what is sealed in it: keep the two in different places");
    Ok(())
}

/// Puts a copy back; the appliance must be stopped.
pub fn restore(arguments: &Arguments) -> Result<(), Stop> {
    let settings = Settings::gather(&arguments.flags, std::env::vars())?;
    let epoch = format!("{:016x}", super::serve::random());
    files::keep_to_ourselves();
    let restored = back::restore(&arguments.file, &settings.data, &epoch);
    let restored = restored.map_err(|error| Stop::Failure(error.to_string()))?;
    println!("{} was restored with {}", settings.data.display(), words(&restored.made));
    if restored.forgotten > 0 {
        println!("{} erasures and withdrawals since then were done again", restored.forgotten);
    }
    if let Some(before) = restored.before {
        println!("What was there before is in {}", before.display());
    }
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
