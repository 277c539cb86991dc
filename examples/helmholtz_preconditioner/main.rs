//! A learned preconditioner for sound in random media, beside shifted Laplacians.
//!
//! ```math
//! -\Delta u - (\omega/c)^2 u = f \text{ on } (0, 1)^2, \qquad \partial_n u = i\,(\omega/c)\, u \text{ on the border}
//! ```
//!
//! Bilinear finite elements with ten points a wavelength, GMRES(50) to a residual of 10⁻⁶. A network of linear multigrid cycles that has
//! seen 96 media on 64 × 64 cells maps residuals to corrections; it is used on other media, and on larger domains.
//!
//! **Expected.** A table of iterations and times; a figure of residuals against iterations.
//!
//! `cargo run --release --example helmholtz_preconditioner -- FOLDER [--smoke]` writes `wave_preconditioner.safetensors`, `table.md` and
//! the figure to `FOLDER`; weights that are there are taken.
//!
//! **Source.** He, Liu, Xu, *MgNO*, ICLR 2024 (arXiv:2310.19809), for linear operators as multigrid cycles; Erlangga, Vuik, Oosterlee, *On a
//! class of preconditioners for solving the Helmholtz equation*, Appl. Numer. Math. 50 (2004), for the shifted Laplacian.

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
    let comparison = compare(scale, &folder.join("wave_preconditioner.safetensors"))?;
    fs::write(folder.join("table.md"), comparison.table())?;
    for path in residuals(&comparison, &folder)? {
        println!("{}", path.display());
    }
    Ok(())
}

/// Residuals of the last case.
fn residuals(comparison: &Comparison, folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let k: Vec<Vec<f64>> =
        comparison.residuals.iter().map(|h| h.iterations.iter().map(|&k| k as f64).collect()).collect();
    let lines = comparison
        .residuals
        .iter()
        .zip(&k)
        .filter(|(h, _)| h.residuals.len() > 1)
        .map(|(h, k)| Line { name: h.name, x: k, y: &h.residuals, spread: &[], dots: true })
        .collect();
    let x = plot::Scale { name: "iterations of GMRES", log: false };
    let y = plot::Scale { name: "residual over right-hand side", log: true };
    let title = format!("Sound in a random medium, {0} \u{d7} {0} cells", comparison.last.cells);
    Ok(plot::lines(&folder.join("helmholtz_preconditioner"), &title, x, y, &[("", lines)])?)
}
