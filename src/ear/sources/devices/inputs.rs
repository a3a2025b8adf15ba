//! The machine's sound system through cpal: its inputs as a short list, and one of them as a stream of samples.

use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, ErrorKind, FromSample, HostId, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize,
};

use super::Format;
use super::Sink;
use super::choose::{Abilities, Chosen, choose, is_worth_showing};
use crate::observations::devices::{DEVICES_MAX, ID_BYTES_MAX, short};
use crate::observations::{AudioHost, Device, DeviceList};
use crate::units::Layout;

/// An input hands its samples over this often. A library's own choice can be seconds.
const PERIOD_MS: u32 = 20;

/// A sound server that does not answer within this time counts as gone.
const OPEN_WAIT: Duration = Duration::from_secs(2);

/// An open input; closed when dropped.
pub struct Stream {
    _open: cpal::Stream,
}

/// All inputs worth showing. Slow; and ALSA opens each of them for a moment.
pub fn list(host: AudioHost) -> DeviceList {
    quieten(host);
    match found(host) {
        Ok(devices) if devices.is_empty() => DeviceList::none(host, nothing(host)),
        Ok(devices) => DeviceList { host, devices, why: None },
        Err(why) => DeviceList::none(host, short(&why)),
    }
}

fn found(host: AudioHost) -> Result<Vec<Device>, String> {
    let system = system(host)?;
    let all: Vec<_> = system
        .devices()
        .map_err(|error| format!("the inputs cannot be listed: {}", sentence(host, &error)))?
        .filter(DeviceTrait::supports_input)
        .filter_map(|device| Some((device.id().ok()?, device)))
        .collect();
    let names: Vec<_> = all.iter().map(|(id, _)| id.id()).collect();
    let usual = match host {
        AudioHost::Alsa => Some("default".to_owned()),
        AudioHost::Pulseaudio => {
            system.default_input_device().and_then(|device| Some(device.id().ok()?.id().to_owned()))
        }
    };
    let mut devices: Vec<Device> = all
        .iter()
        .filter(|(id, _)| host == AudioHost::Pulseaudio || is_worth_showing(id.id(), &names))
        .filter_map(|(id, device)| shown(host, &system, device, id, usual.as_deref()))
        .collect();
    // Sound that is being played comes after microphones.
    devices.sort_by_key(|device| (!device.default, device.id.ends_with(".monitor")));
    devices.truncate(DEVICES_MAX);
    if !devices.iter().any(|device| device.default)
        && let Some(first) = devices.first_mut()
    {
        first.default = true;
    }
    Ok(devices)
}

/// `None` for what cannot be opened at all. One that is in use can be, later.
fn shown(
    host: AudioHost,
    system: &cpal::Host,
    device: &cpal::Device,
    id: &cpal::DeviceId,
    usual: Option<&str>,
) -> Option<Device> {
    let stereo = match abilities(host, system, device, id) {
        Ok(abilities) => abilities.channels.contains(&2),
        Err(error) if error.kind() == ErrorKind::DeviceBusy => false,
        Err(_) => return None,
    };
    let name = device.description().map_or_else(|_| id.id().to_owned(), |about| about.name().to_owned());
    let text = id.to_string();
    (text.len() <= ID_BYTES_MAX).then(|| Device {
        default: usual == Some(id.id()),
        id: text,
        name: short(&name),
        channels: if stereo { vec![1, 2] } else { vec![1] },
    })
}

/// Opens an input and starts it. `lost` is told once it fails.
///
/// # Errors
/// One sentence that names the input, the reason and the mend.
pub fn open<S: Sink>(
    host: AudioHost,
    id: &str,
    layout: Layout,
    sink: S,
    lost: impl FnMut(String) + Send + 'static,
) -> Result<(Stream, Format), String> {
    quieten(host);
    let begun = || {
        let system = system(host)?;
        let known = id.parse().ok().filter(|known: &cpal::DeviceId| known.host() == host_id(host));
        let known =
            known.ok_or_else(|| format!("this is not an input of audio.host = \"{}\"", host.name()))?;
        let device = system.device_by_id(&known).ok_or_else(|| "it is not there: plug it in".to_owned())?;
        let start = || {
            let abilities = abilities(host, &system, &device, &known)?;
            Ok(choose(&abilities, layout).map(|chosen| (chosen, period(&device, chosen))))
        };
        let (chosen, frames) =
            start().map_err(|error| sentence(host, &error))?.map_err(|misfit| misfit.to_string())?;
        let stream = start_stream(&device, chosen, frames, sink, report(host, id, lost))
            .map_err(|error| sentence(host, &error))?;
        Ok((stream, Format { channels: chosen.channels.into(), rate_hz: chosen.rate_hz }))
    };
    begun().map_err(|why: String| short(&format!("input `{id}` cannot be opened: {why}")))
}

/// What the library says of a running stream. A hiccup is no loss: the audio clock of a worker goes by samples.
fn report(
    host: AudioHost,
    id: &str,
    mut lost: impl FnMut(String) + Send + 'static,
) -> impl FnMut(cpal::Error) + Send + 'static {
    let id = id.to_owned();
    move |error: cpal::Error| match error.kind() {
        ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
        _ => lost(short(&format!("input `{id}` was lost: {}", sentence(host, &error)))),
    }
}

