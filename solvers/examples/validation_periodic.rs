//! Integrates a list of periodic equations in f64 and writes start and end, for `validation/validate_periodic.py` to integrate again:
//!
//! `cargo run --release -p sobolev-solvers --example validation_periodic -- FOLDER`
//!
//! FOLDER/NAME_start.npy and NAME_end.npy hold `[channel, (y,) x(, 2)]`, the last axis real and imaginary part; cases.json the numbers.

use std::error::Error;
use std::f64::consts::{PI, TAU};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};
use sobolev_solvers::spectral::equations::{
    AllenCahn, Burgers, BurgersForm, CahnHilliard, Forcing2d, GrayScott, GrayScottPattern, KortewegDeVries,
    KuramotoSivashinsky, KuramotoSivashinskyForm, NavierStokes2d, Potential, Schroedinger, ShallowWater,
};
use sobolev_solvers::spectral::{Dealias, Equation, FieldKind, FourierGrid, Integrator, Stepper};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Where files go, and what is known of them.
struct Cases {
    folder: PathBuf,
    list: Vec<Value>,
}

/// Box, rule, integrator and time of one case.
struct Plan<'a> {
    name: &'a str,
    dim: usize,
    n: usize,
    extent: f64,
    dealias: Dealias,
    integrator: Integrator,
    dt: f64,
    steps: usize,
}

impl Cases {
    /// Integrates from `start`, which gives all values of a point, and writes both ends.
    fn add<E: Equation + Serialize + Copy, const C: usize>(
        &mut self,
        plan: &Plan<'_>,
        equation: E,
        start: impl Fn([f64; 3]) -> [f64; C],
    ) -> Result<()> {
        let grid = FourierGrid::cube(plan.dim, plan.n, plan.extent)?;
        let is_complex = equation.kind() == FieldKind::Complex;
        let points: Vec<[f64; C]> = (0..grid.points()).map(|i| start(grid.position(i))).collect();
        // Real channels are planes; a complex one has its two parts side by side.
        let fields: Vec<f64> = if is_complex {
            points.iter().flatten().copied().collect()
        } else {
            (0..C).flat_map(|c| points.iter().map(move |p| p[c])).collect()
        };
        let stepper = Stepper::<E, f64>::new(equation, &grid, plan.dealias, plan.integrator, plan.dt)?;
        let mut state = stepper.init(&fields)?;
        stepper.repeat(&mut state, plan.steps)?;
        let mut shape = vec![if is_complex { 1 } else { C }];
        shape.extend(grid.num_points());
        shape.extend(is_complex.then_some(2));
        for (end, values) in [("start", &fields), ("end", &stepper.fields(&state))] {
            write_npy(&self.folder.join(format!("{}_{end}.npy", plan.name)), &shape, values)?;
        }
        let (degree, pad) = match plan.dealias {
            Dealias::Truncate { degree } => (degree, false),
            Dealias::Pad { degree } => (degree, true),
            other => return Err(format!("no case for {other:?}").into()),
        };
        println!("{}: {} steps", plan.name, plan.steps);
        self.list.push(json!({"name": plan.name, "equation": equation, "extent": plan.extent, "degree": degree, "pad": pad,
            "dt": plan.dt, "steps": plan.steps, "integrator": format!("{:?}", plan.integrator)}));
        Ok(())
    }
}

/// A little-endian f64 array in numpy's format, version 1.
fn write_npy(path: &Path, shape: &[usize], values: &[f64]) -> std::io::Result<()> {
    let shape = shape.iter().map(|n| format!("{n},")).collect::<String>();
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}");
    // Magic, version and length take 10 bytes; all together is a multiple of 64 and ends with a line break.
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((padded as u16).to_le_bytes());
    bytes.extend(format!("{header:<width$}\n", width = padded - 1).into_bytes());
    bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    std::fs::write(path, bytes)
}

fn one_dimension(cases: &mut Cases) -> Result<()> {
    let base = Plan {
        name: "",
        dim: 1,
        n: 256,
        extent: TAU,
        dealias: Dealias::TWO_THIRDS,
        integrator: Integrator::EtdRk4,
        dt: 0.0,
        steps: 0,
    };
    let wave = |x: f64| 0.6 * x.sin() + 0.4 * (2.0 * x + 0.5).cos() + 0.1;
    let plan = Plan { name: "burgers", dt: 1e-3, steps: 1000, ..base };
    let burgers = Burgers { dim: 1, viscosity: 0.05, form: BurgersForm::Conservative };
    cases.add(&plan, burgers, |[x, ..]| [wave(x)])?;

    let plan = Plan {
        name: "kdv",
        n: 128,
        extent: 22.0,
        dt: 5e-5,
        steps: 10_000,
        dealias: Dealias::THREE_HALVES,
        ..base
    };
    let kdv = KortewegDeVries { convection: 6.0, dispersion: 1.0, hyperdiffusion: 0.0 };
    cases.add(&plan, kdv, |[x, ..]| [0.8 * wave(TAU * x / 22.0)])?;

    let plan = Plan { name: "kuramoto_sivashinsky", n: 128, extent: 22.0, dt: 5e-3, steps: 1000, ..base };
    let ks = KuramotoSivashinsky { dim: 1, form: KuramotoSivashinskyForm::Conservative };
    cases.add(&plan, ks, |[x, ..]| [wave(TAU * x / 22.0) - 0.1])?;

    let plan = Plan {
        name: "schroedinger",
        extent: 16.0,
        dt: 2.5e-4,
        steps: 4000,
        dealias: Dealias::Pad { degree: 3 },
        ..base
    };
    let lattice = Potential::Cosine { depth: 0.5, wavenumber: [TAU / 16.0, 0.0, 0.0] };
    let nls = Schroedinger { nonlinearity: 1.0, potential: lattice };
    cases.add(&plan, nls, |[x, ..]| {
        let envelope = (-0.5 * (x - 7.0).powi(2)).exp();
        [envelope * (1.5 * x).cos(), envelope * (1.5 * x).sin()]
    })
}

