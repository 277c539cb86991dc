//! From a compression ratio to the integer ranks of a factorised tensor.

use crate::{Error, Result};

/// How many parameters a factorised weight may have.
#[derive(Clone, Debug, PartialEq)]
pub enum Rank {
    /// This fraction of the entries of the dense tensor, as nearly as integer ranks allow.
    Fraction(f64),
    /// The same rank everywhere.
    Fixed(usize),
    /// Every rank by hand: one per axis for Tucker, one for CP, and `1, r_1, .., r_{N-1}, 1` or the inner `r_1, .., r_{N-1}` for
    /// a tensor train.
    PerMode(Vec<usize>),
}

/// The factorised forms of a tensor `W` of shape `I_1 x .. x I_N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Factorization {
    /// `W = G x_1 U_1 .. x_N U_N`, core `G [R_1, .., R_N]`, factors `U_k [I_k, R_k]`.
    Tucker,
    /// `W = Σ_r λ_r u_1r ⊗ .. ⊗ u_Nr`, weights `λ [R]`, factors `U_k [I_k, R]`.
    Cp,
    /// `W[i_1, .., i_N] = G_1[i_1] .. G_N[i_N]`, cores `G_k [r_{k-1}, I_k, r_k]`, `r_0 = r_N = 1`.
    TensorTrain,
}

impl Factorization {
    const fn name(self) -> &'static str {
        match self {
            Self::Tucker => "Tucker",
            Self::Cp => "CP",
            Self::TensorTrain => "tensor train",
        }
    }

    /// The integer ranks of a tensor: `[R_1, .., R_N]` for Tucker, `[R]` for CP, `[1, r_1, .., r_{N-1}, 1]` for a tensor train.
    ///
    /// A fraction `f` of the `T = Π I_k` dense entries is turned into ranks as the reference implementation of the tensorised
    /// Fourier neural operator does, with ties rounded to even:
    ///
    /// ```math
    /// Tucker:        T c^{N-F} + c Σ I_k² = f T,   R_k = max(1, round(c I_k)),   R_k = I_k on the F fixed axes, which the sum leaves out
    /// CP:            R = max(1, round(f T / Σ I_k))
    /// tensor train:  d_k = (I_k + I_{k+1}) / 2,   r_k = max(1, round(c d_k)),
    ///                c² Σ_{k=2}^{N-1} d_{k-1} I_k d_k + c (I_1 d_1 + I_N d_{N-1}) = f T
    /// ```
    ///
    /// **Source.** Kossaifi et al., *Multi-Grid Tensorized Fourier Neural Operator*, 2023 (arXiv:2310.00120), and TensorLy.
    ///
    /// **Deviates.** 1. Ranks that cannot mean anything are errors: a Tucker rank above the length of its axis, a CP or
    /// tensor-train rank with which one factor alone exceeds the dense tensor. A train rank from a fraction may exceed the exact
    /// rank of the unfolding, as in the reference. 2. A fixed axis has no factor: a square one adds parameters and no tensors.
    ///
    /// `fixed` names the axes that a Tucker form leaves as they are, at full rank; the other forms have none.
    ///
    /// # Errors
    /// An empty shape or axis, a fraction that is not positive, a rank of zero, a wrong number of ranks, an absurd rank, a fixed
    /// mode that does not exist.
    pub fn ranks(self, shape: &[usize], rank: &Rank, fixed: &[usize]) -> Result<Vec<usize>> {
        let least = if self == Self::TensorTrain { 2 } else { 1 };
        if shape.len() < least || shape.contains(&0) {
            return Err(Error::TensorShape { shape: shape.to_vec(), form: self.name(), least });
        }
        for &mode in fixed {
            if self != Self::Tucker || mode >= shape.len() {
                return Err(Error::FixedMode { mode, form: self.name(), order: shape.len() });
            }
        }
        let ranks = match rank {
            Rank::Fraction(f) if !(f.is_finite() && *f > 0.0) => return Err(Error::RankFraction(*f)),
            Rank::Fraction(f) => match self {
                Self::Tucker => tucker_ranks(shape, *f, fixed),
                Self::Cp => vec![round(f * total(shape) / shape.iter().sum::<usize>() as f64)],
                Self::TensorTrain => train_ranks(shape, *f),
            },
            Rank::Fixed(r) => self.expand(shape, &vec![*r; self.free_ranks(shape.len())], fixed)?,
            Rank::PerMode(given) => self.expand(shape, given, fixed)?,
        };
        self.check(shape, &ranks)?;
        Ok(ranks)
    }

    /// Entries of all factors together (complex ones for a complex weight), for ranks as [`ranks`](Self::ranks) returns them:
    ///
    /// ```math
    /// Tucker: Π R_k + Σ_{k not fixed} I_k R_k,    CP: R + R Σ I_k,    tensor train: Σ r_{k-1} I_k r_k
    /// ```
    #[must_use]
    pub fn parameters(self, shape: &[usize], ranks: &[usize], fixed: &[usize]) -> usize {
        match self {
            Self::Tucker => {
                let factors = (0..shape.len()).filter(|k| !fixed.contains(k)).map(|k| shape[k] * ranks[k]);
                ranks.iter().product::<usize>() + factors.sum::<usize>()
            }
            Self::Cp => ranks.iter().map(|r| r + r * shape.iter().sum::<usize>()).sum(),
            Self::TensorTrain => shape.iter().zip(ranks.windows(2)).map(|(i, r)| r[0] * i * r[1]).sum(),
        }
    }

    /// How many ranks are to be chosen for a tensor of this order.
    const fn free_ranks(self, order: usize) -> usize {
        match self {
            Self::Tucker => order,
            Self::Cp => 1,
            Self::TensorTrain => order - 1,
        }
    }

    fn expand(self, shape: &[usize], given: &[usize], fixed: &[usize]) -> Result<Vec<usize>> {
        let (order, expected) = (shape.len(), self.free_ranks(shape.len()));
        let mut ranks = given.to_vec();
        if self == Self::TensorTrain && given.len() == expected {
            ranks.insert(0, 1);
            ranks.push(1);
        }
        let bounded = self == Self::TensorTrain && ranks.first() == Some(&1) && ranks.last() == Some(&1);
        if ranks.len() != if bounded { order + 1 } else { expected } {
            return Err(Error::RankCount { form: self.name(), order, expected, given: given.len() });
        }
        for &mode in fixed {
            ranks[mode] = shape[mode];
        }
        Ok(ranks)
    }

    fn check(self, shape: &[usize], ranks: &[usize]) -> Result<()> {
        if let Some(index) = ranks.iter().position(|&r| r == 0) {
            return Err(Error::RankZero { index });
        }
        let dense = shape.iter().fold(1_usize, |t, &i| t.saturating_mul(i));
        for (index, &rank) in ranks.iter().enumerate() {
            let limit = match self {
                Self::Tucker => shape[index],
                Self::Cp => dense / shape.iter().max().copied().unwrap_or(1),
                Self::TensorTrain if index == 0 || index == shape.len() => 1,
                Self::TensorTrain => dense / shape[index - 1].max(shape[index]),
            };
            if rank > limit {
                return Err(Error::RankTooLarge { form: self.name(), index, rank, limit });
            }
        }
        Ok(())
    }
}

