//! Evidence as it comes, on the audio clock -> how likely the client is guarded now, and which families say so.

use super::families::{Evidence, Family};
use super::model::*;

/// A family's part in what is said, and how far it moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Driver {
    pub family: Family,
    /// Its evidence for guarded, in nats.
    pub nats: f64,
    /// Seconds for latency, the natural logarithm of the ratio for all others.
    pub change: f64,
}

/// What one family said lately; older words count less.
#[derive(Debug, Clone, Copy, Default)]
struct Lately {
    nats: [f64; 2],
    change: f64,
    count: f64,
}

/// Three states: as before, guarded with wider pitch, guarded with narrower pitch. Each observation multiplies the
/// odds; time draws them back to how often such states begin and end, so that old evidence is forgotten.
#[derive(Debug, Clone)]
pub struct Odds {
    states: [f64; 3],
    at_ms: Option<u64>,
    lately: [Lately; Family::ALL.len()],
}

impl Default for Odds {
    fn default() -> Self {
        Self { states: [1.0, 0.0, 0.0], at_ms: None, lately: Default::default() }
    }
}

impl Odds {
    /// The probability of guarded, 0..1.
    pub fn guarded(&self) -> f64 {
        self.states[1] + self.states[2]
    }

    /// Lets time pass up to `now_ms`; while the call warms up nothing else changes.
    pub fn pass(&mut self, now_ms: u64, warm: bool) {
        let before_ms = *self.at_ms.get_or_insert(now_ms);
        let seconds = now_ms.saturating_sub(before_ms) as f64 / 1000.0;
        if seconds <= 0.0 {
            return;
        }
        self.at_ms = Some(now_ms);
        let kept = (-seconds / DRIVER_HALF_LIFE_S).exp2();
        for lately in &mut self.lately {
            *lately = Lately {
                nats: lately.nats.map(|nats| nats * kept),
                change: lately.change * kept,
                count: lately.count * kept,
            };
        }
        if warm {
            let (enter, leave) = (1.0 - (-seconds * ENTER_PER_S).exp(), 1.0 - (-seconds * LEAVE_PER_S).exp());
            let [before, wide, narrow] = self.states;
            let guarded = |state: f64| state * (1.0 - leave) + before * enter / 2.0;
            self.states = [before * (1.0 - enter) + (wide + narrow) * leave, guarded(wide), guarded(narrow)];
        }
    }

    /// Takes one observation's word.
    pub fn hear(&mut self, said: &Evidence) {
        let nats = said.nats.map(|nats| nats.clamp(-EVIDENCE_NATS_MAX, EVIDENCE_NATS_MAX));
        let [before, wide, narrow] = self.states;
        let (wide, narrow) = (wide * nats[0].exp(), narrow * nats[1].exp());
        let sum = before + wide + narrow;
        self.states = [before / sum, wide / sum, narrow / sum];
        let lately = &mut self.lately[said.family as usize];
        for (held, more) in lately.nats.iter_mut().zip(nats) {
            *held += more;
        }
        lately.change += said.change;
        lately.count += 1.0;
    }

    /// With wider or with narrower pitch, whichever is likelier.
    fn way(&self) -> usize {
        usize::from(self.states[2] > self.states[1])
    }

    /// How many families speak for guarded.
    pub fn signs(&self) -> usize {
        let way = self.way();
        self.lately.iter().filter(|lately| lately.nats[way] >= DRIVER_NATS_MIN).count()
    }

    /// The families that speak for guarded, strongest first.
    pub fn drivers(&self) -> Vec<Driver> {
        let way = self.way();
        let driver = |family: Family| {
            let lately = self.lately[family as usize];
            let change = lately.change / lately.count.max(f64::MIN_POSITIVE);
            Driver { family, nats: lately.nats[way], change }
        };
        let mut drivers: Vec<_> =
            Family::ALL.into_iter().map(driver).filter(|driver| driver.nats >= DRIVER_NATS_MIN).collect();
        drivers.sort_by(|a, b| b.nats.total_cmp(&a.nats));
        drivers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late() -> Evidence {
        Evidence::one_way(Family::Latency, 1.0, 1.0, 0.9)
    }

    fn after(count: u64, said: &Evidence) -> Odds {
        let mut odds = Odds::default();
        for n in 0..count {
            odds.pass(n * 10_000, true);
            odds.hear(said);
        }
        odds
    }

    #[test]
    fn one_late_reply_is_not_guarded_and_eight_are() {
        assert!(after(2, &late()).guarded() < 0.1);
        assert!(after(9, &late()).guarded() > 0.8);
    }

    #[test]
    fn the_state_is_forgotten_when_nothing_more_is_heard() {
        let mut odds = after(9, &late());
        odds.pass(1_000_000, true);
        assert!(odds.guarded() < 0.2, "{}", odds.guarded());
        assert_eq!(odds.drivers(), []);
    }

    #[test]
    fn drivers_are_the_families_that_said_it_strongest_first() {
        let mut odds = after(9, &late());
        odds.hear(&Evidence::one_way(Family::Rate, 1.0, 0.5, -0.1));
        odds.hear(&Evidence::one_way(Family::Pauses, 1.0, -0.5, -0.1));
        let drivers = odds.drivers();
        assert_eq!(
            drivers.iter().map(|driver| driver.family).collect::<Vec<_>>(),
            [Family::Latency, Family::Rate]
        );
        assert!((drivers[0].change - 0.9).abs() < 1e-9, "{drivers:?}");
    }

    #[test]
    fn pitch_that_jumps_about_is_no_evidence_and_pitch_that_stays_is() {
        let pitch = |nats| Evidence { family: Family::Pitch, nats: [nats, -nats - 0.2], change: 0.1 };
        let (mut steady, mut jumping) = (Odds::default(), Odds::default());
        for n in 0..10 {
            for odds in [&mut steady, &mut jumping] {
                odds.pass(n * 10_000, true);
            }
            steady.hear(&pitch(0.8));
            jumping.hear(&pitch(if n % 2 == 0 { 0.8 } else { -1.0 }));
        }
        assert!(steady.guarded() > 5.0 * jumping.guarded(), "{} {}", steady.guarded(), jumping.guarded());
    }
}
