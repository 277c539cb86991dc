//! Operator-dependent interpolation and the Galerkin coarse operator built with it.
//!
//! **Source.** R. E. Alcouffe, A. Brandt, J. E. Dendy, J. W. Painter, *The multi-grid method for the diffusion equation with
//! strongly discontinuous coefficients*, SIAM J. Sci. Stat. Comput. 2 (1981); J. E. Dendy, *Black box multigrid*, J. Comput.
//! Phys. 48 (1982). **Deviates.** (1) Weights are normalised by the sum of the links instead of the lumped diagonal: for rows
//! that sum to zero the two are equal, and this one has no cancellation. (2) The last node of an odd axis is kept as a coarse
//! node, so every lattice coarsens.

use sobolev_kernels::Scalar;

use super::Stencil;
use super::stencil::Layout;

/// Interpolation weights, indexed by the coarse cell `(J, I)` whose south-west corner is coarse node `(J, I)`:
/// `hl, hr` of the node on its lower edge, `vb, vt` of the node on its left edge, `sw..ne` of the node in its middle.
#[derive(Clone, Debug)]
pub(crate) struct Interpolation<T> {
    pub(crate) coarse: Layout,
    pub(crate) hl: Vec<T>,
    pub(crate) hr: Vec<T>,
    pub(crate) vb: Vec<T>,
    pub(crate) vt: Vec<T>,
    pub(crate) sw: Vec<T>,
    pub(crate) se: Vec<T>,
    pub(crate) nw: Vec<T>,
    pub(crate) ne: Vec<T>,
}

/// The shares of two opposite links; halves where the links don't both couple.
#[inline(always)]
fn shares<T: Scalar>(a: T, b: T) -> (T, T) {
    let sum = a + b;
    if a <= T::zero() && b <= T::zero() && sum < T::zero() {
        let share = a / sum;
        (share, T::one() - share)
    } else {
        (T::of(0.5), T::of(0.5))
    }
}

impl<T: Scalar> Interpolation<T> {
    pub(crate) fn zeros(coarse: Layout) -> Self {
        let zeros = || vec![T::zero(); coarse.len()];
        Self {
            coarse,
            hl: zeros(),
            hr: zeros(),
            vb: zeros(),
            vt: zeros(),
            sw: zeros(),
            se: zeros(),
            nw: zeros(),
            ne: zeros(),
        }
    }

    /// Computes all weights from the fine operator.
    #[inline(always)]
    pub(crate) fn build(&mut self, a: &Stencil<T>) {
        let Layout { ny, nx, .. } = a.layout;
        let coarse = self.coarse;
        for jc in 0..=coarse.ny {
            for ic in 0..=coarse.nx {
                let at = coarse.at(jc, ic);
                if 2 * jc <= ny && 2 * ic < nx {
                    (self.hl[at], self.hr[at]) = if 2 * ic + 1 == nx {
                        (T::zero(), T::one())
                    } else {
                        horizontal(a, 2 * jc, 2 * ic + 1)
                    };
                }
                if 2 * jc < ny && 2 * ic <= nx {
                    (self.vb[at], self.vt[at]) = if 2 * jc + 1 == ny {
                        (T::zero(), T::one())
                    } else {
                        vertical(a, 2 * jc + 1, 2 * ic)
                    };
                }
            }
        }
        for jc in 0..coarse.ny {
            for ic in 0..coarse.nx {
                self.middle(a, jc, ic);
            }
        }
    }

    /// The node in the middle of coarse cell `(jc, ic)`. On the last line of an odd axis that node is itself on a coarse line.
    #[inline(always)]
    fn middle(&mut self, a: &Stencil<T>, jc: usize, ic: usize) {
        let (j, i) = (2 * jc + 1, 2 * ic + 1);
        let at = self.coarse.at(jc, ic);
        let (zero, one) = (T::zero(), T::one());
        let (sw, se, nw, ne) = if i == a.layout.nx && j == a.layout.ny {
            (zero, zero, zero, one)
        } else if i == a.layout.nx {
            let (below, above) = vertical(a, j, i);
            (zero, below, zero, above)
        } else if j == a.layout.ny {
            let (left, right) = horizontal(a, j, i);
            (zero, zero, left, right)
        } else {
            let k = a.layout.at(j, i);
            let up = at + self.coarse.stride;
            let (n, s, e, w) = (a.link(k, 1, 0), a.link(k, -1, 0), a.link(k, 0, 1), a.link(k, 0, -1));
            let sw = a.link(k, -1, -1) + s * self.hl[at] + w * self.vb[at];
            let se = a.link(k, -1, 1) + s * self.hr[at] + e * self.vb[at + 1];
            let nw = a.link(k, 1, -1) + n * self.hl[up] + w * self.vt[at];
            let ne = a.link(k, 1, 1) + n * self.hr[up] + e * self.vt[at + 1];
            let sum = (sw + se) + (nw + ne);
            if sum < zero {
                let scale = one / sum;
                (sw * scale, se * scale, nw * scale, ne * scale)
            } else {
                let quarter = T::of(0.25);
                (quarter, quarter, quarter, quarter)
            }
        };
        (self.sw[at], self.se[at], self.nw[at], self.ne[at]) = (sw, se, nw, ne);
    }

