//! A wave in a medium of two layers by finite elements: all that the example uses of the library.

use std::sync::Arc;

use sobolev::solvers::Result;
use sobolev::solvers::fem::{Assembler, Element, Field, Form, Space};
use sobolev::solvers::linear::Csr;
use sobolev::solvers::mesh::{CellKind, Mesh};
use sobolev::solvers::time::{
    Forcing, LeapfrogIntegrator, LumpedSystem, Pulse, SecondOrderIntegrator, SecondOrderSystem, Signal,
};

use super::arguments::Scale;

/// What came out.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Nodes an axis.
    pub(crate) nodes: usize,
    /// The time step.
    pub(crate) dt: f64,
    /// Times of the frames.
    pub(crate) times: Vec<f64>,
    /// The field at these times, `[y, x]`.
    pub(crate) frames: Vec<Vec<f64>>,
}

// ANCHOR: library
/// Speed of sound: two layers.
fn speed([_, y, _]: [f64; 3]) -> f64 {
    if y < 0.5 { 1.0 } else { 1.5 }
}

/// Four frames, 0.15 apart.
pub(crate) fn run(scale: Scale) -> Result<Outcome> {
    let n = if scale == Scale::Smoke { 48 } else { 256 };
    let mesh = Arc::new(Mesh::rectangle(CellKind::Quadrilateral, [n; 2], [0.0; 2], [1.0; 2])?);
    let border: Vec<usize> = (0..mesh.facets().len()).collect();
    let space = Arc::new(Space::new(mesh, Element::Q1, 1)?);
    let assembler = Assembler::new(space.clone())?;

    // u_tt / c² = Δu + s(t) δ in the weak form, with u_t + c ∂u/∂n = 0 on the border.
    let mass = assembler.matrix(&[Form::Mass(Field::Function(&|x| speed(x).powi(-2)))])?;
    let stiffness = assembler.matrix(&[Form::Diffusion(Field::Constant(1.0))])?;
    let mut damping = Csr::from_pattern(assembler.pattern().clone());
    assembler.add_boundary_mass(&border, Field::Function(&|x| 1.0 / speed(x)), &mut damping)?;
    let system = SecondOrderSystem::new(mass, stiffness)?.with_damping(damping)?;

    // With lumped matrices no system is solved. The library finds the largest stable step, and refuses a larger one.
    let lumped = Arc::new(LumpedSystem::lump(&system)?);
    let steps = (0.15 / (0.9 * lumped.largest_stable_step()?)).ceil();
    let mut leapfrog = LeapfrogIntegrator::new(lumped, 0.15 / steps)?;

    let distance = |x: &[f64; 3]| (x[0] - 0.5).hypot(x[1] - 0.3);
    let nearest = |a: &usize, b: &usize| {
        distance(&space.node_points()[*a]).total_cmp(&distance(&space.node_points()[*b]))
    };
    let source: Vec<usize> = (0..space.n_nodes()).min_by(nearest).into_iter().collect();
    let pulse = [Pulse { dofs: source, weights: vec![1.0], signal: Signal::ricker(12.0) }];

    let rest = vec![0.0; space.n_dofs()];
    let mut motion = leapfrog.start(0.0, rest.clone(), rest, Forcing::Pulses(&pulse))?;
    let (mut times, mut frames) = (vec![], vec![]);
    leapfrog.rollout(&mut motion, 4, steps as usize, Forcing::Pulses(&pulse), &mut |m| {
        times.push(m.time);
        frames.push(m.displacement.clone());
    })?;
    Ok(Outcome { nodes: n + 1, dt: leapfrog.dt(), times, frames })
}
// ANCHOR_END: library
