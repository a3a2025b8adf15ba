//! What the ear did with the sound of one stream, for people to check.

use serde::{Deserialize, Serialize};

/// Counted by the ear from the first to the last sample of a stream. Receipts of one call add.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Streams that this receipt covers.
    pub streams: u32,
    /// Audio heard, in milliseconds of one clock (two channels at once count once).
    pub heard_ms: u64,
    pub audio_bytes_in: u64,
    /// Bytes that the kernel saw the whole ear write to storage since its walls stand (`/proc/self/io`); 0 unless
    /// the promise is broken. `None` where the kernel does not count.
    pub storage_bytes_written: Option<u64>,
    /// Bytes of observations that left the room for this call.
    pub observation_bytes_out: u64,
    /// Audio that arrived and could not be analysed in time.
    pub dropped_ms: u64,
    /// The sound's ring and history lay in memory that cannot be swapped out.
    pub memory_locked: bool,
}

impl Receipt {
    /// Adds the receipt of the call's next stream.
    pub fn merge(&mut self, next: &Self) {
        let first = self.streams == 0;
        self.streams += next.streams;
        self.heard_ms += next.heard_ms;
        self.audio_bytes_in += next.audio_bytes_in;
        self.storage_bytes_written = match (self.storage_bytes_written, next.storage_bytes_written) {
            (a, b) if first => b.or(a),
            (Some(a), Some(b)) => Some(a.max(b)),
            _ => None,
        };
        self.observation_bytes_out += next.observation_bytes_out;
        self.dropped_ms += next.dropped_ms;
        self.memory_locked = next.memory_locked && (first || self.memory_locked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(written: Option<u64>, memory_locked: bool) -> Receipt {
        Receipt {
            streams: 1,
            heard_ms: 10,
            storage_bytes_written: written,
            memory_locked,
            ..Receipt::default()
        }
    }

    #[test]
    fn receipts_of_a_resumed_call_add_and_the_worst_counts() {
        let mut all = Receipt::default();
        all.merge(&receipt(Some(0), true));
        assert_eq!((all.storage_bytes_written, all.memory_locked), (Some(0), true));
        all.merge(&receipt(Some(4), true));
        all.merge(&receipt(Some(0), false));
        assert_eq!((all.streams, all.heard_ms), (3, 30));
        assert_eq!((all.storage_bytes_written, all.memory_locked), (Some(4), false));
    }
}
