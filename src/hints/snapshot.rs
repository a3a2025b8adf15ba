//! How the signals of a call stand at one instant: all that rules and the budget look at.

use crate::signals::guardedness::Signals;
use crate::signals::reserve::Held;

/// One instant of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Snapshot {
    /// Enough was heard to speak of it.
    pub warm: bool,
    /// Reserve share of the last 90 s; `None` while it is not known.
    pub reserve: Option<f64>,
    /// The lowest values of the last 5 s.
    pub held: Option<Held>,
    /// P(guarded).
    pub guarded: f64,
    /// Families that speak for it.
    pub signs: u32,
    /// Objection signals so far.
    pub objections: u32,
    /// The rep's part of all speech in the last 3 min.
    pub talk_share: Option<f64>,
    /// Since when the rep holds the floor.
    pub held_since_ms: Option<u64>,
    /// Early starts of the rep in the last 3 min.
    pub interruptions: u32,
    /// How soon the rep has just answered an objection.
    pub reply_ms: Option<i64>,
    /// The rep's pace after an objection, times the one before.
    pub pace: Option<f64>,
    /// Since when the rep speaks; `None` while silent.
    pub rep_since_ms: Option<u64>,
}

impl Snapshot {
    pub fn of(signals: &Signals, now_ms: u64) -> Self {
        let rep = signals.rep(now_ms);
        Self {
            warm: signals.is_warm(),
            reserve: signals.reserve(now_ms).ok(),
            held: signals.held(),
            guarded: signals.guarded(),
            signs: signals.signs() as u32,
            objections: signals.objections(),
            talk_share: rep.talk_share,
            held_since_ms: rep.held_ms.map(|ms| now_ms.saturating_sub(ms)),
            interruptions: rep.interruptions as u32,
            reply_ms: rep.reply_ms,
            pace: rep.pace,
            rep_since_ms: signals.rep_speaking_since_ms(),
        }
    }
}
