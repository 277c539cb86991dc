//! Contraction with a tensor-train weight, whose channel cores come first.

use num_complex::Complex;

use super::path::{ChainEnd, SpectralShape, TrainChannels, TrainPlan};
use super::{CMatmul, Operand};
use crate::Scalar;

fn check<T: Scalar>(cores: &[&[Complex<T>]], shape: &SpectralShape, ranks: &[usize]) {
    let full = shape.weight(super::Factorization::TensorTrain);
    assert_eq!(cores.len(), full.len(), "cores of a weight {full:?}");
    assert_eq!(ranks.len(), full.len() + 1, "ranks of a weight {full:?}");
    assert!(ranks[0] == 1 && ranks[full.len()] == 1, "outer ranks are 1, not {ranks:?}");
    for (k, core) in cores.iter().enumerate() {
        let size = [ranks[k], full[k], ranks[k + 1]];
        assert_eq!(core.len(), size.iter().product::<usize>(), "core {k} {size:?}");
    }
}

/// `T [r_2, M_1, .., M_d]`: the product of the mode cores.
fn mode_part<T: Scalar>(
    cores: &[&[Complex<T>]],
    modes: &[usize],
    ranks: &[usize],
    end: ChainEnd,
) -> Vec<Complex<T>> {
    let d = modes.len();
    let join = |a: &[Complex<T>], b: &[Complex<T>], rank: usize| {
        CMatmul::new(1, a.len() / rank, rank, b.len() / rank).with_b(Operand::shared()).forward(a, b)
    };
    match end {
        ChainEnd::First => (1..d).fold(cores[0].to_vec(), |t, k| join(&t, cores[k], ranks[k])),
        ChainEnd::Last => {
            (0..d - 1).rev().fold(cores[d - 1].to_vec(), |t, k| join(cores[k], &t, ranks[k + 1]))
        }
    }
}

/// `C[m, p, o] = Σ_r G[p, o, r] T[r, m]` for a channel core `G [p, o, r]` (the product has `m` as its rows).
fn at_modes<T: Scalar>(core: &[Complex<T>], tail: &[Complex<T>], modes: usize, r: usize) -> Vec<Complex<T>> {
    CMatmul::new(1, modes, r, core.len() / r)
        .with_a(Operand::each().transposed())
        .with_b(Operand::shared().transposed())
        .forward(tail, core)
}

/// The dense weight `[M_1, .., M_d, in, out]` of the cores.
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn reconstruct<T: Scalar>(
    cores: &[&[Complex<T>]],
    shape: &SpectralShape,
    ranks: &[usize],
) -> Vec<Complex<T>> {
    let plan = TrainPlan { modes: ChainEnd::Last, channels: TrainChannels::ReconstructFromModes };
    check(cores, shape, ranks);
    dense(cores, shape, ranks, plan)
}

fn dense<T: Scalar>(
    cores: &[&[Complex<T>]],
    shape: &SpectralShape,
    ranks: &[usize],
    plan: TrainPlan,
) -> Vec<Complex<T>> {
    let (modes, inputs, outputs) = (shape.n_modes(), shape.in_channels, shape.out_channels);
    let (r1, r2) = (ranks[1], ranks[2]);
    let tail = mode_part(&cores[2..], &shape.modes, &ranks[2..], plan.modes);
    if plan.channels == TrainChannels::ReconstructFromChannels {
        let joined =
            CMatmul::new(1, inputs, r1, outputs * r2).with_b(Operand::shared()).forward(cores[0], cores[1]);
        return at_modes(&joined, &tail, modes, r2);
    }
    let core = at_modes(cores[1], &tail, modes, r2);
    CMatmul::new(modes, inputs, r1, outputs).with_a(Operand::shared()).forward(cores[0], &core)
}

/// `y[m, b, o] = Σ_i x[m, b, i] W[m, i, o]` with `W[m, i, o] = G_in[i] G_out[o] G_1[m_1] .. G_d[m_d]`.
///
/// **Shapes.** `x [modes, batch, in]`; cores `G_in [in, r_1]`, `G_out [r_1, out, r_2]`, `G_1 [r_2, M_1, r_3]`, ..,
/// `G_d [r_{d+1}, M_d]`, ranks `[1, r_1, .., r_{d+1}, 1]`; `y [modes, batch, out]`. The plan is usually [`TrainPlan::cheapest`].
///
/// # Panics
/// If a slice has not the length of its shape.
#[must_use]
pub fn contract<T: Scalar>(
    x: &[Complex<T>],
    cores: &[&[Complex<T>]],
    shape: &SpectralShape,
    ranks: &[usize],
    plan: TrainPlan,
) -> Vec<Complex<T>> {
    let (modes, batch, outputs) = (shape.n_modes(), shape.batch, shape.out_channels);
    check(cores, shape, ranks);
    assert_eq!(x.len(), modes * batch * shape.in_channels, "spectrum of {shape:?}");
    if plan.channels != TrainChannels::Project {
        let weight = dense(cores, shape, ranks, plan);
        return CMatmul::new(modes, batch, shape.in_channels, outputs).forward(x, &weight);
    }
    let tail = mode_part(&cores[2..], &shape.modes, &ranks[2..], plan.modes);
    let core = at_modes(cores[1], &tail, modes, ranks[2]);
    let projected = CMatmul::new(1, modes * batch, shape.in_channels, ranks[1])
        .with_b(Operand::shared())
        .forward(x, cores[0]);
    CMatmul::new(modes, batch, ranks[1], outputs).forward(&projected, &core)
}
