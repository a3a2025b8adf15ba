//! Arguments in -> one command run, its exit code out.

use std::process::ExitCode;

use undertone::ear::frames::WipingAllocator;

/// In the ear, what is freed is wiped first.
#[global_allocator]
static ALLOCATOR: WipingAllocator = WipingAllocator;

fn main() -> ExitCode {
    undertone::app::run()
}
