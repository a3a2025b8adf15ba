//! The first bytes of a WAV file -> its format, or why it cannot be heard; lengths that were never filled in are mended.

use crate::ear::frames::resample::SOURCE_RATES_HZ;
use crate::ear::listener::SOURCE_CHANNELS_MAX;

/// Where programs that write to a pipe leave the length open, they write this or a little less.
const OPEN_BYTES: u32 = u32::MAX;
const OPEN_BYTES_MIN: u32 = 0x7fff_0000;

/// What a WAV header promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WavHeader {
    pub channels: u16,
    pub rate_hz: u32,
    /// Of one sample of every channel; of one block, where samples are packed in blocks.
    pub block_bytes: u16,
    /// Of sound; `None` where the header leaves it open.
    pub data_bytes: Option<u64>,
    /// Where the sound begins.
    pub data_at: usize,
}

/// A WAV header of a format that cannot be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
    #[error("its WAV header does not describe the samples within the first 64 KiB: write the file anew")]
    NoFormat,
}

/// Reads the header in `head`, the file's beginning, and writes it anew where decoders are stricter than the files that
/// are about: the 64-bit kind (EBU Tech 3306), lengths that were never filled in, and telephone formats without their
/// empty extension.
pub fn read(head: &mut Vec<u8>) -> Result<WavHeader, BadWav> {
    if let Some(name) = head.first_chunk_mut() {
        *name = *b"RIFF";
    }
    put(head, 4, OPEN_BYTES);
    let (mut at, mut format, mut long_bytes) = (12, None, None);
    while let (Some(name), Some(length)) = (head.get(at..at + 4), number(head, at + 4)) {
        let body = at + 8;
        let name = [name[0], name[1], name[2], name[3]];
        let mut end = u64::from(length) + u64::from(length % 2) + body as u64;
        match &name {
            b"ds64" => long_bytes = number(head, body + 8).zip(number(head, body + 12)),
            b"fmt " => {
                format = Some(describe(head.get(body..).unwrap_or_default())?);
                end = extend_telephone(head, at, end);
            }
            b"data" => {
                let mut header = format.ok_or(BadWav::NoFormat)?;
                let long_bytes = long_bytes.filter(|_| length == OPEN_BYTES);
                let open = long_bytes.is_none() && !(1..OPEN_BYTES_MIN).contains(&length);
                if open || long_bytes.is_some() {
                    put(head, at + 4, OPEN_BYTES);
                }
                header.data_bytes = (!open).then_some(match long_bytes {
                    Some((low, high)) => u64::from(high) << 32 | u64::from(low),
                    None => length.into(),
                });
                header.data_at = body;
                return Ok(header);
            }
            _ => {}
        }
        match usize::try_from(end) {
            Ok(end) if end < head.len() => at = end,
            _ => break,
        }
    }
    Err(BadWav::NoFormat)
}

/// Gives a µ-law or A-law format of 16 bytes the two bytes that say that nothing follows. Returns where it ends then.
fn extend_telephone(head: &mut Vec<u8>, at: usize, end: u64) -> u64 {
    let body = at + 8;
    let telephone = matches!(head.get(body..body + 2), Some([6 | 7, 0]));
    if !telephone || number(head, at + 4) != Some(16) || head.len() < body + 16 {
        return end;
    }
    put(head, at + 4, 18);
    head.splice(body + 16..body + 16, [0, 0]);
    end + 2
}

fn describe(body: &[u8]) -> Result<WavHeader, BadWav> {
    let short = |at| Some(u16::from_le_bytes([*body.get(at)?, *body.get(at + 1)?]));
    let (channels, rate_hz) = short(2).zip(number(body, 4)).ok_or(BadWav::NoFormat)?;
    let (block_bytes, bits) = short(12).zip(short(14)).ok_or(BadWav::NoFormat)?;
    if !(1..=SOURCE_CHANNELS_MAX).contains(&channels.into()) {
        return Err(BadWav::Channels(channels));
    }
    if !SOURCE_RATES_HZ.contains(&rate_hz) {
        return Err(BadWav::Rate { rate_hz });
    }
    if ![4, 8, 16, 24, 32, 64].contains(&bits) {
        return Err(BadWav::Bits(bits));
    }
    Ok(WavHeader { channels, rate_hz, block_bytes, data_bytes: None, data_at: 0 })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*four))
}

