//! One line of JSON -> an observation and when the desk received it, or one sentence that says what is wrong with it.

use serde::Deserialize;

use crate::observations::Channel;
use crate::observations::Observation;
use crate::observations::Tick;
use crate::units::level::energy_of_mean_square;
use crate::units::pitch::PITCH_BINS;
use crate::units::time::{FRAME_MS, TICK_MS};

/// No call lasts longer.
const CALL_MS_MAX: u64 = 24 * 3600 * 1000;

/// A tick covers at most this much.
const SPAN_MS_MAX: u32 = 60_000;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Side {
    Rep,
    Client,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    Tick(TickLine),
    SpeechStart { rx_ms: u64, channel: Side, at_ms: u64 },
    SpeechEnd { rx_ms: u64, channel: Side, at_ms: u64 },
    Pause { rx_ms: u64, channel: Side, start_ms: u64, length_ms: u32 },
    FilledPause { rx_ms: u64, channel: Side, start_ms: u64, length_ms: u32 },
    Overlap { rx_ms: u64, start_ms: u64, length_ms: u32 },
}

#[derive(Debug, Deserialize)]
struct TickLine {
    rx_ms: u64,
    channel: Side,
    start_ms: u64,
    span_ms: u32,
    speech_ms: u32,
    voiced_ms: u32,
    nuclei: u32,
    filled_ms: u32,
    pitch: Vec<(usize, u32)>,
    speech_energy: f32,
    noise_energy: f32,
    clipped_ms: u32,
    dropped_ms: u32,
}

/// Reads a line that follows one received at `before_ms`.
pub fn read(line: &str, before_ms: u64) -> Result<(u64, Observation), String> {
    let line: Line = serde_json::from_str(line).map_err(|fault| {
        let fault = fault.to_string();
        let fault = fault.split(" at line ").next().unwrap_or_default();
        format!("{fault}; a line is one JSON object of the rehearse format")
    })?;
    let channel = |side| match side {
        Side::Rep => Channel::Rep,
        Side::Client => Channel::Client,
    };
    let end = |start_ms: u64, length_ms: u32| start_ms.saturating_add(length_ms.into());
    let (rx_ms, until_ms, observation) = match line {
        Line::Tick(line) => {
            let tick = tick(&line, channel(line.channel))?;
            (line.rx_ms, end(tick.start_ms, tick.span_ms), Observation::Tick(tick))
        }
        Line::SpeechStart { rx_ms, channel: side, at_ms } => {
            (rx_ms, at_ms, Observation::SpeechStart { channel: channel(side), at_ms })
        }
        Line::SpeechEnd { rx_ms, channel: side, at_ms } => {
            (rx_ms, at_ms, Observation::SpeechEnd { channel: channel(side), at_ms })
        }
        Line::Pause { rx_ms, channel: side, start_ms, length_ms } => {
            let pause = Observation::Pause { channel: channel(side), start_ms, length_ms };
            (rx_ms, end(start_ms, length_ms), pause)
        }
        Line::FilledPause { rx_ms, channel: side, start_ms, length_ms } => {
            let pause = Observation::FilledPause { channel: channel(side), start_ms, length_ms };
            (rx_ms, end(start_ms, length_ms), pause)
        }
        Line::Overlap { rx_ms, start_ms, length_ms } => {
            (rx_ms, end(start_ms, length_ms), Observation::Overlap { start_ms, length_ms })
        }
    };
    if rx_ms < before_ms {
        return Err(format!("rx_ms {rx_ms} comes after {before_ms}: lines stand in the order of rx_ms"));
    }
    if rx_ms > CALL_MS_MAX {
        return Err(format!("rx_ms {rx_ms} is over {CALL_MS_MAX}: no call lasts longer than a day"));
    }
    if until_ms > rx_ms {
        return Err(format!(
            "it tells of {until_ms} ms but was received at {rx_ms}: nothing is known before it happens"
        ));
    }
    Ok((rx_ms, observation))
}

