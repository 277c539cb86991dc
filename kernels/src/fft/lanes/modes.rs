//! The box of kept modes, where they lie, and the plan between them and the points.

use super::lanes;
use super::plan::LinePlan;
use super::row::RowPlan;
use crate::Scalar;

/// A plan between the modes |k_a| <= K_a of a periodic field and its values on a grid of n_a > 2 K_a points an axis.
///
/// **Equations** (inverse, then forward)
/// ```math
/// u(x_j) = \sum_{|k_a| \le K_a} \hat u_k\, e^{2\pi i\, k\cdot j/n}, \qquad
/// \hat u_k = \sum_j u(x_j)\, e^{-2\pi i\, k\cdot j/n}
/// ```
/// without a scale: divide by [`points`](Self::points) once, wherever it is free.
///
/// **Shapes** Spectra and points come in *blocks*: one sample in two and three dimensions; [`lanes`] samples, one a lane, in one
/// dimension. A spectrum is `[k_z, k_y, k_x / lanes]` cells with neighbouring k_x in the lanes (1-D: `[k_x]` cells with samples in
/// the lanes). Axes z and y hold 0..=K, -K..=-1; x holds 0..=K for real fields, and 0..=K, -K..=-1 for complex ones.
/// Points are `[z, y / lanes, x]` rows with neighbouring y (1-D: samples) in the lanes; complex values are cells.
///
/// **Complexity** O(n log n) for every n whose prime factors are small; a prime factor p > 5 costs p² per line.
#[derive(Debug)]
pub struct ModeFft<T> {
    /// Points along z, y, x; 1 where there is no such axis.
    pub(super) points: [usize; 3],
    /// K along z, y, x; 0 where there is no such axis.
    pub(super) cut: [usize; 3],
    pub(super) dim: usize,
    pub(super) complex: bool,
    pub(super) z: LinePlan<T>,
    pub(super) y: LinePlan<T>,
    pub(super) row: RowPlan<T>,
}

impl<T: Scalar> ModeFft<T> {
    /// Plans for `points` points and cut-offs `cut`, axes in array order (`[x]`, `[y, x]` or `[z, y, x]`).
    ///
    /// # Panics
    /// If there are not one to three axes, or an axis has not more than 2 K points.
    #[must_use]
    pub fn new(points: &[usize], cut: &[usize], complex: bool) -> Self {
        let dim = points.len();
        assert!(
            (1..=3).contains(&dim) && cut.len() == dim,
            "a grid has one to three axes, not {points:?} with {cut:?}"
        );
        assert!(
            points.iter().zip(cut).all(|(&n, &k)| n > 2 * k),
            "{points:?} points do not hold the modes up to {cut:?}"
        );
        let (mut n, mut k) = ([1; 3], [0; 3]);
        n[3 - dim..].copy_from_slice(points);
        k[3 - dim..].copy_from_slice(cut);
        Self {
            points: n,
            cut: k,
            dim,
            complex,
            z: LinePlan::new(n[0]),
            y: LinePlan::new(n[1]),
            row: RowPlan::new(n[2], complex),
        }
    }

    /// Points of the grid of one sample.
    #[must_use]
    pub fn points(&self) -> usize {
        self.points.iter().product()
    }

    /// Samples of a block.
    #[must_use]
    pub fn block(&self) -> usize {
        if self.dim == 1 { lanes::<T>() } else { 1 }
    }

    /// Whether fields are complex.
    #[must_use]
    pub fn is_complex(&self) -> bool {
        self.complex
    }

    /// Kept wavenumbers along x.
    pub(super) fn row_modes(&self) -> usize {
        if self.complex { 2 * self.cut[2] + 1 } else { self.cut[2] + 1 }
    }

    /// Cells of a row of modes.
    pub(super) fn row_cells(&self) -> usize {
        if self.dim == 1 { self.row_modes() } else { self.row_modes().div_ceil(lanes::<T>()) }
    }

    /// Kept wavenumbers along y.
    pub(super) fn y_modes(&self) -> usize {
        2 * self.cut[1] + 1
    }

    /// Kept wavenumbers along z.
    pub(super) fn z_modes(&self) -> usize {
        2 * self.cut[0] + 1
    }

    /// Cells of the spectrum of a block.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.z_modes() * self.y_modes() * self.row_cells()
    }

    /// Scalars of the spectrum of a block.
    #[must_use]
    pub fn spectrum_len(&self) -> usize {
        self.cells() * 2 * lanes::<T>()
    }

    /// Groups of neighbouring y that fill the lanes.
    pub(super) fn y_groups(&self) -> usize {
        self.points[1].div_ceil(lanes::<T>())
    }

    /// Scalars of a row of points in all lanes.
    #[must_use]
    pub fn row_len(&self) -> usize {
        self.points[2] * lanes::<T>() * if self.complex { 2 } else { 1 }
    }

    /// Rows of points of a block.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.points[0] * self.y_groups()
    }

    /// The wavenumbers `[k_z, k_y, k_x]` at a cell and lane; `None` for the padding at the end of a row.
    #[must_use]
    pub fn wavenumber(&self, cell: usize, lane: usize) -> Option<[i64; 3]> {
        let (row, at) = (cell / self.row_cells(), cell % self.row_cells());
        let x = if self.dim == 1 { at } else { at * lanes::<T>() + lane };
        let signed = |i: usize, cut: usize| if i <= cut { i as i64 } else { i as i64 - (2 * cut + 1) as i64 };
        (x < self.row_modes()).then(|| {
            [
                signed(row / self.y_modes(), self.cut[0]),
                signed(row % self.y_modes(), self.cut[1]),
                signed(x, self.cut[2]),
            ]
        })
    }

    /// The cell and lane (0 in one dimension) of wavenumbers `[k_z, k_y, k_x]`, k_x >= 0 for real fields.
    ///
    /// # Panics
    /// If they are beyond the cut-offs.
    #[must_use]
    pub fn position(&self, k: [i64; 3]) -> (usize, usize) {
        let index = |a: usize| {
            let cut = self.cut[a] as i64;
            assert!(k[a].abs() <= cut, "wavenumber {k:?} lies beyond {:?}", self.cut);
            (if k[a] < 0 { k[a] + 2 * cut + 1 } else { k[a] }) as usize
        };
        let row = index(0) * self.y_modes() + index(1);
        let x = index(2);
        if self.dim == 1 { (x, 0) } else { (row * self.row_cells() + x / lanes::<T>(), x % lanes::<T>()) }
    }
}
