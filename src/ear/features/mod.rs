//! Frames of one channel in -> measures of the same frames out, a fixed time later. Fixed memory, no clock, pure.

pub mod apart;
pub mod bleed;
mod coefficients;
mod cues;
pub mod doubts;
mod edges;
pub mod fillers;
mod filters;
mod hum;
mod loudness;
mod noise;
mod nuclei;
pub mod overlap;
pub mod pauses;
mod perceptron;
pub mod pitch;
mod presence;
mod spectrum;
mod speech;
mod still;
pub mod ticks;
pub mod utterances;
mod voicing;

use std::ops::{Index, IndexMut, RangeInclusive};

use super::frames::{FRAME_SAMPLES, Frame};
use crate::units::level::{DB_FLOOR, db_of_mean_square};

use coefficients::{NUCLEUS, PITCH_CUES, SPEECH, VOICING};
use cues::{CueMaker, CuesInput};
use edges::{Edges, SOUND_DB};
use fillers::Fillers;
use filters::HighPass;
use hum::Hum;
use loudness::Loudness;
use noise::{NoiseFloor, Steadiness};
use nuclei::{Nuclei, PEAK_DELAY_FRAMES, VOWEL_DELAY_FRAMES};
use perceptron::logistic;
use pitch::{CANDIDATES, CANDIDATES_DELAY_FRAMES, Candidates, LogOdds, PATH_DELAY_FRAMES, Pitch};
use presence::{Near, Presence};
use spectrum::{SPECTRUM_DELAY_FRAMES, Spectrum};
use speech::{
    BEGINS, DECISION_DELAY_FRAMES, DETECTOR_LATE_FRAMES, LearntDetector, PROBABILITY_DELAY_FRAMES,
    SpeechDecision, SpeechProbability,
};
use still::{STILL_FRAMES, Still};
use voicing::{VOICING_DELAY_FRAMES, Voicing};

pub use coefficients::COEFFICIENTS_VERSION;
pub use spectrum::BANDS;

/// Every measure of a frame may use this many frames after it, and appears when the last of them has been heard.
pub const LOOK_AHEAD_FRAMES: usize = 12;

/// A pitch counts for its spread when so many frames to each side have one too.
const SETTLED_FRAMES: usize = 2;

/// Log odds over which a frame is voiced.
const VOICED_LOG_ODDS: f32 = -0.9;

/// So many voiced frames in a row are no chance.
const VOICE_FRAMES: usize = 3;

/// A correlation that voices have.
const STRONG: f32 = 0.7;

/// The window of the spectrum reaches into frames before a sound has wholly begun.
const _: () = assert!(CANDIDATES_DELAY_FRAMES + STILL_FRAMES as usize + 2 == RECENT_FRAMES);

const PITCH_DELAY_FRAMES: usize = CANDIDATES_DELAY_FRAMES + PATH_DELAY_FRAMES;
const PROBABILITY_FRAME: usize = CANDIDATES_DELAY_FRAMES + PROBABILITY_DELAY_FRAMES;
const SPEECH_FRAME: usize = PROBABILITY_FRAME + DECISION_DELAY_FRAMES;
const VOWEL_FRAME: usize = CANDIDATES_DELAY_FRAMES + VOWEL_DELAY_FRAMES;
const NUCLEUS_FRAME: usize = VOWEL_FRAME + PEAK_DELAY_FRAMES;

/// The filters ring, and the longest window reaches, for so many frames after a frame of zeros.
const TORN_FRAMES: usize = 3;
const VOICED_DELAY_FRAMES: usize = CANDIDATES_DELAY_FRAMES + VOICING_DELAY_FRAMES;

const _: () = assert!(SPECTRUM_DELAY_FRAMES <= CANDIDATES_DELAY_FRAMES);
const _: () = assert!(VOICED_DELAY_FRAMES <= PITCH_DELAY_FRAMES);
const _: () = assert!(PITCH_DELAY_FRAMES + SETTLED_FRAMES <= LOOK_AHEAD_FRAMES);
const _: () = assert!(SPEECH_FRAME <= LOOK_AHEAD_FRAMES && NUCLEUS_FRAME <= LOOK_AHEAD_FRAMES);

