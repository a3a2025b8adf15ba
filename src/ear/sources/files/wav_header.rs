//! The chunks of a WAV file up to its sound -> its format, or why it cannot be heard, and a header that decoders take.

use std::io::{self, Read, Seek, SeekFrom};

use crate::ear::frames::resample::SOURCE_RATES_HZ;
use crate::ear::mix::SOURCE_CHANNELS_MAX;

use super::kind::wav_codec;

/// Where programs that write to a pipe leave the length open, they write this or a little less.
const OPEN_BYTES: u32 = u32::MAX;
const OPEN_BYTES_MIN: u32 = 0x7fff_0000;

/// Formats (RFC 2361): plain samples, and those behind a longer description.
const MICROSOFT_ADPCM: u16 = 2;
const IMA_ADPCM: u16 = 0x11;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
const MP3: u16 = 0x55;
const EXTENSIBLE: u16 = 0xfffe;

/// A description of a format takes up to 40 bytes, or 50 with the coefficients of ADPCM; more is of no use.
const DESCRIPTION_BYTES_MAX: u64 = 256;

/// What a WAV header promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WavHeader {
    pub channels: u16,
    pub rate_hz: u32,
    /// Of one sample of every channel; of one block, where samples are packed in blocks.
    pub block_bytes: u16,
    /// Of one second.
    pub second_bytes: u32,
    /// Of sound; `None` where the header leaves it open.
    pub data_bytes: Option<u64>,
    /// Where the sound begins.
    pub data_at: u64,
    /// The sound is an MP3 stream.
    pub is_mp3: bool,
    /// A header of the same sound that leaves out what decoders stumble over.
    pub plain: Vec<u8>,
}

/// A WAV header of a format that cannot be heard.
#[derive(Debug, thiserror::Error)]
pub enum BadWav {
    #[error("its WAV header says {0} channels: 1 to {SOURCE_CHANNELS_MAX} can be heard")]
    Channels(u16),
    #[error(
        "its WAV header says {rate_hz} samples a second: {} to {} can be heard",
        SOURCE_RATES_HZ.start(),
        SOURCE_RATES_HZ.end()
    )]
    Rate { rate_hz: u32 },
    #[error("its WAV header says {0} bits a sample: 4, 8, 16, 24, 32 or 64 can be heard")]
    Bits(u16),
    #[error(
        "its sound is {0}, which cannot be decoded here: convert it to 16-bit WAV, for example with ffmpeg"
    )]
    Codec(&'static str),
    #[error("its WAV header does not describe the samples before they begin: write the file anew")]
    NoFormat,
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
}

/// What the chunk before the sound says of it.
struct Format {
    /// As decoders want it.
    body: Vec<u8>,
    channels: u16,
    rate_hz: u32,
    second_bytes: u32,
    block_bytes: u16,
    is_mp3: bool,
}

/// Reads up to the first byte of sound. Chunks of any size may come before; of those with an odd length some programs
/// leave out the byte that evens it.
pub fn read(input: &mut impl Read) -> Result<WavHeader, BadWav> {
    let mut first = [0; 12];
    fill(input, &mut first)?;
    let (mut at, mut format, mut fact, mut long_bytes) = (12, None, Vec::new(), None);
    let mut head = [0; 8];
    fill(input, &mut head)?;
    loop {
        let length = number(&head, 4).unwrap_or(0);
        at += 8;
        if &head[..4] == b"data" {
            let format = format.ok_or(BadWav::NoFormat)?;
            return Ok(header(format, &fact, length, long_bytes, at));
        }
        let mut body = Vec::new();
        let kept =
            input.by_ref().take(u64::from(length).min(DESCRIPTION_BYTES_MAX)).read_to_end(&mut body)?;
        io::copy(&mut input.by_ref().take(u64::from(length) - kept as u64), &mut io::sink())?;
        at += u64::from(length);
        match &head[..4] {
            b"ds64" => long_bytes = number(&body, 8).zip(number(&body, 12)),
            b"fmt " => format = Some(describe(body)?),
            b"fact" => fact = body,
            _ => {}
        }
        fill(input, &mut head)?;
        if length % 2 == 1 && !is_name(&head[..4]) {
            head.copy_within(1.., 0);
            fill(input, &mut head[7..])?;
            at += 1;
        }
    }
}

/// The name of a chunk.
fn is_name(four: &[u8]) -> bool {
    four.len() == 4 && four.iter().all(|byte| (b' '..=b'~').contains(byte))
}

