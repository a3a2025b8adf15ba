//! Bytes in pieces of any size in -> whole 16-bit little-endian samples out.

/// Keeps the odd byte between two pieces.
#[derive(Default)]
pub struct Samples {
    odd: Option<u8>,
}

impl Samples {
    /// The samples that `bytes` completes.
    pub fn take<'a>(&mut self, bytes: &'a [u8]) -> Pieces<'a> {
        let first = match (self.odd.take(), bytes) {
            (Some(low), [high, ..]) => Some([low, *high]),
            (odd, _) => {
                self.odd = odd;
                None
            }
        };
        let rest = if first.is_some() { &bytes[1..] } else { bytes };
        if rest.len() % 2 == 1 {
            self.odd = rest.last().copied();
        }
        Pieces { first, rest: &rest[..rest.len() / 2 * 2] }
    }
}

/// Samples in a message: perhaps one that began in the message before, then the rest.
pub struct Pieces<'a> {
    first: Option<[u8; 2]>,
    rest: &'a [u8],
}

impl<'a> Pieces<'a> {
    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len() / 2
    }

    /// Splits off the first samples, at most `samples` of them.
    pub fn by_ref_take(&mut self, samples: usize) -> Pieces<'a> {
        let first = self.first.take();
        let count = samples.saturating_sub(usize::from(first.is_some()));
        let (now, later) = self.rest.split_at(self.rest.len().min(2 * count));
        self.rest = later;
        Pieces { first, rest: now }
    }
}

impl Iterator for Pieces<'_> {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        if let Some(pair) = self.first.take() {
            return Some(i16::from_le_bytes(pair));
        }
        let (pair, rest) = self.rest.split_first_chunk::<2>()?;
        self.rest = rest;
        Some(i16::from_le_bytes(*pair))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl ExactSizeIterator for Pieces<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_survive_any_cut() {
        let wanted: Vec<i16> = (-500..500).collect();
        let bytes: Vec<u8> = wanted.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        for cut in [1, 2, 3, 7, 640, 5000] {
            let (mut samples, mut got) = (Samples::default(), Vec::new());
            for piece in bytes.chunks(cut) {
                let mut pieces = samples.take(piece);
                while pieces.len() > 0 {
                    got.extend(pieces.by_ref_take(5));
                }
            }
            assert_eq!(got, wanted, "cut into {cut}");
        }
    }
}
