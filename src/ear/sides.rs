//! One or two of a kind, held in place: what they hold lies where their owner lies, in locked memory.

use std::ops::{Index, IndexMut};

/// As many as a layout has voices.
pub struct Sides<T> {
    first: T,
    second: Option<T>,
}

impl<T> Sides<T> {
    /// One made from each item; `None` when there are none or more than two.
    ///
    /// # Errors
    /// The first error of `make`.
    pub fn try_new<I, E>(items: &[I], mut make: impl FnMut(&I) -> Result<T, E>) -> Result<Option<Self>, E> {
        Ok(match items {
            [one] => Some(Self { first: make(one)?, second: None }),
            [one, other] => Some(Self { first: make(one)?, second: Some(make(other)?) }),
            _ => None,
        })
    }

    pub fn len(&self) -> usize {
        1 + usize::from(self.second.is_some())
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(&self.second)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        std::iter::once(&mut self.first).chain(&mut self.second)
    }
}

/// Side 1 of a single one is side 0, so that an index can never miss.
impl<T> Index<usize> for Sides<T> {
    type Output = T;

    fn index(&self, side: usize) -> &T {
        self.second.as_ref().filter(|_| side > 0).unwrap_or(&self.first)
    }
}

impl<T> IndexMut<usize> for Sides<T> {
    fn index_mut(&mut self, side: usize) -> &mut T {
        self.second.as_mut().filter(|_| side > 0).unwrap_or(&mut self.first)
    }
}