fn header(format: Format, fact: &[u8], length: u32, long_bytes: Option<(u32, u32)>, at: u64) -> WavHeader {
    let long_bytes = long_bytes.filter(|_| length == OPEN_BYTES);
    let open = long_bytes.is_none() && !(1..OPEN_BYTES_MIN).contains(&length);
    let data_bytes = (!open).then_some(match long_bytes {
        Some((low, high)) => u64::from(high) << 32 | u64::from(low),
        None => length.into(),
    });
    let mut plain = [*b"RIFF", OPEN_BYTES.to_le_bytes(), *b"WAVE"].concat();
    let mut chunk = |name: &[u8; 4], body: &[u8]| {
        plain.extend_from_slice(name);
        plain.extend_from_slice(&(body.len() as u32).to_le_bytes());
        plain.extend_from_slice(body);
    };
    chunk(b"fmt ", &format.body);
    if fact.len() == 4 {
        chunk(b"fact", fact);
    }
    let length = if open || long_bytes.is_some() { OPEN_BYTES } else { length };
    plain.extend_from_slice(b"data");
    plain.extend_from_slice(&length.to_le_bytes());
    let Format { channels, rate_hz, second_bytes, block_bytes, is_mp3, .. } = format;
    WavHeader { channels, rate_hz, block_bytes, second_bytes, data_bytes, data_at: at, is_mp3, plain }
}

fn describe(mut body: Vec<u8>) -> Result<Format, BadWav> {
    let short = |body: &[u8], at| Some(u16::from_le_bytes([*body.get(at)?, *body.get(at + 1)?]));
    let (channels, rate_hz) = short(&body, 2).zip(number(&body, 4)).ok_or(BadWav::NoFormat)?;
    let (block_bytes, bits) = short(&body, 12).zip(short(&body, 14)).ok_or(BadWav::NoFormat)?;
    let second_bytes = number(&body, 8).unwrap_or(0);
    let tag = short(&body, 0).unwrap_or(0);
    let inner = if tag == EXTENSIBLE { short(&body, 24).unwrap_or(tag) } else { tag };
    match inner {
        A_LAW | MU_LAW => {
            body.truncate(16);
            body.extend_from_slice(&[0, 0]);
            body[..2].copy_from_slice(&inner.to_le_bytes());
        }
        // The description of the packing follows the longer one, where it has one.
        MICROSOFT_ADPCM | IMA_ADPCM if tag == EXTENSIBLE => {
            return Err(BadWav::Codec("ADPCM in a long header"));
        }
        MP3 => {}
        _ => {
            if let Some(name) = wav_codec(inner) {
                return Err(BadWav::Codec(name));
            }
        }
    }
    if !(1..=SOURCE_CHANNELS_MAX).contains(&channels.into()) {
        return Err(BadWav::Channels(channels));
    }
    if !SOURCE_RATES_HZ.contains(&rate_hz) {
        return Err(BadWav::Rate { rate_hz });
    }
    let is_mp3 = inner == MP3;
    if !is_mp3 && ![4, 8, 16, 24, 32, 64].contains(&bits) {
        return Err(BadWav::Bits(bits));
    }
    Ok(Format { body, channels, rate_hz, second_bytes, block_bytes, is_mp3 })
}

/// How much sound may stand in a WAV file after the part that its header names, in seconds; chunks that describe it are
/// not sound.
pub fn rest_s(file: &mut (impl Read + Seek)) -> Result<f64, BadWav> {
    let file_bytes = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let header = read(file)?;
    let (Some(data_bytes), 1..) = (header.data_bytes, header.second_bytes) else { return Ok(0.0) };
    let mut at = header.data_at.saturating_add(data_bytes);
    while at.saturating_add(8) < file_bytes {
        let mut head = [0; 8];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        if at % 2 == 1 && !is_name(&head[..4]) {
            at += 1;
            continue;
        }
        let length = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let next = at.saturating_add(8).saturating_add(length);
        if !is_name(&head[..4]) || head.starts_with(b"RIFF") || next > file_bytes {
            return Ok((file_bytes - at) as f64 / f64::from(header.second_bytes));
        }
        at = next;
    }
    Ok(0.0)
}

