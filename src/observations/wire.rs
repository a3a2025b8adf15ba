//! Messages on the socket pair between the rooms: postcard, length-prefixed, bounded.

use std::io::{self, Read};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{DeviceList, Level, Observation, Receipt, SandboxState};
use crate::units::{CallId, Layout};

/// A longer message is a fault of the sender. A tick takes about 60 bytes, the sandbox report about 2 KiB.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// What the ear tells the desk. Nothing else ever leaves it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant)] // a box would allocate on the frame path
pub enum Said {
    /// Once, before any sound is let in.
    Ready(SandboxState),
    /// A stream of the call was let in; its first sample is at `start_ms` on the call's audio clock.
    Opened { call: CallId, start_ms: u64 },
    /// Something was measured. `arrived_us` is when the newest sample that it needed reached the ear (monotonic clock).
    Heard { call: CallId, arrived_us: u64, observation: Observation },
    /// A stream of the call ended: what it heard and what left the room.
    Closed { call: CallId, receipt: Receipt },
    /// Once a second.
    Counters(Counters),
    /// The answer to [`Asked::Devices`].
    Devices(DeviceList),
    /// The call's own source cannot be opened now, in one sentence; it is tried again until the call is closed.
    Failed { call: CallId, why: String },
    /// The level of a watched input, ten a second, or why it cannot be opened; nothing follows that.
    Level { device: String, level: Result<Level, String> },
}

/// What the desk asks of the ear.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    /// The key that signs tickets from now on.
    Key([u8; 32]),
    /// What proves who the ear is, from now on.
    Certificate(Certificate),
    /// Hear this call from a source of the appliance's own; its first sample is at `start_ms` on the audio clock.
    Open { call: CallId, source: Source, layout: Layout, start_ms: u64 },
    /// Stop hearing this call and let nobody in with an old ticket for it. With `discard`, what has arrived and was
    /// not measured yet is thrown away.
    Close { call: CallId, discard: bool },
    /// Which inputs there are.
    Devices,
    /// Tell the level of an input from now on (for a minute at most), or no longer.
    Meter { device: String, on: bool },
}

/// What proves to others who this appliance is. Everything is DER.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its own certificate first, then those that lead to what clients trust.
    pub chain: Vec<Vec<u8>>,
    /// PKCS #8, PKCS #1 or SEC 1.
    pub key: Vec<u8>,
}

/// A source that the ear opens itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// A microphone or line input, by its stable id.
    Device(String),
    /// The built-in demo conversation, in real time.
    Demo,
}

/// Running totals since the ear started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Streams being heard now.
    pub streams: u32,
    /// Streams refused before they began.
    pub refused: u64,
    pub audio_bytes_in: u64,
    pub observation_bytes_out: u64,
    /// Audio that came faster than it could be analysed and was dropped.
    pub dropped_ms: u64,
    /// Time for which senders faster than real time were held back.
    pub held_back_ms: u64,
}

/// Appends one message to `to` and returns how many bytes it takes.
///
/// # Errors
/// `InvalidData` when the message is longer than [`MESSAGE_BYTES_MAX`]; nothing is appended then.
pub fn append<T: Serialize>(message: &T, to: &mut Vec<u8>) -> io::Result<usize> {
    let (start, mut body) = (to.len(), [0; MESSAGE_BYTES_MAX]);
    let body = postcard::to_slice(message, &mut body).map_err(invalid)?;
    to.extend_from_slice(&(body.len() as u16).to_le_bytes());
    to.extend_from_slice(body);
    Ok(to.len() - start)
}

/// Reads the next message; `buffer` is scratch space that is used again.
///
/// # Errors
/// `UnexpectedEof` at the end of the link, `InvalidData` for a message that is too long or says nothing known.
pub fn read<T: DeserializeOwned>(from: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<T> {
    let mut length = [0; 2];
    from.read_exact(&mut length)?;
    let length = usize::from(u16::from_le_bytes(length));
    if length > MESSAGE_BYTES_MAX {
        return Err(invalid(format!("a message of {length} bytes is over {MESSAGE_BYTES_MAX}")));
    }
    buffer.resize(length, 0);
    from.read_exact(buffer)?;
    postcard::from_bytes(buffer).map_err(invalid)
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::{AudioHost, Channel, Device, Tick, devices};

    fn tick() -> Said {
        let mut tick = Tick::empty(Channel::Client);
        tick.start_ms = 300;
        tick.span_ms = 100;
        tick.pitch.add_hz(180.0);
        tick.speech_energy = 1 << 35;
        Said::Heard { call: CallId::from_bits(90), arrived_us: 5, observation: Observation::Tick(tick) }
    }

    #[test]
    fn messages_read_back_in_order() {
        let (mut bytes, mut buffer) = (Vec::new(), Vec::new());
        let counters = Said::Counters(Counters::default());
        let sizes = [append(&tick(), &mut bytes).unwrap(), append(&counters, &mut bytes).unwrap()];
        assert_eq!(sizes.iter().sum::<usize>(), bytes.len());
        assert!(sizes[0] < 64, "a tick took {} bytes", sizes[0]);

        let mut link = bytes.as_slice();
        assert_eq!(read::<Said>(&mut link, &mut buffer).unwrap(), tick());
        assert_eq!(read::<Said>(&mut link, &mut buffer).unwrap(), counters);
        assert_eq!(read::<Said>(&mut link, &mut buffer).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn the_longest_list_of_devices_fits_into_a_message() {
        let device = Device {
            id: "x".repeat(devices::ID_BYTES_MAX),
            name: "n".repeat(devices::TEXT_BYTES_MAX),
            channels: vec![1, 2],
            default: false,
        };
        let devices = vec![device; devices::DEVICES_MAX];
        let list = DeviceList { host: AudioHost::Alsa, devices, why: None };
        assert!(append(&Said::Devices(list), &mut Vec::new()).is_ok());
    }

    #[test]
    fn hostile_bytes_are_refused_without_a_panic() {
        for bytes in [&[255, 255, 0][..], &[1, 0, 200], &[3, 0, 2, 255, 255], &[0, 0]] {
            assert!(read::<Said>(&mut &*bytes, &mut Vec::new()).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_not_half_written() {
        let mut bytes = vec![7];
        assert!(append(&"x".repeat(MESSAGE_BYTES_MAX), &mut bytes).is_err());
        assert_eq!(bytes, [7]);
    }
}
