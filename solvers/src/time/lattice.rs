//! The stiffness of bilinear elements on a lattice of equal rectangles, without a matrix.

use pulp::Arch;
use rayon::prelude::*;

use super::wave_operator::WaveOperator;
use crate::fem::structured::simd::vectorize;
use crate::{Error, Result};

/// `∫ a ∇u·∇φ` for bilinear u and φ on `ny x nx` equal rectangles, with a coefficient that is constant or constant per cell.
///
/// ```math
/// (K u)_{ji} = \sum_{\text{cells } T \ni (j,i)} a_T \bigl(k_d u_{ji} + k_x u_{j,i\pm1} + k_y u_{j\pm1,i} + k_{xy} u_{j\pm1,i\pm1}\bigr)
/// ```
///
/// with `k_d = (r + 1/r)/3`, `k_x = −r/3 + 1/(6r)`, `k_y = r/6 − 1/(3r)`, `k_xy = −(r + 1/r)/6` for the ratio `r = hy / hx`
/// (exact integrals of the element matrix).
///
/// **Shapes.** Nodes `[ny + 1, nx + 1]` and cells `[ny, nx]`, row-major, both ends included; natural boundary conditions.
/// **Complexity.** 9 loads per node come from cache; memory sees u, d, β and the new u once: 40 bytes per node and step.
#[derive(Clone, Debug)]
pub struct LatticeStiffness {
    ny: usize,
    nx: usize,
    element: Element,
    cells: Option<Vec<f64>>,
    arch: Arch,
}

/// The four different entries of the element matrix.
#[derive(Clone, Copy, Debug)]
struct Element {
    d: f64,
    x: f64,
    y: f64,
    xy: f64,
}

/// Lines of nodes per task.
const LINES: usize = 16;

impl LatticeStiffness {
    /// A constant coefficient `a` on cells of size `[hy, hx]`.
    ///
    /// # Errors
    /// [`Error::Config`] for no cells, or a size or coefficient that is not positive and finite.
    pub fn new([ny, nx]: [usize; 2], [hy, hx]: [f64; 2], a: f64) -> Result<Self> {
        for (field, n) in [("ny", ny), ("nx", nx)] {
            if n == 0 {
                return Err(Error::Config { field, expected: "at least 1", value: n.to_string() });
            }
        }
        for (field, value) in [("hy", hy), ("hx", hx), ("a", a)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::Config {
                    field,
                    expected: "positive and finite",
                    value: value.to_string(),
                });
            }
        }
        let r = hy / hx;
        let element = Element {
            d: a * (r + 1.0 / r) / 3.0,
            x: a * (1.0 / (6.0 * r) - r / 3.0),
            y: a * (r / 6.0 - 1.0 / (3.0 * r)),
            xy: -a * (r + 1.0 / r) / 6.0,
        };
        Ok(Self { ny, nx, element, cells: None, arch: Arch::new() })
    }

    /// Multiplies the coefficient by a factor per cell, `[ny, nx]`.
    ///
    /// # Errors
    /// [`Error::Length`], and [`Error::Coefficient`] for a factor that is not positive and finite.
    pub fn with_cells(mut self, cells: Vec<f64>) -> Result<Self> {
        let (expected, found) = (self.ny * self.nx, cells.len());
        if found != expected {
            let axes = format!("ny = {}, nx = {}", self.ny, self.nx);
            return Err(Error::Length { name: "cells", axes, expected, found });
        }
        if let Some(position) = cells.iter().position(|a| !(a.is_finite() && *a > 0.0)) {
            return Err(Error::Coefficient { position, value: cells[position] });
        }
        self.cells = Some(cells);
        Ok(self)
    }

    /// Runs `finish(range of nodes of the line, K u on the line)` over lines `first..` of a task.
    #[inline(always)]
    fn lines(&self, u: &[f64], first: usize, count: usize, mut finish: impl FnMut(usize, &[f64])) {
        let row = self.nx + 1;
        let line = |j: usize| &u[j * row..][..row];
        let mut force = vec![0.0; row];
        for j in first..first + count {
            let south = line(j.saturating_sub(1));
            let north = line((j + 1).min(self.ny));
            match &self.cells {
                None if j > 0 && j < self.ny => whole(self.element, south, line(j), north, &mut force),
                None => half(self.element, line(j), if j == 0 { north } else { south }, &mut force),
                Some(cells) => {
                    force.fill(0.0);
                    for (inside, cell_line, other) in
                        [(j > 0, j.saturating_sub(1), south), (j < self.ny, j.min(self.ny - 1), north)]
                    {
                        if inside {
                            let a = &cells[cell_line * self.nx..][..self.nx];
                            weighted(self.element, a, line(j), other, &mut force);
                        }
                    }
                }
            }
            finish(j, &force);
        }
    }
}

