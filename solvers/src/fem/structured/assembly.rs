//! Stiffness and load of bilinear (Q1) elements on the unit square.

use super::Stencil;
use super::stencil::Layout;

/// The diffusion coefficient of −∇·(a∇u) on `ny x nx` cells, row-major `[y, x]`, y upwards.
#[derive(Clone, Copy, Debug)]
pub enum Coefficient<'a> {
    /// One value a cell, `[ny, nx]`.
    Cells(&'a [f64]),
    /// One value a node, `[ny + 1, nx + 1]`, bilinear inside each cell and integrated exactly.
    Nodes(&'a [f64]),
}

/// The right-hand side f.
#[derive(Clone, Copy, Debug)]
pub enum Load<'a> {
    /// The same value everywhere.
    Constant(f64),
    /// One value a cell, `[ny, nx]`, integrated exactly.
    Cells(&'a [f64]),
    /// One value a node, `[ny + 1, nx + 1]`, bilinear inside each cell and integrated exactly (mass matrix).
    Nodes(&'a [f64]),
}

/// Writes the balanced nine-point operator of −∇·(a∇·) on all nodes, boundary conditions left out.
///
/// With `ρ = hy/hx` and a constant a = 1 the links of one cell are `x: (1/ρ − 2ρ)/6`, `y: (ρ − 2/ρ)/6`, diagonals
/// `−(ρ + 1/ρ)/6`.
#[inline(always)]
pub(crate) fn stiffness(a: Coefficient<'_>, stencil: &mut Stencil<f64>) {
    match a {
        Coefficient::Cells(a) => links_cells(a, stencil),
        Coefficient::Nodes(a) => links_nodes(a, stencil),
    }
    stencil.balance();
}

#[inline(always)]
fn links_cells(a: &[f64], st: &mut Stencil<f64>) {
    let Layout { ny, nx, .. } = st.layout;
    let rho = nx as f64 / ny as f64;
    let (lx, ly) = ((1.0 / rho - 2.0 * rho) / 6.0, (rho - 2.0 / rho) / 6.0);
    let diagonal = -(rho + 1.0 / rho) / 6.0;
    for j in 0..=ny {
        let k = st.layout.at(j, 0);
        let below = &a[j.saturating_sub(1) * nx..][..nx];
        let above = &a[j.min(ny - 1) * nx..][..nx];
        // The boundary rows have one cell only; both names then mean that cell, and its link counts half.
        let half = if j == 0 || j == ny { 0.5 * lx } else { lx };
        for (e, (b, a)) in st.e[k..][..nx].iter_mut().zip(below.iter().zip(above)) {
            *e = half * (b + a);
        }
        if j == ny {
            break;
        }
        let n = &mut st.n[k..][..=nx];
        n[0] = ly * above[0];
        for (n, pair) in n[1..nx].iter_mut().zip(above.windows(2)) {
            *n = ly * (pair[0] + pair[1]);
        }
        n[nx] = ly * above[nx - 1];
        for ((ne, nw), a) in st.ne[k..][..nx].iter_mut().zip(&mut st.nw[k + 1..][..nx]).zip(above) {
            *ne = diagonal * a;
            *nw = diagonal * a;
        }
    }
}

/// Along y the integrals of a linear weight `m0(1−t) + m1 t` against products of hat functions are
/// `m0/4 + m1/12`, `(m0 + m1)/12` and `m0/12 + m1/4`; along x likewise. Two-point Gauss quadrature gives the same numbers.
fn links_nodes(a: &[f64], st: &mut Stencil<f64>) {
    let layout = st.layout;
    let Layout { ny, nx, stride } = layout;
    let rho = nx as f64 / ny as f64;
    for links in [&mut st.e, &mut st.n, &mut st.ne, &mut st.nw] {
        links.fill(0.0);
    }
    for j in 0..ny {
        for i in 0..nx {
            let corner = j * (nx + 1) + i;
            let (sw, se) = (a[corner], a[corner + 1]);
            let (nw, ne) = (a[corner + nx + 1], a[corner + nx + 2]);
            let (bottom, top) = (0.5 * (sw + se), 0.5 * (nw + ne));
            let (left, right) = (0.5 * (sw + nw), 0.5 * (se + ne));
            let mixed = (bottom + top) / 12.0;
            let (x_bottom, x_top) = (rho * (bottom / 4.0 + top / 12.0), rho * (bottom / 12.0 + top / 4.0));
            let (y_left, y_right) = ((left / 4.0 + right / 12.0) / rho, (left / 12.0 + right / 4.0) / rho);
            let (x_mixed, y_mixed) = (rho * mixed, mixed / rho);
            let k = layout.at(j, i);
            st.e[k] += y_mixed - x_bottom;
            st.e[k + stride] += y_mixed - x_top;
            st.n[k] += x_mixed - y_left;
            st.n[k + 1] += x_mixed - y_right;
            st.ne[k] = -(x_mixed + y_mixed);
            st.nw[k + 1] = -(x_mixed + y_mixed);
        }
    }
}

/// Writes `∫ f φ` at the interior nodes of the framed array `out`.
pub(crate) fn load(f: Load<'_>, layout: Layout, out: &mut [f64]) {
    let Layout { ny, nx, .. } = layout;
    let area = 1.0 / (ny as f64 * nx as f64);
    for j in 1..ny {
        let row = &mut out[layout.at(j, 1)..][..nx - 1];
        match f {
            Load::Constant(f) => row.fill(f * area),
            Load::Cells(f) => {
                let (below, above) = (&f[(j - 1) * nx..][..nx], &f[j * nx..][..nx]);
                for (i, value) in row.iter_mut().enumerate() {
                    *value = 0.25 * area * ((below[i] + below[i + 1]) + (above[i] + above[i + 1]));
                }
            }
            Load::Nodes(f) => {
                let line = |j: usize| &f[j * (nx + 1)..][..=nx];
                let (south, middle, north) = (line(j - 1), line(j), line(j + 1));
                for (i, value) in row.iter_mut().enumerate() {
                    let hat = |v: &[f64]| v[i] + 4.0 * v[i + 1] + v[i + 2];
                    *value = area / 36.0 * (hat(south) + 4.0 * hat(middle) + hat(north));
                }
            }
        }
    }
}
