//! Samples on their way from a source to a worker: one writer, one reader, no lock, bounded; full means the oldest go.

use std::io;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use super::locked::Locked;

/// Samples that a ring holds: 16 KiB for each of two channels. At 48 kHz stereo that is 170 ms, at 16 kHz 512 ms.
pub const RING_SAMPLES: usize = 16 * 1024;

/// Interleaved 16-bit samples in locked memory.
///
/// `written` and `taken` count samples since the stream began. The writer may move `taken` ahead to make room; the
/// reader notices that its own copy was overtaken and throws it away.
pub struct Ring {
    cells: Locked<[AtomicU16; RING_SAMPLES]>,
    written: AtomicU64,
    taken: AtomicU64,
}

impl Ring {
    /// # Errors
    /// No memory could be mapped.
    pub fn new() -> io::Result<Self> {
        let cells = Locked::new([const { AtomicU16::new(0) }; RING_SAMPLES])?;
        Ok(Self { cells, written: AtomicU64::new(0), taken: AtomicU64::new(0) })
    }

    pub fn is_locked(&self) -> bool {
        self.cells.is_locked()
    }

    /// Samples that can be written before the oldest must go.
    pub fn free(&self) -> usize {
        let (written, taken) = (self.written.load(Ordering::Relaxed), self.taken.load(Ordering::Acquire));
        RING_SAMPLES - written.saturating_sub(taken) as usize
    }

    /// Samples written since the stream began.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Writes samples (the writer's thread only). Returns how many old ones had to go to make room.
    pub fn write(&self, samples: impl ExactSizeIterator<Item = i16>) -> usize {
        let start = self.written.load(Ordering::Relaxed);
        let end = start + samples.len() as u64;
        let gone = self.make_room(end);
        for (at, sample) in (start..end).zip(samples) {
            self.cells[at as usize % RING_SAMPLES].store(sample.cast_unsigned(), Ordering::Relaxed);
        }
        self.written.store(end, Ordering::Release);
        gone
    }

    fn make_room(&self, end: u64) -> usize {
        let least = end.saturating_sub(RING_SAMPLES as u64);
        let before = self.taken.fetch_max(least, Ordering::AcqRel);
        least.saturating_sub(before) as usize
    }

    /// Takes up to `to.len()` samples (the reader's thread only), a whole multiple of `group` so that a reader never
    /// loses its place among interleaved channels. `position` counts the samples that the reader knows of.
    pub fn take(&self, position: &mut u64, group: usize, to: &mut [i16]) -> Taken {
        loop {
            let taken = self.taken.load(Ordering::Acquire);
            let start = taken.next_multiple_of(group as u64);
            let written = self.written.load(Ordering::Acquire);
            let ready = written.saturating_sub(start) as usize;
            let count = ready.min(to.len()) / group * group;
            for (at, sample) in (start..).zip(&mut to[..count]) {
                *sample = self.cells[at as usize % RING_SAMPLES].load(Ordering::Relaxed).cast_signed();
            }
            std::sync::atomic::fence(Ordering::Acquire);
            let end = start + count as u64;
            if self.taken.compare_exchange(taken, end, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                let lost = start - *position;
                *position = end;
                return Taken { lost: lost as usize, count };
            }
        }
    }
}

/// What one `take` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Samples that went missing before the first one taken.
    pub lost: usize,
    /// Samples taken.
    pub count: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(ring: &Ring, range: std::ops::Range<i64>) -> usize {
        ring.write(range.map(|n| n as i16).collect::<Vec<_>>().into_iter())
    }

    #[test]
    fn samples_come_out_in_order_across_the_seam() {
        let ring = Ring::new().unwrap();
        let (mut position, mut next, mut to) = (0, 0_i64, [0; 1000]);
        for round in 0..100 {
            assert_eq!(write(&ring, round * 900..(round + 1) * 900), 0);
            let taken = ring.take(&mut position, 2, &mut to);
            assert_eq!(taken, Taken { lost: 0, count: 900 });
            for sample in &to[..taken.count] {
                assert_eq!(*sample, next as i16);
                next += 1;
            }
        }
    }

    #[test]
    fn a_full_ring_loses_its_oldest_and_says_how_many() {
        let ring = Ring::new().unwrap();
        let (mut position, mut to) = (0, [0; 4]);
        assert_eq!(write(&ring, 0..RING_SAMPLES as i64), 0);
        assert_eq!(ring.free(), 0);
        assert_eq!(write(&ring, 0..7), 7);
        assert_eq!(ring.take(&mut position, 2, &mut to), Taken { lost: 8, count: 4 });
        assert_eq!(to, [8, 9, 10, 11]);
    }

    #[test]
    fn a_writer_that_overtakes_a_reader_never_tears_a_group() {
        let ring = Ring::new().unwrap();
        std::thread::scope(|threads| {
            threads.spawn(|| {
                for n in 0..4000_i64 {
                    let _ = write(&ring, n * 1000..(n + 1) * 1000);
                }
            });
            let (mut position, mut to, mut seen) = (0, [0; 1024], 0);
            while seen < 4_000_000 {
                let taken = ring.take(&mut position, 2, &mut to);
                seen += taken.lost as u64 + taken.count as u64;
                let first = (seen - taken.count as u64) as i64;
                for (at, sample) in (first..).zip(&to[..taken.count]) {
                    assert_eq!(*sample, at as i16);
                }
            }
        });
    }
}
