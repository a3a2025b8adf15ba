//! Every constant of the client's signals and of the rep's side, under one name; what is worth a hint is the playbook's. `docs/signals.md` says where each comes from.

/// Stored beside every hint, so that a figure can be traced to the constants that made it.
pub const MODEL_ID: &str = "llr-1";

/// Client speech before anything is said about the client (signals study: 45 s).
pub const WARM_UP_SPEECH_MS: u64 = 45_000;
/// Answers of the client before anything is said about the client (signals study: 6).
pub const WARM_UP_ANSWERS: u32 = 6;

// Reply latency: a normal part and an exponential tail (response timing literature), scaled by this call's own spread.

/// Latencies kept for the baseline, about one call (expert prior, not fitted).
pub const LATENCIES_KEPT: usize = 120;
/// Prior centre; a line's constant delay moves it, so it weighs little (expert prior, not fitted).
pub const LATENCY_CENTRE_S: f64 = 0.30;
/// Answers that the prior centre is worth (expert prior, not fitted).
pub const LATENCY_CENTRE_ANSWERS: f64 = 3.0;
/// Prior scale (signals study: .35 s).
pub const LATENCY_SCALE_S: f64 = 0.35;
/// Answers that the prior scale is worth (signals study: k = 12).
pub const LATENCY_SCALE_ANSWERS: f64 = 12.0;
/// No call is more regular than this (signals study: .15 s).
pub const LATENCY_SCALE_S_MIN: f64 = 0.15;
/// The normal part, at the prior scale (expert prior, not fitted).
pub const LATENCY_SIGMA_S: f64 = 0.25;
/// The tail, at the prior scale (expert prior, not fitted).
pub const LATENCY_TAIL_S: f64 = 0.30;
/// Where the normal part lies below the median: its part that does not scale and the part of the tail.
pub const LATENCY_OFFSET_S: f64 = -0.04;
pub const LATENCY_OFFSET_TAILS: f64 = -0.69;
/// How much later a guarded client answers, mean (signals study, checked episode: .55 s).
pub const GUARDED_LATENCY_S: f64 = 0.55;
/// How much later one hesitant answer comes, and its spread ("no" takes about twice as long as "yes"; expert prior).
pub const HESITANT_LATENCY_S: f64 = 1.2;
pub const HESITANT_LATENCY_SD_S: f64 = 0.45;
/// Answers that come at any time, whatever the state (expert prior, not fitted).
pub const STRAY_SHARE: f64 = 0.02;
/// The same after a long turn of the rep: harder questions take longer (planning literature; share: expert prior).
pub const STRAY_SHARE_LONG: f64 = 0.15;
/// A rep turn from here on may be a hard question (expert prior, not fitted).
pub const LONG_QUESTION_MS: u64 = 14_000;
/// Stray answers lie evenly over this much (signals study keeps -1..+5 s, most lie within 3.5 s).
pub const STRAY_LATE_S: f64 = 3.5;
/// Early strays are as rare after any turn.
pub const STRAY_EARLY_S: f64 = 3.0;

// Rate, pauses, pitch: in units of client floor.

/// Floor time of a unit (signals study: 5 s).
pub const UNIT_MS: u64 = 5000;
/// Client speech before rate and pauses count (expert prior, not fitted).
pub const UNIT_SPEECH_S_MIN: f64 = 20.0;
/// The baselines of rate and pauses forget half in this much client floor: 15 min of call (expert prior, not fitted).
pub const UNIT_HALF_LIFE_S: f64 = 300.0;
/// Prior articulation rate, syllables a second, and the speech it is worth (signals study: 4.6; worth: expert prior).
pub const RATE_HZ: f64 = 4.6;
pub const RATE_WORTH_S: f64 = 5.0;
/// Change of ln rate when guarded (signals study, checked episode: -12 %).
pub const GUARDED_RATE_LN: f64 = -0.12;
/// SD of ln rate from unit to unit (signals study: .13 with counting noise, which is added here; expert prior).
pub const RATE_UNIT_SD_LN: f64 = 0.12;
/// Variance of ln rate from counting one nucleus (spread of syllable lengths, missed nuclei; expert prior).
pub const RATE_NUCLEUS_VARIANCE: f64 = 0.15;
/// Prior pauses per minute of floor, and the floor they are worth (signals study: 14 per min, k = 12 units of 5 s).
pub const PAUSES_PER_MIN: f64 = 14.0;
pub const PAUSES_WORTH_MIN: f64 = 1.0;
/// Pauses when guarded, times as before (signals study measured x1.4 to x1.5 of a nominal 1.6).
pub const GUARDED_PAUSES: f64 = 1.4;
/// Voiced frames of a pitch unit: 3 s (signals study: >= 3 s voiced).
pub const PITCH_UNIT_FRAMES: u64 = 300;
/// Prior ln F0 SD and the units it is worth (signals study: 3.0 st; worth: expert prior).
pub const PITCH_SD_LN: f64 = 1.1;
pub const PITCH_WORTH_UNITS: f64 = 2.0;
/// Pitch units before pitch counts.
pub const PITCH_UNITS_MIN: f64 = 3.0;
/// Change of ln F0 SD when guarded, up or down (signals study, checked episode: 15 %).
pub const GUARDED_PITCH_LN: f64 = 0.14;
/// SD of ln F0 SD from unit to unit (signals study: .25 over shorter stretches; expert prior).
pub const PITCH_UNIT_SD_LN: f64 = 0.20;
/// The baseline of pitch forgets half in so many units (expert prior, not fitted).
pub const PITCH_HALF_LIFE_UNITS: f64 = 90.0;

// Turn length.

