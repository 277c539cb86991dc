//! Truncated transforms: real fields to the few modes a neural operator keeps, and back.

mod analysis;
mod axis;
mod beside;
mod butterfly;
mod combine;
mod model;
mod recipe;
mod synthesis;

use std::sync::Arc;

use num_complex::Complex;

use self::axis::{Last, Slow, Weight};
use self::beside::Beside;
use self::model::Axes;
pub use self::model::Engine;
use self::recipe::Recipe;
use super::cache::cached;
use super::full::check_size;
use crate::Scalar;
use crate::buffer::uninit;

/// The truncated Fourier transform of real fields, its inverse, and the adjoints of both.
///
/// **Equations**
/// ```math
/// \begin{aligned}
/// \text{forward:}\quad & X[k] = \frac1N \sum_n x[n]\, e^{-2\pi i\, k\cdot n/\mathrm{size}} \\
/// \text{inverse:}\quad & x[n] = \sum_k c(k_d)\, \mathrm{Re}\left( S[k]\, e^{+2\pi i\, k\cdot n/\mathrm{size}} \right)
/// \end{aligned}
/// ```
/// for the kept k only, where N is the number of points, c = 1 for `k_d = 0` and for `k_d = n_d/2` (`n_d` even), and 2 otherwise.
/// On fields whose modes are all kept, `inverse` after `forward` is the identity. As the scale stands in `forward`, a spectrum
/// means the same function on every grid: the transform back may use another size.
///
/// The adjoints belong to the real inner product `Re Σ conj(a) b`. With `g = ∂L/∂Re + i ∂L/∂Im` they take the gradient of a real
/// loss through the map.
///
/// **Kept wavenumbers** Axis j < d: `k = -⌊M_j/2⌋ ..= ⌈M_j/2⌉ - 1` ascending, `k = 0` at index `⌊M_j/2⌋`, as in an fft-shifted
/// spectrum. Last axis: `k = 0 ..= M_d - 1`.
///
/// **Shapes** field `[batch, channels, n_1, .., n_d]`, spectrum `[M_1, .., M_d, batch, channels]` (mode-major: the channels of
/// one mode are a small matrix), both flattened; d = 1..=3; any size, primes too.
///
/// **Method** Only kept modes are computed. Every axis uses the cheaper of two engines ([`Engine`]). Axes done as products come
/// first, while the data are real, with folded cosine and sine sums; then the last axis; then the axes done by FFT. Several
/// planes go through all stages in one task, in cache. Where full FFTs of many planes side by side are faster, and planes enough,
/// these are taken ([`Engine::Lanes`]).
///
/// **Complexity** O(N · M_1) for strong truncation, O(N log N) at worst; all threads; the result does not depend on their number.
///
/// **Example**
/// ```
/// use sobolev_kernels::fft::TruncatedFft;
/// let fft = TruncatedFft::<f64>::cached(&[8], &[3]);
/// let x: Vec<f64> = (0..8).map(|n| 1.0 + (std::f64::consts::TAU * 2.0 * n as f64 / 8.0).cos()).collect();
/// let spectrum = fft.forward(&x, 1, 1);
/// assert!((spectrum[0].re - 1.0).abs() < 1e-15);
/// assert!((spectrum[2].re - 0.5).abs() < 1e-15);
/// assert!(fft.inverse(&spectrum, 1, 1).iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-14));
/// ```
pub struct TruncatedFft<T: Scalar> {
    /// Padded in front with axes of one point.
    size: Axes,
    modes: Axes,
    engines: [Engine; 3],
    dim: usize,
    slow: [Slow<T>; 2],
    last: Last<T>,
    recipe: Recipe,
    /// Another way for many planes.
    beside: Option<Beside<T>>,
}

/// The largest numbers of modes that a grid holds: `[n_1, .., n_{d-1}, n_d/2 + 1]`.
pub fn max_modes(size: &[usize]) -> Vec<usize> {
    let mut modes = size.to_vec();
    if let Some(last) = modes.last_mut() {
        *last = *last / 2 + 1;
    }
    modes
}

fn pad(axes: &[usize]) -> Axes {
    let mut padded = [1; 3];
    padded[3 - axes.len()..].copy_from_slice(axes);
    padded
}

fn check(size: &[usize], modes: &[usize]) {
    check_size(size);
    let most = max_modes(size);
    assert!(
        modes.len() == size.len() && modes.iter().zip(&most).all(|(m, most)| (1..=*most).contains(m)),
        "a grid of {size:?} points holds from one to {most:?} modes, not {modes:?}"
    );
}

impl<T: Scalar> TruncatedFft<T> {
    /// The plan for grids of `size` points and `modes` kept modes, from the global cache.
    ///
    /// # Panics
    /// If `size` has not one to three axes, or `modes` exceeds [`max_modes`].
    pub fn cached(size: &[usize], modes: &[usize]) -> Arc<Self> {
        check(size, modes);
        // The key holds no engines: the model is asked once.
        cached(&[size, modes].concat(), || {
            let (size, modes, dim) = (pad(size), pad(modes), size.len());
            let (engines, time) = model::choose(size, modes);
            Self { beside: beside::choose(size, modes, time), ..Self::new(dim, size, modes, engines) }
        })
    }

