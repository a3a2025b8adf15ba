//! `undertone analyze`: recorded conversations -> their measures, by the same pipeline as a live call.

mod outputs;
mod progress;
mod report;
mod rows;
mod table;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use crate::ear::listener::{FormatError, Heard, Listener, STACK_BYTES};
use crate::ear::sources::files::{Piece, Source, SourceError};
use crate::hints::{Coach, Level, Playbook};
use crate::observations::{Doubt, Layout, Observation};
use crate::signals::conversation::{Conversation, Summary};
use crate::units::Language;

use super::Stop;
use super::coached::Coached;
use outputs::{BadOutput, Outputs};
use progress::Progress;
use rows::Rows;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Who is on which channel; mono and shared mix all channels, shared tells the rep and the client apart by their
    /// voices [default: mono for one channel, rep-left for two]
    #[arg(long, value_name = "mono|shared|rep-left|rep-right")]
    layout: Option<Layout>,

    /// With --layout shared: the first SECONDS of speech are the rep's (else the first voice is)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=60))]
    rep_first: Option<u32>,

    /// The measuring stages: fast is built in, quality needs its models
    #[arg(long, value_enum, default_value_t = Tier::Fast)]
    tier: Tier,

    /// Write what is known of every 10 ms: channel, time_s, speech, f0_hz, level_db (with several files OUT is a folder)
    #[arg(long, value_name = "OUT")]
    frames: Option<PathBuf>,

    /// Write utterances, pauses, nuclei and overlaps: channel, start_s, end_s, label (with several files OUT is a folder)
    #[arg(long, value_name = "OUT")]
    segments: Option<PathBuf>,

    /// Print one line of JSON a file
    #[arg(long)]
    json: bool,

    /// WAV, FLAC, MP3, OGG, M4A, AAC, WebM or AIFF files; - is WAV on standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Tier {
    Fast,
    Quality,
}

/// Why one file could not be analysed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error(transparent)]
    Output(#[from] BadOutput),
}

/// What became of one file.
struct Analysed {
    layout: Layout,
    summary: Summary,
    coached: Coached,
    /// What hid a side to the end.
    doubt: Option<Doubt>,
    /// What was wrong with the file or doubtful about its sound, a sentence each.
    warnings: Vec<String>,
}

/// Analyses every file and prints what was found, in the order of the arguments.
pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    if arguments.rep_first.is_some() && arguments.layout != Some(Layout::Shared) {
        let why = "--rep-first says whose the first voice on one microphone is: use it with --layout shared";
        return Err(Stop::Usage(why.to_owned()));
    }
    let outputs = Outputs::plan(&arguments.files, arguments.frames.as_deref(), arguments.segments.as_deref())
        .map_err(|bad| {
            if bad.is_usage() { Stop::Usage(bad.to_string()) } else { Stop::Failure(bad.to_string()) }
        })?;
    if arguments.tier == Tier::Quality {
        eprintln!("undertone: the quality tier is not installed, so the fast tier is used");
    }
    let progress = Progress::new();
    let mut failed = false;
    let mut pipe = Ok(());
    each_in_order(
        arguments.files.len(),
        |n| analyse(arguments, &outputs, n, &progress),
        |n, done| {
            let file = &arguments.files[n];
            progress.aside(|| match done {
                Ok(analysed) => {
                    for warning in &analysed.warnings {
                        eprintln!("undertone: {}: {warning}", file.display());
                    }
                    pipe = print(arguments, file, analysed, n > 0);
                }
                Err(failure) => {
                    eprintln!("undertone: {}: {failure}", file.display());
                    failed = true;
                }
            });
            pipe.is_ok()
        },
    );
    progress.finish();
    match pipe {
        // The reader of our output has seen enough.
        Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe => Err(Stop::Said),
        Err(fault) => Err(Stop::Failure(format!("the results could not be printed: {fault}"))),
        Ok(()) if failed => Err(Stop::Said),
        Ok(()) => Ok(()),
    }
}

