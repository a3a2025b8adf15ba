//! `undertone rehearse`: recorded observations -> the signals and hints of a live call, on the stream's own clock.

mod lines;
mod report;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::hints::{Coach, Level, Playbook};
use crate::units::Language;

use super::Stop;
use super::coached::Coached;
use report::{RESERVE_EVERY_MS, Report};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Rules in place of the built-in ones
    #[arg(long, value_name = "FILE")]
    playbook: Option<PathBuf>,

    /// The language of the hints
    #[arg(long, value_enum, default_value_t = Lang::Zh)]
    lang: Lang,

    /// Print one line of JSON a file
    #[arg(long)]
    json: bool,

    /// Streams of observations as JSON Lines
    #[arg(required = true, value_name = "FILE.jsonl")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Lang {
    Zh,
    En,
}

/// Rehearses every file; prints nothing unless all of them can be read.
pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    if !arguments.json {
        return Err(Stop::Usage("rehearse prints JSON only: add --json".into()));
    }
    let language = match arguments.lang {
        Lang::Zh => Language::Zh,
        Lang::En => Language::En,
    };
    let playbook = Arc::new(match &arguments.playbook {
        Some(file) => playbook(file)?,
        None => Playbook::built_in(),
    });
    let mut out = Vec::new();
    for file in &arguments.files {
        let report = rehearse(file, &playbook, language).map_err(Stop::Failure)?;
        serde_json::to_writer(&mut out, &report)
            .map_err(|fault| Stop::Failure(format!("{}: {fault}", file.display())))?;
        out.push(b'\n');
    }
    match io::stdout().lock().write_all(&out) {
        // The reader of our output has seen enough.
        Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => Err(Stop::Said),
        Err(fault) => Err(Stop::Failure(format!("the results could not be printed: {fault}"))),
        Ok(()) => Ok(()),
    }
}

fn playbook(file: &Path) -> Result<Playbook, Stop> {
    let name = file.display();
    let text = fs::read_to_string(file)
        .map_err(|fault| Stop::Failure(format!("the playbook {name} cannot be read: {fault}")))?;
    Playbook::read(&text).map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(|fault| format!("{name}, {fault}")).collect();
        Stop::Failure(faults.join("\n"))
    })
}

fn rehearse(file: &Path, playbook: &Arc<Playbook>, language: Language) -> Result<Report, String> {
    let name = file.display();
    let text = fs::read_to_string(file).map_err(|fault| format!("{name} cannot be read: {fault}"))?;
    let mut coach = Coach::new(playbook.clone(), Level::Novice);
    let (mut report, mut coached) = (Report::of(file), Coached::default());
    let (mut due_ms, mut before_ms) = (RESERVE_EVERY_MS, 0);
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let heard = lines::read(line, before_ms);
        let (rx_ms, observation) = heard.map_err(|fault| format!("{name}, line {}: {fault}", n + 1))?;
        before_ms = rx_ms;
        while due_ms < rx_ms {
            report.reserve(due_ms, coach.signals().reserve(due_ms).ok());
            due_ms += RESERVE_EVERY_MS;
        }
        let said = coach.push(rx_ms, &observation);
        report.heard(&observation);
        coached.add(said, language);
    }
    Ok(report.with(coached))
}
