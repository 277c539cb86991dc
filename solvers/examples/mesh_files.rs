//! One mesh of every kind of cell as `.vtu` (ParaView) and `.msh` (Gmsh):
//! `cargo run --release -p sobolev-solvers --example mesh_files -- FOLDER`. `validation/validate_vtu.py` reads them back.

use std::path::PathBuf;

use sobolev_solvers::Result;
use sobolev_solvers::mesh::vtu::{self, Field};
use sobolev_solvers::mesh::{CellKind, Mesh, gmsh};

fn main() -> Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: mesh_files FOLDER");
        std::process::exit(2);
    };
    for kind in CellKind::ALL {
        let mesh = match kind.dim() {
            1 => Mesh::interval(8, 0., 2.)?,
            2 => Mesh::rectangle(kind, [8, 4], [0.; 2], [2., 1.])?,
            _ => Mesh::cuboid(kind, [8, 4, 4], [0.; 3], [2., 1., 1.])?,
        };
        let mesh = mesh.name_region("west", |x| x[0] < 1.)?;
        let linear: Vec<f64> = mesh.points().iter().map(|x| 1. + 2. * x[0] - x[1] + 3. * x[2]).collect();
        let volume: Vec<f64> = (0..mesh.n_cells()).map(|c| mesh.geometry(c).measure()).collect();
        vtu::write(
            folder.join(format!("{}.vtu", kind.name())),
            &mesh,
            &[Field::scalar("linear", &linear), Field::vector("position", 3, mesh.points().as_flattened())],
            &[Field::scalar("volume", &volume)],
        )?;
        gmsh::write(folder.join(format!("{}.msh", kind.name())), &mesh)?;
    }
    Ok(())
}