fn two_dimensions(cases: &mut Cases) -> Result<()> {
    let base = Plan {
        name: "",
        dim: 2,
        n: 64,
        extent: TAU,
        dealias: Dealias::TWO_THIRDS,
        integrator: Integrator::EtdRk4,
        dt: 0.0,
        steps: 0,
    };
    let eddies = |x: f64, y: f64| (x + 2.0 * y).cos() + (2.0 * x - y).sin() + 0.5 * (2.0 * y).cos();
    let plan = Plan { name: "navier_stokes_decaying", dt: 2e-3, steps: 500, ..base };
    let flow = NavierStokes2d { viscosity: 0.02, drag: 0.1, forcing: Forcing2d::None };
    cases.add(&plan, flow, |[x, y, _]| [eddies(x, y)])?;
    let plan = Plan { name: "navier_stokes_kolmogorov", ..plan };
    let forcing = Forcing2d::Kolmogorov { amplitude: 1.0, wavenumber: 4.0 };
    cases.add(&plan, NavierStokes2d { forcing, ..flow }, |[x, y, _]| [eddies(x, y)])?;
    let plan = Plan { name: "navier_stokes_li", extent: 1.0, dt: 1e-3, steps: 1000, ..base };
    let flow = NavierStokes2d { viscosity: 1e-3, drag: 0.0, forcing: Forcing2d::LI };
    cases.add(&plan, flow, |[x, y, _]| [eddies(TAU * x, TAU * y)])?;

    let plan = Plan { name: "kuramoto_sivashinsky_height", extent: 20.0, dt: 5e-3, steps: 400, ..base };
    let ks = KuramotoSivashinsky { dim: 2, form: KuramotoSivashinskyForm::GradientNorm };
    cases.add(&plan, ks, |[x, y, _]| [eddies(PI * x / 10.0, PI * y / 10.0)])?;

    let cubic = Dealias::Truncate { degree: 3 };
    let plan = Plan { name: "allen_cahn", extent: 2.0, dt: 2e-3, steps: 500, dealias: cubic, ..base };
    cases.add(&plan, AllenCahn { epsilon: 0.15, rate: 1.0 }, |[x, y, _]| [0.4 * eddies(PI * x, PI * y)])?;
    let plan = Plan { name: "cahn_hilliard", dt: 5e-4, ..plan };
    cases.add(&plan, CahnHilliard { epsilon: 0.15, mobility: 0.2 }, |[x, y, _]| {
        [0.3 * eddies(PI * x, PI * y)]
    })?;
    let plan = Plan { name: "gray_scott", n: 96, dt: 0.1, steps: 200, ..plan };
    cases.add(&plan, GrayScott::well(GrayScottPattern::Gliders), |[x, y, _]| {
        let spot = |a: f64, b: f64| (-30.0 * ((x - a).powi(2) + (y - b).powi(2))).exp();
        [1.0 - 0.6 * spot(0.9, 1.0), 0.3 * spot(1.0, 1.1)]
    })?;

    let plan = Plan {
        name: "shallow_water",
        extent: 1.0,
        dt: 2.5e-4,
        steps: 400,
        integrator: Integrator::EtdRk4,
        ..base
    };
    let shallow = ShallowWater { gravity: 1.0, coriolis: 0.5, hyperviscosity: 1e-8 };
    cases.add(&plan, shallow, |[x, y, _]| {
        let bump = 0.2 * ((TAU * x).cos() + (TAU * y).cos() - 2.0).exp();
        [1.0 + bump, 0.1 * (TAU * y).sin(), 0.05 * (TAU * x).cos()]
    })
}

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "validation_periodic".into()));
    std::fs::create_dir_all(&folder)?;
    let mut cases = Cases { folder, list: vec![] };
    one_dimension(&mut cases)?;
    two_dimensions(&mut cases)?;
    std::fs::write(cases.folder.join("cases.json"), serde_json::to_string_pretty(&cases.list)?)?;
    Ok(())
}
