//! A place for sound that cannot be swapped out or dumped, and is wiped when its owner is done.
#![allow(unsafe_code)] // mapping and locking memory is what this file is for

use std::io;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mlock, mmap_anonymous, munmap};

/// A value in its own memory mapping: locked (no swap), kept out of core dumps, wiped before it is given back.
pub struct Locked<T> {
    value: NonNull<T>,
    locked: bool,
}

impl<T> Locked<T> {
    /// Moves `value` to locked memory. Where the lock is refused (`ulimit -l`) the value lives on without it and
    /// [`Locked::is_locked`] says so.
    ///
    /// # Errors
    /// No memory could be mapped.
    pub fn new(value: T) -> io::Result<Self> {
        assert!(align_of::<T>() <= 4096, "a mapping is aligned to a page");
        // SAFETY: a fresh private mapping of at least one byte aliases nothing; it is page-aligned and large
        // enough for one `T`, which is moved in before anybody can read it.
        unsafe {
            let at = mmap_anonymous(
                std::ptr::null_mut(),
                Self::bytes(),
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE,
            )?;
            let locked = mlock(at, Self::bytes()).is_ok();
            madvise(at, Self::bytes(), Advice::LinuxDontDump)?;
            let value_at = NonNull::new(at.cast::<T>()).ok_or(io::ErrorKind::OutOfMemory)?;
            value_at.write(value);
            Ok(Self { value: value_at, locked })
        }
    }

    /// The memory cannot be swapped out.
    pub fn is_locked(&self) -> bool {
        self.locked
    }

    fn bytes() -> usize {
        size_of::<T>().max(1)
    }
}

// SAFETY: `Locked` owns its value like a `Box` does.
unsafe impl<T: Send> Send for Locked<T> {}
// SAFETY: as above; shared access is only through `&T`.
unsafe impl<T: Sync> Sync for Locked<T> {}

impl<T> Deref for Locked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the value was written at construction and lives until `drop`.
        unsafe { self.value.as_ref() }
    }
}

impl<T> DerefMut for Locked<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` is exclusive.
        unsafe { self.value.as_mut() }
    }
}

impl<T> Drop for Locked<T> {
    fn drop(&mut self) {
        // SAFETY: nobody else holds the value; it is dropped once, then every byte of the mapping is overwritten
        // by writes that the compiler may not leave out, and the mapping is given back.
        unsafe {
            self.value.drop_in_place();
            super::wiping::wipe(self.value.as_ptr().cast(), Self::bytes());
            let _ = munmap(self.value.as_ptr().cast(), Self::bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_value_lives_and_is_dropped_once() {
        let counted = Arc::new(());
        let mut place = Locked::new((counted.clone(), [7_u8; 5000])).unwrap();
        place.1[4999] = 9;
        assert_eq!((place.1[0], place.1[4999], Arc::strong_count(&counted)), (7, 9, 2));
        drop(place);
        assert_eq!(Arc::strong_count(&counted), 1);
    }
}
