//! Decisions and levels of a frame and of those after it in -> speech or not, with edges where the sound has them, out.
//!
//! Every learnt detector holds on after speech and loses what fades; the level says when, the detector whether.

/// Louder than the background by this is sound, quieter is silence: the level of a frame varies by half of it.
pub const SOUND_DB: f32 = 6.0;

/// An edge is moved by this at most: 120 ms.
const MOVED_FRAMES_MAX: u32 = 12;

/// Remembers the answer before and how long it has been moved.
#[derive(Debug, Default)]
pub struct Edges {
    speech: bool,
    moved: u32,
}

impl Edges {
    /// Takes the decisions of a frame and of as many after it as are known, whether speech is likely in the same frames
    /// and in more after them, and the levels over the background of as many as have been heard. Answers for the frame.
    pub fn push(&mut self, decided: &[bool], likely: &[bool], over_db: &[f32]) -> bool {
        let sounds = |db: &f32| *db >= SOUND_DB;
        let speech = if decided[0] {
            let silent_from_here = !over_db.iter().any(sounds);
            let not_begun = !self.speech && !sounds(&over_db[0]);
            !silent_from_here && !not_begun
        } else {
            let fading = self.speech && sounds(&over_db[0]) && self.moved < MOVED_FRAMES_MAX;
            fading || rises(decided, likely, over_db)
        };
        self.moved = if speech && !decided[0] { self.moved + 1 } else { 0 };
        self.speech = speech;
        speech
    }
}

/// Speech begins soon, and the sound goes on from here until then.
fn rises(decided: &[bool], likely: &[bool], over_db: &[f32]) -> bool {
    let certain = decided.iter().position(|&speech| speech);
    let expected = || likely.iter().position(|&speech| speech).filter(|&at| likely[at..].iter().all(|&l| l));
    let begins_in = certain.or_else(expected);
    begins_in.is_some_and(|frames| over_db[..frames].iter().all(|&db| db >= SOUND_DB))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is decided and what sounds, `#` each 10 ms, and what comes of it.
    #[track_caller]
    fn check(decided: &str, sounds: &str, want: &str) {
        let mut edges = Edges::default();
        let bits = |text: &str| text.bytes().map(|b| b == b'#').collect::<Vec<_>>();
        let (decided, levels) = (bits(decided), bits(sounds));
        let levels: Vec<_> = levels.iter().map(|&loud| if loud { 20.0 } else { 0.0 }).collect();
        let got: String = (0..decided.len())
            .map(|i| {
                let ahead = |frames: usize| i..(i + frames).min(decided.len());
                if edges.push(&decided[ahead(2)], &decided[ahead(7)], &levels[ahead(12)]) { '#' } else { '.' }
            })
            .collect();
        assert_eq!(got, want, "{sounds}");
    }

    #[test]
    fn an_end_lies_where_the_sound_ends() {
        check("..#########.........", "..######............", "..######............");
        check("..######............", "..#########.........", "..#########.........");
    }

    #[test]
    fn a_start_lies_where_the_sound_starts() {
        check("........########....", ".....###########....", ".....###########....");
        check("....############....", "........########....", "........########....");
    }

    #[test]
    fn noise_is_not_followed_for_ever() {
        check("..######................", "..######################", "..##################....");
    }
}
