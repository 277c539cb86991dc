//! The allocator's setting.

use libmimalloc_sys::mi_option_get;
use sobolev_kernels::memory;

/// `mi_option_purge_delay`
const PURGE_DELAY: i32 = 15;

#[test]
fn freed_memory_is_kept_for_ten_seconds() {
    if std::env::var_os("MIMALLOC_PURGE_DELAY").is_some() {
        return;
    }
    // SAFETY: reads an integer.
    let delay = || unsafe { mi_option_get(PURGE_DELAY) };
    // A second is the default of this option and of no other; another test of this process may have trained.
    let before = delay();
    assert!(
        [1_000, 10_000].contains(&before),
        "another version of the allocator counts its options otherwise: {before}"
    );
    memory::keep_freed();
    assert_eq!(delay(), 10_000);
}
