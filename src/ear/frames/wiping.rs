//! The ear's allocator: what it frees, it wipes first, so that no sound outlives its buffer.
#![allow(unsafe_code)] // an allocator cannot be written without it

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering};

static WIPING: AtomicBool = AtomicBool::new(false);

/// The system's allocator, which wipes what it frees once [`WipingAllocator::begin`] was called. The desk, which
/// holds no sound, runs the same program without that.
pub struct WipingAllocator;

impl WipingAllocator {
    /// From now on everything freed in this process is wiped.
    pub fn begin() {
        WIPING.store(true, Ordering::Relaxed);
    }
}

// SAFETY: every call is passed on to the system's allocator with the same layout; the bytes are touched only
// between the caller's last use and the free.
unsafe impl GlobalAlloc for WipingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if WIPING.load(Ordering::Relaxed) {
            unsafe { wipe(at, layout.size()) };
        }
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, new_bytes: usize) -> *mut u8 {
        if !WIPING.load(Ordering::Relaxed) {
            return unsafe { System.realloc(at, layout, new_bytes) };
        }
        // The system's `realloc` would leave the old bytes behind when it moves.
        unsafe {
            let new = System.alloc(Layout::from_size_align_unchecked(new_bytes, layout.align()));
            if !new.is_null() {
                new.copy_from_nonoverlapping(at, layout.size().min(new_bytes));
                self.dealloc(at, layout);
            }
            new
        }
    }
}

/// Overwrites `bytes` bytes with zeros, in a way that the compiler may not leave out.
///
/// # Safety
/// The range must be writable and nobody else may be using it.
pub unsafe fn wipe(at: *mut u8, bytes: usize) {
    let words = bytes / 8;
    for word in 0..words {
        unsafe { at.cast::<u64>().add(word).write_unaligned(0) };
    }
    for byte in words * 8..bytes {
        unsafe { at.add(byte).write(0) };
    }
    // The address escapes to an optimisation barrier: the zeros must be in memory before the free.
    std::hint::black_box(at);
    std::sync::atomic::compiler_fence(Ordering::SeqCst);
}

/// Overwrites the part of this thread's stack that deeper calls have used, so that no copy of a sample stays there.
#[inline(never)]
pub fn wipe_stack() {
    let mut deep = [0_u8; 128 * 1024];
    // SAFETY: the range is a local array.
    unsafe { wipe(deep.as_mut_ptr(), deep.len()) };
    std::hint::black_box(&mut deep);
}
