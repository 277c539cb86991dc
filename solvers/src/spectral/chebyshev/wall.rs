//! Boundary-value problems on an interval, by the ultraspherical method.

use serde::{Deserialize, Serialize};

use super::banded::BandedLu;
use super::grid::ChebyshevGrid;
use crate::{Error, Result};

/// The condition `value · u + slope · du/dx = g` at one end; du/dx points to growing x at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wall {
    /// u = g.
    Dirichlet,
    /// du/dx = g.
    Neumann,
    /// value · u + slope · du/dx = g.
    Robin {
        /// Factor of u.
        value: f64,
        /// Factor of du/dx.
        slope: f64,
    },
}

impl Wall {
    fn factors(self) -> (f64, f64) {
        match self {
            Self::Dirichlet => (1.0, 0.0),
            Self::Neumann => (0.0, 1.0),
            Self::Robin { value, slope } => (value, slope),
        }
    }

    /// The condition as a row on the coefficients; `side` is −1 at the lower end, +1 at the upper one.
    fn row(self, grid: &ChebyshevGrid, side: f64) -> Vec<f64> {
        let (value, slope) = self.factors();
        let entry = |k: usize| {
            let sign = if k.is_multiple_of(2) { 1.0 } else { side };
            // T_k(±1) = (±1)^k and T_k'(±1) = (±1)^(k+1) k².
            sign * (value + slope * grid.stretch() * side * (k * k) as f64)
        };
        (0..grid.num_points()).map(entry).collect()
    }
}

/// The operator `reaction · u + advection · u' − diffusion · u''`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WallOperator {
    /// Factor of u.
    pub reaction: f64,
    /// Factor of u'.
    pub advection: f64,
    /// Factor of −u'', positive.
    pub diffusion: f64,
}

/// A factorised boundary-value problem with constant coefficients.
///
/// **Equations.**
/// ```math
/// a u + b u' - \nu u'' = f \text{ on } (x_0, x_1), \qquad \alpha_i u(x_i) + \beta_i u'(x_i) = g_i.
/// ```
/// The equation is written in the polynomials C⁽²⁾, in which it has five diagonals; the two conditions are the border of the
/// matrix, and are eliminated by a 2 x 2 system. The residual of the equation vanishes in its first n − 2 components.
///
/// **Source.** S. Olver, A. Townsend, SIAM Rev. 55, 462 (2013). **Complexity** O(n) for the factorisation and for a solution; the
/// condition number doesn't grow with n as n⁴, as it does for collocation.
///
/// **Shapes** f and u are Chebyshev coefficients `[n]`.
///
/// ```
/// use sobolev_solvers::spectral::chebyshev::{ChebyshevGrid, Wall, WallOperator, WallSolver};
/// // −u'' = 2 on (0, 1), u(0) = 0, u'(1) = 0: u = 2x − x².
/// let grid = ChebyshevGrid::new(9, 0.0, 1.0)?;
/// let operator = WallOperator { diffusion: 1.0, ..WallOperator::default() };
/// let solver = WallSolver::new(&grid, operator, [Wall::Dirichlet, Wall::Neumann])?;
/// let mut f = vec![0.0; 9];
/// f[0] = 2.0;
/// let u = solver.solve(&f, [0.0, 0.0]);
/// assert!((grid.evaluate(&u, 0.5) - 0.75).abs() < 1e-14);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WallSolver {
    band: BandedLu,
    /// The two conditions as rows.
    rows: [Vec<f64>; 2],
    /// Solutions of the band for the columns of c_0 and c_1.
    border: [Vec<f64>; 2],
    inverse: [[f64; 2]; 2],
}

