//! A sound file or standard input -> interleaved samples, packet by packet, so that a day of sound fits in memory.

mod faults;
mod kind;
mod wav_header;

use std::fs::File;
use std::io::{self, Cursor, Read, SeekFrom};
use std::path::Path;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Fault;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::default::formats::{FlacReader, MpaReader, OggReader, WavReader};
use zeroize::Zeroize;

pub use faults::{SourceError, Warning};
use faults::{is_end, undecodable};
use kind::{head_of, id3_bytes, is_riff, ogg_is_cut};

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
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    channels: usize,
    rate_hz: u32,
    /// Samples a channel that the header promises.
    promised: Option<u64>,
    /// The file lacks its own mark of the end.
    cut: bool,
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
        if is_riff(&head) {
            return Self::wav(head, file);
        }
        Self::packed(&head, Box::new(ReadOnlySource::new(Cursor::new(head.clone()).chain(file))))
    }

    fn seekable(mut file: impl MediaSource + 'static) -> Result<Self, SourceError> {
        let mut head = head_of(&mut file)?;
        if is_riff(&head) {
            return Self::wav(head, file);
        }
        let tag_bytes = id3_bytes(&head);
        if tag_bytes > 0 {
            file.seek(SeekFrom::Start(tag_bytes))?;
            head = head_of(&mut file)?;
        }
        let cut = head.starts_with(b"OggS") && ogg_is_cut(&mut file)?;
        file.seek(SeekFrom::Start(tag_bytes))?;
        let mut source = Self::packed(&head, Box::new(file))?;
        source.cut = cut;
        Ok(source)
    }

    /// Reads WAV from standard input or another stream that cannot be read twice.
    pub fn stream(mut input: impl Read + Send + Sync + 'static) -> Result<Self, SourceError> {
        let head = head_of(&mut input)?;
        match head.as_slice() {
            [] => Err(SourceError::Empty),
            head_bytes if is_riff(head_bytes) => Self::wav(head, input),
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
                }
            }
        }
        warnings
    }

    fn wav(mut head: Vec<u8>, rest: impl Read + Send + Sync + 'static) -> Result<Self, SourceError> {
        if head.get(8..12).is_none_or(|form| form != b"WAVE") {
            return Err(SourceError::NotSound);
        }
        let header = wav_header::read(&mut head)?;
        let end =
            header.data_bytes.map_or(u64::MAX, |data_bytes| data_bytes.saturating_add(header.data_at as u64));
        let stream = ReadOnlySource::new(Cursor::new(head).chain(rest).take(end));
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
        let options = FormatOptions::default();
        let mpeg = |head: &[u8]| head.len() > 1 && head[0] == 0xff && head[1] & 0xe0 == 0xe0;
        let format: Box<dyn FormatReader> = match head {
            [] => return Err(SourceError::Empty),
            [b'f', b'L', b'a', b'C', ..] => {
                Box::new(FlacReader::try_new(media(source), options).map_err(undecodable)?)
            }
            [b'O', b'g', b'g', b'S', ..] => {
                Box::new(OggReader::try_new(media(source), options).map_err(undecodable)?)
            }
            head if mpeg(head) => Box::new(MpaReader::try_new(media(source), options).map_err(undecodable)?),
            _ => return Err(SourceError::NotSound),
        };
        Self::start(format)
    }

    fn start(format: Box<dyn FormatReader>) -> Result<Self, SourceError> {
        let track = format.default_track(TrackType::Audio).ok_or(SourceError::Nothing)?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let parameters = parameters.ok_or(SourceError::Nothing)?;
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map_err(undecodable)?;
        let mut source = Self {
            track: track.id,
            promised: track.num_frames,
            channels: 0,
            rate_hz: 0,
            cut: false,
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
            match self.decoder.decode(&packet) {
                Ok(decoded) if decoded.frames() == 0 => continue,
                Ok(decoded) => {
                    let (channels, rate_hz) = (decoded.spec().channels().count(), decoded.spec().rate());
                    if (self.channels, self.rate_hz) == (0, 0) && channels > 0 && rate_hz > 0 {
                        (self.channels, self.rate_hz) = (channels, rate_hz);
                    }
                    if (self.channels, self.rate_hz) == (channels, rate_hz) {
                        self.damaged_run = 0;
                        decoded.copy_to_vec_interleaved(&mut self.samples);
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
    fn no_mutation_of_a_file_breaks_anything() {
        let mut state = 7;
        for round in 0..600 {
            for bytes in [FLAC, MP3, OGG, MULAW, ADPCM] {
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
