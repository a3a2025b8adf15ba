//! What was measured of the client's floor -> per family how far it speaks for "guarded" against "as before", in nats.

use super::baseline::Fading;
use super::model::*;

/// What the evidence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    Latency,
    Pauses,
    Rate,
    Turns,
    Pitch,
}

impl Family {
    pub const ALL: [Self; 5] = [Self::Latency, Self::Pauses, Self::Rate, Self::Turns, Self::Pitch];
}

/// One observation's word, weighted. Pitch may widen or narrow, so there are two ways to be guarded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    pub family: Family,
    /// ln P(observed | guarded) / P(observed | as before), with wider and with narrower pitch.
    pub nats: [f64; 2],
    /// Against this call's usual: seconds for latency, the natural logarithm of the ratio for all others.
    pub change: f64,
}

impl Evidence {
    pub fn one_way(family: Family, weight: f64, nats: f64, change: f64) -> Self {
        Self { family, nats: [weight * nats; 2], change }
    }
}

/// A stretch of client floor.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Unit {
    pub speech_ms: u64,
    pub pause_ms: u64,
    pub pauses: u32,
    pub nuclei: u32,
}

impl Unit {
    pub fn floor_ms(&self) -> u64 {
        self.speech_ms.saturating_add(self.pause_ms)
    }
}

/// What is usual for the client's rate, pauses, pitch and turns in this call.
#[derive(Debug, Clone, Default)]
pub struct Usuals {
    /// Nuclei over seconds of speech.
    rate: Fading,
    /// Pauses over minutes of floor.
    pauses: Fading,
    /// ln F0 SD over units.
    pitch: Fading,
    /// ln seconds over turns.
    turns: Fading,
}

impl Usuals {
    /// Pauses per minute of floor.
    pub fn pauses_per_min(&self) -> f64 {
        self.pauses.ratio(PAUSES_PER_MIN, PAUSES_WORTH_MIN)
    }

    /// Weighs a unit of floor, then learns from it; `weight` is how far the client is as before.
    pub fn unit(&mut self, unit: &Unit, weight: f64) -> Vec<Evidence> {
        let speech_s = unit.speech_ms as f64 / 1000.0;
        let floor_min = unit.floor_ms() as f64 / 60_000.0;
        let (nuclei, pauses) = (f64::from(unit.nuclei), f64::from(unit.pauses));
        let mut said = Vec::new();
        if self.rate.over > UNIT_SPEECH_S_MIN && unit.nuclei > 0 && speech_s > 0.0 {
            let change = (nuclei / speech_s / self.rate.ratio(RATE_HZ, RATE_WORTH_S)).ln();
            let unit_s = UNIT_MS as f64 / 1000.0;
            let spread = RATE_UNIT_SD_LN * RATE_UNIT_SD_LN * unit_s;
            let variance = spread / speech_s
                + RATE_NUCLEUS_VARIANCE / nuclei
                + 2.0 * spread / (self.rate.over + RATE_WORTH_S);
            let nats = shifted(change, GUARDED_RATE_LN, variance);
            said.push(Evidence::one_way(Family::Rate, WEIGHT_RATE, nats, change));
            let usual = self.pauses_per_min() * floor_min;
            let nats = pauses * GUARDED_PAUSES.ln() - (GUARDED_PAUSES - 1.0) * usual;
            // One pause more or less is nothing: both counts are steadied by half a pause.
            let change = ((pauses + 0.5) / (usual + 0.5)).ln();
            said.push(Evidence::one_way(Family::Pauses, WEIGHT_PAUSES, nats, change));
        }
        let passed = unit.floor_ms() as f64 / 1000.0 / UNIT_HALF_LIFE_S;
        self.rate.add(passed, weight, nuclei, speech_s);
        self.pauses.add(passed, weight, pauses, floor_min);
        said
    }

