//! The rep's side as dynamics only: talk share, monologue, interruptions, and reply and pace after an objection.

use std::collections::VecDeque;

use crate::observations::Channel;
use crate::observations::Tick;

use super::model::*;
use super::responses::Taken;

/// The talk share is kept in stretches of this length.
const STRETCH_MS: u64 = 5000;
const STRETCHES: usize = (TALK_MS / STRETCH_MS) as usize;

/// Something in how the rep takes part. Never a judgement of the rep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cue {
    /// The rep's part of all speech in the last 3 min, 0..1.
    TalkShare(f64),
    /// The rep has held the floor for so long.
    Monologue { held_ms: u64 },
    /// The rep began so often in 3 min well before the client had ended.
    Interruptions(usize),
    /// The rep answered so soon after an objection.
    FastReply { latency_ms: i64 },
    /// The rep speaks so many times as fast as before, after an objection.
    Pace(f64),
}

#[derive(Debug, Clone, Copy, Default)]
struct Speech {
    speech_ms: u64,
    nuclei: u64,
}

impl Speech {
    fn add(&mut self, tick: &Tick) {
        self.speech_ms = self.speech_ms.saturating_add(tick.speech_ms.into());
        self.nuclei = self.nuclei.saturating_add(tick.nuclei.into());
    }

    fn rate(&self) -> f64 {
        self.nuclei as f64 / self.speech_ms.max(1) as f64
    }
}

/// Follows both sides for what the rep may want to know of the own side.
#[derive(Debug, Clone, Default)]
pub struct RepSide {
    /// Number of the stretch, speech of rep and client.
    talk: VecDeque<(u64, [u64; 2])>,
    interruptions: VecDeque<u64>,
    objection_ms: Option<u64>,
    fast_reply: Option<(u64, i64)>,
    before: Speech,
    after: Speech,
}

impl RepSide {
    pub fn tick(&mut self, tick: &Tick) {
        let side = match tick.channel {
            Channel::Rep => 0,
            Channel::Client => 1,
            Channel::Mono => return,
        };
        let stretch = tick.start_ms / STRETCH_MS;
        if self.talk.back().is_none_or(|(last, _)| *last < stretch) {
            self.talk.push_back((stretch, [0; 2]));
            if self.talk.len() > STRETCHES {
                self.talk.pop_front();
            }
        }
        if let Some((_, sums)) = self.talk.iter_mut().rev().find(|(number, _)| *number == stretch) {
            sums[side] = sums[side].saturating_add(tick.speech_ms.into());
        }
        if side == 0 {
            if self.objection_ms.is_some() { self.after.add(tick) } else { self.before.add(tick) }
        }
    }

    /// The floor changed.
    pub fn taken(&mut self, now_ms: u64, taken: &Taken) {
        if taken.channel != Channel::Rep {
            return;
        }
        if taken.latency_ms <= -INTERRUPTION_MS {
            self.interruptions.push_back(now_ms);
        }
        // Only the first answer to an objection is one.
        let first = self.fast_reply.is_none() && taken.response().is_some();
        if let Some(at_ms) = self.objection_ms.filter(|_| first)
            && now_ms.saturating_sub(at_ms) <= AFTER_OBJECTION_MS
        {
            self.fast_reply = Some((now_ms, taken.latency_ms));
        }
    }

    /// The client's answer was signalled as an objection.
    pub fn objection(&mut self, now_ms: u64) {
        self.objection_ms = Some(now_ms);
        self.fast_reply = None;
        self.after = Speech::default();
    }

    /// Once a second: forgets what is old.
    pub fn settle(&mut self, now_ms: u64) {
        while self.interruptions.front().is_some_and(|at_ms| at_ms.saturating_add(TALK_MS) < now_ms) {
            self.interruptions.pop_front();
        }
        let first = (now_ms / STRETCH_MS).saturating_sub(STRETCHES as u64);
        while self.talk.front().is_some_and(|(stretch, _)| *stretch <= first && now_ms >= TALK_MS) {
            self.talk.pop_front();
        }
        if self.objection_ms.is_some_and(|at_ms| at_ms.saturating_add(AFTER_OBJECTION_MS) < now_ms) {
            self.objection_ms = None;
            self.before.speech_ms = self.before.speech_ms.saturating_add(self.after.speech_ms);
            self.before.nuclei = self.before.nuclei.saturating_add(self.after.nuclei);
        }
    }

