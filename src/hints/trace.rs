//! How the signals of a call stood, change by change, in a few bytes a minute -> what other rules would have said to it.
//!
//! Kept are the values that conditions look at, in steps: shares of 5 %, the pace of 1 %. A condition that compares with
//! a multiple of its step means the same over a trace as it did live. Sound, pitch and words cannot be drawn from it.

use super::budget::MID_UTTERANCE_MS;
use super::playbook::Level;
use super::snapshot::Snapshot;
use crate::signals::reserve::Held;

/// The form of the bytes; another number would be another form.
const FORM: u8 = 1;

/// A longer trace is not taken further: some ten hours of talk.
const BYTES_MAX: usize = 128 * 1024;

/// A step of what is a share, and of the pace, as parts of 1.
const SHARE_STEPS: f64 = 20.0;
const PACE_STEPS: f64 = 100.0;

/// What is further apart is told as a gap; ticks come ten a second.
pub const STEP_MS: u64 = 100;

const WARM: usize = 0;
const RESERVE: usize = 1;
const HELD_SHARE: usize = 2;
const HELD_GUARDED: usize = 3;
const GUARDED: usize = 4;
const SIGNS: usize = 5;
const OBJECTIONS: usize = 6;
const TALK_SHARE: usize = 7;
const HELD_SINCE: usize = 8;
const INTERRUPTIONS: usize = 9;
const REPLY: usize = 10;
const PACE: usize = 11;
const REP_SINCE: usize = 12;
const LEVEL: usize = 13;
const FIELDS: usize = 14;
/// Not a value: nothing was heard for so long from here on.
const GAP: usize = 14;

/// The first entry of an instant has this bit and is followed by the time since the instant before.
const INSTANT: u8 = 0x80;

/// Every value as a whole number; what is not known is 0.
type Values = [u64; FIELDS];

/// The trace of one call, while it grows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    bytes: Vec<u8>,
    last: Values,
    /// The instant of the last entry, and of the last call of `push`.
    written_ms: u64,
    pushed_ms: u64,
}

/// The bytes are not a trace of this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the trace of this call cannot be read: it was written by another version")]
pub struct Unreadable;

impl Trace {
    /// Takes how the call stands now.
    pub fn push(&mut self, now_ms: u64, snapshot: &Snapshot, level: Level) {
        if self.bytes.len() >= BYTES_MAX {
            return;
        }
        if self.bytes.is_empty() {
            self.bytes.push(FORM);
        }
        let heard_ms = std::mem::replace(&mut self.pushed_ms, now_ms);
        if now_ms.saturating_sub(heard_ms) > STEP_MS {
            self.entry(heard_ms, true, GAP, now_ms - heard_ms);
        }
        let values = values(now_ms, snapshot, level, self.last[REP_SINCE]);
        let mut first = true;
        for (field, &value) in values.iter().enumerate() {
            if value != self.last[field] {
                self.entry(now_ms, first, field, told(field, value, now_ms));
                first = false;
            }
        }
        self.last = values;
    }

    /// The bytes so far; empty before the first observation.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn entry(&mut self, at_ms: u64, first: bool, field: usize, value: u64) {
        let mark = if first { INSTANT } else { 0 };
        self.bytes.push(field as u8 | mark);
        if first {
            let since_ms = at_ms.saturating_sub(self.written_ms);
            self.written_ms = at_ms;
            let even = since_ms.is_multiple_of(STEP_MS);
            write(&mut self.bytes, if even { (since_ms / STEP_MS) << 1 } else { (since_ms << 1) | 1 });
        }
        write(&mut self.bytes, value);
    }
}

