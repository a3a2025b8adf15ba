//! Identifiers, so that a call can never be taken for anything else.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A call: 63 random bits, written as 16 hexadecimal digits wherever people or browsers read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(u64);

impl CallId {
    /// Makes an id from random bits; the top bit is dropped so that it fits a signed database integer.
    pub fn from_bits(bits: u64) -> Self {
        Self(bits >> 1)
    }

    /// As a database keeps it; the top bit is never set.
    pub fn number(self) -> i64 {
        self.0.cast_signed()
    }

    /// From what a database kept.
    pub fn from_number(number: i64) -> Self {
        Self(number.cast_unsigned())
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The text was not 16 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a call id: 16 hexadecimal digits are expected")]
pub struct BadCallId(String);

impl FromStr for CallId {
    type Err = BadCallId;

    fn from_str(text: &str) -> Result<Self, BadCallId> {
        let bad = || BadCallId(text.chars().take(40).collect());
        if text.len() != 16 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| bad())
    }
}

/// Text for people (JSON), a number on the wire between the rooms.
impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { to.serialize_u64(self.0) }
    }
}

impl<'de> Deserialize<'de> for CallId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let text = String::deserialize(from)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            u64::deserialize(from).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_written() {
        for bits in [0, 1, u64::MAX, 0x1234_5678_9abc_def0] {
            let id = CallId::from_bits(bits);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "12", "zzzzzzzzzzzzzzzz", "+123456789abcdef", "00000000000000000"] {
            assert!(text.parse::<CallId>().is_err(), "{text}");
        }
    }
}
