//! Where periodic fields live.

use crate::{Error, Result};

/// A uniform grid of a periodic box in one to three dimensions, axes in array order: `[x]`, `[y, x]` or `[z, y, x]`.
///
/// Point i of an axis with n points and extent L sits at `i L / n`; the box is `[0, L)` along every axis.
///
/// **Example**
/// ```
/// use sobolev_solvers::spectral::FourierGrid;
/// let grid = FourierGrid::new(&[4, 8], &[1.0, 2.0])?;
/// assert_eq!((grid.dim(), grid.points()), (2, 32));
/// assert_eq!(grid.position(9), [0.25, 0.25, 0.0]); // x, y, z
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FourierGrid {
    num_points: Vec<usize>,
    domain_extent: Vec<f64>,
}

impl FourierGrid {
    /// A grid of `num_points` points and `domain_extent` length units along each axis.
    ///
    /// # Errors
    /// [`Error::Config`] unless there are one to three axes, each with at least 3 points (2³¹ in all) and a positive, finite
    /// extent.
    pub fn new(num_points: &[usize], domain_extent: &[f64]) -> Result<Self> {
        let fail = |field, expected, value: String| Err(Error::Config { field, expected, value });
        if !(1..=3).contains(&num_points.len()) {
            return fail("grid.num_points", "one to three axes", format!("{} axes", num_points.len()));
        }
        let total = num_points.iter().try_fold(1_usize, |product, &n| product.checked_mul(n));
        if num_points.iter().any(|&n| n < 3) || total.is_none_or(|n| n > 1 << 31) {
            let expected = "at least 3 points an axis and at most 2^31 in all";
            return fail("grid.num_points", expected, format!("{num_points:?}"));
        }
        if domain_extent.len() != num_points.len() {
            let value = format!("{} for {} axes", domain_extent.len(), num_points.len());
            return fail("grid.domain_extent", "one length an axis", value);
        }
        if !domain_extent.iter().all(|l| l.is_finite() && *l > 0.0) {
            return fail("grid.domain_extent", "positive and finite", format!("{domain_extent:?}"));
        }
        Ok(Self { num_points: num_points.to_vec(), domain_extent: domain_extent.to_vec() })
    }

    /// `n` points and the same extent along each of `dim` axes.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn cube(dim: usize, n: usize, extent: f64) -> Result<Self> {
        Self::new(&vec![n; dim], &vec![extent; dim])
    }

    /// Axes.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.num_points.len()
    }

    /// Points along each axis.
    #[must_use]
    pub fn num_points(&self) -> &[usize] {
        &self.num_points
    }

    /// Length of each axis.
    #[must_use]
    pub fn domain_extent(&self) -> &[f64] {
        &self.domain_extent
    }

    /// Points in all.
    #[must_use]
    pub fn points(&self) -> usize {
        self.num_points.iter().product()
    }

    /// The position `[x, y, z]` of the point at `flat` of an array `[z, y, x]`.
    #[must_use]
    pub fn position(&self, flat: usize) -> [f64; 3] {
        position(&self.num_points, &self.domain_extent, flat)
    }
}

/// [`FourierGrid::position`] for any number of points over the same extents.
pub(super) fn position(num_points: &[usize], domain_extent: &[f64], mut flat: usize) -> [f64; 3] {
    let mut x = [0.0; 3];
    for (a, (&n, &length)) in num_points.iter().zip(domain_extent).rev().enumerate() {
        x[a] = (flat % n) as f64 * length / n as f64;
        flat /= n;
    }
    x
}
