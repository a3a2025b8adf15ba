//! The observations of one conversation, as they come -> its measures now, over any window, and in sum.

use crate::observations::Channel;
use crate::observations::Doubt;
use crate::observations::Layout;
use crate::observations::Observation;
use crate::observations::Tick;
use crate::units::time::seconds;

use super::measures::{Measure, Measures, Unknown, talk_share_rep};
use super::responses::{Response, Responses};
use super::turns::Turns;
use super::window::{Window, Windows};

/// Everything that is known of a conversation, in memory that does not grow with it.
#[derive(Debug, Clone)]
pub struct Conversation {
    layout: Layout,
    ticks: Vec<(Channel, Windows<Tick>)>,
    turns: Turns,
    responses: Responses,
    now_ms: u64,
    lost: bool,
    doubt: Option<Doubt>,
}

/// The whole call.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub seconds: f64,
    pub talk_share_rep: Measure,
    pub overlaps: Measure<u32>,
    /// Answers of the client.
    pub responses: Measure<u32>,
    pub response_latency_median_s: Measure,
    /// In the order of the source's channels.
    pub channels: Vec<(Channel, Measures)>,
}

/// What the rep sees while the call goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The newest moment heard, on the audio clock.
    pub now_ms: u64,
    /// No sound arrives at the moment.
    pub lost: bool,
    /// Over the call so far.
    pub talk_share_rep: Measure,
    pub sides: Vec<SideNow>,
}

/// One side of a [`Snapshot`].
#[derive(Debug, Clone, PartialEq)]
pub struct SideNow {
    pub channel: Channel,
    /// Since when it speaks; `None` while it is silent.
    pub speaking_since_ms: Option<u64>,
    /// In the order of [`Window::ALL`].
    pub windows: [Measures; Window::ALL.len()],
}

impl Conversation {
    pub fn new(layout: Layout) -> Self {
        let ticks = |&channel: &Channel| (channel, Windows::new(Tick::empty(channel)));
        Self {
            layout,
            ticks: layout.channels().iter().map(ticks).collect(),
            turns: Turns::new(layout),
            responses: Responses::default(),
            now_ms: 0,
            lost: false,
            doubt: None,
        }
    }

    /// Takes the next observation. Returns an answer of one side to the other as soon as it is certain.
    pub fn push(&mut self, observation: &Observation) -> Option<Response> {
        match observation {
            Observation::Tick(tick) => self.tick(tick),
            Observation::SourceLost { .. } => self.lost = true,
            Observation::SourceBack { .. } => self.lost = false,
            Observation::Doubt { doubt, .. } => self.doubt = doubt.filter(|doubt| doubt.hides_a_side()),
            _ => {}
        }
        self.turns.push(observation);
        if self.layout == Layout::Mono { None } else { self.responses.push(observation) }
    }

    /// What makes it impossible now to say who speaks.
    pub fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The newest moment heard, on the audio clock.
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// One side over a window that ends now.
    pub fn measures(&self, channel: Channel, window: Window) -> Measures {
        let ticks = self.ticks.iter().find(|(known, _)| *known == channel);
        let tick = ticks.map_or_else(|| Tick::empty(channel), |(_, ticks)| ticks.over(window, self.now_ms));
        Measures::of(&tick, &self.turns.sums(channel, window, self.now_ms))
    }

    /// The rep's part of all speech in a window that ends now.
    pub fn talk_share_rep(&self, window: Window) -> Measure {
        self.two_sided()?;
        let sums = |channel| self.turns.sums(channel, window, self.now_ms);
        talk_share_rep(&sums(Channel::Rep), &sums(Channel::Client))
    }

    /// Both sides' answers to each other.
    pub fn responses(&self) -> &Responses {
        &self.responses
    }

    /// Stretches in which both sides spoke, over the call.
    pub fn overlaps(&self) -> u32 {
        self.turns.overlaps(Window::Call, self.now_ms).count
    }

    pub fn snapshot(&self) -> Snapshot {
        let side = |&channel: &Channel| SideNow {
            channel,
            speaking_since_ms: self.turns.speaking_since_ms(channel),
            windows: Window::ALL.map(|window| self.measures(channel, window)),
        };
        Snapshot {
            now_ms: self.now_ms,
            lost: self.lost,
            talk_share_rep: self.talk_share_rep(Window::Call),
            sides: self.layout.channels().iter().map(side).collect(),
        }
    }

    pub fn summary(&self) -> Summary {
        let two_sided = self.two_sided();
        let overlaps = self.turns.overlaps(Window::Call, self.now_ms);
        let median_ms = self.responses.median_ms(Channel::Client).ok_or(Unknown::NoAnswer);
        let measures = |&channel: &Channel| (channel, self.measures(channel, Window::Call));
        Summary {
            seconds: seconds(self.now_ms),
            talk_share_rep: self.talk_share_rep(Window::Call),
            overlaps: two_sided.map(|()| overlaps.count),
            responses: two_sided.map(|()| self.responses.count(Channel::Client)),
            response_latency_median_s: two_sided.and_then(|()| Ok(f64::from(median_ms? / 1000.0))),
            channels: self.layout.channels().iter().map(measures).collect(),
        }
    }

