//! Elasticity at rest and in motion: patch tests, orders, Cook's membrane, stresses, energy.

use std::f64::consts::PI;
use std::sync::Arc;

use sobolev_kernels::testing::assert_order;
use sobolev_solvers::Error;
use sobolev_solvers::fem::equations::{
    Elasticity, ElasticityProblem, Elastodynamics, Lame, LinearSolver, PlaneState, Support,
};
use sobolev_solvers::fem::{Element, Field, Space};
use sobolev_solvers::linear::KrylovOptions;
use sobolev_solvers::mesh::{CellKind, Mesh};
use sobolev_solvers::time::{Forcing, GeneralizedAlpha, SecondOrderIntegrator};

/// A mesh whose inner points are moved, so that no cell is special.
fn crooked(kind: CellKind, n: usize) -> Arc<Mesh> {
    let wiggle = |x: [f64; 3]| {
        let inside: f64 = x[..kind.dim()].iter().map(|t| t * (1.0 - t)).product();
        let k = 4f64.powi(kind.dim() as i32);
        let shift = |p: f64| {
            0.12 * inside * k / 1.5 * (7.0 * x[0] + 5.0 * x[1] + 3.0 * x[2] + p).sin() / n as f64 * 2.0
        };
        std::array::from_fn(|axis| if axis < kind.dim() { x[axis] + shift(axis as f64) } else { 0.0 })
    };
    let mesh = match kind {
        CellKind::Tetrahedron | CellKind::Hexahedron => Mesh::cuboid(kind, [n; 3], [0.0; 3], [1.0; 3]),
        _ => Mesh::rectangle(kind, [n, n], [0.0; 2], [1.0; 2]),
    };
    Arc::new(mesh.unwrap().map(wiggle).unwrap())
}

const STEEL: Lame = Lame { lambda: 1.2, mu: 0.8 };

/// A linear displacement with tractions on one side is reproduced by every element.
#[test]
fn patch_tests() {
    let g = [[0.3, -0.2, 0.1], [0.5, 0.1, -0.4], [-0.1, 0.2, 0.6]];
    for (kind, element) in [
        (CellKind::Triangle, Element::P1),
        (CellKind::Triangle, Element::P2),
        (CellKind::Triangle, Element::P3),
        (CellKind::Quadrilateral, Element::Q1),
        (CellKind::Quadrilateral, Element::Q2),
    ] {
        let exact = |x: [f64; 3]| [0, 1].map(|i| g[i][0] * x[0] + g[i][1] * x[1]);
        let trace = g[0][0] + g[1][1];
        // σ e_x on the right side.
        let traction = [STEEL.lambda * trace + 2.0 * STEEL.mu * g[0][0], STEEL.mu * (g[0][1] + g[1][0])];
        let space = Arc::new(Space::new(crooked(kind, 4), element, 2).unwrap());
        let mut elasticity = Elasticity::<2>::new(space.clone()).unwrap();
        let problem = ElasticityProblem::new(STEEL)
            .with("right", Support::Traction(Field::Constant(traction)))
            .with("left", Support::Displacement(&exact))
            .with("bottom", Support::Displacement(&exact))
            .with("top", Support::Displacement(&exact));
        let u = elasticity.solve(&problem).unwrap().values;
        let nodes = space.interpolate_vector(exact);
        let worst = u.iter().zip(&nodes).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-12, "{kind:?} {element:?}: {worst:e}");
        let stress = elasticity.stress(&problem, &u).unwrap();
        for (component, value) in [(0, traction[0]), (1, traction[1])] {
            assert!(stress[component].iter().all(|s| (s - value).abs() < 1e-10), "{kind:?} {element:?}");
        }
    }
    for (kind, element) in [
        (CellKind::Tetrahedron, Element::P1),
        (CellKind::Tetrahedron, Element::P2),
        (CellKind::Hexahedron, Element::Q1),
        (CellKind::Hexahedron, Element::Q2),
    ] {
        let exact = |x: [f64; 3]| [0, 1, 2].map(|i| (0..3).map(|k| g[i][k] * x[k]).sum::<f64>());
        let trace = g[0][0] + g[1][1] + g[2][2];
        // σ e_z on the front side.
        let traction = [
            STEEL.mu * (g[0][2] + g[2][0]),
            STEEL.mu * (g[1][2] + g[2][1]),
            STEEL.lambda * trace + 2.0 * STEEL.mu * g[2][2],
        ];
        let space = Arc::new(Space::new(crooked(kind, 3), element, 3).unwrap());
        let problem = ["left", "right", "bottom", "top", "back"].iter().fold(
            ElasticityProblem::new(STEEL).with("front", Support::Traction(Field::Constant(traction))),
            |problem, name| problem.with(name, Support::Displacement(&exact)),
        );
        let u = Elasticity::<3>::new(space.clone()).unwrap().solve(&problem).unwrap().values;
        let nodes = space.interpolate_vector(exact);
        let worst = u.iter().zip(&nodes).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-12, "{kind:?} {element:?}: {worst:e}");
    }
}

