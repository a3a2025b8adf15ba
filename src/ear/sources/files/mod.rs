//! A sound file or standard input -> interleaved samples, packet by packet, so that a day of sound fits in memory.

mod decoder;
mod faults;
mod kind;
mod wav_header;

use std::fs::File;
use std::io::{self, Cursor, Read, SeekFrom};
use std::path::Path;

use symphonia::core::errors::Error as Fault;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::default::formats::{
    AdtsReader, AiffReader, FlacReader, IsoMp4Reader, MkvReader, MpaReader, OggReader, WavReader,
};
use zeroize::Zeroize;

use decoder::Decoder;
pub use faults::{SourceError, Warning};
use faults::{is_end, undecodable};
use kind::{
    head_of, id3_bytes, is_adts, is_known, is_mp4, is_mpeg, is_riff, mp3_at, mp3_says_its_length, ogg_is_cut,
    other_kind,
};

/// So many damaged packets in a row, and the rest of a file is given up.
const DAMAGED_RUN_MAX: u32 = 1000;

/// The next piece of a source.
pub enum Piece<'a> {
    /// Interleaved samples, full scale ±1.
    Samples(&'a [f32]),
    /// This much sound was lost.
    Lost { ms: u32 },
}

/// An open file. What is damaged costs the damaged part only.
pub struct Source {
    format: Box<dyn FormatReader>,
    decoder: Decoder,
    track: u32,
    channels: usize,
    rate_hz: u32,
    /// Samples a channel that the header promises.
    promised: Option<u64>,
    /// The file lacks its own mark of the end.
    cut: bool,
    /// What stands after the sound that the header names and is no part of its description.
    more_s: f64,
    samples: Vec<f32>,
    /// `samples` were decoded when the file was opened and are still to be handed on.
    waiting: bool,
    heard: u64,
    damaged: u32,
    damaged_run: u32,
    lost_ms: u64,
    stopped: Option<Fault>,
}

enum Step {
    Samples,
    Lost(u32),
    End,
}

