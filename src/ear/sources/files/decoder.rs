//! Packets of any codec that can be heard in -> interleaved samples out.

use opus_decoder::OpusDecoder;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Fault;
use symphonia::core::packet::Packet;

/// Opus always counts at this rate (RFC 7845 §4).
const OPUS_RATE_HZ: u32 = 48_000;

/// The longest packet: 120 ms (RFC 6716 §2.1.4).
const PACKET_SAMPLES_MAX: usize = 5_760;

/// What makes samples of packets.
pub enum Decoder {
    Known(Box<dyn AudioDecoder>),
    Opus(Box<Opus>),
}

impl Decoder {
    /// # Errors
    /// `Unsupported` for a codec that no decoder is at hand for.
    pub fn new(parameters: &AudioCodecParameters) -> Result<Self, Fault> {
        if parameters.codec == CODEC_ID_OPUS {
            return Ok(Self::Opus(Box::new(Opus::new(parameters)?)));
        }
        let options = AudioDecoderOptions::default();
        let known = symphonia::default::get_codecs().make_audio_decoder(parameters, &options);
        Ok(Self::Known(known?))
    }

    /// Decodes a packet into `samples`. Returns its channels and rate; nothing for a packet without sound.
    ///
    /// # Errors
    /// `DecodeError` for a damaged packet.
    pub fn decode(&mut self, packet: &Packet, samples: &mut Vec<f32>) -> Result<Option<(usize, u32)>, Fault> {
        match self {
            Self::Known(decoder) => {
                let decoded = decoder.decode(packet)?;
                if decoded.frames() == 0 {
                    return Ok(None);
                }
                let spec = (decoded.spec().channels().count(), decoded.spec().rate());
                decoded.copy_to_vec_interleaved(samples);
                Ok(Some(spec))
            }
            Self::Opus(opus) => {
                opus.decode(&packet.data, samples)?;
                Ok((!samples.is_empty()).then_some((opus.channels(), OPUS_RATE_HZ)))
            }
        }
    }
}

/// One stream of Opus (RFC 6716) of one or two channels.
pub struct Opus {
    decoder: OpusDecoder,
    channels: usize,
    /// Samples a channel at the beginning that only warm the decoder up.
    skip: usize,
    gain: f32,
}

impl Opus {
    /// # Errors
    /// `Unsupported` for more than two channels.
    fn new(parameters: &AudioCodecParameters) -> Result<Self, Fault> {
        let head = parameters.extra_data.as_deref().filter(|head| head.starts_with(b"OpusHead"));
        let short = |at: usize| head.and_then(|head| head.get(at..at + 2)).map(|two| [two[0], two[1]]);
        let named = head.and_then(|head| head.get(9)).map(|&count| usize::from(count));
        let channels = named.or(parameters.channels.as_ref().map(|channels| channels.count())).unwrap_or(1);
        let decoder = OpusDecoder::new(OPUS_RATE_HZ, channels)
            .map_err(|_| Fault::Unsupported("Opus of more than two channels"))?;
        let gain_db = short(16).map_or(0.0, |two| f32::from(i16::from_le_bytes(two)) / 256.0);
        let skip = short(10).map_or(0, |two| u16::from_le_bytes(two).into());
        Ok(Self { decoder, channels, skip, gain: 10.0_f32.powf(0.05 * gain_db) })
    }

    fn channels(&self) -> usize {
        self.channels
    }

    /// Decodes one packet into `samples`, which may be left empty.
    ///
    /// # Errors
    /// `DecodeError` for a damaged packet.
    fn decode(&mut self, packet: &[u8], samples: &mut Vec<f32>) -> Result<(), Fault> {
        samples.resize(PACKET_SAMPLES_MAX * self.channels, 0.0);
        let decoded = self.decoder.decode_float(packet, samples, false);
        let frames = decoded.map_err(|_| Fault::DecodeError("damaged Opus packet"))?;
        let skipped = self.skip.min(frames);
        self.skip -= skipped;
        samples.truncate(frames * self.channels);
        samples.drain(..skipped * self.channels);
        samples.iter_mut().for_each(|sample| *sample *= self.gain);
        Ok(())
    }
}
