//! Interleaved source samples of one call in -> observations and frame features out. Files and live calls alike.

use super::features::apart::{APART_DELAY_FRAMES, Apart, Whose};
use super::features::bleed::Bleed;
use super::features::doubts::Doubts;
use super::features::fillers::{FilledPause, FilledPauses};
use super::features::overlap::Overlaps;
use super::features::pauses::Pauses;
use super::features::ticks::Ticks;
use super::features::utterances::{Edge, Utterances};
use super::features::{BANDS, ChannelFeatures, FrameFeatures, LOOK_AHEAD_FRAMES};
use super::frames::framer::Framer;
use super::frames::resample::BadRate;
use super::frames::{Frame, Locked};
use super::mix::{Mix, SOURCE_CHANNELS_MAX};
use super::sides::Sides;
use crate::observations::{Channel, Doubt, Layout, Observation, Tick};
use crate::units::time::FRAME_MS;

/// Room for a thread that makes or moves listeners: what is built in place in an optimised program is carried over
/// the stack in one that is not.
pub const STACK_BYTES: usize = 8 * 1024 * 1024;

/// The rep and the client.
const SIDES_MAX: usize = 2;

/// Sample values at and over this are at full scale, whatever the source's sample format.
const FULL_SCALE: f32 = 0.999;

/// One sample at full scale may be chance; so many in a row are clipping.
const CLIPPED_SAMPLES: u32 = 2;

/// The source cannot be listened to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error(transparent)]
    Rate(#[from] BadRate),
    #[error("a source of {0} channels cannot be heard: send 1 to {SOURCE_CHANNELS_MAX} channels")]
    Channels(usize),
    #[error(
        "layout {layout} needs 2 channels and the source has {channels}: use layout mono, or send 2 channels"
    )]
    Layout { layout: Layout, channels: usize },
    #[error("no memory for what the two voices are like")]
    Memory,
}

/// What a listener tells, in the order in which it becomes certain.
#[allow(clippy::large_enum_variant)] // a box would allocate on the frame path
pub enum Heard<'a> {
    Observation(Observation),
    /// A channel, where the frame begins on the audio clock in ms, and its features.
    Frame(Channel, u64, &'a FrameFeatures),
    /// Speech of the one microphone that belongs to nobody: where the frame begins.
    Nobodys(u64),
}

/// One call, or one file. Whatever the pieces that sound arrives in, what is heard is the same.
pub struct Listener {
    source_channels: usize,
    /// The source channel that the next sample belongs to; a piece may end between two channels.
    next_channel: usize,
    mix: Mix,
    turned: bool,
    clipped: bool,
    full_scale_runs: [u32; SOURCE_CHANNELS_MAX],
    /// What of lost audio is not yet a whole sample, in samples times 1000.
    lost_rest: u64,
    rate_hz: u32,
    framers: Sides<Framer>,
    /// Where one microphone hears both: what their voices are like, in locked memory of its own.
    apart: Option<Locked<Apart>>,
    voices: Sides<Voice>,
    /// Of the client into the rep's channel, and the other way.
    bleeds: [Bleed; SIDES_MAX],
    doubts: Doubts,
    pauses: Pauses,
    overlaps: Overlaps,
}

/// The stages of one channel behind its frames.
struct Voice {
    channel: Channel,
    features: ChannelFeatures,
    ticks: Ticks,
    utterances: Utterances,
    filled: FilledPauses,
    next_ms: u64,
}

