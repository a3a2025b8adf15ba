//! Every fitted number of the features, in one place.
//!
//! Fitted by gradient descent on log loss over recordings with known truth that are not part of this project: a
//! laryngograph set (two speakers; clean, as a telephone passes it, and under noise at 5 to 20 dB), hand-checked
//! phones of eight more speakers, telephone prompts in several languages, hand-labelled speech and silence of students'
//! own microphones, and, as what is no speech, noises, music, dialling and ringing tones, most of them made by a program.
//! Figures were checked on halves that the numbers had not seen; the numbers here are then of all.
//! The background of voices is a mixture of Gaussians over cepstra of half a hundred people, Mandarin and English, in
//! recordings whose licences allow it, each as it was and in a room with noise. None of them was ever in a test.
//! `scripts/fit/fit.py` fits all four models again; those of syllable nuclei are of a fit before it that it does not
//! surpass, the others are its work.

// A weight that happens to be near a famous number is no less a weight.
#![allow(clippy::approx_constant)]

mod background;
mod nuclei;
mod pitch;
mod speech;
mod voicing;

pub use background::BACKGROUND;
pub use nuclei::NUCLEUS;
pub use pitch::{PITCH, PITCH_CUES};
pub use speech::SPEECH;
pub use voicing::VOICING;

/// Changes whenever a number below does, so that figures can be told apart.
pub const COEFFICIENTS_VERSION: u32 = 6;