    /// What may be worth a word now, the most pressing first. `holder` is whose floor it is, and since when.
    pub fn cues(&self, now_ms: u64, holder: Option<(Channel, u64)>) -> Vec<Cue> {
        let mut cues = Vec::new();
        if let Some((at_ms, latency_ms)) = self.fast_reply
            && latency_ms < FAST_REPLY_MS
            && self.objection_ms.is_some()
            && now_ms.saturating_sub(at_ms) <= 5000
        {
            cues.push(Cue::FastReply { latency_ms });
        }
        let heard = self.after.speech_ms >= PACE_SPEECH_MS && self.before.speech_ms >= PACE_BASE_SPEECH_MS;
        let pace = self.after.rate() / self.before.rate().max(f64::MIN_POSITIVE);
        if self.objection_ms.is_some() && heard && self.before.nuclei > 0 && pace >= PACE_RATIO {
            cues.push(Cue::Pace(pace));
        }
        if let Some((Channel::Rep, since_ms)) = holder {
            let held_ms = now_ms.saturating_sub(since_ms);
            if held_ms >= MONOLOGUE_MS {
                cues.push(Cue::Monologue { held_ms });
            }
        }
        if self.interruptions.len() >= INTERRUPTIONS {
            cues.push(Cue::Interruptions(self.interruptions.len()));
        }
        let [rep, client] = self.talk.iter().fold([0u64; 2], |sum, (_, part)| {
            [sum[0].saturating_add(part[0]), sum[1].saturating_add(part[1])]
        });
        let both = rep.saturating_add(client);
        if now_ms >= TALK_MS && both >= TALK_SPEECH_MS_MIN && rep as f64 > TALK_SHARE_MAX * both as f64 {
            cues.push(Cue::TalkShare(rep as f64 / both as f64));
        }
        cues
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(side: &mut RepSide, channel: Channel, from_s: u64, to_s: u64, nuclei: u32) {
        for second in from_s..to_s {
            let tick = Tick {
                start_ms: second * 1000,
                span_ms: 1000,
                speech_ms: 1000,
                nuclei,
                ..Tick::empty(channel)
            };
            side.tick(&tick);
            side.settle(second * 1000 + 1000);
        }
    }

    fn taken(latency_ms: i64) -> Taken {
        Taken { channel: Channel::Rep, onset_ms: 0, latency_ms, held_ms: 5000 }
    }

    #[test]
    fn the_talk_share_is_of_the_last_three_minutes_of_speech() {
        let mut side = RepSide::default();
        talk(&mut side, Channel::Client, 0, 200, 4);
        talk(&mut side, Channel::Rep, 200, 340, 4);
        let cues = side.cues(340_000, None);
        assert!(matches!(cues[..], [Cue::TalkShare(share)] if (0.75..0.85).contains(&share)), "{cues:?}");
    }

    #[test]
    fn a_monologue_is_told_after_a_minute_and_a_half() {
        let side = RepSide::default();
        assert_eq!(side.cues(89_000, Some((Channel::Rep, 0))), []);
        assert_eq!(side.cues(90_000, Some((Channel::Client, 0))), []);
        assert_eq!(side.cues(91_000, Some((Channel::Rep, 0))), [Cue::Monologue { held_ms: 91_000 }]);
    }

    #[test]
    fn three_interruptions_in_three_minutes_are_told_and_then_forgotten() {
        let mut side = RepSide::default();
        for at_ms in [1000, 2000, 3000] {
            side.taken(at_ms, &taken(-700));
        }
        side.taken(4000, &taken(-100));
        assert_eq!(side.cues(5000, None), [Cue::Interruptions(3)]);
        side.settle(182_000);
        assert_eq!(side.cues(182_000, None), []);
    }

    #[test]
    fn only_a_fast_reply_to_an_objection_is_told() {
        let mut side = RepSide::default();
        side.taken(1000, &taken(100));
        assert_eq!(side.cues(1000, None), []);
        side.objection(2000);
        side.taken(4000, &taken(100));
        assert_eq!(side.cues(4000, None), [Cue::FastReply { latency_ms: 100 }]);
        side.objection(50_000);
        side.taken(52_000, &taken(1500));
        assert_eq!(side.cues(52_000, None), []);
    }

    #[test]
    fn a_faster_pace_after_an_objection_is_told() {
        let mut side = RepSide::default();
        talk(&mut side, Channel::Rep, 0, 70, 40);
        side.objection(70_000);
        talk(&mut side, Channel::Rep, 70, 82, 46);
        let cues = side.cues(82_000, None);
        assert!(matches!(cues[..], [Cue::Pace(pace)] if (pace - 1.15).abs() < 0.01), "{cues:?}");
    }
}
