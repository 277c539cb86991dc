//! Runs a loop with the widest vector instructions of the processor, chosen at run time.

use pulp::{Arch, NullaryFnOnce};

/// A closure that is called by reference. Calling it by value goes through a shim that the compiler does not inline into the
/// function compiled for the wide instructions, and then nothing inside it uses them.
struct ByReference<F>(F);

impl<R, F: FnMut() -> R> NullaryFnOnce for ByReference<F> {
    type Output = R;

    #[inline(always)]
    fn call(mut self) -> R {
        (self.0)()
    }
}

/// Calls `f` compiled for the processor at hand. `f` and everything it calls must be `#[inline(always)]`.
#[inline(always)]
pub(crate) fn vectorize<R>(arch: Arch, f: impl FnMut() -> R) -> R {
    arch.dispatch(ByReference(f))
}