/// What is known of 10 ms of one channel. No sound can be made from it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FrameFeatures {
    /// That somebody speaks, 0..1; 0.5 is the even bet.
    pub speech_probability: f32,
    /// Somebody speaks: the probability with hysteresis, its edges moved to where the level says.
    pub speech: bool,
    /// The voice's pitch; 0 where there is none.
    pub f0_hz: f32,
    /// The pitch counts for its spread: speech, and no voicing edge within 20 ms.
    pub settled: bool,
    pub level_db: f32,
    /// Of the samples, full scale 1, without DC and hum.
    pub mean_square: f32,
    /// The estimated mean square of the background alone.
    pub noise_mean_square: f32,
    /// A syllable's loudest point lies in this frame.
    pub nucleus: bool,
    /// Part of a drawn-out hesitation sound.
    pub filled: bool,
    /// The source was at full scale.
    pub clipped: bool,
    /// No sound arrived for this frame.
    pub dropped: bool,
}

impl FrameFeatures {
    /// The frame is clearly louder than the background.
    pub fn sounds(&self) -> bool {
        self.level_db - db_of_mean_square(self.noise_mean_square) >= SOUND_DB
    }

    /// Takes back that anybody spoke in this frame.
    fn silence(&mut self) {
        self.speech_probability = self.speech_probability.min(0.1);
        self.f0_hz = 0.0;
        (self.speech, self.settled, self.nucleus, self.filled) = (false, false, false, false);
    }
}