impl WallSolver {
    /// Factorises the problem.
    ///
    /// # Errors
    /// [`Error::Config`] for a diffusion that isn't positive, a number that isn't finite or an empty condition;
    /// [`Error::Factorization`] if the problem has no unique solution: two Neumann conditions without a reaction, for example.
    pub fn new(grid: &ChebyshevGrid, operator: WallOperator, walls: [Wall; 2]) -> Result<Self> {
        let WallOperator { reaction: a, advection: b, diffusion } = operator;
        let fail = |field, expected, value: String| Err(Error::Config { field, expected, value });
        if !(diffusion > 0.0 && diffusion.is_finite() && a.is_finite() && b.is_finite()) {
            return fail(
                "wall.operator",
                "a positive diffusion, all factors finite",
                format!("{operator:?}"),
            );
        }
        for wall in walls {
            let (value, slope) = wall.factors();
            if !(value.is_finite() && slope.is_finite()) || (value == 0.0 && slope == 0.0) {
                return fail("wall.condition", "finite factors, not both zero", format!("{wall:?}"));
            }
        }
        let n = grid.num_points();
        let s = grid.stretch();
        // Row r of the operator in C⁽²⁾ has columns r ..= r + 4.
        let rows: Vec<[f64; 5]> = (0..n - 2)
            .map(|r| {
                let k = r as f64;
                let first = if r == 0 { a } else { a / (2.0 * (k + 1.0)) };
                let second = a * -(k + 2.0) / ((k + 2.0).powi(2) - 1.0) - diffusion * s * s * 2.0 * (k + 2.0);
                [first, b * s, second, -b * s, a / (2.0 * (k + 3.0))]
            })
            .collect();
        let border = [[rows[0][0], 0.0], [rows[0][1], rows[1][0]]];
        let band = BandedLu::new(&rows)?;
        let border = border.map(|head| {
            let mut column = vec![0.0; n - 2];
            column[..2].copy_from_slice(&head);
            band.solve(&mut column);
            column
        });
        let rows = [walls[0].row(grid, -1.0), walls[1].row(grid, 1.0)];
        let small: [[f64; 2]; 2] =
            std::array::from_fn(|i| std::array::from_fn(|j| rows[i][j] - dot(&rows[i][2..], &border[j])));
        let determinant = small[0][0] * small[1][1] - small[0][1] * small[1][0];
        let size = small.iter().flatten().fold(0.0, |max: f64, v| max.max(v.abs()));
        if determinant.abs() <= 1e-12 * size * size || !determinant.is_finite() {
            let reason = "the boundary conditions leave the solution undetermined".to_owned();
            return Err(Error::Factorization { unknowns: n, reason });
        }
        let inverse = [
            [small[1][1] / determinant, -small[0][1] / determinant],
            [-small[1][0] / determinant, small[0][0] / determinant],
        ];
        Ok(Self { band, rows, border, inverse })
    }

    /// The coefficients of the solution for the coefficients of f and the two boundary values.
    ///
    /// # Panics
    /// If `f` hasn't n entries.
    pub fn solve(&self, f: &[f64], g: [f64; 2]) -> Vec<f64> {
        let mut u = f.to_vec();
        self.solve_in_place(&mut u, g);
        u
    }

    /// [`Self::solve`], with f replaced by u.
    ///
    /// # Panics
    /// If `line` hasn't n entries.
    pub fn solve_in_place(&self, line: &mut [f64], g: [f64; 2]) {
        let n = line.len();
        assert_eq!(n, self.rows[0].len(), "one coefficient a point");
        // f in C⁽²⁾: first T → U, then U → C⁽²⁾; the rows above n − 3 aren't needed.
        for k in 0..n {
            let above = if k + 2 < n { line[k + 2] } else { 0.0 };
            line[k] = if k == 0 { line[0] - 0.5 * above } else { 0.5 * (line[k] - above) };
        }
        for k in 0..n - 2 {
            line[k] = line[k] / (k + 1) as f64 - line[k + 2] / (k + 3) as f64;
        }
        self.band.solve(&mut line[..n - 2]);
        let defect: [f64; 2] = std::array::from_fn(|i| g[i] - dot(&self.rows[i][2..], &line[..n - 2]));
        let head: [f64; 2] =
            std::array::from_fn(|i| self.inverse[i][0] * defect[0] + self.inverse[i][1] * defect[1]);
        for k in (2..n).rev() {
            line[k] = line[k - 2] - head[0] * self.border[0][k - 2] - head[1] * self.border[1][k - 2];
        }
        line[..2].copy_from_slice(&head);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
