//! What the demo says, as text -> when each syllable, pause and turn begins: the truth that measures are held against.

use crate::observations::Channel;

/// One turn of the demo.
struct Line {
    channel: Channel,
    /// From the end of the turn before; negative where it begins before that.
    gap_ms: i64,
    /// Of an average syllable.
    syllable_ms: u32,
    /// Syllables of a consonant and a vowel (a capital is accented), `uh` for a hesitation, `(400)` for a pause in ms.
    said: &'static str,
}

const fn rep(gap_ms: i64, said: &'static str) -> Line {
    Line { channel: Channel::Rep, gap_ms, syllable_ms: 200, said }
}

const fn client(gap_ms: i64, said: &'static str) -> Line {
    Line { channel: Channel::Client, gap_ms, syllable_ms: 215, said }
}

/// The client begins to think twice: late, slow, with pauses.
const fn reserved(gap_ms: i64, said: &'static str) -> Line {
    Line { channel: Channel::Client, gap_ms, syllable_ms: 285, said }
}

/// When the first turn begins.
const LEAD_MS: i64 = 600;

/// Silence after the last turn.
const TAIL_MS: u64 = 1200;

const LINES: [Line; 28] = [
    rep(LEAD_MS, "mO na li ta sA mi no du (380) mE la to bI na so lE ma"),
    client(240, "nI ma to lA di no (340) mE so na tI la"),
    rep(210, "lA mo ti nE sa lu mI da no kA li me (430) nO ta li mE sa"),
    client(-380, "lI me la dO me ti nO ta ke mA ki mo (340) la tI de ka di nO le ka su tE so la"),
    rep(260, "nO mi la uh (300) mA te lo sI na du mE li ta no"),
    client(190, "ne dI le ta nu kE no la se mA lo (310) ti se lO tu ni (380) tu nI lo ma sI na mi tu lE ka"),
    rep(230, "mI so la nE ta du li mA no (460) lE mi ta nO sa li"),
    client(280, "me lA ki de lA no ki (350) la sE no sa ni lU mo de lU ne li du mO la me ka sE to"),
    rep(180, "lO na mi tA se li mO du na ti (350) mA so le nI ta"),
    client(220, "lI du la me dI to ma no (320) mE nu ti me sU da si kA li ke (360) da lU se da mO na su"),
    rep(-340, "nA li so mE ta lu nO mi sa dI la me"),
    client(310, "ni sE no te mA ni so nI tu le dO sa te (330) da nO mi ta dU ko le na lI na me"),
    rep(250, "mA no li tE sa du mI la no (400) nE so mi lA ta mi nO"),
    client(230, "ta kI mu la mI nu ma sU la du sO di (370) mo lI na (310) ti me tU no si lA ne lu mA li"),
    rep(240, "mE lu no mA lo ka ni tE (400) nu ko ta mU no mi nA"),
    client(260, "mi nO li mu da kO na mi le tO da mu na sE du no (340) te sA mo ni lA ni mo nE mo"),
    rep(220, "te mO te ma de mO na (400) ki mo tA ki ta kI ta mi"),
    client(200, "sA no sa tO me lu ne lU (360) ne lo ta sO ta li tE ma le ti kE li na lo nI de ta dO"),
    rep(250, "lo sA ni le sI na te (400) do tE ni so lU so le sa"),
    client(290, "sI la ni ma sU te li no sE (320) lu mo ni lU ne mi dO ta ke lU do na mi tO mi"),
    rep(260, "sE ma ke la nE mo si (400) mA lo se dO ti na su dE"),
    reserved(1450, "nO ma (620) lI ta se (640) mA no (700) li tO ma na"),
    rep(270, "lA mi no tE sa li mO na (390) mE du la nI so ta"),
    reserved(1720, "mE na uh (700) lO ta (580) nI ma sa"),
    rep(240, "mI la so nA te li mO du na (410) lE ta mi nO sa"),
    reserved(1580, "mA (640) nE li ta (760) mO na si lA"),
    rep(250, "nA mo li tE su la mI no (380) lE na to mA si"),
    reserved(1630, "lO na (660) mI ta (720) nE la mo sA ti"),
];

/// How far syllables stray from the average, in percent; speech that keeps time like a clock sounds like one.
const STRAY_PERCENT: [u32; 7] = [100, 90, 112, 95, 106, 88, 109];

/// The last syllable before a silence is drawn out.
const FINAL_PERCENT: u32 = 140;

const FILLER_MS: u32 = 460;

/// How a syllable begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consonant {
    /// m, n
    Nasal,
    /// l
    Liquid,
    /// b, d
    Voiced,
    /// t, k
    Stop,
    /// s
    Hiss,
    /// The hesitation begins with its vowel.
    None,
}

impl Consonant {
    fn length_ms(self) -> u32 {
        match self {
            Self::Nasal | Self::Liquid => 70,
            Self::Voiced => 65,
            Self::Stop => 75,
            Self::Hiss => 90,
            Self::None => 0,
        }
    }
}

/// One syllable and when it is said.
#[derive(Debug, Clone, Copy)]
pub struct Syllable {
    pub channel: Channel,
    pub start_ms: u64,
    pub consonant: Consonant,
    pub consonant_ms: u32,
    /// `@` is the vowel of a hesitation.
    pub vowel: char,
    pub vowel_ms: u32,
    pub accented: bool,
    /// Where in its stretch of speech it lies, 0..1.
    pub progress: f32,
    /// A silence follows.
    pub last: bool,
}