/// Does `work` for 0, 1, ... on as many threads as there are cores, and hands the results on in order until `take`
/// declines. At most one result a file waits for its turn.
fn each_in_order<T: Send>(
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> bool,
) {
    if count == 1 {
        take(0, work(0));
        return;
    }
    let workers = thread::available_parallelism().map_or(1, usize::from).min(count);
    let next = AtomicUsize::new(0);
    let (results, done) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (results, next, work) = (results.clone(), &next, &work);
            let listen = move || {
                let claim = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&n| n < count);
                while let Some(n) = claim() {
                    if results.send((n, work(n))).is_err() {
                        return;
                    }
                }
            };
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn_scoped(scope, listen).expect("the system has a thread left");
        }
        drop(results);
        let mut early: Vec<_> = (0..count).map(|_| None).collect();
        let mut due = 0;
        for (n, result) in done {
            early[n] = Some(result);
            while let Some(result) = early.get_mut(due).and_then(Option::take) {
                if !take(due, result) {
                    next.store(count, Ordering::Relaxed);
                    return;
                }
                due += 1;
            }
        }
    });
}

fn analyse(
    arguments: &Arguments,
    outputs: &Outputs,
    n: usize,
    progress: &Progress,
) -> Result<Analysed, Failure> {
    let path = &arguments.files[n];
    let mut source = if is_stdin(path) { Source::stream(io::stdin())? } else { Source::open(path)? };
    let layout = arguments.layout.unwrap_or(Layout::default_for(source.channels()));
    let mut listener = Listener::new(layout, source.channels(), source.rate_hz(), 0)?;
    if let Some(seconds) = arguments.rep_first {
        listener.rep_first(1000 * seconds);
    }
    let mut conversation = Conversation::new(layout);
    // With one channel nobody can be coached, and reading the playbook takes as long as hearing a second.
    let mut coach =
        (layout != Layout::Mono).then(|| Coach::new(Arc::new(Playbook::built_in()), Level::Novice));
    let mut coached = Coached::default();
    let mut doubts: Vec<Doubt> = Vec::new();
    let mut rows = Rows::open(outputs.frames(n), outputs.segments(n))?;
    let mut heard = |heard: Heard| match heard {
        Heard::Observation(observation) => {
            rows.observation(&observation);
            conversation.push(&observation);
            if let Observation::Doubt { doubt: Some(doubt), .. } = observation
                && !doubts.contains(&doubt)
            {
                doubts.push(doubt);
            }
            if let Some(coach) = &mut coach {
                let said = coach.push(conversation.now_ms(), &observation);
                if conversation.doubt().is_none() {
                    coached.add(said, Language::Zh);
                }
            }
        }
        Heard::Frame(channel, start_ms, features) => rows.frame(channel, start_ms, features),
        Heard::Nobodys(start_ms) => rows.nobodys(start_ms),
    };
    progress.expect(source.promised_s());
    let mut shown_s = 0;
    while let Some(piece) = source.next_piece() {
        match piece {
            Piece::Samples(samples) => listener.push(samples, &mut heard),
            Piece::Lost { ms } => listener.drop_ms(ms, &mut heard),
        }
        shown_s += progress.advance(source.heard_s(), shown_s);
    }
    listener.finish(&mut heard);
    rows.finish()?;
    let summary = Summary { seconds: source.heard_s(), ..conversation.summary() };
    let mut warnings: Vec<_> = source.warnings().iter().map(ToString::to_string).collect();
    warnings.extend(doubts.iter().map(ToString::to_string));
    Ok(Analysed { layout, summary, coached, doubt: conversation.doubt(), warnings })
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn print(arguments: &Arguments, file: &Path, analysed: Analysed, apart: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if arguments.json {
        serde_json::to_writer(&mut out, &report::Report::of(file, analysed))?;
        writeln!(out)?;
    } else {
        if apart {
            writeln!(out)?;
        }
        out.write_all(table::table(file, analysed.layout, &analysed.summary).as_bytes())?;
    }
    out.flush()
}
