//! Contraction with a Tucker weight.

use num_complex::Complex;

use super::path::{ChannelFactor, SpectralShape, TuckerPlan};
use super::{CMatmul, Operand};
use crate::Scalar;

/// The product `X x_k U` along one axis of `X [before, r, after]`: the result is `[before, u_rows, after]`, `U [u_rows, r]`.
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn mode_product<T: Scalar>(
    x: &[Complex<T>],
    u: &[Complex<T>],
    before: usize,
    r: usize,
    u_rows: usize,
    after: usize,
) -> Vec<Complex<T>> {
    let transposed = Operand::shared().transposed();
    if after == 1 {
        return CMatmul::new(1, before, r, u_rows).with_b(transposed).forward(x, u);
    }
    CMatmul::new(before, u_rows, r, after).with_a(Operand::shared()).forward(u, x)
}

/// A factor `[I_k, R_k]` of each axis, `None` for an axis that the core has at full length.
pub type Factors<'a, T> = [Option<&'a [Complex<T>]>];

/// The core after the expansions of `axes`, in this order.
fn expand<T: Scalar>(
    core: &[Complex<T>],
    factors: &Factors<'_, T>,
    full: &[usize],
    ranks: &[usize],
    axes: &[usize],
) -> (Vec<Complex<T>>, Vec<usize>) {
    let mut size = ranks.to_vec();
    let mut tensor = core.to_vec();
    for &axis in axes {
        let Some(factor) = factors[axis] else { continue };
        let (before, after) = (size[..axis].iter().product(), size[axis + 1..].iter().product());
        tensor = mode_product(&tensor, factor, before, size[axis], full[axis], after);
        size[axis] = full[axis];
    }
    (tensor, size)
}

fn check<T: Scalar>(core: &[Complex<T>], factors: &Factors<'_, T>, full: &[usize], ranks: &[usize]) {
    assert_eq!(ranks.len(), full.len(), "Tucker ranks of a weight {full:?}");
    assert_eq!(core.len(), ranks.iter().product::<usize>(), "core of ranks {ranks:?}");
    assert_eq!(factors.len(), full.len(), "factors of a weight {full:?}");
    for (k, factor) in factors.iter().enumerate() {
        match factor {
            Some(factor) => {
                assert_eq!(factor.len(), full[k] * ranks[k], "factor {k} [{}, {}]", full[k], ranks[k]);
            }
            None => assert_eq!(full[k], ranks[k], "axis {k} without a factor"),
        }
    }
}

/// The dense weight `[M_1, .., M_d, in, out]` of a core `[R_1, .., R_d, R_in, R_out]` and factors `[I_k, R_k]`.
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn reconstruct<T: Scalar>(
    core: &[Complex<T>],
    factors: &Factors<'_, T>,
    shape: &SpectralShape,
    ranks: &[usize],
) -> Vec<Complex<T>> {
    let full = shape.weight(super::Factorization::Tucker);
    check(core, factors, &full, ranks);
    let axes: Vec<usize> = (0..full.len()).collect();
    expand(core, factors, &full, ranks, &axes).0
}

/// `y[m, b, o] = Σ_i x[m, b, i] W[m, i, o]` with a Tucker weight `W = G x_1 U_1 .. x_{d+2} U_out`.
///
/// **Shapes.** `x [modes, batch, in]`, core `[R_1, .., R_d, R_in, R_out]`, factors `[M_k, R_k]`, `[in, R_in]`, `[out, R_out]`;
/// `y [modes, batch, out]`. The plan is usually [`TuckerPlan::cheapest`].
///
/// # Panics
/// If a slice has not the length of its shape, or the plan does not expand every mode once.
#[must_use]
pub fn contract<T: Scalar>(
    x: &[Complex<T>],
    core: &[Complex<T>],
    factors: &Factors<'_, T>,
    shape: &SpectralShape,
    ranks: &[usize],
    plan: &TuckerPlan,
) -> Vec<Complex<T>> {
    let full = shape.weight(super::Factorization::Tucker);
    let (d, modes, batch) = (shape.modes.len(), shape.n_modes(), shape.batch);
    check(core, factors, &full, ranks);
    assert_eq!(x.len(), modes * batch * shape.in_channels, "spectrum of {shape:?}");
    let (weight, size) = expand(core, factors, &full, ranks, &plan.order);
    assert_eq!(size[..d], full[..d], "the plan {plan:?} leaves modes unexpanded");
    let (k, n) = (size[d], size[d + 1]);
    let rows = modes * batch;
    let projected;
    let x = match factors[d] {
        Some(factor) if plan.input == ChannelFactor::Spectrum => {
            projected =
                CMatmul::new(1, rows, shape.in_channels, k).with_b(Operand::shared()).forward(x, factor);
            &projected[..]
        }
        _ => x,
    };
    let y = CMatmul::new(modes, batch, k, n).forward(x, &weight);
    match factors[d + 1] {
        Some(factor) if plan.output == ChannelFactor::Spectrum => {
            mode_product(&y, factor, rows, n, shape.out_channels, 1)
        }
        _ => y,
    }
}
