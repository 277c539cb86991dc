//! Memory that is free, and kept.

use std::ffi::{c_int, c_long};
use std::time::Duration;

use libmimalloc_sys::mi_option_set_default;

/// How long memory stays with the process after it was freed.
const KEPT: Duration = Duration::from_secs(10);

/// `mi_option_purge_delay` of `mimalloc.h`, which the bindings do not name.
const PURGE_DELAY: c_int = 15;

/// Keeps freed memory for ten seconds, in a program whose allocator is mimalloc; does nothing in others, or where the environment
/// variable `MIMALLOC_PURGE_DELAY` sets another time.
///
/// The step of a training frees what the next one needs again. By default all that is free goes back to the operating system once a
/// second, and comes again page by page, each of them filled with zeros: 4 to 7 % of the time of a training on the CPU.
/// The trainings of `sobolev::run` call this themselves.
pub fn keep_freed() {
    let milliseconds = c_long::try_from(KEPT.as_millis()).unwrap_or(c_long::MAX);
    // SAFETY: an integer of the allocator's settings, which it checks and reads when it looks for free memory.
    unsafe { mi_option_set_default(PURGE_DELAY, milliseconds) };
}
