//! What a site believes of what visits taught: a little from anybody, more when several agree, and what would move it far
//! away not at all.

use crate::sites::Lesson;
use crate::units::PersonId;

/// A point that was entered well is no further off than this: an entrance beside a pin.
const ANYBODYS_M: f64 = 50.0;

/// Further than this is no better point of the same site; whoever looks after the client is asked.
pub const SURPRISING_M: f64 = 250.0;

/// Lessons agree when they are so near to each other.
const AGREED_M: f64 = 60.0;

/// So many people, or so many visits of one, have to agree on more than anybody's metres.
const PEOPLE_MIN: usize = 2;
const VISITS_MIN: usize = 3;

/// A lesson, and whose visit taught it.
#[derive(Debug, Clone, Copy)]
pub struct Taught {
    pub lesson: Lesson,
    pub by: Option<PersonId>,
}

/// The lessons that count.
pub fn believed(taught: &[Taught]) -> Vec<Lesson> {
    let agree = |a: &Lesson, b: &Lesson| (a.east_m - b.east_m).hypot(a.north_m - b.north_m) <= AGREED_M;
    let counts = |one: &&Taught| {
        let away_m = one.lesson.east_m.hypot(one.lesson.north_m);
        if away_m <= ANYBODYS_M || away_m > SURPRISING_M {
            return away_m <= ANYBODYS_M;
        }
        let agreed: Vec<_> = taught.iter().filter(|other| agree(&one.lesson, &other.lesson)).collect();
        let mut people: Vec<_> = agreed.iter().filter_map(|other| other.by).collect();
        people.sort_unstable();
        people.dedup();
        people.len() >= PEOPLE_MIN || agreed.len() >= VISITS_MIN
    };
    taught.iter().filter(counts).map(|one| one.lesson).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lessons as metres to the north and who taught them; how many count.
    #[track_caller]
    fn check(lessons: &[(f64, i64)], want: usize) {
        let taught = |(visit, &(north_m, by)): (u64, &(f64, i64))| Taught {
            lesson: Lesson { visit, east_m: 0.0, north_m, var: 400.0 },
            by: Some(PersonId(by)),
        };
        let taught: Vec<_> = (0..).zip(lessons).map(taught).collect();
        assert_eq!(believed(&taught).len(), want, "{lessons:?}");
    }

    #[test]
    fn a_little_counts_at_once_more_when_several_agree_and_far_never() {
        check(&[(20.0, 1)], 1);
        check(&[(150.0, 1)], 0);
        check(&[(150.0, 1), (160.0, 1)], 0);
        check(&[(150.0, 1), (160.0, 2)], 2);
        check(&[(150.0, 1), (160.0, 1), (140.0, 1)], 3);
        check(&[(150.0, 1), (-150.0, 2), (30.0, 1)], 1);
        check(&[(900.0, 1), (900.0, 2), (900.0, 3)], 0);
    }
}