/// u = (sin πx sin πy, x y (1 − x)), f from −∇·σ = f with constant λ, μ.
fn field(x: [f64; 3]) -> [f64; 2] {
    [(PI * x[0]).sin() * (PI * x[1]).sin(), x[0] * x[1] * (1.0 - x[0])]
}

fn force(x: [f64; 3]) -> [f64; 2] {
    let Lame { lambda, mu } = STEEL;
    let (sx, cx) = (PI * x[0]).sin_cos();
    let (sy, cy) = (PI * x[1]).sin_cos();
    let p2 = PI * PI;
    let (u_xx, u_yy, u_xy) = (-p2 * sx * sy, -p2 * sx * sy, p2 * cx * cy);
    let (v_xx, v_yy, v_xy) = (-2.0 * x[1], 0.0, 1.0 - 2.0 * x[0]);
    [
        -(lambda + 2.0 * mu) * u_xx - (lambda + mu) * v_xy - mu * u_yy,
        -(lambda + 2.0 * mu) * v_yy - (lambda + mu) * u_xy - mu * v_xx,
    ]
}

fn derivatives(x: [f64; 3]) -> [[f64; 2]; 3] {
    let (sx, cx) = (PI * x[0]).sin_cos();
    let (sy, cy) = (PI * x[1]).sin_cos();
    [[PI * cx * sy, x[1] * (1.0 - 2.0 * x[0])], [PI * sx * cy, x[0] * (1.0 - x[0])], [0.0; 2]]
}

#[test]
fn orders() {
    for (kind, element, sizes, bound) in [
        (CellKind::Triangle, Element::P1, [12, 18, 24, 32], 1e-2),
        (CellKind::Triangle, Element::P2, [6, 9, 13, 18], 1e-3),
        (CellKind::Quadrilateral, Element::Q1, [12, 18, 24, 32], 1e-2),
        (CellKind::Quadrilateral, Element::Q2, [6, 9, 13, 18], 1e-3),
    ] {
        let (mut l2, mut h1) = (Vec::new(), Vec::new());
        for n in sizes {
            let mesh = Mesh::rectangle(kind, [n, n], [0.0; 2], [1.0; 2]).unwrap();
            let space = Arc::new(Space::new(Arc::new(mesh), element, 2).unwrap());
            let problem = ["left", "right", "bottom"].iter().fold(
                ElasticityProblem::new(STEEL).with_body_force(Field::Function(&force)),
                |problem, name| problem.with(name, Support::Displacement(&field)),
            );
            let Lame { lambda, mu } = STEEL;
            let top = |x: [f64; 3]| {
                let d = derivatives(x);
                [mu * (d[1][0] + d[0][1]), (lambda + 2.0 * mu) * d[1][1] + lambda * d[0][0]]
            };
            let problem = problem.with("top", Support::Traction(Field::Function(&top)));
            let u = Elasticity::<2>::new(space.clone()).unwrap().solve(&problem).unwrap().values;
            let errors = space.errors(&u, |x| (field(x), derivatives(x)));
            l2.push((1.0 / n as f64, errors.l2));
            h1.push((1.0 / n as f64, errors.h1));
        }
        let p = element.degree() as f64;
        assert_order(&format!("{kind:?} {element:?}, L2"), &l2, p + 1.0, 1e-12, bound);
        assert_order(&format!("{kind:?} {element:?}, H1"), &h1, p, 1e-12, f64::INFINITY);
    }
}

