//! Restriction of residuals and prolongation of corrections with the weights of an [`Interpolation`].

use sobolev_kernels::Scalar;

use super::interpolation::Interpolation;
use super::stencil::Layout;

impl<T: Scalar> Interpolation<T> {
    /// `out ← Pᵀ r` at interior coarse nodes; `r` must be zero on the boundary.
    #[inline(always)]
    pub(crate) fn restrict(&self, fine: Layout, r: &[T], out: &mut [T]) {
        let coarse = self.coarse;
        let (c, s) = (coarse.stride, fine.stride);
        let m = coarse.nx - 1;
        for jc in 1..coarse.ny {
            let q = coarse.at(jc, 1);
            let k = fine.at(2 * jc, 2);
            let line = |k: usize| &r[k - 1..][..2 * m + 1];
            let (south, middle, north) = (line(k - s), line(k), line(k + s));
            let (hl, hr) = (&self.hl[q..][..m], &self.hr[q - 1..][..m]);
            let (vb, vt) = (&self.vb[q..][..m], &self.vt[q - c..][..m]);
            let (sw, se) = (&self.sw[q..][..m], &self.se[q - 1..][..m]);
            let (nw, ne) = (&self.nw[q - c..][..m], &self.ne[q - c - 1..][..m]);
            let out = &mut out[q..][..m];
            for i in 0..m {
                let (w, o, e) = (2 * i, 2 * i + 1, 2 * i + 2);
                let own = middle[o] + hl[i].fma(middle[e], hr[i] * middle[w]);
                let up = vb[i].fma(north[o], sw[i].fma(north[e], se[i] * north[w]));
                let down = vt[i].fma(south[o], nw[i].fma(south[e], ne[i] * south[w]));
                out[i] = own + (up + down);
            }
        }
    }

    /// `x ← x + P y` at interior fine nodes; `y` is zero on the boundary.
    #[inline(always)]
    pub(crate) fn prolong_add(&self, fine: Layout, y: &[T], x: &mut [T]) {
        let coarse = self.coarse;
        let c = coarse.stride;
        // Pairs of an odd and an even node; an odd axis has an even number of interior nodes.
        let cells = coarse.nx;
        for j in 1..fine.ny {
            let q = coarse.at(j / 2, 0);
            let k = fine.at(j, 0);
            // The frame lies to the right of the boundary node, so whole pairs may be read; only interior nodes are written.
            let (y0, y1) = (&y[q..][..=cells], &y[q + c..][..=cells]);
            let x = &mut x[k..][..fine.nx];
            if j % 2 == 0 {
                let (hl, hr) = (&self.hl[q..][..cells], &self.hr[q..][..cells]);
                for (i, pair) in x.chunks_mut(2).enumerate() {
                    pair[0] += y0[i];
                    if let Some(odd) = pair.get_mut(1) {
                        *odd += hl[i].fma(y0[i], hr[i] * y0[i + 1]);
                    }
                }
            } else {
                let (vb, vt) = (&self.vb[q..][..cells], &self.vt[q..][..cells]);
                let (sw, se) = (&self.sw[q..][..cells], &self.se[q..][..cells]);
                let (nw, ne) = (&self.nw[q..][..cells], &self.ne[q..][..cells]);
                for (i, pair) in x.chunks_mut(2).enumerate() {
                    pair[0] += vb[i].fma(y0[i], vt[i] * y1[i]);
                    if let Some(odd) = pair.get_mut(1) {
                        let low = sw[i].fma(y0[i], se[i] * y0[i + 1]);
                        *odd += low + nw[i].fma(y1[i], ne[i] * y1[i + 1]);
                    }
                }
            }
        }
    }
}
