//! How likely each of two voices is, one stretch after another -> how likely with all before and after it.

/// That the other voice goes on after a pause, and without one.
const SWITCH_AFTER_PAUSE: f32 = 0.25;
const SWITCH_WITHIN: f32 = 0.03;

/// That the other voice goes on after a twentieth of a second of the same speech.
const SWITCH_STEP: f32 = 0.01;

/// A stretch of speech.
#[derive(Clone, Copy, Default)]
pub struct Link {
    /// Log likelihoods of the two voices.
    pub fits: [f32; 2],
    /// There was a pause before it.
    pub after_pause: bool,
}

/// Puts the probability of the first voice into `chances`. Answers with the log likelihood of the whole.
pub fn smooth(links: &[Link], chances: &mut [f32]) -> f32 {
    let mut odds = 0.0_f32;
    let mut whole = 0.0;
    for (n, (link, chance)) in links.iter().zip(chances.iter_mut()).enumerate() {
        let before = if n == 0 { 0.0 } else { carried(odds, switch(link)) };
        let first = 1.0 / (1.0 + (-before).exp());
        let [one, two] = link.fits;
        let top = one.max(two);
        whole += top + (first * (one - top).exp() + (1.0 - first) * (two - top).exp()).ln();
        odds = before + one - two;
        *chance = odds;
    }
    let mut after = 0.0;
    for n in (0..links.len()).rev() {
        let both = chances[n] + after;
        chances[n] = 1.0 / (1.0 + (-both).exp());
        after = carried(after + links[n].fits[0] - links[n].fits[1], switch(&links[n]));
    }
    whole
}

fn switch(link: &Link) -> f32 {
    if link.after_pause { SWITCH_AFTER_PAUSE } else { SWITCH_WITHIN }
}

/// Log odds after a chance to switch.
fn carried(odds: f32, switch: f32) -> f32 {
    let same = 1.0 - switch;
    let odds = odds.clamp(-30.0, 30.0).exp();
    ((same * odds + switch) / (switch * odds + same)).ln()
}

/// Steps that a decision waits for.
pub const STEPS_AHEAD: usize = 10;

/// The same as it goes on, [`STEPS_AHEAD`] steps late.
#[derive(Default)]
pub struct Path {
    odds: f32,
    /// The newest last: log odds of the step alone, of all up to it, and the chance of a switch before it.
    steps: [(f32, f32, f32); STEPS_AHEAD + 1],
}

impl Path {
    /// Takes the log odds of the first voice in a step. Answers with its probability in the step [`STEPS_AHEAD`] before.
    pub fn push(&mut self, odds: f32, after_pause: bool) -> f32 {
        let switch = if after_pause { SWITCH_AFTER_PAUSE } else { SWITCH_STEP };
        self.odds = carried(self.odds, switch) + odds;
        self.steps.rotate_left(1);
        self.steps[STEPS_AHEAD] = (odds, self.odds, switch);
        let later =
            |after: f32, &(odds, _, switch): &(f32, f32, f32)| carried(after + odds, switch.max(SWITCH_STEP));
        let after = self.steps[1..].iter().rev().fold(0.0, later);
        1.0 / (1.0 + (-(self.steps[0].1 + after)).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubtful_stretch_goes_with_its_neighbours() {
        let links = [[4.0, 0.0], [0.0, 0.5], [4.0, 0.0]].map(|fits| Link { fits, after_pause: false });
        let mut chances = [0.0; 3];
        smooth(&links, &mut chances);
        assert!(chances.iter().all(|&chance| chance > 0.9), "{chances:?}");
    }

    #[test]
    fn after_a_pause_the_other_voice_is_heard() {
        let links = [[4.0, 0.0], [0.0, 4.0]].map(|fits| Link { fits, after_pause: true });
        let mut chances = [0.0; 2];
        smooth(&links, &mut chances);
        assert!(chances[0] > 0.9 && chances[1] < 0.1, "{chances:?}");
    }

    #[test]
    fn a_step_is_judged_with_those_after_it() {
        let mut path = Path::default();
        let chances: Vec<f32> =
            (0..40).map(|n| path.push(if n < 20 { 1.0 } else { -1.0 }, n == 20)).collect();
        assert!(chances[15..30].iter().all(|&chance| chance > 0.5), "{chances:?}");
        assert!(chances[31..].iter().all(|&chance| chance < 0.5), "{chances:?}");
    }
}
