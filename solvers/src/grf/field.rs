//! The sampler.

use rand_distr::{Distribution, StandardNormal};
use sobolev_kernels::rng;

use super::axis::{Axis, Scratch};
use super::order::{SKIP, shells};
use super::{GrfConfig, Mean};
use crate::Result;

/// Lines of a strided axis that are transformed together, so that a cache line is fetched once.
const BLOCK: usize = 8;

/// Draws of N(0, σ²(−Δ + τ²I)^−α) on the unit cube, by its Karhunen-Loève series.
///
/// **Equations.**
/// ```math
/// g(x) = \sum_k \sigma (\lambda_k + \tau^2)^{-\alpha/2} \xi_k \varphi_k(x), \qquad \xi_k \sim N(0, 1),
/// ```
/// where `φ_k` are products of the eigenfunctions of [`Boundary`](super::Boundary), orthonormal in L² of the unit cube, and `λ_k`
/// the sums of their eigenvalues. The series is truncated at what the grid resolves: with n points an axis Neumann modes
/// k < n, Dirichlet modes 1 ≤ k ≤ n (cells) or n − 2 (nodes), periodic modes |k| ≤ (n − 1)/2. Synthesis is by fast cosine, sine
/// and Fourier transforms of any length.
///
/// **Source.** G. J. Lord, C. E. Powell, T. Shardlow, *An Introduction to Computational Stochastic PDEs*, 2014, ch. 7; the
/// measure of Li et al., arXiv 2010.08895.
///
/// A sample is a pure function of (seed, index): the same bits in every order and on any number of threads. A mode takes the
/// same random number at every resolution, so that (seed, index) means one function, truncated differently.
///
/// **Shapes.** A sample is row-major `[z, y, x]`, `[y, x]` or `[x]`, as `size`. **Good values.** α = 2, τ = 3 in two dimensions.
///
/// ```
/// use sobolev_solvers::{Grid, grf::{Boundary, GaussianRandomField, GrfConfig, Mean}};
/// let config = GrfConfig {
///     size: vec![32, 48],
///     grid: Grid::Cells,
///     boundary: Boundary::Neumann,
///     alpha: 2.0,
///     tau: 3.0,
///     sigma: 1.0,
///     mean: Mean::Zero,
/// };
/// let field = GaussianRandomField::new(config)?;
/// let g = field.sample(7, 0);
/// assert!(g.len() == 32 * 48 && g.iter().sum::<f64>().abs() < 1e-10);
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianRandomField {
    config: GrfConfig,
    axes: Vec<Axis>,
    order: Vec<u32>,
    /// Standard deviation of each mode, in the layout of the grid.
    deviation: Vec<f64>,
    /// The same times the factors of the transforms.
    amplitude: Vec<f64>,
}

impl GaussianRandomField {
    /// Plans the transforms.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for a parameter out of range.
    pub fn new(config: GrfConfig) -> Result<Self> {
        config.check()?;
        let axes: Vec<_> = config.size.iter().map(|&n| Axis::new(n, config.boundary, config.grid)).collect();
        let strides: Vec<usize> = (0..axes.len()).map(|d| config.size[d + 1..].iter().product()).collect();
        let counts: Vec<_> = axes.iter().map(|axis| axis.count).collect();
        let order = shells(&counts, &strides);
        let points = config.size.iter().product();
        let (mut deviation, mut amplitude) = (vec![0.0; points], vec![0.0; points]);
        for &position in order.iter().filter(|&&p| p != SKIP) {
            let position = position as usize;
            let (mut lambda, mut scale) = (0.0, 1.0);
            for (axis, stride) in axes.iter().zip(&strides) {
                let m = position / stride % axis.points;
                lambda += axis.eigenvalue(m);
                scale *= axis.scale(m);
            }
            let keep = lambda > 0.0 || config.mean == Mean::Random;
            if keep {
                deviation[position] =
                    config.sigma * (lambda + config.tau * config.tau).powf(-0.5 * config.alpha);
                amplitude[position] = deviation[position] * scale;
            }
        }
        Ok(Self { config, axes, order, deviation, amplitude })
    }

