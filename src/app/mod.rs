//! Arguments -> a command. Builds the parts, starts and stops them.

mod accept;
pub mod analyze;
pub mod backup;
mod coached;
mod console;
mod courier;
pub mod doctor;
pub mod ear;
mod gpsd;
mod keeper;
mod log;
pub mod model;
pub mod rehearse;
pub mod replay;
pub mod serve;
mod service;
pub mod settings;
mod sweeper;
mod tls;
pub mod update;

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{Parser, Subcommand};

/// With the version of the database that this program writes: an update goes back where a newer one fails.
static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{} (data {})", env!("CARGO_PKG_VERSION"), crate::store::SCHEMA));

/// Measures how a sales conversation moves, and never records it.
#[derive(Debug, Parser)]
#[command(name = "undertone", version = VERSION.as_str())]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure recorded conversations, faster than real time.
    Analyze(analyze::Arguments),
    /// Give the signals and hints of recorded observations, as a live call would.
    Rehearse(rehearse::Arguments),
    /// Give the visits in recorded positions, as the live matcher would.
    Replay(replay::Arguments),
    /// Run the appliance.
    Serve(serve::Arguments),
    /// Copy everything that is kept into one file, while the appliance runs.
    Backup(backup::Arguments),
    /// Put such a copy back; the appliance must be stopped.
    Restore(backup::Arguments),
    /// Put a newer program in the place of this one, or back.
    Update(update::Arguments),
    /// Say which models can be used, and take one in.
    Model(model::Arguments),
    /// Check what this machine gives the appliance.
    Doctor(doctor::Arguments),
    /// The child process that hears; started by `serve`.
    #[command(hide = true)]
    Ear(ear::Arguments),
}

/// Why a command stopped; each is one sentence for the person who started it.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// What was asked for cannot be meant.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failure(String),
    /// What went wrong has been said already.
    #[error("")]
    Said,
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Analyze(arguments) => analyze::run(&arguments),
        Command::Rehearse(arguments) => rehearse::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Restore(arguments) => backup::restore(&arguments),
        Command::Model(arguments) => model::run(&arguments),
        Command::Update(arguments) => update::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Ear(arguments) => ear::run(&arguments),
    };
    let Err(stop) = done else {
        return ExitCode::SUCCESS;
    };
    if !matches!(stop, Stop::Said) {
        eprintln!("undertone: {stop}");
    }
    ExitCode::from(if matches!(stop, Stop::Usage(_)) { 2 } else { 1 })
}
