//! One late answer and the pauses in its first seconds -> an objection signal, when both speak for a hesitation.

use std::collections::VecDeque;

use super::families::Family;
use super::latency::Reply;
use super::model::*;

use super::evidence::Driver;

/// Pauses remembered: more than fit into one window.
const PAUSES_KEPT: usize = 32;

/// A pause inside a turn, in milliseconds.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 250..=2000;

/// A response that sounded like a hesitation. Not what it was about, and no verdict on anybody.
#[derive(Debug, Clone, PartialEq)]
pub struct Objection {
    pub at_ms: u64,
    /// When the answer began.
    pub onset_ms: u64,
    /// Evidence in nats.
    pub score: f64,
    /// Latency first or pauses first, whichever speaks louder.
    pub drivers: Vec<Driver>,
}

#[derive(Debug, Clone, Copy)]
struct Answer {
    onset_ms: u64,
    reply: Reply,
    /// From the state that the client was in before it.
    prior_nats: f64,
    pauses: usize,
}

/// Follows the client's own silences and the answer that is being judged.
#[derive(Debug, Clone, Default)]
pub struct Hesitations {
    ended_ms: Option<u64>,
    /// Start and end; counted from speech itself, since a rep's "mhm" inside must not hide a pause.
    pauses: VecDeque<(u64, u64)>,
    answer: Option<Answer>,
    signalled_ms: Option<u64>,
}

impl Hesitations {
    /// The client answered. Only a late answer is looked at.
    pub fn answered(&mut self, onset_ms: u64, reply: Reply, guarded: f64) {
        if reply.latency_s >= HESITATION_LATENCY_S_MIN && reply.excess_s >= HESITATION_EXCESS_S_MIN {
            let prior_nats = PRIOR_NATS * ((guarded - PRIOR_FROM) / PRIOR_SPAN).clamp(0.0, 1.0);
            self.answer = Some(Answer { onset_ms, reply, prior_nats, pauses: 0 });
        }
    }

    /// The client ended an utterance.
    pub fn ended(&mut self, at_ms: u64) {
        self.ended_ms = Some(at_ms);
    }

    /// The client began an utterance.
    pub fn began(&mut self, at_ms: u64) {
        let Some(ended_ms) = self.ended_ms else { return };
        if PAUSE_MS.contains(&at_ms.saturating_sub(ended_ms)) {
            self.pauses.push_back((ended_ms, at_ms));
            if self.pauses.len() > PAUSES_KEPT {
                self.pauses.pop_front();
            }
        }
    }

    /// Sound was lost: what lies between is no pause, and the answer is not judged.
    pub fn lost(&mut self) {
        self.ended_ms = None;
        self.answer = None;
    }

