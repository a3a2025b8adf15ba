//! Whether the intervals keep their word: 2,000 studies a row with a known uplift, each looked at every day.
//!
//! `cargo bench --bench effects` prints how often the interval for one look at the end covers the truth, how often the
//! one for daily looks covers it at all looks, and what daily looks at the first would make of it.

use undertone::insight::proportion::{Count, Estimate, difference};
use undertone::insight::sequence::{SIDE_MIN, always_valid};

const STUDIES: u32 = 2_000;
const DAYS: u32 = 120;
const CALLS_A_DAY: u32 = 40;

/// A small generator with a known seed (SplitMix64), so that everybody sees the same studies.
struct Chance(u64);

impl Chance {
    fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[derive(Default)]
struct Kept {
    fixed: u32,
    always: u32,
    peeked: u32,
}

fn covers(found: Option<Estimate>, truth: f64) -> bool {
    found.is_none_or(|found| found.low <= truth && truth <= found.high)
}

fn study(chance: &mut Chance, base: f64, uplift: f64, control: f64, kept: &mut Kept) {
    let mut counts = [Count::default(); 2];
    let (mut always, mut peeked) = (true, true);
    for _ in 0..DAYS {
        for _ in 0..CALLS_A_DAY {
            let side = usize::from(chance.draw() < control);
            let share = if side == 0 { base + uplift } else { base };
            counts[side].of += 1;
            counts[side].hits += u64::from(chance.draw() < share);
        }
        let [treated, control] = counts;
        always &= covers(always_valid(treated, control), uplift);
        let early = treated.of.min(control.of) < SIDE_MIN;
        peeked &= early || covers(difference(treated, control), uplift);
    }
    kept.fixed += u32::from(covers(difference(counts[0], counts[1]), uplift));
    kept.always += u32::from(always);
    kept.peeked += u32::from(peeked);
}

fn main() {
    println!("{STUDIES} studies a row of {DAYS} days with {CALLS_A_DAY} calls; covered, of 100");
    println!("base  uplift  control | one look  daily looks | one-look interval looked at daily");
    let mut chance = Chance(20_261_125);
    for base in [0.05, 0.2, 0.5] {
        for uplift in [0.0, 0.05] {
            for control in [0.2, 0.5] {
                let mut kept = Kept::default();
                (0..STUDIES).for_each(|_| study(&mut chance, base, uplift, control, &mut kept));
                let share = |count: u32| f64::from(count) * 100.0 / f64::from(STUDIES);
                println!(
                    "{base:.2}  {uplift:.2}    {control:.1}     | {:6.2}    {:6.2}      | {:6.2}",
                    share(kept.fixed),
                    share(kept.always),
                    share(kept.peeked)
                );
            }
        }
    }
}