impl Listener {
    /// `start_ms` is the audio clock of the first sample, a multiple of 100.
    pub fn new(
        layout: Layout,
        source_channels: usize,
        rate_hz: u32,
        start_ms: u64,
    ) -> Result<Self, FormatError> {
        if !(1..=SOURCE_CHANNELS_MAX).contains(&source_channels) {
            return Err(FormatError::Channels(source_channels));
        }
        if !layout.is_mixed() && source_channels != layout.channels().len() {
            return Err(FormatError::Layout { layout, channels: source_channels });
        }
        let channels = layout.channels();
        let none = FormatError::Layout { layout, channels: source_channels };
        let sources = if layout.is_mixed() { &channels[..1] } else { channels };
        let framers = Sides::try_new(sources, |_| Framer::new(rate_hz))?.ok_or(none.clone())?;
        let apart = (layout == Layout::Shared).then(|| Locked::new(Apart::default()));
        let voices =
            Sides::try_new(channels, |&channel| Ok::<_, FormatError>(Voice::new(channel, start_ms)))?;
        Ok(Self {
            source_channels,
            next_channel: 0,
            mix: Mix::new(rate_hz),
            turned: false,
            clipped: false,
            full_scale_runs: [0; SOURCE_CHANNELS_MAX],
            lost_rest: 0,
            rate_hz,
            framers,
            apart: apart.transpose().map_err(|_| FormatError::Memory)?,
            voices: voices.ok_or(none)?,
            bleeds: Default::default(),
            doubts: Doubts::default(),
            pauses: Pauses::default(),
            overlaps: Overlaps::default(),
        })
    }

    /// Takes samples, full scale ±1, channel by channel; a piece may end anywhere.
    pub fn push(&mut self, interleaved: &[f32], heard: &mut impl FnMut(Heard)) {
        for &sample in interleaved {
            let at = self.next_channel;
            self.next_channel = (at + 1) % self.source_channels;
            let run = &mut self.full_scale_runs[at];
            *run = if sample.abs() >= FULL_SCALE { run.saturating_add(1) } else { 0 };
            let clipped = *run >= CLIPPED_SAMPLES;
            if self.framers.len() > 1 {
                self.framers[at].push(sample, clipped);
            } else {
                self.push_mixed(sample, clipped);
            }
            if self.next_channel == 0 {
                self.hear(heard);
            }
        }
    }

    fn push_mixed(&mut self, sample: f32, clipped: bool) {
        let at = (self.next_channel + self.source_channels - 1) % self.source_channels;
        self.mix.push(at, sample);
        self.clipped |= clipped;
        if self.next_channel == 0 {
            let mixed = self.mix.take(self.source_channels);
            self.framers[0].push(mixed, std::mem::take(&mut self.clipped));
        }
    }

    /// The first so many ms of speech on the one microphone are known to be the rep's.
    pub fn rep_first(&mut self, ms: u32) {
        if let Some(apart) = &mut self.apart {
            apart.rep_first(ms / FRAME_MS);
        }
    }

    /// Whoever speaks next on the one microphone is the rep.
    pub fn this_is_me(&mut self) {
        if let Some(apart) = &mut self.apart {
            apart.this_is_me();
        }
    }

    /// From now on the rep's voice on the one microphone is the other one.
    pub fn swap(&mut self) {
        if let Some(apart) = &mut self.apart {
            apart.swap();
        }
    }

    /// What the voices are like lies in memory that cannot be swapped out, or nothing is remembered of them.
    pub fn is_locked(&self) -> bool {
        self.apart.as_ref().is_none_or(Locked::is_locked)
    }

    /// Audio of this length was lost: time goes on, and the frames that it touches are marked.
    pub fn drop_ms(&mut self, ms: u32, heard: &mut impl FnMut(Heard)) {
        self.lost_rest += u64::from(ms) * u64::from(self.rate_hz);
        for _ in 0..self.lost_rest / 1000 {
            self.framers.iter_mut().for_each(Framer::push_lost);
            self.hear(heard);
        }
        self.lost_rest %= 1000;
    }

    /// The source has ended: tells all that is still open. Nothing may be pushed afterwards.
    pub fn finish(&mut self, heard: &mut impl FnMut(Heard)) {
        while self.framers.iter_mut().fold(false, |more, framer| framer.finish() | more) {
            self.hear(heard);
        }
        let mut silent = Frame::silent();
        silent.dropped = true;
        for _ in 0..LOOK_AHEAD_FRAMES {
            let mut features = [None; SIDES_MAX];
            for (side, features) in features.iter_mut().enumerate().take(self.framers.len()) {
                *features = self.voices[side].features.push(&silent);
            }
            self.tell_all(features, heard);
        }
        if self.apart.is_some() {
            let dropped = FrameFeatures { dropped: true, ..FrameFeatures::default() };
            (0..APART_DELAY_FRAMES).for_each(|_| self.tell_apart(&dropped, &[0.0; BANDS], heard));
        }
        for side in 0..self.voices.len() {
            let voice = &mut self.voices[side];
            let (channel, edge, tick) = (voice.channel, voice.utterances.finish(), voice.ticks.finish());
            let filled = voice.filled.push(voice.next_ms, false);
            self.tell_edge(side, edge, heard);
            Self::tell_rest(channel, filled, tick, heard);
        }
    }