    /// Judges the answer at `now_ms`: at each new pause when the evidence is strong, else at the end of its window.
    /// `usual_per_min` is how often the client pauses in this call; `allowed` whether anything may be said.
    pub fn judge(&mut self, now_ms: u64, usual_per_min: f64, allowed: bool) -> Option<Objection> {
        let mut answer = self.answer?;
        let end_ms = answer.onset_ms.saturating_add(HESITATION_MS);
        let over = now_ms > end_ms.saturating_add(HESITATION_LAG_MS);
        let inside = |&&(from_ms, to_ms): &&(u64, u64)| {
            from_ms > answer.onset_ms && to_ms <= end_ms.saturating_add(300)
        };
        let pauses = self.pauses.iter().filter(inside);
        let (count, silent_ms) =
            pauses.fold((0, 0), |(n, ms), (from_ms, to_ms)| (n + 1, ms + to_ms - from_ms));
        if !over && count <= answer.pauses {
            return None;
        }
        answer.pauses = count;
        self.answer = (!over).then_some(answer);
        let heard_ms = if over {
            HESITATION_MS
        } else {
            now_ms.saturating_sub(answer.onset_ms.saturating_add(200)).min(HESITATION_MS)
        };
        let heard_s = heard_ms as f64 / 1000.0;
        let usual = (usual_per_min / 60.0 * heard_s).max(0.01);
        // Number and length of the pauses, half and half.
        let seen = (count as f64 + silent_ms as f64 / 1000.0 / USUAL_PAUSE_S) / 2.0;
        let more = HESITANT_PAUSES * (heard_s / HESITANT_PAUSES_S).min(1.0);
        let nats = seen * ((usual + more) / usual).ln() - more;
        let score = answer.reply.hesitant_nats + nats + answer.prior_nats;
        let wanted = HESITATION_NATS + if over { 0.0 } else { HESITATION_NATS_EARLY };
        let cool =
            self.signalled_ms.is_none_or(|at_ms| now_ms.saturating_sub(at_ms) >= HESITATION_COOL_DOWN_MS);
        if !allowed || !cool || count == 0 || heard_s < HESITATION_S_MIN || nats <= 0.0 || score < wanted {
            return None;
        }
        self.signalled_ms = Some(now_ms);
        self.answer = None;
        let reply = answer.reply;
        let latency = Driver { family: Family::Latency, nats: reply.hesitant_nats, change: reply.excess_s };
        let pauses = Driver { family: Family::Pauses, nats, change: (seen / usual).ln() };
        let drivers = if pauses.nats > latency.nats { vec![pauses, latency] } else { vec![latency, pauses] };
        Some(Objection { at_ms: now_ms, onset_ms: answer.onset_ms, score, drivers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL_PER_MIN: f64 = 14.0;

    /// An answer at 10 s that waits `excess_s` and pauses 600 ms so often in its first seconds.
    fn answer(excess_s: f64, pauses: u64, guarded: f64) -> Option<Objection> {
        let mut hesitations = Hesitations::default();
        let reply = Reply {
            latency_s: 0.3 + excess_s,
            excess_s,
            guarded_nats: 1.0,
            hesitant_nats: 2.5 * (excess_s - 0.6),
        };
        hesitations.answered(10_000, reply, guarded);
        let mut found = None;
        for n in 0..pauses {
            let at_ms = 11_000 + n * 1500;
            hesitations.ended(at_ms);
            hesitations.began(at_ms + 600);
            found = found.or_else(|| hesitations.judge(at_ms + 800, USUAL_PER_MIN, true));
        }
        found.or_else(|| hesitations.judge(16_500, USUAL_PER_MIN, true))
    }

    #[test]
    fn late_and_with_three_pauses_is_a_hesitation() {
        let found = answer(1.4, 3, 0.0).unwrap();
        assert!(found.score >= HESITATION_NATS, "{found:?}");
        assert!(found.drivers.iter().any(|d| d.family == Family::Pauses && d.change > 0.5), "{found:?}");
    }

    #[test]
    fn late_alone_or_pauses_alone_are_none() {
        assert_eq!(answer(1.6, 0, 0.0), None);
        assert_eq!(answer(1.6, 1, 0.0), None);
        assert_eq!(answer(0.2, 3, 0.0), None);
    }

    #[test]
    fn a_guarded_client_hesitates_more_readily() {
        let least = |guarded| (30..200).find(|&late| answer(f64::from(late) / 100.0, 3, guarded).is_some());
        assert!(least(1.0).is_some() && least(1.0) < least(0.0), "{:?} {:?}", least(1.0), least(0.0));
    }

    #[test]
    fn what_is_withheld_is_not_signalled() {
        let mut hesitations = Hesitations::default();
        let reply = Reply { latency_s: 2.0, excess_s: 1.7, guarded_nats: 1.0, hesitant_nats: 9.0 };
        hesitations.answered(0, reply, 0.0);
        hesitations.ended(1000);
        hesitations.began(2000);
        assert_eq!(hesitations.judge(7000, USUAL_PER_MIN, false), None);
    }
}
