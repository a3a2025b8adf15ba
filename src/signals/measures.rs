//! The sums of one side over a window -> the four measures and how far to trust them. What cannot be known says why.

use crate::observations::Tick;
use crate::units::level::db_of_energy;
use crate::units::pitch::hz_of_semitones;
use crate::units::time::FRAME_MS;
use crate::units::time::seconds;

use super::turns::TurnSums;

/// Rates over less floor time are chance.
pub const FLOOR_MS_MIN: u64 = 1000;

/// A second of settled voice, for the median and the spread of pitch.
pub const PITCH_FRAMES_MIN: u64 = 100;

/// Why a measure has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    #[error("less than 1 s of speech was heard")]
    TooLittleSpeech,
    #[error("less than 1 s of settled voice was heard")]
    TooLittleVoice,
    #[error("no pause was heard")]
    NoPause,
    #[error("no sound arrived")]
    NoSound,
    #[error("one microphone hears both sides, so who speaks is not known")]
    OneMicrophone,
    #[error("both channels carry the same sound, so who speaks is not known")]
    SameSound,
    #[error("the two voices on one microphone are not told apart yet")]
    TellingApart,
    #[error("only one voice was heard, so nothing is known of the other side")]
    OneVoice,
    #[error("one side's channel is empty, so nothing is known of that side")]
    SideMissing,
    #[error("the client has not answered yet: an answer follows 1.5 s of the rep's speech and lasts 0.5 s")]
    NoAnswer,
}

/// A value, or why there is none.
pub type Measure<T = f64> = Result<T, Unknown>;

/// How far the sound carries the measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Level of the speech over the noise floor.
    pub snr_db: Measure,
    /// Share of the time in which the source clipped, 0..1.
    pub clipped_share: Measure,
    /// Share of the time from which no sound arrived, 0..1.
    pub dropped_share: Measure,
}

/// One side, over a window or the call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    pub speech_s: f64,
    pub phonation_s: f64,
    pub floor_s: f64,
    pub nuclei: u32,
    /// Nuclei per second of floor time.
    pub speech_rate_hz: Measure,
    /// Nuclei per second of phonation time.
    pub articulation_rate_hz: Measure,
    pub pauses: u32,
    /// Per minute of floor time.
    pub pauses_per_min: Measure,
    pub mean_pause_s: Measure,
    pub filled_pauses: u32,
    pub f0_median_hz: Measure,
    /// Standard deviation in semitones between the 5 % and 95 % quantiles.
    pub f0_sd_st: Measure,
    pub quality: Quality,
}

impl Measures {
    pub fn of(tick: &Tick, turns: &TurnSums) -> Self {
        let floor_s = seconds(turns.floor_ms);
        let phonation_s = seconds(turns.phonation_ms());
        let nuclei = f64::from(tick.nuclei);
        let spoken = (turns.floor_ms >= FLOOR_MS_MIN).then_some(()).ok_or(Unknown::TooLittleSpeech);
        let articulate = (turns.phonation_ms() >= FLOOR_MS_MIN).then_some(()).ok_or(Unknown::TooLittleSpeech);
        let paused = (turns.pauses > 0).then_some(()).ok_or(Unknown::NoPause);
        let voiced = (tick.pitch.frames() >= PITCH_FRAMES_MIN).then_some(()).ok_or(Unknown::TooLittleVoice);
        let median_st = voiced.and_then(|()| tick.pitch.quantile_st(0.5).ok_or(Unknown::TooLittleVoice));
        let sd_st = tick.pitch.trimmed_sd_st(PITCH_FRAMES_MIN).ok_or(Unknown::TooLittleVoice);
        Self {
            speech_s: seconds(turns.speech_ms),
            phonation_s,
            floor_s,
            nuclei: tick.nuclei,
            speech_rate_hz: spoken.map(|()| nuclei / floor_s),
            articulation_rate_hz: articulate.map(|()| nuclei / phonation_s),
            pauses: turns.pauses,
            pauses_per_min: spoken.map(|()| f64::from(turns.pauses) * 60.0 / floor_s),
            mean_pause_s: paused.map(|()| seconds(turns.pause_ms) / f64::from(turns.pauses)),
            filled_pauses: turns.filled_pauses,
            f0_median_hz: median_st.map(|st| hz_of_semitones(st).into()),
            f0_sd_st: sd_st.map(f64::from),
            quality: Quality::of(tick),
        }
    }
}

