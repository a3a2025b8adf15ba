//! Ticks of the client's line -> may anything be said about the client now, and if not, why not.

use std::collections::VecDeque;

use crate::observations::Channel;
use crate::observations::Tick;
use crate::units::level::db_of_energy;
use crate::units::time::FRAME_MS;

use super::model::*;

/// Why nothing is said about the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    #[error("too little of the client was heard yet: 45 s of speech and 6 answers are needed")]
    WarmingUp,
    #[error("the client held the floor for less than 20 s of the last 90 s")]
    TooLittleFloor,
    #[error("the client's line is too noisy: speech stands less than 12 dB over the noise")]
    Noisy,
    #[error("the client's line clips more than 3 % of the time")]
    Clipped,
    #[error("more than 10 % of the client's sound was lost in the last minute")]
    Lost,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    snr_db: f64,
    clipped: f64,
    lost: f64,
}

/// The quality of the last minute in which the client spoke.
#[derive(Debug, Clone)]
pub struct Confidence {
    samples: VecDeque<Sample>,
    under_way: Tick,
    verdict: Result<(), Withheld>,
}

impl Default for Confidence {
    fn default() -> Self {
        Self { samples: VecDeque::new(), under_way: Tick::empty(Channel::Client), verdict: Ok(()) }
    }
}

impl Confidence {
    /// Takes a tick of the client.
    pub fn push(&mut self, tick: &Tick) {
        self.under_way.merge(tick);
        if self.under_way.span_ms < QUALITY_MS {
            return;
        }
        let heard = std::mem::replace(&mut self.under_way, Tick::empty(Channel::Client));
        let frames = |ms: u32| u64::from(ms / FRAME_MS);
        let speech_db = db_of_energy(heard.speech_energy, frames(heard.speech_ms));
        let noise_db = db_of_energy(heard.noise_energy, frames(heard.span_ms));
        let (Some(speech_db), Some(noise_db)) = (speech_db, noise_db) else { return };
        if heard.speech_ms <= QUALITY_SPEECH_MS_MIN {
            return;
        }
        let share = |ms: u32| f64::from(ms) / f64::from(heard.span_ms);
        let (clipped, lost) = (share(heard.clipped_ms), share(heard.dropped_ms));
        self.samples.push_back(Sample { snr_db: f64::from(speech_db - noise_db), clipped, lost });
        if self.samples.len() > QUALITY_SAMPLES {
            self.samples.pop_front();
        }
        if self.samples.len() >= QUALITY_SAMPLES_MIN {
            self.verdict = self.judge();
        }
    }

    /// Whether the line carries what is said of the client.
    pub fn verdict(&self) -> Result<(), Withheld> {
        self.verdict
    }

    fn judge(&self) -> Result<(), Withheld> {
        let mean =
            |of: fn(&Sample) -> f64| self.samples.iter().map(of).sum::<f64>() / self.samples.len() as f64;
        let mut snr_db: Vec<_> = self.samples.iter().map(|sample| sample.snr_db).collect();
        snr_db.sort_by(f64::total_cmp);
        if snr_db[snr_db.len() / 2] < SNR_DB_MIN {
            return Err(Withheld::Noisy);
        }
        if mean(|sample| sample.clipped) >= CLIPPED_MAX {
            return Err(Withheld::Clipped);
        }
        if mean(|sample| sample.lost) >= LOST_MAX { Err(Withheld::Lost) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::level::energy_of_mean_square;

    fn verdict(noise: f32, clipped_ms: u32, dropped_ms: u32) -> Result<(), Withheld> {
        let mut confidence = Confidence::default();
        for n in 0..60 {
            confidence.push(&Tick {
                start_ms: n * 1000,
                span_ms: 1000,
                speech_ms: 600,
                speech_energy: 60 * energy_of_mean_square(1e-2),
                noise_energy: 100 * energy_of_mean_square(noise),
                clipped_ms,
                dropped_ms,
                ..Tick::empty(Channel::Client)
            });
        }
        confidence.verdict()
    }

    #[test]
    fn a_line_that_does_not_carry_says_why() {
        assert_eq!(verdict(1e-5, 0, 0), Ok(()));
        assert_eq!(verdict(1e-3, 0, 0), Err(Withheld::Noisy));
        assert_eq!(verdict(1e-5, 50, 0), Err(Withheld::Clipped));
        assert_eq!(verdict(1e-5, 0, 150), Err(Withheld::Lost));
    }
}