impl WaveOperator for LatticeStiffness {
    fn size(&self) -> usize {
        (self.ny + 1) * (self.nx + 1)
    }

    fn apply(&self, u: &[f64], out: &mut [f64]) {
        assert!(u.len() == self.size() && out.len() == self.size(), "one entry per node");
        let row = self.nx + 1;
        out.par_chunks_mut(LINES * row).enumerate().for_each(|(task, out)| {
            vectorize(
                self.arch,
                #[inline(always)]
                || {
                    let count = out.len() / row;
                    let mut lines = out.chunks_exact_mut(row);
                    self.lines(u, task * LINES, count, |_, force| {
                        if let Some(line) = lines.next() {
                            line.copy_from_slice(force);
                        }
                    });
                },
            );
        });
    }

    fn kick_drift(&self, beta: &[f64], u: &[f64], d: &mut [f64], next: &mut [f64]) {
        let n = self.size();
        assert!(u.len() == n && beta.len() == n && d.len() == n && next.len() == n, "one entry per node");
        let row = self.nx + 1;
        let tasks = d.par_chunks_mut(LINES * row).zip(next.par_chunks_mut(LINES * row));
        tasks.enumerate().for_each(|(task, (d, next))| {
            let first = task * LINES;
            vectorize(
                self.arch,
                #[inline(always)]
                || {
                    self.lines(
                        u,
                        first,
                        d.len() / row,
                        #[inline(always)]
                        |j, force| {
                            let local = (j - first) * row;
                            let (d, next) = (&mut d[local..][..row], &mut next[local..][..row]);
                            let (beta, u) = (&beta[j * row..][..row], &u[j * row..][..row]);
                            for i in 0..row {
                                d[i] -= beta[i] * force[i];
                                next[i] = u[i] + d[i];
                            }
                        },
                    );
                },
            );
        });
    }
}

/// K u on a line with cells on both sides.
#[inline(always)]
fn whole(k: Element, south: &[f64], centre: &[f64], north: &[f64], force: &mut [f64]) {
    let row = force.len();
    let (s, c, n) = (&south[..row], &centre[..row], &north[..row]);
    let (d, x, y, xy) = (4.0 * k.d, 2.0 * k.x, 2.0 * k.y, k.xy);
    for i in 1..row - 1 {
        force[i] = d * c[i]
            + x * (c[i - 1] + c[i + 1])
            + y * (s[i] + n[i])
            + xy * ((s[i - 1] + n[i - 1]) + (s[i + 1] + n[i + 1]));
    }
    for (i, inner) in [(0, 1), (row - 1, row - 2)] {
        force[i] = 0.5 * (d * c[i] + y * (s[i] + n[i])) + x * c[inner] + xy * (s[inner] + n[inner]);
    }
}

/// K u on the first or last line: cells on one side only.
#[inline(always)]
fn half(k: Element, centre: &[f64], other: &[f64], force: &mut [f64]) {
    let row = force.len();
    let (c, o) = (&centre[..row], &other[..row]);
    for i in 1..row - 1 {
        force[i] =
            2.0 * (k.d * c[i] + k.y * o[i]) + k.x * (c[i - 1] + c[i + 1]) + k.xy * (o[i - 1] + o[i + 1]);
    }
    for (i, inner) in [(0, 1), (row - 1, row - 2)] {
        force[i] = k.d * c[i] + k.y * o[i] + k.x * c[inner] + k.xy * o[inner];
    }
}

/// Adds what the cells on one side contribute, each with its own factor.
#[inline(always)]
fn weighted(k: Element, a: &[f64], centre: &[f64], other: &[f64], force: &mut [f64]) {
    let row = force.len();
    let (a, c, o) = (&a[..row - 1], &centre[..row], &other[..row]);
    for i in 1..row - 1 {
        force[i] += (a[i - 1] + a[i]) * (k.d * c[i] + k.y * o[i])
            + a[i - 1] * (k.x * c[i - 1] + k.xy * o[i - 1])
            + a[i] * (k.x * c[i + 1] + k.xy * o[i + 1]);
    }
    for (i, inner, a) in [(0, 1, a[0]), (row - 1, row - 2, a[row - 2])] {
        force[i] += a * (k.d * c[i] + k.y * o[i] + k.x * c[inner] + k.xy * o[inner]);
    }
}