    fn tick(&mut self, tick: &Tick) {
        if let Some((_, ticks)) = self.ticks.iter_mut().find(|(channel, _)| *channel == tick.channel) {
            ticks.add(tick.start_ms, tick);
            self.now_ms = self.now_ms.max(tick.start_ms.saturating_add(tick.span_ms.into()));
        }
    }

    fn two_sided(&self) -> Result<(), Unknown> {
        match self.doubt {
            _ if self.layout == Layout::Mono => Err(Unknown::OneMicrophone),
            Some(Doubt::SameSound) => Err(Unknown::SameSound),
            Some(Doubt::NoRep | Doubt::NoClient) => Err(Unknown::SideMissing),
            Some(Doubt::TellingApart) => Err(Unknown::TellingApart),
            Some(Doubt::OneVoice) => Err(Unknown::OneVoice),
            Some(Doubt::Inverted) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::script::observations;

    const REP: &str = "####################..........................#########...";
    const CLIENT: &str = "........................##########...########..............";

    fn conversation(layout: Layout) -> Conversation {
        let mut conversation = Conversation::new(layout);
        for observation in observations(REP, CLIENT) {
            conversation.push(&observation);
        }
        conversation
    }

    #[test]
    fn a_call_is_summed_up() {
        let summary = conversation(Layout::RepLeft).summary();
        assert_eq!(summary.seconds, 5.9);
        assert_eq!(summary.talk_share_rep, Ok(29.0 / 47.0));
        assert_eq!((summary.overlaps, summary.responses), (Ok(0), Ok(1)));
        assert!((summary.response_latency_median_s.unwrap() - 0.4).abs() < 1e-6);
        let (channel, client) = &summary.channels[1];
        assert_eq!(
            (*channel, client.speech_s, client.floor_s, client.pauses),
            (Channel::Client, 1.8, 2.1, 1)
        );
    }

    #[test]
    fn the_rep_may_sit_on_the_right() {
        let order: Vec<_> =
            conversation(Layout::RepRight).summary().channels.iter().map(|side| side.0).collect();
        assert_eq!(order, [Channel::Client, Channel::Rep]);
    }

    #[test]
    fn one_microphone_knows_no_sides() {
        let mut mono = Conversation::new(Layout::Mono);
        mono.push(&Observation::SpeechStart { channel: Channel::Mono, at_ms: 0 });
        mono.push(&Observation::SpeechEnd { channel: Channel::Mono, at_ms: 4000 });
        let tick = Tick { start_ms: 0, span_ms: 4000, nuclei: 16, ..Tick::empty(Channel::Mono) };
        mono.push(&Observation::Tick(tick));
        let summary = mono.summary();
        let one = Unknown::OneMicrophone;
        assert_eq!((summary.talk_share_rep, summary.response_latency_median_s), (Err(one), Err(one)));
        assert_eq!((summary.overlaps, summary.responses), (Err(one), Err(one)));
        assert_eq!(summary.channels[0].1.speech_rate_hz, Ok(4.0));
    }

    #[test]
    fn sides_that_cannot_be_told_apart_have_no_figures_of_two_until_they_can() {
        let mut call = conversation(Layout::RepLeft);
        for (doubt, reason) in
            [(Doubt::SameSound, Unknown::SameSound), (Doubt::NoClient, Unknown::SideMissing)]
        {
            call.push(&Observation::Doubt { at_ms: 5900, doubt: Some(doubt) });
            let summary = call.summary();
            assert_eq!((summary.talk_share_rep, summary.overlaps), (Err(reason), Err(reason)));
            assert_eq!((summary.responses, summary.response_latency_median_s), (Err(reason), Err(reason)));
        }
        call.push(&Observation::Doubt { at_ms: 5900, doubt: None });
        assert_eq!(call.summary().talk_share_rep, Ok(29.0 / 47.0));
    }

    #[test]
    fn the_snapshot_shows_who_speaks() {
        let mut call = Conversation::new(Layout::RepLeft);
        let tick = |channel| Observation::Tick(Tick { start_ms: 2900, span_ms: 100, ..Tick::empty(channel) });
        call.push(&Observation::SpeechStart { channel: Channel::Client, at_ms: 1000 });
        call.push(&tick(Channel::Rep));
        call.push(&Observation::SourceLost { at_ms: 3000 });
        let lost = call.snapshot();
        assert_eq!((lost.now_ms, lost.lost, lost.sides[1].speaking_since_ms), (3000, true, None));
        assert_eq!(lost.talk_share_rep, Ok(0.0));
        call.push(&Observation::SourceBack { at_ms: 5000 });
        call.push(&Observation::SpeechStart { channel: Channel::Rep, at_ms: 5000 });
        let back = call.snapshot();
        assert_eq!((back.lost, back.sides[0].speaking_since_ms), (false, Some(5000)));
        assert_eq!(back.sides[1].windows[0].speech_s, 2.0);
    }
}
