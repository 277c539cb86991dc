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

mod experiment;
mod spectrum;

use std::error::Error;
use std::path::{Path, PathBuf};

use experiment::{Outcome, Scale, run};
use sobolev::plot::{self, Field, Line, PlotError, Quantity, Sample};

/// As in the program `sobolev`: large tensors come and go at every operation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let (options, folders): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let folder = PathBuf::from(folders.first().map_or("figures", String::as_str));
    let scale = if options.iter().any(|o| o == "--smoke") { Scale::Smoke } else { Scale::Full };
    let outcome = run(scale, &folder.join("work"))?;
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

type Figure = Result<Vec<PathBuf>, PlotError>;

/// Force, truth, prediction and error of the first test samples.
fn samples(outcome: &Outcome, folder: &Path) -> Figure {
    let [rows, cols] = [outcome.evaluation.size[0], outcome.evaluation.size[1]];
    let narrow = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<f32>>();
    let fields: Vec<[Vec<f32>; 3]> = outcome.evaluation.samples[..3.min(outcome.evaluation.samples.len())]
        .iter()
        .map(|s| [narrow(&s.input), narrow(&s.truth), narrow(&s.prediction)])
        .collect();
    let names: Vec<String> = (1..=fields.len()).map(|i| format!("test sample {i}")).collect();
    let of = |values| Field { values, rows, cols };
    let rows: Vec<Sample<'_>> = fields
        .iter()
        .zip(&names)
        .map(|([input, truth, prediction], name)| Sample {
            name,
            input: of(input),
            truth: of(truth),
            prediction: of(prediction),
        })
        .collect();
    let force = Quantity { name: "force", symbol: "f", unit: "" };
    let vorticity = Quantity { name: "vorticity", symbol: "w", unit: "" };
    let title = "From the force to the vorticity it makes, Re = 500: MG-TFNO on 2 \u{d7} 2 patches";
    plot::samples(&folder.join("mg_tfno_samples"), title, &force, &vorticity, &rows)
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
    let steps = &outcome.rollout.steps;
    let time: Vec<f64> = steps.iter().map(|s| outcome.interval * s.stored_step as f64).collect();
    let mean: Vec<f64> = steps.iter().map(|s| s.relative_l2).collect();
    let worst: Vec<f64> = steps.iter().map(|s| s.worst).collect();
    let persistence: Vec<f64> = steps.iter().map(|s| s.persistence).collect();
    let line = |name, y| Line { name, x: &time, y, spread: &[], dots: true };
    let lines = vec![
        line("mean of the test trajectories", &mean),
        line("worst of them", &worst),
        line("no change predicted", &persistence),
    ];
    let title = "Kolmogorov flow, Re = 100: an MG-TFNO fed with its own predictions";
    let x = plot::Scale { name: "time", log: false };
    let y = plot::Scale { name: "relative L\u{b2} error", log: true };
    plot::lines(&folder.join("mg_tfno_rollout"), title, x, y, &[("", lines)])
}
