//! Activation functions, one value at a time and one register at a time.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::simd::{Lanes, is_f32};
use crate::{Scalar, special};

/// A scalar nonlinearity `σ`, applied to every entry.
///
/// In `f32` the values and slopes are polynomials and rational functions without a branch, within `4 ε (1 + |z|)` of the exact
/// ones (`ε = 2⁻²³`); in `f64` they go through `libm`. A NaN stays a NaN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Activation {
    /// `σ(z) = z`
    Identity,
    /// `σ(z) = max(z, 0)`; the slope at 0 is 0
    Relu,
    /// `σ(z) = z Φ(z) = z/2 · (1 + erf(z/√2))`, the exact form, not the tanh approximation (Hendrycks and Gimpel 2016,
    /// arXiv:1606.08415)
    #[default]
    Gelu,
    /// `σ(z) = z / (1 + exp(-z))`
    Silu,
    /// `σ(z) = tanh z`
    Tanh,
}

impl Activation {
    /// All of them, for tests and command lines.
    pub const ALL: [Self; 5] = [Self::Identity, Self::Relu, Self::Gelu, Self::Silu, Self::Tanh];

    /// `σ(z)`.
    pub fn value<T: Scalar>(self, z: T) -> T {
        self.value_and_slope(z).0
    }

    /// `σ'(z)`.
    pub fn slope<T: Scalar>(self, z: T) -> T {
        self.value_and_slope(z).1
    }

    /// `(σ(z), σ'(z))`, through the mathematical library: the reference of the vectorised forms.
    pub fn value_and_slope<T: Scalar>(self, z: T) -> (T, T) {
        let (one, half) = (T::one(), T::of(0.5));
        match self {
            Self::Identity => (z, one),
            Self::Relu if z <= T::zero() => (T::zero(), T::zero()),
            Self::Relu => (z, one),
            Self::Gelu => {
                let cdf = half * (one + (z * T::FRAC_1_SQRT_2()).erf());
                (z * cdf, cdf + z * T::of(special::INV_SQRT_2PI) * (-half * z * z).exp())
            }
            Self::Silu => {
                let s = one / (one + (-z).exp());
                (z * s, s * (one + z * (one - s)))
            }
            Self::Tanh => {
                let t = z.tanh();
                (t, (one - t) * (one + t))
            }
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Identity => "identity",
            Self::Relu => "relu",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Tanh => "tanh",
        })
    }
}

/// An activation on registers, so that the choice is made once per row and not once per entry.
pub(super) trait OnLanes {
    /// `σ(z)`
    fn value<T: Scalar, L: Lanes<T>>(z: L) -> L;
    /// `(σ(z), σ'(z))`, which share their transcendental parts
    fn both<T: Scalar, L: Lanes<T>>(z: L) -> (L, L);
}

/// `z`
pub(super) struct Identity;
/// `max(z, 0)`
pub(super) struct Relu;
/// `z Φ(z)`
pub(super) struct Gelu;
/// `z s(z)`
pub(super) struct Silu;
/// `tanh z`
pub(super) struct Tanh;

/// `both` for a type that has no vector form, entry by entry.
#[inline(always)]
fn by_entry<T: Scalar, L: Lanes<T>>(act: Activation, z: L) -> (L, L) {
    (z.map(|z| act.value(z)), z.map(|z| act.slope(z)))
}

impl OnLanes for Identity {
    #[inline(always)]
    fn value<T: Scalar, L: Lanes<T>>(z: L) -> L {
        z
    }
    #[inline(always)]
    fn both<T: Scalar, L: Lanes<T>>(z: L) -> (L, L) {
        (z, L::splat(T::one()))
    }
}

impl OnLanes for Relu {
    #[inline(always)]
    fn value<T: Scalar, L: Lanes<T>>(z: L) -> L {
        L::splat(T::zero()).max(z)
    }
    #[inline(always)]
    fn both<T: Scalar, L: Lanes<T>>(z: L) -> (L, L) {
        (Self::value(z), L::splat(T::zero()).where_less(z, L::splat(T::one()), L::splat(T::zero())))
    }
}

/// Left of it, `z Φ(z)` and its derivative are below 6e-7 in magnitude, and are taken as 0: a last bit of `Φ` would be visible
/// after multiplication with a large `-z`, and denormal numbers are slow.
const GELU_LEFT: f64 = -5.6;

impl OnLanes for Gelu {
    #[inline(always)]
    fn value<T: Scalar, L: Lanes<T>>(z: L) -> L {
        if !is_f32::<T>() {
            return z.map(|z| Activation::Gelu.value(z));
        }
        z.where_less(L::splat(T::of(GELU_LEFT)), L::splat(T::zero()), z.mul(special::normal_cdf_lanes(z)))
    }
    #[inline(always)]
    fn both<T: Scalar, L: Lanes<T>>(z: L) -> (L, L) {
        if !is_f32::<T>() {
            return by_entry(Activation::Gelu, z);
        }
        let (zero, left, cdf) =
            (L::splat(T::zero()), L::splat(T::of(GELU_LEFT)), special::normal_cdf_lanes(z));
        let density = special::exp_nonpositive_lanes(z.mul(z).mul(L::splat(T::of(-0.5))));
        let slope = z.mul(L::splat(T::of(special::INV_SQRT_2PI))).fma(density, cdf);
        (z.where_less(left, zero, z.mul(cdf)), z.where_less(left, zero, slope))
    }
}

impl OnLanes for Silu {
    #[inline(always)]
    fn value<T: Scalar, L: Lanes<T>>(z: L) -> L {
        if is_f32::<T>() { z.mul(special::sigmoid_lanes(z)) } else { z.map(|z| Activation::Silu.value(z)) }
    }
    #[inline(always)]
    fn both<T: Scalar, L: Lanes<T>>(z: L) -> (L, L) {
        if !is_f32::<T>() {
            return by_entry(Activation::Silu, z);
        }
        let s = special::sigmoid_lanes(z);
        let value = z.mul(s);
        // s (1 + z (1 - s)) = s + z s - z s²
        (value, s.add(value.mul(L::splat(T::one()).sub(s))))
    }
}

impl OnLanes for Tanh {
    #[inline(always)]
    fn value<T: Scalar, L: Lanes<T>>(z: L) -> L {
        if is_f32::<T>() { special::tanh_lanes(z) } else { z.map(|z| Activation::Tanh.value(z)) }
    }
    #[inline(always)]
    fn both<T: Scalar, L: Lanes<T>>(z: L) -> (L, L) {
        if !is_f32::<T>() {
            return by_entry(Activation::Tanh, z);
        }
        let (one, t) = (L::splat(T::one()), special::tanh_lanes(z));
        (t, one.sub(t).mul(one.add(t)))
    }
}
