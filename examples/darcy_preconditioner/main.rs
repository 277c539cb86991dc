//! A learned preconditioner for flow through media whose permeability jumps by 10⁴, beside multigrid and algebraic multigrid.
//!
//! ```math
//! -\nabla\cdot(a\nabla u) = 1 \text{ on } (0, 1)^2, \qquad u = 0 \text{ on the boundary}, \qquad a \in \{1, 10^4\}
//! ```
//!
//! Bilinear finite elements, conjugate gradients to a residual of 10⁻⁸. A network that has seen 24 media on 64 × 64 cells makes
//! the smoothers of a multigrid cycle from the equation's stencils; it is used on other media, and larger ones.
//!
//! **Expected.** A table of iterations and times; fewer iterations than with damped Jacobi, from which the training starts, with
//! Gauss-Seidel sweeps, and with algebraic multigrid; a figure of residuals against iterations.
//!
//! `cargo run --release --example darcy_preconditioner -- FOLDER [--smoke]` writes `preconditioner.safetensors`, `table.md` and the
//! figure to `FOLDER`; weights that are there are taken.
//!
//! **Source.** He, Liu, Xu, *MgNO*, ICLR 2024 (arXiv:2310.19809); Greenfeld et al., *Learning to optimize multigrid PDE solvers*, ICML
//! 2019.

#[path = "../arguments/mod.rs"]
mod arguments;
mod comparison;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use comparison::{Comparison, compare};
use sobolev::plot::{self, Line};

/// As in the program `sobolev`: large arrays come and go at every operation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, scale) = arguments::parse();
    fs::create_dir_all(&folder)?;
    let comparison = compare(scale, &folder.join("preconditioner.safetensors"))?;
    let table = comparison.table();
    print!("{table}");
    fs::write(folder.join("table.md"), table)?;
    for path in residuals(&comparison, &folder)? {
        println!("{}", path.display());
    }
    Ok(())
}

/// Residuals of the largest problem.
fn residuals(comparison: &Comparison, folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let k: Vec<Vec<f64>> =
        comparison.residuals.iter().map(|(_, r)| (1..=r.len()).map(|k| k as f64).collect()).collect();
    let lines = comparison
        .residuals
        .iter()
        .zip(&k)
        .map(|((name, r), k)| Line { name, x: k, y: r, spread: &[], dots: true })
        .collect();
    let x = plot::Scale { name: "iterations of conjugate gradients", log: false };
    let y = plot::Scale { name: "residual over right-hand side", log: true };
    let title = format!("Permeability 1 and 10\u{2074}, {0} \u{d7} {0} cells", comparison.largest);
    Ok(plot::lines(&folder.join("darcy_preconditioner"), &title, x, y, &[("", lines)])?)
}
