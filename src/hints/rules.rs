//! Signals -> which rules of the built-in playbook ask for a hint now, the most pressing first.

use crate::signals::evidence::Driver;
use crate::signals::guardedness::Signals;
use crate::signals::model::PRIOR_FROM;
use crate::signals::objection::Objection;
use crate::signals::rep::Cue;

/// A hint that could not be given at once is still worth giving for so long (a card hides itself after 8 s).
const FRESH_MS: u64 = 8_000;

/// The same hint about the reserve is not repeated sooner (signals study: 120 s).
const RESERVE_COOL_DOWN_MS: u64 = 120_000;

/// So many hesitations with one client in this call point to an objection.
const HESITATIONS: u32 = 3;

/// Whose part of the conversation a hint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Client,
    /// Dynamics only.
    Rep,
}

impl Side {
    pub fn name(self) -> &'static str {
        if self == Self::Rep { "rep" } else { "client" }
    }
}

/// What a hint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Reserve,
    Objection,
    TalkShare,
    Monologue,
    Interruptions,
    FastReply,
    Pace,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Objection => "objection",
            Self::TalkShare => "talk_share",
            Self::Monologue => "monologue",
            Self::Interruptions => "interruptions",
            Self::FastReply => "fast_reply",
            Self::Pace => "pace",
        }
    }
}

/// The built-in playbook. Thresholds stand in `signals::model`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Reserve over the threshold: switch to case sharing.
    ReserveCase,
    /// One hesitant answer.
    Hesitation,
    /// The third hesitant answer of this call.
    ThirdHesitation,
    FastReply,
    Pace,
    Monologue,
    Interruptions,
    TalkShare,
}

impl Rule {
    pub const ALL: [Self; 8] = [
        Self::ReserveCase,
        Self::Hesitation,
        Self::ThirdHesitation,
        Self::FastReply,
        Self::Pace,
        Self::Monologue,
        Self::Interruptions,
        Self::TalkShare,
    ];

    /// Stable: feedback and statistics refer to it.
    pub fn id(self) -> &'static str {
        match self {
            Self::ReserveCase => "reserve-case-sharing",
            Self::Hesitation => "hesitation",
            Self::ThirdHesitation => "third-hesitation",
            Self::FastReply => "fast-reply-after-objection",
            Self::Pace => "pace-after-objection",
            Self::Monologue => "monologue",
            Self::Interruptions => "interruptions",
            Self::TalkShare => "talk-share",
        }
    }

    pub fn kind(self) -> Kind {
        match self {
            Self::ReserveCase => Kind::Reserve,
            Self::Hesitation | Self::ThirdHesitation => Kind::Objection,
            Self::FastReply => Kind::FastReply,
            Self::Pace => Kind::Pace,
            Self::Monologue => Kind::Monologue,
            Self::Interruptions => Kind::Interruptions,
            Self::TalkShare => Kind::TalkShare,
        }
    }

    pub fn side(self) -> Side {
        if matches!(self.kind(), Kind::Reserve | Kind::Objection) { Side::Client } else { Side::Rep }
    }
}

/// Why a rule asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    Client(Vec<Driver>),
    Rep(Cue),
}

/// A rule that asks for a hint.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub rule: Rule,
    pub reason: Reason,
}

impl Asked {
    pub fn side(&self) -> Side {
        self.rule.side()
    }
}

/// What was asked and not yet given, and what was given lately.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    waiting: Option<(u64, Asked)>,
    reserve_ms: Option<u64>,
}

impl Desk {
    /// All that ask now: an objection before the reserve before the rep's own side.
    pub fn asked(&mut self, now_ms: u64, signals: &Signals, objection: Option<&Objection>) -> Vec<Asked> {
        if let Some(objection) = objection {
            let third = signals.objections() == HESITATIONS;
            let rule = if third { Rule::ThirdHesitation } else { Rule::Hesitation };
            self.waiting = Some((now_ms, Asked { rule, reason: Reason::Client(objection.drivers.clone()) }));
        }
        self.waiting = self.waiting.take().filter(|(at_ms, _)| now_ms.saturating_sub(*at_ms) <= FRESH_MS);
        let mut asked: Vec<_> = self.waiting.iter().map(|(_, asked)| asked.clone()).collect();
        let cool = self.reserve_ms.is_none_or(|at_ms| now_ms.saturating_sub(at_ms) >= RESERVE_COOL_DOWN_MS);
        if cool && signals.reserve_over() {
            asked.push(Asked { rule: Rule::ReserveCase, reason: Reason::Client(signals.drivers()) });
        }
        // While the client may be turning guarded, the next hint is kept for that.
        if asked.is_empty() && signals.is_warm() && signals.guarded() < PRIOR_FROM {
            asked.extend(signals.cues(now_ms).into_iter().map(of_cue));
        }
        asked
    }

    pub fn given(&mut self, now_ms: u64, asked: &Asked) {
        match asked.rule.kind() {
            Kind::Objection => self.waiting = None,
            Kind::Reserve => self.reserve_ms = Some(now_ms),
            _ => {}
        }
    }
}

fn of_cue(cue: Cue) -> Asked {
    let rule = match cue {
        Cue::FastReply { .. } => Rule::FastReply,
        Cue::Pace(_) => Rule::Pace,
        Cue::Monologue { .. } => Rule::Monologue,
        Cue::Interruptions(_) => Rule::Interruptions,
        Cue::TalkShare(_) => Rule::TalkShare,
    };
    Asked { rule, reason: Reason::Rep(cue) }
}
