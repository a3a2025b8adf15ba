//! Lists that are read only as far as they may be long: what is too much is counted, never unfolded.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

/// Positions in one request or file; more are refused.
pub const POSITIONS_MAX: usize = 100_000;

/// A list of at most so many.
#[derive(Debug)]
pub struct Limited<T> {
    pub items: Vec<T>,
    /// How many there were altogether.
    pub count: usize,
}

impl<T> Limited<T> {
    /// # Errors
    /// There were more than may be: one sentence.
    pub fn all(self, what: &str) -> Result<Vec<T>, String> {
        if self.count > self.items.len() { Err(too_many(what, self.count)) } else { Ok(self.items) }
    }
}

pub fn too_many(what: &str, count: usize) -> String {
    format!("{what} holds {count} positions: send {POSITIONS_MAX} at most, the others in another request")
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Limited<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
    type Value = Limited<T>;

    fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Limited<T>, A::Error> {
        let mut items = Vec::new();
        while items.len() < POSITIONS_MAX {
            match list.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(Limited { count: items.len(), items }),
            }
        }
        let mut count = items.len();
        while list.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Limited { items, count })
    }
}