fn values(now_ms: u64, snapshot: &Snapshot, level: Level, rep_before: u64) -> Values {
    let share = |value: Option<f64>| value.map_or(0, |value| 1 + cell(value, SHARE_STEPS));
    let since = |at_ms: Option<u64>| at_ms.map_or(0, |at_ms| at_ms.saturating_add(1));
    // Only the first words of the rep matter: an end after them changes nothing.
    let spoken = snapshot.rep_since_ms.is_none()
        && rep_before > 0
        && now_ms.saturating_sub(rep_before - 1) >= MID_UTTERANCE_MS;
    [
        snapshot.warm.into(),
        share(snapshot.reserve),
        share(snapshot.held.map(|held| held.share)),
        share(snapshot.held.map(|held| held.guarded)),
        cell(snapshot.guarded, SHARE_STEPS),
        snapshot.signs.into(),
        snapshot.objections.into(),
        share(snapshot.talk_share),
        since(snapshot.held_since_ms),
        snapshot.interruptions.into(),
        snapshot.reply_ms.map_or(0, |ms| 1 + (ms << 1 ^ ms >> 63).cast_unsigned()),
        snapshot.pace.map_or(0, |pace| 1 + cell(pace, PACE_STEPS)),
        if spoken { rep_before } else { since(snapshot.rep_since_ms) },
        u64::from(level == Level::Quiet),
    ]
}

/// Instants are told as how long they are ago.
fn told(field: usize, value: u64, now_ms: u64) -> u64 {
    match field {
        HELD_SINCE | REP_SINCE if value > 0 => {
            now_ms.saturating_add(1).saturating_sub(value).saturating_add(1)
        }
        _ => value,
    }
}

/// Even for what lies on a step, odd for what lies between two.
fn cell(value: f64, steps: f64) -> u64 {
    let at = value.clamp(0.0, 1000.0) * steps;
    let near = at.round();
    if (at - near).abs() < 1e-9 { near as u64 * 2 } else { at.floor() as u64 * 2 + 1 }
}

/// The step itself, or the middle between two.
fn value_of(cell: u64, steps: f64) -> f64 {
    cell as f64 / (2.0 * steps)
}

/// Seven bits a byte, the lowest first.
fn write(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// One instant of a trace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instant {
    pub at_ms: u64,
    pub snapshot: Snapshot,
    pub level: Level,
    /// An objection was signalled just now.
    pub objection: bool,
    /// Nothing was heard until then.
    pub gap_until_ms: Option<u64>,
}

