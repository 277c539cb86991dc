//! In which order to contract a factorised weight with a spectrum: costs as pure functions, and the cheapest plan.
//!
//! A cost counts complex multiply-adds (eight real floating-point operations each) of the products that are carried out, and the
//! entries that they read and write ([`Cost`]); it covers a whole pass over the layers that share a weight, so that what is worked
//! out once for all of them is counted once. The candidates are all those listed by the three `plans` functions; their number is
//! small, so the choice is by enumeration. At high ranks the cheapest plan is often to build the dense weight.

mod cp;
mod tensor_train;
mod tucker;

use std::ops::{Add, AddAssign, Mul};

pub use cp::CpPlan;
pub use tensor_train::{ChainEnd, TrainChannels, TrainPlan};
pub use tucker::{ChannelFactor, LayerAxis, LayerFactor, TuckerPlan};

/// A spectrum and the dense weight that would multiply it: `y[m, b, o] = Σ_i x[m, b, i] W[m, i, o]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpectralShape {
    /// Kept modes per spatial axis, `M_1 .. M_d`.
    pub modes: Vec<usize>,
    /// Samples.
    pub batch: usize,
    /// Channels of `x`.
    pub in_channels: usize,
    /// Channels of `y`.
    pub out_channels: usize,
}

impl SpectralShape {
    /// The number of all kept modes, `Π M_k`.
    #[must_use]
    pub fn n_modes(&self) -> usize {
        self.modes.iter().product()
    }

    /// The shape of the weight in the order of the axes that `factorization` uses here: `[M_1 .., in, out]` for Tucker and CP,
    /// `[in, out, M_1 ..]` for a tensor train.
    #[must_use]
    pub fn weight(&self, factorization: super::Factorization) -> Vec<usize> {
        let channels = [self.in_channels, self.out_channels];
        match factorization {
            super::Factorization::TensorTrain => [&channels[..], &self.modes].concat(),
            _ => [&self.modes[..], &channels].concat(),
        }
    }

    /// One product with a matrix `[k, n]` at every mode.
    #[must_use]
    pub fn mix(&self, k: usize, n: usize) -> Cost {
        Cost::product(self.n_modes(), self.batch, k, n)
    }

    /// One product of the spectrum with a matrix `[k, n]` that all modes share.
    #[must_use]
    pub fn project(&self, k: usize, n: usize) -> Cost {
        Cost::product(1, self.n_modes() * self.batch, k, n)
    }
}

/// What a contraction takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cost {
    /// Complex multiply-adds.
    pub multiply_adds: usize,
    /// Complex numbers read from and written to operands and results.
    pub entries: usize,
}

/// Multiply-adds that take as long as one entry's way to or from memory.
///
/// Fitted on two cores with AVX-512 (`benches/contract.rs`): about 40 · 10⁹ multiply-adds and 2 · 10⁹ entries a second.
const BALANCE: usize = 20;

impl Cost {
    /// `batch` products of `[m, k]` and `[k, n]`.
    #[must_use]
    pub const fn product(batch: usize, m: usize, k: usize, n: usize) -> Self {
        Self { multiply_adds: batch * m * k * n, entries: batch * (m * k + k * n + m * n) }
    }

    /// The product of a matrix `[rows, rank]` along an axis of `[before, rank, after]`.
    #[must_use]
    pub const fn expansion(before: usize, rows: usize, rank: usize, after: usize) -> Self {
        Self {
            multiply_adds: before * rows * rank * after,
            entries: rows * rank + before * after * (rank + rows),
        }
    }

    /// An elementwise product with `entries` results.
    #[must_use]
    pub const fn elementwise(entries: usize) -> Self {
        Self { multiply_adds: entries, entries: 2 * entries }
    }

    /// The time in units of a multiply-add.
    #[must_use]
    pub const fn time(&self) -> usize {
        self.multiply_adds + BALANCE * self.entries
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            multiply_adds: self.multiply_adds + other.multiply_adds,
            entries: self.entries + other.entries,
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<usize> for Cost {
    type Output = Self;

    fn mul(self, times: usize) -> Self {
        Self { multiply_adds: times * self.multiply_adds, entries: times * self.entries }
    }
}

/// The first of the cheapest.
#[allow(clippy::expect_used, reason = "every list of plans of this module has entries")]
fn cheapest<P>(plans: Vec<P>, cost: impl Fn(&P) -> Cost) -> P {
    plans.into_iter().min_by_key(|plan| cost(plan).time()).expect("a plan")
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (at, &first) in items.iter().enumerate() {
        let rest = [&items[..at], &items[at + 1..]].concat();
        all.extend(permutations(&rest).into_iter().map(|tail| [&[first][..], &tail].concat()));
    }
    all
}