fn tick(line: &TickLine, channel: Channel) -> Result<Tick, String> {
    let span_ms = line.span_ms;
    if span_ms == 0 || !span_ms.is_multiple_of(TICK_MS) || span_ms > SPAN_MS_MAX {
        return Err(format!(
            "span_ms {span_ms} is not a multiple of {TICK_MS} from {TICK_MS} to {SPAN_MS_MAX}"
        ));
    }
    let parts = [
        ("speech_ms", line.speech_ms),
        ("voiced_ms", line.voiced_ms),
        ("filled_ms", line.filled_ms),
        ("clipped_ms", line.clipped_ms),
        ("dropped_ms", line.dropped_ms),
    ];
    if let Some((name, part)) = parts.into_iter().find(|(_, part)| *part > span_ms) {
        return Err(format!("{name} {part} is over span_ms {span_ms}: a part is at most the whole"));
    }
    let frames = span_ms / FRAME_MS;
    if line.nuclei > frames {
        return Err(format!("nuclei {} is over {frames}: at most one a frame of 10 ms", line.nuclei));
    }
    // An estimate may lie over full scale; it counts as full scale.
    for (name, energy) in [("speech_energy", line.speech_energy), ("noise_energy", line.noise_energy)] {
        if !energy.is_finite() || energy < 0.0 {
            return Err(format!("{name} {energy} is not 0 or more: a mean square at full scale 1"));
        }
    }
    let mut tick = Tick {
        start_ms: line.start_ms,
        span_ms,
        speech_ms: line.speech_ms,
        voiced_ms: line.voiced_ms,
        nuclei: line.nuclei,
        filled_ms: line.filled_ms,
        speech_energy: energy_of_mean_square(line.speech_energy) * u64::from(line.speech_ms / FRAME_MS),
        noise_energy: energy_of_mean_square(line.noise_energy) * u64::from(frames),
        clipped_ms: line.clipped_ms,
        dropped_ms: line.dropped_ms,
        ..Tick::empty(channel)
    };
    for &(bin, count) in &line.pitch {
        if bin >= PITCH_BINS {
            return Err(format!("pitch bin {bin} is over {}: half semitones from 55 Hz", PITCH_BINS - 1));
        }
        tick.pitch.add(bin, count);
    }
    if tick.pitch.frames() > frames.into() {
        return Err(format!("{} pitch frames are over {frames}: one a frame of 10 ms", tick.pitch.frames()));
    }
    Ok(tick)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: &str = r#"{"rx_ms":1103,"type":"tick","channel":"rep","start_ms":0,"span_ms":1000,"speech_ms":500,"voiced_ms":20,"nuclei":2,"filled_ms":0,"pitch":[[31,2]],"speech_energy":0.01,"noise_energy":1.98e-06,"clipped_ms":0,"dropped_ms":0}"#;

    #[track_caller]
    fn check(line: &str, want: &str) {
        let fault = read(line, 1000).unwrap_err();
        assert!(fault.contains(want) && !fault.contains('\n'), "{fault}");
    }

    #[test]
    fn a_tick_reads_as_sums() {
        let Ok((1103, Observation::Tick(tick))) = read(TICK, 1103) else { panic!("not a tick") };
        assert_eq!((tick.channel, tick.nuclei, tick.pitch.frames()), (Channel::Rep, 2, 2));
        assert_eq!(tick.speech_energy, 50 * energy_of_mean_square(0.01));
    }

    #[test]
    fn events_read_as_they_are() {
        let line = r#"{"rx_ms":2159,"type":"pause","channel":"client","start_ms":1530,"length_ms":520}"#;
        let pause = Observation::Pause { channel: Channel::Client, start_ms: 1530, length_ms: 520 };
        assert_eq!(read(line, 2159), Ok((2159, pause)));
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_value_and_the_rule() {
        check("{", "EOF");
        check(&TICK.replace("rep", "mono"), "unknown variant `mono`");
        check(&TICK.replace("\"tick\"", "\"tock\""), "unknown variant `tock`");
        check(&TICK.replace("\"nuclei\":2,", ""), "missing field `nuclei`");
        check(&TICK.replace("1000", "1050"), "span_ms 1050 is not a multiple of 100");
        check(
            &TICK.replace("\"speech_ms\":500", "\"speech_ms\":1500"),
            "speech_ms 1500 is over span_ms 1000",
        );
        check(&TICK.replace("[31,2]", "[96,2]"), "pitch bin 96 is over 95");
        check(&TICK.replace("0.01", "-1.5"), "speech_energy -1.5 is not 0 or more");
        check(&TICK.replace("1103", "900"), "rx_ms 900 comes after 1000");
        check(
            &TICK.replace("1103", "1003").replace("\"start_ms\":0", "\"start_ms\":100"),
            "tells of 1100 ms",
        );
        check(
            r#"{"rx_ms":90000000,"type":"speech_start","channel":"rep","at_ms":0}"#,
            "no call lasts longer",
        );
    }
}