/// Cook's membrane: a tapered panel, clamped on the left, sheared on the right by a unit force; E = 1, ν = 1/3, plane stress.
/// The deflection of the middle of the right side converges to 23.96 (P. G. Bergan, C. A. Felippa 1985: 23.9).
#[test]
fn cooks_membrane() {
    let deflection = |kind, element, n: usize| {
        let panel = |x: [f64; 3]| {
            let (low, high) = (44.0 * x[0], 44.0 + 16.0 * x[0]);
            [48.0 * x[0], low + (high - low) * x[1], 0.0]
        };
        let mesh = Mesh::rectangle(kind, [n, n], [0.0; 2], [1.0; 2]).unwrap().map(panel).unwrap();
        let space = Arc::new(Space::new(Arc::new(mesh), element, 2).unwrap());
        let material = Lame::new(1.0, 1.0 / 3.0, PlaneState::Stress).unwrap();
        let problem = ElasticityProblem::new(material)
            .with("left", Support::Clamped)
            .with("right", Support::Traction(Field::Constant([0.0, 1.0 / 16.0])));
        let u = Elasticity::<2>::new(space.clone()).unwrap().solve(&problem).unwrap().values;
        let middle =
            space.node_points().iter().position(|x| x[0] == 48.0 && (x[1] - 52.0).abs() < 1e-9).unwrap();
        u[2 * middle + 1]
    };
    let fine = deflection(CellKind::Quadrilateral, Element::Q2, 32);
    assert!((fine - 23.96).abs() < 0.02, "{fine}");
    let coarse = deflection(CellKind::Quadrilateral, Element::Q2, 8);
    assert!((coarse - fine).abs() < 0.2, "{coarse}");
    let triangles = deflection(CellKind::Triangle, Element::P2, 16);
    assert!((triangles - fine).abs() < 0.1, "{triangles}");
    // Linear elements are stiffer and approach from below.
    let linear = [8, 16, 32].map(|n| deflection(CellKind::Quadrilateral, Element::Q1, n));
    assert!(
        linear[0] < linear[1] && linear[1] < linear[2] && linear[2] < fine && linear[2] > 23.5,
        "{linear:?}"
    );
}

