//! Solves a list of finite-element problems and writes each as a VTU file, for `validation/validate_mesh.py` to solve again:
//!
//! `cargo run --release -p sobolev-solvers --example validation_cases -- FOLDER`
//!
//! A file holds the mesh, the coefficient by cell and the solution at the vertices, in f64; FOLDER/cases.json holds the numbers.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use sobolev_kernels::Complex;
use sobolev_solvers::fem::{Assembler, Condensed, Constraints, Element, Field, Form, Space};
use sobolev_solvers::linear::{Cholesky, Csr, Lu};
use sobolev_solvers::mesh::{CellKind, Mesh};
use sobolev_solvers::time::{
    FirstOrderMethod, FirstOrderSystem, Forcing, GeneralizedAlpha, Leapfrog, SecondOrderMethod,
    SecondOrderSystem, State, ThetaMethod,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Where files go, and what is known of them.
struct Cases {
    folder: PathBuf,
    list: Vec<Value>,
}

impl Cases {
    /// Writes a file and notes its numbers; `fields` are by vertex.
    fn add(
        &mut self,
        mesh: &Mesh,
        mut numbers: Value,
        fields: &[(&str, Vec<f64>)],
        cells: &[f64],
    ) -> Result<()> {
        let kind = format!("{:?}", mesh.kind()).to_lowercase();
        let problem = numbers["problem"].as_str().unwrap_or_default();
        let element = numbers["element"].as_str().unwrap_or_default();
        let name = format!("{problem}_{element}_{kind}.vtu");
        numbers["file"] = name.as_str().into();
        write(&self.folder.join(&name), mesh, fields, cells)?;
        println!("{name}: {} cells", mesh.n_cells());
        self.list.push(numbers);
        Ok(())
    }
}

fn write(path: &std::path::Path, mesh: &Mesh, fields: &[(&str, Vec<f64>)], cells: &[f64]) -> Result<()> {
    use std::fmt::Write;
    let (np, nc, nv) = (mesh.n_points(), mesh.n_cells(), mesh.cells().len() / mesh.n_cells());
    let code = match mesh.kind() {
        CellKind::Interval => 3,
        CellKind::Triangle => 5,
        CellKind::Quadrilateral => 9,
        CellKind::Tetrahedron => 10,
        CellKind::Hexahedron => 12,
    };
    let mut s = String::new();
    let join = |v: &[f64]| v.iter().map(|x| format!("{x:.17e}")).collect::<Vec<_>>().join(" ");
    write!(
        s,
        "<VTKFile type=\"UnstructuredGrid\" version=\"0.1\" byte_order=\"LittleEndian\"><UnstructuredGrid><Piece NumberOfPoints=\"{np}\" NumberOfCells=\"{nc}\">"
    )?;
    let array = |name: &str, n: usize, v: &[f64]| {
        format!(
            "<DataArray type=\"Float64\" Name=\"{name}\" NumberOfComponents=\"{n}\" format=\"ascii\">{}</DataArray>",
            join(v)
        )
    };
    write!(s, "<Points>{}</Points>", array("Points", 3, &mesh.points().concat()))?;
    let ints = |name: &str, v: Vec<usize>| {
        format!(
            "<DataArray type=\"Int64\" Name=\"{name}\" format=\"ascii\">{}</DataArray>",
            v.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        )
    };
    write!(
        s,
        "<Cells>{}{}{}</Cells><PointData>",
        ints("connectivity", mesh.cells().iter().map(|&c| c as usize).collect()),
        ints("offsets", (1..=nc).map(|c| c * nv).collect()),
        ints("types", vec![code; nc])
    )?;
    for (name, v) in fields {
        write!(s, "{}", array(name, v.len() / np, v))?;
    }
    write!(s, "</PointData><CellData>")?;
    if !cells.is_empty() {
        write!(s, "{}", array("coefficient", 1, cells))?;
    }
    write!(s, "</CellData></Piece></UnstructuredGrid></VTKFile>")?;
    std::fs::write(path, s)?;
    Ok(())
}

/// The vertices' part of a field: their nodes come first.
fn at_vertices(space: &Space, u: &[f64]) -> Vec<f64> {
    u[..space.mesh().n_points() * space.components()].to_vec()
}

/// The unit square or cube; triangles are moved about so that no two are alike.
fn unit_mesh(kind: CellKind, n: usize) -> Result<Arc<Mesh>> {
    let mesh = match kind {
        CellKind::Triangle | CellKind::Quadrilateral => Mesh::rectangle(kind, [n; 2], [0.0; 2], [1.0; 2])?,
        _ => Mesh::cuboid(kind, [n; 3], [0.0; 3], [1.0; 3])?,
    };
    if kind != CellKind::Triangle {
        return Ok(Arc::new(mesh));
    }
    let bump = |t: f64| (std::f64::consts::PI * t).sin();
    let shift = |[x, y, z]: [f64; 3]| {
        let s = 0.06 * bump(x) * bump(y);
        [x + s * (7.0 * y).cos(), y + s * (5.0 * x).sin(), z]
    };
    Ok(Arc::new(mesh.map(shift)?))
}

/// Different in every cell, between 1 and 4.
fn rough(mesh: &Mesh) -> Vec<f64> {
    (0..mesh.n_cells()).map(|c| 1.0 + 3.0 * (0.618_033_988_75 * c as f64).fract()).collect()
}

/// −∇·(a∇u) + r u = f, u = 0 left, a ∂u/∂n + β u = h right.
fn poisson(cases: &mut Cases, kind: CellKind, element: Element, n: usize) -> Result<()> {
    let [reaction, robin, load, flux] = [0.7, 2.0, 1.5, -0.4];
    let space = Arc::new(Space::new(unit_mesh(kind, n)?, element, 1)?);
    let (mesh, a) = (space.mesh().clone(), rough(space.mesh()));
    let assembler = Assembler::new(space.clone())?;
    let mut matrix =
        assembler.matrix(&[Form::Diffusion(Field::Cells(&a)), Form::Mass(Field::Constant(reaction))])?;
    let right = mesh.boundary("right")?;
    assembler.add_boundary_mass(&right, Field::Constant(robin), &mut matrix)?;
    let mut rhs = assembler.load(Field::Constant(load))?;
    for (b, g) in rhs.iter_mut().zip(assembler.boundary_load(&right, Field::Constant(flux))?) {
        *b += g;
    }
    let mut constraints = Constraints::new(&space);
    constraints.fix(&space, "left", |_| 0.0)?;
    let u = solve(&assembler, &matrix, &rhs, &constraints)?;
    let numbers = json!({"problem": "poisson", "element": format!("{element:?}"), "reaction": reaction, "robin": robin,
        "load": load, "flux": flux});
    cases.add(&mesh, numbers, &[("solution", at_vertices(&space, &u))], &a)
}

fn solve(
    assembler: &Assembler,
    matrix: &Csr<f64>,
    rhs: &[f64],
    given: &Constraints<f64>,
) -> Result<Vec<f64>> {
    let condensed = Condensed::new(assembler.pattern(), &given.dofs())?;
    let factor = Cholesky::new(&condensed.matrix(matrix))?;
    Ok(condensed.expand(&factor.solve(&condensed.rhs(matrix, rhs, given)), given))
}

/// −Δu − k²u = 1, ∂u/∂n = i k u.
fn helmholtz(cases: &mut Cases) -> Result<()> {
    let k = 15.0;
    let space = Arc::new(Space::new(unit_mesh(CellKind::Triangle, 16)?, Element::P2, 1)?);
    let assembler = Assembler::new(space.clone())?;
    let mut matrix = assembler.matrix(&[
        Form::Diffusion(Field::Constant(Complex::new(1.0, 0.0))),
        Form::Mass(Field::Constant(Complex::new(-k * k, 0.0))),
    ])?;
    let border: Vec<usize> = (0..space.mesh().facets().len()).collect();
    assembler.add_boundary_mass(&border, Field::Constant(Complex::new(0.0, -k)), &mut matrix)?;
    let rhs = assembler.load(Field::Constant(Complex::new(1.0, 0.0)))?;
    let u = Lu::new(&matrix)?.solve(&rhs);
    let part = |f: fn(&Complex<f64>) -> f64| at_vertices(&space, &u.iter().map(f).collect::<Vec<_>>());
    let numbers = json!({"problem": "helmholtz", "element": "P2", "wavenumber": k});
    cases.add(space.mesh(), numbers, &[("real", part(|z| z.re)), ("imaginary", part(|z| z.im))], &[])
}

/// Clamped left, pulled at the right.
fn elasticity(cases: &mut Cases, kind: CellKind, element: Element, n: usize) -> Result<()> {
    let (lambda, mu) = (1.2, 0.8);
    let mesh = unit_mesh(kind, n)?;
    let dim = mesh.dim();
    let space = Arc::new(Space::new(mesh.clone(), element, dim)?);
    let assembler = Assembler::new(space.clone())?;
    let matrix =
        assembler.matrix(&[Form::Elasticity { lambda: Field::Constant(lambda), mu: Field::Constant(mu) }])?;
    let right = mesh.boundary("right")?;
    let traction = [0.1, 0.3, -0.2];
    let (rhs, mut constraints) = (
        if dim == 2 {
            assembler.boundary_load(&right, Field::Constant([traction[0], traction[1]]))?
        } else {
            assembler.boundary_load(&right, Field::Constant(traction))?
        },
        Constraints::new(&space),
    );
    for dof in space.boundary_dofs("left")? {
        constraints.fix_dof(dof, 0.0)?;
    }
    let u = solve(&assembler, &matrix, &rhs, &constraints)?;
    let numbers = json!({"problem": "elasticity", "element": format!("{element:?}"), "lambda": lambda, "mu": mu,
        "traction": traction[..dim]});
    cases.add(&mesh, numbers, &[("solution", at_vertices(&space, &u))], &[])
}

/// A smooth bump away from the left border.
fn bump([x, y, _]: [f64; 3]) -> f64 {
    x * (-40.0 * ((x - 0.6).powi(2) + (y - 0.45).powi(2))).exp()
}

/// u_t = Δu, u = 0 left: Crank-Nicolson.
fn heat(cases: &mut Cases) -> Result<()> {
    let (dt, steps) = (2e-3, 50);
    let space = Arc::new(Space::new(unit_mesh(CellKind::Triangle, 24)?, Element::P1, 1)?);
    let assembler = Assembler::new(space.clone())?;
    let mut constraints = Constraints::new(&space);
    constraints.fix(&space, "left", |_| 0.0)?;
    let condensed = Condensed::new(assembler.pattern(), &constraints.dofs())?;
    let form = |form| -> Result<_> { Ok(condensed.matrix(&assembler.matrix(&[form])?)) };
    let (mass, stiffness) =
        (form(Form::Mass(Field::Constant(1.0)))?, form(Form::Diffusion(Field::Constant(1.0)))?);
    let system = Arc::new(FirstOrderSystem::new(mass, stiffness)?);
    let start = space.interpolate(bump);
    let mut state = State::new(condensed.restrict(&start));
    ThetaMethod::CRANK_NICOLSON.integrator(system, dt)?.repeat(&mut state, steps, Forcing::None)?;
    let u = condensed.expand(&state.values, &constraints);
    let numbers = json!({"problem": "heat", "element": "P1", "dt": dt, "steps": steps, "theta": 0.5});
    cases.add(space.mesh(), numbers, &[("start", start), ("solution", u)], &[])
}

/// u_tt / c² = Δu, absorbing borders, from rest: leapfrog.
fn wave(cases: &mut Cases) -> Result<()> {
    let (dt, steps) = (1.5e-3, 400);
    let space = Arc::new(Space::new(unit_mesh(CellKind::Triangle, 24)?, Element::P1, 1)?);
    let (mesh, c) = (space.mesh(), rough(space.mesh()));
    let assembler = Assembler::new(space.clone())?;
    let inertia: Vec<f64> = c.iter().map(|c| 1.0 / (c * c)).collect();
    let border: Vec<usize> = (0..mesh.facets().len()).collect();
    let loss: Vec<f64> = border.iter().map(|&f| 1.0 / c[mesh.facets()[f].cell as usize]).collect();
    let mut damping = Csr::from_pattern(assembler.pattern().clone());
    assembler.add_boundary_mass(&border, Field::Cells(&loss), &mut damping)?;
    let mass = assembler.matrix(&[Form::Mass(Field::Cells(&inertia))])?;
    let stiffness = assembler.matrix(&[Form::Diffusion(Field::Constant(1.0))])?;
    let system = Arc::new(SecondOrderSystem::new(mass, stiffness)?.with_damping(damping)?);
    let mut leapfrog = Leapfrog.integrator(system, dt)?;
    let start = space.interpolate(bump);
    let mut motion = leapfrog.start(0.0, start.clone(), vec![0.0; start.len()], Forcing::None)?;
    leapfrog.repeat(&mut motion, steps, Forcing::None)?;
    let numbers = json!({"problem": "wave", "element": "P1", "dt": dt, "steps": steps});
    cases.add(mesh, numbers, &[("start", start), ("solution", motion.displacement)], &c)
}

/// ρ u_tt = ∇·σ(u), clamped left, from rest: Newmark.
fn elastodynamics(cases: &mut Cases) -> Result<()> {
    let (dt, steps, density, lambda, mu) = (0.02, 100, 1.3, 1.2, 0.8);
    let space = Arc::new(Space::new(unit_mesh(CellKind::Triangle, 20)?, Element::P1, 2)?);
    let assembler = Assembler::new(space.clone())?;
    let mut constraints = Constraints::new(&space);
    constraints.fix(&space, "left", |_| [0.0, 0.0])?;
    let condensed = Condensed::new(assembler.pattern(), &constraints.dofs())?;
    let mass = condensed.matrix(&assembler.matrix(&[Form::Mass(Field::Constant(density))])?);
    let stiffness =
        assembler.matrix(&[Form::Elasticity { lambda: Field::Constant(lambda), mu: Field::Constant(mu) }])?;
    let system = Arc::new(SecondOrderSystem::new(mass, condensed.matrix(&stiffness))?);
    let mut newmark = GeneralizedAlpha::newmark(0.25, 0.5)?.integrator(system, dt)?;
    let start = space.interpolate_vector(|x| [bump(x), -0.5 * bump(x)]);
    let rest = vec![0.0; condensed.free().len()];
    let mut motion = newmark.start(0.0, condensed.restrict(&start), rest, Forcing::None)?;
    newmark.repeat(&mut motion, steps, Forcing::None)?;
    let u = condensed.expand(&motion.displacement, &constraints);
    let numbers = json!({"problem": "elastodynamics", "element": "P1", "dt": dt, "steps": steps, "density": density,
        "lambda": lambda, "mu": mu});
    cases.add(space.mesh(), numbers, &[("start", start), ("solution", u)], &[])
}

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "validation_cases".into()));
    std::fs::create_dir_all(&folder)?;
    let mut cases = Cases { folder, list: vec![] };
    for element in [Element::P1, Element::P2, Element::P3] {
        poisson(&mut cases, CellKind::Triangle, element, 20)?;
    }
    for element in [Element::Q1, Element::Q2] {
        poisson(&mut cases, CellKind::Quadrilateral, element, 20)?;
        poisson(&mut cases, CellKind::Hexahedron, element, 6)?;
    }
    for element in [Element::P1, Element::P2] {
        poisson(&mut cases, CellKind::Tetrahedron, element, 6)?;
    }
    helmholtz(&mut cases)?;
    elasticity(&mut cases, CellKind::Triangle, Element::P2, 16)?;
    elasticity(&mut cases, CellKind::Hexahedron, Element::Q1, 6)?;
    heat(&mut cases)?;
    wave(&mut cases)?;
    elastodynamics(&mut cases)?;
    let text = serde_json::to_string_pretty(&cases.list)?;
    std::fs::write(cases.folder.join("cases.json"), text)?;
    Ok(())
}
