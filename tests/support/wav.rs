//! WAV bytes by hand, honest and otherwise, so that the product needs no writer of sound.

/// The fields of a WAV header, to be told wrongly.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    pub format: u16,
    pub channels: u16,
    pub rate_hz: u32,
    pub bits: u16,
    /// What the header says; the true length where `None`.
    pub data_bytes: Option<u32>,
}

pub const MONO_16: Header = Header { format: 1, channels: 1, rate_hz: 16_000, bits: 16, data_bytes: None };

/// A file with this header and this body.
pub fn file(header: Header, data: &[u8]) -> Vec<u8> {
    let block = header.channels.wrapping_mul(header.bits / 8);
    let data_bytes = header.data_bytes.unwrap_or(data.len() as u32);
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(data_bytes.wrapping_add(36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0");
    bytes.extend(header.format.to_le_bytes());
    bytes.extend(header.channels.to_le_bytes());
    bytes.extend(header.rate_hz.to_le_bytes());
    bytes.extend(header.rate_hz.wrapping_mul(block.into()).to_le_bytes());
    bytes.extend(block.to_le_bytes());
    bytes.extend(header.bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(data_bytes.to_le_bytes());
    bytes.extend(data);
    bytes
}

/// Samples, full scale ±1, as 16-bit PCM.
pub fn pcm16(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect()
}