/// Pressure, springs, rollers and materials by cell, on cases with known answers.
#[test]
fn supports() {
    let mesh = Arc::new(Mesh::rectangle(CellKind::Quadrilateral, [6, 4], [0.0; 2], [3.0, 1.0]).unwrap());
    let space = Arc::new(Space::new(mesh.clone(), Element::Q1, 2).unwrap());
    let mut elasticity = Elasticity::<2>::new(space.clone()).unwrap();
    // Uniaxial tension of a plate in plane stress: ε_x = p / E, ε_y = −ν p / E.
    let material = Lame::new(10.0, 0.25, PlaneState::Stress).unwrap();
    let problem = ElasticityProblem::new(material)
        .with("left", Support::Component { axis: 0, value: 0.0 })
        .with("bottom", Support::Component { axis: 1, value: 0.0 })
        .with("right", Support::Pressure(-2.0));
    let u = elasticity.solve(&problem).unwrap().values;
    for (x, u) in space.node_points().iter().zip(u.chunks_exact(2)) {
        assert!((u[0] - 0.2 * x[0]).abs() < 1e-12 && (u[1] + 0.05 * x[1]).abs() < 1e-12);
    }
    // On a bed of springs the whole plate moves by p / k besides; one material per cell.
    let cells = vec![material.lambda; mesh.n_cells()];
    let mut bedded = ElasticityProblem::new(material)
        .with("left", Support::Spring(Field::Constant(4.0)))
        .with("bottom", Support::Component { axis: 1, value: 0.0 })
        .with("right", Support::Pressure(-2.0));
    bedded.lambda = Field::Cells(&cells);
    let u = elasticity.solve(&bedded).unwrap().values;
    for (x, u) in space.node_points().iter().zip(u.chunks_exact(2)) {
        // The springs resist along the wall as well: away from it the strain is the same.
        if x[0] > 2.9 && x[1] == 0.0 {
            assert!((u[0] - 0.5 - 0.6).abs() < 0.02, "{u:?}");
        }
    }
    let result = elasticity.solve(&ElasticityProblem::new(material).with("right", Support::Pressure(1.0)));
    assert!(result.is_err(), "a body that nothing holds");
    let wrong = ElasticityProblem::new(material).with("left", Support::Component { axis: 2, value: 0.0 });
    assert!(matches!(elasticity.solve(&wrong), Err(Error::Config { .. })));
    let lid = ElasticityProblem::new(material).with("lid", Support::Clamped);
    assert!(matches!(elasticity.solve(&lid), Err(Error::UnknownName { .. })));
    assert!(Elasticity::<3>::new(space).is_err());
    assert!(
        Lame::new(1.0, 0.5, PlaneState::Strain).is_err() && Lame::new(-1.0, 0.2, PlaneState::Stress).is_err()
    );
}

/// A longitudinal mode of a bar on rollers: u = cos(πx) cos(ωt) with ω = π √((λ + 2μ)/ρ), in every method.
#[test]
fn vibrating_bar() {
    let density = 1.7;
    let (pressure_speed, _) = STEEL.wave_speeds(density);
    let omega = PI * pressure_speed;
    let problem = ["left", "right"].iter().fold(ElasticityProblem::<2>::new(STEEL), |p, name| {
        p.with(name, Support::Component { axis: 0, value: 0.0 })
    });
    let problem = ["bottom", "top"]
        .iter()
        .fold(problem, |p, name| p.with(name, Support::Component { axis: 1, value: 0.0 }));
    let mode = |x: [f64; 3]| [(PI * x[0]).sin(), 0.0];
    let time = 0.8;
    let make = |n: usize| {
        let mesh = Mesh::rectangle(CellKind::Quadrilateral, [n, 2], [0.0; 2], [1.0, 0.2]).unwrap();
        let space = Arc::new(Space::new(Arc::new(mesh), Element::Q1, 2).unwrap());
        Elastodynamics::new(space, &problem, Field::Constant(density)).unwrap()
    };
    let error = |bar: &Elastodynamics<2>, integrator: &mut dyn SecondOrderIntegrator| {
        let u0 = bar.restrict(mode);
        let zero = vec![0.0; u0.len()];
        let mut motion = integrator.start(0.0, u0, zero, Forcing::Constant(bar.load())).unwrap();
        let before = integrator.energy(&motion);
        let steps = (time / integrator.dt()).round() as usize;
        integrator.repeat(&mut motion, steps, Forcing::Constant(bar.load())).unwrap();
        let drift = (integrator.energy(&motion) / before - 1.0).abs();
        let exact = |x: [f64; 3]| (mode(x).map(|u| u * (omega * time).cos()), [[0.0; 2]; 3]);
        (bar.assembler().space().errors(&bar.expand(&motion), exact).l2, drift)
    };
    let (mut newmark, mut alpha, mut leapfrog) = (Vec::new(), Vec::new(), Vec::new());
    for n in [16, 24, 32, 48] {
        let bar = make(n);
        let dt = time / (4 * n) as f64;
        let h = 1.0 / n as f64;
        let (e, drift) =
            error(&bar, &mut *bar.integrator(&GeneralizedAlpha::newmark(0.25, 0.5).unwrap(), dt).unwrap());
        assert!(drift < 1e-11, "Newmark: {drift:e}");
        newmark.push((h, e));
        let method = GeneralizedAlpha::from_spectral_radius(0.8).unwrap();
        alpha.push((h, error(&bar, &mut *bar.integrator(&method, dt).unwrap()).0));
        let (e, drift) = error(&bar, &mut bar.leapfrog(dt).unwrap());
        assert!(drift < 1e-11, "leapfrog: {drift:e}");
        leapfrog.push((h, e));
        assert!(matches!(bar.leapfrog(10.0 * dt), Err(Error::UnstableStep { .. })));
    }
    assert_order("Newmark", &newmark, 2.0, 1e-12, 2e-3);
    assert_order("generalized-alpha", &alpha, 2.0, 1e-12, 2e-3);
    assert_order("leapfrog", &leapfrog, 2.0, 1e-12, 2e-3);
}