    /// The same with the σ for which [`Self::mean_variance`] is 1; the `sigma` of `config` says nothing.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_unit_variance(config: GrfConfig) -> Result<Self> {
        let config = GrfConfig { sigma: 1.0, ..config };
        let variance = Self::new(config.clone())?.mean_variance();
        Self::new(GrfConfig { sigma: variance.sqrt().recip(), ..config })
    }

    /// The parameters.
    pub fn config(&self) -> &GrfConfig {
        &self.config
    }

    /// Number of values of a sample.
    pub fn points(&self) -> usize {
        self.amplitude.len()
    }

    /// Sample `index` under `seed`, `[z, y, x]`.
    pub fn sample(&self, seed: u64, index: u64) -> Vec<f64> {
        let mut field = self.draw(seed, index, &self.amplitude);
        self.synthesize(&mut field);
        field
    }

    /// The coefficients `σ (λ_k + τ²)^{−α/2} ξ_k` of the sample on the orthonormal eigenfunctions, in the layout of the grid:
    /// mode 0 of an axis first. Periodic axes alternate: constant, cos 1, sin 1, cos 2, ... Unused places hold zero.
    pub fn coefficients(&self, seed: u64, index: u64) -> Vec<f64> {
        self.draw(seed, index, &self.deviation)
    }

    fn draw(&self, seed: u64, index: u64, amplitude: &[f64]) -> Vec<f64> {
        let mut rng = rng::stream(seed, index);
        let mut field = vec![0.0; amplitude.len()];
        for &position in &self.order {
            let xi: f64 = StandardNormal.sample(&mut rng);
            if position != SKIP {
                field[position as usize] = amplitude[position as usize] * xi;
            }
        }
        field
    }

    fn synthesize(&self, field: &mut [f64]) {
        let mut scratch = Scratch::default();
        let mut lines = Vec::new();
        let mut stride = 1;
        for axis in self.axes.iter().rev() {
            let n = axis.points;
            if stride == 1 {
                for line in field.chunks_exact_mut(n) {
                    axis.synthesize(line, &mut scratch);
                }
            } else {
                lines.resize(BLOCK * n, 0.0);
                for slab in field.chunks_exact_mut(n * stride) {
                    for first in (0..stride).step_by(BLOCK) {
                        let width = BLOCK.min(stride - first);
                        for i in 0..n {
                            for (l, value) in slab[i * stride + first..][..width].iter().enumerate() {
                                lines[l * n + i] = *value;
                            }
                        }
                        for line in lines.chunks_exact_mut(n).take(width) {
                            axis.synthesize(line, &mut scratch);
                        }
                        for i in 0..n {
                            for (l, value) in slab[i * stride + first..][..width].iter_mut().enumerate() {
                                *value = lines[l * n + i];
                            }
                        }
                    }
                }
            }
            stride *= n;
        }
    }

    /// The exact covariance `E g(x) g(y)` of the truncated series between two grid points, given by their indices an axis.
    ///
    /// **Complexity.** One pass over all modes.
    ///
    /// # Panics
    /// If `x` or `y` hasn't one index an axis.
    pub fn covariance(&self, x: &[usize], y: &[usize]) -> f64 {
        assert!(x.len() == self.axes.len() && y.len() == self.axes.len(), "one index an axis");
        let tables: Vec<Vec<f64>> = self
            .axes
            .iter()
            .zip(x.iter().zip(y))
            .map(|(axis, (&i, &j))| {
                let (x, y) = (axis.coordinate(i), axis.coordinate(j));
                (0..axis.count).map(|m| axis.eigenfunction(m, x) * axis.eigenfunction(m, y)).collect()
            })
            .collect();
        let mut sum = 0.0;
        for (position, deviation) in self.deviation.iter().enumerate().filter(|(_, d)| **d != 0.0) {
            let (mut rest, mut product) = (position, deviation * deviation);
            for (axis, table) in self.axes.iter().zip(&tables).rev() {
                product *= table[rest % axis.points];
                rest /= axis.points;
            }
            sum += product;
        }
        sum
    }

    /// The exact variance at a grid point.
    ///
    /// # Panics
    /// As [`Self::covariance`].
    pub fn variance(&self, x: &[usize]) -> f64 {
        self.covariance(x, x)
    }

    /// The mean over the domain of the exact variance, `Σ_k σ² (λ_k + τ²)^−α`.
    pub fn mean_variance(&self) -> f64 {
        self.deviation.iter().map(|d| d * d).sum()
    }
}
