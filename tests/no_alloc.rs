//! The frame path allocates nothing once it is warm.

use std::alloc::{GlobalAlloc, Layout as Block, System};
use std::cell::Cell;

use undertone::ear::listener::Listener;
use undertone::observations::Layout;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is handed on to the system's allocator unchanged; only a number is kept beside it.
#[allow(unsafe_code)] // a global allocator cannot be written without
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, block: Block) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(block) }
    }

    unsafe fn dealloc(&self, at: *mut u8, block: Block) {
        unsafe { System.dealloc(at, block) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Ten seconds of hum, noise and a voice that comes and goes.
fn sound(rate_hz: u32) -> Vec<f32> {
    let mut noise = 1_u32;
    (0..rate_hz * 10)
        .flat_map(|i| {
            let t = i as f32 / rate_hz as f32;
            let loud = if t % 1.3 < 0.8 { 0.05 } else { 0.0 };
            let voice: f32 =
                (1..8).map(|h| (std::f32::consts::TAU * (120.0 + 20.0 * t.sin()) * h as f32 * t).sin()).sum();
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let hiss = (noise >> 8) as f32 / (1 << 24) as f32 - 0.5;
            [loud * voice + 0.002 * hiss, loud * hiss]
        })
        .collect()
}

#[track_caller]
fn check(rate_hz: u32) {
    let mut listener = Listener::new(Layout::RepLeft, 2, rate_hz, 0).expect("a stereo source");
    let sound = sound(rate_hz);
    let (mut frames, mut others) = (0_u64, 0_u64);
    let mut heard = |heard: undertone::ear::listener::Heard| match heard {
        undertone::ear::listener::Heard::Frame(..) => frames += 1,
        undertone::ear::listener::Heard::Nobodys(_) | undertone::ear::listener::Heard::Observation(_) => {
            others += 1
        }
    };
    listener.push(&sound[..rate_hz as usize], &mut heard);
    let before = ALLOCATIONS.with(Cell::get);
    for _ in 0..5 {
        sound.chunks(rate_hz as usize / 25).for_each(|piece| listener.push(piece, &mut heard));
    }
    listener.drop_ms(1_000, &mut heard);
    let allocations = ALLOCATIONS.with(Cell::get) - before;
    assert!(frames > 10_000 && others > 1_000, "{frames} frames, {others} observations");
    assert_eq!(allocations, 0, "at {rate_hz} Hz, over {frames} frames");
}

#[test]
fn ten_thousand_frames_allocate_nothing() {
    [8_000, 16_000, 22_050, 48_000].into_iter().for_each(check);
}