    /// All channels complete their frames at the same sample.
    fn hear(&mut self, heard: &mut impl FnMut(Heard)) {
        if self.framers.iter().any(|framer| framer.frame().is_none()) {
            return;
        }
        let mut features = [None; SIDES_MAX];
        for (side, framer) in self.framers.iter_mut().enumerate() {
            features[side] = framer.frame().and_then(|frame| self.voices[side].features.push(frame));
            framer.release();
        }
        self.tell_all(features, heard);
    }

    fn tell_all(&mut self, mut features: [Option<FrameFeatures>; SIDES_MAX], heard: &mut impl FnMut(Heard)) {
        if self.apart.is_some() {
            if let Some(features) = &features[0] {
                let bands_db = *self.voices[0].features.bands_db();
                self.tell_apart(features, &bands_db, heard);
            }
            return;
        }
        if let [Some(one), Some(two)] = &mut features {
            let (rep, client) = if self.voices[0].channel == Channel::Rep { (one, two) } else { (two, one) };
            if let Some(doubt) = self.doubts.push(rep, client) {
                let at_ms = self.voices[0].next_ms;
                heard(Heard::Observation(Observation::Doubt { at_ms, doubt }));
            }
            // Of two copies of a sound each would be the other's echo.
            if !self.doubts.is_same_sound() {
                let (rep_heard, client_heard) = (*rep, *client);
                self.bleeds[0].push(rep, &client_heard);
                self.bleeds[1].push(client, &rep_heard);
            }
        }
        self.tell_turned(heard);
        for (side, features) in features.into_iter().enumerate() {
            self.tell(side, features, heard);
        }
    }

    fn tell_turned(&mut self, heard: &mut impl FnMut(Heard)) {
        if self.mix.has_turned() && !std::mem::replace(&mut self.turned, true) {
            let at_ms = self.voices[0].next_ms;
            heard(Heard::Observation(Observation::Doubt { at_ms, doubt: Some(Doubt::Inverted) }));
        }
    }

    /// The next frame of the one microphone that two people share.
    fn tell_apart(
        &mut self,
        features: &FrameFeatures,
        bands_db: &[f32; BANDS],
        heard: &mut impl FnMut(Heard),
    ) {
        self.tell_turned(heard);
        let at_ms = self.voices[0].next_ms;
        let Some(apart) = &mut self.apart else { return };
        let told = apart.push(features, bands_db);
        if let Some(doubt) = apart.doubt() {
            heard(Heard::Observation(Observation::Doubt { at_ms, doubt }));
        }
        let Some(told) = told else { return };
        if told.whose == Some(Whose::Nobody) {
            heard(Heard::Nobodys(at_ms));
        }
        for (side, features) in told.sides.into_iter().enumerate() {
            self.tell(side, Some(features), heard);
        }
    }

    fn tell(&mut self, side: usize, features: Option<FrameFeatures>, heard: &mut impl FnMut(Heard)) {
        let Some(features) = features else { return };
        let voice = &mut self.voices[side];
        let start_ms = voice.next_ms;
        voice.next_ms += u64::from(FRAME_MS);
        let edge = voice.utterances.push(start_ms, features.speech, features.sounds());
        let filled = voice.filled.push(start_ms, features.filled);
        let tick = voice.ticks.push(start_ms, &features);
        let channel = voice.channel;
        heard(Heard::Frame(channel, start_ms, &features));
        self.tell_edge(side, edge, heard);
        Self::tell_rest(channel, filled, tick, heard);
    }

    fn tell_rest(
        channel: Channel,
        filled: Option<FilledPause>,
        tick: Option<Tick>,
        heard: &mut impl FnMut(Heard),
    ) {
        if let Some(FilledPause { start_ms, length_ms }) = filled {
            heard(Heard::Observation(Observation::FilledPause { channel, start_ms, length_ms }));
        }
        if let Some(tick) = tick {
            heard(Heard::Observation(Observation::Tick(tick)));
        }
    }