impl Syllable {
    pub fn end_ms(&self) -> u64 {
        self.start_ms + u64::from(self.consonant_ms + self.vowel_ms)
    }
}

/// A stretch of one side, or of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub channel: Channel,
    pub start_ms: u64,
    pub end_ms: u64,
}

/// What there is to be heard in the demo.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    pub length_ms: u64,
    /// In the order of each side.
    pub syllables: Vec<Syllable>,
    /// Speech without silences.
    pub utterances: Vec<Span>,
    pub turns: Vec<Span>,
    pub pauses: Vec<Span>,
    pub filled_pauses: Vec<Span>,
    /// Where the second of two turns begins within the first; the channel is that of the second.
    pub overlaps: Vec<Span>,
}

impl Truth {
    /// Onset and latency of each answer of a side, in ms.
    pub fn latencies(&self, channel: Channel) -> Vec<(u64, i64)> {
        let answers = self.turns.windows(2).filter(|pair| pair[1].channel == channel);
        answers
            .map(|pair| (pair[1].start_ms, pair[1].start_ms.cast_signed() - pair[0].end_ms.cast_signed()))
            .collect()
    }

    /// How long a side speaks.
    pub fn speech_ms(&self, channel: Channel) -> u64 {
        let own = self.utterances.iter().filter(|span| span.channel == channel);
        own.map(|span| span.end_ms - span.start_ms).sum()
    }
}

/// Works out when everything is said.
pub fn truth() -> Truth {
    let mut truth = Truth::default();
    let mut end_ms = 0;
    for line in &LINES {
        let start_ms = (end_ms as i64 + line.gap_ms).max(0).cast_unsigned();
        let turn = Span { channel: line.channel, start_ms, end_ms: truth.say(line, start_ms) };
        if start_ms < end_ms {
            truth.overlaps.push(Span { end_ms: end_ms.min(turn.end_ms), ..turn });
        }
        truth.turns.push(turn);
        end_ms = turn.end_ms;
    }
    truth.length_ms = end_ms + TAIL_MS;
    truth
}

impl Truth {
    /// Lays out one line; returns when it ends.
    fn say(&mut self, line: &Line, start_ms: u64) -> u64 {
        let channel = line.channel;
        let mut at_ms = start_ms;
        for (n, part) in line.said.split('(').enumerate() {
            let mut words = part;
            if let (1.., Some((pause_ms, rest))) = (n, part.split_once(')')) {
                let from_ms = at_ms;
                at_ms += pause_ms.parse().unwrap_or(0);
                self.pauses.push(Span { channel, start_ms: from_ms, end_ms: at_ms });
                words = rest;
            }
            let from_ms = at_ms;
            let count = words.split_whitespace().count();
            for (k, word) in words.split_whitespace().enumerate() {
                let progress = k as f32 / count.max(1) as f32;
                let syllable = syllable(line, at_ms, word, progress, k + 1 == count, self.syllables.len());
                at_ms = syllable.end_ms();
                if syllable.vowel == '@' {
                    self.filled_pauses.push(Span { channel, start_ms: syllable.start_ms, end_ms: at_ms });
                }
                self.syllables.push(syllable);
            }
            self.utterances.push(Span { channel, start_ms: from_ms, end_ms: at_ms });
        }
        at_ms
    }
}

fn syllable(line: &Line, start_ms: u64, word: &str, progress: f32, last: bool, n: usize) -> Syllable {
    let filler = word == "uh";
    let consonant = match word.chars().next() {
        _ if filler => Consonant::None,
        Some('m' | 'n') => Consonant::Nasal,
        Some('l') => Consonant::Liquid,
        Some('b' | 'd') => Consonant::Voiced,
        Some('t' | 'k') => Consonant::Stop,
        _ => Consonant::Hiss,
    };
    let letter = word.chars().last().unwrap_or('a');
    let stretched = if last { FINAL_PERCENT } else { STRAY_PERCENT[n % STRAY_PERCENT.len()] };
    let length_ms = if filler { FILLER_MS } else { line.syllable_ms * stretched / 100 };
    Syllable {
        channel: line.channel,
        start_ms,
        consonant,
        consonant_ms: consonant.length_ms(),
        vowel: if filler { '@' } else { letter.to_ascii_lowercase() },
        vowel_ms: length_ms - consonant.length_ms(),
        accented: letter.is_ascii_uppercase(),
        progress,
        last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_two_minutes_of_talk_with_all_that_is_to_be_found() {
        let truth = truth();
        assert!((120_000..160_000).contains(&truth.length_ms), "{} ms", truth.length_ms);
        assert_eq!((truth.turns.len(), truth.overlaps.len(), truth.filled_pauses.len()), (28, 2, 2));
        assert!(truth.pauses.iter().all(|pause| pause.end_ms - pause.start_ms >= 300));
        let latencies = truth.latencies(Channel::Client);
        assert_eq!(latencies.iter().map(|&(_, ms)| ms).collect::<Vec<_>>()[10..], [1450, 1720, 1580, 1630]);
    }

    #[test]
    fn a_side_never_speaks_over_itself() {
        let truth = truth();
        for channel in [Channel::Rep, Channel::Client] {
            let own: Vec<_> = truth.syllables.iter().filter(|syllable| syllable.channel == channel).collect();
            assert!(own.windows(2).all(|pair| pair[0].end_ms() <= pair[1].start_ms));
        }
    }
}
