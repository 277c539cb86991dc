//! Random initial states and forcings on periodic boxes, one sample a `(seed, index)`.
//!
//! A law is plain data (it can be written into the card of a data set); [`Initial::on`] checks it and plans its transforms for one
//! [`FourierGrid`]; the [`Sampler`] that comes back is a pure function of seed and index. The continuous field doesn't depend on the
//! resolution: the same sample on two grids agrees wherever both resolve it.
//!
//! | file | laws |
//! |---|---|
//! | `gaussian` | [`GaussianLaw`], [`DeHoopSeries`]: the published Gaussian measures by name |
//! | `fourier` | [`TruncatedFourier`], [`RandomWaves`], [`PdeBenchWaves`]: sums of sines |
//! | `blobs` | [`GaussianBlobs`] |
//! | `turbulence` | [`RandomVorticity`], [`RandomVelocity`] of a given energy spectrum; [`TaylorGreen`] |
//! | `stirring` | [`Stirring`]: a random force |
//! | `solitons` | [`KdvSolitons`] |
//! | `gray_scott` | [`GrayScottClusters`], [`GrayScottFourier`]: The Well's two kinds |
//! | `dam_break` | [`RadialDamBreak`] of PDEBench |
//! | `compose` | [`Independent`] channels, [`AtRest`], [`Affine`] |
//! | `series` | sums of harmonics by one transform |
//! | `points` | [`tabulate`]: a function at the points of a grid |

mod blobs;
mod compose;
mod dam_break;
mod fourier;
mod gaussian;
mod gray_scott;
mod points;
mod series;
mod solitons;
mod stirring;
mod turbulence;

pub use blobs::GaussianBlobs;
pub use compose::{Affine, AtRest, Independent};
pub use dam_break::RadialDamBreak;
pub use fourier::{Normalization, PdeBenchWaves, RandomWaves, TruncatedFourier};
pub use gaussian::{DeHoopSeries, GaussianLaw, Measure, Prefactor};
pub use gray_scott::{GrayScottClusters, GrayScottFourier};
pub use points::tabulate;
pub use solitons::KdvSolitons;
pub use stirring::{STIRRING_FREQUENCIES, Stirring};
pub use turbulence::{EnergySpectrum, RandomVelocity, RandomVorticity, TaylorGreen};

use rand::Rng;
use rand_distr::{Distribution, Uniform};

use crate::spectral::FourierGrid;
use crate::{Error, Result};

/// Draws sample `index` under `seed`: `(seed, index) -> [channel, z, y, x]`, row-major.
pub type Sampler = Box<dyn Fn(u64, u64) -> Vec<f64> + Send + Sync>;

/// A law of initial states.
pub trait Initial: std::fmt::Debug + Send + Sync {
    /// Number of channels of a state.
    fn channels(&self) -> usize {
        1
    }

    /// The sampler for one grid.
    ///
    /// # Errors
    /// [`Error::Config`] for a parameter out of range or a grid that the law isn't made for.
    fn on(&self, grid: &FourierGrid) -> Result<Sampler>;
}

/// The common side of a box.
pub(crate) fn periodic_cube(field: &'static str, grid: &FourierGrid) -> Result<f64> {
    let side = grid.domain_extent()[0];
    if grid.domain_extent().iter().any(|l| (l - side).abs() > 1e-12 * side) {
        let value = format!("{:?}", grid.domain_extent());
        return Err(Error::Config { field, expected: "a box of equal sides", value });
    }
    Ok(side)
}

/// Checks a pair `[low, high]`.
pub(crate) fn check_range(field: &'static str, [low, high]: [f64; 2]) -> Result<()> {
    if low <= high && low.is_finite() && high.is_finite() {
        return Ok(());
    }
    Err(Error::Config {
        field,
        expected: "[low, high] with low ≤ high, finite",
        value: format!("[{low}, {high}]"),
    })
}

/// Fails unless `good`.
pub(crate) fn ensure(
    good: bool,
    field: &'static str,
    expected: &'static str,
    value: impl std::fmt::Display,
) -> Result<()> {
    if good { Ok(()) } else { Err(Error::Config { field, expected, value: value.to_string() }) }
}

/// A uniform number of a checked range; one number is drawn even where the range is a point.
pub(crate) fn uniform(rng: &mut impl Rng, [low, high]: [f64; 2]) -> f64 {
    // The unit interval is a valid range; the arm without one can't be reached, and a library doesn't panic.
    let unit = Uniform::new(0.0, 1.0).map_or(0.5, |law| law.sample(rng));
    low + (high - low) * unit
}

/// A uniform integer of `low..=high`.
pub(crate) fn integer(rng: &mut impl Rng, [low, high]: [u32; 2]) -> u32 {
    Uniform::new_inclusive(low, high).map_or(low, |law| law.sample(rng))
}
