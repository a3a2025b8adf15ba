//! What is heard -> rows of the two tables, tab-separated, without a header.

use std::io::{self, Write};
use std::path::Path;

use crate::ear::features::FrameFeatures;
use crate::observations::Channel;
use crate::observations::Observation;
use crate::units::time::FRAME_MS;

use super::outputs::{BadOutput, Output};

/// Whose a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Both,
    /// One of the two, who knows which.
    Nobody,
    One(Channel),
}

impl Owner {
    fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Nobody => "-",
            Self::One(channel) => channel.name(),
        }
    }
}

/// One row of the segments, in the order of the table.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Segment {
    start_ms: u64,
    end_ms: u64,
    owner: Owner,
    label: &'static str,
}

/// The frames are written as they come; the segments (some 40 bytes a syllable) are kept, to be written in order.
pub struct Rows {
    frames: Option<Output>,
    segments: Option<Output>,
    kept: Vec<Segment>,
    /// Since when each channel speaks.
    open: Vec<(Channel, u64)>,
    /// The newest stretch of speech that belongs to nobody.
    nobodys: Option<(u64, u64)>,
    fault: Option<io::Error>,
}

impl Rows {
    /// Opens both places at once, so that nothing is analysed in vain.
    pub fn open(frames: Option<&Path>, segments: Option<&Path>) -> Result<Self, BadOutput> {
        Ok(Self {
            frames: frames.map(Output::create).transpose()?,
            segments: segments.map(Output::create).transpose()?,
            kept: Vec::new(),
            open: Vec::new(),
            nobodys: None,
            fault: None,
        })
    }

    pub fn frame(&mut self, channel: Channel, start_ms: u64, features: &FrameFeatures) {
        if features.nucleus {
            let centre_ms = start_ms + u64::from(FRAME_MS) / 2;
            self.keep(Owner::One(channel), centre_ms, centre_ms, "nucleus");
        }
        let Some(out) = &mut self.frames else { return };
        let FrameFeatures { speech_probability, f0_hz, level_db, .. } = features;
        let time = Clock(start_ms + u64::from(FRAME_MS) / 2);
        let row = writeln!(out, "{channel}\t{time}\t{speech_probability:.3}\t{f0_hz:.2}\t{level_db:.1}");
        if let Err(fault) = row {
            self.fault.get_or_insert(fault);
            self.frames = None;
        }
    }

    pub fn observation(&mut self, observation: &Observation) {
        match *observation {
            Observation::SpeechStart { channel, at_ms } => self.open.push((channel, at_ms)),
            Observation::SpeechEnd { channel, at_ms } => {
                if let Some(n) = self.open.iter().position(|open| open.0 == channel) {
                    let (_, start_ms) = self.open.swap_remove(n);
                    self.keep(Owner::One(channel), start_ms, at_ms, "speech");
                }
            }
            Observation::Pause { channel, start_ms, length_ms } => {
                self.keep(Owner::One(channel), start_ms, start_ms + u64::from(length_ms), "pause");
            }
            Observation::FilledPause { channel, start_ms, length_ms } => {
                self.keep(Owner::One(channel), start_ms, start_ms + u64::from(length_ms), "filled");
            }
            Observation::Overlap { start_ms, length_ms } => {
                self.keep(Owner::Both, start_ms, start_ms + u64::from(length_ms), "overlap");
            }
            Observation::Tick(_)
            | Observation::SourceLost { .. }
            | Observation::SourceBack { .. }
            | Observation::Doubt { .. } => {}
        }
    }

    /// A frame of speech that belongs to nobody.
    pub fn nobodys(&mut self, start_ms: u64) {
        let end_ms = start_ms + u64::from(FRAME_MS);
        match &mut self.nobodys {
            Some((_, until_ms)) if *until_ms == start_ms => *until_ms = end_ms,
            _ => {
                self.keep_nobodys();
                self.nobodys = Some((start_ms, end_ms));
            }
        }
    }

    fn keep_nobodys(&mut self) {
        if let Some((start_ms, end_ms)) = self.nobodys.take() {
            self.keep(Owner::Nobody, start_ms, end_ms, "speech");
        }
    }

    /// Writes the segments in the order of time, and lets both files appear.
    pub fn finish(mut self) -> Result<(), BadOutput> {
        self.keep_nobodys();
        self.kept.sort_unstable();
        if let Some(out) = &mut self.segments {
            for Segment { start_ms, end_ms, owner, label } in &self.kept {
                let owner = owner.name();
                let row = writeln!(out, "{owner}\t{}\t{}\t{label}", Clock(*start_ms), Clock(*end_ms));
                if let Err(fault) = row {
                    self.fault.get_or_insert(fault);
                    break;
                }
            }
        }
        if let Some(fault) = self.fault {
            return Err(BadOutput::Rows(fault));
        }
        self.frames.into_iter().chain(self.segments).try_for_each(Output::finish)
    }

    fn keep(&mut self, owner: Owner, start_ms: u64, end_ms: u64, label: &'static str) {
        if self.segments.is_some() {
            self.kept.push(Segment { start_ms, end_ms, owner, label });
        }
    }
}

/// Milliseconds, written as seconds.
struct Clock(u64);

impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}
