//! The observations of one call, in order, on its audio clock -> reserve share, objection signals and how the rep takes part.

use crate::observations::Channel;
use crate::observations::Observation;
use crate::observations::PitchHistogram;
use crate::observations::Tick;

use super::confidence::{Confidence, Withheld};
use super::evidence::{Driver, Odds};
use super::families::{Evidence, Family, Unit, Usuals};
use super::latency::Latencies;
use super::model::*;
use super::objection::{Hesitations, Objection};
use super::rep::{RepNow, RepSide};
use super::reserve::{Held, Reserve};
use super::responses::{Responses, Taken};

/// Once a second the reserve and the rep's side are looked at.
const SECOND_MS: u64 = 1000;

/// A clock that jumps further than this does not bring back the seconds in between.
const JUMP_MS: u64 = 60_000;

/// Everything that is drawn from one call, in memory that does not grow with it.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    responses: Responses,
    latencies: Latencies,
    usuals: Usuals,
    unit: Unit,
    pitch: PitchHistogram,
    odds: Odds,
    reserve: Reserve,
    hesitations: Hesitations,
    confidence: Confidence,
    rep: RepSide,
    client_speech_ms: u64,
    answers: u32,
    objections: u32,
    due_ms: u64,
    rep_since_ms: Option<u64>,
}

impl Signals {
    /// Takes the next observation; `now_ms` is the audio clock at its arrival and never goes back. Returns an
    /// objection signal when one is certain.
    pub fn push(&mut self, now_ms: u64, observation: &Observation) -> Option<Objection> {
        let was = 1.0 - self.odds.guarded();
        match observation {
            Observation::Tick(tick) => self.tick(tick),
            Observation::Pause { channel: Channel::Client, length_ms, .. } => {
                self.unit.pauses = self.unit.pauses.saturating_add(1);
                self.unit.pause_ms = self.unit.pause_ms.saturating_add((*length_ms).into());
            }
            Observation::SpeechStart { channel: Channel::Client, at_ms } => self.hesitations.began(*at_ms),
            Observation::SpeechEnd { channel: Channel::Client, at_ms } => self.hesitations.ended(*at_ms),
            Observation::SpeechStart { channel: Channel::Rep, at_ms } => self.rep_since_ms = Some(*at_ms),
            Observation::SpeechEnd { channel: Channel::Rep, .. } => self.rep_since_ms = None,
            Observation::SourceLost { .. } => {
                self.hesitations.lost();
                self.rep_since_ms = None;
            }
            _ => {}
        }
        if let Some(taken) = self.responses.follow(observation) {
            self.taken(now_ms, &taken, was);
        }
        if self.unit.floor_ms() >= UNIT_MS {
            self.floor(now_ms);
        }
        if self.pitch.frames() >= PITCH_UNIT_FRAMES {
            let voice = std::mem::take(&mut self.pitch);
            let weight = 1.0 - self.odds.guarded();
            let sd_st = voice.trimmed_sd_st(PITCH_UNIT_FRAMES).map(f64::from);
            let said = sd_st.and_then(|sd_st| self.usuals.pitch(sd_st, weight));
            self.hear(now_ms, said);
        }
        let allowed = self.known().is_ok();
        let objection = self.hesitations.judge(now_ms, self.usuals.pauses_per_min(), allowed);
        if objection.is_some() {
            self.objections = self.objections.saturating_add(1);
            self.rep.objection(now_ms);
        }
        self.seconds(now_ms);
        objection
    }

    /// How far the last 90 s of the client's floor were guarded, 0..1, or why that is not known.
    pub fn reserve(&self, now_ms: u64) -> Result<f64, Withheld> {
        self.known()?;
        self.reserve.share(now_ms)
    }

    /// The lowest reserve of the last 5 s; `None` unless it was known all the time.
    pub fn held(&self) -> Option<Held> {
        self.reserve.held()
    }

    /// How many families speak for guarded.
    pub fn signs(&self) -> usize {
        self.odds.signs()
    }

    /// The families that speak for guarded, strongest first.
    pub fn drivers(&self) -> Vec<Driver> {
        self.odds.drivers()
    }

    /// The probability that the client is guarded now.
    pub fn guarded(&self) -> f64 {
        self.odds.guarded()
    }

    /// Objection signals of this call so far.
    pub fn objections(&self) -> u32 {
        self.objections
    }

    /// How the rep takes part.
    pub fn rep(&self, now_ms: u64) -> RepNow {
        self.rep.now(now_ms, self.responses.holder())
    }

    /// Since when the rep speaks; `None` while silent.
    pub fn rep_speaking_since_ms(&self) -> Option<u64> {
        self.rep_since_ms
    }

    /// Whether enough of the call was heard to speak of it.
    pub fn is_warm(&self) -> bool {
        self.client_speech_ms >= WARM_UP_SPEECH_MS && self.answers >= WARM_UP_ANSWERS
    }

    fn known(&self) -> Result<(), Withheld> {
        if self.is_warm() { self.confidence.verdict() } else { Err(Withheld::WarmingUp) }
    }

    fn tick(&mut self, tick: &Tick) {
        self.rep.tick(tick);
        if tick.channel == Channel::Client {
            self.unit.speech_ms = self.unit.speech_ms.saturating_add(tick.speech_ms.into());
            self.unit.nuclei = self.unit.nuclei.saturating_add(tick.nuclei);
            self.pitch.merge(&tick.pitch);
            self.confidence.push(tick);
        }
    }

    fn taken(&mut self, now_ms: u64, taken: &Taken, weight: f64) {
        self.rep.taken(now_ms, taken);
        if taken.channel == Channel::Rep {
            let said = self.usuals.turn(taken.held_ms, weight);
            self.hear(now_ms, said);
            return;
        }
        let Some(response) = taken.response() else { return };
        let latency_s = f64::from(response.latency_ms) / 1000.0;
        let reply = self.latencies.weigh(latency_s, taken.held_ms).filter(|_| self.is_warm());
        if let Some(reply) = reply {
            self.hesitations.answered(response.onset_ms, reply, self.odds.guarded());
            let nats = reply.guarded_nats;
            let said = Evidence::one_way(Family::Latency, WEIGHT_LATENCY, nats, reply.excess_s);
            self.hear(now_ms, Some(said));
        }
        self.latencies.learn(latency_s, weight);
        self.answers = self.answers.saturating_add(1);
    }

    fn floor(&mut self, now_ms: u64) {
        let unit = std::mem::take(&mut self.unit);
        let weight = 1.0 - self.odds.guarded();
        for said in self.usuals.unit(&unit, weight) {
            self.hear(now_ms, Some(said));
        }
        self.reserve.push(now_ms, unit.floor_ms(), self.odds.guarded());
        self.client_speech_ms = self.client_speech_ms.saturating_add(unit.speech_ms);
    }

    fn hear(&mut self, now_ms: u64, said: Option<Evidence>) {
        let warm = self.is_warm();
        self.odds.pass(now_ms, warm);
        if let Some(said) = said.filter(|_| warm) {
            self.odds.hear(&said);
        }
    }

    fn seconds(&mut self, now_ms: u64) {
        self.due_ms = self.due_ms.max(now_ms.saturating_sub(JUMP_MS) / SECOND_MS * SECOND_MS);
        while now_ms.saturating_sub(self.due_ms) >= SECOND_MS {
            self.due_ms += SECOND_MS;
            self.odds.pass(self.due_ms, self.is_warm());
            let share = self.reserve(self.due_ms);
            self.reserve.settle(self.due_ms, share, self.odds.guarded());
            self.rep.settle(self.due_ms);
        }
    }
}