impl Quality {
    fn of(tick: &Tick) -> Self {
        let frames = |ms: u32| u64::from(ms / FRAME_MS);
        let speech_db =
            db_of_energy(tick.speech_energy, frames(tick.speech_ms)).ok_or(Unknown::TooLittleSpeech);
        let noise_db = db_of_energy(tick.noise_energy, frames(tick.span_ms)).ok_or(Unknown::NoSound);
        let share = |ms: u32| match tick.span_ms {
            0 => Err(Unknown::NoSound),
            span_ms => Ok(f64::from(ms) / f64::from(span_ms)),
        };
        Self {
            snr_db: speech_db.and_then(|speech_db| Ok(f64::from(speech_db - noise_db?))),
            clipped_share: share(tick.clipped_ms),
            dropped_share: share(tick.dropped_ms),
        }
    }
}

/// The rep's part of all speech, 0..1.
pub fn talk_share_rep(rep: &TurnSums, client: &TurnSums) -> Measure {
    let both_ms = rep.speech_ms.saturating_add(client.speech_ms);
    if both_ms < FLOOR_MS_MIN {
        return Err(Unknown::TooLittleSpeech);
    }
    Ok(rep.speech_ms as f64 / both_ms as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::Channel;
    use crate::observations::PitchHistogram;
    use crate::units::level::energy_of_mean_square;

    fn said() -> (Tick, TurnSums) {
        let mut pitch = PitchHistogram::default();
        pitch.add(24, 500);
        let tick = Tick {
            span_ms: 20_000,
            speech_ms: 10_000,
            nuclei: 48,
            pitch,
            speech_energy: 1000 * energy_of_mean_square(1e-2),
            noise_energy: 2000 * energy_of_mean_square(1e-5),
            clipped_ms: 200,
            ..Tick::empty(Channel::Rep)
        };
        let turns =
            TurnSums { speech_ms: 10_000, floor_ms: 12_000, pauses: 4, pause_ms: 2000, filled_pauses: 1 };
        (tick, turns)
    }

    #[test]
    fn rates_are_over_floor_and_phonation_time() {
        let (tick, turns) = said();
        let m = Measures::of(&tick, &turns);
        assert_eq!((m.speech_rate_hz, m.articulation_rate_hz), (Ok(4.0), Ok(4.8)));
        assert_eq!((m.pauses_per_min, m.mean_pause_s), (Ok(20.0), Ok(0.5)));
        assert!((m.f0_median_hz.unwrap() - 111.6).abs() < 0.1, "{m:?}");
        assert_eq!(m.f0_sd_st, Ok(0.0));
    }

    #[test]
    fn quality_tells_noise_and_clipping() {
        let (tick, turns) = said();
        let quality = Measures::of(&tick, &turns).quality;
        assert!((quality.snr_db.unwrap() - 30.0).abs() < 0.01, "{quality:?}");
        assert_eq!((quality.clipped_share, quality.dropped_share), (Ok(0.01), Ok(0.0)));
    }

    #[test]
    fn silence_has_no_measure_but_a_reason() {
        let m = Measures::of(&Tick::empty(Channel::Rep), &TurnSums::default());
        assert_eq!(m.speech_rate_hz, Err(Unknown::TooLittleSpeech));
        assert_eq!(m.mean_pause_s, Err(Unknown::NoPause));
        assert_eq!(m.f0_sd_st, Err(Unknown::TooLittleVoice));
        assert_eq!(m.quality.dropped_share, Err(Unknown::NoSound));
        assert_eq!(talk_share_rep(&TurnSums::default(), &TurnSums::default()), Err(Unknown::TooLittleSpeech));
    }

    #[test]
    fn share_is_of_all_speech() {
        let side = |speech_ms| TurnSums { speech_ms, ..TurnSums::default() };
        assert_eq!(talk_share_rep(&side(6000), &side(2000)), Ok(0.75));
    }
}
