//! Times of the spectral steppers, one JSON line each: `cargo run --release -p sobolev-solvers --example spectral_times`.
//!
//! Microseconds per sample and step of ETDRK4 in single precision, dealiased (2/3 rule; 1/2 for the cubic term), the median of several calls; the same work
//! as `benches/peers/exponax_step.py`. An argument restricts the cases to those whose name contains it.

use std::time::Instant;

use sobolev_solvers::spectral::equations::{
    Forcing2d, GrayScott, KuramotoSivashinsky, KuramotoSivashinskyForm, NavierStokes2d,
};
use sobolev_solvers::spectral::{Dealias, Equation, FourierGrid, Integrator, Stepper};

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
    let ks = KuramotoSivashinsky { dim: 1, form: KuramotoSivashinskyForm::Conservative };
    measure("ks 256", ks, &FourierGrid::new(&[256], &[60.0])?, (64, 500, 0.1), 0.0);
    for (n, batch, steps) in [(64, 16, 100), (128, 4, 100), (256, 4, 20), (512, 1, 10)] {
        let grid = FourierGrid::cube(2, n, std::f64::consts::TAU)?;
        let flow = NavierStokes2d { viscosity: 1e-3, drag: 0.0, forcing: Forcing2d::None };
        measure(&format!("ns {n}"), flow, &grid, (batch, steps, 1e-3), 0.0);
    }
    let reaction = GrayScott { feed: 0.04, kill: 0.06, diffusivity: [2e-5, 1e-5] };
    measure("gray-scott 128", reaction, &FourierGrid::cube(2, 128, 2.5)?, (4, 100, 1.0), 0.4);
    measure("gray-scott 64^3", reaction, &FourierGrid::cube(3, 64, 1.0)?, (2, 10, 1.0), 0.4);
    Ok(())
}