/// A damped body under a constant traction settles to the solution of the problem at rest.
#[test]
fn damped_motion_settles() {
    let mesh = Arc::new(Mesh::rectangle(CellKind::Triangle, [8, 4], [0.0; 2], [2.0, 1.0]).unwrap());
    let space = Arc::new(Space::new(mesh, Element::P2, 2).unwrap());
    let problem = ElasticityProblem::new(STEEL)
        .with("left", Support::Clamped)
        .with("right", Support::Traction(Field::Constant([0.0, -0.01])));
    let rest = Elasticity::<2>::new(space.clone()).unwrap().solve(&problem).unwrap().values;
    let body = Elastodynamics::new(space, &problem, Field::Constant(1.0)).unwrap();
    assert!(body.leapfrog(1e-3).is_err(), "P2 does not lump");
    let body = body.with_rayleigh_damping(0.5, 0.1).unwrap();
    let mut integrator = body.integrator(&GeneralizedAlpha::from_spectral_radius(0.5).unwrap(), 0.5).unwrap();
    let zero = vec![0.0; body.system().size()];
    let mut motion = integrator.start(0.0, zero.clone(), zero, Forcing::Constant(body.load())).unwrap();
    integrator.repeat(&mut motion, 400, Forcing::Constant(body.load())).unwrap();
    let size = rest.iter().fold(0.0f64, |m, u| m.max(u.abs()));
    assert!(body.expand(&motion).iter().zip(&rest).all(|(a, b)| (a - b).abs() < 1e-9 * size));
    assert_eq!(integrator.work().factorizations, 2);
}

/// In 3-D multigrid with rigid motions gives what Cholesky gives, rollers included.
#[test]
fn multigrid_agrees_with_cholesky() {
    let mesh = Mesh::cuboid(CellKind::Tetrahedron, [12, 6, 6], [0.0; 3], [2.0, 1.0, 1.0]).unwrap();
    let space = Arc::new(Space::new(Arc::new(mesh), Element::P1, 3).unwrap());
    let problem = ElasticityProblem::new(STEEL)
        .with("left", Support::Clamped)
        .with("back", Support::Component { axis: 2, value: 0.0 })
        .with("right", Support::Traction(Field::Constant([0.0, -0.01, 0.0])));
    let direct = Elasticity::<3>::new(space.clone()).unwrap().solve(&problem).unwrap();
    let multigrid = LinearSolver::Multigrid(KrylovOptions::default());
    let solution = Elasticity::<3>::new(space).unwrap().with_solver(multigrid).solve(&problem).unwrap();
    let size = direct.values.iter().fold(0.0f64, |m, u| m.max(u.abs()));
    assert!(direct.values.iter().zip(&solution.values).all(|(a, b)| (a - b).abs() < 1e-7 * size));
    assert!((5..60).contains(&solution.report.iterations), "{:?}", solution.report);
}