impl Source {
    /// Opens a file and decodes its first packet, so that its format is certain.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let mut file = File::open(path).map_err(|fault| match fault.kind() {
            io::ErrorKind::NotFound => SourceError::Missing,
            _ => SourceError::Read(fault),
        })?;
        let kind = file.metadata()?.file_type();
        if kind.is_dir() {
            return Err(SourceError::Folder);
        }
        if kind.is_file() {
            return Self::seekable(file);
        }
        let head = head_of(&mut file)?;
        let whole = Cursor::new(head.clone()).chain(file);
        if is_riff(&head) {
            return Self::wav(whole);
        }
        Self::packed(&head, Box::new(ReadOnlySource::new(whole)))
    }

    fn seekable(mut file: impl MediaSource + 'static) -> Result<Self, SourceError> {
        let mut head = head_of(&mut file)?;
        let mut at = 0;
        if is_riff(&head) {
            let more_s = wav_header::rest_s(&mut file)?;
            file.seek(SeekFrom::Start(0))?;
            let mut source = Self::wav(file)?;
            source.more_s = more_s;
            return Ok(source);
        }
        // Programs that add a tag may leave another one behind it.
        while id3_bytes(&head) > 0 {
            at += id3_bytes(&head);
            file.seek(SeekFrom::Start(at))?;
            head = head_of(&mut file)?;
        }
        let cut = head.starts_with(b"OggS") && ogg_is_cut(&mut file)?;
        if !is_known(&head)
            && let Some(junk) = mp3_at(&head)
        {
            at += junk as u64;
            head.drain(..junk);
        }
        file.seek(SeekFrom::Start(at))?;
        let mut source = Self::packed(&head, Box::new(file))?;
        source.cut = cut;
        Ok(source)
    }

    /// Reads WAV from standard input or another stream that cannot be read twice.
    pub fn stream(mut input: impl Read + Send + Sync + 'static) -> Result<Self, SourceError> {
        let head = head_of(&mut input)?;
        match head.as_slice() {
            [] => Err(SourceError::Empty),
            start if is_riff(start) => Self::wav(Cursor::new(head).chain(input)),
            _ => Err(SourceError::NotWav),
        }
    }

    pub fn channels(&self) -> usize {
        self.channels
    }

    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// How much sound was handed on so far, what was lost included.
    pub fn heard_s(&self) -> f64 {
        self.seconds(self.heard) + self.lost_ms as f64 / 1000.0
    }

    /// How long the header says that the sound is.
    pub fn promised_s(&self) -> Option<f64> {
        self.promised.map(|samples| self.seconds(samples))
    }

    /// The next piece; `None` at the end, whatever ended it: [`Self::warnings`] tells.
    pub fn next_piece(&mut self) -> Option<Piece<'_>> {
        if !std::mem::take(&mut self.waiting) {
            match self.step() {
                Step::Samples => {}
                Step::Lost(ms) => {
                    self.lost_ms += u64::from(ms);
                    return Some(Piece::Lost { ms });
                }
                Step::End => return None,
            }
        }
        self.heard += (self.samples.len() / self.channels) as u64;
        Some(Piece::Samples(&self.samples))
    }

    /// What was wrong with the part that was read.
    pub fn warnings(&self) -> Vec<Warning> {
        let heard_s = self.heard_s();
        let mut warnings = Vec::new();
        if self.damaged > 0 {
            warnings.push(Warning::Damaged { lost_s: self.lost_ms as f64 / 1000.0 });
        }
        match &self.stopped {
            Some(Fault::ResetRequired) => warnings.push(Warning::Changes { heard_s }),
            Some(fault) if !is_end(fault) => {
                warnings.push(Warning::Broken { fault: fault.to_string(), heard_s })
            }
            _ => {
                let promised_s = self.promised_s().unwrap_or(0.0);
                // Encoders may count their padding: a tenth of a second is no loss.
                if promised_s - heard_s > 0.1 {
                    warnings.push(Warning::EndsEarly { heard_s, promised_s });
                } else if self.cut {
                    warnings.push(Warning::Cut { heard_s });
                } else if self.more_s > 0.1 {
                    warnings.push(Warning::More { more_s: self.more_s });
                }
            }
        }
        warnings
    }

    fn wav(mut input: impl Read + Send + Sync + 'static) -> Result<Self, SourceError> {
        let header = wav_header::read(&mut input)?;
        let end = header.data_bytes.unwrap_or(u64::MAX).saturating_add(header.plain.len() as u64);
        if header.is_mp3 {
            let mut input = input.take(header.data_bytes.unwrap_or(u64::MAX));
            let head = head_of(&mut input)?;
            return Self::packed(
                &head,
                Box::new(ReadOnlySource::new(Cursor::new(head.clone()).chain(input))),
            );
        }
        let stream = ReadOnlySource::new(Cursor::new(header.plain).chain(input).take(end));
        let mut source = Self::start(Box::new(
            WavReader::try_new(media(Box::new(stream)), FormatOptions::default()).map_err(undecodable)?,
        ))?;
        match header.data_bytes {
            None => source.promised = None,
            Some(bytes) if bytes > u32::MAX.into() => {
                source.promised = bytes.checked_div(header.block_bytes.into());
            }
            Some(_) => {}
        }
        Ok(source)
    }

    fn packed(head: &[u8], source: Box<dyn MediaSource>) -> Result<Self, SourceError> {
        if let Some(name) = other_kind(head) {
            return Err(SourceError::Codec(name));
        }
        let (media, options) = (media(source), FormatOptions::default());
        let format: Result<Box<dyn FormatReader>, Fault> = match head {
            [] => return Err(SourceError::Empty),
            [b'f', b'L', b'a', b'C', ..] => FlacReader::try_new(media, options).map(boxed),
            [b'O', b'g', b'g', b'S', ..] => OggReader::try_new(media, options).map(boxed),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => MkvReader::try_new(media, options).map(boxed),
            [b'F', b'O', b'R', b'M', ..] => AiffReader::try_new(media, options).map(boxed),
            head if is_mp4(head) => IsoMp4Reader::try_new(media, options).map(boxed),
            head if is_adts(head) => AdtsReader::try_new(media, options).map(boxed),
            head if is_mpeg(head) => MpaReader::try_new(media, options).map(boxed),
            _ => return Err(SourceError::NotSound),
        };
        let mut source = Self::start(format.map_err(undecodable)?)?;
        if is_adts(head) || is_mpeg(head) && !mp3_says_its_length(head) {
            source.promised = None;
        }
        Ok(source)
    }

    fn start(format: Box<dyn FormatReader>) -> Result<Self, SourceError> {
        let track = format.default_track(TrackType::Audio).ok_or(SourceError::Nothing)?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let parameters = parameters.ok_or(SourceError::Nothing)?;
        let decoder = Decoder::new(parameters).map_err(undecodable)?;
        let mut source = Self {
            track: track.id,
            promised: track.num_frames,
            channels: 0,
            rate_hz: 0,
            cut: false,
            more_s: 0.0,
            format,
            decoder,
            samples: Vec::new(),
            waiting: false,
            heard: 0,
            damaged: 0,
            damaged_run: 0,
            lost_ms: 0,
            stopped: None,
        };
        loop {
            match source.step() {
                Step::Samples => break,
                Step::Lost(ms) => source.lost_ms += u64::from(ms),
                Step::End => {
                    let fault = source.stopped.take().filter(|fault| !is_end(fault));
                    return Err(fault.map_or(SourceError::Nothing, undecodable));
                }
            }
        }
        source.waiting = true;
        Ok(source)
    }

    /// Decodes the next packet of the track that holds something.
    fn step(&mut self) -> Step {
        while self.stopped.is_none() {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) if packet.data.is_empty() => return Step::End,
                Ok(Some(packet)) => packet,
                Ok(None) => return Step::End,
                Err(fault) => {
                    self.stopped = Some(fault);
                    return Step::End;
                }
            };
            if packet.track_id != self.track {
                continue;
            }
            match self.decoder.decode(&packet, &mut self.samples) {
                Ok(None | Some((0, _) | (_, 0))) => continue,
                Ok(Some(spec)) => {
                    if (self.channels, self.rate_hz) == (0, 0) {
                        (self.channels, self.rate_hz) = spec;
                    }
                    if (self.channels, self.rate_hz) == spec {
                        self.damaged_run = 0;
                        return Step::Samples;
                    }
                    self.stopped = Some(Fault::ResetRequired);
                }
                Err(Fault::DecodeError(_) | Fault::IoError(_)) => {
                    self.damaged += 1;
                    self.damaged_run += 1;
                    if self.damaged_run > DAMAGED_RUN_MAX {
                        self.stopped = Some(Fault::DecodeError("nothing but damaged packets"));
                    } else if self.rate_hz > 0 {
                        let ms = packet.dur.get().saturating_mul(1000) / u64::from(self.rate_hz);
                        return Step::Lost(ms.min(1000) as u32);
                    }
                }
                Err(fault) => self.stopped = Some(fault),
            }
        }
        Step::End
    }

    fn seconds(&self, samples: u64) -> f64 {
        samples as f64 / f64::from(self.rate_hz.max(1))
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.samples.zeroize();
    }
}