/// Goes through a trace instant by instant.
pub struct Reader<'a> {
    rest: &'a [u8],
    at_ms: u64,
    values: Values,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// The bytes have another form.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        match bytes.split_first() {
            Some((&FORM, rest)) => Ok(Self { rest, at_ms: 0, values: [0; FIELDS] }),
            None => Ok(Self { rest: &[], at_ms: 0, values: [0; FIELDS] }),
            Some(_) => Err(Unreadable),
        }
    }

    /// The next instant at which something changed; `None` at the end.
    ///
    /// # Errors
    /// The bytes are not a trace.
    pub fn next(&mut self) -> Result<Option<Instant>, Unreadable> {
        let Some(first) = self.rest.first() else { return Ok(None) };
        if first & INSTANT == 0 {
            return Err(Unreadable);
        }
        let (objections, mut gap_until_ms) = (self.values[OBJECTIONS], None);
        let mut opened = false;
        while let Some((&head, rest)) = self.rest.split_first() {
            if head & INSTANT != 0 {
                if opened {
                    break;
                }
                opened = true;
                self.rest = rest;
                let since = self.number()?;
                let since_ms = if since & 1 == 0 { (since >> 1).saturating_mul(STEP_MS) } else { since >> 1 };
                self.at_ms = self.at_ms.saturating_add(since_ms);
            } else {
                self.rest = rest;
            }
            let (field, value) = (usize::from(head & !INSTANT), self.number()?);
            match field {
                GAP => gap_until_ms = Some(self.at_ms.saturating_add(value)),
                HELD_SINCE | REP_SINCE if value > 0 => {
                    self.values[field] = self.at_ms.saturating_add(2).saturating_sub(value).max(1);
                }
                field if field < FIELDS => self.values[field] = value,
                _ => return Err(Unreadable),
            }
        }
        let objection = self.values[OBJECTIONS] > objections;
        let level = if self.values[LEVEL] == 1 { Level::Quiet } else { Level::Novice };
        Ok(Some(Instant { at_ms: self.at_ms, snapshot: self.snapshot(), level, objection, gap_until_ms }))
    }

    fn number(&mut self) -> Result<u64, Unreadable> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(Unreadable)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Unreadable)
    }

    fn snapshot(&self) -> Snapshot {
        let of = |field: usize| self.values[field];
        let share = |field| of(field).checked_sub(1).map(|cell| value_of(cell, SHARE_STEPS));
        let since = |field| of(field).checked_sub(1);
        let held = share(HELD_SHARE).zip(share(HELD_GUARDED));
        let zigzag = |code: u64| (code >> 1).cast_signed() ^ -(code & 1).cast_signed();
        Snapshot {
            warm: of(WARM) == 1,
            reserve: share(RESERVE),
            held: held.map(|(share, guarded)| Held { share, guarded }),
            guarded: value_of(of(GUARDED), SHARE_STEPS),
            signs: of(SIGNS) as u32,
            objections: of(OBJECTIONS) as u32,
            talk_share: share(TALK_SHARE),
            held_since_ms: since(HELD_SINCE),
            interruptions: of(INTERRUPTIONS) as u32,
            reply_ms: of(REPLY).checked_sub(1).map(zigzag),
            pace: of(PACE).checked_sub(1).map(|cell| value_of(cell, PACE_STEPS)),
            rep_since_ms: since(REP_SINCE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_with_a_step_mean_the_same() {
        for n in 0..=1000 {
            let value = f64::from(n) / 1000.0;
            let kept = value_of(cell(value, SHARE_STEPS), SHARE_STEPS);
            for step in 0..=20 {
                let step = f64::from(step) / 20.0;
                assert_eq!(value.partial_cmp(&step), kept.partial_cmp(&step), "{value} {kept} {step}");
            }
        }
        assert_eq!(value_of(cell(1.09, PACE_STEPS), PACE_STEPS), 1.09);
    }

    #[test]
    fn what_was_taken_is_read_back_in_steps() {
        let held = Some(Held { share: 0.25, guarded: 0.3 });
        let first =
            Snapshot { warm: true, held, guarded: 0.31, held_since_ms: Some(0), ..Snapshot::default() };
        let second = Snapshot {
            objections: 1,
            reply_ms: Some(-120),
            pace: Some(1.1),
            rep_since_ms: Some(900),
            held_since_ms: None,
            ..first
        };
        let mut trace = Trace::default();
        trace.push(100, &first, Level::Novice);
        trace.push(200, &first, Level::Novice);
        trace.push(1000, &second, Level::Quiet);
        let mut reader = Reader::new(trace.bytes()).unwrap();
        let read = |reader: &mut Reader| reader.next().unwrap().unwrap();
        let (one, gap, two) = (read(&mut reader), read(&mut reader), read(&mut reader));
        assert_eq!((one.at_ms, one.snapshot), (100, Snapshot { guarded: 0.325, ..first }));
        assert_eq!((gap.at_ms, gap.gap_until_ms), (200, Some(1000)));
        assert_eq!((two.at_ms, two.objection, two.level), (1000, true, Level::Quiet));
        assert_eq!(two.snapshot, Snapshot { guarded: 0.325, ..second });
        assert_eq!(reader.next(), Ok(None));
    }

    #[test]
    fn other_bytes_are_refused() {
        assert_eq!(Reader::new(&[9]).err(), Some(Unreadable));
        for bytes in [&[FORM, 3][..], &[FORM, INSTANT | 3], &[FORM, INSTANT | 60, 0, 0]] {
            assert_eq!(Reader::new(bytes).unwrap().next(), Err(Unreadable), "{bytes:?}");
        }
        assert_eq!(Reader::new(&[]).unwrap().next(), Ok(None));
    }
}
