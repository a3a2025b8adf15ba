//! A summary -> a table for people, with units, and with the reasons why something is unknown.

use std::fmt::Write;
use std::path::Path;

use crate::observations::Channel;
use crate::observations::Layout;
use crate::signals::conversation::Summary;
use crate::signals::measures::{Measure, Measures, Unknown};

const NAME_WIDTH: usize = 22;
const VALUE_WIDTH: usize = 14;

/// Collects the cells, and why some of them are empty.
#[derive(Default)]
struct Table {
    text: String,
    reasons: Vec<Unknown>,
}

type Cell = (&'static str, fn(&Measures) -> Measure, usize, &'static str);

/// What every side has: name, value, decimals, unit.
const ROWS: [Cell; 13] = [
    ("speech", |m| Ok(m.speech_s), 1, "s"),
    ("floor time", |m| Ok(m.floor_s), 1, "s"),
    ("syllables", |m| Ok(m.nuclei.into()), 0, ""),
    ("speech rate", |m| m.speech_rate_hz, 2, "/s"),
    ("articulation rate", |m| m.articulation_rate_hz, 2, "/s"),
    ("pauses", |m| Ok(m.pauses.into()), 0, ""),
    ("pauses a minute", |m| m.pauses_per_min, 1, ""),
    ("mean pause", |m| m.mean_pause_s, 2, "s"),
    ("filled pauses", |m| Ok(m.filled_pauses.into()), 0, ""),
    ("pitch", |m| m.f0_median_hz, 0, "Hz"),
    ("pitch variance (SD)", |m| m.f0_sd_st, 2, "st"),
    ("speech over noise", |m| m.quality.snr_db, 0, "dB"),
    ("clipped", |m| m.quality.clipped_share.map(|share| share * 100.0), 1, "%"),
];

/// The table of one file, lines ended.
pub fn table(file: &Path, layout: Layout, summary: &Summary) -> String {
    let mut table = Table::default();
    let _ = writeln!(table.text, "{}  {}  {layout}", file.display(), length(summary.seconds));
    let sides: Vec<_> = summary.channels.iter().collect();
    table.row("", sides.iter().map(|(channel, _)| Ok(channel.to_string())));
    if layout != Layout::Mono {
        let share = |channel| match channel {
            Channel::Rep => summary.talk_share_rep,
            _ => summary.talk_share_rep.map(|rep| 1.0 - rep),
        };
        table.row(
            "share of all speech",
            sides.iter().map(|side| cell(share(side.0).map(|s| s * 100.0), 0, "%")),
        );
    }
    for (name, value, decimals, unit) in ROWS {
        table.row(name, sides.iter().map(|(_, measures)| cell(value(measures), decimals, unit)));
    }
    if layout != Layout::Mono {
        let count = |count: Measure<u32>| count.map(|count| count.to_string());
        table.row("overlaps", [count(summary.overlaps)].into_iter());
        table.row("client's answers", [count(summary.responses)].into_iter());
        table.row("their median latency", [cell(summary.response_latency_median_s, 2, "s")].into_iter());
    }
    for reason in std::mem::take(&mut table.reasons) {
        let _ = writeln!(table.text, "  — {reason}");
    }
    table.text
}

impl Table {
    fn row(&mut self, name: &str, cells: impl Iterator<Item = Measure<String>>) {
        let mut line = format!("  {name:<NAME_WIDTH$}");
        for cell in cells {
            let text = cell.unwrap_or_else(|reason| {
                if !self.reasons.contains(&reason) {
                    self.reasons.push(reason);
                }
                "—".to_owned()
            });
            let _ = write!(line, "{text:>VALUE_WIDTH$}");
        }
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

fn cell(value: Measure, decimals: usize, unit: &str) -> Measure<String> {
    value.map(|value| format!("{value:.decimals$} {unit}").trim_end().to_owned())
}

fn length(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours} h {minutes} min") } else { format!("{minutes} min {seconds} s") }
}
