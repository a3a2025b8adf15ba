//! The rep's side as dynamics only: talk share, monologue, interruptions, and reply and pace after an objection.

use std::collections::VecDeque;

use crate::observations::Channel;
use crate::observations::Tick;

use super::model::*;
use super::responses::Taken;

/// The talk share is kept in stretches of this length.
const STRETCH_MS: u64 = 5000;
const STRETCHES: usize = (TALK_MS / STRETCH_MS) as usize;

/// How the rep takes part now. Never a judgement of the rep.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RepNow {
    /// The rep's part of all speech in the last 3 min, 0..1.
    pub talk_share: Option<f64>,
    /// How long the rep has held the floor.
    pub held_ms: Option<u64>,
    /// How often in 3 min the rep began well before the client had ended.
    pub interruptions: usize,
    /// How soon the rep has just answered an objection.
    pub reply_ms: Option<i64>,
    /// So many times as fast as before, after an objection.
    pub pace: Option<f64>,
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
    /// The sum of `talk`.
    talked: [u64; 2],
    interruptions: VecDeque<u64>,
    objection_ms: Option<u64>,
    reply: Option<(u64, i64)>,
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
                self.forget();
            }
        }
        if let Some((_, sums)) = self.talk.iter_mut().rev().find(|(number, _)| *number == stretch) {
            sums[side] += u64::from(tick.speech_ms);
            self.talked[side] += u64::from(tick.speech_ms);
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
        let first = self.reply.is_none() && taken.response().is_some();
        if let Some(at_ms) = self.objection_ms.filter(|_| first)
            && now_ms.saturating_sub(at_ms) <= AFTER_OBJECTION_MS
        {
            self.reply = Some((now_ms, taken.latency_ms));
        }
    }

    /// The client's answer was signalled as an objection.
    pub fn objection(&mut self, now_ms: u64) {
        self.objection_ms = Some(now_ms);
        self.reply = None;
        self.after = Speech::default();
    }

    /// Once a second: forgets what is old.
    pub fn settle(&mut self, now_ms: u64) {
        while self.interruptions.front().is_some_and(|at_ms| at_ms.saturating_add(TALK_MS) < now_ms) {
            self.interruptions.pop_front();
        }
        let first = (now_ms / STRETCH_MS).saturating_sub(STRETCHES as u64);
        while self.talk.front().is_some_and(|(stretch, _)| *stretch <= first && now_ms >= TALK_MS) {
            self.forget();
        }
        if self.objection_ms.is_some_and(|at_ms| at_ms.saturating_add(AFTER_OBJECTION_MS) < now_ms) {
            self.objection_ms = None;
            self.before.speech_ms = self.before.speech_ms.saturating_add(self.after.speech_ms);
            self.before.nuclei = self.before.nuclei.saturating_add(self.after.nuclei);
        }
    }

    fn forget(&mut self) {
        if let Some((_, old)) = self.talk.pop_front() {
            self.talked.iter_mut().zip(old).for_each(|(sum, old)| *sum -= old);
        }
    }

    /// `holder` is whose floor it is, and since when.
    pub fn now(&self, now_ms: u64, holder: Option<(Channel, u64)>) -> RepNow {
        let fresh = |at_ms: u64| now_ms.saturating_sub(at_ms) <= REPLY_FRESH_MS;
        let after_objection = self.objection_ms.is_some();
        let replied = self.reply.filter(|(at_ms, _)| after_objection && fresh(*at_ms));
        let heard = self.after.speech_ms >= PACE_SPEECH_MS && self.before.speech_ms >= PACE_BASE_SPEECH_MS;
        let paced = after_objection && heard && self.before.nuclei > 0;
        let both: u64 = self.talked.iter().sum();
        let shared = now_ms >= TALK_MS && both >= TALK_SPEECH_MS_MIN;
        RepNow {
            talk_share: shared.then(|| self.talked[0] as f64 / both as f64),
            held_ms: holder
                .filter(|(channel, _)| *channel == Channel::Rep)
                .map(|(_, since_ms)| now_ms.saturating_sub(since_ms)),
            interruptions: self.interruptions.len(),
            reply_ms: replied.map(|(_, latency_ms)| latency_ms),
            pace: paced.then(|| self.after.rate() / self.before.rate().max(f64::MIN_POSITIVE)),
        }
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
        let share = side.now(340_000, None).talk_share.unwrap();
        assert!((0.75..0.85).contains(&share), "{share}");
        assert_eq!(RepSide::default().now(340_000, None), RepNow::default());
    }

    #[test]
    fn only_the_reps_own_floor_is_held() {
        let side = RepSide::default();
        assert_eq!(side.now(90_000, Some((Channel::Client, 0))).held_ms, None);
        assert_eq!(side.now(91_000, Some((Channel::Rep, 1000))).held_ms, Some(90_000));
    }

    #[test]
    fn interruptions_are_counted_for_three_minutes() {
        let mut side = RepSide::default();
        for at_ms in [1000, 2000, 3000] {
            side.taken(at_ms, &taken(-700));
        }
        side.taken(4000, &taken(-100));
        assert_eq!(side.now(5000, None).interruptions, 3);
        side.settle(182_000);
        assert_eq!(side.now(182_000, None).interruptions, 2);
    }

    #[test]
    fn only_the_reply_to_an_objection_counts_and_not_for_long() {
        let mut side = RepSide::default();
        side.taken(1000, &taken(100));
        assert_eq!(side.now(1000, None).reply_ms, None);
        side.objection(2000);
        side.taken(4000, &taken(100));
        side.taken(4500, &taken(1500));
        assert_eq!(side.now(5000, None).reply_ms, Some(100));
        assert_eq!(side.now(9001, None).reply_ms, None);
    }

    #[test]
    fn the_pace_after_an_objection_is_against_the_one_before() {
        let mut side = RepSide::default();
        talk(&mut side, Channel::Rep, 0, 70, 40);
        assert_eq!(side.now(70_000, None).pace, None);
        side.objection(70_000);
        talk(&mut side, Channel::Rep, 70, 82, 46);
        let pace = side.now(82_000, None).pace.unwrap();
        assert!((pace - 1.15).abs() < 0.01, "{pace}");
    }
}