/// The header ends early: nothing was described.
fn fill(input: &mut impl Read, bytes: &mut [u8]) -> Result<(), BadWav> {
    input.read_exact(bytes).map_err(|fault| match fault.kind() {
        io::ErrorKind::UnexpectedEof => BadWav::NoFormat,
        _ => BadWav::Read(fault),
    })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*four))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(format: u16, channels: u16, rate_hz: u32, bits: u16, data_bytes: u32) -> Vec<u8> {
        let mut head = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        head.extend(format.to_le_bytes());
        head.extend(channels.to_le_bytes());
        head.extend(rate_hz.to_le_bytes());
        head.extend([0; 4]);
        head.extend((channels.wrapping_mul(bits / 8)).to_le_bytes());
        head.extend(bits.to_le_bytes());
        head.extend(b"data");
        head.extend(data_bytes.to_le_bytes());
        head
    }

    fn length(bytes: &[u8]) -> Option<u32> {
        number(bytes, bytes.len() - 4)
    }

    #[test]
    fn a_header_is_read() {
        let header = read(&mut &head(1, 2, 8000, 16, 1000)[..]).unwrap();
        assert_eq!((header.channels, header.rate_hz, header.block_bytes), (2, 8000, 4));
        assert_eq!((header.data_bytes, header.data_at), (Some(1000), 56));
        assert_eq!(length(&header.plain), Some(1000));
    }

    #[test]
    fn chunks_of_any_length_may_come_first_padded_or_not() {
        for junk in [0, 1, 7, 65_500, 400_001] {
            for padded in [true, false] {
                let mut bytes = head(1, 1, 8000, 16, 1000);
                let pad = usize::from(padded && junk % 2 == 1);
                let chunk = [b"JUNK", &(junk as u32).to_le_bytes()[..], &vec![0; junk + pad]].concat();
                bytes.splice(12..12, chunk.iter().copied());
                let header = read(&mut &bytes[..]).unwrap();
                assert_eq!((header.data_bytes, header.data_at), (Some(1000), bytes.len() as u64), "{junk}");
                assert!(header.plain.len() < 64);
            }
        }
    }

    #[test]
    fn lengths_left_open_are_opened() {
        for open in [0, 0x7fff_ffdb, u32::MAX] {
            let header = read(&mut &head(1, 1, 16_000, 16, open)[..]).unwrap();
            assert_eq!((header.data_bytes, length(&header.plain)), (None, Some(OPEN_BYTES)), "{open}");
        }
    }

    #[test]
    fn telephone_formats_are_described_the_same_way_in_every_header() {
        for format in [A_LAW, MU_LAW] {
            let short = head(format, 1, 8000, 8, 1000);
            let mut long = head(EXTENSIBLE, 1, 8000, 8, 1000);
            let rest = [&[22, 0, 8, 0, 3, 0, 0, 0][..], &format.to_le_bytes(), &[0; 14]].concat();
            long[28] = 40;
            long.splice(48..48, rest);
            let [short, long] = [short, long].map(|bytes| read(&mut &bytes[..]).unwrap());
            assert_eq!(short.plain, long.plain);
            assert_eq!(number(&short.plain, 16), Some(18));
        }
    }

    #[test]
    fn long_files_have_their_length_in_another_place() {
        let mut bytes = head(1, 1, 16_000, 16, u32::MAX);
        bytes[..4].copy_from_slice(b"RF64");
        bytes.splice(12..12, [&b"ds64\x1c\0\0\0"[..], &[0; 8], &[8, 0, 0, 0, 2, 0, 0, 0], &[0; 12]].concat());
        let header = read(&mut &bytes[..]).unwrap();
        assert_eq!(header.data_bytes, Some(0x2_0000_0008));
        assert!(header.plain.starts_with(b"RIFF"));
    }

    #[track_caller]
    fn refused(bytes: &[u8], sentence: &str) {
        let error = read(&mut &bytes[..]).map(|header| header.data_at).unwrap_err().to_string();
        assert!(error.contains(sentence), "{error}");
    }

    #[test]
    fn what_cannot_be_heard_is_named() {
        refused(&head(1, 0, 16_000, 16, 10), "0 channels");
        refused(&head(1, 64, 16_000, 16, 10), "64 channels");
        refused(&head(1, 1, 0, 16, 10), "says 0 samples a second");
        refused(&head(1, 1, u32::MAX, 16, 10), "samples a second");
        refused(&head(1, 1, 16_000, 7, 10), "7 bits a sample");
        refused(&head(0x31, 1, 8_000, 0, 10), "its sound is GSM 6.10");
        refused(b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "does not describe");
        refused(b"RIFF\0\0\0\0WAVELIST\xff\xff\xff\xff", "does not describe");
        refused(b"RIFF", "does not describe");
    }
}
