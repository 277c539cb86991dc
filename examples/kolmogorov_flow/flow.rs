//! The equation of Kolmogorov flow and a run of it: all that the example uses of the library.

use std::f64::consts::TAU;
use std::ops::RangeInclusive;

use sobolev::kernels::{Complex, Scalar};
use sobolev::solvers::Result;
use sobolev::solvers::spectral::{Counts, Dealias, Equation, FourierGrid, Integrator, Points, Stepper, Wave};

use super::arguments::Scale;

/// What came out.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Points an axis.
    pub(crate) n: usize,
    /// Times of the frames.
    pub(crate) times: Vec<f64>,
    /// Vorticity, `[time, y, x]`.
    pub(crate) vorticity: Vec<f64>,
    /// Mean enstrophy `⟨w²⟩/2` at these times.
    pub(crate) enstrophy: Vec<f64>,
}

// ANCHOR: library
/// w_t + v·∇w = Δw/Re − n cos(n y) − α w, with −Δψ = w and v = (ψ_y, −ψ_x).
struct Kolmogorov {
    reynolds: f64,
    waves: f64,
    drag: f64,
}

impl Equation for Kolmogorov {
    fn name(&self) -> &'static str {
        "Kolmogorov flow"
    }
    fn dims(&self) -> RangeInclusive<usize> {
        2..=2
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (k.laplacian() / self.reynolds - self.drag).into()
    }
    /// v·∇w = (∂xx − ∂yy)(v_x v_y) + ∂xy(v_y² − v_x²): two inputs v_x, v_y and two products.
    fn counts(&self) -> Counts {
        Counts { inputs: 2, products: 2, coefficients: 0 }
    }
    fn input(&self, input: usize, _: usize, k: &Wave) -> Complex<f64> {
        let psi = -k.inverse_laplacian();
        if input == 0 { psi * k.dy() } else { -psi * k.dx() }
    }
    fn output(&self, _: usize, product: usize, k: &Wave) -> Complex<f64> {
        if product == 0 { (k.x * k.x - k.y * k.y).into() } else { (k.x * k.y).into() }
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map(|[u, v]| [u * v, v * v - u * u]);
    }
    fn is_forced(&self) -> bool {
        true
    }
    fn forcing(&self, _: usize, [_, y, _]: [f64; 3]) -> f64 {
        -self.waves * (self.waves * y).cos()
    }
}

/// Frames at equal distances in time, from a disturbed state of rest.
pub(crate) fn run(scale: Scale) -> Result<Outcome> {
    let (n, reynolds, frames, every, dt) = match scale {
        Scale::Smoke => (32, 40.0, 4, 25, 0.02),
        Scale::Full => (256, 500.0, 4, 2000, 0.0025),
    };
    let grid = FourierGrid::cube(2, n, TAU)?;
    let equation = Kolmogorov { reynolds, waves: 4.0, drag: 0.1 };
    let stepper = Stepper::<_, f64>::new(equation, &grid, Dealias::TWO_THIRDS, Integrator::EtdRk4, dt)?;
    // The stripes of the force alone are a solution, too: without a disturbance they would stay for ever.
    let disturbance = |[x, y, _]: [f64; 3]| (x + 2.0 * y).cos() + (3.0 * x - y).sin() + (2.0 * x).cos();
    let start: Vec<f64> = (0..grid.points()).map(|i| disturbance(grid.position(i))).collect();
    let mut state = stepper.init(&start)?;
    let vorticity = stepper.rollout(&mut state, frames, every)?;
    let times = (1..=frames).map(|i| (i * every) as f64 * dt).collect();
    let mean_square = |w: &[f64]| w.iter().map(|v| v * v).sum::<f64>() / w.len() as f64;
    let enstrophy = vorticity.chunks(grid.points()).map(|w| 0.5 * mean_square(w)).collect();
    Ok(Outcome { n, times, vorticity, enstrophy })
}
// ANCHOR_END: library