fn total(shape: &[usize]) -> f64 {
    shape.iter().map(|&i| i as f64).product()
}

fn round(rank: f64) -> usize {
    (rank.round_ties_even() as usize).max(1)
}

fn tucker_ranks(shape: &[usize], fraction: f64, fixed: &[usize]) -> Vec<usize> {
    let dense = total(shape);
    let free: Vec<f64> = (0..shape.len()).filter(|k| !fixed.contains(k)).map(|k| shape[k] as f64).collect();
    let squares: f64 = free.iter().map(|i| i * i).sum();
    let excess = |c: f64| dense * c.powi(free.len() as i32) + squares * c - fraction * dense;
    // `excess` increases; bisection to the last bit.
    let (mut low, mut high) = (0.0, fraction.max(1.0));
    while (low + high) / 2.0 > low && (low + high) / 2.0 < high {
        let middle = (low + high) / 2.0;
        if excess(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (0..shape.len())
        .map(|k| if fixed.contains(&k) { shape[k] } else { round(high * shape[k] as f64) })
        .collect()
}

fn train_ranks(shape: &[usize], fraction: f64) -> Vec<usize> {
    let n = shape.len();
    let size: Vec<f64> = shape.iter().map(|&i| i as f64).collect();
    let mean: Vec<f64> = size.windows(2).map(|w| 0.5 * (w[0] + w[1])).collect();
    let a: f64 = (1..n - 1).map(|k| mean[k - 1] * size[k] * mean[k]).sum();
    let b = size[0] * mean[0] + size[n - 1] * mean[n - 2];
    let budget = fraction * total(shape);
    // The positive root in the form that does not cancel, and that holds for a = 0.
    let c = 2.0 * budget / (b + (b * b + 4.0 * a * budget).sqrt());
    let inner = mean.iter().map(|d| round(c * d));
    std::iter::once(1).chain(inner).chain(std::iter::once(1)).collect()
}
