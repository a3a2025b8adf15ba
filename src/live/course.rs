//! A live call -> its rows of five seconds, as they are kept.

use std::collections::VecDeque;

use super::coaching::Coaching;
use super::side::{Shown, SideFigures};
use crate::calls::row::{ROW_MS, Row, ratio, share};
use crate::units::Channel;

/// The ear says up to so long after it that somebody spoke.
const LATE_MS: u64 = 1_000;

/// Rows that the store has not taken yet: half an hour of two sides. When it is full the oldest go.
const KEPT: usize = 720;

/// The summary so far is kept once in so many slots.
const SUMMARY_SLOTS: u32 = 6;

/// The rows of one call that are not kept yet.
#[derive(Debug, Clone, Default)]
pub struct Course {
    rows: VecDeque<Row>,
    next_slot: u32,
    /// The summary so far is to be kept with the next rows.
    pub summary_due: bool,
}

impl Course {
    /// The audio clock has come to `now_ms`: makes the rows whose time is over.
    pub fn pass(&mut self, now_ms: u64, sides: &[SideFigures], coaching: &Coaching) {
        self.reach(now_ms.saturating_sub(LATE_MS) / ROW_MS, now_ms, sides, coaching);
    }

    /// The call is over: makes the rest.
    pub fn end(&mut self, now_ms: u64, sides: &[SideFigures], coaching: &Coaching) {
        self.reach(now_ms.div_ceil(ROW_MS), now_ms, sides, coaching);
    }

    /// Makes the rows up to a slot. Where a gap was nobody spoke, and there is none.
    fn reach(&mut self, slot: u64, now_ms: u64, sides: &[SideFigures], coaching: &Coaching) {
        let end_slot = u32::try_from(slot).unwrap_or(u32::MAX);
        self.next_slot = self.next_slot.max(end_slot.saturating_sub(KEPT as u32 / 2));
        while self.next_slot < end_slot {
            let slot = self.next_slot;
            self.next_slot += 1;
            let rows: Vec<_> = sides.iter().map(|side| row(slot, now_ms, side, coaching)).collect();
            if self.next_slot == end_slot || rows.iter().any(|row| row.spoke != 0) {
                self.rows.extend(rows);
                self.summary_due |= self.next_slot.is_multiple_of(SUMMARY_SLOTS);
            }
        }
        while self.rows.len() > KEPT {
            self.rows.pop_front();
        }
    }

    /// Rows that are not kept yet.
    pub fn rows(&self) -> Vec<Row> {
        self.rows.iter().copied().collect()
    }

    pub fn is_kept(&self) -> bool {
        self.rows.is_empty()
    }

    /// What there is so far is on its way to the store.
    pub fn kept(&mut self) {
        self.rows.clear();
        self.summary_due = false;
    }
}

fn row(slot: u32, now_ms: u64, side: &SideFigures, coaching: &Coaching) -> Row {
    let mut row = Row::silent(slot, side.channel);
    let begins_ms = u64::from(slot) * ROW_MS;
    for stretch in coaching.stretches_since(begins_ms, now_ms) {
        if stretch.channel == side.channel {
            row.speak(stretch.start_ms, stretch.end_ms);
        }
    }
    let against = |shown: &Shown| ratio(shown.measure.ok()?, shown.usual?);
    row.rate = against(&side.speech_rate_hz);
    row.pauses = against(&side.pauses_per_min);
    row.pitch = against(&side.pitch_sd_st);
    let Some(signals) = coaching.signals() else { return row };
    match side.channel {
        Channel::Client => {
            row.guarded = signals.is_warm().then(|| share(signals.guarded()));
            row.reserve = signals.reserve(now_ms).ok().map(share);
        }
        Channel::Rep => {
            let rep = signals.rep(now_ms);
            row.talk_share = rep.talk_share.map(share);
            row.early_starts = Some(rep.interruptions.try_into().unwrap_or(u8::MAX));
        }
        Channel::Mono => {}
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::row::stretches;
    use crate::hints::{Context, Level, Playbook};
    use crate::live::Wish;
    use crate::live::side::Usuals;
    use crate::observations::Observation;
    use crate::signals::conversation::Conversation;
    use crate::units::Layout;

    fn coaching() -> Coaching {
        let playbook = std::sync::Arc::new(Playbook::built_in());
        Coaching::new(
            Layout::RepLeft,
            Wish { playbook, level: Level::Novice, context: Context::default(), silent: false },
        )
    }

    fn sides() -> Vec<SideFigures> {
        let conversation = Conversation::new(Layout::RepLeft);
        let side = |channel| SideFigures::now(&conversation, channel, &mut Usuals::default());
        [Channel::Rep, Channel::Client].map(side).into()
    }

    #[test]
    fn a_row_is_made_when_its_time_is_over_and_late_words_are_in() {
        let (mut course, mut coaching) = (Course::default(), coaching());
        coaching.push(3_000, 0, &Observation::SpeechStart { channel: Channel::Rep, at_ms: 2_500 });
        course.pass(5_900, &sides(), &coaching);
        assert!(course.is_kept());
        coaching.push(6_000, 0, &Observation::SpeechEnd { channel: Channel::Rep, at_ms: 5_700 });
        course.pass(6_000, &sides(), &coaching);
        assert_eq!(course.rows().len(), 2);
        course.end(6_100, &sides(), &coaching);
        let rows = course.rows();
        assert_eq!((rows.len(), rows[0].spoke, rows[1].spoke), (4, 0b1111_0000, 0));
        let spoken = stretches(&rows);
        assert_eq!((spoken.len(), spoken[0].start_ms, spoken[0].end_ms), (1, 2_500, 5_625));
        course.kept();
        course.end(6_100, &sides(), &coaching);
        assert!(course.is_kept(), "each slot once");
    }

    #[test]
    fn a_gap_has_no_rows_and_memory_is_bounded() {
        let (mut course, coaching) = (Course::default(), coaching());
        course.pass(10 * 3_600_000, &sides(), &coaching);
        assert_eq!(course.rows().len(), 2);
        for slot in 8_000..10_000 {
            course.pass(slot * ROW_MS, &sides(), &coaching);
        }
        assert_eq!(course.rows().len(), KEPT);
    }
}
