//! Gaussian blobs.

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use sobolev_kernels::rng;

use super::points::axis;
use super::{Initial, Sampler, check_range, ensure, integer, uniform};
use crate::Result;
use crate::spectral::FourierGrid;

/// A sum of periodic Gaussian blobs at random places.
///
/// **Equations.**
/// ```math
/// u(x) = b + \sum_{j} a_j \sum_{m \in \mathbb{Z}^d} \exp\Bigl(-\frac{|x - c_j - mL|^2}{2 w_j^2}\Bigr), \qquad c_j \sim U(\mathrm{box}),
/// ```
/// with uniform number, amplitudes `a_j` and widths `w_j` (as fractions of the shortest side).
///
/// **Shapes** `[1, z, y, x]`, f64. **Good values.** Widths from 4 cells of the coarsest grid up: narrower ones alias. Images
/// are summed to rounding error for widths up to one half.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaussianBlobs {
    /// Smallest and largest number, 1..=10000.
    pub count: [u32; 2],
    /// Range of the amplitudes.
    pub amplitude: [f64; 2],
    /// Range of the widths, as fractions of the shortest side, in (0, 1/2].
    pub width: [f64; 2],
    /// The value b far from all blobs.
    pub background: f64,
}

impl Default for GaussianBlobs {
    fn default() -> Self {
        Self { count: [1, 5], amplitude: [0.5, 1.0], width: [0.05, 0.1], background: 0.0 }
    }
}

impl GaussianBlobs {
    /// Draws a sum of blobs.
    pub(crate) fn draw(&self, rng: &mut ChaCha8Rng, grid: &FourierGrid) -> BlobSum {
        let side = grid.domain_extent().iter().copied().fold(f64::INFINITY, f64::min);
        let count = integer(rng, self.count);
        let blobs = (0..count).map(|_| {
            let amplitude = uniform(rng, self.amplitude);
            let width = side * uniform(rng, self.width);
            let centre = grid.domain_extent().iter().map(|&l| uniform(rng, [0.0, l])).collect();
            Blob { amplitude, width, centre }
        });
        BlobSum { background: self.background, blobs: blobs.collect() }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let [low, high] = self.count;
        let good = 1 <= low && low <= high && high <= 10_000;
        ensure(good, "blobs.count", "[low, high] in 1..=10000", format!("{:?}", self.count))?;
        check_range("blobs.amplitude", self.amplitude)?;
        check_range("blobs.width", self.width)?;
        let good = self.width[0] > 0.0 && self.width[1] <= 0.5;
        ensure(good, "blobs.width", "in (0, 1/2]", format!("{:?}", self.width))?;
        ensure(self.background.is_finite(), "blobs.background", "finite", self.background)
    }
}

impl Initial for GaussianBlobs {
    fn on(&self, grid: &FourierGrid) -> Result<Sampler> {
        self.check()?;
        let (law, grid) = (*self, grid.clone());
        Ok(Box::new(move |seed, index| law.draw(&mut rng::stream(seed, index), &grid).on(&grid)))
    }
}

struct Blob {
    amplitude: f64,
    width: f64,
    centre: Vec<f64>,
}

/// One drawn sum: a function that can be evaluated on any grid of the box.
pub(crate) struct BlobSum {
    background: f64,
    blobs: Vec<Blob>,
}

impl BlobSum {
    /// The values at all points. A blob is a product of functions of one coordinate each.
    pub(crate) fn on(&self, grid: &FourierGrid) -> Vec<f64> {
        let mut field = vec![self.background; grid.points()];
        let row = grid.num_points()[grid.dim() - 1];
        for blob in &self.blobs {
            let tables: Vec<Vec<f64>> = (0..grid.dim()).map(|a| blob.table(grid, a)).collect();
            let (x, others) = (&tables[tables.len() - 1], &tables[..tables.len() - 1]);
            for (line, values) in field.chunks_exact_mut(row).enumerate() {
                let (mut rest, mut factor) = (line, blob.amplitude);
                for table in others.iter().rev() {
                    factor *= table[rest % table.len()];
                    rest /= table.len();
                }
                for (value, x) in values.iter_mut().zip(x) {
                    *value += factor * x;
                }
            }
        }
        field
    }
}

impl Blob {
    /// Along axis `a`, the sum over images.
    fn table(&self, grid: &FourierGrid, a: usize) -> Vec<f64> {
        let length = grid.domain_extent()[a];
        // exp(−9²/2) = 3e-18: images further than nine widths don't count.
        let images = (9.0 * self.width / length).ceil() as i32 + 1;
        let image = |x: f64, m: i32| {
            let d = (x - self.centre[a] - f64::from(m) * length) / self.width;
            (-0.5 * d * d).exp()
        };
        axis(grid, a).iter().map(|&x| (-images..=images).map(|m| image(x, m)).sum()).collect()
    }
}
