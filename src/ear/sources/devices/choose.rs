//! Which inputs are worth showing, and in which format one is heard.

use std::ops::RangeInclusive;

use cpal::SampleFormat;

use crate::ear::frames::resample::SOURCE_RATES_HZ;
use crate::units::Layout;

/// Best first: the rate of analysis needs no resampling; the others are what sound cards run at.
const RATES_HZ: [u32; 8] = [16_000, 48_000, 44_100, 32_000, 24_000, 22_050, 96_000, 8_000];

/// ALSA's own rate conversion is a straight line between samples; from here up that does no harm to a voice.
const CONVERTED_HZ: u32 = 48_000;

/// Best first: 16 bits are what is analysed.
const FORMATS: [SampleFormat; 10] = [
    SampleFormat::I16,
    SampleFormat::I32,
    SampleFormat::F32,
    SampleFormat::I24,
    SampleFormat::U16,
    SampleFormat::F64,
    SampleFormat::U24,
    SampleFormat::U32,
    SampleFormat::I8,
    SampleFormat::U8,
];

/// Names of ALSA's that are not inputs for people: converters, outputs, and parts of a card that it also gives whole.
const ALIASES: [&str; 27] = [
    "null",
    "lavrate",
    "samplerate",
    "samplerate_best",
    "samplerate_medium",
    "samplerate_order",
    "samplerate_linear",
    "speexrate",
    "speexrate_best",
    "speexrate_medium",
    "speex",
    "upmix",
    "vdownmix",
    "jack",
    "oss",
    "usbstream",
    "sysdefault",
    "front",
    "rear",
    "center_lfe",
    "side",
    "iec958",
    "spdif",
    "hdmi",
    "dmix",
    "modem",
    "phoneline",
];

/// What an input can do.
#[derive(Debug, Clone, Default)]
pub struct Abilities {
    /// Channel counts of the hardware.
    pub channels: Vec<u16>,
    /// Sample rates of the hardware.
    pub rates_hz: Vec<RangeInclusive<u32>>,
    pub formats: Vec<SampleFormat>,
    /// Whatever is asked for, ALSA makes it.
    pub converts: bool,
}

/// How an input is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    pub channels: u16,
    pub rate_hz: u32,
    pub format: SampleFormat,
}

/// An input cannot be heard as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    #[error(
        "layout {layout} needs an input of 2 channels and this one has {channels}: use layout mono, or another input"
    )]
    Layout { layout: Layout, channels: u16 },
    #[error(
        "it gives no sample rate from {} to {} Hz: use another input",
        SOURCE_RATES_HZ.start(),
        SOURCE_RATES_HZ.end()
    )]
    Rate,
    #[error("its sample formats are not known here: use another input")]
    Format,
}

/// The format in which the least has to be converted.
///
/// # Errors
/// See [`Misfit`].
pub fn choose(abilities: &Abilities, layout: Layout) -> Result<Chosen, Misfit> {
    let least = abilities.channels.iter().copied().min().unwrap_or(0);
    let channels = match layout {
        Layout::Mono | Layout::Shared => least,
        Layout::RepLeft | Layout::RepRight if abilities.channels.contains(&2) => 2,
        Layout::RepLeft | Layout::RepRight => return Err(Misfit::Layout { layout, channels: least }),
    };
    let gives = |rate_hz: &u32| abilities.rates_hz.iter().any(|range| range.contains(rate_hz));
    let first = abilities.converts.then_some(CONVERTED_HZ);
    let usual = first.into_iter().chain(RATES_HZ).find(gives);
    let other = || {
        let nearest = |range: &RangeInclusive<u32>| (*range.start()).max(*SOURCE_RATES_HZ.start());
        abilities.rates_hz.iter().map(nearest).find(|rate| gives(rate) && SOURCE_RATES_HZ.contains(rate))
    };
    let rate_hz = usual.or_else(other).ok_or(Misfit::Rate)?;
    let format = FORMATS.into_iter().find(|format| abilities.formats.contains(format));
    Ok(Chosen { channels, rate_hz, format: format.ok_or(Misfit::Format)? })
}