/// What a fitted model is asked, for fitting it again: which frame, counted from the first, and the cues.
pub enum Asked<'a> {
    Pitch(u64, &'a Candidates, &'a [[f32; PITCH_CUES]; CANDIDATES]),
    Voicing(u64, &'a [f32]),
    Speech(u64, &'a [f32]),
    Nucleus(u64, &'a [f32]),
}

/// All stages of one channel. Stages answer for a frame after different times; until all have, it waits in `recent`.
#[derive(Default)]
pub struct ChannelFeatures {
    filter: HighPass,
    hum: Hum,
    noise: NoiseFloor,
    steadiness: Steadiness,
    loudness: Loudness,
    spectrum: Spectrum,
    detector: LearntDetector,
    probability: SpeechProbability,
    decision: SpeechDecision,
    edges: Edges,
    still: Still,
    presence: Presence,
    pitch: Pitch,
    cues: CueMaker,
    voicing: Voicing,
    nuclei: Nuclei,
    fillers: Fillers,
    recent: Recent,
    frames: u64,
}

const RECENT_FRAMES: usize = LOOK_AHEAD_FRAMES + SETTLED_FRAMES + 1;

/// The frames that wait; index = age in frames. A ring: moving them up one by one costs as much as a filter.
#[derive(Default)]
struct Recent {
    frames: [Waiting; RECENT_FRAMES],
    newest: usize,
}

impl Recent {
    fn push(&mut self, waiting: Waiting) {
        self.newest = self.newest.checked_sub(1).unwrap_or(RECENT_FRAMES - 1);
        self[0] = waiting;
    }

    fn range(&self, ages: RangeInclusive<usize>) -> impl Iterator<Item = &Waiting> {
        ages.map(|age| &self[age])
    }
}

impl Index<usize> for Recent {
    type Output = Waiting;

    fn index(&self, age: usize) -> &Waiting {
        &self.frames[(self.newest + age) % RECENT_FRAMES]
    }
}

impl IndexMut<usize> for Recent {
    fn index_mut(&mut self, age: usize) -> &mut Waiting {
        &mut self.frames[(self.newest + age) % RECENT_FRAMES]
    }
}

/// A frame whose features are not complete yet.
#[derive(Clone, Copy, Default)]
struct Waiting {
    features: FrameFeatures,
    over_db: f32,
    /// Nothing but zeros, or not arrived at all.
    empty: bool,
    steady: bool,
    detector_log_odds: f32,
    bands_db: [f32; BANDS],
    candidates: Candidates,
    log_odds: LogOdds,
    voiced: bool,
    /// Part of a stretch of voice that is too long for chance.
    voice: bool,
    /// The sound stands still here, as no voice does.
    machine: bool,
    decided: bool,
}

impl Waiting {
    fn is_voice(&self) -> bool {
        self.voice && !self.machine
    }
}

impl ChannelFeatures {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next frame. Answers with the features of the frame [`LOOK_AHEAD_FRAMES`] before it, once there is one.
    pub fn push(&mut self, frame: &Frame) -> Option<FrameFeatures> {
        self.push_asked(frame, &mut |_| ())
    }

    /// The same; tells what the fitted models were asked.
    pub fn push_asked(&mut self, frame: &Frame, asked: &mut impl FnMut(Asked)) -> Option<FrameFeatures> {
        let mut samples = [0.0; FRAME_SAMPLES];
        self.filter.push(&frame.samples, &mut samples);
        self.hum.push(&mut samples, self.recent[0].over_db);
        let waiting = self.measure_level(frame, &samples);
        self.recent.push(waiting);
        self.recent[SPECTRUM_DELAY_FRAMES].bands_db = self.spectrum.push(&samples);
        self.recent[0].detector_log_odds = self.detector.push(&samples, self.loudness.factor());
        self.follow(&samples, asked);
        self.frames += 1;
        (self.frames > LOOK_AHEAD_FRAMES as u64).then(|| self.complete())
    }

    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Levels of the bands of the frame whose features were answered with last.
    pub fn bands_db(&self) -> &[f32; BANDS] {
        &self.recent[LOOK_AHEAD_FRAMES].bands_db
    }

    fn measure_level(&mut self, frame: &Frame, samples: &[f32; FRAME_SAMPLES]) -> Waiting {
        let mean_square = samples.iter().map(|x| x * x).sum::<f32>() / FRAME_SAMPLES as f32;
        let level_db = db_of_mean_square(mean_square);
        let empty = frame.dropped || frame.samples.iter().all(|&x| x == frame.samples[0]);
        let torn = empty || self.recent.range(0..=TORN_FRAMES - 1).any(|waiting| waiting.empty);
        let mut steady = false;
        let floor_db = if torn {
            self.noise.hear_nothing();
            self.noise.held(level_db)
        } else {
            steady = self.steadiness.push(level_db);
            self.noise.push(level_db, steady)
        };
        if !torn {
            self.loudness.push(level_db, floor_db);
        }
        let features = FrameFeatures {
            level_db,
            mean_square,
            noise_mean_square: 10.0_f32.powf(0.1 * floor_db.max(DB_FLOOR)),
            clipped: frame.clipped,
            dropped: frame.dropped,
            ..FrameFeatures::default()
        };
        Waiting { features, over_db: level_db - floor_db, empty, steady, ..Waiting::default() }
    }

    fn follow(&mut self, samples: &[f32], asked: &mut impl FnMut(Asked)) {
        let candidates = self.pitch.candidates(samples);
        if self.frames < CANDIDATES_DELAY_FRAMES as u64 {
            return;
        }
        let log_odds = pitch::log_odds(&candidates);
        let window = CANDIDATES_DELAY_FRAMES - SPECTRUM_DELAY_FRAMES..=CANDIDATES_DELAY_FRAMES + TORN_FRAMES;
        let torn = self.recent.range(window).any(|waiting| waiting.empty);
        let here = &mut self.recent[CANDIDATES_DELAY_FRAMES];
        (here.candidates, here.log_odds) = (candidates, log_odds);
        self.mark_machine();
        let here = &self.recent[CANDIDATES_DELAY_FRAMES];
        let cues = self.cues.push(&CuesInput {
            candidates: &candidates,
            log_odds: &log_odds,
            level_db: here.features.level_db,
            over_db: here.over_db,
            detector_log_odds: here.detector_log_odds,
            bands_db: &here.bands_db,
            torn,
            steady: here.steady,
        });
        let at = |delay: usize| self.frames.saturating_sub(delay as u64);
        asked(Asked::Pitch(at(CANDIDATES_DELAY_FRAMES), &candidates, &pitch::asked(&candidates)));
        let late = self.recent[CANDIDATES_DELAY_FRAMES - DETECTOR_LATE_FRAMES].detector_log_odds;
        let speech = self.probability.push(&cues, late, torn);
        asked(Asked::Speech(at(PROBABILITY_FRAME), &speech));
        let probability = logistic(SPEECH.log_odds(&speech));
        self.recent[PROBABILITY_FRAME].features.speech_probability = probability;
        self.recent[SPEECH_FRAME].decided = self.decision.push(probability);
        let vowel = self.nuclei.asked(&cues);
        asked(Asked::Nucleus(at(VOWEL_FRAME), &vowel));
        self.recent[NUCLEUS_FRAME].features.nucleus = self.nuclei.push(NUCLEUS.log_odds(&vowel));
        let voicing = self.voicing.push(&cues);
        asked(Asked::Voicing(at(VOICED_DELAY_FRAMES), &voicing));
        let voiced = VOICING.log_odds(&voicing);
        let here = &mut self.recent[VOICED_DELAY_FRAMES];
        here.voiced = voiced > VOICED_LOG_ODDS;
        if here.voiced {
            self.pitch.learn_range(&here.candidates, &here.log_odds);
        }
        let chance = VOICED_DELAY_FRAMES..=VOICED_DELAY_FRAMES + VOICE_FRAMES - 1;
        if self.recent.range(chance.clone()).all(|waiting| waiting.voiced) {
            chance.for_each(|age| self.recent[age].voice = true);
        }
        let voiced: [bool; PITCH_DELAY_FRAMES - VOICED_DELAY_FRAMES + 1] =
            std::array::from_fn(|later| self.recent[PITCH_DELAY_FRAMES - later].voiced);
        self.recent[PITCH_DELAY_FRAMES].features.f0_hz = self.pitch.follow(&candidates, &log_odds, &voiced);
    }

    /// What is known of the oldest frame and of so many after it.
    fn ahead<T, const N: usize>(&self, of: impl Fn(&Waiting) -> T) -> [T; N] {
        std::array::from_fn(|later| of(&self.recent[LOOK_AHEAD_FRAMES - later]))
    }

    /// A sound that has stood still for long enough is a machine's from its beginning.
    fn mark_machine(&mut self) {
        let here = &self.recent[CANDIDATES_DELAY_FRAMES];
        if self.still.push(&here.bands_db, &here.candidates) {
            (CANDIDATES_DELAY_FRAMES..RECENT_FRAMES).for_each(|age| self.recent[age].machine = true);
        }
    }

    /// Whether the oldest frame lies near a voice of this side's.
    fn is_near(&mut self) -> bool {
        let oldest = &self.recent[LOOK_AHEAD_FRAMES];
        let strong = |waiting: &Waiting| {
            !waiting.machine && waiting.candidates.iter().any(|candidate| candidate.strength > STRONG)
        };
        let voice_ahead = self.recent.range(VOICED_DELAY_FRAMES..=LOOK_AHEAD_FRAMES).any(Waiting::is_voice)
            || self.recent.range(CANDIDATES_DELAY_FRAMES..=CANDIDATES_DELAY_FRAMES + 1).all(strong)
            || self.recent.range(CANDIDATES_DELAY_FRAMES + 2..=CANDIDATES_DELAY_FRAMES + 3).all(strong);
        let levels = self.recent.range(0..=LOOK_AHEAD_FRAMES).map(|waiting| waiting.features.level_db);
        let near = Near {
            voice: oldest.is_voice(),
            voice_ahead,
            level_db: oldest.features.level_db,
            loudest_ahead_db: levels.fold(DB_FLOOR, f32::max),
        };
        self.presence.push(&near)
    }

    /// The oldest frame, now that nothing more can be learnt about it.
    fn complete(&mut self) -> FrameFeatures {
        let mut features = self.recent[LOOK_AHEAD_FRAMES].features;
        let decided: [bool; LOOK_AHEAD_FRAMES - SPEECH_FRAME + 1] =
            self.ahead(|waiting| waiting.decided && !waiting.machine);
        let likely: [bool; LOOK_AHEAD_FRAMES - PROBABILITY_FRAME + 1] =
            self.ahead(|waiting| waiting.features.speech_probability >= BEGINS && !waiting.machine);
        let over_db: [f32; LOOK_AHEAD_FRAMES + 1] =
            self.ahead(|waiting| if waiting.machine { 0.0 } else { waiting.over_db });
        let near = self.is_near();
        features.speech = self.edges.push(&decided, &likely, &over_db) && near;
        if !features.speech && (!near || self.recent[LOOK_AHEAD_FRAMES].machine) {
            features.silence();
        }
        let mut around =
            self.recent.range(LOOK_AHEAD_FRAMES - SETTLED_FRAMES..=LOOK_AHEAD_FRAMES + SETTLED_FRAMES);
        features.settled = features.speech && around.all(|waiting| waiting.features.f0_hz > 0.0);
        features.nucleus &= features.speech;
        features.filled = self.fillers.push(features.speech, features.f0_hz, features.level_db);
        features
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;
    use crate::ear::frames::RATE_HZ;

    /// The features of two seconds and a half of a sound.
    fn heard(mut sound: impl FnMut(f32) -> f32) -> Vec<FrameFeatures> {
        let mut features = ChannelFeatures::new();
        let frames = (0..250).map(|frame| {
            let mut samples = Frame::silent();
            for (i, sample) in samples.samples.iter_mut().enumerate() {
                *sample = sound((frame * FRAME_SAMPLES + i) as f32 / RATE_HZ as f32);
            }
            samples
        });
        frames.collect::<Vec<_>>().iter().filter_map(|frame| features.push(frame)).collect()
    }

    /// White noise, the same every time.
    fn noise() -> impl FnMut() -> f32 {
        let mut state = 1_u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        }
    }

    #[track_caller]
    fn check_no_speech(what: &str, sound: impl FnMut(f32) -> f32) {
        let frames = heard(sound);
        let speech = frames.iter().filter(|f| f.speech).count();
        let nuclei = frames.iter().filter(|f| f.nucleus).count();
        assert!(speech * 10 < frames.len(), "{what}: {speech} of {} frames are speech", frames.len());
        assert!(nuclei < 2, "{what} has {nuclei} syllables");
        assert!(frames.iter().all(|f| f.level_db.is_finite() && f.noise_mean_square.is_finite()), "{what}");
    }

    #[test]
    fn machines_do_not_speak() {
        check_no_speech("silence", |_| 0.0);
        check_no_speech("DC", |_| 0.7);
        check_no_speech("hum", |t| 0.2 * (TAU * 50.0 * t).sin());
        check_no_speech("a tone", |t| 0.3 * (TAU * 440.0 * t).sin());
        check_no_speech("a glide", |t| 0.3 * (TAU * (200.0 + 60.0 * t) * t).sin());
        check_no_speech("ringing", |t| if t % 1.5 < 0.5 { 0.3 * (TAU * 450.0 * t).sin() } else { 0.0 });
        let mut hiss = noise();
        check_no_speech("full-scale noise", |_| hiss());
        check_no_speech("clicks", |t| if (t % 0.5) < 0.000_1 { 0.9 } else { 0.0 });
        let harmonics = |t: f32| [1.0, 2.0, 3.0].map(|h| 0.02 / h * (TAU * 50.0 * h * t).sin()).iter().sum();
        check_no_speech("hum with harmonics", harmonics);
        let harmonics = |t: f32| (2..10).map(|h| 0.01 * (TAU * 60.0 * h as f32 * t + h as f32).sin()).sum();
        check_no_speech("hum with many harmonics", harmonics);
    }

    #[test]
    fn tones_of_networks_do_not_speak() {
        for (what, tones_hz, on_s, off_s) in [
            ("busy, China", [450.0, 450.0], 0.35, 0.35),
            ("ringing, China", [450.0, 450.0], 1.0, 4.0),
            ("busy, America", [480.0, 620.0], 0.5, 0.5),
            ("ringing, America", [440.0, 480.0], 2.0, 4.0),
            ("ringing, Britain", [400.0, 450.0], 0.4, 0.2),
            ("dialling, Europe", [425.0, 425.0], 2.5, 0.0),
        ] {
            let mut hiss = noise();
            let tone = |t: f32| tones_hz.iter().map(|hz: &f32| 0.1 * (TAU * hz * t).sin()).sum::<f32>();
            let gated = |t: f32| if t % (on_s + off_s) < on_s { tone(t) } else { 0.0 };
            check_no_speech(what, |t| gated(t) + 0.000_3 * hiss());
        }
    }

    #[test]
    fn what_has_no_voice_in_it_does_not_speak() {
        let mut hiss = noise();
        check_no_speech("keys", |t| 0.2 * (-(t % 0.17) / 0.012).exp() * hiss());
        check_no_speech("coughs", |t| 0.2 * (-(t % 1.1) / 0.09).exp() * hiss());
        check_no_speech("breath on the microphone", |t| 0.1 * (TAU * 0.8 * t).sin().max(0.0) * hiss());
        check_no_speech("noise in gaps", |t| if t % 0.9 < 0.5 { 0.01 * hiss() } else { 0.000_3 * hiss() });
    }

    #[test]
    fn what_comes_after_digital_silence_is_not_louder_for_it() {
        let mut hiss = noise();
        check_no_speech("noise after a muted start", |t| if t < 1.0 { 0.0 } else { 0.003 * hiss() });
        check_no_speech("noise with gaps", |t| if t % 0.7 < 0.3 { 0.0 } else { 0.003 * hiss() });
        check_no_speech("noise with lost packets", |t| if t % 0.2 < 0.02 { 0.0 } else { 0.003 * hiss() });
    }

    /// Pulses at `f0_hz`, with the harmonics that a telephone lets through, over a little noise.
    fn telephone_voice(f0_hz: f32) -> impl FnMut(f32) -> f32 {
        let mut hiss = noise();
        let harmonics = (1..).map(move |h| h as f32 * f0_hz).take_while(|&hz| hz < 3_400.0);
        let passed: Vec<f32> = harmonics.filter(|&hz| hz > 300.0).collect();
        move |t| {
            let loud = if t < 0.4 { 0.0 } else { 0.03 * (1.2 + (TAU * 4.0 * t).sin()) };
            loud * passed.iter().map(|hz| (TAU * hz * t).cos()).sum::<f32>() + 0.000_5 * hiss()
        }
    }

    #[test]
    fn a_telephone_voice_keeps_its_octave() {
        for f0_hz in [90.0, 120.0, 160.0, 200.0, 250.0] {
            let frames = heard(telephone_voice(f0_hz));
            let voiced: Vec<_> = frames.iter().map(|f| f.f0_hz).filter(|&hz| hz > 0.0).collect();
            // A pitch that never moves is half a machine's.
            assert!(voiced.len() > 40, "{f0_hz} Hz: voiced in {} frames", voiced.len());
            let off = voiced.iter().filter(|&&hz| (hz / f0_hz - 1.0).abs() > 0.03).count();
            assert_eq!(off, 0, "{f0_hz} Hz: {off} frames are elsewhere");
        }
    }

    #[test]
    fn the_gain_does_not_change_the_pitch() {
        let loud = heard(telephone_voice(140.0));
        let mut quiet_voice = telephone_voice(140.0);
        let quiet = heard(|t| 0.1 * quiet_voice(t));
        let voiced = |frames: &[FrameFeatures]| frames.iter().filter(|f| f.f0_hz > 0.0).count();
        assert!(voiced(&loud).abs_diff(voiced(&quiet)) < 20, "{} {}", voiced(&loud), voiced(&quiet));
    }

    #[test]
    fn a_channel_holds_little_sound() {
        // With the transforms' own buffers, beside the ring: 1 MiB a channel is allowed for everything.
        assert!(size_of::<ChannelFeatures>() < 64 * 1024, "{}", size_of::<ChannelFeatures>());
    }
}
