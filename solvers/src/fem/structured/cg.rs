//! The vector passes of preconditioned conjugate gradients, each fused so that a vector is read once.

use super::Stencil;
use super::stencil::{Layout, dot};

/// `p ← z + β p`, `q ← A p`; returns `p·q`. Row `j + 1` of p is made just before row `j` of q needs it.
#[inline(always)]
pub(crate) fn direction_and_apply(
    a: &Stencil<f64>,
    z: &[f32],
    scale: f64,
    beta: f64,
    p: &mut [f64],
    q: &mut [f64],
) -> f64 {
    let Layout { ny, nx, .. } = a.layout;
    let direction = |j: usize, p: &mut [f64]| {
        let k = a.layout.at(j, 1);
        for (p, &z) in p[k..][..nx - 1].iter_mut().zip(&z[k..][..nx - 1]) {
            *p = beta.mul_add(*p, scale * f64::from(z));
        }
    };
    direction(1, p);
    let mut sum = 0.0;
    for j in 1..ny {
        if j + 1 < ny {
            direction(j + 1, p);
        }
        sum += a.apply_row(j, p, q);
    }
    sum
}

/// `u ← u + α p`, `r ← r − α q`; returns `r·r`.
#[inline(always)]
pub(crate) fn advance(layout: Layout, alpha: f64, p: &[f64], q: &[f64], u: &mut [f64], r: &mut [f64]) -> f64 {
    let m = layout.nx - 1;
    let mut sum = 0.0;
    for j in 1..layout.ny {
        let k = layout.at(j, 1);
        let (p, q) = (&p[k..][..m], &q[k..][..m]);
        let (u, r) = (&mut u[k..][..m], &mut r[k..][..m]);
        for i in 0..m {
            u[i] = alpha.mul_add(p[i], u[i]);
            r[i] = (-alpha).mul_add(q[i], r[i]);
        }
        sum += dot(r, r);
    }
    sum
}

/// `out ← scale r`, rounded to single precision for the preconditioner.
#[inline(always)]
pub(crate) fn round(layout: Layout, scale: f64, r: &[f64], out: &mut [f32]) {
    let m = layout.nx - 1;
    for j in 1..layout.ny {
        let k = layout.at(j, 1);
        for (out, r) in out[k..][..m].iter_mut().zip(&r[k..][..m]) {
            *out = (scale * r) as f32;
        }
    }
}

/// `(z·r, z·q)`.
#[inline(always)]
pub(crate) fn products(layout: Layout, z: &[f32], r: &[f64], q: &[f64]) -> (f64, f64) {
    let m = layout.nx - 1;
    let (mut zr, mut zq) = ([0.0; 16], [0.0; 16]);
    for j in 1..layout.ny {
        let k = layout.at(j, 1);
        let (z, r, q) = (&z[k..][..m], &r[k..][..m], &q[k..][..m]);
        for start in (0..m).step_by(16) {
            let len = 16.min(m - start);
            let (z, r, q) = (&z[start..][..len], &r[start..][..len], &q[start..][..len]);
            if let (Ok(z), Ok(r), Ok(q)) =
                (<&[f32; 16]>::try_from(z), <&[f64; 16]>::try_from(r), <&[f64; 16]>::try_from(q))
            {
                for l in 0..16 {
                    zr[l] = f64::from(z[l]).mul_add(r[l], zr[l]);
                    zq[l] = f64::from(z[l]).mul_add(q[l], zq[l]);
                }
            } else {
                for l in 0..len {
                    zr[l] = f64::from(z[l]).mul_add(r[l], zr[l]);
                    zq[l] = f64::from(z[l]).mul_add(q[l], zq[l]);
                }
            }
        }
    }
    (zr.iter().sum(), zq.iter().sum())
}

/// `r ← b − A u` at interior nodes; returns `r·r`.
#[inline(always)]
pub(crate) fn residual(a: &Stencil<f64>, b: &[f64], u: &[f64], r: &mut [f64]) -> f64 {
    let m = a.layout.nx - 1;
    let mut rr = 0.0;
    for j in 1..a.layout.ny {
        a.apply_row(j, u, r);
        let k = a.layout.at(j, 1);
        let (b, r) = (&b[k..][..m], &mut r[k..][..m]);
        for i in 0..m {
            r[i] = b[i] - r[i];
        }
        rr += dot(r, r);
    }
    rr
}
