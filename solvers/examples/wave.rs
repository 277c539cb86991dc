//! Time of 1000 leapfrog steps of an acoustic wave, one JSON line: `cargo run --release -p sobolev-solvers --example wave`.
//!
//! 256 x 256 bilinear elements on the unit square, lumped mass, c = 1 below y = 0.5 and 1.5 above, absorbing border, a Ricker source of
//! 12 cycles per unit of time at the node next to (0.5, 0.3): the same work as `benches/peers/wave_fem.py`. The time is that of the
//! steps alone. Arguments: `--size`, `--steps`, `--threads`, `--seconds`; `--sparse` takes K as a sparse matrix.

use std::sync::Arc;
use std::time::Instant;

use sobolev_solvers::Result;
use sobolev_solvers::fem::equations::{AcousticProblem, AcousticWave};
use sobolev_solvers::fem::{Assembler, Element, Field, Form, Space};
use sobolev_solvers::mesh::{CellKind, Mesh};
use sobolev_solvers::time::{
    Forcing, LeapfrogIntegrator, LumpedSystem, Pulse, SecondOrderIntegrator, Signal,
};

/// The number after `name` on the command line.
fn argument(name: &str, default: f64) -> f64 {
    let mut arguments = std::env::args().skip_while(|a| a != name);
    arguments.nth(1).and_then(|a| a.parse().ok()).unwrap_or(default)
}

fn medium(n: usize) -> Result<AcousticWave> {
    let mesh = Arc::new(Mesh::rectangle(CellKind::Quadrilateral, [n, n], [0.0; 2], [1.0; 2])?);
    let space = Arc::new(Space::new(Arc::clone(&mesh), Element::Q1, 1)?);
    let speed: Vec<f64> =
        (0..mesh.n_cells()).map(|c| if mesh.geometry(c).centre()[1] < 0.5 { 1.0 } else { 1.5 }).collect();
    let problem =
        AcousticProblem::new(Field::Cells(&speed)).with_absorbing(&["left", "right", "bottom", "top"]);
    AcousticWave::new(space, &problem)
}

/// The same system with K stored.
fn sparse(wave: &AcousticWave, n: usize) -> Result<LumpedSystem> {
    let matrix =
        Assembler::new(Arc::clone(wave.space()))?.matrix(&[Form::Diffusion(Field::Constant(1.0))])?;
    let h = 1.0 / n as f64;
    let on_border = |t: f64| t < 0.5 * h || t > 1.0 - 0.5 * h;
    let border = wave.space().interpolate(|x| {
        let c = if x[1] < 0.5 { 1.0 } else { 1.5 };
        h / c * f64::from(u8::from(on_border(x[0])) + u8::from(on_border(x[1])))
    });
    LumpedSystem::new(Arc::new(matrix), wave.system().mass().to_vec())?.with_damping(&border)
}

fn main() -> Result<()> {
    let (n, steps) = (argument("--size", 256.0) as usize, argument("--steps", 1000.0) as usize);
    let threads = argument("--threads", 2.0) as usize;
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap_or(());
    let wave = medium(n)?;
    let dt = 0.5 / (n as f64 * 1.5 * 2f64.sqrt());
    let is_sparse = std::env::args().any(|a| a == "--sparse");
    let system = if is_sparse { Arc::new(sparse(&wave, n)?) } else { Arc::clone(wave.system()) };
    let mut leapfrog = LeapfrogIntegrator::new(system, dt)?;
    let distance = |x: &[f64; 3]| (x[0] - 0.5).hypot(x[1] - 0.3);
    let points = wave.space().node_points();
    let nearest = (0..points.len()).min_by(|&i, &j| distance(&points[i]).total_cmp(&distance(&points[j])));
    let source =
        [Pulse { dofs: nearest.into_iter().collect(), weights: vec![1.0], signal: Signal::ricker(12.0) }];
    let (mut times, mut peak) = (Vec::new(), 0.0f64);
    let begin = Instant::now();
    while times.len() < 3 || begin.elapsed().as_secs_f64() < argument("--seconds", 3.0) {
        let mut motion = wave.rest();
        let start = Instant::now();
        leapfrog.repeat(&mut motion, steps, Forcing::Pulses(&source))?;
        times.push(1e3 * start.elapsed().as_secs_f64());
        peak = motion.displacement.iter().fold(0.0, |m, u| m.max(u.abs()));
    }
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "who": "sobolev", "work": "wave", "median_ms": times[times.len() / 2], "min_ms": times[0],
        "calls": times.len(), "size": n, "steps": steps, "threads": threads, "peak": peak,
        "operator": if is_sparse { "sparse matrix" } else { "lattice" },
        "cfl": dt / leapfrog.largest_stable_step(),
    });
    println!("{line}");
    Ok(())
}