fn start_stream<S: Sink>(
    device: &cpal::Device,
    chosen: Chosen,
    frames: u32,
    sink: S,
    error: impl FnMut(cpal::Error) + Send + 'static,
) -> Result<Stream, cpal::Error> {
    let config = StreamConfig {
        channels: chosen.channels,
        sample_rate: chosen.rate_hz,
        buffer_size: BufferSize::Fixed(frames),
    };
    let stream = match chosen.format {
        SampleFormat::I8 => build::<i8, S>(device, config, sink, error),
        SampleFormat::I16 => build::<i16, S>(device, config, sink, error),
        SampleFormat::I24 => build::<cpal::I24, S>(device, config, sink, error),
        SampleFormat::I32 => build::<i32, S>(device, config, sink, error),
        SampleFormat::U8 => build::<u8, S>(device, config, sink, error),
        SampleFormat::U16 => build::<u16, S>(device, config, sink, error),
        SampleFormat::U24 => build::<cpal::U24, S>(device, config, sink, error),
        SampleFormat::U32 => build::<u32, S>(device, config, sink, error),
        SampleFormat::F32 => build::<f32, S>(device, config, sink, error),
        SampleFormat::F64 => build::<f64, S>(device, config, sink, error),
        _ => Err(ErrorKind::UnsupportedConfig.into()),
    }?;
    stream.play()?;
    Ok(Stream { _open: stream })
}

/// The callback owns the sink: a stream can be dropped before its last call.
fn build<T, S: Sink>(
    device: &cpal::Device,
    config: StreamConfig,
    mut sink: S,
    error: impl FnMut(cpal::Error) + Send + 'static,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample,
    i16: FromSample<T>,
{
    let take = move |samples: &[T], _: &cpal::InputCallbackInfo| {
        sink.take(samples.iter().map(|&sample| i16::from_sample_(sample)));
    };
    device.build_input_stream(config, take, error, Some(OPEN_WAIT))
}

/// What an input can do. ALSA's converting devices claim to do everything: the card behind one says what is true.
fn abilities(
    host: AudioHost,
    system: &cpal::Host,
    device: &cpal::Device,
    id: &cpal::DeviceId,
) -> Result<Abilities, cpal::Error> {
    let own: Vec<_> = device.supported_input_configs()?.collect();
    let behind = || {
        let card = id.id().strip_prefix("plughw:")?;
        let card = system.device_by_id(&format!("alsa:hw:{card}").parse().ok()?)?;
        Some(card.supported_input_configs().ok()?.collect::<Vec<_>>())
    };
    let card = behind();
    let converts = host == AudioHost::Alsa
        && card.is_none()
        && own.iter().any(|range| range.min_sample_rate() <= 8_000 && range.max_sample_rate() >= 192_000);
    let true_ranges = card.as_ref().unwrap_or(&own);
    let mut abilities = Abilities { converts, ..Abilities::default() };
    for range in true_ranges {
        let rates_hz = range.min_sample_rate()..=range.max_sample_rate();
        abilities.channels.push(range.channels());
        abilities.rates_hz.push(rates_hz);
    }
    if host == AudioHost::Pulseaudio {
        // A sound server offers any number of channels and makes up those that are not there.
        abilities.channels = vec![device.default_input_config()?.channels()];
    }
    abilities.formats = own.iter().map(|range| range.sample_format()).collect();
    Ok(abilities)
}

/// Frames handed over at a time, as near to [`PERIOD_MS`] as the input can.
fn period(device: &cpal::Device, chosen: Chosen) -> u32 {
    let wanted = chosen.rate_hz * PERIOD_MS / 1000;
    let mut ranges = device.supported_input_configs().into_iter().flatten();
    let fits = ranges.find(|range| {
        (range.channels(), range.sample_format()) == (chosen.channels, chosen.format)
            && (range.min_sample_rate()..=range.max_sample_rate()).contains(&chosen.rate_hz)
    });
    match fits.map(|range| *range.buffer_size()) {
        Some(SupportedBufferSize::Range { min, max }) if min <= max => wanted.clamp(min, max),
        _ => wanted,
    }
}

fn host_id(host: AudioHost) -> HostId {
    match host {
        AudioHost::Alsa => HostId::Alsa,
        AudioHost::Pulseaudio => HostId::PulseAudio,
    }
}

/// Never the library's own choice of a system: that is another one as soon as a sound server answers.
fn system(host: AudioHost) -> Result<cpal::Host, String> {
    cpal::host_from_id(host_id(host)).map_err(|error| sentence(host, &error))
}

/// ALSA prints a line for everything that it tries. On this thread it does so into memory.
fn quieten(host: AudioHost) {
    if host == AudioHost::Alsa {
        let _ = alsa::Output::local_error_handler();
    }
}

fn nothing(host: AudioHost) -> &'static str {
    match host {
        AudioHost::Alsa if !std::path::Path::new("/dev/snd").exists() => {
            "this machine has no sound device: plug in a microphone and restart the appliance, or use a browser's"
        }
        AudioHost::Alsa => {
            "no input can be opened: plug in a microphone, and let the appliance's user into the group audio"
        }
        AudioHost::Pulseaudio => "the sound server has no input: plug in a microphone",
    }
}

fn sentence(host: AudioHost, error: &cpal::Error) -> String {
    let mend = match error.kind() {
        ErrorKind::DeviceBusy => "another program or call is using it: close that one",
        ErrorKind::DeviceNotAvailable => "it is not there: plug it in",
        ErrorKind::PermissionDenied if host == AudioHost::Alsa => {
            "this user may not open it: add the user to the group audio"
        }
        ErrorKind::PermissionDenied => "the sound server does not let this user in",
        ErrorKind::HostUnavailable if host == AudioHost::Pulseaudio => {
            "the sound server is not there: start it, or set audio.host = \"alsa\""
        }
        ErrorKind::StreamInvalidated => "the sound server went away",
        _ => return error.to_string(),
    };
    mend.to_owned()
}