    /// A plan with the engine of every axis given, for tests and benches; not cached. [`Engine::Lanes`] serves all axes or none.
    ///
    /// # Panics
    /// As [`cached`](Self::cached), if there is not one engine per axis, or for [`Engine::Lanes`] on some axes or on three.
    pub fn with_engines(size: &[usize], modes: &[usize], engines: &[Engine]) -> Self {
        check(size, modes);
        assert!(engines.len() == size.len(), "{} engines for {} axes", engines.len(), size.len());
        let mut padded = [Engine::Fft; 3];
        padded[3 - engines.len()..].copy_from_slice(engines);
        let plan = Self::new(size.len(), pad(size), pad(modes), padded);
        if !engines.contains(&Engine::Lanes) {
            return plan;
        }
        let all = engines.len() < 3 && engines.iter().all(|&engine| engine == Engine::Lanes);
        assert!(all, "planes of one or two axes go side by side as a whole, not by {engines:?}");
        Self { beside: Some(Beside::new(pad(size), pad(modes), 0.0)), ..plan }
    }

    fn new(dim: usize, size: Axes, modes: Axes, mut engines: [Engine; 3]) -> Self {
        for axis in 0..3 - dim {
            engines[axis] = Engine::Fft;
        }
        let [a, b, _] = engines;
        Self {
            size,
            modes,
            engines,
            dim,
            slow: [Slow::new(size[0], modes[0], a), Slow::new(size[1], modes[1], b)],
            last: Last::new(size[2], modes[2], size.iter().product(), engines[2]),
            recipe: Recipe::new([size[0], size[1]], [modes[0], modes[1]], [a, b]),
            beside: None,
        }
    }

    /// The engine of every axis, for few planes.
    pub fn engines(&self) -> &[Engine] {
        &self.engines[3 - self.dim..]
    }

    /// Kept modes, M_1 · .. · M_d.
    pub fn n_modes(&self) -> usize {
        self.modes.iter().product()
    }

    /// Points of the grid, N = n_1 · .. · n_d.
    pub fn points(&self) -> usize {
        self.size.iter().product()
    }

    /// The kept modes of real fields, divided by N.
    ///
    /// # Panics
    /// If `x` is not `[batch, channels, points]`.
    pub fn forward(&self, x: &[T], batch: usize, channels: usize) -> Vec<Complex<T>> {
        let mut s = uninit(self.n_modes() * batch * channels);
        self.forward_into(x, batch, channels, &mut s);
        s
    }

    /// [`forward`](Self::forward) into a given buffer, all of which is overwritten.
    ///
    /// # Panics
    /// If `x` is not `[batch, channels, points]` or `s` not `[modes, batch, channels]`.
    pub fn forward_into(&self, x: &[T], batch: usize, channels: usize, s: &mut [Complex<T>]) {
        self.analyse(x, batch * channels, Weight::Mean, s);
    }

    /// The real fields of spectra.
    ///
    /// # Panics
    /// If `s` is not `[modes, batch, channels]`.
    pub fn inverse(&self, s: &[Complex<T>], batch: usize, channels: usize) -> Vec<T> {
        let mut x = uninit(self.points() * batch * channels);
        self.inverse_into(s, batch, channels, &mut x);
        x
    }

    /// [`inverse`](Self::inverse) into a given buffer, all of which is overwritten.
    ///
    /// # Panics
    /// If `s` is not `[modes, batch, channels]` or `x` not `[batch, channels, points]`.
    pub fn inverse_into(&self, s: &[Complex<T>], batch: usize, channels: usize, x: &mut [T]) {
        self.synthesise(s, batch * channels, Weight::Hermitian, x);
    }

    /// The adjoint of [`forward`](Self::forward): `x[n] = (1/N) Σ_k Re(g[k] e^{+2πi k·n/size})`.
    ///
    /// # Panics
    /// If `g` is not `[modes, batch, channels]`.
    pub fn forward_adjoint(&self, g: &[Complex<T>], batch: usize, channels: usize) -> Vec<T> {
        let mut x = uninit(self.points() * batch * channels);
        self.synthesise(g, batch * channels, Weight::Mean, &mut x);
        x
    }

    /// The adjoint of [`inverse`](Self::inverse): `s[k] = c(k_d) Σ_n g[n] e^{-2πi k·n/size}`.
    ///
    /// # Panics
    /// If `g` is not `[batch, channels, points]`.
    pub fn inverse_adjoint(&self, g: &[T], batch: usize, channels: usize) -> Vec<Complex<T>> {
        let mut s = uninit(self.n_modes() * batch * channels);
        self.analyse(g, batch * channels, Weight::Hermitian, &mut s);
        s
    }

    fn check_lengths(&self, x: usize, s: usize, planes: usize) {
        assert!(
            x == planes * self.points(),
            "{x} entries are not {planes} fields of {} points",
            self.points()
        );
        assert!(
            s == planes * self.n_modes(),
            "{s} entries are not {planes} spectra of {} modes",
            self.n_modes()
        );
    }

    /// Rows of the slow axes beside the last axis: parts where the axis is a product, points where it is an FFT.
    fn rows(&self) -> [usize; 2] {
        [0, 1].map(|a| model::rows(self.size[a], self.modes[a], self.engines[a]))
    }

    /// Planes that one task takes.
    fn block(&self, planes: usize) -> usize {
        let [r1, r2] = self.rows();
        let [_, _, n3] = self.size;
        model::block(planes, r1 * r2 * (n3 + 2 * self.modes[2]) * size_of::<T>())
    }
}
