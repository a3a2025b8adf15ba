//! For tests: two sides drawn as text -> the observations that the ear would make of them.

use crate::observations::Channel;
use crate::observations::Observation;
use crate::observations::Tick;

const CELL_MS: u64 = 100;
/// How long after the fact the ear is certain.
const LAG_MS: u64 = 200;

/// `#` is 100 ms of speech, anything else 100 ms of silence. In the order in which they would be told, with ticks.
pub fn observations(rep: &str, client: &str) -> Vec<Observation> {
    let sides = [(Channel::Rep, utterances(rep)), (Channel::Client, utterances(client))];
    let mut told = Vec::new();
    for (own, (channel, spans)) in sides.iter().enumerate() {
        let length_ms = [rep, client][own].len() as u64 * CELL_MS;
        for (n, &(start_ms, end_ms)) in spans.iter().enumerate() {
            told.push((start_ms + LAG_MS, Observation::SpeechStart { channel: *channel, at_ms: start_ms }));
            if end_ms < length_ms {
                told.push((end_ms + LAG_MS, Observation::SpeechEnd { channel: *channel, at_ms: end_ms }));
            }
            let Some(&(next_ms, _)) = spans.get(n + 1) else { continue };
            let length_ms = next_ms - end_ms;
            let alone = sides[1 - own].1.iter().all(|&(from, to)| to <= end_ms || from >= next_ms);
            if alone && (250..=2000).contains(&length_ms) {
                let pause =
                    Observation::Pause { channel: *channel, start_ms: end_ms, length_ms: length_ms as u32 };
                told.push((next_ms + LAG_MS + 1, pause));
            }
        }
        for start_ms in (0..length_ms).step_by(100) {
            let tick = crate::observations::Tick { start_ms, span_ms: 100, ..Tick::empty(*channel) };
            told.push((start_ms + 200, Observation::Tick(tick)));
        }
    }
    told.sort_by_key(|&(at_ms, _)| at_ms);
    told.into_iter().map(|(_, observation)| observation).collect()
}

fn utterances(drawn: &str) -> Vec<(u64, u64)> {
    let mut spans: Vec<(u64, u64)> = Vec::new();
    for (n, _) in drawn.char_indices().filter(|&(_, c)| c == '#') {
        let start_ms = n as u64 * CELL_MS;
        match spans.last_mut() {
            Some((_, end_ms)) if *end_ms == start_ms => *end_ms += CELL_MS,
            _ => spans.push((start_ms, start_ms + CELL_MS)),
        }
    }
    spans
}