    /// Writes `Pᵀ A P`, a nine-point operator again: for each coarse node the image `A P e` on the half of its 5 x 5
    /// neighbourhood that the four stored links need.
    #[inline(always)]
    pub(crate) fn galerkin(&self, a: &Stencil<T>, out: &mut Stencil<T>) {
        let coarse = self.coarse;
        let c = coarse.stride;
        for jc in 0..=coarse.ny {
            for ic in 0..=coarse.nx {
                let k = a.layout.at(2 * jc, 2 * ic);
                let m = coarse.at(jc, ic);
                let g = [
                    [self.ne[m - c - 1], self.vt[m - c], self.nw[m - c]],
                    [self.hr[m - 1], T::one(), self.hl[m]],
                    [self.se[m - 1], self.vb[m], self.sw[m]],
                ];
                let v_ne = image::<T, 1, 1>(a, k, &g);
                let v_nne = image::<T, 2, 1>(a, k, &g);
                let v_nee = image::<T, 1, 2>(a, k, &g);
                let v_nw = image::<T, 1, -1>(a, k, &g);
                let v_nnw = image::<T, 2, -1>(a, k, &g);
                let east = self.hr[m] * image::<T, 0, 1>(a, k, &g)
                    + self.se[m] * v_ne
                    + self.ne[m - c] * image::<T, -1, 1>(a, k, &g)
                    + image::<T, 0, 2>(a, k, &g)
                    + self.vb[m + 1] * v_nee
                    + self.vt[m + 1 - c] * image::<T, -1, 2>(a, k, &g);
                let north = self.vt[m] * image::<T, 1, 0>(a, k, &g)
                    + self.nw[m] * v_ne
                    + self.ne[m - 1] * v_nw
                    + image::<T, 2, 0>(a, k, &g)
                    + self.hl[m + c] * v_nne
                    + self.hr[m + c - 1] * v_nnw;
                let north_east = self.ne[m] * v_ne
                    + self.vt[m + 1] * v_nee
                    + self.hr[m + c] * v_nne
                    + image::<T, 2, 2>(a, k, &g);
                let north_west = self.nw[m - 1] * v_nw
                    + self.vt[m - 1] * image::<T, 1, -2>(a, k, &g)
                    + self.hl[m + c - 1] * v_nnw
                    + image::<T, 2, -2>(a, k, &g);
                (out.e[m], out.n[m], out.ne[m], out.nw[m]) = (east, north, north_east, north_west);
            }
        }
        out.balance();
    }
}

/// Weights of a node between two coarse nodes of its row: the links of each side, summed over the column.
#[inline(always)]
fn horizontal<T: Scalar>(a: &Stencil<T>, j: usize, i: usize) -> (T, T) {
    let k = a.layout.at(j, i);
    shares(
        a.link(k, -1, -1) + a.link(k, 0, -1) + a.link(k, 1, -1),
        a.link(k, -1, 1) + a.link(k, 0, 1) + a.link(k, 1, 1),
    )
}

/// Weights of a node between two coarse nodes of its column.
#[inline(always)]
fn vertical<T: Scalar>(a: &Stencil<T>, j: usize, i: usize) -> (T, T) {
    let k = a.layout.at(j, i);
    shares(
        a.link(k, -1, -1) + a.link(k, -1, 0) + a.link(k, -1, 1),
        a.link(k, 1, -1) + a.link(k, 1, 0) + a.link(k, 1, 1),
    )
}

/// `(A g)` at offset `(DY, DX)` from fine node `k`, for `g` on the 3 x 3 block around `k`.
#[inline(always)]
fn image<T: Scalar, const DY: isize, const DX: isize>(a: &Stencil<T>, k: usize, g: &[[T; 3]; 3]) -> T {
    let q = k.wrapping_add_signed(DY * a.layout.stride as isize + DX);
    let mut sum = T::zero();
    for py in -1..=1_isize {
        for px in -1..=1_isize {
            if (py - DY).abs() <= 1 && (px - DX).abs() <= 1 {
                let weight = g[(py + 1) as usize][(px + 1) as usize];
                sum = a.link(q, py - DY, px - DX).fma(weight, sum);
            }
        }
    }
    sum
}