fn boxed(format: impl FormatReader + 'static) -> Box<dyn FormatReader> {
    Box::new(format)
}

fn media(source: Box<dyn MediaSource>) -> MediaSourceStream<'static> {
    MediaSourceStream::new(source, Default::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAC: &[u8] = include_bytes!("../../../../tests/fixtures/talk.flac");
    const MP3: &[u8] = include_bytes!("../../../../tests/fixtures/talk.mp3");
    const OGG: &[u8] = include_bytes!("../../../../tests/fixtures/talk.ogg");
    const MULAW: &[u8] = include_bytes!("../../../../tests/fixtures/talk_mulaw.wav");
    const ADPCM: &[u8] = include_bytes!("../../../../tests/fixtures/talk_adpcm.wav");

    /// The most samples that one packet of any kind holds: a FLAC block of eight channels.
    const PIECE_MAX: usize = 65_536 * 8;

    fn open(bytes: &[u8]) -> Result<Source, SourceError> {
        Source::seekable(Cursor::new(bytes.to_vec()))
    }

    /// Reads to the end; how long it was, in seconds.
    fn drain(source: &mut Source) -> f64 {
        let mut pieces = 0;
        while let Some(piece) = source.next_piece() {
            if let Piece::Samples(samples) = piece {
                assert!(samples.len() <= PIECE_MAX, "a piece of {} samples", samples.len());
            }
            pieces += 1;
            assert!(pieces < 100_000, "no end");
        }
        source.heard_s()
    }

    /// Knuth's generator; the same mutations in every run.
    fn random(state: &mut u64) -> usize {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) as usize
    }

    #[test]
    fn every_kind_is_read_whole() {
        for (bytes, rate_hz) in [(FLAC, 8000), (MP3, 16_000), (OGG, 16_000), (MULAW, 8000), (ADPCM, 8000)] {
            let mut source = open(bytes).unwrap();
            assert_eq!((source.channels(), source.rate_hz()), (2, rate_hz));
            let heard_s = drain(&mut source);
            assert!((heard_s - 2.0).abs() < 0.05, "{rate_hz}: {heard_s} s");
            assert_eq!(source.warnings(), []);
        }
    }

    #[test]
    fn half_a_file_is_half_a_file_and_says_so() {
        for bytes in [FLAC, MP3, MULAW, ADPCM] {
            let mut source = open(&bytes[..bytes.len() / 2]).unwrap();
            let heard_s = drain(&mut source);
            assert!((0.7..1.3).contains(&heard_s), "{heard_s} s");
            let warnings = source.warnings();
            assert!(matches!(warnings.last(), Some(Warning::EndsEarly { .. })), "{warnings:?}");
        }
    }

    #[test]
    fn an_ogg_file_without_its_end_says_so() {
        let mut source = open(&OGG[..OGG.len() - 100]).unwrap();
        assert!(drain(&mut source) > 0.5);
        assert!(matches!(source.warnings()[..], [Warning::Cut { .. }]));
    }

    #[test]
    fn tags_junk_and_half_a_frame_before_an_mp3_stream_are_passed_over() {
        let tag = [b"ID3\x03\0\0\0\0\x01\x48".to_vec(), vec![0; 200]].concat();
        let frames = &MP3[id3_bytes(MP3) as usize..];
        let junk = |count: usize| (0..count).map(|i| (i * i) as u8 & 0x7f).collect::<Vec<_>>();
        for before in [[tag.clone(), tag.clone()].concat(), junk(700), [tag, junk(300)].concat()] {
            let mut source = open(&[before, frames.to_vec()].concat()).unwrap();
            assert!((drain(&mut source) - 2.0).abs() < 0.1, "{} s", source.heard_s());
        }
        assert!(drain(&mut open(&frames[10..]).unwrap()) > 1.8);
    }

    #[test]
    fn sound_behind_the_sound_that_is_named_is_told() {
        let mut source = open(&[MULAW, MULAW].concat()).unwrap();
        drain(&mut source);
        let warnings = source.warnings();
        assert!(
            matches!(warnings[..], [Warning::More { more_s }] if (1.9..2.1).contains(&more_s)),
            "{warnings:?}"
        );
        let mut described = open(&[MULAW, b"LIST\x04\0\0\0INFO"].concat()).unwrap();
        drain(&mut described);
        assert_eq!(described.warnings(), []);
    }

    #[track_caller]
    fn refused(bytes: &[u8], sentence: &str) {
        let error = open(bytes).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }

    #[test]
    fn kinds_without_a_decoder_are_named() {
        refused(b"#!AMR\n\x3c\x48", "its sound is AMR");
        refused(b"OggS\0\x02\0\0\0\0\0\0\0\0Speex   1.2", "its sound is Speex");
        refused(b".snd\0\0\0\x18", "its sound is Sun audio");
        refused(b"RIFF\0\0\0\0AVI LIST", "it is not WAV");
    }

    /// The checksum of an Ogg page (RFC 3533 §6).
    fn checksum(page: &[u8]) -> u32 {
        page.iter().fold(0, |sum, &byte| {
            (0..8).fold(sum ^ u32::from(byte) << 24, |sum, _| {
                if sum & 1 << 31 == 0 { sum << 1 } else { sum << 1 ^ 0x04c1_1db7 }
            })
        })
    }

    fn ogg_page(flags: u8, samples: u64, number: u32, packets: &[Vec<u8>]) -> Vec<u8> {
        let lacing = packets.iter().flat_map(|packet| {
            std::iter::repeat_n(255, packet.len() / 255).chain([(packet.len() % 255) as u8])
        });
        let lacing: Vec<u8> = lacing.collect();
        let mut page = [&b"OggS\0"[..], &[flags], &samples.to_le_bytes(), &[7, 0, 0, 0]].concat();
        page.extend(number.to_le_bytes());
        page.extend([0; 4]);
        page.push(lacing.len() as u8);
        page.extend(lacing);
        packets.iter().for_each(|packet| page.extend(packet));
        let sum = checksum(&page);
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        page
    }

    /// Two seconds of Opus: any bytes behind the first are some sound (RFC 6716 §4).
    fn opus_file(channels: u8) -> Vec<u8> {
        let mut state = 3;
        let head = [b"OpusHead\x01", &[channels, 0x38, 1, 0x80, 0xbb, 0, 0, 0, 0, 0][..]].concat();
        let mut file = ogg_page(2, 0, 0, &[head]);
        file.extend(ogg_page(0, 0, 1, &[b"OpusTags\0\0\0\0\0\0\0\0".to_vec()]));
        let mut packet = |config: u8| {
            let first = config << 3 | (channels - 1) << 2;
            let rest = (0..60).map(|_| random(&mut state) as u8);
            [first].into_iter().chain(rest).collect::<Vec<_>>()
        };
        // SILK, both together, and CELT, 20 ms each.
        let packets: Vec<_> = (0..100).map(|i| packet([1, 13, 31][i / 34])).collect();
        for (number, some) in packets.chunks(20).enumerate() {
            let last = if number == 4 { 4 } else { 0 };
            file.extend(ogg_page(last, 19_200 * (number as u64 + 1), 2 + number as u32, some));
        }
        file
    }

    #[test]
    fn opus_is_read_whole() {
        for channels in [1, 2] {
            let mut source = open(&opus_file(channels)).unwrap();
            assert_eq!((source.channels(), source.rate_hz()), (channels.into(), 48_000));
            let heard_s = drain(&mut source);
            assert!((heard_s - 2.0).abs() < 0.03, "{heard_s} s");
            assert_eq!(source.warnings(), []);
        }
    }

    #[test]
    fn no_mutation_of_a_file_breaks_anything() {
        let (mut state, opus) = (7, opus_file(2));
        for round in 0..600 {
            // Any bytes of Opus are some sound, and noise takes long to make.
            let opus = (round % 10 == 0).then_some(opus.as_slice());
            for bytes in [FLAC, MP3, OGG, MULAW, ADPCM].into_iter().chain(opus) {
                let mut bytes = bytes.to_vec();
                // Most of the harm is in the header; the rest is tried too.
                let reach = if round % 3 == 0 { bytes.len() } else { 128 };
                for _ in 0..1 + random(&mut state) % 6 {
                    let at = random(&mut state) % reach;
                    bytes[at] = random(&mut state) as u8;
                }
                if round % 5 == 0 {
                    bytes.truncate(random(&mut state) % bytes.len());
                }
                if let Ok(mut source) = open(&bytes) {
                    drain(&mut source);
                    source.warnings();
                }
            }
        }
    }
}
