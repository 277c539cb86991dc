//! Adam and AdamW in one pass over the parameters.

use rayon::prelude::*;

use crate::Scalar;
use crate::simd::multiversion;

/// Parameters per task.
const CHUNK: usize = 1 << 14;

/// How the weight decay `λ` enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decay {
    /// `p ← p - lr λ p` beside the step (AdamW).
    Decoupled,
    /// `g ← g + λ p` before the moments (the L2 penalty of Adam).
    Coupled,
}

/// One step of Adam with weight decay.
///
/// ```math
/// m ← β₁ m + (1 - β₁) g,   v ← β₂ v + (1 - β₂) g²
/// p ← (1 - lr λ) p - lr (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)
/// ```
///
/// with `g` multiplied by the gradient scale of the call first, and `t` counted from 1. With [`Decay::Coupled`] the factor
/// `1 - lr λ` is 1 and `g + λ p` takes the place of `g`.
///
/// **Source.** Kingma & Ba 2015 (arXiv:1412.6980), algorithm 1; Loshchilov & Hutter 2019 (arXiv:1711.05101), algorithm 2 with the
/// decay scaled by the learning rate, as deep-learning frameworks do.
///
/// **Good values.** `beta1 = 0.9`, `beta2 = 0.999`, `eps = 1e-8`, `weight_decay = 1e-4`.
///
/// ```
/// use sobolev_kernels::optim::{AdamW, Decay, Slot};
///
/// let adam = AdamW { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, decay: Decay::Decoupled };
/// let (mut p, mut m, mut v) = ([1.0_f64], [0.0], [0.0]);
/// adam.step(1, 1.0, Slot { p: &mut p, g: &[3.0], m: &mut m, v: &mut v });
/// assert!((p[0] - 0.9).abs() < 1e-8); // the first step has length lr, whatever the gradient
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the first moment, in [0, 1).
    pub beta1: f64,
    /// Decay of the second moment, in [0, 1).
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// `λ`.
    pub weight_decay: f64,
    /// How `λ` enters.
    pub decay: Decay,
}

/// One parameter with its gradient and its two moments, all of one length.
#[derive(Debug)]
pub struct Slot<'a, T> {
    /// The parameter, updated in place.
    pub p: &'a mut [T],
    /// The gradient.
    pub g: &'a [T],
    /// The first moment, updated in place; zero before the first step.
    pub m: &'a mut [T],
    /// The second moment, updated in place; zero before the first step.
    pub v: &'a mut [T],
}

/// The numbers that all entries share, rounded once.
#[derive(Clone, Copy)]
struct Factors<T> {
    scale: T,
    coupled: T,
    keep: T,
    beta1: T,
    rest1: T,
    beta2: T,
    rest2: T,
    rate: T,
    root: T,
    eps: T,
}

impl AdamW {
    /// Updates one parameter; `t` is the number of this step, from 1, and every gradient is multiplied by `grad_scale` first
    /// (the clip factor, or the inverse of a loss scale).
    ///
    /// # Panics
    /// If the four slices differ in length, or `t` is 0.
    pub fn step<T: Scalar>(&self, t: u64, grad_scale: f64, slot: Slot<'_, T>) {
        let Slot { p, g, m, v } = slot;
        let n = p.len();
        assert!(
            g.len() == n && m.len() == n && v.len() == n,
            "parameter of {n} entries, gradient of {}, moments of {} and {}",
            g.len(),
            m.len(),
            v.len()
        );
        let factors = self.factors(t, grad_scale);
        p.par_chunks_mut(CHUNK)
            .zip(g.par_chunks(CHUNK))
            .zip(m.par_chunks_mut(CHUNK).zip(v.par_chunks_mut(CHUNK)))
            .for_each(|((p, g), (m, v))| update(p, g, m, v, factors));
    }

    /// Updates many parameters in parallel.
    ///
    /// # Panics
    /// As [`step`](Self::step).
    pub fn step_all<T: Scalar>(&self, t: u64, grad_scale: f64, slots: Vec<Slot<'_, T>>) {
        slots.into_par_iter().for_each(|slot| self.step(t, grad_scale, slot));
    }

    fn factors<T: Scalar>(&self, t: u64, grad_scale: f64) -> Factors<T> {
        assert!(t > 0, "steps count from 1: at 0 the bias correction divides by zero");
        // `exp_m1` keeps `1 - β^t` exact to rounding when β is near 1.
        let correction = |beta: f64| -(t as f64 * beta.ln()).exp_m1();
        let (coupled, keep) = match self.decay {
            Decay::Decoupled => (0.0, 1.0 - self.lr * self.weight_decay),
            Decay::Coupled => (self.weight_decay, 1.0),
        };
        Factors {
            scale: T::of(grad_scale),
            coupled: T::of(coupled),
            keep: T::of(keep),
            beta1: T::of(self.beta1),
            rest1: T::of(1.0 - self.beta1),
            beta2: T::of(self.beta2),
            rest2: T::of(1.0 - self.beta2),
            rate: T::of(self.lr / correction(self.beta1)),
            root: T::of(1.0 / correction(self.beta2).sqrt()),
            eps: T::of(self.eps),
        }
    }
}

multiversion! {
    fn update[T: Scalar](p: &mut [T], g: &[T], m: &mut [T], v: &mut [T], f: Factors<T>) {
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
            let g = g * f.scale + f.coupled * *p;
            *m = f.beta1 * *m + f.rest1 * g;
            *v = f.beta2 * *v + f.rest2 * (g * g);
            *p = f.keep * *p - f.rate * *m / (v.sqrt() * f.root + f.eps);
        }
    }
}
