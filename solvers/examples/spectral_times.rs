//! Times of the spectral steppers, one JSON line each: `cargo run --release -p sobolev-solvers --example spectral_times`.
//!
//! Microseconds per sample and step of ETDRK4 in single precision, dealiased (2/3 rule; 1/2 for the cubic term), the median of several calls; the same work
//! as `benches/peers/exponax_step.py`. An argument restricts the cases to those whose name contains it.

use std::time::Instant;

use sobolev_kernels::{Complex, Scalar};
use sobolev_solvers::spectral::{Counts, Dealias, Equation, FourierGrid, Integrator, Points, Stepper, Wave};

struct KuramotoSivashinsky;

impl Equation for KuramotoSivashinsky {
    fn name(&self) -> &'static str {
        "Kuramoto-Sivashinsky"
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (k.squared() - k.squared() * k.squared()).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 1, products: 1, coefficients: 0 }
    }
    fn input(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> {
        1.0.into()
    }
    fn output(&self, _: usize, _: usize, k: &Wave) -> Complex<f64> {
        -0.5 * k.dx()
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map(|[u]| [u * u]);
    }
}

struct NavierStokes {
    viscosity: f64,
}

impl Equation for NavierStokes {
    fn name(&self) -> &'static str {
        "Navier-Stokes"
    }
    fn linear(&self, _: usize, k: &Wave) -> Complex<f64> {
        (self.viscosity * k.laplacian()).into()
    }
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
}

struct GrayScott;

impl Equation for GrayScott {
    fn name(&self) -> &'static str {
        "Gray-Scott"
    }
    fn channels(&self) -> usize {
        2
    }
    fn linear(&self, channel: usize, k: &Wave) -> Complex<f64> {
        (if channel == 0 { 2e-5 * k.laplacian() - 0.04 } else { 1e-5 * k.laplacian() - 0.1 }).into()
    }
    fn counts(&self) -> Counts {
        Counts { inputs: 2, products: 1, coefficients: 0 }
    }
    fn input(&self, input: usize, channel: usize, _: &Wave) -> Complex<f64> {
        f64::from(u8::from(input == channel)).into()
    }
    fn output(&self, channel: usize, _: usize, _: &Wave) -> Complex<f64> {
        (if channel == 0 { -1.0 } else { 1.0 }).into()
    }
    fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) {
        points.map(|[u, v]| [u * v * v]);
    }
    fn is_forced(&self) -> bool {
        true
    }
    fn forcing(&self, channel: usize, _: [f64; 3]) -> f64 {
        if channel == 0 { 0.04 } else { 0.0 }
    }
}

/// Smooth fields, another one for each sample and channel, around `mean`.
fn fields(grid: &FourierGrid, batch: usize, channels: usize, mean: f32) -> Vec<f32> {
    let mut all = Vec::new();
    for i in 0..batch * channels {
        let a = 1.0 + 0.1 * i as f64;
        for flat in 0..grid.points() {
            let [x, y, _] = grid.position(flat);
            let [kx, ky] = [0, 1].map(|d| std::f64::consts::TAU / grid.domain_extent()[d % grid.dim()]);
            let wave = (kx * x + a).sin() * (2.0 * ky * y + a).cos()
                + 0.5 * (3.0 * kx * x - 2.0 * ky * y + 2.0 * a).sin();
            all.push(mean + 0.3 * wave as f32);
        }
    }
    all
}

/// Measures `steps` steps of a batch, several times; `mean` is not zero for the cubic reaction.
fn measure<E: Equation>(
    name: &str,
    equation: E,
    grid: &FourierGrid,
    (batch, steps, dt): (usize, usize, f64),
    mean: f32,
) {
    if std::env::args().nth(1).is_some_and(|wanted| !name.contains(&wanted)) {
        return;
    }
    let channels = equation.channels();
    // A cubic term asks for a lower cut.
    let dealias = if mean > 0.0 { Dealias::Truncate { degree: 3 } } else { Dealias::TWO_THIRDS };
    let Ok(stepper) = Stepper::<_, f32>::new(equation, grid, dealias, Integrator::EtdRk4, dt) else {
        return eprintln!("{name}: no stepper");
    };
    let Ok(mut state) = stepper.init(&fields(grid, batch, channels, mean)) else {
        return eprintln!("{name}: no state");
    };
    let mut times = Vec::new();
    for call in 0..12 {
        let start = Instant::now();
        if stepper.repeat(&mut state, steps).is_err() {
            return eprintln!("{name}: a failed step");
        }
        if call > 1 {
            times.push(1e6 * start.elapsed().as_secs_f64() / (batch * steps) as f64);
        }
    }
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "who": "sobolev", "work": name, "batch": batch, "integrator": "EtdRk4", "dtype": "f32",
        "median_us": times[times.len() / 2], "min_us": times[0], "calls": times.len(),
        "blow_ups": state.blow_ups().len(), "threads": rayon::current_num_threads(),
    });
    println!("{line}");
}

fn main() -> sobolev_solvers::Result<()> {
    measure("ks 256", KuramotoSivashinsky, &FourierGrid::new(&[256], &[60.0])?, (64, 500, 0.1), 0.0);
    for (n, batch, steps) in [(64, 16, 100), (128, 4, 100), (256, 4, 20), (512, 1, 10)] {
        let grid = FourierGrid::cube(2, n, std::f64::consts::TAU)?;
        measure(&format!("ns {n}"), NavierStokes { viscosity: 1e-3 }, &grid, (batch, steps, 1e-3), 0.0);
    }
    let grid = FourierGrid::cube(2, 128, 2.5)?;
    measure("gray-scott 128", GrayScott, &grid, (4, 100, 1.0), 0.4);
    let grid = FourierGrid::cube(3, 64, 1.0)?;
    measure("gray-scott 64^3", GrayScott, &grid, (2, 10, 1.0), 0.4);
    Ok(())
}