    fn tell_edge(&mut self, side: usize, edge: Option<Edge>, heard: &mut impl FnMut(Heard)) {
        let Some(edge) = edge else { return };
        let channel = self.voices[side].channel;
        let mut observed = |observation| heard(Heard::Observation(observation));
        if let Some(pause) = self.pauses.push(side, edge) {
            observed(Observation::Pause { channel, start_ms: pause.start_ms, length_ms: pause.length_ms });
        }
        observed(match edge {
            Edge::Start { at_ms } => Observation::SpeechStart { channel, at_ms },
            Edge::End { at_ms } => Observation::SpeechEnd { channel, at_ms },
        });
        if let Some(overlap) = self.overlaps.push(side, edge) {
            observed(Observation::Overlap { start_ms: overlap.start_ms, length_ms: overlap.length_ms });
        }
    }
}

impl Voice {
    fn new(channel: Channel, start_ms: u64) -> Self {
        Self {
            channel,
            features: ChannelFeatures::new(),
            ticks: Ticks::new(channel),
            utterances: Utterances::default(),
            filled: FilledPauses::default(),
            next_ms: start_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use proptest::prelude::*;

    use super::*;
    use crate::ear::sources::files::{Piece, Source};

    /// Two voices that take turns, made of harmonics: 0.6 s of sound, 0.4 s of silence, the second half a second late.
    fn conversation(rate_hz: u32, seconds: f32) -> Vec<f32> {
        let voice = |t: f32, f0_hz: f32| {
            let loud = if t.rem_euclid(1.0) < 0.6 { 0.05 } else { 0.0 };
            // A pitch that never moves is a machine's.
            let turns = f0_hz * t + 4.0 * (TAU * 0.7 * t).sin();
            (1..9).map(|h| (TAU * h as f32 * turns).sin()).sum::<f32>() * loud * (1.2 + (TAU * 4.0 * t).sin())
        };
        (0..(rate_hz as f32 * seconds) as u32)
            .map(|i| i as f32 / rate_hz as f32)
            .flat_map(|t| [voice(t, 110.0), voice(t + 0.5, 220.0)])
            .collect()
    }

    fn heard_in_pieces(rate_hz: u32, sound: &[f32], pieces: &[usize]) -> Vec<Observation> {
        let mut all = Vec::new();
        let mut heard = |heard: Heard| {
            if let Heard::Observation(observation) = heard {
                all.push(observation);
            }
        };
        let mut listener = Listener::new(Layout::RepLeft, 2, rate_hz, 0).unwrap();
        let mut rest = sound;
        for &piece in pieces {
            let (now, later) = rest.split_at(piece.min(rest.len()));
            listener.push(now, &mut heard);
            rest = later;
        }
        listener.push(rest, &mut heard);
        listener.finish(&mut heard);
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_pieces_give_the_same_observations(
            pieces in proptest::collection::vec(0_usize..5_000, 0..40),
            rate_hz in prop_oneof![Just(8_000), Just(11_025), Just(16_000), Just(44_100)],
        ) {
            let sound = conversation(rate_hz, 1.5);
            prop_assert_eq!(heard_in_pieces(rate_hz, &sound, &pieces), heard_in_pieces(rate_hz, &sound, &[]));
        }
    }

    #[track_caller]
    fn refused(layout: Layout, channels: usize, rate_hz: u32, sentence: &str) {
        let error = Listener::new(layout, channels, rate_hz, 0).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(sentence), "{error}");
    }

    #[test]
    fn what_cannot_be_heard_is_refused_in_one_sentence() {
        refused(Layout::Mono, 0, 16_000, "a source of 0 channels");
        refused(Layout::Mono, 64, 16_000, "a source of 64 channels");
        refused(Layout::RepLeft, 1, 16_000, "rep-left needs 2 channels and the source has 1");
        refused(Layout::RepRight, 3, 16_000, "rep-right needs 2 channels");
        refused(Layout::Mono, 1, 0, "a sample rate of 0 Hz");
    }

    /// Two made-up voices that take turns of two seconds on one microphone.
    fn across_a_table(seconds: f32) -> Vec<f32> {
        let voice = |t: f32, f0_hz: f32, formants_hz: [f32; 2]| {
            let loud = if t.rem_euclid(2.0) < 1.7 { 0.05 } else { 0.0 };
            let turns = f0_hz * t + 4.0 * (TAU * 0.7 * t).sin();
            let gain = |hz: f32| {
                let near = |formant_hz: f32| (-((hz - formant_hz) / 250.0).powi(2)).exp();
                0.02 + near(formants_hz[0] * (1.0 + 0.3 * (TAU * 1.3 * t).sin())) + near(formants_hz[1])
            };
            let harmonics = (1..40).map(|h| h as f32).take_while(|h| h * f0_hz < 7_000.0);
            let sound: f32 = harmonics.map(|h| gain(h * f0_hz) * (TAU * h * turns).sin()).sum();
            sound * loud * (1.2 + (TAU * 4.0 * t).sin())
        };
        let at = |i: u32| i as f32 / 16_000.0;
        let who = |t: f32| {
            if t.rem_euclid(4.0) < 2.0 {
                voice(t, 105.0, [500.0, 1_400.0])
            } else {
                voice(t, 210.0, [650.0, 2_100.0])
            }
        };
        (0..(16_000.0 * seconds) as u32).map(|i| who(at(i))).collect()
    }

    /// What is said of such a talk, and what is remembered of the voices.
    fn heard_across_a_table(seconds: f32) -> (Vec<Observation>, Vec<f32>) {
        let mut all = Vec::new();
        let mut heard = |heard: Heard| {
            if let Heard::Observation(observation) = heard {
                all.push(observation);
            }
        };
        let mut listener = Listener::new(Layout::Shared, 1, 16_000, 0).unwrap();
        listener.push(&across_a_table(seconds), &mut heard);
        listener.finish(&mut heard);
        let prints = listener.apart.as_ref().unwrap().prints();
        (all, prints)
    }

    #[test]
    fn two_voices_on_one_microphone_are_two_sides() {
        let (observations, _) = heard_across_a_table(40.0);
        let speech_ms = |channel: Channel, own: bool| {
            let turn = |at_ms: u64| if (at_ms / 1_000) % 4 < 2 { Channel::Rep } else { Channel::Client };
            let late = ticks(&observations).filter(|tick| tick.start_ms >= 20_000 && tick.channel == channel);
            late.filter(|tick| (turn(tick.start_ms) == channel) == own)
                .map(|tick| tick.speech_ms)
                .sum::<u32>()
        };
        for channel in [Channel::Rep, Channel::Client] {
            let (own, others) = (speech_ms(channel, true), speech_ms(channel, false));
            assert!(own > 2_000 && others < own / 10, "{channel}: {own} ms, {others} ms of the other's");
        }
        let doubts = observations.iter().filter_map(|observation| match observation {
            Observation::Doubt { doubt, .. } => Some(*doubt),
            _ => None,
        });
        assert_eq!(doubts.collect::<Vec<_>>(), [Some(Doubt::TellingApart), None]);
    }

    #[test]
    fn nothing_of_the_voices_leaves_the_ear() {
        let (observations, prints) = heard_across_a_table(12.0);
        assert!(prints.len() > 100, "{} numbers are remembered", prints.len());
        let mut bytes = Vec::new();
        for observation in observations {
            let call = crate::units::CallId::from_bits(1);
            let said = crate::observations::wire::Said::Heard { call, arrived_us: 0, observation };
            crate::observations::wire::append(&said, &mut bytes).unwrap();
        }
        let print = |pair: &[f32]| pair.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
        for print in prints.windows(2).map(print) {
            assert!(!bytes.windows(8).any(|window| window == print), "a print is on the link");
        }
    }

    fn ticks(observations: &[Observation]) -> impl Iterator<Item = &Tick> {
        observations.iter().filter_map(|o| if let Observation::Tick(tick) = o { Some(tick) } else { None })
    }

    #[test]
    fn every_channel_is_ticked_to_its_end() {
        let sound = conversation(8_000, 1.23);
        let observations = heard_in_pieces(8_000, &sound, &[]);
        for channel in [Channel::Rep, Channel::Client] {
            let spans: Vec<_> = ticks(&observations)
                .filter(|tick| tick.channel == channel)
                .map(|tick| (tick.start_ms, tick.span_ms))
                .collect();
            let mut want: Vec<_> = (0..12).map(|i| (i * 100, 100)).collect();
            want.push((1_200, 30));
            assert_eq!(spans, want);
        }
    }

    #[test]
    fn lost_audio_takes_its_time_and_is_marked() {
        let mut all = Vec::new();
        let mut heard = |heard: Heard| {
            if let Heard::Frame(_, start_ms, features) = heard {
                all.push((start_ms, features.dropped));
            }
        };
        let mut listener = Listener::new(Layout::Mono, 1, 8_000, 300).unwrap();
        listener.push(&[0.1; 800], &mut heard);
        (0..3).for_each(|_| listener.drop_ms(7, &mut heard));
        listener.drop_ms(9, &mut heard);
        listener.push(&[0.1; 800], &mut heard);
        listener.finish(&mut heard);
        assert_eq!(all.len(), 23);
        for (i, (start_ms, dropped)) in (0..).zip(all) {
            assert_eq!((start_ms, dropped), (300 + i * 10, (10..13).contains(&i)));
        }
    }

    #[test]
    fn clipping_is_two_samples_at_full_scale() {
        let clipped = |sound: &[f32]| {
            let mut all = Vec::new();
            let mut heard = |heard: Heard| {
                if let Heard::Frame(_, start_ms, features) = heard {
                    all.extend(features.clipped.then_some(start_ms));
                }
            };
            let mut listener = Listener::new(Layout::Mono, 2, 16_000, 0).unwrap();
            listener.push(sound, &mut heard);
            listener.finish(&mut heard);
            all
        };
        let mut sound = vec![0.2; 16_000];
        sound[1_000] = 1.0;
        sound[1_001] = 1.0;
        assert_eq!(clipped(&sound), [] as [u64; 0]);
        sound[1_003] = -1.0;
        assert_eq!(clipped(&sound), [30]);
    }

    /// What is doubtful at the end.
    fn doubt(layout: Layout, sides: impl Fn(&[f32]) -> [f32; 2]) -> Option<Doubt> {
        let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/talk.flac");
        let mut source = Source::open(fixture.as_ref()).unwrap();
        let mut talk = Vec::new();
        while let Some(piece) = source.next_piece() {
            if let Piece::Samples(samples) = piece {
                talk.extend(samples.chunks(2).flat_map(&sides));
            }
        }
        let sound = talk.repeat(6);
        let (mut last, mut listener) = (None, Listener::new(layout, 2, 8_000, 0).unwrap());
        let mut heard = |heard: Heard| {
            if let Heard::Observation(Observation::Doubt { doubt, .. }) = heard {
                last = doubt;
            }
        };
        listener.push(&sound, &mut heard);
        listener.finish(&mut heard);
        last
    }

    #[test]
    fn what_hides_a_side_is_told() {
        assert_eq!(doubt(Layout::RepLeft, |both| [both[0], both[1]]), None);
        assert_eq!(doubt(Layout::RepLeft, |both| [both[0], 0.7 * both[0]]), Some(Doubt::SameSound));
        assert_eq!(doubt(Layout::RepLeft, |both| [both[0], -both[0]]), Some(Doubt::SameSound));
        assert_eq!(doubt(Layout::Mono, |both| [both[0], both[1]]), None);
        assert_eq!(doubt(Layout::Mono, |both| [both[0], -both[0]]), Some(Doubt::Inverted));
    }

    #[test]
    fn nonsense_is_silence() {
        let sound: Vec<f32> =
            (0..32_000).map(|i| [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0][i % 4]).collect();
        for rate_hz in [16_000, 44_100] {
            let observations = heard_in_pieces(rate_hz, &sound, &[]);
            assert!(ticks(&observations).all(|tick| tick.speech_ms + tick.voiced_ms + tick.nuclei == 0));
            assert_eq!(observations.len(), ticks(&observations).count());
        }
    }
}
