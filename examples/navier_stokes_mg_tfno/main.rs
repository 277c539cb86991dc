//! MG-TFNO on two-dimensional turbulence: a fluid at rest is stirred by a random force; the operator learns from the force to the
//! vorticity at the end.
//!
//! ```math
//! w_t + u\cdot\nabla w = \tfrac{1}{500}\,\Delta w + f \text{ on } [0, 2\pi)^2, \qquad w(\cdot, 0) = 0, \qquad f \mapsto w(\cdot, 5)
//! ```
//!
//! **Expected pictures.** Vortices and thin filaments in the right places, the error along the filaments; the spectrum of the prediction
//! on that of the truth at small wavenumbers; errors that do not grow towards the edges of the patches; and, for a second operator that
//! steps a flow in time, an error that grows with every step.
//!
//! `cargo run --release --example navier_stokes_mg_tfno -- FOLDER [--smoke]` keeps data and weights in `FOLDER/work`, writes the figures
//! to `FOLDER`, and goes on where it was stopped.
//!
//! **Source.** Kossaifi et al., *Multi-Grid Tensorized Fourier Neural Operator for High-Resolution PDEs*, TMLR 2024 (arXiv:2310.00120).

#[path = "../arguments/mod.rs"]
mod arguments;
mod experiment;
#[path = "../learning/mod.rs"]
mod learning;
#[path = "../pictures/mod.rs"]
mod pictures;
mod spectrum;

use std::error::Error;
use std::path::Path;

use experiment::Outcome;
use pictures::Figure;
use sobolev::plot::{self, Line, Quantity};

/// As in the program `sobolev`: large tensors come and go at every operation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, scale) = arguments::parse();
    let outcome = experiment::run(scale, &folder.join("work"))?;
    let report = &outcome.evaluation.report;
    println!("{}", outcome.model);
    println!(
        "relative L2 error {:.2} %, H1 {:.2} %, spectrum {:.3} decades off",
        100.0 * report.relative_l2,
        100.0 * report.relative_h1,
        outcome.spectrum.distance()
    );
    let figures = [samples, spectra, edges, rollout];
    for figure in figures {
        for path in figure(&outcome, &folder)? {
            println!("{}", path.display());
        }
    }
    Ok(())
}

/// Force, truth, prediction and error of the first test samples.
fn samples(outcome: &Outcome, folder: &Path) -> Figure {
    let quantities = [
        Quantity { name: "force", symbol: "f", unit: "" },
        Quantity { name: "vorticity", symbol: "w", unit: "" },
    ];
    let title = "From the force to the vorticity it makes, Re = 500: MG-TFNO on 2 \u{d7} 2 patches";
    pictures::samples(&folder.join("mg_tfno_samples"), title, &quantities, &outcome.evaluation, &[0, 1, 2])
}

/// Energy over the wavenumber.
fn spectra(outcome: &Outcome, folder: &Path) -> Figure {
    let spectrum = &outcome.spectrum;
    let k: Vec<f64> = (1..=spectrum.truth.len()).map(|k| k as f64).collect();
    let line = |name, y| Line { name, x: &k, y, spread: &[], dots: false };
    let lines = vec![
        line("truth", &spectrum.truth),
        line("prediction", &spectrum.prediction),
        line("error", &spectrum.error),
    ];
    let title = "Spectra of the vorticity on the test set";
    let x = plot::Scale { name: "wavenumber |k|", log: true };
    let y = plot::Scale { name: "part of the truth's mean square", log: true };
    plot::lines(&folder.join("mg_tfno_spectra"), title, x, y, &[("", lines)])
}

/// Error over the distance to the edge of a patch.
fn edges(outcome: &Outcome, folder: &Path) -> Figure {
    let (x, y): (Vec<f64>, Vec<f64>) = outcome.edges.iter().map(|&(d, error)| (d as f64, error)).unzip();
    let line = Line { name: "error", x: &x, y: &y, spread: &[], dots: true };
    let title = "Error by the distance to the edges of the patches";
    let x = plot::Scale { name: "points to the nearest edge of the patch", log: false };
    let y = plot::Scale { name: "root mean square error over that of all points", log: false };
    plot::lines(&folder.join("mg_tfno_edges"), title, x, y, &[("", vec![line])])
}

/// Error over time of the operator that steps a flow.
fn rollout(outcome: &Outcome, folder: &Path) -> Figure {
    let title = "Kolmogorov flow, Re = 100: an MG-TFNO fed with its own predictions";
    pictures::rollout(&folder.join("mg_tfno_rollout"), title, &outcome.rollout, outcome.interval)
}