/// Prior ln of a client turn in seconds, and the turns it is worth (expert prior, not fitted).
pub const TURN_LN_S: f64 = 1.5;
pub const TURN_WORTH: f64 = 4.0;
pub const TURNS_MIN: f64 = 3.0;
/// SD of ln turn length (signals study: .9).
pub const TURN_SD_LN: f64 = 0.9;
/// Change of ln turn length when guarded (signals study, checked episode: -30 %).
pub const GUARDED_TURN_LN: f64 = -0.33;
/// The baseline of turns forgets half in so many (expert prior, not fitted).
pub const TURN_HALF_LIFE: f64 = 112.0;
/// A shorter turn counts as this long.
pub const TURN_MS_MIN: u64 = 300;

// How much of a family's log-likelihood ratio counts: neighbouring units are not independent (tried on half the streams).

pub const WEIGHT_LATENCY: f64 = 1.2;
pub const WEIGHT_TURNS: f64 = 1.0;
pub const WEIGHT_PAUSES: f64 = 0.9;
pub const WEIGHT_RATE: f64 = 0.8;
pub const WEIGHT_PITCH: f64 = 0.6;
/// No single observation says more than this, either way, in nats (expert prior, not fitted).
pub const EVIDENCE_NATS_MAX: f64 = 4.0;

// The state: as before, or guarded.

/// Entering per second: once in about 14 min (tried on half the streams).
pub const ENTER_PER_S: f64 = 0.0012;
/// Leaving per second: a guarded stretch lasts about 2.5 min (signals study: 180 s episodes; expert prior).
pub const LEAVE_PER_S: f64 = 1.0 / 150.0;
/// Drivers are what spoke in about the last minute and a half: half of it is forgotten in 45 s (expert prior).
pub const DRIVER_HALF_LIFE_S: f64 = 45.0;
/// A family is a driver from here on, in nats (expert prior, not fitted).
pub const DRIVER_NATS_MIN: f64 = 0.15;

/// The reserve share looks back this far and needs this much client floor (signals study: 90 s, 20 s).
pub const RESERVE_MS: u64 = 90_000;
pub const RESERVE_FLOOR_MS_MIN: u64 = 20_000;
/// What lasts is the lowest of so long (signals study: held 5 s).
pub const RESERVE_HOLD_MS: u64 = 5000;

// One hesitant answer.

/// Heard for so long before it is judged (signals study: 5 s into the response; 6 s tried on half the streams).
pub const HESITATION_MS: u64 = 6000;
/// A pause is told up to this late.
pub const HESITATION_LAG_MS: u64 = 400;
/// Pauses that a hesitant answer has beyond the usual ones, and the time in which it makes them (expert prior).
pub const HESITANT_PAUSES: f64 = 3.0;
pub const HESITANT_PAUSES_S: f64 = 5.0;
/// A pause of this length counts once; longer ones more (expert prior: the usual pause is about half a second).
pub const USUAL_PAUSE_S: f64 = 0.55;
/// Evidence from here on signals, in nats; before the end of the window it takes more (tried on half the streams).
pub const HESITATION_NATS: f64 = 2.3;
pub const HESITATION_NATS_EARLY: f64 = 1.5;
/// Not earlier than this into the answer (expert prior, not fitted).
pub const HESITATION_S_MIN: f64 = 2.5;
/// A reply this late at least, and so much later than usual (signals study: .7 s, .3 s).
pub const HESITATION_LATENCY_S_MIN: f64 = 0.7;
pub const HESITATION_EXCESS_S_MIN: f64 = 0.3;
/// Guardedness from here on makes a hesitation likelier, by up to so many nats over so much more (expert prior).
pub const PRIOR_FROM: f64 = 0.3;
pub const PRIOR_SPAN: f64 = 0.4;
pub const PRIOR_NATS: f64 = 1.0;
/// From one signal to the next (signals study: 45 s).
pub const HESITATION_COOL_DOWN_MS: u64 = 45_000;

// Confidence: over the last minute of the client's line.

/// One sample of quality, and how many are looked at; nothing is said with fewer than the least.
pub const QUALITY_MS: u32 = 5000;
pub const QUALITY_SAMPLES: usize = 12;
pub const QUALITY_SAMPLES_MIN: usize = 3;
/// Speech of a sample that tells its level.
pub const QUALITY_SPEECH_MS_MIN: u32 = 500;
/// Speech over noise (signals study: 15 dB; 12 dB tried on half the streams).
pub const SNR_DB_MIN: f64 = 12.0;
/// Clipped time (signals study: 1 %; 3 % tried on half the streams, since clipping moves neither pauses nor latency).
pub const CLIPPED_MAX: f64 = 0.03;
/// Lost time (signals study: 3 %; 10 % tried on half the streams, so that one short gap does not silence a minute).
pub const LOST_MAX: f64 = 0.10;

// The rep's side: dynamics only.

/// Talk share over so long (signals study: 3 min), with at least so much speech (expert prior).
pub const TALK_MS: u64 = 180_000;
pub const TALK_SPEECH_MS_MIN: u64 = 30_000;
/// A reply or a pace belongs to the objection before it for so long, and a reply is news for so long (expert prior).
pub const REPLY_FRESH_MS: u64 = 5000;
pub const AFTER_OBJECTION_MS: u64 = 60_000;
/// Pace after an objection, over so much speech, against so much before (signals study: 10 s; base: expert prior).
pub const PACE_SPEECH_MS: u64 = 10_000;
pub const PACE_BASE_SPEECH_MS: u64 = 60_000;
/// The rep begins this long before the client ends (.5 s, the default of voice agents).
pub const INTERRUPTION_MS: i64 = 500;