    /// Weighs the spread of pitch over a unit of voice, in semitones, then learns from it.
    pub fn pitch(&mut self, sd_st: f64, weight: f64) -> Option<Evidence> {
        let ln_sd = sd_st.max(0.01).ln();
        let known = self.pitch.over;
        let said = (known > PITCH_UNITS_MIN).then(|| {
            let change = ln_sd - self.pitch.ratio(PITCH_SD_LN, PITCH_WORTH_UNITS);
            let variance = PITCH_UNIT_SD_LN * PITCH_UNIT_SD_LN * (1.0 + 1.0 / (known + PITCH_WORTH_UNITS));
            let nats = |shift| WEIGHT_PITCH * shifted(change, shift, variance);
            Evidence {
                family: Family::Pitch,
                nats: [nats(GUARDED_PITCH_LN), nats(-GUARDED_PITCH_LN)],
                change,
            }
        });
        self.pitch.add(1.0 / PITCH_HALF_LIFE_UNITS, weight, ln_sd, 1.0);
        said
    }

    /// Weighs the length of a turn, then learns from it.
    pub fn turn(&mut self, length_ms: u64, weight: f64) -> Option<Evidence> {
        let ln_s = (length_ms.max(TURN_MS_MIN) as f64 / 1000.0).ln();
        let known = self.turns.over;
        let said = (known > TURNS_MIN).then(|| {
            let change = ln_s - self.turns.ratio(TURN_LN_S, TURN_WORTH);
            let variance = TURN_SD_LN * TURN_SD_LN * (1.0 + 1.0 / (known + TURN_WORTH));
            Evidence::one_way(Family::Turns, WEIGHT_TURNS, shifted(change, GUARDED_TURN_LN, variance), change)
        });
        self.turns.add(1.0 / TURN_HALF_LIFE, weight, ln_s, 1.0);
        said
    }
}

/// ln of the likelihood ratio of two normals of equal variance, the mean shifted or not.
fn shifted(change: f64, shift: f64, variance: f64) -> f64 {
    (change * shift - shift * shift / 2.0) / variance
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(nuclei: u32, pauses: u32) -> Unit {
        Unit { speech_ms: 4500, pause_ms: 500, pauses, nuclei }
    }

    fn talked() -> Usuals {
        let mut usuals = Usuals::default();
        for _ in 0..20 {
            usuals.unit(&unit(20, 1), 1.0);
            usuals.pitch(3.0, 1.0);
            usuals.turn(5000, 1.0);
        }
        usuals
    }

    fn nats(said: &[Evidence], family: Family) -> f64 {
        said.iter().find(|said| said.family == family).unwrap().nats[0]
    }

    #[test]
    fn slower_and_with_more_pauses_speaks_for_guarded() {
        let (slow, usual) = (talked().unit(&unit(16, 3), 1.0), talked().unit(&unit(20, 1), 1.0));
        for family in [Family::Rate, Family::Pauses] {
            assert!(nats(&slow, family) > 0.2 && nats(&usual, family) < 0.0, "{slow:?} {usual:?}");
        }
    }

    #[test]
    fn pitch_speaks_both_ways_and_never_loudest() {
        let (wide, narrow) = (talked().pitch(3.6, 1.0).unwrap(), talked().pitch(2.5, 1.0).unwrap());
        assert!(wide.nats[0] > 0.0 && wide.nats[1] < 0.0 && narrow.nats[1] > 0.0, "{wide:?} {narrow:?}");
    }

    #[test]
    fn short_turns_speak_for_guarded() {
        assert!(talked().turn(1500, 1.0).unwrap().nats[0] > 0.2);
        assert!(talked().turn(12_000, 1.0).unwrap().nats[0] < -0.2);
    }

    #[test]
    fn nothing_is_said_before_there_is_a_usual() {
        let mut fresh = Usuals::default();
        assert_eq!(fresh.unit(&unit(16, 3), 1.0), []);
        assert_eq!((fresh.pitch(3.0, 1.0), fresh.turn(900, 1.0)), (None, None));
    }

    #[test]
    fn silence_and_absurd_counts_give_numbers() {
        let mut usuals = talked();
        for unit in
            [Unit::default(), Unit { speech_ms: u64::MAX, pauses: u32::MAX, nuclei: u32::MAX, pause_ms: 1 }]
        {
            assert!(usuals.unit(&unit, 1.0).iter().all(|said| said.nats[0].is_finite()));
        }
    }
}