/// Whether an ALSA input belongs on a short list: the default, each card once by its name, and what the machine's
/// owner has defined. `all` are the names of all inputs.
pub fn is_worth_showing(name: &str, all: &[&str]) -> bool {
    let Some((kind, card)) = name.split_once(':') else { return !ALIASES.contains(&name) };
    if !["plughw", "hw"].contains(&kind) {
        return false;
    }
    // With conversion, an input works whatever its format; by its name, it is found again in another socket.
    let better = |other: &&str| match other.split_once(':') {
        Some(("plughw", other_card)) => {
            is_numbered(card) && !is_numbered(other_card) || kind == "hw" && other_card == card
        }
        _ => false,
    };
    !all.iter().any(better)
}

fn is_numbered(card: &str) -> bool {
    let name = card.strip_prefix("CARD=").unwrap_or(card);
    name.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use SampleFormat::{DsdU8, F32, I16, I32, U8};

    fn abilities(channels: &[u16], rates_hz: &[RangeInclusive<u32>], formats: &[SampleFormat]) -> Abilities {
        Abilities {
            channels: channels.into(),
            rates_hz: rates_hz.into(),
            formats: formats.into(),
            converts: false,
        }
    }

    #[track_caller]
    fn check(abilities: &Abilities, layout: Layout, want: (u16, u32, SampleFormat)) {
        let (channels, rate_hz, format) = want;
        assert_eq!(choose(abilities, layout), Ok(Chosen { channels, rate_hz, format }));
    }

    #[test]
    fn the_least_is_converted() {
        let any = abilities(&[1, 2], &[8_000..=192_000], &[U8, F32, I16]);
        check(&any, Layout::Mono, (1, 16_000, I16));
        check(&any, Layout::RepLeft, (2, 16_000, I16));
        check(&Abilities { converts: true, ..any }, Layout::Mono, (1, 48_000, I16));
        let card = abilities(&[2], &[44_100..=44_100, 48_000..=48_000], &[I32, F32]);
        check(&card, Layout::Mono, (2, 48_000, I32));
        let old = abilities(&[1], &[11_025..=11_025], &[U8]);
        check(&old, Layout::Mono, (1, 11_025, U8));
    }

    #[test]
    fn what_does_not_fit_is_refused_in_one_sentence() {
        let refused = |abilities: &Abilities, layout| choose(abilities, layout).unwrap_err().to_string();
        let mono = abilities(&[1], &[16_000..=16_000], &[I16]);
        assert!(refused(&mono, Layout::RepRight).contains("rep-right needs an input of 2 channels"));
        let mixer = abilities(&[8], &[48_000..=48_000], &[I16]);
        assert!(refused(&mixer, Layout::RepLeft).contains("this one has 8"));
        let fast = abilities(&[1], &[384_000..=768_000], &[I16]);
        assert!(refused(&fast, Layout::Mono).contains("no sample rate from 8000 to 192000 Hz"));
        let dsd = abilities(&[1], &[48_000..=48_000], &[DsdU8]);
        assert!(refused(&dsd, Layout::Mono).contains("sample formats"));
    }

    #[track_caller]
    fn shows(all: &[&str], want: &[&str]) {
        let shown: Vec<_> = all.iter().copied().filter(|name| is_worth_showing(name, all)).collect();
        assert_eq!(shown, want);
    }

    #[test]
    fn a_card_is_shown_once_and_by_its_name() {
        shows(
            &[
                "null",
                "lavrate",
                "default",
                "pipewire",
                "hw:CARD=PCH,DEV=0",
                "plughw:CARD=PCH,DEV=0",
                "sysdefault:CARD=PCH",
                "front:CARD=PCH,DEV=0",
                "dsnoop:CARD=PCH,DEV=0",
                "hw:CARD=0,DEV=0",
                "plughw:CARD=0,DEV=0",
                "counter",
            ],
            &["default", "pipewire", "plughw:CARD=PCH,DEV=0", "counter"],
        );
    }

    #[test]
    fn a_card_without_a_name_is_shown_by_its_number() {
        shows(&["hw:CARD=1,DEV=0", "plughw:CARD=1,DEV=0"], &["plughw:CARD=1,DEV=0"]);
        shows(&["hw:CARD=Mic,DEV=0"], &["hw:CARD=Mic,DEV=0"]);
    }
}
