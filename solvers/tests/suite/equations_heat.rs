//! The heat equation with every integrator.

use std::f64::consts::PI;
use std::sync::Arc;

use sobolev_kernels::testing::assert_order;
use sobolev_solvers::fem::equations::{Condition, Heat, HeatProblem};
use sobolev_solvers::fem::{Element, Field, Space};
use sobolev_solvers::mesh::{CellKind, Mesh};
use sobolev_solvers::time::{
    Bdf2, FirstOrderMethod, Forcing, Sdirk, SdirkIntegrator, StepControl, ThetaMethod,
};

fn methods() -> Vec<(&'static str, Box<dyn FirstOrderMethod>, f64)> {
    vec![
        ("backward Euler", Box::new(ThetaMethod::BACKWARD_EULER), 1.0),
        ("Crank-Nicolson", Box::new(ThetaMethod::CRANK_NICOLSON), 2.0),
        ("BDF2", Box::new(Bdf2), 2.0),
        ("SDIRK2", Box::new(Sdirk::order2()), 2.0),
        ("SDIRK3", Box::new(Sdirk::order3()), 3.0),
        ("SDIRK4", Box::new(Sdirk::order4()), 4.0),
    ]
}

fn square(element: Element, n: usize) -> Arc<Space> {
    let mesh = Mesh::rectangle(CellKind::Triangle, [n, n], [0.0; 2], [1.0; 2]).unwrap();
    Arc::new(Space::new(Arc::new(mesh), element, 1).unwrap())
}

/// (2 + x) u_t − ∇·(a ∇u) + 3 u = f, a = (1 + y)/50, with u = (1 + 3x² − 2x³) e^{−t}, which P3 has exactly: the error is that of time
/// alone. A larger a would show the order reduction of methods of stage order 1.
#[test]
fn orders_in_time() {
    // No flux through any side.
    let profile = |x: [f64; 3]| 1.0 + x[0] * x[0] * (3.0 - 2.0 * x[0]);
    let rate = |t: f64| (-t).exp();
    let capacity = |x: [f64; 3]| 2.0 + x[0];
    // ∇·(a∇u) = a u_xx, u_xx = (6 − 12 x) e^{−t}.
    let source = move |x: [f64; 3], t: f64| {
        rate(t) * (-(2.0 + x[0]) * profile(x) - 0.02 * (1.0 + x[1]) * (6.0 - 12.0 * x[0]) + 3.0 * profile(x))
    };
    let conductivity = |x: [f64; 3]| 0.02 * (1.0 + x[1]);
    let mut problem = HeatProblem::new(Field::Function(&conductivity));
    problem.capacity = Field::Function(&capacity);
    problem.reaction = Some(Field::Constant(3.0));
    let heat = Heat::new(square(Element::P3, 3), &problem).unwrap();
    let forcing = heat.forcing(source);
    for (name, method, order) in methods() {
        let points: Vec<_> = [8, 12, 16, 24]
            .map(|n| {
                let dt = 1.0 / f64::from(n);
                let mut state = heat.initial(profile);
                let mut integrator = heat.integrator(&*method, dt).unwrap();
                integrator.repeat(&mut state, n as usize, Forcing::Function(&forcing)).unwrap();
                let exact = |x: [f64; 3]| (profile(x) * rate(1.0), [0.0; 3]);
                (dt, heat.assembler().space().errors(&heat.expand(&state), exact).l2)
            })
            .to_vec();
        // f rounds at 1e-13.
        assert_order(name, &points, order, 1e-12, 2e-2);
    }
}

/// The decay of a sine between cold walls, one of them at 1: linear profile plus a mode.
#[test]
fn dirichlet_values_and_steady_state() {
    let cold = Condition::Dirichlet(Field::Constant(0.0));
    let warm = Condition::Dirichlet(Field::Constant(1.0));
    let problem = HeatProblem::new(Field::Constant(0.5)).with("left", cold).with("right", warm);
    let heat = Heat::new(square(Element::P2, 10), &problem).unwrap();
    let mut state = heat.initial(|x| x[0] + (PI * x[0]).sin());
    let load = heat.boundary_load().to_vec();
    let mut integrator = heat.integrator(&Sdirk::order3(), 0.01).unwrap();
    let mut frames = Vec::new();
    integrator
        .rollout(&mut state, 4, 10, Forcing::Constant(&load), &mut |s| frames.push((s.time, heat.expand(s))))
        .unwrap();
    for (t, u) in frames {
        let decay = (-0.5 * PI * PI * t).exp();
        for (u, x) in u.iter().zip(heat.assembler().space().node_points()) {
            let exact = x[0] + decay * (PI * x[0]).sin();
            assert!((u - exact).abs() < 2e-4, "t = {t}: {u} {exact}");
        }
    }
    // A steady source on top: u'' = −f / a.
    let load = heat.load(Field::Constant(1.0)).unwrap();
    let mut slow = heat.integrator(&ThetaMethod::BACKWARD_EULER, 10.0).unwrap();
    slow.repeat(&mut state, 20, Forcing::Constant(&load)).unwrap();
    for (u, x) in heat.expand(&state).iter().zip(heat.assembler().space().node_points()) {
        assert!((u - x[0] - x[0] * (1.0 - x[0])).abs() < 1e-11);
    }
}

/// Heat is conserved between insulated walls; step control follows a decay over six orders of time scales.
#[test]
fn insulation_and_step_control() {
    let heat = Heat::new(square(Element::P1, 20), &HeatProblem::new(Field::Constant(1.0))).unwrap();
    let step = |x: [f64; 3]| if x[0] < 0.25 && x[1] < 0.25 { 16.0 } else { 0.0 };
    let mut state = heat.initial(step);
    let content = |values: &[f64]| {
        let mut product = vec![0.0; values.len()];
        heat.system().mass().multiply(values, &mut product);
        product.iter().sum::<f64>()
    };
    let before = content(&state.values);
    let mut integrator = SdirkIntegrator::new(Sdirk::order3(), Arc::clone(heat.system()), 1e-6).unwrap();
    let report = integrator
        .integrate(&mut state, 2.0, &StepControl::new(1e-5, 1e-5), Forcing::None, &mut |_| {})
        .unwrap();
    assert!((content(&state.values) - before).abs() < 1e-10 * before);
    assert!(state.values.iter().all(|u| (u - before).abs() < 1e-4));
    assert!((150..300).contains(&report.accepted) && report.rejected < 10, "{report:?}");
    assert!(report.factorizations * 5 < report.accepted, "{report:?}");
}