fn put(bytes: &mut [u8], at: usize, number: u32) {
    if let Some(place) = bytes.get_mut(at..at + 4) {
        place.copy_from_slice(&number.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(channels: u16, rate_hz: u32, bits: u16, data_bytes: u32) -> Vec<u8> {
        let mut head = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0".to_vec();
        head.extend(channels.to_le_bytes());
        head.extend(rate_hz.to_le_bytes());
        head.extend([0; 4]);
        head.extend((channels.wrapping_mul(bits / 8)).to_le_bytes());
        head.extend(bits.to_le_bytes());
        head.extend(b"data");
        head.extend(data_bytes.to_le_bytes());
        head
    }

    #[test]
    fn a_header_is_read() {
        let want =
            WavHeader { channels: 2, rate_hz: 8000, block_bytes: 4, data_bytes: Some(1000), data_at: 56 };
        assert_eq!(read(&mut head(2, 8000, 16, 1000)), Ok(want));
    }

    #[test]
    fn lengths_left_open_are_opened() {
        for length in [0, 0x7fff_ffdb, u32::MAX] {
            let mut bytes = head(1, 16_000, 16, length);
            assert_eq!(read(&mut bytes).map(|header| header.data_bytes), Ok(None), "{length}");
            assert_eq!(number(&bytes, 4), Some(OPEN_BYTES));
            assert_eq!(number(&bytes, bytes.len() - 4), Some(OPEN_BYTES));
        }
    }

    #[test]
    fn a_telephone_format_gets_its_extension() {
        let mut bytes = head(1, 8000, 8, 1000);
        bytes[32] = 7;
        let plain = bytes.len();
        assert_eq!(
            read(&mut bytes).map(|header| (header.data_bytes, header.data_at)),
            Ok((Some(1000), plain + 2))
        );
        assert_eq!((bytes.len(), number(&bytes, 28)), (plain + 2, Some(18)));
    }

    #[test]
    fn long_files_have_their_length_in_another_place() {
        let mut bytes = head(1, 16_000, 16, u32::MAX);
        bytes[..4].copy_from_slice(b"RF64");
        bytes.splice(12..12, [&b"ds64\x1c\0\0\0"[..], &[0; 8], &[8, 0, 0, 0, 2, 0, 0, 0], &[0; 12]].concat());
        assert_eq!(read(&mut bytes).map(|header| header.data_bytes), Ok(Some(0x2_0000_0008)));
        assert!(bytes.starts_with(b"RIFF"));
    }

    #[test]
    fn absurd_formats_are_named() {
        for (channels, rate_hz, bits, want) in [
            (0, 16_000, 16, BadWav::Channels(0)),
            (64, 16_000, 16, BadWav::Channels(64)),
            (1, 0, 16, BadWav::Rate { rate_hz: 0 }),
            (1, 1, 16, BadWav::Rate { rate_hz: 1 }),
            (1, u32::MAX, 16, BadWav::Rate { rate_hz: u32::MAX }),
            (1, 16_000, 7, BadWav::Bits(7)),
        ] {
            assert_eq!(read(&mut head(channels, rate_hz, bits, 10)), Err(want));
        }
        assert_eq!(read(&mut b"RIFF\0\0\0\0WAVEdata\0\0\0\0".to_vec()), Err(BadWav::NoFormat));
        assert_eq!(read(&mut b"RIFF\0\0\0\0WAVELIST\xff\xff\xff\xff".to_vec()), Err(BadWav::NoFormat));
        assert_eq!(read(&mut b"RIFF".to_vec()), Err(BadWav::NoFormat));
    }
}
