//! One-dimensional plans, and their use on lines that lie strided in a block.

use std::sync::Arc;

use num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};

use super::cache::cached;
use crate::Scalar;

/// Lines gathered at a time: 16 neighbours fill one or two cache lines.
pub(super) const GROUP: usize = 16;

/// Complex transforms of one length, both directions, unscaled.
pub(super) struct ComplexLine<T: Scalar> {
    pub(super) forward: Arc<dyn Fft<T>>,
    pub(super) inverse: Arc<dyn Fft<T>>,
}

/// Real transforms of one length, both directions, unscaled.
pub(super) struct RealLine<T: Scalar> {
    pub(super) forward: Arc<dyn RealToComplex<T>>,
    pub(super) inverse: Arc<dyn ComplexToReal<T>>,
}

impl<T: Scalar> ComplexLine<T> {
    pub(super) fn cached(n: usize) -> Arc<Self> {
        cached(&[n], || {
            let mut planner = FftPlanner::new();
            Self { forward: planner.plan_fft_forward(n), inverse: planner.plan_fft_inverse(n) }
        })
    }

    pub(super) fn direction(&self, inverse: bool) -> &dyn Fft<T> {
        if inverse { &*self.inverse } else { &*self.forward }
    }

    pub(super) fn scratch_len(&self) -> usize {
        self.forward.get_inplace_scratch_len().max(self.inverse.get_inplace_scratch_len())
    }
}

impl<T: Scalar> RealLine<T> {
    pub(super) fn cached(n: usize) -> Arc<Self> {
        cached(&[n], || {
            let mut planner = RealFftPlanner::new();
            Self { forward: planner.plan_fft_forward(n), inverse: planner.plan_fft_inverse(n) }
        })
    }

    pub(super) fn scratch_len(&self) -> usize {
        self.forward.get_scratch_len().max(self.inverse.get_scratch_len())
    }

    /// The half spectrum of `x`, which is destroyed.
    pub(super) fn analyse(&self, x: &mut [T], half: &mut [Complex<T>], scratch: &mut [Complex<T>]) {
        let done = self.forward.process_with_scratch(x, half, &mut scratch[..self.forward.get_scratch_len()]);
        debug_assert!(done.is_ok(), "lengths are the plan's");
    }

    /// The real line of the half spectrum `half`, which is destroyed; imaginary parts of the real modes are ignored.
    pub(super) fn synthesise(&self, half: &mut [Complex<T>], x: &mut [T], scratch: &mut [Complex<T>]) {
        half[0].im = T::zero();
        if x.len().is_multiple_of(2)
            && let Some(nyquist) = half.last_mut()
        {
            nyquist.im = T::zero();
        }
        let done = self.inverse.process_with_scratch(half, x, &mut scratch[..self.inverse.get_scratch_len()]);
        debug_assert!(done.is_ok(), "lengths are the plan's, and the real modes are real");
    }
}
